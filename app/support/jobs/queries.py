"""Reading jobs; always one tenant's, because the table is the platform's."""

from datetime import datetime

from sqlalchemy import Select, func, select

from app.core.db import db, locked
from app.support.jobs.errors import JobMissing
from app.support.jobs.models import Job, JobState


def get_job(job_id: int, *, tenant_id: int, for_update: bool = False) -> Job:
    """One job of a tenant. :raises JobMissing: unknown, or another tenant's."""
    query = select(Job).where(Job.id == job_id, Job.tenant_id == tenant_id)
    if for_update:
        query = locked(query)
    job = db.session.scalar(query)
    if job is None:
        raise JobMissing
    return job


def select_jobs(tenant_id: int, *, state: JobState | None = None, kind: str = "") -> Select[Job]:
    """A tenant's jobs, newest first, for a list in pages."""
    query = select(Job).where(Job.tenant_id == tenant_id).order_by(Job.created_at.desc(), Job.id.desc())
    if state:
        query = query.where(Job.state == state)
    if kind:
        query = query.where(Job.kind == kind)
    return query


def count_by_state(tenant_id: int) -> dict[JobState, int]:
    """How many jobs are in each state; 0 where none is."""
    rows = db.session.execute(
        select(Job.state, func.count()).where(Job.tenant_id == tenant_id).group_by(Job.state)
    ).all()
    return dict.fromkeys(JobState, 0) | {row[0]: row[1] for row in rows}


def oldest_due(now: datetime) -> datetime | None:
    """Since when the longest-waiting due job of the platform waits: the figure to watch."""
    return db.session.scalar(select(func.min(Job.run_at)).where(Job.state == JobState.WAITING, Job.run_at <= now))


def is_open(kind: str) -> bool:
    """Whether a job of this kind waits or runs, for whichever company."""
    query = select(Job.id).where(Job.kind == kind, Job.state.in_((JobState.WAITING, JobState.RUNNING)))
    return db.session.scalar(query.limit(1)) is not None
