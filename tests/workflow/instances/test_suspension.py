"""A case that rests: nobody acts on it, no clock runs, and when it goes on everybody has the time that was left."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.support.jobs.runner import run_due
from app.workflow.instances import operations as instances
from app.workflow.instances import suspension
from app.workflow.instances.errors import AlreadySuspended, InstanceSuspended, NotSuspended, ReasonMissing
from app.workflow.instances.models import EventSubscription, ThrownEvent, ThrownState, TimerDue, UserTask
from app.workflow.tasks import operations
from app.workflow.tasks.models import AskKind
from tests.workflow.engine.diagrams import begin, boundary, catch, end, flow, message, parallel, process, signal, throw, timer, user
from tests.workflow.tasks.desk import VALUES, WHY, Desk

pytestmark = pytest.mark.both_databases

TASK = {"form": "room/apply", "role": "PM_A"}
PROCESSES = (
    process("proc_one", begin(), user("fill", **TASK, due="P2D"), end(), flow("begin", "fill", "done")),
    process(
        "proc_clocks", begin(), user("fill", **TASK), boundary("late", "fill", timer("P3D"), interrupting=False), user("hurry", **TASK),
        boundary("day", "fill", timer("2026-12-24T00:00:00", "timeDate"), interrupting=False), end(), end("a"), end("b"),
        flow("begin", "fill", "done"), flow("late", "hurry", "a"), flow("day", "b"),
    ),
    process(
        "proc_waits", begin(), parallel("fork"), catch("told", message("told")), catch("heard", signal("bell")), parallel("join"), end(),
        flow("begin", "fork", "told", "join", "done"), flow("fork", "heard", "join"),
    ),
    process(
        "proc_turns", begin(), user("fill", **TASK), boundary("turn", "fill", timer("R3/P1D", "timeCycle"), interrupting=False), user("hurry", **TASK),
        end(), end("a"), flow("begin", "fill", "done"), flow("turn", "hurry", "a"),
    ),
    process("proc_speaks", begin(), throw("say", message("told")), throw("ring", signal("bell")), end(), flow("begin", "say", "ring", "done")),
)  # fmt: skip
BEGIN, STOP, GO_ON = "2026-11-24T10:00:00", "2026-11-25T10:00:00", "2026-12-01T15:00:00"


@pytest.fixture(scope="module")
def desks(databases):
    made = {}
    return lambda kind: made.get(kind) or made.setdefault(kind, Desk(databases.copy(kind), PROCESSES))


@pytest.fixture
def desk(desks, database_kind):
    return desks(database_kind)


def rest(desk, case):
    desk.act(suspension.suspend, case, reason=WHY, by="sun")


def go_on(desk, case):
    desk.act(suspension.resume, case, reason=WHY, by="sun")


def timers(desk, case):
    """When the engine's timers and the clocks of tasks ring, by node."""
    query = select(TimerDue).where(TimerDue.instance_id == case, TimerDue.done_at.is_(None), TimerDue.cancelled_at.is_(None))
    clocks = select(UserTask).where(UserTask.instance_id == case, UserTask.rings_at.is_not(None))
    with desk.at_work():
        found = {("ENGINE", row.node_id): row.due_at for row in db.session.scalars(query)}
        return found | {("CLOCK", row.node_id): row.rings_at for row in db.session.scalars(clocks)}


def test_nobody_acts_on_a_case_that_rests(desk):
    case, task_id = desk.claimed()
    desk.act(operations.add_handlers, task_id, [desk.ids["li"]], AskKind.BEFORE, request=WHY, by="wang")
    rest(desk, case)
    for verb, arguments, named in (
        (operations.complete, [VALUES], {}),
        (operations.save_draft, [VALUES], {}),
        (operations.transfer, [desk.ids["zhao"]], {"reason": WHY}),
        (operations.delegate, [desk.ids["zhao"]], {"request": WHY}),
        (operations.release, [], {}),
        (operations.urge, [], {}),
    ):
        assert type(desk.refusal(verb, task_id, *arguments, by="wang", **named)) is InstanceSuspended
    assert type(desk.refusal(operations.sign, task_id, agrees=True, opinion="好", by="li")) is InstanceSuspended
    desk.act(operations.comment, task_id, "等客户补充材料", by="wang")
    assert "已挂起" in desk.page("li", "/tasks")
    page = desk.page("wang", f"/tasks/{task_id}")
    assert "起挂起，暂停办理" in page
    assert "data-form-submit" not in page
    desk.assert_sound(case)
    go_on(desk, case)
    desk.act(operations.sign, task_id, agrees=True, opinion="好", by="li")
    desk.submit(task_id)
    assert desk.status(case) == "COMPLETED"
    assert [row.comment for row in (*desk.logged(case, "suspend"), *desk.logged(case, "resume"))] == [WHY, WHY]


