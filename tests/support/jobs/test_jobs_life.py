"""The life of a job in one process: put in, done, failed, put off, continued, scheduled, by hand."""

from datetime import timedelta

import pytest
import worker_process
from sqlalchemy import func, select

from app.core import clock
from app.core.db import db
from app.core.tenancy import Actor, acting_as, platform_scope, system_actor
from app.core.transactions import unit_of_work
from app.support.jobs import enqueue, every, on_give_up, operations, queries, registry
from app.support.jobs.dispatcher import Dispatcher, put_schedules
from app.support.jobs.errors import JobMissing, JobNotFailed, JobNotWaiting
from app.support.jobs.models import Job, JobState
from app.support.jobs.runner import perform, run_due

pytestmark = pytest.mark.both_databases
ADMIN = Actor(tenant_id=1, name="管理员", user_id=9)


@pytest.fixture
def program(fresh_app):
    worker_process.make_table(fresh_app)
    return fresh_app


def put(program, kind, payload=None, *, tenant=1, **more):
    with program.app_context(), acting_as(system_actor(tenant)), unit_of_work():
        job = enqueue(kind, payload, **more)
        return job.id, job.fence


def look(program, job_id):
    with program.app_context(), platform_scope("test"):
        return db.session.get(Job, job_id)


def traces(program):
    with program.app_context():
        return list(db.session.scalars(select(worker_process.JobTrace.name).order_by(worker_process.JobTrace.id)))


def test_a_job_is_done_once_however_often_its_bell_rings(program):
    job_id, fence = put(program, "test.trace", {"name": "a"})
    assert [perform(program, job_id, fence) for _ in range(3)] == [True, False, False]
    assert (traces(program), look(program, job_id).state) == (["a"], JobState.DONE)


def test_a_rolled_back_act_leaves_no_job(program):
    with program.app_context(), acting_as(system_actor(1)), pytest.raises(RuntimeError), unit_of_work():
        enqueue("test.trace", {"name": "a"})
        raise RuntimeError
    assert run_due(program) == 0


def test_an_unknown_kind_is_refused_at_once(program):
    with pytest.raises(ValueError, match="no handler"):
        put(program, "test.nobody")


def test_the_same_key_is_one_job_until_it_is_done(program):
    first = put(program, "test.trace", {"name": "a"}, key="k")
    assert put(program, "test.trace", {"name": "b"}, key="k") == first
    assert put(program, "test.trace", {"name": "c"}, key="k", tenant=2) != first
    run_due(program)
    assert put(program, "test.trace", {"name": "d"}, key="k") != first
    run_due(program)
    assert sorted(traces(program)) == ["a", "c", "d"]


def test_a_later_job_waits_for_its_time(program):
    put(program, "test.trace", {"name": "a"}, run_at=clock.now() + timedelta(hours=2))
    assert run_due(program) == 0
    with clock.freeze(clock.now() + timedelta(hours=2)):
        assert run_due(program) == 1


def test_a_failing_job_keeps_nothing_waits_and_is_tried_again(program):
    job_id, _ = put(program, "test.fail", {"name": "a", "until": 2})
    run_due(program)
    job = look(program, job_id)
    assert (job.state, job.tries, job.run_at - clock.now()) == (JobState.WAITING, 1, timedelta(seconds=10))
    assert "RuntimeError" in job.error and "not yet" in job.error_detail
    assert traces(program) == []
    with clock.freeze(clock.now() + timedelta(seconds=11)):
        run_due(program)
    assert (traces(program), look(program, job_id).error) == (["a"], None)


def test_after_the_last_try_the_administrator_is_told(program, monkeypatch):
    told = []
    monkeypatch.setattr(registry, "_gave_up", [])
    on_give_up(lambda job: told.append((job.id, job.tenant_id)))
    job_id, _ = put(program, "test.fail", {"name": "a", "until": 9})
    for hours in range(3):
        with clock.freeze(clock.now() + timedelta(hours=hours)):
            run_due(program)
    assert (look(program, job_id).state, told) == (JobState.FAILED, [(job_id, 1)])


def test_giving_up_is_final_and_says_why(program):
    job_id, _ = put(program, "test.give_up")
    run_due(program)
    assert (look(program, job_id).state, look(program, job_id).error) == (JobState.FAILED, "对方系统拒绝了申请")


def test_a_hanging_handler_is_interrupted(program):
    job_id, _ = put(program, "test.slow")
    run_due(program)
    assert (look(program, job_id).state, "OutOfTime" in look(program, job_id).error) == (JobState.FAILED, True)


