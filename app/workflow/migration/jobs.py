"""Carrying a plan out: some instances at a time, each in its own transaction; killed, it goes on where it was."""

from flask import current_app
from sqlalchemy.exc import DBAPIError

from app.core.errors import AppError
from app.core.i18n import _
from app.core.transactions import unit_of_work
from app.support.jobs import Again, JobContext, job
from app.workflow.migration import operations
from app.workflow.migration.models import ItemState

CHUNK = 50
SECONDS = 300


def move_some(ctx: JobContext, plan_id: int) -> None:
    """Move the next instances. What is done is marked in the same transaction, so nothing is done twice."""
    with unit_of_work():
        pending = operations.pending_items(plan_id, CHUNK)
    for item_id in pending:
        try:
            with unit_of_work():
                operations.move_item(item_id, actor=ctx.actor)
        except DBAPIError:
            raise
        except Exception as exc:
            reason = str(exc) if isinstance(exc, AppError) else _("程序异常，该流程未迁移，请技术人员查看日志")
            current_app.logger.warning("migration item %s stays", item_id, exc_info=True)
            with unit_of_work():
                operations.refuse_item(item_id, reason)


@job(operations.JOB, label="流程迁移", prepare=move_some, seconds=SECONDS)
def carry_out(ctx: JobContext, plan_id: int) -> Again | None:
    """Tell how far it is; again until nothing is pending."""
    counts = operations.counts_of(plan_id)
    total = sum(counts.values())
    done = total - counts[ItemState.PENDING]
    ctx.progress(done, total)
    if counts[ItemState.PENDING]:
        return Again({"plan_id": plan_id}, done, total)
    operations.finish(plan_id, actor=ctx.actor)
    return None
