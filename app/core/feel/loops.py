"""``for``, ``some``, ``every`` and filters as closures; every round is paid for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from app.core.feel.nodes import Filter, For, Iteration, Name, Place, Quantified, walk
from app.core.feel.scope import Scope
from app.core.feel.temporal import Date, from_ordinal
from app.core.feel.values import Range, Value

if TYPE_CHECKING:
    from app.core.feel.budget import Run
    from app.core.feel.compiler import Closure, Compiler

_Source = Callable[[Scope], "list[Value] | None"]


def _sources(
    compiler: Compiler, iterations: tuple[Iteration, ...], local: frozenset[str], in_filter: bool
) -> list[tuple[str, _Source]]:
    """Name and list of each iteration; a later one may use the names of the earlier ones."""
    sources = []
    for iteration in iterations:
        sources.append((iteration.name, _source(compiler, iteration, local, in_filter)))
        local = local | {iteration.name}
    return sources


def _source(compiler: Compiler, iteration: Iteration, local: frozenset[str], in_filter: bool) -> _Source:
    start = compiler.compile(iteration.source, local, in_filter)
    place = iteration.source.place
    if iteration.end is None:
        return lambda scope: _items(start(scope), scope.run, place)
    end = compiler.compile(iteration.end, local, in_filter)
    return lambda scope: _series(start(scope), end(scope), scope.run, place)


def _items(value: Value, run: Run, place: Place) -> list[Value] | None:
    """What a loop goes through: a list, the whole numbers or days of a range, or a single value."""
    if type(value) is list:
        return value
    if type(value) is not Range:
        if value is None:
            run.note("循环的来源是空值", place)
        return None if value is None else [value]
    series = None if value.kind or _is_descending(value) else _series(value.start, value.end, run, place)
    if series is None:
        run.note("这个区间不能逐项循环，请用整数或日期的升序区间", place)
        return None
    return series[not value.start_included : len(series) - (not value.end_included)]


def _is_descending(bounds: Range) -> bool:
    return type(bounds.start) is type(bounds.end) and bounds.start is not None and bounds.start > bounds.end


def _series(start: Value, end: Value, run: Run, place: Place) -> list[Value] | None:
    """Whole numbers or days from start to end, both included, up or down."""
    if type(start) is Decimal and type(end) is Decimal:
        if start != start.to_integral_value() or end != end.to_integral_value():
            run.note("循环区间的两端应当是整数", place)
            return None
        return [Decimal(number) for number in _steps(int(start), int(end), run)]
    if type(start) is Date and type(end) is Date:
        return [from_ordinal(day) for day in _steps(start.ordinal, end.ordinal, run)]
    run.note("循环区间的两端应当都是整数或都是日期", place)
    return None


def _steps(start: int, end: int, run: Run) -> range:
    run.spend_items(abs(end - start) + 1)
    return range(start, end + 1) if start <= end else range(start, end - 1, -1)


def _rounds(sources: list[tuple[str, _Source]], scope: Scope, weight: int) -> Iterator[Scope | None]:
    """A scope for each combination; None once when a source is no list."""
    (name, source), rest = sources[0], sources[1:]
    items = source(scope)
    if items is None:
        yield None
        return
    for item in items:
        scope.run.spend(weight)
        inner = Scope({name: item}, scope, scope.run)
        if rest:
            yield from _rounds(rest, inner, weight)
        else:
            yield inner


def compile_for(compiler: Compiler, node: For, local: frozenset[str], in_filter: bool) -> Closure:
    """``for x in xs return …``; ``partial`` is the list of the results so far."""
    sources = _sources(compiler, node.iterations, local, in_filter)
    names = {iteration.name for iteration in node.iterations} | {"partial"}
    result = compiler.compile(node.result, local | names, in_filter)
    weight = sum(1 for _ in walk(node.result))
    needs_partial = any(isinstance(part, Name) and part.name == "partial" for part in walk(node.result))

    def loop(scope: Scope) -> list[Value] | None:
        results: list[Value] = []
        outer = Scope({}, scope, scope.run)
        for inner in _rounds(sources, outer, weight):
            if inner is None:
                return None
            if needs_partial:  # a copy, for values never change once made
                scope.run.spend_items(len(results))
                outer.names["partial"] = results[:]
            results.append(result(inner))
        scope.run.spend_items(len(results))
        return results

    return loop


def compile_quantified(compiler: Compiler, node: Quantified, local: frozenset[str], in_filter: bool) -> Closure:
    """``some`` / ``every`` … ``satisfies``: three-valued or / and over all combinations."""
    sources = _sources(compiler, node.iterations, local, in_filter)
    names = {iteration.name for iteration in node.iterations}
    condition = compiler.compile(node.condition, local | names, in_filter)
    weight = sum(1 for _ in walk(node.condition))
    decisive, strict = node.quantifier == "some", node.strict

    def check(scope: Scope) -> bool | None:
        unknown = decided = False
        for inner in _rounds(sources, scope, weight):
            value = None if inner is None else condition(inner)
            if type(value) is bool and value == decisive and not strict:
                return value
            decided = decided or value is decisive
            if type(value) is not bool:
                if strict and value is not None:
                    return scope.run.note("satisfies 的条件应当是布尔值", node.place)
                unknown = True
        if decided:
            return decisive
        return None if unknown else not decisive

    return check


def compile_filter(compiler: Compiler, node: Filter, local: frozenset[str], in_filter: bool) -> Closure:
    """``list[number]`` (1-based, negative from the end) or ``list[condition]`` over ``item`` and its entries."""
    source = compiler.compile(node.source, local, in_filter)
    condition = compiler.compile(node.condition, local | {"item"}, True)
    weight = sum(1 for _ in walk(node.condition))
    place = node.place

    def select(scope: Scope) -> Value:
        value = source(scope)
        items = value if type(value) is list else ([] if value is None else [value])
        return filter_items(items, condition, scope, weight, place)

    return select


def filter_items(items: list[Value], condition: Closure, scope: Scope, weight: int, place: Place) -> Value:
    """The item at a number, or the items for which the condition is true."""
    run = scope.run
    if not items:
        first = condition(Scope({"item": None}, scope, run))
        return run.note("列表是空的，没有这个位置", place) if type(first) is Decimal else []
    chosen = []
    for item in items:
        run.spend(weight)
        result = condition(item_scope(item, scope))
        if type(result) is Decimal:
            return item_at(items, result, run, place)
        if result is True:
            chosen.append(item)
        elif result is not False and result is not None:
            return run.note("方括号里应当是位置数字或条件", place)
    return chosen


def item_scope(item: Value, scope: Scope) -> Scope:
    """The names a filter condition sees: the item's entries, then ``item``, then everything around."""
    names = {"item": item}
    if type(item) is dict:
        names |= item
    return Scope(names, scope, scope.run)


def item_at(items: list[Value], position: Decimal, run: Run, place: Place | None = None) -> Value:
    """1-based, negative from the end; null outside."""
    index = int(position) if abs(position) <= len(items) else 0
    if index == 0:
        if abs(position) >= 10**9:
            return run.note("位置超出列表", place)
        return run.note(
            "列表只有 %(count)s 项，没有第 %(position)s 项", place, count=len(items), position=f"{position:f}"
        )
    return items[index - 1] if index > 0 else items[index]
