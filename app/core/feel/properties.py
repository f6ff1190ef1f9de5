"""``value.name`` for contexts, lists of contexts, dates, durations and ranges."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

from app.core.feel.nodes import Place
from app.core.feel.temporal import Date, DateTime, Duration, Months, Time, Zone, time_offset
from app.core.feel.types import kind_of
from app.core.feel.values import Range, Value

if TYPE_CHECKING:
    from app.core.feel.budget import Run


def property_of(value: Value, name: str, run: Run, place: Place) -> Value:
    """The named part of a value; of a list, the part of each item; null with a reason when there is none."""
    kind = type(value)
    if kind is dict:
        if name in value:
            return value[name]
        return run.note("上下文里没有“%(name)s”", place, name=name)
    if kind is list:
        run.spend_items(len(value))
        return [property_of(item, name, run, place) for item in value]
    read = _PROPERTIES.get((kind, name))
    if read is None:
        return run.note("%(found)s 没有属性“%(name)s”", place, found=kind_of(value), name=name)
    return read(value)


def _offset(value: Time | DateTime) -> Duration | None:
    offset = value.offset if isinstance(value, DateTime) else time_offset(value)
    return None if offset is None else Duration(offset * 1_000_000_000)


def _zone_name(zone: Zone) -> str | None:
    return zone if isinstance(zone, str) else None


def _years(value: Months) -> Decimal:
    return Decimal(int(value.months / 12))


def _months(value: Months) -> Decimal:
    return Decimal(abs(value.months) % 12 * (-1 if value.months < 0 else 1))


def _duration_part(name: str) -> Callable[[Duration], Decimal]:
    return lambda value: Decimal(value.part(name))


_PROPERTIES: dict[tuple[type, str], Callable[..., Value]] = {
    (Date, "year"): lambda value: Decimal(value.year),
    (Date, "month"): lambda value: Decimal(value.month),
    (Date, "day"): lambda value: Decimal(value.day),
    (Date, "weekday"): lambda value: Decimal(value.weekday),
    (DateTime, "year"): lambda value: Decimal(value.date.year),
    (DateTime, "month"): lambda value: Decimal(value.date.month),
    (DateTime, "day"): lambda value: Decimal(value.date.day),
    (DateTime, "weekday"): lambda value: Decimal(value.date.weekday),
    (DateTime, "hour"): lambda value: Decimal(value.time.hour),
    (DateTime, "minute"): lambda value: Decimal(value.time.minute),
    (DateTime, "second"): lambda value: Decimal(value.time.second),
    (DateTime, "time offset"): _offset,
    (DateTime, "timezone"): lambda value: _zone_name(value.time.zone),
    (Time, "hour"): lambda value: Decimal(value.hour),
    (Time, "minute"): lambda value: Decimal(value.minute),
    (Time, "second"): lambda value: Decimal(value.second),
    (Time, "time offset"): _offset,
    (Time, "timezone"): lambda value: _zone_name(value.zone),
    (Months, "years"): _years,
    (Months, "months"): _months,
    **{(Duration, name): _duration_part(name) for name in ("days", "hours", "minutes", "seconds")},
    (Range, "start"): lambda value: value.start,
    (Range, "start included"): lambda value: value.start_included,
    (Range, "end"): lambda value: value.end,
    (Range, "end included"): lambda value: value.end_included,
}
