# mypy: disable-error-code="no-untyped-call,attr-defined"
"""What was done in a run, read from its state: whose work brought which process data, and which events came.

For telling a run again as a scenario and for holding it against the log. Work that a return undid is gone from
the tree; what it had written came back with the token and is the next deed's ``brought``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from app.workflow.engine.data import Data, changes, fresh
from app.workflow.engine.listeners import CARRIER
from app.workflow.engine.protocol import Deed
from app.workflow.engine.specs.activities import ManualTask, ServiceTask, UserTask
from app.workflow.engine.specs.countersign import round_at
from app.workflow.engine.specs.events import BoundaryEvent, CatchEvent
from app.workflow.engine.specs.scopes import EventSubProcess
from app.workflow.engine.trace import finished_in_order
from app.workflow.engine.views import MI_INDEX, MI_ITEM

if TYPE_CHECKING:
    from app.workflow.engine.library import Task
    from app.workflow.engine.workflow import ProcessTree

_FROM_OUTSIDE = ("timer", "message", "signal")


def deeds(tree: ProcessTree) -> list[Deed]:
    """Of all scopes, in the order they were done."""
    timed = [pair for scope in tree.scopes() for pair in _of_scope(scope)]
    return [deed for _moment, deed in sorted(timed, key=lambda pair: pair[0])]


def _of_scope(scope: Any) -> Iterator[tuple[float, Deed]]:
    """With their moments. ``known`` is the scope's data as far as it came."""
    known, brought = fresh(scope.task_tree.data), Data()
    for task in finished_in_order(scope):
        written = _written(task)
        if task.task_spec.name == CARRIER:
            came = changes(known, task.data)
            deed = next((_opening(child.task_spec, child, came) for child in task.children), None)
            brought = {} if deed else {**brought, **came}
        else:
            deed = _deed(task, written, brought)
            brought = {} if deed else brought
        known.update(changes(task.parent.data, task.data) if task.parent else {})
        if deed is not None:
            yield task.last_state_change, deed


def _written(task: Task) -> Data:
    """What the task added to what it found; a multi-instance's item is none of it."""
    if task.parent is None:
        return {}
    own = task.parent.task_spec.own_names if MI_INDEX in task.internal_data else ()
    return {key: value for key, value in changes(task.parent.data, task.data).items() if key not in own}


def _opening(spec: Any, task: Task, came: Data) -> Deed | None:
    """An event sub-process was opened by its start event; None where a return brought the token back."""
    if not isinstance(spec, EventSubProcess) or spec.event_definition.kind not in _FROM_OUTSIDE:
        return None
    return _event(spec.event_definition, spec.start_id, task, came)


def _deed(task: Task, written: Data, brought: Data) -> Deed | None:
    spec: Any = task.task_spec
    common: dict[str, Any] = {
        "task_id": str(task.id),
        "node_id": spec.bpmn_id,
        "process_id": task.workflow.spec.name,
    }
    match spec:
        case UserTask() | ManualTask():
            properties = dict(spec.properties)
            signer = None if round_at(task) is None else task.internal_data[MI_ITEM]
            return Deed(
                kind="task",
                name=common["node_id"],
                written=written,
                brought=brought,
                properties=properties,
                signer=signer,
                **common,
            )
        case ServiceTask():
            found = written if not spec.result_variable else dict(task.data.get(spec.result_variable) or {})
            return Deed(kind="step", name=spec.step, written=found, brought=brought, **common)
        case CatchEvent() | BoundaryEvent() if spec.event_definition.kind in _FROM_OUTSIDE:
            return _event(spec.event_definition, common["node_id"], task, written)
    return None


def _event(definition: Any, node_id: Any, task: Task, came: Data) -> Deed:
    payload = came if not definition.variable else dict(task.data.get(definition.variable) or {})
    return Deed(
        task_id=str(task.id),
        node_id=node_id,
        process_id=task.workflow.spec.name,
        kind=definition.kind,
        name=definition.name or node_id,
        written=payload,
        brought={},
    )
