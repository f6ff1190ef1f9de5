"""Replays the log of a company: every completion once, in its order, and everything that must follow from it.

``faults`` compares plain values, so that it can itself be tested with planted faults; ``faults_of`` reads them.
"""

from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import func, select

from app.business.ledger import queries as ledger
from app.business.ledger.models import LiabilityEntry, LoanDrawing, Release
from app.business.ledger.rules import EntryKind
from app.business.projects.models import Project, ProjectStatus
from app.core.db import db
from app.support.audit.models import AuditRecord
from app.support.audit.verification import verify
from app.workflow import definitions
from app.workflow.definitions.scenarios import make_stage
from app.workflow.instances import queries, retelling, store, verification
from app.workflow.instances.models import Incident, ProcessInstance, TaskKind, TaskLog, TaskState, UserTask


@dataclass
class Told:
    """One instance. Tasks are keys of the engine.

    :ivar rows: ``(number, act, task)`` of its log, in order of the numbers.
    :ivar done: tasks people completed, by the engine's state, in the order of their completion.
    :ivar closed: tasks the work list says are done, in any order.
    """

    name: str
    rows: list[tuple[int, str, str | None]]
    done: list[str]
    closed: list[str] = field(default_factory=list)


def faults(told, answered):
    """What is lost, doubled or out of order, in words. :param answered: for each client the tasks it was told are done."""
    found = []
    written = []
    for one in told:
        numbers = [number for number, _act, _task in one.rows]
        if numbers != list(range(1, len(numbers) + 1)):
            found.append(f"{one.name}: numbers of the log {numbers}")
        submitted = [task for _number, act, task in one.rows if act == "submit"]
        written += submitted
        found += [f"{one.name}: {task} was submitted {n} times" for task, n in Counter(submitted).items() if n > 1]
        found += [f"{one.name}: {task} is done but not in the log" for task in one.done if task not in submitted]
        found += [f"{one.name}: {task} is in the log but not done" for task in submitted if task not in one.done]
        if set(one.done) == set(submitted) and one.done != list(dict.fromkeys(submitted)):
            found.append(f"{one.name}: done {one.done}, logged {submitted}")
        if Counter(one.closed) != Counter(one.done):
            found.append(f"{one.name}: the work list has closed {one.closed}, the engine {one.done}")
    known = set(written)
    everything = [task for client in answered for task in client]
    found += [f"{task} was answered but is not in the log" for task in everything if task not in known]
    found += [f"{task} was answered {n} times" for task, n in Counter(everything).items() if n > 1]
    found += [f"{task} is in the log but nobody got an answer" for task in written if task not in set(everything)]
    place = {task: at for at, task in enumerate(written)}
    for one in told:
        mine = {task for _number, act, task in one.rows if act == "submit"}
        for client in answered:
            order = [place[task] for task in client if task in mine]
            if order != sorted(order):
                found.append(f"{one.name}: answered in another order than logged")
    return found


def faults_of(actor, answered):
    """Everything that does not follow from the log of the actor's company. Inside an application context.

    :param answered: for each client the rows of the work list it was told are done, in order.
    """
    tasks = {task.id: task for task in db.session.scalars(select(UserTask))}
    keys = {key: task.engine_task_id for key, task in tasks.items() if task.kind == TaskKind.NORMAL}
    instances = db.session.scalars(select(ProcessInstance)).all()
    told = [_told(instance, tasks.values(), keys, actor) for instance in instances]
    found = faults(told, [[keys[key] for key in client] for client in answered])
    return found + _played(instances, actor) + _derived(actor) + standing_faults(actor)


def _told(instance, tasks, keys, actor):
    run, _services = store.open_run(instance, actor)
    rows = [(row.seq, row.action, keys.get(row.task_id)) for row in queries.history(instance.id)]
    closed = [task.engine_task_id for task in tasks if task.instance_id == instance.id and task.state == TaskState.DONE]
    return Told(f"{instance.process_id} {instance.id}", rows, [deed.task_id for deed in run.deeds() if deed.kind == "task"], closed)


