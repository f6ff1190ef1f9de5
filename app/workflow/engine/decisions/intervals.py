"""Cells that only compare the input with constants, as sets of intervals.

They serve twice: matching looks a value up instead of testing every rule, and the analysis of tables finds
overlaps and gaps. A cell that is anything else has no such form and is evaluated as written.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

from app.core.feel.builtins.conversion import constant_of
from app.core.feel.nodes import AnyInput, ListNode, Literal, Negated, Negation, Node, RangeNode, UnaryRange
from app.core.feel.temporal import Date, Duration, Months
from app.core.feel.values import Value

# Types whose FEEL order and equality are Python's, so that sorting and dictionaries may be used.
PLAIN_KINDS = (Decimal, str, Date, Duration, Months)
KINDS = (*PLAIN_KINDS, bool)


class Interval(NamedTuple):
    """``low`` / ``high`` None: no end on that side."""

    low: Any  # a value of one of KINDS
    low_in: bool
    high: Any
    high_in: bool

    @property
    def is_point(self) -> bool:
        """Holds a single value."""
        return self.low is not None and self.low_in and self.high_in and bool(self.low == self.high)


EVERYTHING = Interval(None, False, None, False)


class Simple(NamedTuple):
    """Which inputs a cell accepts.

    :param kinds: accepted values by type; a type that is not there is answered by ``other``.
    :param null: whether null is accepted.
    :param other: whether values of the remaining types are accepted.
    """

    kinds: dict[type, tuple[Interval, ...]]
    null: bool
    other: bool

    def of(self, kind: type) -> tuple[Interval, ...]:
        """Accepted values of one type."""
        return self.kinds.get(kind, (EVERYTHING,) if self.other else ())


ANYTHING = Simple({}, null=True, other=True)


def simplify(tests: tuple[Node, ...]) -> Simple | None:
    """The cell as intervals, or None when it is more than comparisons with constants."""
    if len(tests) == 1 and isinstance(tests[0], AnyInput):
        return ANYTHING
    if len(tests) == 1 and isinstance(tests[0], Negated):
        return _complement(tests[0].tests)
    kinds: dict[type, tuple[Interval, ...]] = {}
    null = False
    for test in tests:
        found = _intervals(test)
        if found is None:
            return None
        null = null or (isinstance(test, UnaryRange) and test.operator == "!=")
        for interval in found:
            if interval.low is None and interval.high is None:
                null = True  # the literal null, see _intervals
            else:
                kind = type(interval.low if interval.low is not None else interval.high)
                kinds[kind] = (*kinds.get(kind, ()), interval)
    return Simple(kinds, null, other=False)


def _intervals(test: Node) -> tuple[Interval, ...] | None:
    """Intervals of one test; EVERYTHING stands for the literal null."""
    match test:
        case Literal(value=None):
            return (EVERYTHING,)
        case UnaryRange():
            return _unary_range(test)
        case RangeNode():
            low, high = _ordered_constant(test.low), _ordered_constant(test.high)
            if low is None or type(low) is not type(high):
                return None
            return (Interval(low, test.low_included, high, test.high_included),) if low <= high else ()
        case ListNode():
            return _points(test.items)
    return _points((test,))


def _points(nodes: tuple[Node, ...]) -> tuple[Interval, ...] | None:
    values = [_constant(node) for node in nodes]
    if any(type(value) not in KINDS for value in values):
        return None
    return tuple(Interval(value, True, value, True) for value in values)


def _unary_range(test: UnaryRange) -> tuple[Interval, ...] | None:
    end = _ordered_constant(test.end)
    if end is None:
        return None
    match test.operator:
        case "=":
            return (Interval(end, True, end, True),)
        case "!=":
            return (Interval(None, False, end, False), Interval(end, False, None, False))
        case "<" | "<=":
            return (Interval(None, False, end, test.operator == "<="),)
    return (Interval(end, test.operator == ">=", None, False),)


def _constant(node: Node) -> Value:
    if isinstance(node, Negation):
        value = _constant(node.operand)
        return -value if type(value) is Decimal else None
    return constant_of(node)


def _ordered_constant(node: Node) -> Value:
    value = _constant(node)
    return value if type(value) in PLAIN_KINDS else None


def _complement(tests: tuple[Node, ...]) -> Simple | None:
    """``not(…)`` of tests of one type; a value of another type is never accepted, null only beside equalities."""
    inner = simplify(tests)
    if inner is None or inner.other or len(inner.kinds) != 1:
        return None
    ((kind, intervals),) = inner.kinds.items()
    equalities = all(not isinstance(test, RangeNode | UnaryRange) or _is_equality(test) for test in tests)
    return Simple({kind: outside(intervals, kind)}, null=equalities and not inner.null, other=False)


def _is_equality(test: Node) -> bool:
    return isinstance(test, UnaryRange) and test.operator == "="


def outside(intervals: tuple[Interval, ...], kind: type) -> tuple[Interval, ...]:
    """Everything of a type that lies in none of the intervals."""
    if kind is bool:
        inside = {interval.low for interval in intervals}
        return tuple(Interval(value, True, value, True) for value in (False, True) if value not in inside)
    left: list[Interval] = []
    start, start_in = None, False  # where the free stretch begins; None is minus infinity
    for interval in sorted(intervals, key=_by_low):
        if interval.low is not None:
            gap = Interval(start, start_in, interval.low, not interval.low_in)
            if not is_empty(gap):
                left.append(gap)
        if interval.high is None:
            return tuple(left)
        if start is None or (interval.high, interval.high_in) > (start, not start_in):
            start, start_in = interval.high, not interval.high_in
    left.append(Interval(start, start_in, None, False))
    return tuple(left)


def _by_low(interval: Interval) -> tuple[bool, Any, bool]:
    return (interval.low is not None, interval.low if interval.low is not None else 0, not interval.low_in)


def is_empty(interval: Interval) -> bool:
    """Whether no value lies in it."""
    if interval.low is None or interval.high is None:
        return False
    if interval.low == interval.high:
        return not (interval.low_in and interval.high_in)
    return bool(interval.low > interval.high)


def contains(interval: Interval, value: Value) -> bool:
    """Whether a value of the interval's type lies in it."""
    above = interval.low is None or value > interval.low or (interval.low_in and value == interval.low)
    below = interval.high is None or value < interval.high or (interval.high_in and value == interval.high)
    return bool(above and below)
