"""Rows written without a flush: the same guards, the same columns, few statements."""

from contextlib import contextmanager
from datetime import date
from decimal import Decimal

import pytest
from flask import current_app
from sqlalchemy import bindparam, event, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from app.business.customers.models import Customer, KeyPerson, KeyRole
from app.core import clock
from app.core.db import db
from app.core.rows import (
    append_row,
    ask,
    find_locked,
    find_row,
    find_rows,
    insert_rows,
    known_row,
    new_row,
    read_row,
    read_values,
    read_with_owner,
    store,
    update_each,
    update_rows,
    values_of,
)
from app.core.tenancy import TenantBreach, acting_as, platform_scope, system_actor
from app.core.errors import StaleData
from app.core.transactions import WroteOutside, rehearsal, unit_of_work
from app.support import jobs
from app.support.identity.models import Department
from app.support.jobs.models import Job
from app.workflow.instances import worklist
from app.workflow.instances.models import ProcessInstance, TaskLog, UserTask
from tests.canaries import OTHER, OWN, lay

pytestmark = pytest.mark.both_databases


@pytest.fixture(scope="module")
def programs(databases):
    made = {}

    def program(kind):
        if kind not in made:
            made[kind] = databases.copy(kind)
            lay(made[kind], OWN, OTHER)
        return made[kind]

    yield program
    for one in made.values():
        with one.app_context():
            db.engine.dispose()


@pytest.fixture
def program(programs, database_kind):
    with programs(database_kind).app_context(), acting_as(system_actor(OWN)):
        yield
        db.session.rollback()
        db.session.remove()


def drafts_of(tenant):
    with platform_scope("test"):
        found = db.session.scalars(select(UserTask.draft_at).where(UserTask.tenant_id == tenant)).all()
    db.session.rollback()
    return found


def test_new_rows_are_signed_as_by_a_flush(program):
    with unit_of_work():
        keys = insert_rows(Department, [{"code": f"R{n}", "name": f"R{n}"} for n in range(3)])
    rows = db.session.scalars(select(Department).where(Department.id.in_(keys))).all()
    assert len(rows) == 3
    assert {(row.tenant_id, row.row_version, row.created_at is None) for row in rows} == {(OWN, 1, False)}


def test_anothers_row_is_refused(program):
    with pytest.raises(TenantBreach), unit_of_work():
        insert_rows(Department, [{"code": "X", "name": "X", "tenant_id": OTHER}])


def test_nothing_is_written_outside_a_unit_of_work(program):
    with pytest.raises(WroteOutside):
        insert_rows(Department, [{"code": "X", "name": "X"}])
    with pytest.raises(WroteOutside):
        update_rows(UserTask, {"draft_at": clock.now()}, draft_at=None)


def test_a_change_reaches_ones_own_rows_only(program):
    before, own = drafts_of(OTHER), drafts_of(OWN)
    with unit_of_work():
        update_rows(UserTask, {"draft_at": clock.now()}, tenant_id=OTHER)
    assert (drafts_of(OTHER), drafts_of(OWN)) == (before, own)
    with unit_of_work():
        update_rows(UserTask, {"draft_at": clock.now()}, tenant_id=(OWN, OTHER))
    assert drafts_of(OTHER) == before
    assert None not in drafts_of(OWN)


def test_what_the_session_holds_is_stored_before_and_read_anew_after(program):
    with unit_of_work():
        held = db.session.scalars(select(UserTask)).first()
        held.node_id = "moved"
        version = held.row_version
        moment = clock.now()
        update_rows(UserTask, {"draft_at": moment}, node_id="moved")
        assert (held.node_id, held.draft_at, held.row_version) == ("moved", moment, version + 2)
        held.node_id = "again"  # its version is the one stored, so this is no lost race
    assert db.session.scalar(select(UserTask.node_id).where(UserTask.id == held.id)) == "again"


def test_a_row_of_the_log_gets_the_next_number(program):
    with unit_of_work():
        instance_id = db.session.scalar(select(ProcessInstance.id))
        last = db.session.scalar(select(func.max(TaskLog.seq)).where(TaskLog.instance_id == instance_id)) or 0
        row = {"instance_id": instance_id, "action": "submit", "actor_name": "王丽华"}
        keys = [append_row(TaskLog, row, number="seq", within="instance_id") for _ in range(2)]
        numbers = db.session.scalars(select(TaskLog.seq).where(TaskLog.id.in_(keys)).order_by(TaskLog.seq)).all()
    assert numbers == [last + 1, last + 2]


