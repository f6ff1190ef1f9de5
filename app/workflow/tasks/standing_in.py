"""The substitute's hand on a task 代理: whose place somebody may take on it, for lists and as an answer.

A task stays the absent person's; whoever stands in for her today sees it and acts on it, named as both. On one
case a person acts from one place only, hers or one other's: who made something does not check it for another.
"""

from collections.abc import Callable, Iterable

from sqlalchemy import ColumnElement, Select, exists, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from app.core.db import db
from app.core.rows import read_values
from app.core.tenancy import Actor
from app.support.identity import queries as people
from app.support.identity import substitutes
from app.support.identity.substitutes import Place
from app.workflow.instances.models import ProcessInstance, TaskCandidate, TaskLog, TaskState, UserTask
from app.workflow.tasks.errors import OtherPlace, SignerStoodIn
from app.workflow.tasks.models import AskState, CoHandler

DEEDS = ("start", "submit", "hold", "sign", "answer")
"""What binds somebody to the place she did it from; looking, drafting and passing on do not."""

Way = Callable[[Place, Actor], ColumnElement[bool]]
"""Of a task: it comes to whoever takes this place, and this person may act on it there."""


def places_of(actor: Actor) -> tuple[Place, ...]:
    """Whose places she may take today. Asked before a list is written, which then says nothing of substitutes for
    nearly everybody: half of the time of a list was the database's for thinking them over.
    """
    return () if actor.user_id is None else substitutes.places_of(actor.user_id)


def owned(place: Place, actor: Actor) -> ColumnElement[bool]:
    """It is the absent person's."""
    return (UserTask.assignee_id == place.user_id) & _reached(place, actor)


def of_role(place: Place, actor: Actor) -> ColumnElement[bool]:
    """The absent person could claim it, as everybody of a role of hers that the actor has not herself."""
    in_pool = UserTask.assignee_id.is_(None) & UserTask.has_candidates.is_(False)
    return in_pool & UserTask.role.in_(sorted(place.roles - actor.roles)) & _reached(place, actor)


def named(place: Place, actor: Actor) -> ColumnElement[bool]:
    """The absent person could claim it, being named for it."""
    hers = select(TaskCandidate.task_id).where(TaskCandidate.user_id == place.user_id)
    in_pool = UserTask.assignee_id.is_(None) & UserTask.has_candidates.is_(True)
    return in_pool & UserTask.id.in_(hers) & _reached(place, actor)


def asked(place: Place, actor: Actor, *, but: Iterable[Select[int]] = ()) -> ColumnElement[bool]:
    """The absent person is asked to act on it beside its owner, now.

    :param but: keys of tasks to leave out. They are left out of what she is asked, which is little: of the tasks,
        PostgreSQL would rather look through everybody's.
    """
    left = [CoHandler.task_id.not_in(known.correlate(None)) for known in but]
    return UserTask.id.in_(tasks_asked_of(place.user_id).where(*left)) & _reached(place, actor)


def tasks_asked_of(user_id: int | None, *, passed_on: bool = False) -> Select[int]:
    """Keys of the tasks somebody is asked to act on now; ``passed_on``: of those she has passed on to another."""
    deeper = aliased(CoHandler)
    by_another = exists().where(deeper.passed_on_from_id == CoHandler.id, deeper.state == AskState.WAITING)
    return select(CoHandler.task_id).where(
        CoHandler.user_id == user_id,
        CoHandler.state == AskState.WAITING,
        by_another if passed_on else ~by_another,
    )


def _reached(place: Place, actor: Actor) -> ColumnElement[bool]:
    elsewhere = exists().where(
        TaskLog.instance_id == UserTask.instance_id,
        TaskLog.actor_id == actor.user_id,
        TaskLog.action.in_(DEEDS),
        func.coalesce(TaskLog.on_behalf_of, 0) != place.user_id,
    )
    found = ~UserTask.personal & ~elsewhere
    if place.subjects:
        found &= UserTask.started_as.in_(sorted(place.subjects))
    if place.up_to_fen is not None:
        of_case = select(ProcessInstance.amount_fen).where(ProcessInstance.id == UserTask.instance_id)
        found &= of_case.scalar_subquery() <= place.up_to_fen
    return found


def owner_on(task: UserTask, actor: Actor) -> int | None:
    """Whose task it is, or whose pool it lies in, if she may act there in that person's place."""
    if task.state != TaskState.OPEN:
        return None
    return _whose(task, actor, (owned,) if task.assignee_id is not None else (of_role, named))


def asked_on(task: UserTask, actor: Actor) -> int | None:
    """Who is asked on the task beside its owner, if she may answer in that person's place."""
    return _whose(task, actor, (asked,)) if task.state == TaskState.OPEN else None


def _whose(task: UserTask, actor: Actor, ways: Iterable[Way]) -> int | None:
    found = [
        select(literal(place.user_id)).where(UserTask.id == task.id, way(place, actor))
        for place in places_of(actor)
        for way in ways
    ]
    return min(db.session.scalars(union_all(*found)), default=None) if found else None


def takes_place_on(instance_id: int, actor: Actor) -> bool:
    """Whether she stands in for somebody with work on a case: then she may look at it."""
    found = [way(place, actor) for place in places_of(actor) for way in (owned, of_role, named, asked)]
    if not found:
        return False
    of_case = (UserTask.instance_id == instance_id, UserTask.state == TaskState.OPEN)
    return db.session.scalar(select(UserTask.id).where(*of_case, or_(*found)).limit(1)) is not None


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
