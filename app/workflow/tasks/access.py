"""May this person act on this task? And load it locked, instance first."""

from app.core.errors import AppError, StaleData
from app.core.i18n import _, lazy
from app.core.rows import known_row
from app.core.tenancy import Actor, system_actor
from app.support.identity import queries as people
from app.support.identity import substitutes
from app.support.identity.models import User
from app.workflow.engine.countersign import is_countersigned
from app.workflow.instances import signing, store
from app.workflow.instances.access import is_candidate, may_see_case, role_name, took_part
from app.workflow.instances.assigning.barring import why_barred
from app.workflow.instances.models import ProcessInstance, TaskState, UserTask
from app.workflow.tasks import beside, standing_in
from app.workflow.tasks.errors import (
    AlreadyClaimed,
    CannotTransfer,
    KeptApart,
    NotOnCase,
    NotYourTask,
    TaskClosed,
    TaskNotFound,
)

ALL_ACTIONS = frozenset({"return", "transfer", "comment", "take_back", "delegate", "add_handler"})
HAS_SEAT = lazy("对方已是本环节的会签人，一人只计一票；请改选名单以外的同事，或请流程管理员减去本任务的会签人")
_HOW = {
    TaskState.DONE: "已由 %(name)s 办结",
    TaskState.CANCELLED: "流程已转向其他环节",
    TaskState.REWORK: "已退回修改",
}


def get_task(task_id: int) -> UserTask:
    """One task. :raises TaskNotFound:"""
    task = known_row(UserTask, task_id)
    if task is None:
        raise TaskNotFound
    return task


def lock_task(task_id: int, *, even_suspended: bool = False) -> tuple[UserTask, ProcessInstance]:
    """The task and its instance, the instance locked first (the order that avoids deadlocks).

    :raises TaskNotFound:
    :raises InstanceSuspended: the case rests; only what says something about it goes on.
    """
    found = store.lock_with_task(task_id)
    if found is None:
        raise TaskNotFound
    task, instance = found
    if not even_suspended:
        store.require_not_suspended(instance)
    return task, instance


def require_open(task: UserTask) -> None:
    """It must still be on the list. :raises TaskClosed:"""
    if task.state == TaskState.OPEN:
        return
    name = people.display_name(task.closed_by) if task.closed_by else _("他人")
    raise TaskClosed(how=_(_HOW[task.state], name=name))


def require_version(task: UserTask, row_version: int | None) -> None:
    """The page must show the task as it is. :raises StaleData:"""
    if row_version is not None and row_version != task.row_version:
        raise StaleData


def may_act(task: UserTask, actor: Actor) -> bool:
    """Her own task, one of her pool nobody has claimed, or one of somebody she stands in for."""
    return is_own(task, actor) or standing_in.owner_on(task, actor) is not None


def is_own(task: UserTask, actor: Actor) -> bool:
    """Her own task, or one of her own pool nobody has claimed."""
    if task.assignee_id is not None:
        return task.assignee_id == actor.place_id
    return is_candidate(task, actor)


def handler_of(task: UserTask, actor: Actor) -> Actor:
    """Who acts on the task if this person does: she herself, or she in the place of somebody who is away.

    :raises AlreadyClaimed: a colleague of the pool has it. :raises NotYourTask: another role's.
    """
    if is_own(task, actor):
        return actor
    absent = standing_in.owner_on(task, actor)
    if absent is not None:
        return substitutes.in_place_of(actor, absent)
    if task.assignee_id is not None:
        name = people.display_name(task.assignee_id)
        if not task.assigned_by_process and is_candidate(task, actor):
            raise AlreadyClaimed(name=name)
        raise NotYourTask(whose=f" {name} ")
    raise NotYourTask(whose=_("“%(role)s”岗位", role=role_name(task.role or "")))


def seen_from(task: UserTask, actor: Actor) -> Actor:
    """The person with what she may do on this task: in the place of whom she stands in for, else as herself."""
    absent = None if is_own(task, actor) else standing_in.owner_on(task, actor)
    return actor if absent is None else substitutes.in_place_of(actor, absent)


