"""Submit a task: one transaction from the form to the next waits. The journey is told in docs/developers.md."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

from app.core.db import db
from app.core.errors import Finding
from app.core.tenancy import Actor
from app.core.transactions import rehearsal
from app.support import audit, notices
from app.workflow import checks, writings
from app.workflow.assignment.reading import chosen_name, chosen_nodes
from app.workflow.forms import to_plain
from app.workflow.instances import signatures, store, worklist
from app.workflow.instances.log import Logged, write_log
from app.workflow.instances.models import ProcessInstance, SignatureKind, TaskKind, TaskState, UserTask
from app.workflow.instances.services import StepServices
from app.workflow.instances.signatures import Signed
from app.workflow.registry import CheckContext, StepContext, WritingContext, registry
from app.workflow.tasks import access, beside, formwork, papers, standing_in
from app.workflow.tasks.errors import CannotChoose
from app.workflow.tasks.models import HOLDS_TOKEN
from app.workflow.tasks.operations import hold, rework, signing
from app.workflow.tasks.operations.signers import require_not_sent_back
from app.workflow.writings.errors import NothingToWrite
from app.workflow.writings.operations import Written

DECISION = "decision"


@dataclass(frozen=True)
class Completion:
    """What became of a submission: done, or refused with everything that was found.

    :ivar held: accepted, but added signers have still to sign before it is passed on.
    """

    task: UserTask
    done: bool
    findings: tuple[Finding, ...] = ()
    reasons_missing: tuple[str, ...] = field(default=())
    held: bool = False


def complete(
    task_id: int,
    values: Mapping[str, Any],
    *,
    actor: Actor,
    row_version: int | None = None,
    reasons: Mapping[str, str] | None = None,
    chosen: Mapping[str, int] | None = None,
    signature: Mapping[str, Any] | None = None,
) -> Completion:
    """Submit a task with its form.

    The form is cleaned, the node's checks run, the ``onComplete`` step writes the room's rows, the engine
    goes on until only waits remain; work list, timers, subscriptions and log follow. BLOCK findings, and
    WARN findings without a reason, refuse it: then only the check results are stored. With added signers left
    it is kept instead, and passed on with the last signature.

    :param reasons: check code → why to go on in spite of a WARN.
    :param chosen: node id → user id of who shall handle it, where the node lets the handler choose.
    :param signature: as ``signing.sign`` takes it, where the node asks for one.
    :raises TaskClosed: somebody was faster. :raises NotYourTask: not this person's.
    :raises StaleData: the task changed since the page was opened.
    :raises OthersFirst: a delegate or a signer asked before her has not answered.
    :raises SentBack: another signer had it sent back.
    :raises CannotChoose: the node lets nobody choose for that node.
    :raises KeptApart: the case keeps her from this task.
    :raises NobodyChosen, ChoiceNotEligible, NobodyToHandle: nobody can be given what follows.
    :raises Invalid: the form itself does not hold; carries every finding.
    :raises SignatureMissing, BadSignature: it must be signed, and is not.
    """
    task, instance = access.lock_task(task_id)
    access.require_open(task)
    actor = access.handler_of(task, actor)
    access.require_version(task, row_version)
    access.require_not_barred(task, actor.user_id)
    beside.require_owners_turn(task)
    standing_in.require_one_place(task, actor)
    require_not_sent_back(task)
    return carry_through(task, instance, values, reasons or {}, actor, chosen or {}, signature)


def carry_through(
    task: UserTask,
    instance: ProcessInstance,
    values: Mapping[str, Any],
    reasons: Mapping[str, str],
    actor: Actor,
    chosen: Mapping[str, int],
    signature: Mapping[str, Any] | Signed | None = None,
) -> Completion:
    """Judge what was submitted, then keep it for its signers or pass it on; the task is locked and hers."""
    services = StepServices(instance.id, instance.business_key, actor)
    choices = _choices(task, chosen)
    clean = formwork.clean(task, instance, values, actor, services)
    papers.require_own(task, instance, clean, actor)
    findings = _check(task, instance, clean, actor, services, reasons)
    missing = tuple(f.code for f in findings if f.severity == "WARN" and not _reason(f, reasons))
    if missing or any(f.severity == "BLOCK" for f in findings):
        return Completion(task, done=False, findings=tuple(findings), reasons_missing=missing)
    signed = signing.sign(task, instance, signature, actor)
    if beside.unanswered(task.id, HOLDS_TOKEN):
        papers.bind(task, instance, clean, actor)
        hold.keep(task, instance, values, reasons, actor, chosen, signing.as_kept(signed))
        return Completion(task, done=True, findings=tuple(findings), held=True)

    outcome = _outcome(clean)
    updates = _carry_out(task, instance, clean, outcome, actor)
    services.forget_facts()
    if outcome is not None:
        updates |= _routing(task, outcome)
    papers.bind(task, instance, clean, actor)
    writings.keep(_write(task, instance, clean, actor, services, signed), instance, actor=actor)
    logged = _finish(task, instance, clean, outcome, actor)
    if signed is not None:
        signatures.record(instance, task, logged, signed, actor)
    if task.kind == TaskKind.REWORK:
        rework.finish(task, instance, updates, actor)
    else:
        _advance(task, instance, updates, actor, choices, outcome)
    audit.record(actor, "workflow.tasks.completed", task, node=task.node_id, outcome=task.outcome)
    return Completion(task, done=True, findings=tuple(findings))


def preview(task_id: int, values: Mapping[str, Any], *, actor: Actor) -> list[Written]:
    """The documents the task would make if it were submitted with these values; everything is undone again.

    :raises NotYourTask, TaskClosed: as ``complete``. :raises Invalid: the form does not hold yet.
    :raises NothingToWrite: the node makes none. :raises CannotWrite: a template asks for what is not there.
    """
    task, instance = access.lock_task(task_id)
    access.require_open(task)
    actor = access.handler_of(task, actor)
    services = StepServices(instance.id, instance.business_key, actor)
    clean = formwork.clean(task, instance, values, actor, services)
    with rehearsal():
        _carry_out(task, instance, clean, _outcome(clean), actor)
        services.forget_facts()
        written = _write(task, instance, clean, actor, services, _unsigned(task, actor))
    if not written:
        raise NothingToWrite
    return written


def _outcome(clean: Mapping[str, Any]) -> str | None:
    return str(clean[DECISION]) if clean.get(DECISION) is not None else None


def _unsigned(task: UserTask, actor: Actor) -> Signed | None:
    """What stands in a preview where the signature will be."""
    return Signed(SignatureKind.TYPED, actor.name) if signing.kinds_asked(task) else None


def _write(
    task: UserTask,
    instance: ProcessInstance,
    clean: Mapping[str, Any],
    actor: Actor,
    services: StepServices,
    signed: Signed | None,
) -> list[Written]:
    """The node's documents, from what the room has just written; most nodes make none."""
    names = writings.names_of(task.properties)
    if not names:
        return []
    data = formwork.node_data(task, instance)
    context = WritingContext(actor=actor, instance_id=instance.id, data=data, form=clean)
    last = {} if signed is None else {task.node_id: signed}
    return writings.write(names, instance, context, lambda name: services.dataset(name, data), last)


