"""The lists of the desk, and what happened on a case."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, union_all

from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.core.tenancy import Actor
from app.support import workdays
from app.workflow.instances.models import ProcessInstance, TaskCandidate, TaskKind, TaskLog, TaskState, UserTask
from app.workflow.instances.queries import matches, started_by
from app.workflow.tasks import beside, standing_in
from app.workflow.tasks.models import TaskCopy

LISTS = ("todo", "pool", "waiting", "done", "started", "copied")
URGENCIES = ("overdue", "soon", "later", "none")
SOON = "PT8H"
"""Working time within which a deadline presses; as the colours of the page."""

SORTS = {
    "due": (UserTask.due_at.is_(None), UserTask.due_at.asc(), UserTask.opened_at.asc()),
    "-due": (UserTask.due_at.is_(None), UserTask.due_at.desc(), UserTask.opened_at.desc()),
    "opened": (UserTask.opened_at.asc(),),
    "-opened": (UserTask.opened_at.desc(),),
    "title": (UserTask.title.asc(),),
    "-title": (UserTask.title.desc(),),
    "name": (UserTask.name.asc(),),
    "-name": (UserTask.name.desc(),),
    "closed": (UserTask.closed_at.asc(),),
    "-closed": (UserTask.closed_at.desc(),),
}


@dataclass(frozen=True)
class TaskFilter:
    """What a list is narrowed to; empty fields narrow nothing."""

    text: str = ""
    process_id: str = ""
    node_name: str = ""
    urgency: str = ""
    sort: str = "due"


def todo(actor: Actor) -> Select[Any]:
    """Open tasks this person can go on with: her own, those she is asked to act on beside the owner, and both of
    whom she stands in for.
    """
    own = select(UserTask.id).where(
        UserTask.state == TaskState.OPEN, UserTask.assignee_id == actor.user_id, ~beside.waits_for_others()
    )
    absent = standing_in.keys(standing_in.own_places(actor)).where(~beside.waits_for_others())
    asked = (beside.tasks_asked_of(actor), beside.tasks_asked_of_absent(actor))
    keys = union_all(own, absent, *asked).subquery()
    return select(UserTask).where(UserTask.state == TaskState.OPEN, UserTask.id.in_(select(keys.c[0])))


def waiting(actor: Actor) -> Select[Any]:
    """Open tasks of this person, or of whom she stands in for, that others must act on or sign first."""
    absent = standing_in.keys(standing_in.own_places(actor))
    hers = or_(UserTask.assignee_id == actor.user_id, UserTask.id.in_(absent))
    return select(UserTask).where(UserTask.state == TaskState.OPEN, hers, beside.waits_for_others())


def pool(actor: Actor) -> Select[Any]:
    """Open, unclaimed tasks of the roles of this person or whom she stands in for, or naming her among others."""
    named = exists().where(TaskCandidate.task_id == UserTask.id)
    her = exists().where(TaskCandidate.task_id == UserTask.id, TaskCandidate.user_id == actor.user_id)
    return select(UserTask).where(
        UserTask.state == TaskState.OPEN,
        UserTask.assignee_id.is_(None),
        or_(
            her,
            and_(~named, UserTask.role.in_(sorted(actor.roles))),
            UserTask.id.in_(standing_in.keys(standing_in.pool_places(actor))),
        ),
    )


def done(actor: Actor) -> Select[Any]:
    """What this person has submitted."""
    return select(UserTask).where(UserTask.state == TaskState.DONE, UserTask.closed_by == actor.user_id)


def copied(actor: Actor) -> Select[Any]:
    """Copies of cases sent to this person, those she has not looked at first, then the newest."""
    mine = select(TaskCopy).where(TaskCopy.user_id == actor.user_id)
    return mine.order_by(TaskCopy.read_at.is_not(None), TaskCopy.sent_at.desc(), TaskCopy.id)


def narrow(query: Select[Any], wanted: TaskFilter) -> Select[Any]:
    """Apply filter and order to a list of user tasks."""
    if wanted.text:
        query = query.where(matches(UserTask.title, UserTask.business_key, UserTask.name, text=wanted.text))
    if wanted.process_id:
        query = query.where(ProcessInstance.process_id == wanted.process_id)
        query = query.join(ProcessInstance, ProcessInstance.id == UserTask.instance_id)
    if wanted.node_name:
        query = query.where(UserTask.name == wanted.node_name)
    if wanted.urgency in URGENCIES:
        query = query.where(_pressing(wanted.urgency))
    return query.order_by(*SORTS.get(wanted.sort, SORTS["due"]), UserTask.id)


def _pressing(urgency: str) -> ColumnElement[bool]:
    now = clock.now()
    soon = workdays.working_due(now, SOON)
    return {
        "overdue": UserTask.due_at < now,
        "soon": and_(UserTask.due_at >= now, UserTask.due_at <= soon),
        "later": UserTask.due_at > soon,
        "none": UserTask.due_at.is_(None),
    }[urgency]


def counts(actor: Actor) -> dict[str, int]:
    """How many stand on each list."""
    lists = {
        "todo": todo(actor),
        "pool": pool(actor),
        "waiting": waiting(actor),
        "done": done(actor),
        "started": started_by(actor),
        "copied": copied(actor),
    }
    return {name: count(query) for name, query in lists.items()}


def waiting_for(actor: Actor) -> int:
    """The number beside the menu's entry: her own tasks and those of her pool."""
    return count(todo(actor)) + count(pool(actor))


