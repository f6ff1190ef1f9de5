"""Take a task back after submitting 拿回: what follows may have been begun, but not acted on."""

import pytest
from sqlalchemy import select

from app.core.db import db
from app.support.notices.models import Notice
from app.workflow.instances import operations as instances
from app.workflow.instances.models import EventSubscription, TaskState
from app.workflow.tasks import operations
from app.workflow.tasks.errors import CannotReclaim, CannotTakeBack, ReasonTooShort
from app.workflow.tasks.models import AskKind
from tests.workflow.engine.diagrams import begin, catch, end, flow, message, parallel, process, user
from tests.workflow.tasks.desk import VALUES, WHY

pytestmark = pytest.mark.both_databases

TASK = {"form": "room/apply", "role": "PM_A"}
PROCESSES = (
    process("proc_one", begin(), user("fill", **TASK), user("check", **TASK), end(), flow("begin", "fill", "check", "done")),
    process(
        "proc_two", begin(), parallel("fork"), user("fill", **TASK), user("beside", **TASK), user("next", **TASK), user("check", **TASK),
        parallel("join"), end(), flow("begin", "fork", "fill", "check", "join", "done"), flow("fork", "beside", "next", "join"),
    ),
    process(
        "proc_paid", begin(), user("fill", **TASK), catch("paid", message("paid")), user("check", **TASK), end(),
        flow("begin", "fill", "paid", "check", "done"),
    ),
    process("proc_never", begin(), user("fill", **TASK, actions="comment"), user("check", **TASK), end(), flow("begin", "fill", "check", "done")),
)  # fmt: skip


def submitted(desk, process_id="proc_one"):
    case, fill = desk.claimed(process_id)
    desk.submit(fill)
    return case, fill


def test_what_follows_may_have_been_begun_and_is_withdrawn(desk):
    case, fill = submitted(desk)
    check = desk.one(case, "check")
    desk.act(operations.claim, check, by="li")
    desk.act(operations.save_draft, check, {"amount": "1"}, by="li")
    assert isinstance(desk.refusal(operations.take_back, fill, reason=WHY, by="wang"), CannotTakeBack)
    again = desk.act(operations.reclaim, fill, reason=WHY, by="wang")
    assert (desk.open(case), desk.task(check).state) == ([again], TaskState.CANCELLED)
    assert again in desk.listed("wang")
    with desk.at_work():
        titles = db.session.scalars(select(Notice.title).where(Notice.user_id == desk.ids["li"])).all()
    assert "王芳 拿回了前一环节，本任务已撤下：check" in titles
    assert desk.logged(case, "reclaim")[0].comment == WHY
    desk.assert_sound(case)
    desk.submit(again)
    desk.submit(desk.one(case, "check"), by="li")
    assert desk.status(case) == "COMPLETED"
    desk.assert_sound(case)


def test_another_branch_may_have_gone_on_and_stays_where_it_is(desk):
    case, fill = submitted(desk, "proc_two")
    desk.submit(desk.one(case, "beside"), by="li")
    assert isinstance(desk.refusal(operations.take_back, fill, reason=WHY, by="wang"), CannotTakeBack)
    desk.act(operations.reclaim, fill, reason=WHY, by="wang")
    assert sorted(desk.task(one).node_id for one in desk.open(case)) == ["fill", "next"]
    desk.assert_sound(case)


@pytest.mark.parametrize("act", ["submitted", "returned", "signed"])
def test_not_when_somebody_has_acted_on_what_follows(desk, act):
    case, fill = submitted(desk, "proc_two")
    check = desk.one(case, "check")
    if act == "submitted":
        desk.submit(check, by="li")
    elif act == "returned":
        desk.act(operations.return_to, check, "fill", reason=WHY, by="li")
    else:
        desk.act(operations.add_handlers, check, [desk.ids["chen"]], AskKind.BEFORE, request=WHY, by="li")
        desk.act(operations.sign, check, agrees=True, opinion="好", by="chen")
    assert isinstance(desk.refusal(operations.reclaim, fill, reason=WHY, by="wang"), CannotReclaim)
    desk.assert_sound(case)


def test_a_message_that_has_come_cannot_come_again(desk):
    case, fill = desk.claimed("proc_paid")
    desk.submit(fill)
    again = desk.act(operations.reclaim, fill, reason=WHY, by="wang")
    desk.assert_sound(case)
    desk.submit(again)
    with desk.at_work():
        correlation = db.session.scalar(select(EventSubscription.correlation).where(EventSubscription.instance_id == case))
    desk.act(instances.send_message, "paid", correlation)
    assert "外部消息" in desk.refusal(operations.reclaim, again, reason=WHY, by="wang").text


def test_reclaiming_is_refused(desk):
    case, fill = submitted(desk)
    assert isinstance(desk.refusal(operations.reclaim, fill, reason="好", by="wang"), ReasonTooShort)
    assert "本人" in desk.refusal(operations.reclaim, fill, reason=WHY, by="li").text
    assert desk.refusal(operations.reclaim, fill, reason=WHY, by="chen").status == 409
    again = desk.act(operations.reclaim, fill, reason=WHY, by="wang")
    assert "重新办理" in desk.refusal(operations.reclaim, fill, reason=WHY, by="wang").text
    desk.submit(again)
    desk.submit(desk.one(case, "check"), by="li")
    assert "流程已结束" in desk.refusal(operations.reclaim, again, reason=WHY, by="wang").text
    _case, never = submitted(desk, "proc_never")
    assert "不允许拿回" in desk.refusal(operations.reclaim, never, reason=WHY, by="wang").text


def test_reclaiming_in_the_browser(desk):
    case, fill = submitted(desk)
    assert "确认拿回" in desk.page("wang", f"/tasks/{fill}")
    assert "确认拿回" not in desk.page("li", f"/tasks/{desk.one(case, 'check')}")
    answer = desk.post("wang", f"/tasks/{fill}/reclaim", reason=WHY)
    assert answer.location == f"/tasks/{desk.one(case, 'fill')}"
    assert VALUES["amount"] in desk.page("wang", answer.location)
