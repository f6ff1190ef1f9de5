"""Write the task log: one append-only row per act, numbered within its instance."""

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, select

from app.core import clock
from app.core.db import db
from app.core.rows import append_row
from app.core.tenancy import Actor
from app.workflow.instances.models import ProcessInstance, TaskLog, UserTask


class Logged(NamedTuple):
    """A row that was appended, by its key."""

    id: int

    @property
    def seq(self) -> int:
        """Its number within the instance, asked of the database: few want to know."""
        return db.session.scalars(select(TaskLog.seq).where(TaskLog.id == self.id)).one()


def logged(task: UserTask, action: str) -> tuple[ColumnElement[bool], ColumnElement[bool], ColumnElement[bool]]:
    """Conditions on the rows of one act on a task; looked for within the log of its case."""
    return (TaskLog.instance_id == task.instance_id, TaskLog.task_id == task.id, TaskLog.action == action)


def write_log(  # noqa: PLR0913 - the columns of a row
    instance: ProcessInstance,
    actor: Actor,
    action: str,
    *,
    task: UserTask | None = None,
    node_id: str | None = None,
    outcome: str | None = None,
    comment: str | None = None,
    answers: dict[str, Any] | None = None,
    target: str | None = None,
) -> Logged:
    """Append a row; the instance is locked, so the number is free."""
    row = {
        "instance_id": instance.id,
        "task_id": task.id if task else None,
        "node_id": task.node_id if task else node_id,
        "node_name": task.name if task else None,
        "action": action,
        "actor_id": actor.user_id,
        "actor_name": actor.name[:80],
        "on_behalf_of": actor.on_behalf_of,
        "at": clock.now(),
        "outcome": outcome,
        "comment": comment,
        "answers": answers,
        "target": target,
    }
    return Logged(append_row(TaskLog, row, number="seq", within="instance_id"))
