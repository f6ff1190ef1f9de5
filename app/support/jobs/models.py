"""The job table: the truth about what is to be done."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.core.db import EnumText, JsonText, Moment, SystemModel
from app.core.i18n import _
from app.support.jobs.registry import label_of

PLATFORM = 0
"""Tenant of jobs that belong to nobody in particular."""


class JobState(StrEnum):
    """WAITING → RUNNING → DONE; a failing try goes back to WAITING, the last one to FAILED."""

    WAITING = "WAITING"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def label(self) -> str:
        """The state in Chinese."""
        return _(_LABELS[self])


_LABELS = {
    JobState.WAITING: "等待中",
    JobState.RUNNING: "执行中",
    JobState.DONE: "已完成",
    JobState.FAILED: "已失败",
    JobState.CANCELLED: "已取消",
}

_OPEN = text("state IN ('WAITING', 'RUNNING')")


class Job(SystemModel):
    """One piece of work. ``fence`` goes up whenever the job changes hands: older bells are not answered.

    ``lease_until``: while waiting, until when the last bell is given time; while running, until when the worker
    is believed alive (its transaction holds the row's lock beyond that).
    """

    tenant_id: Mapped[int] = mapped_column(BigInteger, default=PLATFORM)
    kind: Mapped[str] = mapped_column(String(80))
    key: Mapped[str | None] = mapped_column(String(120))
    payload: Mapped[dict[str, Any]] = mapped_column(JsonText, default=dict)  # plain JSON
    state: Mapped[JobState] = mapped_column(EnumText(JobState), default=JobState.WAITING)
    run_at: Mapped[datetime] = mapped_column(Moment)
    lease_until: Mapped[datetime | None] = mapped_column(Moment)
    fence: Mapped[int] = mapped_column(Integer, default=1)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    max_tries: Mapped[int] = mapped_column(Integer, default=5)
    schedule_due: Mapped[datetime | None] = mapped_column(Moment)
    done_count: Mapped[int] = mapped_column(Integer, default=0)
    total_count: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[str | None] = mapped_column(String(500))
    error_detail: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Moment, default=clock.now)
    created_by: Mapped[int | None] = mapped_column(BigInteger)
    started_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (
        UniqueConstraint("kind", "tenant_id", "schedule_due"),
        Index(
            "uq_job_open_key", "kind", "tenant_id", "key", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN
        ),
        Index("ix_job_due", "state", "run_at"),
        Index("ix_job_tenant_created", "tenant_id", "created_at"),
        CheckConstraint("tries >= 0", name="tries_not_negative"),
        CheckConstraint("fence > 0", name="fence_positive"),
    )

    @property
    def label(self) -> str:
        """What it does, in Chinese."""
        return _(label_of(self.kind))

    @property
    def state_label(self) -> str:
        """Its state, in Chinese; a job that waits after a failure says so."""
        return _("等待重试") if self.state is JobState.WAITING and self.error else self.state.label
