"""Earlier forms reopened while the token stays where it is (return and resume).

Nothing in the engine moves, so no parallel branch, join or timer can be lost. Forms of several nodes may be
reopened at once: each is corrected by its earlier handler, and the returner goes on when all have come back. When
what was corrected is critical (a field marked ``critical`` in the form, or the node's ``resume`` says ``rerun``),
the token is put back to the corrected node – to the earliest of several, or to one on each branch – and everything
after it is done again. Source: domain processes §0.2.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import Select, and_, func, select

from app.core import clock
from app.core.db import db
from app.core.tenancy import Actor
from app.core.transactions import rehearsal
from app.support import notices
from app.workflow.engine import NotResettable, Run
from app.workflow.engine.countersign import is_countersigned
from app.workflow.forms import Form
from app.workflow.instances import clocks, store, worklist
from app.workflow.instances.log import logged, write_log
from app.workflow.instances.models import STANDING, ProcessInstance, TaskKind, TaskLog, TaskState, UserTask
from app.workflow.tasks import formwork
from app.workflow.tasks.queries import last_answers, last_done, submitted

PASSED = ("submit", "pass_same", "pass_empty")
"""How a node is passed."""


def open_rework(
    returner: UserTask, instance: ProcessInstance, node_id: str, *, reason: str, actor: Actor
) -> UserTask:
    """Reopen the form of an earlier node for its former handler; the returner waits."""
    before = last_done(instance.id, node_id)
    task = UserTask(
        instance_id=instance.id,
        engine_task_id=returner.engine_task_id,
        node_id=before.node_id,
        process_id=before.process_id,
        name=before.name,
        kind=TaskKind.REWORK,
        form=before.form,
        role=before.role,
        assignee_id=before.assignee_id or before.closed_by,
        assigned_by_process=True,
        personal=before.personal,
        properties=before.properties,
        data=before.data,
        business_key=instance.business_key,
        title=instance.title,
        process_label=instance.process_label,
        started_as=instance.process_id,
        opened_at=clock.now(),
        returned_from_id=returner.id,
        return_reason=reason,
    )
    db.session.add(task)
    db.session.flush()
    clocks.set_deadline(task, before.properties.get("due"))
    clocks.let_wait(returner)
    people = worklist.people_of(task)
    notices.send_inbox(
        people, f"{actor.name} 退回：{task.name}", f"{task.title}：{reason}", link=f"/tasks/{task.id}", kind="TASK"
    )
    return task


def standing_reworks(returner: UserTask) -> Sequence[UserTask]:
    """Corrections a returner still waits for, oldest first."""
    query = _reworks_of(returner).where(UserTask.state.in_(STANDING))
    return db.session.scalars(query.order_by(UserTask.opened_at, UserTask.id)).all()


def corrected_since(returner: UserTask) -> Sequence[UserTask]:
    """What has come back of the last return."""
    returned = select(func.max(TaskLog.seq)).where(*logged(returner, "return"))
    since = db.session.scalar(returned) or 0
    back = select(TaskLog.task_id).where(
        TaskLog.instance_id == returner.instance_id, TaskLog.action == "submit", TaskLog.seq > since
    )
    query = _reworks_of(returner).where(UserTask.state == TaskState.DONE, UserTask.id.in_(back))
    return db.session.scalars(query.order_by(UserTask.opened_at, UserTask.id)).all()


def _reworks_of(returner: UserTask) -> Select[Any]:
    return select(UserTask).where(
        UserTask.instance_id == returner.instance_id, UserTask.returned_from_id == returner.id
    )


def finish(task: UserTask, instance: ProcessInstance, updates: dict[str, Any], actor: Actor) -> None:
    """A correction is submitted. With the last one the item goes back to whoever returned it, or runs again."""
    returner = db.session.get(UserTask, task.returned_from_id)
    if returner is None or returner.state != TaskState.REWORK:
        return
    returner.pending_updates = {**(returner.pending_updates or {}), **updates}
    db.session.flush()
    if standing_reworks(returner):
        return
    if is_countersigned(returner.properties) and _sign_anew(returner, instance, actor):
        return
    whys = {one: why for one in corrected_since(returner) if (why := _why_rerun(one, instance))}
    if whys and _rerun(list(whys), returner, instance, actor, "；".join(dict.fromkeys(whys.values()))):
        return
    clocks.let_go_on(returner)
    told = "；".join([returner.title, *(["流程已不能退回重新流转，请逐项核对更正的内容"] if whys else [])])
    notices.send_inbox(
        worklist.people_of(returner),
        f"退回件已修改：{task.name}",
        told,
        link=f"/tasks/{returner.id}",
        kind="TASK",
    )


def _sign_anew(returner: UserTask, instance: ProcessInstance, actor: Actor) -> bool:
    """A signer had it corrected: what others signed before was another paper, so all sign anew."""
    run, services = store.open_run(instance, actor)
    target = returner.engine_task_id
    if run.round_of(target) is None:
        return False
    updates = dict(returner.pending_updates or {})
    store.drive(instance, run, services, partial(run.sign_anew, target, updates), by_person=True)
    write_log(instance, actor, "rerun", task=returner, comment="退回的内容已更正，由全体重新签署")
    return True


def why_not_together(instance: ProcessInstance, node_ids: Sequence[str], actor: Actor) -> str:
    """Why several nodes cannot be corrected together: those that may have to run again cannot all be put back."""
    nodes = [node_id for node_id in node_ids if _may_rerun(last_done(instance.id, node_id), instance)]
    if len(nodes) < 2:
        return ""
    with rehearsal():
        run, _services = store.open_run(instance, actor)
        try:
            _put_back(run, instance.id, nodes)
        except NotResettable as refused:
            return str(refused)
    return ""


def _may_rerun(before: UserTask, instance: ProcessInstance) -> bool:
    form = formwork.form_of(before, instance)
    return before.properties.get("resume") == "rerun" or bool(_critical_fields(form))


def _critical_fields(form: Form | None) -> list[Any]:
    fields = form.fields_at_top if form else ()
    return [field for field in fields if field.properties.get("critical") == "true"]


def _why_rerun(task: UserTask, instance: ProcessInstance) -> str:
    if task.properties.get("resume") == "rerun":
        return "本环节约定退回后重新流转"
    before = last_answers(instance.id, task.node_id, skip_task=task.id) or {}
    now = submitted(task) or {}
    changed = [
        field.label or str(field.key)
        for field in _critical_fields(formwork.form_of(task, instance))
        if before.get(str(field.key)) != now.get(str(field.key))
    ]
    return f"关键内容已变更（{'、'.join(changed)}），后续环节重新办理" if changed else ""


def _rerun(
    tasks: Sequence[UserTask], returner: UserTask, instance: ProcessInstance, actor: Actor, why: str
) -> bool:
    """Tokens back to the corrected nodes, which count as done; False when the structure does not allow it."""
    run, services = store.open_run(instance, actor)
    try:
        again = _put_back(run, instance.id, [task.node_id for task in tasks])
    except NotResettable:
        return False
    updates = dict(returner.pending_updates or {})

    def pass_on() -> None:
        for task_id in again:
            if any(view.id == task_id for view in run.ready()):
                run.complete(task_id, updates)

    store.drive(instance, run, services, pass_on, by_person=True)
    if returner.state == TaskState.REWORK:  # on a branch beside them, which goes on
        clocks.let_go_on(returner)
    write_log(instance, actor, "rerun", task=tasks[0], comment=why)
    return True


def _put_back(run: Run, instance_id: int, node_ids: Sequence[str]) -> list[str]:
    """Put tokens back to these nodes, and tell where they stand now: ids of engine tasks, one a branch.

    A node that lies after another of them is undone with it, and will be come to again.

    :raises NotResettable: a node lies where no token can be put back.
    """
    before = run.standing().ready
    for node_id, engine_task_id in _latest_first(instance_id, node_ids):
        run.reset_to(engine_task_id if run.knows(engine_task_id) else node_id)
    opened = {view.node_id: view.id for view in reversed(run.ready()) if view.id not in before}
    return [opened[node_id] for node_id in node_ids if node_id in opened]


def _latest_first(instance_id: int, node_ids: Sequence[str]) -> list[tuple[str, str]]:
    """(node id, engine task id) of when each was passed last: the token is put back to the earliest at the end."""
    query = (
        select(UserTask.node_id, UserTask.engine_task_id)
        .join(TaskLog, and_(TaskLog.instance_id == UserTask.instance_id, TaskLog.task_id == UserTask.id))
        .where(
            UserTask.instance_id == instance_id,
            UserTask.node_id.in_(node_ids),
            UserTask.kind == TaskKind.NORMAL,
            TaskLog.action.in_(PASSED),
        )
        .order_by(TaskLog.seq.desc())
    )
    latest: dict[str, str] = {}
    for row in db.session.execute(query):
        latest.setdefault(row.node_id, row.engine_task_id)
    return list(latest.items())
