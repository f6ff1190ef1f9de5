"""Rows of the hot path, written and read in few statements, without the session's flush but under its guards.

The ORM's flush costs several times what the statement does. What a step of a process derives (work list, timers,
log) goes through here: statements are built once per shape and carry the tenant's condition themselves.
Objects of the same table that the session holds are flushed before a change and read anew after it.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar, cast

from sqlalchemy import (
    ColumnElement,
    Insert,
    Select,
    Table,
    Update,
    bindparam,
    func,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, attributes, undefer
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from app.core import clock
from app.core.db import Base, Model, db, random_id
from app.core.tenancy import BOUND, NOBODY, TenantBreach, find_actor, tenant_in
from app.core.transactions import require_writing

_OF_TENANT = "of_tenant"
_BY, _NEW = "by_", "new_"
_BY_VERSION = (("id", False, False), ("tenant_id", False, False), ("row_version", False, False))

Row = TypeVar("Row", bound=Model)


def read_row(model: type[Row], key: int, *, lock: bool = False, with_: tuple[str, ...] = ()) -> Row | None:
    """One row by its key as it is in the database now, also when the session knows it.

    :param lock: until the end of the unit of work. :param with_: deferred columns that are wanted as well.
    """
    tenant_id = tenant_in(db.session())
    statement, given = _reading(model, lock, with_, tenant_id is not None), {"key": key}
    if tenant_id is not None:
        given[_OF_TENANT] = tenant_id
    return db.session.scalar(statement, given, execution_options={BOUND: tenant_id, "populate_existing": True})


def store(*rows: Model) -> None:
    """Write what was changed in these rows of the session, as a flush would; sooner or later it must be done.

    A flush does it when anything else waits to be written, when more than columns changed, or inside a savepoint.

    :raises StaleDataError: somebody else changed one since it was read. :raises TenantBreach, WroteOutside:
    """
    session = db.session()
    changed = [row for row in session.dirty if session.is_modified(row)]
    is_simple = not (session.new or session.deleted or session.in_nested_transaction())
    if not is_simple or not all(row in rows and _is_plain(row) for row in changed):
        session.flush()
        return
    for row in changed:
        _store(session, row)


def _is_plain(row: Any) -> bool:
    """Whether it is a row of the database with nothing changed but columns."""
    state = inspect(row)
    return bool(state.persistent) and all(name in state.mapper.column_attrs for name in state.committed_state)


def _store(session: Session, row: Model) -> None:
    require_writing()
    tenant_id, actor = tenant_in(session), find_actor()
    if row.tenant_id == NOBODY or tenant_id not in {None, row.tenant_id}:
        raise TenantBreach(f"{type(row).__name__} of tenant {row.tenant_id} written as {tenant_id}")
    state = inspect(row)
    row.updated_by = actor.user_id if actor else row.updated_by
    if "updated_at" not in state.committed_state:
        row.updated_at = clock.now()
    changed = {name: getattr(row, name) for name in sorted(state.committed_state)}
    by = {_BY + "id": row.id, _BY + "tenant_id": row.tenant_id, _BY + "row_version": row.row_version}
    given = by | {_NEW + name: value for name, value in changed.items()}
    if session.connection().execute(_change(type(row), tuple(changed), _BY_VERSION, False), given).rowcount != 1:
        raise StaleDataError(f"{type(row).__name__} {row.id}")
    attributes.set_committed_value(row, "row_version", row.row_version + 1)
    state._commit_all(state.dict, session.identity_map)  # noqa: SLF001 - what a flush does at its end


def insert_rows(model: type[Base], rows: Sequence[Mapping[str, Any]], *, skip_known: bool = False) -> list[int]:
    """Insert rows of one table with one statement; every row names the same columns.

    A tenant's rows get key, tenant, author and version as a flush would give them. Columns left out are empty
    or take their default.

    :param skip_known: leave out what a unique index already has, instead of failing.
    :returns: the keys, in order; empty for a table of the platform, whose keys count up.
    :raises TenantBreach: a row of another tenant. :raises WroteOutside: no unit of work is open.
    """
    if not rows:
        return []
    filled = _filled(model, rows)
    connection = db.session.connection()
    connection.execute(_insertion(model, connection.dialect.name if skip_known else ""), filled)
    return [row["id"] for row in filled if "id" in row]


def append_row(model: type[Model], row: Mapping[str, Any], *, number: str, within: str) -> tuple[int, int]:
    """Insert one row that gets the next number among the rows with the same ``within``; whose lock is held.

    :returns: its key and its number.
    :raises TenantBreach: a row of another tenant. :raises WroteOutside: no unit of work is open.
    """
    (filled,) = _filled(model, [row])
    given = {_NEW + name: value for name, value in filled.items()}
    got = db.session.connection().execute(_appending(model, tuple(filled), number, within), given).scalar_one()
    return int(filled["id"]), int(got)


def update_rows(model: type[Model], values: Mapping[str, Any], **where: Any) -> int:
    """Change the rows that have these values (a tuple: one of them; None: empty); their versions move.

    :returns: how many.
    :raises WroteOutside: no unit of work is open.
    """
    require_writing()
    session = db.session()
    held = [row for row in session.identity_map.values() if isinstance(row, model)]
    if any(session.is_modified(row) for row in held):
        session.flush()
    tenant_id = tenant_in(session)
    shape = tuple((name, value is None, isinstance(value, tuple)) for name, value in where.items())
    given = {_BY + name: value for name, value in where.items() if value is not None}
    actor = find_actor()
    changed = {"updated_at": clock.now(), "updated_by": actor.user_id if actor else None, **values}
    given |= {_NEW + name: value for name, value in changed.items()}
    if tenant_id is not None:
        given[_OF_TENANT] = tenant_id
    statement = _change(model, tuple(changed), shape, tenant_id is not None)
    found = session.connection().execute(statement, given).rowcount
    for row in held:
        session.expire(row)
    return found


def _filled(model: type[Base], rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows as they are inserted, after the guards. :raises TenantBreach, WroteOutside:"""
    require_writing()
    plain = _plain_defaults(model)
    if not issubclass(model, Model):
        return [{**plain, **row} for row in rows]
    tenant_id = tenant_in(db.session())
    filled = [{**plain, **_signed(), **row} for row in rows]
    for row in filled:
        if row["tenant_id"] == NOBODY or tenant_id not in {None, row["tenant_id"]}:
            raise TenantBreach(f"{model.__name__} of tenant {row['tenant_id']} written as {tenant_id}")
    return filled


