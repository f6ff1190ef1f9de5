"""Daily snapshot of what is carried, and the nightly comparison of caches with entries. Source: entities §9."""

from datetime import date
from decimal import Decimal

from sqlalchemy import delete, func, select

from app.business.contracts.terms import read_terms
from app.business.customers.models import Customer
from app.business.ledger import queries
from app.business.ledger.exposure import own_shares
from app.business.ledger.models import LiabilityDaily, LiabilityEntry, LoanDrawing
from app.business.ledger.queries import Difference
from app.business.ledger.rules import (
    LiabilityItem,
    LiabilityKind,
    LiabilityTerms,
    liability_rows,
    own_outstanding_fen,
)
from app.business.products.models import Product
from app.business.projects.models import Project, ProjectStatus
from app.core.db import db
from app.core.tenancy import Actor
from app.support import audit, identity, notices

ALARMED_ROLES = ("FINANCE", "RISK_HEAD", "ADMIN")


def take_snapshot(day: date, *, actor: Actor) -> int:
    """Write what every project carried at the end of ``day``; taken again it replaces that day's rows.

    Returns how many projects carried something.
    """
    balances = _balances_on(day)
    rows = db.session.execute(
        select(Project, Product.liability_kind, Customer.customer_class)
        .join(Product, Project.product_id == Product.id)
        .join(Customer, Project.customer_id == Customer.id)
        .where(Project.id.in_(balances))
        .order_by(Project.id)
    ).all()
    shares, maturities = own_shares(), _first_maturities()
    items = [
        LiabilityItem(
            customer_id=project.customer_id,
            kind=LiabilityKind(kind),
            customer_class=customer_class,
            outstanding_fen=balances[project.id],
            own_share_pct=shares.get(project.risk_share_scheme_id, Decimal(100)),
        )
        for project, kind, customer_class in rows
    ]
    weighed = liability_rows(items, read_terms(LiabilityTerms, "ledger.liability", on=day))
    db.session.execute(delete(LiabilityDaily).where(LiabilityDaily.day == day))
    db.session.add_all(
        LiabilityDaily(
            day=day,
            project_id=project.id,
            outstanding_fen=row.item.outstanding_fen,
            own_fen=own_outstanding_fen(row.item.outstanding_fen, row.item.own_share_pct),
            weight_class=row.liability_class,
            weight_pct=row.weight_pct,
            liability_fen=row.liability_fen,
            overdue_days=_overdue_days(project, maturities.get(project.id), day),
            risk_class=project.risk_class,
        )
        for (project, _kind, _class), row in zip(rows, weighed, strict=True)
    )
    db.session.flush()
    audit.record(actor, "ledger.snapshot.taken", ("liability_daily", day.isoformat()), projects=len(items))
    return len(items)


def _balances_on(day: date) -> dict[int, int]:
    total = func.sum(LiabilityEntry.amount_fen)
    rows = db.session.execute(
        select(LiabilityEntry.project_id, total)
        .where(LiabilityEntry.effective_date <= day)
        .group_by(LiabilityEntry.project_id)
        .having(total > 0)
    ).all()
    return {project_id: int(balance) for project_id, balance in rows}


def _first_maturities() -> dict[int, date]:
    rows = db.session.execute(
        select(LoanDrawing.project_id, func.min(LoanDrawing.maturity_on)).group_by(LoanDrawing.project_id)
    )
    return {key: value for key, value in rows}  # noqa: C416 - a Row is a tuple at run time only


def _overdue_days(project: Project, maturity: date | None, day: date) -> int:
    """Days past the first maturity while something is carried and the bank reports it overdue (rules §14)."""
    if maturity is None or project.status is not ProjectStatus.OVERDUE:
        return 0
    return max(0, (day - maturity).days)


def reconcile(*, actor: Actor) -> list[Difference]:
    """Compare every project's cached balance with its entries; a difference alarms finance, risk and admin."""
    found = queries.differences()
    if not found:
        return []
    people = {user.id for role in ALARMED_ROLES for user in identity.users_with_role(role, actor.tenant_id)}
    numbers = "、".join(difference.project_no for difference in found[:20])
    notices.send_inbox(sorted(people), f"台账核对差异：{len(found)} 个项目", f"缓存余额与分录不符：{numbers}")
    for difference in found:
        audit.record(
            actor,
            "ledger.balance.differs",
            ("project", difference.project_id),
            cached_fen=difference.cached_fen,
            ledger_fen=difference.ledger_fen,
        )
    return found