def _played(instances, actor):
    """Each instance, told from its log, comes out the same on the real engine."""
    stages = {one: make_stage(definitions.compiled(one).bundle) for one in {instance.release_id for instance in instances}}
    told = [(instance, retelling.retell(instance, actor, stages[instance.release_id])) for instance in instances]
    return [f"{instance.process_id} {instance.id}: {failure}" for instance, one in told for failure in one.failures]


def _derived(actor):
    """``flask instances verify``, and no incident ever."""
    found, place = [], verification.START
    while place is not None:
        page = verification.look_at_page(place, actor)
        found += [f"instance {one} differs from its lists" for one in page.suspects]
        place = page.last
    incidents = db.session.scalar(select(func.count()).select_from(Incident))
    return found + ([f"{incidents} incidents"] if incidents else [])


def _books():
    """The ledger adds up: drawings are disbursed once, what was released carries nothing."""
    drawn = Counter((one.project_id, one.amount_fen) for one in db.session.scalars(select(LoanDrawing)))
    entries = db.session.scalars(select(LiabilityEntry)).all()
    posted = Counter((entry.project_id, entry.amount_fen) for entry in entries if entry.entry_kind == EntryKind.DISBURSE)
    found = [] if drawn == posted else [f"drawn {drawn}, posted {posted}"]
    for project in db.session.scalars(select(Project)):
        left = sum(entry.amount_fen for entry in entries if entry.project_id == project.id)
        if left < 0 or (left and project.status == ProjectStatus.RELEASED) or (not left and project.status == ProjectStatus.IN_FORCE):
            found.append(f"{project.project_no} is {project.status} and carries {left}")
    by_id = {entry.id: entry for entry in entries}
    for release in db.session.scalars(select(Release).where(Release.entry_id.is_not(None))):
        entry = by_id.pop(release.entry_id, None)
        if entry is None or (entry.project_id, entry.entry_kind, -entry.amount_fen) != (release.project_id, release.kind, release.amount_fen):
            found.append(f"release {release.id} of {release.amount_fen} has no entry of its own")
    found += [f"{entry.entry_no} releases for nothing known" for entry in by_id.values() if entry.source.startswith("release:")]
    return found + [str(one) for one in ledger.differences()]


def _audited():
    """Every entry of the ledger and every completion stands in the audit trail once, as it was."""
    found = []
    trail = db.session.scalars(select(AuditRecord).where(AuditRecord.tag.in_(("ledger.entry.posted", "workflow.tasks.completed")))).all()
    told = Counter((one.entity_id, one.facts["entry_no"], one.facts["amount_fen"]) for one in trail if one.tag == "ledger.entry.posted")
    posted = Counter((str(one.id), one.entry_no, one.amount_fen) for one in db.session.scalars(select(LiabilityEntry)))
    found += [f"the ledger holds {one}, the trail does not" for one in posted - told] + [f"the trail holds {one}, the ledger does not" for one in told - posted]
    told = Counter(one.entity_id for one in trail if one.tag == "workflow.tasks.completed")
    logged = Counter(str(one) for one in db.session.scalars(select(TaskLog.task_id).where(TaskLog.action == "submit")))
    return found + [f"task {one} was submitted, the trail does not say so" for one in logged - told] + [f"the trail says task {one} was submitted, the log does not" for one in told - logged]


def standing_faults(actor):
    """What the tables alone show to be wrong: in the ledger, the numbers and the trail."""
    return _books() + _audited() + _numbers(actor)


def _numbers(actor):
    """Project numbers have no gap, the audit chain no break."""
    last = sorted(int(number[-6:]) for number in db.session.scalars(select(Project.project_no)))
    found = [] if not last or last == list(range(last[0], last[0] + len(last))) else [f"project numbers {last}"]
    return found + [str(flaw) for flaw in verify(actor.tenant_id).flaws]
