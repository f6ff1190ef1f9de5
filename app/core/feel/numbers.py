"""Numbers of FEEL: decimals of 34 digits (IEEE 754 decimal128), rounded half to even."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow

DIGITS = 34
MATH = Context(
    prec=DIGITS,
    rounding=ROUND_HALF_EVEN,
    Emin=-6143,
    Emax=6144,
    capitals=1,
    clamp=0,
    flags=[],
    traps=[InvalidOperation, DivisionByZero, Overflow],
)
ARITHMETIC_ERRORS = (InvalidOperation, DivisionByZero, Overflow)


def read_number(text: str) -> Decimal | None:
    """A decimal numeral as a number; None when it is none or out of range."""
    try:
        value = MATH.create_decimal(text)
    except ARITHMETIC_ERRORS:
        return None
    return value if value.is_finite() else None


def from_int(number: int) -> Decimal:
    """A Python integer as a number of at most 34 digits."""
    return Decimal(number) if -(10**DIGITS) < number < 10**DIGITS else MATH.create_decimal(number)


def whole(value: Decimal) -> int:
    """Integer part of a number, towards zero; the caller has bounded it."""
    return int(value)


def show_number(value: Decimal) -> str:
    """A number without exponent and without zeros at the end of its fraction."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
