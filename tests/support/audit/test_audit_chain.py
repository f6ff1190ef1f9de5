"""The trail: what is recorded, when, in which order – and that every tampering is found and named."""

import threading
from contextvars import copy_context

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from app.core.db import db
from app.core.tenancy import Actor, acting_as, platform_scope, system_actor
from app.core.transactions import unit_of_work
from app.support import audit
from app.support.audit import anchors, queries
from app.support.audit.errors import BadTag, ForeignChain
from app.support.audit.models import AuditHead, AuditRecord
from app.support.audit.rules import facts_text
from app.support.audit.verification import FlawKind, verify, verify_all
from tests.programs import PATIENCE

CLERK = Actor(tenant_id=1, name="王丽", user_id=77)


def write(*tags: str, actor: Actor = CLERK, **facts) -> None:
    """One unit of work with these records."""
    with acting_as(actor), unit_of_work():
        for tag in tags:
            audit.record(actor, tag, ("thing", 5), **facts)


def tags_of(tenant_id: int) -> list[str]:
    with acting_as(system_actor(tenant_id)):
        found = list(db.session.scalars(select(AuditRecord.tag).order_by(AuditRecord.seq)))
        db.session.close()
        return found


def tamper(app, *statements: str) -> None:
    """What somebody with the database's own password would do: triggers off, change, triggers on."""
    with app.app_context(), db.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("RESET ROLE"))
            connection.execute(text("SET session_replication_role = replica"))
        else:
            for name in connection.execute(text("SELECT name FROM sqlite_master WHERE type='trigger'")).scalars().all():
                connection.execute(text(f"DROP TRIGGER {name}"))
        for statement in statements:
            connection.execute(text(statement))
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET session_replication_role = DEFAULT"))


@pytest.fixture
def chain(fresh_app):
    """An app with a chain of five records of tenant 1."""
    with fresh_app.app_context():
        for number in range(1, 6):
            write("test.thing.changed", number=number, 备注=f"第{number}次")
        yield fresh_app


def flaws(tenant_id: int = 1):
    with platform_scope("test"):
        found = verify(tenant_id).flaws
        db.session.close()
    return [(flaw.kind, flaw.seq) for flaw in found]


def test_a_record_says_who_what_when_and_keeps_the_facts_in_order(fresh_app):
    with fresh_app.app_context():
        write("test.thing.changed", z=1, a=["甲", None], amount_fen=450)
        with acting_as(CLERK):
            row = queries.list_of_subject("thing", 5)[0]
            assert (row.seq, row.actor_id, row.actor_name, row.tag) == (1, 77, "王丽", "test.thing.changed")
            assert list(row.facts.items()) == [("z", 1), ("a", ["甲", None]), ("amount_fen", 450)]


def test_a_new_row_is_named_by_the_key_it_gets_at_flush(db_session, actor):
    from app.support.numbering.models import NumberSeries

    row = NumberSeries(series="t.audit", last_number=0)
    db_session.add(row)
    audit.record(actor, "test.series.opened", row)
    db_session.commit()
    assert [r.tag for r in queries.list_of_subject("number_series", row.id)] == ["test.series.opened"]


def test_a_rolled_back_act_leaves_no_record(fresh_app):
    with fresh_app.app_context():
        with pytest.raises(ZeroDivisionError), acting_as(CLERK), unit_of_work():
            audit.record(CLERK, "test.thing.broken")
            1 / 0  # noqa: B018
        write("test.thing.done")
        assert tags_of(1) == ["test.thing.done"]


def test_a_savepoint_that_is_rolled_back_takes_only_its_own_records_along(fresh_app):
    with fresh_app.app_context():
        with acting_as(CLERK), unit_of_work():
            audit.record(CLERK, "test.thing.first")
            try:
                with db.session.begin_nested():
                    audit.record(CLERK, "test.thing.inner")
                    with db.session.begin_nested():
                        audit.record(CLERK, "test.thing.innermost")
                    raise KeyError
            except KeyError:
                pass
            with db.session.begin_nested():
                audit.record(CLERK, "test.thing.second")
        assert tags_of(1) == ["test.thing.first", "test.thing.second"]


def test_tenants_have_chains_of_their_own_and_none_writes_into_anothers(fresh_app):
    other = Actor(tenant_id=2, name="李强", user_id=8)
    with fresh_app.app_context():
        write("test.thing.one")
        write("test.thing.two", actor=other)
        assert (tags_of(1), tags_of(2)) == (["test.thing.one"], ["test.thing.two"])
        with acting_as(CLERK), pytest.raises(ForeignChain):
            audit.record(other, "test.thing.three")
        with platform_scope("test"):
            assert verify_all().records == 2


@pytest.mark.parametrize("tag", ["", "one", "Room.thing.done", "a.b c.d", "a." + "b" * 90])
def test_a_malformed_tag_is_refused(fresh_app, tag):
    with fresh_app.app_context(), acting_as(CLERK), pytest.raises(BadTag):
        audit.record(CLERK, tag)