def test_chunks_go_on_where_the_last_one_ended(program):
    job_id, _ = put(program, "test.chunks", {"start": 0, "stop": 7})
    assert run_due(program) == 4
    assert traces(program) == [f"chunk {n}" for n in range(7)]
    assert look(program, job_id).state is JobState.DONE


def test_calls_outside_happen_before_the_transaction(program):
    put(program, "test.outside", {"name": "a"})
    run_due(program)
    assert traces(program) == ["answer for a"]


def test_a_lost_bell_is_rung_again_when_its_lease_ran_out(program):
    put(program, "test.trace", {"name": "a"})
    claim = lambda: operations.claim_due(10)  # noqa: E731
    with program.app_context(), platform_scope("test"):
        with unit_of_work():
            assert claim() == []
        with clock.freeze(clock.now() + timedelta(seconds=61)), unit_of_work():
            assert len(claim()) == 1


def test_a_worker_that_dies_every_time_is_given_up(program):
    job_id, fence = put(program, "test.fail", {"name": "a", "until": 9})
    for n in range(3):
        with clock.freeze(clock.now() + timedelta(minutes=5 * n)), program.app_context(), platform_scope("test"):
            with unit_of_work():
                [(_, fence)] = operations.claim_due(10, patience=operations.RING_LEASE)
            with unit_of_work():
                assert operations.start(job_id, fence)
    with clock.freeze(clock.now() + timedelta(hours=1)), program.app_context(), platform_scope("test"):
        with unit_of_work():
            assert operations.claim_due(10) == []
    assert (look(program, job_id).state, look(program, job_id).tries) == (JobState.FAILED, 3)


def test_a_schedule_comes_once_per_due_time_and_tenant(program, monkeypatch):
    monkeypatch.setattr(registry, "_schedules", {})
    monkeypatch.setattr(registry, "_tenants", [lambda: [1, 2]])
    monkeypatch.setitem(registry._works, "test.daily", registry.Work("test.daily", "每日", _daily, 5, None, 60))
    every("test.daily", daily_at="01:00")
    assert (put_schedules(program), put_schedules(program)) == (2, 0)
    run_due(program)
    assert put_schedules(program) == 0, "done, and not put in again"
    assert sorted(traces(program)) == ["1 2026-11-23T17:00:00+00:00", "2 2026-11-23T17:00:00+00:00"]
    with clock.freeze(clock.now() + timedelta(days=1)):
        assert put_schedules(program) == 2


def _daily(ctx, due):
    worker_process.leave_trace(f"{ctx.actor.tenant_id} {due}")


def test_without_redis_the_dispatcher_works_itself_after_a_while(program, monkeypatch):
    from app.support.jobs.bell import Bell

    program.extensions["jobs_bell"] = Bell("unix:///nowhere/redis.sock", "jobs-test")
    monkeypatch.setattr(registry, "_schedules", {})
    put(program, "test.trace", {"name": "a"})
    patient, impatient = Dispatcher(program, redis_patience=30), Dispatcher(program, redis_patience=0)
    assert (patient.round(), traces(program)) == (0, [])
    assert (impatient.round(), traces(program)) == (1, ["a"])


def test_retry_and_cancel_by_hand(program):
    job_id, _ = put(program, "test.give_up")
    run_due(program)
    with program.app_context(), acting_as(ADMIN):
        with unit_of_work():
            assert operations.retry(job_id, actor=ADMIN).state is JobState.WAITING
        with pytest.raises(JobNotFailed), unit_of_work():
            operations.retry(job_id, actor=ADMIN)
        with unit_of_work():
            assert operations.cancel(job_id, actor=ADMIN).state is JobState.CANCELLED
        with pytest.raises(JobNotWaiting), unit_of_work():
            operations.cancel(job_id, actor=ADMIN)


def test_another_tenants_job_does_not_exist(program):
    job_id, _ = put(program, "test.trace", {"name": "a"}, tenant=2)
    with program.app_context(), pytest.raises(JobMissing):
        queries.get_job(job_id, tenant_id=1)


def test_old_done_jobs_are_swept_and_failed_ones_stay(program):
    put(program, "test.trace", {"name": "a"})
    put(program, "test.give_up")
    run_due(program)
    with program.app_context(), platform_scope("test"), unit_of_work():
        assert operations.remove_ended(clock.now() + timedelta(days=31)) == 1
    with program.app_context(), platform_scope("test"):
        assert db.session.scalar(select(func.count()).select_from(Job)) == 1
        assert queries.count_by_state(1)[JobState.FAILED] == 1