def test_what_is_written_in_a_savepoint_is_undone_with_it(program):
    with unit_of_work():
        insert_rows(Department, [{"code": "BEFORE", "name": "a"}])
        savepoint = db.session.begin_nested()
        insert_rows(Department, [{"code": "WITHIN", "name": "b"}])
        savepoint.rollback()
        insert_rows(Department, [{"code": "AFTER", "name": "c"}])
        found = values_of(Department, "code", code=("BEFORE", "WITHIN", "AFTER"))
    assert sorted(found) == ["AFTER", "BEFORE"]


def test_a_broken_constraint_is_told_as_by_sqlalchemy(program):
    with pytest.raises(IntegrityError), unit_of_work():
        insert_rows(Department, [{"code": "TWICE", "name": "a"}])
        insert_rows(Department, [{"code": "TWICE", "name": "b"}])


def test_what_is_read_is_an_object_of_the_session(program):
    task_id = db.session.scalar(select(UserTask.id))
    db.session.expunge_all()
    with unit_of_work():
        task, instance = read_with_owner(UserTask, task_id, ProcessInstance, by="instance_id", with_=("state",))
        assert task.instance is instance is read_row(ProcessInstance, instance.id, lock=True)
        task.name, version = "umbenannt", task.row_version
        db.session.flush()
        assert read_row(UserTask, task_id) is task
        assert (task.name, task.row_version) == ("umbenannt", version + 1)
        task.name = "wieder"
        store(task)
        assert task.row_version == version + 2
    stored = db.session.scalar(select(UserTask).where(UserTask.id == task_id))
    assert (stored.name, stored.row_version, stored.instance.state) == ("wieder", version + 2, instance.state)


def test_a_new_row_is_an_object_of_the_session(program):
    with unit_of_work():
        made = new_row(Department, {"code": "NEW", "name": "neu"})
        assert (made.tenant_id, made.row_version, made in db.session) == (OWN, 1, True)
        made.name = "anders"
    assert db.session.scalar(select(Department.name).where(Department.id == made.id)) == "anders"
    with pytest.raises(TenantBreach), unit_of_work():
        new_row(Department, {"code": "NEW2", "name": "neu", "tenant_id": OTHER})


def test_anothers_row_is_not_read(program):
    with platform_scope("test"):
        task_id = db.session.scalar(select(UserTask.id).where(UserTask.tenant_id == OTHER))
    db.session.rollback()
    assert task_id and read_row(UserTask, task_id) is None
    assert read_with_owner(UserTask, task_id, ProcessInstance, by="instance_id") is None


def test_many_jobs_are_put_in_with_one_statement_and_those_there_stay(program):
    planned = [jobs.Planned(OWN, f"rows-{n}", {"timer_id": n}) for n in range(20)]
    seen = []
    listen = lambda *given: seen.append(given[2])  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", listen)
    try:
        for _ in range(2):
            with unit_of_work():
                jobs.enqueue_all(worklist.TIMER_JOB, planned)
    finally:
        event.remove(db.engine, "before_cursor_execute", listen)
    assert len([text for text in seen if "INSERT" in text]) == 2
    assert db.session.scalar(select(func.count()).where(Job.key.like("rows-%"))) == 20


def test_what_is_written_waits_for_its_neighbours_and_for_nobody_who_looks(program):
    with statements_counted() as sent, unit_of_work():
        insert_rows(Department, [{"code": "W1", "name": "a"}])
        update_rows(UserTask, {"node_id": "w"}, node_id="nowhere")
        insert_rows(Department, [{"code": "W2", "name": "b"}])
        insert_rows(Department, [{"code": "W3", "name": "c"}])
        assert not [text for text in sent if text.startswith(("INSERT", "UPDATE"))]
        found = db.session.scalars(select(Department.code).where(Department.code.like("W_"))).all()
        assert set(found) == {"W1", "W2", "W3"}
        insert_rows(Department, [{"code": "W4", "name": "d"}])
    written = [text[:6] for text in sent if text.startswith(("INSERT", "UPDATE"))]
    assert written == ["INSERT", "UPDATE", "INSERT", "INSERT"]
    assert db.session.scalar(select(func.count()).where(Department.code.like("W_"))) == 4


def test_what_waits_goes_with_its_transaction_or_savepoint(program):
    with pytest.raises(ZeroDivisionError), unit_of_work():
        insert_rows(Department, [{"code": "S1", "name": "a"}])
        raise ZeroDivisionError
    with unit_of_work():
        insert_rows(Department, [{"code": "S2", "name": "b"}])
        with rehearsal():
            insert_rows(Department, [{"code": "S3", "name": "c"}])
        with db.session.begin_nested():
            insert_rows(Department, [{"code": "S4", "name": "d"}])
        with pytest.raises(IntegrityError), db.session.begin_nested():
            insert_rows(Department, [{"code": "S2", "name": "again"}])
    found = db.session.scalars(select(Department.code).where(Department.code.like("S_"))).all()
    assert {"S2", "S4"} <= set(found)
    assert not {"S1", "S3"} & set(found)