def _signed() -> dict[str, Any]:
    """What the guard of flushes and the columns' defaults give a new row."""
    actor, now = find_actor(), clock.now()
    author = actor.user_id if actor else None
    return {
        "id": random_id(),
        "tenant_id": actor.tenant_id if actor else NOBODY,
        "created_at": now,
        "created_by": author,
        "updated_at": now,
        "updated_by": author,
        "row_version": 1,
    }


@lru_cache(maxsize=64)
def _plain_defaults(model: type[Base]) -> dict[str, Any]:
    """Columns whose default is a plain value: given outright, SQLAlchemy need not look for them at every row."""
    return {c.name: c.default.arg for c in _table(model).c if isinstance(c.default, ScalarElementColumnDefault)}


def _table(model: type[Base]) -> Table:
    return cast("Table", model.__table__)


@lru_cache(maxsize=64)
def _reading(model: type[Row], lock: bool, with_: tuple[str, ...], is_bound: bool) -> Select[Row]:
    statement = select(model).where(model.id == bindparam("key"))
    statement = statement.options(*(undefer(getattr(model, name)) for name in with_))
    if is_bound:
        statement = statement.where(model.tenant_id == bindparam(_OF_TENANT))
    return statement.with_for_update() if lock else statement


@lru_cache(maxsize=64)
def _insertion(model: type[Base], dialect: str) -> Insert:
    match dialect:
        case "":
            return insert(_table(model))
        case "sqlite":
            return sqlite.insert(_table(model)).on_conflict_do_nothing()
        case _:
            return postgresql.insert(_table(model)).on_conflict_do_nothing()


@lru_cache(maxsize=64)
def _appending(model: type[Model], names: tuple[str, ...], number: str, within: str) -> Insert:
    columns = _table(model).c
    last = select(func.coalesce(func.max(columns[number]), 0) + 1).where(
        columns[within] == bindparam(_NEW + within, type_=columns[within].type)
    )
    values = {name: bindparam(_NEW + name, type_=columns[name].type) for name in names}
    return insert(_table(model)).values({**values, number: last.scalar_subquery()}).returning(columns[number])


@lru_cache(maxsize=256)
def _change(
    model: type[Model], changed: tuple[str, ...], shape: tuple[tuple[str, bool, bool], ...], is_bound: bool
) -> Update:
    columns = _table(model).c
    conditions: list[ColumnElement[bool]] = [_condition(columns[name], *how) for name, *how in shape]
    if is_bound:
        conditions.append(columns.tenant_id == bindparam(_OF_TENANT))
    values = {name: bindparam(_NEW + name, type_=columns[name].type) for name in changed} | {
        "row_version": columns.row_version + 1
    }
    return update(_table(model)).where(*conditions).values(values)


def _condition(column: Any, is_empty: bool, is_one_of: bool) -> ColumnElement[bool]:
    name = _BY + column.name
    if is_empty:
        return column.is_(None)
    return column.in_(bindparam(name, expanding=True)) if is_one_of else column == bindparam(name)
