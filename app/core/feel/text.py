"""FEEL values as text: for ``string()``, messages and explanations."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from app.core.feel.lexer import words
from app.core.feel.numbers import show_number
from app.core.feel.temporal import Date, DateTime, Duration, Months, Time
from app.core.feel.values import Range, Value


def show(value: Value) -> str:
    """What ``string(value)`` gives; text stays bare at the top and is quoted inside lists and contexts."""
    return value if type(value) is str else literal(value)


def literal(value: Value) -> str:  # noqa: PLR0911 - by type
    """The value as one writes it in an expression; dates and durations as their bare text."""
    kind = type(value)
    if value is None:
        return "null"
    if kind is bool:
        return "true" if value else "false"
    if kind is Decimal:
        return show_number(value)
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if kind is list:
        return "[" + ", ".join(literal(item) for item in value) + "]"
    if kind is dict:
        return "{" + ", ".join(f"{_key(key)}: {literal(item)}" for key, item in value.items()) + "}"
    if kind is Range:
        return _range(value)
    return str(value) if kind in (Date, Time, DateTime, Duration, Months) else "function"


def brief(value: Value) -> str:
    """The value in a message, in any language: short whatever its size."""
    if type(value) in (list, dict):
        return f"{'[…]' if type(value) is list else '{…}'} × {len(value)}"
    return literal(value)[:60]


@lru_cache(maxsize=4096)  # the same few names, again and again
def _key(key: str) -> str:
    parts = words(key)
    plain = bool(parts) and " ".join(parts) == key and all(part.isidentifier() for part in parts)
    return key if plain else literal(key)


def _range(value: Range) -> str:
    if value.kind:
        return f"({value.kind} {literal(value.start if value.start is not None else value.end)})"
    start, end = "[" if value.start_included else "(", "]" if value.end_included else ")"
    return f"{start}{literal(value.start)}..{literal(value.end)}{end}"
