"""Numeric functions. Source: DMN 1.5 §10.3.4.5."""

# ruff: noqa: D103, ARG001 - the declaration says what a function is; every body is given the run

from __future__ import annotations

from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
)

from app.core.feel.budget import Run
from app.core.feel.builtins.registry import builtin
from app.core.feel.numbers import DIGITS, MATH
from app.core.feel.temporal import Duration, Months
from app.core.feel.values import Value

_MAX_SCALE = 6176
_ZERO = Decimal(0)


def _quantize(run: Run, n: Decimal, scale: Decimal, rounding: str) -> Decimal | None:
    if not -6111 <= scale <= _MAX_SCALE:
        return run.note("小数位数应当在 -6111 到 6176 之间")
    exponent = -int(scale)
    if n.as_tuple().exponent >= exponent:  # type: ignore[operator]  # a finite number has a numeric exponent
        return n
    rounded = n.quantize(Decimal(1).scaleb(exponent), rounding=rounding, context=_WIDE)
    return MATH.plus(rounded)


_WIDE = MATH.copy()
_WIDE.prec = DIGITS * 2


@builtin("decimal", "n: number", "scale: number")
def decimal(run: Run, n: Decimal, scale: Decimal) -> Decimal | None:
    return _quantize(run, n, scale, ROUND_HALF_EVEN)


@builtin("floor", "n: number", "scale: number~")
def floor(run: Run, n: Decimal, scale: Decimal | None = None) -> Decimal | None:
    return _quantize(run, n, scale or _ZERO, ROUND_FLOOR)


@builtin("ceiling", "n: number", "scale: number~")
def ceiling(run: Run, n: Decimal, scale: Decimal | None = None) -> Decimal | None:
    return _quantize(run, n, scale or _ZERO, ROUND_CEILING)


@builtin("round up", "n: number", "scale: number~")
def round_up(run: Run, n: Decimal, scale: Decimal | None = None) -> Decimal | None:
    return _quantize(run, n, scale or _ZERO, ROUND_UP)


@builtin("round down", "n: number", "scale: number~")
def round_down(run: Run, n: Decimal, scale: Decimal | None = None) -> Decimal | None:
    return _quantize(run, n, scale or _ZERO, ROUND_DOWN)


@builtin("round half up", "n: number", "scale: number~")
def round_half_up(run: Run, n: Decimal, scale: Decimal | None = None) -> Decimal | None:
    return _quantize(run, n, scale or _ZERO, ROUND_HALF_UP)


@builtin("round half down", "n: number", "scale: number~")
def round_half_down(run: Run, n: Decimal, scale: Decimal | None = None) -> Decimal | None:
    return _quantize(run, n, scale or _ZERO, ROUND_HALF_DOWN)


@builtin("abs", "n: number")
def absolute(run: Run, n: Decimal) -> Decimal:
    return abs(n) if n >= 0 else -n


@builtin("abs", "n: days and time duration")
def absolute_duration(run: Run, n: Duration) -> Duration:
    return Duration(abs(n.nanos))


@builtin("abs", "n: years and months duration")
def absolute_months(run: Run, n: Months) -> Months:
    return Months(abs(n.months))


@builtin("modulo", "dividend: number", "divisor: number")
def modulo(run: Run, dividend: Decimal, divisor: Decimal) -> Decimal | None:
    """The remainder with the sign of the divisor."""
    if not divisor:
        return run.note("除数是 0")
    quotient = _quantize(run, MATH.divide(dividend, divisor), _ZERO, ROUND_FLOOR)
    return None if quotient is None else MATH.subtract(dividend, MATH.multiply(divisor, quotient))


@builtin("sqrt", "number: number")
def sqrt(run: Run, n: Decimal) -> Decimal | None:
    return MATH.sqrt(n) if n >= 0 else run.note("负数没有平方根")


@builtin("log", "number: number")
def log(run: Run, n: Decimal) -> Decimal | None:
    return MATH.ln(n) if n > 0 else run.note("只有正数有对数")


@builtin("exp", "number: number")
def exp(run: Run, n: Decimal) -> Decimal:
    return MATH.exp(n)


@builtin("odd", "number: number")
def odd(run: Run, n: Decimal) -> Value:
    return _parity(run, n, 1)


@builtin("even", "number: number")
def even(run: Run, n: Decimal) -> Value:
    return _parity(run, n, 0)


def _parity(run: Run, n: Decimal, wanted: int) -> bool | None:
    if n != n.to_integral_value():
        return run.note("奇偶只对整数有意义")
    return abs(int(n)) % 2 == wanted if n.adjusted() < DIGITS else wanted == 0
