"""Reading the committee's tables. Options of an open vote are never read here, by nobody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import contains_eager, selectinload

from app.business.committee.errors import NotOnPanel, RecusedMember
from app.business.committee.models import (
    CONDITION_DONE,
    AgendaItem,
    Committee,
    CommitteeKind,
    CommitteeMember,
    ConditionItem,
    ConditionStatus,
    ItemResult,
    Meeting,
    MeetingStatus,
    PanelMember,
    Question,
    Rehearing,
    Resolution,
    ResolutionStatus,
    Vote,
)
from app.business.committee.rules import BeginTerms, CountTerms, MeetingMode, Sitting, begins_from, terms_from
from app.business.committee.sealing import SealedWords, digest
from app.business.customers.models import Customer
from app.business.projects.models import Project
from app.core.dates import lies_within
from app.core.db import db, locked
from app.core.errors import NotFound
from app.core.paging import ordering
from app.support.audit import queries as audit_queries
from app.workflow.instances.models import TaskState, UserTask

JOINABLE = (MeetingStatus.PLANNED, MeetingStatus.NOTICED)
COUNTED_TAG = "committee.vote.counted"
BALLOT_STEP = "committee.cast_vote"
"""What completing a ballot calls; whatever the process names the node, such a task is a ballot."""
MEETING_SORTS = {
    "meeting_no": Meeting.meeting_no,
    "planned_at": Meeting.planned_at,
    "mode": Meeting.mode,
    "status": Meeting.status,
}
RESOLUTION_SORTS = {
    "resolution_no": Resolution.resolution_no,
    "amount": Resolution.amount_fen,
    "issued": Resolution.issued_at,
    "valid_to": Resolution.valid_to,
    "status": Resolution.status,
}


CONDITION_SORTS = {
    "due": ConditionItem.due_on,
    "customer": Customer.name,
    "project": Project.project_no,
    "status": ConditionItem.status,
}


def the_committee(kind: CommitteeKind = CommitteeKind.PROJECT_REVIEW) -> Committee:
    """The committee of that kind. :raises NotFound: none has been set up."""
    committee = db.session.scalar(select(Committee).where(Committee.kind == kind).limit(1))
    if committee is None:
        raise NotFound
    return committee


def terms_of(item: AgendaItem) -> CountTerms:
    """How the votes on an item are counted."""
    return terms_from(item.counting["terms"]) if item.counting else CountTerms()


def active_members(committee: Committee, on: date) -> list[CommitteeMember]:
    """The pool on a day."""
    return [one for one in committee.members if lies_within(on, one.valid_from, one.valid_to)]


def get_item(item_id: int, *, lock: bool = False) -> AgendaItem:
    """One agenda item. :raises NotFound:"""
    query = select(AgendaItem).where(AgendaItem.id == item_id)
    if lock:
        query = locked(query)
    item = db.session.scalar(query)
    if item is None:
        raise NotFound
    return item


def get_meeting(meeting_id: int, *, lock: bool = False) -> Meeting:
    """One meeting. :raises NotFound:"""
    query = select(Meeting).where(Meeting.id == meeting_id)
    if lock:
        query = locked(query)
    meeting = db.session.scalar(query)
    if meeting is None:
        raise NotFound
    return meeting


def select_meetings(*, text: str = "", status: str = "", sort: str = "-planned_at") -> Select[Any]:
    """Meetings by number or place and status; an unknown ``sort`` is the newest first."""
    query = select(Meeting).options(selectinload(Meeting.items))
    if text := text.strip():
        number, place = (column.icontains(text, autoescape=True) for column in (Meeting.meeting_no, Meeting.place))
        query = query.where(or_(number, place))
    if status:
        query = query.where(Meeting.status == MeetingStatus(status))
    return query.order_by(ordering(MEETING_SORTS, sort, Meeting.planned_at), Meeting.id)


def open_meetings() -> Sequence[Meeting]:
    """Meetings an item can still join."""
    return db.session.scalars(
        select(Meeting).where(Meeting.status.in_(JOINABLE)).order_by(Meeting.planned_at)
    ).all()


def find_item_of(project_id: int) -> AgendaItem | None:
    """The newest agenda item of a project."""
    return db.session.scalar(
        select(AgendaItem)
        .where(AgendaItem.project_id == project_id)
        .order_by(AgendaItem.is_open.desc(), AgendaItem.created_at.desc())
        .limit(1)
    )


def find_rehearing(project_id: int) -> Rehearing | None:
    """What the chair decided on hearing a project again."""
    return db.session.scalar(select(Rehearing).where(Rehearing.project_id == project_id))


def rounds_of(project_id: int) -> int:
    """How many rounds have been decided; rescheduled sittings do not count."""
    return (
        db.session.scalar(
            select(func.count()).where(
                AgendaItem.project_id == project_id,
                AgendaItem.is_open.is_(False),
                AgendaItem.result != ItemResult.END_QUIT,
            )
        )
        or 0
    )


def sitting_of(item: AgendaItem) -> Sitting:
    """Who sits over an item."""
    return Sitting(
        mode=item.meeting.mode,
        panel=frozenset(m.user_id for m in item.panel),
        recused=frozenset(m.user_id for m in item.panel if m.is_recused),
        signed_in=frozenset(m.user_id for m in item.panel if m.signed_in_at),
        weights={m.user_id: m.weight for m in item.panel},
    )


def begins_at(meeting: Meeting) -> datetime:
    """From when on members of a meeting sign in and vote."""
    return begins_from(meeting.mode, meeting.planned_at, BeginTerms())


def find_seat(item: AgendaItem, user_id: int | None) -> PanelMember | None:
    """The seat of a person on the item's panel."""
    return next((m for m in item.panel if m.user_id == user_id), None)


