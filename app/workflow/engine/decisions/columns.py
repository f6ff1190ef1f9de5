"""Which rules an input value lets through: a bit per rule, looked up rather than tested.

The constants of a column cut the values of a type into points and stretches between them; for each the rules that
accept it are known when the file is read. Cells that need more are tested one by one afterwards.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Any

from app.core.feel.cells import compile_tests
from app.core.feel.compiler import Closure, Compiler
from app.core.feel.nodes import Name, Node, Path
from app.core.feel.scope import Scope
from app.core.feel.values import Value
from app.workflow.engine.decisions.intervals import KINDS, Interval, Simple, simplify

Lookup = Callable[[Any], int]  # value of the right type -> bits of the rules that accept it


class Column:
    """One input of a table, compiled.

    :ivar lookups: by type; types that are not there accept ``other`` bits.
    :ivar slow: ``(bit, test)`` of the cells that are not simple; their bits are set in every lookup.
    :ivar path: ``("project", "amount_fen")`` when the input is just that outside name, else empty.
    """

    __slots__ = ("cells", "lookups", "null", "other", "path", "read", "simple", "slow", "tests")

    def __init__(self, expression: Node, cells: Sequence[tuple[Node, ...]], local: frozenset[str]) -> None:
        self.cells = cells
        self.read: Closure = Compiler().compile(expression, local)
        self.path = _path(expression, local)
        self.tests = [compile_tests(cell, local) for cell in cells]
        self.simple: list[Simple | None] = [simplify(cell) for cell in cells]
        self.slow = [(1 << at, self.tests[at]) for at, simple in enumerate(self.simple) if simple is None]
        always = sum(bit for bit, _ in self.slow)
        self.null = always | _bits(self.simple, lambda simple: simple.null)
        self.other = always | _bits(self.simple, lambda simple: simple.other)
        kinds = {kind for simple in self.simple if simple for kind in simple.kinds}
        self.lookups: dict[type, Lookup] = {kind: _lookup(self.simple, kind, always) for kind in kinds}

    def accepting(self, value: Value, candidates: int, scope: Scope) -> int:
        """Those of the candidate rules whose cell accepts the value."""
        kind = type(value)
        if value is None:
            bits = candidates & self.null
        elif kind in KINDS:
            lookup = self.lookups.get(kind)
            bits = candidates & (self.other if lookup is None else lookup(value))
        else:
            return self._test_all(value, candidates, scope)
        return self._test_slow(value, bits, scope) if self.slow else bits

    def _test_slow(self, value: Value, bits: int, scope: Scope) -> int:
        inner = Scope({"?": value}, scope, scope.run)
        for bit, test in self.slow:
            if bits & bit:
                scope.run.spend()
                if test(inner) is not True:
                    bits ^= bit
        return bits

    def _test_all(self, value: Value, candidates: int, scope: Scope) -> int:
        inner = Scope({"?": value}, scope, scope.run)
        bits = 0
        for at, test in enumerate(self.tests):
            if candidates >> at & 1:
                scope.run.spend()
                bits |= (test(inner) is True) << at
        return bits


def _path(node: Node, local: frozenset[str]) -> tuple[str, ...]:
    steps: list[str] = []
    while isinstance(node, Path):
        steps.append(node.name)
        node = node.source
    return (node.name, *reversed(steps)) if isinstance(node, Name) and node.name not in local else ()


def _bits(cells: list[Simple | None], accepts: Callable[[Simple], bool]) -> int:
    return sum(1 << at for at, simple in enumerate(cells) if simple is not None and accepts(simple))


def _lookup(cells: list[Simple | None], kind: type, always: int) -> Lookup:
    """How to find the rules that accept a value of that type."""
    accepted = [(1 << at, simple.of(kind)) for at, simple in enumerate(cells) if simple is not None]
    everywhere = always | sum(bit for bit, intervals in accepted if _is_everything(intervals))
    bounded = [(bit, intervals) for bit, intervals in accepted if not _is_everything(intervals)]
    if all(interval.is_point for _, intervals in bounded for interval in intervals):
        return _point_lookup(bounded, everywhere)
    return _stretch_lookup(bounded, everywhere)


def _is_everything(intervals: tuple[Interval, ...]) -> bool:
    return any(interval.low is None and interval.high is None for interval in intervals)


def _point_lookup(bounded: list[tuple[int, tuple[Interval, ...]]], everywhere: int) -> Lookup:
    table: dict[Any, int] = {}
    for bit, intervals in bounded:
        for interval in intervals:
            table[interval.low] = table.get(interval.low, everywhere) | bit
    find = table.get
    return lambda value: find(value, everywhere)


def _stretch_lookup(bounded: list[tuple[int, tuple[Interval, ...]]], everywhere: int) -> Lookup:
    """Position 2i+1 is the point i, position 2i the stretch before it."""
    ends = {end for _, intervals in bounded for interval in intervals for end in (interval.low, interval.high)}
    points = sorted(end for end in ends if end is not None)
    place = {point: at for at, point in enumerate(points)}
    masks = [everywhere] * (2 * len(points) + 1)
    for bit, intervals in bounded:
        for low, low_in, high, high_in in intervals:
            first = 0 if low is None else 2 * place[low] + (1 if low_in else 2)
            last = 2 * len(points) if high is None else 2 * place[high] + (1 if high_in else 0)
            for position in range(first, last + 1):
                masks[position] |= bit
    count = len(points)

    def find(value: Any) -> int:
        at = bisect_left(points, value)
        return masks[2 * at + 1] if at < count and points[at] == value else masks[2 * at]

    return find
