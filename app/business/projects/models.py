"""Tables of the projects room. Source: domain entities §4."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, event
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship
from sqlalchemy.orm.base import NO_VALUE

from app.business.customers.models import Customer
from app.business.institutions.models import Institution
from app.business.products.models import BusinessLine, Product, RiskShareScheme
from app.business.projects.rules import Phase, ProjectStatus
from app.core import clock
from app.core.db import EncryptedText, EnumText, Fen, JsonText, Model, Moment, Percent, Rate

__all__ = [
    "DocumentKind",
    "Project",
    "ProjectDocument",
    "ProjectOpinion",
    "ProjectStatus",
    "StatusHistory",
    "moving",
]


class DocumentKind(StrEnum):
    """What paper a document is for a project; the value is the name in check lists."""

    CREDIT_AUTH = "征信授权书"
    VISIT_PHOTO = "走访照片"
    REVIEW_REPORT = "评审报告"
    CONTRACT_SCAN = "合同扫描件"
    REGISTRATION = "反担保登记证明"
    LOAN_RECEIPT = "放款凭证"
    REPAYMENT_PROOF = "还款凭证"


class StatusSetDirectly(RuntimeError):
    """Code set a project's status without asking the way; a mistake of the program."""


class AppendOnly(RuntimeError):
    """Code changed or deleted a row of the history; a mistake of the program."""


class Project(Model):
    """One business item. Its status moves only through ``operations.move``; its balances only through the ledger.

    ``reserved_fen`` is the exposure held free from the approval until it is paid out or the item ends.
    """

    project_no: Mapped[str] = mapped_column(String(24))
    business_line: Mapped[BusinessLine] = mapped_column(EnumText(BusinessLine))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    creditor_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    risk_share_scheme_id: Mapped[int] = mapped_column(ForeignKey("risk_share_scheme.id"))
    source_channel: Mapped[str] = mapped_column(String(20), default="SELF")
    applied_amount_fen: Mapped[int] = mapped_column(Fen)
    approved_amount_fen: Mapped[int | None] = mapped_column(Fen)
    contract_amount_fen: Mapped[int | None] = mapped_column(Fen)
    disbursed_amount_fen: Mapped[int] = mapped_column(Fen, default=0)
    loan_amount_fen: Mapped[int] = mapped_column(Fen)
    guarantee_ratio_pct: Mapped[Decimal] = mapped_column(Percent)
    term_months: Mapped[int]
    start_date: Mapped[date | None]
    end_date: Mapped[date | None]
    fee_rate: Mapped[Decimal] = mapped_column(Rate)
    fee_method: Mapped[str] = mapped_column(String(20), default="MONTH")
    guarantee_mode: Mapped[str] = mapped_column(String(20), default="JOINT_SEVERAL")
    purpose: Mapped[str] = mapped_column(Text)
    repayment_source: Mapped[str] = mapped_column(Text)
    counter_mode: Mapped[str] = mapped_column(String(20))
    proposed_counter_guarantees: Mapped[list[dict[str, Any]]] = mapped_column(JsonText, default=list)
    contact_name: Mapped[str] = mapped_column(String(80), default="")
    contact_mobile: Mapped[str | None] = mapped_column(EncryptedText("project.contact_mobile"))
    tags: Mapped[list[str]] = mapped_column(JsonText, default=list)
    pm_a_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    pm_b_id: Mapped[int | None] = mapped_column(BigInteger)
    status: Mapped[ProjectStatus] = mapped_column(EnumText(ProjectStatus), default=ProjectStatus.DRAFT, index=True)
    phase: Mapped[Phase] = mapped_column(EnumText(Phase), default=Phase.INITIATION)
    approval_valid_to: Mapped[date | None]
    approved_at: Mapped[datetime | None] = mapped_column(Moment)
    defer_rounds: Mapped[int] = mapped_column(default=0)
    reconsidered: Mapped[bool] = mapped_column(default=False)
    reconsider_until: Mapped[date | None]
    """The last day on which the customer may ask to be heard again; set when the item is refused."""
    risk_class: Mapped[str | None] = mapped_column(String(20))
    reserved_fen: Mapped[int] = mapped_column(Fen, default=0)
    outstanding_fen: Mapped[int] = mapped_column(Fen, default=0)
    own_outstanding_fen: Mapped[int] = mapped_column(Fen, default=0)
    comp_receivable_fen: Mapped[int] = mapped_column(Fen, default=0)
    process_instance_id: Mapped[int] = mapped_column(BigInteger, index=True)
    release_id: Mapped[int | None] = mapped_column(BigInteger)

    customer: Mapped[Customer] = relationship()
    product: Mapped[Product] = relationship()
    creditor: Mapped[Institution | None] = relationship()
    scheme: Mapped[RiskShareScheme] = relationship()
    opinions: Mapped[list["ProjectOpinion"]] = relationship(order_by="ProjectOpinion.at")

    __table_args__ = (
        UniqueConstraint("tenant_id", "project_no"),
        UniqueConstraint("process_instance_id", name="uq_project_instance"),
        CheckConstraint("applied_amount_fen > 0", name="applied_positive"),
        CheckConstraint("loan_amount_fen > 0", name="loan_positive"),
        CheckConstraint(
            "approved_amount_fen IS NULL OR approved_amount_fen BETWEEN 1 AND applied_amount_fen",
            name="approved_in_applied",
        ),
        CheckConstraint(
            "contract_amount_fen IS NULL OR contract_amount_fen <= coalesce(approved_amount_fen, 0)",
            name="contract_in_approved",
        ),
        CheckConstraint("disbursed_amount_fen >= 0", name="disbursed_not_negative"),
        CheckConstraint("disbursed_amount_fen <= coalesce(contract_amount_fen, 0)", name="disbursed_in_contract"),
        CheckConstraint(
            "outstanding_fen BETWEEN 0 AND coalesce(contract_amount_fen, 0)", name="outstanding_in_contract"
        ),
        CheckConstraint("own_outstanding_fen BETWEEN 0 AND outstanding_fen", name="own_in_outstanding"),
        CheckConstraint("reserved_fen >= 0", name="reserved_not_negative"),
        CheckConstraint(
            "CAST(guarantee_ratio_pct AS NUMERIC) > 0 AND CAST(guarantee_ratio_pct AS NUMERIC) <= 100",
            name="guarantee_ratio",
        ),
        CheckConstraint("CAST(fee_rate AS NUMERIC) >= 0", name="fee_rate_not_negative"),
        CheckConstraint("defer_rounds BETWEEN 0 AND 2", name="defer_rounds"),
        CheckConstraint("term_months > 0", name="term_positive"),
        CheckConstraint("pm_a_id IS NULL OR pm_b_id IS NULL OR pm_a_id <> pm_b_id", name="two_managers"),
        CheckConstraint("start_date IS NULL OR end_date IS NULL OR end_date > start_date", name="end_after_start"),
        Index("ix_project_tenant_status", "tenant_id", "status"),
    )

    @property
    def round_no(self) -> int:
        """Which round of review it is in: the first, plus each deferral, plus the reconsideration."""
        return 1 + self.defer_rounds + int(self.reconsidered)


