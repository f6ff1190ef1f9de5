"""Messages and signals from one instance to others.

What a step throws is stored with the step (``throwing``), so that neither is without the other, and delivered by
a job afterwards. A message goes to the instance that waits longest under its correlation, else to a process that
starts with it, else it waits for its receiver until ``KEPT_FOR`` is over and administrators are told. A signal
goes to everybody who waits for it and to every process that starts with it. Each receiver goes on in a
transaction of its own, once.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update

from app.core import clock
from app.core.db import db, locked
from app.core.tenancy import Actor
from app.support import audit, jobs, notices
from app.support.identity import queries as people
from app.workflow import definitions
from app.workflow.instances import operations, store
from app.workflow.instances.errors import InstanceNotRunning
from app.workflow.instances.log import write_log
from app.workflow.instances.models import EventSubscription, ThrownEvent, ThrownState
from app.workflow.instances.throwing import KEPT_FOR
from app.workflow.instances.words import message_words

HAND_JOB, START_JOB = "instances.hand_event", "instances.start_by_event"


def deliver(thrown_id: int, *, actor: Actor) -> int:
    """Find the receivers of a thrown event; how many there are. Called again it does nothing more."""
    row = _locked(thrown_id)
    if row is None or row.state is not ThrownState.WAITING:
        return 0
    takers = _to_signal_waits(row) if row.kind == "signal" else _to_message_wait(row, actor)
    takers += _to_starts(row) if row.kind == "signal" or not takers else 0
    if takers or row.kind == "signal":  # a signal nobody hears is over
        row.state, row.delivered_at, row.takers = ThrownState.DELIVERED, clock.now(), takers
    return takers


def _locked(thrown_id: int) -> ThrownEvent | None:
    return db.session.scalar(locked(select(ThrownEvent).where(ThrownEvent.id == thrown_id)))


def _to_message_wait(row: ThrownEvent, actor: Actor) -> int:
    waiting = select(EventSubscription).where(
        EventSubscription.kind == "message",
        EventSubscription.name == row.name,
        EventSubscription.correlation == row.correlation,
    )
    for wait in db.session.scalars(waiting.order_by(EventSubscription.created_at, EventSubscription.id)).all():
        if take_in(row.id, wait.instance_id, wait.engine_task_id, actor=actor):
            return 1
    return 0


def _to_signal_waits(row: ThrownEvent) -> int:
    """One job for each: a receiver that fails or is busy holds up no other."""
    waiting = select(EventSubscription).where(
        EventSubscription.kind == "signal",
        EventSubscription.name == row.name,
        EventSubscription.instance_id != row.instance_id,  # heard inside already
    )
    found = db.session.scalars(waiting.order_by(EventSubscription.id)).all()
    for wait in found:
        payload = {"thrown_id": row.id, "instance_id": wait.instance_id, "engine_task_id": wait.engine_task_id}
        key = f"{row.id}:{wait.engine_task_id}"
        jobs.enqueue(HAND_JOB, payload, key=key, tenant_id=row.tenant_id)
    return len(found)


def _to_starts(row: ThrownEvent) -> int:
    """Processes of the active release that start with it."""
    release = definitions.compiled(definitions.active_release_id())
    starts = [
        (model.process_id, start.node_id)
        for model in release.processes.values()
        for start in model.starts
        if start.kind == row.kind and start.name == row.name
    ]
    for process_id, node_id in starts:
        payload = {"thrown_id": row.id, "process_id": process_id, "start_node": node_id}
        jobs.enqueue(START_JOB, payload, key=f"{row.id}:{process_id}:{node_id}", tenant_id=row.tenant_id)
    return len(starts)


def take_in(thrown_id: int, instance_id: int, engine_task_id: str, *, actor: Actor) -> bool:
    """One instance that waits takes a thrown event in; False when it waits no more."""
    row = db.session.get(ThrownEvent, thrown_id)
    if row is None:
        return False
    try:
        instance = store.lock_running(instance_id)
    except InstanceNotRunning:
        return False
    run, services = store.open_run(instance, actor)
    wait = next((one for one in run.waits() if one.task_id == engine_task_id and one.name == row.name), None)
    if wait is None:
        return False
    payload: Mapping[str, Any] = row.payload
    write_log(instance, actor, "deliver", node_id=wait.node_id, target=row.name)
    store.drive(instance, run, services, lambda: run.fire(engine_task_id, payload), by_person=False)
    audit.record(actor, "workflow.instances.event", instance, name=row.name, thrown_by=row.instance_id)
    return True


def start_by(thrown_id: int, process_id: str, start_node: str, *, actor: Actor) -> None:
    """Start a process that begins with a thrown event; the event's correlation is its business key."""
    row = db.session.get(ThrownEvent, thrown_id)
    if row is not None:
        operations.start(
            process_id, row.payload, actor=actor, business_key=row.correlation, start_node=start_node
        )


def expire(*, actor: Actor) -> int:
    """Messages nobody took in in time are over; administrators are told. How many."""
    late = (
        update(ThrownEvent)
        .where(ThrownEvent.state == ThrownState.WAITING, ThrownEvent.expires_at <= clock.now())
        .values(state=ThrownState.EXPIRED)
        .returning(ThrownEvent.name, ThrownEvent.instance_id)
    )
    found = db.session.execute(late).all()
    for name, instance_id in found:
        words = message_words(name) or name
        notices.send_inbox(
            [user.id for user in people.users_with_role("ADMIN", actor.tenant_id)],
            "流程消息无人接收",
            f"消息「{words}」发出 {KEPT_FOR.days} 天仍没有流程接收，请核对流程图与业务编号",
            link=f"/admin/instances/{instance_id}",
            kind="SYSTEM",
        )
    return len(found)

