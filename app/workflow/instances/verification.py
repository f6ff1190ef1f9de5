"""Does what the lists show follow from what the engine's state says? Found here, put right by ``mending``.

The state is the truth of a case; work list, timers, subscriptions, incidents and status are derived from it in
the same transaction. They can only differ when somebody wrote to the database by hand, a backup was put back in
part, or the program has a fault: then a person waits for a task nobody sees.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, tuple_
from sqlalchemy.orm import undefer

from app.core import clock
from app.core.db import db
from app.core.errors import AppError
from app.core.i18n import _
from app.core.tenancy import Actor
from app.support.jobs.models import Job, JobState
from app.workflow.engine import Run, TaskView, Wait
from app.workflow.instances import clocks, deadlines, store, worklist
from app.workflow.instances.models import (
    STANDING,
    EventSubscription,
    Incident,
    IncidentState,
    InstanceStatus,
    ProcessInstance,
    TaskKind,
    TaskState,
    TimerDue,
    UserTask,
)
from app.workflow.instances.queries import LIVING, UNRESOLVED
from app.workflow.instances.services import StepServices

PAGE = 100
"""Instances looked at together: a bound on memory, whatever their number."""

Place = tuple[int, int]
"""Release and id of an instance: instances of one release follow each other, so it is compiled once."""
START: Place = (0, 0)


class Kind(StrEnum):
    """What may be wrong. UNREADABLE and STUCK are for a person; everything else can be derived again."""

    UNREADABLE = "UNREADABLE"
    STUCK = "STUCK"
    STATUS = "STATUS"
    TASK_MISSING = "TASK_MISSING"
    TASK_CLOSED = "TASK_CLOSED"
    TASK_DOUBLED = "TASK_DOUBLED"
    TASK_FOREIGN = "TASK_FOREIGN"
    TASK_ALTERED = "TASK_ALTERED"
    TASK_SIGNED = "TASK_SIGNED"
    REWORK_LOST = "REWORK_LOST"
    REWORK_FOREIGN = "REWORK_FOREIGN"
    DEADLINE_LOST = "DEADLINE_LOST"
    CLOCK_STOPPED = "CLOCK_STOPPED"
    TIMER_MISSING = "TIMER_MISSING"
    TIMER_MOVED = "TIMER_MOVED"
    TIMER_FOREIGN = "TIMER_FOREIGN"
    TIMER_WITHOUT_JOB = "TIMER_WITHOUT_JOB"
    SUBSCRIPTION_MISSING = "SUBSCRIPTION_MISSING"
    SUBSCRIPTION_FOREIGN = "SUBSCRIPTION_FOREIGN"
    SUBSCRIPTION_ALTERED = "SUBSCRIPTION_ALTERED"
    INCIDENT_MISSING = "INCIDENT_MISSING"
    INCIDENT_FOREIGN = "INCIDENT_FOREIGN"
    INCIDENT_WITHOUT_JOB = "INCIDENT_WITHOUT_JOB"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that does not follow from the state.

    :ivar element: node id in the diagram; empty when the whole case is meant.
    :ivar key: what is to be mended: id of a row, or engine task id where the row is missing.
    """

    kind: Kind
    element: str
    message: str
    key: str = ""


@dataclass(slots=True)
class Stored:
    """The rows of one instance that should follow from its state."""

    tasks: list[UserTask] = field(default_factory=list)
    """Standing ones: OPEN or REWORK."""
    signed: list[UserTask] = field(default_factory=list)
    """Answered ones that wait for other signers of their node."""
    timers: list[TimerDue] = field(default_factory=list)
    """Live ones."""
    subscriptions: list[EventSubscription] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)
    """Unresolved ones."""
    jobs: set[str] = field(default_factory=set)
    """Keys of unfinished jobs that fire these timers, ring these clocks and retry these incidents."""


