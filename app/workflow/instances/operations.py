"""What happens to an instance as a whole: start, messages, timers, retries, end."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.core.i18n import _
from app.core.reasons import MIN_REASON, require_reason
from app.core.rows import new_row
from app.core.tenancy import Actor
from app.support import audit
from app.workflow import definitions
from app.workflow.engine import StepFailed
from app.workflow.engine import start as start_run
from app.workflow.instances import store
from app.workflow.instances.errors import NobodyWaits, ReasonMissing
from app.workflow.instances.log import write_log
from app.workflow.instances.models import (
    EventSubscription,
    ProcessInstance,
    TimerDue,
)
from app.workflow.instances.services import StepServices
from app.workflow.instances.words import message_words

__all__ = ["MIN_REASON", "cancel", "fire_timer", "send_message", "start"]


def start(
    process_id: str,
    data: Mapping[str, Any] | None = None,
    *,
    actor: Actor,
    business_key: str | None = None,
    start_node: str | None = None,
    release_id: int | None = None,
) -> ProcessInstance:
    """Start a process of the active release. ``data``: ids and routing facts, JSON-safe.

    :param start_node: the start event, where it is not the plain one.
    :param release_id: the active release, where the caller has just read it.

    :raises definitions.NoActiveRelease: nothing has been deployed.
    :raises UnknownProcess: the active release has no such process.
    """
    release_id = release_id or definitions.active_release_id()
    release = definitions.compiled(release_id)
    model = release.process(process_id)
    row = {
        "release_id": release_id,
        "process_id": process_id,
        "process_label": release.label(process_id),
        "business_key": business_key,
        "title": f"新{release.label(process_id)}",
        "state": b"",
        "data": dict(data or {}),
        "started_by": actor.user_id,
        "tenant_id": actor.tenant_id,
    }
    instance = new_row(ProcessInstance, row)
    services = StepServices(instance.id, business_key, actor)
    initial = {**(data or {}), "started_by": actor.user_id}
    if business_key:
        initial["business_key"] = business_key
    failure: StepFailed | None = None
    try:
        run = start_run(model, initial, services, start_node=start_node)
    except StepFailed as failed:
        run, failure = failed.run, failed
    run.stood = store.NOTHING
    write_log(instance, actor, "start")
    store.save(instance, run, services)
    failure = failure or store.pass_on(instance, run, services)
    if failure:
        store.raise_incident(instance, failure)
    audit.record(actor, "workflow.instances.started", instance, process_id=process_id)
    return instance


def send_message(
    name: str,
    correlation: str,
    payload: Mapping[str, Any] | None = None,
    *,
    actor: Actor,
    comment: str | None = None,
) -> list[ProcessInstance]:
    """Deliver a message to the instances that wait for it under this correlation value.

    :returns: the instances that went on.
    :raises NobodyWaits: none does.
    """
    waiting = db.session.scalars(
        select(EventSubscription).where(
            EventSubscription.name == name, EventSubscription.correlation == correlation
        )
    ).all()
    if not waiting:
        raise NobodyWaits(name=message_words(name) or _("该项操作"), correlation=correlation)
    return [_deliver(row, dict(payload or {}), actor, comment) for row in waiting]


def _deliver(
    row: EventSubscription, payload: dict[str, Any], actor: Actor, comment: str | None
) -> ProcessInstance:
    name, engine_task_id, node_id = row.name, row.engine_task_id, row.node_id
    instance = store.lock_running(row.instance_id)
    run, services = store.open_hot_run(instance, actor)
    write_log(instance, actor, "message", node_id=node_id, comment=comment, target=name)
    store.drive(
        instance,
        run,
        services,
        lambda: run.send_message(name, payload, task_id=engine_task_id),
        by_person=not actor.is_system,
    )
    audit.record(actor, "workflow.instances.message", instance, name=name)
    return instance


def fire_timer(timer_id: int, *, actor: Actor) -> bool:
    """Let a due timer act; False when it is done, cancelled or moved meanwhile, or the case rests."""
    timer = db.session.get(TimerDue, timer_id)
    if timer is None or timer.done_at or timer.cancelled_at or timer.due_at > clock.now():
        return False
    instance = store.lock(timer.instance_id)
    db.session.refresh(timer)
    if timer.done_at or timer.cancelled_at or instance.status in store.ENDED or instance.suspended_at:
        return False
    timer.done_at = clock.now()
    run, services = store.open_hot_run(instance, actor)
    write_log(instance, actor, "timer", node_id=timer.node_id)
    reference = timer.reference
    store.drive(instance, run, services, lambda: run.fire(reference), by_person=False)
    return True


def cancel(instance_id: int, *, reason: str, actor: Actor) -> ProcessInstance:
    """End an instance by an administrator's decision; its open tasks disappear from every list.

    :raises ReasonMissing: fewer than ``MIN_REASON`` characters. :raises InstanceNotRunning: it has ended.
    """
    reason = require_reason(reason, ReasonMissing)
    instance = store.lock_running(instance_id, even_suspended=True)
    run, services = store.open_run(instance, actor)
    run.cancel()
    write_log(instance, actor, "cancel", comment=reason)
    store.save(instance, run, services)
    audit.record(actor, "workflow.instances.cancelled", instance, reason=reason)
    return instance