def test_who_comes_too_late_is_told_when_it_is_sent(program):
    with pytest.raises(StaleData), unit_of_work():
        task = db.session.scalars(select(UserTask)).first()
        other = update(UserTask).where(UserTask.id == task.id).values(row_version=99)
        db.session.execute(other, execution_options={"synchronize_session": False})
        task.name = "zu spät"
        store(task)
    assert "zu spät" not in db.session.scalars(select(UserTask.name)).all()


def test_rows_are_found_by_their_values_in_order(program):
    with unit_of_work():
        insert_rows(Department, [{"code": f"F{n}", "name": "found", "position": n} for n in range(3)])
    rows = find_rows(Department, order=("-position",), name="found")
    assert [row.position for row in rows] == [2, 1, 0]
    assert find_row(Department, name="found", code="F1") is rows[1]
    columns = ("code", "parent_id")
    found = read_values(Department, columns, order=("code",), code=("F0", "F2"), parent_id=None)
    assert found == [["F0", None], ["F2", None]]
    assert find_rows(Department, code=()) == []


def test_what_is_found_is_ones_own(program):
    with acting_as(system_actor(OTHER)), unit_of_work():
        insert_rows(Department, [{"code": "THEIRS", "name": "theirs"}])
    db.session.remove()
    with platform_scope("test"):
        (key,) = values_of(Department, "id", code="THEIRS")
    db.session.remove()
    assert find_row(Department, code="THEIRS") is None
    assert known_row(Department, key) is None
    assert ask(_heads, code="THEIRS") == []


def _heads():
    parent = aliased(Department)
    return (
        select(Department.code, parent.code)
        .outerjoin(parent, parent.id == Department.parent_id)
        .where(Department.code == bindparam("code"))
    )


def test_a_join_is_limited_to_ones_own_rows_on_every_side(program):
    with acting_as(system_actor(OTHER)), unit_of_work():
        (key,) = insert_rows(Department, [{"code": "ABOVE", "name": "theirs"}])
    db.session.remove()
    with unit_of_work():
        insert_rows(Department, [{"code": "BELOW", "name": "ours", "parent_id": key}])
    assert ask(_heads, code="BELOW") == [["BELOW", None]]


def test_what_waits_to_be_written_of_a_table_is_found(program):
    with unit_of_work():
        db.session.add(Department(code="WAITS", name="w"))
        assert [row.name for row in find_rows(Department, code="WAITS")] == ["w"]
        db.session.add(Department(code="WAITS2", name="w"))
        assert ask(_heads, code="WAITS2") == [["WAITS2", None]]


def test_what_the_session_knows_stays_as_it_is_until_it_is_locked(program):
    with unit_of_work():
        (key,) = insert_rows(Department, [{"code": "KNOWN", "name": "before"}])
    known = known_row(Department, key)
    with program_elsewhere(), acting_as(system_actor(OWN)), unit_of_work():
        update_rows(Department, {"name": "after"}, id=key)
    assert find_row(Department, id=key) is known is known_row(Department, key)
    assert known.name == "before"
    db.session.rollback()
    with unit_of_work():
        assert find_locked(Department, code="KNOWN") is known
        assert known.name == "after"


@contextmanager
def program_elsewhere():
    """Another session on the same database, as another request has it."""
    with current_app._get_current_object().app_context():
        yield
        db.session.remove()


def test_a_known_row_is_read_once(program):
    (key,) = values_of(Department, "id", code="R0") or [None]
    with unit_of_work():
        key = key or insert_rows(Department, [{"code": "ONCE", "name": "x"}])[0]
    with statements_counted() as sent:
        for _ in range(3):
            assert known_row(Department, key).id == key
    assert len(sent) == 1


@contextmanager
def statements_counted():
    sent = []

    def hear(_connection, _cursor, statement, *_more):
        if "set_config" not in statement:
            sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", hear)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", hear)


def test_several_rows_are_changed_each_to_its_values(program):
    with unit_of_work():
        keys = insert_rows(Department, [{"code": f"E{n}", "name": "each"} for n in range(2)])
        held = find_row(Department, id=keys[0])
        update_each(Department, [(key, {"name": f"to {n}"}) for n, key in enumerate(keys)])
        assert (held.name, held.row_version) == ("to 0", 2)
    assert sorted(values_of(Department, "name", id=tuple(keys))) == ["to 0", "to 1"]


def test_a_platform_row_is_changed_without_a_version(program):
    with unit_of_work():
        job = jobs.enqueue("jobs.sweep")
        update_rows(Job, {"tries": 3}, id=job.id)
    assert values_of(Job, "tries", id=job.id) == [3]


def test_a_statement_with_a_list_is_refused(program):
    with pytest.raises(ValueError):
        ask(_listed)


