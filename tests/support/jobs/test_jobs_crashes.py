"""Real workers, a real dispatcher, a real Redis: kills, wipes and double deliveries lose nothing, double nothing."""

import os
import subprocess
import sys
import time
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

pytestmark = [pytest.mark.both_databases, pytest.mark.real_clock, pytest.mark.server]
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/7")
HERE = Path(__file__).parent
ROOT = HERE.parents[2]


class Yard:
    """Processes of this test, started and killed by their own handles."""

    def __init__(self, program, folder: Path) -> None:
        self.program, self.folder = program, folder
        with program.app_context():
            self.url = db.engine.url.render_as_string(hide_password=False)
        self.queue = queue_name(folder.name, self.url)
        self.bell = Bell(REDIS, self.queue)
        program.extensions["jobs_bell"] = self.bell
        self.redis = Redis.from_url(REDIS)
        self.running: list[subprocess.Popen] = []

    def start(self, role: str, **env: str) -> subprocess.Popen:
        command = [sys.executable, str(HERE / "worker_process.py"), role, self.url, REDIS, str(self.folder)]
        environ = {**os.environ, "PYTHONPATH": str(ROOT), **env}
        self.running.append(subprocess.Popen(command, cwd=ROOT, env=environ, stderr=subprocess.DEVNULL))
        return self.running[-1]

    def put(self, kind: str, payload: dict) -> int:
        with self.program.app_context(), acting_as(system_actor(1)), unit_of_work():
            return enqueue(kind, payload).id

    def wipe(self) -> None:
        """Redis forgets this installation's queue."""
        for key in self.redis.scan_iter(match=f"*{self.queue}*"):
            self.redis.delete(key)

    def wait_for(self, count: int, seconds: float = 20) -> list[Job]:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with self.program.app_context(), platform_scope("test"):
                jobs = list(db.session.scalars(select(Job)))
            if sum(job.state is JobState.DONE for job in jobs) >= count:
                return jobs
            time.sleep(0.1)
        raise AssertionError([(j.kind, j.state, j.tries, j.error) for j in jobs])

    def traces(self) -> Counter:
        with self.program.app_context():
            return Counter(db.session.scalars(select(worker_process.JobTrace.name)))

    def end(self) -> None:
        for process in self.running:
            if process.poll() is None:
                process.kill()
            process.wait(10)
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
    for process in (worker, dispatcher):
        process.terminate()
        assert process.wait(10) == 0


def test_a_worker_killed_in_the_middle_loses_and_doubles_nothing(yard):
    """Its effect was written but not committed; the next worker does it, once."""
    job_id = yard.put("test.kill", {"name": "paid"})
    assert yard.start("work").wait(15) == -9
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
    assert yard.start("work", MAY_DIE="1").wait(15) == -9
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
    yard.start("work")
    yard.start("work")
    yard.wait_for(12)
    time.sleep(0.5)
    assert yard.traces() == Counter(names)


def test_a_worker_that_is_asked_to_stop_ends_its_job_first(yard):
    job_id = yard.put("test.trace", {"name": "slow", "seconds": 1.5})
    worker = yard.start("work")
    until = time.monotonic() + 15
    while time.monotonic() < until:
        with yard.program.app_context(), platform_scope("test"):
            if db.session.get(Job, job_id).state is JobState.RUNNING:
                break
        time.sleep(0.02)
    worker.terminate()
    assert worker.wait(15) == 0
    yard.wait_for(1)
    assert yard.traces() == Counter({"slow": 1})
