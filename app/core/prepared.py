"""Statements of the hot path, compiled once per dialect and handed to the driver as they are.

SQLAlchemy prepares every execution anew (cache key, parameters, context, result): several times what the driver
needs. Here the text, how each value is bound and how each column is read are made once, by SQLAlchemy's own
compiler and types. A statement still runs on the connection and in the transaction it is given, and whoever
listens to ``before_cursor_execute`` hears of it: so PostgreSQL is told who acts (``core.tenancy``).
For ``core.rows`` alone, which adds the guards.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import Connection, Delete, Insert, MetaData, Select, Update
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

Statement = Select[Any] | Insert | Update | Delete
Values = Mapping[str, Any]
# A value as the driver takes or gives it, from or to one as our types have it.
_Processor = Callable[[Any], Any]


def together(connection: Connection) -> AbstractContextManager[Any]:
    """What the driver is given within goes out in one go, and its answers come back in one."""
    driver: Any = connection.connection.driver_connection
    return cast("AbstractContextManager[Any]", driver.pipeline()) if hasattr(driver, "pipeline") else nullcontext()


def _at_the_beginning(connection: Connection) -> AbstractContextManager[Any]:
    """The first statement of a transaction goes out with what begins it: on PostgreSQL one round trip."""
    driver: Any = connection.connection.driver_connection
    is_first = hasattr(driver, "pgconn") and driver.pgconn.transaction_status == _IDLE
    return together(connection) if is_first else nullcontext()


_IDLE = 0
"""libpq's PQTRANS_IDLE: no transaction has begun."""


