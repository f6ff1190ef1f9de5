"""The desk: rows of its lists with working time left, who deals with them, and what they can be narrowed to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.core.i18n import _
from app.core.paging import Page, paginate
from app.core.tenancy import Actor
from app.support import workdays
from app.support.identity import queries as people
from app.workflow.instances import facts
from app.workflow.instances import queries as cases
from app.workflow.instances.models import ProcessInstance, UserTask
from app.workflow.tasks import beside, queries
from app.workflow.tasks.errors import TooManyRows
from app.workflow.tasks.queries import TaskFilter

SHOWN_FIRST = {"done": "-closed"}
"""How a list is sorted when the reader says nothing; else by deadline."""
MOST_EXPORTED = 50_000
"""Rows of one workbook."""
CHUNK = 500


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
    facts: Mapping[str, Any]
    """List column → what the case says: text, fen, ``Decimal`` or a day."""


def task_list(name: str, actor: Actor, wanted: TaskFilter, page: int) -> Page[Row]:
    """One page of a list of tasks, ``queries.OF_TASKS``."""
    most = queries.MOST_COUNTED if name in queries.ENDLESS else None
    found = paginate(queries.narrowed(queries.rows_of(name, actor), wanted), page, most=most)
    return replace(found, items=rows_of(tasks_by_key(found.items), actor))


def tasks_by_key(keys: Sequence[int]) -> list[UserTask]:
    """The tasks of these keys, in their order."""
    if not keys:
        return []
    found = {task.id: task for task in db.session.scalars(select(UserTask).where(UserTask.id.in_(keys)))}
    return [found[key] for key in keys if key in found]


def rows_of(tasks: Sequence[UserTask], actor: Actor) -> list[Row]:
    """Tasks as the lists show them to this person."""
    handlers, marks = cases.handlers_of(tasks), beside.marks_for([task.id for task in tasks], actor)
    resting = cases.suspended_among({task.instance_id for task in tasks})
    marks |= {task.id: _("已挂起") for task in tasks if task.instance_id in resting}
    absent = people.display_names([task.assignee_id for task in tasks if task.assignee_id != actor.user_id])
    for task in tasks:
        if task.id not in marks and task.assignee_id in absent and task.assignee_id != actor.user_id:
            marks[task.id] = _("代 %(name)s", name=absent[task.assignee_id])
    said = _facts_of(tasks)
    return [
        Row(
            id=task.id,
            task=task,
            handler=handlers[task.id],
            hours_left=hours_left(task),
            label=task.process_label,
            mark=marks.get(task.id, ""),
            facts=said.get(task.instance_id, {}),
        )
        for task in tasks
    ]


def _facts_of(tasks: Sequence[UserTask]) -> dict[int, dict[str, Any]]:
    columns, found = facts.offered_columns(), dict[int, dict[str, Any]]()
    for (instance_id, name), fact in facts.facts_of({task.instance_id for task in tasks}, list(columns)).items():
        found.setdefault(instance_id, {})[name] = facts.shown_value(columns[name].kind, fact)
    return found


def exported_rows(name: str, actor: Actor, wanted: TaskFilter, ticked: Sequence[int] = ()) -> Iterator[Row]:
    """Every row of a list that passes the filter, of ``ticked`` tasks if any, in chunks. :raises TooManyRows:"""
    rows = queries.rows_of(name, actor)
    query = queries.narrowed(rows, wanted)
    if ticked:
        query = query.where(rows.c.id.in_(ticked))
    keys = db.session.scalars(query.limit(MOST_EXPORTED + 1)).all()
    if len(keys) > MOST_EXPORTED:
        raise TooManyRows(most=f"{MOST_EXPORTED:,}")
    return _in_chunks(keys, actor)


def _in_chunks(keys: Sequence[int], actor: Actor) -> Iterator[Row]:
    for start in range(0, len(keys), CHUNK):
        rows = rows_of(tasks_by_key(keys[start : start + CHUNK]), actor)
        yield from rows
        for row in rows:  # a long list is not kept
            db.session.expunge(row.task)


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
    return paginate(query, page, most=queries.MOST_COUNTED)
