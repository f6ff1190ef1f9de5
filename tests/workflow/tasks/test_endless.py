"""A process that goes round in circles stops nobody: the act is refused whole, by the clock its job fails and is shown."""

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.support.jobs.models import Job
from app.support.jobs.runner import run_due
from app.workflow.engine import run as runs
from app.workflow.engine.errors import Endless
from app.workflow.instances import worklist
from app.workflow.tasks import operations
from tests.workflow.engine.diagrams import begin, boundary, end, exclusive, flow, process, script, timer, user
from tests.workflow.tasks.desk import VALUES, Desk

pytestmark = pytest.mark.both_databases
PAPER = {"form": "room/apply", "role": "PM_A"}


def circle(name, *parts):
    return process(
        name, begin(), user("fill", **PAPER), *parts, script("count", "{n: if n = null then 1 else n + 1}"), exclusive("enough", default="back"), end(),
        flow("count", "enough"), flow("enough", "done", when="n < 0"), flow("enough", "count", id="back"),
    )  # fmt: skip


PROCESSES = (
    circle("proc_act", flow("begin", "fill", "count")),
    circle("proc_clock", boundary("late", "fill", timer("P1D")), end("in_time"), flow("begin", "fill", "in_time"), flow("late", "count")),
)


@pytest.fixture(scope="module")
def desks(databases):
    made = {}
    return lambda kind: made.get(kind) or made.setdefault(kind, Desk(databases.copy(kind), PROCESSES))


@pytest.fixture
def desk(desks, database_kind, monkeypatch):
    monkeypatch.setattr(runs, "MOST_STEPS", 200)
    return desks(database_kind)


def test_what_a_person_does_is_refused_and_nothing_has_changed(desk):
    case, task = desk.claimed("proc_act")
    refused = desk.refusal(operations.complete, task, VALUES, by="wang")
    assert type(refused) is Endless
    assert "已连续执行 200 步" in refused.text
    assert desk.open(case) == [task]
    desk.assert_sound(case)


def test_by_the_clock_the_job_fails_with_the_reason_and_the_case_stays_as_it_was(desk):
    with clock.freeze("2026-11-24T10:00:00"):
        case, task = desk.claimed("proc_clock")
    with clock.freeze("2026-11-25T11:00:00"):
        run_due(desk.app)
        assert desk.open(case) == [task]
    with desk.at_work():
        (job,) = db.session.scalars(select(Job).where(Job.kind == worklist.TIMER_JOB))
        assert (job.tries, "循环不止" in job.error) == (1, True)
    desk.assert_sound(case)
    desk.submit(task)
    assert desk.status(case) == "COMPLETED"
