"""The bell: Redis and RQ carry a job's id and fence to a worker. Losing it delays, and loses nothing."""

import hashlib
import time
from typing import Any, cast

from flask import current_app
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy.engine import make_url

ANSWER = "app.support.jobs.worker.answer"
"""What RQ calls in the worker."""

_QUIET_SECONDS = 5.0
_BELL_TTL_SECONDS = 3600
_PROGRESS_TTL_SECONDS = 3600
_PROGRESS_PAUSE_SECONDS = 0.5


class Bell:
    """The queue of one installation. After a failure it keeps quiet for seconds, so that requests do not wait."""

    def __init__(self, redis_url: str, queue_name: str) -> None:
        self.redis = Redis.from_url(redis_url, socket_connect_timeout=1, socket_timeout=3)
        self.queue = Queue(queue_name, connection=self.redis, serializer=JSONSerializer)
        self._quiet_until = 0.0

    def ring(self, job_id: int, fence: int) -> bool:
        """Tell a worker; False when Redis does not answer (the dispatcher rings again later)."""
        if time.monotonic() < self._quiet_until:
            return False
        try:
            self.queue.enqueue_call(
                ANSWER,
                args=(job_id, fence),
                timeout=-1,  # the worker keeps the time of each handler itself
                result_ttl=0,
                failure_ttl=60,
                ttl=_BELL_TTL_SECONDS,
                description=f"job {job_id}",
            )
        except (RedisError, OSError) as exc:
            self._quiet_until = time.monotonic() + _QUIET_SECONDS
            current_app.logger.warning("job %s stored, Redis does not answer: %s", job_id, exc)
            return False
        return True

    def answers(self) -> bool:
        """Whether Redis is there."""
        try:
            return bool(self.redis.ping())
        except (RedisError, OSError):
            return False

    def is_empty(self) -> bool:
        """Whether no bell waits for a worker; True after Redis has forgotten everything."""
        try:
            return self.queue.count == 0
        except (RedisError, OSError):
            return False

    def show_progress(self, job_id: int, done: int, total: int) -> None:
        """Let others see how far a running job is, before its transaction ends."""
        try:
            self.redis.set(self._progress_key(job_id), f"{done}/{total}", ex=_PROGRESS_TTL_SECONDS)
        except (RedisError, OSError):
            return

    def progress(self, job_id: int) -> tuple[int, int] | None:
        """How far a running job is, as (done, total); None when unknown."""
        try:
            text = self.redis.get(self._progress_key(job_id))
        except (RedisError, OSError):
            return None
        if not text:
            return None
        done, total = text.decode().split("/")
        return int(done), int(total)

    def _progress_key(self, job_id: int) -> str:
        return f"{self.queue.name}:progress:{job_id}"


class Reporter:
    """Reports a handler's progress, at most twice a second."""

    def __init__(self, job_id: int) -> None:
        self._job_id, self._next = job_id, 0.0

    def __call__(self, done: int, total: int) -> None:
        """Show it, unless it was shown a moment ago; the end is always shown."""
        if done < total and time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _PROGRESS_PAUSE_SECONDS
        bell().show_progress(self._job_id, done, total)


def bell() -> Bell:
    """The bell of the running program."""
    extensions: dict[str, Any] = current_app.extensions
    if "jobs_bell" not in extensions:
        settings = extensions["settings"]
        extensions["jobs_bell"] = Bell(settings.redis_url, queue_name(settings.secret_key, settings.database_url))
    return cast("Bell", extensions["jobs_bell"])


def queue_name(secret_key: str, database_url: str) -> str:
    """One queue per installation: several may share a Redis without hearing each other's bells."""
    database = make_url(database_url).database or ""
    return "jobs-" + hashlib.sha256(f"{secret_key}\x00{database}".encode()).hexdigest()[:12]


def ring(job_id: int, fence: int) -> None:
    """Ring the running program's bell."""
    bell().ring(job_id, fence)
