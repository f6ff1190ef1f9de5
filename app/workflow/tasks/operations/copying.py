"""Send a case to colleagues for their information 抄送; the first look is the receipt."""

from collections.abc import Sequence

from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.core.i18n import _
from app.core.tenancy import Actor
from app.support import audit, notices
from app.support.identity import queries as people
from app.workflow.instances.log import write_log
from app.workflow.tasks import access
from app.workflow.tasks.errors import CannotAsk, NobodyAsked, TaskNotFound
from app.workflow.tasks.models import TaskCopy

MOST_COPIES = 50
"""People one act sends a case to."""


def copy_to(task_id: int, user_ids: Sequence[int], *, note: str = "", actor: Actor) -> list[TaskCopy]:
    """Let colleagues know of a case, at any time; whoever has a copy already is not told again.

    :returns: the new copies.
    :raises NobodyAsked: no person named. :raises CannotAsk: inactive, oneself, or too many at once.
    :raises Forbidden: only who takes part in a case sends copies of it.
    """
    task, instance = access.lock_task(task_id, even_suspended=True)
    access.require_part(task, actor)
    named = [people.get_user(user_id) for user_id in dict.fromkeys(user_ids)]
    if not named:
        raise NobodyAsked
    what = _("抄送给")
    if len(named) > MOST_COPIES:
        raise CannotAsk(what=what, name=named[-1].name, reason=_("一次最多抄送 %(n)s 人", n=MOST_COPIES))
    for user in named:
        if not user.active:
            raise CannotAsk(what=what, name=user.name, reason=_("该用户已停用"))
        if user.id == actor.user_id:
            raise CannotAsk(what=what, name=user.name, reason=_("不能抄送给自己"))
    known = set(db.session.scalars(select(TaskCopy.user_id).where(TaskCopy.task_id == task.id)))
    new = [user for user in named if user.id not in known]
    copies = [
        TaskCopy(
            task_id=task.id,
            instance_id=instance.id,
            user_id=user.id,
            sent_by=actor.user_id,
            sent_at=clock.now(),
            note=note.strip()[:1000],
        )
        for user in new
    ]
    if not copies:
        return []
    db.session.add_all(copies)
    db.session.flush()
    names = "、".join(user.name for user in new)
    write_log(instance, actor, "copy", task=task, comment=note.strip()[:1000] or None, target=names[:200])
    notices.send_inbox(
        [user.id for user in new],
        f"{actor.name} 抄送：{task.name}",
        f"{task.title}{'：' if note.strip() else ''}{note.strip()[:200]}",
        link=f"/tasks/{task.id}",
        kind="RESULT",
    )
    audit.record(actor, "workflow.tasks.copied", task, to=[user.id for user in new])
    return copies


def mark_read(copy_id: int, *, actor: Actor) -> TaskCopy:
    """She has looked at her copy; looking again changes nothing. :raises TaskNotFound: not hers."""
    copy = db.session.scalar(select(TaskCopy).where(TaskCopy.id == copy_id, TaskCopy.user_id == actor.user_id))
    if copy is None:
        raise TaskNotFound
    copy.read_at = copy.read_at or clock.now()
    return copy
