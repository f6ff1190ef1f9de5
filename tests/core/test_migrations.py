"""The migrations make exactly the database the models describe, and row-level security on top."""

import os
import re
from contextlib import closing

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import create_engine, inspect, text

from app.config import ROOT
from app.core.db import APP_ROLE, Base, RoleMissing, db
from app.core.row_security import POLICY, SHARED
from tests.databases import POSTGRES, build_app, migrate_to_head, settings_for
from tools import baseline

pytestmark = pytest.mark.both_databases

CATALOGUE = {
    "sqlite": ["SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' AND tbl_name <> 'alembic_version'"],
    "postgresql": [
        "SELECT table_name, column_name, data_type, character_maximum_length, numeric_precision, numeric_scale, "
        "is_nullable, regexp_replace(column_default, '''.*''', '') FROM information_schema.columns "
        "WHERE table_schema = 'public' AND table_name <> 'alembic_version'",
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE connamespace = 'public'::regnamespace AND conrelid <> coalesce(to_regclass('alembic_version'), 0)",
        "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'",
        "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
        "SELECT proname, pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    ],
}


def tenant_tables():
    return {name for name, table in Base.metadata.tables.items() if "tenant_id" in table.c}


def owner(program):
    """An engine of whoever owns the tables, not of the program's role."""
    with program.app_context():
        return create_engine(db.engine.url)


def described(program):
    """Everything the database says about itself: columns, constraints, indexes, triggers, functions."""
    engine = owner(program)
    with engine.connect() as connection:
        rows = {
            tuple(re.sub(r"\s+", " ", part) if isinstance(part, str) else part for part in row)
            for query in CATALOGUE[engine.dialect.name]
            for row in connection.execute(text(query))
        }
    engine.dispose()
    return rows


@pytest.fixture
def bare(databases, database_kind):
    """A program on an empty database."""
    return build_app(settings_for(databases.bare(database_kind), databases.folder))


def test_a_migrated_database_is_what_the_models_describe(fresh_app, bare):
    """Column for column, with checks, indexes and triggers: what `create_all` makes."""
    engine = owner(bare)
    baseline.forget_altered()
    Base.metadata.create_all(engine)
    engine.dispose()
    migrated, made = described(fresh_app), described(bare)
    assert (migrated - made, made - migrated) == (set(), set()), "run `.venv/bin/python tools/baseline.py`"
    assert len(made) > len(Base.metadata.tables)


def test_alembic_finds_nothing_to_do(fresh_app):
    engine = owner(fresh_app)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_the_written_baseline_is_what_the_models_say(app, database_kind):
    written = (baseline.FOLDER / f"0001_baseline.{database_kind}.sql").read_text()
    assert written == baseline.SEPARATOR.join(baseline.statements(database_kind)) + "\n", (
        "run `.venv/bin/python tools/baseline.py`"
    )


def test_the_migrations_are_one_line():
    revisions = [path.read_text() for path in (ROOT / "migrations" / "versions").glob("*.py")]
    parents = [re.search(r"^down_revision = (.+)$", one, re.MULTILINE)[1] for one in revisions]
    assert len(set(parents)) == len(parents) and parents.count("None") == 1


def test_a_second_run_changes_nothing(fresh_app):
    before = described(fresh_app)
    migrate_to_head(fresh_app)
    assert described(fresh_app) == before


def test_down_and_up_again_ends_the_same(fresh_app):
    before = described(fresh_app)
    with fresh_app.app_context():
        db.engine.dispose()
        downgrade(revision="base")
        assert described(fresh_app) == set()
        upgrade()
    assert described(fresh_app) == before


def test_a_migration_that_fails_leaves_nothing(bare, monkeypatch):
    """It breaks half way: on SQLite too the tables made before it are gone."""
    from alembic.operations import Operations

    real, said = Operations.get_bind, []

    def break_half_way(self):
        said.append(None)
        if len(said) == 150:
            raise OSError("power cut")
        return real(self)

    monkeypatch.setattr(Operations, "get_bind", break_half_way)
    with bare.app_context(), pytest.raises(OSError, match="power cut"):
        upgrade()
    assert described(bare) == set()
    monkeypatch.undo()
    migrate_to_head(bare)
    assert described(bare)


# ------------------------------------------------------------------ row-level security


@pytest.fixture
def postgresql(fresh_app, database_kind):
    if database_kind == "sqlite":
        pytest.skip("SQLite has no row-level security; core.tenancy is its only lock")
    engine = owner(fresh_app)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_every_table_with_a_tenant_is_locked(postgresql):
    found = postgresql.execute(
        text(
            "SELECT relname, relrowsecurity, relforcerowsecurity, polname, polcmd::text, polpermissive, polroles::text, "
            "pg_get_expr(polqual, polrelid) = pg_get_expr(polwithcheck, polrelid) "
            "FROM pg_class JOIN pg_policy ON polrelid = pg_class.oid"
        )
    ).all()
    assert {tuple(row) for row in found} == {
        (table, True, True, POLICY, "*", True, "{0}", True) for table in tenant_tables()
    }
    assert set(SHARED) <= tenant_tables()


def test_a_table_of_a_later_migration_is_locked_in_the_same_transaction(postgresql):
    from app.core.row_security import protect

    postgresql.execute(text("CREATE TABLE later (id BIGINT PRIMARY KEY, tenant_id BIGINT NOT NULL)"))
    protect(postgresql)
    protect(postgresql)
    row = postgresql.execute(text("SELECT relforcerowsecurity FROM pg_class WHERE relname = 'later'")).scalar()
    may = postgresql.execute(text(f"SELECT has_table_privilege('{APP_ROLE}', 'later', 'INSERT')")).scalar()
    assert row and may


def test_the_program_works_as_a_role_that_owns_nothing(fresh_app, postgresql):
    with fresh_app.app_context():
        assert db.session.execute(text("SELECT current_user")).scalar() == APP_ROLE
        with db.engine.connect() as connection:
            assert connection.execute(text("SELECT current_user")).scalar() == APP_ROLE
    flags = postgresql.execute(
        text(f"SELECT rolsuper, rolbypassrls, rolcanlogin FROM pg_roles WHERE rolname = '{APP_ROLE}'")
    ).one()
    owned = postgresql.execute(
        text(f"SELECT count(*) FROM pg_class WHERE relowner = '{APP_ROLE}'::regrole")
    ).scalar()
    may = postgresql.execute(
        text(
            f"SELECT has_table_privilege('{APP_ROLE}', 'audit_record', 'TRUNCATE'), "
            f"has_table_privilege('{APP_ROLE}', 'alembic_version', 'UPDATE'), "
            f"has_schema_privilege('{APP_ROLE}', 'public', 'CREATE')"
        )
    ).one()
    assert (tuple(flags), owned, tuple(may)) == ((False,) * 3, 0, (False,) * 3)


# Logins belong to the whole server: each worker of a run has its own, or two of them meet.
LOGINS = f"zdy_test_owner_{os.getpid()}", f"zdy_test_stranger_{os.getpid()}"


@pytest.fixture
def logins(databases, database_kind):
    """An owner who is no superuser but may make roles, and a login nobody knows; a database of the owner's."""
    if database_kind == "sqlite":
        pytest.skip("SQLite has no logins")
    name = databases.bare(database_kind).rpartition("/")[2]
    with closing(psycopg.connect(f"{POSTGRES}/postgres", autocommit=True)) as connection:
        for login in LOGINS:
            connection.execute(f"DROP ROLE IF EXISTS {login}")
            connection.execute(f"CREATE ROLE {login} LOGIN NOSUPERUSER")
        connection.execute(f"GRANT {APP_ROLE} TO {LOGINS[0]}")
        connection.execute(f"ALTER DATABASE {name} OWNER TO {LOGINS[0]}")
        yield [POSTGRES.replace("postgresql://postgres", f"postgresql+psycopg://{one}") + f"/{name}" for one in LOGINS]
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        for login in LOGINS:
            connection.execute(f"DROP ROLE {login}")
    databases.made.remove(name)


def test_an_owner_who_is_no_superuser_migrates_and_is_bound_too(databases, logins, fresh_app):
    program = build_app(settings_for(logins[0], databases.folder))
    migrate_to_head(program)
    engine = owner(program)
    with engine.begin() as connection:
        connection.execute(text("SELECT set_config('app.tenant', '7', true)"))
        connection.execute(text("INSERT INTO audit_head (id, tenant_id, created_at, updated_at, row_version, seq, hash, seal) VALUES (1, 7, now(), now(), 1, 0, '', '')"))
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM audit_head")).scalar() == 0
    engine.dispose()
    with program.app_context():
        assert db.session.execute(text("SELECT current_user")).scalar() == APP_ROLE
        db.engine.dispose()


def test_a_login_that_may_not_be_the_role_does_not_work_at_all(databases, logins):
    program = build_app(settings_for(logins[1], databases.folder))
    with program.app_context(), pytest.raises(RoleMissing, match="GRANT zaidanyun_app"):
        inspect(db.engine)
