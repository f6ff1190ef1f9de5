"""What a node wants done when its working time is over 超时: by the due timer, once, logged as the system's act."""

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.support.identity import operations as identity
from app.support.identity.models import User
from app.support.identity.operations import DepartmentFacts
from app.support.jobs.runner import run_due
from app.workflow.instances import deadlines
from app.workflow.instances.models import TaskState, UserTask
from app.workflow.tasks import operations
from app.workflow.tasks.models import AskKind
from tests.workflow.engine.diagrams import begin, end, exclusive, flow, process, user
from tests.workflow.tasks.desk import WHY

pytestmark = pytest.mark.both_databases

LATE = "2026-11-27T18:00:00"


def _one(name, form="room/decide", **properties):
    fill = user("fill", form=form, role="PM_A", due="P1D", **properties)
    return process(
        name, begin(), fill, exclusive("way", default="no"), user("yes", form=form, role="PM_A"), end(), end("refused"),
        flow("begin", "fill", "way"), flow("way", "yes", when='fill_decision = "AGREE"'), flow("way", "refused", id="no"), flow("yes", "done"),
    )  # fmt: skip


PROCESSES = (
    _one("proc_approve", onTimeout="approve"),
    _one("proc_refuse", onTimeout="refuse"),
    _one("proc_role", onTimeout="transfer", timeoutTo="LEGAL"),
    _one("proc_roles", onTimeout="transfer", timeoutTo="PM_A"),
    _one("proc_superior", onTimeout="transfer"),
    _one("proc_remind", onTimeout="remind"),
)


def late(desk, process_id, before=lambda task: None):
    """A case whose claimed task has run out of time: (case, task)."""
    case, task = desk.claimed(process_id)
    before(task)
    with clock.freeze(LATE):
        run_due(desk.app)
    return case, task


def acts(desk, case):
    return [action for action, _actor in desk.log(case)]


def test_decided_as_the_node_says_and_the_case_goes_on(desk):
    case, task = late(desk, "proc_approve")
    (submitted,), (told,) = desk.logged(case, "submit"), desk.logged(case, "timeout")
    assert (submitted.actor_id, submitted.actor_name, submitted.outcome) == (None, "系统", "AGREE")
    assert "自动同意" in told.comment and "自动同意" in submitted.comment
    assert desk.task(task).state == TaskState.DONE
    desk.one(case, "yes")
    desk.assert_sound(case)
    case, _task = late(desk, "proc_refuse")
    assert desk.status(case) == "COMPLETED"


def test_a_timer_that_rings_again_does_nothing(desk):
    case, _task = late(desk, "proc_approve")
    with desk.at_work():
        query = select(UserTask.id).where(UserTask.instance_id == case, UserTask.escalated_at.is_not(None))
        task = db.session.scalars(query).one()
    with clock.freeze(LATE):
        assert desk.act(deadlines.ring, task) is False
    assert acts(desk, case).count("timeout") == 1


def test_handed_to_the_role_the_node_names(desk):
    case, task = late(desk, "proc_role")
    assert task in desk.listed("chen")
    assert desk.task(task).assignee_id == desk.ids["chen"]
    assert desk.logged(case, "timeout")[0].target == "陈静"
    desk.assert_sound(case)
    _case, task = late(desk, "proc_roles")
    assert all(task in desk.listed(login, "pool") for login in ("li", "zhao"))
    assert task not in desk.listed("wang", "pool") | desk.listed("wang")
    desk.act(operations.claim, task, by="li")


def test_handed_to_the_head_of_the_department_or_kept_when_there_is_none(desk):
    case, task = late(desk, "proc_superior")
    assert "没有可以接办的上级" in desk.logged(case, "timeout_kept")[0].comment
    assert task in desk.listed("wang")
    assert "escalate" in acts(desk, case)
    desk.act(_put_under, "wang", "sun", desk.ids)
    case, task = late(desk, "proc_superior")
    assert task in desk.listed("sun")
    desk.assert_sound(case)


def _put_under(who, head, ids, *, actor):
    department = identity.create_department(f"D{ids[who]}"[:12], DepartmentFacts("业务部", head_id=ids[head]), actor=actor)
    db.session.get(User, ids[who]).department_id = department.id


def test_without_more_the_handler_is_reminded_and_keeps_it(desk):
    case, task = late(desk, "proc_remind")
    assert desk.task(task).state == TaskState.OPEN
    assert "escalate" in acts(desk, case) and "timeout_kept" not in acts(desk, case)


def test_what_others_still_sign_is_not_decided_over_their_heads(desk):
    def ask(task):
        desk.act(operations.add_handlers, task, [desk.ids["chen"]], AskKind.AFTER, request=WHY, by="wang")

    case, task = late(desk, "proc_approve", ask)
    assert "会办未完成" in desk.logged(case, "timeout_kept")[0].comment
    assert desk.task(task).state == TaskState.OPEN
