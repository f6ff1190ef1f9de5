"""A run kept in the process goes on as one that is loaded, and is used only for the very state that is stored."""

from types import SimpleNamespace

import pytest
from sqlalchemy import select

from app.core.db import db
from app.core.tenancy import acting_as, system_actor
from app.core.transactions import unit_of_work
from app.support.identity.models import Tenant
from app.workflow import definitions
from app.workflow.engine import load
from app.workflow.instances import hot, operations, store, verification, worklist
from app.workflow.instances.models import EventSubscription, ProcessInstance, TaskState, TimerDue, UserTask
from tests.workflow.definitions.bundles import bundle, form
from tests.workflow.engine.diagrams import begin, boundary, catch, end, flow, message, parallel, process, timer, user


TASK = {"form": "room/apply", "role": "PM_A", "due": "P2D"}
LONG = process(
    "proc_long", begin(), user("apply", **TASK), parallel("fork"), user("left", **TASK), user("right", **TASK),
    boundary("late", "right", timer("P3D"), interrupting=False), user("nudge", **TASK), end("nudged"),
    parallel("join"), catch("paid", message("paid")), user("last", **TASK), end(),
    flow("begin", "apply", "fork", "left", "join", "paid", "last", "done"), flow("fork", "right", "join"), flow("late", "nudge", "nudged"),
)  # fmt: skip
STEPS = ["apply", "right", "left", "", "last"]
"""Nodes in the order they are completed; empty: the message comes."""


class Lost(Exception):
    """The act is undone."""


class House:
    """A program with one process; counts how often a state is loaded."""

    def __init__(self, app, monkeypatch):
        self.app, self.actor, self.loads = app, system_actor(1), 0
        files = {"processes/test/long.bpmn": LONG, "processes/test/proc_test.bpmn": None}
        files |= {"rules/checks/room/apply.dmn": None, "forms/screens/room/apply.form": form()}
        with app.app_context(), acting_as(self.actor), unit_of_work():
            db.session.add(Tenant(id=1, code="T", name="公司"))
            definitions.activate(definitions.deploy(bundle(**files), actor=self.actor).id, actor=self.actor)
        monkeypatch.setattr(store, "load", self._load)

    def _load(self, *given):
        self.loads += 1
        return load(*given)

    def start(self):
        with self.app.app_context(), acting_as(self.actor), unit_of_work():
            return operations.start("proc_long", {"amount": 1}, actor=self.actor, business_key="K").id

    def step(self, instance_id, node, *, fail=False):
        with self.app.app_context(), acting_as(self.actor):
            with unit_of_work():
                self._step(instance_id, node)
                if fail:
                    raise Lost
            db.session.remove()

    def _step(self, instance_id, node):
        if not node:
            operations.send_message("paid", "K", {"paid_fen": 5}, actor=self.actor)
            return
        instance = store.lock(instance_id)
        wanted = select(UserTask).filter_by(instance_id=instance_id, node_id=node, state=TaskState.OPEN)
        task = db.session.scalars(wanted).one()
        worklist.close(task, TaskState.DONE, by=1)
        run, services = store.open_hot_run(instance, self.actor)
        engine_id = task.engine_task_id
        act = lambda: run.complete(engine_id, {f"{node}_said": "同意"})  # noqa: E731
        store.drive(instance, run, services, act, by_person=True, closed=engine_id)

    def facts(self, instance_id):
        """What the rows say, without keys and moments."""
        with self.app.app_context(), acting_as(self.actor):
            instance = db.session.get(ProcessInstance, instance_id)
            differences = verification.examine(
                instance, verification.stored_of([instance_id])[instance_id], self.actor
            )
            tasks = db.session.execute(
                select(UserTask.node_id, UserTask.state, UserTask.rings_at.is_(None)).where(UserTask.instance_id == instance_id).order_by(UserTask.node_id)
            ).all()
            timers = db.session.execute(
                select(TimerDue.node_id, TimerDue.cancelled_at.is_(None))
                .where(TimerDue.instance_id == instance_id)
                .order_by(TimerDue.node_id)
            ).all()
            waits = db.session.scalars(select(EventSubscription.name).filter_by(instance_id=instance_id)).all()
            visits = [(v.node_id, v.came_from, v.is_done) for v in store.open_run(instance, self.actor)[0].visits()]
            found = (instance.status, instance.data, tasks, timers, waits, visits, differences)
            db.session.remove()
        return found

    def forget(self):
        with self.app.app_context():
            hot.runs().most = 0


@pytest.fixture
def house(fresh_app, monkeypatch):
    return House(fresh_app, monkeypatch)


@pytest.mark.both_databases
def test_a_hot_run_goes_on_as_a_loaded_one(house):
    warm = house.start()
    seen = []
    for node in STEPS:
        house.step(warm, node)
        seen.append(house.facts(warm))
    house.forget()
    cold = house.start()
    for node, facts in zip(STEPS, seen, strict=True):
        house.step(cold, node)
        assert house.facts(cold) == facts
        assert facts[-1] == []


@pytest.mark.both_databases
def test_only_the_first_step_loads(house):
    instance_id = house.start()
    for node in STEPS:
        house.step(instance_id, node)
    assert house.loads == 1


@pytest.mark.both_databases
def test_what_is_rolled_back_is_not_kept(house):
    instance_id = house.start()
    house.step(instance_id, "apply")
    with pytest.raises(Lost):
        house.step(instance_id, "left", fail=True)
    house.step(instance_id, "left")
    assert house.loads == 2  # the run that had gone on was dropped
    assert house.facts(instance_id)[-1] == []


@pytest.mark.both_databases
def test_another_process_step_makes_it_load(house):
    instance_id = house.start()
    house.step(instance_id, "apply")
    with house.app.app_context():
        other, here = hot.HotRuns(), house.app.extensions["hot_runs"]
        house.app.extensions["hot_runs"] = other
        house.step(instance_id, "left")
        house.app.extensions["hot_runs"] = here
    house.step(instance_id, "right")
    assert house.loads == 3
    assert house.facts(instance_id)[-1] == []


def test_other_bytes_or_another_release_are_not_that_run():
    runs, run = hot.HotRuns(), SimpleNamespace(model=object())
    for state, model, found in ((b"other", run.model, None), (b"state", object(), None), (b"state", run.model, run)):
        runs.keep(1, b"state", run)
        assert runs.take(1, state, model) is found
        assert runs.take(1, b"state", run.model) is None  # whoever takes it has it alone


def test_few_are_kept():
    runs, model = hot.HotRuns(most=2), object()
    for number in range(4):
        runs.keep(number, b"state", SimpleNamespace(model=model))
    assert [runs.take(number, b"state", model) is None for number in range(4)] == [True, True, False, False]


@pytest.mark.both_databases
def test_a_run_from_elsewhere_is_compared_with_all_rows(house):
    """A state put back is not what the rows say: they follow it all the same."""
    instance_id = house.start()
    house.step(instance_id, "apply")
    with house.app.app_context(), acting_as(house.actor):
        before = store.lock(instance_id).state
        db.session.remove()
    house.step(instance_id, "left")
    with house.app.app_context(), acting_as(house.actor), unit_of_work():
        instance = store.lock(instance_id)
        _run, services = store.open_run(instance, house.actor)
        model = definitions.compiled(instance.release_id).process("proc_long")
        store.save(instance, load(model, before, services), services)
    assert house.facts(instance_id)[-1] == []
    house.step(instance_id, "left")
    assert house.facts(instance_id)[-1] == []
