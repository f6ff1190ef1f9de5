"""Tables that only compare plain inputs with constants, answered straight from the given data.

Most business tables are of this kind. No run, scope or conversion is needed: each input gives a bit per rule, and
the answer to a set of bits is worked out once. Anything unusual (another type, a mapping that is no dict,
contradicting rules) gives MISS and takes the ordinary way, which knows all the reasons.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from app.core.feel.border import to_python
from app.core.feel.budget import Run
from app.core.feel.nodes import Literal, Node
from app.core.feel.scope import Scope
from app.core.feel.temporal import Date
from app.core.feel.types import coerce
from app.workflow.engine.decisions.columns import Column
from app.workflow.engine.decisions.errors import RulesConflict
from app.workflow.engine.decisions.hit_policies import combine
from app.workflow.engine.decisions.model import Logic, Model
from app.workflow.engine.decisions.tables import CompiledTable, Input, Table

MISS = object()
_MOST_ANSWERS = 10_000
_TYPES = {"number": (int, Decimal), "string": (str,), "boolean": (bool,), "date": (date,)}

Finder = Callable[[Any], int]
Fast = Callable[[Mapping[str, object]], object]


def fast_path(model: Model, logic: Logic) -> Fast | None:
    """A function of the data for the decision, or None when its logic needs more."""
    table = logic.table
    if table is None or not _has_constant_results(table):
        return None
    compiled = CompiledTable(table)
    columns = []
    for column, source in zip(compiled.columns, table.inputs, strict=True):
        finders = _finders(column, source, model)
        if not finders:
            return None
        columns.append((column.path[0], column.path[1:], finders))
    return _evaluator(columns, compiled, logic)


def _has_constant_results(table: Table) -> bool:
    nodes: list[Node | None] = [node for rule in table.rules for node in rule.outputs]
    nodes += [output.default for output in table.outputs]
    return all(node is None or isinstance(node, Literal) for node in nodes)


def _finders(column: Column, source: Input, model: Model) -> dict[type, Finder]:
    """How to find the accepting rules by the type of the given value; empty when the column needs more."""
    if column.slow or not column.path or source.allowed:
        return {}
    wanted = _wanted_types(column.path, source, model)
    if wanted is None:
        return {}
    finders: dict[type, Finder] = {type(None): _always(column.null)}
    for kind in wanted:
        finders[kind] = _finder(column, kind)
    return finders


def _wanted_types(path: tuple[str, ...], source: Input, model: Model) -> tuple[type, ...] | None:
    """Types that need no conversion and pass every declared type; None when that cannot be said."""
    root = path[0]
    if root in model.providers and root not in model.inputs:
        return None
    declared = [source.type]
    if root in model.inputs:
        if len(path) > 1 and model.inputs[root].kind != "Any":
            return None
        declared.append(model.inputs[root])
    wanted = {kind for kinds in _TYPES.values() for kind in kinds}
    for one in declared:
        if one.allowed is not None:
            return None
        if one.kind != "Any":
            wanted &= set(_TYPES.get(one.kind, ()))
    return tuple(wanted)


def _always(bits: int) -> Finder:
    return lambda _value: bits


def _finder(column: Column, kind: type) -> Finder:
    lookup = column.lookups.get({int: Decimal, date: Date}.get(kind, kind))
    if lookup is None:
        return _always(column.other)
    if kind is date:
        return lambda value: lookup(Date(value.year, value.month, value.day))
    return lookup


def _evaluator(
    columns: list[tuple[str, tuple[str, ...], dict[type, Finder]]], compiled: CompiledTable, logic: Logic
) -> Fast:
    everything = compiled.everything
    answers: dict[int, object] = {}

    def evaluate(context: Mapping[str, object]) -> object:
        bits = everything
        for root, rest, finders in columns:
            value = context.get(root)
            for step in rest:
                if type(value) is not dict:
                    return MISS
                value = value.get(step)
            find = finders.get(type(value))
            if find is None:
                return MISS
            bits &= find(value)
        answer = answers.get(bits, MISS)
        if answer is MISS:
            answer = _answer(compiled, logic, bits)
            if answer is not MISS and len(answers) < _MOST_ANSWERS:
                answers[bits] = answer
        kind = type(answer)
        if kind is dict or kind is list:
            return _copy(answer)
        return answer

    return evaluate


def _copy(answer: Any) -> object:
    """A copy of a result of constants: dicts and lists of them, never deeper."""
    if type(answer) is dict:
        return answer.copy()
    return [_copy(item) if type(item) is dict else item for item in answer]


def _answer(compiled: CompiledTable, logic: Logic, bits: int) -> object:
    run = Run({})
    scope = Scope({}, None, run)
    hits = compiled.hits(bits, scope)
    default = compiled.default
    try:
        result = combine(compiled.table, hits, compiled.priorities, lambda: default(scope) if default else None)
    except RulesConflict:
        return MISS
    fitted, fits = coerce(result, logic.type)
    return to_python(fitted) if fits and not run.meter.diagnostics else MISS
