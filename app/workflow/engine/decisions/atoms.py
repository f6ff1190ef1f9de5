"""A column's values cut into atoms: within one atom every cell of the column answers the same.

Each atom has a representative value to show people and to try out.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import NamedTuple

from app.core.feel.temporal import DAY, Date, Duration, Months, from_ordinal
from app.core.feel.values import Value
from app.workflow.engine.decisions.intervals import Interval, Simple, contains, simplify
from app.workflow.engine.decisions.tables import Input

WHOLE_NUMBERS = ("_fen", "_days", "_count", "_months", "_years", "_no")
_KIND_OF_TYPE = {"number": Decimal, "string": str, "boolean": bool, "date": Date}
_KIND_OF_TYPE |= {"days and time duration": Duration, "years and months duration": Months}
_WORDS = ("…", "X", "A", "0", "")


class Atom(NamedTuple):
    """:param value: the representative.
    :param accepts: bits of the rules whose cell accepts the atom for certain.
    :param may_accept: those, and the rules whose cell cannot be read as intervals.
    """

    value: Value
    accepts: int
    may_accept: int


def atoms_of(source: Input, simple: list[Simple | None]) -> list[Atom]:
    """The atoms an input can take: of its declared type or the types its cells mention, within its allowed values.

    Null and values of other types are left out: a table need not answer them.
    """
    unknown = sum(1 << at for at, one in enumerate(simple) if one is None)
    known = [one for one in simple if one is not None]
    allowed = simplify(source.allowed) if source.allowed else None
    kinds = _kinds(source, [*known, *([allowed] if allowed else [])])
    if not kinds:
        bits = sum(1 << at for at, one in enumerate(simple) if one is not None and one.other)
        return [Atom("…", bits, bits | unknown)]
    whole = source.text.endswith(WHOLE_NUMBERS)
    found = []
    for kind in kinds:
        ends = _ends([*known, *([allowed] if allowed else [])], kind)
        for value in _representatives(kind, ends, whole):
            if allowed is None or _accepts(allowed, value):
                bits = sum(1 << at for at, one in enumerate(simple) if one is not None and _accepts(one, value))
                found.append(Atom(value, bits, bits | unknown))
    return found


def _kinds(source: Input, cells: Iterable[Simple]) -> list[type]:
    declared = _KIND_OF_TYPE.get(source.type.kind)
    if declared is not None:
        return [declared]
    return list(dict.fromkeys(kind for cell in cells for kind in cell.kinds))


def _ends(cells: Iterable[Simple], kind: type) -> list[Value]:
    intervals: list[Interval] = [one for cell in cells for one in cell.kinds.get(kind, ())]
    return sorted({end for one in intervals for end in (one.low, one.high) if end is not None})


def _accepts(cell: Simple, value: Value) -> bool:
    return any(contains(interval, value) for interval in cell.of(type(value)))


def _representatives(kind: type, ends: list[Value], whole: bool) -> list[Value]:
    """A value at each end, and one in each stretch around and between them that is not empty."""
    if kind is bool:
        return [False, True]
    if not ends:
        return [{Decimal: Decimal(0), str: "…", Date: Date(2026, 1, 1)}.get(kind, Duration(DAY))]
    found = []
    for low, high in zip([None, *ends], [*ends, None], strict=True):
        between = _between(kind, low, high, whole)
        if between is not None:
            found.append(between)
        if high is not None and not (whole and high != high.to_integral_value()):
            found.append(high)
    return found


def _between(kind: type, low: Value, high: Value, whole: bool) -> Value:
    """A value strictly between two ends (None: no end); None when there is none."""
    if kind is Decimal:
        return _number_between(low, high, whole)
    if kind is str:
        return _text_between(low, high)
    if kind is Date:
        day = high.ordinal - 1 if low is None else low.ordinal + 1
        return from_ordinal(day) if high is None or day < high.ordinal else None
    step = 1 if kind is Months else DAY
    count = (
        high[0] - step if low is None else low[0] + (step if high is None else min(step, (high[0] - low[0]) // 2))
    )
    return kind(count) if (low is None or count > low[0]) and (high is None or count < high[0]) else None


def _number_between(low: Decimal | None, high: Decimal | None, whole: bool) -> Decimal | None:
    if low is None:
        return None if high is None else high.to_integral_value(ROUND_CEILING) - 1
    above = low.to_integral_value(ROUND_FLOOR) + 1
    if high is None or above < high:
        return above
    return None if whole else (low + high) / 2


def _text_between(low: str | None, high: str | None) -> str | None:
    candidates = (*_WORDS, *((low + "X", low + "\0") if low is not None else ()))
    return next((one for one in candidates if (low is None or one > low) and (high is None or one < high)), None)
