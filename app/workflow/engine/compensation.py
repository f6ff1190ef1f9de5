# mypy: disable-error-code="no-untyped-call"
# ruff: noqa: SLF001 - extending the library means using what it keeps private; pinned, guarded by tests
"""Compensation: what completed activities have done is undone by their handlers, the latest first.

A throw lists the completed activities of its scope that have a handler and opens the handlers one after another,
each as a task under the root of the scope, with all data of the scope. A throw in an event sub-process compensates
the scope around it. Everything is kept in internal data: what is left to do with the throw, the throw with handler
and activity. Cancelling a transaction is the same once its other tokens have ended; it leaves by its cancel event.
Source: BPMN 2.0.2 §10.7, §13.5.5; transactions §10.3.6, §13.3.4.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from SpiffWorkflow.util.task import TaskState

from app.workflow.engine import listeners
from app.workflow.engine.data import changes
from app.workflow.engine.specs.scopes import EventSubProcess
from app.workflow.engine.trace import scope_data

PENDING = "compensating"
"""On the throw: ids of the activities still to compensate."""
COMPENSATED = "compensated"
"""On an activity: id of the throw that has compensated it."""
HANDLES = "compensates"
"""On a handler: id of its throw."""


def run(throw: Any) -> bool | None:
    """What a compensating throw or a cancel end does when its turn comes.

    :returns: ``True`` when all is done, ``None`` while handlers work.
    """
    definition = throw.task_spec.event_definition
    if PENDING not in throw.internal_data:
        scope = _scope_meant(throw)
        if definition.kind == "cancel":
            scope.stop_all(but=throw)
        throw.internal_data[PENDING] = [str(task.id) for task in _to_compensate(scope, definition.name)]
        if _open_next(throw) and definition.waits:
            return None
    if definition.kind == "cancel":
        throw.workflow.top_workflow.throw_code(throw, "cancel", None, {})
    return True


def _scope_meant(throw: Any) -> Any:
    scope = throw.workflow
    while scope.parent_task_id is not None:
        holder = scope.top_workflow.find_task(scope.parent_task_id)
        if not isinstance(holder.task_spec, EventSubProcess):
            break
        scope = holder.workflow
    return scope


def _to_compensate(scope: Any, activity_id: str | None) -> list[Any]:
    """Completed activities with a handler, the latest first; only that one where it is named."""
    done = [
        task
        for task in scope.tasks.values()
        if task._state == TaskState.COMPLETED
        and task.task_spec.name in scope.spec.compensations
        and activity_id in (None, task.task_spec.name)
        and COMPENSATED not in task.internal_data
    ]
    return sorted(done, key=lambda task: task.last_state_change, reverse=True)


def _open_next(throw: Any) -> bool:
    """Open the handler of the next activity; False when none is left."""
    top, pending = throw.workflow.top_workflow, throw.internal_data[PENDING]
    while pending:
        activity = top.find_task(UUID(pending.pop(0)))
        if activity is None or COMPENSATED in activity.internal_data:
            continue
        activity.internal_data[COMPENSATED] = str(throw.id)
        scope = activity.workflow
        handler = scope.spec.task_specs[scope.spec.compensations[activity.task_spec.name]]
        listeners.open_beside(scope, handler, scope_data(scope), {HANDLES: str(throw.id)})
        return True
    return False


def handler_done(_workflow: Any, handler: Any) -> None:
    """A handler has completed: its throw goes on with the next, or with its own flow."""
    throw_id = handler.internal_data.get(HANDLES)
    throw = handler.workflow.top_workflow.find_task(UUID(throw_id)) if throw_id else None
    if throw is None:
        return
    if throw._state == TaskState.STARTED:
        throw.data.update(changes(handler.parent.data, handler.data))
    if not _open_next(throw) and throw._state == TaskState.STARTED:
        throw._set_state(TaskState.READY)


def forget_undone(scope: Any) -> None:
    """After a return: handlers whose throw is gone go too, and what they handled counts as not compensated."""
    top = scope.top_workflow
    for task in list(scope.tasks.values()):
        if task.id not in scope.tasks:
            continue
        if HANDLES in task.internal_data and top.find_task(UUID(task.internal_data[HANDLES])) is None:
            scope._remove_task(task.parent.id)
        elif COMPENSATED in task.internal_data and top.find_task(UUID(task.internal_data[COMPENSATED])) is None:
            del task.internal_data[COMPENSATED]
