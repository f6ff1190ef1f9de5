"""Copies with receipts, urging with a cool-down, words with mentions and papers, standard phrases: none moves the token."""

import io
import re

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.core.errors import Invalid
from app.support import files
from app.support.notices.models import Notice, SmsMessage
from app.workflow.instances.access import DOCUMENTS
from app.workflow.tasks import beside, operations
from app.workflow.tasks.errors import (
    CannotAsk,
    CannotMention,
    CannotUrge,
    NobodyAsked,
    NotOnCase,
    ReasonTooShort,
    TaskClosed,
    TaskNotFound,
)
from app.workflow.tasks.models import AskKind
from app.workflow.tasks.operations.phrases import MOST_PHRASES
from tests.workflow.engine.diagrams import begin, end, flow, process, user
from tests.workflow.tasks.desk import WHY

pytestmark = pytest.mark.both_databases

TASK = {"form": "room/apply", "role": "PM_A"}
PROCESSES = (
    process("proc_one", begin(), user("fill", **TASK), user("check", **TASK), end(), flow("begin", "fill", "check", "done")),
    process("proc_often", begin(), user("fill", **TASK, urgeEvery="PT30M"), end(), flow("begin", "fill", "done")),
)  # fmt: skip


def told(desk, login):
    query = select(Notice.title).where(Notice.user_id == desk.ids[login])
    with desk.at_work():
        return db.session.scalars(query).all()


# ------------------------------------------------------------------ copies


def test_a_copy_opens_the_case_to_its_reader_and_her_look_is_the_receipt(desk):
    case, task_id = desk.claimed()
    desk.page("chen", f"/tasks/{task_id}", 404)
    (copy,) = desk.act(operations.copy_to, task_id, [desk.ids["chen"]], note="请知悉", by="wang")
    assert "王芳 抄送：fill" in told(desk, "chen")
    assert "请知悉" in desk.page("chen", "/tasks?list=copied")
    assert "未阅" in desk.page("wang", f"/tasks/{task_id}")
    assert desk.post("chen", f"/tasks/copies/{copy}/read").location == f"/tasks/{task_id}"
    with desk.at_work():
        first = beside.copies_of(task_id)[0].read_at
    with clock.freeze("2026-11-25T10:00:00"):
        desk.act(operations.mark_read, copy, by="chen")
    with desk.at_work():
        assert (first, beside.copies_of(task_id)[0].read_at) == (clock.now(), clock.now())
    assert "已阅" in desk.page("wang", f"/tasks/{task_id}")
    assert desk.logged(case, "copy")[0].target == "陈静"
    assert task_id not in desk.listed("chen")
    desk.assert_sound(case)


def test_who_has_a_copy_is_not_told_again(desk):
    case, task_id = desk.claimed()
    everybody = [desk.ids["chen"], desk.ids["li"]]
    assert len(desk.act(operations.copy_to, task_id, everybody, by="wang")) == 2
    assert desk.act(operations.copy_to, task_id, everybody, by="wang") == []
    assert len(desk.logged(case, "copy")) == 1


def test_a_case_is_copied_at_any_time_but_only_by_who_takes_part(desk):
    case, task_id = desk.claimed()
    desk.submit(task_id)
    (copy,) = desk.act(operations.copy_to, task_id, [desk.ids["chen"]], by="wang")
    assert isinstance(desk.refusal(operations.copy_to, task_id, [desk.ids["li"]], by="chen"), NotOnCase)
    assert isinstance(desk.refusal(operations.copy_to, task_id, [desk.ids["wang"]], by="wang"), CannotAsk)
    assert isinstance(desk.refusal(operations.copy_to, task_id, [], by="wang"), NobodyAsked)
    assert isinstance(desk.refusal(operations.mark_read, copy, by="li"), TaskNotFound)
    assert desk.refusal(operations.copy_to, task_id, [7], by="wang").status == 404
    other, _task = desk.claimed(by="li")
    assert other != case


def test_a_submission_takes_its_copies_with_it(desk):
    case, task_id = desk.claimed()
    sent = {"values": {"amount": "3"}, "row_version": None, "reasons": {}, "copy_to": [desk.ids["chen"]]}
    answer = desk.browser("wang").post(f"/tasks/{task_id}/complete", json=sent, headers={"Idempotency-Key": f"k{task_id}"})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert [action for action, _who in desk.log(case)][-2:] == ["submit", "copy"]


# ------------------------------------------------------------------ urging


