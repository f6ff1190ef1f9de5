"""Whom a task waits for, and since when: those asked beside its owner, who corrects what she sent back, or who has
still to sign what she has signed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.core.db import db
from app.core.i18n import _
from app.support.identity import queries as people
from app.workflow.engine.countersign import COUNTERSIGN
from app.workflow.instances.models import STANDING, TaskKind, TaskState, UserTask
from app.workflow.instances.rounds import WAYS
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
    signed = [task for task in tasks if task.state == TaskState.DONE and task.waits_for_signers]
    return {**_on_asked(asked), **_on_corrections(returned), **_on_signers(signed)}


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


def _on_signers(tasks: Sequence[UserTask]) -> dict[int, Wait]:
    """Whose turn it is to sign, or who corrects what one of them sent back: since she has signed herself."""
    if not tasks:
        return {}
    query = select(UserTask).where(
        UserTask.instance_id.in_({task.instance_id for task in tasks}),
        UserTask.node_id.in_({task.node_id for task in tasks}),
        UserTask.kind == TaskKind.NORMAL,
        UserTask.state.in_(STANDING),
    )
    others = db.session.scalars(query.order_by(UserTask.opened_at, UserTask.id)).all()
    names = people.display_names([one.assignee_id for one in others])
    sent_back = _on_corrections([one for one in others if one.state == TaskState.REWORK])
    words: dict[tuple[int, str, str], list[str]] = {}
    for one in others:
        name = names.get(one.assignee_id or 0, "") or _("待领取")
        asked = _("%(name)s（%(why)s）", name=name, why=WAYS.get(one.properties.get(COUNTERSIGN, ""), ""))
        said = sent_back[one.id].words if one.id in sent_back else asked
        words.setdefault((one.instance_id, one.process_id, one.node_id), []).append(said)
    return {
        task.id: Wait("、".join(parts), task.closed_at or task.opened_at)
        for task in tasks
        if (parts := words.get((task.instance_id, task.process_id, task.node_id)))
    }


def _together(found: dict[int, list[tuple[str, datetime]]]) -> dict[int, Wait]:
    return {
        task_id: Wait("、".join(words for words, _at in parts), min(at for _words, at in parts))
        for task_id, parts in found.items()
    }
