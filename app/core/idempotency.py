"""A lost answer or a double click repeats the answer, not the act.

The key, who used it, what was sent and what was answered are stored in the same transaction as the act.
"""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import BigInteger, String, Text, UniqueConstraint
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock, crypto
from app.core.db import Moment, SystemModel
from app.core.errors import Conflict, Invalid
from app.core.rows import insert_rows, read_values, update_rows


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
    columns = ("body_hash", "status", "body", "content_type", "location")
    found = read_values(IdempotencyKey, columns, actor_id=actor_id, key=key)
    if not found or found[0][1] is None:
        return None
    known, status, body, content_type, location = found[0]
    if known != fingerprint:
        raise KeyReused
    return Answer(status, body or "", content_type or "text/html", location)


def claim(key: str, actor_id: int, fingerprint: str) -> None:
    """Take the key for the act that follows in this transaction; a twin waits here until we are done.

    :raises BusyKey: the twin got there first; look for its answer.
    """
    if not 8 <= len(key) <= 80:
        raise BadKey
    try:
        row = {"key": key, "actor_id": actor_id, "body_hash": fingerprint}
        insert_rows(IdempotencyKey, [row], at_once=True)
    except IntegrityError as exc:
        raise BusyKey from exc


def keep(key: str, actor_id: int, answer: Answer) -> None:
    """Store the answer with the act."""
    update_rows(IdempotencyKey, asdict(answer), actor_id=actor_id, key=key)
