"""Jobs: work that is done later or again and again, never lost and never done twice.

The truth is a row in SQL, written in the business transaction; Redis only rings the worker's bell.
Not for: what a process waits for (workflow's timers put job rows here), sending (``notices``).
Words owned: job, handler, bell, lease, fence, schedule, dispatcher, worker.
"""

from app.support.jobs.operations import Planned, enqueue, enqueue_all
from app.support.jobs.registry import Again, GiveUp, JobContext, every, job, on_give_up, source, tenants_from

__all__ = [
    "Again",
    "GiveUp",
    "JobContext",
    "Planned",
    "enqueue",
    "enqueue_all",
    "every",
    "job",
    "on_give_up",
    "source",
    "tenants_from",
]
