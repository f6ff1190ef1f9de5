"""Derive again, from the engine's state, what ``verification`` found different. Never the other way round.

Each kind of difference has one way of being put right; the last word has the same ``sync`` that runs after every
step. Rows are closed, reopened or written anew, never deleted (subscriptions apart, which leave no history).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from app.core import clock
from app.core.db import db
from app.core.i18n import _
from app.core.tenancy import Actor
from app.support import audit
from app.workflow.instances import clocks, store, verification, worklist
from app.workflow.instances.log import write_log
from app.workflow.instances.models import (
    Incident,
    IncidentState,
    InstanceStatus,
    ProcessInstance,
    TaskState,
    TimerDue,
    UserTask,
)
from app.workflow.instances.verification import Case, Difference, Kind

Row = TypeVar("Row", UserTask, TimerDue, Incident)

ROUNDS = 3
"""What is put right may show what else is wrong: a timer that is planned again needs its job."""

UNMENDABLE = frozenset({Kind.UNREADABLE, Kind.STUCK})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found in one instance, and what is left of it."""

    instance_id: int
    business_key: str
    title: str
    found: tuple[Difference, ...]
    left: tuple[Difference, ...]


def look_again(instance_id: int, actor: Actor) -> Verdict:
    """Examine an instance with its lock held: what is found now is so. Nothing is written.

    :raises InstanceNotFound: it has gone meanwhile.
    """
    instance = store.lock(instance_id)
    found = tuple(_examine(instance, actor))
    return _verdict(instance, found, found)


def mend(instance_id: int, actor: Actor) -> Verdict:
    """Put right what differs, in one transaction with its log and audit record.

    :raises InstanceNotFound: it has gone meanwhile.
    """
    instance = store.lock(instance_id)
    found = left = tuple(_examine(instance, actor))
    for _round in range(ROUNDS):
        if all(one.kind in UNMENDABLE for one in left):
            break
        _mend_once(instance, left, actor)
        db.session.flush()
        left = tuple(_examine(instance, actor))
    if left != found:
        _note(instance, found, left, actor)
    return _verdict(instance, found, left)


def _verdict(instance: ProcessInstance, found: tuple[Difference, ...], left: tuple[Difference, ...]) -> Verdict:
    return Verdict(instance.id, instance.business_key or "", instance.title, found, left)


def _examine(instance: ProcessInstance, actor: Actor) -> list[Difference]:
    return verification.examine(instance, verification.stored_of([instance.id])[instance.id], actor)


def _mend_once(instance: ProcessInstance, differences: Sequence[Difference], actor: Actor) -> None:
    case = verification.open_case(instance, verification.stored_of([instance.id])[instance.id], actor)
    for difference in differences:
        act = _ACTS.get(difference.kind)
        if act is not None:
            act(case, difference, actor)
    db.session.flush()
    worklist.sync(instance, case.run, case.services)


def _note(
    instance: ProcessInstance, found: Sequence[Difference], left: Sequence[Difference], actor: Actor
) -> None:
    mended = [one for one in found if one not in left]
    write_log(instance, actor, "mend", comment="；".join(one.message for one in mended)[:4000])
    instance.updated_at = clock.now()  # whoever has the case open must see it anew
    counts = Counter(one.kind.value for one in mended)
    audit.record(actor, "workflow.instances.mended", instance, mended=dict(counts), left=len(left))


# ------------------------------------------------------------------ one way for each kind


def _set_status(case: Case, _difference: Difference, _actor: Actor) -> None:
    instance, due = case.instance, verification.status_of(case.run)
    if due in store.ENDED:
        store.end(instance, case.run)
    else:
        instance.status, instance.ended_at, instance.end_node = InstanceStatus(due), None, None


def _reopen(_case: Case, difference: Difference, _actor: Actor) -> None:
    """Its handler, draft and deadline come back with it."""
    task = _row(UserTask, difference)
    if task is not None:
        task.closed_at, task.closed_by, task.outcome = None, None, None
        clocks.let_go_on(task)


def _close_twins(case: Case, difference: Difference, _actor: Actor) -> None:
    """Keep the row somebody has begun with, else the oldest."""
    twins = [task for task in case.stored.tasks if task.engine_task_id == difference.key and not _is_rework(task)]
    twins.sort(key=lambda task: (task.state != TaskState.REWORK, not task.draft, not task.assignee_id))
    for task in twins[1:]:
        worklist.close(task, TaskState.CANCELLED)


