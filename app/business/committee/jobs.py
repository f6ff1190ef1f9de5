"""Daily work of the committee room."""

from datetime import datetime

from app.business.committee import operations
from app.core import clock
from app.support.jobs import JobContext, every, job


@job("committee.remind_conditions", label="批复条件到期提醒")
def remind_conditions(ctx: JobContext, due: str) -> None:
    """Conditions of resolutions due soon or overdue on the day of ``due``."""
    told = operations.remind_conditions(clock.business_day(datetime.fromisoformat(due)), actor=ctx.actor)
    ctx.progress(told, told)


every("committee.remind_conditions", daily_at="08:30")
