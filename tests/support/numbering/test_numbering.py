"""Numbers come in order, without gaps, also when fifty clerks ask at once and some change their minds."""

import threading
from contextvars import copy_context
from datetime import date

import pytest
from sqlalchemy import select

from app.core.db import db
from app.core.tenancy import acting_as, system_actor
from app.core.transactions import unit_of_work
from app.support.numbering import next_number
from app.support.numbering.models import NumberSeries
from app.support.numbering.rules import BadTemplate, write_number
from tests.programs import PATIENCE

DAY = date(2026, 11, 24)


def test_a_number_shows_the_month_and_the_running_number():
    assert write_number("ZB{ym}{seq:06d}", 7, DAY) == "ZB202611000007"
    assert write_number("({y})担字第{seq:04d}号", 12, DAY) == "(2026)担字第0012号"
    assert write_number("D{ymd}-{yy}{seq:02d}", 3, DAY) == "D20261124-2603"


@pytest.mark.parametrize("template", ["ZB{ym}", "{seq}", "{seq:06d}{seq:02d}", "{x}{seq:02d}", "{seq.real:02d}", "{0}"])
def test_a_wrong_template_is_refused(template):
    with pytest.raises(BadTemplate):
        write_number(template, 1, DAY)


def test_a_running_number_that_outgrew_its_digits_is_refused():
    with pytest.raises(BadTemplate):
        write_number("A{seq:02d}", 100, DAY)


def test_numbers_follow_each_other_within_a_series_and_a_tenant(db_session, actor):
    assert [next_number("t.a", "A{seq:03d}", on=DAY) for _ in range(3)] == ["A001", "A002", "A003"]
    assert next_number("t.b", "B{seq:03d}", on=DAY) == "B001"


@pytest.mark.both_databases
def test_tenants_count_apart(fresh_app):
    for tenant in (1, 2):
        with fresh_app.app_context(), acting_as(system_actor(tenant)), unit_of_work():
            assert next_number("t.a", "A{seq:03d}", on=DAY) == "A001"


class ChangedHerMind(Exception):
    pass


@pytest.mark.both_databases
@pytest.mark.real_clock
def test_fifty_at_once_leave_no_gap_and_no_double(fresh_app):
    """50 threads take a number each; 20 more take one and roll back in between."""
    given: list[str] = []
    errors: list[BaseException] = []
    gate = threading.Barrier(70, timeout=PATIENCE)

    def clerk(changes_her_mind: bool) -> None:
        gate.wait()
        try:
            with fresh_app.app_context(), acting_as(system_actor(1)), unit_of_work():
                number = next_number("t.parallel", "N{seq:04d}", on=DAY)
                if changes_her_mind:
                    raise ChangedHerMind
            given.append(number)
        except ChangedHerMind:
            pass
        except BaseException as error:  # noqa: BLE001
            errors.append(error)

    threads = [threading.Thread(target=copy_context().run, args=(clerk, n >= 50)) for n in range(70)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not errors
    assert sorted(given) == [f"N{n:04d}" for n in range(1, 51)]
    with fresh_app.app_context(), acting_as(system_actor(1)):
        assert db.session.scalar(select(NumberSeries.last_number)) == 50
