"""Lock, load, save: the only place that reads or writes an instance's state."""

import traceback
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import select

from app.core import clock, rows
from app.core.db import Model, db
from app.core.errors import AppError, Unavailable
from app.core.tenancy import Actor, system_actor
from app.support import jobs
from app.workflow import definitions
from app.workflow.engine import Run, Standing, StepFailed, load
from app.workflow.instances import hot, rounds, throwing, worklist
from app.workflow.instances.assigning.given import SAME
from app.workflow.instances.errors import InstanceNotFound, InstanceNotRunning, InstanceSuspended
from app.workflow.instances.facts import keep_facts
from app.workflow.instances.following import tell_followers
from app.workflow.instances.log import write_log
from app.workflow.instances.models import (
    DecisionReason,
    Incident,
    IncidentState,
    InstanceStatus,
    ProcessInstance,
    ReasonKind,
    TaskState,
    UserTask,
)
from app.workflow.instances.services import StepServices

RETRY_AFTER = (timedelta(seconds=10), timedelta(seconds=60), timedelta(seconds=300))
"""Source: domain processes §0.5."""

RETRY_JOB = "instances.retry_incident"
MOST_PASSED = 50
"""Tasks passed without a person in one act."""

ENDED = frozenset({InstanceStatus.COMPLETED, InstanceStatus.CANCELLED})

NOTHING = Standing()
"""What stands in an instance that has just been made: no rows yet."""


def lock(instance_id: int) -> ProcessInstance:
    """The instance with its state, locked until the end of the unit of work.

    :raises InstanceNotFound:
    """
    instance = rows.read_row(ProcessInstance, instance_id, lock=True, with_=("state",))
    if instance is None:
        raise InstanceNotFound
    return instance


def lock_with_task(task_id: int) -> tuple[UserTask, ProcessInstance] | None:
    """A row of the work list and its instance with its state, locked as by ``lock``, with one statement."""
    return rows.read_with_owner(UserTask, task_id, ProcessInstance, by="instance_id", with_=("state",))


def lock_running(instance_id: int, *, even_suspended: bool = False) -> ProcessInstance:
    """Like ``lock``, and it must go on. :raises InstanceNotRunning: it has ended. :raises InstanceSuspended:"""
    instance = lock(instance_id)
    if instance.status in ENDED:
        raise InstanceNotRunning
    if not even_suspended:
        require_not_suspended(instance)
    return instance


def require_not_suspended(instance: ProcessInstance) -> None:
    """:raises InstanceSuspended: the case rests."""
    if instance.suspended_at is not None and instance.status not in ENDED:
        raise InstanceSuspended


def open_run(instance: ProcessInstance, actor: Actor) -> tuple[Run, StepServices]:
    """The engine's run of an instance, loaded from its state, ready to go on."""
    services = StepServices(instance.id, instance.business_key, actor)
    model = definitions.compiled(instance.release_id).processes[instance.process_id]
    run = load(model, instance.state, services)
    run.note_standing()
    return run, services


def open_hot_run(instance: ProcessInstance, actor: Actor) -> tuple[Run, StepServices]:
    """As ``open_run``, for an act that ends in ``drive``; not loaded when this process took the last step."""
    services = StepServices(instance.id, instance.business_key, actor)
    model = definitions.compiled(instance.release_id).processes[instance.process_id]
    run = hot.runs().take(instance.id, instance.state, model)
    if run is None:
        return open_run(instance, actor)
    run.serve(services)
    return run, services


def drive(
    instance: ProcessInstance,
    run: Run,
    services: StepServices,
    act: Callable[[], object],
    *,
    by_person: bool,
    closed: str | None = None,
) -> None:
    """Let ``act`` move the run, then store everything that follows from it.

    A step that refuses (``AppError``) after a person's act refuses the whole act: she can put it right.
    Any other failure, and every failure of what runs by itself, becomes an incident: the item is never lost.

    :param closed: the engine task whose row the caller has closed.
    """
    failure = _try(act, by_person=by_person)
    save(instance, run, services, closed=closed)
    failure = failure or pass_on(instance, run, services, by_person=by_person)
    if failure:
        raise_incident(instance, failure)
    elif instance.status is InstanceStatus.RUNNING:
        hot.keep_after_commit(instance.id, instance.state, run)


