"""Who sits over an item: the draw, what bars a member, recusal. Source: domain processes §8.2, 2 and 9."""

from collections.abc import Mapping

from sqlalchemy import select

from app.business.committee import queries
from app.business.committee.drawing import Candidate, drawn
from app.business.committee.errors import ItemClosed, NotOnPanel, PoolTooSmall, ReasonMissing, RecusalStands
from app.business.committee.models import AgendaItem, CommitteeMember, ItemResult, PanelMember, Vote
from app.business.committee.rules import RoundTerms, panel_findings
from app.business.customers import queries as customers
from app.business.diligence import queries as reports
from app.business.projects import queries as project_queries
from app.business.projects.models import Project
from app.core import clock
from app.core.db import db
from app.core.errors import Finding
from app.core.i18n import _
from app.core.tenancy import Actor
from app.support import audit
from app.support.identity import queries as people

LEAST_WORDS = 4
MANAGER, MAKER, REVIEWER, RELATED = "项目经办人", "业务录入人", "风险审查人", "客户关联人"


def select_panel(item_id: int, panel_size: int, *, actor: Actor) -> list[int]:
    """Draw the panel: the chair, then members by a draw that can be repeated from what the item keeps of it.

    Managers, who entered the case, its risk reviewer and persons of the customer are left out; a chair among them
    keeps the seat and is recused from the beginning. A reconsideration has as many seats as the round before.

    :returns: user ids in order of seats, of those who can still declare.
    :raises PoolTooSmall: not enough members without a conflict.
    """
    item = queries.get_item(item_id, lock=True)
    if not item.panel:
        _draw(item, panel_size, actor)
    return [seat.user_id for seat in item.panel if not seat.is_recused]


def _draw(item: AgendaItem, panel_size: int, actor: Actor) -> None:
    committee = item.meeting.committee
    active = {member.user_id: member for member in queries.active_members(committee, clock.today())}
    former = queries.former_panel(item)
    wanted = len(former) or panel_size
    barred = _barred(project_queries.get_project(item.project_id), active)
    pool = [Candidate(m.user_id, m.expertise) for m in active.values() if m.user_id not in barred]
    others = [one for one in pool if one.user_id != committee.chair_id]
    chair = active.get(committee.chair_id)
    size = min(wanted, len(others) + 1) if wanted else len(others) + 1
    if chair is None or len(others) < wanted - 1:
        raise PoolTooSmall(available=len(pool), needed=wanted)
    members = drawn(others, size - 1, item.panel_seed, seated=[chair.expertise], former=former)
    seats = [chair, *(active[user] for user in members)]
    item.panel = [_seat(item, member, number, barred) for number, member in enumerate(seats, start=1)]
    item.panel[0].is_chair = True
    item.panel_size = len(seats)
    item.draw = {
        "pool": [[one.user_id, one.expertise] for one in others],
        "excluded": {str(user): reason for user, reason in barred.items() if user in active},
        "former": sorted(former),
    }
    db.session.flush()
    chosen = [member.user_id for member in seats]
    told = panel_findings(former, frozenset(chosen), RoundTerms()) if former else []
    audit.record(
        actor,
        "committee.panel.selected",
        item,
        panel=chosen,
        seed=item.panel_seed,
        excluded=item.draw["excluded"],
        warnings=[finding.code for finding in told],
    )


def _seat(item: AgendaItem, member: CommitteeMember, number: int, barred: Mapping[int, str]) -> PanelMember:
    reason = barred.get(member.user_id, "")
    return PanelMember(
        agenda_item_id=item.id,
        user_id=member.user_id,
        seat=number,
        weight=member.weight,
        expertise=member.expertise,
        is_recused=bool(reason),
        recusal_reason=reason,
        declared_at=clock.now() if reason else None,
    )


def _barred(project: Project, active: Mapping[int, CommitteeMember]) -> dict[int, str]:
    """Who may not judge the project, and why. Source: domain processes §0.6 X12, §8.2, 2."""
    review = reports.find_risk_review(project.id)
    related = customers.related_names(project.customer_id)
    names = people.display_names(list(active))
    barred = {user: RELATED for user in active if names.get(user) in related}
    by_post = {
        (review.reviewer_id if review else None): REVIEWER,
        project.created_by: MAKER,
        project.pm_b_id: MANAGER,
        project.pm_a_id: MANAGER,
    }
    return barred | {user: reason for user, reason in by_post.items() if user is not None}


def declare_recusal(item_id: int, *, recuse: bool, reason: str, actor: Actor) -> None:
    """A member declares a conflict of interest, or that there is none.

    A recusal is possible until the count, also after she has voted: her ballot is void then, and is never opened.
    It is not taken back. That there is none can be said until the vote begins.

    :raises NotOnPanel: the item is not hers. :raises ItemClosed: too late. :raises RecusalStands: it was declared.
    """
    item = queries.get_item(item_id, lock=True)
    seat = queries.find_seat(item, actor.user_id)
    if seat is None:
        raise NotOnPanel
    if not item.is_open or (item.result != ItemResult.NOT_BEGIN and not recuse):
        raise ItemClosed
    if seat.is_recused and not recuse:
        raise RecusalStands
    seat.declared_at, seat.is_recused, seat.recusal_reason = clock.now(), recuse, reason if recuse else ""
    if recuse:
        seat.signed_in_at = None
        _void_ballot(item, seat)
    audit.record(actor, "committee.recusal.declared", item, recused=recuse)


def recuse(item_id: int, *, reason: str, actor: Actor) -> None:
    """Stand aside from the page of the meeting, with a reason.

    :raises ReasonMissing: none. :raises NotOnPanel, ItemClosed: as ``declare_recusal``.
    """
    reason = reason.strip()
    if len(reason) < LEAST_WORDS:
        message = _("请说明回避的原因，不少于 %(n)s 个字", n=LEAST_WORDS)
        raise ReasonMissing([Finding(ReasonMissing.code, message, field="reason")])
    declare_recusal(item_id, recuse=True, reason=reason, actor=actor)


def _void_ballot(item: AgendaItem, seat: PanelMember) -> None:
    query = select(Vote).where(Vote.agenda_item_id == item.id, Vote.member_id == seat.user_id)
    vote = db.session.scalar(query)
    if vote is not None:
        vote.is_void = True
    db.session.flush()
