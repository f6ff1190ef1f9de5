"""Lists of cases: those somebody started, follows, or was sent a copy of.

Their rows are called as those of tasks, as far as they have the like; ``AT`` is the moment the list is about.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Subquery, func, select
from sqlalchemy.orm import InstrumentedAttribute

from app.core.tenancy import Actor
from app.workflow.instances.models import Follow, ProcessInstance, UserTask
from app.workflow.tasks.models import TaskCopy

AT = "at"


def started(actor: Actor) -> Subquery:
    """Cases this person started."""
    return (
        select(*_of_case(ProcessInstance.started_at)).where(ProcessInstance.started_by == actor.user_id).subquery()
    )


def watched(actor: Actor) -> Subquery:
    """Cases this person follows."""
    query = select(*_of_case(Follow.since)).join(Follow, Follow.instance_id == ProcessInstance.id)
    return query.where(Follow.user_id == actor.user_id).subquery()


def copied(actor: Actor) -> Subquery:
    """Copies of cases sent to this person from a task; ``id`` is the copy's."""
    columns = (
        TaskCopy.id,
        TaskCopy.instance_id,
        TaskCopy.read_at,
        TaskCopy.sent_at.label(AT),
        UserTask.name,
        UserTask.started_as,
        UserTask.search_text,
    )
    query = select(*columns).join(UserTask, UserTask.id == TaskCopy.task_id)
    return query.where(TaskCopy.user_id == actor.user_id).subquery()


def _of_case(at: InstrumentedAttribute[datetime]) -> tuple[ColumnElement[Any], ...]:
    text = ProcessInstance.title + " " + func.coalesce(ProcessInstance.business_key, "")
    return (
        ProcessInstance.id.label("id"),
        ProcessInstance.id.label("instance_id"),
        ProcessInstance.process_id.label("started_as"),
        ProcessInstance.started_at.label("opened_at"),
        ProcessInstance.ended_at.label("ended_at"),
        func.lower(text).label("search_text"),
        at.label(AT),
    )