def _try(act: Callable[[], object], *, by_person: bool) -> StepFailed | None:
    """The failure that becomes an incident, if any. :raises AppError: a step refused what a person did."""
    try:
        act()
    except StepFailed as failed:
        if by_person and isinstance(failed.cause, AppError) and not isinstance(failed.cause, Unavailable):
            raise failed.cause from failed
        return failed
    return None


def pass_on(
    instance: ProcessInstance, run: Run, services: StepServices, *, by_person: bool = False
) -> StepFailed | None:
    """Let the tasks go on that have just opened and that the rules of their nodes pass without a person.

    Each stays as a closed row with its log entry. What goes round in circles stops after ``MOST_PASSED``: the
    task then waits for whom it was given to.

    :returns: the failure of an automatic step on the way.
    """
    for _round in range(MOST_PASSED):
        if not services.passing or instance.status in ENDED:
            break
        task = db.session.get_one(UserTask, services.passing.pop(0))
        if not run.knows(task.engine_task_id):
            continue
        closed_by = task.assignee_id if (task.assignment or {}).get("passes") == SAME else None
        worklist.close(task, TaskState.DONE, by=closed_by)
        write_log(instance, services.actor, "pass_same" if closed_by else "pass_empty", task=task)
        failure = _try(partial(run.complete, task.engine_task_id), by_person=by_person)
        save(instance, run, services, closed=task.engine_task_id)
        if failure:
            return failure
    services.passing.clear()
    return None


def save(instance: ProcessInstance, run: Run, services: StepServices, *, closed: str | None = None) -> None:
    """Write the state, and let work list, timers and subscriptions follow from it.

    What did not change since ``open_run`` needs no look, unless there are rows that show another title or key.
    A run that came about otherwise (moved to another release, an older state) is compared with all rows.

    :param closed: the engine task whose row the caller has closed.
    """
    data = dict(run.data)
    shown = (instance.business_key, instance.title)
    instance.state = run.dump()
    instance.data = data
    key = data.get("business_key")
    instance.business_key = services.business_key = str(key) if key else instance.business_key or ""
    services.forget_facts()
    _retitle(instance, data, services)
    keep_facts(instance, services)
    if run.status in {"COMPLETED", "CANCELLED"}:
        end(instance, run, is_new=run.stood == NOTHING)
    elif instance.status is InstanceStatus.INCIDENT:
        _close_left(instance, run)
    instance.updated_at = clock.now()
    _keep_reasons(instance, run, services.actor)
    throwing.send_out(instance, run)
    written = _of_this_step(instance)
    for row in written:
        if isinstance(row, UserTask):  # what has just been done is found under the name it gave the case
            row.business_key, row.title = instance.business_key, instance.title
    rows.store(*written)
    stood = run.stood
    if stood is not None and (stood == NOTHING or (instance.business_key, instance.title) == shown):
        begun = worklist.follow(instance, run, stood, services, frozenset((closed,) if closed else ()))
    else:
        begun = worklist.sync(instance, run, services)
    for name, correlation in begun:
        throwing.wake(name, correlation)


def _of_this_step(instance: ProcessInstance) -> list[Model]:
    """The instance and rows of the work list that were changed: what a step changes as objects."""
    return [row for row in db.session.dirty if row is instance or isinstance(row, UserTask)]


def end(instance: ProcessInstance, run: Run, *, is_new: bool = False) -> None:
    """Note that the run is over, and where it ended. ``is_new``: it has just been made, so nobody follows it."""
    instance.status = InstanceStatus(run.status)
    instance.ended_at = clock.now()
    instance.end_node = next(iter(run.end_nodes), None)
    if not is_new:
        tell_followers(instance, "已结束" if instance.status is InstanceStatus.COMPLETED else "已终止")


