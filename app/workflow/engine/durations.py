"""ISO 8601 durations and dates as timers write them; calendar reckoning in Beijing time."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from app.core.clock import BEIJING

_DURATION = re.compile(
    r"P(?=.)(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?=.)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?",
)
_CYCLE = re.compile(r"R(?P<count>\d*)/(?P<rest>.+)")


@dataclass(frozen=True, slots=True)
class IsoDuration:
    """A duration as written; months and days keep their calendar meaning until a start is known."""

    text: str
    months: int
    days: int
    seconds: float

    def after(self, start: datetime, times: int = 1) -> datetime:
        """The aware UTC moment this long after ``start``; months end on the last day of a shorter month."""
        local = start.astimezone(BEIJING)
        index = local.year * 12 + local.month - 1 + self.months * times
        year, month = divmod(index, 12)
        day = min(local.day, monthrange(year, month + 1)[1])
        moved = local.replace(year=year, month=month + 1, day=day)
        return (moved + timedelta(days=self.days, seconds=self.seconds) * times).astimezone(UTC)


def parse_duration(text: str) -> IsoDuration | None:
    """``P2D``, ``PT4H30M``, ``P1M`` …; ``None`` when it is no duration. Negative ones are none."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        return None
    part = {name: value or "0" for name, value in match.groupdict().items()}
    return IsoDuration(
        text=text.strip(),
        months=int(part["years"]) * 12 + int(part["months"]),
        days=int(part["weeks"]) * 7 + int(part["days"]),
        seconds=int(part["hours"]) * 3600 + int(part["minutes"]) * 60 + float(part["seconds"]),
    )


def parse_moment(text: str) -> datetime | None:
    """A date (its first moment in Beijing) or a date and time (Beijing when no zone is written), as aware UTC."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment_of(moment)


def moment_of(value: date | datetime) -> datetime:
    """The aware UTC moment of a date or date and time."""
    if not isinstance(value, datetime):
        value = datetime.combine(value, time())
    return (value if value.tzinfo else value.replace(tzinfo=BEIJING)).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class IsoCycle:
    """A repeating interval as written.

    :ivar count: how often; ``None``: without end.
    :ivar start: the first turn; ``None``: one interval after it begins to run.
    :ivar end: no turn after this moment.
    """

    count: int | None
    interval: IsoDuration
    start: datetime | None = None
    end: datetime | None = None

    def turns_until(self, due: datetime, now: datetime) -> int:
        """How many intervals surely pass until a moment; at least one, rather too few."""
        longest = self.interval.months * 31 * 86400 + self.interval.days * 86400 + self.interval.seconds
        return max(1, int((now - due).total_seconds() // longest))


def parse_cycle(text: str) -> IsoCycle | None:
    """``R3/PT10H``, ``R/P1D``, ``R5/2026-01-31T09:00/P7D``, ``R/P1D/2026-12-31``; ``None`` when it is no cycle."""
    match = _CYCLE.fullmatch(text.strip())
    if match is None:
        return None
    first, slash, second = match["rest"].partition("/")
    interval = parse_duration(first) or parse_duration(second)
    other = second if parse_duration(first) else first
    moment = parse_moment(other) if slash else None
    count = int(match["count"]) if match["count"] else None
    if interval is None or count == 0 or (slash and moment is None):
        return None
    if not (interval.months or interval.days or interval.seconds):
        return None
    is_start = interval.text != first.strip()
    return IsoCycle(count, interval, moment if is_start else None, None if is_start else moment)


def is_iso(text: str, *, cycle: bool = False) -> bool:
    """Whether the timer text is fixed ISO 8601 rather than a FEEL expression."""
    return parse_cycle(text) is not None if cycle else bool(parse_duration(text) or parse_moment(text))
