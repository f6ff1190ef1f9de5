"""What delegating and adding signers have in common: whom one may ask, the row, the notice."""

from collections.abc import Iterable

from app.core import clock
from app.core.db import db
from app.core.errors import AppError
from app.core.i18n import _
from app.core.reasons import require_reason
from app.core.tenancy import Actor
from app.support import notices
from app.support.identity import queries as people
from app.support.identity.models import User
from app.workflow.instances.assigning.barring import why_barred
from app.workflow.instances.log import write_log
from app.workflow.instances.models import ProcessInstance, UserTask
from app.workflow.tasks import access, beside
from app.workflow.tasks.errors import CannotAsk, NobodyAsked, ReasonTooShort
from app.workflow.tasks.models import AskKind, AskState, CoHandler
from app.workflow.tasks.operations.claim import make_hers

MOST_ASKED = 20
"""People asked on one task at the same time."""


def open_for_asking(
    task_id: int, action: str, refusal: AppError, actor: Actor, row_version: int | None
) -> tuple[UserTask, ProcessInstance, Actor]:
    """The task of its owner, locked, still to be worked on, and who acts on it; a pool task becomes hers.

    :raises AppError: ``refusal`` when the node does not offer the action, or is a secret ballot.
    :raises TaskClosed, NotYourTask, StaleData, AlreadySubmitted: as for every act on a task.
    """
    task, instance = access.lock_task(task_id)
    access.require_open(task)
    actor = access.handler_of(task, actor)
    access.require_version(task, row_version)
    beside.require_not_submitted(task)
    access.require_action(task, action, refusal)
    if access.is_secret(task):
        raise refusal
    make_hers(task, instance, actor)
    return task, instance, actor


def people_to_ask(user_ids: Iterable[int], what: str, task: UserTask, actor: Actor) -> list[User]:
    """Those who can be asked, each once. :raises NobodyAsked: none named. :raises CannotAsk: one cannot."""
    named = [people.get_user(user_id) for user_id in dict.fromkeys(user_ids)]
    if not named:
        raise NobodyAsked
    asked = {ask.user_id for ask in beside.unanswered(task.id)}
    if len(asked | {user.id for user in named}) > MOST_ASKED:
        reason = _("一项任务最多同时请 %(n)s 人会办", n=MOST_ASKED)
        raise CannotAsk(what=what, name=named[-1].name, reason=reason)
    for user in named:
        reason = _why_not(user, asked, task, actor)
        if reason:
            raise CannotAsk(what=what, name=user.name, reason=reason)
    return named


def _why_not(user: User, asked: set[int], task: UserTask, actor: Actor) -> str:
    if user.id in {actor.user_id, task.assignee_id}:
        return _("该任务本就由其办理")
    if not user.active:
        return _("该用户已停用")
    if user.id in asked:
        return _("对方已在本任务会办，且尚未办理")
    return why_barred(task, user.id)


def ask(
    task: UserTask,
    instance: ProcessInstance,
    users: Iterable[User],
    kind: AskKind,
    *,
    request: str,
    actor: Actor,
    action: str,
    passed_on_from: CoHandler | None = None,
) -> list[CoHandler]:
    """Write down who is asked, log it, and tell those whose turn it is now.

    :raises ReasonTooShort: it does not say what she is asked to do.
    """
    request = require_reason(request, ReasonTooShort)
    state = AskState.PLANNED if kind == AskKind.AFTER else AskState.WAITING
    asks = [
        CoHandler(
            task_id=task.id,
            instance_id=instance.id,
            kind=kind,
            state=state,
            user_id=user.id,
            asked_by=actor.user_id,
            asked_at=clock.now(),
            request=request,
            passed_on_from_id=passed_on_from.id if passed_on_from else None,
        )
        for user in users
    ]
    db.session.add_all(asks)
    db.session.flush()
    write_log(instance, actor, action, task=task, comment=request, target=beside.names_of(asks))
    tell(task, [one for one in asks if one.state == AskState.WAITING], by=actor)
    return asks


def tell(task: UserTask, asks: Iterable[CoHandler], *, by: Actor) -> None:
    """Let people know that it is their turn."""
    for one in asks:
        notices.send_inbox(
            [one.user_id],
            f"{by.name} {beside.LABELS[one.kind]}：{task.name}",
            f"{task.title}：{one.request}",
            link=f"/tasks/{task.id}",
            kind="TASK",
        )