def _is_rework(task: UserTask) -> bool:
    return task.returned_from_id is not None


def _close_task(_case: Case, difference: Difference, _actor: Actor) -> None:
    task = _row(UserTask, difference)
    if task is not None:
        worklist.close(task, TaskState.CANCELLED)


def _draw_again(case: Case, difference: Difference, _actor: Actor) -> None:
    task = _row(UserTask, difference)
    view = next((view for view in case.run.ready() if task and view.id == task.engine_task_id), None)
    if task is not None and view is not None:
        for name, value in worklist.drawn(view).items():
            setattr(task, name, value)


def _give_back(_case: Case, difference: Difference, _actor: Actor) -> None:
    task = _row(UserTask, difference)
    if task is not None:
        clocks.let_go_on(task)


def _set_deadline(_case: Case, difference: Difference, _actor: Actor) -> None:
    task = _row(UserTask, difference)
    if task is not None:
        clocks.set_deadline(task, task.properties.get("due"))


def _wind_clock(_case: Case, difference: Difference, _actor: Actor) -> None:
    task = _row(UserTask, difference)
    if task is not None:
        clocks.wind(task)


def _cancel_timer(_case: Case, difference: Difference, _actor: Actor) -> None:
    timer = _row(TimerDue, difference)
    if timer is not None:
        timer.cancelled_at = clock.now()


def _ring_again(_case: Case, difference: Difference, _actor: Actor) -> None:
    timer = _row(TimerDue, difference)
    if timer is not None and timer.cancelled_at is None:
        worklist.ring_when_due(timer)


def _subscribe_again(case: Case, difference: Difference, _actor: Actor) -> None:
    row = next(row for row in case.stored.subscriptions if str(row.id) == difference.key)
    db.session.delete(row)  # sync writes the right one


def _raise_incident(case: Case, difference: Difference, _actor: Actor) -> None:
    """The error itself is lost with the row; a person decides."""
    incident = Incident(
        instance_id=case.instance.id,
        engine_task_id=difference.key,
        node_id=difference.element,
        state=IncidentState.OPEN,
        message=_("核对时发现自动环节停住而没有异常记录；请重试，原因会重新显示"),
        detail="",
    )
    db.session.add(incident)
    case.instance.status = InstanceStatus.INCIDENT
    db.session.flush()
    worklist.tell_administrators(case.instance, incident)


def _resolve_incident(_case: Case, difference: Difference, actor: Actor) -> None:
    incident = _row(Incident, difference)
    if incident is not None:
        store.resolve(incident, IncidentState.RESOLVED, actor, _("核对：流程已不停在该环节"))


def _retry_again(_case: Case, difference: Difference, _actor: Actor) -> None:
    incident = _row(Incident, difference)
    if incident is not None and incident.state == IncidentState.RETRYING:
        incident.next_try_at = incident.next_try_at or clock.now()
        store.plan_retry(incident)


_ACTS: dict[Kind, Callable[[Case, Difference, Actor], None]] = {
    Kind.STATUS: _set_status,
    Kind.TASK_CLOSED: _reopen,
    Kind.TASK_DOUBLED: _close_twins,
    Kind.TASK_FOREIGN: _close_task,
    Kind.TASK_ALTERED: _draw_again,
    Kind.REWORK_LOST: _give_back,
    Kind.REWORK_FOREIGN: _close_task,
    Kind.DEADLINE_LOST: _set_deadline,
    Kind.CLOCK_STOPPED: _wind_clock,
    Kind.TIMER_FOREIGN: _cancel_timer,
    Kind.TIMER_WITHOUT_JOB: _ring_again,
    Kind.SUBSCRIPTION_ALTERED: _subscribe_again,
    Kind.INCIDENT_MISSING: _raise_incident,
    Kind.INCIDENT_FOREIGN: _resolve_incident,
    Kind.INCIDENT_WITHOUT_JOB: _retry_again,
}
"""What ``worklist.sync`` does not do by itself."""


def _row(model: type[Row], difference: Difference) -> Row | None:
    return db.session.get(model, int(difference.key))