def get_seat(item: AgendaItem, user_id: int | None) -> PanelMember:
    """Her seat, in which she judges the item. :raises NotOnPanel: she has none. :raises RecusedMember:"""
    seat = find_seat(item, user_id)
    if seat is None:
        raise NotOnPanel
    if seat.is_recused:
        raise RecusedMember
    return seat


def former_panel(item: AgendaItem) -> frozenset[int]:
    """Who sat over the round a reconsideration hears again; empty for any other item.

    Source: domain/processes.md §8.2, step 9.
    """
    if not item.is_reconsideration:
        return frozenset()
    before = db.session.scalar(
        select(AgendaItem)
        .where(
            AgendaItem.project_id == item.project_id,
            AgendaItem.id != item.id,
            AgendaItem.is_reconsideration.is_(False),
            AgendaItem.counted.is_not(None),
            AgendaItem.result != ItemResult.END_QUIT,
        )
        .order_by(AgendaItem.closed_at.desc())
        .limit(1)
    )
    return frozenset(seat.user_id for seat in before.panel) if before is not None else frozenset()


@dataclass(frozen=True)
class Turnout:
    """What may be known while the vote runs: how many have voted, never how."""

    entitled: int
    voted: int
    voters: tuple[int, ...]


def turnout(item: AgendaItem) -> Turnout:
    """How far the vote has come."""
    cast = select(Vote.member_id).where(Vote.agenda_item_id == item.id, Vote.is_void.is_(False))
    voters = db.session.scalars(cast).all()
    sitting = sitting_of(item)
    entitled = sitting.entitled
    if item.meeting.mode is MeetingMode.ONSITE:
        entitled = entitled & sitting.signed_in
    return Turnout(entitled=len(entitled), voted=len(voters), voters=tuple(voters))


def ballots(item: AgendaItem, *, viewer_id: int | None) -> Sequence[Vote]:
    """Named ballots, only after the close, and never to a recused member; empty otherwise."""
    seat = find_seat(item, viewer_id)
    if item.is_open or item.counted is None or (seat is not None and seat.is_recused):
        return ()
    return _counted_votes(item)


def _counted_votes(item: AgendaItem) -> Sequence[Vote]:
    """The ballots a closed item was counted from; those made void by a recusal are none of them."""
    query = select(Vote).where(Vote.agenda_item_id == item.id, Vote.is_closed, Vote.is_void.is_(False))
    return db.session.scalars(query.order_by(Vote.cast_at)).all()


