"""Reading instances: one case with what stands open, and the administrator's lists."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import undefer

from app.core.db import db
from app.core.i18n import _
from app.core.rows import find_rows, known_row
from app.core.tenancy import Actor
from app.support.identity import queries as people
from app.workflow import definitions
from app.workflow.instances import clocks
from app.workflow.instances.access import is_candidate, may_see_case
from app.workflow.instances.errors import InstanceNotFound
from app.workflow.instances.models import (
    DecisionReason,
    EventSubscription,
    Incident,
    IncidentState,
    InstanceStatus,
    ProcessInstance,
    Ring,
    TaskLog,
    TaskState,
    TimerDue,
    UserTask,
)

UNRESOLVED = (IncidentState.RETRYING, IncidentState.OPEN)
LIVING = (InstanceStatus.RUNNING, InstanceStatus.INCIDENT)
_KEY_DIGITS = 16
BY_HAND = "proc_"
"""Processes people start; the others are called by one of them."""


@dataclass(frozen=True, slots=True)
class InstanceFilter:
    """What the administrator's list is narrowed to; empty fields narrow nothing."""

    text: str = ""
    process_id: str = ""
    status: str = ""
    with_incident: bool = False


def get_instance(instance_id: int) -> ProcessInstance:
    """:raises InstanceNotFound: not this tenant's."""
    instance = known_row(ProcessInstance, instance_id)
    if instance is None:
        raise InstanceNotFound
    return instance


def find_case(text: str) -> ProcessInstance:
    """By key, or the first one of a business number. :raises InstanceNotFound: neither."""
    query = select(ProcessInstance).order_by(ProcessInstance.started_at, ProcessInstance.id)
    by_number = db.session.scalar(query.where(ProcessInstance.business_key == text).limit(1))
    if by_number is not None:
        return by_number
    return get_instance(int(text) if text.isascii() and text.isdigit() and len(text) <= _KEY_DIGITS else 0)


def get_case(instance_id: int, actor: Actor) -> ProcessInstance:
    """An instance this person may see. :raises InstanceNotFound: unknown or not hers: the same answer."""
    instance = get_instance(instance_id)
    if not may_see_case(instance, actor):
        raise InstanceNotFound
    return instance


def select_instances(wanted: InstanceFilter) -> Select[Any]:
    """The tenant's instances, newest first."""
    query = select(ProcessInstance).order_by(ProcessInstance.started_at.desc(), ProcessInstance.id.desc())
    if wanted.text:
        query = query.where(matches(ProcessInstance.title, ProcessInstance.business_key, text=wanted.text))
    if wanted.process_id:
        query = query.where(ProcessInstance.process_id == wanted.process_id)
    if wanted.status in set(InstanceStatus):
        query = query.where(ProcessInstance.status == InstanceStatus(wanted.status))
    if wanted.with_incident:
        unresolved = exists().where(Incident.instance_id == ProcessInstance.id, Incident.state.in_(UNRESOLVED))
        query = query.where(unresolved)
    return query


def matches(*columns: Any, text: str) -> Any:
    """Whether any column contains the text, taken literally."""
    literal = text.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return or_(*(column.ilike(f"%{literal}%", escape="\\") for column in columns))


def history(instance_id: int) -> Sequence[TaskLog]:
    """Everything that happened on a case, oldest first."""
    return db.session.scalars(
        select(TaskLog).where(TaskLog.instance_id == instance_id).order_by(TaskLog.seq)
    ).all()


def open_tasks(*instance_ids: int) -> Sequence[UserTask]:
    """Where the cases stand: open tasks and those waiting for rework, oldest first."""
    standing = (TaskState.OPEN, TaskState.REWORK)
    return find_rows(UserTask, order=("opened_at", "id"), instance_id=instance_ids, state=standing)


def tasks_of(instance_id: int) -> Sequence[UserTask]:
    """Every task a case ever had, in order of arrival."""
    return db.session.scalars(
        select(UserTask).where(UserTask.instance_id == instance_id).order_by(UserTask.opened_at, UserTask.id)
    ).all()


def list_assigned(instance_id: int) -> Sequence[UserTask]:
    """Tasks of a case that a rule gave to somebody, the latest first, with why."""
    query = select(UserTask).where(UserTask.instance_id == instance_id, UserTask.assignment.is_not(None))
    query = query.options(undefer(UserTask.assignment))
    return db.session.scalars(query.order_by(UserTask.opened_at.desc(), UserTask.id)).all()


def first_task_for(instance_id: int, actor: Actor) -> UserTask | None:
    """The first open task of a case this person can work on now; her own before her pool's."""
    waiting = [task for task in open_tasks(instance_id) if task.state == TaskState.OPEN]
    mine = [task for task in waiting if task.assignee_id == actor.user_id]
    pool = [task for task in waiting if task.assignee_id is None and is_candidate(task, actor)]
    return next(iter([*mine, *pool]), None)


