"""Who sees what, on every table: the program's condition, the database's own lock, and each of them alone."""

from contextlib import contextmanager

import pytest
from sqlalchemy import create_engine, delete, event, exists, func, inspect, literal, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, aliased
from sqlalchemy.orm.exc import ObjectDeletedError

from app.core import tenancy
from app.core.db import APP_ROLE, db
from app.core.errors import StaleData
from app.core.tenancy import TenantBreach, acting_as, platform_scope, set_actor, system_actor
from app.core.transactions import unit_of_work
from app.support.identity.models import Department, User
from tests.canaries import BIRD, OTHER, OWN, key_of, lay, models, tenant_tables, texts_of

pytestmark = pytest.mark.both_databases
TABLES = [table.name for table in tenant_tables()]


@pytest.fixture(scope="module")
def aviaries(databases):
    """A program with both tenants' canaries, by database kind; nothing in it is changed by a test."""
    made = {}

    def aviary(kind):
        if kind not in made:
            made[kind] = databases.copy(kind)
            lay(made[kind], OWN, OTHER)
        return made[kind]

    yield aviary
    for program in made.values():
        with program.app_context():
            db.engine.dispose()


@pytest.fixture
def aviary(aviaries, database_kind):
    program = aviaries(database_kind)
    with program.app_context():
        yield program
        db.session.rollback()
        db.session.remove()


@pytest.fixture
def postgresql(aviaries):
    """Only there is the second lock; on SQLite the program's condition is the only one."""
    program = aviaries("postgresql")
    with program.app_context():
        yield program
        db.session.rollback()
        db.session.remove()


def ways_to_read(cls, key):
    """What brings texts when somebody looks for rows of ``cls``, in every way the ORM has; ``key`` is theirs."""
    say, other = db.session, aliased(cls)
    return {
        "select": lambda: [texts_of(row) for row in say.scalars(select(cls))],
        "query": lambda: [texts_of(row) for row in say.query(cls)],
        "get": lambda: [texts_of(row) for row in [say.get(cls, key)] if row],
        "one": lambda: [texts_of(row) for row in [say.scalars(select(cls).filter_by(id=key)).one_or_none()] if row],
        "by key": lambda: [texts_of(row) for row in say.scalars(select(cls).where(cls.id == key))],
        "or true": lambda: [texts_of(row) for row in say.scalars(select(cls).where((cls.id == key) | literal(True)))],
        "alias": lambda: [texts_of(row) for row in say.scalars(select(other))],
        "columns": lambda: [repr(tuple(row)) for row in say.execute(select(*(getattr(cls, a.key) for a in inspect(cls).column_attrs)))],
        "subquery": lambda: [repr(tuple(row)) for row in say.execute(select(select(cls).subquery()))],
        "cte": lambda: [repr(tuple(row)) for row in say.execute(select(select(cls).cte()))],
        "union": lambda: [repr(tuple(row)) for row in say.execute(select(cls.id).union_all(select(other.id)))],
        "join": lambda: [texts_of(row) for row in say.scalars(select(cls).join(other, literal(True)))],
        "joined": lambda: [texts_of(row) for row in say.scalars(select(other).select_from(cls).join(other, literal(True)))],
        "in": lambda: [texts_of(row) for row in say.scalars(select(cls).where(cls.id.in_(select(other.id))))],
        "exists": lambda: [repr(key)] if say.scalar(select(exists().where(cls.id == key))) else [],
        "count": lambda: [repr(key)] * max(say.scalar(select(func.count()).select_from(cls)) - 1, 0),
    }


def leaks(cls):
    """Names of the ways that tell something of the other tenant's, one after the other."""
    table = next(table for table in tenant_tables() if table.name == cls.__tablename__)
    key = key_of(table, OTHER)
    marks = (BIRD[OTHER], str(key))
    return (way for way, said in ways_to_read(cls, key).items() if any(m in one for m in marks for one in said()))


# ------------------------------------------------------------------ the program's condition


@pytest.mark.parametrize("cls", models(), ids=lambda cls: cls.__tablename__)
def test_a_tenant_sees_its_own_row_and_no_other(aviary, cls):
    with acting_as(system_actor(OWN)):
        assert set(leaks(cls)) == set()
        assert [row.tenant_id for row in db.session.scalars(select(cls))] == [OWN]


@pytest.mark.parametrize("cls", models(), ids=lambda cls: cls.__tablename__)
def test_nobody_sees_nothing(aviary, cls):
    assert db.session.scalars(select(cls)).all() == []
    assert db.session.scalar(select(func.count()).select_from(cls)) == 0


