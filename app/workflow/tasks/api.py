"""Reading doors for scripts: where a case stands, what a task's form shows."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from app.core.tenancy import current_actor
from app.support import identity
from app.support.identity.guards import signed_in
from app.workflow.instances import queries as instances
from app.workflow.instances.models import ProcessInstance, UserTask
from app.workflow.tasks import access, formwork
from app.workflow.tasks.errors import TaskNotFound
from app.workflow.tasks.operations import signing

bp = Blueprint("tasks_api", __name__, url_prefix="/api/v1")


@bp.get("/cases/<int:instance_id>")
@signed_in
def show_case(instance_id: int) -> ResponseReturnValue:
    """Status, end and open tasks of a case, for whoever may see it."""
    instance = instances.get_case(instance_id, current_actor())
    return {**_case(instance), "open_tasks": [_task(task) for task in instances.open_tasks(instance.id)]}


@bp.get("/tasks/<int:task_id>")
@signed_in
def show_task(task_id: int) -> ResponseReturnValue:
    """A task with its form schema, the values it opens with, and how it may be signed where it must be.

    404 to whoever may not see it.
    """
    actor = current_actor()
    task = access.get_task(task_id)
    if not access.may_see(task, actor):
        raise TaskNotFound
    return {
        **_task(task),
        "row_version": task.row_version,
        "may_act": access.may_act(task, actor),
        "signature": [kind.value for kind in signing.kinds_asked(task)],
        "schema": formwork.schema(task, task.instance, actor),
        "values": formwork.shown_values(task, task.instance, actor),
    }


def _case(instance: ProcessInstance) -> dict[str, object]:
    return {
        "id": instance.id,
        "process_id": instance.process_id,
        "business_key": instance.business_key,
        "title": instance.title,
        "status": instance.status.value,
        "end_node": instance.end_node,
        "suspended_at": instance.suspended_at.isoformat() if instance.suspended_at else None,
        "data": instance.data,
    }


def _task(task: UserTask) -> dict[str, object]:
    return {
        "id": task.id,
        "instance_id": task.instance_id,
        "node_id": task.node_id,
        "name": task.name,
        "state": task.state.value,
        "kind": task.kind.value,
        "role": task.role,
        "assignee_id": task.assignee_id,
        "assignee": identity.display_name(task.assignee_id) if task.assignee_id else None,
        "candidates": [candidate.user_id for candidate in task.candidates],
    }
