# mypy: disable-error-code="no-untyped-call,misc,abstract,attr-defined,assignment"
"""Ad-hoc sub-processes: people do its activities in any order, as often as needed, until the condition holds.

All activities without an incoming flow can be done at once. Whenever an activity has completed, the completion
condition is asked with all data of the scope: when it holds, what is still open is cancelled and the sub-process
is done; else the activity can be done again. An open task sees the data of the moment it opened.
Source: BPMN 2.0.2 §10.3.5, §13.3.5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.workflow.engine import listeners
from app.workflow.engine.specs.base import HiddenNode
from app.workflow.engine.trace import scope_data

if TYPE_CHECKING:
    from app.workflow.engine.library import Task

ENOUGH = "enough"


class AdHocTurn(HiddenNode):
    """Follows every activity of an ad-hoc sub-process.

    :param entry: name of the node that lets the activity be done again; ``None`` for one that a flow leads to.
    """

    def __init__(self, wf_spec: Any, name: str, *, entry: str | None, condition: str, **kwargs: Any) -> None:
        super().__init__(wf_spec, name, **kwargs)
        self.entry = entry
        self.condition = condition

    def _run_hook(self, my_task: Task) -> bool:
        scope = my_task.workflow
        data = scope_data(scope)
        if scope.script_engine.truth(self.condition, data):
            my_task.internal_data[ENOUGH] = True
        elif self.entry is not None:
            listeners.open_beside(scope, scope.spec.task_specs[self.entry], data)
        return True

    def _on_complete_hook(self, my_task: Task) -> None:
        super()._on_complete_hook(my_task)
        if ENOUGH in my_task.internal_data:
            my_task.workflow.terminate(my_task)
