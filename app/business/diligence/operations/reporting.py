"""The review report: generated from facts, edited by A, frozen by the committee. Source: processes §1, D6."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.business.diligence import chapters, queries
from app.business.diligence.errors import ReportFrozen, ReportMissing
from app.business.diligence.models import ReviewReport
from app.business.projects import queries as project_queries
from app.core.db import db
from app.core.errors import NotFound
from app.core.tenancy import Actor
from app.support import audit


def generate_review_report(project_id: int, *, actor: Actor) -> ReviewReport:
    """Write the seventeen sections from what is known; a frozen report is followed by a new version."""
    project = project_queries.lock_project(project_id)
    diligence = queries.find_diligence(project_id)
    if diligence is None:
        raise ReportMissing
    report = queries.find_report(project_id)
    if report is None or report.is_frozen:
        version = report.version + 1 if report else 1
        report = ReviewReport(project_id=project_id, version=version, diligence_id=diligence.id)
        db.session.add(report)
    report.diligence_id = diligence.id
    report.generated = chapters.write(project, diligence)
    report.sections = dict(report.generated)
    report.edited_fields, report.is_final = [], False
    db.session.flush()
    audit.record(actor, "diligence.review_report.generated", report, version=report.version)
    return report


def finish_review_report(project_id: int, form: Mapping[str, Any], *, actor: Actor) -> ReviewReport:
    """A has edited the report; what was changed of the automatic parts is listed.

    :raises ReportFrozen: it lies before the committee already.
    """
    report = queries.find_report(project_id)
    if report is None:
        raise ReportMissing
    if report.is_frozen:
        raise ReportFrozen(version=report.version)
    report.sections = {key: str(form.get(key) or "") for key in chapters.TITLES}
    report.edited_fields = [key for key, text in report.sections.items() if text != report.generated.get(key)]
    report.suggested_amount_fen = int(form["suggested_amount_fen"])
    report.suggested_term_months = int(form["suggested_term_months"])
    report.suggested_fee_rate = str(Decimal(str(form["suggested_fee_rate"])))
    report.conclusion, report.is_final = str(form["conclusion"]), True
    db.session.flush()
    audit.record(actor, "diligence.review_report.finished", report, edited=report.edited_fields)
    return report


def freeze_report(report_id: int) -> None:
    """The committee deliberates on this version; with it, its diligence round is closed."""
    report = db.session.get(ReviewReport, report_id)
    if report is None:
        raise NotFound
    report.is_frozen = True
    diligence = queries.find_diligence(report.project_id)
    if diligence is not None:
        diligence.is_closed = True
