"""From putting an item on the agenda to the opened meeting. Source: domain processes §8.2, 1–5."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import func, select

from app.business.committee import queries
from app.business.committee.errors import (
    AlreadyOnAgenda,
    ItemClosed,
    MeetingHasBegun,
    MeetingNotBegun,
    MeetingNotJoinable,
    ReportNotFinal,
    VoteHasBegun,
)
from app.business.committee.models import (
    AgendaItem,
    ItemResult,
    Meeting,
    MeetingStatus,
)
from app.business.committee.rules import BeginTerms, MeetingMode, closes_from, has_quorum
from app.business.diligence import operations as diligence
from app.business.diligence import queries as reports
from app.business.projects import operations as projects
from app.business.projects import queries as project_queries
from app.business.projects.models import ProjectStatus
from app.core import clock
from app.core.db import db
from app.core.errors import Finding, Invalid
from app.core.i18n import _
from app.core.tenancy import Actor
from app.support import audit, notices
from app.support.numbering import next_number

LONGEST_PLACE = 200


def put_on_agenda(
    project_id: int,
    *,
    mode: MeetingMode,
    planned_at: datetime,
    place: str = "",
    meeting_id: int | None = None,
    urgent: bool = False,
    actor: Actor,
) -> AgendaItem:
    """Put a project on a meeting's agenda; the report it is about cannot be changed any more.

    :raises AlreadyOnAgenda: it has an open item. :raises ReportNotFinal: report or risk review missing.
    """
    project = project_queries.get_project(project_id)
    before = queries.find_item_of(project_id)
    if before is not None and before.is_open:
        raise AlreadyOnAgenda(project_no=project.project_no)
    report = reports.find_report(project_id)
    if report is None or not report.is_final or reports.find_risk_review(project_id) is None:
        raise ReportNotFinal
    meeting = _joinable(meeting_id) if meeting_id else _new_meeting(mode, planned_at, place, urgent)
    item = AgendaItem(
        meeting=meeting,
        project_id=project.id,
        order_no=max((i.order_no for i in meeting.items), default=0) + 1,
        round_no=queries.rounds_of(project_id) + 1,
        is_reconsideration=project.reconsidered,
        report_id=report.id,
        report_version=report.version,
        panel_seed="",
    )
    db.session.add(item)
    db.session.flush()
    item.panel_seed = hashlib.sha256(f"{item.id}:{meeting.meeting_no}".encode()).hexdigest()[:16]
    diligence.freeze_report(report.id)
    if project.status != ProjectStatus.IN_COMMITTEE:
        projects.move(project, ProjectStatus.IN_COMMITTEE, actor=actor, reason="提交评审会")
    audit.record(actor, "committee.agenda.added", item, meeting_no=meeting.meeting_no)
    return item


def _joinable(meeting_id: int) -> Meeting:
    meeting = queries.get_meeting(meeting_id)
    if meeting.status not in queries.JOINABLE:
        raise MeetingNotJoinable(meeting_no=meeting.meeting_no)
    return meeting


def _new_meeting(mode: MeetingMode, planned_at: datetime, place: str, urgent: bool) -> Meeting:
    meeting = Meeting(
        meeting_no=next_number(f"committee.meeting.{clock.today():%Y}", "PSH{y}{seq:04d}", on=clock.today()),
        committee=queries.the_committee(),
        mode=mode,
        planned_at=planned_at,
        place=place,
        is_urgent=urgent,
    )
    db.session.add(meeting)
    db.session.flush()
    return meeting


def send_materials(item_id: int, *, actor: Actor) -> list[int]:
    """Notify the panel with the materials; returns the members who may vote."""
    item = queries.get_item(item_id, lock=True)
    voters = [m.user_id for m in item.panel if not m.is_recused]
    project = project_queries.get_project(item.project_id)
    notices.send_inbox(
        voters,
        f"评审会通知：{item.meeting.meeting_no}",
        f"{project.project_no} 将于 {clock.show(item.meeting.planned_at)} 评审，请提前阅读材料",
        link=f"/committee/meetings/{item.meeting_id}",
        kind="REMINDER",
    )
    for member in item.panel:
        if not member.is_recused:
            member.notified_at = clock.now()
    if item.meeting.status == MeetingStatus.PLANNED:
        item.meeting.status = MeetingStatus.NOTICED
    audit.record(actor, "committee.meeting.noticed", item.meeting, members=voters)
    return voters


def open_meeting(
    item_id: int, *, attendees: Iterable[int], questions: str = "", actor: Actor
) -> tuple[list[int], bool]:
    """Sign members in, besides those who did it themselves, and see whether there is a quorum; then voting begins.

    On line and in writing nobody signs in: all who are entitled are asked to vote, and the quorum is
    judged at the close by who voted.

    :returns: the members asked to vote, and whether there is a quorum so far.
    :raises MeetingNotBegun: it is not time yet. :raises VoteHasBegun: who attends is settled.
    """
    item = queries.get_item(item_id, lock=True)
    if not item.is_open:
        raise ItemClosed
    if item.result is not ItemResult.NOT_BEGIN:
        raise VoteHasBegun
    require_begun(item.meeting)
    present = set(attendees)
    on_site = item.meeting.mode is MeetingMode.ONSITE
    for member in item.panel:
        is_there = member.user_id in present or member.signed_in_at is not None or not on_site
        attends = is_there and not member.is_recused
        member.signed_in_at = (member.signed_in_at or clock.now()) if attends else None
    db.session.flush()
    voters = [m.user_id for m in item.panel if m.signed_in_at]
    quorum = has_quorum(queries.sitting_of(item), voters, queries.terms_of(item))
    if questions:
        item.meeting.questions = "\n".join(filter(None, [item.meeting.questions, questions]))
    if quorum:
        item.result, item.meeting.status = ItemResult.IN_VOTE, MeetingStatus.VOTING
        item.closes_at = closes_from(clock.now(), BeginTerms())
    audit.record(actor, "committee.meeting.opened", item, attending=voters, quorum=quorum)
    return voters, quorum


def require_begun(meeting: Meeting) -> None:
    """:raises MeetingNotBegun: nobody signs in or votes before the meeting's time. See ``rules.begins_from``."""
    begins_at = queries.begins_at(meeting)
    if clock.now() < begins_at:
        raise MeetingNotBegun(
            meeting_no=meeting.meeting_no, planned=clock.show(meeting.planned_at), begins=clock.show(begins_at)
        )


