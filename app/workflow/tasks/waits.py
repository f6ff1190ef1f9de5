"""Whom a task waits for, and since when: those asked beside its owner, or who corrects what she sent back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.core.db import db
from app.core.i18n import _
from app.support.identity import queries as people
from app.workflow.instances.models import STANDING, TaskState, UserTask
from app.workflow.tasks import beside
from app.workflow.tasks.models import HOLDS_OWNER, AskState, CoHandler, HeldSubmission


@dataclass(frozen=True, slots=True)
class Wait:
    """``words``: ``张伟（委派）、王芳（退回至尽职调查）``; ``since``: when it came to the first of them."""

    words: str
    since: datetime


def waits_of(tasks: Sequence[UserTask]) -> dict[int, Wait]:
    """Task id → whom it waits for; those that wait for nobody are left out."""
    asked = [task.id for task in tasks if task.state == TaskState.OPEN]
    returned = [task for task in tasks if task.state == TaskState.REWORK]
    return {**_on_asked(asked), **_on_corrections(returned)}


def _on_asked(task_ids: Sequence[int]) -> dict[int, Wait]:
    """Whose turn it is: who was asked and passed it on waits herself. What was submitted waits since then."""
    if not task_ids:
        return {}
    query = select(CoHandler).where(CoHandler.task_id.in_(task_ids), CoHandler.state == AskState.WAITING)
    waiting = db.session.scalars(query.order_by(CoHandler.asked_at, CoHandler.id)).all()
    submitted = db.session.scalars(select(HeldSubmission).where(HeldSubmission.task_id.in_(task_ids)))
    held = {one.task_id: one.submitted_at for one in submitted}
    passed_on = {ask.passed_on_from_id for ask in waiting}
    names = people.display_names([ask.user_id for ask in waiting])
    found: dict[int, list[tuple[str, datetime]]] = {}
    for ask in waiting:
        if ask.id not in passed_on and (ask.task_id in held or ask.kind in HOLDS_OWNER):
            words = _("%(name)s（%(why)s）", name=names.get(ask.user_id, ""), why=beside.label(ask.kind))
            found.setdefault(ask.task_id, []).append((words, held.get(ask.task_id, ask.asked_at)))
    return _together(found)


def _on_corrections(tasks: Sequence[UserTask]) -> dict[int, Wait]:
    if not tasks:
        return {}
    query = select(UserTask).where(
        UserTask.instance_id.in_({task.instance_id for task in tasks}),
        UserTask.returned_from_id.in_([task.id for task in tasks]),
        UserTask.state.in_(STANDING),
    )
    corrections = db.session.scalars(query.order_by(UserTask.opened_at, UserTask.node_id)).all()
    names = people.display_names([one.assignee_id for one in corrections])
    found: dict[int, list[tuple[str, datetime]]] = {}
    for one in corrections:
        name = names.get(one.assignee_id or 0, "")
        words = _("%(name)s（退回至%(node)s）", name=name, node=one.name)
        found.setdefault(one.returned_from_id or 0, []).append((words, one.opened_at))
    return _together(found)


def _together(found: dict[int, list[tuple[str, datetime]]]) -> dict[int, Wait]:
    return {
        task_id: Wait("、".join(words for words, _at in parts), min(at for _words, at in parts))
        for task_id, parts in found.items()
    }
