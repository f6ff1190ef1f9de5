"""Months, days, working days and office hours."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.clock import BEIJING
from app.core.dates import (
    OFFICE_HOURS,
    OfficeHours,
    WorkDuration,
    add_months,
    add_working_days,
    add_working_seconds,
    add_working_time,
    age_on,
    days_between,
    month_end,
    parse_duration,
    whole_months_between,
    working_days_between,
    working_seconds_between,
)
from app.core.errors import Invalid

DAYS = st.dates(date(1950, 1, 1), date(2100, 12, 31))
HOLIDAYS = {date(2025, 10, day) for day in range(1, 9)}
MAKE_UP_DAYS = {date(2025, 9, 28), date(2025, 10, 11)}


def is_workday(day: date) -> bool:
    """Monday to Friday with the National Day week of 2025 and its make-up days."""
    return day in MAKE_UP_DAYS or (day.weekday() < 5 and day not in HOLIDAYS)


def at(text: str) -> datetime:
    """A Beijing moment."""
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("day", "months", "result"),
    [
        ("2025-01-31", 1, "2025-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2025-02-28", 1, "2025-03-28"),
        ("2025-11-30", 3, "2026-02-28"),
        ("2025-03-31", -1, "2025-02-28"),
        ("2025-01-15", -13, "2023-12-15"),
        ("2025-12-31", 0, "2025-12-31"),
    ],
)
def test_months_are_added_and_clipped_to_the_month_end(day, months, result):
    assert add_months(date.fromisoformat(day), months) == date.fromisoformat(result)


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        ("2025-01-31", "2025-02-27", 0),
        ("2025-01-31", "2025-02-28", 1),
        ("2020-03-01", "2021-02-28", 11),
        ("2020-03-01", "2021-03-01", 12),
        ("2025-05-05", "2025-05-05", 0),
    ],
)
def test_whole_months_between(start, end, months):
    assert whole_months_between(date.fromisoformat(start), date.fromisoformat(end)) == months


@given(DAYS, DAYS)
def test_whole_months_are_the_most_that_fit(one, other):
    start, end = sorted((one, other))
    months = whole_months_between(start, end)
    assert add_months(start, months) <= end < add_months(start, months + 1)


def test_whole_months_need_an_order():
    with pytest.raises(ValueError, match="before"):
        whole_months_between(date(2025, 2, 1), date(2025, 1, 1))


def test_days_include_the_start_and_exclude_the_end():  # rules 1.4
    assert days_between(date(2020, 3, 1), date(2021, 2, 28)) == 364
    assert days_between(date(2025, 1, 2), date(2025, 1, 1)) == -1


def test_the_month_end():
    assert month_end(date(2024, 2, 3)) == date(2024, 2, 29)


@pytest.mark.parametrize(
    ("birth", "day", "age"),
    [("1960-06-15", "2025-06-14", 64), ("1960-06-15", "2025-06-15", 65), ("2000-02-29", "2018-02-28", 18)],
)
def test_age_in_completed_years(birth, day, age):
    assert age_on(date.fromisoformat(birth), date.fromisoformat(day)) == age


# ------------------------------------------------------------------ working days


@pytest.mark.parametrize(
    ("start", "n", "result"),
    [
        ("2025-09-26", 1, "2025-09-28"),  # Friday; the Sunday is a make-up day
        ("2025-09-30", 1, "2025-10-09"),  # over the holiday week
        ("2025-09-30", 3, "2025-10-11"),  # Saturday worked
        ("2025-10-01", 0, "2025-10-09"),
        ("2025-10-09", 0, "2025-10-09"),
        ("2025-10-09", -1, "2025-09-30"),
        ("2025-10-09", -2, "2025-09-29"),
        ("2025-10-09", -3, "2025-09-28"),
    ],
)
def test_working_days_pass_over_holidays(start, n, result):
    assert add_working_days(date.fromisoformat(start), n, is_workday) == date.fromisoformat(result)


@given(st.dates(date(2025, 9, 1), date(2025, 11, 30)), st.integers(1, 60))
def test_adding_and_counting_working_days_agree(start, n):
    end = add_working_days(start, n, is_workday)
    assert is_workday(end)
    assert working_days_between(start, end, is_workday) == n


def test_no_working_days_backwards():
    assert working_days_between(date(2025, 10, 9), date(2025, 9, 1), is_workday) == 0


def test_a_calendar_without_working_days_is_refused():
    with pytest.raises(ValueError, match="no working day"):
        add_working_days(date(2025, 1, 1), 1, lambda day: False)
    with pytest.raises(ValueError, match="no working day"):
        add_working_seconds(at("2025-01-01T10:00"), 1, lambda day: False)


# ------------------------------------------------------------------ durations


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("P2D", WorkDuration(2)),
        ("PT4H", WorkDuration(0, 4 * 3600)),
        ("P1DT4H30M", WorkDuration(1, 4 * 3600 + 30 * 60)),
        ("PT90S", WorkDuration(0, 90)),
        (" P10D ", WorkDuration(10)),
    ],
)
def test_working_durations_are_read(text, duration):
    assert parse_duration(text) == duration


@pytest.mark.parametrize("text", ["", "P", "PT", "P1DT", "2D", "P1M", "P1W", "P1Y", "P-1D", "PT0.5H", "P1D2H", "PTH"])
def test_other_durations_are_refused(text):
    with pytest.raises(Invalid) as refused:
        parse_duration(text, field="due")
    assert refused.value.findings[0].field == "due"


def test_a_working_day_has_eight_hours():
    assert OFFICE_HOURS.seconds_per_day == 8 * 3600
    assert WorkDuration(2, 60).working_seconds() == 16 * 3600 + 60


@pytest.mark.parametrize(
    "spans", [(), ((time(9), time(9)),), ((time(9), time(12)), (time(11), time(18))), ((time(18), time(9)),)]
)
def test_office_hours_must_be_in_order(spans):
    with pytest.raises(ValueError, match="office hours"):
        OfficeHours(spans)


# ------------------------------------------------------------------ office hours


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2025-09-26T09:00", "2025-09-26T18:00", 8),
        ("2025-09-26T00:00", "2025-09-27T00:00", 8),
        ("2025-09-26T11:00", "2025-09-26T14:00", 2),
        ("2025-09-26T12:10", "2025-09-26T12:50", 0),
        ("2025-09-26T17:00", "2025-09-28T10:00", 2),
        ("2025-09-30T17:00", "2025-10-09T10:00", 2),
        ("2025-10-01T09:00", "2025-10-08T18:00", 0),
        ("2025-09-26T18:00", "2025-09-26T09:00", 0),
    ],
)
def test_working_time_between_moments(start, end, hours):
    assert working_seconds_between(at(start), at(end), is_workday) == hours * 3600


@pytest.mark.parametrize(
    ("start", "duration", "due"),
    [
        ("2025-09-22T15:00", "P2D", "2025-09-24T15:00"),
        ("2025-09-20T10:00", "P2D", "2025-09-23T18:00"),  # a Saturday: counted from Monday's opening
        ("2025-09-22T12:30", "PT4H", "2025-09-22T17:00"),
        ("2025-09-22T17:00", "PT4H", "2025-09-23T12:00"),
        ("2025-09-22T10:00", "PT2H", "2025-09-22T12:00"),
        ("2025-09-22T20:00", "PT1H", "2025-09-23T10:00"),
        ("2025-09-30T16:00", "P1D", "2025-10-09T16:00"),
        ("2025-09-22T05:00", "PT0S", "2025-09-22T05:00"),
    ],
)
def test_working_time_is_added_in_office_hours(start, duration, due):
    assert add_working_time(at(start), parse_duration(duration), is_workday) == at(due)


def test_due_moments_are_utc_whatever_zone_they_start_in():
    due = add_working_time(at("2025-09-22T15:00"), WorkDuration(1), is_workday)
    assert due.tzinfo is UTC
    assert due == add_working_time(datetime(2025, 9, 22, 7, tzinfo=UTC), WorkDuration(1), is_workday)


def test_other_office_hours_may_be_given():
    half_days = OfficeHours(((time(8, 30), time(12, 30)),))
    due = add_working_time(at("2025-09-22T08:00"), WorkDuration(2), is_workday, half_days)
    assert due == at("2025-09-23T12:30")


def test_a_moment_needs_a_zone():
    with pytest.raises(ValueError, match="zone"):
        add_working_time(datetime(2025, 9, 22, 9), WorkDuration(1), is_workday)


def test_working_time_does_not_run_backwards():
    with pytest.raises(ValueError, match="negative"):
        add_working_seconds(at("2025-09-22T09:00"), -1, is_workday)


@settings(max_examples=60)
@given(st.datetimes(datetime(2025, 9, 15), datetime(2025, 10, 20)), st.integers(1, 40 * 3600))
def test_the_due_moment_is_the_first_by_which_the_time_has_passed(start, seconds):
    start = start.replace(microsecond=0, tzinfo=BEIJING)
    due = add_working_seconds(start, seconds, is_workday)
    assert working_seconds_between(start, due, is_workday) == seconds
    assert working_seconds_between(start, due - timedelta(seconds=1), is_workday) == seconds - 1