def move_meeting(
    meeting_id: int, planned_at: datetime, *, place: str, urgent: bool = False, actor: Actor
) -> Meeting:
    """Give a meeting another time or place before it begins; members who were notified are told again.

    :param urgent: the chair agrees to a shorter notice than two days.
    :raises MeetingHasBegun: members have signed in, or it is over.
    :raises Invalid: a time that has passed, a short notice nobody agreed to, no place of a meeting on site.
    """
    meeting = queries.get_meeting(meeting_id, lock=True)
    if meeting.status not in queries.JOINABLE:
        raise MeetingHasBegun(meeting_no=meeting.meeting_no)
    findings = list(_move_findings(meeting, planned_at, place.strip(), urgent=urgent))
    if findings:
        raise Invalid(findings)
    before = meeting.planned_at
    meeting.planned_at, meeting.place, meeting.is_urgent = planned_at, place.strip(), urgent
    db.session.flush()
    audit.record(
        actor,
        "committee.meeting.moved",
        meeting,
        planned_before=before.isoformat(),
        planned_at=planned_at.isoformat(),
        urgent=urgent,
    )
    _tell_moved(meeting)
    return meeting


def _move_findings(meeting: Meeting, planned_at: datetime, place: str, *, urgent: bool) -> Iterator[Finding]:
    terms = BeginTerms()
    if planned_at < clock.now() - terms.early:
        yield Finding("committee.meeting.past", _("会议时间不能早于现在"), field="planned_at")
    elif planned_at < clock.now() + terms.notice and not urgent:
        message = _("距会议不足 2 天，须经主任委员同意并勾选紧急会议")
        yield Finding("committee.meeting.short_notice", message, field="urgent")
    if meeting.mode is MeetingMode.ONSITE and not place:
        yield Finding("committee.meeting.no_place", _("现场会议须填写地点"), field="place")
    if len(place) > LONGEST_PLACE:
        message = _("地点最多 %(most)s 个字", most=LONGEST_PLACE)
        yield Finding("committee.meeting.place", message, field="place")


