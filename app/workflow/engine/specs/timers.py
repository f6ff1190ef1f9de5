"""When a timer is due. Reckoned when the token arrives, and kept; of a cycle, one turn after the other."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from app.core.i18n import Sentence
from app.workflow.engine.durations import IsoCycle, moment_of, parse_cycle, parse_duration, parse_moment

if TYPE_CHECKING:
    from app.workflow.engine.scripting import FeelEngine


DUE = "due"
CYCLE = "cycle"
MOST_MADE_UP = 100
"""Turns of a cycle without end that come late after a standstill of the program; older ones are dropped."""


class BadTimer(Exception):
    """The timer's value is no date, date and time, or duration."""

    def __init__(self, value: object) -> None:
        message = (
            "定时器的值“%(value)s”不是日期、日期时间、时长或循环，"
            "请填写如 P2D、PT4H、2026-01-31、R3/PT4H 的文字或结果为此的表达式"
        )
        super().__init__(Sentence(message, value=str(value)))


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


@dataclass(frozen=True, slots=True)
class Turn:
    """The next moment of a timer.

    :ivar due: ``None``: a cycle that is over before it began; it never fires.
    :ivar text: of a cycle, as it was when the token arrived.
    :ivar left: turns of the cycle after this one; ``None``: without end.
    """

    due: datetime | None
    text: str | None = None
    left: int | None = 0

    def keep_in(self, kept: dict[str, Any]) -> None:
        """Write it where the codec keeps it."""
        kept[DUE] = self.due
        if self.text is not None:
            kept[CYCLE] = [self.text, self.left]


def first_turn(value: Any, engine: FeelEngine, *, working_time: bool) -> Turn:
    """The first turn of a cycle that begins now; of one with a start, the first that is not over.

    :raises BadTimer: the value is no text such as ``R3/PT4H``.
    """
    cycle = parse_cycle(value) if isinstance(value, str) else None
    if cycle is None:
        raise BadTimer(value)
    now = engine.services.now()
    start = cycle.start if cycle.start is not None else _later(cycle, now, engine, working_time=working_time)
    left = None if cycle.count is None else cycle.count - 1
    return _not_before(now, Turn(start, value, left), cycle, engine, working_time=working_time)


def next_turn(
    kept: Mapping[str, Any], engine: FeelEngine, *, working_time: bool, skip_missed: bool = False
) -> Turn | None:
    """The turn after the one that has come, even when its moment has passed too: every turn comes, one by one.

    :param kept: what ``Turn.keep_in`` wrote.
    :param skip_missed: the next one that is still to come instead; those between are counted as turns.
    :returns: ``None``: it was the last.
    """
    text, left = kept.get(CYCLE, (None, 0))
    cycle = parse_cycle(text) if text is not None else None
    if cycle is None or left == 0 or kept[DUE] is None:
        return None
    due = _later(cycle, kept[DUE], engine, working_time=working_time)
    now = engine.services.now()
    if not skip_missed and left is None:
        due = _made_up(cycle, due, now, engine, working_time=working_time)
    turn = Turn(due, text, None if left is None else left - 1)
    until = now if skip_missed else due
    following = _not_before(until, turn, cycle, engine, working_time=working_time, strictly=skip_missed)
    return following if following.due is not None else None


def skip_rest(kept: dict[str, Any], engine: FeelEngine, *, working_time: bool) -> None:
    """Of a cycle bound to dates that stood still: the turn that was to come, or the first after now."""
    text, left = kept[CYCLE]
    cycle = parse_cycle(text)
    if cycle is not None:
        turn = Turn(kept[DUE], text, left)
        _not_before(engine.services.now(), turn, cycle, engine, working_time=working_time).keep_in(kept)


def _made_up(cycle: IsoCycle, due: datetime, now: datetime, engine: FeelEngine, *, working_time: bool) -> datetime:
    """Of a cycle without end the first of its latest ``MOST_MADE_UP`` turns, when more than those were missed."""
    ahead = cycle.turns_until(due, now) - MOST_MADE_UP
    if ahead <= 0:
        return due
    if not working_time:
        due = _later(cycle, due, engine, working_time=False, times=ahead)
    turns = deque([due], maxlen=MOST_MADE_UP + 1)
    while turns[-1] <= now:
        turns.append(_later(cycle, turns[-1], engine, working_time=working_time))
    return turns[0]


def _not_before(
    now: datetime, turn: Turn, cycle: IsoCycle, engine: FeelEngine, *, working_time: bool, strictly: bool = False
) -> Turn:
    due, left = turn.due, turn.left
    while due is not None and (due < now or (strictly and due == now)):
        if left == 0:
            return Turn(None, turn.text, 0)
        skipped = 1 if working_time else cycle.turns_until(due, now)
        skipped = skipped if left is None else min(skipped, left)
        left = None if left is None else left - skipped
        due = _later(cycle, due, engine, working_time=working_time, times=skipped)
    if due is not None and cycle.end is not None and due > cycle.end:
        return Turn(None, turn.text, 0)
    return Turn(due, turn.text, left)


def _later(cycle: IsoCycle, due: datetime, engine: FeelEngine, *, working_time: bool, times: int = 1) -> datetime:
    if working_time:
        return engine.services.working_due(due, cycle.interval.text)
    return cycle.interval.after(due, times)
