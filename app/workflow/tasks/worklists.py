"""The desk: rows of its lists with working time left, who deals with them, and what they can be narrowed to."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Select

from app.core import clock
from app.core.db import db
from app.core.i18n import _
from app.core.paging import Page, paginate
from app.core.tenancy import Actor
from app.support import workdays
from app.support.identity import queries as people
from app.workflow.instances import queries as cases
from app.workflow.instances.models import ProcessInstance, UserTask
from app.workflow.tasks import beside, queries
from app.workflow.tasks.queries import TaskFilter

SHOWN_FIRST = {"done": "-closed"}
"""How a list is sorted when the reader says nothing; else by deadline."""


@dataclass(frozen=True, slots=True)
class Row:
    """One task of a list. ``hours_left``: working hours until the deadline, negative when it has passed."""

    id: int
    task: UserTask
    handler: str
    hours_left: Decimal | None
    label: str
    """Of the process the case was started as; the task may lie in one it calls."""
    mark: str
    """What she is asked beside the owner, whom it waits for, whose place she takes, or that the case rests."""


def task_list(name: str, actor: Actor, wanted: TaskFilter, page: int) -> Page[Row]:
    """One page of ``todo``, ``pool``, ``waiting`` or ``done``."""
    found = paginate(queries.narrow(query_of(name, actor), wanted), page)
    return Page(rows_of(found.items, actor), found.total, found.page, found.per_page)


def rows_for_sheet(
    name: str, actor: Actor, wanted: TaskFilter, ticked: Sequence[int], most: int
) -> list[Row]:
    """Rows of a list for a sheet, in its order: the ticked ones, else all that are left."""
    query = queries.narrow(query_of(name, actor), wanted)
    if ticked:
        query = query.where(UserTask.id.in_(ticked))
    return rows_of(db.session.scalars(query.limit(most)).all(), actor)


def query_of(name: str, actor: Actor) -> Select[Any]:
    """The list before it is narrowed."""
    lists = {"todo": queries.todo, "pool": queries.pool, "waiting": queries.waiting, "done": queries.done}
    return lists[name](actor)


def rows_of(tasks: Sequence[UserTask], actor: Actor) -> list[Row]:
    """Tasks as the lists show them to this person."""
    handlers, marks = cases.handlers_of(tasks), beside.marks_for([task.id for task in tasks], actor)
    resting = cases.suspended_among({task.instance_id for task in tasks})
    marks |= {task.id: _("已挂起") for task in tasks if task.instance_id in resting}
    absent = people.display_names([task.assignee_id for task in tasks if task.assignee_id != actor.user_id])
    for task in tasks:
        if task.id not in marks and task.assignee_id in absent and task.assignee_id != actor.user_id:
            marks[task.id] = _("代 %(name)s", name=absent[task.assignee_id])
    return [
        Row(task.id, task, handlers[task.id], hours_left(task), task.process_label, marks.get(task.id, ""))
        for task in tasks
    ]


def hours_left(task: UserTask) -> Decimal | None:
    """Working hours until the deadline; of a closed task nothing presses any more."""
    if task.due_at is None or task.closed_at is not None:
        return None
    return Decimal(workdays.working_seconds_left(clock.now(), task.due_at)) / 3600


def started_list(actor: Actor, wanted: TaskFilter, page: int) -> Page[ProcessInstance]:
    """One page of the cases this person started."""
    query = cases.started_by(actor)
    if wanted.text:
        query = query.where(cases.matches(ProcessInstance.title, ProcessInstance.business_key, text=wanted.text))
    if wanted.process_id:
        query = query.where(ProcessInstance.process_id == wanted.process_id)
    return paginate(query, page)
