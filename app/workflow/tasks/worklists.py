"""The desk: rows of its lists with working time left, who deals with them, and what their cases say."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import select

from app.core import clock
from app.core.db import Model, db
from app.core.i18n import _
from app.core.paging import Page, paginate_keys
from app.core.tenancy import Actor
from app.support import workdays
from app.support.identity import queries as people
from app.workflow.instances import facts
from app.workflow.instances import queries as cases
from app.workflow.instances.models import ProcessInstance, UserTask
from app.workflow.tasks import beside, queries
from app.workflow.tasks.errors import TooManyRows
from app.workflow.tasks.models import TaskCopy
from app.workflow.tasks.queries import TaskFilter
from app.workflow.tasks.waits import Wait, waits_of

Record = TypeVar("Record", bound=Model)

SHOWN_FIRST = {"done": "-closed", "started": "-at", "watched": "-at", "copied": "unread"}
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
    waits: Wait | None
    """On the list of what waits for others: for whom."""
    facts: Mapping[str, Any]
    """List column → what the case says: text, fen, ``Decimal`` or a day."""

    @property
    def record(self) -> UserTask:
        """What was read from the database for it."""
        return self.task


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case of a list. ``standing``: at which nodes, with whom; empty when it is over."""

    id: int
    case: ProcessInstance
    standing: str
    facts: Mapping[str, Any]

    @property
    def record(self) -> ProcessInstance:
        """What was read from the database for it."""
        return self.case


@dataclass(frozen=True, slots=True)
class CopyRow:
    """One case somebody was sent. ``sender``: who sent it."""

    id: int
    copy: TaskCopy
    sender: str
    facts: Mapping[str, Any]

    @property
    def record(self) -> TaskCopy:
        """What was read from the database for it."""
        return self.copy


def list_page(name: str, actor: Actor, wanted: TaskFilter, page: int) -> Page[Any]:
    """One page of a list: ``Row``, ``CaseRow`` or ``CopyRow``."""
    found: Page[Any] = keys_page(name, actor, wanted, page)
    return replace(found, items=_rows_by_key(name, found.items, actor))


def keys_page(name: str, actor: Actor, wanted: TaskFilter, page: int) -> Page[int]:
    """Keys of the rows of one page of a list, and how many rows there are."""
    keys = queries.narrowed(queries.rows_of(name, actor), wanted)
    return paginate_keys(keys, page, most=queries.most_of(name))


def _rows_by_key(name: str, keys: Sequence[int], actor: Actor) -> Sequence[Row | CaseRow | CopyRow]:
    match name:
        case "started" | "watched":
            return _case_rows(by_key(ProcessInstance, keys))
        case "copied":
            return _copy_rows(by_key(TaskCopy, keys))
    tasks = by_key(UserTask, keys)
    return rows_of(tasks, actor, waits_of(tasks) if name == "waiting" else {})


def by_key(model: type[Record], keys: Sequence[int]) -> list[Record]:
    """The rows of these keys, in their order."""
    if not keys:
        return []
    found = {one.id: one for one in db.session.scalars(select(model).where(model.id.in_(keys)))}
    return [found[key] for key in keys if key in found]


def _case_rows(found: Sequence[ProcessInstance]) -> list[CaseRow]:
    standing, said = cases.standing_of(found), _facts_of({one.id for one in found})
    return [CaseRow(one.id, one, standing.get(one.id, ""), said.get(one.id, {})) for one in found]


def _copy_rows(found: Sequence[TaskCopy]) -> list[CopyRow]:
    senders = people.display_names([one.sent_by for one in found])
    said = _facts_of({one.instance_id for one in found})
    by_key(UserTask, [one.task_id for one in found])  # at once: each row shows its task
    return [CopyRow(one.id, one, senders.get(one.sent_by, ""), said.get(one.instance_id, {})) for one in found]


def rows_of(tasks: Sequence[UserTask], actor: Actor, waits: Mapping[int, Wait]) -> list[Row]:
    """Tasks as the lists show them to this person; whom they wait for is told in one place only."""
    handlers = cases.handlers_of(tasks)
    marks = beside.marks_for([task.id for task in tasks if task.id not in waits], actor)
    resting = cases.suspended_among({task.instance_id for task in tasks})
    marks |= {task.id: _("已挂起") for task in tasks if task.instance_id in resting}
    absent = people.display_names([task.assignee_id for task in tasks if task.assignee_id != actor.user_id])
    for task in tasks:
        if task.id not in marks and task.assignee_id in absent and task.assignee_id != actor.user_id:
            marks[task.id] = _("代 %(name)s", name=absent[task.assignee_id])
    said = _facts_of({task.instance_id for task in tasks})
    return [
        Row(
            id=task.id,
            task=task,
            handler=handlers[task.id],
            hours_left=hours_left(task),
            label=task.process_label,
            mark=marks.get(task.id, ""),
            waits=waits.get(task.id),
            facts=said.get(task.instance_id, {}),
        )
        for task in tasks
    ]


def _facts_of(instance_ids: set[int]) -> dict[int, dict[str, Any]]:
    columns, found = facts.offered_columns(), dict[int, dict[str, Any]]()
    for (instance_id, name), fact in facts.facts_of(instance_ids, list(columns)).items():
        found.setdefault(instance_id, {})[name] = facts.shown_value(columns[name].kind, fact)
    return found


def exported_rows(
    name: str, actor: Actor, wanted: TaskFilter, ticked: Sequence[int] = ()
) -> Iterator[Row | CaseRow | CopyRow]:
    """Every row of a list that passes the filter, of ``ticked`` ones if any, in chunks. :raises TooManyRows:"""
    rows = queries.rows_of(name, actor)
    query = queries.narrowed(rows, wanted)
    if ticked:
        query = query.where(rows.c.id.in_(ticked))
    keys = db.session.scalars(query.limit(MOST_EXPORTED + 1)).all()
    if len(keys) > MOST_EXPORTED:
        raise TooManyRows(most=f"{MOST_EXPORTED:,}")
    return _in_chunks(name, keys, actor)


def _in_chunks(name: str, keys: Sequence[int], actor: Actor) -> Iterator[Row | CaseRow | CopyRow]:
    for start in range(0, len(keys), CHUNK):
        rows = _rows_by_key(name, keys[start : start + CHUNK], actor)
        yield from rows
        for row in rows:  # a long list is not kept
            db.session.expunge(row.record)


def hours_left(task: UserTask) -> Decimal | None:
    """Working hours until the deadline; of a closed task nothing presses any more."""
    if task.due_at is None or task.closed_at is not None:
        return None
    return Decimal(workdays.working_seconds_left(clock.now(), task.due_at)) / 3600
