"""Plan, move one instance, undo one instance. None of these commits."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import replace

from sqlalchemy import func, select
from sqlalchemy.orm import undefer

from app.core import clock
from app.core.db import db
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.tenancy import Actor
from app.support import audit, jobs
from app.workflow import definitions
from app.workflow.definitions import ReleaseStatus
from app.workflow.definitions.queries import get_release
from app.workflow.engine import NotMovable, Run, load, move
from app.workflow.instances import clocks, queries, store, worklist
from app.workflow.instances.errors import InstanceNotRunning
from app.workflow.instances.log import write_log
from app.workflow.instances.models import (
    EventSubscription,
    ProcessInstance,
    TaskKind,
    TaskLog,
    TaskState,
    UserTask,
)
from app.workflow.instances.services import StepServices
from app.workflow.migration.errors import NothingToMove, NotUndoable, TargetNotInForce, UnknownPlan
from app.workflow.migration.models import ItemState, MigrationItem, MigrationPlan
from app.workflow.migration.queries import select_in_rework
from app.workflow.migration.report import make_report

JOB = "migration.carry_out"
MOST_NOTE = 2000
IN_FORCE = (ReleaseStatus.ACTIVE, ReleaseStatus.FORMER)


def start(
    target_id: int,
    *,
    mapping: Mapping[tuple[str, str], str] | None = None,
    process_id: str | None = None,
    only: Collection[int] | None = None,
    note: str = "",
    actor: Actor,
) -> MigrationPlan:
    """Store a plan for every instance that may be moved, and let the job begin.

    :param only: ids of the instances that are meant; all that may be moved when left out.
    :raises TargetNotInForce: nobody starts on that release. :raises NothingToMove: no instance may be moved.
    """
    target = get_release(target_id)
    if target.status not in IN_FORCE:
        raise TargetNotInForce(label=target.label)
    if len(note) > MOST_NOTE:
        raise Invalid.of("note", _("说明最多 2000 个字，请删减"), "workflow.migration.note_too_long")
    report = make_report(target_id, mapping, process_id=process_id)
    wanted = [one for one in report.movable if only is None or one in set(only)]
    if not wanted:
        raise NothingToMove
    plan = MigrationPlan(
        target_release_id=target_id,
        process_id=process_id,
        mapping={f"{scope}/{node}": to for (scope, node), to in (mapping or {}).items()},
        note=note.strip(),
        total=len(wanted),
        started_by=actor.user_id,
        started_by_name=actor.name,
    )
    db.session.add(plan)
    db.session.flush()
    db.session.add_all(MigrationItem(plan_id=plan.id, instance_id=one) for one in wanted)
    db.session.flush()
    jobs.enqueue(JOB, {"plan_id": plan.id}, key=str(plan.id))
    audit.record(
        actor, "workflow.migration.started", plan, target=target.hash, total=plan.total, mapping=plan.mapping
    )
    return plan


def get_plan(plan_id: int) -> MigrationPlan:
    """:raises UnknownPlan:"""
    plan = db.session.scalar(select(MigrationPlan).where(MigrationPlan.id == plan_id))
    if plan is None:
        raise UnknownPlan
    return plan


def pending_items(plan_id: int, limit: int) -> list[int]:
    """Ids of the next items of a plan."""
    query = select(MigrationItem.id).where(
        MigrationItem.plan_id == plan_id, MigrationItem.state == ItemState.PENDING
    )
    return list(db.session.scalars(query.order_by(MigrationItem.id).limit(limit)))


def counts_of(plan_id: int) -> dict[ItemState, int]:
    """How many items of a plan are in each state."""
    query = (
        select(MigrationItem.state, func.count())
        .where(MigrationItem.plan_id == plan_id)
        .group_by(MigrationItem.state)
    )
    return dict.fromkeys(ItemState, 0) | dict(db.session.execute(query).all())


def move_item(item_id: int, *, actor: Actor) -> bool:
    """Move one instance in the present transaction; False when that has been done before.

    :raises NotMovable: it has gone on meanwhile to where it cannot be moved. :raises InstanceNotRunning: it ended.
    """
    item, plan, instance = _open(item_id)
    if item.state is not ItemState.PENDING:
        return False
    if instance.status in store.ENDED:
        raise InstanceNotRunning
    if _is_in_rework(instance):
        raise NotMovable(node="", reason=_("正在退回补正，请先办完补正"))
    actor = replace(actor, user_id=plan.started_by, name=plan.started_by_name)
    old = definitions.compiled(instance.release_id).process(instance.process_id)
    target = definitions.compiled(plan.target_release_id)
    services = StepServices(instance.id, instance.business_key, actor)
    before, source_id = instance.state, instance.release_id
    run = move(before, old, target.process(instance.process_id), mapping_of(plan), services)
    _settle(instance, plan.target_release_id, run, services, run.dump())
    log = write_log(instance, actor, "migrate", target=get_release(plan.target_release_id).label)
    item.state, item.reason, item.moved_at = ItemState.MOVED, None, clock.now()
    item.from_release_id, item.state_before = source_id, before
    item.hash_after, item.log_seq = _digest(instance.state), log.seq
    audit.record(
        actor, "workflow.migration.moved", instance, plan=plan.id, before=source_id, after=plan.target_release_id
    )
    return True


def refuse_item(item_id: int, reason: str) -> None:
    """Leave an instance where it is, and say why."""
    item = db.session.get(MigrationItem, item_id)
    if item is not None and item.state is ItemState.PENDING:
        item.state, item.reason = ItemState.REFUSED, reason[:2000]


def undo_item(item_id: int, *, actor: Actor) -> ProcessInstance:
    """Put an instance back on its release with its state as it was, byte by byte.

    :raises NotUndoable: it was not moved, or something has happened to it since.
    """
    item, _plan, instance = _open(item_id)
    last = db.session.scalar(select(func.max(TaskLog.seq)).where(TaskLog.instance_id == instance.id))
    is_untouched = item.hash_after == _digest(instance.state) and item.log_seq == last
    before, source_id = item.state_before, item.from_release_id
    if item.state is not ItemState.MOVED or not is_untouched or before is None or source_id is None:
        raise NotUndoable
    services = StepServices(instance.id, instance.business_key, actor)
    run = load(definitions.compiled(source_id).process(instance.process_id), before, services)
    _settle(instance, source_id, run, services, before)
    write_log(instance, actor, "migrate_undo", target=get_release(source_id).label)
    item.state = ItemState.UNDONE
    audit.record(actor, "workflow.migration.undone", instance, plan=item.plan_id, after=source_id)
    return instance


def finish(plan_id: int, *, actor: Actor) -> None:
    """Every item has been dealt with."""
    plan = get_plan(plan_id)
    if plan.finished_at is None:
        plan.finished_at = clock.now()
        counts = {state.value: count for state, count in counts_of(plan_id).items()}
        audit.record(actor, "workflow.migration.finished", plan, counts=counts)


def mapping_of(plan: MigrationPlan) -> dict[tuple[str, str], str]:
    """The plan's choices as the engine takes them."""
    pairs = ((*key.split("/", 1), to) for key, to in plan.mapping.items())
    return {(scope, node): to for scope, node, to in pairs}


