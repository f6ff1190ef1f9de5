"""The two managers' report and the risk department's review. Source: domain processes §1, D4, D8."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from app.business.diligence import queries
from app.business.diligence.errors import ReportMissing, ReviewerIsManager, SignerNotEntitled
from app.business.diligence.models import (
    ActualController,
    CounterValuation,
    DiligenceStatement,
    DueDiligenceReport,
    RiskReview,
)
from app.business.projects import operations as projects
from app.business.projects import queries as project_queries
from app.business.projects.models import Project, ProjectStatus
from app.core import clock
from app.core.db import db
from app.core.tenancy import Actor
from app.support import audit

Form = Mapping[str, Any]
"""A cleaned form: amounts in fen, dates as dates, lists of rows."""

SECTIONS = ("history", "ownership", "business_model", "litigation", "debts", "guarantees_given")


def submit_report(project_id: int, form: Form, *, actor: Actor) -> DueDiligenceReport:
    """A signs what was found; the same round corrects its version, a new round makes the next.

    :raises SignerNotEntitled: not this project's A.
    """
    project = project_queries.lock_project(project_id)
    if actor.place_id != project.pm_a_id:
        raise SignerNotEntitled
    report = _current_version(project)
    report.visited_at, report.visit_place = _day(form["visited_at"]), str(form["visit_place"])
    report.photo_document_ids = [str(document) for document in form.get("photos") or ()]
    report.sections = {key: _plain(form.get(key)) for key in SECTIONS}
    report.tax_revenue_fen = form.get("tax_revenue_fen")
    report.opinion_a = str(form["opinion_a"])
    report.signed_a, report.signed_a_at = actor.user_id, clock.now()
    report.signed_b = report.signed_b_at = None
    _replace_rows(report, form)
    if project.status in {ProjectStatus.ACCEPTED, ProjectStatus.RECONSIDERING}:
        _enter(project, actor)
    audit.record(actor, "diligence.report.submitted", report, version=report.version)
    return report


def _enter(project: Project, actor: Actor) -> None:
    if project.status is ProjectStatus.ACCEPTED:
        projects.move(project, ProjectStatus.IN_DD, actor=actor, reason="尽职调查")


def _current_version(project: Project) -> DueDiligenceReport:
    latest = queries.find_diligence(project.id)
    if latest is not None and not latest.is_closed:
        return latest
    report = DueDiligenceReport(project_id=project.id, version=latest.version + 1 if latest else 1, opinion_a="")
    report.visited_at, report.visit_place = clock.today(), ""
    db.session.add(report)
    return report


def _replace_rows(report: DueDiligenceReport, form: Form) -> None:
    report.statements, report.controllers, report.valuations = [], [], []
    db.session.flush()
    report.statements = [_statement(row) for row in form["statements"]]
    report.controllers = [
        ActualController(name=row["name"], id_number=row["id_number"], ratio_pct=Decimal(str(row["ratio"])))
        for row in form["controllers"]
    ]
    report.valuations = [
        CounterValuation(
            name=row["name"],
            kind=row["kind"],
            appraised_fen=row["appraised_fen"],
            discount_pct=Decimal(str(row["discount_pct"])),
            prior_lien_fen=row.get("prior_lien_fen") or 0,
        )
        for row in form.get("counter_valuation") or ()
    ]
    db.session.flush()


def _statement(row: Mapping[str, Any]) -> DiligenceStatement:
    return DiligenceStatement(
        period_end=_day(row["period_end"]),
        period_kind=row["period_kind"],
        total_assets_fen=row["total_assets_fen"],
        total_liabilities_fen=row["total_liabilities_fen"],
        equity_fen=row["equity_fen"],
        revenue_fen=row["revenue_fen"],
        net_profit_fen=row["net_profit_fen"],
        operating_cash_fen=row.get("operating_cash_fen"),
    )


def _day(value: object) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def _plain(value: Any) -> Any:
    """JSON-safe copy of what the form holds: days and decimals become text."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, (str, int, bool)) else str(value)


def cosign_report(project_id: int, opinion: str, *, actor: Actor) -> DueDiligenceReport:
    """B signs too. :raises SignerNotEntitled: not this project's B, or the one who signed as A."""
    project = project_queries.lock_project(project_id)
    report = queries.find_diligence(project_id)
    if report is None:
        raise ReportMissing
    if actor.place_id != project.pm_b_id or actor.user_id == report.signed_a:
        raise SignerNotEntitled
    report.opinion_b, report.signed_b, report.signed_b_at = opinion, actor.user_id, clock.now()
    audit.record(actor, "diligence.report.cosigned", report)
    return report


def submit_risk_review(project_id: int, form: Form, *, actor: Actor) -> RiskReview:
    """The risk department's review of this round. :raises ReviewerIsManager: maker and checker are one."""
    project = project_queries.lock_project(project_id)
    diligence = queries.find_diligence(project_id)
    if diligence is None:
        raise ReportMissing
    if actor.user_id is None or actor.user_id in {project.pm_a_id, project.pm_b_id}:
        raise ReviewerIsManager
    review = queries.find_risk_review(project_id)
    if review is None or review.diligence_version != diligence.version:
        version = review.version + 1 if review else 1
        review = RiskReview(project_id=project_id, version=version, diligence_version=diligence.version)
        db.session.add(review)
    review.reviewer_id, review.decision = actor.user_id, str(form["decision"])
    review.score = int(form["score"])
    keys = ("compliance", "credit", "repayment", "counter_guarantee", "risk_points", "opinion")
    review.findings = {key: str(form.get(key) or "") for key in keys}
    review.conditions = [dict(row) for row in form.get("conditions") or ()]
    db.session.flush()
    audit.record(actor, "diligence.risk_review.submitted", review, decision=review.decision)
    return review
