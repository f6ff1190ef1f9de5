"""The room's own housekeeping."""

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.support.identity.models import Tenant
from app.support.jobs import operations
from app.support.jobs.registry import Again, JobContext, every, job, tenants_from

KEPT_DAYS = 30
_CHUNK = 1000


@job("jobs.sweep", label="清理已完成的后台任务")
def sweep(ctx: JobContext, due: str) -> Again | None:
    """Forget jobs that ended well more than 30 days ago; failed ones stay until somebody has seen them."""
    removed = operations.remove_ended(clock.now() - timedelta(days=KEPT_DAYS), _CHUNK)
    ctx.progress(removed, removed)
    return Again({"due": due}, done=removed) if removed == _CHUNK else None


every("jobs.sweep", daily_at="03:30", per_tenant=False)


def active_tenants() -> Iterable[int]:
    """The companies that scheduled jobs run for."""
    return db.session.scalars(select(Tenant.id).where(Tenant.active)).all()


tenants_from(active_tenants)
