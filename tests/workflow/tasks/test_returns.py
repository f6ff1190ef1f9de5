"""Return to several nodes at once 退回: corrected side by side, back with the last, or run again from the earliest."""

import pytest

from app.workflow.instances.models import TaskState
from app.workflow.tasks import operations
from app.workflow.tasks.errors import CannotReturn, CannotTakeBack, NotYourTask, NowhereToReturn, ReasonTooShort, TooManyReturns
from tests.workflow.engine.diagrams import begin, end, flow, parallel, process, user
from tests.workflow.tasks.desk import VALUES, WHY

TASK = {"form": "room/apply", "role": "PM_A"}
AGAIN = {**TASK, "resume": "rerun"}
PROCESSES = (
    process(
        "proc_row", begin(), user("first", **TASK), user("second", **TASK), user("check", **TASK), end(),
        flow("begin", "first", "second", "check", "done"),
    ),
    process(
        "proc_again", begin(), user("first", **TASK), user("second", **AGAIN), user("third", **AGAIN), user("check", **TASK), end(),
        flow("begin", "first", "second", "third", "check", "done"),
    ),
    process(
        "proc_fork", begin(), parallel("fork"), user("left", **AGAIN), user("beyond", **TASK), user("right", **AGAIN), parallel("join"),
        user("check", **TASK), end(), flow("begin", "fork", "left", "beyond", "join", "check", "done"), flow("fork", "right", "join"),
    ),
    process(
        "proc_beside", begin(), parallel("fork"), user("left", **AGAIN), user("beyond", **TASK), user("right", **TASK), parallel("join"),
        end(), flow("begin", "fork", "left", "beyond", "join", "done"), flow("fork", "right", "join"),
    ),
)  # fmt: skip


def come_to(desk, process_id, node_id, **handlers):
    """A case at a node 赵敏 has claimed, every node before it submitted by whom ``handlers`` name, else by 王芳."""
    case = desk.start(process_id)
    while not desk.open(case, node_id):
        task_id = desk.open(case)[0]
        desk.submit(task_id, by=handlers.get(desk.task(task_id).node_id, "wang"))
    check = desk.one(case, node_id)
    desk.act(operations.claim, check, by="zhao")
    return case, check


def several(desk, task_id, *nodes, by="zhao"):
    return desk.act(operations.return_to_several, task_id, dict.fromkeys(nodes, WHY), by=by)


def nodes_open(desk, case):
    return sorted(desk.task(one).node_id for one in desk.open(case))


def test_each_is_corrected_by_its_handler_and_the_returner_goes_on_with_the_last(desk):
    case, check = come_to(desk, "proc_row", "check", second="li")
    first, second = several(desk, check, "first", "second")
    assert first in desk.listed("wang") and second in desk.listed("li") and desk.task(check).state == TaskState.REWORK
    assert "尚未改好：first（王芳）、second（李强）" in desk.page("zhao", f"/tasks/{check}")
    desk.act(operations.complete, second, {"amount": "7"}, by="li")
    assert (desk.open(case), desk.task(check).state) == ([first], TaskState.REWORK)
    assert isinstance(desk.refusal(operations.take_back, second, reason=WHY, by="li"), CannotTakeBack)
    desk.submit(first)
    assert desk.open(case) == [check] and check in desk.listed("zhao")
    desk.assert_sound(case)
    desk.submit(check, by="zhao")
    assert desk.status(case) == "COMPLETED"


def test_with_corrections_that_matter_the_token_goes_to_the_earliest_of_them(desk):
    case, check = come_to(desk, "proc_again", "check")
    for task_id in several(desk, check, "first", "third", "second"):
        desk.submit(task_id)
    assert nodes_open(desk, case) == ["third"]
    assert desk.logged(case, "rerun")
    desk.assert_sound(case)


def test_on_different_branches_each_token_is_put_back(desk):
    case, check = come_to(desk, "proc_fork", "check")
    for task_id in several(desk, check, "left", "right"):
        desk.submit(task_id)
    assert nodes_open(desk, case) == ["beyond"]
    desk.assert_sound(case)
    desk.submit(desk.one(case, "beyond"))
    assert nodes_open(desk, case) == ["check"]


def test_a_returner_on_a_branch_beside_has_her_task_again_when_the_other_branch_is_put_back(desk):
    case, right = come_to(desk, "proc_beside", "right", left="li")
    while desk.open(case, "left"):
        desk.submit(desk.one(case, "left"), by="li")
    (left,) = several(desk, right, "left")
    desk.submit(left, by="li")
    assert nodes_open(desk, case) == ["beyond", "right"]
    assert right in desk.listed("zhao")
    desk.assert_sound(case)


def test_a_return_to_several_counts_once(desk):
    case, check = come_to(desk, "proc_row", "check")
    for _round in range(3):
        for task_id in several(desk, check, "first", "second"):
            desk.submit(task_id)
    assert isinstance(desk.refusal(operations.return_to, check, "first", reason=WHY, by="zhao"), TooManyReturns)
    assert [row.target for row in desk.logged(case, "return")] == ["first、second"] * 3


def test_it_is_taken_back_until_somebody_begins_to_correct(desk):
    case, check = come_to(desk, "proc_row", "check")
    first, second = several(desk, check, "first", "second")
    assert isinstance(desk.refusal(operations.take_back, check, reason=WHY, by="chen"), NotYourTask)
    desk.act(operations.take_back, check, reason=WHY, by="zhao")
    assert desk.open(case) == [check]
    assert {desk.task(one).state for one in (first, second)} == {TaskState.CANCELLED}
    first, second = several(desk, check, "first", "second")
    desk.act(operations.save_draft, second, VALUES, by="wang")
    assert isinstance(desk.refusal(operations.take_back, check, reason=WHY, by="zhao"), CannotTakeBack)
    desk.assert_sound(case)


@pytest.mark.parametrize(
    ("reasons", "refusal"),
    [
        ({}, NowhereToReturn),
        ({"first": WHY, "second": "短"}, ReasonTooShort),
        ({"first": WHY, "check": WHY}, CannotReturn),
        ({"first": WHY, "nowhere": WHY}, CannotReturn),
    ],
)
def test_refused_as_a_whole(desk, reasons, refusal):
    case, check = come_to(desk, "proc_row", "check")
    before = desk.everything()
    assert type(desk.refusal(operations.return_to_several, check, reasons, by="zhao")) is refusal
    assert desk.everything() == before


def test_the_page_takes_one_reason_for_all_and_others_for_some(desk):
    case, check = come_to(desk, "proc_row", "check")
    own = "第二个环节的金额与合同不符，请核对"
    answer = desk.post("zhao", f"/tasks/{check}/return", node_id=["first", "second"], reason=WHY, reason_second=own)
    assert answer.status_code == 303
    reasons = {desk.task(one).node_id: desk.task(one).return_reason for one in desk.open(case)}
    assert reasons == {"first": WHY, "second": own}
    assert desk.logged(case, "return")[0].comment == f"first：{WHY}；second：{own}"
