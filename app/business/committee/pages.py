"""The doors of the committee: meetings, the ballot on a phone, resolutions, the committees themselves.

What a vote says is read only after the count (``queries.ballots``), by nobody before. A ballot is cast by
completing its task of the process, from here as from the desk; nothing else writes.
"""

from io import BytesIO
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from app.business.committee import operations, queries
from app.business.committee.models import CommitteeKind, ItemResult, Meeting, MeetingStatus, ResolutionStatus
from app.business.committee.papers import PRINTABLE, resolution_paper
from app.business.committee.permissions import ARRANGE, VIEW, VOTE
from app.business.committee.rules import RECUSE, VoteOption
from app.business.committee.view import items_of
from app.business.products import queries as products
from app.business.projects import queries as projects
from app.core import clock
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.paging import paginate
from app.core.tenancy import current_actor, find_actor
from app.support.identity import queries as people
from app.support.identity.guards import requires, signed_in
from app.support.web.doors import writes
from app.support.web.forms import FIXABLE, Errors, FormReader, parse_moment, redisplays, text
from app.support.web.links import query_code
from app.support.web.menu import menu_item
from app.support.web.statuses import options_of, statuses
from app.workflow.instances.models import TaskState, UserTask
from app.workflow.tasks import operations as tasks

bp = Blueprint("committee", __name__, template_folder="templates")


def _waiting() -> int:
    actor = find_actor()
    return len(queries.open_ballots(actor.user_id)) if actor else 0


menu_item("工作台", "评审投票", "committee.vote", VOTE, icon="check2-square", order=130, count=_waiting)
menu_item("业务", "评审会", "committee.index", VIEW, icon="people", order=230)
menu_item("业务", "批复", "committee.resolutions", VIEW, icon="patch-check", order=235)
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
NEEDS_OPINION = frozenset({VoteOption.REJECT, VoteOption.APPROVE_COND, VoteOption.DEFER, RECUSE})


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
        mine=_waiting(),
    )


@bp.get("/committee/meetings/<int:meeting_id>")
@requires(VIEW)
def meeting(meeting_id: int) -> str:
    """One meeting with its agenda, materials, turnout, and results after the close. 404 for another tenant's."""
    return _meeting_page(meeting_id)


def _meeting_page(meeting_id: int, errors: Errors | None = None) -> str:
    found = queries.get_meeting(meeting_id)
    views = items_of(found, current_actor())
    seats = [seat.user_id for view in views for seat in view.item.panel]
    return render_template(
        "committee/meeting.html",
        meeting=found,
        views=views,
        names=people.display_names([*seats, *(vote.member_id for view in views for vote in view.ballots)]),
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


# ------------------------------------------------------------------ the ballot on a phone


@bp.get("/committee/vote")
@signed_in
def vote() -> str:
    """One's own open ballots. Three taps: one of these, the option, the button."""
    waiting = queries.open_ballots(current_actor().user_id)
    return render_template("committee/vote.html", ballots=[_facts(task) for task in waiting])


@bp.get("/committee/vote/<int:task_id>")
@signed_in
def ballot(task_id: int) -> str:
    """One ballot. 404 when it is somebody else's."""
    return _ballot_page(task_id)


def _ballot_page(task_id: int, errors: Errors | None = None) -> str:
    task = queries.get_ballot(task_id, current_actor().user_id)
    return render_template(
        "committee/ballot.html",
        **_facts(task),
        options=[*(option.value for option in VoteOption), RECUSE],
        is_open=task.state is TaskState.OPEN,
        errors=errors or {},
        typed=request.form,
    )


def _facts(task: UserTask) -> dict[str, Any]:
    """What a member must know of the item she votes on."""
    item = queries.item_of_ballot(task)
    return {
        "task": task,
        "item": item,
        "meeting": item.meeting,
        "project": projects.get_project(item.project_id),
    }


@bp.post("/committee/vote/<int:task_id>")
@signed_in
@redisplays(_ballot_page)
@writes
def cast(task_id: int) -> ResponseReturnValue:
    """Complete the ballot's task. 422 when the opinion or a condition is missing; 409 when the vote is over.

    Refusals are raised, not answered: no check result of a secret ballot stays on record.
    """
    actor = current_actor()
    task = queries.get_ballot(task_id, actor.user_id)
    version = request.form.get("row_version", type=int)
    done = tasks.complete(task.id, _ballot_values(), actor=actor, row_version=version)
    if not done.done:
        raise Invalid(done.findings)
    flash(_("投票成功：%(title)s", title=task.title), "success")
    return redirect(url_for("committee.vote"), 303)


def _ballot_values() -> dict[str, str]:
    """Only what belongs to the option: a text left in a hidden field is not part of the ballot."""
    values = {"decision": text("decision")}
    if values["decision"] in NEEDS_OPINION:
        values["opinion"] = text("opinion")
    if values["decision"] == VoteOption.APPROVE_COND:
        values["conditions"] = text("conditions")
    return values


# ------------------------------------------------------------------ resolutions


@bp.get("/committee/resolutions")
@requires(VIEW)
def resolutions() -> str:
    """Resolutions: ``status``, ``q`` (number, project, customer), ``sort``, in pages; the newest first."""
    args = request.args
    wanted = queries.select_resolutions(
        text=args.get("q", ""), status=query_code("status", ResolutionStatus), sort=args.get("sort", "")
    )
    return render_template(
        "committee/resolution_list.html",
        page=paginate(wanted, args.get("page", 1, type=int)),
        states=options_of(ResolutionStatus, "resolution"),
    )


@bp.get("/committee/resolutions/<int:resolution_id>")
@requires(VIEW)
def resolution(resolution_id: int) -> str:
    """One resolution with its conditions. 404 for another tenant's."""
    found = queries.get_resolution(resolution_id)
    verifiers = [row.verified_by for row in found.conditions]
    return render_template(
        "committee/resolution.html",
        resolution=found,
        project=found.project,
        scheme=products.get_scheme(found.risk_share_scheme_id),
        item=queries.get_item(found.agenda_item_id) if found.agenda_item_id else None,
        names=people.display_names([found.drafted_by, found.issued_by, *verifiers]),
        is_printable=found.status in PRINTABLE,
    )


@bp.get("/committee/resolutions/<int:resolution_id>.pdf")
@requires(VIEW)
def resolution_pdf(resolution_id: int) -> ResponseReturnValue:
    """The resolution as a PDF, shown in the browser. 409 before it is signed."""
    found = queries.get_resolution(resolution_id)
    paper = BytesIO(resolution_paper(found, current_actor()))
    name = _("批复 %(number)s", number=found.resolution_no)
    return send_file(paper, mimetype="application/pdf", download_name=f"{name}.pdf")


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
        names=people.display_names([*ids, *(committee.chair_id for committee in found)]),
    )
