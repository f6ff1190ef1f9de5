"""Telling people."""

import json
from collections.abc import Iterable, Mapping
from typing import Literal

from sqlalchemy import update

from app.core import clock, crypto
from app.core.db import db
from app.core.identifiers import parse_mobile
from app.core.rows import insert_rows
from app.core.tenancy import Actor
from app.support.jobs import enqueue
from app.support.notices import queries
from app.support.notices.models import Notice, NoticeKind, SmsMessage, SmsStatus
from app.support.notices.templates_of_sms import get_template


def send_inbox(
    user_ids: Iterable[int],
    title: str,
    body: str = "",
    link: str | None = None,
    kind: NoticeKind | Literal["TASK", "REMINDER", "RESULT", "SYSTEM"] = NoticeKind.SYSTEM,
) -> list[int]:
    """Put a notice into each user's in-box; doubled ids get one.

    :param link: a path of ours (``/tasks/7``), opened when the notice is clicked.
    :returns: the notices' keys, in the order of the users.
    :raises ValueError: the link leads elsewhere.
    """
    if link is not None and (not link.startswith("/") or link.startswith(("//", "/\\"))):
        raise ValueError(f"not a path of ours: {link}")
    notice = {"kind": NoticeKind(kind), "title": title[:200], "body": body, "link": link}
    return insert_rows(Notice, [{"user_id": user_id, **notice} for user_id in dict.fromkeys(user_ids)])


def send_sms(mobile: str, template_code: str, variables: Mapping[str, str], ref: str) -> SmsMessage:
    """Put a short message into the outbox; a job sends it after the transaction has committed.

    :param ref: our reference, unique per act (``task-7-reminder``): the same one again sends nothing new.
    :raises Invalid: no mobile number.
    :raises SmsRefused: the text would carry a full identity number.
    :raises ValueError: unknown template, or its places are not filled exactly.
    """
    known = queries.find_sms(ref)
    if known:
        return known
    mobile = parse_mobile(mobile)
    get_template(template_code).fill(variables)
    message = SmsMessage(
        mobile=mobile,
        mobile_index=crypto.blind_index(mobile, "sms_message.mobile"),
        template_code=template_code,
        variables=json.dumps(dict(variables), ensure_ascii=False),
        ref=ref,
    )
    db.session.add(message)
    db.session.flush()
    enqueue("notices.send_sms", {"message_id": message.id}, key=str(message.id), tenant_id=message.tenant_id)
    return message


def note_sent(message: SmsMessage, provider_id: str, attempts: int) -> None:
    """The gateway has it."""
    message.status, message.provider_id = SmsStatus.SENT, provider_id
    message.attempts, message.sent_at = attempts, clock.now()


def note_not_sent(message: SmsMessage, attempts: int) -> None:
    """Every try failed."""
    message.status, message.attempts = SmsStatus.FAILED, attempts


def mark_read(notice_id: int, *, actor: Actor) -> Notice:
    """The user has opened one of her notices; again changes nothing."""
    notice = queries.get_notice(notice_id, user_id=actor.user_id or 0)
    notice.read_at = notice.read_at or clock.now()
    return notice


def mark_all_read(*, actor: Actor) -> int:
    """The user has seen them all; returns how many were new."""
    result = db.session.execute(
        update(Notice).where(Notice.user_id == actor.user_id, Notice.read_at.is_(None)).values(read_at=clock.now())
    )
    return int(result.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result has it
