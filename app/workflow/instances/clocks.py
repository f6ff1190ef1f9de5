"""A task's clock: when its handler is reminded, and when its time is over. Both stand on its row of the work list.

``due_at`` is reckoned once, in working time; ``rings_at`` is the next moment at which the clock has something to
say. A task that is done in time has cost no row of a timer and no job. While a task waits for a correction the
clock is silent; what has come meanwhile it says when the task goes on. ``deadlines`` does what it says.
"""

from datetime import datetime

from app.support import workdays
from app.workflow.instances.models import Ring, TaskState, UserTask

REMIND_AT = 0.8
"""Part of the time after which the handler is reminded. Source: domain processes §0.4."""


def moments(opened_at: datetime, due_at: datetime | None) -> dict[Ring, datetime]:
    """When the handler is reminded and when the task escalates; empty without a deadline."""
    if due_at is None:
        return {}
    return {Ring.REMIND: opened_at + (due_at - opened_at) * REMIND_AT, Ring.ESCALATE: due_at}


def first_ring(opened_at: datetime, due_at: datetime | None) -> datetime | None:
    """When the clock of a new task rings first."""
    return moments(opened_at, due_at).get(Ring.REMIND)


def next_ring(task: UserTask) -> tuple[Ring, datetime] | None:
    """What the clock will say next, and when; None when it has said everything, or there is no deadline.

    A reminder that has not been given yet comes before the end of the time, however late it is.
    """
    if task.escalated_at is not None:
        return None
    left = moments(task.opened_at, task.due_at)
    if task.reminded_at is not None:
        left.pop(Ring.REMIND, None)
    return next(iter(left.items()), None)


def wind(task: UserTask) -> None:
    """Let the clock ring when it next has to."""
    due = next_ring(task)
    task.rings_at = due[1] if due is not None and task.state is TaskState.OPEN else None


def set_deadline(task: UserTask, duration: str | None) -> None:
    """Reckon the deadline once, in working time, and wind the clock anew; without a duration there is none."""
    task.due_at = workdays.working_due(task.opened_at, duration) if duration else None
    task.reminded_at = task.escalated_at = None
    wind(task)


def move_deadline(task: UserTask, due_at: datetime) -> None:
    """Another end of the time; what the clock has said it does not say again."""
    task.due_at = due_at
    wind(task)


def let_wait(task: UserTask) -> None:
    """Sent back: the task waits until what was wrong has been corrected, and its clock is silent."""
    task.state, task.rings_at = TaskState.REWORK, None


def let_go_on(task: UserTask) -> None:
    """The task is to be done (again); what came while it waited rings at once."""
    task.state = TaskState.OPEN
    wind(task)