def test_urging_tells_whose_turn_it_is_and_leaves_a_trace(desk):
    case, task_id = desk.claimed(by="li")
    assert desk.act(operations.urge, task_id, words="客户在等", by_sms=True, by="wang") == [desk.ids["li"]]
    assert "王芳 催办：fill" in told(desk, "li")
    (row,) = desk.logged(case, "urge")
    assert (row.target, row.comment) == ("李强（站内信、短信）", "客户在等")
    with desk.at_work():
        sent = db.session.scalars(select(SmsMessage).where(SmsMessage.ref.like(f"task-{task_id}-urge-%"))).all()
        assert len(sent) == 1
    desk.assert_sound(case)


@pytest.mark.parametrize(("process_id", "too_soon", "again"), [("proc_one", "11:59:59", "14:00:00"), ("proc_often", "10:29:59", "10:30:00")])
def test_urging_again_waits_for_the_cool_down_in_working_time(desk, process_id, too_soon, again):
    with clock.freeze("2026-11-24T10:00:00"):
        case, task_id = desk.claimed(process_id, by="li")
        desk.act(operations.urge, task_id, by="wang")
    with clock.freeze(f"2026-11-24T{too_soon}"):
        assert "后可以再次催办" in desk.refusal(operations.urge, task_id, by="wang").text
    with clock.freeze(f"2026-11-24T{again}"):
        desk.act(operations.urge, task_id, by="wang")
    assert len(desk.logged(case, "urge")) == 2


def test_who_is_asked_first_is_urged_in_the_owners_place(desk):
    _case, task_id = desk.claimed()
    assert isinstance(desk.refusal(operations.urge, task_id, by="wang"), CannotUrge)
    desk.act(operations.delegate, task_id, desk.ids["chen"], request=WHY, by="wang")
    assert desk.act(operations.urge, task_id, by="wang") == [desk.ids["chen"]]

    _case, task_id = desk.claimed()
    desk.act(operations.add_handlers, task_id, [desk.ids["li"], desk.ids["zhao"]], AskKind.AFTER, request=WHY, by="wang")
    desk.submit(task_id)
    desk.act(operations.sign, task_id, agrees=True, opinion="好", by="li")
    assert desk.act(operations.urge, task_id, by="wang") == [desk.ids["zhao"]]


def test_the_pool_is_urged_when_nobody_has_claimed(desk):
    case = desk.start()
    assert set(desk.act(operations.urge, desk.one(case, "fill"), by="wang")) == {desk.ids["li"], desk.ids["zhao"]}


def test_strangers_and_finished_tasks_are_not_urged(desk):
    _case, task_id = desk.claimed(by="li")
    assert isinstance(desk.refusal(operations.urge, task_id, by="chen"), TaskNotFound)
    assert isinstance(desk.refusal(operations.urge, task_id, by="sun"), NotOnCase)
    desk.submit(task_id, by="li")
    assert isinstance(desk.refusal(operations.urge, task_id, by="wang"), TaskClosed)


# ------------------------------------------------------------------ words


