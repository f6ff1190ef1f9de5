"""Who signs a countersigned node, changed while it goes on: more signers 加签, and fewer 减签."""

from collections.abc import Sequence
from functools import partial

from sqlalchemy import select

from app.core.db import db
from app.core.i18n import _
from app.core.reasons import require_reason
from app.core.tenancy import Actor
from app.support import audit, notices
from app.support.identity import queries as people
from app.support.identity.models import User
from app.workflow.engine import Round
from app.workflow.engine.countersign import Way, is_countersigned
from app.workflow.instances import signing, store
from app.workflow.instances.access import MANAGE
from app.workflow.instances.assigning.barring import why_barred
from app.workflow.instances.log import write_log
from app.workflow.instances.models import ProcessInstance, TaskState, UserTask
from app.workflow.instances.signing import Seated
from app.workflow.tasks import access
from app.workflow.tasks.errors import CannotChangeSigners, NobodyAsked, ReasonTooShort, SentBack

MOST_ADDED = 20
"""People added at once."""


def may_add(task: UserTask, found: Round, actor: Actor) -> bool:
    """Whoever manages cases; a signer too, but not where votes are counted: nobody packs a vote."""
    if found.result is not None or task.state is not TaskState.OPEN:
        return False
    if actor.may(MANAGE):
        return True
    offers = "add_handler" in access.actions_of(task) and not access.is_secret(task)
    return offers and found.rule.way is not Way.VOTES and access.may_act(task, actor)


def may_drop(task: UserTask, found: Round, actor: Actor) -> bool:
    """Whoever manages cases, while more than one is asked."""
    return found.result is None and task.state is TaskState.OPEN and len(found.seats) > 1 and actor.may(MANAGE)


def add_signers(
    task_id: int, user_ids: Sequence[int], *, reason: str, actor: Actor, row_version: int | None = None
) -> list[User]:
    """Let more people sign; one by one after whose turn it is, else beside the others.

    :raises CannotChangeSigners: not hers to do, or one of them cannot sign. :raises NobodyAsked: nobody is named.
    """
    reason = require_reason(reason, ReasonTooShort)
    task, instance, found, seats = _round(task_id, actor, row_version)
    if not may_add(task, found, actor):
        raise CannotChangeSigners(reason=_("您不能增加本环节的会签人；票签的名单只能由流程管理员增减"))
    users = [people.get_user(user_id) for user_id in dict.fromkeys(user_ids)]
    if not users:
        raise NobodyAsked
    if len(users) > MOST_ADDED:
        raise CannotChangeSigners(reason=_("一次最多增加 %(n)s 人", n=MOST_ADDED))
    there = {one.holder for one in seats} | {one.seat.signer for one in seats}
    for user in users:
        why = _why_not(user, task, there)
        if why:
            raise CannotChangeSigners(reason=f"{user.name}：{why}")
    names = "、".join(user.name for user in users)
    write_log(instance, actor, "add_signers", task=task, comment=reason, target=names[:200])
    run, services = store.open_run(instance, actor)
    act = partial(run.add_signers, task.engine_task_id, [user.id for user in users])
    store.drive(instance, run, services, act, by_person=True)
    audit.record(actor, "workflow.tasks.signers_added", task, to=[user.id for user in users], reason=reason)
    return users


def _why_not(user: User, task: UserTask, there: set[int | None]) -> str:
    if not user.active:
        return _("该用户已停用")
    if user.id in there:
        return _("已是本环节的会签人")
    return why_barred(task, user.id)


def drop_signer(task_id: int, seat: int, *, reason: str, actor: Actor, row_version: int | None = None) -> str:
    """Take somebody off who has not signed; the votes there are may then decide.

    :param seat: place in the round, as the page of the task shows it. :returns: her name.
    :raises CannotChangeSigners: not hers to do. :raises NotSigning: she has signed, or nobody would be left.
    """
    reason = require_reason(reason, ReasonTooShort)
    task, instance, found, seats = _round(task_id, actor, row_version)
    if not may_drop(task, found, actor):
        raise CannotChangeSigners(reason=_("只有流程管理员可以减去会签人，且至少要留一位"))
    gone = next((one for one in seats if one.seat.index == seat), None)
    name = people.display_name(gone.holder) if gone is not None and gone.holder else ""
    run, services = store.open_run(instance, actor)
    write_log(instance, actor, "drop_signer", task=task, comment=reason, target=name[:200])
    act = partial(run.drop_signer, task.engine_task_id, seat)
    store.drive(instance, run, services, act, by_person=True)
    if gone is not None and gone.row is not None and gone.holder:
        notices.send_inbox([gone.holder], f"不再需要您签署：{task.name}", f"{task.title}：{reason}", kind="TASK")
    audit.record(
        actor, "workflow.tasks.signer_dropped", task, user_id=gone.holder if gone else None, reason=reason
    )
    return name


def _round(
    task_id: int, actor: Actor, row_version: int | None
) -> tuple[UserTask, ProcessInstance, Round, list[Seated]]:
    """An open task of a round that goes on, locked. :raises CannotChangeSigners: it is part of none."""
    task, instance = access.lock_task(task_id)
    access.require_visible(task, actor)
    access.require_open(task)
    access.require_version(task, row_version)
    found = signing.find_round(task, instance, actor)
    if found is None:
        raise CannotChangeSigners(reason=_("本环节不是会签环节"))
    return task, instance, *found


def require_not_sent_back(task: UserTask) -> None:
    """:raises SentBack: another signer had it sent back for correction; all sign anew when it has come back."""
    if not is_countersigned(task.properties):
        return
    query = select(UserTask).where(
        UserTask.instance_id == task.instance_id,
        UserTask.node_id == task.node_id,
        UserTask.process_id == task.process_id,
        UserTask.state == TaskState.REWORK,
    )
    waits = db.session.scalar(query.limit(1))
    if waits is not None:
        raise SentBack(name=people.display_name(waits.assignee_id) if waits.assignee_id else task.name)