def _keep_reasons(instance: ProcessInstance, run: Run, actor: Actor) -> None:
    """Store why what was on the way came out as it did; what several signed is told in the log too. Locked."""
    for reason in run.reasons():
        said: list[str] = rounds.sentences(reason.trace) if reason.kind == ReasonKind.COUNTERSIGN else []
        row = {
            "instance_id": instance.id,
            "kind": ReasonKind(reason.kind),
            "node_id": reason.node_id[:80],
            "node_name": reason.name[:120],
            "process_id": reason.process_id[:80],
            "facts": [*said, *(fact.as_data() for fact in reason.facts)],
            "trace": reason.trace,
            "at": clock.now(),
        }
        rows.append_row(DecisionReason, row, number="seq", within="instance_id")
        if said:
            write_log(instance, actor, "countersigned", node_id=reason.node_id, comment="".join(said))


def _retitle(instance: ProcessInstance, data: dict[str, Any], services: StepServices) -> None:
    """The room that knows the case names it: dataset ``case`` with ``title``, and ``amount_fen`` if it has one."""
    facts = services.dataset("case", data)
    if isinstance(facts, dict) and facts.get("title"):
        instance.title = str(facts["title"])[:300]
    amount_fen = facts.get("amount_fen") if isinstance(facts, dict) else None
    instance.amount_fen = amount_fen if type(amount_fen) is int else instance.amount_fen


def raise_incident(instance: ProcessInstance, failed: StepFailed) -> Incident:
    """Record a failed step and plan its next try; after the last one a person decides."""
    incident = db.session.scalar(
        select(Incident).where(
            Incident.instance_id == instance.id,
            Incident.engine_task_id == failed.task_id,
            Incident.state.in_([IncidentState.RETRYING, IncidentState.OPEN]),
        )
    )
    if incident is None:
        incident = Incident(
            instance_id=instance.id,
            engine_task_id=failed.task_id,
            node_id=failed.node_id,
            message="",
            detail="",
            tries=0,
        )
        db.session.add(incident)
    incident.tries += 1
    incident.message = str(failed.cause)[:2000] or type(failed.cause).__name__
    incident.detail = "".join(traceback.format_exception(failed.cause))[-8000:]
    instance.status = InstanceStatus.INCIDENT
    db.session.flush()
    if incident.tries <= len(RETRY_AFTER):
        incident.next_try_at = clock.now() + RETRY_AFTER[incident.tries - 1]
        plan_retry(incident)
    else:
        incident.state, incident.next_try_at = IncidentState.OPEN, None
        worklist.tell_administrators(instance, incident)
    return incident


def _close_left(instance: ProcessInstance, run: Run) -> None:
    """An incident whose step is no longer to be done (returned past it, interrupted) is none any more."""
    failing = {view.id for view in run.failed()}
    for incident in _unresolved(instance):
        if incident.engine_task_id not in failing:
            resolve(incident, IncidentState.RESOLVED, system_actor(instance.tenant_id), "该环节已不再执行")
    settle_status(instance)


def settle_status(instance: ProcessInstance) -> None:
    """An instance is RUNNING again when its last incident is gone."""
    if instance.status not in ENDED:
        db.session.flush()
        instance.status = InstanceStatus.INCIDENT if _unresolved(instance) else InstanceStatus.RUNNING


def _unresolved(instance: ProcessInstance) -> Sequence[Incident]:
    query = select(Incident).where(
        Incident.instance_id == instance.id,
        Incident.state.in_([IncidentState.RETRYING, IncidentState.OPEN]),
    )
    return db.session.scalars(query).all()


def plan_retry(incident: Incident) -> None:
    """Put in the job of an incident's next try; one that is there already stays."""
    payload = {"incident_id": incident.id}
    jobs.enqueue(
        RETRY_JOB, payload, key=retry_key(incident), run_at=incident.next_try_at, tenant_id=incident.tenant_id
    )


def retry_key(incident: Incident) -> str:
    """Key of the job of an incident's next try."""
    return f"{incident.id}:{incident.tries}"


def resolve(incident: Incident, state: IncidentState, actor: Actor, text: str) -> None:
    """An incident is dealt with."""
    incident.state, incident.resolution = state, text
    incident.resolved_at, incident.resolved_by, incident.next_try_at = clock.now(), actor.user_id, None
