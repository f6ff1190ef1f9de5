# ruff: noqa: SLF001 - extending the library means using what it keeps private; pinned, guarded by tests
"""What happened in a scope so far: its data, and the order of its tasks."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.util.task import TaskState

from app.workflow.engine.correlation import KNOWN
from app.workflow.engine.data import Data
from app.workflow.engine.protocol import Visit
from app.workflow.engine.specs.repeating import Repeating
from app.workflow.engine.token import changed_data, own_data


def finished_in_order(workflow: Any) -> list[Any]:
    """Completed tasks of one scope, the earliest first."""
    done = [task for task in workflow.tasks.values() if task._state == TaskState.COMPLETED]
    return sorted(done, key=lambda task: task.last_state_change)


def scope_data(workflow: Any) -> Data:
    """The data of a scope as its people see it: what it began with and every change since, in order.

    A token carries only its own branch's view; a return, an event sub-process or a terminate end needs all of it.
    """
    last = workflow.last_task
    if workflow.completed and last is not None and last.task_spec.name == "End":
        return own_data(last)
    data = own_data(workflow.task_tree)
    tasks = workflow.tasks
    for task in sorted(filter(_has_written, tasks.values()), key=_written_at):
        if task._parent is not None:
            written = changed_data(task)
            if task._state == TaskState.STARTED:  # what belongs to one instance is no process data
                written = {key: value for key, value in written.items() if key not in task.task_spec.own_names}
            data.update(written)
    return data


def _has_written(task: Any) -> bool:
    """A completed task; of an activity that is repeated the whole, which has taken in its finished instances."""
    if task._state == TaskState.STARTED:
        return isinstance(task.task_spec, Repeating)
    if task._state != TaskState.COMPLETED:
        return False
    is_instance = task.triggered and task.parent is not None and isinstance(task.parent.task_spec, Repeating)
    return not is_instance


def _written_at(task: Any) -> float:
    if task._state == TaskState.COMPLETED:
        return float(task.last_state_change)
    return max((one.last_state_change for one in task.children if one._state == TaskState.COMPLETED), default=0.0)


def known_of(workflow: Any) -> dict[str, Any]:
    """Values of correlation keys the process around a scope has sent or received first; changed in place."""
    while workflow.parent_task_id is not None:
        holder = workflow.top_workflow.find_task(workflow.parent_task_id)
        if type(holder.task_spec).__name__ == "CallActivity":
            break
        workflow = holder.workflow
    known: dict[str, Any] = workflow.task_tree.internal_data.setdefault(KNOWN, {})
    return known


def visits(workflow: Any) -> list[Visit]:
    """Where tokens have been in one scope or are now; a join is visited by every token that came to it."""
    found = []
    for task in sorted(filter(_was_reached, workflow.tasks.values()), key=lambda task: task.last_state_change):
        node_id, came_from = task.task_spec.bpmn_id, _drawn_before(task)
        is_inner = came_from == node_id and task.triggered  # one instance of a repeated activity
        if node_id is not None and not is_inner and not _only_armed(task):
            is_done = task._state == TaskState.COMPLETED
            found.append(Visit(node_id, workflow.spec.name, came_from, is_done))
    return found


def _was_reached(task: Any) -> bool:
    """Whether a token has been there; one that was interrupted has, a predicted one has not."""
    if task._state == TaskState.CANCELLED:
        return task.parent is None or task.parent._state == TaskState.COMPLETED
    here = TaskState.COMPLETED | TaskState.STARTED | TaskState.READY | TaskState.WAITING
    return bool(task._state & here)


def _drawn_before(task: Any) -> str | None:
    """The nearest node above that is drawn: hidden splits and carriers lie between."""
    above = task.parent
    while above is not None and above.task_spec.bpmn_id is None:
        above = above.parent
    return None if above is None else above.task_spec.bpmn_id


def _only_armed(task: Any) -> bool:
    """A boundary event that waits has not happened."""
    return type(task.task_spec).__name__ == "BoundaryEvent" and task._state != TaskState.COMPLETED


def ended_at(workflow: Any) -> list[str]:
    """Node ids of the end events reached in one scope, in order; those of its event sub-processes included."""
    reached: list[str] = []
    for task in finished_in_order(workflow):
        match type(task.task_spec).__name__:
            case "EndEvent" | "CompensatingEnd":
                reached.append(task.task_spec.bpmn_id)
            case "EventSubProcess":
                reached += ended_at(workflow.top_workflow.subprocesses[task.id])
    return reached
