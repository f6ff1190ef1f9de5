"""Recusal 回避: somebody with an interest in a case takes no part in it; what was hers is given to others."""

from dataclasses import dataclass

from sqlalchemy import select

from app.core.db import db
from app.core.errors import Forbidden
from app.core.reasons import require_reason
from app.core.tenancy import Actor
from app.support import audit, notices
from app.support.identity import queries as people
from app.workflow.assignment.reading import is_many
from app.workflow.engine import TaskView
from app.workflow.instances import signing, store, worklist
from app.workflow.instances.access import MANAGE, may_see_case
from app.workflow.instances.assigning.given import Case, Given
from app.workflow.instances.assigning.opening import answers, place_of
from app.workflow.instances.errors import AlreadyRecused, InstanceNotFound, NotRecused, ReasonMissing
from app.workflow.instances.log import write_log
from app.workflow.instances.models import STANDING, ProcessInstance, TaskState, UserTask
from app.workflow.instances.services import StepServices

MOST_REASON = 500


@dataclass(frozen=True, slots=True)
class RecusalBox:
    """What the page of a case shows of it: (user id, name, reason), and of whom this person may say it."""

    rows: tuple[tuple[int, str, str], ...]
    people: tuple[tuple[int, str], ...]
    may_lift: bool

    @property
    def shown(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.rows or self.people)


def box_of(instance: ProcessInstance, actor: Actor) -> RecusalBox:
    """Who has no part in the case; a living one lets everybody say so of herself, administrators of others."""
    is_living = instance.status not in store.ENDED
    names = people.display_names([int(user_id) for user_id in instance.recused])
    rows = tuple((int(one), names.get(int(one), ""), reason) for one, reason in instance.recused.items())
    others = people.list_users() if is_living and actor.may(MANAGE) else []
    said = {user.id: user.name for user in others}
    if is_living and actor.user_id is not None:
        said = {actor.user_id: actor.name, **said}
    left = tuple((user_id, name) for user_id, name in said.items() if str(user_id) not in instance.recused)
    return RecusalBox(rows, left, may_lift=is_living and actor.may(MANAGE))


def recuse(instance_id: int, user_id: int, *, reason: str, actor: Actor) -> ProcessInstance:
    """Keep somebody out of a case from now on. Her open tasks on it go to others by the rules of their nodes.

    A vote that is open stays hers to hand on: nobody else votes in her place by itself. Where several sign, her
    seat is taken off, and a vote she has cast in a round that goes on counts no more.

    :raises Forbidden: of somebody else, without the right to manage cases.
    :raises AlreadyRecused: it was said before. :raises ReasonMissing: no interest is told.
    """
    reason = require_reason(reason, ReasonMissing)[:MOST_REASON]
    instance = store.lock_running(instance_id)
    if not may_see_case(instance, actor):
        raise InstanceNotFound
    if user_id != actor.user_id and not actor.may(MANAGE):
        raise Forbidden(permission=MANAGE)
    person = people.get_user(user_id)
    if str(person.id) in instance.recused:
        raise AlreadyRecused(name=person.name)
    instance.recused = {**instance.recused, str(person.id): reason}
    db.session.flush()
    write_log(instance, actor, "recuse", comment=reason, target=person.name)
    for task in _open(instance):
        if not is_many(task.properties) and _is_hers(task, person.id):
            _give_again(task, instance, actor)
    for task in signing.rounds_with(instance, person.id, actor):
        if not signing.leave(task, instance, person.id, actor):
            _give_again(task, instance, actor)
    audit.record(actor, "workflow.instances.recused", instance, user_id=person.id, reason=reason)
    return instance


def lift(instance_id: int, user_id: int, *, reason: str, actor: Actor) -> ProcessInstance:
    """The interest is gone, or never was: she may work on the case again. Tasks stay with whom they are.

    :raises NotRecused: it was never said of her. :raises ReasonMissing:
    """
    reason = require_reason(reason, ReasonMissing)
    instance = store.lock_running(instance_id)
    if str(user_id) not in instance.recused:
        raise NotRecused
    instance.recused = {key: text for key, text in instance.recused.items() if key != str(user_id)}
    write_log(instance, actor, "unrecuse", comment=reason, target=people.display_name(user_id))
    audit.record(actor, "workflow.instances.recusal_lifted", instance, user_id=user_id, reason=reason)
    return instance


def _open(instance: ProcessInstance) -> list[UserTask]:
    query = select(UserTask).where(UserTask.instance_id == instance.id, UserTask.state.in_(STANDING))
    return list(db.session.scalars(query.order_by(UserTask.opened_at, UserTask.id)))


def _is_hers(task: UserTask, user_id: int) -> bool:
    if task.assignee_id is not None:
        return task.assignee_id == user_id
    if task.candidates:
        return any(one.user_id == user_id for one in task.candidates)
    return bool(task.role) and people.has_role(user_id, task.role or "")


def _give_again(task: UserTask, instance: ProcessInstance, actor: Actor) -> None:
    """Ask the rule of the node once more, now that she is barred; a draft of hers goes with her."""
    view = TaskView(
        id=task.engine_task_id,
        node_id=task.node_id,
        name=task.name,
        process_id=task.process_id,
        kind="user",
        lane=task.role,
        properties=task.properties,
        data=task.data,
    )
    services = StepServices(instance.id, instance.business_key, actor)
    case = Case(instance, None)
    (given,) = answers(case, [place_of(instance, view, services)])
    _hand_to(task, given)


def _hand_to(task: UserTask, given: Given) -> None:
    is_named = len(given.users) == 1
    task.assignee_id = given.users[0] if is_named else None
    task.assigned_by_process, task.draft, task.draft_at = is_named, None, None
    task.assignment = given.why.as_json() if given.why else None
    task.name_candidates(() if is_named else given.users)
    if task.state == TaskState.OPEN:
        whom = given.users or worklist.people_of(task)
        title = f"原办理人回避，请办理：{task.name}"
        notices.send_inbox(list(whom), title, task.title, link=f"/tasks/{task.id}", kind="TASK")
