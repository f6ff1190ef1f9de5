"""Every act of docs/actions.md around the moment a clock rings: shortly before it, at it, and when it has just rung.

Reminders, time-outs with every policy, boundary timers, event sub-processes and waits ring at one moment. Whoever is
first, each timer that rings has one effect and one entry in the log, what it was for is gone or goes on, and the case
comes to its end. ``LATE_ACTS=all`` plays every act in every structure and order; else each act meets some of them.
"""

import os
from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.core.errors import AppError
from app.support.jobs.models import Job
from app.support.jobs.runner import run_due
from app.workflow.instances import operations as instances
from app.workflow.instances.models import Ring, TaskState, TimerDue, UserTask
from tests.workflow.tasks.matrix import ACTIONS, Case
from tests.workflow.tasks.structures import TIMED

pytestmark = pytest.mark.both_databases
PROCESSES = tuple(structure.content for structure in TIMED.values())
ALL = os.environ.get("LATE_ACTS") == "all"
BEGUN = datetime(2026, 11, 24, 10, tzinfo=clock.BEIJING)
RINGS = BEGUN + timedelta(days=1)
ORDERS = {"before": RINGS - timedelta(minutes=1), "at": RINGS, "after": RINGS}
"""When the act is done; the worker looks at the clock when it rings, and has already looked in the last order."""
TOLD_BY = {"ENGINE": {"timer"}, Ring.REMIND: {"remind"}, Ring.ESCALATE: {"escalate", "timeout"}}
"""The entry each kind of clock leaves."""
ITSELF = "超时自动转交"
OF_THE_OPEN_TASK = {"批量转办", "批量催办", "工作交接", "交接后撤销", "代理人可见", "挂起后恢复"}
"""Acts that look for ``fill`` on a list of 王芳's; not played once the clock has taken it from her."""
WAITING = {"clock", "either"}
"""Structures in which ``after`` cannot be reached before the clock rings."""


def cells(structure):
    """(act, order) played in a structure."""
    row = list(TIMED).index(structure)
    for column, action in enumerate(ACTIONS):
        for turn, order in enumerate(ORDERS):
            of_after = action.startswith("after ") and (structure in WAITING or order == "after")
            in_turn = (row + column) % 8 == 0 and (row + column) // 8 % 3 == turn
            if action != ITSELF and not of_after and (ALL or in_turn):
                yield action, order


@pytest.mark.parametrize("structure", TIMED)
def test_whoever_is_first_each_clock_that_rings_has_one_effect(desk, structure):
    for action, order in cells(structure):
        try:
            play(desk, action, structure, order)
        except Exception as fault:
            fault.add_note(f"{action} {order} the clock of {structure}")
            raise


def play(desk, action, structure, order):
    with clock.freeze(BEGUN):
        case = Case(desk, TIMED[structure])
    if order == "after":
        ring(desk, case)
    done = False
    with clock.freeze(ORDERS[order]):
        if order != "after" or action not in OF_THE_OPEN_TASK or case.fill in desk.listed("wang"):
            done = act(desk, case, action)
    ring(desk, case)
    finish(desk, case)
    assert desk.status(case.id) == ("CANCELLED" if action == "终止流程" and done else "COMPLETED")


def act(desk, case, action):
    """Whether it was done; an act that comes too late is refused."""
    done = True
    try:
        ACTIONS[action](case)
    except AppError:
        done = False
    assert_whole(desk, case)
    return done


def ring(desk, case):
    """The worker looks at the clock, twice: each timer due is told once, the second look finds nothing."""
    with clock.freeze(RINGS):
        due, tasks, known = live(desk, case), ringing(desk, case), len(desk.log(case.id))
        run_due(desk.app)
        assert not live(desk, case), "a timer that is due has neither rung nor been cancelled"
        assert not ringing(desk, case), "a clock that has come has neither rung nor been stopped"
        rung = Counter(one for timer in due for one in ["ENGINE"] if has_rung(desk, timer))
        rung += Counter(said for task in tasks for said in [what_it_said(desk, task)] if said)
        told = Counter(action for action, _actor in desk.log(case.id)[known:])
        for kind, words in TOLD_BY.items():
            assert sum(told[word] for word in words) == rung[kind], (kind, told)
        assert rung or not (due or tasks)
        assert_whole(desk, case)
        known = desk.everything()
        run_due(desk.app)
        assert desk.everything() == known


def live(desk, case):
    """Timers of the case that are due and stand."""
    query = select(TimerDue).where(
        TimerDue.instance_id == case.id, TimerDue.due_at <= clock.now(), TimerDue.done_at.is_(None), TimerDue.cancelled_at.is_(None)
    )
    with desk.at_work():
        return db.session.scalars(query).all()


def ringing(desk, case):
    """Tasks of the case whose clocks have something to say."""
    query = select(UserTask).where(UserTask.instance_id == case.id, UserTask.rings_at <= clock.now())
    with desk.at_work():
        return db.session.scalars(query).all()


def what_it_said(desk, task):
    """The last thing the clock of a task has said since; None: another act was faster, and closed it."""
    now = desk.task(task.id)
    if now.escalated_at != task.escalated_at:
        return Ring.ESCALATE
    return Ring.REMIND if now.reminded_at != task.reminded_at else None


def has_rung(desk, timer):
    """It acted; one that comes again has moved on."""
    with desk.at_work():
        now = db.session.get(TimerDue, timer.id)
    return now.done_at is not None or (now.due_at > timer.due_at and now.cancelled_at is None)


def assert_whole(desk, case):
    """Lists follow from the state, the log has no gap, no job has failed."""
    desk.assert_sound(case.id)
    with desk.at_work():
        broken = db.session.scalars(select(Job.error_detail).where(Job.error.is_not(None))).all()
    assert not broken, broken[0]


def finish(desk, case):
    """Everybody does what is on her list; where nothing is, the next day comes."""
    moment = RINGS
    for _round in range(40):
        if desk.status(case.id) != "RUNNING":
            break
        waiting = desk.open(case.id)
        moment += timedelta() if waiting else timedelta(days=1)
        with clock.freeze(moment):
            if waiting:
                case._do(waiting[0])
            elif case.structure.waits_for:
                _send(desk, case)
            run_due(desk.app)
            assert_whole(desk, case)
    with desk.at_work():
        assert not [task for task in desk.open(case.id) if desk.task(task).state == TaskState.OPEN]


def _send(desk, case):
    try:
        desk.act(instances.send_message, case.structure.waits_for, case.key)
    except AppError:
        return
