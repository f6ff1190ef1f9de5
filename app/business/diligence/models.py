"""Tables of the diligence room. Source: domain entities §1.4, §5."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import EncryptedText, Fen, JsonText, Model, Moment, Percent


class DueDiligenceReport(Model):
    """What two managers found on site. A new round of diligence makes a new version."""

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    version: Mapped[int]
    visited_at: Mapped[date]
    visit_place: Mapped[str] = mapped_column(String(200))
    photo_document_ids: Mapped[list[str]] = mapped_column(JsonText, default=list)
    sections: Mapped[dict[str, Any]] = mapped_column(JsonText, default=dict)
    """history, ownership, business_model, litigation; debts and guarantees given as lists."""
    tax_revenue_fen: Mapped[int | None] = mapped_column(Fen)
    opinion_a: Mapped[str] = mapped_column(Text)
    opinion_b: Mapped[str] = mapped_column(Text, default="")
    signed_a: Mapped[int | None] = mapped_column(BigInteger)
    signed_a_at: Mapped[datetime | None] = mapped_column(Moment)
    signed_b: Mapped[int | None] = mapped_column(BigInteger)
    signed_b_at: Mapped[datetime | None] = mapped_column(Moment)
    is_closed: Mapped[bool] = mapped_column(default=False)

    statements: Mapped[list["DiligenceStatement"]] = relationship(
        order_by="DiligenceStatement.period_end", cascade="all, delete-orphan"
    )
    controllers: Mapped[list["ActualController"]] = relationship(cascade="all, delete-orphan")
    valuations: Mapped[list["CounterValuation"]] = relationship(cascade="all, delete-orphan")

    __table_args__ = (
        UniqueConstraint("project_id", "version"),
        CheckConstraint("signed_a IS NULL OR signed_b IS NULL OR signed_a <> signed_b", name="two_signers"),
    )


class DiligenceStatement(Model):
    """The figures of one period, as found; in fen."""

    report_id: Mapped[int] = mapped_column(ForeignKey("due_diligence_report.id", ondelete="CASCADE"), index=True)
    period_end: Mapped[date]
    period_kind: Mapped[str] = mapped_column(String(10))
    total_assets_fen: Mapped[int] = mapped_column(Fen)
    total_liabilities_fen: Mapped[int] = mapped_column(Fen)
    equity_fen: Mapped[int] = mapped_column(Fen)
    revenue_fen: Mapped[int] = mapped_column(Fen)
    net_profit_fen: Mapped[int] = mapped_column(Fen)
    operating_cash_fen: Mapped[int | None] = mapped_column(Fen)

    __table_args__ = (UniqueConstraint("report_id", "period_end", "period_kind"),)


class ActualController(Model):
    """Who really controls the debtor; the number is encrypted."""

    report_id: Mapped[int] = mapped_column(ForeignKey("due_diligence_report.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    id_number: Mapped[str] = mapped_column(EncryptedText("actual_controller.id_number"))
    ratio_pct: Mapped[Decimal] = mapped_column(Percent)


class CounterValuation(Model):
    """What a proposed security is worth."""

    report_id: Mapped[int] = mapped_column(ForeignKey("due_diligence_report.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(40))
    appraised_fen: Mapped[int] = mapped_column(Fen)
    discount_pct: Mapped[Decimal] = mapped_column(Percent)
    prior_lien_fen: Mapped[int] = mapped_column(Fen, default=0)

    __table_args__ = (CheckConstraint("appraised_fen >= 0 AND prior_lien_fen >= 0", name="amounts"),)


class RiskReview(Model):
    """The risk department's review; the reviewer is none of the project managers."""

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    version: Mapped[int]
    reviewer_id: Mapped[int] = mapped_column(BigInteger)
    decision: Mapped[str] = mapped_column(String(20))
    score: Mapped[int]
    findings: Mapped[dict[str, Any]] = mapped_column(JsonText, default=dict)
    """compliance, credit, repayment, counter_guarantee, risk_points."""
    conditions: Mapped[list[dict[str, Any]]] = mapped_column(JsonText, default=list)
    diligence_version: Mapped[int]

    __table_args__ = (
        UniqueConstraint("project_id", "version"),
        CheckConstraint("score BETWEEN 0 AND 100", name="score"),
    )


class ReviewReport(Model):
    """The review report 评审报告; immutable once it lies before a committee."""

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    version: Mapped[int]
    diligence_id: Mapped[int] = mapped_column(ForeignKey("due_diligence_report.id"))
    generated: Mapped[dict[str, str]] = mapped_column(JsonText, default=dict)
    sections: Mapped[dict[str, str]] = mapped_column(JsonText, default=dict)
    edited_fields: Mapped[list[str]] = mapped_column(JsonText, default=list)
    snapshot_ids: Mapped[list[int]] = mapped_column(JsonText, default=list)
    """Versions of external data used; empty until external sources are connected."""
    suggested_amount_fen: Mapped[int | None] = mapped_column(Fen)
    suggested_term_months: Mapped[int | None]
    suggested_fee_rate: Mapped[str | None] = mapped_column(String(20))
    conclusion: Mapped[str] = mapped_column(Text, default="")
    is_final: Mapped[bool] = mapped_column(default=False)
    is_frozen: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (UniqueConstraint("project_id", "version"),)
