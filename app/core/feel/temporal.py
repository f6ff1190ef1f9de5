"""Dates, times, moments and durations of FEEL: immutable, any year up to ±999,999,999, nanoseconds.

Python's own classes end at the year 9999 and at microseconds, and compare a date with a moment by surprise;
these small tuples do not. ``border`` turns them into Python's classes on the way out.
A zone is ``None`` (local), an ``int`` (offset in seconds east of Greenwich) or a ``str`` (IANA name).
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

Zone: TypeAlias = "int | str | None"

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
MAX_YEAR = 999_999_999
MAX_OFFSET = 18 * 3600
_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Date(NamedTuple):
    """A calendar day, proleptic Gregorian."""

    year: int
    month: int
    day: int

    @property
    def ordinal(self) -> int:
        """Days since 1970-01-01, negative before."""
        year = self.year - (self.month <= 2)
        era, year_of_era = divmod(year, 400)
        day_of_year = (153 * ((self.month + 9) % 12) + 2) // 5 + self.day - 1
        return era * 146_097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719_468

    @property
    def weekday(self) -> int:
        """1 Monday … 7 Sunday."""
        return (self.ordinal + 3) % 7 + 1

    def __str__(self) -> str:
        sign = "-" if self.year < 0 else ""
        return f"{sign}{abs(self.year):04d}-{self.month:02d}-{self.day:02d}"


class Time(NamedTuple):
    """A time of day; ``nanos`` since midnight, below one day."""

    nanos: int
    zone: Zone = None

    @property
    def hour(self) -> int:
        """0 to 23."""
        return self.nanos // HOUR

    @property
    def minute(self) -> int:
        """0 to 59."""
        return self.nanos // MINUTE % 60

    @property
    def second(self) -> int:
        """0 to 59, the fraction cut off."""
        return self.nanos // SECOND % 60

    def __str__(self) -> str:
        fraction = self.nanos % SECOND
        tail = f".{fraction:09d}".rstrip("0") if fraction else ""
        return f"{self.hour:02d}:{self.minute:02d}:{self.second:02d}{tail}{_show_zone(self.zone)}"


class DateTime(NamedTuple):
    """A day with a time of day, local or in a zone."""

    date: Date
    time: Time

    @property
    def offset(self) -> int | None:
        """Seconds east of Greenwich at this moment; None when local."""
        zone = self.time.zone
        return named_offset(self, zone) if isinstance(zone, str) else zone

    @property
    def instant(self) -> int:
        """Nanoseconds since 1970-01-01T00:00:00Z; a local moment counts as if it were UTC."""
        return self.date.ordinal * DAY + self.time.nanos - (self.offset or 0) * SECOND

    def __str__(self) -> str:
        return f"{self.date}T{self.time}"


class Months(NamedTuple):
    """A years-and-months duration."""

    months: int

    def __str__(self) -> str:
        years, months = divmod(abs(self.months), 12)
        text = (f"{years}Y" if years else "") + (f"{months}M" if months else "")
        return f"{'-' if self.months < 0 else ''}P{text or '0M'}"


class Duration(NamedTuple):
    """A days-and-time duration in nanoseconds."""

    nanos: int

    def part(self, name: str) -> int:
        """``days``, ``hours``, ``minutes`` or ``seconds``, with the sign of the whole."""
        rest = abs(self.nanos)
        parts = {
            "days": rest // DAY,
            "hours": rest // HOUR % 24,
            "minutes": rest // MINUTE % 60,
            "seconds": rest // SECOND % 60,
        }
        return -parts[name] if self.nanos < 0 else parts[name]

    def __str__(self) -> str:
        days, rest = divmod(abs(self.nanos), DAY)
        hours, rest = divmod(rest, HOUR)
        minutes, rest = divmod(rest, MINUTE)
        seconds, fraction = divmod(rest, SECOND)
        clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
        if seconds or fraction:
            clock += f"{seconds}" + (f".{fraction:09d}".rstrip("0") if fraction else "") + "S"
        text = (f"{days}D" if days else "") + (f"T{clock}" if clock else "")
        return f"{'-' if self.nanos < 0 else ''}P{text or 'T0S'}"


def _show_zone(zone: Zone) -> str:
    if zone is None:
        return ""
    if isinstance(zone, str):
        return f"@{zone}"
    if zone == 0:
        return "Z"
    minutes, seconds = divmod(abs(zone), 60)
    tail = f":{seconds:02d}" if seconds else ""
    return f"{'-' if zone < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}{tail}"


@lru_cache(maxsize=1024)
def find_zone(name: str) -> ZoneInfo | None:
    """The IANA zone of that name, None when there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # zoneinfo raises any of them for a name it does not know
        return None


def named_offset(moment: DateTime, zone: str) -> int:
    """Seconds east of Greenwich of a named zone at a local moment; far years borrow a like year."""
    info = find_zone(zone)
    day, time = moment.date, moment.time
    year = day.year if 1 < day.year < 9999 else 2000 + day.year % 400
    local = datetime(year, day.month, day.day, time.hour, time.minute, time.second, tzinfo=info)
    offset = local.utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0


def time_offset(time: Time) -> int | None:
    """Offset of a time of day; a named zone counts with its winter offset of 2000-01-01."""
    return DateTime(Date(2000, 1, 1), time).offset


