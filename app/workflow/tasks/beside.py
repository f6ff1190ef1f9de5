"""Who acts on a task beside its owner: reading, and the questions every act on a task asks first."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, literal, select

from app.core.db import db
from app.core.i18n import _
from app.core.rows import find_row, find_rows
from app.core.tenancy import Actor
from app.support.identity import queries as people
from app.workflow.instances.access import admits
from app.workflow.instances.models import TaskState, UserTask
from app.workflow.tasks import standing_in
from app.workflow.tasks.errors import AlreadySubmitted, NotAsked, OthersFirst
from app.workflow.tasks.models import (
    HOLDS_OWNER,
    HOLDS_TOKEN,
    UNANSWERED,
    AskKind,
    AskState,
    CoHandler,
    HeldSubmission,
    TaskCopy,
)

LABELS = {
    AskKind.DELEGATE: "委派",
    AskKind.BEFORE: "前加签",
    AskKind.PARALLEL: "并加签",
    AskKind.AFTER: "后加签",
}


def asked_on(task_id: int) -> Sequence[CoHandler]:
    """Everybody ever asked on a task, in the order they were asked."""
    return find_rows(CoHandler, order=("asked_at", "id"), task_id=task_id)


def unanswered(task_id: int, kinds: Iterable[AskKind] = tuple(AskKind)) -> list[CoHandler]:
    """Who has still to act, or will have to."""
    return [ask for ask in asked_on(task_id) if ask.state in UNANSWERED and ask.kind in kinds]


def passed_on(ask: CoHandler) -> CoHandler | None:
    """The delegation she has passed on, as long as it is unanswered."""
    return next((one for one in unanswered(ask.task_id) if one.passed_on_from_id == ask.id), None)


def find_ask(task: UserTask, actor: Actor) -> CoHandler | None:
    """What this person is to do on the task now, if anything; in her own place before another's."""
    if task.state != TaskState.OPEN:
        return None
    waiting = [one for one in unanswered(task.id) if one.state == AskState.WAITING and passed_on(one) is None]
    mine = next((one for one in waiting if one.user_id == actor.user_id), None)
    if mine is not None or not waiting:
        return mine
    absent = standing_in.asked_on(task, actor)
    return next((one for one in waiting if one.user_id == absent), None)


def get_ask(task: UserTask, actor: Actor) -> CoHandler:
    """:raises NotAsked: it is not her turn, she has signed already, or nobody asked her."""
    ask = find_ask(task, actor)
    if ask is None:
        raise NotAsked
    return ask


def find_held(task_id: int) -> HeldSubmission | None:
    """What was submitted and waits for signatures."""
    return find_row(HeldSubmission, task_id=task_id)


def copies_of(task_id: int) -> Sequence[TaskCopy]:
    """Who was sent a copy of the case from this task, in order."""
    return find_rows(TaskCopy, order=("sent_at", "id"), task_id=task_id)


def require_not_submitted(task: UserTask) -> None:
    """:raises AlreadySubmitted: it waits for signatures; who can still change it takes it back first."""
    if find_held(task.id) is not None:
        raise AlreadySubmitted(names=names_of(unanswered(task.id, HOLDS_TOKEN)))


def require_owners_turn(task: UserTask) -> None:
    """:raises OthersFirst: somebody asked before the owner has not answered. :raises AlreadySubmitted:"""
    require_not_submitted(task)
    first = unanswered(task.id, HOLDS_OWNER)
    if first:
        raise OthersFirst(names=names_of(first))


def names_of(asks: Iterable[CoHandler]) -> str:
    """``张伟、李娜``."""
    ids = [ask.user_id for ask in asks]
    names = people.display_names(ids)
    return "、".join(names.get(user_id, str(user_id)) for user_id in dict.fromkeys(ids))


def label(kind: AskKind) -> str:
    """The kind in words."""
    return _(LABELS[kind])


def marks_for(task_ids: Sequence[int], actor: Actor) -> dict[int, str]:
    """Task id → what she is asked to do, or whom the owner waits for; tasks nobody is asked on left out."""
    found: dict[int, list[CoHandler]] = {}
    query = select(CoHandler).where(CoHandler.task_id.in_(task_ids), CoHandler.state == AskState.WAITING)
    for ask in db.session.scalars(query.order_by(CoHandler.asked_at, CoHandler.id)):
        found.setdefault(ask.task_id, []).append(ask)
    return {task_id: _mark(asks, actor) for task_id, asks in found.items()}


def _mark(asks: list[CoHandler], actor: Actor) -> str:
    mine = next((ask for ask in asks if ask.user_id == actor.user_id), None)
    return label(mine.kind) if mine else _("等待 %(names)s", names=names_of(asks))


# ------------------------------------------------------------------ conditions of the lists


def waits_for_others() -> ColumnElement[bool]:
    """Of a task: its owner cannot go on with it, because others must act first or sign what she submitted.

    Asked of the keys of all tasks that wait, which are few: PostgreSQL puts them into a hash once. Asked task by
    task it guesses wrong, because it does not know what the row policies leave.
    """
    waiting = literal(AskState.WAITING, CoHandler.state.type, literal_execute=True)
    first = select(CoHandler.task_id).where(CoHandler.state == waiting, CoHandler.kind.in_(HOLDS_OWNER))
    return UserTask.id.in_(first) | UserTask.id.in_(select(HeldSubmission.task_id))


@admits
def is_involved(instance_id: int, actor: Actor) -> bool:
    """Whoever was asked to act on a case, was sent a copy of it, or stands in for its people may look at it."""
    asked = select(CoHandler.id).where(CoHandler.instance_id == instance_id, CoHandler.user_id == actor.user_id)
    told = select(TaskCopy.id).where(TaskCopy.instance_id == instance_id, TaskCopy.user_id == actor.user_id)
    if any(db.session.scalar(query.limit(1)) is not None for query in (asked, told)):
        return True
    return standing_in.takes_place_on(instance_id, actor)
