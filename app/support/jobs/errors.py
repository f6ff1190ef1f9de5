"""Refusals of the jobs room."""

from app.core.errors import Conflict, NotFound


class JobMissing(NotFound):
    """No such job, or another tenant's."""

    code = "jobs.job.missing"
    message = "没有找到这个后台任务，可能已被清理"


class JobNotFailed(Conflict):
    """Only a failed or cancelled job can be started again."""

    code = "jobs.job.not_failed"
    message = "只有已失败或已取消的任务可以重新执行，请刷新页面查看最新状态"


class JobNotWaiting(Conflict):
    """Only a waiting job can be cancelled."""

    code = "jobs.job.not_waiting"
    message = "只有等待中的任务可以取消，请刷新页面查看最新状态"