_moving: ContextVar[bool] = ContextVar("project_moving", default=False)


@contextmanager
def moving() -> Iterator[None]:
    """Allow a change of status and phase; ``operations.move`` only."""
    token = _moving.set(True)
    try:
        yield
    finally:
        _moving.reset(token)


@event.listens_for(Project.status, "set", active_history=True)
@event.listens_for(Project.phase, "set", active_history=True)
def _guard_status(_project: Project, value: object, old: object, _initiator: object) -> None:
    """Refuse a change outside ``moving``; a new row may have any status (take-over of old books)."""
    if old is NO_VALUE or old is None or old == value or _moving.get():
        return
    raise StatusSetDirectly(f"{old} -> {value}")


class StatusHistory(Model):
    """Every move of a project, append-only."""

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    from_status: Mapped[ProjectStatus | None] = mapped_column(EnumText(ProjectStatus))
    to_status: Mapped[ProjectStatus] = mapped_column(EnumText(ProjectStatus))
    at: Mapped[datetime] = mapped_column(Moment, default=clock.now)
    by_id: Mapped[int | None] = mapped_column(BigInteger)
    by_name: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(Text, default="")


class ProjectOpinion(Model):
    """What a reviewer decided at a node and why; the newest of a node counts.

    A corrected earlier node carries the task key of whoever sent it back, so the node is part of the key.
    """

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    node_id: Mapped[str] = mapped_column(String(80))
    task_key: Mapped[str] = mapped_column(String(120))
    decision: Mapped[str] = mapped_column(String(40))
    opinion: Mapped[str] = mapped_column(Text, default="")
    by_id: Mapped[int | None] = mapped_column(BigInteger)
    by_name: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(Moment, default=clock.now)

    __table_args__ = (UniqueConstraint("task_key", "node_id"),)


class ProjectDocument(Model):
    """What paper a document is for a project, and until which day it holds (included)."""

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    kind: Mapped[DocumentKind] = mapped_column(EnumText(DocumentKind))
    valid_to: Mapped[date | None]

    __table_args__ = (UniqueConstraint("project_id", "document_id", "kind"),)


@event.listens_for(StatusHistory, "before_update")
@event.listens_for(StatusHistory, "before_delete")
def _guard_history(_mapper: Mapper[Any], _connection: Connection, row: StatusHistory) -> None:
    raise AppendOnly(f"status_history {row.id}")
