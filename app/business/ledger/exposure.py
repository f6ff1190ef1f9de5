"""What we carry for a customer, its group and all together, the item under review included.

Source: domain rules §5, §9–11; an approved item counts as carried until it is drawn (processes §1 D11).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import or_, select

from app.business.contracts.terms import read_terms
from app.business.customers.models import Customer, RelatedGroupMember
from app.business.customers.rules import SMALL_OR_AGRICULTURE
from app.business.institutions import queries as institutions
from app.business.ledger.rules import (
    Capital,
    Holding,
    LiabilityItem,
    LiabilityKind,
    LiabilityRow,
    LiabilityTerms,
    LimitTerms,
    LimitUse,
    concentration_counted_fen,
    group_concentration,
    is_focus_company,
    leverage,
    liability_balance_fen,
    liability_rows,
    own_exposure_fen,
    single_concentration,
)
from app.business.products.models import Product, RiskShareItem
from app.business.products.rules import PartyKind
from app.business.projects.models import Project, ProjectStatus
from app.core.db import db
from app.core.money import Ratio

RESERVED = frozenset(
    {ProjectStatus.APPROVED, ProjectStatus.CONTRACTING, ProjectStatus.CONTRACTED, ProjectStatus.CONDITIONS_MET}
)
"""Resolved, not yet drawn: counted with what was approved."""

CARRYING = frozenset({ProjectStatus.IN_FORCE, ProjectStatus.PARTLY_RELEASED, ProjectStatus.OVERDUE})


@dataclass(frozen=True, slots=True)
class Exposure:
    """The measures of one item's review, each with its limit."""

    capital: Capital
    own_exposure_fen: int
    single: LimitUse
    group: LimitUse
    leverage: LimitUse


def item_amount_fen(project: Project) -> int:
    """What an item counts with: its outstanding once in force, else the newest amount it is meant to have."""
    if project.status in CARRYING or project.disbursed_amount_fen:
        return project.outstanding_fen
    return project.contract_amount_fen or project.approved_amount_fen or project.applied_amount_fen


def exposure_of(project: Project, *, on: date) -> Exposure:
    """Concentration and leverage with this item in. Without a capital position every limit counts as passed."""
    limits = read_terms(LimitTerms, "ledger.limits", on=on)
    rows = liability_rows(_items(project), read_terms(LiabilityTerms, "ledger.liability", on=on))
    capital = capital_on(on)
    customer_rows = [row for row in rows if row.item.customer_id == project.customer_id]
    members = _group_of(project.customer_id)
    group_rows = [row for row in rows if row.item.customer_id in members]
    return Exposure(
        capital=capital,
        own_exposure_fen=own_exposure_fen(
            Holding(row.item.outstanding_fen, row.item.own_share_pct) for row in customer_rows
        ),
        single=single_concentration(concentration_counted_fen(customer_rows, limits), capital, limits),
        group=group_concentration(concentration_counted_fen(group_rows, limits), capital, limits),
        leverage=leverage(liability_balance_fen(rows), capital, limits, is_focus=_is_focus(rows, limits)),
    )


def capital_on(day: date) -> Capital:
    """What carries the liability on a day; zero when nobody has entered a capital position."""
    position = institutions.capital_on(day)
    if position is None:
        return Capital(0)
    return Capital(position.net_assets_fen, position.equity_in_guarantors_fen)


def _items(reviewed: Project) -> list[LiabilityItem]:
    """Every item that counts: carried, reserved, and the one under review."""
    shares = own_shares()
    rows = db.session.execute(
        select(Project, Product.liability_kind, Customer.customer_class)
        .join(Product, Project.product_id == Product.id)
        .join(Customer, Project.customer_id == Customer.id)
        .where(
            or_(Project.outstanding_fen > 0, Project.status.in_(RESERVED), Project.id == reviewed.id),
        )
    ).all()
    return [
        LiabilityItem(
            customer_id=project.customer_id,
            kind=LiabilityKind(liability_kind),
            customer_class=customer_class,
            outstanding_fen=item_amount_fen(project),
            own_share_pct=shares.get(project.risk_share_scheme_id, Decimal(100)),
        )
        for project, liability_kind, customer_class in rows
    ]


def own_shares() -> dict[int, Decimal]:
    """Percent we bear ourselves, by risk-share scheme."""
    rows = db.session.execute(
        select(RiskShareItem.scheme_id, RiskShareItem.share_pct).where(
            RiskShareItem.party_kind == PartyKind.DIRECT_GUARANTOR
        )
    )
    return {key: value for key, value in rows}  # noqa: C416 - a Row is a tuple at run time only


def _group_of(customer_id: int) -> frozenset[int]:
    """The customer with the present members of its group."""
    mine = select(RelatedGroupMember.group_id).where(
        RelatedGroupMember.customer_id == customer_id, RelatedGroupMember.until_date.is_(None)
    )
    members = db.session.scalars(
        select(RelatedGroupMember.customer_id).where(
            RelatedGroupMember.group_id.in_(mine), RelatedGroupMember.until_date.is_(None)
        )
    )
    return frozenset({customer_id, *members})


def _is_focus(rows: Sequence[LiabilityRow], limits: LimitTerms) -> bool:
    """Whether we mainly serve small business and agriculture, by balance and by clients."""
    small = [row for row in rows if row.item.customer_class in SMALL_OR_AGRICULTURE]
    balance = Ratio(liability_balance_fen(small), liability_balance_fen(rows))
    clients = {row.item.customer_id for row in rows}
    return is_focus_company(balance, len({row.item.customer_id for row in small}), len(clients), limits)
