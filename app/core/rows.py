"""Rows of the hot path, written and read in few statements, without the session's flush but under its guards.

The ORM's load and flush cost several times what the statement does. What a step of a process reads and derives
(instance, work list, timers, log) goes through here: statements are compiled once per shape (``row_statements``)
and carry the tenant's condition themselves. What is read are objects of the session like any others.
Objects of the same table that the session holds are flushed before a change and read anew after it.
What is written waits for its neighbours (``core.writes``): a broken constraint is told when it is sent.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

from sqlalchemy import Connection
from sqlalchemy.orm import Session, SessionTransaction, attributes

from app.core import clock, writes
from app.core import row_statements as statements
from app.core.db import Base, Model, db, random_id
from app.core.row_statements import BY, BY_VERSION, KEY, NEW, OF_TENANT, AnySelect
from app.core.tenancy import NOBODY, TenantBreach, find_actor, tenant_in
from app.core.transactions import require_writing

_KNOWN = "known_rows"
_MOST_KNOWN = 256
"""Rows a session holds on to, the latest: it forgets others as soon as nobody else does."""

Row = TypeVar("Row", bound=Model)
Owner = TypeVar("Owner", bound=Model)


def read_row(model: type[Row], key: int, *, lock: bool = False, with_: tuple[str, ...] = ()) -> Row | None:
    """One row by its key as it is in the database now, also when the session knows it.

    :param lock: until the end of the unit of work. :param with_: deferred columns that are wanted as well.
    """
    session, tenant_id = db.session(), tenant_in(db.session())
    connection = _up_to_date(session)
    statement = statements.reading(model, lock, with_, tenant_id is not None, connection.dialect)
    values = statement.first(connection, {KEY: key, OF_TENANT: tenant_id})
    return None if values is None else _as_object(session, model, statements.loaded_names(model, with_), values)


def read_with_owner(
    model: type[Row], key: int, owner: type[Owner], *, by: str, with_: tuple[str, ...] = ()
) -> tuple[Row, Owner] | None:
    """One row and the one it belongs to, as they are now, locked until the end of the unit of work, owner first.

    :param by: the column that names the owner. :param with_: deferred columns of the owner that are wanted too.
    """
    session, tenant_id = db.session(), tenant_in(db.session())
    connection = _up_to_date(session)
    statement = statements.reading_pair(model, owner, by, with_, tenant_id is not None, connection.dialect)
    values = statement.first(connection, {KEY: key, OF_TENANT: tenant_id})
    if values is None:
        return None
    names = statements.loaded_names(owner, with_)
    first = _as_object(session, owner, names, values[: len(names)])
    return _as_object(session, model, statements.loaded_names(model, ()), values[len(names) :]), first


def values_of(model: type[Base], column: str, **where: Any) -> list[Any]:
    """One column of the rows that have these values (as in ``update_rows``), in the order of their keys."""
    return [value for (value,) in read_values(model, (column,), **where)]


def read_values(
    model: type[Base], columns: tuple[str, ...], *, order: tuple[str, ...] = ("id",), **where: Any
) -> list[list[Any]]:
    """Some columns of the rows that have these values (as in ``update_rows``).

    Only what waits to be written of this very table is written before, not the whole session.

    :param order: columns; one with a minus before it from the largest down.
    """
    return _read(model, columns, order, where)


def _read(
    model: type[Base],
    columns: tuple[str, ...],
    order: tuple[str, ...],
    where: Mapping[str, Any],
    lock: bool = False,
) -> list[list[Any]]:
    if () in where.values():
        return []
    session, tenant_id = db.session(), _tenant_of(model)
    if any(isinstance(row, model) for row in _waiting(session)):
        session.flush()
    connection = _connection(session)
    shape, given = _conditions(where)
    is_bound = tenant_id is not None
    statement = statements.reading_values(model, columns, shape, order, lock, is_bound, connection.dialect)
    return statement.all(connection, given | {OF_TENANT: tenant_id})


def _tenant_of(model: type[Base]) -> int | None:
    """The tenant whose rows of a table are seen; None: all of them."""
    tenant_id = tenant_in(db.session())
    return tenant_id if issubclass(model, Model) else None


def find_rows(model: type[Row], *, order: tuple[str, ...] = ("id",), **where: Any) -> list[Row]:
    """As ``read_values``, whole rows as objects of the session; those it knows stay as it has them."""
    names, session = statements.loaded_names(model, ()), db.session()
    return [_found(session, model, names, values) for values in _read(model, names, order, where)]


def find_row(model: type[Row], **where: Any) -> Row | None:
    """The row that has these values (as in ``update_rows``), as ``find_rows`` gives it; of several the first."""
    return next(iter(find_rows(model, **where)), None)


def find_locked(model: type[Row], **where: Any) -> Row | None:
    """As ``find_row``, as it is in the database now and locked until the end of the unit of work."""
    names = statements.loaded_names(model, ())
    found = _read(model, names, ("id",), where, lock=True)
    return _as_object(db.session(), model, names, found[0]) if found else None


def known_row(model: type[Row], key: int) -> Row | None:
    """One row by its key: as the session knows it, else read; and the session goes on knowing it.

    For what an act asks for again and again: a customer, a product. Who may change it reads it locked.
    """
    session = db.session()
    row = session.identity_map.get(model.__mapper__.identity_key_from_primary_key((key,)))
    if not isinstance(row, model) or attributes.instance_state(row).expired:
        row = find_row(model, id=key)
    elif tenant_in(session) not in {None, row.tenant_id}:
        return None
    session.info.setdefault(_KNOWN, deque(maxlen=_MOST_KNOWN)).append(row)
    return row


def ask(make: Callable[[], AnySelect], **given: Any) -> list[list[Any]]:
    """The rows of a statement that is made once, as lists of their columns; the tenant's condition is added.

    What waits to be written of its tables is written before, not the whole session.

    :param make: a function of a module; what differs from time to time is a ``bindparam`` by name in ``given``.
    """
    session, tenant_id = db.session(), tenant_in(db.session())
    dialect = session.get_bind().dialect
    statement, tables = statements.asking(make, tenant_id is not None, dialect)
    if any(not tables.isdisjoint(type(row).__mapper__.tables) for row in _waiting(session)):
        session.flush()
    return statement.all(_connection(session), given | {OF_TENANT: tenant_id})


def _waiting(session: Session) -> tuple[Any, ...]:
    return (*session.new, *session.dirty, *session.deleted)


def _found(session: Session, model: type[Row], names: Sequence[str], values: Sequence[Any]) -> Row:
    """A row that was read, as an object of the session: the one it knows, but for what was expired of it."""
    known = session.identity_map.get(model.__mapper__.identity_key_from_primary_key((values[names.index("id")],)))
    if isinstance(known, model) and not attributes.instance_state(known).expired:
        return known
    return _as_object(session, model, names, values)


def _up_to_date(session: Session) -> Connection:
    """The session's connection, what waits to be written written: as before any query."""
    if session.autoflush:
        session.flush()
    return _connection(session)


