"""Tables of the fees room: plans and their items, receipts and their allocation, waivers, refunds, deposits.

Source: domain entities §8; domain processes §8.4.
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
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.business.fees.rules import FeeItemStatus, FeeMethod, Receivable, item_status
from app.business.fees.triggers import FEE_TRIGGERS
from app.core import clock
from app.core.db import Base, EnumText, Fen, JsonText, Model, Moment, Rate


class FeeKind(StrEnum):
    """What is charged for."""

    GUARANTEE = "GUARANTEE"
    REVIEW = "REVIEW"
    LETTER = "LETTER"
    OTHER = "OTHER"


class PlanStatus(StrEnum):
    """A plan counts until it is cancelled with the approval it was made for."""

    ACTIVE = "ACTIVE"
    CANCELLED = "CANCELLED"


class WaiverStatus(StrEnum):
    """A waiver counts only when both heads agreed and it was applied."""

    ASKED = "ASKED"
    APPLIED = "APPLIED"
    REFUSED = "REFUSED"


class RefundReason(StrEnum):
    """Why fee goes back."""

    EARLY_RELEASE = "EARLY_RELEASE"
    CANCELLED = "CANCELLED"
    OVERPAID = "OVERPAID"


class ReversalStatus(StrEnum):
    """A reversal counts only when another person agreed."""

    ASKED = "ASKED"
    DONE = "DONE"
    REFUSED = "REFUSED"


class InvoiceKind(StrEnum):
    """Kinds of invoice 发票 a receipt is answered with."""

    VAT_GENERAL = "VAT_GENERAL"
    VAT_SPECIAL = "VAT_SPECIAL"
    OTHER = "OTHER"


class DepositMove(StrEnum):
    """What happened to a deposit."""

    RECEIVED = "RECEIVED"
    RETURNED = "RETURNED"
    USED = "USED"


class FeePlan(Model):
    """What a project owes us, reckoned from the resolution in force; one live plan per project and kind.

    Its total is what its items add up to: both are written once, and no item fits in beyond the total.
    """

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    resolution_id: Mapped[int] = mapped_column(ForeignKey("resolution.id"))
    fee_kind: Mapped[FeeKind] = mapped_column(EnumText(FeeKind), default=FeeKind.GUARANTEE)
    method: Mapped[FeeMethod] = mapped_column(EnumText(FeeMethod))
    basis_fen: Mapped[int] = mapped_column(Fen)
    rate: Mapped[Decimal] = mapped_column(Rate)
    months: Mapped[int]
    balances_fen: Mapped[list[int]] = mapped_column(JsonText, default=list)
    """Scheduled balance at the start of each year, for INSTALMENT; empty for the others."""
    formula: Mapped[str] = mapped_column(String(300))
    total_fen: Mapped[int] = mapped_column(Fen)
    status: Mapped[PlanStatus] = mapped_column(EnumText(PlanStatus), default=PlanStatus.ACTIVE)
    cancelled_reason: Mapped[str] = mapped_column(String(300), default="")
    noticed_at: Mapped[datetime | None] = mapped_column(Moment)

    items: Mapped[list["FeeItem"]] = relationship(back_populates="plan", order_by="FeeItem.seq")

    __table_args__ = (
        Index(
            "uq_fee_plan_live",
            "project_id",
            "fee_kind",
            unique=True,
            sqlite_where=text("status = 'ACTIVE'"),
            postgresql_where=text("status = 'ACTIVE'"),
        ),
        CheckConstraint("total_fen >= 0 AND basis_fen >= 0", name="amounts_not_negative"),
        CheckConstraint("months > 0", name="months_positive"),
    )


class FeeItem(Model):
    """One receivable of a plan; what came in for it and what was waived never exceed it."""

    plan_id: Mapped[int] = mapped_column(ForeignKey("fee_plan.id"))
    seq: Mapped[int]
    due_date: Mapped[date]
    amount_fen: Mapped[int] = mapped_column(Fen)
    waived_fen: Mapped[int] = mapped_column(Fen, default=0)
    allocated_fen: Mapped[int] = mapped_column(Fen, default=0)
    """Σ of its live allocations, kept here so that the database can hold the limit."""
    before_disbursement: Mapped[bool] = mapped_column(default=True)
    is_cancelled: Mapped[bool] = mapped_column(default=False)

    plan: Mapped[FeePlan] = relationship(back_populates="items")

    __table_args__ = (
        UniqueConstraint("plan_id", "seq"),
        CheckConstraint("amount_fen >= 0 AND waived_fen >= 0 AND allocated_fen >= 0", name="amounts_not_negative"),
        CheckConstraint("allocated_fen + waived_fen <= amount_fen", name="not_more_than_due"),
    )

    @property
    def receivable(self) -> Receivable:
        """The item as the rules read it."""
        return Receivable(self.amount_fen, self.due_date, self.waived_fen, self.allocated_fen)

    @property
    def open_fen(self) -> int:
        """What is still to come in; nothing of a cancelled item."""
        return 0 if self.is_cancelled else self.receivable.open_fen

    def status_on(self, day: date) -> FeeItemStatus:
        """Where it stands at the end of a day."""
        return FeeItemStatus.CANCELLED if self.is_cancelled else item_status(self.receivable, day)


class FeeReceipt(Model):
    """Money that came in, or the counter-receipt that takes a wrong one back. Written once.

    A bank's serial number is one receipt, unless that was reversed. A counter-receipt is negative and holds what
    it takes back, so that sums over both are what is there.
    """

    receipt_no: Mapped[str] = mapped_column(String(40))
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    payer: Mapped[str] = mapped_column(String(200))
    bank_serial: Mapped[str] = mapped_column(String(60))
    amount_fen: Mapped[int] = mapped_column(Fen)
    received_on: Mapped[date]
    unallocated_fen: Mapped[int] = mapped_column(Fen)
    reversal_of_id: Mapped[int | None] = mapped_column(ForeignKey("fee_receipt.id"), unique=True)
    is_reversed: Mapped[bool] = mapped_column(default=False)

    allocations: Mapped[list["FeeAllocation"]] = relationship(back_populates="receipt")
    invoices: Mapped[list["FeeInvoice"]] = relationship(back_populates="receipt", order_by="FeeInvoice.issued_on")

    __table_args__ = (
        UniqueConstraint("tenant_id", "receipt_no"),
        Index(
            "uq_fee_receipt_serial",
            "tenant_id",
            "bank_serial",
            unique=True,
            sqlite_where=text("reversal_of_id IS NULL AND NOT is_reversed"),
            postgresql_where=text("reversal_of_id IS NULL AND NOT is_reversed"),
        ),
        CheckConstraint("amount_fen <> 0 AND (amount_fen < 0) = (reversal_of_id IS NOT NULL)", name="sign"),
        CheckConstraint(
            "(reversal_of_id IS NULL AND unallocated_fen >= 0 AND unallocated_fen <= amount_fen)"
            " OR (reversal_of_id IS NOT NULL AND unallocated_fen = amount_fen)",
            name="allocated_within_receipt",
        ),
    )

    @property
    def is_live(self) -> bool:
        """Whether it is money that came in and stands."""
        return self.reversal_of_id is None and not self.is_reversed


class FeeAllocation(Model):
    """Which receipt paid which item; released when the item's plan was replaced and the money pays the new one."""

    receipt_id: Mapped[int] = mapped_column(ForeignKey("fee_receipt.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("fee_item.id"), index=True)
    amount_fen: Mapped[int] = mapped_column(Fen)
    is_released: Mapped[bool] = mapped_column(default=False)

    receipt: Mapped[FeeReceipt] = relationship(back_populates="allocations")
    item: Mapped[FeeItem] = relationship()

    __table_args__ = (CheckConstraint("amount_fen > 0", name="amount_positive"),)


class FeeReversal(Model):
    """A request to take a wrong receipt back 冲销; another person agrees, then the counter-receipt is written."""

    receipt_id: Mapped[int] = mapped_column(ForeignKey("fee_receipt.id"), index=True)
    reason: Mapped[str] = mapped_column(String(300))
    asked_by: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[ReversalStatus] = mapped_column(EnumText(ReversalStatus), default=ReversalStatus.ASKED)
    opinion: Mapped[str] = mapped_column(String(300), default="")
    decided_by: Mapped[int | None] = mapped_column(BigInteger)
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    counter_receipt_id: Mapped[int | None] = mapped_column(ForeignKey("fee_receipt.id"), unique=True)

    __table_args__ = (
        Index(
            "uq_fee_reversal_one",
            "receipt_id",
            unique=True,
            sqlite_where=text("status <> 'REFUSED'"),
            postgresql_where=text("status <> 'REFUSED'"),
        ),
        CheckConstraint("(status = 'DONE') = (counter_receipt_id IS NOT NULL)", name="done_has_counter"),
        CheckConstraint("status = 'ASKED' OR decided_by IS NOT NULL", name="decided_by_somebody"),
        CheckConstraint("decided_by IS NULL OR decided_by <> asked_by", name="maker_is_not_checker"),
    )


class FeeInvoice(Model):
    """An invoice 发票 over a receipt or part of it; together never more than it. Voided ones stay on record."""

    receipt_id: Mapped[int] = mapped_column(ForeignKey("fee_receipt.id"), index=True)
    invoice_no: Mapped[str] = mapped_column(String(40))
    kind: Mapped[InvoiceKind] = mapped_column(EnumText(InvoiceKind))
    issued_on: Mapped[date]
    amount_fen: Mapped[int] = mapped_column(Fen)
    recorded_by: Mapped[int | None] = mapped_column(BigInteger)
    voided_at: Mapped[datetime | None] = mapped_column(Moment)
    voided_by: Mapped[int | None] = mapped_column(BigInteger)
    voided_reason: Mapped[str] = mapped_column(String(300), default="")

    receipt: Mapped[FeeReceipt] = relationship(back_populates="invoices")

    __table_args__ = (
        UniqueConstraint("tenant_id", "invoice_no"),
        CheckConstraint("amount_fen > 0", name="amount_positive"),
    )


class FeeWaiver(Model):
    """A request to let a customer off part of the fee; risk and the general manager agree, then it is applied."""

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    task_key: Mapped[str] = mapped_column(String(80))
    amount_fen: Mapped[int] = mapped_column(Fen)
    reason: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[int] = mapped_column(BigInteger)
    risk_opinion: Mapped[str | None] = mapped_column(Text)
    risk_by: Mapped[int | None] = mapped_column(BigInteger)
    gm_opinion: Mapped[str | None] = mapped_column(Text)
    gm_by: Mapped[int | None] = mapped_column(BigInteger)
    status: Mapped[WaiverStatus] = mapped_column(EnumText(WaiverStatus), default=WaiverStatus.ASKED)

    __table_args__ = (
        UniqueConstraint("tenant_id", "task_key"),
        Index(
            "uq_fee_waiver_asked",
            "project_id",
            unique=True,
            sqlite_where=text("status = 'ASKED'"),
            postgresql_where=text("status = 'ASKED'"),
        ),
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint(
            "status <> 'APPLIED' OR (risk_by IS NOT NULL AND gm_by IS NOT NULL)", name="applied_when_agreed"
        ),
        CheckConstraint(
            "(risk_by IS NULL OR risk_by <> asked_by) AND (gm_by IS NULL OR gm_by <> asked_by)",
            name="maker_is_not_checker",
        ),
    )


class FeeRefund(Model):
    """Fee given back; Σ refunds of a project never exceed its receipts (guarded by the verb, under its lock)."""

    refund_no: Mapped[str] = mapped_column(String(40))
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    reason: Mapped[RefundReason] = mapped_column(EnumText(RefundReason))
    source: Mapped[str] = mapped_column(String(120))
    """Natural key of what it follows from: while one stands, the same again refunds nothing more."""
    formula: Mapped[str] = mapped_column(String(300))
    amount_fen: Mapped[int] = mapped_column(Fen)
    asked_by: Mapped[int | None] = mapped_column(BigInteger)
    approved_by: Mapped[int | None] = mapped_column(BigInteger)
    paid_on: Mapped[date | None]
    paid_by: Mapped[int | None] = mapped_column(BigInteger)
    voucher: Mapped[str] = mapped_column(String(60), default="")
    """Number of the bank's voucher it was paid with."""
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)
    withdrawn_by: Mapped[int | None] = mapped_column(BigInteger)
    withdrawn_reason: Mapped[str] = mapped_column(String(300), default="")

    __table_args__ = (
        UniqueConstraint("tenant_id", "refund_no"),
        Index(
            "uq_fee_refund_live",
            "tenant_id",
            "source",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint("paid_on IS NULL OR approved_by IS NOT NULL", name="paid_when_approved"),
        CheckConstraint("approved_by IS NULL OR approved_by <> asked_by", name="maker_is_not_checker"),
        CheckConstraint("paid_by IS NULL OR paid_by <> approved_by", name="approver_does_not_pay"),
        CheckConstraint("withdrawn_at IS NULL OR paid_on IS NULL", name="paid_is_not_withdrawn"),
    )

    @property
    def is_live(self) -> bool:
        """Whether it counts: asked for and not withdrawn."""
        return self.withdrawn_at is None


class DepositAccount(Model):
    """What a customer deposited with us for a project, and what became of it; the sums of its movements."""

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), unique=True)
    received_fen: Mapped[int] = mapped_column(Fen, default=0)
    returned_fen: Mapped[int] = mapped_column(Fen, default=0)
    used_fen: Mapped[int] = mapped_column(Fen, default=0)

    __table_args__ = (
        CheckConstraint("received_fen >= 0 AND returned_fen >= 0 AND used_fen >= 0", name="amounts_not_negative"),
        CheckConstraint("returned_fen + used_fen <= received_fen", name="within_received"),
    )

    @property
    def held_fen(self) -> int:
        """What we still hold."""
        return self.received_fen - self.returned_fen - self.used_fen


class DepositMovement(Model):
    """One movement of a deposit account; the same source moves money once."""

    account_id: Mapped[int] = mapped_column(ForeignKey("deposit_account.id"), index=True)
    kind: Mapped[DepositMove] = mapped_column(EnumText(DepositMove))
    amount_fen: Mapped[int] = mapped_column(Fen)
    source: Mapped[str] = mapped_column(String(120))
    """Natural key of what moved it: the bank's serial number, the task that offset it."""
    moved_on: Mapped[date] = mapped_column(default=clock.today)
    party: Mapped[str] = mapped_column(String(200), default="")
    """From whom it came, or to whom it went."""

    __table_args__ = (
        UniqueConstraint("tenant_id", "source"),
        CheckConstraint("amount_fen > 0", name="amount_positive"),
    )


for _table, _dialects in FEE_TRIGGERS.items():
    for _dialect, _statements in _dialects.items():
        for _statement in _statements:
            event.listen(
                Base.metadata.tables[_table], "after_create", DDL(_statement).execute_if(dialect=_dialect)
            )