def _check(
    task: UserTask,
    instance: ProcessInstance,
    clean: dict[str, Any],
    actor: Actor,
    services: StepServices,
    reasons: Mapping[str, str],
) -> list[Finding]:
    """Run the node's checks and keep every result row, but of a secret ballot none."""
    names = [name.strip() for name in (task.properties.get("checks") or "").split(",") if name.strip()]
    if not names:
        return []
    release = formwork.release_of(instance)
    seen = {**formwork.node_data(task, instance), "form": clean}
    context = CheckContext(
        actor=actor,
        instance_id=instance.id,
        node_id=task.node_id,
        form=clean,
        data=formwork.node_data(task, instance),
        facts=cache(lambda name: services.dataset(name, seen)),  # nothing is written while checks look
    )
    tables = [name if name.startswith("py:") else release.check(name) for name in names]
    findings = checks.run_checks(tables, context)
    if not access.is_secret(task):  # what a check finds in a ballot tells how it was cast
        checks.record_results(
            instance_id=instance.id,
            task_key=f"{instance.id}:{task.engine_task_id}",
            node_id=task.node_id,
            findings=findings,
            actor=actor,
            reasons=reasons,
        )
    return findings


def _reason(finding: Finding, reasons: Mapping[str, str]) -> bool:
    return len((reasons.get(finding.code) or "").strip()) >= 5


