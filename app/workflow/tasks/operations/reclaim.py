"""Take a task back 拿回 after submitting, while nobody has acted on what follows from it.

Unlike 撤回 (``returns.take_back``), which asks that nobody has begun anything on the case: here colleagues may
have claimed or drafted what follows, and branches beside it may have gone on. Nothing submitted is lost.
"""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import func, select

from app.core.db import db
from app.core.i18n import _
from app.core.reasons import require_reason
from app.core.tenancy import Actor
from app.support import audit, notices
from app.workflow.engine import NotResettable, Run
from app.workflow.instances import store, worklist
from app.workflow.instances.log import logged, write_log
from app.workflow.instances.models import ProcessInstance, TaskKind, TaskLog, TaskState, UserTask
from app.workflow.tasks import access
from app.workflow.tasks.errors import CannotReclaim, ReasonTooShort

ACTED = ("submit", "return", "hold", "sign", "answer")
"""What a person does to a task that is more than looking or beginning."""
CAME = ("message", "timer", "deliver", "skip")
"""What came from outside; it cannot come again."""


def reclaim(task_id: int, *, reason: str, actor: Actor) -> UserTask:
    """Reopen what one has submitted; what followed from it is withdrawn, and its people are told.

    :raises CannotReclaim: somebody has acted on what follows, or it cannot be undone in this structure.
    """
    reason = require_reason(reason, ReasonTooShort)
    task, instance = access.lock_task(task_id)
    access.require_action(task, "take_back", CannotReclaim(reason=_("本环节不允许拿回")))
    if task.state != TaskState.DONE or task.closed_by != actor.user_id or task.kind != TaskKind.NORMAL:
        raise CannotReclaim(reason=_("只能拿回本人已提交的任务"))
    actor = access.submitter_of(task, actor)
    if instance.status in store.ENDED:
        raise CannotReclaim(reason=_("流程已结束"))
    run, services = store.open_run(instance, actor)
    before, passed, there = run.standing(), _passed(run), _rows_in(run, task)
    if not run.knows(task.engine_task_id):
        raise CannotReclaim(reason=_("该环节已被退回或重新办理，请在新的任务上操作"))
    try:
        run.take_back(task.engine_task_id)
    except NotResettable as refused:
        raise CannotReclaim(reason=str(refused)) from refused
    withdrawn = [row for row in there if not run.knows(row.engine_task_id)]
    _require_untouched(task, withdrawn, passed - _passed(run))
    _tell([one for one in withdrawn if one.state == TaskState.OPEN], actor, reason)
    write_log(instance, actor, "reclaim", task=task, comment=reason)
    store.save(instance, run, services)
    reopened = _mine(task, instance, run.standing().ready - before.ready, actor)
    audit.record(actor, "workflow.tasks.reclaimed", reopened, reason=reason)
    return reopened


def _passed(run: Run) -> Counter[tuple[str, str]]:
    """How often each node has been passed."""
    return Counter((visit.process_id, visit.node_id) for visit in run.visits() if visit.is_done)


def _rows_in(run: Run, task: UserTask) -> list[UserTask]:
    """The other rows of the case whose tasks are part of the run: what a return may undo."""
    query = select(UserTask).where(
        UserTask.instance_id == task.instance_id, UserTask.id != task.id, UserTask.state != TaskState.CANCELLED
    )
    return [row for row in db.session.scalars(query) if run.knows(row.engine_task_id)]


def _require_untouched(task: UserTask, withdrawn: Sequence[UserTask], undone: Counter[tuple[str, str]]) -> None:
    """:raises CannotReclaim: a person acted on what follows since, or something came from outside."""
    if any(row.state in {TaskState.DONE, TaskState.REWORK} for row in withdrawn):
        raise CannotReclaim(reason=_("后续环节已办理，请联系其退回"))
    submitted = select(func.max(TaskLog.seq)).where(*logged(task, "submit"))
    since = db.session.scalar(submitted) or 0
    later = db.session.scalars(
        select(TaskLog).where(TaskLog.instance_id == task.instance_id, TaskLog.seq > since)
    ).all()
    ids = {row.id for row in withdrawn}
    nodes = {node_id for _process, node_id in undone}
    if any(row.task_id in ids and row.action in ACTED for row in later):
        raise CannotReclaim(reason=_("后续环节已有人办理，请联系其退回"))
    if any(row.action in CAME and row.node_id in nodes for row in later):
        raise CannotReclaim(reason=_("后续已收到外部消息或定时已触发，不能拿回；如需修改请联系后续办理人退回"))


def _tell(withdrawn: Sequence[UserTask], actor: Actor, reason: str) -> None:
    for one in withdrawn:
        notices.send_inbox(
            [user_id for user_id in worklist.people_of(one) if user_id != actor.user_id],
            f"{actor.name} 拿回了前一环节，本任务已撤下：{one.name}",
            f"{one.title}：{reason}",
            link=f"/cases/{one.instance_id}",
            kind="TASK",
        )


def _mine(task: UserTask, instance: ProcessInstance, opened: frozenset[str], actor: Actor) -> UserTask:
    """The reopened task, hers again. :raises CannotReclaim: it did not open again."""
    rows = db.session.scalars(
        select(UserTask).where(
            UserTask.instance_id == instance.id,
            UserTask.node_id == task.node_id,
            UserTask.state == TaskState.OPEN,
            UserTask.engine_task_id.in_(opened),
        )
    ).all()
    hers = [row for row in rows if row.assignee_id == actor.place_id] or [
        row for row in rows if not row.assignee_id
    ]
    if not hers:
        raise CannotReclaim(reason=_("该环节不能重新打开"))
    hers[0].assignee_id = actor.place_id
    return hers[0]
