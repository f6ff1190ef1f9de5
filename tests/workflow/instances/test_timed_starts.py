"""Processes the clock starts: planned with the release, once per moment, late after a standstill, gone with the timer."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.core.tenancy import acting_as, system_actor
from app.core.transactions import unit_of_work
from app.support.audit.models import AuditRecord
from app.support.identity.models import Tenant
from app.support.jobs.models import Job
from app.support.jobs.runner import run_due
from app.workflow import definitions
from app.workflow.definitions import operations as releases
from app.workflow.instances import timed_starts
from app.workflow.instances.models import ProcessInstance, TaskLog, TimedStart
from tests.workflow.definitions.bundles import bundle, form
from tests.workflow.engine.diagrams import begin, end, flow, process, timer, user

FIRST = "2026-11-24T10:00:00"
DAILY = timer("R/P1D", "timeCycle")


def clocked(event, node="daily", name="proc_clock", note="", **properties):
    """A process with a plain start and one by the clock."""
    task = user("fill", form="room/apply", role="PM_A", note=note)
    return process(name, begin(), begin(node, event, properties=properties), task, end(), flow("begin", "fill", "done"), flow(node, "fill"))


class Works:
    """A program whose releases change, with one worker that may stand still."""

    def __init__(self, app):
        self.app, self.actor = app, system_actor(1)
        with app.app_context(), unit_of_work():
            db.session.add(Tenant(id=1, code="T", name="公司"))

    def release(self, *diagrams):
        files = {f"processes/test/p{n}.bpmn": content for n, content in enumerate(diagrams)}
        files |= {"processes/test/proc_test.bpmn": None, "rules/checks/room/apply.dmn": None, "forms/screens/room/apply.form": form()}
        self.act(lambda: definitions.activate(definitions.deploy(bundle(**files), actor=self.actor).id, actor=self.actor))

    def act(self, verb):
        with self.app.app_context(), acting_as(self.actor), unit_of_work():
            verb()

    def at(self, moment):
        """The worker looks at the clock then; how many instances there are by now."""
        with clock.freeze(moment), self.app.app_context():
            run_due(self.app)
        return len(self.all(select(ProcessInstance.id)))

    def all(self, query):
        with self.app.app_context(), acting_as(self.actor):
            found = db.session.scalars(query).all()
            db.session.remove()
        return list(found)

    def planned(self):
        """Moments still to come, as hours after the first activation."""
        query = select(TimedStart).where(TimedStart.done_at.is_(None), TimedStart.cancelled_at.is_(None)).order_by(TimedStart.due_at)
        with clock.freeze(FIRST):
            return [(row.due_at - clock.now()) / timedelta(hours=1) for row in self.all(query)]


@pytest.fixture
def works(fresh_app):
    return Works(fresh_app)


def begun(works, *diagrams):
    with clock.freeze(FIRST):
        works.release(*diagrams)
    works.at(FIRST)
    return works


@pytest.mark.both_databases
def test_a_cycle_starts_an_instance_at_every_turn(works):
    begun(works, clocked(timer("R2/P1D", "timeCycle")))
    assert works.planned() == [24]
    assert works.at("2026-11-25T09:59:59") == 0
    assert works.at("2026-11-25T10:00:01") == 1
    assert works.planned() == [48]
    assert works.at("2026-11-26T10:00:01") == 2
    assert (works.planned(), works.at("2026-12-09T10:00:00")) == ([], 2)
    (instance, _other) = works.all(select(ProcessInstance).order_by(ProcessInstance.started_at))
    assert (instance.business_key or None, instance.started_by) == (None, None)
    assert [(row.action, row.actor_name) for row in works.all(select(TaskLog).where(TaskLog.instance_id == instance.id))] == [("start", "系统")]
    entries = works.all(select(AuditRecord).where(AuditRecord.tag == "workflow.instances.timed_start"))
    assert len(entries) == 2


@pytest.mark.parametrize(
    ("event", "hours"),
    [
        (timer("PT5H"), [5]),
        (timer("2026-11-25T10:00:00", "timeDate"), [24]),
        (timer('now() + duration("PT3H")', "timeDate"), [3]),
        (timer('"R/PT" + string(3 + 4) + "H"', "timeCycle"), [7]),
        (timer("2026-11-23", "timeDate"), []),
        (timer("R3/2026-11-23T12:00:00/P1D", "timeCycle"), [2]),
    ],
)  # fmt: skip
def test_dates_durations_and_feel_are_reckoned_from_the_activation(works, event, hours):
    assert begun(works, clocked(event)).planned() == hours


@pytest.mark.parametrize(("properties", "instances"), [({}, 1), ({"missed": "each"}, 3)])
def test_turns_missed_by_a_standstill_are_one_start_unless_each_is_wanted(works, properties, instances):
    begun(works, clocked(DAILY, **properties))
    assert works.at("2026-11-27T12:00:00") == instances
    assert works.planned() == [96]


@pytest.mark.both_databases
def test_the_same_timer_goes_on_in_the_next_release_and_a_changed_one_begins_anew(works):
    begun(works, clocked(DAILY))
    with clock.freeze("2026-11-24T20:00:00"):
        works.release(clocked(DAILY, note="new"))
    assert works.at("2026-11-24T20:00:00") == 0
    assert works.planned() == [24]
    with clock.freeze("2026-11-24T22:00:00"):
        works.release(clocked(timer("R/PT6H", "timeCycle")))
    works.at("2026-11-24T22:00:00")
    assert works.planned() == [18]
    with clock.freeze("2026-11-24T23:00:00"):
        works.act(lambda: releases.roll_back(reason="新版的节奏不对，先退回", actor=works.actor))
    works.at("2026-11-24T23:00:00")
    assert works.planned() == [13 + 24], "the release before, from its new activation"
    assert works.at("2026-11-25T12:00:00") == 0


def test_a_release_without_the_timer_cancels_what_was_planned(works):
    begun(works, clocked(DAILY))
    with clock.freeze("2026-11-24T20:00:00"):
        works.release(process("proc_clock", begin(), end(), flow("begin", "done")))
    assert works.at("2026-11-25T12:00:00") == 0
    assert works.planned() == []


def test_a_moment_that_has_started_does_not_start_again_under_another_release(works):
    begun(works, clocked(timer("R/2026-11-24T12:00:00/P1D", "timeCycle")))
    assert works.at("2026-11-24T12:00:00") == 1
    with clock.freeze("2026-11-24T12:00:00"):
        works.release(clocked(timer('"R/2026-11-24T12:00:00/P1D"', "timeCycle")))
    assert works.at("2026-11-24T12:00:00") == 1
    assert works.planned() == [26]


@pytest.mark.both_databases
def test_a_job_that_comes_twice_or_before_the_plan_follows_starts_nothing(works):
    begun(works, clocked(DAILY))
    (row,) = works.all(select(TimedStart))
    with clock.freeze("2026-11-25T10:00:00"):
        works.act(lambda: timed_starts.start(row.id, actor=works.actor))
        works.act(lambda: timed_starts.start(row.id, actor=works.actor))
    assert works.at("2026-11-25T10:00:00") == 1
    (row,) = works.all(select(TimedStart).where(TimedStart.done_at.is_(None)))
    with clock.freeze("2026-11-26T10:00:00"):
        works.release(clocked(DAILY, node="another"))  # its plan job has not run
        works.act(lambda: timed_starts.start(row.id, actor=works.actor))
    assert len(works.all(select(ProcessInstance))) == 1
    assert [one.node_id for one in works.all(select(TimedStart).where(TimedStart.done_at.is_(None), TimedStart.cancelled_at.is_(None)))] == ["another"]


def test_a_timer_that_gives_no_moment_is_told_and_stops_no_other(works):
    begun(works, clocked(timer('"soon"'), name="proc_bad", node="never"), clocked(DAILY))
    assert works.planned() == [24]


def test_a_company_that_is_new_is_planned_within_the_hour_and_others_without_timers_put_in_no_job(works):
    begun(works, clocked(DAILY))
    with works.app.app_context(), unit_of_work():
        db.session.add(Tenant(id=2, code="N", name="新公司"))
    with works.app.app_context(), acting_as(system_actor(2)), unit_of_work():
        timed_starts.plan(actor=system_actor(2))
        timed_starts.plan(actor=system_actor(2))
        assert len(db.session.scalars(select(TimedStart)).all()) == 1
    assert works.planned() == [24]


def test_a_release_the_clock_starts_nothing_of_puts_in_no_job(works):
    begun(works, process("proc_clock", begin(), end(), flow("begin", "done")))
    assert works.all(select(Job.id).where(Job.kind == timed_starts.PLAN_JOB)) == []
