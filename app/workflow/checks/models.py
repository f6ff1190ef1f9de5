"""Every finding of every attempt to leave a node, with what the check had seen; append-only."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.core.db import JsonText, Model, Moment


class CheckResult(Model):
    """One finding. ``overridden_by`` and the reason are set when a WARN was gone past on this attempt."""

    instance_id: Mapped[int] = mapped_column(BigInteger)
    task_key: Mapped[str] = mapped_column(String(120), index=True)
    node_id: Mapped[str] = mapped_column(String(120))
    check_name: Mapped[str] = mapped_column(String(200))
    code: Mapped[str] = mapped_column(String(120))
    severity: Mapped[str] = mapped_column(String(5))
    message: Mapped[str] = mapped_column(Text)
    field: Mapped[str | None] = mapped_column(String(200))
    seen: Mapped[Any] = mapped_column(JsonText)
    """Values seen, by the expression that read them: any JSON object."""
    overridden_by: Mapped[int | None] = mapped_column(BigInteger)
    override_reason: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment, default=clock.now)

    __table_args__ = (
        CheckConstraint("severity IN ('BLOCK', 'WARN', 'INFO')", name="severity"),
        CheckConstraint("severity <> 'BLOCK' OR overridden_by IS NULL", name="block_stays"),
        CheckConstraint("(overridden_by IS NULL) = (override_reason IS NULL)", name="override_with_reason"),
        Index("ix_check_result_instance_at", "instance_id", "at"),
    )