def _open(item_id: int) -> tuple[MigrationItem, MigrationPlan, ProcessInstance]:
    """The item under its instance's lock. :raises UnknownPlan:"""
    instance_id = db.session.scalar(select(MigrationItem.instance_id).where(MigrationItem.id == item_id))
    if instance_id is None:
        raise UnknownPlan
    instance = store.lock(instance_id)
    query = select(MigrationItem).where(MigrationItem.id == item_id).options(undefer(MigrationItem.state_before))
    item = db.session.scalars(query.execution_options(populate_existing=True)).one()
    return item, get_plan(item.plan_id), instance


def _settle(instance: ProcessInstance, release_id: int, run: Run, services: StepServices, state: bytes) -> None:
    """The instance stands on a release with this state; its lists follow."""
    release = definitions.compiled(release_id)
    instance.release_id, instance.process_label = release_id, release.label(instance.process_id)
    store.save(instance, run, services)
    instance.state = state
    _draw_again(instance, run)
    _rename_waits(instance, run)


def _draw_again(instance: ProcessInstance, run: Run) -> None:
    """Standing tasks take name, form, role and deadline from their new diagram; who works on them stays."""
    views = {view.id: view for view in run.ready()}
    query = select(UserTask).where(
        UserTask.instance_id == instance.id, UserTask.kind == TaskKind.NORMAL, UserTask.state == TaskState.OPEN
    )
    for task in db.session.scalars(query).all():
        view = views.get(task.engine_task_id)
        if view is None:
            continue
        due = task.properties.get("due")
        for name, value in worklist.drawn(view).items():
            setattr(task, name, value)
        task.process_label = instance.process_label
        if view.properties.get("due") != due:
            clocks.set_deadline(task, view.properties.get("due"))


def _rename_waits(instance: ProcessInstance, run: Run) -> None:
    """What is waited for under another node id now."""
    nodes = {wait.task_id: wait.node_id for wait in run.waits()}
    for row in db.session.scalars(select(EventSubscription).where(EventSubscription.instance_id == instance.id)):
        row.node_id = nodes.get(row.engine_task_id, row.node_id)
    for timer in queries.list_timers(instance.id):
        timer.node_id = nodes.get(timer.reference, timer.node_id)
    db.session.flush()


def _is_in_rework(instance: ProcessInstance) -> bool:
    query = select_in_rework().where(UserTask.instance_id == instance.id)
    return db.session.scalar(query.limit(1)) is not None


def _digest(state: bytes) -> str:
    return hashlib.sha256(state).hexdigest()
