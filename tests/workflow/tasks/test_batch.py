"""Many tasks at once 批量: each row succeeds or is told why not, a few while one waits, many by a job."""

from io import BytesIO
from zipfile import ZipFile

import pytest
from sqlalchemy import func, select

from app.core.db import db
from app.support.jobs.runner import run_due
from app.workflow.instances.models import TaskState
from app.workflow.tasks import operations
from app.workflow.tasks.errors import CannotBatch, NobodyAsked, ReasonTooShort, TaskNotFound
from app.workflow.tasks.models import BatchKind, TaskBatch
from app.workflow.tasks.operations import batch as batches
from tests.workflow.engine.diagrams import begin, end, flow, process, user
from tests.workflow.tasks.desk import WHY

pytestmark = pytest.mark.both_databases

DECIDE = {"form": "room/decide", "role": "PM_A"}


def _one(name, **properties):
    return process(name, begin(), user("fill", **{**DECIDE, **properties}), end(), flow("begin", "fill", "done"))


PROCESSES = (
    _one("proc_one"),
    _one("proc_amount", form="room/apply"),
    _one("proc_vote", secret="true"),
    _one("proc_alone", batch="no"),
    _one("proc_signed", countersign="all", signers="people"),
)


def waiting(desk, *process_ids):
    return [desk.claimed(process_id)[1] for process_id in process_ids]


def results(desk, batch):
    """State and reason of each row, by task."""
    with desk.at_work():
        return {item.task_id: (item.state.value, item.reason or "") for item in batches.items_of(batch)}


def approve(desk, *task_ids, by="wang"):
    return desk.act(operations.start_batch, task_ids, BatchKind.APPROVE, words="情况属实，同意", by=by)


def test_each_row_succeeds_or_is_told_why_not_and_stays_as_it_was(desk):
    good, amount, vote, alone, again = waiting(desk, "proc_one", "proc_amount", "proc_vote", "proc_alone", "proc_one")
    _case, others = desk.claimed(by="li")
    told = results(desk, approve(desk, good, amount, vote, alone, others, again))
    assert {key: state for key, (state, _why) in told.items()} == {
        good: "DONE", again: "DONE", amount: "FAILED", vote: "FAILED", alone: "FAILED", others: "FAILED",
    }  # fmt: skip
    assert "金额" in told[amount][1]
    assert "本人" in told[vote][1]
    assert "逐项" in told[alone][1]
    assert "李强" in told[others][1]
    assert desk.task(good).outcome == "AGREE"
    assert {desk.task(key).state for key in (amount, vote, alone, others)} == {TaskState.OPEN}
    for key in (good, amount, others):
        desk.assert_sound(desk.task(key).instance_id)


def test_the_opinion_is_in_the_log_and_the_same_as_from_the_page(desk):
    case, fill = desk.claimed()
    approve(desk, fill)
    (row,) = desk.logged(case, "submit")
    assert (row.comment, row.answers) == ("情况属实，同意", {"decision": "AGREE", "opinion": "情况属实，同意"})


def test_transferring_and_urging_many(desk):
    mine = waiting(desk, "proc_one", "proc_one")
    batch = desk.act(operations.start_batch, mine, BatchKind.TRANSFER, words=WHY, to_user_id=desk.ids["li"], by="wang")
    assert {state for state, _why in results(desk, batch).values()} == {"DONE"}
    assert {desk.task(key).assignee_id for key in mine} == {desk.ids["li"]}
    batch = desk.act(operations.start_batch, mine, BatchKind.URGE, words="请尽快", by="wang")
    assert {state for state, _why in results(desk, batch).values()} == {"DONE"}
    again = results(desk, desk.act(operations.start_batch, mine, BatchKind.URGE, words="", by="wang"))
    assert all(state == "FAILED" and "刚刚催办过" in why for state, why in again.values())
    batch = desk.act(operations.start_batch, mine, BatchKind.TRANSFER, words=WHY, to_user_id=desk.ids["chen"], by="li")
    assert all(state == "FAILED" for state, _why in results(desk, batch).values())


