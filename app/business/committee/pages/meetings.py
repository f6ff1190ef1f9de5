"""Meetings: the list, the page of one, its time and place; and the committees with their pools."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.business.committee import operations, queries
from app.business.committee.models import CommitteeKind, ItemResult, Meeting, MeetingStatus
from app.business.committee.pages.ballots import waiting
from app.business.committee.pages.blueprint import bp
from app.business.committee.permissions import ARRANGE, MANAGE, VIEW
from app.business.committee.rules import VoteOption
from app.business.committee.view import acts_of, counting_rules, items_of
from app.core import clock
from app.core.i18n import _
from app.core.paging import paginate
from app.core.tenancy import current_actor
from app.support.identity import queries as people
from app.support.identity.guards import requires
from app.support.web.doors import writes
from app.support.web.forms import FIXABLE, Errors, FormReader, parse_moment, redisplays, text
from app.support.web.links import query_code
from app.support.web.menu import menu_item
from app.support.web.statuses import options_of, statuses

menu_item("业务", "评审会", "committee.index", VIEW, icon="people", order=230)
menu_item("基础资料", "评审委员会", "committee.committees", VIEW, icon="person-badge", order=450)
statuses(
    "committee_kind",
    {
        CommitteeKind.PROJECT_REVIEW.value: ("项目评审", "accent"),
        CommitteeKind.RISK_DISPOSAL.value: ("风险处置", "warning"),
    },
)

VOTING_SECONDS, WAITING_SECONDS = 5, 30
"""How often the page of a meeting looks again: while a vote runs, and before one begins."""


# ------------------------------------------------------------------ meetings


@bp.get("/committee")
@requires(VIEW)
def index() -> str:
    """Meetings: ``status``, ``q`` (number or place), ``sort``, in pages; the newest first."""
    args = request.args
    wanted = queries.select_meetings(
        text=args.get("q", ""), status=query_code("status", MeetingStatus), sort=args.get("sort", "-planned_at")
    )
    return render_template(
        "committee/index.html",
        page=paginate(wanted, args.get("page", 1, type=int)),
        states=options_of(MeetingStatus, "meeting"),
        mine=waiting(),
    )


@bp.get("/committee/meetings/<int:meeting_id>")
@requires(VIEW)
def meeting(meeting_id: int) -> str:
    """One meeting with its agenda, materials, turnout, and results after the close. 404 for another tenant's."""
    return _meeting_page(meeting_id)


def _meeting_page(meeting_id: int, errors: Errors | None = None) -> str:
    found = queries.get_meeting(meeting_id)
    views = items_of(found, current_actor())
    acts = acts_of(found, views, current_actor())
    seats = [seat.user_id for view in views for seat in view.item.panel]
    askers = [user for view in views for one in view.item.asked for user in (one.asked_by, one.answered_by)]
    signers = [one.user_id for one in found.signatures]
    return render_template(
        "committee/meeting.html",
        meeting=found,
        views=views,
        names=people.display_names([*seats, *askers, *signers]),
        acts=acts,
        question_items=[
            (view.item.id, f"{view.item.order_no}. {view.project.customer.name}") for view in acts.asks
        ],
        open_questions=[(one.id, f"{view.item.order_no}-{one.seq} {one.text[:60]}") for view, one in acts.answers],
        options=[option.value for option in VoteOption],
        looks_again=_looks_again(found),
        may_move=current_actor().may(ARRANGE) and found.status in queries.JOINABLE,
        errors=errors or {},
        values=request.form if errors else _as_typed(found),
    )


def _as_typed(meeting: Meeting) -> dict[str, str]:
    """Time and place as the form's fields hold them."""
    planned = meeting.planned_at.astimezone(clock.BEIJING)
    return {
        "planned_at": f"{planned:%Y-%m-%dT%H:%M}",
        "place": meeting.place,
        "urgent": "1" if meeting.is_urgent else "",
    }


def _looks_again(meeting: Meeting) -> int | None:
    """Seconds until the page asks again; None when nothing can change soon."""
    if any(item.result is ItemResult.IN_VOTE for item in meeting.items):
        return VOTING_SECONDS
    has_begun = meeting.status in {MeetingStatus.NOTICED, MeetingStatus.OPEN, MeetingStatus.VOTING}
    return WAITING_SECONDS if has_begun and any(item.is_open for item in meeting.items) else None


@bp.post("/committee/meetings/<int:meeting_id>/move")
@requires(ARRANGE)
@redisplays(_meeting_page, on=FIXABLE)
@writes
def move(meeting_id: int) -> ResponseReturnValue:
    """Give the meeting another time or place. 422 for a bad time, 409 once it has begun."""
    form = FormReader(request.form)
    planned_at = form.parsed("planned_at", _("会议时间"), parse_moment, required=True)
    form.require_clean()
    assert planned_at is not None  # noqa: S101 - required above
    operations.move_meeting(
        meeting_id, planned_at, place=text("place"), urgent=form.flag("urgent"), actor=current_actor()
    )
    flash(_("会议时间和地点已调整，已通知的委员会再次收到通知"), "success")
    return redirect(url_for("committee.meeting", meeting_id=meeting_id), 303)


# ------------------------------------------------------------------ committees


@bp.get("/committee/committees")
@requires(VIEW)
def committees() -> str:
    """Every committee with chair, parameters and pool; who is no longer in it stands below the others."""
    found = queries.list_committees()
    today = clock.today()
    active = {committee.id: {m.id for m in queries.active_members(committee, today)} for committee in found}
    ids = [member.user_id for committee in found for member in committee.members]
    return render_template(
        "committee/committees.html",
        committees=found,
        active=active,
        rules=counting_rules(),
        names=people.display_names([*ids, *(committee.chair_id for committee in found)]),
        may_manage=current_actor().may(MANAGE),
    )