def test_the_platform_sees_everybody(aviary):
    with platform_scope("test"):
        for cls in models():
            assert {row.tenant_id for row in db.session.scalars(select(cls))} >= {OWN, OTHER}


def test_many_rows_at_once_are_changed_only_among_ones_own(aviary):
    with acting_as(system_actor(OWN)):
        for act in (update(Department).values(name="x"), delete(Department)):
            act = act.execution_options(synchronize_session=False)
            with pytest.raises(_Undo), unit_of_work():
                assert db.session.execute(act.where(Department.tenant_id == OTHER)).rowcount == 0
                raise _Undo


class _Undo(Exception):
    pass


def test_a_row_for_another_tenant_is_not_written(aviary):
    with acting_as(system_actor(OWN)), pytest.raises(TenantBreach), unit_of_work():
        db.session.add(Department(tenant_id=OTHER, code="X", name="X"))
    with pytest.raises(TenantBreach), unit_of_work():
        db.session.add(Department(code="X", name="X"))


def test_a_row_is_not_given_to_another_tenant(aviary):
    with acting_as(system_actor(OWN)), pytest.raises(TenantBreach), unit_of_work():
        db.session.scalars(select(Department)).one().tenant_id = OTHER


def test_one_transaction_is_one_tenants(aviary):
    with acting_as(system_actor(OWN)):
        db.session.scalars(select(Department)).all()
    with acting_as(system_actor(OTHER)), pytest.raises(TenantBreach, match="acts in a transaction of"):
        db.session.scalars(select(Department)).all()
    db.session.rollback()
    with acting_as(system_actor(OTHER)):
        assert [row.tenant_id for row in db.session.scalars(select(Department))] == [OTHER]


def test_what_one_tenant_read_another_cannot_read_again(aviary):
    """The session may still know the row; to look at it again is a query, and that has the condition."""
    with acting_as(system_actor(OTHER)):
        row = db.session.scalars(select(Department)).one()
        key = row.id
    db.session.rollback()
    with acting_as(system_actor(OWN)):
        with pytest.raises(ObjectDeletedError):
            _ = row.name
        assert db.session.get(Department, key) is None


def test_a_scope_that_ends_ends_in_the_middle_of_a_transaction(aviary):
    with acting_as(system_actor(OWN)):
        with platform_scope("test"):
            assert len(db.session.scalars(select(Department.id)).all()) == 2
        assert len(db.session.scalars(select(Department.id)).all()) == 1
    assert db.session.scalars(select(Department.id)).all() == []


def test_set_actor_holds_until_it_is_taken_back(aviary):
    set_actor(system_actor(OWN))
    try:
        assert len(db.session.scalars(select(User.id)).all()) == 1
    finally:
        set_actor(None)
    assert db.session.scalars(select(User.id)).all() == []


# ------------------------------------------------------------------ the database's lock


@pytest.mark.parametrize("table", TABLES)
def test_raw_sql_sees_only_what_the_one_who_acts_may_see(postgresql, table):
    with acting_as(system_actor(OWN)):
        assert tenants_in(table) == {OWN}
        assert BIRD[OTHER] not in repr(db.session.execute(text(f"SELECT * FROM {table}")).all())
    db.session.rollback()
    assert tenants_in(table) == set()
    db.session.rollback()
    with platform_scope("test"):
        assert tenants_in(table) >= {OWN, OTHER}


def tenants_in(table):
    return set(db.session.execute(text(f"SELECT tenant_id FROM {table}")).scalars())


@pytest.mark.parametrize("table", TABLES)
def test_raw_sql_writes_no_row_of_another_tenant(postgresql, table):
    with acting_as(system_actor(OWN)):
        for act in (
            f"INSERT INTO {table} (tenant_id) VALUES ({OTHER})",
            f"UPDATE {table} SET tenant_id = {OTHER}",
        ):
            with pytest.raises(DBAPIError, match="row-level security|append-only|closed vote|only moves forward"):
                db.session.execute(text(act))
            db.session.rollback()


@pytest.mark.parametrize("table", TABLES)
def test_raw_sql_changes_no_row_of_another_tenant(postgresql, table):
    with acting_as(system_actor(OWN)), db.engine.connect() as connection:
        for act in (f"UPDATE {table} SET tenant_id = tenant_id", f"DELETE FROM {table}"):
            assert connection.execute(text(f"{act} WHERE tenant_id = {OTHER}")).rowcount == 0
            connection.rollback()


def test_a_connection_without_session_is_told_too(postgresql):
    with db.engine.connect() as connection:
        count = lambda: connection.execute(text("SELECT count(*) FROM department")).scalar()  # noqa: E731
        assert count() == 0
        with acting_as(system_actor(OWN)):
            assert count() == 1
            with platform_scope("test"):
                assert count() == 2
            assert count() == 1
        assert count() == 0