def test_a_signer_of_the_same_node_is_given_no_second_seat_and_the_others_of_the_batch_are_handed_on(desk):
    plain, *_rest = waiting(desk, "proc_one")
    signed = desk.start("proc_signed", people=[desk.ids["wang"], desk.ids["zhao"]])
    hers = next(task for task in desk.open(signed) if desk.task(task).assignee_id == desk.ids["wang"])
    refused = desk.refusal(operations.transfer, hers, desk.ids["zhao"], reason=WHY, by="wang")
    batch = desk.act(operations.start_batch, [hers, plain], BatchKind.TRANSFER, words=WHY, to_user_id=desk.ids["zhao"], by="wang")
    assert results(desk, batch) == {plain: ("DONE", ""), hers: ("FAILED", refused.text)}
    assert refused.text.startswith("不能转办给 赵敏：对方已是本环节的会签人") and "请改选名单以外的同事" in refused.text
    assert (desk.task(plain).assignee_id, desk.task(hers).assignee_id) == (desk.ids["zhao"], desk.ids["wang"])
    batch = desk.act(operations.start_batch, [hers], BatchKind.TRANSFER, words=WHY, to_user_id=desk.ids["li"], by="wang")
    assert results(desk, batch) == {hers: ("DONE", "")}
    desk.assert_sound(signed)


def test_many_are_done_by_a_job_and_progress_is_told(desk, monkeypatch):
    monkeypatch.setattr(batches, "AT_ONCE", 1)
    good, amount = waiting(desk, "proc_one", "proc_amount")
    batch = approve(desk, good, amount)
    assert {state for state, _why in results(desk, batch).values()} == {"PENDING"}
    assert "正在后台办理" in desk.page("wang", f"/tasks/batches/{batch}")
    run_due(desk.app)
    assert {key: state for key, (state, _why) in results(desk, batch).items()} == {good: "DONE", amount: "FAILED"}
    page = desk.page("wang", f"/tasks/batches/{batch}")
    assert "1 项成功，1 项未办理" in page
    assert desk.logged(desk.task(good).instance_id, "submit")[0].actor_id == desk.ids["wang"]


def test_refused_are_nothing_chosen_no_words_and_nobody(desk):
    (mine,) = waiting(desk, "proc_one")
    for ids, kind, words, refusal in (
        ([], BatchKind.URGE, "", CannotBatch),
        ([mine] + list(range(1, 501)), BatchKind.URGE, "", CannotBatch),
        ([mine], BatchKind.TRANSFER, "短", ReasonTooShort),
        ([mine], BatchKind.TRANSFER, WHY, NobodyAsked),
    ):
        assert isinstance(desk.refusal(operations.start_batch, ids, kind, words=words, by="wang"), refusal)
    assert desk.refusal(operations.start_batch, [mine], BatchKind.APPROVE, words=" ", by="wang").status == 422


def test_what_she_may_not_see_is_not_told(desk):
    (mine,) = waiting(desk, "proc_one")
    batch = approve(desk, mine, by="chen")
    with desk.at_work():
        (item,) = batches.items_of(batch)
    assert (item.name, item.title, item.state.value) == ("", "", "FAILED")
    assert isinstance(desk.refusal(lambda actor: batches.get_batch(batch, actor), by="wang"), TaskNotFound)


def test_in_the_browser_a_double_click_is_one_batch(desk):
    good, amount = waiting(desk, "proc_one", "proc_amount")
    page = desk.page("wang", "/tasks")
    assert "批量办理" in page
    fields = {"_key": f"key-{good}", "kind": "APPROVE", "reason": "同意", "task_id": [good, amount], "user_id": ""}
    answers = [desk.browser("wang").post("/tasks/batches", data=fields) for _click in range(2)]
    assert answers[0].location == answers[1].location
    assert desk.page("wang", answers[0].location).count("未办理") > 0
    desk.page("li", answers[0].location, status=404)
    with desk.at_work():
        asked = db.session.scalar(select(func.count()).select_from(TaskBatch).where(TaskBatch.words == "同意"))
    assert asked == 1


def test_the_sheet_of_the_ticked_brings_no_word_and_no_token_into_an_address(desk):
    first, second = waiting(desk, "proc_one", "proc_one")
    assert '/tasks/export"' in desk.page("wang", "/tasks")
    fields = {"_key": f"sheet-{first}", "reason": "这句话不该出现在地址里", "task_id": [first, second], "user_id": "", "csrf_token": "secret"}
    answer = desk.browser("wang").post("/tasks/export", data=fields)
    assert (answer.status_code, answer.location) == (303, f"/tasks/export.xlsx?list=todo&task_id={first}&task_id={second}")
    assert desk.browser("wang").get(answer.location).status_code == 200


def test_the_list_as_a_sheet_of_all_or_of_the_ticked(desk):
    first, _second = waiting(desk, "proc_one", "proc_one")
    for query, rows in ((f"?task_id={first}", 1), ("", len(desk.listed("wang")))):
        content = desk.browser("wang").get(f"/tasks/export.xlsx{query}").data
        with ZipFile(BytesIO(content)) as parts:
            text = parts.read("xl/worksheets/sheet1.xml").decode()
        assert (text.count("<row ") - 1, text.count("王芳")) == (rows, rows)
