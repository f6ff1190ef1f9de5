"""Writes that wait until somebody looks: the rows of one step go to the database together.

A statement costs as much in what surrounds it as in itself, and on PostgreSQL a round trip. What is put in here is
sent before anything else is executed on the connection, and before the commit; whoever reads finds it done.
A rollback drops it. For ``core.rows`` alone, which adds the guards.
"""

from itertools import groupby
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.core.prepared import Prepared, Values, together


class _Write(NamedTuple):
    statement: Prepared
    given: list[Any]
    """Parameters as the driver takes them, once or several times."""
    one_row: str | None
    """Named when not exactly one row was reached: somebody else changed it."""
    key: int | None
    """Of the one new row, which may still be amended."""

    @property
    def is_of_any(self) -> bool:
        """Whether it may be for more rows than one."""
        return self.one_row is None and self.key is None


_waiting: "WeakKeyDictionary[Connection, list[_Write]]" = WeakKeyDictionary()
_MANY = 8
"""Writes from which on it pays to gather them."""
CONNECTION = "open_connection"
"""In ``Session.info``: the root transaction and the connection it has, for as long as it is open."""


def put_in(
    connection: Connection,
    statement: Prepared,
    given: list[Any],
    *,
    one_row: str | None = None,
    key: int | None = None,
) -> None:
    """Write this before anything else is executed.

    :param one_row: the name of the one row that must be there; it is told by ``StaleDataError`` when sent.
    :param key: of the one row that is inserted: until it is sent, ``amend`` may change it.
    """
    waiting = _waiting.setdefault(connection, [])
    last = waiting[-1] if waiting else None
    if last is not None and last.statement is statement and last.is_of_any and one_row is None and key is None:
        last.given.extend(given)  # one statement for all of them
    else:
        waiting.append(_Write(statement, given, one_row, key))


def amend(connection: Connection, table: str, key: int, values: Values) -> bool:
    """Let a new row that still waits have these values at once; False when it does not wait any more.

    Nor when something that waits after it writes to the same table: that would come out in another order.
    """
    for write in reversed(_waiting.get(connection) or ()):
        if write.statement.table == table:
            is_whole = write.key == key and write.statement.names.issuperset(values)
            if is_whole:
                write.statement.amend(write.given[0], values)
            return is_whole
    return False


def send(connection: Connection) -> None:
    """Write what waits. :raises StaleDataError: a row is no longer as it was read."""
    writes = _waiting.pop(connection, None)
    if not writes:
        return
    writes = _gathered(writes)
    cursors, at = [], writes[0]
    try:
        with together(connection):
            for at in writes:
                cursors.append(at.statement.run(connection, at.given))
    except at.statement.errors as error:
        raise at.statement.as_raised(connection, error, at.given) from error
    for write, cursor in zip(writes, cursors, strict=True):
        reached = cursor.rowcount
        cursor.close()
        if write.one_row is not None and reached != 1:
            raise StaleDataError(write.one_row)


def _gathered(writes: list[_Write]) -> list[_Write]:
    """New rows that follow each other go table by table, parents first, each table's in the order they came.

    So a hundred cases started in one act take a handful of statements. Nothing passes by a change.
    """
    if len(writes) < _MANY:
        return writes
    gathered: list[_Write] = []
    for is_new, run in groupby(writes, key=lambda write: write.statement.rank is not None):
        for write in sorted(run, key=lambda write: write.statement.rank or 0) if is_new else run:
            last = gathered[-1] if gathered else None
            if last is not None and is_new and last.statement is write.statement:
                last.given.extend(write.given)
            else:
                gathered.append(write)
    return gathered


@event.listens_for(Engine, "before_cursor_execute")
def _send_before(connection: Connection, _cursor: Any, statement: str, *_more: Any) -> None:
    if connection in _waiting and not statement.startswith("ROLLBACK"):
        send(connection)


@event.listens_for(Engine, "commit")
def _send_at_the_end(connection: Connection) -> None:
    send(connection)


@event.listens_for(Session, "before_commit")
def _send_before_commit(session: Session) -> None:
    _transaction, connection = session.info.get(CONNECTION) or (None, None)
    if connection is not None and not connection.closed:
        send(connection)


@event.listens_for(Engine, "rollback")
@event.listens_for(Engine, "rollback_savepoint")
def _drop(connection: Connection, *_savepoint: Any) -> None:
    _waiting.pop(connection, None)