def ballots_agree(item: AgendaItem) -> bool:
    """Whether the ballots are those the audit chain got at the count; False also before it."""
    told = [r for r in audit_queries.list_of_subject("agenda_item", item.id) if r.tag == COUNTED_TAG]
    if not told:
        return False
    found = {
        str(v.member_id): digest(item.id, v.member_id, SealedWords(v.option, v.conditions, v.opinion), v.cast_at)
        for v in _counted_votes(item)
        if v.option is not None
    }
    return bool(found == told[-1].facts.get("digests"))


def find_resolution(project_id: int) -> Resolution | None:
    """The resolution of a project that is drafted or issued, newest first."""
    return db.session.scalar(
        select(Resolution)
        .where(Resolution.project_id == project_id)
        .order_by(
            Resolution.status.in_([ResolutionStatus.DRAFT, ResolutionStatus.ISSUED]).desc(),
            Resolution.created_at.desc(),
        )
        .limit(1)
    )


def issued_resolution(project_id: int) -> Resolution | None:
    """The resolution in force."""
    return db.session.scalar(
        select(Resolution).where(Resolution.project_id == project_id, Resolution.status == ResolutionStatus.ISSUED)
    )


def open_mandatory_conditions(project_id: int) -> int:
    """Mandatory conditions of the resolution in force that are neither verified nor waived."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(ConditionItem)
            .join(Resolution)
            .where(
                Resolution.project_id == project_id,
                Resolution.status == ResolutionStatus.ISSUED,
                ConditionItem.is_mandatory,
                ConditionItem.status.not_in(CONDITION_DONE),
            )
        )
        or 0
    )


def items_of(project_id: int) -> Sequence[AgendaItem]:
    """Every time a project was on a meeting, newest first."""
    return db.session.scalars(
        select(AgendaItem).where(AgendaItem.project_id == project_id).order_by(AgendaItem.created_at.desc())
    ).all()


def resolutions_of(project_id: int) -> Sequence[Resolution]:
    """Every resolution of a project, newest first."""
    return db.session.scalars(
        select(Resolution).where(Resolution.project_id == project_id).order_by(Resolution.created_at.desc())
    ).all()


def select_resolutions(*, text: str = "", status: str = "", sort: str = "") -> Select[Any]:
    """Resolutions by their number, project or customer, and status; the newest first."""
    query = (
        select(Resolution)
        .join(Resolution.project)
        .join(Project.customer)
        .options(
            contains_eager(Resolution.project).contains_eager(Project.customer),
            selectinload(Resolution.conditions),
        )
    )
    if text := text.strip():
        columns = (Resolution.resolution_no, Project.project_no, Customer.name)
        query = query.where(or_(*(column.icontains(text, autoescape=True) for column in columns)))
    if status:
        query = query.where(Resolution.status == ResolutionStatus(status))
    return query.order_by(ordering(RESOLUTION_SORTS, sort, Resolution.created_at), Resolution.id)


def get_resolution(resolution_id: int) -> Resolution:
    """One resolution. :raises NotFound:"""
    resolution = db.session.get(Resolution, resolution_id)
    if resolution is None:
        raise NotFound
    return resolution


def resolution_of_item(item_id: int) -> Resolution | None:
    """What was drafted or issued on an item's result, the newest."""
    query = select(Resolution).where(Resolution.agenda_item_id == item_id)
    return db.session.scalar(query.order_by(Resolution.created_at.desc(), Resolution.id.desc()).limit(1))


def get_committee(committee_id: int) -> Committee:
    """One committee. :raises NotFound:"""
    committee = db.session.get(Committee, committee_id)
    if committee is None:
        raise NotFound
    return committee


def list_committees() -> Sequence[Committee]:
    """Every committee with its pool."""
    query = select(Committee).options(selectinload(Committee.members))
    return db.session.scalars(query.order_by(Committee.kind, Committee.code)).all()


