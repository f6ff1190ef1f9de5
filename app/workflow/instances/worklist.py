"""Keep work list, timers and subscriptions equal to what the engine's state says."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.core import clock
from app.core.db import db, random_id
from app.core.rows import insert_rows, update_rows
from app.support import jobs, notices, workdays
from app.support.identity import queries as people
from app.support.identity import substitutes
from app.workflow.assignment.reading import WhenEmpty
from app.workflow.engine import Run, Standing, TaskView, Wait
from app.workflow.instances import clocks
from app.workflow.instances.assigning.given import Given
from app.workflow.instances.assigning.opening import give
from app.workflow.instances.models import (
    STANDING,
    EventSubscription,
    Incident,
    ProcessInstance,
    TaskCandidate,
    TaskKind,
    TaskState,
    TimerDue,
    UserTask,
)
from app.workflow.instances.services import StepServices

SUBSCRIBED = frozenset({"message", "signal"})
"""Kinds of waits that have a row of subscription."""
TIMER_JOB = "instances.fire_timer"


def follow(
    instance: ProcessInstance, run: Run, before: Standing, services: StepServices, closed: frozenset[str]
) -> list[tuple[str, str | None]]:
    """As ``sync``, but only where the run stands otherwise than ``before``: nothing is read for the rest.

    :param before: what the rows say.
    :param closed: engine tasks whose rows the caller has closed.
    """
    after = run.standing()
    gone = before.ready - after.ready - closed
    if gone:
        of_this = select(UserTask).where(UserTask.instance_id == instance.id, UserTask.state.in_(STANDING))
        for task in db.session.scalars(of_this.where(UserTask.engine_task_id.in_(gone))).all():
            close(task, TaskState.CANCELLED)
    open_tasks(instance, run.ready_among(after.ready - before.ready), services)
    _mark_signed(instance, after.signed - before.signed, before.signed - after.signed)
    begun: list[tuple[str, str | None]] = []
    if before.waits != after.waits:
        begun = _sync_waits(instance, run, {wait[1] for wait in before.waits ^ after.waits})
    run.stood = after
    return begun


def sync(instance: ProcessInstance, run: Run, services: StepServices) -> list[tuple[str, str | None]]:
    """Open what has become ready, close what is no longer there; the rest stays untouched.

    :returns: (name, correlation) of the messages it has begun to wait for.
    """
    _sync_tasks(instance, run, services)
    run.note_standing()
    signed = run.stood.signed if run.stood is not None else frozenset[str]()
    there = frozenset(row.engine_task_id for row in signed_rows([instance.id]))
    _mark_signed(instance, signed - there, there - signed)
    return _sync_waits(instance, run, {"timer", *SUBSCRIBED})


def signed_rows(instance_ids: Sequence[int]) -> Sequence[UserTask]:
    """What was signed in rounds that go on, as the rows say."""
    query = select(UserTask).where(UserTask.instance_id.in_(instance_ids), UserTask.waits_for_signers)
    return db.session.scalars(query).all()


def _mark_signed(instance: ProcessInstance, begun: frozenset[str], over: frozenset[str]) -> None:
    """Whoever has signed waits for the others until the round is over, or she signs anew.

    :param begun, over: engine tasks that wait for other signers from now on, and no longer.
    """
    for engine_ids, waits in ((begun, True), (over, False)):
        if engine_ids:
            of_these = {"engine_task_id": tuple(sorted(engine_ids)), "kind": TaskKind.NORMAL}
            where = of_these | ({"state": TaskState.DONE} if waits else {})
            update_rows(UserTask, {"waits_for_signers": waits}, instance_id=instance.id, **where)


def _sync_waits(instance: ProcessInstance, run: Run, kinds: set[str]) -> list[tuple[str, str | None]]:
    waits = run.waits()
    if "timer" in kinds:
        _sync_timers(instance, [wait for wait in waits if wait.kind == "timer" and wait.due])
    if kinds & SUBSCRIBED:
        return _sync_subscriptions(instance, [wait for wait in waits if wait.kind in SUBSCRIBED])
    return []


def _sync_tasks(instance: ProcessInstance, run: Run, services: StepServices) -> None:
    standing = db.session.scalars(
        select(UserTask).where(UserTask.instance_id == instance.id, UserTask.state.in_(STANDING))
    ).all()
    ready = {view.id: view for view in run.ready()}
    known = {task.engine_task_id for task in standing if task.kind == TaskKind.NORMAL}
    for task in standing:
        task.business_key, task.title = instance.business_key, instance.title
        if task.engine_task_id not in ready:
            close(task, TaskState.CANCELLED)
    open_tasks(instance, [view for view in ready.values() if view.id not in known], services)


def open_tasks(instance: ProcessInstance, views: Sequence[TaskView], services: StepServices) -> None:
    """New rows of the work list, assigned by the nodes' rules, with their deadlines in working time."""
    if not views:
        return
    now = clock.now()
    givens = give(instance, views, services)
    rows = [_new_row(instance, view, given, now) for view, given in zip(views, givens, strict=True)]
    insert_rows(UserTask, rows)
    candidates = [
        {"task_id": row["id"], "user_id": user_id}
        for row, given in zip(rows, givens, strict=True)
        if len(given.users) > 1
        for user_id in given.users
    ]
    insert_rows(TaskCandidate, candidates)
    _announce(instance, [(row, given) for row, given in zip(rows, givens, strict=True) if not given.passes])
    services.passing += [row["id"] for row, given in zip(rows, givens, strict=True) if given.passes]


