"""The dispatcher: puts scheduled jobs in, rings for whatever is due, and works itself when Redis is away.

Any number may run: rows are claimed under a lock, schedules are unique by due time.
"""

import signal
import threading
import time
from datetime import timedelta

from flask import Flask
from sqlalchemy.exc import DBAPIError

from app.core import clock
from app.core.errors import AppError
from app.core.tenancy import platform_scope
from app.core.transactions import unit_of_work
from app.support.jobs import operations, registry
from app.support.jobs.bell import bell
from app.support.jobs.models import PLATFORM
from app.support.jobs.runner import perform

CLAIM_LIMIT = 200
WITHOUT_REDIS_LIMIT = 20
REDIS_PATIENCE_SECONDS = 30.0
_SCHEDULE_SECONDS = 10.0


class Dispatcher:
    """One loop; ``stop`` ends it after the round it is in."""

    def __init__(self, app: Flask, *, pause: float = 1.0, redis_patience: float = REDIS_PATIENCE_SECONDS) -> None:
        self.app, self.pause, self.redis_patience = app, pause, redis_patience
        self._stopped = threading.Event()
        self._redis_seen = time.monotonic()
        self._schedules_at = 0.0

    def run(self) -> None:
        """Go round until stopped; a broken database only makes it wait."""
        while not self._stopped.is_set():
            try:
                is_busy = self.round() >= CLAIM_LIMIT
            except (DBAPIError, AppError) as exc:
                self.app.logger.warning("dispatcher waits: %s", exc)
                is_busy = False
            self._stopped.wait(0 if is_busy else self.pause)

    def stop(self, *_signal: object) -> None:
        """End after this round."""
        self._stopped.set()

    def stop_on_signals(self) -> None:
        """SIGTERM and SIGINT end the loop."""
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)

    def round(self) -> int:
        """One round; how many jobs were rung or done."""
        if time.monotonic() >= self._schedules_at:
            put_schedules(self.app)
            self._schedules_at = time.monotonic() + _SCHEDULE_SECONDS
        with self.app.app_context():
            is_there, is_empty = bell().answers(), bell().is_empty()
        if is_there:
            self._redis_seen = time.monotonic()
            return self._ring(is_empty)
        if time.monotonic() - self._redis_seen < self.redis_patience:
            return 0
        return self._work_alone()

    def _ring(self, is_empty: bool) -> int:
        patience = operations.RING_LEASE - operations.RING_GRACE if is_empty else timedelta()
        with self.app.app_context():
            claimed = _claim(CLAIM_LIMIT, patience)
            for job_id, fence in claimed:
                bell().ring(job_id, fence)
        return len(claimed)

    def _work_alone(self) -> int:
        with self.app.app_context():
            claimed = _claim(WITHOUT_REDIS_LIMIT, operations.RING_LEASE)
        return sum(perform(self.app, job_id, fence) for job_id, fence in claimed if not self._stopped.is_set())


def put_schedules(app: Flask) -> int:
    """Put in what schedules have become due; how many jobs are new."""
    added = 0
    with app.app_context(), platform_scope("schedules of all tenants"):
        due = {s.kind: s.rhythm.last_due(clock.now()) for s in registry.schedules()}
        tenants = registry.known_tenants()
        for schedule in registry.schedules():
            for tenant_id in tenants if schedule.per_tenant else [PLATFORM]:
                with unit_of_work():
                    added += operations.put_scheduled(schedule.kind, due[schedule.kind], tenant_id) is not None
    return added


def _claim(limit: int, patience: timedelta) -> list[tuple[int, int]]:
    with platform_scope("due jobs of all tenants"), unit_of_work():
        return operations.claim_due(limit, patience=patience)
