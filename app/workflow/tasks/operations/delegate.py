"""Delegate 委派: a colleague acts with an opinion, then the task comes back to its owner, who submits."""

from app.core.i18n import _
from app.core.tenancy import Actor
from app.support import audit
from app.support.identity import substitutes
from app.workflow.instances.models import UserTask
from app.workflow.tasks import access, beside
from app.workflow.tasks.errors import AskNotOffered, CannotAsk, OthersFirst
from app.workflow.tasks.models import AskKind, CoHandler
from app.workflow.tasks.operations import asking

DEPTH = "delegateDepth"
"""Node property: how often a delegation may be passed on; 0 when it says nothing."""


def delegate(
    task_id: int, to_user_id: int, *, request: str, actor: Actor, row_version: int | None = None
) -> CoHandler:
    """Let a colleague act first. A delegate may pass it on as deep as the node's ``delegateDepth`` says.

    :raises CannotAsk: the node offers no delegation, the chain is at its end, or the person cannot be asked.
    :raises OthersFirst: somebody else is asked first already.
    """
    task = access.get_task(task_id)
    mine = beside.find_ask(task, actor)
    if mine is not None and mine.kind == AskKind.DELEGATE:
        return _pass_on(task_id, mine, to_user_id, request=request, actor=actor, row_version=row_version)
    what = _("委派给")
    refusal = AskNotOffered(what=_("委派"))
    task, instance, actor = asking.open_for_asking(task_id, "delegate", refusal, actor, row_version)
    waiting = beside.unanswered(task.id, [AskKind.DELEGATE])
    if waiting:
        raise OthersFirst(names=beside.names_of(waiting))
    users = asking.people_to_ask([to_user_id], what, task, actor)
    (made,) = asking.ask(task, instance, users, AskKind.DELEGATE, request=request, actor=actor, action="delegate")
    audit.record(actor, "workflow.tasks.delegated", task, to=to_user_id)
    return made


def _pass_on(
    task_id: int, mine: CoHandler, to_user_id: int, *, request: str, actor: Actor, row_version: int | None
) -> CoHandler:
    task, instance = access.lock_task(task_id)
    access.require_open(task)
    access.require_version(task, row_version)
    mine = beside.get_ask(task, actor)
    if mine.user_id != actor.user_id:
        actor = substitutes.in_place_of(actor, mine.user_id)
    what = _("委派给")
    users = asking.people_to_ask([to_user_id], what, task, actor)
    if depth_of(mine, task) >= most_depth(task):
        raise CannotAsk(what=what, name=users[0].name, reason=_("本环节不允许被委派人再次委派"))
    (made,) = asking.ask(
        task,
        instance,
        users,
        AskKind.DELEGATE,
        request=request,
        actor=actor,
        action="delegate",
        passed_on_from=mine,
    )
    audit.record(actor, "workflow.tasks.delegated", task, to=to_user_id, passed_on=True)
    return made


def may_pass_on(mine: CoHandler | None, task: UserTask) -> bool:
    """Whether a delegate may delegate in turn."""
    return mine is not None and mine.kind == AskKind.DELEGATE and depth_of(mine, task) < most_depth(task)


def most_depth(task: UserTask) -> int:
    """How often a delegation of this node may be passed on."""
    text = task.properties.get(DEPTH) or "0"
    return int(text) if text.isascii() and text.isdigit() else 0


def depth_of(ask: CoHandler, task: UserTask) -> int:
    """0 for whom the owner asked, 1 for whom that one asked, and so on."""
    by_id = {one.id: one for one in beside.asked_on(task.id)}
    depth = 0
    while ask.passed_on_from_id in by_id:
        ask, depth = by_id[ask.passed_on_from_id], depth + 1
    return depth
