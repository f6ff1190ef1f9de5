"""The statements of ``core.rows``: one per shape and dialect, compiled once, each with the tenant's condition."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import ColumnElement, Insert, Select, Table, bindparam, func, insert, inspect, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import with_loader_criteria
from sqlalchemy.sql import visitors
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from app.core.db import Base, Model
from app.core.prepared import Prepared

KEY, OF_TENANT = "key", "of_tenant"
AnySelect = Select[*tuple[Any, ...]]
BY, NEW = "by_", "new_"
Shape = tuple[tuple[str, int | None], ...]
"""Conditions by column: None: it is empty; 0: it is the value; a number: it is one of so many values."""
BY_VERSION: Shape = (("id", 0), ("tenant_id", 0), ("row_version", 0))


def table_of(model: type[Base]) -> Table:
    """The table of a model."""
    return cast("Table", model.__table__)


@lru_cache(maxsize=64)
def plain_defaults(model: type[Base]) -> dict[str, Any]:
    """Columns whose default is a plain value."""
    return {c.name: c.default.arg for c in table_of(model).c if isinstance(c.default, ScalarElementColumnDefault)}


@lru_cache(maxsize=64)
def made_defaults(model: type[Base]) -> dict[str, Any]:
    """Columns whose default is made anew for each row, with what makes it (SQLAlchemy's wrapper: one argument)."""
    return {c.name: cast("Any", c.default).arg for c in table_of(model).c if c.default and c.default.is_callable}


@lru_cache(maxsize=64)
def loaded_names(model: type[Model], with_: tuple[str, ...]) -> tuple[str, ...]:
    """The attributes an object has when it is read: its columns, the deferred ones only where asked for."""
    return tuple(
        one.key for one in inspect(model).column_attrs if one.key in with_ or not cast("Any", one).deferred
    )


@lru_cache(maxsize=64)
def expected_names(model: type[Model]) -> frozenset[str]:
    """The columns every object has at once: what is left out of one is read when it is asked for."""
    return frozenset(loaded_names(model, ()))


@lru_cache(maxsize=64)
def reading(model: type[Model], lock: bool, with_: tuple[str, ...], is_bound: bool, dialect: Dialect) -> Prepared:
    """One row by ``KEY``."""
    statement = _wanted((model, with_)).where(model.id == bindparam(KEY))
    return Prepared(_limited(statement, lock, is_bound, model), dialect)


@lru_cache(maxsize=64)
def reading_pair(
    model: type[Model],
    owner: type[Model],
    by: str,
    with_: tuple[str, ...],
    is_bound: bool,
    dialect: Dialect,
) -> Prepared:
    """One row by ``KEY`` behind the row it belongs to, both locked, the owner first: it stands first in FROM."""
    statement = _wanted((owner, with_), (model, ())).join_from(owner, model, getattr(model, by) == owner.id)
    statement = statement.where(model.id == bindparam(KEY))
    return Prepared(_limited(statement, True, is_bound, owner, model), dialect)


@lru_cache(maxsize=256)
def reading_values(
    model: type[Base],
    names: tuple[str, ...],
    shape: Shape,
    order: tuple[str, ...],
    lock: bool,
    is_bound: bool,
    dialect: Dialect,
) -> Prepared:
    """Some columns of the rows of this shape, in an order: columns, one with a minus from the largest down."""
    columns = table_of(model).c
    ordered = [columns[name[1:]].desc() if name.startswith("-") else columns[name] for name in order]
    statement = select(*(getattr(model, name) for name in names)).where(*_conditions(columns, shape, is_bound))
    statement = statement.order_by(*ordered)
    return Prepared(statement.with_for_update() if lock else statement, dialect)


@lru_cache(maxsize=256)
def asking(make: Callable[[], AnySelect], is_bound: bool, dialect: Dialect) -> tuple[Prepared, frozenset[Table]]:
    """A statement of its own, with the condition on every table in it as the session adds it; and its tables."""
    statement = make()
    tables = frozenset(one for one in visitors.iterate(statement) if isinstance(one, Table))
    return Prepared(statement.options(_EVERY_TENANT) if is_bound else statement, dialect), tables


_EVERY_TENANT = with_loader_criteria(
    Model, lambda cls: cls.tenant_id == bindparam("of_tenant"), include_aliases=True
)


def _wanted(*parts: tuple[type[Model], tuple[str, ...]]) -> Select[Any]:
    return select(*(getattr(model, name) for model, with_ in parts for name in loaded_names(model, with_)))


def _limited(statement: Select[Any], lock: bool, is_bound: bool, *models: type[Model]) -> Select[Any]:
    if is_bound:
        statement = statement.where(*(model.tenant_id == bindparam(OF_TENANT) for model in models))
    return statement.with_for_update() if lock else statement


@lru_cache(maxsize=256)
def insertion(model: type[Base], names: tuple[str, ...], skip_known: bool, dialect: Dialect) -> Prepared:
    """A row with values for these columns."""
    table = table_of(model)
    statement: Insert
    match skip_known, dialect.name:
        case False, _:
            statement = insert(table)
        case _, "sqlite":
            statement = sqlite.insert(table).on_conflict_do_nothing()
        case _:
            statement = postgresql.insert(table).on_conflict_do_nothing()
    return Prepared(statement.inline(), dialect, names)


@lru_cache(maxsize=64)
def appending(model: type[Model], names: tuple[str, ...], number: str, within: str, dialect: Dialect) -> Prepared:
    """A row with the next number among those with the same ``within``."""
    columns = table_of(model).c
    last = select(func.coalesce(func.max(columns[number]), 0) + 1).where(
        columns[within] == bindparam(NEW + within, type_=columns[within].type)
    )
    values = {name: bindparam(NEW + name, type_=columns[name].type) for name in names}
    return Prepared(insert(table_of(model)).values({**values, number: last.scalar_subquery()}).inline(), dialect)


@lru_cache(maxsize=256)
def change(
    model: type[Base], changed: tuple[str, ...], shape: Shape, is_bound: bool, dialect: Dialect
) -> Prepared:
    """New values for some columns, and the version of a tenant's row, where ``shape`` is as given."""
    columns = table_of(model).c
    values = {name: bindparam(NEW + name, type_=columns[name].type) for name in changed}
    statement = update(table_of(model)).where(*_conditions(columns, shape, is_bound))
    moved = {"row_version": columns.row_version + 1} if issubclass(model, Model) else {}
    return Prepared(statement.values(values | moved), dialect)


def _conditions(columns: Any, shape: Shape, is_bound: bool) -> list[ColumnElement[bool]]:
    conditions = [_condition(columns[name], count) for name, count in shape]
    return [*conditions, columns.tenant_id == bindparam(OF_TENANT)] if is_bound else conditions


def _condition(column: Any, count: int | None) -> ColumnElement[bool]:
    name = BY + column.name
    if count is None:
        return cast("ColumnElement[bool]", column.is_(None))
    if count == 0:
        return cast("ColumnElement[bool]", column == bindparam(name))
    return cast("ColumnElement[bool]", column.in_([bindparam(f"{name}_{n}") for n in range(count)]))
