"""Carrying a job out: one short transaction to begin, one for the work and the mark that it is done."""

import signal
import threading
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType

from flask import Flask, current_app

from app.core.errors import AppError
from app.core.tenancy import acting_as, platform_scope, system_actor
from app.core.transactions import unit_of_work
from app.support.jobs import operations, registry
from app.support.jobs.bell import Reporter
from app.support.jobs.models import PLATFORM, Job
from app.support.jobs.registry import GiveUp, JobContext, Work


class OutOfTime(RuntimeError):
    """The handler took longer than it may."""


class InOtherHands(RuntimeError):
    """While this worker prepared, the job was given to another; nothing of this try is kept."""


def perform(app: Flask, job_id: int, fence: int) -> bool:
    """Answer one bell; whether there was anything to do.

    A failing handler is noted and tried again later; only a broken database raises out of here, and then
    the lease runs out and the dispatcher rings again.
    """
    with app.app_context():
        begun = _begin(job_id, fence)
    if begun is None:
        return False
    ctx, payload, run_fence = begun
    try:
        with app.app_context(), _tenant(ctx.actor.tenant_id):
            _carry_out(ctx, payload, run_fence)
    except InOtherHands:
        app.logger.warning("job %s %s was taken over by another worker", ctx.job_id, ctx.kind)
    except Exception as exc:
        app.logger.warning("job %s %s failed at try %s", ctx.job_id, ctx.kind, ctx.tries, exc_info=True)
        with app.app_context(), _tenant(ctx.actor.tenant_id):
            _note(ctx.job_id, run_fence, exc)
    return True


def run_due(app: Flask, limit: int = 1000) -> int:
    """Do everything that is due, here and now, until nothing is: commands, tests, and without Redis."""
    count = 0
    while count < limit:
        with app.app_context(), platform_scope("due jobs of all tenants"), unit_of_work():
            claimed = operations.claim_due(50, patience=operations.RING_LEASE)
        done = sum(perform(app, job_id, fence) for job_id, fence in claimed)
        if not done:
            return count
        count += done
    return count


def _begin(job_id: int, fence: int) -> tuple[JobContext, registry.Payload, int] | None:
    with platform_scope("the job says whose it is"), unit_of_work():
        job = operations.start(job_id, fence)
        if job is None:
            return None
        ctx = JobContext(job.id, job.kind, system_actor(job.tenant_id), job.tries, report=Reporter(job.id))
        return ctx, dict(job.payload), job.fence


def _carry_out(ctx: JobContext, payload: registry.Payload, fence: int) -> None:
    work = _work(ctx.kind)
    with _time_limit(work.seconds):
        if work.prepare:
            ctx.prepared = work.prepare(ctx, **payload)
        with unit_of_work():
            job = operations.hold(ctx.job_id, fence)
            if job is None:
                raise InOtherHands
            outcome = work.run(ctx, **payload)
            operations.finish(job, outcome, ctx.done, ctx.total)


def _work(kind: str) -> Work:
    work = registry.find_work(kind)
    if work is None:
        raise GiveUp(reason=f"程序中没有“{kind}”的处理方法，可能是旧版本留下的任务")
    return work


def _note(job_id: int, fence: int, exc: Exception) -> None:
    reason = str(exc) if isinstance(exc, AppError) else f"程序异常（{type(exc).__name__}），请技术人员查看详情"
    detail = "".join(traceback.format_exception(exc))[-20_000:]
    with unit_of_work():
        job: Job | None = operations.hold(job_id, fence)
        if job:
            operations.note_failure(job, reason, detail, is_final=isinstance(exc, GiveUp))


@contextmanager
def _tenant(tenant_id: int) -> Iterator[None]:
    """Work as the system for a tenant; a platform job sees all of them."""
    with ExitStack() as stack:
        stack.enter_context(acting_as(system_actor(tenant_id)))
        if tenant_id == PLATFORM:
            stack.enter_context(platform_scope("a job of the platform"))
        yield


@contextmanager
def _time_limit(seconds: int) -> Iterator[None]:
    """End a handler that hangs; only the main thread of a worker can be interrupted."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGALRM, _out_of_time)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _out_of_time(_number: int, _frame: FrameType | None) -> None:
    raise OutOfTime("超过执行时限")


def this_app() -> Flask:
    """The program itself, not the proxy."""
    return current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