def count(query: Select[Any]) -> int:
    """Rows of a list."""
    return db.session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0


def facets(query: Select[Any]) -> tuple[list[tuple[str, str]], list[str]]:
    """What a list of tasks can be narrowed to: (process id, label) and node names, as they occur in it."""
    rows = query.order_by(None).subquery()
    processes = db.session.execute(
        select(ProcessInstance.process_id, func.max(ProcessInstance.process_label))
        .where(ProcessInstance.id.in_(select(rows.c.instance_id)))
        .group_by(ProcessInstance.process_id)
    ).all()
    nodes = db.session.scalars(select(rows.c.name).distinct()).all()
    return sorted((one, label) for one, label in processes), sorted(nodes)


def submitted(task_id: int) -> dict[str, Any] | None:
    """What was submitted with this very task, cleaned; None when it was not, or when it is secret."""
    query = select(TaskLog.answers).where(TaskLog.task_id == task_id, TaskLog.action == "submit")
    return db.session.scalar(query.order_by(TaskLog.seq.desc()).limit(1))


def last_done(instance_id: int, node_id: str) -> UserTask:
    """The last completed task of a node. :raises NotFound:"""
    task = db.session.scalar(
        select(UserTask)
        .where(UserTask.instance_id == instance_id, UserTask.node_id == node_id, UserTask.state == TaskState.DONE)
        .order_by(UserTask.closed_at.desc())
        .limit(1)
    )
    if task is None:
        raise NotFound
    return task


def last_answers(
    instance_id: int, node_id: str, *, skip_task: int | None = None, mine: int | None = None
) -> dict[str, Any] | None:
    """What the node last submitted on this case, cleaned; None when it never did."""
    query = select(TaskLog.answers).where(
        TaskLog.instance_id == instance_id, TaskLog.node_id == node_id, TaskLog.action == "submit"
    )
    if skip_task is not None:
        query = query.where(TaskLog.task_id != skip_task)
    if mine is not None:
        query = query.where(TaskLog.actor_id == mine)
    return db.session.scalar(query.order_by(TaskLog.seq.desc()).limit(1))


@dataclass(frozen=True)
class PassedNode:
    """A node an item can be returned to."""

    node_id: str
    name: str
    handler_id: int | None


def returnable_nodes(task: UserTask) -> list[PassedNode]:
    """Nodes already passed on this case with a form to correct, latest first; votes are never reopened."""
    if "return" not in (task.properties.get("actions") or "return"):
        return []
    rows = db.session.scalars(
        select(UserTask)
        .where(
            UserTask.instance_id == task.instance_id,
            UserTask.state == TaskState.DONE,
            UserTask.kind == TaskKind.NORMAL,
            UserTask.node_id != task.node_id,
        )
        .order_by(UserTask.closed_at.desc())
    ).all()
    seen: dict[str, PassedNode] = {}
    for row in rows:
        if row.node_id in seen or row.properties.get("returnable") == "false" or not row.form:
            continue
        seen[row.node_id] = PassedNode(row.node_id, row.name, row.closed_by)
    return list(seen.values())
