"""Jinja filters: how figures, days and personal data look on screen. None shows as a dash."""

from collections.abc import Callable
from datetime import date as Date  # noqa: N812 - the filters are called ``date`` and ``datetime``
from datetime import datetime as DateTime  # noqa: N812
from decimal import Decimal
from fractions import Fraction

from flask import Flask

from app.core import clock
from app.core.i18n import _, told
from app.core.money import in_words, show_percent, show_wan, show_yuan

DASH = "—"

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def yuan(amount_fen: int | None) -> str:
    """Fen as yuan: ``45,000.00``."""
    return DASH if amount_fen is None else show_yuan(int(amount_fen))


def wan(amount_fen: int | None) -> str:
    """Fen as 万元: ``4.50``."""
    return DASH if amount_fen is None else show_wan(int(amount_fen))


def words(amount_fen: int | None) -> str:
    """Fen as capital figures 大写."""
    return DASH if amount_fen is None else in_words(int(amount_fen))


def percent(rate: Decimal | Fraction | str | None, places: int = 2) -> str:
    """A fraction as percent: ``0.015`` → ``1.50%``."""
    if rate is None or rate == "":
        return DASH
    return show_percent(Decimal(rate) if isinstance(rate, str) else rate, places)


def date(day: Date | DateTime | str | None) -> str:
    """A day, or the Beijing day of a moment: ``2026-11-24``."""
    if not day:
        return DASH
    value = DateTime.fromisoformat(day) if isinstance(day, str) else day
    if isinstance(value, DateTime) and value.tzinfo:
        value = clock.business_day(value)
    return value.strftime("%Y-%m-%d")


def datetime(moment: DateTime | str | None, seconds: bool = False) -> str:
    """A moment in Beijing time: ``2026-11-24 10:32``."""
    if not moment:
        return DASH
    return _beijing(moment).strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")


def ago(moment: DateTime | str | None) -> str:
    """How long ago, for recent things; older ones show the day."""
    if not moment:
        return DASH
    seconds = (clock.now() - _beijing(moment)).total_seconds()
    if seconds < 0 or seconds >= 7 * _DAY:
        return date(_beijing(moment))
    if seconds < _MINUTE:
        return _("刚刚")
    if seconds < _HOUR:
        return _("%(n)s 分钟前", n=int(seconds // _MINUTE))
    if seconds < _DAY:
        return _("%(n)s 小时前", n=int(seconds // _HOUR))
    return _("%(n)s 天前", n=int(seconds // _DAY))


def mask(text: str | None) -> str:
    """Hide the middle of personal data: ``138****5678``, ``1101**********1234``, names keep the first sign."""
    if not text:
        return DASH
    head = 3 if len(text) <= 11 else 4
    if len(text) <= head + 4:
        return text[0] + "*" * (len(text) - 1)
    return text[:head] + "*" * (len(text) - head - 4) + text[-4:]


def _beijing(moment: DateTime | str) -> DateTime:
    value = DateTime.fromisoformat(moment) if isinstance(moment, str) else moment
    return value.replace(tzinfo=clock.BEIJING) if value.tzinfo is None else value.astimezone(clock.BEIJING)


FILTERS: dict[str, Callable[..., str]] = {
    "told": told,
    "yuan": yuan,
    "wan": wan,
    "words": words,
    "percent": percent,
    "date": date,
    "datetime": datetime,
    "ago": ago,
    "mask": mask,
}


def init_filters(app: Flask) -> None:
    """Make the filters known to every template."""
    app.jinja_env.filters.update(FILTERS)
