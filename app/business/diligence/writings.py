"""The review report 评审报告 as a Word document. Source: domain processes §1, D6 and "Review-report sections"."""

from decimal import Decimal

from app.business.diligence import chapters, queries
from app.business.diligence.models import CounterValuation, DiligenceStatement, DueDiligenceReport, ReviewReport
from app.business.diligence.rules import CollateralValue, realisable_fen
from app.business.projects import queries as projects
from app.business.projects.models import Project
from app.core import clock
from app.core.money import in_words, show_percent, show_wan
from app.support.identity import queries as people
from app.workflow.registry import Writing, WritingContext, writings

TEMPLATE = "diligence/review_report"


@writings("diligence.review_report", label="评审报告", templates=(TEMPLATE,))
def review_report(ctx: WritingContext) -> list[Writing]:
    """The newest review report: the case in figures, its sections, statements, securities, and what A changed.

    Roots: ``project``, ``report``, ``diligence``, ``sections`` (title, text, edited), ``statements``,
    ``securities``, ``signed``.
    """
    project_id = ctx.data.get("project_id")
    report = queries.find_report(int(str(project_id))) if project_id else None
    diligence = queries.find_diligence(report.project_id) if report else None
    if report is None or diligence is None:
        return []
    project = projects.get_project(report.project_id)
    values = {
        "project": _project(project),
        "report": _report(report),
        "diligence": {"visited_at": diligence.visited_at, "visit_place": diligence.visit_place},
        "sections": _sections(report),
        "statements": [_statement(row) for row in diligence.statements],
        "securities": [_security(row) for row in diligence.valuations],
        "signed": _signatures(diligence),
    }
    name = f"评审报告 {project.project_no}"
    return [Writing(TEMPLATE, name, values, "review_report", report.id)]


def _project(project: Project) -> dict[str, object]:
    return {
        "project_no": project.project_no,
        "customer": project.customer.name,
        "product": project.product.name,
        "bank": project.creditor.name if project.creditor else "",
        "scheme": project.scheme.name,
        "applied": f"{show_wan(project.applied_amount_fen)} 万元",
        "applied_in_words": in_words(project.applied_amount_fen),
        "loan": f"{show_wan(project.loan_amount_fen)} 万元",
        "term_months": project.term_months,
        "fee_rate": show_percent(project.fee_rate),
        "manager_a": people.display_name(project.pm_a_id) if project.pm_a_id else "",
        "manager_b": people.display_name(project.pm_b_id) if project.pm_b_id else "",
    }


def _report(report: ReviewReport) -> dict[str, object]:
    suggested = report.suggested_amount_fen
    rate = report.suggested_fee_rate
    return {
        "version": report.version,
        "written_on": clock.today(),
        "amount": f"{show_wan(suggested)} 万元" if suggested is not None else "",
        "amount_in_words": in_words(suggested) if suggested is not None else "",
        "term_months": report.suggested_term_months,
        "fee_rate": show_percent(Decimal(rate)) if rate else "",
        "conclusion": report.conclusion,
        "edited": [chapters.TITLES[key] for key in report.edited_fields],
        "snapshots": list(report.snapshot_ids),
    }


def _sections(report: ReviewReport) -> list[dict[str, object]]:
    edited = frozenset(report.edited_fields)
    return [
        {"number": number, "title": title, "text": report.sections.get(key, ""), "edited": key in edited}
        for number, (key, title) in enumerate(chapters.TITLES.items())
    ]


def _statement(row: DiligenceStatement) -> dict[str, object]:
    """One period, in 万元."""
    cash = row.operating_cash_fen
    return {
        "period": row.period_end,
        "assets": show_wan(row.total_assets_fen),
        "liabilities": show_wan(row.total_liabilities_fen),
        "equity": show_wan(row.equity_fen),
        "revenue": show_wan(row.revenue_fen),
        "profit": show_wan(row.net_profit_fen),
        "cash": show_wan(cash) if cash is not None else "",
    }


def _security(row: CounterValuation) -> dict[str, object]:
    value = realisable_fen(CollateralValue(row.appraised_fen, row.discount_pct, row.prior_lien_fen))
    return {
        "name": row.name,
        "appraised": show_wan(row.appraised_fen),
        "discount": f"{row.discount_pct.normalize():f}%",
        "prior": show_wan(row.prior_lien_fen),
        "realisable": show_wan(value),
    }


def _signatures(diligence: DueDiligenceReport) -> dict[str, object]:
    return {
        "manager_a": people.display_name(diligence.signed_a) if diligence.signed_a else "",
        "at_a": diligence.signed_a_at,
        "manager_b": people.display_name(diligence.signed_b) if diligence.signed_b else "",
        "at_b": diligence.signed_b_at,
    }