def test_words_reach_who_is_named_and_carry_papers(desk):
    case, task_id = desk.claimed()
    desk.act(operations.copy_to, task_id, [desk.ids["chen"]], by="wang")
    answer = desk.browser("wang").post(
        f"/tasks/{task_id}/comment",
        data={"_key": f"c{task_id}", "comment": "@陈静 请看附件", "file": (io.BytesIO(b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n"), "说明.pdf")},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 303, answer.get_data(as_text=True)
    (row,) = desk.logged(case, "comment")
    assert (row.comment, row.target) == ("@陈静 请看附件（附件：说明.pdf）", "陈静")
    assert "王芳 在留言中提到您" in told(desk, "chen")
    with desk.at_work():
        assert [document.name for document in files.list_documents(DOCUMENTS, case)] == ["说明.pdf"]


def test_words_are_said_at_any_time_but_not_to_outsiders(desk):
    case, task_id = desk.claimed()
    desk.submit(task_id)
    assert desk.refusal(operations.comment, task_id, "@陈静 请看", by="wang").text.startswith("陈静 无权查看该业务")
    assert isinstance(desk.refusal(operations.comment, task_id, "请看", mention=[desk.ids["chen"]], by="wang"), CannotMention)
    assert isinstance(desk.refusal(operations.comment, task_id, "  ", by="wang"), ReasonTooShort)
    assert isinstance(desk.refusal(operations.comment, task_id, "好", document_ids=[7], by="wang"), ReasonTooShort)
    assert isinstance(desk.refusal(operations.comment, task_id, "好", by="chen"), TaskNotFound)
    desk.act(operations.comment, task_id, "已电话联系客户", by="wang")
    assert len(desk.logged(case, "comment")) == 1


# ------------------------------------------------------------------ phrases


def test_everybody_keeps_her_own_phrases(desk):
    kept = desk.act(operations.add_phrase, "同意，按规定办理", by="zhao")
    assert desk.act(operations.add_phrase, " 同意，按规定办理 ", by="zhao") == kept
    assert isinstance(desk.refusal(operations.add_phrase, "", by="zhao"), Invalid)
    assert isinstance(desk.refusal(operations.add_phrase, "长" * 201, by="zhao"), Invalid)
    assert isinstance(desk.refusal(operations.remove_phrase, kept, by="li"), TaskNotFound)
    for number in range(MOST_PHRASES - 1):
        desk.act(operations.add_phrase, f"第 {number} 句", by="zhao")
    assert "已满" in desk.refusal(operations.add_phrase, "再来一句", by="zhao").text
    _case, task_id = desk.claimed(by="zhao")
    assert "同意，按规定办理" in desk.page("zhao", f"/tasks/{task_id}")
    desk.post("zhao", f"/phrases/{kept}/remove", task_id=task_id)
    assert "同意，按规定办理" not in desk.page("zhao", f"/tasks/{task_id}").split("已删除该常用语")[-1]


# ------------------------------------------------------------------ doors


def test_a_task_is_delegated_signed_and_submitted_in_the_browser(desk):
    case, task_id = desk.claimed()
    page = desk.page("wang", f"/tasks/{task_id}")
    for words in ("委派", "加签", "抄送", "我的常用语"):
        assert words in page
    sent = desk.post("wang", f"/tasks/{task_id}/add-handlers", user_id=[desk.ids["li"], desk.ids["chen"]], kind="BEFORE", reason=WHY)
    assert sent.location == f"/tasks/{task_id}"
    assert "办理后您才能提交" in desk.page("wang", f"/tasks/{task_id}")
    assert re.search("李强（前加签）、陈静（前加签）|陈静（前加签）、李强（前加签）", desk.page("wang", "/tasks?list=waiting"))
    desk_of_chen = desk.page("chen", "/tasks")
    assert "前加签" in desk_of_chen
    page = desk.page("chen", f"/tasks/{task_id}")
    assert "请您办理" in page
    assert "data-form-submit" not in page
    assert desk.post("chen", f"/tasks/{task_id}/sign", agrees="maybe", reason="好").status_code == 422
    assert desk.post("chen", f"/tasks/{task_id}/sign", agrees="yes", reason="好").status_code == 303
    with desk.at_work():
        li = beside.unanswered(task_id)[0].id
    assert desk.post("wang", f"/tasks/{task_id}/co-handlers/{li}/remove", reason=WHY).status_code == 303
    assert desk.post("wang", f"/tasks/{task_id}/add-handlers", user_id=[desk.ids["chen"]], kind="AFTER", reason=WHY).status_code == 303
    assert desk.submit(task_id) == (True, True)
    page = desk.page("wang", f"/tasks/{task_id}")
    assert "待全部加签后自动流转" in page
    assert "确认撤回" in page
    desk.post("chen", f"/tasks/{task_id}/sign", agrees="yes", reason="同意")
    assert desk.open(case, "check")
    history = desk.page("wang", f"/cases/{case}")
    assert all(words in history for words in ("前加签", "减签", "后加签", "加签意见", "提交待加签"))


def test_scripts_get_json_and_refusals_as_problems(desk):
    _case, task_id = desk.claimed()
    as_json = {"Accept": "application/json"}
    answer = desk.browser("wang").post(
        f"/tasks/{task_id}/delegate", data={"_key": f"d{task_id}", "user_id": desk.ids["chen"], "reason": WHY}, headers=as_json
    )
    assert "已委派给 陈静" in answer.get_json()["message"]
    answer = desk.browser("zhao").post(f"/tasks/{task_id}/sign", data={"_key": f"s{task_id}", "agrees": "yes", "reason": "好"}, headers=as_json)
    assert (answer.status_code, answer.get_json()["code"]) == (403, "workflow.tasks.not_asked")
    answer = desk.browser("wang").post(f"/tasks/{task_id}/urge", data={"_key": f"u{task_id}"}, headers=as_json)
    assert "1 人收到提醒" in answer.get_json()["message"]
    answer = desk.browser("wang").post(f"/tasks/{task_id}/copies", data={"_key": f"p{task_id}"}, headers=as_json)
    assert answer.get_json()["code"] == "workflow.tasks.nobody_named"
