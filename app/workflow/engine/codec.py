# mypy: disable-error-code="no-untyped-call"
# ruff: noqa: SLF001 - extending the library means using what it keeps private; pinned, guarded by tests
"""The state of a run as bytes: tasks and data, never the spec.

Layout: one format byte, one version byte, zlib of JSON. The JSON holds a table of node names and, per scope,
one row per task, parents before children: ``[name, parent, state, flags, changed at, id, internal data, data]``.
Data is what changed against the parent task. Predicted tasks need no id: nobody can know it.
Values outside JSON are written ``{"$": [tag, text]}``; a value of any other type is an error at save.
The equivalence tests compare a round trip here with the library's own serializer, step by step.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import orjson
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from app.workflow.engine.data import Data, fresh, same
from app.workflow.engine.errors import TooDeep, UnknownValue, UnreadableState
from app.workflow.engine.model import ProcessModel
from app.workflow.engine.scripting import FeelEngine
from app.workflow.engine.workflow import InnerTree, ProcessTree

FORMAT = 0x5A
VERSION = 1

_TAG = "$"
_BIG = 2**53
_EMPTY, _SAME = 0, 1
_TRIGGERED = 1
_UNREACHED = TaskState.PREDICTED_MASK | TaskState.FUTURE

Row = list[Any]


# values


def encode_value(value: Any, where: str = "") -> Any:
    """A value as JSON. :raises UnknownValue: naming the entry."""
    kind = type(value)
    if value is None or kind is str or kind is bool:
        return value
    if kind is int:
        return value if -_BIG < value < _BIG else {_TAG: ["i", str(value)]}
    if kind is list:
        return [encode_value(item, where) for item in value]
    if kind is dict:
        return _encode_dict(value, where)
    if kind is float and math.isfinite(value):
        return {_TAG: ["f", value.hex()]} if value.is_integer() else value
    writer = _WRITERS.get(kind)
    if writer is None:
        raise UnknownValue(where=where, kind=kind.__name__)
    return {_TAG: list(writer(value))}


def _encode_dict(value: dict[Any, Any], where: str) -> Data:
    for key in value:
        if type(key) is not str:
            raise UnknownValue(where=f"{where}.{key}", kind=type(key).__name__)
    encoded = {key: encode_value(item, f"{where}.{key}" if where else key) for key, item in value.items()}
    return {_TAG: ["o", encoded]} if _TAG in encoded else encoded


_WRITERS: dict[type, Callable[[Any], tuple[str, Any]]] = {
    Decimal: lambda value: ("d", str(value)),
    datetime: lambda value: ("t", value.isoformat()),
    date: lambda value: ("D", value.isoformat()),
    time: lambda value: ("c", value.isoformat()),
}

_READERS: dict[str, Callable[[Any], Any]] = {
    "i": int,
    "f": float.fromhex,
    "d": Decimal,
    "t": datetime.fromisoformat,
    "D": date.fromisoformat,
    "c": time.fromisoformat,
    "o": lambda entries: {key: decode_value(item) for key, item in entries.items()},
}


def decode_value(value: Any) -> Any:
    """The value that ``encode_value`` was given."""
    if type(value) is list:
        return [decode_value(item) for item in value]
    if type(value) is dict:
        if _TAG in value:
            tag, content = value[_TAG]
            return _READERS[tag](content)
        return {key: decode_value(item) for key, item in value.items()}
    return value


# saving


def dump(tree: ProcessTree) -> bytes:
    """The state of a run.

    :raises UnknownValue: process data holds something that cannot be stored; nothing is written then.
    """
    try:
        return pack(_content_of(tree))
    except (RecursionError, ValueError, TypeError) as exc:
        raise _unstorable(tree) or exc from exc


def _content_of(tree: ProcessTree) -> list[Any]:
    names: dict[str, int] = {}
    top = _dump_scope(tree, names)
    inner = [
        [scope.parent_task_id.hex, scope.spec.name, *_dump_scope(scope, names)]
        for scope in tree.subprocesses.values()
    ]
    return [tree.spec.name, list(names), top, inner]


def pack(content: list[Any]) -> bytes:
    """Process id, node names, top scope and inner scopes as bytes."""
    return bytes((FORMAT, VERSION)) + zlib.compress(orjson.dumps(content), 6)


def _unstorable(tree: ProcessTree) -> UnknownValue | None:
    """The entry that made saving fail: it holds itself or too much in itself, or is no text or number for JSON."""
    for scope in tree.scopes():
        for data in (
            scope.data,
            *(one for task in scope.tasks.values() for one in (task.data, task.internal_data)),
        ):
            for name, value in data.items():
                if (refusal := _refusal(name, value)) is not None:
                    return refusal
    return None


def _refusal(name: str, value: Any) -> UnknownValue | None:
    try:
        orjson.loads(orjson.dumps([[[[encode_value(value, name)]]]]))  # as deep as it would lie in the state
    except RecursionError:
        return TooDeep(where=name)
    except (ValueError, TypeError) as exc:
        return TooDeep(where=name) if "ecursion" in str(exc) else UnknownValue(where=name, kind=str(exc))
    return None


def _dump_scope(scope: Any, names: dict[str, int]) -> list[Any]:
    places: dict[UUID, int] = {}
    rows = []
    for place, task in enumerate(scope.tasks.values()):
        places[task.id] = place
        rows.append(_dump_task(task, places, names))
    last = scope.last_task
    last_place = places.get(last.id, -1) if last is not None else -1
    return [int(scope.completed) + 2 * int(scope.success), last_place, encode_value(scope.data), rows]


def _dump_task(task: Task, places: dict[UUID, int], names: dict[str, int]) -> Row:
    parent = task.parent
    unreached = task._state & _UNREACHED
    row: Row = [
        names.setdefault(task.task_spec.name, len(names)),
        places[parent.id] if parent is not None else -1,
        task._state,
        _TRIGGERED if task.triggered else 0,
        0 if unreached else round(task.last_state_change * 1_000_000),
        0 if unreached else task.id.hex,
        encode_value(task.internal_data, "internal") if task.internal_data else 0,
        _dump_data(task.data, parent.data if parent is not None else None),
    ]
    return row


def _dump_data(data: Data, base: Data | None) -> Any:
    if not data:
        return _EMPTY
    if base is None:
        return [encode_value({key: data[key] for key in sorted(data)}), []]
    changed = {key: data[key] for key in sorted(data) if key not in base or not same(base[key], data[key])}
    gone = sorted(key for key in base if key not in data)
    return [encode_value(changed), gone] if changed or gone else _SAME


# loading


def load(state: bytes, model: ProcessModel, engine: FeelEngine) -> ProcessTree:
    """The run as it was saved, on the shared spec.

    :raises UnreadableState: the bytes are not ours, damaged, or of another process.
    """
    name, names, top, inner = unpack(state)
    if name != model.process_id:
        raise UnreadableState(reason=f"{name} ≠ {model.process_id}")
    tree = ProcessTree(model.spec, model.subprocess_specs, script_engine=engine, deserializing=True)
    try:
        _load_scope(tree, top, names)
        for holder_id, spec_name, *content in inner:
            _load_inner(tree, UUID(hex=holder_id), spec_name, content, names)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as exc:
        raise UnreadableState(reason=f"{type(exc).__name__}: {exc}") from exc
    return tree


def unpack(state: bytes) -> list[Any]:
    """What ``pack`` was given. :raises UnreadableState: not our bytes, damaged, or of an unknown version."""
    if len(state) < 2 or state[0] != FORMAT:
        raise UnreadableState(reason="格式未知")
    if state[1] != VERSION:
        raise UnreadableState(reason=f"版本 {state[1]} 未知")
    try:
        content = orjson.loads(zlib.decompress(state[2:]))
    except (zlib.error, orjson.JSONDecodeError) as exc:
        raise UnreadableState(reason=str(exc)) from exc
    if not isinstance(content, list) or len(content) != 4:
        raise UnreadableState(reason="内容不完整")
    return content


def _load_inner(tree: ProcessTree, holder_id: UUID, spec_name: str, content: list[Any], names: list[str]) -> None:
    holder = tree.find_task(holder_id)
    inside = InnerTree(tree.subprocess_specs[spec_name], holder_id, tree, deserializing=True)
    tree.subprocesses[holder_id] = inside
    inside.completed_event.connect(holder.task_spec._on_subworkflow_completed, holder)
    _load_scope(inside, content, names)


def _load_scope(scope: Any, content: list[Any], names: list[str]) -> None:
    flags, last_place, data, rows = content
    scope.completed, scope.success = bool(flags & 1), bool(flags & 2)
    scope.data = decode_value(data)
    specs = scope.spec.task_specs
    tasks: list[Task] = []
    for row in rows:
        tasks.append(_load_task(scope, row, specs[names[row[0]]], tasks))
    scope.task_tree = tasks[0]
    scope.last_task = tasks[last_place] if last_place >= 0 else None


def _load_task(scope: Any, row: Row, spec: Any, earlier: list[Task]) -> Task:
    _, parent_place, state, flags, changed, task_id, internal, data = row
    task = Task.__new__(Task)  # the constructor would add it to the tree as a new one
    task.id = UUID(hex=task_id) if task_id else uuid4()
    task.workflow = scope
    task.task_spec = spec
    task._children = []
    task._state = state
    task.triggered = bool(flags & _TRIGGERED)
    task.thread_id = 0
    task.last_state_change = changed / 1_000_000
    task.internal_data = decode_value(internal) if internal else {}
    scope.tasks[task.id] = task
    if parent_place < 0:
        task._parent = None
        task.data = _load_data(data, {})
    else:
        parent = earlier[parent_place]
        task._parent = parent.id
        parent._children.append(task.id)
        task.data = _load_data(data, parent.data)
    return task


def _load_data(data: Any, base: Data) -> Data:
    if data == _EMPTY:
        return {}
    if data == _SAME:
        return fresh(base)
    changed, gone = data
    result = fresh(base)
    for key in gone:
        del result[key]
    result.update(decode_value(changed))
    return result
