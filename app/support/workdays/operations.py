"""Keeping the work calendar."""

from calendar import monthrange
from datetime import date

import chinese_calendar
from sqlalchemy import select

from app.core.db import db
from app.core.transactions import after_commit
from app.support.workdays import queries
from app.support.workdays.errors import YearUnknown
from app.support.workdays.models import WorkCalendar, WorkCalendarVersion

_HOLIDAYS = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "Mid-autumn Festival": "中秋节",
    "National Day": "国庆节",
    "Anti-Fascist 70th Day": "抗战胜利纪念日",
}


def seed_year(year: int) -> int:
    """Write every day of a published year that differs from the week's habit; returns how many are new.

    Days already in the table stay: somebody may have set them by hand.
    :raises YearUnknown: the State Council has not announced it, as far as this program knows.
    """
    known = {row.date for row in queries.list_days(year)}
    new = [row for row in _published(year) if row.date not in known]
    db.session.add_all(new)
    if new:
        _count_change()
    return len(new)


def seed_known_years(first: int, last: int) -> int:
    """Seed all published years from ``first`` to ``last``; returns how many days are new."""
    added = 0
    for year in range(first, last + 1):
        try:
            added += seed_year(year)
        except YearUnknown:
            break
    return added


def set_day(day: date, is_workday: bool, note: str = "") -> WorkCalendar:
    """Say that the office works, or does not work, on one day."""
    row = db.session.scalar(select(WorkCalendar).where(WorkCalendar.date == day))
    if row is None:
        row = WorkCalendar(date=day)
        db.session.add(row)
    row.is_workday, row.note = is_workday, note
    _count_change()
    return row


def _published(year: int) -> list[WorkCalendar]:
    days = [date(year, month, day) for month in range(1, 13) for day in range(1, monthrange(year, month)[1] + 1)]
    try:
        return [_day(day) for day in days if _is_published_workday(day) != (day.weekday() < 5)]
    except NotImplementedError as exc:
        raise YearUnknown(year=year) from exc


def _day(day: date) -> WorkCalendar:
    _off, holiday = chinese_calendar.get_holiday_detail(day)  # type: ignore[no-untyped-call]
    is_workday = _is_published_workday(day)
    name = _HOLIDAYS.get(holiday or "", "")
    return WorkCalendar(date=day, is_workday=is_workday, note=f"{name}调休上班" if is_workday else name)


def _is_published_workday(day: date) -> bool:
    return bool(chinese_calendar.is_workday(day))  # type: ignore[no-untyped-call]  # the library has no types


def _count_change() -> None:
    """Count the change: other processes notice within half a minute, this one at once."""
    counter = db.session.scalar(select(WorkCalendarVersion).with_for_update())
    if counter is None:
        counter = WorkCalendarVersion(version=0)
        db.session.add(counter)
    counter.version += 1
    after_commit(queries.forget)