def test_what_was_told_in_a_savepoint_is_told_again_after_it_was_rolled_back(postgresql):
    with acting_as(system_actor(OWN)), db.engine.connect() as connection:
        with platform_scope("test"):
            connection.execute(text("SELECT 1"))
        savepoint = connection.begin_nested()
        assert connection.execute(text("SELECT count(*) FROM department")).scalar() == 1
        savepoint.rollback()
        assert connection.execute(text("SELECT count(*) FROM department")).scalar() == 1


def test_a_failed_statement_is_forgotten_with_its_savepoint(postgresql):
    with acting_as(system_actor(OWN)), db.engine.connect() as connection:
        savepoint = connection.begin_nested()
        with pytest.raises(DBAPIError):
            connection.execute(text("SELECT 1/0"))
        savepoint.rollback()
        assert connection.execute(text("SELECT count(*) FROM department")).scalar() == 1


def test_a_role_that_was_lost_is_taken_again(postgresql):
    """`RESET ROLE` or a pooler's `DISCARD ALL` would make a superuser of us, whom no policy binds."""
    with db.engine.connect() as connection:
        connection.execute(text("RESET ROLE"))
        connection.commit()
        assert connection.execute(text("SELECT current_user")).scalar() == APP_ROLE
        assert connection.execute(text("SELECT count(*) FROM department")).scalar() == 0


def test_a_setting_that_makes_no_sense_shows_nothing(postgresql):
    with db.engine.connect() as connection:
        for value in ("", "x", "-1", "101 OR 1=1", "ALL", "0101"):
            connection.execute(text("SELECT set_config('app.tenant', :value, true)"), {"value": value})
            assert connection.execute(text("SELECT count(*) FROM department")).scalar() == 0, value


def test_who_acts_is_told_once_a_transaction(postgresql, monkeypatch):
    said, tell = [], tenancy._tell
    monkeypatch.setattr(tenancy, "_tell", lambda connection, value: (said.append(value), tell(connection, value)))
    with acting_as(system_actor(OWN)):
        for _round in range(2):
            for _statement in range(3):
                assert db.session.scalar(text("SELECT current_setting('app.tenant')")) == str(OWN)
            db.session.rollback()
    assert said == [str(OWN)] * 2


# ------------------------------------------------------------------ each lock alone, and neither


@contextmanager
def without_condition():
    event.remove(Session, "do_orm_execute", tenancy._add_condition)
    try:
        yield
    finally:
        event.listen(Session, "do_orm_execute", tenancy._add_condition)


@contextmanager
def without_policies():
    engine = create_engine(db.engine.url)
    alter = "ALTER TABLE {} DISABLE ROW LEVEL SECURITY", "ALTER TABLE {} ENABLE ROW LEVEL SECURITY"
    try:
        with engine.begin() as connection:
            for table in TABLES:
                connection.execute(text(alter[0].format(table)))
        yield
    finally:
        db.session.rollback()
        with engine.begin() as connection:
            for table in TABLES:
                connection.execute(text(alter[1].format(table)))
        engine.dispose()


def test_without_the_condition_only_the_databases_lock_is_left(aviary, database_kind):
    """The mutant of the program: on SQLite these tests see every leak, on PostgreSQL there is none."""
    with without_condition(), acting_as(system_actor(OWN)):
        leaking = {cls for cls in models() if any(leaks(cls))}
    assert leaking == (set(models()) if database_kind == "sqlite" else set())


def test_without_the_policies_the_condition_still_holds(postgresql):
    with without_policies(), acting_as(system_actor(OWN)):
        assert {cls for cls in models() if any(leaks(cls))} == set()
        assert tenants_in("department") == {OWN, OTHER}, "and raw text leaks: the tests above would see it"


def test_with_neither_lock_everything_leaks(postgresql):
    with without_policies(), without_condition(), acting_as(system_actor(OWN)):
        assert {cls for cls in models() if any(leaks(cls))} == set(models())


def test_without_the_guard_of_writes_the_database_refuses(postgresql):
    event.remove(Session, "before_flush", tenancy._guard_writes)
    try:
        with acting_as(system_actor(OWN)), pytest.raises(DBAPIError, match="row-level security"), unit_of_work():
            db.session.add(Department(tenant_id=OTHER, code="X", name="X"))
        with acting_as(system_actor(OWN)), pytest.raises(StaleData), unit_of_work():
            with platform_scope("test"):
                row = db.session.scalars(select(Department).where(Department.tenant_id == OTHER)).one()
            row.name = "taken"
            db.session.flush()
    finally:
        event.listen(Session, "before_flush", tenancy._guard_writes)