def _new_row(instance: ProcessInstance, view: TaskView, given: Given, now: datetime) -> dict[str, Any]:
    duration = view.properties.get("due")
    due_at = workdays.working_due(now, duration) if duration else None
    is_named = len(given.users) == 1
    return {
        "id": random_id(),
        "instance_id": instance.id,
        "engine_task_id": view.id,
        **drawn(view),
        "data": view.data,
        "business_key": instance.business_key,
        "title": instance.title,
        "process_label": instance.process_label,
        "started_as": instance.process_id,
        "has_candidates": len(given.users) > 1,
        "opened_at": now,
        "due_at": due_at,
        "rings_at": clocks.first_ring(now, due_at),
        "assignee_id": given.users[0] if is_named else None,
        "assigned_by_process": is_named,
        "assignment": given.why.as_json() if given.why else None,
    }


def drawn(view: TaskView) -> dict[str, Any]:
    """What a row of the work list takes from the diagram, by column: the same for as long as it waits."""
    return {
        "node_id": view.node_id,
        "process_id": view.process_id,
        "name": view.name,
        "form": view.properties.get("form"),
        "role": view.properties.get("role") or view.lane,
        "personal": view.properties.get("secret") == "true" or view.properties.get("substitute") == "no",
        "properties": view.properties,
    }


def _announce(instance: ProcessInstance, opened: Sequence[tuple[Mapping[str, Any], Given]]) -> None:
    """Tell whoever a task was given to and her substitute, and administrators of what nobody was found for."""
    reachable = [row["assignee_id"] for row, _given in opened if row["assignee_id"] and not row["personal"]]
    stand_ins = substitutes.substitutes_of(reachable, instance.process_id, instance.amount_fen)
    for row, given in opened:
        stranded = given.why is not None and given.why.empty == WhenEmpty.ADMIN
        whom = list(given.users) if stranded else [user_id for user_id in (row["assignee_id"],) if user_id]
        if row["assignee_id"] in stand_ins and not row["personal"]:
            whom.append(stand_ins[row["assignee_id"]])
        if whom:
            title = f"没有找到办理人，请处理：{row['name']}" if stranded else f"新待办：{row['name']}"
            notices.send_inbox(whom, title, row["title"], link=f"/tasks/{row['id']}", kind="TASK")


def close(task: UserTask, state: TaskState, by: int | None = None) -> None:
    """Take a task off the work list, and stop its clock."""
    task.state, task.closed_at, task.closed_by, task.rings_at = state, clock.now(), by, None


def _sync_timers(instance: ProcessInstance, waits: list[Wait]) -> None:
    standing = {
        timer.reference: timer
        for timer in db.session.scalars(
            select(TimerDue).where(
                TimerDue.instance_id == instance.id,
                TimerDue.done_at.is_(None),
                TimerDue.cancelled_at.is_(None),
            )
        )
    }
    wanted = {wait.task_id: wait for wait in waits}
    for reference, timer in standing.items():
        if reference not in wanted or wanted[reference].due != timer.due_at:
            timer.cancelled_at = clock.now()
    for reference, wait in wanted.items():
        timer_there = standing.get(reference)
        if wait.due and (timer_there is None or timer_there.due_at != wait.due):
            _plan_timer(instance, reference, wait.node_id, wait.due)


