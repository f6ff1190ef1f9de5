"""Two worker processes at one moment, each with a program and connections of its own: one effect, and nobody fails.

Threads share what a process remembers (running cases, compiled releases); these share nothing but the database.
"""

import time
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from app.core import clock
from app.core.db import db
from app.core.errors import AppError
from app.core.tenancy import acting_as, system_actor
from app.core.transactions import unit_of_work
from app.factory import create_app
from app.support.identity.models import Tenant
from app.support.jobs.models import Job
from app.support.jobs.runner import run_due
from app.workflow import definitions
from app.workflow.instances import deadlines, incidents, operations, timed_starts
from app.workflow.instances.models import Incident, IncidentState, ProcessInstance, TaskLog, TimedStart, TimerDue, UserTask
from app.workflow.migration import operations as migration
from app.workflow.migration.models import MigrationItem
from tests.programs import PATIENCE, Program, pipe
from tests.workflow.definitions.bundles import bundle, form
from tests.workflow.engine.diagrams import begin, boundary, catch, end, flow, process, script, timer, user
from tests.workflow.migration.house import House

pytestmark = [pytest.mark.both_databases, pytest.mark.server]
BEGUN = datetime(2026, 11, 24, 10, tzinfo=clock.BEIJING)
ROUNDS = 3
SOON_SECONDS = 0.05
REASON = "金额录入错误，已与经办人核实"
TASK = {"form": "room/apply", "role": "PM_A"}


def clocked(note=""):
    """Started by the clock every day, with a timer on the border of its task."""
    fill = user("fill", note=note, **TASK)
    return process(
        "proc_test", begin(), begin("daily", timer("R/P1D", "timeCycle")), fill, boundary("late", "fill", timer("P1D"), False), user("hurry", **TASK),
        end(), end("gone"), flow("begin", "fill", "done"), flow("daily", "fill"), flow("late", "hurry", "gone"),
    )  # fmt: skip


BROKEN = process(
    "proc_test", begin(), script("calc", "if customer_id > 0 then {half: customer_id / 2} else 5"), user("after", **TASK), end(),
    flow("begin", "calc", "after", "done"),
)  # fmt: skip

VERBS = {
    "run_due": None,
    "start": timed_starts.start,
    "fire": operations.fire_timer,
    "ring": deadlines.ring,
    "plan": lambda *, actor: timed_starts.plan(actor=actor),
    "retry": lambda incident_id, *, actor: incidents.retry_with_changes(incident_id, {"customer_id": 10}, reason=REASON, actor=actor) and True,
    "move": migration.move_item,
}
"""What the processes are told to do; ``run_due`` is all of a worker's day, the others are what its jobs do."""


def work(settings, hears, says):
    """Be told a verb, do it at the moment all were told, say what came of it; again until nobody tells."""
    app, actor = create_app(settings), system_actor(1)
    says.send("ready")
    while True:
        try:
            name, arguments, now, at = hears.recv()
        except EOFError:
            return
        time.sleep(max(0.0, at - time.monotonic()))
        with clock.freeze(now):
            says.send(_outcome(app, actor, name, arguments))


def _outcome(app, actor, name, arguments):
    if name == "run_due":
        return run_due(app)
    try:
        with app.app_context(), acting_as(actor), unit_of_work():
            return VERBS[name](*arguments, actor=actor)
    except AppError as refusal:
        return type(refusal).__name__
    except Exception as fault:  # noqa: BLE001 - looked at by the test
        return repr(fault)


class Worker:
    """A process that does what it is told."""

    def __init__(self, settings):
        takes, self.tells = pipe()
        self.hears, says = pipe()
        self.program = Program(work, settings, takes, says)
        takes.close()
        says.close()

    def heard(self):
        assert self.hears.poll(PATIENCE), "a worker says nothing"
        return self.hears.recv()


class Works(House):
    """A program with one company, and two processes that work for it."""

    def __init__(self, app):
        super().__init__(app)
        with app.app_context(), unit_of_work():
            db.session.add(Tenant(id=1, code="T", name="公司"))
        self.workers = [Worker(app.extensions["settings"]) for _n in range(2)]
        assert [worker.heard() for worker in self.workers] == ["ready", "ready"]

    def race(self, name, *arguments, now):
        """What came of it in each process."""
        at = time.monotonic() + SOON_SECONDS
        for worker in self.workers:
            worker.tells.send((name, arguments, now, at))
        return [worker.heard() for worker in self.workers]

    def release_at(self, moment, content):
        with clock.freeze(moment):
            self.release(content)

    def run_due(self, moment):
        with clock.freeze(moment):
            run_due(self.app)

    def read(self, query):
        with self.app.app_context(), acting_as(self.actor):
            found = db.session.scalars(query).all()
            db.session.remove()
        return found

    def actions(self, instance_id):
        return self.read(select(TaskLog.action).where(TaskLog.instance_id == instance_id).order_by(TaskLog.seq))

    def broken_jobs(self):
        return self.read(select(Job.error_detail).where(Job.error.is_not(None)))