def _connection(session: Session) -> Connection:
    """The connection of the open transaction or savepoint; a savepoint begins when its connection is asked for."""
    transaction, connection = session.info.get(writes.CONNECTION) or (None, None)
    if transaction is None or connection is None or transaction is not _innermost(session):
        connection = session.connection()
        session.info[writes.CONNECTION] = (_innermost(session), connection)
    return connection


def _innermost(session: Session) -> SessionTransaction | None:
    return session.get_nested_transaction() or session.get_transaction()


def _as_object(session: Session, model: type[Row], names: Sequence[str], values: Sequence[Any]) -> Row:
    """A row that was read as an object of the session; the one the session knows gets the values anew."""
    given = dict(zip(names, values, strict=True))
    mapper = model.__mapper__
    key = mapper.identity_key_from_primary_key((given["id"],))
    known = session.identity_map.get(key)
    if isinstance(known, model):
        session.expire(known)
        for name, value in given.items():
            attributes.set_committed_value(known, name, value)
        return known
    row = cast("Row", mapper.class_manager.new_instance())
    row.__dict__.update(given)
    state: Any = attributes.instance_state(row)  # as a query loads; ``add`` would follow relationships
    state.key, state.session_id = key, session.hash_key
    state.expired_attributes.update(statements.expected_names(model).difference(given))
    identities: Any = session.identity_map
    identities._add_unpresent(state, key)  # noqa: SLF001
    return row