@dataclass(slots=True)
class Case:
    """An instance with its run and its rows."""

    instance: ProcessInstance
    run: Run
    services: StepServices
    stored: Stored


@dataclass(frozen=True, slots=True)
class Page:
    """Some instances after a place: ``seen`` of them, and the ids of those that look wrong.

    ``last`` is where the next page begins; None after the last instance.
    """

    seen: int
    suspects: tuple[int, ...]
    last: Place | None


# ------------------------------------------------------------------ which instances


def count_instances() -> int:
    """How many instances there are to look at."""
    return db.session.scalar(select(func.count()).select_from(ProcessInstance).where(_worth_looking())) or 0


def look_at_page(after: Place, actor: Actor, limit: int = PAGE) -> Page:
    """Look at the next instances without a lock.

    What looks wrong may only be changing at this moment: look again under the lock.
    """
    query = (
        select(ProcessInstance)
        .where(_worth_looking(), tuple_(ProcessInstance.release_id, ProcessInstance.id) > after)
        .order_by(ProcessInstance.release_id, ProcessInstance.id)
        .limit(limit)
        .options(undefer(ProcessInstance.state))
    )
    instances = db.session.scalars(query).all()
    rows = stored_of([instance.id for instance in instances])
    suspects = tuple(one.id for one in instances if examine(one, rows[one.id], actor))
    last = (instances[-1].release_id, instances[-1].id) if len(instances) == limit else None
    return Page(len(instances), suspects, last)


def _worth_looking() -> ColumnElement[bool]:
    """Running instances, and ended ones that still stand in some list."""
    of_this = ProcessInstance.id
    return or_(
        ProcessInstance.status.in_(LIVING),
        exists().where(UserTask.instance_id == of_this, UserTask.state.in_(STANDING)),
        exists().where(UserTask.instance_id == of_this, UserTask.waits_for_signers),
        exists().where(TimerDue.instance_id == of_this, _is_live()),
        exists().where(EventSubscription.instance_id == of_this),
        exists().where(Incident.instance_id == of_this, Incident.state.in_(UNRESOLVED)),
    )


def _is_live() -> ColumnElement[bool]:
    return and_(TimerDue.done_at.is_(None), TimerDue.cancelled_at.is_(None))


def stored_of(instance_ids: Sequence[int]) -> dict[int, Stored]:
    """The rows of these instances, in few statements."""
    found = {instance_id: Stored() for instance_id in instance_ids}
    for task in db.session.scalars(
        select(UserTask)
        .where(UserTask.instance_id.in_(instance_ids), UserTask.state.in_(STANDING))
        .order_by(UserTask.opened_at, UserTask.id)
    ):
        found[task.instance_id].tasks.append(task)
    for task in worklist.signed_rows(instance_ids):
        found[task.instance_id].signed.append(task)
    for timer in db.session.scalars(
        select(TimerDue)
        .where(TimerDue.instance_id.in_(instance_ids), _is_live())
        .order_by(TimerDue.due_at, TimerDue.id)
    ):
        found[timer.instance_id].timers.append(timer)
    for row in db.session.scalars(
        select(EventSubscription)
        .where(EventSubscription.instance_id.in_(instance_ids))
        .order_by(EventSubscription.id)
    ):
        found[row.instance_id].subscriptions.append(row)
    for incident in db.session.scalars(
        select(Incident)
        .where(Incident.instance_id.in_(instance_ids), Incident.state.in_(UNRESOLVED))
        .order_by(Incident.id)
    ):
        found[incident.instance_id].incidents.append(incident)
    _find_jobs(found)
    return found


def _find_jobs(found: dict[int, Stored]) -> None:
    """Fill in which of the timers, clocks and incidents have a job that will act."""
    wanted = {key: stored for stored in found.values() for key in _job_keys(stored)}
    query = select(Job.key).where(
        Job.kind.in_((worklist.TIMER_JOB, deadlines.RING_JOB, store.RETRY_JOB)),
        Job.key.in_(wanted),
        Job.state.in_((JobState.WAITING, JobState.RUNNING)),
    )
    for key in db.session.scalars(query):
        wanted[key or ""].jobs.add(key or "")


