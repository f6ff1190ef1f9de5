"""Suspend a case 挂起: nobody acts on it and its clocks stand still; resume 激活: it has the time it had left.

What people and timers would do is refused where the case is locked (``store.lock_running``, ``tasks.access``,
``operations.fire_timer``, ``deadlines.ring``). Messages thrown by others wait, signals it missed are handed in
when it resumes.
"""

from datetime import datetime
from functools import partial

from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.core.reasons import require_reason
from app.core.tenancy import Actor
from app.support import audit, jobs, notices, workdays
from app.workflow.instances import clocks, events, queries, store, throwing, worklist
from app.workflow.instances.errors import AlreadySuspended, NotSuspended, ReasonMissing
from app.workflow.instances.log import write_log
from app.workflow.instances.models import (
    IncidentState,
    ProcessInstance,
    ThrownEvent,
)


def suspend(instance_id: int, *, reason: str, actor: Actor) -> ProcessInstance:
    """Let a case rest.

    :raises ReasonMissing: :raises InstanceNotRunning: it has ended. :raises AlreadySuspended:
    """
    reason = require_reason(reason, ReasonMissing)
    instance = store.lock_running(instance_id, even_suspended=True)
    if instance.suspended_at is not None:
        raise AlreadySuspended
    instance.suspended_at = clock.now()
    _tell(instance, f"{actor.name} 挂起了业务，暂停办理：{instance.title}", reason)
    write_log(instance, actor, "suspend", comment=reason)
    audit.record(actor, "workflow.instances.suspended", instance, reason=reason)
    return instance


def resume(instance_id: int, *, reason: str, actor: Actor) -> ProcessInstance:
    """Let it go on: deadlines and timers move on by the time it rested, in working time where they run in it.

    A timer set to a date keeps it, one that was overdue stays so; both act at once when their moment has passed.

    :raises ReasonMissing: :raises NotSuspended: it goes on already, or has ended.
    """
    reason = require_reason(reason, ReasonMissing)
    instance = store.lock_running(instance_id, even_suspended=True)
    since = instance.suspended_at
    if since is None:
        raise NotSuspended
    instance.suspended_at = None
    later = partial(_later, since, clock.now())
    run, services = store.open_run(instance, actor)
    run.postpone(later)
    for task in queries.open_tasks(instance.id):
        if task.due_at is not None:
            clocks.move_deadline(task, later(task.due_at, True))
    write_log(instance, actor, "resume", comment=reason)
    store.save(instance, run, services)
    _ring_again(instance, since)
    _tell(instance, f"{actor.name} 恢复了业务，请继续办理：{instance.title}", reason)
    audit.record(actor, "workflow.instances.resumed", instance, reason=reason)
    return instance


def _later(since: datetime, now: datetime, due: datetime, working_time: bool) -> datetime:
    """When something is due that was to be due at ``due`` before the case rested from ``since`` until ``now``."""
    if due <= since:
        return due
    if not working_time:
        return due + (now - since)
    return workdays.working_due(now, f"PT{workdays.working_seconds_left(since, due)}S")


def _ring_again(instance: ProcessInstance, since: datetime) -> None:
    """Jobs that came while it rested have gone by: timers, retries, messages and signals are planned anew."""
    db.session.flush()
    for timer in queries.list_timers(instance.id):
        worklist.ring_when_due(timer)
    for incident in queries.list_unresolved([instance.id]):
        if incident.state == IncidentState.RETRYING:
            store.plan_retry(incident)
    for wait in queries.list_subscriptions(instance.id):
        if wait.kind == "message":
            throwing.wake(wait.name, wait.correlation)
            continue
        missed = select(ThrownEvent).where(
            ThrownEvent.kind == "signal",
            ThrownEvent.name == wait.name,
            ThrownEvent.thrown_at >= since,
            ThrownEvent.instance_id != instance.id,
        )
        for row in db.session.scalars(missed.order_by(ThrownEvent.thrown_at, ThrownEvent.id).limit(1)):
            payload = {
                "thrown_id": row.id,
                "instance_id": instance.id,
                "engine_task_id": wait.engine_task_id,
            }
            jobs.enqueue(events.HAND_JOB, payload, key=f"{row.id}:{wait.engine_task_id}", tenant_id=row.tenant_id)


def _tell(instance: ProcessInstance, title: str, reason: str) -> None:
    people = {person for task in queries.open_tasks(instance.id) for person in worklist.people_of(task)}
    if instance.started_by is not None:
        people.add(instance.started_by)
    notices.send_inbox(sorted(people), title, reason, link=f"/cases/{instance.id}", kind="SYSTEM")
