"""Opinions, moves and the approval. The only guardian of a project's status."""

from datetime import date
from decimal import Decimal

from app.business.products import operations as products
from app.business.projects.models import Project, ProjectOpinion, ProjectStatus, StatusHistory, moving
from app.business.projects.rules import ENDED, Phase, phase_of, require_transition
from app.core import clock
from app.core.db import db
from app.core.rows import find_row
from app.core.tenancy import Actor
from app.support import audit

LETS_GO = ENDED | {ProjectStatus.REJECTED, ProjectStatus.VETOED, ProjectStatus.RELEASED}
"""Where the exposure reserved at approval is free again. Source: domain/entities.md §16.3."""


def move(project: Project, to: ProjectStatus, *, actor: Actor, reason: str = "") -> None:
    """Move a project to another status, as the process leads; the same status again changes nothing.

    :raises TransitionNotAllowed: the process does not lead there.
    """
    if project.status is to:
        return
    current = project.status or ProjectStatus.DRAFT
    require_transition(current, to)
    db.session.add(
        StatusHistory(
            project_id=project.id,
            from_status=current,
            to_status=to,
            at=clock.now(),
            by_id=actor.user_id,
            by_name=actor.name,
            reason=reason,
        )
    )
    with moving():
        project.phase = phase_of(to, project.phase or Phase.INITIATION)
        project.status = to
    if to in LETS_GO:
        project.reserved_fen = 0
    audit.record(actor, "projects.status.moved", project, to=to.value, reason=reason)


def record_opinion(
    project: Project, *, node_id: str, task_key: str, decision: str, opinion: str, actor: Actor
) -> ProjectOpinion:
    """Keep what somebody decided at a node; the same task corrects its own row."""
    row = find_row(ProjectOpinion, task_key=task_key, node_id=node_id)
    if row is None:
        row = ProjectOpinion(project_id=project.id, node_id=node_id, task_key=task_key)
        db.session.add(row)
    row.decision, row.opinion = decision, opinion
    row.by_id, row.by_name, row.at = actor.user_id, actor.name, clock.now()
    db.session.flush()
    audit.record(actor, "projects.opinion.recorded", row, node=node_id, decision=decision)
    return row


def begin_risk_review(project: Project, *, actor: Actor) -> None:
    """The department agrees: the risk department has the item.

    An item that was with the committee and came back by a return passes through RETURNED; one whose approval
    was given stays where it is.
    """
    if project.status is ProjectStatus.IN_COMMITTEE:
        move(project, ProjectStatus.RETURNED, actor=actor, reason="退回后重新流转")
    if project.status in {ProjectStatus.IN_DD, ProjectStatus.RETURNED, ProjectStatus.RECONSIDERING}:
        move(project, ProjectStatus.IN_RISK_REVIEW, actor=actor, reason="部门预审同意")


def approve(
    project: Project,
    *,
    amount_fen: int,
    term_months: int,
    fee_rate: Decimal,
    risk_share_scheme_id: int,
    guarantee_mode: str,
    valid_to: date,
    actor: Actor,
) -> None:
    """Take over what was resolved; called by the committee room alone.

    Freezes the risk-share scheme and reserves the exposure until it is paid out or the item ends.
    """
    project.approved_amount_fen, project.term_months, project.fee_rate = amount_fen, term_months, fee_rate
    project.risk_share_scheme_id, project.guarantee_mode = risk_share_scheme_id, guarantee_mode
    project.approval_valid_to, project.approved_at = valid_to, clock.now()
    project.reserved_fen = amount_fen
    products.freeze_scheme(risk_share_scheme_id)
    move(project, ProjectStatus.APPROVED, actor=actor, reason="批复签发")