def _carry_out(
    task: UserTask, instance: ProcessInstance, clean: dict[str, Any], outcome: str | None, actor: Actor
) -> dict[str, Any]:
    """Let the room write its rows; what it returns is what the process routes on."""
    name = task.properties.get("onComplete")
    if not name:
        return {}
    data = formwork.node_data(task, instance)
    step = registry.step(name)
    context = StepContext(
        actor=actor,
        instance_id=instance.id,
        task_key=f"{instance.id}:{task.engine_task_id}",
        node_id=task.node_id,
        business_key=instance.business_key or "",
        data=data,
        form=clean,
        outcome=outcome,
    )
    arguments = {name: data[name] for name in step.parameters if name in data}
    result = step.run(context, **arguments)
    db.session.flush()
    return dict(to_plain(result or {}))


def _routing(task: UserTask, outcome: str) -> dict[str, Any]:
    """The decision the gateways read; a secret ballot leaves no trace in process data."""
    return {} if access.is_secret(task) else {f"{task.node_id}_{DECISION}": outcome}


def _finish(
    task: UserTask, instance: ProcessInstance, clean: dict[str, Any], outcome: str | None, actor: Actor
) -> Logged:
    task.assignee_id = task.assignee_id or actor.place_id
    hidden = access.is_secret(task)
    task.outcome, task.draft = None if hidden else outcome, None
    worklist.close(task, TaskState.DONE, by=actor.user_id)
    opinion = next((clean[key] for key in ("opinion", "comment", "reason") if clean.get(key)), None)
    return write_log(
        instance,
        actor,
        "submit",
        task=task,
        outcome=task.outcome,
        comment=str(opinion)[:4000] if opinion and not hidden else None,
        answers=None if hidden else to_plain(clean),
    )


def _choices(task: UserTask, chosen: Mapping[str, int]) -> dict[str, int | None]:
    """For each node the handler may choose for, whom she chose. :raises CannotChoose: for another node."""
    nodes = chosen_nodes(task.properties)
    if not set(chosen) <= set(nodes):
        raise CannotChoose
    return {node_id: chosen.get(node_id) for node_id in nodes}


def _advance(
    task: UserTask,
    instance: ProcessInstance,
    updates: dict[str, Any],
    actor: Actor,
    choices: Mapping[str, int | None],
    outcome: str | None,
) -> None:
    run, services = store.open_hot_run(instance, actor)
    services.is_submission, services.choices = True, choices
    kept = {chosen_name(node_id): user_id for node_id, user_id in choices.items() if user_id is not None}
    merged = {**(task.pending_updates or {}), **updates, **kept}
    engine_task_id = task.engine_task_id
    act = partial(run.complete, engine_task_id, merged, decision=outcome)
    store.drive(instance, run, services, act, by_person=True, closed=engine_task_id)
    if instance.status in store.ENDED and instance.started_by and instance.started_by != actor.user_id:
        notices.send_inbox(
            [instance.started_by],
            f"流程已结束：{instance.process_label}",
            instance.title,
            link=None,
            kind="RESULT",
        )
