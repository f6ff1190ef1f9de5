"""Blocks of the diligence room on the page of a project: diligence, risk review, review report."""

from app.business.diligence import queries
from app.business.diligence.models import CounterValuation
from app.business.diligence.rules import CollateralValue, realisable_fen
from app.core.money import show_percent
from app.support.identity import queries as people
from app.workflow import writings
from app.workflow.registry import Panel, RecordContext, record_panel


@record_panel("project.reports.diligence", label="尽职调查报告")
def diligence(ctx: RecordContext) -> Panel | None:
    """Every version with its signatures; figures, controllers and securities of the newest."""
    reports = queries.list_diligence(ctx.record_id)
    if not reports:
        return None
    newest = reports[0]
    deviation = queries.deviation(newest)
    return Panel(
        "diligence/diligence.html",
        {
            "reports": reports,
            "newest": newest,
            "signers": people.display_names([r.signed_a for r in reports] + [r.signed_b for r in reports]),
            "debt_ratio": queries.latest_debt_ratio(newest),
            "deviation": None if deviation is None else show_percent(deviation),
            "realisable": {row.id: _realisable_fen(row) for row in newest.valuations},
        },
    )


def _realisable_fen(row: CounterValuation) -> int:
    return realisable_fen(CollateralValue(row.appraised_fen, row.discount_pct, row.prior_lien_fen))


@record_panel("project.reports.risk_review", label="风险审查")
def risk_reviews(ctx: RecordContext) -> Panel | None:
    """Every risk review with score and decision."""
    reviews = queries.list_risk_reviews(ctx.record_id)
    if not reviews:
        return None
    names = people.display_names([review.reviewer_id for review in reviews])
    return Panel("diligence/risk_reviews.html", {"reviews": reviews, "names": names})


@record_panel("project.reports.review_report", label="评审报告")
def reports(ctx: RecordContext) -> Panel | None:
    """Every version of the review report with what it suggests."""
    found = queries.list_reports(ctx.record_id)
    if not found:
        return None
    documents = writings.written_for("review_report", [report.id for report in found], actor=ctx.actor)
    return Panel("diligence/reports.html", {"reports": found, "documents": documents})
