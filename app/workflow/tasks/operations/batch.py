"""Many tasks at once 批量: approve with one opinion, transfer, urge. Each row succeeds or is refused by itself."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import func, select

from app.core import clock
from app.core.db import db
from app.core.errors import AppError, Invalid
from app.core.i18n import _
from app.core.reasons import require_reason
from app.core.tenancy import Actor
from app.support import audit, jobs
from app.workflow.instances.models import UserTask
from app.workflow.tasks import access, plain
from app.workflow.tasks.errors import CannotBatch, NobodyAsked, NotBatched, ReasonTooShort, TaskNotFound
from app.workflow.tasks.models import BatchKind, BatchState, TaskBatch, TaskBatchItem
from app.workflow.tasks.operations.claim import transfer
from app.workflow.tasks.operations.complete import complete
from app.workflow.tasks.operations.urge import urge

JOB = "tasks.carry_batch"
MOST = 500
"""Tasks of one batch."""
AT_ONCE = 20
"""Up to so many are done while the person waits; more by a job."""


def start_batch(
    task_ids: Iterable[int], kind: BatchKind, *, words: str, to_user_id: int | None = None, actor: Actor
) -> TaskBatch:
    """Deal with many tasks; a few at once, more in the background.

    :raises CannotBatch: none or too many are chosen. :raises ReasonTooShort: an opinion or a reason is missing.
    :raises NobodyAsked: nobody to transfer to.
    """
    ids = list(dict.fromkeys(task_ids))
    if not ids:
        raise CannotBatch(reason=_("请先勾选任务"))
    if len(ids) > MOST:
        raise CannotBatch(reason=_("一次最多办理 %(n)s 项，请分批", n=MOST))
    batch = TaskBatch(kind=kind, words=_words(kind, words), asked_by=actor.user_id or 0)
    if kind == BatchKind.TRANSFER:
        if to_user_id is None:
            raise NobodyAsked
        batch.to_user_id = to_user_id
    db.session.add(batch)
    db.session.flush()
    db.session.add_all(_items(batch, ids, actor))
    db.session.flush()
    audit.record(actor, "workflow.tasks.batch", batch, kind=kind.value, tasks=len(ids))
    if len(ids) <= AT_ONCE:
        for item in pending(batch.id, AT_ONCE):
            carry_item(item, batch, actor)
        finish_when_done(batch)
    else:
        jobs.enqueue(JOB, {"batch_id": batch.id}, key=str(batch.id))
    return batch


def _words(kind: BatchKind, words: str) -> str:
    words = (words or "").strip()[:1000]
    if kind == BatchKind.TRANSFER:
        return require_reason(words, ReasonTooShort)
    if kind == BatchKind.APPROVE and not words:
        raise Invalid.of("reason", _("请填写意见"), ReasonTooShort.code)
    return words


def _items(batch: TaskBatch, ids: Sequence[int], actor: Actor) -> list[TaskBatchItem]:
    """Rows in the order cases are locked in. Of what she may not see nothing is told."""
    found = {task.id: task for task in db.session.scalars(select(UserTask).where(UserTask.id.in_(ids)))}
    seen = {key: task for key, task in found.items() if access.may_see(task, actor)}
    ordered = sorted(ids, key=lambda key: (seen[key].instance_id if key in seen else 0, key))
    return [
        TaskBatchItem(
            batch_id=batch.id,
            position=position,
            task_id=key,
            name=seen[key].name if key in seen else "",
            title=seen[key].title if key in seen else "",
        )
        for position, key in enumerate(ordered)
    ]


def carry_item(item: TaskBatchItem, batch: TaskBatch, actor: Actor) -> None:
    """Do one row; a refusal undoes what it began and is written to it."""
    try:
        with db.session.begin_nested():
            said = _act(item, batch, actor)
    except AppError as refusal:
        db.session.expire_all()
        item.state, item.reason = BatchState.FAILED, _told(refusal)
    else:
        item.state, item.reason = BatchState.DONE, said


def _act(item: TaskBatchItem, batch: TaskBatch, actor: Actor) -> str | None:
    match batch.kind:
        case BatchKind.APPROVE:
            return _approve(item.task_id, batch.words, actor)
        case BatchKind.TRANSFER:
            transfer(item.task_id, batch.to_user_id or 0, reason=batch.words, actor=actor)
        case BatchKind.URGE:
            urge(item.task_id, words=batch.words, actor=actor)
    return None


def _approve(task_id: int, opinion: str, actor: Actor) -> str | None:
    task = access.get_task(task_id)
    access.require_visible(task, actor)
    reason = plain.why_not(task, task.instance)
    if reason:
        raise NotBatched(reason=reason)
    values = plain.answers(task, task.instance, actor, opinion=opinion)
    done = complete(task_id, values, actor=actor, row_version=task.row_version)
    if not done.done:
        raise NotBatched(reason="；".join(one.message for one in done.findings if one.severity != "INFO"))
    return _("已提交，等待加签") if done.held else None


def _told(refusal: AppError) -> str:
    findings = refusal.findings if isinstance(refusal, Invalid) else ()
    return "；".join(finding.message for finding in findings) or str(refusal)


def refuse_item(item_id: int, reason: str) -> None:
    """A row that failed for no reason of its own."""
    item = db.session.get(TaskBatchItem, item_id)
    if item is not None:
        item.state, item.reason = BatchState.FAILED, reason


def pending(batch_id: int, limit: int) -> Sequence[TaskBatchItem]:
    """The next rows to do, in order."""
    waits = TaskBatchItem.state == BatchState.PENDING
    query = select(TaskBatchItem).where(TaskBatchItem.batch_id == batch_id, waits)
    return db.session.scalars(query.order_by(TaskBatchItem.position).limit(limit)).all()


def counts_of(batch_id: int) -> Mapping[BatchState, int]:
    """How many rows are in each state."""
    query = select(TaskBatchItem.state, func.count()).where(TaskBatchItem.batch_id == batch_id)
    found = {state: number for state, number in db.session.execute(query.group_by(TaskBatchItem.state))}  # noqa: C416
    return {state: found.get(state, 0) for state in BatchState}


def finish_when_done(batch: TaskBatch) -> None:
    """Note that no row waits any more."""
    if batch.finished_at is None and not counts_of(batch.id)[BatchState.PENDING]:
        batch.finished_at = clock.now()


def get_batch(batch_id: int, actor: Actor) -> TaskBatch:
    """One's own batch. :raises TaskNotFound: somebody else's, or none."""
    query = select(TaskBatch).where(TaskBatch.id == batch_id, TaskBatch.asked_by == actor.user_id)
    batch = db.session.scalar(query)
    if batch is None:
        raise TaskNotFound
    return batch


def items_of(batch_id: int) -> Sequence[TaskBatchItem]:
    """All rows, refused ones first."""
    query = select(TaskBatchItem).where(TaskBatchItem.batch_id == batch_id)
    failed_first = TaskBatchItem.state != BatchState.FAILED
    return db.session.scalars(query.order_by(failed_first, TaskBatchItem.position)).all()
