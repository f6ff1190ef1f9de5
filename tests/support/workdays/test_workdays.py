"""The office's days: holidays, make-up days, deadlines in working time."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from app.core.clock import BEIJING
from app.support import workdays
from app.support.workdays import operations, queries
from app.support.workdays.errors import YearUnknown


@pytest.fixture(autouse=True)
def forget_the_calendar():
    queries.forget()
    yield
    queries.forget()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


def test_without_a_calendar_the_week_decides(db_session):
    assert workdays.is_workday(date(2026, 11, 27))
    assert not workdays.is_workday(date(2026, 11, 28))


def test_national_day_2026_is_free_and_10_october_makes_up(db_session):
    assert operations.seed_year(2026) > 10
    assert not workdays.is_workday(date(2026, 10, 1))
    assert workdays.is_workday(date(2026, 10, 10))  # a Saturday
    notes = {row.date: row.note for row in queries.list_days(2026)}
    assert notes[date(2026, 10, 1)] == "国庆节"
    assert "调休上班" in notes[date(2026, 10, 10)]


def test_seeding_twice_changes_nothing_and_keeps_what_people_set(db_session):
    operations.set_day(date(2026, 10, 1), True, "值班")
    added = operations.seed_year(2026)
    assert added and operations.seed_year(2026) == 0
    assert workdays.is_workday(date(2026, 10, 1))


def test_a_year_not_yet_published_is_refused(db_session):
    with pytest.raises(YearUnknown, match="2027"):
        operations.seed_year(2027)
    assert operations.seed_known_years(2026, 2031) > 10
    assert queries.days_left_in_calendar() == 37


def test_a_changed_day_counts_at_once(db_session):
    assert workdays.is_workday(date(2026, 11, 25))
    operations.set_day(date(2026, 11, 25), False, "防汛停工")
    assert not workdays.is_workday(date(2026, 11, 25))


def test_another_process_notices_by_the_version(db_session, monkeypatch):
    assert workdays.is_workday(date(2026, 11, 25))
    monkeypatch.setattr(operations, "after_commit", lambda act: None)  # the change happens elsewhere
    operations.set_day(date(2026, 11, 25), False)
    db_session.flush()
    assert workdays.is_workday(date(2026, 11, 25)), "looked at a moment ago"
    monkeypatch.setattr(queries, "LOOK_AGAIN_SECONDS", 0.0)
    assert not workdays.is_workday(date(2026, 11, 25))


def test_working_days_jump_the_holiday(db_session):
    operations.seed_year(2026)
    assert workdays.add_working_days(date(2026, 9, 30), 1) == date(2026, 10, 8)
    assert workdays.add_working_days(date(2026, 10, 8), -1) == date(2026, 9, 30)


def test_a_deadline_of_two_days_over_the_holiday(db_session):
    operations.seed_year(2026)
    due = workdays.working_due(at("2026-09-30T15:00"), "P2D")
    assert due == at("2026-10-09T15:00")
    assert workdays.working_share_due(at("2026-10-12T09:00"), "P2D", Decimal("0.5")) == at("2026-10-12T18:00")


def test_seconds_left_turn_negative_after_the_due_time(db_session):
    due = at("2026-11-24T18:00")
    assert workdays.working_seconds_left(at("2026-11-24T17:00"), due) == 3600
    assert workdays.working_seconds_left(at("2026-11-25T10:00"), due) == -3600
