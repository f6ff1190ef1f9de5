"""Real workers, a real dispatcher, a real Redis: kills, wipes and double deliveries lose nothing, double nothing."""

import os
from collections import Counter
from pathlib import Path

import pytest
import worker_process
from redis import Redis
from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.core.tenancy import acting_as, platform_scope, system_actor
from app.core.transactions import unit_of_work
from app.support.jobs import enqueue
from app.support.jobs.bell import Bell, queue_name
from app.support.jobs.models import Job, JobState
from tests.programs import Program, until

pytestmark = [pytest.mark.both_databases, pytest.mark.real_clock, pytest.mark.server]
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/7")


class Yard:
    """Processes of this test."""

    def __init__(self, program, folder: Path) -> None:
        self.program, self.folder = program, folder
        with program.app_context():
            self.url = db.engine.url.render_as_string(hide_password=False)
        self.queue = queue_name(folder.name, self.url)
        self.bell = Bell(REDIS, self.queue)
        program.extensions["jobs_bell"] = self.bell
        self.redis = Redis.from_url(REDIS)
        self.running: list[Program] = []

    def start(self, role: str, **env: str) -> Program:
        self.running.append(Program(worker_process.run, role, self.url, REDIS, self.folder, environment=env))
        return self.running[-1]

    def put(self, kind: str, payload: dict) -> int:
        with self.program.app_context(), acting_as(system_actor(1)), unit_of_work():
            return enqueue(kind, payload).id

    def wipe(self) -> None:
        """Redis forgets this installation's queue."""
        for key in self.redis.scan_iter(match=f"*{self.queue}*"):
            self.redis.delete(key)

    def states(self) -> list[JobState]:
        with self.program.app_context(), platform_scope("test"):
            return list(db.session.scalars(select(Job.state)))

    def wait_for(self, count: int) -> None:
        """Until as many jobs are done."""
        until(lambda: self.states().count(JobState.DONE) >= count)

    def traces(self) -> Counter:
        with self.program.app_context():
            return Counter(db.session.scalars(select(worker_process.JobTrace.name)))

    def end(self) -> None:
        for program in self.running:
            program.kill()
        self.wipe()


@pytest.fixture
def yard(fresh_app, tmp_path):
    worker_process.make_table(fresh_app)
    made = Yard(fresh_app, tmp_path)
    yield made
    made.end()


def test_a_running_system_does_forty_jobs_and_stops_at_once(yard):
    worker, dispatcher = yard.start("work"), yard.start("dispatch")
    names = [f"n{n}" for n in range(40)]
    for name in names:
        yard.put("test.trace", {"name": name})
    yard.wait_for(40)
    assert yard.traces() == Counter(names)
    for program in (worker, dispatcher):
        program.terminate()
        assert program.wait() == 0


def test_a_worker_killed_in_the_middle_loses_and_doubles_nothing(yard):
    """Its effect was written but not committed; the next worker does it, once."""
    job_id = yard.put("test.kill", {"name": "paid"})
    assert yard.start("work").wait() == -9
    assert yard.traces() == Counter()
    with yard.program.app_context(), platform_scope("test"), unit_of_work():
        job = db.session.get(Job, job_id)
        assert (job.state, job.tries) == (JobState.RUNNING, 1)
        job.lease_until = clock.now()  # a minute passes
    yard.start("dispatch")
    yard.start("work")
    yard.wait_for(1)
    assert yard.traces() == Counter({"paid": 1})


def test_a_chunked_job_killed_half_way_repeats_no_chunk(yard):
    job_id = yard.put("test.chunks", {"start": 0, "stop": 9})
    assert yard.start("work", MAY_DIE="1").wait() == -9
    assert yard.traces() == Counter(f"chunk {n}" for n in range(4))
    with yard.program.app_context(), platform_scope("test"), unit_of_work():
        db.session.get(Job, job_id).lease_until = clock.now()
    yard.start("dispatch")
    yard.start("work")
    yard.wait_for(1)
    assert yard.traces() == Counter(f"chunk {n}" for n in range(9))


def test_a_redis_that_forgets_delays_and_loses_nothing(yard):
    names = [f"n{n}" for n in range(15)]
    for name in names:
        yard.put("test.trace", {"name": name})
    yard.wipe()
    assert yard.bell.is_empty()
    yard.start("work")
    yard.start("dispatch")
    yard.wait_for(15)
    assert yard.traces() == Counter(names)


def test_double_delivery_to_two_workers_acts_once(yard):
    names = [f"n{n}" for n in range(12)]
    for name in names:
        yard.put("test.trace", {"name": name})
    with yard.program.app_context(), platform_scope("test"):
        bells = [(job.id, job.fence) for job in db.session.scalars(select(Job))]
        for bell in bells * 3:
            yard.bell.ring(*bell)
    workers = [yard.start("work"), yard.start("work")]
    yard.wait_for(12)
    until(yard.bell.is_empty)
    for worker in workers:
        worker.terminate()  # whoever answers a last bell answers it first
        assert worker.wait() == 0
    assert yard.traces() == Counter(names)


def test_a_worker_that_is_asked_to_stop_ends_its_job_first(yard, tmp_path):
    gate = tmp_path / "gate"
    yard.put("test.wait", {"name": "slow", "gate": str(gate)})
    worker = yard.start("work")
    until(lambda: yard.states() == [JobState.RUNNING])
    worker.terminate()
    gate.touch()
    assert worker.wait() == 0
    assert yard.states() == [JobState.DONE]
    assert yard.traces() == Counter({"slow": 1})
