"""Equality, order, arithmetic and membership of FEEL values; None means "cannot be said"."""

# ruff: noqa: ARG001 - all operators are called with the run, which strings are paid from

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

from app.core.feel.numbers import ARITHMETIC_ERRORS, MATH
from app.core.feel.temporal import (
    DAY,
    MAX_YEAR,
    SECOND,
    Date,
    DateTime,
    Duration,
    Months,
    Time,
    add_months,
    add_nanos,
    from_ordinal,
    time_offset,
)
from app.core.feel.values import Function, Range, Value

if TYPE_CHECKING:
    from app.core.feel.budget import Run

_MOST_NANOS = (MAX_YEAR + 1) * 366 * DAY
_ORDERED = frozenset({Decimal, str, Date, Time, DateTime, Duration, Months})


# --- equality and order -----------------------------------------------------


def equals(left: Value, right: Value) -> bool | None:  # noqa: PLR0911 - by type
    """``left = right``; None when the types differ."""
    if left is None or right is None:
        return left is right
    kind = type(left)
    if kind is not type(right):
        return None
    if kind is list:
        return _lists_equal(left, right)
    if kind is dict:
        return _contexts_equal(left, right)
    if kind is Time or kind is DateTime:
        return _same_moment(left, right)
    if kind is Range:
        return _ranges_equal(left, right)
    return bool(left == right)


def _lists_equal(left: list[Value], right: list[Value]) -> bool | None:
    if len(left) != len(right):
        return False
    return all(equals(a, b) is True for a, b in zip(left, right, strict=True))


def _contexts_equal(left: dict[str, Value], right: dict[str, Value]) -> bool | None:
    return left.keys() == right.keys() and all(equals(item, right[key]) is True for key, item in left.items())


def _ranges_equal(left: Range, right: Range) -> bool:
    if (left.kind, left.start_included, left.end_included) != (
        right.kind,
        right.start_included,
        right.end_included,
    ):
        return False
    return equals(left.start, right.start) is True and equals(left.end, right.end) is True


def _same_moment(left: Time | DateTime, right: Time | DateTime) -> bool:
    """Times are equal to the second: FEEL compares their hour, minute, second and offset."""
    a, b = _order_key(left), _order_key(right)
    return a[0] == b[0] and a[1] // SECOND == b[1] // SECOND


def _order_key(value: Time | DateTime) -> tuple[bool, int]:
    """Whether it has a zone, and nanoseconds by which to compare with its like."""
    if type(value) is Time:
        offset = time_offset(value)
        return offset is not None, value.nanos - (offset or 0) * SECOND
    return value.time.zone is not None, value.instant  # type: ignore[union-attr]  # a Time was answered above


def compare(left: Value, right: Value) -> int | None:
    """Negative, 0 or positive; None when the two cannot be ordered."""
    kind = type(left)
    if kind is not type(right) or kind not in _ORDERED:
        return None
    if kind is Time or kind is DateTime:
        (zoned, left), (other, right) = _order_key(left), _order_key(right)
        if zoned != other:
            return None
    return int(left > right) - int(left < right)


def order_key(value: Value) -> Value:
    """By what Python may sort values that ``compare`` can compare with each other."""
    return _order_key(value)[1] if type(value) in (Time, DateTime) else value


def less(left: Value, right: Value) -> bool | None:
    order = compare(left, right)
    return None if order is None else order < 0


def less_or_equal(left: Value, right: Value) -> bool | None:
    order = compare(left, right)
    return None if order is None else order <= 0


def greater(left: Value, right: Value) -> bool | None:
    order = compare(left, right)
    return None if order is None else order > 0


def greater_or_equal(left: Value, right: Value) -> bool | None:
    order = compare(left, right)
    return None if order is None else order >= 0


def differs(left: Value, right: Value) -> bool | None:
    same = equals(left, right)
    return None if same is None else not same


COMPARISONS: dict[str, Callable[[Value, Value], bool | None]] = {
    "=": equals,
    "!=": differs,
    "<": less,
    "<=": less_or_equal,
    ">": greater,
    ">=": greater_or_equal,
}


# --- membership -------------------------------------------------------------


def in_range(value: Value, bounds: Range) -> bool | None:
    """Whether a value lies in a range; None when it cannot be compared with an end."""
    if bounds.kind:
        other = bounds.start if bounds.start is not None else bounds.end
        return COMPARISONS[bounds.kind](value, other)
    low, high = compare(bounds.start, value), compare(value, bounds.end)
    if low is None or high is None:
        return None
    above = low < 0 or (low == 0 and bounds.start_included)
    return above and (high < 0 or (high == 0 and bounds.end_included))


