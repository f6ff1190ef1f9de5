"""What a step throws to other instances is stored with the step; ``events`` delivers it."""

from datetime import timedelta

from app.core import clock
from app.core.db import db
from app.core.rows import find_rows
from app.support import jobs
from app.workflow.engine import Run, Thrown
from app.workflow.forms import to_plain
from app.workflow.instances import worklist
from app.workflow.instances.models import ProcessInstance, ThrownEvent, ThrownState

DELIVER_JOB = "instances.deliver_event"
KEPT_FOR = timedelta(days=7)
"""How long a message waits for somebody who takes it in."""


def send_out(instance: ProcessInstance, run: Run) -> None:
    """Store what the run has thrown to others, and put in its delivery."""
    for thrown in run.thrown():
        row = ThrownEvent(
            instance_id=instance.id,
            node_id=thrown.node_id[:80],
            kind=thrown.kind,
            name=thrown.name,
            correlation=_correlation(thrown, instance),
            payload=to_plain(thrown.payload),
            expires_at=clock.now() + KEPT_FOR,
        )
        db.session.add(row)
        db.session.flush()
        _plan_delivery(row)


def _correlation(thrown: Thrown, instance: ProcessInstance) -> str | None:
    if thrown.kind == "signal":
        return None
    return worklist.correlation_text(thrown.correlation, instance.business_key)


def wake(name: str, correlation: str | None) -> None:
    """Somebody begins to wait for a message: deliver what was thrown before she did."""
    message = {"kind": "message", "name": name, "correlation": correlation}
    first = ("thrown_at", "id")
    for row in find_rows(ThrownEvent, order=first, state=ThrownState.WAITING, **message)[:1]:
        _plan_delivery(row)


def _plan_delivery(row: ThrownEvent) -> None:
    """Without a key: a job that looks for receivers at this moment may have missed the one that begins to wait."""
    jobs.enqueue(DELIVER_JOB, {"thrown_id": row.id}, tenant_id=row.tenant_id)
