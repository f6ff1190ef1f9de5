"""Alembic's entry: one line of migrations for SQLite and PostgreSQL, run as the owner of the tables.

Each migration is one transaction on both databases, and row-level security is brought to its tables in the same.
"""

from pathlib import Path
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from flask import current_app
from sqlalchemy import Connection, Engine, create_engine, event, make_url, pool, text
from sqlalchemy.types import TypeDecorator

from app.core.db import Base
from app.core.row_security import SETTING, on_version_apply

ONE_AT_A_TIME = 7_304_512_001
"""Advisory lock: of two servers that start at once, one migrates and the other waits."""


def run() -> None:
    """Connect as the owner (not as the application's role) and run what is missing."""
    engine = owner_engine(current_app.extensions["settings"].database_url)
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            take_turn(connection)
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            compare_type=True,
            transaction_per_migration=True,
            transactional_ddl=True,
            on_version_apply=on_version_apply,
            render_item=plain_type,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


def owner_engine(url: str) -> Engine:
    """An engine that works as whoever ``DATABASE_URL`` names; on SQLite its transactions hold tables too."""
    if not url.startswith("sqlite"):
        return create_engine(url, poolclass=pool.NullPool)
    if database := make_url(url).database:
        Path(database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, poolclass=pool.NullPool, connect_args={"isolation_level": None, "timeout": 30})
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def take_turn(connection: Connection) -> None:
    """Wait for other migrations, and see every tenant's rows: the owner is bound by the policies too."""
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": ONE_AT_A_TIME})
    connection.execute(text("SELECT set_config(:name, 'all', false)"), {"name": SETTING})
    connection.commit()


def plain_type(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """A new migration names the stored type: it must not change when a type of ours does."""
    if kind != "type" or not isinstance(item, TypeDecorator):
        return False
    on_sqlite, plain = (f"sa.{item.load_dialect_impl(d)!r}" for d in _dialects())
    return plain if plain == on_sqlite else f"{plain}.with_variant({on_sqlite}, 'sqlite')"


def _dialects() -> tuple[Any, Any]:
    from sqlalchemy.dialects import postgresql, sqlite

    return sqlite.dialect(), postgresql.dialect()


run()
