"""Questions to the work calendar. Days the table does not know follow the week: Monday to Friday.

The calendar is read once per process and read again when its version counter moved; the counter is
looked at once every ``LOOK_AGAIN_SECONDS``.
"""

import time
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial

from sqlalchemy import URL, select

from app.core import clock, dates
from app.core.db import db
from app.support.workdays.models import WorkCalendar, WorkCalendarVersion

LOOK_AGAIN_SECONDS = 30.0
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class _Known:
    """What this process remembers: the exceptional days of one version of one database."""

    database: URL
    version: int
    days: dict[date, bool]
    looked_at: float


_known: list[_Known] = []


def is_workday(day: date) -> bool:
    """Whether the office works on ``day``."""
    return _is_worked(_days(), day)


def _is_worked(days: dict[date, bool], day: date) -> bool:
    return days.get(day, day.weekday() < _SATURDAY)


def add_working_days(day: date, n: int) -> date:
    """The n-th working day after ``day`` (before it when negative); see ``core.dates.add_working_days``."""
    return dates.add_working_days(day, n, is_workday)


def working_due(start: datetime, duration: str) -> datetime:
    """When ``duration`` (``P2D``, ``PT4H``) of working time has passed since ``start``; UTC.

    :raises Invalid: not such a duration.
    """
    return dates.add_working_time(start, dates.parse_duration(duration), partial(_is_worked, _days()))


def working_share_due(start: datetime, duration: str, share: Decimal) -> datetime:
    """As ``working_due`` for a part of the time limit: the reminder at 80 % is ``Decimal("0.8")``."""
    seconds = int(dates.parse_duration(duration).working_seconds() * share)
    return dates.add_working_seconds(start, seconds, is_workday)


def working_seconds_left(now: datetime, due: datetime) -> int:
    """Working seconds until ``due``; negative when it has passed: the working seconds since."""
    if due >= now:
        return dates.working_seconds_between(now, due, is_workday)
    return -dates.working_seconds_between(due, now, is_workday)


def list_days(year: int) -> list[WorkCalendar]:
    """The rows of a year in order of their days."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    rows = select(WorkCalendar).where(WorkCalendar.date.between(first, last)).order_by(WorkCalendar.date)
    return list(db.session.scalars(rows))


def is_year_known(year: int) -> bool:
    """Whether holidays of that year are in the table."""
    return bool(list_days(year))


def days_left_in_calendar() -> int:
    """Days from today to the end of the last year whose holidays are known; 0 when that is past."""
    last = db.session.scalar(select(WorkCalendar.date).order_by(WorkCalendar.date.desc()).limit(1))
    return max(0, (date(last.year, 12, 31) - clock.today()).days) if last else 0


def forget() -> None:
    """Read the calendar again at the next question."""
    _known.clear()


def _days() -> dict[date, bool]:
    database = db.engine.engine.url  # tests put a connection in the engine's place
    present = time.monotonic()
    known = _known[0] if _known and _known[0].database == database else None
    if known and present - known.looked_at < LOOK_AGAIN_SECONDS:
        return known.days
    version = db.session.scalar(select(WorkCalendarVersion.version)) or 0
    if known and known.version == version:
        days = known.days
    else:
        days = {
            row.date: row.is_workday
            for row in db.session.execute(select(WorkCalendar.date, WorkCalendar.is_workday))
        }
    _known[:] = [_Known(database, version, days, present)]
    return days
