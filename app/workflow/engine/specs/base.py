# mypy: disable-error-code="no-untyped-call,misc,abstract,attr-defined,assignment"
# ruff: noqa: SLF001 - extending the library means using what it keeps private; pinned, guarded by tests
# The library has no annotations; its classes are ours to extend all the same.
"""What every node of ours shares: arriving safely, and reading its properties."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec
from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin
from SpiffWorkflow.util.task import TaskState

if TYPE_CHECKING:
    from app.workflow.engine.library import Task

PREDICTED = TaskState.PREDICTED_MASK

FAILED = "failed"
"""Key of a task's internal data: why its automatic work stopped. Such a task waits for ``Run.retry``."""


class Lean(BpmnTaskSpec):
    """The library's steps of a token through a node, without what no node of ours has.

    That is: assignments, data associations, listeners of other events than ``completed_event``, and asking at
    every arrival what parsing has made sure of.
    """

    def _predict(self, my_task: Task, seen: Any = None, looked_ahead: int = 0, mask: int = PREDICTED) -> None:  # noqa: ARG002
        """What comes next after a task, and no more: what lies behind it is predicted when the token gets there.

        The library predicts the whole way to the end, to be made, kept and read at every step; nobody asks.
        """
        if my_task._state & mask:
            self._predict_hook(my_task)

    def _update(self, my_task: Task) -> None:
        if my_task._state & PREDICTED or (my_task._state == TaskState.FUTURE and not my_task._children):
            self._predict_hook(my_task)
        if self._update_hook(my_task):
            my_task._ready()

    def _update_hook(self, my_task: Task) -> bool:
        my_task._inherit_data()
        return True

    def _on_ready(self, my_task: Task) -> None:
        self._on_ready_hook(my_task)

    def _on_ready_hook(self, my_task: Task) -> None:
        """The token may go on."""

    def _run_hook(self, my_task: Task) -> bool | None:  # noqa: ARG002
        return True

    def _on_complete_hook(self, my_task: Task) -> None:
        if self.completed_event.hard_subscribers:
            self.completed_event.emit(my_task.workflow, my_task)


class Plain(Lean):
    """The last task of a scope, and what holds data between two others."""


class Node(Lean, BpmnSpecMixin):
    """A drawn node; the library's behaviour class, if any, stands before it in the bases."""

    extensions: dict[str, Any]

    @property
    def properties(self) -> dict[str, str]:
        """The node's ``spiffworkflow:property`` entries."""
        found: dict[str, str] = getattr(self, "extensions", {}).get("properties", {})
        return found


class HiddenNode(Lean):
    """A node that is not drawn; what it does is told of the drawn node ``host``, which it belongs to."""

    def __init__(self, wf_spec: Any, name: str, *, host: Any, **kwargs: Any) -> None:
        super().__init__(wf_spec, name, lane=host.lane, **kwargs)
        self.host_id: str = host.bpmn_id
        self.host_name: str | None = host.bpmn_name
        self.properties: dict[str, str] = {}


def shown_id(spec: Any) -> str:
    """The drawn node a task is told of: its own, or that which a hidden node belongs to."""
    return str(spec.bpmn_id or getattr(spec, "host_id", None) or spec.name)


def shown_name(spec: Any) -> str:
    """What to call it."""
    return str(spec.bpmn_name or getattr(spec, "host_name", None) or shown_id(spec))


class ArrivalGuard:
    """First base of a node that reckons something when the token arrives, as a due time or a call's data.

    A failure there must not hit the node before it, which has already done its work: it is noted on this task,
    the token stays here, and the run reports it.
    """

    def _update_hook(self, my_task: Task) -> bool:
        return guarded(my_task, super()._update_hook)


def guarded(my_task: Task, work: Callable[[Task], Any]) -> bool:
    """Do the work of an arrival; a failure is noted on the task, which waits for ``Run.retry``."""
    try:
        return bool(work(my_task))
    except Exception as exc:  # noqa: BLE001 - whatever an expression or a dataset raises is reported
        my_task._drop_children(force=True)
        my_task._set_state(TaskState.WAITING)
        note_failure(my_task, exc)
        return False


def note_failure(my_task: Task, exc: Exception) -> None:
    """Keep the failure with the task, and tell the run that is going on."""
    my_task.internal_data[FAILED] = str(exc) or type(exc).__name__
    my_task.workflow.top_workflow.arrival_failures.append((my_task, exc))
