"""Return to earlier nodes 退回, and take back what one has just submitted or returned 撤回."""

from collections.abc import Mapping, Sequence
from functools import partial

from sqlalchemy import func, select

from app.core.db import db
from app.core.i18n import _
from app.core.reasons import require_reason
from app.core.tenancy import Actor
from app.support import audit, notices
from app.workflow.engine import NotResettable
from app.workflow.engine.countersign import is_countersigned
from app.workflow.instances import clocks, store, worklist
from app.workflow.instances.access import role_name
from app.workflow.instances.following import tell_followers
from app.workflow.instances.log import logged, write_log
from app.workflow.instances.models import ProcessInstance, TaskKind, TaskLog, TaskState, UserTask
from app.workflow.tasks import access, beside
from app.workflow.tasks.errors import CannotReturn, CannotTakeBack, NowhereToReturn, ReasonTooShort, TooManyReturns
from app.workflow.tasks.operations import hold, rework
from app.workflow.tasks.operations.claim import make_hers
from app.workflow.tasks.queries import last_done, returnable_nodes

MAX_RETURNS = 3
"""Returns by one node before its head must decide. Source: domain processes §0.2."""


def return_to(task_id: int, node_id: str, *, reason: str, actor: Actor) -> UserTask:
    """Send the item back to one earlier node; as ``return_to_several``."""
    return return_to_several(task_id, {node_id: reason}, actor=actor)[0]


def return_to_several(task_id: int, reasons: Mapping[str, str], *, actor: Actor) -> list[UserTask]:
    """Send the item back to earlier nodes at once; its data stay, and it comes straight back when corrected.

    It comes back to whoever sent it: a task of the pool becomes hers.

    :param reasons: node id → why it is sent back to that node.
    :returns: the rework tasks of the earlier handlers, in the order of ``reasons``.
    :raises NowhereToReturn: no node was named.
    :raises CannotReturn: a node was not passed, the task allows no return, or they cannot all run again.
    :raises TooManyReturns: the head decides now; a return to several counts once.
    """
    if not reasons:
        raise NowhereToReturn
    reasons = {node_id: require_reason(reason, ReasonTooShort) for node_id, reason in reasons.items()}
    task, instance = access.lock_task(task_id)
    access.require_open(task)
    actor = access.handler_of(task, actor)
    beside.require_not_submitted(task)
    if not set(reasons) <= {node.node_id for node in returnable_nodes(task)}:
        raise CannotReturn(reason=_("该环节尚未办理过，或不在可退回范围内"))
    _require_returns_left(task, instance, actor)
    signed = [node_id for node_id in reasons if is_countersigned(last_done(instance.id, node_id).properties)]
    if signed:
        return sign_again(task, instance, reasons, actor)
    apart = rework.why_not_together(instance, list(reasons), actor)
    if apart:
        raise CannotReturn(reason=_("这些环节更正后须重新流转，而%(why)s；请分别退回", why=apart))
    make_hers(task, instance, actor)
    opened = [
        rework.open_rework(task, instance, node_id, reason=reason, actor=actor)
        for node_id, reason in reasons.items()
    ]
    names, told = "、".join(one.name for one in opened), _told(opened)
    write_log(instance, actor, "return", task=task, comment=told[:4000], target=names[:200])
    tell_followers(instance, f"被退回至「{names}」", told, but=actor.user_id)
    audit.record(actor, "workflow.tasks.returned", task, to="、".join(reasons), reason=told)
    return opened


def sign_again(
    task: UserTask, instance: ProcessInstance, reasons: Mapping[str, str], actor: Actor
) -> list[UserTask]:
    """Back to a node that several signed: nobody corrects it alone, so the token goes there and all sign anew.

    :returns: the tasks of the new round. :raises CannotReturn: with other nodes, or the structure allows it not.
    """
    if len(reasons) > 1:
        raise CannotReturn(reason=_("会签的环节退回后由全体重新签署，不能与其他环节一起退回；请单独退回"))
    ((node_id, reason),) = reasons.items()
    before = last_done(instance.id, node_id)
    run, services = store.open_run(instance, actor)
    stood = run.standing().ready
    write_log(instance, actor, "return", task=task, comment=reason[:4000], target=before.name[:200])
    try:
        act = partial(run.reset_to, before.engine_task_id if run.knows(before.engine_task_id) else node_id)
        store.drive(instance, run, services, act, by_person=True)
    except NotResettable as refused:
        raise CannotReturn(reason=str(refused)) from refused
    opened = _opened(instance, run.standing().ready - stood)
    tell_followers(instance, f"被退回至「{before.name}」", reason, but=actor.user_id)
    audit.record(actor, "workflow.tasks.returned", task, to=node_id, reason=reason)
    return opened


