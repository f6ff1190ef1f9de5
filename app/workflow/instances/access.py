"""Whose case is it: who may look at an instance, and whose pool a task lies in."""

from collections.abc import Callable

from sqlalchemy import or_, select

from app.core.db import db
from app.core.tenancy import Actor
from app.support import files
from app.support.identity import queries as people
from app.support.identity.rules import ROLE_NAMES
from app.workflow.instances.models import ProcessInstance, TaskLog, TaskState, UserTask

VIEW_ALL = "workflow.instances.view"
MANAGE = "workflow.instances.manage"
DOCUMENTS = "process_instance"
"""What papers handed in with a form are linked to."""

Admission = Callable[[int, Actor], bool]
_admissions: list[Admission] = []


def admits(admission: Admission) -> Admission:
    """Register another reason to let somebody see a case: ``admission(instance_id, actor)``."""
    _admissions.append(admission)
    return admission


def is_candidate(task: UserTask, actor: Actor) -> bool:
    """Whether the pool the task lies in is this person's."""
    if task.has_candidates and task.candidates:
        return any(candidate.user_id == actor.user_id for candidate in task.candidates)
    return bool(task.role) and actor.has_role(task.role or "")


def may_see_case(instance: ProcessInstance, actor: Actor) -> bool:
    """Who started it, worked on it, has work on it now, and who may look at every case."""
    if actor.may(VIEW_ALL) or actor.user_id == instance.started_by:
        return True
    if took_part(instance.id, actor) or _may_take_part(instance.id, actor):
        return True
    return any(admission(instance.id, actor) for admission in _admissions)


def took_part(instance_id: int, actor: Actor) -> bool:
    """Whether she has worked on the case, or has work on it now."""
    worked = select(UserTask.id).where(
        UserTask.instance_id == instance_id,
        or_(UserTask.assignee_id == actor.user_id, UserTask.closed_by == actor.user_id),
    )
    acted = select(TaskLog.id).where(TaskLog.instance_id == instance_id, TaskLog.actor_id == actor.user_id)
    return any(db.session.scalar(query.limit(1)) is not None for query in (worked, acted))


def _may_take_part(instance_id: int, actor: Actor) -> bool:
    waiting = select(UserTask).where(
        UserTask.instance_id == instance_id, UserTask.state == TaskState.OPEN, UserTask.assignee_id.is_(None)
    )
    return any(is_candidate(task, actor) for task in db.session.scalars(waiting))


@files.watches(DOCUMENTS)
def may_see_documents(actor: Actor, instance_id: int) -> bool:
    """Papers of a case are seen like the case."""
    instance = db.session.scalar(select(ProcessInstance).where(ProcessInstance.id == instance_id))
    return instance is not None and may_see_case(instance, actor)


def role_name(code: str) -> str:
    """What the company calls the role; its code when nobody named it."""
    role = people.find_role(code)
    return role.name if role else ROLE_NAMES.get(code, code)
