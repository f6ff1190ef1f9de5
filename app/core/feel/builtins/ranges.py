"""Relations of points and ranges (Allen's interval algebra). Source: DMN 1.5 §10.3.4.10."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from app.core.feel.budget import Run
from app.core.feel.builtins.registry import builtin
from app.core.feel.operators import compare, equals, in_range
from app.core.feel.values import Range, Value


class _Incomparable(Exception):
    """Two ends of different types: the relation is null."""


def _order(left: Value, right: Value) -> int:
    order = compare(left, right)
    if order is None:
        raise _Incomparable
    return order


Body = TypeVar("Body", bound=Callable[..., bool])


def _relation(name: str, *parameters: str) -> Callable[[Body], Body]:
    """Register a relation of two points or ranges; it is null when they cannot be compared."""

    def register(body: Body) -> Body:
        def checked(run: Run, a: Value, b: Value) -> bool | None:
            try:
                return bool(body(a, b))
            except _Incomparable:
                return run.note("%(name)s 的两个参数不能比较", name=name)

        builtin(name, *parameters)(checked)
        return body

    return register


def _touches(left_included: bool, right_included: bool) -> bool:
    return left_included and right_included


def _starts_after(a: Value, b: Value, a_in: bool, b_in: bool) -> bool:
    """A lies beyond b, or both are one point that at least one side leaves out."""
    order = _order(a, b)
    return order > 0 or (order == 0 and not (a_in and b_in))


@_relation("before", "point1: point", "point2: point")
def _before_pp(a: Value, b: Value) -> bool:
    return _order(a, b) < 0


@_relation("before", "point: point", "range: range")
def _before_pr(a: Value, b: Range) -> bool:
    return _starts_after(b.start, a, b.start_included, True)


@_relation("before", "range: range", "point: point")
def _before_rp(a: Range, b: Value) -> bool:
    return _starts_after(b, a.end, True, a.end_included)


@_relation("before", "range1: range", "range2: range")
def _before_rr(a: Range, b: Range) -> bool:
    return _starts_after(b.start, a.end, b.start_included, a.end_included)


@_relation("after", "point1: point", "point2: point")
def _after_pp(a: Value, b: Value) -> bool:
    return _order(a, b) > 0


@_relation("after", "point: point", "range: range")
def _after_pr(a: Value, b: Range) -> bool:
    return _before_rp(b, a)


@_relation("after", "range: range", "point: point")
def _after_rp(a: Range, b: Value) -> bool:
    return _before_pr(b, a)


@_relation("after", "range1: range", "range2: range")
def _after_rr(a: Range, b: Range) -> bool:
    return _before_rr(b, a)


@_relation("meets", "range1: range", "range2: range")
def _meets(a: Range, b: Range) -> bool:
    return _touches(a.end_included, b.start_included) and _order(a.end, b.start) == 0


@_relation("met by", "range1: range", "range2: range")
def _met_by(a: Range, b: Range) -> bool:
    return _meets(b, a)


@_relation("overlaps", "range1: range", "range2: range")
def _overlaps(a: Range, b: Range) -> bool:
    return not _before_rr(a, b) and not _before_rr(b, a)


def _earlier_start(a: Range, b: Range) -> bool:
    order = _order(a.start, b.start)
    return order < 0 or (order == 0 and a.start_included and not b.start_included)


def _earlier_end(a: Range, b: Range) -> bool:
    order = _order(a.end, b.end)
    return order < 0 or (order == 0 and b.end_included and not a.end_included)


@_relation("overlaps before", "range1: range", "range2: range")
def _overlaps_before(a: Range, b: Range) -> bool:
    return _earlier_start(a, b) and not _before_rr(a, b) and (_earlier_end(a, b) or _same_end(a, b))


@_relation("overlaps after", "range1: range", "range2: range")
def _overlaps_after(a: Range, b: Range) -> bool:
    return _overlaps_before(b, a)


def _same_start(a: Range, b: Range) -> bool:
    return a.start_included == b.start_included and _order(a.start, b.start) == 0


def _same_end(a: Range, b: Range) -> bool:
    return a.end_included == b.end_included and _order(a.end, b.end) == 0


@_relation("finishes", "point: point", "range: range")
def _finishes_pr(a: Value, b: Range) -> bool:
    return b.end_included and _order(a, b.end) == 0


@_relation("finishes", "range1: range", "range2: range")
def _finishes_rr(a: Range, b: Range) -> bool:
    return _same_end(a, b) and not _earlier_start(a, b)


@_relation("finished by", "range: range", "point: point")
def _finished_by_rp(a: Range, b: Value) -> bool:
    return _finishes_pr(b, a)


@_relation("finished by", "range1: range", "range2: range")
def _finished_by_rr(a: Range, b: Range) -> bool:
    return _finishes_rr(b, a)


@_relation("includes", "range: range", "point: point")
def _includes_rp(a: Range, b: Value) -> bool:
    inside = in_range(b, a)
    if inside is None:
        raise _Incomparable
    return inside


@_relation("includes", "range1: range", "range2: range")
def _includes_rr(a: Range, b: Range) -> bool:
    return not _earlier_start(b, a) and not _earlier_end(a, b)


@_relation("during", "point: point", "range: range")
def _during_pr(a: Value, b: Range) -> bool:
    return _includes_rp(b, a)


@_relation("during", "range1: range", "range2: range")
def _during_rr(a: Range, b: Range) -> bool:
    return _includes_rr(b, a)


@_relation("starts", "point: point", "range: range")
def _starts_pr(a: Value, b: Range) -> bool:
    return b.start_included and _order(a, b.start) == 0


@_relation("starts", "range1: range", "range2: range")
def _starts_rr(a: Range, b: Range) -> bool:
    return _same_start(a, b) and not _earlier_end(b, a)


@_relation("started by", "range: range", "point: point")
def _started_by_rp(a: Range, b: Value) -> bool:
    return _starts_pr(b, a)


@_relation("started by", "range1: range", "range2: range")
def _started_by_rr(a: Range, b: Range) -> bool:
    return _starts_rr(b, a)


@_relation("coincides", "point1: point", "point2: point")
def _coincides_pp(a: Value, b: Value) -> bool:
    return _order(a, b) == 0


@_relation("coincides", "range1: range", "range2: range")
def _coincides_rr(a: Range, b: Range) -> bool:
    return equals(a, b) is True