def is_in(value: Value, test: Value) -> bool | None:
    """``value in test``: inside a range, an item of a list (or in a range of that list), or equal."""
    if type(test) is Range:
        return equals(value, test) if type(value) is Range and not test.kind else in_range(value, test)
    if type(test) is list:
        if any(_is_item(value, item) for item in test):
            return True
        return type(value) is list and equals(value, test) is True
    return equals(value, test)


def _is_item(value: Value, item: Value) -> bool:
    if type(item) is Range and type(value) is not Range:
        return in_range(value, item) is True
    return equals(value, item) is True


# --- arithmetic -------------------------------------------------------------


def add(left: Value, right: Value, run: Run) -> Value:
    """``left + right``"""
    a, b = type(left), type(right)
    if a is Decimal and b is Decimal:
        return MATH.add(left, right)
    if a is str and b is str:
        run.spend_text(len(left) + len(right))
        return left + right
    if a is b and a is Duration:
        return _duration(left.nanos + right.nanos)
    if a is b and a is Months:
        return Months(left.months + right.months)
    if a in (Duration, Months):
        return _shift(right, left, 1)
    return _shift(left, right, 1)


def subtract(left: Value, right: Value, run: Run) -> Value:
    """``left - right``"""
    a, b = type(left), type(right)
    if a is Decimal and b is Decimal:
        return MATH.subtract(left, right)
    if a is b and a is Duration:
        return _duration(left.nanos - right.nanos)
    if a is b and a is Months:
        return Months(left.months - right.months)
    if b in (Duration, Months):
        return _shift(left, right, -1)
    return _elapsed(left, right)


def multiply(left: Value, right: Value, run: Run) -> Value:
    """``left * right``"""
    a, b = type(left), type(right)
    if a is Decimal and b is Decimal:
        return MATH.multiply(left, right)
    if a is Decimal:
        left, right, a, b = right, left, b, a
    if b is not Decimal:
        return None
    if a is Duration:
        return _duration(int(MATH.multiply(Decimal(left.nanos), right)))
    return Months(int(MATH.multiply(Decimal(left.months), right))) if a is Months else None


def divide(left: Value, right: Value, run: Run) -> Value:
    """``left / right``; None when dividing by zero."""
    a, b = type(left), type(right)
    if a is Decimal and b is Decimal:
        return MATH.divide(left, right) if right else None
    if b is Decimal and right:
        if a is Duration:
            return _duration(int(MATH.divide(Decimal(left.nanos), right)))
        return Months(int(MATH.divide(Decimal(left.months), right))) if a is Months else None
    if a is b and a in (Duration, Months) and right[0]:
        return MATH.divide(Decimal(left[0]), Decimal(right[0]))
    return None


def power(left: Value, right: Value, run: Run) -> Value:
    """``left ** right``"""
    if type(left) is not Decimal or type(right) is not Decimal:
        return None
    return MATH.power(left, right) if left or right > 0 else (Decimal(1) if not right else None)


def _duration(nanos: int) -> Duration | None:
    return Duration(nanos) if abs(nanos) <= _MOST_NANOS else None


def _shift(value: Value, by: Value, sign: int) -> Value:
    """A date, moment or time moved by a duration; None for anything else or a year out of bounds."""
    moved = _moved(value, by, sign)
    day = moved.date if type(moved) is DateTime else moved
    return None if type(day) is Date and abs(day.year) > MAX_YEAR else moved


def _moved(value: Value, by: Value, sign: int) -> Value:
    kind = type(value)
    if type(by) is Months:
        if kind is Date:
            return add_months(value, sign * by.months)
        return DateTime(add_months(value.date, sign * by.months), value.time) if kind is DateTime else None
    if type(by) is not Duration:
        return None
    if kind is Date:
        return from_ordinal(value.ordinal + (sign * by.nanos) // DAY)
    if kind is DateTime:
        return add_nanos(value, sign * by.nanos)
    return Time((value.nanos + sign * by.nanos) % DAY, value.zone) if kind is Time else None


def _elapsed(left: Value, right: Value) -> Value:
    """Time from right to left; a date counts as its UTC midnight beside a moment."""
    a, b = type(left), type(right)
    if a is Date and b is Date:
        return Duration((left.ordinal - right.ordinal) * DAY)
    if a is Date and b is DateTime:
        left, a = DateTime(left, Time(0, 0)), DateTime
    if a is DateTime and b is Date:
        right, b = DateTime(right, Time(0, 0)), DateTime
    if a is not b or a not in (Time, DateTime):
        return None
    (zoned, start), (other, end) = _order_key(right), _order_key(left)
    return Duration(end - start) if zoned == other else None


ARITHMETIC: dict[str, Callable[[Value, Value, Run], Value]] = {
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
    "**": power,
}
__all__ = ["ARITHMETIC", "ARITHMETIC_ERRORS", "COMPARISONS", "Function", "compare", "equals", "in_range", "is_in"]
