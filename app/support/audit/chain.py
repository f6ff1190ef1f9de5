"""Records wait in the session and are chained just before the commit, so that the head's lock is short.

The head is the last row a transaction locks (tenants in order of their number), after everything business.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import Session, SessionTransaction

from app.core.db import Base, random_id
from app.core.rows import find_locked, insert_rows, store
from app.core.tenancy import Actor, acting_as, system_actor
from app.support.audit import anchors
from app.support.audit.models import AuditHead, AuditRecord
from app.support.audit.rules import GENESIS, head_seal, record_hash

_WAITING = "audit.waiting"


@dataclass(frozen=True, slots=True)
class Entry:
    """A record before it has its place in the chain."""

    actor: Actor
    tag: str
    subject: Base | tuple[str, object] | None
    facts_json: str
    at: datetime
    address: str | None

    def subject_key(self) -> tuple[str | None, str | None]:
        """(entity, id as text); only known for new rows once they are flushed."""
        match self.subject:
            case None:
                return None, None
            case (entity, entity_id):
                return str(entity), str(entity_id)
            case row:
                identity = inspect(row).identity
                return row.__tablename__, str(identity[0]) if identity else None


@dataclass(slots=True)
class _Waiting:
    """Entries of one transaction; ``marks`` remembers how many there were when a savepoint was set."""

    entries: list[Entry] = field(default_factory=list)
    marks: dict[SessionTransaction, int] = field(default_factory=dict)


def remember(session: Session, entry: Entry) -> None:
    """Keep an entry until the session commits; a rollback, also to a savepoint, forgets it."""
    if not session.in_transaction():
        session.begin()
    _waiting(session).entries.append(entry)


def _waiting(session: Session) -> _Waiting:
    waiting: _Waiting = session.info.setdefault(_WAITING, _Waiting())
    return waiting


@event.listens_for(Session, "before_commit")
def _chain(session: Session) -> None:
    if session.in_nested_transaction() or not _waiting(session).entries:
        return
    session.flush()  # new rows get their keys, and business locks are taken before the head's
    entries, _waiting(session).entries = _waiting(session).entries, []
    for tenant_id in sorted({entry.actor.tenant_id for entry in entries}):
        with acting_as(system_actor(tenant_id)):
            head = _append(tenant_id, (e for e in entries if e.actor.tenant_id == tenant_id))
        anchors.note(session, head)


def _append(tenant_id: int, entries: Iterable[Entry]) -> AuditHead:
    head = find_locked(AuditHead, tenant_id=tenant_id) or _opened_head(tenant_id)
    rows = []
    for entry in entries:
        row = _row(entry, seq=head.seq + 1, previous_hash=head.hash)
        head.seq, head.hash = row["seq"], row["hash"]
        rows.append(row)
    head.seal = head_seal(tenant_id, head.seq, head.hash)
    insert_rows(AuditRecord, rows)
    store(head)
    return head


def _row(entry: Entry, *, seq: int, previous_hash: str) -> dict[str, Any]:
    """All columns by name, explicit, because all of them are hashed."""
    entity, entity_id = entry.subject_key()
    row: dict[str, Any] = {
        "id": random_id(),
        "tenant_id": entry.actor.tenant_id,
        "created_at": entry.at,
        "created_by": entry.actor.user_id,
        "updated_at": entry.at,
        "updated_by": entry.actor.user_id,
        "row_version": 1,
        "seq": seq,
        "actor_id": entry.actor.user_id,
        "actor_name": entry.actor.name,
        "tag": entry.tag,
        "entity": entity,
        "entity_id": entity_id,
        "facts_json": entry.facts_json,
        "address": entry.address,
        "previous_hash": previous_hash,
    }
    return {**row, "hash": record_hash(row)}


def _opened_head(tenant_id: int) -> AuditHead:
    """Begin a tenant's chain; of two who begin it at once the second waits and takes the first one's."""
    values = {"tenant_id": tenant_id, "seq": 0, "hash": GENESIS, "seal": head_seal(tenant_id, 0, GENESIS)}
    insert_rows(AuditHead, [values], skip_known=True)
    head = find_locked(AuditHead, tenant_id=tenant_id)
    if head is None:
        raise LookupError(f"no audit head for tenant {tenant_id}")
    return head


@event.listens_for(Session, "after_transaction_create")
def _mark(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        _waiting(session).marks[transaction] = len(_waiting(session).entries)


@event.listens_for(Session, "after_soft_rollback")
def _forget_since_savepoint(session: Session, transaction: SessionTransaction) -> None:
    mark = _waiting(session).marks.pop(transaction, None)
    if mark is not None:
        del _waiting(session).entries[mark:]


@event.listens_for(Session, "after_transaction_end")
def _forget(session: Session, transaction: SessionTransaction) -> None:
    # A savepoint's mark must outlive this: its rollback is told only after its end.
    if transaction.parent is None:
        session.info.pop(_WAITING, None)