def handlers_of(tasks: Iterable[UserTask]) -> dict[int, str]:
    """Task id → who deals with it: a person, else the pool's role."""
    rows = list(tasks)
    names = people.display_names([task.assignee_id or task.closed_by for task in rows])
    roles = people.role_names(task.role for task in rows if task.role)
    pools = {task.id: roles.get(task.role or "", "") for task in rows}
    return {task.id: names.get(task.assignee_id or task.closed_by or 0) or _pool(pools[task.id]) for task in rows}


def _pool(role: str) -> str:
    return _("%(role)s（待领取）", role=role) if role else _("待领取")


def standing_of(instances: Sequence[ProcessInstance]) -> dict[int, str]:
    """Instance id → where it stands in words: ``受理审核 · 张伟；签批 · 总经理（待领取）``."""
    waiting = open_tasks(*[instance.id for instance in instances]) if instances else ()
    handlers = handlers_of(waiting)
    found: dict[int, list[str]] = {}
    for task in waiting:
        found.setdefault(task.instance_id, []).append(f"{task.name} · {handlers[task.id]}")
    return {instance_id: _joined(parts) for instance_id, parts in found.items()}


def _joined(parts: list[str]) -> str:
    return "；".join(parts[:3]) + (" …" if len(parts) > 3 else "")


def suspended_among(instance_ids: Iterable[int]) -> set[int]:
    """Those of the cases that rest."""
    query = select(ProcessInstance.id).where(
        ProcessInstance.id.in_(list(instance_ids)), ProcessInstance.suspended_at.is_not(None)
    )
    return set(db.session.scalars(query))


def list_incidents(instance_id: int) -> Sequence[Incident]:
    """Incidents of an instance, newest first."""
    query = select(Incident).where(Incident.instance_id == instance_id)
    return db.session.scalars(query.order_by(Incident.raised_at.desc(), Incident.id)).all()


def count_incidents(instance_ids: Sequence[int]) -> dict[int, int]:
    """Unresolved incidents by instance; 0 left out."""
    query = (
        select(Incident.instance_id, func.count())
        .where(Incident.instance_id.in_(instance_ids), Incident.state.in_(UNRESOLVED))
        .group_by(Incident.instance_id)
    )
    return {key: value for key, value in db.session.execute(query)}  # noqa: C416 - a Row is a tuple at run time only


def list_unresolved(instance_ids: Sequence[int] | None = None) -> Sequence[Incident]:
    """Incidents a person can retry, oldest first; of some instances or of all."""
    query = select(Incident).where(Incident.state.in_(UNRESOLVED))
    if instance_ids is not None:
        query = query.where(Incident.instance_id.in_(instance_ids))
    return db.session.scalars(query.order_by(Incident.instance_id, Incident.id)).all()


def list_timers(instance_id: int) -> Sequence[TimerDue]:
    """Timers of an instance that have neither fired nor been cancelled, the next one first."""
    query = select(TimerDue).where(
        TimerDue.instance_id == instance_id, TimerDue.done_at.is_(None), TimerDue.cancelled_at.is_(None)
    )
    return db.session.scalars(query.order_by(TimerDue.due_at)).all()


class TaskClock(NamedTuple):
    """What the clock of a task says next, and when."""

    task: UserTask
    says: Ring
    at: datetime


def list_clocks(tasks: Iterable[UserTask]) -> list[TaskClock]:
    """Clocks of these tasks that will ring, the next one first."""
    due = [(task, clocks.next_ring(task)) for task in tasks if task.rings_at is not None]
    return sorted((TaskClock(task, *ring) for task, ring in due if ring), key=lambda one: one.at)


def list_subscriptions(instance_id: int) -> Sequence[EventSubscription]:
    """Messages and signals an instance waits for."""
    query = select(EventSubscription).where(EventSubscription.instance_id == instance_id)
    return db.session.scalars(query.order_by(EventSubscription.name)).all()


def known_processes() -> list[tuple[str, str]]:
    """(process id, label) of everything that was ever started, by label."""
    query = select(ProcessInstance.process_id, func.max(ProcessInstance.process_label))
    rows = db.session.execute(query.group_by(ProcessInstance.process_id)).all()
    return sorted(((process_id, label) for process_id, label in rows), key=lambda row: row[1])


def startable_processes() -> list[tuple[str, str]]:
    """(process id, label) of the active release's processes that people start; empty without a release."""
    try:
        release = definitions.compiled(definitions.active_release_id())
    except definitions.NoActiveRelease:
        return []
    return sorted((one, release.label(one)) for one in release.processes if one.startswith(BY_HAND))


@definitions.register_usage_counter
def count_by_release(release_ids: Sequence[int]) -> Mapping[int, int]:
    """Running instances on each release."""
    query = (
        select(ProcessInstance.release_id, func.count())
        .where(ProcessInstance.release_id.in_(release_ids), ProcessInstance.status.in_(LIVING))
        .group_by(ProcessInstance.release_id)
    )
    return {key: value for key, value in db.session.execute(query)}  # noqa: C416 - a Row is a tuple at run time only


def list_reasons(instance_id: int) -> Sequence[DecisionReason]:
    """Why decisions and gateways of an instance came out as they did, newest first."""
    query = select(DecisionReason).where(DecisionReason.instance_id == instance_id)
    return db.session.scalars(query.order_by(DecisionReason.seq.desc())).all()
