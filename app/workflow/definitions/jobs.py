"""Activations at an appointed time."""

from datetime import datetime

from app.core.errors import AppError
from app.support.jobs import GiveUp, JobContext, job
from app.workflow.definitions import operations


@job(operations.ACTIVATE_JOB, label="流程发布包定时启用")
def activate_scheduled(ctx: JobContext, release_id: int, at: str) -> None:
    """Activate the release, unless its moment was moved; what refuses it will refuse it again."""
    try:
        operations.activate_scheduled(release_id, datetime.fromisoformat(at), actor=ctx.actor)
    except AppError as exc:
        raise GiveUp(reason=str(exc)) from exc
