"""The only clock of the program; business dates are Beijing calendar days, moments are aware UTC."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")

_frozen: ContextVar[datetime | None] = ContextVar("frozen_clock", default=None)
_shift: list[timedelta] = [timedelta()]


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _frozen.get() or datetime.now(UTC) + _shift[0]


def today() -> date:
    """The present business day in Beijing."""
    return business_day(now())


def business_day(moment: datetime) -> date:
    """The Beijing calendar day of an aware moment."""
    return moment.astimezone(BEIJING).date()


def show(moment: datetime) -> str:
    """An aware moment as papers and messages say it: ``2026-11-24 10:00``, in Beijing."""
    return f"{moment.astimezone(BEIJING):%Y-%m-%d %H:%M}"


@contextmanager
def freeze(at: datetime | str) -> Iterator[None]:
    """Stand the clock still, for tests and for reckoning "as of"; text without a zone is Beijing time."""
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=BEIJING)
    token = _frozen.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _frozen.reset(token)


def shift(by: timedelta) -> None:
    """Move this process's clock, for demonstrations of what time does; never in production (``Settings``)."""
    _shift[0] = by
