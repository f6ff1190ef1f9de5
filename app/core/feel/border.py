"""Plain Python data in, FEEL values inside, plain Python data out.

Anything that is not plain data is refused, so an expression never holds a Python object.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from enum import Enum
from zoneinfo import ZoneInfo

from app.core.feel.errors import FeelError
from app.core.feel.numbers import MATH, from_int
from app.core.feel.temporal import (
    HOUR,
    MINUTE,
    SECOND,
    Date,
    DateTime,
    Duration,
    Months,
    Time,
    Zone,
    find_zone,
)
from app.core.feel.values import Function, Range, Value

HOME_ZONE = ZoneInfo("Asia/Shanghai")
_AS_IS = frozenset({str, bool, type(None), Date, Time, DateTime, Duration, Months, Range, Function})
_MOST_LEVELS = 64


def to_feel(data: object, level: int = 0) -> Value:
    """Python data as a FEEL value; raises FeelError for anything but plain data."""
    kind = type(data)
    if kind in _AS_IS:
        return data
    if kind is Decimal:
        return _number(data)  # type: ignore[arg-type]
    if kind is int:
        return from_int(data)  # type: ignore[arg-type]
    if level > _MOST_LEVELS:
        raise FeelError("数据嵌套超过 %(most)s 层，请减少层次", most=_MOST_LEVELS)
    if isinstance(data, (list, tuple, set, frozenset)):
        return [to_feel(item, level + 1) for item in data]
    if isinstance(data, Mapping):
        return {str(key): to_feel(item, level + 1) for key, item in data.items()}
    return _scalar(data)


def _scalar(data: object) -> Value:  # noqa: C901, PLR0911 - one flat case for each kind of plain data
    match data:
        case Enum():
            return to_feel(data.value)
        case bool():
            return bool(data)
        case str():
            return str(data)
        case int():
            return from_int(int(data))
        case float():
            return _number(Decimal(repr(data)))
        case Decimal():
            return _number(data)
        case datetime():
            return from_datetime(data)
        case date():
            return Date(data.year, data.month, data.day)
        case time():
            return _from_time(data)
        case timedelta():
            return Duration((data.days * 86_400 + data.seconds) * SECOND + data.microseconds * 1000)
        case _ if isinstance(data, Function):
            return data
    raise FeelError(
        "表达式不能使用 %(kind)s 类型的数据，请先转换成文字、数字、日期、列表或上下文", kind=type(data).__name__
    )


def _number(number: Decimal) -> Decimal | None:
    return MATH.plus(number) if number.is_finite() else None


def from_datetime(moment: datetime) -> DateTime:
    """Python moment, aware or not, as a FEEL moment."""
    return DateTime(Date(moment.year, moment.month, moment.day), _from_time(moment))


def _from_time(clock: time | datetime) -> Time:
    nanos = clock.hour * HOUR + clock.minute * MINUTE + clock.second * SECOND + clock.microsecond * 1000
    if clock.tzinfo is None:
        return Time(nanos)
    if isinstance(clock.tzinfo, ZoneInfo) and clock.tzinfo.key:
        return Time(nanos, clock.tzinfo.key)
    offset = clock.utcoffset()
    return Time(nanos, int(offset.total_seconds()) if offset is not None else None)


def to_python(value: Value) -> object:
    """A FEEL value as Python data: ``date``, ``time``, ``datetime`` where they can hold it exactly.

    Durations, ranges and functions stay as they are; a date beyond Python's years or a finer time does as well.
    """
    kind = type(value)
    if kind is list:
        return [to_python(item) for item in value]
    if kind is dict:
        return {key: to_python(item) for key, item in value.items()}
    if kind is Date:
        return date(*value) if 1 <= value.year <= 9999 else value
    if kind is Time:
        return _to_time(value) if value.nanos % 1000 == 0 else value
    if kind is DateTime and 1 <= value.date.year <= 9999 and value.time.nanos % 1000 == 0:
        return datetime.combine(date(*value.date), _to_time(value.time))
    return value


def _to_time(value: Time) -> time:
    micros = value.nanos % SECOND // 1000
    return time(value.hour, value.minute, value.second, micros, tzinfo=_to_tzinfo(value.zone))


def _to_tzinfo(zone: Zone) -> tzinfo | None:
    if zone is None:
        return None
    return find_zone(zone) if isinstance(zone, str) else timezone(timedelta(seconds=zone))
