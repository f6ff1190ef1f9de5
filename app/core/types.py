"""Column types: money, rates, moments, encrypted text, JSON whose key order is kept, checked enums."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

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


def _in_utc(value: datetime) -> datetime:
    """:raises ValueError: it has no zone."""
    if value.tzinfo is None:
        raise ValueError("a moment needs a zone; use app.core.clock.now()")
    return value.astimezone(UTC)


def _as_text(value: datetime | None) -> str | None:
    if value is None:
        return None
    utc = value if value.tzinfo is UTC else _in_utc(value)
    return utc.replace(tzinfo=None).isoformat(" ", "microseconds")


_write_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class JsonText(TypeDecorator[Any]):
    """JSON kept as text on every database: key order is data, and no database re-sorts it."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else _write_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        return None if value is None else json.loads(value)

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
