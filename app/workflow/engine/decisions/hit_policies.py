"""What a table answers when no, one or several rules match. Source: DMN 1.5 §8.2.8, §8.2.10."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from app.core.feel.numbers import MATH
from app.core.feel.operators import compare, equals
from app.core.feel.values import Value
from app.workflow.engine.decisions.errors import RulesConflict

if TYPE_CHECKING:
    from app.workflow.engine.decisions.tables import Table

Hits = list[tuple[int, Value]]  # (rule index from 0, its result), in rule order
Priorities = list["list[Any] | None"]  # per output, its allowed values, first the most important
POLICIES = ("UNIQUE", "ANY", "PRIORITY", "FIRST", "RULE ORDER", "OUTPUT ORDER", "COLLECT")
AGGREGATIONS = ("SUM", "MIN", "MAX", "COUNT")
LISTS = frozenset({"RULE ORDER", "OUTPUT ORDER", "COLLECT"})


def combine(  # noqa: PLR0911 - by policy
    table: Table, hits: Hits, priorities: Priorities, default: Callable[[], Value]
) -> Value:
    """The table's answer; ``default`` gives the default outputs (null without).

    :raises RulesConflict: several rules match under UNIQUE, or disagree under ANY.
    """
    if not hits:
        return _without_hits(table, default())
    match table.policy:
        case "FIRST":
            return hits[0][1]
        case "UNIQUE":
            if len(hits) > 1:
                raise _conflict(table, hits)
            return hits[0][1]
        case "ANY":
            if any(equals(result, hits[0][1]) is not True for _, result in hits[1:]):
                raise _conflict(table, hits)
            return hits[0][1]
        case "PRIORITY":
            return min(hits, key=lambda hit: _rank(hit[1], table, priorities))[1]
        case "OUTPUT ORDER":
            return [result for _, result in sorted(hits, key=lambda hit: _rank(hit[1], table, priorities))]
    results = [result for _, result in hits]
    return _aggregate(table.aggregation, results) if table.policy == "COLLECT" and table.aggregation else results


def _without_hits(table: Table, default: Value) -> Value:
    if default is not None or table.policy not in LISTS:
        return default
    if table.aggregation == "COUNT":
        return Decimal(0)
    return None if table.aggregation else []


def _conflict(table: Table, hits: Hits) -> RulesConflict:
    rules = "、".join(str(at + 1) for at, _ in hits)
    return RulesConflict(table=table.name, rules=rules, policy=table.policy)


def _rank(result: Value, table: Table, priorities: Priorities) -> list[int]:
    """Position of each output in its list of values; unknown values come last."""
    values = [result] if table.is_single else [result.get(output.name) for output in table.outputs]
    return [position(value, ordered or []) for value, ordered in zip(values, priorities, strict=True)]


def position(value: Value, ordered: list[Any]) -> int:
    """Where a value stands among the output values; behind them when it is none of them."""
    return next((at for at, one in enumerate(ordered) if equals(one, value) is True), len(ordered))


def _aggregate(aggregation: str, results: list[Value]) -> Value:
    if aggregation == "COUNT":
        return Decimal(len(results))
    if aggregation == "SUM":
        return _sum(results)
    best = results[0]
    for result in results[1:]:
        order = compare(result, best)
        if order is None:
            return None
        if (order > 0) == (aggregation == "MAX") and order:
            best = result
    return best


def _sum(results: list[Value]) -> Value:
    if any(type(result) is not Decimal for result in results):
        return None
    total = Decimal(0)
    for result in results:
        total = MATH.add(total, result)
    return total
