"""Reading the trail of the acting tenant; nothing here changes it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, cast

from sqlalchemy import select

from app.core.clock import BEIJING
from app.core.db import db
from app.core.paging import Page, paginate
from app.support.audit.models import AuditHead, AuditRecord

COLUMNS = tuple(column.key for column in AuditRecord.__mapper__.column_attrs)
WINDOW = 500


@dataclass(frozen=True, slots=True)
class Filter:
    """What the list page asks for; days are Beijing days, both included."""

    tag: str = ""
    actor: str = ""
    entity: str = ""
    entity_id: str = ""
    since: date | None = None
    until: date | None = None


def search(wanted: Filter, *, page: int = 1, per_page: int = 50) -> Page[AuditRecord]:
    """One page of records, newest first. ``tag`` is a prefix, ``actor`` a name or an exact id."""
    query = select(AuditRecord).order_by(AuditRecord.seq.desc())
    if wanted.tag:
        query = query.where(AuditRecord.tag.startswith(wanted.tag, autoescape=True))
    if wanted.actor:
        name = AuditRecord.actor_name.contains(wanted.actor, autoescape=True)
        is_id = wanted.actor.isdecimal() and len(wanted.actor) < 19
        query = query.where(name | (AuditRecord.actor_id == int(wanted.actor)) if is_id else name)
    if wanted.entity:
        query = query.where(AuditRecord.entity == wanted.entity)
    if wanted.entity_id:
        query = query.where(AuditRecord.entity_id == wanted.entity_id)
    if wanted.since:
        query = query.where(AuditRecord.created_at >= _midnight(wanted.since))
    if wanted.until:
        query = query.where(AuditRecord.created_at < _midnight(wanted.until + timedelta(days=1)))
    return paginate(query, page, per_page)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), BEIJING)


def list_of_subject(entity: str, entity_id: object) -> list[AuditRecord]:
    """Everything recorded about one thing, oldest first."""
    query = select(AuditRecord).where(AuditRecord.entity == entity, AuditRecord.entity_id == str(entity_id))
    return list(db.session.scalars(query.order_by(AuditRecord.seq)))


def list_entities() -> list[str]:
    """Names of the kinds of things that were recorded, for the filter."""
    names = db.session.scalars(select(AuditRecord.entity).distinct().order_by(AuditRecord.entity))
    return [name for name in names if name]


def find_head(tenant_id: int) -> AuditHead | None:
    """The end of a tenant's chain; None before its first record."""
    return db.session.scalar(select(AuditHead).where(AuditHead.tenant_id == tenant_id))


def list_tenants() -> list[int]:
    """Tenants with records or a head, in order; needs a platform scope to see more than one."""
    found = {
        *db.session.scalars(select(AuditRecord.tenant_id).distinct()),
        *db.session.scalars(select(AuditHead.tenant_id)),
    }
    return sorted(found, key=str)


def read_chain(tenant_id: int) -> Iterator[Mapping[str, Any]]:
    """All records of a tenant in order: column → value. One that cannot be read holds only ``seq`` and ``tag``."""
    last: Any = None
    while True:
        rows = list(_window(tenant_id, last))
        if not rows:
            return
        yield from rows
        last = rows[-1]["seq"]


def _window(tenant_id: int, after: object) -> Iterator[Mapping[str, Any]]:
    """The next records; read one by one when a damaged value makes the whole window unreadable."""
    query = select(*(getattr(AuditRecord, name) for name in COLUMNS)).order_by(AuditRecord.seq)
    query = query.where(AuditRecord.tenant_id == tenant_id)
    if after is not None:
        query = query.where(AuditRecord.seq > after)
    try:
        yield from _rows(query.limit(WINDOW))
    except (ValueError, TypeError):
        yield from _one(query.limit(1), tenant_id, after)


def _one(query: Any, tenant_id: int, after: object) -> Iterator[Mapping[str, Any]]:
    try:
        yield from _rows(query)
    except (ValueError, TypeError):
        bare = select(AuditRecord.seq, AuditRecord.tag).where(AuditRecord.tenant_id == tenant_id)
        bare = bare.where(AuditRecord.seq > after) if after is not None else bare
        yield from _rows(bare.order_by(AuditRecord.seq).limit(1))


def _rows(query: Any) -> list[Mapping[str, Any]]:
    return [cast(Mapping[str, Any], row) for row in db.session.execute(query).mappings()]
