"""Tasks of the library as the views of the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from app.workflow.engine.protocol import TaskKind, TaskView
from app.workflow.engine.specs.base import shown_id, shown_name
from app.workflow.engine.token import own_data

if TYPE_CHECKING:
    from app.workflow.engine.library import Task

MI_INDEX = "mi_index"
MI_ITEM = "mi_item"

_KINDS: dict[str, TaskKind] = {"UserTask": "user", "ManualTask": "manual"}


def view_task(task: Task) -> TaskView:
    """What the outside may know of a task."""
    spec = cast("Any", task.task_spec)  # one of our node classes
    index, item = multi_instance_place(task)
    return TaskView(
        id=str(task.id),
        node_id=shown_id(spec),
        name=shown_name(spec),
        process_id=task.workflow.spec.name,
        kind=_KINDS.get(type(spec).__name__, "service"),
        lane=spec.lane,
        properties=dict(spec.properties),
        data=own_data(task),
        path=path_of(task),
        mi_index=index,
        mi_item=item,
    )


def path_of(task: Task) -> tuple[str, ...]:
    """Node ids of the scopes around a task, outermost first."""
    path: list[str] = []
    workflow = cast("Any", task.workflow)
    while workflow.parent_task_id is not None:
        around = workflow.top_workflow.find_task(workflow.parent_task_id)
        path.insert(0, around.task_spec.bpmn_id)
        workflow = around.workflow
    return tuple(path)


def multi_instance_place(task: Task) -> tuple[int | None, Any]:
    """Index and item of the nearest multi-instance the task belongs to, also through sub-processes."""
    current: Any = task
    while True:
        if MI_INDEX in current.internal_data:
            return current.internal_data[MI_INDEX], current.internal_data[MI_ITEM]
        workflow = current.workflow
        if workflow.parent_task_id is None:
            return None, None
        current = workflow.top_workflow.find_task(workflow.parent_task_id)
