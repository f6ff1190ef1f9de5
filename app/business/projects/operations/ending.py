"""Deferral, refusal, reconsideration, withdrawal, release. Source: domain processes §0.3, §1 G3, D10n, §8.2."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from app.business.products.models import BusinessLine
from app.business.products.queries import parameter_value
from app.business.projects import queries
from app.business.projects.errors import (
    AlreadyReconsidered,
    NewFactsMissing,
    NothingToReconsider,
    ReconsiderationLapsed,
    WithdrawReasonMissing,
    WithdrawTooLate,
)
from app.business.projects.models import Project, ProjectStatus
from app.business.projects.operations.reviewing import move
from app.business.projects.rules import BEFORE_RESOLUTION
from app.core import clock
from app.core.db import db
from app.core.errors import Finding
from app.core.i18n import _
from app.core.tenancy import Actor
from app.support import audit, notices
from app.workflow.instances import operations as instances

WITHDRAW_MESSAGE = "customer.withdraw"
RECONSIDER_MESSAGE = "customer.reconsider"
MOST_DEFERRALS = 2
REMIND_TIME = time(9)
"""People are reminded in the morning."""
RECONSIDER_SOON = notices.sms_template(
    "projects.reconsideration.soon",
    "您的担保申请{project_no}可在{until}前凭新的事实申请一次复议，详情请联系您的客户经理。",
)
RECONSIDERABLE = frozenset({ProjectStatus.REJECTED, ProjectStatus.VETOED})


@dataclass(frozen=True, slots=True)
class Window:
    """The days in which reconsideration may be asked for, as its process waits for their end."""

    remind_at: datetime
    lapses_at: datetime


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
    """The item did not pass, was vetoed, or a reviewer refused it; the customer may ask to be heard again."""
    project = queries.lock_project(project_id)
    project.reconsider_until = clock.today() + timedelta(days=reconsideration_days(project))
    target = ProjectStatus.VETOED if result == "VETO" else ProjectStatus.REJECTED
    move(project, target, actor=actor, reason="一票否决" if result == "VETO" else "评审未通过")
    return project


def reconsideration_days(project: Project) -> int:
    """How long the customer may ask to be heard again; partner institutions have their own figure.

    Source: domain/processes.md §8.2, step 9, and §2; both figures are parameters, the partners' is not verified.
    """
    is_partner = project.business_line is BusinessLine.RE_GUARANTEE
    name = "reconsideration.partner_days" if is_partner else "reconsideration.days"
    return int(parameter_value(name, on=clock.today()))


def open_reconsideration(project_id: int) -> Window:
    """When the customer is reminded, and from when on it is too late."""
    project = queries.lock_project(project_id)
    until = project.reconsider_until or clock.today() + timedelta(days=reconsideration_days(project))
    project.reconsider_until = until
    remind_on = until - timedelta(days=int(parameter_value("reconsideration.remind_days", on=clock.today())))
    return Window(
        remind_at=datetime.combine(remind_on, REMIND_TIME, tzinfo=clock.BEIJING),
        lapses_at=datetime.combine(until + timedelta(days=1), time(), tzinfo=clock.BEIJING),
    )


def remind_reconsideration(project_id: int, *, ref: str) -> None:
    """The days are nearly over: the customer by SMS, the managers in their in-box.

    :param ref: our reference of the SMS; the same one again sends nothing.
    """
    project = queries.get_project(project_id)
    until = str(project.reconsider_until)
    mobile = project.contact_mobile or project.customer.contact_mobile
    notices.send_sms(mobile, RECONSIDER_SOON.code, {"project_no": project.project_no, "until": until}, ref)
    _tell_managers(project, f"复议期将于 {until} 届满", "客户有新的事实和理由的，请尽快申请复议")


def lapse_reconsideration(project_id: int, *, actor: Actor) -> None:
    """Nobody asked in time: the refusal is final."""
    project = queries.lock_project(project_id)
    audit.record(actor, "projects.reconsideration.lapsed", project, until=project.reconsider_until)
    _tell_managers(project, "复议期满，未收到复议申请", "评审结果为最终决定")


def _tell_managers(project: Project, title: str, body: str) -> None:
    people = [person for person in (project.pm_a_id, project.pm_b_id) if person]
    link = f"/projects/{project.id}"
    notices.send_inbox(people, f"{project.project_no}：{title}", body, link=link, kind="REMINDER")


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
    :raises NothingToReconsider: it was neither refused nor vetoed. :raises ReconsiderationLapsed: it is too late.
    :raises NobodyWaits: the case does not wait for it, as when it was closed at once.
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
    if project.reconsider_until is not None and clock.today() > project.reconsider_until:
        raise ReconsiderationLapsed(project_no=project.project_no, until=project.reconsider_until)
    instances.send_message(RECONSIDER_MESSAGE, project.project_no, {}, actor=actor, comment=reason)
    return project


def decide_reconsideration(project_id: int, *, admitted: bool, actor: Actor) -> Project:
    """The risk head admits the reconsideration or not; admitted, it goes on to whoever schedules the hearing.

    :raises AlreadyReconsidered: it was decided before.
    """
    project = queries.lock_project(project_id)
    if project.reconsidered and admitted:
        raise AlreadyReconsidered(project_no=project.project_no)
    audit.record(actor, "projects.reconsideration.decided", project, admitted=admitted)
    if not admitted:
        refuse_reconsideration(project_id, actor=actor)
    return project


def begin_reconsideration(project_id: int, *, actor: Actor) -> Project:
    """The item is heard again, once. :raises AlreadyReconsidered: it was."""
    project = queries.lock_project(project_id)
    if project.status == ProjectStatus.RECONSIDERING:
        return project
    if project.reconsidered:
        raise AlreadyReconsidered(project_no=project.project_no)
    project.reconsidered = True
    move(project, ProjectStatus.RECONSIDERING, actor=actor, reason="受理复议")
    return project


def refuse_reconsideration(project_id: int, *, actor: Actor) -> Project:
    """It is not heard again, and cannot be asked for a second time."""
    project = queries.lock_project(project_id)
    project.reconsidered = True
    audit.record(actor, "projects.reconsideration.refused", project)
    return project


def mark_released(project_id: int, *, actor: Actor) -> Project:
    """All liability is gone; the ledger has been asked before."""
    project = queries.lock_project(project_id)
    move(project, ProjectStatus.RELEASED, actor=actor, reason="全部解保")
    return project
