"""When a timer is due. Reckoned once, when the token arrives, and kept."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from app.workflow.engine.durations import moment_of, parse_duration, parse_moment

if TYPE_CHECKING:
    from app.workflow.engine.scripting import FeelEngine


class BadTimer(Exception):
    """The timer's value is no date, date and time, or duration."""

    def __init__(self, value: object) -> None:
        super().__init__(
            f"定时器的值“{value}”不是日期、日期时间或时长，请填写如 P2D、PT4H、2026-01-31 的文字或结果为此的表达式"
        )


def due_of(value: Any, engine: FeelEngine, *, working_time: bool) -> datetime:
    """The aware moment a timer fires.

    :param value: ISO text, or a date, date and time of an expression.
    :param working_time: a duration counts only working time, which ``services.working_due`` reckons.
    """
    if isinstance(value, date):
        return moment_of(value)
    if isinstance(value, str):
        duration = parse_duration(value)
        if duration is not None:
            now = engine.services.now()
            return engine.services.working_due(now, duration.text) if working_time else duration.after(now)
        moment = parse_moment(value)
        if moment is not None:
            return moment
    raise BadTimer(value)
