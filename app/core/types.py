"""Column types: money, rates, moments, encrypted text, JSON whose key order is kept, checked enums."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import orjson
from sqlalchemy import BigInteger, DateTime, Numeric, String, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from app.core import crypto

Fen = BigInteger
"""Money: integer fen."""


class _ExactNumeric(TypeDecorator[Any]):
    """Decimal in, Decimal out. SQLite has no decimals, so there it is stored as text of fixed scale."""

    impl = Numeric
    cache_ok = True

    def __init__(self, precision: int, scale: int) -> None:
        super().__init__(precision, scale, asdecimal=True)
        self.precision, self.scale = precision, scale

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(self.precision + 2))
        return dialect.type_descriptor(Numeric(self.precision, self.scale, asdecimal=True))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if value is None:
            return None
        exact = Decimal(value) if not isinstance(value, float) else Decimal(str(value))
        exact = exact.quantize(Decimal(1).scaleb(-self.scale))
        return str(exact) if dialect.name == "sqlite" else exact

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002
        return None if value is None else Decimal(value)


class Rate(_ExactNumeric):
    """A fraction with six decimals: 1.5 % is ``Decimal("0.015000")``."""

    cache_ok = True

    def __init__(self) -> None:
        super().__init__(9, 6)


class Percent(_ExactNumeric):
    """A percentage with four decimals, for risk shares: ``Decimal("20.0000")``."""

    cache_ok = True

    def __init__(self) -> None:
        super().__init__(7, 4)


class Moment(TypeDecorator[datetime]):
    """An aware moment, stored as UTC; SQLite keeps no zone, so it is added back when read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        utc = _in_utc(value)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """On SQLite at once the text SQLAlchemy's own type would write: every row has several moments."""
        return _as_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """On SQLite at once from the text."""
        return _from_text if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


def _in_utc(value: datetime) -> datetime:
    """:raises ValueError: it has no zone."""
    if value.tzinfo is None:
        raise ValueError("a moment needs a zone; use app.core.clock.now()")
    return value.astimezone(UTC)


_WITH_FRACTION = len('"2026-01-31T10:00:00.000000+00:00"')


def _as_text(value: datetime | None) -> str | None:
    """As ``isoformat(" ", "microseconds")`` without the zone; orjson takes a quarter of the time."""
    if value is None:
        return None
    text = orjson.dumps(value if value.tzinfo is UTC else _in_utc(value)).decode()
    return f"{text[1:11]} {text[12:27]}" if len(text) == _WITH_FRACTION else f"{text[1:11]} {text[12:20]}.000000"


def _from_text(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(f"{text}+00:00")


_write_slowly = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_NOT_JSON = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME


def _write_json(value: Any) -> str:
    """As the standard library writes it, where ours has no keys that are no text and no figure beyond 64 bits."""
    try:
        return orjson.dumps(value, option=_NOT_JSON).decode()
    except TypeError:
        return _write_slowly(value)


def _as_json(value: Any) -> str | None:
    return None if value is None else _write_json(value)


def _from_json(text: str | None) -> Any:
    return None if text is None else json.loads(text)


class JsonText(TypeDecorator[Any]):
    """JSON kept as text on every database: key order is data, and no database re-sorts it."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        return _as_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        return _from_json(value)

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:  # noqa: ARG002 - the drivers take text as it is
        """Without the wrappers SQLAlchemy puts around."""
        return _as_json

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:  # noqa: ARG002
        """Without the wrappers SQLAlchemy puts around."""
        return _from_json

    def compare_values(self, x: Any, y: Any) -> bool:
        return bool(x == y)


class EncryptedText(TypeDecorator[str]):
    """Personal data at rest. ``place`` (table.column) is bound into the cipher text."""

    impl = Text
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else crypto.encrypt(value, self.place)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else crypto.decrypt(value, self.place)


class EnumText(TypeDecorator[StrEnum]):
    """A ``StrEnum`` stored as its text; unknown text is an error when written and when read."""

    impl = String(40)
    cache_ok = True

    def __init__(self, kind: type[StrEnum]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: StrEnum | str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else self.kind(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:  # noqa: ARG002
        return None if value is None else self.kind(value)

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:  # noqa: ARG002
        """Looked up, not called: a member is its text, so both find it."""
        texts: dict[StrEnum | str | None, str | None] = {one: one.value for one in self.kind} | {None: None}
        return _looked_up(texts, lambda value: self.kind(value).value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:  # noqa: ARG002
        """Looked up, not called."""
        members: dict[str | None, StrEnum | None] = {one.value: one for one in self.kind} | {None: None}
        return _looked_up(members, self.kind)


def _looked_up(known: dict[Any, Any], otherwise: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def look(value: Any) -> Any:
        try:
            return known[value]
        except KeyError:
            return otherwise(value)

    return look
