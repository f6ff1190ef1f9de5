"""Add signers 加签 before, beside or after the owner, and take one off again 减签."""

from collections.abc import Sequence

from app.core import clock
from app.core.i18n import _
from app.core.reasons import require_reason
from app.core.tenancy import Actor
from app.support import audit, notices
from app.workflow.instances.log import write_log
from app.workflow.tasks import access, beside
from app.workflow.tasks.errors import AskNotOffered, CannotRemove, NotYourTask, ReasonTooShort
from app.workflow.tasks.models import UNANSWERED, AskKind, AskState, CoHandler
from app.workflow.tasks.operations import asking, passing

ACTIONS = {AskKind.BEFORE: "add_before", AskKind.PARALLEL: "add_parallel", AskKind.AFTER: "add_after"}
"""What the log calls them."""


def add_handlers(
    task_id: int,
    user_ids: Sequence[int],
    kind: AskKind,
    *,
    request: str,
    actor: Actor,
    row_version: int | None = None,
) -> list[CoHandler]:
    """Ask one or several colleagues to sign, each with an opinion.

    :param kind: BEFORE, PARALLEL or AFTER.
    :raises CannotAsk: the node offers no added signers, or one of them cannot be asked: then none is.
    """
    what = _("请")
    refusal = AskNotOffered(what=_("加签"))
    if kind not in ACTIONS:
        raise refusal
    task, instance, actor = asking.open_for_asking(task_id, "add_handler", refusal, actor, row_version)
    users = asking.people_to_ask(user_ids, what, task, actor)
    asks = asking.ask(task, instance, users, kind, request=request, actor=actor, action=ACTIONS[kind])
    audit.record(actor, "workflow.tasks.handlers_added", task, kind=kind.value, to=[one.user_id for one in asks])
    return asks


def remove_handler(
    task_id: int, ask_id: int, *, reason: str, actor: Actor, row_version: int | None = None
) -> CoHandler:
    """Take off somebody who has not acted yet 减签; also how a delegation is called back.

    The owner may do it, and a delegate with whom she passed it on to. When nobody is left to sign what was
    submitted, it is passed on.

    :raises CannotRemove: she has acted, or is not asked on this task.
    :raises NotYourTask: somebody else asked her.
    """
    reason = require_reason(reason, ReasonTooShort)
    task, instance = access.lock_task(task_id)
    access.require_open(task)
    access.require_version(task, row_version)
    ask = next((one for one in beside.asked_on(task.id) if one.id == ask_id), None)
    if ask is None:
        raise CannotRemove(reason=_("该任务上没有这位会办人"))
    if actor.user_id not in {ask.asked_by, task.assignee_id}:
        raise NotYourTask(whose=f" {beside.names_of([ask])} ")
    if ask.state not in UNANSWERED:
        raise CannotRemove(reason=_("对方已办理，意见已留存"))
    deeper = beside.passed_on(ask)
    gone = [one for one in (ask, deeper) if one is not None]
    for one in gone:
        one.state, one.answered_at = AskState.REMOVED, clock.now()
    action = "call_back" if ask.kind == AskKind.DELEGATE else "remove_handler"
    write_log(instance, actor, action, task=task, comment=reason, target=beside.names_of(gone))
    notices.send_inbox(
        [one.user_id for one in gone], f"{actor.name} 撤销了请您的会办：{task.name}", f"{task.title}：{reason}"
    )
    audit.record(actor, "workflow.tasks.handler_removed", task, user_id=ask.user_id, reason=reason)
    passing.pass_on_when_signed(task, instance)
    return ask
