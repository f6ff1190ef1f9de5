"""The resolution 批复 and the minutes 会议纪要 as papers."""

from collections.abc import Mapping, Sequence

from flask import render_template

from app.business.committee import queries
from app.business.committee.errors import ResolutionNotIssued
from app.business.committee.models import AgendaItem, ItemResult, Meeting, Resolution, ResolutionStatus
from app.business.committee.operations.sitting import minutes_digest
from app.business.committee.view import count_in_words
from app.business.products import queries as products
from app.business.projects import queries as projects
from app.core import clock
from app.core.i18n import _
from app.core.money import show_wan
from app.core.tenancy import Actor
from app.support.documents import render_docx, render_pdf
from app.support.identity import queries as people
from app.support.web.statuses import status_of
from app.workflow import definitions

MINUTES = "committee/minutes"
"""The Word template of the minutes."""
PRINTABLE = frozenset({ResolutionStatus.ISSUED, ResolutionStatus.EXPIRED})


def resolution_paper(resolution: Resolution, actor: Actor) -> bytes:
    """The resolution as a PDF. :raises ResolutionNotIssued: nobody has signed it."""
    if resolution.status not in PRINTABLE:
        raise ResolutionNotIssued
    page = render_template(
        "committee/paper.html",
        resolution=resolution,
        project=resolution.project,
        scheme=products.get_scheme(resolution.risk_share_scheme_id),
        signer=people.display_name(resolution.issued_by),
        printed_at=clock.now(),
        printed_by=actor.name,
    )
    return render_pdf(page)


def minutes_paper(meeting: Meeting, actor: Actor) -> bytes:
    """The minutes as a Word document: agenda, counts, named ballots, questions, the text, and who signed it.

    Filled from the template of the active release. Of an item that is open, or its reader is recused from, no vote
    is told. A signature under an earlier text is not shown.
    """
    seats = {seat.user_id: seat for item in meeting.items for seat in item.panel}
    names = people.display_names(list(seats))
    digest = minutes_digest(meeting)
    signed = {one.user_id: one.signed_at for one in meeting.signatures if one.digest == digest}
    values = {
        "meeting": {
            "number": meeting.meeting_no,
            "committee": meeting.committee.name,
            "planned_at": clock.show(meeting.planned_at),
            "mode": status_of(meeting.mode, "meeting_mode").label,
            "place": meeting.place,
            "minutes": meeting.minutes,
        },
        "items": [_minuted(item, actor, names) for item in meeting.items],
        "signatures": [
            {
                "name": names.get(user, ""),
                "role": _("主任委员") if seats[user].is_chair else _("委员"),
                "signed": clock.show(signed[user]) if user in signed else "",
            }
            for user in sorted(queries.attendees_of(meeting), key=lambda user: seats[user].seat)
        ],
        "digest": digest[:16],
        "printed": f"{clock.show(clock.now())} {actor.name}",
    }
    template = definitions.compiled(definitions.active_release_id()).document(MINUTES)
    return render_docx(template, values)


def _minuted(item: AgendaItem, actor: Actor, names: Mapping[int, str]) -> dict[str, object]:
    """One item as the minutes tell it to this reader."""
    project = projects.get_project(item.project_id)
    seat = queries.find_seat(item, actor.user_id)
    hidden = item.is_open or (seat is not None and seat.is_recused)
    recused = [names.get(one.user_id, "") for one in item.panel if one.is_recused]
    return {
        "number": item.order_no,
        "project": project.project_no,
        "customer": project.customer.name,
        "applied": f"{show_wan(project.applied_amount_fen)} 万元",
        "round": item.round_no,
        "recused": "、".join(recused) or _("无"),
        "questions": _questions(item, names),
        "counted": [] if hidden else count_in_words(item),
        "ballots": [
            {"name": names.get(v.member_id, ""), "option": status_of(v.option, "vote").label, "opinion": v.opinion}
            for v in queries.ballots(item, viewer_id=actor.user_id)
        ],
        "conditions": [] if hidden else list(item.conditions),
        "result": _("未公布") if hidden else status_of(item.result, "item_result").label,
        "veto": "" if hidden or item.result is not ItemResult.END_VETO else item.veto_reason,
    }


def _questions(item: AgendaItem, names: Mapping[int, str]) -> Sequence[dict[str, str]]:
    return [
        {"name": names.get(one.asked_by or 0, ""), "text": one.text, "answer": one.answer or _("未答复")}
        for one in item.asked
    ]
