"""Batches too large to wait for: each task in its own transaction; killed, it goes on where it was."""

from flask import current_app
from sqlalchemy.exc import DBAPIError

from app.core.db import db
from app.core.i18n import _
from app.core.tenancy import acting_as
from app.core.transactions import unit_of_work
from app.support.identity.security import actor_for
from app.support.jobs import Again, JobContext, job
from app.workflow.tasks.models import BatchState, TaskBatch, TaskBatchItem
from app.workflow.tasks.operations import batch as batches

CHUNK = 25


def carry_some(ctx: JobContext, batch_id: int) -> None:  # noqa: ARG001 - every job gets its context
    """Do the next rows as whoever asked for it. What is done is marked in the same transaction."""
    batch = db.session.get(TaskBatch, batch_id)
    if batch is None:
        return
    actor = actor_for(batch.asked_by)
    ids = [item.id for item in batches.pending(batch_id, CHUNK)]
    for item_id in ids:
        try:
            with acting_as(actor), unit_of_work():
                item, row = db.session.get(TaskBatchItem, item_id), db.session.get(TaskBatch, batch_id)
                if item is not None and row is not None and item.state is BatchState.PENDING:
                    batches.carry_item(item, row, actor)
        except DBAPIError:
            raise
        except Exception:
            current_app.logger.warning("batch item %s failed", item_id, exc_info=True)
            with unit_of_work():
                batches.refuse_item(item_id, _("程序异常，该任务未办理，请逐项办理或联系系统管理员"))


@job(batches.JOB, label="批量办理任务", prepare=carry_some, seconds=300)
def carry_batch(ctx: JobContext, batch_id: int) -> Again | None:
    """Tell how far it is; again until nothing is pending."""
    counts = batches.counts_of(batch_id)
    total = sum(counts.values())
    done = total - counts[BatchState.PENDING]
    ctx.progress(done, total)
    if counts[BatchState.PENDING]:
        return Again({"batch_id": batch_id}, done, total)
    row = db.session.get(TaskBatch, batch_id)
    if row is not None:
        batches.finish_when_done(row)
    return None
