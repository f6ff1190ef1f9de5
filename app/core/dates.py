"""Calendar arithmetic: months, days, working days and office hours.

Business days are ``date``; moments are aware ``datetime``. Which days are worked is asked through
``is_workday``, so that holidays and make-up days stay in ``support.workdays``.
"""

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from app.core.clock import BEIJING
from app.core.errors import Invalid

IsWorkday = Callable[[date], bool]

_LONGEST_CLOSURE_DAYS = 366  # a calendar without a working day for a year is a wrong calendar
_ONE_DAY = timedelta(days=1)


# ------------------------------------------------------------------ calendar


def lies_within(day: date, first: date, last: date | None) -> bool:
    """Whether a day lies between two, both included; without a last one there is no end."""
    return first <= day and (last is None or day <= last)


def add_months(day: date, months: int) -> date:
    """The same day ``months`` later (or earlier); the month's last day where that day does not exist.

    Source: 民法典 art. 202–203.
    """
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month0 + 1)[1]
    return date(year, month0 + 1, min(day.day, last))


def whole_months_between(start: date, end: date) -> int:
    """The largest m with ``add_months(start, m) <= end``. :raises ValueError: end before start."""
    if end < start:
        raise ValueError("end lies before start")
    months = (end.year - start.year) * 12 + end.month - start.month
    return months if add_months(start, months) <= end else months - 1


def days_between(start: date, end: date) -> int:
    """Calendar days, start included, end excluded; negative when end lies before start."""
    return (end - start).days


def month_end(day: date) -> date:
    """The last day of that month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def age_on(birth_date: date, day: date) -> int:
    """Completed years of life 周岁 on ``day``. :raises ValueError: not yet born."""
    return whole_months_between(birth_date, day) // 12


# ------------------------------------------------------------------ office hours


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """When the office works on a working day: spans in order, not overlapping, in local time."""

    spans: tuple[tuple[time, time], ...] = ((time(9), time(12)), (time(13), time(18)))
    zone: ZoneInfo = BEIJING

    def __post_init__(self) -> None:
        edges = [edge for span in self.spans for edge in span]
        if not edges or any(later <= earlier for earlier, later in pairwise(edges)):
            raise ValueError("office hours must be spans in order, each with an end after its start")

    @property
    def seconds_per_day(self) -> int:
        """Working seconds of one working day."""
        return sum(_seconds(end) - _seconds(start) for start, end in self.spans)

    def moments(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """The spans of ``day`` as moments in UTC."""
        return _moments_of(self, day)

    def _moment(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, tzinfo=self.zone).astimezone(UTC)


@lru_cache(maxsize=2048)
def _moments_of(hours: OfficeHours, day: date) -> tuple[tuple[datetime, datetime], ...]:
    return tuple((hours._moment(day, start), hours._moment(day, end)) for start, end in hours.spans)  # noqa: SLF001


OFFICE_HOURS = OfficeHours()


def _seconds(at: time) -> int:
    return (at.hour * 60 + at.minute) * 60 + at.second


@dataclass(frozen=True, slots=True)
class WorkDuration:
    """Working time: whole working days plus seconds of working time."""

    days: int
    seconds: int = 0

    def working_seconds(self, hours: OfficeHours = OFFICE_HOURS) -> int:
        """All of it in working seconds; a day counts as one office day."""
        return self.days * hours.seconds_per_day + self.seconds


_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", re.ASCII)


def parse_duration(text: str, *, field: str | None = None) -> WorkDuration:
    """Read an ISO 8601 duration as working time: ``P2D``, ``PT4H``, ``P1DT4H30M``.

    Years, months and weeks are refused: how many working days they hold is nobody's guess.
    :raises Invalid: not such a duration.
    """
    duration = _read_duration(text)
    if duration is None:
        raise Invalid.of(
            field, "工作时限格式不正确，请填写如 P2D（2 个工作日）或 PT4H（4 个工作小时）", "core.duration.format"
        )
    return duration


@lru_cache(maxsize=512)
def _read_duration(text: str) -> WorkDuration | None:
    match = _DURATION.fullmatch(text.strip())
    if match is None or not any(match.groups()):
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return WorkDuration(days, (hours * 60 + minutes) * 60 + seconds)


# ------------------------------------------------------------------ working time


def add_working_days(start: date, n: int, is_workday: IsWorkday) -> date:
    """The n-th working day after ``start`` (before it when n is negative); start itself does not count.

    With n = 0: start itself if it is worked, else the next working day.
    :raises ValueError: the calendar has no working day for a year.
    """
    if n == 0:
        return start if is_workday(start) else add_working_days(start, 1, is_workday)
    day, step = start, _ONE_DAY if n > 0 else -_ONE_DAY
    for _ in range(abs(n)):
        day = _next_workday(day, step, is_workday)
    return day


def working_days_between(start: date, end: date, is_workday: IsWorkday) -> int:
    """Working days after ``start`` up to and including ``end``; 0 when end is not later.

    So that ``add_working_days(start, working_days_between(start, end)) == end`` for a worked end.
    """
    return sum(is_workday(start + timedelta(days=n)) for n in range(1, days_between(start, end) + 1))


def working_seconds_between(
    start: datetime, end: datetime, is_workday: IsWorkday, hours: OfficeHours = OFFICE_HOURS
) -> int:
    """Whole working seconds from ``start`` to ``end``; 0 when end is not later.

    :raises ValueError: a moment without zone.
    """
    start, end = _aware(start), _aware(end)
    worked, day = timedelta(), start.astimezone(hours.zone).date()
    last_day = end.astimezone(hours.zone).date()
    while day <= last_day:
        for opens, closes in hours.moments(day) if is_workday(day) else ():
            worked += max(timedelta(), min(closes, end) - max(opens, start))
        day += _ONE_DAY
    return worked // timedelta(seconds=1)


def add_working_time(
    start: datetime, duration: WorkDuration, is_workday: IsWorkday, hours: OfficeHours = OFFICE_HOURS
) -> datetime:
    """The earliest moment (UTC) by which ``duration`` of working time has passed since ``start``.

    Two days from Monday 15:00 is Wednesday 15:00; from Saturday, Tuesday at the close of the office.
    """
    return add_working_seconds(start, duration.working_seconds(hours), is_workday, hours)


def add_working_seconds(
    start: datetime, seconds: int, is_workday: IsWorkday, hours: OfficeHours = OFFICE_HOURS
) -> datetime:
    """As ``add_working_time``, in seconds, for parts of a time limit (the reminder at 80 %).

    :raises ValueError: a moment without zone, negative seconds, or a calendar with no working day for a year.
    """
    if seconds < 0:
        raise ValueError("working time must not be negative")
    start, left = _aware(start), timedelta(seconds=seconds)
    if not left:
        return start
    day = start.astimezone(hours.zone).date()
    if not is_workday(day):
        day = _next_workday(day, _ONE_DAY, is_workday)
    while True:
        for opens, closes in hours.moments(day):
            begin = max(opens, start)
            if closes - begin >= left:
                return begin + left
            left -= max(timedelta(), closes - begin)
        day = _next_workday(day, _ONE_DAY, is_workday)


def _next_workday(day: date, step: timedelta, is_workday: IsWorkday) -> date:
    for _ in range(_LONGEST_CLOSURE_DAYS):
        day += step
        if is_workday(day):
            return day
    raise ValueError("the work calendar has no working day for a year")


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(UTC)
