"""The life of a job. None of these commits: the caller's transaction does."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import and_, or_, select
from sqlalchemy.exc import IntegrityError

from app.core import clock
from app.core.db import db, locked
from app.core.rows import insert_rows
from app.core.tenancy import Actor, find_actor
from app.core.transactions import after_commit
from app.support import audit
from app.support.jobs import registry
from app.support.jobs.bell import ring
from app.support.jobs.errors import JobNotFailed, JobNotWaiting
from app.support.jobs.models import PLATFORM, Job, JobState
from app.support.jobs.queries import get_job
from app.support.jobs.rules import next_try

RING_LEASE = timedelta(seconds=60)
"""How long a bell is given before it is rung again."""
RING_GRACE = timedelta(seconds=5)
"""How long when nothing at all waits in Redis: then it has forgotten, or a worker is just about to begin."""
RUN_LEASE = timedelta(seconds=60)


class Planned(NamedTuple):
    """A job to put in with others: whose it is, its key, what its handler is given."""

    tenant_id: int
    key: str
    payload: dict[str, Any]


_OPEN = (JobState.WAITING, JobState.RUNNING)


# ------------------------------------------------------------------ putting in


def enqueue(
    kind: str,
    payload: dict[str, Any] | None = None,
    *,
    key: str | None = None,
    run_at: datetime | None = None,
    tenant_id: int | None = None,
) -> Job:
    """Put a job in; it exists if, and only if, the present transaction commits. The bell rings after that.

    :param payload: plain JSON, given to the handler as keywords; keys and figures, not documents.
    :param key: the same key while a job of this kind is unfinished returns that one.
    :param run_at: not before; now when left out.
    :param tenant_id: the acting tenant when left out.
    :raises ValueError: no room registered this kind.
    """
    work = registry.find_work(kind)
    if work is None:
        raise ValueError(f"no handler for job {kind}")
    actor, now = find_actor(), clock.now()
    tenant_id = tenant_id if tenant_id is not None else (actor.tenant_id if actor else PLATFORM)
    existing = _open_job(kind, tenant_id, key)
    if existing:
        return existing
    job = Job(
        tenant_id=tenant_id,
        kind=kind,
        key=key,
        payload=payload or {},
        run_at=run_at or now,
        max_tries=work.tries,
        created_by=actor.user_id if actor else None,
        fence=1,
    )
    return _add(job) or _open_job(kind, tenant_id, key) or _impossible(kind)


def enqueue_all(kind: str, planned: Sequence[Planned]) -> None:
    """Put in jobs of one kind that are due, with one statement; one that is there already stays.

    No bell rings: they are for the dispatcher, which claims what is due.

    :raises ValueError: no room registered this kind.
    """
    work = registry.find_work(kind)
    if work is None:
        raise ValueError(f"no handler for job {kind}")
    now = clock.now()
    common = {"kind": kind, "max_tries": work.tries, "run_at": now, "created_at": now, "created_by": None}
    insert_rows(Job, [{**common, **one._asdict()} for one in planned], skip_known=True)


def put_scheduled(kind: str, due: datetime, tenant_id: int) -> Job | None:
    """The job of a schedule for one due moment; None when it has been put in before, finished or not."""
    known = select(Job.id).where(Job.kind == kind, Job.tenant_id == tenant_id, Job.schedule_due == due)
    work = registry.find_work(kind)
    if work is None or db.session.scalar(known):
        return None
    payload = {"due": due.isoformat()}
    return _add(
        Job(tenant_id=tenant_id, kind=kind, payload=payload, run_at=due, schedule_due=due, max_tries=work.tries)
    )


def _add(job: Job) -> Job | None:
    """Store a job and see to its bell; None when somebody else has just stored its like."""
    try:
        with db.session.begin_nested():
            db.session.add(job)
    except IntegrityError:
        return None
    if job.run_at <= clock.now():
        _ring_after_commit(job)
    return job


def _open_job(kind: str, tenant_id: int, key: str | None) -> Job | None:
    if key is None:
        return None
    return db.session.scalar(
        select(Job).where(Job.kind == kind, Job.tenant_id == tenant_id, Job.key == key, Job.state.in_(_OPEN))
    )


def _impossible(kind: str) -> Job:
    raise RuntimeError(f"job {kind} can neither be stored nor found")


# ------------------------------------------------------------------ handing out


def claim_due(limit: int, *, patience: timedelta = timedelta()) -> list[tuple[int, int]]:
    """Take due jobs whose bell was not answered and whose worker is not alive: list of (id, fence).

    What rooms keep on rows of their own is asked for first, see ``registry.source``.

    :param patience: how much of a bell's lease is given up: ``RING_LEASE`` takes even what was just rung.

    Rows locked by others are passed over. A job that killed its worker at every try is given up.
    """
    for put_in in registry.sources():
        put_in(limit)
    now = clock.now()
    unanswered = and_(
        Job.state == JobState.WAITING,
        Job.run_at <= now,
        or_(Job.lease_until.is_(None), Job.lease_until <= now + patience),
    )
    abandoned = and_(Job.state == JobState.RUNNING, Job.lease_until <= now)
    query = (
        select(Job)
        .where(or_(unanswered, abandoned))
        .order_by(Job.run_at, Job.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return [(job.id, job.fence) for job in db.session.scalars(query).all() if _take_back(job, now)]


def _take_back(job: Job, now: datetime) -> bool:
    if job.state is JobState.RUNNING and job.tries >= job.max_tries:
        _end_failed(job, "执行程序多次异常中断，已停止重试", "worker died at every try", now)
        return False
    job.state, job.lease_until = JobState.WAITING, now + RING_LEASE
    job.fence += 1
    return True


def start(job_id: int, fence: int) -> Job | None:
    """Begin a try; None when this bell is stale: the job is done, in other hands, or put off.

    The fence goes up, so that a second delivery of the same bell finds nothing to do.
    """
    job = _locked(job_id)
    now = clock.now()
    if job is None or job.fence != fence or job.state is not JobState.WAITING or job.run_at > now:
        return None
    work = registry.find_work(job.kind)
    job.state, job.started_at = JobState.RUNNING, now
    job.fence += 1
    job.tries += 1
    outside_seconds = work.seconds if work and work.prepare else 0
    job.lease_until = now + RUN_LEASE + timedelta(seconds=outside_seconds)
    return job


def hold(job_id: int, fence: int) -> Job | None:
    """Lock the running job for the rest of the transaction; None when it is in other hands."""
    job = _locked(job_id)
    return job if job and job.fence == fence and job.state is JobState.RUNNING else None


# ------------------------------------------------------------------ ending


def finish(job: Job, outcome: registry.Again | None, done: int, total: int) -> None:
    """Mark a successful try: done, or to be continued with what the handler returned."""
    job.error = job.error_detail = None
    if outcome is None:
        job.done_count, job.total_count = done, total
        job.state, job.ended_at, job.lease_until = JobState.DONE, clock.now(), None
        return
    job.payload, job.done_count, job.total_count = outcome.payload, outcome.done, outcome.total
    job.state, job.tries, job.run_at = JobState.WAITING, 0, clock.now()
    _ring_after_commit(job)


def note_failure(job: Job, reason: str, detail: str, *, is_final: bool = False) -> None:
    """Mark a failed try: wait and try again, or give up."""
    now = clock.now()
    if is_final or job.tries >= job.max_tries:
        _end_failed(job, reason, detail, now)
        return
    job.error, job.error_detail = reason[:500], detail
    job.state, job.run_at, job.lease_until = JobState.WAITING, next_try(job.tries, now), None


def _end_failed(job: Job, reason: str, detail: str, now: datetime) -> None:
    job.error, job.error_detail = reason[:500], detail
    job.state, job.ended_at, job.lease_until = JobState.FAILED, now, None
    for act in registry.give_up_acts():
        act(job)


# ------------------------------------------------------------------ by hand


def retry(job_id: int, *, actor: Actor) -> Job:
    """Start a failed or cancelled job again with all its tries.

    :raises JobNotFailed: it is neither.
    """
    job = get_job(job_id, tenant_id=actor.tenant_id, for_update=True)
    if job.state not in {JobState.FAILED, JobState.CANCELLED} or _open_job(job.kind, job.tenant_id, job.key):
        raise JobNotFailed(state=job.state.label)
    job.state, job.tries, job.run_at, job.ended_at = JobState.WAITING, 0, clock.now(), None
    job.fence += 1
    _ring_after_commit(job)
    audit.record(actor, "support.jobs.retried", ("job", job.id), kind=job.kind)
    return job


def cancel(job_id: int, *, actor: Actor) -> Job:
    """Take a waiting job out. :raises JobNotWaiting: it runs, or has ended."""
    job = get_job(job_id, tenant_id=actor.tenant_id, for_update=True)
    if job.state is not JobState.WAITING:
        raise JobNotWaiting(state=job.state.label)
    job.state, job.ended_at, job.lease_until = JobState.CANCELLED, clock.now(), None
    job.fence += 1
    audit.record(actor, "support.jobs.cancelled", ("job", job.id), kind=job.kind)
    return job


def remove_ended(before: datetime, limit: int = 1000) -> int:
    """Forget jobs that ended well before that moment; failed ones stay. Returns how many."""
    query = (
        select(Job).where(Job.state.in_((JobState.DONE, JobState.CANCELLED)), Job.ended_at < before).limit(limit)
    )
    jobs = db.session.scalars(query).all()
    for job in jobs:
        db.session.delete(job)
    return len(jobs)


def _locked(job_id: int) -> Job | None:
    query = locked(select(Job).where(Job.id == job_id))
    return db.session.scalar(query)


def _ring_after_commit(job: Job) -> None:
    job.lease_until = clock.now() + RING_LEASE
    db.session.flush()
    bell = (job.id, job.fence)
    after_commit(lambda: ring(*bell))
