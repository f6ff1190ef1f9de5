# mypy: disable-error-code="no-untyped-call"
# ruff: noqa: SLF001 - extending the library means using what it keeps private; pinned, guarded by tests
"""The state of a run as bytes: tasks and data, never the spec.

Layout: one format byte, one version byte, zlib of JSON. The JSON holds a table of node names and, per scope,
one row per task, parents before children: ``[name, parent, state, flags, changed at, id, internal data, data]``.
Data is what changed against the parent task (``engine.stored``). Predicted tasks need no id: nobody can know it.
The equivalence tests compare a round trip here with the library's own serializer, step by step.
"""

from __future__ import annotations

import zlib
from typing import Any
from uuid import UUID

import orjson
from isal import isal_zlib
from SpiffWorkflow.util.task import TaskState

from app.core.i18n import _
from app.core.randomness import random_bits
from app.workflow.engine.data import same
from app.workflow.engine.errors import TooDeep, UnknownValue, UnreadableState
from app.workflow.engine.model import ProcessModel
from app.workflow.engine.scripting import FeelEngine
from app.workflow.engine.stored import EMPTY, Unread, decode_value, encode_value, written_data
from app.workflow.engine.token import Token, uuid_of
from app.workflow.engine.workflow import InnerTree, ProcessTree

FORMAT = 0x5A
VERSION = 1

_LEVEL = 2
"""Of ISA-L, which writes the same format as zlib: small as its level 6, in an eighth of the time."""
_TRIGGERED = 1
_UNREACHED = TaskState.PREDICTED_MASK | TaskState.FUTURE

Row = list[Any]


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
    return bytes((FORMAT, VERSION)) + isal_zlib.compress(orjson.dumps(content), _LEVEL)


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
    places: dict[int, int] = {}  # by the number of an id: an id itself is slow to look up
    tasks: list[Token] = []
    rows: list[Row] = []
    leaving: list[Token] = []
    for place, (task_id, task) in enumerate(scope.tasks.items()):  # every task at every step: little is called
        number = task_id.int
        above = -1 if task._parent is None else places[task._parent.int]
        places[number] = place
        tasks.append(task)
        state, internal, unread = task._state, task.internal_data, task.unread
        spec_name = task.task_spec.name
        name = names.get(spec_name, -1)
        if name < 0:
            name = names[spec_name] = len(names)
        triggered = _TRIGGERED if task.triggered else 0
        changed: Any = 0
        own_id: Any = 0
        if not state & _UNREACHED:
            changed, own_id = round(task.last_state_change * 1_000_000), f"{number:032x}"
        kept = encode_value(internal, "internal") if internal else 0
        if unread is None or task._data or (task._data is not None and unread.written != EMPTY):
            unread = _write_data(task, tasks[above] if above >= 0 else None, leaving)
        elif above >= 0 and unread.above is not tasks[above].unread and unread.written != EMPTY:
            unread = task.unread = unread.below(tasks[above].unread)
        rows.append([name, above, state, triggered, changed, own_id, kept, unread.written])
    for task in leaving:  # not before: tasks below are written against them
        if task.unread is not None:
            task.leave_unread(task.unread)
    last = scope.last_task
    last_place = places.get(last.id.int, -1) if last is not None else -1
    return [int(scope.completed) + 2 * int(scope.success), last_place, encode_value(scope.data), rows]


def _write_data(task: Token, parent: Token | None, leaving: list[Token]) -> Unread:
    """Its data against the parent's.

    :param leaving: gets the tasks whose data were asked for. They are not held twice: as in a run that was loaded,
        they are read from what was written when somebody asks again.
    """
    data = task.data
    if data and parent is not None and parent.is_unread:
        leaving.append(parent)
    written = written_data(data, parent.data if parent else None) if data else EMPTY
    unread, based_on = task.unread, parent.unread if parent else None
    if unread is None or unread.above is not based_on or not same(written, unread.written):
        unread = task.unread = Unread(written, based_on)
    leaving.append(task)
    return unread


# loading


def load(state: bytes, model: ProcessModel, engine: FeelEngine) -> ProcessTree:
    """The run as it was saved, on the shared spec.

    :raises UnreadableState: the bytes are not ours, damaged, or of another process.
    """
    name, names, top, inner = unpack(state)
    if name != model.process_id:
        raise UnreadableState(reason=f"{name} ≠ {model.process_id}")
    tree = ProcessTree(model.spec, model.subprocess_specs, engine)
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
        raise UnreadableState(reason=_("格式未知"))
    if state[1] != VERSION:
        raise UnreadableState(reason=_("版本 %(version)s 未知", version=state[1]))
    try:
        content = orjson.loads(zlib.decompress(state[2:]))
    except (zlib.error, orjson.JSONDecodeError) as exc:
        raise UnreadableState(reason=str(exc)) from exc
    if not isinstance(content, list) or len(content) != 4:
        raise UnreadableState(reason=_("内容不完整"))
    return content


def _load_inner(tree: ProcessTree, holder_id: UUID, spec_name: str, content: list[Any], names: list[str]) -> None:
    holder = tree.find_task(holder_id)
    inside = InnerTree(tree.subprocess_specs[spec_name], holder_id, tree)
    tree.subprocesses[holder_id] = inside
    inside.completed_event.connect(holder.task_spec._on_subworkflow_completed, holder)
    _load_scope(inside, content, names)


def _load_scope(scope: Any, content: list[Any], names: list[str]) -> None:
    flags, last_place, data, rows = content
    scope.completed, scope.success = bool(flags & 1), bool(flags & 2)
    scope.data = decode_value(data)
    specs, by_id = scope.spec.task_specs, scope.tasks
    tasks: list[Token] = []
    unnamed = random_bits(96) << 32  # what was only predicted gets ids of this load
    for name, above, state, marks, changed, task_id, internal, written in rows:
        task = Token.__new__(Token)  # the constructor would add it to the tree as a new one
        task.id = own_id = uuid_of(int(task_id, 16) if task_id else unnamed + len(tasks))
        task.workflow = scope
        task.task_spec = specs[names[name]]
        task._children = []
        task._state = state
        task.triggered = bool(marks & _TRIGGERED)
        task.thread_id = 0
        task.last_state_change = changed / 1_000_000
        task.internal_data = decode_value(internal) if internal else {}
        if above < 0:
            task._parent, based_on = None, None
        else:
            parent = tasks[above]
            task._parent, based_on = parent.id, parent.unread
            parent._children.append(own_id)
        task.leave_unread(Unread(written, based_on))
        by_id[own_id] = task
        tasks.append(task)
    scope.task_tree = tasks[0]
    scope.last_task = tasks[last_place] if last_place >= 0 else None
