"""Tables of the letters room: the review before disbursement and the notice to the bank.

Source: domain processes §1 D16–D17.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.core.db import EncryptedText, EnumText, Fen, JsonText, Model, Moment


class DisbursementReview(Model):
    """What the reviewer checked before money may flow 放款审查; the newest of a project counts."""

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    task_key: Mapped[str] = mapped_column(String(120))
    approved: Mapped[bool]
    checklist: Mapped[list[str]] = mapped_column(JsonText, default=list)
    new_dishonest_checked: Mapped[bool] = mapped_column(default=False)
    opinion: Mapped[str] = mapped_column(Text)
    reviewed_by: Mapped[int | None] = mapped_column(BigInteger)
    reviewed_at: Mapped[datetime] = mapped_column(Moment, default=clock.now)

    __table_args__ = (
        UniqueConstraint("task_key"),
        CheckConstraint("NOT approved OR new_dishonest_checked", name="approved_after_credit_check"),
    )


class NoticeStatus(StrEnum):
    """Life of a disbursement notice."""

    DRAFT = "DRAFT"
    SEALED = "SEALED"
    CANCELLED = "CANCELLED"


class DisbursementNotice(Model):
    """The notice that asks the bank to pay out 放款通知书; one at a time for a project."""

    notice_no: Mapped[str] = mapped_column(String(40))
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    amount_fen: Mapped[int] = mapped_column(Fen)
    bank_account: Mapped[str] = mapped_column(EncryptedText("disbursement_notice.bank_account"))
    valid_until: Mapped[date]
    note: Mapped[str] = mapped_column(Text, default="")
    status: Mapped[NoticeStatus] = mapped_column(EnumText(NoticeStatus), default=NoticeStatus.DRAFT)
    drafted_by: Mapped[int | None] = mapped_column(BigInteger)
    seal_record_id: Mapped[int | None] = mapped_column(ForeignKey("seal_record.id"))

    __table_args__ = (
        UniqueConstraint("tenant_id", "notice_no"),
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint("status <> 'SEALED' OR seal_record_id IS NOT NULL", name="sealed_with_record"),
        Index(
            "uq_disbursement_notice_one_live",
            "project_id",
            unique=True,
            sqlite_where=text("status <> 'CANCELLED'"),
            postgresql_where=text("status <> 'CANCELLED'"),
        ),
    )
