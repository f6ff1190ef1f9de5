"""Two at the same instant, each with a connection of its own: one goes first, the other is told; nobody waits for ever."""

import random
import threading
import time
from contextvars import copy_context

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.core.errors import AppError
from app.support.jobs.runner import run_due
from app.workflow.instances import suspension, timed_starts
from app.workflow.instances.models import ProcessInstance, TimedStart
from app.workflow.tasks import operations
from app.workflow.tasks.models import AskKind
from tests.programs import PATIENCE
from tests.workflow.engine.diagrams import begin, end, flow, process, timer
from tests.workflow.tasks.desk import VALUES, WHY
from tests.workflow.tasks.structures import FILL, STRUCTURES

CLOCKED = process(
    "proc_clock", begin(), begin("daily", timer("R/P1D", "timeCycle")), FILL, end(), flow("begin", "fill", "done"), flow("daily", "fill")
)  # fmt: skip
PROCESSES = [CLOCKED, STRUCTURES["parallel"].content, STRUCTURES["call"].content]
SECONDS = 3.0
WORKERS = 8


def at_once(*acts):
    """What each of the acts gave or was refused with, all begun at one instant."""
    gate, outcomes = threading.Barrier(len(acts), timeout=PATIENCE), [None] * len(acts)

    def begin_one(place, act):
        gate.wait()
        try:
            outcomes[place] = act()
        except BaseException as error:  # noqa: BLE001 - looked at by the test
            outcomes[place] = error

    threads = [threading.Thread(target=copy_context().run, args=(begin_one, place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads), "somebody waits for ever"
    return outcomes


def clocked_cases(desk):
    with desk.at_work():
        return db.session.scalars(select(ProcessInstance.id).where(ProcessInstance.process_id == "proc_clock")).all()


def next_start(desk):
    with desk.at_work():
        return db.session.scalar(select(TimedStart.id).where(TimedStart.done_at.is_(None), TimedStart.cancelled_at.is_(None)))


@pytest.mark.both_databases
def test_a_moment_starts_one_process_whoever_comes_to_it(desk):
    run_due(desk.app)
    with clock.freeze("2026-11-25T10:00:00"):
        at_once(*[lambda: run_due(desk.app)] * 4)
        assert len(clocked_cases(desk)) == 1
    for day in (26, 27):
        with clock.freeze(f"2026-11-{day}T10:00:00"):
            planned = next_start(desk)
            outcomes = at_once(*[lambda: desk.act(timed_starts.start, planned)] * 4)
        assert sorted(outcomes) == [False, False, False, True]
    assert len(clocked_cases(desk)) == 3


@pytest.mark.both_databases
def test_a_task_is_completed_once_and_who_comes_second_is_told(desk):
    for _round in range(4):
        case = desk.start("proc_parallel")
        desk.submit(desk.one(case, "first"))
        fill = desk.one(case, "fill")
        outcomes = at_once(*[lambda by=by: desk.submit(fill, by=by) for by in ("wang", "li", "zhao")])
        assert sorted(isinstance(one, AppError) for one in outcomes) == [False, True, True], outcomes
        assert [desk.task(task_id).node_id for task_id in desk.open(case)] == ["beside"]
        desk.assert_sound(case)


ACTS = {
    "complete": lambda desk, case, task, by, whom: desk.submit(task, by=by),
    "claim": lambda desk, case, task, by, whom: desk.act(operations.claim, task, by=by),
    "release": lambda desk, case, task, by, whom: desk.act(operations.release, task, by=by),
    "transfer": lambda desk, case, task, by, whom: desk.act(operations.transfer, task, whom, reason=WHY, by=by),
    "delegate": lambda desk, case, task, by, whom: desk.act(operations.delegate, task, whom, request=WHY, by=by),
    "before": lambda desk, case, task, by, whom: desk.act(operations.add_handlers, task, [whom], AskKind.BEFORE, request=WHY, by=by),
    "sign": lambda desk, case, task, by, whom: desk.act(operations.sign, task, agrees=True, opinion=WHY, by=by),
    "reclaim": lambda desk, case, task, by, whom: desk.act(operations.reclaim, task, reason=WHY, by=by),
    "take back": lambda desk, case, task, by, whom: desk.act(operations.take_back, task, reason=WHY, by=by),
    "return": lambda desk, case, task, by, whom: desk.act(operations.return_to, task, "first", reason=WHY, by=by),
    "draft": lambda desk, case, task, by, whom: desk.act(operations.save_draft, task, VALUES, by=by),
    "comment": lambda desk, case, task, by, whom: desk.act(operations.comment, task, "请看", by=by),
    "suspend": lambda desk, case, task, by, whom: desk.act(suspension.suspend, case, reason=WHY, by="sun"),
    "resume": lambda desk, case, task, by, whom: desk.act(suspension.resume, case, reason=WHY, by="sun"),
    "jobs": lambda desk, case, task, by, whom: run_due(desk.app),
}


@pytest.mark.both_databases
def test_eight_at_the_same_cases_never_lock_each_other_out(desk):
    cases = [desk.start("proc_parallel"), desk.start("proc_call")]
    over, done, faults = time.monotonic() + SECONDS, [], []

    def work(seed):
        chance = random.Random(seed)
        while time.monotonic() < over and not faults:
            case, name = chance.choice(cases[-3:]), chance.choice([*ACTS, *["complete"] * 4, *["resume"] * 2])
            tasks = desk.open(case)
            if not tasks:
                cases.append(desk.start(chance.choice(("proc_parallel", "proc_call"))))
                continue
            try:
                ACTS[name](desk, case, chance.choice(tasks), chance.choice(("wang", "li", "zhao")), desk.ids[chance.choice(("wang", "li", "chen"))])
                done.append(name)
            except AppError:
                pass
            except BaseException as error:  # noqa: BLE001 - a deadlock, or whatever else is no refusal
                faults.append((name, error))

    at_once(*[lambda seed=seed: work(seed) for seed in range(WORKERS)])
    assert not faults
    assert len(set(done)) > 4, done
    for case in cases:
        desk.assert_sound(case)
