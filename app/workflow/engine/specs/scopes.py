# mypy: disable-error-code="no-untyped-call,misc,abstract,attr-defined,assignment"
# ruff: noqa: SLF001 - extending the library means using what it keeps private; pinned, guarded by tests
"""Activities that hold a whole scope: embedded sub-processes, event sub-processes and called processes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.util.task import TaskState

from app.core.i18n import Sentence
from app.workflow.engine.data import Data, changes, fresh
from app.workflow.engine.specs.base import ArrivalGuard, Node
from app.workflow.engine.trace import scope_data

if TYPE_CHECKING:
    from app.workflow.engine.library import Task


class SubProcess(ArrivalGuard, SubWorkflowTask, Node):
    """Embedded sub-process: works on the data of the process around it."""

    def _update_hook(self, my_task: Task) -> bool:
        top = my_task.workflow.top_workflow
        inside = top.subprocesses.get(my_task.id)
        if inside is not None:
            return bool(inside.completed and my_task.has_state(TaskState.NOT_FINISHED_MASK))
        return bool(super()._update_hook(my_task))

    def start_workflow(self, my_task: Task) -> None:
        """Open the scope with the data it may see, and put a token on its start event."""
        data = self.data_in(my_task)
        inside = my_task.workflow.top_workflow.create_subprocess(my_task, self.spec)
        inside.open(data)

    def _on_subworkflow_completed(self, inside: Any, my_task: Task) -> None:
        if my_task.has_state(TaskState.FINISHED_MASK):  # interrupted while its last node was ending
            return
        my_task.data = self.data_out(my_task, inside)
        my_task._set_state(TaskState.READY)

    def _on_cancel(self, my_task: Task) -> None:
        inside = my_task.workflow.top_workflow.subprocesses.get(my_task.id)
        if inside is not None and not inside.completed:
            inside.cancel()

    def data_in(self, my_task: Task) -> Data:
        """What the scope starts with."""
        return fresh(my_task.data)

    def data_out(self, my_task: Task, inside: Any) -> Data:  # noqa: ARG002 - the called process needs the task
        """What the activity leaves with."""
        return fresh(scope_data(inside))

    def written_so_far(self, my_task: Task) -> Data:
        """What an interrupted scope leaves behind in the data of the process around it."""
        inside = my_task.workflow.top_workflow.subprocesses.get(my_task.id)
        return {} if inside is None else changes(my_task.data, scope_data(inside))


class EventSubProcess(SubProcess):
    """Event sub-process: not on any flow; the run opens it when its start event comes (``listeners``)."""

    interrupting: bool
    start_id: str
    event_definition: Any


class CallActivity(SubProcess):
    """Called process: property ``input`` (FEEL context) says what it sees, ``output`` what comes back.

    Without ``input`` it sees all data; without ``output`` all it ended with is merged into the caller's data.
    """

    def written_so_far(self, my_task: Task) -> Data:  # noqa: ARG002
        """Nothing."""
        return {}  # a called process keeps its data to itself until it ends

    def data_in(self, my_task: Task) -> Data:
        """What ``input`` says, else everything."""
        return self._mapped("input", my_task, my_task.data)

    def data_out(self, my_task: Task, inside: Any) -> Data:
        """The caller's data with what ``output`` says, else with everything the called process ended with."""
        return fresh(my_task.data) | self._mapped("output", my_task, scope_data(inside))

    def _mapped(self, key: str, my_task: Task, data: Data) -> Data:
        expression = self.properties.get(key)
        if not expression:
            return fresh(data)
        value = my_task.workflow.script_engine.value(expression, data)
        if not isinstance(value, dict):
            message = "调用活动的属性 %(key)s 的结果不是上下文，请写成 { 名称: 表达式 } 的形式"
            raise TypeError(Sentence(message, key=key))
        return value