def is_leap(year: int) -> bool:
    """Whether the year has a 29 February."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_in_month(year: int, month: int) -> int:
    """28 to 31."""
    return 29 if month == 2 and is_leap(year) else _MONTH_DAYS[month - 1]


def make_date(year: int, month: int, day: int) -> Date | None:
    """The day, or None when the calendar has no such day."""
    if not (-MAX_YEAR <= year <= MAX_YEAR and 1 <= month <= 12):
        return None
    return Date(year, month, day) if 1 <= day <= days_in_month(year, month) else None


def from_ordinal(days: int) -> Date:
    """The day that many days after 1970-01-01 (inverse of ``Date.ordinal``)."""
    era, day_of_era = divmod(days + 719_468, 146_097)
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    return Date(year_of_era + era * 400 + (month <= 2), month, day_of_year - (153 * shifted + 2) // 5 + 1)


def add_months(day: Date, months: int) -> Date:
    """The same day of another month; the last day when that month is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return Date(year, month + 1, min(day.day, days_in_month(year, month + 1)))


def add_nanos(moment: DateTime, nanos: int) -> DateTime:
    """A later moment by the wall clock of its zone."""
    days, rest = divmod(moment.time.nanos + nanos, DAY)
    return DateTime(from_ordinal(moment.date.ordinal + days), Time(rest, moment.time.zone))


def months_between(start: Date, end: Date) -> Months:
    """Whole months from start to end, towards zero."""
    months = (end.year - start.year) * 12 + end.month - start.month
    if months > 0 and end.day < start.day:
        months -= 1
    elif months < 0 and end.day > start.day:
        months += 1
    return Months(months)


_DATE = re.compile(r"(-?)([1-9]\d{4,8}|\d{4})-(\d\d)-(\d\d)", re.ASCII)
_TIME = re.compile(
    r"(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:(Z)|([+-])(\d\d):(\d\d)(?::(\d\d))?|@([A-Za-z][\w/+-]*))?", re.ASCII
)
_MONTHS = re.compile(r"(-?)P(?=\d)(?:(\d{1,15})Y)?(?:(\d{1,15})M)?", re.ASCII)
_DURATION = re.compile(
    r"(-?)P(?=\d|T\d)(?:(\d{1,15})D)?(?:T(?=\d)(?:(\d{1,15})H)?(?:(\d{1,15})M)?(?:(\d{1,15})(?:\.(\d*))?S)?)?",
    re.ASCII,
)


def parse_date(text: str) -> Date | None:
    """``YYYY-MM-DD``; None when it is no day."""
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    sign, year, month, day = match.groups()
    return make_date(-int(year) if sign else int(year), int(month), int(day))


def parse_time(text: str) -> Time | None:
    """``hh:mm:ss[.fraction][Z|±hh:mm|@Zone]``; 24:00:00 is midnight; None when it is no time."""
    parsed = _parse_clock(text)
    return parsed[0] if parsed else None


def parse_date_time(text: str) -> DateTime | None:
    """A day, or a day ``T`` time; 24:00:00 is the next midnight; None when it is neither."""
    head, mark, tail = text.partition("T")
    day = parse_date(head)
    if day is None:
        return None
    if not mark:
        return DateTime(day, Time(0))
    parsed = _parse_clock(tail)
    if parsed is None:
        return None
    time, next_day = parsed
    return DateTime(from_ordinal(day.ordinal + 1) if next_day else day, time)


def _parse_clock(text: str) -> tuple[Time, bool] | None:
    """The time, and whether it is 24:00:00 and so belongs to the next day."""
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    hour, minute, second = (int(part) for part in match.group(1, 2, 3))
    nanos = int((match[4] or "0")[:9].ljust(9, "0"))
    midnight = hour == 24 and minute == second == nanos == 0
    if not midnight and (hour > 23 or minute > 59 or second > 59):
        return None
    zone = _read_zone(match)
    if zone is False:
        return None
    return Time(hour % 24 * HOUR + minute * MINUTE + second * SECOND + nanos, zone), midnight


def _read_zone(match: re.Match[str]) -> Zone | bool:
    """The zone of a time text; False when there is no such zone."""
    if match[5]:
        return 0
    if match[10]:
        return match[10] if find_zone(match[10]) else False
    if not match[6]:
        return None
    seconds = int(match[7]) * 3600 + int(match[8]) * 60 + int(match[9] or 0)
    if seconds > MAX_OFFSET or int(match[8]) > 59:
        return False
    return -seconds if match[6] == "-" else seconds


def parse_duration(text: str) -> Months | Duration | None:
    """ISO 8601 duration of either kind; mixed kinds and anything else give None."""
    if match := _MONTHS.fullmatch(text):
        months = int(match[2] or 0) * 12 + int(match[3] or 0)
        return Months(-months if match[1] else months)
    if match := _DURATION.fullmatch(text):
        sign, days, hours, minutes, seconds, fraction = match.groups()
        nanos = int(days or 0) * DAY + int(hours or 0) * HOUR + int(minutes or 0) * MINUTE
        nanos += int(seconds or 0) * SECOND + int((fraction or "0")[:9].ljust(9, "0"))
        return Duration(-nanos if sign else nanos)
    return None


def parse_any(text: str) -> Date | Time | DateTime | Months | Duration | None:
    """The value of an at-literal such as ``@"2026-11-23"``."""
    if "T" in text and not text.lstrip("-").startswith("P"):
        return parse_date_time(text)
    return parse_date(text) or parse_time(text) or parse_duration(text)
