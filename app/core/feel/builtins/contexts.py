"""Context functions. Source: DMN 1.5 §10.3.4.9."""

# ruff: noqa: D103 - the declaration says what a function is; every body is given the run

from __future__ import annotations

from app.core.feel.budget import Run
from app.core.feel.builtins.registry import builtin
from app.core.feel.values import Value


@builtin("get value", "m: context", "key: string")
def get_value(run: Run, m: dict[str, Value], key: str) -> Value:
    return m[key] if key in m else run.note("上下文里没有“%(key)s”", key=key)


@builtin("get value", "m: context", "key: list")
def get_nested_value(run: Run, m: Value, keys: list[Value]) -> Value:
    for key in keys:
        if type(m) is not dict or type(key) is not str or key not in m:
            return run.note("上下文里没有“%(key)s”", key=key)
        m = m[key]
    return m


@builtin("get entries", "m: context")
def get_entries(run: Run, m: dict[str, Value]) -> list[Value]:
    run.spend_items(len(m))
    return [{"key": key, "value": value} for key, value in m.items()]


@builtin("context", "entries: list")
def make_context(run: Run, entries: list[Value]) -> dict[str, Value] | None:
    run.spend_items(len(entries))
    made: dict[str, Value] = {}
    for entry in entries:
        if type(entry) is not dict or type(entry.get("key")) is not str or "value" not in entry:
            return run.note("context 要 {key: 文字, value: 值} 的列表")
        if entry["key"] in made:
            return run.note("键“%(key)s”出现了两次", key=entry["key"])
        made[entry["key"]] = entry["value"]
    return made


@builtin("context put", "context: context", "key: string", "value: any!")
def context_put(run: Run, context: dict[str, Value], key: str, value: Value) -> dict[str, Value]:
    run.spend_items(len(context) + 1)
    return context | {key: value}


@builtin("context put", "context: context", "keys: list", "value: any!")
def context_put_nested(run: Run, context: Value, keys: list[Value], value: Value) -> Value:
    if not keys or type(keys[0]) is not str or type(context) is not dict:
        return run.note("context put 的键应当是不空的文字列表，沿途应当都是上下文")
    run.spend_items(len(context) + 1)
    if len(keys) > 1:
        value_inside = context_put_nested(run, context.get(keys[0]), keys[1:], value)
        return None if value_inside is None else context | {keys[0]: value_inside}
    return context | {keys[0]: value}


@builtin("context merge", "contexts: list")
def context_merge(run: Run, contexts: list[Value]) -> dict[str, Value] | None:
    merged: dict[str, Value] = {}
    for context in contexts:
        if type(context) is not dict:
            return run.note("context merge 只能合并上下文")
        run.spend_items(len(context))
        merged |= context
    return merged
