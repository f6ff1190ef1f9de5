"""What we know around a customer: key persons, shareholders, statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from app.business.customers import queries
from app.business.customers.errors import NoShareholders, StatementUnbalanced
from app.business.customers.models import (
    FactSource,
    FinancialStatement,
    KeyPerson,
    KeyRole,
    PeriodKind,
    Shareholder,
)
from app.business.customers.rules import shareholder_findings
from app.core.crypto import blind_index
from app.core.db import db
from app.core.errors import Finding, Invalid
from app.core.i18n import _
from app.core.identifiers import parse_resident_id
from app.core.money import show_yuan, yuan
from app.core.tenancy import Actor
from app.support import audit

BALANCE_TOLERANCE_FEN = yuan(1)


@dataclass(frozen=True)
class Holding:
    """What one holder has of a company; ``ratio_pct`` in percent."""

    name: str
    ratio_pct: Decimal
    holder_id: str | None = None
    paid_fen: int | None = None


@dataclass(frozen=True)
class StatementFigures:
    """Key figures of one period in fen; flows are those of the period."""

    period_end: date
    period_kind: PeriodKind
    total_assets_fen: int
    total_liabilities_fen: int
    equity_fen: int
    revenue_fen: int
    net_profit_fen: int
    operating_cash_fen: int | None = None


def record_key_person(
    customer_id: int,
    name: str,
    role: KeyRole,
    id_number: str | None,
    *,
    ratio_pct: Decimal | None = None,
    source: FactSource = FactSource.DECLARED,
    actor: Actor,
) -> KeyPerson:
    """Keep who runs or controls a customer; the same person in the same role is updated, not doubled.

    :raises Invalid: the identity number does not prove itself.
    """
    customer = queries.get_living(customer_id)
    number = parse_resident_id(id_number, field="id_number").number if id_number else None
    index = blind_index(number, "key_person.id_number") if number else None
    person = next(
        (p for p in queries.key_persons(customer_id, role) if (p.id_index, p.name) == (index, name)), None
    )
    if person is None:
        person = KeyPerson(customer_id=customer.id, role=role, name=name, id_number=number, id_index=index)
        db.session.add(person)
    person.ratio_pct, person.source = ratio_pct, source
    db.session.flush()
    audit.record(actor, "customers.key_person.recorded", person, customer_id=customer_id, role=role.value)
    return person


def record_shareholders(
    customer_id: int, as_of: date, holdings: Sequence[Holding], *, actor: Actor
) -> list[Shareholder]:
    """Keep who holds a company on a day, in place of what was kept for that day.

    :raises Invalid: a negative share, or together above 100 percent. :raises NoShareholders: it is a person.
    """
    customer = queries.lock_living(customer_id)
    if not customer.is_enterprise:
        raise NoShareholders(name=customer.name)
    findings = shareholder_findings(holding.ratio_pct for holding in holdings)
    if findings:
        raise Invalid(findings)
    for old in queries.shareholders_on(customer.id, as_of):
        db.session.delete(old)
    db.session.flush()
    rows = [
        Shareholder(
            customer_id=customer.id,
            as_of=as_of,
            holder_name=holding.name,
            holder_id=holding.holder_id,
            ratio_pct=holding.ratio_pct,
            paid_fen=holding.paid_fen,
        )
        for holding in holdings
    ]
    db.session.add_all(rows)
    db.session.flush()
    audit.record(actor, "customers.shareholders.recorded", customer, as_of=as_of.isoformat(), holders=len(rows))
    return rows


def record_statement(
    customer_id: int, figures: StatementFigures, *, source: FactSource, is_audited: bool = False, actor: Actor
) -> FinancialStatement:
    """Keep a period's key figures; other figures for a known period make a new version.

    :raises StatementUnbalanced: assets differ from liabilities and equity by more than one yuan.
    """
    gap_fen = figures.total_assets_fen - figures.total_liabilities_fen - figures.equity_fen
    if abs(gap_fen) > BALANCE_TOLERANCE_FEN:
        message = _(
            "%(day)s 的报表资产与负债及权益合计相差 %(gap)s 元", day=figures.period_end, gap=show_yuan(gap_fen)
        )
        raise StatementUnbalanced([Finding("customers.statement.unbalanced", message, field="total_assets_fen")])
    customer = queries.get_living(customer_id)
    newest = db.session.scalar(
        select(FinancialStatement)
        .where(
            FinancialStatement.customer_id == customer.id,
            FinancialStatement.period_end == figures.period_end,
            FinancialStatement.period_kind == figures.period_kind,
        )
        .order_by(FinancialStatement.version.desc())
        .limit(1)
    )
    values = {**vars(figures), "is_audited": is_audited}
    if newest is not None and all(getattr(newest, name) == value for name, value in values.items()):
        return newest
    row = FinancialStatement(
        customer_id=customer.id, version=newest.version + 1 if newest else 1, source=source, **values
    )
    db.session.add(row)
    db.session.flush()
    audit.record(actor, "customers.statement.recorded", row, version=row.version)
    return row