def _listed():
    return select(Department.id).where(Department.code.in_(["A", "B"]))


def test_figures_and_days_are_read_as_the_session_reads_them(program):
    columns = ("ratio_pct", "until_date", "role")
    with unit_of_work():
        customer_id = db.session.scalar(select(Customer.id))
        person = {"customer_id": customer_id, "role": KeyRole.ACTUAL_CONTROLLER, "name": "figures", "source": "DECLARED"}
        insert_rows(KeyPerson, [{**person, "ratio_pct": Decimal("12.3400"), "until_date": date(2026, 1, 2)}])
    assert read_values(KeyPerson, columns, name="figures") == [
        [Decimal("12.3400"), date(2026, 1, 2), KeyRole.ACTUAL_CONTROLLER]
    ]


def test_a_new_row_that_is_changed_while_it_waits_is_written_once(program):
    with statements_counted() as sent, unit_of_work():
        row = new_row(Department, {"code": "N1", "name": "before"})
        jobs.enqueue_all(worklist.TIMER_JOB, [jobs.Planned(OWN, "beside", {})])
        row.name = "after"
        store(row)
        assert row.row_version == 1
        row.name = "at last"
        store(row)
    assert [text.split()[0] for text in sent if text.startswith(("INSERT", "UPDATE"))] == ["INSERT", "INSERT"]
    kept = db.session.scalars(select(Department).where(Department.code == "N1")).one()
    assert (kept.name, kept.row_version, kept.id) == ("at last", 1, row.id)


def test_a_new_row_is_changed_in_the_order_of_the_writes(program):
    """What waits after it and writes to the same table comes before the change, as it was done."""
    with statements_counted() as sent, unit_of_work():
        row = new_row(Department, {"code": "N3", "name": "before"})
        insert_rows(Department, [{"code": "N4", "name": "beside"}])
        row.name = "after"
        store(row)
        assert row.row_version == 2
    assert [text.split()[0] for text in sent if text.startswith(("INSERT", "UPDATE"))] == ["INSERT", "INSERT", "UPDATE"]
    with statements_counted() as sent, unit_of_work():
        row = new_row(Department, {"code": "N5", "name": "before"})
        assert db.session.scalar(select(Department.name).where(Department.code == "N5")) == "before"
        row.name = "after"
        store(row)
    assert [text.split()[0] for text in sent] == ["INSERT", "SELECT", "UPDATE"]
    assert db.session.scalar(select(Department.name).where(Department.code == "N5")) == "after"


def test_many_new_rows_go_table_by_table_parents_first(program):
    """As they came: a case, its log, a case, its log; as they are sent: the cases, then the logs, numbered as before."""
    case = {"release_id": 1, "process_id": "p", "process_label": "p", "title": "t", "state": b"x", "data": {}}
    with statements_counted() as sent, unit_of_work():
        cases = []
        for n in range(6):
            row = new_row(ProcessInstance, {**case, "business_key": f"MANY{n}"})
            cases.append(row.id)
            for action in ("first", "second"):
                logged = {"instance_id": row.id, "action": action, "actor_name": "a", "at": clock.now()}
                append_row(TaskLog, logged, number="seq", within="instance_id")
            row.title = f"case {n}"
            store(row)
    assert [text.split("(")[0].split()[-1] for text in sent if text.startswith("INSERT")] == ["process_instance", "task_log"]
    query = select(TaskLog.instance_id, TaskLog.seq, TaskLog.action).where(TaskLog.instance_id.in_(cases))
    found = db.session.execute(query.order_by(TaskLog.instance_id, TaskLog.seq)).all()
    assert found == [(one, seq, action) for one in sorted(cases) for seq, action in ((1, "first"), (2, "second"))]
    titles = db.session.scalars(select(ProcessInstance.title).where(ProcessInstance.id.in_(cases)).order_by(ProcessInstance.business_key)).all()
    assert titles == [f"case {n}" for n in range(6)]


def test_nothing_passes_by_a_change(program):
    with statements_counted() as sent, unit_of_work():
        for n in range(4):
            insert_rows(Department, [{"code": f"G{n}", "name": "a"}])
            jobs.enqueue_all(worklist.TIMER_JOB, [jobs.Planned(OWN, f"gather-{n}", {})])
            update_rows(Job, {"error": f"{n}"}, key=f"gather-{n}")
    told = [text.split()[0] for text in sent if text.startswith(("INSERT", "UPDATE"))]
    assert told == ["INSERT", "INSERT", "UPDATE"] * 4
    found = db.session.execute(select(Job.key, Job.error).where(Job.key.like("gather-%")).order_by(Job.key)).all()
    assert found == [(f"gather-{n}", f"{n}") for n in range(4)]
