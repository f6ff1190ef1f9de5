"""The clock of a task: a reminder, then the end of its time, each told once; silent while nobody may act."""

import pytest
from sqlalchemy import func, select, update

from app.core import clock
from app.core.db import db
from app.core.tenancy import platform_scope
from app.core.transactions import unit_of_work
from app.support.jobs import operations as jobs
from app.support.jobs.models import Job, JobState
from app.support.jobs.runner import run_due
from app.support.notices.models import Notice
from app.workflow.instances import deadlines, mending, suspension
from app.workflow.instances.models import TaskState, TimerDue
from app.workflow.tasks import operations
from tests.workflow.engine.diagrams import begin, end, flow, process, user
from tests.workflow.tasks.desk import VALUES, WHY, Desk

pytestmark = pytest.mark.both_databases

PAPER = {"form": "room/apply", "role": "PM_A"}
PROCESSES = (
    process("proc_two", begin(), user("fill", **PAPER), user("check", **PAPER, due="P2D"), end(), flow("begin", "fill", "check", "done")),
    process("proc_now", begin(), user("check", **PAPER, due="PT1S"), end(), flow("begin", "check", "done")),
)  # fmt: skip
BEGIN, REMINDED, OVER = "2026-11-24T10:00:00", "2026-11-26T01:00:00", "2026-11-26T10:00:00"
"""Two working days from the morning of a Tuesday; the reminder after four fifths of them by the calendar."""


@pytest.fixture(scope="module")
def desks(databases):
    made = {}
    return lambda kind: made.get(kind) or made.setdefault(kind, Desk(databases.copy(kind), PROCESSES))


@pytest.fixture
def desk(desks, database_kind):
    return desks(database_kind)


def at_check(desk, by="li"):
    """A case at its second task, which somebody has claimed: (case, task)."""
    with clock.freeze(BEGIN):
        case, first = desk.claimed("proc_two")
        desk.submit(first)
        task = desk.one(case, "check")
        desk.act(operations.claim, task, by=by)
    return case, task


def at(desk, moment):
    with clock.freeze(moment):
        run_due(desk.app)


def told(desk, case):
    return [action for action, _who in desk.log(case) if action in {"remind", "escalate"}]


def notices(desk, task, title):
    query = select(func.count()).where(Notice.link == f"/tasks/{task}", Notice.title.like(f"{title}%"))
    with desk.at_work():
        return db.session.scalar(query)


def jobs_of(desk, task):
    query = select(Job).where(Job.kind == deadlines.RING_JOB, Job.payload == {"task_id": task})
    with desk.at_work():
        return db.session.scalars(query.order_by(Job.id)).all()


def test_reminded_then_over_each_told_once(desk):
    case, task = at_check(desk)
    at(desk, "2026-11-25T20:00:00")
    assert (told(desk, case), jobs_of(desk, task)) == ([], []), "a clock that has nothing to say yet has no job"
    for _again in range(2):
        at(desk, REMINDED)
        desk.assert_sound(case)
    assert told(desk, case) == ["remind"]
    for _again in range(2):
        at(desk, OVER)
        desk.assert_sound(case)
    assert told(desk, case) == ["remind", "escalate"]
    assert [notices(desk, task, title) for title in ("待办即将到期", "待办已超时")] == [1, 1]
    assert desk.task(task).rings_at is None
    assert [job.state for job in jobs_of(desk, task)] == [JobState.DONE] * 2
    desk.submit(task, by="li")
    assert desk.status(case) == "COMPLETED"


def test_a_task_done_in_time_has_cost_no_timer_and_no_job(desk):
    case, task = at_check(desk)
    with clock.freeze("2026-11-24T11:00:00"):
        desk.submit(task, by="li")
    at(desk, OVER)
    assert (told(desk, case), jobs_of(desk, task), desk.task(task).rings_at) == ([], [], None)
    with desk.at_work():
        assert db.session.scalar(select(func.count()).where(TimerDue.instance_id == case)) == 0


def test_when_nobody_rang_in_time_only_the_end_is_told(desk):
    case, task = at_check(desk)
    at(desk, OVER)
    at(desk, "2026-11-27T10:00:00")
    assert told(desk, case) == ["escalate"]
    assert notices(desk, task, "待办即将到期") == 0
    desk.assert_sound(case)