def test_deadlines_move_on_in_working_time(desk):
    with clock.freeze(BEGIN):
        case, task_id = desk.claimed()
        due = desk.task(task_id).due_at
    with clock.freeze(STOP):
        rest(desk, case)
    with clock.freeze(GO_ON):
        go_on(desk, case)
        desk.assert_sound(case)
    assert due.isoformat() == "2026-11-26T02:00:00+00:00"
    assert desk.task(task_id).due_at.isoformat() == "2026-12-02T07:00:00+00:00", "one working day was left"
    rings, due = timers(desk, case)[("CLOCK", "fill")], desk.task(task_id).due_at
    assert rings == desk.task(task_id).opened_at + 0.8 * (due - desk.task(task_id).opened_at)


def test_a_timer_that_comes_due_meanwhile_waits_for_the_rest_of_its_time(desk):
    with clock.freeze(BEGIN):
        case, _task = desk.claimed("proc_clocks")
        late = timers(desk, case)[("ENGINE", "late")]
    with clock.freeze(STOP):
        rest(desk, case)
    with clock.freeze(GO_ON):
        run_due(desk.app)
        assert desk.open(case, "hurry") == []
        desk.assert_sound(case)
        go_on(desk, case)
        desk.assert_sound(case)
        run_due(desk.app)
        assert desk.open(case, "hurry") == []
        moved = timers(desk, case)
    assert moved[("ENGINE", "late")] - late == timedelta(days=6, hours=5)
    assert moved[("ENGINE", "day")].isoformat() == "2026-12-23T16:00:00+00:00", "a date stays"
    with clock.freeze("2026-12-03T15:00:01"):
        run_due(desk.app)
        assert len(desk.open(case, "hurry")) == 1
        desk.assert_sound(case)


def test_turns_missed_while_no_worker_ran_come_late_each_in_a_step_of_its_own(desk):
    with clock.freeze(BEGIN):
        case, _task = desk.claimed("proc_turns")
    with clock.freeze("2026-11-26T12:00:00"):
        run_due(desk.app)
        assert len(desk.open(case, "hurry")) == 2
        assert timers(desk, case)[("ENGINE", "turn")].isoformat() == "2026-11-27T02:00:00+00:00"
        desk.assert_sound(case)


def test_what_was_overdue_stays_so(desk):
    with clock.freeze(BEGIN):
        case, task_id = desk.claimed()
    with clock.freeze("2026-11-26T01:00:00"):
        run_due(desk.app)
    with clock.freeze("2026-11-27T10:00:00"):
        run_due(desk.app)
        before = desk.task(task_id).due_at
        rest(desk, case)
    with clock.freeze(GO_ON):
        go_on(desk, case)
        run_due(desk.app)
        assert desk.task(task_id).due_at == before
        assert [len(desk.logged(case, act)) for act in ("remind", "escalate")] == [1, 1]
        desk.assert_sound(case)


def test_messages_and_signals_that_come_meanwhile_are_not_lost(desk):
    case = desk.act(instances.start, "proc_waits", {}, by="wang", business_key="W1")
    rest(desk, case)
    desk.act(instances.start, "proc_speaks", {}, by="wang", business_key="W1")
    run_due(desk.app)
    assert desk.status(case) == "RUNNING"
    with desk.at_work():
        waiting = db.session.scalars(select(EventSubscription.kind).where(EventSubscription.instance_id == case)).all()
        assert sorted(waiting) == ["message", "signal"]
        kept = db.session.scalars(select(ThrownEvent.kind).where(ThrownEvent.state == ThrownState.WAITING)).all()
        assert kept == ["message"]
    assert type(desk.refusal(instances.send_message, "told", "W1")) is InstanceSuspended
    go_on(desk, case)
    run_due(desk.app)
    assert desk.status(case) == "COMPLETED"
    desk.assert_sound(case)


def test_a_case_that_rests_may_be_ended(desk):
    case, _task = desk.claimed()
    rest(desk, case)
    desk.act(instances.cancel, case, reason=WHY, by="sun")
    assert desk.status(case) == "CANCELLED"
    desk.assert_sound(case)


def test_resting_is_refused(desk):
    case, task_id = desk.claimed()
    assert isinstance(desk.refusal(suspension.suspend, case, reason="好", by="sun"), ReasonMissing)
    assert isinstance(desk.refusal(suspension.resume, case, reason=WHY, by="sun"), NotSuspended)
    rest(desk, case)
    assert isinstance(desk.refusal(suspension.suspend, case, reason=WHY, by="sun"), AlreadySuspended)
    go_on(desk, case)
    desk.submit(task_id)
    assert desk.refusal(suspension.suspend, case, reason=WHY, by="sun").status == 409
    assert desk.post("wang", f"/admin/instances/{case}/suspend", reason=WHY).status_code == 403


def test_an_administrator_suspends_and_resumes_in_the_browser(desk):
    case, _task = desk.claimed()
    assert "挂起" in desk.page("sun", f"/admin/instances/{case}")
    assert desk.post("sun", f"/admin/instances/{case}/suspend", reason=WHY).status_code == 303
    assert "恢复办理" in desk.page("sun", f"/admin/instances/{case}")
    assert desk.post("sun", f"/admin/instances/{case}/resume", reason=WHY).status_code == 303
    with desk.at_work():
        assert timers(desk, case)[("CLOCK", "fill")]
