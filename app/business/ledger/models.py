"""Tables of the ledger room: the append-only liability ledger, drawings, releases, daily snapshots.

Source: domain entities §9; domain processes §1 D18, §9.3.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import (
    DDL,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    event,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.business.ledger.rules import EntryKind, LiabilityClass
from app.core import clock
from app.core.db import Base, EnumText, Fen, Model, Moment, Percent, Rate


class LiabilityEntry(Model):
    """One change of what a project makes us liable for. Written once; an error is reversed by another row."""

    entry_no: Mapped[str] = mapped_column(String(40))
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    entry_kind: Mapped[EntryKind] = mapped_column(EnumText(EntryKind))
    amount_fen: Mapped[int] = mapped_column(Fen)
    """Signed: what is drawn is positive, what is repaid or released negative."""
    principal_fen: Mapped[int] = mapped_column(Fen)
    own_share_pct: Mapped[Decimal] = mapped_column(Percent)
    effective_date: Mapped[date]
    posted_at: Mapped[datetime] = mapped_column(Moment, default=clock.now)
    source: Mapped[str] = mapped_column(String(200))
    """Natural key of what it records: the same message posts once."""
    note: Mapped[str] = mapped_column(Text, default="")
    reversal_of_id: Mapped[int | None] = mapped_column(ForeignKey("liability_entry.id"), unique=True)

    __table_args__ = (
        UniqueConstraint("tenant_id", "entry_no"),
        UniqueConstraint("tenant_id", "source"),
        CheckConstraint("amount_fen <> 0", name="amount_not_zero"),
        CheckConstraint(
            "(entry_kind <> 'DISBURSE' OR amount_fen > 0)"
            " AND (entry_kind NOT IN ('REPAY', 'RELEASE', 'COMPENSATE') OR amount_fen < 0)",
            name="sign_of_kind",
        ),
        CheckConstraint("(entry_kind = 'REVERSAL') = (reversal_of_id IS NOT NULL)", name="reversal_names_entry"),
        Index("ix_liability_entry_project_day", "project_id", "effective_date"),
    )


class LoanDrawing(Model):
    """The bank's paying out behind a DISBURSE entry 借据."""

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("liability_entry.id"), unique=True)
    loan_no: Mapped[str] = mapped_column(String(80), index=True)
    amount_fen: Mapped[int] = mapped_column(Fen)
    disbursed_on: Mapped[date]
    maturity_on: Mapped[date]
    loan_rate: Mapped[Decimal] = mapped_column(Rate)
    is_final: Mapped[bool] = mapped_column(default=False)
    by_bank_message: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint("maturity_on > disbursed_on", name="maturity_after_disbursement"),
    )


class ReleaseStatus(StrEnum):
    """Life of a proposed release."""

    PROPOSED = "PROPOSED"
    CHECKED = "CHECKED"
    AGREED = "AGREED"
    REFUSED = "REFUSED"
    POSTED = "POSTED"
    CANCELLED = "CANCELLED"


class Release(Model):
    """A proposed release of liability 解保; posted only after finance has checked it."""

    __tablename__ = "liability_release"

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    instance_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[EntryKind] = mapped_column(EnumText(EntryKind))
    amount_fen: Mapped[int] = mapped_column(Fen)
    effective_on: Mapped[date]
    is_disputed: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(Text, default="")
    status: Mapped[ReleaseStatus] = mapped_column(EnumText(ReleaseStatus), default=ReleaseStatus.PROPOSED)
    proposed_by: Mapped[int | None] = mapped_column(BigInteger)
    checked_by: Mapped[int | None] = mapped_column(BigInteger)
    reviewed_by: Mapped[int | None] = mapped_column(BigInteger)
    deposit_note: Mapped[str] = mapped_column(Text, default="")
    review_opinion: Mapped[str] = mapped_column(Text, default="")
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("liability_entry.id"), unique=True)

    __table_args__ = (
        UniqueConstraint("instance_id"),
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint("kind IN ('REPAY', 'RELEASE')", name="kind"),
        CheckConstraint("(status = 'POSTED') = (entry_id IS NOT NULL)", name="posted_has_entry"),
        CheckConstraint(
            "proposed_by IS NULL OR checked_by IS NULL OR proposed_by <> checked_by", name="maker_is_not_checker"
        ),
        CheckConstraint(
            "proposed_by IS NULL OR reviewed_by IS NULL OR proposed_by <> reviewed_by",
            name="maker_is_not_reviewer",
        ),
        Index(
            "uq_liability_release_one_open",
            "project_id",
            unique=True,
            sqlite_where=text("status IN ('PROPOSED', 'CHECKED', 'AGREED')"),
            postgresql_where=text("status IN ('PROPOSED', 'CHECKED', 'AGREED')"),
        ),
    )


class LiabilityDaily(Model):
    """What one project carried at the end of a day, weighed for the regulator; the basis of figures "as of"."""

    day: Mapped[date]
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    outstanding_fen: Mapped[int] = mapped_column(Fen)
    own_fen: Mapped[int] = mapped_column(Fen)
    weight_class: Mapped[LiabilityClass] = mapped_column(EnumText(LiabilityClass))
    weight_pct: Mapped[Decimal] = mapped_column(Percent)
    liability_fen: Mapped[int] = mapped_column(Fen)
    overdue_days: Mapped[int] = mapped_column(default=0)
    risk_class: Mapped[str | None] = mapped_column(String(20))

    __table_args__ = (
        UniqueConstraint("day", "project_id"),
        CheckConstraint("outstanding_fen >= 0", name="outstanding_not_negative"),
        Index("ix_liability_daily_tenant_day", "tenant_id", "day"),
    )


LEDGER_TRIGGERS = {
    "sqlite": (
        """CREATE TRIGGER liability_entry_no_update BEFORE UPDATE ON liability_entry
BEGIN SELECT RAISE(ABORT, 'ledger entries are append-only'); END""",
        """CREATE TRIGGER liability_entry_no_delete BEFORE DELETE ON liability_entry
BEGIN SELECT RAISE(ABORT, 'ledger entries are append-only'); END""",
    ),
    "postgresql": (
        """CREATE OR REPLACE FUNCTION liability_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'ledger entries are append-only' USING ERRCODE = 'restrict_violation'; END $$""",
        """CREATE TRIGGER liability_entry_no_change BEFORE UPDATE OR DELETE ON liability_entry
FOR EACH ROW EXECUTE FUNCTION liability_entry_refuse()""",
        """CREATE TRIGGER liability_entry_no_truncate BEFORE TRUNCATE ON liability_entry
FOR EACH STATEMENT EXECUTE FUNCTION liability_entry_refuse()""",
    ),
}
"""The database's own lock on the ledger; the migration runs the same statements."""

for _dialect, _statements in LEDGER_TRIGGERS.items():
    for _statement in _statements:
        event.listen(
            Base.metadata.tables["liability_entry"], "after_create", DDL(_statement).execute_if(dialect=_dialect)
        )
