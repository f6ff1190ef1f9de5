"""Tables of the products room. Source: domain entities §3."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, event, text
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship

from app.business.products.errors import SchemeFrozen
from app.business.products.rules import PartyKind, ProductLimits, Share
from app.core.db import EnumText, Fen, JsonText, Model, Percent, Rate


class BusinessLine(StrEnum):
    """Lines of business."""

    DIRECT = "DIRECT"
    RE_GUARANTEE = "RE_GUARANTEE"
    NON_FINANCING = "NON_FINANCING"
    MICRO_BATCH = "MICRO_BATCH"
    LETTER_ASSIST = "LETTER_ASSIST"


class Nature(StrEnum):
    """Whether a financing is guaranteed."""

    FINANCING = "FINANCING"
    NON_FINANCING = "NON_FINANCING"


class Product(Model):
    """What we offer: limits, process, documents."""

    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(120))
    business_line: Mapped[BusinessLine] = mapped_column(EnumText(BusinessLine))
    nature: Mapped[Nature] = mapped_column(EnumText(Nature))
    liability_kind: Mapped[str] = mapped_column(String(20))
    min_amount_fen: Mapped[int] = mapped_column(Fen)
    max_amount_fen: Mapped[int] = mapped_column(Fen)
    max_term_months: Mapped[int]
    min_fee_rate: Mapped[Decimal] = mapped_column(Rate)
    max_fee_rate: Mapped[Decimal] = mapped_column(Rate)
    fee_method: Mapped[str] = mapped_column(String(20), default="MONTH")
    process_id: Mapped[str] = mapped_column(String(80))
    is_standard: Mapped[bool] = mapped_column(default=True)
    required_documents: Mapped[list[str]] = mapped_column(JsonText, default=list)
    active_from: Mapped[date]
    active_to: Mapped[date | None]

    __table_args__ = (
        UniqueConstraint("tenant_id", "code"),
        CheckConstraint("min_amount_fen > 0 AND min_amount_fen <= max_amount_fen", name="amount_range"),
        CheckConstraint("max_term_months > 0", name="term"),
        CheckConstraint("CAST(max_fee_rate AS NUMERIC) >= CAST(min_fee_rate AS NUMERIC)", name="fee_rate_range"),
        CheckConstraint("CAST(min_fee_rate AS NUMERIC) >= 0", name="fee_rate_not_negative"),
        CheckConstraint("active_to IS NULL OR active_to >= active_from", name="activity"),
    )

    @property
    def limits(self) -> ProductLimits:
        """The bounds as the rules read them."""
        return ProductLimits(
            self.min_amount_fen, self.max_amount_fen, self.max_term_months, self.min_fee_rate, self.max_fee_rate
        )


class RiskShareScheme(Model):
    """Who bears which part of a loss, e.g. 4-2-2-2.

    Shares are percent with four decimals and add up to exactly 100. A scheme in use is never edited:
    a new version is made with its own validity dates.
    """

    code: Mapped[str] = mapped_column(String(20))
    version: Mapped[int] = mapped_column(default=1)
    name: Mapped[str] = mapped_column(String(120))
    is_frozen: Mapped[bool] = mapped_column(default=False)
    active_from: Mapped[date]
    active_to: Mapped[date | None]

    items: Mapped[list["RiskShareItem"]] = relationship(back_populates="scheme", order_by="RiskShareItem.order_no")

    __table_args__ = (
        UniqueConstraint("tenant_id", "code", "version"),
        CheckConstraint("version > 0", name="version_positive"),
        CheckConstraint("active_to IS NULL OR active_to >= active_from", name="activity"),
    )

    @property
    def shares(self) -> tuple[Share, ...]:
        """The shares as the rules read them, in order."""
        return tuple(Share(item.party_kind, item.share_pct, item.institution_id) for item in self.items)

    @property
    def own_share_pct(self) -> Decimal:
        """What the direct guarantor bears."""
        return sum((i.share_pct for i in self.items if i.party_kind is PartyKind.DIRECT_GUARANTOR), Decimal(0))


class RiskShareItem(Model):
    """One party's share."""

    scheme_id: Mapped[int] = mapped_column(ForeignKey("risk_share_scheme.id"), index=True)
    party_kind: Mapped[PartyKind] = mapped_column(EnumText(PartyKind))
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    share_pct: Mapped[Decimal] = mapped_column(Percent)
    order_no: Mapped[int]

    scheme: Mapped[RiskShareScheme] = relationship(back_populates="items")

    __table_args__ = (
        UniqueConstraint("scheme_id", "order_no"),
        CheckConstraint("CAST(share_pct AS NUMERIC) > 0 AND CAST(share_pct AS NUMERIC) <= 100", name="share_pct"),
        Index(
            "uq_risk_share_item_guarantor",
            "scheme_id",
            unique=True,
            sqlite_where=text("party_kind = 'DIRECT_GUARANTOR'"),
            postgresql_where=text("party_kind = 'DIRECT_GUARANTOR'"),
        ),
    )


@event.listens_for(RiskShareItem, "before_update")
@event.listens_for(RiskShareItem, "before_delete")
def _guard_frozen(_mapper: Mapper[Any], _connection: Connection, item: RiskShareItem) -> None:
    if item.scheme is not None and item.scheme.is_frozen:
        raise SchemeFrozen(scheme=item.scheme.code)


class BusinessParameter(Model):
    """A figure of the business with its days of validity and its source; never a literal in code."""

    name: Mapped[str] = mapped_column(String(80))
    value: Mapped[Any] = mapped_column(JsonText)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    source: Mapped[str] = mapped_column(String(200), default="")
    is_confirmed: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        UniqueConstraint("tenant_id", "name", "valid_from"),
        Index("ix_business_parameter_name", "name"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="validity"),
    )
