"""What happens when the clock of a task rings: its handler is reminded, or its time is over.

The dispatcher finds the clocks that ring, and puts a job in for each.
"""

from sqlalchemy import select, update

from app.core import clock
from app.core.db import db
from app.core.tenancy import Actor
from app.support import jobs, notices
from app.workflow.instances import clocks, overdue, store, worklist
from app.workflow.instances.log import write_log
from app.workflow.instances.models import ProcessInstance, Ring, TaskState, UserTask

RING_JOB = "instances.ring_task"


def ring_key(task: UserTask) -> str:
    """Key of the job that lets a task's clock ring."""
    return _key(task.id)


def _key(task_id: int) -> str:
    return f"task:{task_id}"


@jobs.source
def put_in(limit: int) -> int:
    """Jobs for the clocks that ring now, of all companies; how many. The rows others hold come the next time.

    The clock is stopped with it, without touching the version of the row: whoever works on the task is not in
    the way of its clock.
    """
    ringing = select(UserTask.id, UserTask.tenant_id).where(UserTask.rings_at <= clock.now())
    rows = db.session.execute(
        ringing.order_by(UserTask.rings_at, UserTask.id).limit(limit).with_for_update(skip_locked=True)
    ).all()
    if not rows:
        return 0
    jobs.enqueue_all(
        RING_JOB, [jobs.Planned(tenant_id, _key(task_id), {"task_id": task_id}) for task_id, tenant_id in rows]
    )
    stopped = update(UserTask).where(UserTask.id.in_([task_id for task_id, _tenant in rows]))
    kept = {"updated_at": UserTask.updated_at, "row_version": UserTask.row_version}
    db.session.execute(stopped.values(rings_at=None, **kept).execution_options(synchronize_session=False))
    return len(rows)


def ring(task_id: int, *, actor: Actor) -> bool:
    """The clock of a task says what has come; False when it has nothing to say (any more), or the case rests."""
    found = store.lock_with_task(task_id)
    if found is None:
        return False
    task, instance = found
    if task.state is not TaskState.OPEN or instance.status in store.ENDED or instance.suspended_at is not None:
        return False
    due = clocks.next_ring(task)
    if due is None or due[1] > clock.now():
        return False
    if task.due_at is not None and task.due_at <= clock.now():
        task.escalated_at = clock.now()
        _escalate(task, instance, actor)
    else:
        task.reminded_at = clock.now()
        _tell(Ring.REMIND, task, instance, actor)
    if task.state is TaskState.OPEN:
        clocks.wind(task)
    return True


def _escalate(task: UserTask, instance: ProcessInstance, actor: Actor) -> None:
    """Do what the node wants, else tell whom it escalates to. A reminder nobody had in time is not given late."""
    if not overdue.act_on(task, instance, actor):
        _tell(Ring.ESCALATE, task, instance, actor)


def _tell(ring: Ring, task: UserTask, instance: ProcessInstance, actor: Actor) -> None:
    late = ring is Ring.ESCALATE
    people = set(worklist.people_of(task))
    if late and task.properties.get("escalate"):
        people |= set(worklist.holders(task.properties["escalate"], instance.tenant_id))
    title = f"待办已超时：{task.name}" if late else f"待办即将到期：{task.name}"
    notices.send_inbox(sorted(people), title, task.title, link=f"/tasks/{task.id}", kind="REMINDER")
    write_log(instance, actor, "escalate" if late else "remind", task=task)
