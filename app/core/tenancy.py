"""Who sees what: the actor, and the one place where a tenant's condition is added.

The actor is a context variable; none means nothing is visible. ORM statements get the condition here
(loader criteria + flush guard); PostgreSQL's row-level security (``core.row_security``) is the second lock, and
every connection of the program is told here who acts, before any statement. Raw text, ``bulk_*`` and
``session.connection()`` outside the modules named in tests/bindings/test_house.py are refused.
See docs/decisions/0003-tenancy.md.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import Select, event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import (
    LoaderCriteriaOption,
    ORMExecuteState,
    Session,
    SessionTransaction,
    UOWTransaction,
    with_loader_criteria,
)

from app.core.db import APP_ROLE, TOLD, Model
from app.core.errors import Forbidden

BOUND = "tenant_bound"
"""Execution option of ``core.rows`` alone: the statement carries this tenant's condition already."""
NOBODY = -1
"""Tenant no row belongs to: what is seen without an actor."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person with what she may do, or the system on a tenant's behalf (``user_id`` None)."""

    tenant_id: int
    name: str
    user_id: int | None = None
    department_id: int | None = None
    institution_id: int | None = None
    roles: frozenset[str] = frozenset()
    permissions: frozenset[str] = field(default=frozenset(), repr=False)
    on_behalf_of: int | None = None
    """Whose place a substitute takes in this act; what she may do is then the other's too."""

    @property
    def place_id(self) -> int | None:
        """Whose place in the company this act is done from: the absent person's, else one's own."""
        return self.on_behalf_of or self.user_id

    @property
    def is_system(self) -> bool:
        """Whether no person stands behind it: timers, jobs, straight-through steps."""
        return self.user_id is None

    def may(self, permission: str) -> bool:
        """Whether ``room.subject.action`` is granted; the system may do what its caller decided."""
        return self.is_system or permission in self.permissions

    def has_role(self, *codes: str) -> bool:
        """Whether any of the role codes is held."""
        return not self.roles.isdisjoint(codes)


class TenantBreach(RuntimeError):
    """Code tried to write another tenant's row, or changed the actor inside one transaction."""


_actor: ContextVar[Actor | None] = ContextVar("actor", default=None)
_platform: ContextVar[str | None] = ContextVar("platform_scope", default=None)


def find_actor() -> Actor | None:
    """The present actor, or None."""
    return _actor.get()


def current_actor() -> Actor:
    """The present actor.

    :raises Forbidden: nobody is signed in.
    """
    actor = _actor.get()
    if actor is None:
        raise Forbidden
    return actor


def set_actor(actor: Actor | None) -> None:
    """Set the actor for the rest of this request; doors only."""
    _actor.set(actor)


@contextmanager
def acting_as(actor: Actor) -> Iterator[Actor]:
    """Act as somebody for a while: jobs, commands, tests. One transaction never spans two actors' tenants."""
    token = _actor.set(actor)
    try:
        yield actor
    finally:
        _actor.reset(token)


def system_actor(tenant_id: int) -> Actor:
    """The system working for a tenant."""
    return Actor(tenant_id=tenant_id, name="系统")


@contextmanager
def platform_scope(reason: str) -> Iterator[None]:
    """See every tenant's rows: signing in, scheduling, migrations. ``reason`` is for the reader of the code."""
    token = _platform.set(reason)
    try:
        yield
    finally:
        _platform.reset(token)


def visible_tenant() -> int | None:
    """The tenant whose rows are visible; None = all (platform scope); ``NOBODY`` = none."""
    if _platform.get():
        return None
    actor = _actor.get()
    return actor.tenant_id if actor else NOBODY


@event.listens_for(Session, "do_orm_execute")
def _add_condition(state: ORMExecuteState) -> None:
    if not (state.is_select or state.is_update or state.is_delete):
        return
    tenant_id = tenant_in(state.session)
    if tenant_id is None or state.execution_options.get(BOUND) == tenant_id:
        return
    if state.is_column_load:  # looking again at a row the session knows: SQLAlchemy leaves loader criteria out
        mapper = state.bind_mapper
        if mapper and issubclass(mapper.class_, Model):
            again = cast("Select[Any]", state.statement)
            state.statement = again.where(mapper.class_.tenant_id == tenant_id)
        return
    state.statement = state.statement.options(_criteria(tenant_id))


@lru_cache(maxsize=64)
def _criteria(tenant_id: int) -> LoaderCriteriaOption:
    """The condition on every table of a tenant; made once, because making it costs as much as a statement."""
    return with_loader_criteria(Model, lambda cls: cls.tenant_id == tenant_id, include_aliases=True)


@event.listens_for(Session, "before_flush")
def _guard_writes(session: Session, _context: UOWTransaction, _instances: Any) -> None:
    tenant_id = tenant_in(session)
    actor = _actor.get()
    for row in session.new:
        if isinstance(row, Model):
            if row.tenant_id is None:
                row.tenant_id = actor.tenant_id if actor else NOBODY
            row.created_by = row.created_by or (actor.user_id if actor else None)
    for row in (*session.new, *session.dirty, *session.deleted):
        if not isinstance(row, Model):
            continue
        if row.tenant_id == NOBODY or (tenant_id is not None and row.tenant_id != tenant_id):
            raise TenantBreach(f"{type(row).__name__} of tenant {row.tenant_id} written as {tenant_id}")
        row.updated_by = actor.user_id if actor else row.updated_by


_TENANT = "tenant"
_OF_SAVEPOINTS = ("SAVEPOINT", "ROLLBACK TO", "RELEASE")  # see no row, and must work in a failed transaction


def tenant_in(session: Session) -> int | None:
    """The visible tenant; a transaction stays with the first one that acts in it, so nothing read is passed on.

    :raises TenantBreach: another tenant has acted in this transaction.
    """
    tenant_id = visible_tenant()
    if tenant_id not in {None, NOBODY} and session.info.setdefault(_TENANT, tenant_id) != tenant_id:
        raise TenantBreach(f"tenant {tenant_id} acts in a transaction of tenant {session.info[_TENANT]}")
    return tenant_id


@event.listens_for(Session, "after_transaction_end")
def _forget_tenant(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_TENANT, None)


@event.listens_for(Engine, "before_cursor_execute")
def _tell_database(connection: Connection, _cursor: Any, statement: str, *_more: Any) -> None:
    """Tell PostgreSQL's row policies who acts: once a transaction, once more when that changes."""
    told = connection.info.get(TOLD)
    if told is None:  # SQLite, or the owner's connection of a migration
        return
    tenant_id = visible_tenant()
    value = "all" if tenant_id is None else str(tenant_id)
    if told != value and not statement.startswith(_OF_SAVEPOINTS):
        _tell(connection, value)
        connection.info[TOLD] = value


def _tell(connection: Connection, value: str) -> None:
    """By the driver's own cursor: this comes before all that waits (``core.writes``).

    The role is taken again with it: a pooler or ``RESET ROLE`` may have lost the one taken at connecting.
    """
    with closing(connection.connection.cursor()) as cursor:
        cursor.execute(
            "SELECT set_config('role', %s, true), set_config('app.tenant', %s, true)", (APP_ROLE, value)
        )


@event.listens_for(Engine, "begin")
@event.listens_for(Engine, "rollback_savepoint")
def _ask_again(connection: Connection, *_savepoint: Any) -> None:
    """What was told ends with its transaction or savepoint."""
    if connection.info.get(TOLD):
        connection.info[TOLD] = ""