def submitter_of(task: UserTask, actor: Actor) -> Actor:
    """Whoever submitted a task and wants it back, in the place she submitted it from."""
    if task.assignee_id in {None, actor.user_id}:
        return actor
    return substitutes.in_place_of(actor, task.assignee_id or 0)


def require_not_barred(task: UserTask, user_id: int | None) -> None:
    """Four eyes and recusal hold whoever gave her the task, and nobody signs twice in one round.

    :raises KeptApart: the case keeps her from it.
    """
    reason = why_barred(task, user_id) if user_id is not None else ""
    if not reason and task.assignee_id is None and _has_other_seat(task, user_id):
        reason = _("已是本环节的会签人")
    if reason:
        raise KeptApart(name=people.display_name(user_id), node=task.name, reason=reason)


def require_can_take(task: UserTask, person: User) -> None:
    """Somebody else may be given the task. :raises CannotTransfer: :raises KeptApart: the case bars her."""
    if task.role and task.role not in person.role_codes:
        raise CannotTransfer(name=person.name, reason=_("对方没有“%(role)s”岗位", role=role_name(task.role)))
    if person.id in {ask.user_id for ask in beside.unanswered(task.id)}:
        raise CannotTransfer(name=person.name, reason=_("对方正在会办本任务，请先撤销其加签或委派"))
    if person.id in seated_on(task):
        raise CannotTransfer(name=person.name, reason=str(HAS_SEAT))
    require_not_barred(task, person.id)


def seated_on(task: UserTask) -> frozenset[int]:
    """Who has a seat in the round of this task, or had it before it was handed on; nobody where it is no round."""
    return frozenset(one for seat in _seats(task) for one in (seat.holder, seat.seat.signer) if one is not None)


def _has_other_seat(task: UserTask, user_id: int | None) -> bool:
    others = [seat for seat in _seats(task) if seat.seat.task_id != task.engine_task_id]
    return user_id is not None and any(user_id in {seat.holder, seat.seat.signer} for seat in others)


def _seats(task: UserTask) -> list[signing.Seated]:
    if not is_countersigned(task.properties):
        return []
    found = signing.find_round(task, task.instance, system_actor(task.tenant_id))
    return found[1] if found is not None else []


def may_see(task: UserTask, actor: Actor) -> bool:
    """Her own or her pool's, or a task of a case she may see."""
    if may_act(task, actor) or actor.user_id == task.closed_by:
        return True
    if is_candidate(task, actor) and not task.assigned_by_process:
        return True
    return may_see_case(task.instance, actor)


def require_visible(task: UserTask, actor: Actor) -> None:
    """:raises TaskNotFound: not hers to see; whether it exists is not told either."""
    if not may_see(task, actor):
        raise TaskNotFound


def require_part(task: UserTask, actor: Actor) -> None:
    """Who started the case, works or worked on it, or is asked beside its owner.

    :raises TaskNotFound: not hers to see. :raises NotOnCase: she only looks on.
    """
    require_visible(task, actor)
    if not takes_part(task, actor):
        raise NotOnCase


def takes_part(task: UserTask, actor: Actor) -> bool:
    """Whether she has a hand in the case, and does not only look on."""
    if actor.user_id == task.instance.started_by or may_act(task, actor):
        return True
    return beside.find_ask(task, actor) is not None or took_part(task.instance_id, actor)


def require_action(task: UserTask, action: str, refusal: AppError) -> None:
    """The node must offer the action. :raises: ``refusal`` otherwise."""
    if action not in actions_of(task):
        raise refusal


def actions_of(task: UserTask) -> frozenset[str]:
    """What the node offers besides submitting; a node that says nothing offers everything."""
    named = task.properties.get("actions")
    return frozenset(name.strip() for name in named.split(",")) if named else ALL_ACTIONS


def is_secret(task: UserTask) -> bool:
    """Whether the answers belong to the room alone (named ballots, hidden until the count)."""
    return task.properties.get("secret") == "true"