def test_sent_back_it_is_silent_and_rings_when_the_correction_has_come(desk):
    case, task = at_check(desk)
    with clock.freeze("2026-11-24T11:00:00"):
        desk.act(operations.return_to, task, "fill", reason=WHY, by="li")
        (correction,) = desk.open(case)
    assert (desk.task(task).state, desk.task(task).rings_at) == (TaskState.REWORK, None)
    at(desk, OVER)
    assert told(desk, case) == []
    with clock.freeze(OVER):
        desk.submit(correction)
        desk.assert_sound(case)
    at(desk, OVER)
    assert told(desk, case) == ["escalate"]


def test_a_job_that_comes_while_the_case_rests_says_nothing_and_the_rest_of_the_time_is_kept(desk):
    case, task = at_check(desk)
    with clock.freeze("2026-11-24T11:00:00"):
        desk.act(suspension.suspend, case, reason=WHY, by="sun")
    at(desk, OVER)
    desk.assert_sound(case)
    assert (told(desk, case), len(jobs_of(desk, task))) == ([], 1)
    with clock.freeze(OVER):
        desk.act(suspension.resume, case, reason=WHY, by="sun")
        desk.assert_sound(case)
    at(desk, OVER)
    assert told(desk, case) == []
    at(desk, "2026-12-02T10:00:00")
    assert told(desk, case) == ["escalate"]


def test_who_works_on_the_task_is_not_in_the_way_of_its_clock(desk):
    """The dispatcher stops the clock beside her: her page, opened before, is not stale."""
    at(desk, OVER)  # nothing of others is left
    case, task = at_check(desk)
    version = desk.task(task).row_version
    with clock.freeze(OVER), desk.at_work(), platform_scope("test"), unit_of_work():
        assert deadlines.put_in(10) == 1
        assert deadlines.put_in(10) == 0
    assert (desk.task(task).row_version, desk.task(task).rings_at) == (version, None)
    desk.assert_sound(case)
    with clock.freeze(OVER):
        desk.act(operations.complete, task, VALUES, by="li")
    at(desk, OVER)
    assert (told(desk, case), desk.status(case)) == ([], "COMPLETED")


def test_at_most_so_many_in_one_round_the_longest_overdue_first(desk):
    at(desk, OVER)  # nothing of others is left
    with clock.freeze(BEGIN):
        first = desk.start("proc_now")
    with clock.freeze("2026-11-24T10:01:00"):
        second = desk.start("proc_now")
    with clock.freeze(OVER), desk.at_work(), platform_scope("test"), unit_of_work():
        assert deadlines.put_in(1) == 1
    assert [len(jobs_of(desk, desk.one(case, "check"))) for case in (first, second)] == [1, 0]
    at(desk, OVER)
    assert (told(desk, first), told(desk, second)) == (["escalate"], ["escalate"])


def test_a_round_with_nothing_to_say_reads_once_and_writes_nothing(desk):
    at(desk, "2030-01-01T00:00:00")
    before = desk.everything()
    with clock.freeze(BEGIN), desk.at_work(), platform_scope("test"), unit_of_work():
        assert (deadlines.put_in(10), jobs.claim_due(10)) == (0, [])
    assert desk.everything() == before


def test_a_clock_whose_job_has_failed_for_good_is_found_and_wound_again(desk):
    case, task = at_check(desk)
    with clock.freeze(OVER), desk.at_work(), platform_scope("test"), unit_of_work():
        deadlines.put_in(10)
        db.session.execute(update(Job).where(Job.kind == deadlines.RING_JOB).values(state=JobState.FAILED))
    with desk.at_work(), unit_of_work():
        assert [one.kind.value for one in mending.look_again(case, desk.system).found] == ["CLOCK_STOPPED"]
        assert mending.mend(case, desk.system).left == ()
    at(desk, OVER)
    assert told(desk, case) == ["escalate"]


def test_the_administrator_sees_when_it_rings_next(desk):
    case, task = at_check(desk)
    page = desk.page("sun", f"/admin/instances/{case}")
    assert clock.show(desk.task(task).rings_at) in page
    assert "提醒" in page and "没有" in page
