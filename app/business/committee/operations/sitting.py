"""At the meeting: order, signing in, materials read, questions, signatures. Source: domain processes §8.2."""

import hashlib
from collections.abc import Sequence

from app.business.committee import queries
from app.business.committee.errors import (
    MeetingHasBegun,
    MinutesNotReady,
    NotOnPanel,
    OrderIncomplete,
    QuestionsClosed,
    SignInNotNeeded,
    WordsMissing,
)
from app.business.committee.models import (
    ItemResult,
    Meeting,
    MinutesSignature,
    Question,
)
from app.business.committee.operations.agenda import require_begun
from app.business.committee.rules import MeetingMode
from app.core import clock
from app.core.db import db
from app.core.errors import Finding
from app.core.i18n import _
from app.core.tenancy import Actor
from app.support import audit

LONGEST = 2000


def order_items(meeting_id: int, item_ids: Sequence[int], *, actor: Actor) -> None:
    """Put the agenda into this order; possible until the meeting begins.

    :raises OrderIncomplete: not exactly the items of the meeting. :raises MeetingHasBegun: too late.
    """
    meeting = queries.get_meeting(meeting_id, lock=True)
    if meeting.status not in queries.JOINABLE:
        raise MeetingHasBegun(meeting_no=meeting.meeting_no)
    items = {item.id: item for item in meeting.items}
    if sorted(items) != sorted(item_ids):
        raise OrderIncomplete
    free = max((item.order_no for item in meeting.items), default=0)
    for shift in (free, 0):  # twice, for two items never have one number
        for number, item_id in enumerate(item_ids, start=1 + shift):
            items[item_id].order_no = number
        db.session.flush()
    db.session.expire(meeting, ["items"])
    audit.record(actor, "committee.agenda.ordered", meeting, items=list(item_ids))


def sign_in(meeting_id: int, *, actor: Actor) -> None:
    """A member signs in herself, for every item she sits over whose vote has not begun.

    :raises SignInNotNeeded: not on site. :raises MeetingNotBegun: it is not time yet.
    :raises NotOnPanel: nothing of the meeting is hers, or is still open to sign in.
    """
    meeting = queries.get_meeting(meeting_id)
    if meeting.mode is not MeetingMode.ONSITE:
        raise SignInNotNeeded
    require_begun(meeting)
    seats = [
        seat
        for item in (queries.get_item(item.id, lock=True) for item in meeting.items)
        if item.is_open and item.result is ItemResult.NOT_BEGIN
        if (seat := queries.find_seat(item, actor.user_id)) is not None and not seat.is_recused
    ]
    if not seats:
        raise NotOnPanel
    for seat in seats:
        seat.signed_in_at = seat.signed_in_at or clock.now()
    audit.record(actor, "committee.meeting.signed_in", meeting, items=[seat.agenda_item_id for seat in seats])


def read_materials(item_id: int, *, actor: Actor) -> None:
    """A member confirms that she has read the materials (read receipt); the first time counts.

    :raises NotOnPanel, RecusedMember:
    """
    item = queries.get_item(item_id, lock=True)
    seat = queries.get_seat(item, actor.user_id)
    if seat.materials_read_at is None:
        seat.materials_read_at = clock.now()
        audit.record(actor, "committee.materials.read", item, version=item.report_version)


def ask(item_id: int, question: str, *, actor: Actor) -> Question:
    """A member asks something about an item; possible until its vote is counted.

    :raises NotOnPanel, RecusedMember: who may not ask. :raises QuestionsClosed: it is decided.
    """
    item = queries.get_item(item_id, lock=True)
    queries.get_seat(item, actor.user_id)
    if not item.is_open:
        raise QuestionsClosed
    asked = Question(
        agenda_item_id=item.id,
        seq=max((one.seq for one in item.asked), default=0) + 1,
        asked_by=actor.user_id,
        text=_words(question, "question"),
    )
    item.asked.append(asked)
    db.session.flush()
    audit.record(actor, "committee.question.asked", item, seq=asked.seq)
    return asked


def answer(question_id: int, words: str, *, actor: Actor) -> Question:
    """The project's managers, or the secretary for them, answer; possible until the vote is counted.

    :raises QuestionsClosed: it is decided. Who may answer is said by the door.
    """
    asked = queries.get_question(question_id)
    item = queries.get_item(asked.agenda_item_id, lock=True)
    if not item.is_open:
        raise QuestionsClosed
    asked.answer, asked.answered_by, asked.answered_at = _words(words, "answer"), actor.user_id, clock.now()
    audit.record(actor, "committee.question.answered", item, seq=asked.seq)
    return asked


def _words(words: str, field: str) -> str:
    words = words.strip()
    if not words:
        raise WordsMissing([Finding(WordsMissing.code, _("请填写内容"), field=field)])
    if len(words) > LONGEST:
        message = _("最多 %(most)s 个字", most=LONGEST)
        raise WordsMissing([Finding(WordsMissing.code, message, field=field)])
    return words


def minutes_digest(meeting: Meeting) -> str:
    """Which text of the minutes a signature is under; 64 hex digits."""
    return hashlib.sha256(f"{meeting.meeting_no}\n{meeting.minutes}".encode()).hexdigest()


def sign_minutes(meeting_id: int, *, actor: Actor) -> None:
    """A member who attended signs the minutes as they stand; whoever signed an earlier text signs anew.

    :raises MinutesNotReady: nothing written, or an item is still open. :raises NotOnPanel: she did not attend.
    """
    meeting = queries.get_meeting(meeting_id, lock=True)
    if not meeting.minutes or any(item.is_open for item in meeting.items):
        raise MinutesNotReady
    if actor.user_id not in queries.attendees_of(meeting):
        raise NotOnPanel
    digest = minutes_digest(meeting)
    if any(one.user_id == actor.user_id and one.digest == digest for one in meeting.signatures):
        return
    meeting.signatures.append(MinutesSignature(user_id=actor.user_id, digest=digest))
    db.session.flush()
    audit.record(actor, "committee.minutes.signed", meeting, digest=digest)