@pytest.fixture
def works(fresh_app):
    made = Works(fresh_app)
    yield made
    for worker in made.workers:
        worker.program.kill()
    assert made.broken_jobs() == []
    assert made.differences() == []


def planned(works):
    return works.read(select(TimedStart.id).where(TimedStart.done_at.is_(None), TimedStart.cancelled_at.is_(None)))


def test_one_timed_start(works):
    works.release_at(BEGUN, clocked())
    works.run_due(BEGUN)
    for day in range(1, ROUNDS + 1):
        (start_id,) = planned(works)
        assert sorted(works.race("start", start_id, now=BEGUN + timedelta(days=day))) == [False, True]
        assert len(works.read(select(ProcessInstance.id))) == day
    works.race("run_due", now=BEGUN + timedelta(days=ROUNDS + 1))
    assert len(works.read(select(ProcessInstance.id))) == ROUNDS + 1
    assert len(planned(works)) == 1


def test_one_due_timer(works):
    works.release_at(BEGUN, clocked())
    with clock.freeze(BEGUN):
        cases = [works.start() for _n in range(ROUNDS)]
    for case in cases:
        (timer_id,) = works.read(select(TimerDue.id).where(TimerDue.instance_id == case))
        assert sorted(works.race("fire", timer_id, now=BEGUN + timedelta(days=1))) == [False, True]
        assert works.actions(case) == ["start", "timer"]
    with clock.freeze(BEGUN):
        case = works.start()
    works.race("run_due", now=BEGUN + timedelta(days=1))
    assert works.actions(case) == ["start", "timer"]


def test_one_clock_of_a_task(works):
    fill = user("fill", due="P1D", **TASK)
    works.release_at(BEGUN, process("proc_test", begin(), fill, end(), flow("begin", "fill", "done")))
    with clock.freeze(BEGUN):
        cases = [works.start() for _n in range(ROUNDS)]
    for case in cases:
        (task_id,) = works.read(select(UserTask.id).where(UserTask.instance_id == case))
        assert sorted(works.race("ring", task_id, now=BEGUN + timedelta(days=2))) == [False, True]
        assert works.actions(case) == ["start", "escalate"]
    with clock.freeze(BEGUN):
        case = works.start()
    for now in (BEGUN + timedelta(hours=23), BEGUN + timedelta(days=2)):
        works.race("run_due", now=now)
    assert works.actions(case) == ["start", "remind", "escalate"]


def test_one_retry_of_an_incident(works):
    works.release_at(BEGUN, BROKEN)
    with clock.freeze(BEGUN):
        cases = [works.start(customer_id="很多") for _n in range(ROUNDS)]
    works.race("run_due", now=BEGUN + timedelta(seconds=11))
    assert works.read(select(Incident.tries)) == [2] * ROUNDS
    for case in cases:
        (incident_id,) = works.read(select(Incident.id).where(Incident.instance_id == case))
        outcomes = works.race("retry", incident_id, now=BEGUN + timedelta(seconds=20))
        assert sorted(map(str, outcomes)) == ["IncidentNotOpen", "True"]
        assert works.actions(case) == ["start", "change_data", "retry"]
    assert works.read(select(Incident.state)) == [IncidentState.RESOLVED] * ROUNDS


def test_one_plan_of_what_the_clock_starts(works):
    for day in range(ROUNDS):
        moment = BEGUN + timedelta(days=day, hours=day)
        works.release_at(moment, clocked(note=str(day)))
        assert works.race("plan", now=moment) == [None, None]
        assert len(planned(works)) == 1
        works.race("run_due", now=moment)
        assert len(planned(works)) == 1


def test_one_move_to_another_release(works):
    works.release_at(BEGUN, clocked())
    with clock.freeze(BEGUN):
        cases = [works.start() for _n in range(ROUNDS)]
        target = works.release(clocked(note="again"))
        plan_id = works.plan(target, only=cases[:-1])
        one_more = works.plan(target, only=cases[-1:])
    for item_id in works.read(select(MigrationItem.id).where(MigrationItem.plan_id == plan_id)):
        assert sorted(works.race("move", item_id, now=BEGUN)) == [False, True]
    works.race("run_due", now=BEGUN)
    assert [works.actions(case) for case in cases] == [["start", "migrate"]] * ROUNDS
    assert works.item(one_more, cases[-1])[0] == "MOVED"
