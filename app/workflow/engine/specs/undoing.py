# mypy: disable-error-code="no-untyped-call,misc,abstract,attr-defined,assignment"
"""What compensates a sub-process that has completed, from inside: nobody draws it.

It stands beside the other handlers of its scope and holds a scope of its own on the diagram of the sub-process. In
there the sub-process's compensation event sub-process runs, else the handlers of what it had completed. The
completed scope itself stays as it is: it is the snapshot. Source: BPMN 2.0.2 §10.7.1, §13.5.5.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from app.workflow.engine.data import Data, changes, fresh
from app.workflow.engine.specs.scopes import SubProcess
from app.workflow.engine.trace import scope_data

if TYPE_CHECKING:
    from app.workflow.engine.library import Task

UNDO = ".Undo"
"""End of its name, after that of the sub-process."""


class Undoing(SubProcess):
    """Handler of a sub-process that has none on its border.

    :param host: the sub-process as it is drawn.
    :param begin: opens the scope of such a task and the first handler in it.
    """

    def __init__(self, wf_spec: Any, *, host: SubProcess, begin: Callable[[Task], None]) -> None:
        super().__init__(
            wf_spec, f"{host.name}{UNDO}", subworkflow_spec=host.spec, bpmn_name=host.bpmn_name, lane=host.lane
        )
        self.bpmn_id = host.bpmn_id
        self.begin = begin

    def start_workflow(self, my_task: Task) -> None:
        """Open the scope."""
        self.begin(my_task)

    def data_out(self, my_task: Task, inside: Any) -> Data:
        """Only what compensating has changed goes out, not the snapshot it began with."""
        return fresh(my_task.data) | changes(inside.task_tree.data, scope_data(inside))
