"""What of the work list changes hands when somebody leaves 交接.

Tasks with their drafts, candidacies, what she is asked beside the owner, whom she stands in for, cases she
started: each is one ``Kind`` of belongings, given and given back row by row.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select

from app.core import clock
from app.core.db import db
from app.core.i18n import _
from app.support import notices
from app.support.identity import operations as identity
from app.support.identity import queries as people
from app.support.identity import substitutes
from app.support.identity.belongings import Belonging, Handing, Kind, belongs
from app.support.identity.models import Substitution
from app.support.identity.operations import Absence
from app.workflow.instances import queries as cases
from app.workflow.instances import store
from app.workflow.instances.log import write_log
from app.workflow.instances.models import (
    STANDING,
    ProcessInstance,
    TaskCandidate,
    TaskLog,
    TaskState,
    UserTask,
)
from app.workflow.tasks import access, beside
from app.workflow.tasks.errors import CannotTransfer
from app.workflow.tasks.models import UNANSWERED, CoHandler


def _log_given(instance: ProcessInstance, handing: Handing, task: UserTask | None = None) -> int:
    """What of a case changed hands; the number of the entry."""
    receiver = people.display_name(handing.receiver_id)
    return write_log(instance, handing.actor, "hand_work", task=task, comment=handing.reason, target=receiver).seq


def _log_back(instance: ProcessInstance, handing: Handing, task: UserTask | None = None) -> None:
    leaver = people.display_name(handing.leaver_id)
    write_log(instance, handing.actor, "hand_back", task=task, comment=handing.reason, target=leaver)


# ------------------------------------------------------------------ tasks


def _tasks_of(user_id: int) -> list[Belonging]:
    query = select(UserTask).where(UserTask.assignee_id == user_id, UserTask.state.in_(STANDING))
    rows = db.session.scalars(query.order_by(UserTask.instance_id, UserTask.id)).all()
    return [Belonging(row.id, _task_title(row)) for row in rows]


def _task_title(task: UserTask) -> str:
    draft = _("（有草稿）") if task.draft_at else ""
    return f"{task.name} · {task.title}{draft}"


def _give_task(row_id: int, handing: Handing) -> dict[str, Any]:
    task, instance = access.lock_task(row_id, even_suspended=True)
    person = people.get_user(handing.receiver_id)
    if task.personal:
        raise CannotTransfer(name=person.name, reason=_("投票须本人办理"))
    access.require_can_take(task, person)
    before = {"assigned_by_process": task.assigned_by_process, "draft": _draft_of(task)}
    task.assignee_id, task.assigned_by_process = person.id, True
    before["seq"] = _log_given(instance, handing, task)
    _tell(task, handing)
    return before


def _draft_of(task: UserTask) -> str:
    """Fingerprint of the draft: saving one is not logged."""
    written = json.dumps([str(task.draft_at), task.draft], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(written.encode()).hexdigest()


def _tell(task: UserTask, handing: Handing) -> None:
    notices.send_inbox(
        [handing.receiver_id],
        f"工作交接给您：{task.name}",
        f"{task.title}：{handing.reason}",
        link=f"/tasks/{task.id}",
        kind="TASK",
    )


def _return_task(row_id: int, before: dict[str, Any], handing: Handing) -> str:
    task, instance = access.lock_task(row_id, even_suspended=True)
    kept = _why_kept(task, before, handing)
    if kept:
        return kept
    task.assignee_id, task.assigned_by_process = handing.leaver_id, bool(before["assigned_by_process"])
    _log_back(instance, handing, task)
    return ""


def _why_kept(task: UserTask, before: dict[str, Any], handing: Handing) -> str:
    if task.state not in STANDING:
        return _("任务已办结或已撤销")
    if task.assignee_id != handing.receiver_id:
        return _("任务已转给其他同事")
    acted = select(func.count()).where(
        TaskLog.instance_id == task.instance_id,
        TaskLog.task_id == task.id,
        TaskLog.seq > before["seq"],
        TaskLog.actor_id == handing.receiver_id,
    )
    if db.session.scalar(acted) or _draft_of(task) != before["draft"]:
        return _("接收人已开始办理")
    return ""


belongs(Kind("task", "待办任务", _tasks_of, _give_task, _return_task))


# ------------------------------------------------------------------ candidacies


def _candidacies_of(user_id: int) -> list[Belonging]:
    query = (
        select(TaskCandidate.task_id, UserTask.name, UserTask.title)
        .join(UserTask, UserTask.id == TaskCandidate.task_id)
        .where(TaskCandidate.user_id == user_id, UserTask.state == TaskState.OPEN, UserTask.assignee_id.is_(None))
        .order_by(UserTask.instance_id, UserTask.id)
    )
    return [Belonging(row.task_id, f"{row.name} · {row.title}") for row in db.session.execute(query)]


def _give_candidacy(row_id: int, handing: Handing) -> dict[str, Any]:
    task, instance = access.lock_task(row_id, even_suspended=True)
    named = {candidate.user_id for candidate in task.candidates}
    person = people.get_user(handing.receiver_id)
    access.require_can_take(task, person)
    _change_candidate(task, handing.leaver_id, handing.receiver_id)
    _log_given(instance, handing, task)
    return {"was_named": handing.receiver_id in named}


def _return_candidacy(row_id: int, before: dict[str, Any], handing: Handing) -> str:
    task, instance = access.lock_task(row_id, even_suspended=True)
    if task.state != TaskState.OPEN or task.assignee_id is not None:
        return _("任务已被领取或已办结")
    gone = 0 if before["was_named"] else handing.receiver_id
    _change_candidate(task, gone, handing.leaver_id)
    _log_back(instance, handing, task)
    return ""


def _change_candidate(task: UserTask, gone: int, comes: int) -> None:
    of_task = TaskCandidate.task_id == task.id
    db.session.execute(delete(TaskCandidate).where(of_task, TaskCandidate.user_id == gone))
    known = select(TaskCandidate.id).where(of_task, TaskCandidate.user_id == comes)
    if db.session.scalar(known) is None:
        db.session.add(TaskCandidate(task_id=task.id, user_id=comes))
    db.session.flush()
    db.session.expire(task, ["candidates"])


belongs(Kind("candidacy", "可领取的任务", _candidacies_of, _give_candidacy, _return_candidacy))


# ------------------------------------------------------------------ asked beside the owner


def _asks_of(user_id: int) -> list[Belonging]:
    query = (
        select(CoHandler)
        .join(UserTask, UserTask.id == CoHandler.task_id)
        .where(CoHandler.user_id == user_id, CoHandler.state.in_(UNANSWERED), UserTask.state == TaskState.OPEN)
        .order_by(CoHandler.instance_id, CoHandler.id)
    )
    asks = db.session.scalars(query).all()
    return [Belonging(ask.id, f"{beside.label(ask.kind)} · {ask.task.name} · {ask.task.title}") for ask in asks]


def _give_ask(row_id: int, handing: Handing) -> dict[str, Any]:
    ask = db.session.get_one(CoHandler, row_id)
    task, instance = access.lock_task(ask.task_id, even_suspended=True)
    person = people.get_user(handing.receiver_id)
    taken = {one.user_id for one in beside.unanswered(task.id)} | {task.assignee_id}
    if person.id in taken:
        raise CannotTransfer(name=person.name, reason=_("对方已在办理或会办本任务"))
    ask.user_id = person.id
    _log_given(instance, handing, task)
    _tell(task, handing)
    return {}


def _return_ask(row_id: int, before: dict[str, Any], handing: Handing) -> str:  # noqa: ARG001 - all kinds alike
    ask = db.session.get_one(CoHandler, row_id)
    task, instance = access.lock_task(ask.task_id, even_suspended=True)
    db.session.refresh(ask)
    if ask.state not in UNANSWERED or ask.user_id != handing.receiver_id or task.state != TaskState.OPEN:
        return _("接收人已办理，或会办已撤销")
    if beside.passed_on(ask) is not None:
        return _("接收人已再次委派")
    ask.user_id = handing.leaver_id
    _log_back(instance, handing, task)
    return ""


belongs(Kind("ask", "会办", _asks_of, _give_ask, _return_ask))


# ------------------------------------------------------------------ substitutes


def _running_substitutions(user_id: int) -> Sequence[Substitution]:
    today = clock.today()
    rows = substitutes.standing_between([user_id], today, today + timedelta(days=730))
    return sorted(rows, key=lambda row: (row.user_id != user_id, row.starts_on, row.id))


def _substitutions_of(user_id: int) -> list[Belonging]:
    rows = _running_substitutions(user_id)
    names = people.display_names([one for row in rows for one in (row.user_id, row.stand_in_id)])
    return [
        Belonging(row.id, f"{names[row.stand_in_id]} 代 {names[row.user_id]}：{row.starts_on} 至 {row.ends_on}")
        for row in rows
    ]


def _give_substitution(row_id: int, handing: Handing) -> dict[str, Any]:
    """Whom the leaver stands in for has the receiver from now on; the leaver's own substitutes end."""
    row = identity.end_substitution(row_id, actor=handing.actor)
    if row.user_id == handing.leaver_id:
        return {}
    absence = Absence(
        user_id=row.user_id,
        stand_in_id=handing.receiver_id,
        starts_on=max(row.starts_on, clock.today()),
        ends_on=row.ends_on,
        reason=row.reason,
        subjects=row.subjects,
        up_to_fen=row.up_to_fen,
    )
    return {"instead": str(identity.appoint(absence, actor=handing.actor).id)}


