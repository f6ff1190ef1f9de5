"""The substitute's hand on a task 代理: whose place somebody may take on it, for lists and as an answer.

A task stays the absent person's; whoever stands in for her today sees it and acts on it, named as both. On one
case a person acts from one place only, hers or one other's: who made something does not check it for another.
"""

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from app.core.db import db
from app.core.tenancy import Actor
from app.support.identity import substitutes
from app.support.identity.models import Role, Substitution, UserRole
from app.workflow.instances.models import ProcessInstance, TaskCandidate, TaskLog, TaskState, UserTask
from app.workflow.tasks.errors import OtherPlace
from app.workflow.tasks.models import AskState, CoHandler

DEEDS = ("start", "submit", "hold", "sign", "answer")
"""What binds somebody to the place she did it from; looking, drafting and passing on do not."""


def stands_in(actor: Actor) -> ColumnElement[bool]:
    """Whether she stands in for anybody today: asked first and once, so that for most a list goes no further."""
    return exists().where(Substitution.stand_in_id == actor.user_id, substitutes.in_force())


def own_places(actor: Actor) -> Select[int, int]:
    """(task, absent person) of the open tasks of people she stands in for."""
    return _reaching(actor).where(UserTask.assignee_id == Substitution.user_id)


def pool_places(actor: Actor) -> Select[int, int]:
    """(task, absent person) of the unclaimed tasks such people could claim."""
    named = exists().where(TaskCandidate.task_id == UserTask.id)
    hers = exists().where(TaskCandidate.task_id == UserTask.id, TaskCandidate.user_id == Substitution.user_id)
    role = exists().where(
        UserRole.user_id == Substitution.user_id,
        UserRole.role_id == Role.id,
        Role.active,
        Role.code == UserTask.role,
    )
    return _reaching(actor).where(UserTask.assignee_id.is_(None), or_(hers, and_(~named, role)))


def asked_places(actor: Actor) -> Select[int, int]:
    """(task, absent person) of the tasks such people are asked to act on beside the owner, now."""
    deeper = aliased(CoHandler)
    passed_on = exists().where(deeper.passed_on_from_id == CoHandler.id, deeper.state == AskState.WAITING)
    asked = exists().where(
        CoHandler.task_id == UserTask.id,
        CoHandler.user_id == Substitution.user_id,
        CoHandler.state == AskState.WAITING,
        ~passed_on,
    )
    return _reaching(actor).where(asked)


def _reaching(actor: Actor) -> Select[int, int]:
    return (
        select(UserTask.id, Substitution.user_id)
        .select_from(Substitution)
        .join(UserTask, UserTask.state == TaskState.OPEN)
        .join(ProcessInstance, ProcessInstance.id == UserTask.instance_id)
        .where(
            Substitution.stand_in_id == actor.user_id,
            substitutes.in_force(),
            substitutes.covers(ProcessInstance.process_id, ProcessInstance.amount_fen),
            ~UserTask.personal,
            ~_acted_from(actor, func.coalesce(TaskLog.on_behalf_of, 0) != Substitution.user_id),
        )
    )


def _acted_from(actor: Actor, place: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(
        TaskLog.instance_id == UserTask.instance_id,
        TaskLog.actor_id == actor.user_id,
        TaskLog.action.in_(DEEDS),
        place,
    )


def keys(places: Select[int, int]) -> Select[int]:
    """The tasks alone."""
    return places.with_only_columns(UserTask.id)


def owner_on(task: UserTask, actor: Actor) -> int | None:
    """Whose task it is, or whose pool it lies in, if she may act there in that person's place."""
    if actor.user_id is None or task.state != TaskState.OPEN:
        return None
    places = pool_places(actor) if task.assignee_id is None else own_places(actor)
    return _whose(places, task)


def asked_on(task: UserTask, actor: Actor) -> int | None:
    """Who is asked on the task beside its owner, if she may answer in that person's place."""
    return None if actor.user_id is None else _whose(asked_places(actor), task)


def _whose(places: Select[int, int], task: UserTask) -> int | None:
    query = places.with_only_columns(Substitution.user_id).where(UserTask.id == task.id)
    return db.session.scalar(query.order_by(Substitution.user_id).limit(1))


def takes_place_on(instance_id: int, actor: Actor) -> bool:
    """Whether she stands in for somebody with work on a case: then she may look at it."""
    if actor.user_id is None:
        return False
    for places in (own_places(actor), pool_places(actor), asked_places(actor)):
        if db.session.scalar(keys(places).where(UserTask.instance_id == instance_id).limit(1)) is not None:
            return True
    return False


def require_one_place(task: UserTask, actor: Actor) -> None:
    """Who has acted on this case for somebody else does not decide on it herself, or for a third person.

    :raises OtherPlace: she did; the task is passed on to a colleague instead.
    """
    if actor.user_id is None:
        return
    place = actor.on_behalf_of or 0
    query = select(TaskLog.actor_name).where(
        TaskLog.instance_id == task.instance_id,
        TaskLog.actor_id == actor.user_id,
        TaskLog.action.in_(DEEDS),
        func.coalesce(TaskLog.on_behalf_of, 0) != place,
    )
    before = db.session.scalar(query.order_by(TaskLog.seq).limit(1))
    if before is not None:
        raise OtherPlace(before=before)
