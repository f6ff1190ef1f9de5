"""Boolean functions and identity. Source: DMN 1.5 §10.3.4.2, §10.3.4.4, §10.3.4.7."""

# ruff: noqa: D103 - the declaration says what a function is; every body is given the run

from __future__ import annotations

from app.core.feel.budget import Run
from app.core.feel.builtins.registry import builtin
from app.core.feel.temporal import DateTime, Time
from app.core.feel.types import kind_of
from app.core.feel.values import Range, Value


@builtin("not", "negand: any!")
def negate(run: Run, negand: Value) -> bool | None:
    return not negand if type(negand) is bool else run.note("not 要布尔值，却是%(found)s", found=kind_of(negand))


@builtin("is", "value1: any?", "value2: any?")
def is_same(run: Run, value1: Value, value2: Value = None) -> bool:
    """Same value and same way of saying it: a moment in another zone is not the same."""
    run.spend(1)
    kind = type(value1)
    if kind is not type(value2):
        return False
    if kind is list:
        return len(value1) == len(value2) and all(is_same(run, a, b) for a, b in zip(value1, value2, strict=True))
    if kind is dict:
        return value1.keys() == value2.keys() and all(is_same(run, value1[key], value2[key]) for key in value1)
    if kind in (Time, DateTime, Range):
        return bool(value1 == value2)
    return bool(value1 == value2)


def _each(run: Run, values: list[Value], decisive: bool) -> bool | None:
    run.spend_items(len(values))
    unknown = False
    for value in values:
        if type(value) is bool and value == decisive:
            return value
        unknown = unknown or type(value) is not bool
    return run.note("列表里有不是布尔值的项") if unknown else not decisive


@builtin("all", "list: list", variadic=True)
def all_true(run: Run, values: list[Value]) -> bool | None:
    return _each(run, values, False)


@builtin("any", "list: list", variadic=True)
def any_true(run: Run, values: list[Value]) -> bool | None:
    return _each(run, values, True)