class Prepared:
    """One statement for one dialect. Its parameters are all named by the caller; no default is filled in."""

    def __init__(self, statement: Statement, dialect: Dialect, names: Sequence[str] | None = None) -> None:
        """Compile it.

        :param names: columns an ``insert()`` gets values for.
        :raises ValueError: SQLAlchemy would have to reckon a value, or the text itself, at every execution.
        """
        compiled: Any = statement.compile(dialect=dialect, column_keys=list(names) if names is not None else None)
        if compiled.insert_prefetch or compiled.update_prefetch:
            raise ValueError(f"a default is left to SQLAlchemy: {compiled}")
        if compiled.post_compile_params or any(bind.callable for bind in compiled.bind_names):
            raise ValueError(f"a list or a reckoned value is not bound by name: {compiled}")
        self.text = str(compiled)
        self._dialect = dialect
        self.errors: Any = cast("Any", dialect).loaded_dbapi.Error
        """What the driver raises."""
        order: Iterable[str] = compiled.positiontup or compiled.bind_names.values()
        kinds = {name: bind for bind, name in compiled.bind_names.items()}
        table: Any = getattr(statement, "table", None)
        self.table = str(table.name) if table is not None else ""
        """What an insert, update or delete writes to."""
        self.rank = _ranks(table.metadata).get(table.name) if isinstance(statement, Insert) else None
        """Of an insert: rows of a lower rank refer to none of a higher one; None: nobody can say."""
        self._is_positional = bool(compiled.positional)
        self._names = tuple(order)
        self.names = frozenset(self._names)
        """Of its parameters."""
        self._fixed = {name: kinds[name].value for name in self._names if not kinds[name].required}
        self._pick = _picker(self._names)
        binders = [(name, _binder(kinds[name].type, dialect)) for name in self._names]
        self._binders = [(at, name, bind) for at, (name, bind) in enumerate(binders) if bind is not None]
        returned = getattr(statement, "selected_columns", None)
        kept = returned if returned is not None else statement.exported_columns
        self._kinds = [column.type for column in kept]
        self._readers: list[tuple[int, _Processor]] | None = None

    def first(self, connection: Connection, given: Values) -> list[Any] | None:
        """Run it; the first row, in the order of its columns."""
        rows, readers = self._fetch(connection, given, lambda cursor: [cursor.fetchone()])
        return None if rows[0] is None else _read(rows[0], readers)

    def all(self, connection: Connection, given: Values) -> list[list[Any]]:
        """Run it; all rows."""
        rows, readers = self._fetch(connection, given, lambda cursor: cursor.fetchall())
        return [_read(row, readers) for row in rows]

    def _readers_for(self, cursor: Any) -> list[tuple[int, _Processor]]:
        """The columns that are converted: found out at the first answer, for it is the driver that says how."""
        if self._readers is None:
            told = [column[1] for column in cursor.description]
            readers = [_reader(kind, self._dialect, code) for kind, code in zip(self._kinds, told, strict=True)]
            self._readers = [(at, read) for at, read in enumerate(readers) if read is not None]
        return self._readers

    def bound(self, given: Values) -> Any:
        """These values as the driver takes them. What is None stays so, whatever its type."""
        known = {**given, **self._fixed} if self._fixed else given
        if not self._is_positional:
            named = {name: known[name] for name in self._names}
            for _at, name, bind in self._binders:
                if named[name] is not None:
                    named[name] = bind(named[name])
            return named
        values = list(self._pick(known))
        for at, _name, bind in self._binders:
            if values[at] is not None:
                values[at] = bind(values[at])
        return values

    def amend(self, bound: Any, values: Values) -> None:
        """Put other values among parameters that were bound before, as ``bound`` would have."""
        places = {name: at if self._is_positional else name for at, name in enumerate(self._names)}
        binders = {name: bind for _at, name, bind in self._binders}
        for name, value in values.items():
            bind = binders.get(name)
            bound[places[name]] = value if value is None or bind is None else bind(value)

    def run(self, connection: Connection, given: Sequence[Any]) -> Any:
        """Run it for each of these bound sets of parameters, with one call of the driver; its cursor.

        :raises errors: of the driver, see ``as_raised``.
        """
        cursor = connection.connection.cursor()
        many = len(given) > 1
        parameters = given if many else given[0]
        connection.dispatch.before_cursor_execute(connection, cursor, self.text, parameters, None, many)
        try:
            (cursor.executemany if many else cursor.execute)(self.text, parameters)
        except BaseException:
            cursor.close()
            raise
        return cursor

    def _fetch(
        self, connection: Connection, given: Values, rows_of: Callable[[Any], list[Any]]
    ) -> tuple[list[Any], list[tuple[int, _Processor]]]:
        """What the driver gives, and how its columns are read."""
        bound = self.bound(given)
        try:
            with _at_the_beginning(connection):
                cursor = self.run(connection, [bound])
                found = rows_of(cursor)
            readers = self._readers_for(cursor)
            cursor.close()
        except self.errors as error:
            raise self.as_raised(connection, error, bound) from error
        return found, readers

    def as_raised(self, connection: Connection, error: Any, given: Any) -> BaseException:
        """The driver's error as SQLAlchemy raises it; a connection that is lost is not used again."""
        is_lost = self._dialect.is_disconnect(error, connection.connection, None)
        if is_lost:
            connection.invalidate(error)
        return DBAPIError.instance(
            self.text, given, error, self.errors, connection_invalidated=is_lost, dialect=self._dialect
        )


@lru_cache(maxsize=4)
def _ranks(metadata: MetaData) -> Mapping[str, int]:
    """Table → its place after all it refers to; without tables that refer to each other in a circle."""
    tables = metadata.tables.values()
    is_bent = {table.name for table in tables if any(key.use_alter for key in table.foreign_key_constraints)}
    return {table.name: n for n, table in enumerate(metadata.sorted_tables) if table.name not in is_bent}


def _picker(names: Sequence[str]) -> Callable[[Values], Sequence[Any]]:
    """Gives the values of these names, in order."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda known: [known[name] for name in names]


def _binder(kind: TypeEngine[Any], dialect: Dialect) -> _Processor | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _reader(kind: TypeEngine[Any], dialect: Dialect, code: Any) -> _Processor | None:
    return kind.dialect_impl(dialect).result_processor(dialect, code)


def _read(row: Sequence[Any], readers: Sequence[tuple[int, _Processor]]) -> list[Any]:
    values = list(row)
    for at, read in readers:
        if values[at] is not None:
            values[at] = read(values[at])
    return values
