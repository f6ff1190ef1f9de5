"""The substitute's hand on a task 代理: whose place somebody may take on it, for lists and as an answer.

A task stays the absent person's; whoever stands in for her today sees it and acts on it, named as both. On one
case a person acts from one place only, hers or one other's: who made something does not check it for another.
"""

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.orm import aliased

from app.core.db import db
from app.core.rows import read_values
from app.core.tenancy import Actor
from app.support.identity import queries as people
from app.support.identity import substitutes
from app.support.identity.models import Role, Substitution, UserRole
from app.workflow.instances.models import ProcessInstance, TaskCandidate, TaskLog, TaskState, UserTask
from app.workflow.tasks.errors import OtherPlace, SignerStoodIn
from app.workflow.tasks.models import AskState, CoHandler

Places = tuple[Select[int, int], ...]
"""Selects of (task, absent person): each goes from the absent person to her tasks by an index of its own."""

DEEDS = ("start", "submit", "hold", "sign", "answer")
"""What binds somebody to the place she did it from; looking, drafting and passing on do not."""


def stands_in(actor: Actor) -> ColumnElement[bool]:
    """Whether she stands in for anybody today: asked first and once, so that for most a list goes no further."""
    return exists().where(Substitution.stand_in_id == actor.user_id, substitutes.in_force())


def own_places(actor: Actor) -> Places:
    """(task, absent person) of the open tasks of people she stands in for."""
    return (_reaching(actor).where(UserTask.assignee_id == Substitution.user_id),)


def pool_places(actor: Actor) -> Places:
    """(task, absent person) of the unclaimed tasks such people could claim: named for them, and by their roles."""
    unclaimed = _reaching(actor).where(UserTask.assignee_id.is_(None))
    named = unclaimed.join(TaskCandidate, TaskCandidate.user_id == Substitution.user_id)
    of_role = unclaimed.join(UserRole, UserRole.user_id == Substitution.user_id)
    of_role = of_role.join(Role, and_(Role.id == UserRole.role_id, Role.active))
    return (
        named.where(UserTask.has_candidates.is_(True), TaskCandidate.task_id == UserTask.id),
        of_role.where(UserTask.has_candidates.is_(False), UserTask.role == Role.code),
    )


def asked_places(actor: Actor) -> Places:
    """(task, absent person) of the tasks such people are asked to act on beside the owner, now."""
    deeper = aliased(CoHandler)
    passed_on = exists().where(deeper.passed_on_from_id == CoHandler.id, deeper.state == AskState.WAITING)
    asked = exists().where(
        CoHandler.task_id == UserTask.id,
        CoHandler.user_id == Substitution.user_id,
        CoHandler.state == AskState.WAITING,
        ~passed_on,
    )
    return (_reaching(actor).where(asked),)


def _reaching(actor: Actor) -> Select[int, int]:
    of_case = select(ProcessInstance.amount_fen).where(ProcessInstance.id == UserTask.instance_id)
    amount_fen = of_case.scalar_subquery()  # read only where a substitution is limited to an amount
    return (
        select(UserTask.id, Substitution.user_id)
        .select_from(Substitution)
        .join(UserTask, UserTask.state == TaskState.OPEN)
        .where(
            Substitution.stand_in_id == actor.user_id,
            substitutes.in_force(),
            substitutes.covers(UserTask.started_as, amount_fen),
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


def owner_on(task: UserTask, actor: Actor) -> int | None:
    """Whose task it is, or whose pool it lies in, if she may act there in that person's place."""
    if actor.user_id is None or task.state != TaskState.OPEN:
        return None
    places = pool_places(actor) if task.assignee_id is None else own_places(actor)
    return _whose(places, task)


def asked_on(task: UserTask, actor: Actor) -> int | None:
    """Who is asked on the task beside its owner, if she may answer in that person's place."""
    return None if actor.user_id is None else _whose(asked_places(actor), task)


def _whose(places: Places, task: UserTask) -> int | None:
    found = [one.with_only_columns(Substitution.user_id).where(UserTask.id == task.id) for one in places]
    people = {user_id for query in found for user_id in db.session.scalars(query)}
    return min(people, default=None)


def takes_place_on(instance_id: int, actor: Actor) -> bool:
    """Whether she stands in for somebody with work on a case: then she may look at it."""
    if actor.user_id is None:
        return False
    every = (*own_places(actor), *pool_places(actor), *asked_places(actor))
    of_case = [one.where(UserTask.instance_id == instance_id).limit(1) for one in every]
    return any(db.session.execute(query).first() is not None for query in of_case)


def require_one_place(task: UserTask, actor: Actor, *, asked_by: int | None = None) -> None:
    """Who has acted on this case for somebody else does not decide on it herself, or for a third person.

    :param asked_by: who wants her opinion on a task that is not hers.
    :raises OtherPlace: she did; the task is passed on to a colleague instead.
    :raises SignerStoodIn: she did, and another is asked for an opinion instead.
    """
    if actor.user_id is None:
        return
    hers = {"instance_id": task.instance_id, "actor_id": actor.user_id, "action": DEEDS}
    done = read_values(TaskLog, ("actor_name", "on_behalf_of"), order=("seq",), **hers)
    before = next((name for name, in_place_of in done if in_place_of != actor.on_behalf_of), None)
    if before is None:
        return
    if asked_by is not None:
        raise SignerStoodIn(before=before, asker=people.display_name(asked_by))
    raise OtherPlace(before=before)
