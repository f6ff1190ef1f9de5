"""A lost answer or a double click repeats the answer, not the act.

The key, who used it, what was sent and what was answered are stored in the same transaction as the act.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, String, Text, UniqueConstraint, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock, crypto
from app.core.db import Moment, SystemModel, db
from app.core.errors import Conflict, Invalid


class KeyReused(Conflict):
    """The same key came with other content: two different acts share one key."""

    code = "core.idempotency.key_reused"
    message = "这次提交与先前一次重复但内容不同，请刷新页面后重新提交"


class BadKey(Invalid):
    """The key is missing or too long."""

    code = "core.idempotency.bad_key"
    message = "提交缺少有效的防重复标识（8–80 位），请刷新页面后重新提交"


class BusyKey(Conflict):
    """The same act is being carried out right now by another request."""

    code = "core.idempotency.busy"
    message = "上一次提交仍在处理中，请稍候再看结果，不要重复提交"


class IdempotencyKey(SystemModel):
    """One write with its answer."""

    key: Mapped[str] = mapped_column(String(80))
    actor_id: Mapped[int] = mapped_column(BigInteger)
    body_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int | None]
    content_type: Mapped[str | None] = mapped_column(String(100))
    location: Mapped[str | None] = mapped_column(String(500))
    body: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Moment, default=clock.now, index=True)

    __table_args__ = (UniqueConstraint("actor_id", "key"),)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered the first time."""

    status: int
    body: str
    content_type: str
    location: str | None


def body_hash(*parts: bytes) -> str:
    """Fingerprint of a request: method, path and body; keyed, for a ballot has few bodies and could be guessed."""
    return crypto.keyed_digest(*parts)


def find_answer(key: str, actor_id: int, fingerprint: str) -> Answer | None:
    """The answer given before under this key.

    :raises KeyReused: it was used for something else.
    """
    row = db.session.scalar(
        select(IdempotencyKey).where(IdempotencyKey.actor_id == actor_id, IdempotencyKey.key == key)
    )
    if row is None or row.status is None:
        return None
    if row.body_hash != fingerprint:
        raise KeyReused
    return Answer(row.status, row.body or "", row.content_type or "text/html", row.location)


def claim(key: str, actor_id: int, fingerprint: str) -> IdempotencyKey:
    """Take the key for the act that follows in this transaction; a twin waits here until we are done.

    :raises BusyKey: the twin got there first; look for its answer.
    """
    if not 8 <= len(key) <= 80:
        raise BadKey
    row = IdempotencyKey(key=key, actor_id=actor_id, body_hash=fingerprint)
    db.session.add(row)
    try:
        db.session.flush()
    except IntegrityError as exc:
        raise BusyKey from exc
    return row


def keep(row: IdempotencyKey, answer: Answer) -> None:
    """Store the answer with the act."""
    row.status, row.body = answer.status, answer.body
    row.content_type, row.location = answer.content_type, answer.location
