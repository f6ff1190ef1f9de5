"""FEEL types: what ``instance of`` asks, and what parameters and item definitions demand."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.core.feel.temporal import Date, DateTime, Duration, Months, Time
from app.core.feel.values import Function, Range


@dataclass(frozen=True, slots=True)
class FeelType:
    """A type.

    :param kind: a built-in name (``number``, ``date and time`` …), or ``list``, ``context``, ``function``,
        ``range``.
    :param element: of a list or a range; result of a function.
    :param fields: of a context, ``(name, type)``; parameters of a function have empty names.
    :param allowed: compiled unary tests ``allowed(value) -> bool`` of an item definition, or None.
    """

    kind: str
    element: FeelType | None = None
    fields: tuple[tuple[str, FeelType], ...] = ()
    allowed: Any = None  # Callable[[Value], bool]; a plain callable keeps this file free of the compiler

    def __str__(self) -> str:
        if self.element is not None and self.kind in ("list", "range"):
            return f"{self.kind}<{self.element}>"
        return self.kind


ANY = FeelType("Any")
NUMBER = FeelType("number")
STRING = FeelType("string")
BOOLEAN = FeelType("boolean")
BUILT_IN = {
    name: FeelType(name)
    for name in (
        "Any",
        "Null",
        "number",
        "string",
        "boolean",
        "date",
        "time",
        "date and time",
        "days and time duration",
        "years and months duration",
    )
} | {
    "any": ANY,
    "dateTime": FeelType("date and time"),
    "dayTimeDuration": FeelType("days and time duration"),
    "yearMonthDuration": FeelType("years and months duration"),
    "context": FeelType("context"),
    "list": FeelType("list", ANY),
    "range": FeelType("range", ANY),
    "function": FeelType("function"),
}

_KIND_OF = {
    Decimal: "number",
    str: "string",
    bool: "boolean",
    Date: "date",
    Time: "time",
    DateTime: "date and time",
    Duration: "days and time duration",
    Months: "years and months duration",
    list: "list",
    dict: "context",
    Range: "range",
    type(None): "Null",
}


def kind_of(value: Any) -> str:
    """Name of the value's type."""
    return _KIND_OF.get(type(value)) or ("function" if isinstance(value, Function) else "Any")


def is_instance(value: Any, wanted: FeelType) -> bool:
    """``value instance of wanted``; null is an instance of nothing but Null."""
    if value is None:
        return wanted.kind == "Null"
    return conforms(value, wanted, any_value=True)


def conforms(value: Any, wanted: FeelType, *, any_value: bool = False) -> bool:
    """Whether a value may stand where that type is wanted; null always may.

    :param any_value: do not ask for the allowed values.
    """
    if value is None:
        return True
    if not _fits(value, wanted, any_value):
        return False
    return any_value or wanted.allowed is None or bool(wanted.allowed(value))


def _fits(value: Any, wanted: FeelType, any_value: bool) -> bool:  # noqa: PLR0911 - by kind
    kind = wanted.kind
    if kind == "Any":
        return True
    if kind_of(value) != kind:
        return False
    if kind == "list":
        return wanted.element is None or all(conforms(item, wanted.element, any_value=any_value) for item in value)
    if kind == "context":
        return all(
            name in value and conforms(value[name], field, any_value=any_value) for name, field in wanted.fields
        )
    if kind == "range" and wanted.element is not None:
        ends = [end for end in (value.start, value.end) if end is not None]
        return all(conforms(end, wanted.element) for end in ends)
    if kind == "function":
        return _function_fits(value, wanted)
    return True


def _function_fits(value: Function, wanted: FeelType) -> bool:
    """Parameters the other way round (contravariant), the result the same way."""
    if wanted.element is None:
        return True
    types = value.parameter_types
    if types is None or len(types) != len(wanted.fields):
        return False
    pairs = zip(wanted.fields, types, strict=True)
    if not all(is_subtype(field, given) for (_, field), given in pairs):
        return False
    return value.result_type is None or is_subtype(value.result_type, wanted.element)


def is_subtype(narrow: FeelType, wide: FeelType) -> bool:
    """Every value of ``narrow`` is one of ``wide``."""
    if wide.kind == "Any" or narrow.kind == "Null" or narrow == wide:
        return True
    if narrow.kind != wide.kind:
        return False
    if wide.kind in ("list", "range"):
        return is_subtype(narrow.element or ANY, wide.element or ANY)
    if wide.kind == "context":
        have = dict(narrow.fields)
        return all(name in have and is_subtype(have[name], field) for name, field in wide.fields)
    if wide.kind == "function":
        return _function_subtype(narrow, wide)
    return True


def _function_subtype(narrow: FeelType, wide: FeelType) -> bool:
    if len(narrow.fields) != len(wide.fields):
        return False
    pairs = zip(wide.fields, narrow.fields, strict=True)
    return all(is_subtype(asked, given) for (_, asked), (_, given) in pairs) and is_subtype(
        narrow.element or ANY, wide.element or ANY
    )


def coerce(value: Any, wanted: FeelType) -> tuple[Any, bool]:
    """Value as that type by FEEL's implicit conversions, and whether it fits.

    A list of one item gives its item, an item gives a list of one, a date gives a UTC midnight.
    """
    if conforms(value, wanted):
        return value, True
    if type(value) is list and len(value) == 1 and wanted.kind != "list" and conforms(value[0], wanted):
        return value[0], True
    if wanted.kind == "list" and type(value) is not list and conforms([value], wanted):
        return [value], True
    if wanted.kind == "date and time" and type(value) is Date:
        return DateTime(value, Time(0, 0)), True
    return None, False
