"""Nightly work of the ledger: the snapshot of the day before, and the comparison of balances."""

from datetime import datetime, timedelta

from app.business.ledger import operations
from app.core import clock
from app.support.jobs import JobContext, every, job


@job("ledger.snapshot", label="在保余额日快照")
def snapshot(ctx: JobContext, due: str) -> None:
    """What was carried at the end of the day before ``due``."""
    day = clock.business_day(datetime.fromisoformat(due)) - timedelta(days=1)
    taken = operations.take_snapshot(day, actor=ctx.actor)
    ctx.progress(taken, taken)


@job("ledger.reconcile", label="台账余额核对")
def reconcile(ctx: JobContext, due: str) -> None:  # noqa: ARG001 - schedules pass the due time
    """Cached balances against entries; differences raise an alarm."""
    found = operations.reconcile(actor=ctx.actor)
    ctx.progress(len(found), len(found))


every("ledger.snapshot", daily_at="00:30")
every("ledger.reconcile", daily_at="01:00")
