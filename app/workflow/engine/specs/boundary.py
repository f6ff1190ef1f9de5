# mypy: disable-error-code="no-untyped-call,misc,abstract,attr-defined,assignment"
# ruff: noqa: SLF001 - extending the library means using what it keeps private; pinned, guarded by tests
"""An activity with boundary events: a hidden split before it holds the activity and the events as siblings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from SpiffWorkflow.util.task import TaskState

from app.workflow.engine.specs.base import Lean
from app.workflow.engine.specs.events import BoundaryEvent
from app.workflow.engine.specs.repeating import Repeating
from app.workflow.engine.specs.scopes import SubProcess

if TYPE_CHECKING:
    from app.workflow.engine.library import Task

SPLIT = ".BoundaryEventSplit"
"""End of the name of the split before an activity."""


class BoundarySplit(Lean):
    """Starts the activity and arms its boundary events together; ends the rest when one side is over."""

    def _predict_hook(self, my_task: Task) -> None:
        my_task._sync_children(self.outputs, state=TaskState.MAYBE)
        state = TaskState.FUTURE if my_task.has_state(TaskState.DEFINITE_MASK) else my_task.state
        for child in my_task.children:
            if not isinstance(child.task_spec, BoundaryEvent) and child.has_state(TaskState.PREDICTED_MASK):
                child._set_state(state)

    def _run_hook(self, my_task: Task) -> bool:
        for task in my_task.children:
            if task.has_state(TaskState.PREDICTED_MASK):
                task._set_state(TaskState.FUTURE)
        return True

    def goes_on(self, my_task: Task) -> bool:
        """Whether the activity is not over yet."""
        return any(
            task.has_state(TaskState.NOT_FINISHED_MASK) and not isinstance(task.task_spec, BoundaryEvent)
            for task in my_task.children
        )

    def activity_over(self, my_task: Task) -> None:
        """The activity completed: its events are not waited for any more."""
        for task in my_task.children:
            open_ = task.has_state(TaskState.NOT_FINISHED_MASK) and task.state != TaskState.READY
            if open_ and isinstance(task.task_spec, BoundaryEvent):
                task.cancel()

    def interrupt(self, my_task: Task, by: Task) -> None:
        """An interrupting event came: the activity and the other events end; what the activity wrote is kept."""
        for task in my_task.children:
            if task is by or not task.has_state(TaskState.NOT_FINISHED_MASK):
                continue
            if isinstance(task.task_spec, BoundaryEvent) and task.state == TaskState.READY:
                continue  # it came just before and goes its way
            if isinstance(task.task_spec, (SubProcess, Repeating)):
                by.data.update(task.task_spec.written_so_far(task))
            task.cancel()
