"""Lists of cases: those somebody started, follows, or was sent a copy of.

Their rows are called as those of tasks, as far as they have the like; ``AT`` is the moment the list is about.
What a row is about is there for certain; it is joined as if it might be missing, because then the databases count
the rows without looking it up.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute

from app.core.tenancy import Actor
from app.workflow.instances.models import Follow, ProcessInstance, UserTask
from app.workflow.tasks.models import TaskCopy

AT = "at"


def started(actor: Actor) -> Select[Any]:
    """Cases this person started."""
    of_case = _of_case(ProcessInstance.id, ProcessInstance.started_at)
    return select(*of_case).where(ProcessInstance.started_by == actor.user_id)


def watched(actor: Actor) -> Select[Any]:
    """Cases this person follows."""
    query: Select[Any] = select(*_of_case(Follow.instance_id, Follow.since)).select_from(Follow)
    query = query.outerjoin(ProcessInstance, ProcessInstance.id == Follow.instance_id)
    return query.where(Follow.user_id == actor.user_id)


def copied(actor: Actor) -> Select[Any]:
    """Copies of cases sent to this person from a task; ``id`` is the copy's."""
    columns: tuple[Any, ...] = (
        TaskCopy.id,
        TaskCopy.instance_id,
        TaskCopy.read_at,
        TaskCopy.sent_at.label(AT),
        UserTask.name,
        UserTask.started_as,
        UserTask.search_text,
    )
    query = select(*columns).outerjoin(UserTask, UserTask.id == TaskCopy.task_id)
    return query.where(TaskCopy.user_id == actor.user_id)


def _of_case(
    key: InstrumentedAttribute[int], at: InstrumentedAttribute[datetime]
) -> tuple[ColumnElement[Any], ...]:
    text = ProcessInstance.title + " " + func.coalesce(ProcessInstance.business_key, "")
    return (
        key.label("id"),
        key.label("instance_id"),
        ProcessInstance.process_id.label("started_as"),
        ProcessInstance.started_at.label("opened_at"),
        ProcessInstance.ended_at.label("ended_at"),
        func.lower(text).label("search_text"),
        at.label(AT),
    )
