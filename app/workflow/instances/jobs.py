"""Due timers and retries, each a job row whose due time was reckoned on arrival; clocks of tasks that ring."""

from app.support.jobs import JobContext, every, job
from app.workflow import definitions
from app.workflow.instances import deadlines, events, incidents, operations, timed_starts
from app.workflow.instances.errors import IncidentNotOpen, InstanceSuspended


@job("instances.fire_timer", label="流程定时")
def fire_timer(ctx: JobContext, timer_id: int) -> None:
    """Fire one timer; it may have been cancelled or moved meanwhile."""
    operations.fire_timer(timer_id, actor=ctx.actor)


@job(deadlines.RING_JOB, label="待办时限提醒")
def ring_task(ctx: JobContext, task_id: int) -> None:
    """Remind of one task, or escalate it; it may have been done or moved meanwhile."""
    deadlines.ring(task_id, actor=ctx.actor)


@job("instances.retry_incident", label="流程异常重试")
def retry_incident(ctx: JobContext, incident_id: int) -> None:
    """Try a failed step once more; a person may have been faster."""
    try:
        incidents.retry_incident(incident_id, actor=ctx.actor, reason="自动重试")
    except (IncidentNotOpen, InstanceSuspended):  # what rests is tried when it goes on
        return


@job("instances.deliver_event", label="流程间消息投递")
def deliver_event(ctx: JobContext, thrown_id: int) -> None:
    """Find who takes in what an instance has thrown."""
    events.deliver(thrown_id, actor=ctx.actor)


@job("instances.hand_event", label="流程间信号接收")
def hand_event(ctx: JobContext, thrown_id: int, instance_id: int, engine_task_id: str) -> None:
    """One instance takes a signal in; it may have stopped waiting meanwhile."""
    events.take_in(thrown_id, instance_id, engine_task_id, actor=ctx.actor)


@job("instances.start_by_event", label="流程间事件发起")
def start_by_event(ctx: JobContext, thrown_id: int, process_id: str, start_node: str) -> None:
    """A process begins with what another has thrown."""
    events.start_by(thrown_id, process_id, start_node, actor=ctx.actor)


@job(timed_starts.PLAN_JOB, label="流程定时发起安排")
def plan_starts(ctx: JobContext, due: str = "") -> None:  # noqa: ARG001 - every schedule says when it was due
    """Let planned starts follow the active release; every hour besides, for companies that are new."""
    timed_starts.plan(actor=ctx.actor)


@job(timed_starts.START_JOB, label="流程定时发起")
def start_by_timer(ctx: JobContext, start_id: int) -> None:
    """Start a process whose moment has come; it may have been cancelled meanwhile."""
    timed_starts.start(start_id, actor=ctx.actor)


@job("instances.expire_events", label="流程间消息到期检查")
def expire_events(ctx: JobContext, due: str) -> None:  # noqa: ARG001 - every schedule says when it was due
    """Tell administrators what nobody has taken in."""
    events.expire(actor=ctx.actor)


every("instances.expire_events", daily_at="02:10")
every(timed_starts.PLAN_JOB, hours=1)
definitions.on_activation(timed_starts.replan_everywhere)