def store(*rows: Model) -> None:
    """Write what was changed in these rows of the session, as a flush would; sooner or later it must be done.

    A flush does it when anything else waits to be written, when more than columns changed, or inside a savepoint.

    :raises TenantBreach, WroteOutside: and, when it is sent, StaleDataError: somebody else changed one.
    """
    session = db.session()
    changed = list(session.dirty)
    is_simple = not (session.new or session.deleted or session.in_nested_transaction())
    if not is_simple or not all(row in rows and _is_plain(row) for row in changed):
        session.flush()
        return
    for row in changed:
        if names := _differing(row):
            _store(session, row, names)


def _is_plain(row: Any) -> bool:
    """Whether it is a row of the database with nothing changed but columns."""
    state = attributes.instance_state(row)
    columns = state.mapper.columns
    return bool(state.persistent) and all(name in columns and name in state.dict for name in state.committed_state)


def _differing(row: Any) -> set[str]:
    """Columns that have another value than they were read with: the index of one that has not is left alone."""
    state = attributes.instance_state(row)
    return {name for name, was in state.committed_state.items() if not _is_same(state.dict[name], was)}


def _is_same(value: Any, was: Any) -> bool:
    """Equal and of one type; what holds other values (in which ``1 == True``) only when it is the same object."""
    return value is was or (type(value) is type(was) and type(value) not in (dict, list) and bool(value == was))


def _store(session: Session, row: Model, names: set[str]) -> None:
    require_writing()
    tenant_id, actor = tenant_in(session), find_actor()
    if row.tenant_id == NOBODY or tenant_id not in {None, row.tenant_id}:
        raise TenantBreach(f"{type(row).__name__} of tenant {row.tenant_id} written as {tenant_id}")
    state = attributes.instance_state(row)
    row.updated_by = actor.user_id if actor else row.updated_by
    if "updated_at" not in state.committed_state:
        row.updated_at = clock.now()
    changed = sorted(names | {"updated_at", "updated_by"})
    connection = _connection(session)
    new = {name: state.dict[name] for name in changed}
    if writes.amend(connection, statements.table_of(type(row)).name, row.id, new):
        state._commit_all(state.dict, session.identity_map)  # noqa: SLF001 - as below
        return
    given = {BY + "id": row.id, BY + "tenant_id": row.tenant_id, BY + "row_version": row.row_version}
    given |= {NEW + name: value for name, value in new.items()}
    statement = statements.change(type(row), tuple(changed), BY_VERSION, False, connection.dialect)
    writes.put_in(connection, statement, [statement.bound(given)], one_row=f"{type(row).__name__} {row.id}")
    attributes.set_committed_value(row, "row_version", row.row_version + 1)
    state._commit_all(state.dict, session.identity_map)  # noqa: SLF001 - what a flush does at its end


def insert_rows(
    model: type[Base], rows: Sequence[Mapping[str, Any]], *, skip_known: bool = False, at_once: bool = False
) -> list[int]:
    """Insert rows of one table with one statement; every row names the same columns.

    A tenant's rows get key, tenant, author and version as a flush would give them. Columns left out are empty
    or take their default.

    :param skip_known: leave out what a unique index already has, instead of failing.
    :param at_once: do not let them wait: another writer of the same is waited for now, and what the database
        refuses is raised here.
    :returns: the keys, in order; empty for a table of the platform, whose keys count up.
    :raises TenantBreach: a row of another tenant. :raises WroteOutside: no unit of work is open.
    """
    if not rows:
        return []
    filled = _filled(model, rows)
    connection = _connection(db.session())
    statement = statements.insertion(model, tuple(filled[0]), skip_known, connection.dialect)
    writes.put_in(connection, statement, [statement.bound(row) for row in filled])
    if at_once:
        writes.send(connection)
    return [row["id"] for row in filled if "id" in row]


def new_row(model: type[Row], values: Mapping[str, Any]) -> Row:
    """Insert one row, and give it as an object of the session: as ``add`` and ``flush`` would.

    :raises TenantBreach: a row of another tenant. :raises WroteOutside: no unit of work is open.
    """
    session = db.session()
    connection = _up_to_date(session)
    (filled,) = _filled(model, [values])
    whole = dict.fromkeys(statements.loaded_names(model, tuple(filled))) | filled
    statement = statements.insertion(model, tuple(whole), False, connection.dialect)
    writes.put_in(connection, statement, [statement.bound(whole)], key=whole["id"])
    return _as_object(session, model, tuple(whole), tuple(whole.values()))


