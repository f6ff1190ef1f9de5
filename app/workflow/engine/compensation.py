# mypy: disable-error-code="no-untyped-call"
# ruff: noqa: SLF001 - extending the library means using what it keeps private; pinned, guarded by tests
"""Compensation: what completed activities have done is undone by their handlers, the latest first.

A throw lists the completed activities of its scope that have a handler and opens the handlers one after another,
each as a task under the root of the scope, with all data of the scope. A throw in an event sub-process compensates
the scope around it too. A completed sub-process without a handler on its border is compensated from inside, each
instance for itself: ``specs.undoing`` holds a scope beside the completed one, in which its compensation event
sub-process runs or else the handlers of what it had completed; they see what it left behind, and of everything
else what is so now. A called process is closed: only a handler on the border of the call undoes it.

Everything is kept in internal data: what is left to do with the throw, the throw with handler and activity.
Cancelling a transaction is the same once its other tokens have ended, with what a sub-process that they stood in
had completed; it leaves by its cancel event. Source: BPMN 2.0.2 §10.7, §13.5.5; transactions §10.3.6, §13.3.4.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from SpiffWorkflow.util.task import TaskState

from app.workflow.engine import listeners
from app.workflow.engine.data import Data, changes, fresh
from app.workflow.engine.specs.boundary import BoundarySplit
from app.workflow.engine.specs.events import BoundaryEvent
from app.workflow.engine.specs.repeating import Repeating
from app.workflow.engine.specs.scopes import EventSubProcess
from app.workflow.engine.specs.undoing import Undoing
from app.workflow.engine.trace import scope_data

PENDING = "compensating"
"""On the throw: ids of the activities still to compensate."""
COMPENSATED = "compensated"
"""On an activity: id of the throw that has compensated it."""
HANDLES = "compensates"
"""On a handler: id of its throw."""
UNDOES = "undoes"
"""On a handler: id of the activity."""
STOPPED = "stopped"
"""On a token: id of the cancel end of its transaction, which has ended it before it was done."""
_LIVE = TaskState.READY | TaskState.WAITING | TaskState.STARTED


def run(throw: Any) -> bool | None:
    """What a compensating throw or a cancel end does when its turn comes.

    :returns: ``True`` when all is done, ``None`` while handlers work.
    """
    definition = throw.task_spec.event_definition
    if PENDING not in throw.internal_data:
        if definition.kind == "cancel":
            _stop(throw)
        throw.internal_data[PENDING] = _to_compensate(throw, definition.name)
        if _open_next(throw) and definition.waits:
            return None
    if definition.kind == "cancel":
        throw.workflow.top_workflow.throw_code(throw, "cancel", None, {})
    return True


def begin_inside(holder: Any) -> None:
    """A sub-process that has completed is compensated from inside."""
    top = holder.workflow.top_workflow
    activity = top.find_task(UUID(holder.internal_data[UNDOES]))
    inside = top.create_subprocess(holder, holder.task_spec.spec)
    root = inside.task_tree
    for child in root.children:
        inside._remove_task(child.id)
    root.data = _seen_inside(holder, activity)
    root._set_state(TaskState.COMPLETED)
    own = inside.spec.compensation_subprocess
    if own is not None and STOPPED not in activity.internal_data:
        holder.internal_data[PENDING] = []
        listeners.open_beside(inside, own, fresh(root.data))
    else:
        holder.internal_data[PENDING] = _to_compensate(holder, None)
        _open_next(holder)


def handler_done(_workflow: Any, handler: Any) -> None:
    """A handler has completed: its throw goes on with the next, or with its own flow."""
    throw_id = handler.internal_data.get(HANDLES)
    throw = handler.workflow.top_workflow.find_task(UUID(throw_id)) if throw_id else None
    if throw is None:
        return
    waits = throw._state == TaskState.STARTED and not isinstance(throw.task_spec, Undoing)
    if waits:
        throw.data.update(changes(handler.parent.data, handler.data))
    if not _open_next(throw) and waits:
        throw._set_state(TaskState.READY)


def forget_undone(scope: Any) -> None:
    """After a return: handlers whose throw is gone go too, and what they handled counts as not compensated."""
    top = scope.top_workflow
    for within in top.scopes():
        for task in list(within.tasks.values()):
            if task.id not in within.tasks:
                continue
            if _is_gone(top, task.internal_data.get(HANDLES)):
                within._remove_task(task.parent.id)
            elif _is_gone(top, task.internal_data.get(COMPENSATED)):
                del task.internal_data[COMPENSATED]


def stopped_in_vain(scope: Any) -> list[Any]:
    """After a return: tokens of a transaction that were ended by a cancel which is gone."""
    top, tasks = scope.top_workflow, scope.tasks.values()
    return [task for task in tasks if _is_gone(top, task.internal_data.get(STOPPED))]


def _is_gone(top: Any, throw_id: str | None) -> bool:
    return throw_id is not None and top.find_task(UUID(throw_id)) is None


# what is to be undone


def _levels(throw: Any) -> Iterator[tuple[Any, Any]]:
    """``(scope whose activities a throw compensates, scope their handlers open in)``, the inner one first."""
    top = throw.workflow.top_workflow
    scope = top.subprocesses.get(throw.id, throw.workflow)
    while True:
        holder = None if scope.parent_task_id is None else top.find_task(scope.parent_task_id)
        if holder is not None and isinstance(holder.task_spec, Undoing):
            completed = top.subprocesses.get(UUID(holder.internal_data[UNDOES]))
            if completed is not None:  # else a return has undone it meanwhile
                yield completed, scope
            return
        yield scope, scope
        if holder is None or not isinstance(holder.task_spec, EventSubProcess):
            return
        scope = holder.workflow


def _to_compensate(throw: Any, activity_id: str | None) -> list[str]:
    """Ids of what a throw compensates, the latest first; only of that activity where one is named."""
    done = [
        task
        for scope, _opens_in in _levels(throw)
        for task in scope.tasks.values()
        if activity_id in (None, task.task_spec.bpmn_id) and _can_be_undone(task)
    ]
    done.sort(key=lambda task: task.last_state_change, reverse=True)
    return [str(task.id) for task in _in_order(done)]


def _can_be_undone(task: Any) -> bool:
    """Whether it has completed, as a whole, and there is something left that undoes it."""
    scope = task.workflow
    handler = scope.spec.compensations.get(task.task_spec.name)
    if handler is None or COMPENSATED in task.internal_data or not _is_over(task):
        return False
    if task.triggered and isinstance(task.parent.task_spec, Repeating) and not _is_over(task.parent):
        return False
    if not isinstance(scope.spec.task_specs[handler], Undoing):
        return task._state == TaskState.COMPLETED
    inside = scope.top_workflow.subprocesses[task.id]
    own = inside.spec.compensation_subprocess is not None and task._state == TaskState.COMPLETED
    return own or any(_can_be_undone(one) for one in inside.tasks.values())


def _is_over(task: Any) -> bool:
    return task._state == TaskState.COMPLETED or STOPPED in task.internal_data


def _in_order(latest_first: list[Any]) -> Iterator[Any]:
    """What events on the border of an activity led to is undone before it, also when it ended first. §13.5.5."""
    left = {task.id: task for task in latest_first}
    for task in latest_first:
        waiting = [task] if task.id in left else []
        while waiting:
            before = [one for one in _led_to(waiting[-1]) if one.id in left and one is not waiting[-1]]
            if before:
                waiting.append(min(before, key=latest_first.index))
            else:
                yield left.pop(waiting.pop().id)


def _led_to(activity: Any) -> Iterator[Any]:
    """All tasks that came of events on the border of an activity."""
    whole = activity.parent if activity.triggered else activity
    split = whole.parent
    if split is None or not isinstance(split.task_spec, BoundarySplit):
        return
    waiting = [task for task in split.children if isinstance(task.task_spec, BoundaryEvent)]
    while waiting:
        task = waiting.pop()
        yield task
        waiting.extend(task.children)


def _stop(throw: Any) -> None:
    """End all other tokens of the transaction; it is kept that they, and those inside them, were under way."""
    top = throw.workflow.top_workflow
    under_way = [throw.workflow]
    for scope in under_way:  # grows while it is read
        for task in scope.in_state(_LIVE):
            if task is not throw:
                task.internal_data[STOPPED] = str(throw.id)
            if task.id in top.subprocesses:
                under_way.append(top.subprocesses[task.id])
    throw.workflow.stop_all(but=throw)


# how it is undone


def _open_next(throw: Any) -> bool:
    """Open the handler of the next activity; False when none is left."""
    top, pending = throw.workflow.top_workflow, throw.internal_data[PENDING]
    opens_in = dict(_levels(throw)) if pending else {}
    while pending:
        activity = top.find_task(UUID(pending.pop(0)))
        if activity is None or activity.workflow not in opens_in or not _can_be_undone(activity):
            continue
        activity.internal_data[COMPENSATED] = str(throw.id)
        scope, spec = opens_in[activity.workflow], activity.workflow.spec
        handler = spec.task_specs[spec.compensations[activity.task_spec.name]]
        internal = {HANDLES: str(throw.id), UNDOES: str(activity.id)}
        listeners.open_beside(scope, handler, _seen_from(throw, scope), internal)
        return True
    return False


def _seen_from(throw: Any, scope: Any) -> Data:
    """All data of a scope, with what event sub-processes in it have written on the way to the throw."""
    data, within = scope_data(scope), []
    for _done_in, opens_in in _levels(throw):
        if opens_in is scope:
            break
        within.append(opens_in)
    for inner in reversed(within):
        if not inner.completed:
            data.update(changes(inner.task_tree.data, scope_data(inner)))
    return data


def _seen_inside(holder: Any, activity: Any) -> Data:
    """What handlers of a completed scope see: what it left behind, and of everything else what is so now."""
    completed = activity.workflow.top_workflow.subprocesses[activity.id]
    began = completed.task_tree.data
    own = activity.parent.task_spec.own_names if activity.triggered else ()
    item = {name: began[name] for name in own if name in began}
    return fresh(holder.data | item | changes(began, scope_data(completed)))