def _return_substitution(row_id: int, before: dict[str, Any], handing: Handing) -> str:
    instead = before.get("instead")
    if instead is not None:
        new = substitutes.get_substitution(int(instead))
        if new.ended_at is not None or new.ends_on < clock.today():
            return _("代理已结束")
        identity.end_substitution(new.id, actor=handing.actor)
    row = substitutes.get_substitution(row_id)
    row.ended_at, row.ended_by = None, None
    db.session.flush()
    return ""


belongs(Kind("substitution", "代理", _substitutions_of, _give_substitution, _return_substitution))


# ------------------------------------------------------------------ cases she started


def _cases_of(user_id: int) -> list[Belonging]:
    query = select(ProcessInstance.id, ProcessInstance.title).where(
        ProcessInstance.started_by == user_id, ProcessInstance.status.in_(cases.LIVING)
    )
    return [Belonging(row.id, row.title) for row in db.session.execute(query.order_by(ProcessInstance.id))]


def _give_case(row_id: int, handing: Handing) -> dict[str, Any]:
    instance = store.lock(row_id)
    instance.started_by = handing.receiver_id
    _log_given(instance, handing)
    return {}


def _return_case(row_id: int, before: dict[str, Any], handing: Handing) -> str:  # noqa: ARG001 - all kinds alike
    instance = store.lock(row_id)
    if instance.started_by != handing.receiver_id or instance.status in store.ENDED:
        return _("业务已结束，或已再次交接")
    instance.started_by = handing.leaver_id
    _log_back(instance, handing)
    return ""


belongs(Kind("case", "发起的在办业务", _cases_of, _give_case, _return_case))