def test_facts_become_plain_json():
    from datetime import UTC, date, datetime
    from decimal import Decimal

    written = facts_text({"rate": Decimal("0.0150"), "on": date(2026, 11, 24), "at": datetime(2026, 11, 24, tzinfo=UTC), "ids": {3}})
    assert written == '{"rate": "0.0150", "on": "2026-11-24", "at": "2026-11-24T00:00:00+00:00", "ids": [3]}'


@pytest.mark.both_databases
def test_an_untouched_chain_is_intact(chain):
    assert flaws() == []
    result = chain.test_cli_runner().invoke(args=["audit", "verify"])
    assert (result.exit_code, result.output.splitlines()[-1]) == (0, "5 records, chain intact")


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_record SET facts_json = replace(facts_json, '3', '4') WHERE seq = 3",
        "UPDATE audit_record SET facts_json = facts_json || ' ' WHERE seq = 3",
        "UPDATE audit_record SET tag = 'test.thing.changee' WHERE seq = 3",
        "UPDATE audit_record SET actor_name = '王莉' WHERE seq = 3",
        "UPDATE audit_record SET entity_id = '6' WHERE seq = 3",
        "UPDATE audit_record SET created_at = '2026-11-24 02:00:01.000000' WHERE seq = 3",
        "UPDATE audit_record SET updated_by = 78 WHERE seq = 3",
        "UPDATE audit_record SET row_version = 2 WHERE seq = 3",
        "UPDATE audit_record SET id = id + 1 WHERE seq = 3",
        "UPDATE audit_record SET address = '10.0.0.1' WHERE seq = 3",
    ],
)
def test_a_changed_byte_names_the_record(chain, statement):
    tamper(chain, statement)
    assert flaws() == [(FlawKind.CONTENT, 3)]
    result = chain.test_cli_runner().invoke(args=["audit", "verify"])
    assert result.exit_code == 1
    assert "record 3" in result.output
    assert "test.thing.change" in result.output


@pytest.mark.both_databases
def test_a_changed_hash_shows_at_the_record_and_at_the_next_link(chain):
    tamper(chain, "UPDATE audit_record SET hash = replace(hash, substr(hash, 1, 1), 'x') WHERE seq = 3")
    assert flaws() == [(FlawKind.CONTENT, 3), (FlawKind.LINK, 4)]


@pytest.mark.both_databases
def test_a_deleted_record_is_missed(chain):
    tamper(chain, "DELETE FROM audit_record WHERE seq = 3")
    assert flaws() == [(FlawKind.MISSING, 3)]
    tamper(chain, "DELETE FROM audit_record WHERE seq = 1")
    assert flaws() == [(FlawKind.MISSING, 1), (FlawKind.MISSING, 3)]


@pytest.mark.both_databases
def test_two_swapped_records_are_both_named(chain):
    tamper(
        chain,
        "UPDATE audit_record SET seq = 99 WHERE seq = 2",
        "UPDATE audit_record SET seq = 2 WHERE seq = 4",
        "UPDATE audit_record SET seq = 4 WHERE seq = 99",
    )
    found = flaws()
    assert {(FlawKind.CONTENT, 2), (FlawKind.CONTENT, 4)} <= set(found)
    assert (FlawKind.LINK, 3) in found


COPY = (
    "INSERT INTO audit_record (id, tenant_id, seq, actor_id, actor_name, tag, entity, entity_id, facts_json, address,"
    " previous_hash, hash, created_at, created_by, updated_at, updated_by, row_version)"
    " SELECT id + 1, tenant_id, {seq}, actor_id, actor_name, tag, entity, entity_id, facts_json, address,"
    " previous_hash, hash, created_at, created_by, updated_at, updated_by, row_version FROM audit_record WHERE seq = {source}"
)


@pytest.mark.both_databases
def test_an_inserted_record_is_named(chain):
    tamper(chain, COPY.format(seq=6, source=5))
    assert (FlawKind.BEYOND_HEAD, 6) in flaws()
    assert (FlawKind.CONTENT, 6) in flaws()


@pytest.mark.both_databases
def test_a_record_inserted_in_between_is_named(chain):
    tamper(
        chain,
        "UPDATE audit_record SET seq = seq + 1000 WHERE seq >= 3",
        "UPDATE audit_record SET seq = seq - 999 WHERE seq >= 1000",
        COPY.format(seq=3, source=2),
        "UPDATE audit_head SET seq = 6",
    )
    assert (FlawKind.CONTENT, 3) in flaws()
    assert (FlawKind.HEAD, 6) in flaws()


@pytest.mark.both_databases
def test_a_cut_tail_is_found_by_the_head(chain):
    tamper(chain, "DELETE FROM audit_record WHERE seq >= 4")
    assert flaws() == [(FlawKind.TAIL, 5)]