def _job_keys(stored: Stored) -> Iterator[str]:
    yield from map(worklist.timer_key, stored.timers)
    yield from (deadlines.ring_key(task) for task in stored.tasks if task.due_at and task.rings_at is None)
    yield from (store.retry_key(one) for one in stored.incidents if one.state == IncidentState.RETRYING)


# ------------------------------------------------------------------ one instance


def examine(instance: ProcessInstance, stored: Stored, actor: Actor) -> list[Difference]:
    """What does not follow from the state; empty when everything does."""
    try:
        case = open_case(instance, stored, actor)
    except (AppError, KeyError) as exc:
        message = _("运行状态无法读取（%(reason)s），请联系系统管理员从备份恢复该实例", reason=str(exc))
        return [Difference(Kind.UNREADABLE, "", message)]
    return compare(case)


def open_case(instance: ProcessInstance, stored: Stored, actor: Actor) -> Case:
    """:raises AppError: state or release cannot be read. :raises KeyError: the release has no such process."""
    run, services = store.open_run(instance, actor)
    return Case(instance, run, services, stored)


def compare(case: Case) -> list[Difference]:
    """All differences of one case: the case as a whole, tasks, deadlines, timers, subscriptions, incidents."""
    return [
        *_whole(case),
        *_tasks(case),
        *_signed(case),
        *_reworks(case),
        *_deadlines(case),
        *_timers(case),
        *_jobs(case),
        *_subscriptions(case),
        *_incidents(case),
    ]


def status_of(run: Run) -> InstanceStatus:
    """What the lists should say of a case."""
    if run.status in {"COMPLETED", "CANCELLED"}:
        return InstanceStatus(run.status)
    return InstanceStatus.INCIDENT if run.failed() else InstanceStatus.RUNNING


def _whole(case: Case) -> Iterator[Difference]:
    due, there = status_of(case.run), case.instance.status
    if there != due:
        message = _("实例状态是 %(there)s，按流程应为 %(due)s", there=there.value, due=due.value)
        yield Difference(Kind.STATUS, "", message)
    if case.run.is_stuck:
        message = _("流程没有待办、没有等待、也没有异常，走不下去了；请检查流程图的汇合，或终止该实例")
        yield Difference(Kind.STUCK, "", message)


def _tasks(case: Case) -> Iterator[Difference]:
    ready = {view.id: view for view in case.run.ready()}
    rows: dict[str, list[UserTask]] = {}
    for task in case.stored.tasks:
        if task.kind == TaskKind.NORMAL:
            rows.setdefault(task.engine_task_id, []).append(task)
    for view in ready.values():
        there = rows.get(view.id, [])
        if not there:
            yield _missing(case, view)
            continue
        if len(there) > 1:
            message = _("“%(name)s”在待办列表里出现了 %(n)s 次", name=view.name, n=len(there))
            yield Difference(Kind.TASK_DOUBLED, view.node_id, message, view.id)
        yield from (found for task in there for found in _altered(task, view))
    for engine_id, tasks in rows.items():
        for task in tasks if engine_id not in ready else ():
            message = _("待办列表里有“%(name)s”，流程却没有停在这里", name=task.name)
            yield Difference(Kind.TASK_FOREIGN, task.node_id, message, str(task.id))


def _missing(case: Case, view: TaskView) -> Difference:
    closed = closed_task(case, view.id)
    if closed is None:
        message = _("流程停在“%(name)s”，待办列表里却没有", name=view.name)
        return Difference(Kind.TASK_MISSING, view.node_id, message, view.id)
    message = _("流程仍停在“%(name)s”，待办列表里却已经关闭", name=view.name)
    return Difference(Kind.TASK_CLOSED, view.node_id, message, str(closed.id))