def append_row(model: type[Model], row: Mapping[str, Any], *, number: str, within: str) -> int:
    """Insert one row that gets the next number among the rows with the same ``within``; whose lock is held.

    :returns: its key.
    :raises TenantBreach: a row of another tenant. :raises WroteOutside: no unit of work is open.
    """
    (filled,) = _filled(model, [row])
    connection = _connection(db.session())
    statement = statements.appending(model, tuple(filled), number, within, connection.dialect)
    given = statement.bound({NEW + name: value for name, value in filled.items()})
    writes.put_in(connection, statement, [given])
    return int(filled["id"])


def update_rows(model: type[Base], values: Mapping[str, Any], **where: Any) -> None:
    """Change the rows that have these values (a tuple: one of them; None: empty); versions of a tenant's move.

    :raises WroteOutside: no unit of work is open.
    """
    require_writing()
    session = db.session()
    held = [row for row in session.identity_map.values() if isinstance(row, model)]
    if any(session.is_modified(row) for row in held):
        session.flush()
    tenant_id, actor = _tenant_of(model), find_actor()
    by_whom = {"updated_at": clock.now(), "updated_by": actor.user_id if actor else None}
    changed = {**(by_whom if issubclass(model, Model) else {}), **values}
    shape, given = _conditions(where)
    given |= {NEW + name: value for name, value in changed.items()} | {OF_TENANT: tenant_id}
    connection = _connection(session)
    statement = statements.change(model, tuple(changed), shape, tenant_id is not None, connection.dialect)
    writes.put_in(connection, statement, [statement.bound(given)])
    for row in held:
        session.expire(row)


def update_each(model: type[Model], changes: Sequence[tuple[int, Mapping[str, Any]]]) -> None:
    """Change several rows by their keys, each to its own values of the same columns, with one statement.

    :raises WroteOutside: no unit of work is open.
    """
    if not changes:
        return
    require_writing()
    session, tenant_id, actor = db.session(), _tenant_of(model), find_actor()
    held = [row for row in session.identity_map.values() if isinstance(row, model)]
    if any(session.is_modified(row) for row in held):
        session.flush()
    by_whom = {"updated_at": clock.now(), "updated_by": actor.user_id if actor else None}
    given = [
        {BY + "id": key, OF_TENANT: tenant_id}
        | {NEW + name: value for name, value in {**by_whom, **values}.items()}
        for key, values in changes
    ]
    changed, connection = (*by_whom, *changes[0][1]), _connection(session)
    statement = statements.change(model, changed, (("id", 0),), tenant_id is not None, connection.dialect)
    writes.put_in(connection, statement, [statement.bound(one) for one in given])
    for row in held:
        session.expire(row)


def _conditions(where: Mapping[str, Any]) -> tuple[statements.Shape, dict[str, Any]]:
    """The shape of these conditions, and the values they are given."""
    shape: list[tuple[str, int | None]] = []
    given: dict[str, Any] = {}
    for name, value in where.items():
        if isinstance(value, tuple):
            shape.append((name, len(value)))
            given |= {f"{BY}{name}_{n}": one for n, one in enumerate(value)}
        else:
            shape.append((name, None if value is None else 0))
            given[BY + name] = value
    return tuple(shape), given


def _filled(model: type[Base], rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows as they are inserted, after the guards. :raises TenantBreach, WroteOutside:"""
    require_writing()
    plain, made = statements.plain_defaults(model), statements.made_defaults(model)
    if not issubclass(model, Model):
        return [_complete({**plain, **row}, made) for row in rows]
    tenant_id = tenant_in(db.session())
    common = {**plain, **_signed()}
    filled = [_complete({**common, "id": random_id(), **row}, made) for row in rows]
    for row in filled:
        if row["tenant_id"] == NOBODY or tenant_id not in {None, row["tenant_id"]}:
            raise TenantBreach(f"{model.__name__} of tenant {row['tenant_id']} written as {tenant_id}")
    return filled


def _complete(row: dict[str, Any], made: Mapping[str, Any]) -> dict[str, Any]:
    for name, make in made.items():
        if name not in row:
            row[name] = make(None)
    return row


def _signed() -> dict[str, Any]:
    """What the guard of flushes and the columns' defaults give new rows, beside their keys."""
    actor, now = find_actor(), clock.now()
    author = actor.user_id if actor else None
    return {
        "tenant_id": actor.tenant_id if actor else NOBODY,
        "created_at": now,
        "created_by": author,
        "updated_at": now,
        "updated_by": author,
        "row_version": 1,
    }