def _plan_timer(instance: ProcessInstance, reference: str, node_id: str, due_at: datetime) -> None:
    """Let the engine go on at a moment; the same reference again moves it."""
    timer = db.session.scalar(
        select(TimerDue).where(TimerDue.instance_id == instance.id, TimerDue.reference == reference)
    )
    if timer is None:
        timer = TimerDue(instance_id=instance.id, reference=reference, node_id=node_id, due_at=due_at)
        db.session.add(timer)
    timer.due_at, timer.done_at, timer.cancelled_at = due_at, None, None
    db.session.flush()
    ring_when_due(timer)


def ring_when_due(timer: TimerDue) -> None:
    """Put in the job that lets a timer act; one that is there already stays."""
    payload = {"timer_id": timer.id}
    jobs.enqueue(TIMER_JOB, payload, key=timer_key(timer), run_at=timer.due_at, tenant_id=timer.tenant_id)


def timer_key(timer: TimerDue) -> str:
    """Key of the job of a timer: another moment is another job."""
    return f"{timer.id}:{int(timer.due_at.timestamp())}"


def _sync_subscriptions(instance: ProcessInstance, waits: list[Wait]) -> list[tuple[str, str | None]]:
    begun = []
    standing = {
        (row.engine_task_id, row.name): row
        for row in db.session.scalars(
            select(EventSubscription).where(EventSubscription.instance_id == instance.id)
        )
    }
    wanted = {(wait.task_id, wait.name): wait for wait in waits}
    for key, row in standing.items():
        if key not in wanted:
            db.session.delete(row)
    for key, wait in wanted.items():
        correlation = correlation_of(wait, instance)
        if key in standing:
            is_new = standing[key].correlation != correlation
            standing[key].correlation = correlation
        else:
            is_new = True
            db.session.add(_subscription(instance, wait, correlation))
        if is_new and wait.kind == "message":
            begun.append((wait.name, correlation))
    db.session.flush()
    return begun


def _subscription(instance: ProcessInstance, wait: Wait, correlation: str | None) -> EventSubscription:
    return EventSubscription(
        instance_id=instance.id,
        engine_task_id=wait.task_id,
        kind=wait.kind,
        name=wait.name,
        correlation=correlation,
        node_id=wait.node_id,
    )


def correlation_of(wait: Wait, instance: ProcessInstance) -> str | None:
    """What the sender must name: the diagram's value, else the business key (it may come later)."""
    if wait.kind == "signal":
        return None
    return correlation_text(wait.correlation, instance.business_key)


def correlation_text(values: Mapping[str, Any], business_key: str | None) -> str | None:
    """Correlation keys as one text both sides come to: a single value as it is, several by name, none the case."""
    given = {name: value for name, value in sorted(values.items()) if value is not None}
    if not given:
        return business_key
    if len(given) == 1:
        return str(next(iter(given.values())))[:120]
    return "&".join(f"{name}={value}" for name, value in given.items())[:120]


def tell_administrators(instance: ProcessInstance, incident: Incident) -> None:
    """A person must decide about a step that failed for good."""
    users = people.users_with_role("ADMIN", instance.tenant_id)
    notices.send_inbox(
        [user.id for user in users],
        "流程自动环节多次失败，需要人工处理",
        f"{instance.title}：{incident.message[:200]}",
        link=f"/admin/instances/{instance.id}",
        kind="SYSTEM",
    )


def holders(role: str, tenant_id: int) -> list[int]:
    """User ids of everybody who holds a role."""
    return [user.id for user in people.users_with_role(role, tenant_id)]


def people_of(task: UserTask) -> list[int]:
    """Who should deal with a task: its assignee, else its candidates, else its role's holders; and substitutes."""
    if task.assignee_id:
        found = [task.assignee_id]
    elif task.candidates:
        found = [candidate.user_id for candidate in task.candidates]
    else:
        found = holders(task.role, task.tenant_id) if task.role else []
    return with_substitutes(task, found)


def with_substitutes(task: UserTask, user_ids: list[int]) -> list[int]:
    """These people, and after them whoever stands in today for one of them on this task."""
    if task.personal:
        return user_ids
    case = task.instance
    stand_ins = substitutes.substitutes_of(user_ids, case.process_id, case.amount_fen)
    return list(dict.fromkeys([*user_ids, *stand_ins.values()]))
