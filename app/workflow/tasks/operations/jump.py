"""Jump 跳转: one administrator asks to let a token go on from another node, a second one confirms it."""

from collections.abc import Sequence
from functools import partial

from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.core.i18n import _
from app.core.reasons import require_reason
from app.core.tenancy import Actor
from app.support import audit, notices
from app.support.identity import queries as people
from app.workflow.instances import store, worklist
from app.workflow.instances.access import MANAGE
from app.workflow.instances.log import write_log
from app.workflow.instances.models import TaskKind, TaskState, UserTask
from app.workflow.tasks import access
from app.workflow.tasks.errors import CannotJump, JumpMakerConfirms, JumpNotFound, ReasonTooShort
from app.workflow.tasks.models import JumpRequest, JumpState


def ask_jump(task_id: int, node_id: str, *, reason: str, actor: Actor) -> JumpRequest:
    """Ask for it; whether the token could stand there is looked at now and again when it is confirmed.

    :raises NotJumpable: it could not. :raises CannotJump: the task is closed, or somebody has asked already.
    """
    reason = require_reason(reason, ReasonTooShort)
    task, instance = access.lock_task(task_id)
    _require_standing(task)
    if find_waiting(task.id) is not None:
        raise CannotJump(reason=_("该任务已有待确认的跳转申请"))
    run, _services = store.open_run(instance, actor)
    run.check_jump(task.engine_task_id, node_id)
    name = dict(run.jump_targets(task.engine_task_id))[node_id]
    row = JumpRequest(
        task_id=task.id,
        instance_id=instance.id,
        node_id=node_id,
        node_name=name[:120],
        reason=reason,
        asked_by=actor.user_id or 0,
    )
    db.session.add(row)
    db.session.flush()
    write_log(instance, actor, "ask_jump", task=task, comment=reason, target=name[:200])
    audit.record(actor, "workflow.tasks.jump_asked", row, task_id=task.id, node_id=node_id, reason=reason)
    others = [user.id for user in people.users_who_may(MANAGE) if user.id != actor.user_id]
    notices.send_inbox(
        others,
        f"{actor.name} 申请跳转，请确认：{task.name} → {name}",
        f"{task.title}：{reason}",
        link="/admin/jumps",
        kind="TASK",
    )
    return row


def confirm_jump(request_id: int, *, reason: str, actor: Actor) -> JumpRequest:
    """Carry it out: the task is withdrawn undone, the token goes on from the other node.

    :raises JumpMakerConfirms: the same administrator. :raises NotJumpable: facts have changed since.
    """
    reason = require_reason(reason, ReasonTooShort)
    row = _get_waiting(request_id)
    task, instance = access.lock_task(row.task_id)
    row = _get_waiting(request_id)
    if row.asked_by == actor.user_id:
        raise JumpMakerConfirms
    _require_standing(task)
    whom = worklist.people_of(task)
    asker = people.display_name(row.asked_by)
    run, services = store.open_run(instance, actor)
    told = f"{row.node_name}（{asker} 申请，{actor.name} 确认）"
    write_log(instance, actor, "jump", task=task, comment=f"{row.reason}；{reason}"[:4000], target=told[:200])
    row.state, row.answer = JumpState.DONE, reason
    row.decided_by, row.decided_at = actor.user_id, clock.now()
    act = partial(run.jump, task.engine_task_id, row.node_id)
    store.drive(instance, run, services, act, by_person=True)
    audit.record(actor, "workflow.tasks.jumped", row, task_id=task.id, node_id=row.node_id, asked_by=row.asked_by)
    notices.send_inbox(
        sorted({*whom, row.asked_by} - {actor.user_id or 0}),
        f"流程已跳转至「{row.node_name}」，本任务已撤下：{task.name}",
        f"{task.title}：{row.reason}",
        link=f"/cases/{instance.id}",
        kind="TASK",
    )
    return row


def refuse_jump(request_id: int, *, reason: str, actor: Actor) -> JumpRequest:
    """Do not let it: the second administrator refuses, or whoever asked thinks better of it."""
    reason = require_reason(reason, ReasonTooShort)
    row = _get_waiting(request_id)
    task, instance = access.lock_task(row.task_id, even_suspended=True)
    row = _get_waiting(request_id)
    own = row.asked_by == actor.user_id
    row.state, row.answer = JumpState.WITHDRAWN if own else JumpState.REFUSED, reason
    row.decided_by, row.decided_at = actor.user_id, clock.now()
    write_log(instance, actor, "refuse_jump", task=task, comment=reason, target=row.node_name)
    audit.record(actor, "workflow.tasks.jump_refused", row, reason=reason)
    if not own:
        notices.send_inbox(
            [row.asked_by],
            f"{actor.name} 未同意跳转：{task.name} → {row.node_name}",
            f"{task.title}：{reason}",
            link=f"/tasks/{task.id}",
            kind="TASK",
        )
    return row


def find_waiting(task_id: int) -> JumpRequest | None:
    """What waits for a second administrator on a task."""
    query = select(JumpRequest).where(JumpRequest.task_id == task_id, JumpRequest.state == JumpState.WAITING)
    return db.session.scalar(query)


def list_waiting() -> Sequence[JumpRequest]:
    """Everything that waits for a second administrator, oldest first."""
    query = select(JumpRequest).where(JumpRequest.state == JumpState.WAITING)
    return db.session.scalars(query.order_by(JumpRequest.asked_at, JumpRequest.id)).all()


def targets_of(task: UserTask, actor: Actor) -> list[tuple[str, str]]:
    """(node id, name) a task's token may be asked to go to; none when it is closed."""
    if not _stands(task):
        return []
    run, _services = store.open_run(task.instance, actor)
    return run.jump_targets(task.engine_task_id)


def _stands(task: UserTask) -> bool:
    return task.kind == TaskKind.NORMAL and task.state in {TaskState.OPEN, TaskState.REWORK}


def _require_standing(task: UserTask) -> None:
    if not _stands(task):
        raise CannotJump(reason=_("该任务已办结、已撤销，或是退回修改的任务"))


def _get_waiting(request_id: int) -> JumpRequest:
    query = select(JumpRequest).where(JumpRequest.id == request_id)
    row = db.session.scalar(query.execution_options(populate_existing=True))
    if row is None:
        raise JumpNotFound
    if row.state != JumpState.WAITING:
        raise CannotJump(reason=_("该申请已处理"))
    return row
