"""Urge 催办: ask those whose turn it is to hurry, not more often than the node allows."""

from datetime import datetime

from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.core.i18n import _
from app.core.tenancy import Actor
from app.support import audit, notices, workdays
from app.support.identity import queries as people
from app.workflow.instances import worklist
from app.workflow.instances.log import logged, write_log
from app.workflow.instances.models import TaskLog, UserTask
from app.workflow.tasks import access, beside
from app.workflow.tasks.errors import CannotUrge
from app.workflow.tasks.models import HOLDS_OWNER, AskState

EVERY = "urgeEvery"
"""Node property: ISO duration of working time between two urges."""
PLAIN_EVERY = "PT2H"
SMS = notices.sms_template("tasks.urge", "{name}催您尽快办理待办：{task}。请登录系统处理。")


def urge(task_id: int, *, words: str = "", by_sms: bool = False, actor: Actor) -> list[int]:
    """Tell whoever has to act on the task now to hurry; the log keeps who, whom, and how.

    :param by_sms: also a short message to those whose mobile is known.
    :returns: user ids of those told.
    :raises CannotUrge: too soon after the last time, or there is nobody but oneself to urge.
    :raises Forbidden: not on this case.
    """
    task, instance = access.lock_task(task_id)
    access.require_part(task, actor)
    access.require_open(task)
    again_at = next_urge_at(task)
    if again_at is not None and again_at > clock.now():
        at = again_at.astimezone(clock.BEIJING)
        raise CannotUrge(reason=_("刚刚催办过，%(at)s 后可以再次催办", at=f"{at:%m-%d %H:%M}"))
    whom = [user_id for user_id in whose_turn(task) if user_id != actor.user_id]
    if not whom:
        raise CannotUrge(reason=_("目前轮到您本人办理，或没有可催办的人"))
    words = words.strip()[:200]
    reached = _by_sms(task, whom, actor) if by_sms else []
    notices.send_inbox(
        whom,
        f"{actor.name} 催办：{task.name}",
        f"{task.title}{'：' if words else ''}{words}",
        link=f"/tasks/{task.id}",
        kind="REMINDER",
    )
    channel = "站内信、短信" if reached else "站内信"
    names = "、".join(people.display_names(whom).values())
    write_log(instance, actor, "urge", task=task, comment=words or None, target=f"{names[:180]}（{channel}）")
    audit.record(actor, "workflow.tasks.urged", task, to=whom, sms=reached)
    return whom


def next_urge_at(task: UserTask) -> datetime | None:
    """When the task may be urged again; None: it never was."""
    query = select(TaskLog.at).where(*logged(task, "urge"))
    last = db.session.scalar(query.order_by(TaskLog.seq.desc()).limit(1))
    return workdays.working_due(last, task.properties.get(EVERY) or PLAIN_EVERY) if last else None


def whose_turn(task: UserTask) -> list[int]:
    """Who has to act now: those asked beside the owner, else the owner, else everybody of the pool."""
    held = beside.find_held(task.id)
    waiting = [ask for ask in beside.unanswered(task.id) if ask.state == AskState.WAITING]
    first = [ask for ask in waiting if ask.kind in HOLDS_OWNER]
    asked = [ask.user_id for ask in (waiting if held else first) if beside.passed_on(ask) is None]
    if held or first:
        return worklist.with_substitutes(task, list(dict.fromkeys(asked)))
    return list(dict.fromkeys([*worklist.people_of(task), *(ask.user_id for ask in waiting)]))


def _by_sms(task: UserTask, whom: list[int], actor: Actor) -> list[int]:
    """Who has a mobile number, and is sent a message."""
    reached = []
    for user_id in whom:
        user = people.find_user(user_id)
        if user is not None and user.mobile:
            reference = f"task-{task.id}-urge-{user_id}-{int(clock.now().timestamp())}"
            notices.send_sms(user.mobile, SMS.code, {"name": actor.name, "task": task.name}, ref=reference)
            reached.append(user_id)
    return reached