def _opened(instance: ProcessInstance, engine_ids: frozenset[str]) -> list[UserTask]:
    query = select(UserTask).where(
        UserTask.instance_id == instance.id,
        UserTask.engine_task_id.in_(engine_ids),
        UserTask.state == TaskState.OPEN,
    )
    return list(db.session.scalars(query.order_by(UserTask.id)))


def _told(opened: Sequence[UserTask]) -> str:
    """The reasons in one text; what is the same for all stands once."""
    reasons = [one.return_reason or "" for one in opened]
    if len(set(reasons)) == 1:
        return reasons[0]
    return "；".join(f"{one.name}：{reason}" for one, reason in zip(opened, reasons, strict=True))


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
    """Reopen what one has just submitted, or returned, as long as nobody has begun with what follows.

    :raises CannotTakeBack: not one's own last step, or the next handler has begun.
    """
    reason = require_reason(reason, ReasonTooShort)
    task, instance = access.lock_task(task_id)
    access.require_action(task, "take_back", CannotTakeBack(reason=_("本环节不允许撤回")))
    if task.state == TaskState.OPEN and hold.take_back(task, instance, reason=reason, actor=actor):
        return task
    if task.state == TaskState.REWORK:
        return _take_back_return(task, instance, reason=reason, actor=actor)
    if task.state != TaskState.DONE or task.closed_by != actor.user_id:
        raise CannotTakeBack(reason=_("只能撤回本人刚提交的任务"))
    if task.kind == TaskKind.REWORK:
        raise CannotTakeBack(reason=_("更正的内容已交回退回人；如需再改，请联系其再次退回"))
    actor = access.submitter_of(task, actor)
    if instance.status in store.ENDED:
        raise CannotTakeBack(reason=_("流程已结束"))
    if _begun_after(task):
        raise CannotTakeBack(reason=_("下一环节已开始办理，请联系其退回"))
    run, services = store.open_run(instance, actor)
    before = run.standing().ready
    try:
        run.take_back(task.engine_task_id if run.knows(task.engine_task_id) else task.node_id)
    except NotResettable as refused:
        raise CannotTakeBack(reason=str(refused)) from refused
    write_log(instance, actor, "take_back", task=task, comment=reason)
    store.save(instance, run, services)
    again = [one for one in _opened(instance, run.standing().ready - before) if one.node_id == task.node_id]
    reopened = min(again, key=lambda one: one.assignee_id != actor.place_id, default=None)
    if reopened is None:
        raise CannotTakeBack(reason=_("该环节不能重新打开"))
    reopened.assignee_id = actor.place_id
    audit.record(actor, "workflow.tasks.taken_back", reopened, reason=reason)
    return reopened


def _take_back_return(task: UserTask, instance: ProcessInstance, *, reason: str, actor: Actor) -> UserTask:
    """The returner goes on herself; what she sent back is withdrawn from its handlers, who are told.

    :raises CannotTakeBack: somebody has begun to correct.
    """
    actor = access.handler_of(task, actor)
    waiting = rework.standing_reworks(task)
    begun = [one for one in waiting if one.draft_at or one.state == TaskState.REWORK or beside.asked_on(one.id)]
    if begun or rework.corrected_since(task):
        raise CannotTakeBack(reason=_("退回的环节已开始修改，请等待修改完成"))
    for one in waiting:
        worklist.close(one, TaskState.CANCELLED)
        notices.send_inbox(
            worklist.people_of(one),
            f"{actor.name} 撤回了退回，本任务已撤下：{one.name}",
            f"{one.title}：{reason}",
            link=f"/cases/{instance.id}",
            kind="TASK",
        )
    clocks.let_go_on(task)
    write_log(instance, actor, "take_back", task=task, comment=reason)
    audit.record(actor, "workflow.tasks.return_taken_back", task, reason=reason)
    return task


def _begun_after(task: UserTask) -> bool:
    """Somebody submitted, claimed or drafted after this submission, or it was not the last one."""
    submitted = db.session.scalar(select(func.max(TaskLog.seq)).where(*logged(task, "submit")))
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
