"""The room's own housekeeping."""

from app.support.identity.operations.forgetting import forget_old_sign_ins
from app.support.jobs import JobContext, every, job


@job("identity.forget_sign_ins", label="清理过期的登录记录")
def forget_sign_ins(ctx: JobContext, due: str) -> None:  # noqa: ARG001 - every scheduled job gets its due time
    """Daily: see ``forget_old_sign_ins``."""
    removed = forget_old_sign_ins()
    ctx.progress(removed, removed)


every("identity.forget_sign_ins", daily_at="03:10")