def _tell_moved(meeting: Meeting) -> None:
    told = {seat.user_id for item in meeting.items if item.is_open for seat in item.panel if seat.notified_at}
    if told:
        notices.send_inbox(
            sorted(told),
            f"评审会改期：{meeting.meeting_no}",
            f"会议调整为 {clock.show(meeting.planned_at)}，{meeting.place or '线上'}",
            link=f"/committee/meetings/{meeting.id}",
            kind="REMINDER",
        )


def reschedule(item_id: int, *, actor: Actor) -> int:
    """Take the item off its meeting for want of a quorum; returns how often that has happened.

    :raises VoteHasBegun: it is being voted on or was decided.
    """
    item = queries.get_item(item_id, lock=True)
    if item.result not in {ItemResult.NOT_BEGIN, ItemResult.END_QUIT}:
        raise VoteHasBegun
    if item.result != ItemResult.END_QUIT:
        _quit(item)
        audit.record(actor, "committee.agenda.rescheduled", item)
    _end_if_over(item.meeting)  # on line the count has found that there was no quorum
    return _sittings_without_quorum(item)


def _sittings_without_quorum(item: AgendaItem) -> int:
    return (
        db.session.scalar(
            select(func.count()).where(
                AgendaItem.project_id == item.project_id,
                AgendaItem.round_no == item.round_no,
                AgendaItem.result == ItemResult.END_QUIT,
            )
        )
        or 0
    )


def _quit(item: AgendaItem) -> None:
    item.result, item.is_open, item.closed_at = ItemResult.END_QUIT, False, clock.now()
    db.session.flush()
    _end_if_over(item.meeting)


def _end_if_over(meeting: Meeting) -> None:
    """A meeting that decided nothing was cancelled; one that decided something was held."""
    if any(item.is_open for item in meeting.items):
        return
    has_met = any(item.result != ItemResult.END_QUIT for item in meeting.items)
    meeting.status = MeetingStatus.CLOSED if has_met else MeetingStatus.CANCELLED


def close_without_meeting(item_id: int, *, actor: Actor) -> None:
    """The general manager gives up after repeated lack of a quorum: the item counts as not passed.

    :raises VoteHasBegun: it is being voted on or was decided.
    """
    item = queries.get_item(item_id, lock=True)
    if item.result not in {ItemResult.NOT_BEGIN, ItemResult.END_QUIT}:
        raise VoteHasBegun
    if item.is_open:
        _quit(item)
    audit.record(actor, "committee.agenda.given_up", item)


def record_minutes(item_id: int, minutes: str, *, actor: Actor) -> None:
    """Write the minutes of the item's sitting."""
    item = queries.get_item(item_id, lock=True)
    header = f"【{project_queries.get_project(item.project_id).project_no}】"
    item.meeting.minutes = "\n\n".join(filter(None, [item.meeting.minutes, header + minutes]))
    if not any(other.is_open for other in item.meeting.items) and item.meeting.status == MeetingStatus.VOTING:
        item.meeting.status = MeetingStatus.CLOSED
    audit.record(actor, "committee.minutes.recorded", item.meeting)
