"""Reading reports."""

from collections.abc import Sequence
from fractions import Fraction

from sqlalchemy import select

from app.business.diligence.models import DueDiligenceReport, ReviewReport, RiskReview
from app.business.diligence.rules import (
    CollateralValue,
    DiligenceTerms,
    Statement,
    balance_findings,
    coverage,
    debt_ratio,
    revenue_deviation,
)
from app.core.db import db
from app.core.money import Ratio


def find_diligence(project_id: int) -> DueDiligenceReport | None:
    """The newest due-diligence report."""
    return db.session.scalar(
        select(DueDiligenceReport)
        .where(DueDiligenceReport.project_id == project_id)
        .order_by(DueDiligenceReport.version.desc())
        .limit(1)
    )


def find_report(project_id: int) -> ReviewReport | None:
    """The newest review report."""
    return db.session.scalar(
        select(ReviewReport)
        .where(ReviewReport.project_id == project_id)
        .order_by(ReviewReport.version.desc())
        .limit(1)
    )


def find_risk_review(project_id: int) -> RiskReview | None:
    """The newest risk review."""
    return db.session.scalar(
        select(RiskReview).where(RiskReview.project_id == project_id).order_by(RiskReview.version.desc()).limit(1)
    )


def figures(report: DueDiligenceReport) -> list[Statement]:
    """The statements as the rules read them, oldest first."""
    return [
        Statement(
            assets_fen=s.total_assets_fen,
            liabilities_fen=s.total_liabilities_fen,
            equity_fen=s.equity_fen,
            revenue_fen=s.revenue_fen,
            net_profit_fen=s.net_profit_fen,
            operating_cash_flow_fen=s.operating_cash_fen or 0,
        )
        for s in report.statements
    ]


def is_balanced(report: DueDiligenceReport) -> bool:
    """Whether every statement balances."""
    return all(not balance_findings(statement, DiligenceTerms()) for statement in figures(report))


def latest_debt_ratio(report: DueDiligenceReport) -> Ratio | None:
    """Debt ratio of the newest statement."""
    statements = figures(report)
    return debt_ratio(statements[-1]) if statements else None


def deviation(report: DueDiligenceReport) -> Fraction | None:
    """How far the newest yearly revenue lies from what was declared for tax."""
    years = [s for s in report.statements if s.period_kind == "YEAR"]
    if not years or report.tax_revenue_fen is None:
        return None
    ratio = revenue_deviation(years[-1].revenue_fen, report.tax_revenue_fen)
    return ratio.value if ratio.is_defined else None


def coverage_of(report: DueDiligenceReport, own_exposure_fen: int) -> Ratio:
    """Realisable value of the valued securities over own exposure."""
    values = [CollateralValue(v.appraised_fen, v.discount_pct, v.prior_lien_fen) for v in report.valuations]
    return coverage(values, own_exposure_fen)


def list_diligence(project_id: int) -> Sequence[DueDiligenceReport]:
    """All versions of the due-diligence report, newest first."""
    return db.session.scalars(
        select(DueDiligenceReport)
        .where(DueDiligenceReport.project_id == project_id)
        .order_by(DueDiligenceReport.version.desc())
    ).all()


def list_risk_reviews(project_id: int) -> Sequence[RiskReview]:
    """All risk reviews, newest first."""
    return db.session.scalars(
        select(RiskReview).where(RiskReview.project_id == project_id).order_by(RiskReview.version.desc())
    ).all()


def list_reports(project_id: int) -> Sequence[ReviewReport]:
    """All versions of the review report, newest first."""
    return db.session.scalars(
        select(ReviewReport).where(ReviewReport.project_id == project_id).order_by(ReviewReport.version.desc())
    ).all()
