"""Facts of the diligence room for FEEL; ratios are plain numbers."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from app.business.diligence import queries
from app.business.diligence.chapters import TITLES
from app.business.projects import queries as projects
from app.workflow.registry import dataset


def _number(value: Fraction | None) -> Decimal | None:
    return None if value is None else Decimal(value.numerator) / Decimal(value.denominator)


@dataset("diligence", label="尽职调查")
def diligence_facts(data: Mapping[str, object]) -> Mapping[str, object] | None:
    """The newest due-diligence report."""
    project_id = data.get("project_id")
    report = queries.find_diligence(int(str(project_id))) if project_id else None
    if report is None:
        return None
    project = projects.get_project(report.project_id)
    ratio = queries.latest_debt_ratio(report)
    covered = queries.coverage_of(report, project.applied_amount_fen)
    return {
        "id": report.id,
        "version": report.version,
        "signed_a": report.signed_a is not None,
        "signed_b": report.signed_b is not None,
        "signer_a": report.signed_a,
        "signer_b": report.signed_b,
        "statement_periods": len(report.statements),
        "statements_balanced": queries.is_balanced(report),
        "controllers": len(report.controllers),
        "photos": len(report.photo_document_ids),
        "debt_ratio": _number(ratio.value) if ratio is not None and ratio.is_defined else None,
        "revenue_deviation": _number(queries.deviation(report)),
        "coverage_ratio": _number(covered.value) if covered.is_defined else None,
    }


@dataset("report", label="评审报告")
def report_facts(data: Mapping[str, object]) -> Mapping[str, object] | None:
    """The newest review report."""
    project_id = data.get("project_id")
    report = queries.find_report(int(str(project_id))) if project_id else None
    if report is None:
        return None
    return {
        "id": report.id,
        "version": report.version,
        "newest_version": report.version,
        "final": report.is_final,
        "missing_sections": [title for key, title in TITLES.items() if not report.sections.get(key, "").strip()],
        "sections": dict(report.sections),
        "edited_fields": list(report.edited_fields),
        "suggested_amount_fen": report.suggested_amount_fen,
        "suggested_term_months": report.suggested_term_months,
        "suggested_fee_rate": Decimal(report.suggested_fee_rate) if report.suggested_fee_rate else None,
    }


@dataset("risk_review", label="风险审查")
def risk_review_facts(data: Mapping[str, object]) -> Mapping[str, object] | None:
    """The newest risk review."""
    project_id = data.get("project_id")
    review = queries.find_risk_review(int(str(project_id))) if project_id else None
    if review is None:
        return None
    return {
        "id": review.id,
        "version": review.version,
        "reviewer_id": review.reviewer_id,
        "decision": review.decision,
        "score": review.score,
    }
