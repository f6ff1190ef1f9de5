"""The second lock, brought to PostgreSQL by every migration: the program's role, its rights, who sees which row.

The first lock is ``core.tenancy``: it also tells the database, transaction by transaction, who acts.
See docs/decisions/0003-tenancy.md.
"""

from typing import Any

from sqlalchemy import Connection, text

from app.core.db import APP_ROLE

POLICY = "tenant_rows"
SETTING = "app.tenant"
"""A tenant's number, or ``all`` in a platform scope; anything else, and nothing at all, sees no row."""

SHARED = {"job": 0}
"""Tables of the platform that also hold rows of nobody in particular, marked by this tenant: anybody's."""

_MAKE_ROLE = f"""
DO $$ BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{APP_ROLE}') THEN
    CREATE ROLE {APP_ROLE} NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
      EXECUTE format('GRANT {APP_ROLE} TO %I', current_user);
    END IF;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- a migration of another database was faster
END $$"""  # noqa: S608 - constants only

_EVERYDAY = "SELECT, INSERT, UPDATE, DELETE"
_GRANT = f"""
DO $$ DECLARE here text := current_schema(); BEGIN
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO {APP_ROLE}', here);
  EXECUTE format('GRANT {_EVERYDAY} ON ALL TABLES IN SCHEMA %I TO {APP_ROLE}', here);
  EXECUTE format('GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA %I TO {APP_ROLE}', here);
  EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT {_EVERYDAY} ON TABLES TO {APP_ROLE}', here);
  EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT USAGE, SELECT ON SEQUENCES TO {APP_ROLE}', here);
  IF to_regclass('alembic_version') IS NOT NULL THEN
    REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {APP_ROLE};
  END IF;
END $$"""  # noqa: S608 - constants only

_TENANT_TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
  AND a.attname = 'tenant_id' AND NOT a.attisdropped
ORDER BY c.relname"""


def protect(connection: Connection) -> None:
    """Bring role, grants and policies up to the tables there are; running it again changes nothing.

    The role must be made by somebody who may (superuser or CREATEROLE), or beforehand.
    """
    if connection.dialect.name != "postgresql":
        return
    connection.execute(text(_MAKE_ROLE))
    connection.execute(text(_GRANT))
    for table in connection.execute(text(_TENANT_TABLES)).scalars().all():
        connection.execute(text(_lock(table)))


def on_version_apply(*, ctx: Any, **_step: Any) -> None:
    """Alembic's hook, inside the transaction of each migration. ``ctx`` is its MigrationContext."""
    protect(ctx.connection)


def _lock(table: str) -> str:
    condition = _condition(table)
    return (
        f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;'
        f'DROP POLICY IF EXISTS {POLICY} ON "{table}";'
        f'CREATE POLICY {POLICY} ON "{table}" USING ({condition}) WITH CHECK ({condition})'
    )


def _condition(table: str) -> str:
    """A setting that is no number must hide rows, not break every query; it is asked for once a statement.

    Compared as a number: it is done for every row a list reads, and PostgreSQL then knows how many rows it leaves.
    """
    seen = f"current_setting('{SETTING}', true)"
    number = f"(SELECT CASE WHEN {seen} ~ '^[1-9][0-9]{{0,17}}$' THEN {seen}::bigint END)"
    condition = f"tenant_id = {number} OR (SELECT {seen}) = 'all'"
    return f"{condition} OR tenant_id = {SHARED[table]}" if table in SHARED else condition