def closed_task(case: Case, engine_task_id: str) -> UserTask | None:
    """The row of an engine's task that was closed last."""
    return db.session.scalar(
        select(UserTask)
        .where(
            UserTask.instance_id == case.instance.id,
            UserTask.engine_task_id == engine_task_id,
            UserTask.kind == TaskKind.NORMAL,
            UserTask.state.not_in(STANDING),
        )
        .order_by(UserTask.closed_at.desc(), UserTask.id)
        .limit(1)
    )


def _altered(task: UserTask, view: TaskView) -> Iterator[Difference]:
    due = worklist.drawn(view)
    wrong = sorted(name for name, value in due.items() if getattr(task, name) != value)
    if wrong:
        message = _("待办“%(name)s”的 %(what)s 与流程图不一致", name=view.name, what="、".join(wrong))
        yield Difference(Kind.TASK_ALTERED, view.node_id, message, str(task.id))


def _signed(case: Case) -> Iterator[Difference]:
    """Whoever has signed waits for the others as long as the round goes on, and no longer."""
    due, there = case.run.standing().signed, {task.engine_task_id: task for task in case.stored.signed}
    for engine_id in sorted(due - there.keys()):
        message = _("会签还没有结束，已签的人却没有列为等待他人")
        yield Difference(Kind.TASK_SIGNED, "", message, engine_id)
    for engine_id in sorted(there.keys() - due):
        message = _("“%(name)s”的会签已结束，却仍列为等待他人", name=there[engine_id].name)
        yield Difference(Kind.TASK_SIGNED, there[engine_id].node_id, message, engine_id)


def _reworks(case: Case) -> Iterator[Difference]:
    """Who sent an item back waits for one correction of each node, and a correction for whoever sent it back."""
    standing = {task.id: task for task in case.stored.tasks}
    corrected = {task.returned_from_id for task in case.stored.tasks if task.kind == TaskKind.REWORK}
    for task in case.stored.tasks:
        if task.state == TaskState.REWORK and task.id not in corrected:
            message = _("“%(name)s”显示为已退回，却没有人在更正", name=task.name)
            yield Difference(Kind.REWORK_LOST, task.node_id, message, str(task.id))
        if task.kind == TaskKind.REWORK and not _is_awaited(task, standing):
            message = _("退回更正“%(name)s”没有人在等它", name=task.name)
            yield Difference(Kind.REWORK_FOREIGN, task.node_id, message, str(task.id))


def _is_awaited(task: UserTask, standing: dict[int, UserTask]) -> bool:
    returner = standing.get(task.returned_from_id or 0)
    if returner is None or returner.state != TaskState.REWORK:
        return False
    same = (returner.id, task.node_id)
    twins = [one for one in standing.values() if (one.returned_from_id, one.node_id) == same]
    return max(twins, key=lambda one: (one.opened_at, one.id)) is task


def _deadlines(case: Case) -> Iterator[Difference]:
    for task in case.stored.tasks:
        if task.due_at is None and task.properties.get("due"):
            message = _("“%(name)s”应有办理时限，待办列表里却没有", name=task.name)
            yield Difference(Kind.DEADLINE_LOST, task.node_id, message, str(task.id))
        elif task.state is TaskState.OPEN and not _clock_goes(task, case):
            message = _("“%(name)s”的时限提醒停了或时间不对，到时不会提醒", name=task.name)
            yield Difference(Kind.CLOCK_STOPPED, task.node_id, message, str(task.id))


def _clock_goes(task: UserTask, case: Case) -> bool:
    """It rings when it has to: at its moment, or by the job that is in. While a case rests it may be silent."""
    due = clocks.next_ring(task)
    if task.rings_at is not None or due is None:
        return task.rings_at == (due[1] if due else None)
    return case.instance.suspended_at is not None or deadlines.ring_key(task) in case.stored.jobs