def get_condition(condition_id: int, *, lock: bool = False) -> ConditionItem:
    """One condition of a resolution. :raises NotFound:"""
    query = select(ConditionItem).where(ConditionItem.id == condition_id)
    condition = db.session.scalar(locked(query) if lock else query)
    if condition is None:
        raise NotFound
    return condition


@dataclass(frozen=True)
class ConditionFilter:
    """What a list of conditions is narrowed to, and how it is sorted."""

    text: str = ""
    status: str = ""
    mandatory: bool = False
    overdue_on: date | None = None
    """Only those not done whose day had passed then."""
    due_by: date | None = None
    """Only those not done that are due until then."""
    sort: str = ""


def select_conditions(wanted: ConditionFilter) -> Select[Any]:
    """Conditions of resolutions in force by their text, project or customer; what is due first comes first."""
    query = (
        select(ConditionItem)
        .join(ConditionItem.resolution)
        .join(Resolution.project)
        .join(Project.customer)
        .where(Resolution.status == ResolutionStatus.ISSUED)
        .options(contains_eager(ConditionItem.resolution).contains_eager(Resolution.project))
    )
    if text := wanted.text.strip():
        columns = (ConditionItem.text, Project.project_no, Customer.name, Resolution.resolution_no)
        query = query.where(or_(*(column.icontains(text, autoescape=True) for column in columns)))
    if wanted.status:
        query = query.where(ConditionItem.status == ConditionStatus(wanted.status))
    if wanted.mandatory:
        query = query.where(ConditionItem.is_mandatory)
    is_done = ConditionItem.status.in_(CONDITION_DONE)
    if wanted.overdue_on is not None:
        query = query.where(~is_done, ConditionItem.due_on < wanted.overdue_on)
    if wanted.due_by is not None:
        query = query.where(~is_done, ConditionItem.due_on <= wanted.due_by)
    if wanted.sort.lstrip("-") in CONDITION_SORTS:
        return query.order_by(ordering(CONDITION_SORTS, wanted.sort, ConditionItem.due_on), ConditionItem.id)
    return query.order_by(is_done, ConditionItem.due_on, ConditionItem.id)


def people_of_conditions(wanted: Select[Any]) -> list[int]:
    """Whoever reported, verified or waived one of them."""
    rows = wanted.with_only_columns(ConditionItem.met_by, ConditionItem.verified_by).order_by(None)
    return sorted({user for row in db.session.execute(rows) for user in row if user})


def get_question(question_id: int) -> Question:
    """One question of a meeting. :raises NotFound:"""
    question = db.session.get(Question, question_id)
    if question is None:
        raise NotFound
    return question


def attendees_of(meeting: Meeting) -> frozenset[int]:
    """Who attended any item of a meeting: signed in on site, voted elsewhere; nobody is counted while recused."""
    there: set[int] = set()
    for item in meeting.items:
        if item.counted is not None:
            there |= sitting_of(item).attendees(vote.member_id for vote in _counted_votes(item))
    return frozenset(there)


# ------------------------------------------------------------------ ballots that wait


def open_ballots(user_id: int | None) -> list[UserTask]:
    """The ballots that wait for a person, the most urgent first."""
    query = select(UserTask).where(UserTask.state == TaskState.OPEN, UserTask.assignee_id == user_id)
    mine = db.session.scalars(query.order_by(UserTask.due_at, UserTask.id))
    return [task for task in mine if is_ballot(task)]


def is_ballot(task: UserTask) -> bool:
    """Whether completing the task casts a vote."""
    return task.properties.get("onComplete") == BALLOT_STEP


def get_ballot(task_id: int, user_id: int | None) -> UserTask:
    """One's own ballot, waiting or done. :raises NotFound: no ballot, or somebody else's."""
    task = db.session.get(UserTask, task_id)
    if task is None or not is_ballot(task) or user_id is None or task.assignee_id != user_id:
        raise NotFound
    return task


def item_of_ballot(task: UserTask) -> AgendaItem:
    """The item a ballot is about. :raises NotFound:"""
    return get_item(int(str(task.data.get("agenda_item_id") or task.instance.data.get("agenda_item_id") or 0)))
