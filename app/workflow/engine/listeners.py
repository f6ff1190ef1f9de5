# ruff: noqa: SLF001 - extending the library means using what it keeps private; pinned, guarded by tests
"""Event sub-processes: what a scope listens to as long as it is active.

The library starts them at once or not at all. Here each active scope keeps one entry per event sub-process in the
internal data of its root task: ``listeners = {node id: {due, cycle, correlation, held, off}}``. When its start
event comes, an interrupting one first cancels everything in the scope; then the sub-process opens as a task under
the root, with all data of the scope, and the scope ends when it has ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from SpiffWorkflow.util.task import TaskState

from app.workflow.engine.data import Data
from app.workflow.engine.protocol import Thrown
from app.workflow.engine.specs.base import note_failure
from app.workflow.engine.specs.events import CORRELATION, HELD
from app.workflow.engine.specs.scopes import EventSubProcess
from app.workflow.engine.trace import known_of, scope_data

KEY = "listeners"
OFF = "off"
INTERRUPTED = "interrupted"
_NOTHING: Mapping[str, Any] = {}
CARRIER = "__carrier__"
"""Name of a hidden node that holds data between two tasks (also used by returns)."""


def event_subprocesses(scope: Any) -> list[EventSubProcess]:
    """The event sub-processes drawn in a scope."""
    return getattr(scope.spec, "event_subprocesses", [])


def arm(scope: Any) -> None:
    """Reckon what a scope that just opened listens to. A listener that fails is reported and stays off."""
    entries: dict[str, dict[str, Any]] = {}
    scope.task_tree.internal_data[KEY] = entries
    for spec in event_subprocesses(scope):
        entries[spec.name] = _armed(scope, spec, scope.task_tree.data)


def rearm(scope: Any, data: Data) -> None:
    """The diagram of a scope that goes on has changed: what it listens to stays, what is new is armed."""
    entries = scope.task_tree.internal_data.get(KEY)
    if entries is None:
        return  # a scope that only compensates listens to nothing
    specs = {spec.name: spec for spec in event_subprocesses(scope)}
    for name in [name for name in entries if name not in specs]:
        del entries[name]
    for name, spec in specs.items():
        if name not in entries:
            entries[name] = _armed(scope, spec, data)


def _armed(scope: Any, spec: EventSubProcess, data: Data) -> dict[str, Any]:
    engine, definition = scope.script_engine, spec.event_definition
    entry: dict[str, Any] = {}
    try:
        if definition.kind == "timer":
            definition.turn(engine, data).keep_in(entry)
        elif definition.kind == "message":
            entry[CORRELATION] = definition.correlation(engine, data, known_of(scope))
    except Exception as exc:  # noqa: BLE001 - reported like any arrival
        note_failure(scope.task_tree, exc)
        entry[OFF] = True
    return entry


def listening(tree: Any) -> Iterator[tuple[Any, EventSubProcess, dict[str, Any]]]:
    """``(scope, event sub-process, entry)`` of all that is listened to, inner scopes last."""
    for scope in tree.active_scopes():
        entries = scope.task_tree.internal_data.get(KEY, {})
        for spec in event_subprocesses(scope):
            entry = entries.get(spec.name)
            if entry is not None and not entry.get(OFF):
                yield scope, spec, entry


def trigger(scope: Any, spec: EventSubProcess, payload: Data | None = None) -> None:
    """The start event of an event sub-process has come."""
    root = scope.task_tree
    data = scope_data(scope)
    if payload:
        spec.event_definition.take_in(data, payload)
        scope.top_workflow.learn(scope, spec.event_definition, payload)
    entries = root.internal_data[KEY]
    if spec.interrupting:
        for entry in entries.values():
            entry.setdefault(OFF, INTERRUPTED)
        for task in scope.in_state(TaskState.READY | TaskState.WAITING | TaskState.STARTED):
            task.internal_data[INTERRUPTED] = True  # a return brings these tokens back
        scope.stop_all()
    else:
        _listen_again(scope, spec, entries[spec.name])
    open_beside(scope, spec, data)


def open_beside(scope: Any, spec: Any, data: Data, internal: Mapping[str, Any] = _NOTHING) -> None:
    """A token on a node that no flow leads to, beside those there are.

    :param data: what the node starts with.
    :param internal: internal data of its task.
    """
    root = scope.task_tree
    carrier = root._add_child(scope.spec.task_specs[CARRIER], TaskState.FUTURE)
    carrier.triggered = True
    carrier.data = data
    carrier._set_state(TaskState.COMPLETED)
    child = carrier._add_child(spec, TaskState.FUTURE)
    child.internal_data.update(internal)
    child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
    child.task_spec._update(child)


def _listen_again(scope: Any, spec: EventSubProcess, entry: dict[str, Any]) -> None:
    """After a non-interrupting start: a cycle goes on, a condition must become false first, a moment is over."""
    definition = spec.event_definition
    if definition.kind == "conditional":
        entry[HELD] = True
    if definition.kind == "timer":
        following = definition.turn_after(scope.script_engine, entry)
        if following is None:
            entry[OFF] = True
        else:
            following.keep_in(entry)


def deliver(tree: Any, thrown: Thrown, *, meant: Callable[[Mapping[str, Any]], bool]) -> bool:
    """Start the event sub-processes that listen to this message (the innermost only) or signal (all).

    :param meant: whether it is for who waits with this correlation.
    """
    kind, name, payload = thrown.kind, thrown.name, thrown.payload
    found = [
        (scope, spec)
        for scope, spec, entry in listening(tree)
        if spec.event_definition.kind == kind
        and spec.event_definition.name == name
        and meant(entry.get(CORRELATION, {}))
    ]
    if kind == "message":
        found = found[-1:]
    for scope, spec in found:
        if not scope.completed:
            trigger(scope, spec, payload)
    return bool(found)


def catch_code(scope: Any, kind: str, code: str | None, payload: Data) -> bool:
    """Start the event sub-process of this scope that catches an error or escalation."""
    entries = scope.task_tree.internal_data.get(KEY, {})
    for spec in sorted(event_subprocesses(scope), key=lambda spec: spec.event_definition.name is None):
        entry = entries.get(spec.name, {OFF: True})
        fits = spec.event_definition.kind == kind and spec.event_definition.name in (None, code)
        if fits and not entry.get(OFF):
            trigger(scope, spec, payload)
            return True
    return False
