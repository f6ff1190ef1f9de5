"""The round of a countersigned node beside the rows of the work list: who has which seat, and who leaves hers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import select

from app.core.db import db
from app.core.tenancy import Actor
from app.workflow.engine import Round
from app.workflow.engine.countersign import Seat, is_countersigned
from app.workflow.instances import store
from app.workflow.instances.models import STANDING, ProcessInstance, TaskKind, UserTask


@dataclass(frozen=True, slots=True)
class Seated:
    """A seat with the row of its task. :ivar row: None: it is not her turn yet."""

    seat: Seat
    row: UserTask | None

    @property
    def holder(self) -> int | None:
        """Who signs: whoever has the task now, else who was asked."""
        return self.row.assignee_id if self.row is not None and self.row.assignee_id else self.seat.signer


def find_round(task: UserTask, instance: ProcessInstance, actor: Actor) -> tuple[Round, list[Seated]] | None:
    """The round this task is part of, with who has its seats; None: it is none, or a return has undone it."""
    if not is_countersigned(task.properties) or task.kind is not TaskKind.NORMAL:
        return None
    run, _services = store.open_run(instance, actor)
    found = run.round_of(task.engine_task_id)
    return None if found is None else (found, seated(found, instance.id))


def seated(found: Round, instance_id: int) -> list[Seated]:
    """The seats with the rows of their tasks, in order."""
    rows = _rows(instance_id, [seat.task_id for seat in found.seats if seat.task_id])
    return [Seated(seat, rows.get(seat.task_id)) for seat in found.seats]


def _rows(instance_id: int, engine_ids: Sequence[str]) -> Mapping[str, UserTask]:
    query = select(UserTask).where(
        UserTask.instance_id == instance_id,
        UserTask.engine_task_id.in_(engine_ids),
        UserTask.kind == TaskKind.NORMAL,
    )
    return {row.engine_task_id: row for row in db.session.scalars(query)}


def rounds_with(instance: ProcessInstance, user_id: int, actor: Actor) -> list[UserTask]:
    """One open task of each round that goes on and has a seat of hers, her own where it is open."""
    query = select(UserTask).where(
        UserTask.instance_id == instance.id, UserTask.state.in_(STANDING), UserTask.kind == TaskKind.NORMAL
    )
    rows = [row for row in db.session.scalars(query.order_by(UserTask.id)) if is_countersigned(row.properties)]
    if not rows:
        return []
    run, _services = store.open_run(instance, actor)
    found: dict[tuple[str, ...], UserTask] = {}
    for row in sorted(rows, key=lambda row: row.assignee_id != user_id):
        there = run.round_of(row.engine_task_id)
        if there is not None and any(one.holder == user_id for one in seated(there, instance.id)):
            found.setdefault(tuple(seat.task_id for seat in there.seats), row)
    return list(found.values())


def leave(task: UserTask, instance: ProcessInstance, user_id: int, actor: Actor) -> bool:
    """Take her seats off the round of this task; False where she has the only one."""
    run, services = store.open_run(instance, actor)
    while (there := run.round_of(task.engine_task_id)) is not None and there.result is None:
        hers = [one.seat.index for one in seated(there, instance.id) if one.holder == user_id]
        if not hers:
            return True
        if len(there.seats) == 1:
            return False
        act = partial(run.drop_signer, task.engine_task_id, hers[0], even_signed=True)
        store.drive(instance, run, services, act, by_person=True)
    return True
