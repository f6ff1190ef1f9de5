# mypy: disable-error-code="no-untyped-call,misc,abstract,attr-defined,assignment"
# ruff: noqa: SLF001 - extending the library means using what it keeps private; pinned, guarded by tests
"""Returning: the token goes back to an earlier node of its scope, and all that came of it is undone in the tree.

Undone are everything below the node, the joins its branch had entered (with all below them), the calls,
sub-processes and timers held there, and interrupting event sub-processes. Branches beside it go on.
Process data is kept: the node starts again with what the scope knows now.
"""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.util.task import TaskState

from app.core.i18n import _
from app.workflow.engine import compensation, listeners
from app.workflow.engine.data import Data
from app.workflow.engine.errors import NotResettable
from app.workflow.engine.specs.boundary import BoundarySplit
from app.workflow.engine.specs.events import BoundaryEvent, EndEvent, StartEvent
from app.workflow.engine.specs.gateways import MERGED_BY, EventGateway, Join
from app.workflow.engine.specs.scopes import EventSubProcess
from app.workflow.engine.trace import scope_data

_REACHED = TaskState.COMPLETED | TaskState.CANCELLED | TaskState.READY | TaskState.WAITING | TaskState.STARTED


def reset(task: Any, updates: Data | None = None) -> None:
    """Put the token of a task's scope back to that task.

    :param updates: entries of process data put right before it begins again.
    :raises NotResettable: a gateway that joins, a start or end, or a scope that is over.
    """
    scope, node = task.workflow, task.task_spec
    _refuse(scope, node)
    if compensation.HANDLES in task.internal_data:
        raise NotResettable(
            node=node.bpmn_name or node.bpmn_id, reason=_("补偿环节不能单独退回，请退回到被补偿的环节")
        )
    start = starting_point(task)
    data = scope_data(scope) | (updates or {})
    interrupted = _drop_interruptions(scope)
    _undo_joins(scope, start)
    _begin_again(scope, start, data)
    if interrupted:
        _bring_back(scope, data, _interrupted(scope))
    _bring_back(scope, data, compensation.stopped_in_vain(scope))
    compensation.forget_undone(scope)
    scope.update_waiting_tasks()


def _refuse(scope: Any, node: Any) -> None:
    name = node.bpmn_name or node.bpmn_id or node.name
    if scope.completed:
        raise NotResettable(node=name, reason=_("所在的流程或子流程已经结束"))
    if node.bpmn_id is None or isinstance(node, (StartEvent, EndEvent, EventSubProcess, BoundaryEvent)):
        raise NotResettable(node=name, reason=_("只能退回到任务、子流程或中间事件"))
    if isinstance(node, Join) and len(node._inputs) > 1:
        raise NotResettable(node=name, reason=_("不能退回到汇聚网关，请退回到其之前的任务"))


def starting_point(task: Any) -> Any:
    """The task to begin again with: an activity with its boundary events, an event with its gateway."""
    if task.triggered and task.parent is not None:  # one instance of a multi-instance: all of it
        task = task.parent
    parent = task.parent
    return parent if isinstance(parent.task_spec, (BoundarySplit, EventGateway)) else task


def _begin_again(scope: Any, start: Any, data: Data) -> None:
    """Replace the task (and all below) by a fresh one that begins with all data of the scope."""
    begin_at(scope, start, start.task_spec, data)


def begin_at(scope: Any, start: Any, spec: Any, data: Data) -> None:
    """Replace the task (and all below) by a fresh one of this spec."""
    parent = start.parent
    scope._remove_task(start.id)
    if parent.task_spec.name == listeners.CARRIER and parent.parent is not None and not parent.children:
        old, parent = parent, parent.parent
        scope._remove_task(old.id)
    carrier = parent._add_child(scope.spec.task_specs[listeners.CARRIER], TaskState.FUTURE)
    carrier.triggered = True
    carrier.data = data
    carrier._set_state(TaskState.COMPLETED)
    again = carrier._add_child(spec, TaskState.FUTURE)
    spec._predict(again, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
    spec._update(again)


def _interrupted(scope: Any) -> list[Any]:
    tasks = scope.tasks.values()
    return [task for task in tasks if task.internal_data.pop(listeners.INTERRUPTED, False)]


def _bring_back(scope: Any, data: Data, ended: list[Any]) -> None:
    """Tokens beside the returned one that what is undone now had ended stand where they were again."""
    for task in ended:
        task.internal_data.pop(compensation.STOPPED, None)
        if task.id not in scope.tasks:
            continue
        if isinstance(task.task_spec, Join):
            _wait_again(task)
        else:
            _begin_again(scope, starting_point(task), data)


def _drop_interruptions(scope: Any) -> bool:
    """Undo interrupting event sub-processes, so that the scope listens again; whether there was one."""
    entries = scope.task_tree.internal_data.get(listeners.KEY, {})
    interrupted = False
    for task in list(scope.tasks.values()):
        if task.id in scope.tasks and isinstance(task.task_spec, EventSubProcess) and task.task_spec.interrupting:
            scope._remove_task(task.parent.id)
            interrupted = True
    if interrupted:
        for entry in entries.values():
            if entry.get(listeners.OFF) == listeners.INTERRUPTED:
                del entry[listeners.OFF]
    return interrupted


def _undo_joins(scope: Any, start: Any) -> None:
    """Take back the joins that went on with a token of the doomed part; other branches wait there again."""
    doomed = _below(scope, start.id)
    undone: dict[str, Any] = {}
    while (join := _consumer_outside(scope, doomed, undone)) is not None:
        undone[str(join.id)] = join
        doomed |= _below(scope, join.id) - {join.id}
    over = {str(task_id) for task_id in doomed} | set(undone)
    for join in undone.values():
        for child in join.children:
            scope._remove_task(child.id)
        _wait_again(join)
    for task in list(scope.tasks.values()):
        if task.id not in doomed and task.internal_data.get(MERGED_BY) in over:
            del task.internal_data[MERGED_BY]
            _wait_again(task)


def _wait_again(token: Any) -> None:
    """A token at a join, waiting for the others."""
    token._set_state(TaskState.WAITING)
    token.task_spec._predict(token, mask=TaskState.WAITING)


def _consumer_outside(scope: Any, doomed: set[Any], undone: dict[str, Any]) -> Any:
    """A join, not yet found, that lies outside the doomed part but consumed a token from inside it."""
    consumers = {scope.tasks[task_id].internal_data.get(MERGED_BY) for task_id in doomed if task_id in scope.tasks}
    for task in scope.tasks.values():
        if str(task.id) in consumers and task.id not in doomed and str(task.id) not in undone:
            return task
    return None


def _below(scope: Any, task_id: Any) -> set[Any]:
    """Ids of a task and all below it."""
    found: set[Any] = set()
    waiting = [task_id]
    while waiting:
        task_id = waiting.pop()
        found.add(task_id)
        waiting.extend(scope.tasks[task_id]._children)
    return found


def latest(scope: Any, node_id: str) -> Any:
    """The task of a node the token reached last in a scope, or ``None``."""
    reached = [task for task in scope.tasks.values() if task._state & _REACHED and task.task_spec.name == node_id]
    return max(reached, key=lambda task: task.last_state_change, default=None)
