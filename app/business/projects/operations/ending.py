"""Deferral, refusal, reconsideration, withdrawal, release. Source: domain processes §0.3, §1 G3, D10n, §8.2."""

from app.business.projects import queries
from app.business.projects.errors import (
    AlreadyReconsidered,
    ChairConsentMissing,
    NewFactsMissing,
    NothingToReconsider,
    WithdrawReasonMissing,
    WithdrawTooLate,
)
from app.business.projects.models import Project, ProjectStatus
from app.business.projects.operations.reviewing import move
from app.business.projects.rules import BEFORE_RESOLUTION
from app.core.db import db
from app.core.errors import Finding
from app.core.i18n import _
from app.core.tenancy import Actor
from app.support import audit
from app.workflow.instances import operations as instances

WITHDRAW_MESSAGE = "customer.withdraw"
RECONSIDER_MESSAGE = "customer.reconsider"
MOST_DEFERRALS = 2
RECONSIDERABLE = frozenset({ProjectStatus.REJECTED, ProjectStatus.VETOED})


def count_defer(project_id: int, *, actor: Actor) -> int:
    """Another round was deferred: the item goes back to due diligence, but a second deferral counts as not passed.

    Source: domain/processes.md §1, G3.
    """
    project = queries.lock_project(project_id)
    project.defer_rounds += 1
    if project.defer_rounds < MOST_DEFERRALS:
        move(project, ProjectStatus.DEFERRED, actor=actor, reason=f"第 {project.defer_rounds} 次续议")
        move(project, ProjectStatus.IN_DD, actor=actor, reason="补充尽职调查")
    db.session.flush()
    audit.record(actor, "projects.deferral.counted", project, defer_rounds=project.defer_rounds)
    return project.defer_rounds


def mark_not_passed(project_id: int, result: str, *, actor: Actor) -> Project:
    """The item did not pass, was vetoed, or a reviewer refused it."""
    project = queries.lock_project(project_id)
    target = ProjectStatus.VETOED if result == "VETO" else ProjectStatus.REJECTED
    move(project, target, actor=actor, reason="一票否决" if result == "VETO" else "评审未通过")
    return project


def close_rejected(project_id: int, *, actor: Actor) -> Project:
    """No reconsideration any more: the refusal is final."""
    project = queries.lock_project(project_id)
    audit.record(actor, "projects.rejected.closed", project)
    return project


def request_withdrawal(project_id: int, *, reason: str, actor: Actor) -> Project:
    """The applicant withdraws before the resolution; the process hears of it by message.

    :raises WithdrawReasonMissing: the reason is too short to say something.
    :raises WithdrawTooLate: it has been resolved.
    """
    reason = reason.strip()
    if len(reason) < instances.MIN_REASON:
        message = _("请填写撤回原因，不少于 %(n)s 个字", n=instances.MIN_REASON)
        raise WithdrawReasonMissing([Finding(WithdrawReasonMissing.code, message, field="reason")])
    project = queries.get_project(project_id)  # not locked: the case is locked before the project
    if project.status not in BEFORE_RESOLUTION:
        raise WithdrawTooLate(project_no=project.project_no)
    instances.send_message(WITHDRAW_MESSAGE, project.project_no, {}, actor=actor, comment=reason)
    return project


def withdraw(project_id: int, *, actor: Actor) -> Project:
    """The process has taken the withdrawal in. :raises WithdrawTooLate: it has been resolved meanwhile."""
    project = queries.lock_project(project_id)
    if project.status not in BEFORE_RESOLUTION | {ProjectStatus.WITHDRAWN}:
        raise WithdrawTooLate(project_no=project.project_no)
    move(project, ProjectStatus.WITHDRAWN, actor=actor, reason="客户撤回申请")
    return project


def request_reconsideration(project_id: int, *, reason: str, actor: Actor) -> Project:
    """The applicant asks, with new facts, to be heard once more.

    :raises NewFactsMissing: it says nothing new. :raises AlreadyReconsidered: only once.
    :raises NothingToReconsider: it was neither refused nor vetoed. :raises NobodyWaits: the ninety days are over.
    """
    reason = reason.strip()
    if len(reason) < instances.MIN_REASON:
        message = _("申请复议须写明新的事实和理由，不少于 %(n)s 个字", n=instances.MIN_REASON)
        raise NewFactsMissing([Finding(NewFactsMissing.code, message, field="new_facts")])
    project = queries.get_project(project_id)  # not locked: the case is locked before the project
    if project.reconsidered:
        raise AlreadyReconsidered(project_no=project.project_no)
    if project.status not in RECONSIDERABLE:
        raise NothingToReconsider(project_no=project.project_no)
    instances.send_message(RECONSIDER_MESSAGE, project.project_no, {}, actor=actor, comment=reason)
    return project


def decide_reconsideration(
    project_id: int, *, admitted: bool, chair_consents: bool = False, actor: Actor
) -> Project:
    """The risk head admits the reconsideration or not. It happens once.

    :raises AlreadyReconsidered: it was decided before.
    :raises ChairConsentMissing: the chair vetoed it and has not agreed to hear it again.
    """
    project = queries.lock_project(project_id)
    if project.reconsidered and admitted:
        raise AlreadyReconsidered(project_no=project.project_no)
    if admitted and project.status == ProjectStatus.VETOED and not chair_consents:
        raise ChairConsentMissing
    project.reconsidered = True
    if admitted:
        move(project, ProjectStatus.RECONSIDERING, actor=actor, reason="受理复议")
    audit.record(
        actor, "projects.reconsideration.decided", project, admitted=admitted, chair_consents=chair_consents
    )
    return project


def mark_released(project_id: int, *, actor: Actor) -> Project:
    """All liability is gone; the ledger has been asked before."""
    project = queries.lock_project(project_id)
    move(project, ProjectStatus.RELEASED, actor=actor, reason="全部解保")
    return project
