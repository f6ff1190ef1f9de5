"""One row in every table for a tenant, every text in it full of the tenant's canary: whoever sees one sees a leak.

Built from the metadata alone, so a table made tomorrow has its canary too. Rules of the tables (checks, triggers,
foreign keys) are put aside while the rows are laid: they are about business, not about who sees what.
"""

import json
import zipfile
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

from flask import Flask
from sqlalchemy import Boolean, Column, Connection, Date, DateTime, LargeBinary, Table, create_engine, inspect, text
from sqlalchemy.types import Integer, String

from app import wiring
from app.core.db import Base, Model, db
from app.core.types import EncryptedText, EnumText, JsonText, Moment, Percent, Rate

list(wiring._modules(("models",)))  # every table must be known when tests are collected
OWN, OTHER = 101, 102
BIRD = {OWN: "龘", OTHER: "鱻"}
"""One sign that occurs nowhere else, so that it fits into the shortest column."""


def models() -> list[type[Model]]:
    """Every class whose rows a tenant owns."""
    found = [mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, Model)]
    return sorted(found, key=lambda cls: cls.__tablename__)


def tenant_tables() -> list[Table]:
    """Every table with a tenant, those of the platform included."""
    return [table for _name, table in sorted(Base.metadata.tables.items()) if "tenant_id" in table.c]


def key_of(table: Table, tenant_id: int) -> int:
    """The key of the tenant's row in that table."""
    return tenant_id * 1_000_000 + [one.name for one in tenant_tables()].index(table.name)


def lay(program: Flask, *tenants: int) -> None:
    """Lay the rows of these tenants into the program's own database."""
    with program.app_context():
        engine = create_engine(db.engine.url)
    with engine.connect() as connection, _without_rules(connection):
        for table in tenant_tables():
            for tenant_id in tenants:
                connection.execute(table.insert().values(_row(table, tenant_id)))
    engine.dispose()


@contextmanager
def _without_rules(connection: Connection):
    triggers: list[tuple[str, str]] = []
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        kept = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = [(name, sql) for name, sql in kept.all()]
        for name, _sql in triggers:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
    else:
        connection.execute(text("SET session_replication_role = replica"))
        checks = connection.execute(text("SELECT conrelid::regclass, conname FROM pg_constraint WHERE contype = 'c' AND conrelid <> 0 AND connamespace = 'public'::regnamespace"))
        for table, check in checks.all():
            connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {check}"))
    yield
    for _name, sql in triggers:
        connection.exec_driver_sql(sql)
    connection.commit()


def _row(table: Table, tenant_id: int) -> dict[str, Any]:
    row = {column.name: _value(column, tenant_id) for column in table.columns if column.computed is None}
    return {**row, "id": key_of(table, tenant_id), "tenant_id": tenant_id}


def _value(column: Column[Any], tenant_id: int) -> Any:
    for key in column.foreign_keys:
        if key.column.table is column.table and column.nullable:
            return None  # nothing is its own parent
        return key_of(key.column.table, tenant_id) if "tenant_id" in key.column.table.c else 1
    bird = BIRD[tenant_id]
    match column.type:
        case EnumText():
            return next(iter(column.type.kind))
        case JsonText():
            return {bird: bird}
        case EncryptedText():
            return bird
        case Rate() | Percent():
            return Decimal("0.5")
        case Moment() | DateTime():
            return datetime(2026, 11, 1, tzinfo=UTC)
        case Date():
            return date(2026, 11, 1)
        case Boolean():
            return True
        case LargeBinary():
            return bird.encode()
        case String():
            return bird * min(column.type.length or 20, 20)
        case Integer():
            return tenant_id
        case other:
            raise NotImplementedError(f"no canary for {column}: {other!r}")


def texts_of(row: Model) -> str:
    """Everything a loaded row says."""
    return repr([getattr(row, attribute.key) for attribute in inspect(type(row)).column_attrs])


def sings(bird: str, body: bytes) -> bool:
    """Whether the canary is in an answer: as it is, escaped in JSON, or in the parts of an Office file."""
    if body[:2] == b"PK":
        with zipfile.ZipFile(BytesIO(body)) as parts:
            return any(sings(bird, parts.read(name)) for name in parts.namelist())
    escaped = json.dumps(bird).strip('"').encode(), f"&#{ord(bird)};".encode(), f"&#x{ord(bird):x};".encode()
    return bird.encode() in body or any(form in body.lower() for form in escaped)
