"""Date and time functions. Source: DMN 1.5 §10.3.4.1, §10.3.4.8."""

# ruff: noqa: D103, ARG001 - the declaration says what a function is; every body is given the run

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

from app.core.feel.budget import Run
from app.core.feel.builtins.registry import builtin
from app.core.feel.temporal import (
    HOUR,
    MAX_OFFSET,
    MINUTE,
    SECOND,
    Date,
    DateTime,
    Duration,
    Months,
    Time,
    add_nanos,
    days_in_month,
    make_date,
    months_between,
    parse_date,
    parse_date_time,
    parse_duration,
    parse_time,
)

Parsed = TypeVar("Parsed")
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def _parsed(run: Run, parse: Callable[[str], Parsed | None], text: str, refusal: str) -> Parsed | None:
    value = parse(text) if len(text) < 100 else None
    return value if value is not None else run.note(refusal, text=text[:40])


@builtin("date", "from: string")
def date_from_text(run: Run, text: str) -> Date | None:
    return _parsed(run, parse_date, text, "“%(text)s”不是日期，应当写成 2026-11-23")


@builtin("date", "from: day")
def date_from_day(run: Run, moment: Date | DateTime) -> Date:
    return moment.date if type(moment) is DateTime else moment  # type: ignore[return-value]


@builtin("date", "year: number", "month: number", "day: number")
def date_from_parts(run: Run, year: Decimal, month: Decimal, day: Decimal) -> Date | None:
    if max(abs(year), abs(month), abs(day)) > 10**9:
        return run.note("没有这一天")
    return make_date(int(year), int(month), int(day)) or run.note("没有这一天")


@builtin("date and time", "from: string")
def moment_from_text(run: Run, text: str) -> DateTime | None:
    return _parsed(run, parse_date_time, text, "“%(text)s”不是日期时间，应当写成 2026-11-23T09:30:00")


@builtin("date and time", "date: day", "time: time")
def moment_from_parts(run: Run, day: Date | DateTime, time: Time) -> DateTime:
    return DateTime(date_from_day(run, day), time)


@builtin("date and time", "date: date and time", "timezone: string")
def moment_in_zone(run: Run, moment: DateTime, timezone: str) -> DateTime | None:
    """The same moment by the clock of another zone."""
    zoned = parse_date_time(f"2000-01-01T00:00:00{'' if timezone[:1] in '+-Z' else '@'}{timezone}")
    if zoned is None:
        return run.note("没有名为“%(name)s”的时区", name=timezone[:40])
    probe = DateTime(moment.date, Time(moment.time.nanos, zoned.time.zone))
    shift = ((probe.offset or 0) - (moment.offset or 0)) * SECOND
    return add_nanos(probe, shift)


@builtin("time", "from: string")
def time_from_text(run: Run, text: str) -> Time | None:
    return _parsed(run, parse_time, text, "“%(text)s”不是时间，应当写成 09:30:00")


@builtin("time", "from: moment")
def time_from_moment(run: Run, moment: Date | DateTime | Time) -> Time:
    if type(moment) is DateTime:
        return moment.time
    return Time(0, 0) if type(moment) is Date else moment  # type: ignore[return-value]


@builtin("time", "hour: number", "minute: number", "second: number", "offset: days and time duration?")
def time_from_parts(
    run: Run, hour: Decimal, minute: Decimal, second: Decimal, offset: Duration | None = None
) -> Time | None:
    if not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60):
        return run.note("小时应当在 0 到 23 之间，分和秒应当在 0 到 59 之间")
    zone = None if offset is None else int(offset.nanos / SECOND)
    if zone is not None and abs(zone) > MAX_OFFSET:
        return run.note("时区偏移不能超过 18 小时")
    return Time(int(hour) * HOUR + int(minute) * MINUTE + int(second * SECOND), zone)


@builtin("duration", "from: string")
def duration(run: Run, text: str) -> Months | Duration | None:
    value = parse_duration(text) if len(text) < 100 else None
    return (
        value if value is not None else run.note("“%(text)s”不是时长，应当写成 P1Y6M 或 P10DT2H", text=text[:40])
    )


@builtin("years and months duration", "from: day", "to: day")
def years_and_months(run: Run, start: Date | DateTime, end: Date | DateTime) -> Months:
    return months_between(date_from_day(run, start), date_from_day(run, end))


@builtin("now")
def now(run: Run) -> DateTime | None:
    return run.now or run.note("这里没有给出当前时间，now() 不能用")


@builtin("today")
def today(run: Run) -> Date | None:
    return run.now.date if run.now else run.note("这里没有给出当前日期，today() 不能用")


@builtin("day of week", "date: day")
def day_of_week(run: Run, day: Date | DateTime) -> str:
    return _WEEKDAYS[date_from_day(run, day).weekday - 1]


@builtin("day of year", "date: day")
def day_of_year(run: Run, day: Date | DateTime) -> Decimal:
    date = date_from_day(run, day)
    return Decimal(date.ordinal - Date(date.year, 1, 1).ordinal + 1)


@builtin("month of year", "date: day")
def month_of_year(run: Run, day: Date | DateTime) -> str:
    return _MONTHS[date_from_day(run, day).month - 1]


@builtin("week of year", "date: day")
def week_of_year(run: Run, day: Date | DateTime) -> Decimal:
    """ISO 8601: the week of the year that holds the Thursday."""
    date = date_from_day(run, day)
    thursday = date.ordinal + 4 - date.weekday
    year = date.year + (thursday > Date(date.year, 12, 31).ordinal) - (thursday < Date(date.year, 1, 1).ordinal)
    return Decimal((thursday - Date(year, 1, 1).ordinal) // 7 + 1)


@builtin("last day of month", "date: day")
def last_day_of_month(run: Run, day: Date | DateTime) -> Date:
    date = date_from_day(run, day)
    return Date(date.year, date.month, days_in_month(date.year, date.month))
