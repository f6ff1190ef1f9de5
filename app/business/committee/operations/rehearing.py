"""Hearing a refused item again: the chair schedules it, a vetoed one only with her consent.

Source: domain/processes.md §8.2, step 9.
"""

from datetime import date

from app.business.committee import queries
from app.business.committee.errors import NothingToRehear, RehearingDay, RehearingDue
from app.business.committee.models import ItemResult, Rehearing
from app.business.projects import operations as projects
from app.business.projects import queries as project_queries
from app.business.projects.models import Project
from app.core import clock
from app.core.db import db
from app.core.errors import Finding
from app.core.i18n import _
from app.core.tenancy import Actor
from app.support import audit, notices
from app.support.identity import queries as people

REFUSED = frozenset({ItemResult.END_NOPASS, ItemResult.END_VETO})
SECRETARIES = "COMMITTEE_SEC"


def schedule_rehearing(
    project_id: int, *, hears: bool, hear_by: date | None, note: str, actor: Actor
) -> Rehearing:
    """The chair schedules the hearing of a refused item, or refuses to hear one she vetoed; said once.

    The managers, who supplement the report, and the secretaries, who put it on an agenda, are told.

    :raises NothingToRehear: nothing was refused. :raises RehearingDue: not vetoed, so it is not hers to refuse.
    :raises RehearingDay: no day, or one that has passed. :raises AlreadyReconsidered: it was heard again before.
    """
    project = project_queries.lock_project(project_id)
    known = queries.find_rehearing(project_id)
    if known is not None:
        return known
    item = queries.find_item_of(project_id)
    if item is None or item.result not in REFUSED:
        raise NothingToRehear
    if not hears and item.result is not ItemResult.END_VETO:
        raise RehearingDue
    if hears and (hear_by is None or hear_by < clock.today()):
        raise RehearingDay([Finding(RehearingDay.code, _("请填写最迟上会日期，不早于今天"), field="hear_by")])
    if hears:
        projects.begin_reconsideration(project_id, actor=actor)
    else:
        projects.refuse_reconsideration(project_id, actor=actor)
    rehearing = Rehearing(
        project_id=project_id,
        agenda_item_id=item.id,
        is_heard=hears,
        hear_by=hear_by if hears else None,
        note=note,
        decided_by=actor.user_id,
    )
    db.session.add(rehearing)
    db.session.flush()
    audit.record(actor, "committee.rehearing.scheduled", rehearing, hears=hears, hear_by=rehearing.hear_by)
    _tell(project, rehearing)
    return rehearing


def _tell(project: Project, rehearing: Rehearing) -> None:
    told = [one for one in (project.pm_a_id, project.pm_b_id) if one]
    told += [one.id for one in people.users_with_role(SECRETARIES)]
    heard = f"最迟 {rehearing.hear_by} 再次上会" if rehearing.is_heard else "不再审议"
    link = f"/projects/{project.id}"
    notices.send_inbox(told, f"{project.project_no} 复议：{heard}", rehearing.note, link=link, kind="RESULT")
