"""Processes the clock starts: the next turn of each start event with a timer is a row, and a job that fires it.

The rows follow the active release. A timer drawn the same in the release that comes next goes on where it was; one
that is gone or changed is cancelled, and what is new begins when the release was activated. A moment that passed
before starts nothing. One row stands for one process, start event and moment, whatever the release, so no moment
starts twice. After a standstill of the workers one instance is started for all turns missed; with the property
``missed`` = ``each`` one for every turn.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.core import clock
from app.core.db import db, locked
from app.core.errors import AppError
from app.core.tenancy import Actor
from app.support import audit, jobs, notices
from app.support.identity import queries as people
from app.support.jobs.queries import is_open
from app.support.jobs.registry import known_tenants
from app.workflow import definitions
from app.workflow.definitions import queries as releases
from app.workflow.definitions.models import Release
from app.workflow.engine import BadTimer, ProcessModel, StartTimer, Turn, start_timers
from app.workflow.instances import operations
from app.workflow.instances.models import TimedStart
from app.workflow.instances.services import StepServices

PLAN_JOB, START_JOB = "instances.plan_starts", "instances.start_by_timer"

_Key = tuple[str, str]


class _Beginning(StepServices):
    """Services in whose present the release was activated: its timers run from then."""

    def __init__(self, actor: Actor, moment: datetime) -> None:
        super().__init__(0, None, actor)
        self.moment = moment

    def now(self) -> datetime:
        """When the release was activated."""
        return self.moment


def replan_everywhere(release: Release, models: Mapping[str, ProcessModel]) -> None:
    """Another release is active: every company plans anew, if the clock starts anything before or after."""
    if not is_open(START_JOB) and not start_timers(models):
        return
    key = f"{release.id}:{release.activated_at.isoformat() if release.activated_at else ''}"
    for tenant_id in known_tenants():
        jobs.enqueue(PLAN_JOB, key=key, tenant_id=tenant_id)


def plan(*, actor: Actor) -> None:
    """Let the planned starts of a company be those of the active release; done again it changes nothing."""
    release_id = releases.find_active()
    if release_id is None:
        return
    wanted = start_timers(definitions.compiled(release_id).processes)
    for row in db.session.scalars(locked(_standing())).all():
        timer = wanted.get((row.process_id, row.node_id))
        if timer is None or timer.drawn != row.drawn:
            row.cancelled_at = clock.now()
        else:
            row.release_id = release_id
            _ring(row)
            del wanted[row.process_id, row.node_id]
    db.session.flush()
    for key, timer in wanted.items():
        if not _has_run_out(key, timer):
            _begin(key, timer, releases.get_release(release_id), actor)


def start(start_id: int, *, actor: Actor) -> bool:
    """A planned moment has come; False when it was cancelled, has started already, or was put off."""
    row = _locked(start_id)
    if row is None or row.done_at or row.cancelled_at or row.due_at > clock.now():
        return False
    if row.release_id != releases.find_active():  # this job was faster than the one that plans anew
        plan(actor=actor)
        if row.cancelled_at is not None:
            return False
    key = (row.process_id, row.node_id)
    timer = start_timers(definitions.compiled(row.release_id).processes)[key]
    row.done_at = clock.now()
    instance = operations.start(row.process_id, actor=actor, start_node=row.node_id, release_id=row.release_id)
    row.instance_id = instance.id
    audit.record(
        actor, "workflow.instances.timed_start", instance, node_id=row.node_id, due=row.due_at.isoformat()
    )
    services = StepServices(0, None, actor)
    turn = timer.following(Turn(row.due_at, row.cycle, row.turns_left), services)
    _plan_turn(key, timer, turn, row.release_id, services)
    return True


def _standing() -> Any:
    """Select of the rows whose moment is still to come or is being started."""
    return select(TimedStart).where(TimedStart.done_at.is_(None), TimedStart.cancelled_at.is_(None))


def _locked(start_id: int) -> TimedStart | None:
    query = locked(select(TimedStart).where(TimedStart.id == start_id))
    return db.session.scalar(query.execution_options(populate_existing=True))


def _has_run_out(key: _Key, timer: StartTimer) -> bool:
    """Whether this very timer has had its last turn: another release does not begin it anew."""
    process_id, node_id = key
    own = select(TimedStart).where(TimedStart.process_id == process_id, TimedStart.node_id == node_id)
    last = db.session.scalar(own.order_by(TimedStart.due_at.desc()).limit(1))
    return last is not None and last.cancelled_at is None and last.drawn == timer.drawn


def _begin(key: _Key, timer: StartTimer, release: Release, actor: Actor) -> None:
    since = release.activated_at or clock.now()
    services = _Beginning(actor, since)
    try:
        turn = timer.first(services)
    except (AppError, BadTimer) as exc:
        _tell(key, str(exc), actor)
        return
    if turn.due is not None and turn.due >= since:
        _plan_turn(key, timer, turn, release.id, services)


def _plan_turn(key: _Key, timer: StartTimer, turn: Turn | None, release_id: int, services: StepServices) -> None:
    """Put in the next moment; one that has started already, under another release, is passed over."""
    process_id, node_id = key
    while turn is not None and turn.due is not None:
        row = db.session.scalar(
            select(TimedStart).where(
                TimedStart.process_id == process_id,
                TimedStart.node_id == node_id,
                TimedStart.due_at == turn.due,
            )
        )
        if row is None or row.done_at is None:
            row = row or TimedStart(process_id=process_id, node_id=node_id, due_at=turn.due)
            row.release_id, row.drawn, row.cancelled_at = release_id, timer.drawn, None
            row.cycle, row.turns_left = turn.text, turn.left
            if _stored(row):
                _ring(row)
            return
        turn = timer.following(turn, services)


def _stored(row: TimedStart) -> bool:
    """False when another worker has planned the same moment just now, with its job: then nothing is left to do."""
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError:
        return False
    return True


def _ring(row: TimedStart) -> None:
    """The job of the row; one that is there already stays."""
    jobs.enqueue(START_JOB, {"start_id": row.id}, key=str(row.id), run_at=row.due_at, tenant_id=row.tenant_id)


def _tell(key: _Key, reason: str, actor: Actor) -> None:
    process_id, node_id = key
    notices.send_inbox(
        [user.id for user in people.users_with_role("ADMIN", actor.tenant_id)],
        "流程不能定时发起",
        f"流程 {process_id} 的开始事件 {node_id} 定不出时间：{reason}",
        link="/admin/definitions",
        kind="SYSTEM",
    )
