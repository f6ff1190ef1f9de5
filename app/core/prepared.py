"""Statements of the hot path, compiled once per dialect and handed to the driver as they are.

SQLAlchemy prepares every execution anew (cache key, parameters, context, result): several times what the driver
needs. Here the text, how each value is bound and how each column is read are made once, by SQLAlchemy's own
compiler and types. A statement still runs on the connection and in the transaction it is given, and whoever
listens to ``before_cursor_execute`` hears of it: so PostgreSQL is told who acts (``core.tenancy``).
For ``core.rows`` alone, which adds the guards.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Delete, Insert, Select, Update
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

Statement = Select[Any] | Insert | Update | Delete
Values = Mapping[str, Any]
# A value as the driver takes or gives it, from or to one as our types have it.
_Processor = Callable[[Any], Any]


class Prepared:
    """One statement for one dialect. Its parameters are all named by the caller; no default is filled in."""

    def __init__(self, statement: Statement, dialect: Dialect, names: Sequence[str] | None = None) -> None:
        """Compile it.

        :param names: columns an ``insert()`` gets values for.
        :raises ValueError: SQLAlchemy would have to reckon a value at every execution.
        """
        compiled: Any = statement.compile(dialect=dialect, column_keys=list(names) if names is not None else None)
        if compiled.insert_prefetch or compiled.update_prefetch:
            raise ValueError(f"a default is left to SQLAlchemy: {compiled}")
        self.text = str(compiled)
        self._dialect = dialect
        order: Iterable[str] = compiled.positiontup or compiled.bind_names.values()
        kinds = {name: bind for bind, name in compiled.bind_names.items()}
        given = [(name, kinds[name], _binder(kinds[name].type, dialect)) for name in order]
        self._binds = [
            (name, None if bind.required else bind.value, process, bind.required) for name, bind, process in given
        ]
        self._is_positional = bool(compiled.positional)
        returned = getattr(statement, "selected_columns", None)
        kept = returned if returned is not None else statement.exported_columns
        self._readers = [_reader(column.type, dialect) for column in kept]

    def change(self, connection: Connection, given: Values) -> int:
        """Run it; how many rows it reached."""
        cursor = self._execute(connection, self._bound(given))
        found = int(cursor.rowcount)
        cursor.close()
        return found

    def change_each(self, connection: Connection, given: Sequence[Values]) -> None:
        """Run it for every one of several sets of parameters."""
        if len(given) == 1:
            self.change(connection, given[0])
        else:
            self._execute(connection, [self._bound(one) for one in given], many=True).close()

    def first(self, connection: Connection, given: Values) -> list[Any] | None:
        """Run it; the first row, in the order of its columns."""
        cursor = self._execute(connection, self._bound(given))
        row = cursor.fetchone()
        cursor.close()
        return None if row is None else self._read(row)

    def all(self, connection: Connection, given: Values) -> list[list[Any]]:
        """Run it; all rows."""
        cursor = self._execute(connection, self._bound(given))
        rows = cursor.fetchall()
        cursor.close()
        return [self._read(row) for row in rows]

    def _read(self, row: Sequence[Any]) -> list[Any]:
        return [value if read is None else read(value) for value, read in zip(row, self._readers, strict=True)]

    def _bound(self, given: Values) -> Any:
        if self._is_positional:
            return tuple(
                [
                    (given[name] if process is None else process(given[name])) if required else fixed
                    for name, fixed, process, required in self._binds
                ]
            )
        return {
            name: (given[name] if process is None else process(given[name])) if required else fixed
            for name, fixed, process, required in self._binds
        }

    def _execute(self, connection: Connection, given: Any, *, many: bool = False) -> Any:
        cursor = connection.connection.cursor()
        connection.dispatch.before_cursor_execute(connection, cursor, self.text, given, None, many)
        try:
            (cursor.executemany if many else cursor.execute)(self.text, given)
        except self._dialect.loaded_dbapi.Error as error:
            cursor.close()
            raise self._wrapped(connection, error, given) from error
        return cursor

    def _wrapped(self, connection: Connection, error: Any, given: Any) -> BaseException:
        """The driver's error as SQLAlchemy raises it; a connection that is lost is not used again."""
        is_lost = self._dialect.is_disconnect(error, connection.connection, None)
        if is_lost:
            connection.invalidate(error)
        base: Any = self._dialect.loaded_dbapi.Error
        return DBAPIError.instance(
            self.text, given, error, base, connection_invalidated=is_lost, dialect=self._dialect
        )


def _binder(kind: TypeEngine[Any], dialect: Dialect) -> _Processor | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _reader(kind: TypeEngine[Any], dialect: Dialect) -> _Processor | None:
    return kind.dialect_impl(dialect).result_processor(dialect, None)
