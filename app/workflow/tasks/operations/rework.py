"""An earlier form reopened while the token stays where it is (return and resume).

Nothing in the engine moves, so no parallel branch, join or timer can be lost. When what was corrected is
critical (a field marked ``critical`` in the form, or the node's ``resume`` says ``rerun``), the token is
put back to the corrected node and everything after it is done again. Source: domain processes §0.2.
"""

from typing import Any

from app.core import clock
from app.core.db import db
from app.core.tenancy import Actor
from app.support import notices
from app.workflow.engine import NotResettable
from app.workflow.forms import to_plain
from app.workflow.instances import store, worklist
from app.workflow.instances.log import write_log
from app.workflow.instances.models import ProcessInstance, TaskKind, TaskState, UserTask
from app.workflow.tasks import formwork
from app.workflow.tasks.queries import last_answers, last_done


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
    worklist.set_deadline(instance, task, before.properties.get("due"))
    returner.state = TaskState.REWORK
    people = worklist.people_of(task)
    notices.send_inbox(
        people, f"{actor.name} 退回：{task.name}", f"{task.title}：{reason}", link=f"/tasks/{task.id}", kind="TASK"
    )
    return task


def finish(
    task: UserTask, instance: ProcessInstance, clean: dict[str, Any], updates: dict[str, Any], actor: Actor
) -> None:
    """Give the corrected item back to whoever returned it, or run everything after it again."""
    returner = db.session.get(UserTask, task.returned_from_id)
    if returner is None or returner.state != TaskState.REWORK:
        return
    why = _why_rerun(task, instance, clean)
    if why and _rerun(task, instance, updates, actor, why):
        return
    returner.state = TaskState.OPEN
    returner.pending_updates = {**(returner.pending_updates or {}), **updates}
    notices.send_inbox(
        worklist.people_of(returner),
        f"退回件已修改：{task.name}",
        returner.title,
        link=f"/tasks/{returner.id}",
        kind="TASK",
    )


def _why_rerun(task: UserTask, instance: ProcessInstance, clean: dict[str, Any]) -> str | None:
    if task.properties.get("resume") == "rerun":
        return "本环节约定退回后重新流转"
    before = last_answers(instance.id, task.node_id, skip_task=task.id) or {}
    now = to_plain(clean)
    form = formwork.form_of(task, instance)
    changed = [
        field.label or str(field.key)
        for field in (form.fields_at_top if form else ())
        if field.properties.get("critical") == "true" and _differs(str(field.key), before, now)
    ]
    return f"关键内容已变更（{'、'.join(changed)}），后续环节重新办理" if changed else None


def _differs(key: str, before: dict[str, Any], now: dict[str, Any]) -> bool:
    return bool(before.get(key) != now.get(key))


def _rerun(task: UserTask, instance: ProcessInstance, updates: dict[str, Any], actor: Actor, why: str) -> bool:
    """Token back to the corrected node, which counts as done; False when the structure does not allow it."""
    run, services = store.open_run(instance, actor)
    try:
        run.reset_to(task.node_id)
    except NotResettable:
        return False
    again = next(view for view in run.ready() if view.node_id == task.node_id)
    store.drive(instance, run, services, lambda: run.complete(again.id, updates), by_person=True)
    write_log(instance, actor, "rerun", task=task, comment=why)
    return True
