"""Jump 跳转: one administrator asks, a second confirms; refused where the token could not stand."""

import pytest
from sqlalchemy import select

from app.core.db import db
from app.support.notices.models import Notice
from app.workflow.engine import NotJumpable
from app.workflow.instances.models import TaskState
from app.workflow.tasks import operations
from app.workflow.tasks.errors import CannotJump, JumpMakerConfirms, ReasonTooShort
from app.workflow.tasks.models import AskKind
from app.workflow.tasks.operations import jump as jumps
from tests.workflow.engine.diagrams import begin, end, flow, parallel, process, user
from tests.workflow.tasks.desk import WHY

pytestmark = pytest.mark.both_databases

TASK = {"form": "room/apply", "role": "PM_A"}
PROCESSES = (
    process(
        "proc_one", begin(), user("fill", **TASK), user("check", **TASK), user("sign", **TASK), end(),
        flow("begin", "fill", "check", "sign", "done"),
    ),
    process(
        "proc_two", begin(), parallel("fork"), user("fill", **TASK), user("beside", **TASK), parallel("join"), user("sign", **TASK), end(),
        flow("begin", "fork", "fill", "join", "sign", "done"), flow("fork", "beside", "join"),
    ),
)  # fmt: skip


def asked(desk, task, node_id="sign"):
    return desk.act(operations.ask_jump, task, node_id, reason=WHY, by="sun")


def confirm(desk, request, by="li"):
    return desk.act(operations.confirm_jump, request, reason=WHY, by=by)


def test_the_second_one_confirms_and_the_case_goes_on_from_there(desk):
    case, fill = desk.claimed()
    desk.act(operations.add_handlers, fill, [desk.ids["chen"]], AskKind.BEFORE, request=WHY, by="wang")
    request = asked(desk, fill)
    assert fill in desk.listed("chen")
    confirm(desk, request)
    (sign,) = desk.open(case)
    assert desk.task(sign).node_id == "sign"
    assert desk.task(fill).state == TaskState.CANCELLED
    assert fill not in desk.listed("chen") | desk.listed("wang")
    desk.assert_sound(case)
    row = desk.logged(case, "jump")[0]
    assert (row.actor_id, row.target) == (desk.ids["li"], "sign（孙悦 申请，李强 确认）")
    with desk.at_work():
        told = set(db.session.scalars(select(Notice.user_id).where(Notice.title.contains("本任务已撤下：fill"))))
    assert {desk.ids["wang"], desk.ids["sun"]} <= told
    desk.submit(sign)
    assert desk.status(case) == "COMPLETED"


def test_who_asked_does_not_confirm_but_may_withdraw(desk):
    case, fill = desk.claimed()
    request = asked(desk, fill)
    assert isinstance(desk.refusal(operations.confirm_jump, request, reason=WHY, by="sun"), JumpMakerConfirms)
    assert isinstance(desk.refusal(operations.ask_jump, fill, "check", reason=WHY, by="sun"), CannotJump)
    desk.act(operations.refuse_jump, request, reason=WHY, by="sun")
    assert isinstance(desk.refusal(operations.confirm_jump, request, reason=WHY, by="li"), CannotJump)
    again = asked(desk, fill)
    desk.act(operations.refuse_jump, again, reason=WHY, by="li")
    assert [row.actor_id for row in desk.logged(case, "refuse_jump")] == [desk.ids["sun"], desk.ids["li"]]
    assert desk.open(case) == [fill]


def test_refused_where_a_join_would_wait_for_ever_then_and_later(desk):
    case, fill = desk.claimed("proc_two")
    assert isinstance(desk.refusal(operations.ask_jump, fill, "sign", reason=WHY, by="sun"), NotJumpable)
    assert isinstance(desk.refusal(operations.ask_jump, fill, "nowhere", reason=WHY, by="sun"), NotJumpable)
    assert isinstance(desk.refusal(operations.ask_jump, fill, "sign", reason="短", by="sun"), ReasonTooShort)
    case, fill = desk.claimed()
    request = asked(desk, fill)
    desk.submit(fill)
    assert isinstance(desk.refusal(operations.confirm_jump, request, reason=WHY, by="li"), CannotJump)
    assert desk.get(jumps.targets_of, desk.task(fill), desk.people["sun"]) == []
    desk.assert_sound(case)


def test_in_the_browser(desk):
    _case, fill = desk.claimed()
    assert "申请跳转到其他环节" in desk.page("sun", f"/tasks/{fill}")
    assert "申请跳转到其他环节" not in desk.page("wang", f"/tasks/{fill}")
    assert "check" in desk.page("sun", f"/admin/tasks/{fill}/jump")
    desk.page("wang", f"/admin/tasks/{fill}/jump", status=403)
    assert desk.post("wang", f"/admin/tasks/{fill}/jump", node_id="check", reason=WHY).status_code == 403
    assert desk.post("sun", f"/admin/tasks/{fill}/jump", node_id="check", reason=WHY).status_code == 303
    assert WHY in desk.page("sun", "/admin/jumps")
    assert "正在等待另一位管理员确认" in desk.page("sun", f"/admin/tasks/{fill}/jump")
    with desk.at_work():
        request = jumps.find_waiting(fill).id
    assert desk.post("sun", f"/admin/jumps/{request}/confirm", reason=WHY).status_code == 403
    assert desk.post("wang", f"/admin/jumps/{request}/confirm", reason=WHY).status_code == 403
    assert desk.post("sun", f"/admin/jumps/{request}/refuse", reason=WHY).status_code == 303
