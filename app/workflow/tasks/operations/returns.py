"""Return to an earlier node 退回, and take back what one has just submitted 撤回."""

from sqlalchemy import func, select

from app.core.db import db
from app.core.i18n import _
from app.core.reasons import require_reason
from app.core.tenancy import Actor
from app.support import audit
from app.workflow.engine import NotResettable
from app.workflow.instances import store
from app.workflow.instances.access import role_name
from app.workflow.instances.following import tell_followers
from app.workflow.instances.log import write_log
from app.workflow.instances.models import ProcessInstance, TaskLog, TaskState, UserTask
from app.workflow.tasks import access, beside
from app.workflow.tasks.errors import CannotReturn, CannotTakeBack, ReasonTooShort, TooManyReturns
from app.workflow.tasks.operations import hold
from app.workflow.tasks.operations.rework import open_rework
from app.workflow.tasks.queries import returnable_nodes

MAX_RETURNS = 3
"""Returns by one node before its head must decide. Source: domain processes §0.2."""


def return_to(task_id: int, node_id: str, *, reason: str, actor: Actor) -> UserTask:
    """Send the item back to an earlier node; its data stay, and it comes straight back when corrected.

    :returns: the rework task of the earlier handler.
    :raises CannotReturn: that node was not passed, or the node allows no return.
    :raises TooManyReturns: the head decides now.
    """
    reason = require_reason(reason, ReasonTooShort)
    task, instance = access.lock_task(task_id)
    access.require_open(task)
    actor = access.handler_of(task, actor)
    beside.require_not_submitted(task)
    allowed = {node.node_id: node for node in returnable_nodes(task)}
    if node_id not in allowed:
        raise CannotReturn(reason=_("该环节尚未办理过，或不在可退回范围内"))
    _require_returns_left(task, instance, actor)
    rework = open_rework(task, instance, node_id, reason=reason, actor=actor)
    write_log(instance, actor, "return", task=task, comment=reason, target=rework.name)
    tell_followers(instance, f"被退回至「{rework.name}」", reason, but=actor.user_id)
    audit.record(actor, "workflow.tasks.returned", task, to=node_id, reason=reason)
    return rework


def _require_returns_left(task: UserTask, instance: ProcessInstance, actor: Actor) -> None:
    count = db.session.scalar(
        select(func.count()).where(
            TaskLog.instance_id == instance.id, TaskLog.node_id == task.node_id, TaskLog.action == "return"
        )
    )
    head = task.properties.get("escalate") or "GM"
    if (count or 0) >= MAX_RETURNS and not actor.has_role(head, "GM"):
        raise TooManyReturns(count=count, role=role_name(head))


def take_back(task_id: int, *, reason: str, actor: Actor) -> UserTask:
    """Reopen what one has just submitted, as long as nobody has begun with what follows.

    :raises CannotTakeBack: not one's own last step, or the next handler has begun.
    """
    reason = require_reason(reason, ReasonTooShort)
    task, instance = access.lock_task(task_id)
    access.require_action(task, "take_back", CannotTakeBack(reason=_("本环节不允许撤回")))
    if task.state == TaskState.OPEN and hold.take_back(task, instance, reason=reason, actor=actor):
        return task
    if task.state != TaskState.DONE or task.closed_by != actor.user_id:
        raise CannotTakeBack(reason=_("只能撤回本人刚提交的任务"))
    actor = access.submitter_of(task, actor)
    if instance.status in store.ENDED:
        raise CannotTakeBack(reason=_("流程已结束"))
    if _begun_after(task):
        raise CannotTakeBack(reason=_("下一环节已开始办理，请联系其退回"))
    run, services = store.open_run(instance, actor)
    try:
        run.reset_to(task.engine_task_id if run.knows(task.engine_task_id) else task.node_id)
    except NotResettable as refused:
        raise CannotTakeBack(reason=str(refused)) from refused
    write_log(instance, actor, "take_back", task=task, comment=reason)
    store.save(instance, run, services)
    reopened = db.session.scalar(
        select(UserTask).where(
            UserTask.instance_id == instance.id, UserTask.node_id == task.node_id, UserTask.state == TaskState.OPEN
        )
    )
    if reopened is None:
        raise CannotTakeBack(reason=_("该环节不能重新打开"))
    reopened.assignee_id = actor.place_id
    audit.record(actor, "workflow.tasks.taken_back", reopened, reason=reason)
    return reopened


def _begun_after(task: UserTask) -> bool:
    """Somebody submitted, claimed or drafted after this submission, or it was not the last one."""
    submitted = db.session.scalar(
        select(func.max(TaskLog.seq)).where(TaskLog.task_id == task.id, TaskLog.action == "submit")
    )
    later = db.session.scalar(
        select(func.count()).where(
            TaskLog.instance_id == task.instance_id,
            TaskLog.seq > (submitted or 0),
            TaskLog.action.in_(["submit", "claim", "return", "message", "timer"]),
        )
    )
    drafted = db.session.scalar(
        select(func.count()).where(
            UserTask.instance_id == task.instance_id,
            UserTask.state == TaskState.OPEN,
            UserTask.draft_at.is_not(None),
        )
    )
    return bool(later or drafted)
