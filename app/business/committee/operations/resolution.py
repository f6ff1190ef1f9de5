"""The resolution 批复 and its conditions. Source: domain entities §5, processes §1 D10a, D11."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from app.business.committee import queries
from app.business.committee.errors import (
    MakerIsChecker,
    NothingDecided,
    ResolutionExceedsVote,
    ResolutionInForce,
)
from app.business.committee.models import (
    ConditionItem,
    ItemResult,
    Resolution,
    ResolutionStatus,
)
from app.business.projects import operations as projects
from app.business.projects import queries as project_queries
from app.business.projects.models import ProjectStatus
from app.core import clock
from app.core.db import db
from app.core.errors import Conflict, NotFound
from app.core.tenancy import Actor
from app.support import audit
from app.support.numbering import next_number

PASSED = frozenset({ItemResult.END_PASS, ItemResult.END_PASS_COND})
COMMITTEE_KIND = "COMMITTEE"


def record_delegated_approval(project_id: int, *, actor: Actor) -> None:
    """Both delegated approvers agreed; their opinions are with the project. Source: processes §0.9."""
    project = project_queries.get_project(project_id)
    audit.record(actor, "committee.delegated.approved", project)


def draft_resolution(  # noqa: PLR0913 - the fields of the form
    project_id: int,
    *,
    amount_fen: int,
    term_months: int,
    fee_rate: Decimal,
    risk_share_scheme_id: int,
    guarantee_mode: str,
    valid_days: int,
    conditions: Iterable[Mapping[str, Any]],
    delegated: bool,
    actor: Actor,
) -> Resolution:
    """Draft, or draft anew, the resolution. The committee's own conditions are added and mandatory.

    :raises NothingDecided: neither a passed item nor a delegated approval.
    :raises ResolutionExceedsVote: more than was applied for. :raises ResolutionInForce: one is signed.
    """
    project = project_queries.get_project(project_id)
    item = queries.find_item_of(project_id)
    passed = item is not None and item.result in PASSED
    if not passed and not delegated:
        raise NothingDecided
    if amount_fen > project.applied_amount_fen:
        raise ResolutionExceedsVote(amount_fen=amount_fen, applied_fen=project.applied_amount_fen)
    resolution = queries.find_resolution(project_id)
    if resolution is not None and resolution.status == ResolutionStatus.ISSUED:
        raise ResolutionInForce(resolution_no=resolution.resolution_no)
    if resolution is None or resolution.status != ResolutionStatus.DRAFT:
        resolution = Resolution(project_id=project_id)
        db.session.add(resolution)
    resolution.agenda_item_id = item.id if item is not None and passed else None
    resolution.is_delegated = not passed
    resolution.amount_fen, resolution.term_months, resolution.fee_rate = amount_fen, term_months, fee_rate
    resolution.risk_share_scheme_id, resolution.guarantee_mode = risk_share_scheme_id, guarantee_mode
    resolution.valid_days, resolution.drafted_by = valid_days, actor.user_id
    resolution.status = ResolutionStatus.DRAFT
    db.session.flush()
    _set_conditions(resolution, item.conditions if item is not None and passed else [], conditions)
    audit.record(actor, "committee.resolution.drafted", resolution, amount_fen=amount_fen)
    return resolution


def _set_conditions(
    resolution: Resolution, from_vote: Iterable[str], drafted: Iterable[Mapping[str, Any]]
) -> None:
    for old in list(resolution.conditions):
        db.session.delete(old)
    db.session.flush()
    db.session.expire(resolution, ["conditions"])
    rows = [{"kind": COMMITTEE_KIND, "text": text, "mandatory": True} for text in from_vote]
    rows += [dict(row) for row in drafted]
    for seq, row in enumerate(rows, start=1):
        resolution.conditions.append(
            ConditionItem(
                resolution_id=resolution.id,
                seq=seq,
                kind=str(row.get("kind") or "OTHER"),
                text=str(row["text"]),
                is_mandatory=bool(row.get("mandatory")),
                responsible=str(row.get("responsible") or ""),
                due_on=as_day(row.get("due_on")),
            )
        )
    db.session.flush()


def as_day(value: object) -> date | None:
    """A day as a form gives it: a date, its text, or nothing."""
    if value is None or isinstance(value, date):
        return value
    return date.fromisoformat(str(value)) if value else None


def issue_resolution(project_id: int, *, actor: Actor) -> Resolution:
    """Sign the resolution: the project is APPROVED with these amounts, valid for the stated days.

    From now on its conditions are followed up; one without a day is due on the last day of the approval.

    :raises MakerIsChecker: the drafter signs. :raises NotFound: nothing is drafted.
    """
    project = project_queries.lock_project(project_id)
    resolution = queries.find_resolution(project_id)
    if resolution is None:
        raise NotFound
    if resolution.status == ResolutionStatus.ISSUED:
        return resolution
    if resolution.status != ResolutionStatus.DRAFT:
        raise Conflict
    if resolution.drafted_by == actor.user_id:
        raise MakerIsChecker
    today = clock.today()
    resolution.resolution_no = next_number(f"committee.resolution.{today:%Y}", "PF{y}{seq:05d}", on=today)
    resolution.valid_to = today + timedelta(days=resolution.valid_days)
    for condition in resolution.conditions:
        condition.due_on = condition.due_on or resolution.valid_to
    resolution.status, resolution.issued_by, resolution.issued_at = (
        ResolutionStatus.ISSUED,
        actor.user_id,
        clock.now(),
    )
    projects.approve(
        project,
        amount_fen=resolution.amount_fen,
        term_months=resolution.term_months,
        fee_rate=resolution.fee_rate,
        risk_share_scheme_id=resolution.risk_share_scheme_id,
        guarantee_mode=resolution.guarantee_mode,
        valid_to=resolution.valid_to,
        actor=actor,
    )
    audit.record(actor, "committee.resolution.issued", resolution, resolution_no=resolution.resolution_no)
    return resolution


def refuse_resolution(project_id: int, *, actor: Actor) -> None:
    """The authorised approver does not sign."""
    resolution = queries.find_resolution(project_id)
    if resolution is not None and resolution.status == ResolutionStatus.DRAFT:
        resolution.status = ResolutionStatus.REFUSED
        audit.record(actor, "committee.resolution.refused", resolution)


def expire_resolution(project_id: int, *, actor: Actor) -> None:
    """The approval lapsed before contracts were effective. Source: processes §0.4."""
    resolution = queries.issued_resolution(project_id)
    project = project_queries.lock_project(project_id)
    if resolution is not None:
        resolution.status = ResolutionStatus.EXPIRED
        audit.record(actor, "committee.resolution.expired", resolution)
    projects.move(project, ProjectStatus.APPROVAL_EXPIRED, actor=actor, reason="批复有效期届满，合同未生效")