@pytest.mark.both_databases
def test_a_cut_tail_with_a_forged_head_is_found_by_the_seal(chain):
    tamper(
        chain,
        "DELETE FROM audit_record WHERE seq >= 4",
        "UPDATE audit_head SET seq = 3, hash = (SELECT hash FROM audit_record WHERE seq = 3)",
    )
    assert flaws() == [(FlawKind.HEAD, 3)]


@pytest.mark.both_databases
def test_a_cut_tail_with_an_old_true_head_is_found_by_the_anchor(fresh_app):
    with fresh_app.app_context():
        write("test.thing.one", "test.thing.two")
        with acting_as(CLERK):
            head = queries.find_head(1)
            old = {"seq": head.seq, "hash": head.hash, "seal": head.seal}
            db.session.close()
        write("test.thing.three")
        printed = fresh_app.test_cli_runner().invoke(args=["audit", "head"]).output
        assert "3 records" in printed
        tamper(
            fresh_app,
            "DELETE FROM audit_record WHERE seq = 3",
            f"UPDATE audit_head SET seq = {old['seq']}, hash = '{old['hash']}', seal = '{old['seal']}'",
        )
        assert flaws() == [(FlawKind.TAIL, 3)]


@pytest.mark.both_databases
def test_a_lost_head_is_found(chain):
    tamper(chain, "DELETE FROM audit_head")
    assert flaws() == [(FlawKind.HEAD, 5)]


@pytest.mark.both_databases
def test_a_record_moved_to_another_tenant_is_missed_here_and_wrong_there(chain):
    tamper(chain, "UPDATE audit_record SET tenant_id = 2 WHERE seq = 2")
    assert flaws() == [(FlawKind.MISSING, 2)]
    assert (FlawKind.CONTENT, 2) in flaws(2)


def test_values_that_cannot_be_read_are_named_too(chain):
    tamper(chain, "UPDATE audit_record SET created_at = 'yesterday' WHERE seq = 3")
    assert flaws() == [(FlawKind.UNREADABLE, 3)]
    tamper(chain, "UPDATE audit_record SET seq = 'five' WHERE seq = 5")
    assert flaws() == [(FlawKind.UNREADABLE, 3), (FlawKind.UNREADABLE, "five")]


def test_a_damaged_anchor_is_not_overlooked(chain):
    with acting_as(CLERK):
        head = queries.find_head(1)
        db.session.close()
    path = anchors.write(anchors.of(head))
    path.write_text("{}")
    assert (FlawKind.ANCHOR, 5) in flaws()


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_record SET tag = 'x' WHERE seq = 2",
        "UPDATE audit_record SET updated_by = 1",
        "DELETE FROM audit_record WHERE seq = 5",
        "DELETE FROM audit_record",
        "UPDATE audit_head SET seq = 3",
        "UPDATE audit_head SET tenant_id = 9",
        "DELETE FROM audit_head",
    ],
)
def test_the_database_refuses_to_change_the_trail(chain, statement):
    with db.engine.connect() as connection, connection.begin(), pytest.raises(DBAPIError):
        if connection.dialect.name == "postgresql":
            connection.execute(text("RESET ROLE"))
        connection.execute(text(statement))
    assert flaws() == []


@pytest.mark.both_databases
def test_postgresql_refuses_truncate(chain):
    if db.engine.dialect.name != "postgresql":
        return
    for table in ("audit_record", "audit_head"):
        with db.engine.connect() as connection, connection.begin(), pytest.raises(DBAPIError):
            connection.execute(text("RESET ROLE"))
            connection.execute(text(f"TRUNCATE {table}"))


@pytest.mark.both_databases
def test_the_orm_cannot_change_a_record_either(chain):
    with pytest.raises(DBAPIError), acting_as(CLERK), unit_of_work():
        db.session.scalar(select(AuditRecord).where(AuditRecord.seq == 2)).tag = "test.thing.other"
    assert flaws() == []


@pytest.mark.both_databases
@pytest.mark.real_clock
def test_fifty_writers_at_once_make_one_chain(fresh_app):
    errors: list[BaseException] = []
    gate = threading.Barrier(50, timeout=PATIENCE)

    def clerk(number: int) -> None:
        gate.wait()
        try:
            with fresh_app.app_context():
                write("test.parallel.first", "test.parallel.second", actor=Actor(tenant_id=1, name=f"员工{number}", user_id=number))
        except BaseException as error:  # noqa: BLE001
            errors.append(error)

    threads = [threading.Thread(target=copy_context().run, args=(clerk, number)) for number in range(1, 51)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with fresh_app.app_context():
        with platform_scope("test"):
            assert db.session.scalar(select(func.count()).select_from(AuditRecord)) == 100
            assert db.session.scalar(select(func.count()).select_from(AuditHead)) == 1
            assert verify_all().is_intact
            db.session.close()