def _timers(case: Case) -> Iterator[Difference]:
    there = {timer.reference: timer for timer in case.stored.timers}
    waits = {wait.task_id: wait for wait in case.run.waits() if wait.kind == "timer" and wait.due}
    for wait in waits.values():
        yield from _timer(wait, there.get(wait.task_id))
    for timer in case.stored.timers:
        if timer.reference not in waits:
            message = _("定时表里有一个流程并不等待的定时（%(due)s）", due=clock.show(timer.due_at))
            yield Difference(Kind.TIMER_FOREIGN, timer.node_id, message, str(timer.id))


def _timer(wait: Wait, timer: TimerDue | None) -> Iterator[Difference]:
    if wait.due is None:
        return
    if timer is None:
        message = _("流程等到 %(due)s，定时表里却没有", due=clock.show(wait.due))
        yield Difference(Kind.TIMER_MISSING, wait.node_id, message, wait.task_id)
    elif timer.due_at != wait.due:
        there = clock.show(timer.due_at)
        message = _("流程等到 %(due)s，定时表里却是 %(there)s", due=clock.show(wait.due), there=there)
        yield Difference(Kind.TIMER_MOVED, wait.node_id, message, wait.task_id)


def _jobs(case: Case) -> Iterator[Difference]:
    if case.instance.suspended_at is not None:  # jobs that come while it rests go by; resuming plans them anew
        return
    for timer in case.stored.timers:
        if worklist.timer_key(timer) not in case.stored.jobs:
            message = _("定时（%(due)s）没有后台任务，到时不会触发", due=clock.show(timer.due_at))
            yield Difference(Kind.TIMER_WITHOUT_JOB, timer.node_id, message, str(timer.id))
    for incident in case.stored.incidents:
        if incident.state == IncidentState.RETRYING and store.retry_key(incident) not in case.stored.jobs:
            message = _("异常没有后台任务，不会自动重试")
            yield Difference(Kind.INCIDENT_WITHOUT_JOB, incident.node_id, message, str(incident.id))


def _subscriptions(case: Case) -> Iterator[Difference]:
    waits = {(w.task_id, w.name): w for w in case.run.waits() if w.kind in worklist.SUBSCRIBED}
    there = {(row.engine_task_id, row.name): row for row in case.stored.subscriptions}
    for key, wait in waits.items():
        row = there.get(key)
        if row is None:
            message = _("流程在等“%(name)s”，订阅表里却没有", name=wait.name)
            yield Difference(Kind.SUBSCRIPTION_MISSING, wait.node_id, message, wait.task_id)
            continue
        due = (wait.kind, wait.node_id, worklist.correlation_of(wait, case.instance))
        if (row.kind, row.node_id, row.correlation) != due:
            message = _("“%(name)s”的订阅与流程等待的不一致，消息会送不到", name=wait.name)
            yield Difference(Kind.SUBSCRIPTION_ALTERED, wait.node_id, message, str(row.id))
    for key, row in there.items():
        if key not in waits:
            message = _("订阅表里有流程并不等待的“%(name)s”", name=row.name)
            yield Difference(Kind.SUBSCRIPTION_FOREIGN, row.node_id, message, str(row.id))


def _incidents(case: Case) -> Iterator[Difference]:
    failed = {view.id: view for view in case.run.failed()}
    there = {incident.engine_task_id for incident in case.stored.incidents}
    for view in failed.values():
        if view.id not in there:
            message = _("自动环节“%(name)s”停住了，却没有异常记录，不会重试", name=view.name)
            yield Difference(Kind.INCIDENT_MISSING, view.node_id, message, view.id)
    for incident in case.stored.incidents:
        if incident.engine_task_id not in failed:
            message = _("异常仍记为未处理，流程却已不停在这里")
            yield Difference(Kind.INCIDENT_FOREIGN, incident.node_id, message, str(incident.id))
