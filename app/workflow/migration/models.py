"""Plans and what became of each instance in them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.core.db import EnumText, JsonText, Model, Moment


class ItemState(StrEnum):
    """Life of an item. PENDING: not reached yet; REFUSED: left on its release, with the reason."""

    PENDING = "PENDING"
    MOVED = "MOVED"
    REFUSED = "REFUSED"
    UNDONE = "UNDONE"


class MigrationPlan(Model):
    """Which instances go to a release, and where tokens go whose node is gone."""

    target_release_id: Mapped[int] = mapped_column(BigInteger, index=True)
    process_id: Mapped[str | None] = mapped_column(String(80))
    """Only instances of this process; all when empty."""
    mapping: Mapped[dict[str, str]] = mapped_column(JsonText, default=dict)
    """``"scope/node" → node``."""
    note: Mapped[str] = mapped_column(Text, default="")
    total: Mapped[int] = mapped_column(default=0)
    started_by: Mapped[int | None] = mapped_column(BigInteger)
    started_by_name: Mapped[str] = mapped_column(String(80))
    started_at: Mapped[datetime] = mapped_column(Moment, default=clock.now)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)


class MigrationItem(Model):
    """One instance of a plan."""

    plan_id: Mapped[int] = mapped_column(ForeignKey("migration_plan.id"), index=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"), index=True)
    state: Mapped[ItemState] = mapped_column(EnumText(ItemState), default=ItemState.PENDING)
    reason: Mapped[str | None] = mapped_column(Text)
    from_release_id: Mapped[int | None] = mapped_column(BigInteger)
    state_before: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    hash_after: Mapped[str | None] = mapped_column(String(64))
    """SHA-256 of the moved state."""
    log_seq: Mapped[int | None]
    """Number of the log row that tells the move: a later one makes undoing impossible."""
    moved_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (
        UniqueConstraint("plan_id", "instance_id"),
        Index("ix_migration_item_plan_state", "plan_id", "state"),
    )
