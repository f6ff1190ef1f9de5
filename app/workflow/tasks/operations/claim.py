"""Claim and release, drafts, transfer: what changes whose task it is, or what she has filled in so far."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import update

from app.core import clock
from app.core.db import db
from app.core.errors import AppError, Conflict, Forbidden, NotFound
from app.core.i18n import _
from app.core.reasons import require_reason
from app.core.tenancy import Actor
from app.support import audit, notices
from app.support.identity import queries as people
from app.workflow.instances.log import write_log
from app.workflow.instances.models import ProcessInstance, UserTask
from app.workflow.tasks import access, beside, papers
from app.workflow.tasks.errors import (
    CannotRelease,
    CannotTransfer,
    DraftTooLarge,
    HasCoHandlers,
    ReasonTooShort,
)

MOST_DRAFT = 500_000
"""Characters of a draft as JSON; the largest form filled to its limits stays below."""


def claim(task_id: int, *, actor: Actor) -> UserTask:
    """Take a task of one's pool. Claiming one's own again changes nothing. :raises KeptApart:"""
    task, instance = access.lock_task(task_id)
    access.require_open(task)
    actor = access.handler_of(task, actor)
    access.require_not_barred(task, actor.user_id)
    make_hers(task, instance, actor)
    return task


def make_hers(task: UserTask, instance: ProcessInstance, actor: Actor) -> None:
    """A task of the pool becomes hers who acts on it."""
    if task.assignee_id is None:
        task.assignee_id = actor.place_id
        write_log(instance, actor, "claim", task=task)


def claim_many(task_ids: Iterable[int], *, actor: Actor) -> tuple[list[UserTask], list[AppError]]:
    """Take several at once; what colleagues were faster with is refused one by one.

    :returns: the tasks taken, and why the others were not.
    """
    taken: list[UserTask] = []
    refused: list[AppError] = []
    for task_id in dict.fromkeys(task_ids):
        try:
            taken.append(claim(task_id, actor=actor))
        except (Conflict, Forbidden, NotFound) as refusal:
            refused.append(refusal)
    return taken, refused


def release(task_id: int, *, actor: Actor) -> UserTask:
    """Put a claimed task back into its pool; the draft stays with it.

    :raises CannotRelease: the process named the handler. :raises HasCoHandlers: others are asked on it.
    """
    task, instance = access.lock_task(task_id)
    access.require_open(task)
    actor = access.handler_of(task, actor)
    if task.assignee_id is None:
        return task
    if task.assigned_by_process:
        raise CannotRelease
    asked = beside.unanswered(task.id)
    if asked:
        raise HasCoHandlers(names=beside.names_of(asked))
    task.assignee_id = None
    write_log(instance, actor, "release", task=task)
    return task


def save_draft(task_id: int, values: dict[str, Any], *, actor: Actor, row_version: int | None = None) -> datetime:
    """Keep what is filled in so far, as it is: a draft need not be valid. Saving claims a pool task.

    The version of the row stays: the page that saves drafts must not become stale by it.

    :returns: when it was saved. :raises StaleData: the task changed since the page was opened.
    """
    task, instance = access.lock_task(task_id)
    access.require_open(task)
    actor = access.handler_of(task, actor)
    access.require_version(task, row_version)
    access.require_not_barred(task, actor.user_id)
    beside.require_not_submitted(task)
    if len(json.dumps(values, ensure_ascii=False)) > MOST_DRAFT:
        raise DraftTooLarge
    saved_at = clock.now()
    db.session.execute(
        update(UserTask)
        .where(UserTask.id == task.id)
        .values(draft=values, draft_at=saved_at, assignee_id=task.assignee_id or actor.place_id)
    )
    papers.bind(task, instance, values, actor)
    return saved_at


def transfer(task_id: int, to_user_id: int, *, reason: str, actor: Actor) -> UserTask:
    """Hand the task to a colleague of the same role 转办.

    :raises CannotTransfer: not of that role, inactive, or the same person. :raises KeptApart: barred from it.
    """
    reason = require_reason(reason, ReasonTooShort)
    task, instance = access.lock_task(task_id)
    access.require_open(task)
    actor = access.handler_of(task, actor)
    beside.require_not_submitted(task)
    person = people.get_user(to_user_id)
    access.require_action(task, "transfer", CannotTransfer(name=person.name, reason=_("本环节不允许转办")))
    if person.id in {actor.user_id, task.assignee_id}:
        raise CannotTransfer(name=person.name, reason=_("该任务本就由其办理"))
    if not person.active:
        raise CannotTransfer(name=person.name, reason=_("该用户已停用"))
    access.require_can_take(task, person)
    task.assignee_id, task.assigned_by_process = person.id, True
    write_log(instance, actor, "transfer", task=task, comment=reason, target=person.name)
    notices.send_inbox(
        [person.id],
        f"{actor.name} 转办：{task.name}",
        f"{task.title}：{reason}",
        link=f"/tasks/{task.id}",
        kind="TASK",
    )
    audit.record(actor, "workflow.tasks.transferred", task, to=person.id, reason=reason)
    return task
