"""Messages and signals from one instance to others: stored with the step, delivered once, kept until somebody waits."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from app.core import clock
from app.core.db import db
from app.core.tenancy import acting_as, system_actor
from app.core.transactions import unit_of_work
from app.support.identity.models import Tenant
from app.support.jobs.models import Job, JobState
from app.support.jobs.runner import run_due
from app.workflow import definitions
from app.workflow.instances import events, operations
from app.workflow.instances.models import (
    EventSubscription,
    InstanceStatus,
    ProcessInstance,
    TaskLog,
    ThrownEvent,
    ThrownState,
    UserTask,
)
from tests.workflow.definitions.bundles import bundle, form
from tests.workflow.engine.diagrams import begin, catch, end, flow, message, process, signal, throw, user

pytestmark = pytest.mark.both_databases

TASK = {"form": "room/apply", "role": "PM_A"}
THROWER = process(
    "proc_thrower", begin(), throw("tell", message("paid"), payload="{amount_fen: customer_id}", correlate="contract_id"), end(),
    flow("begin", "tell", "done"),
)  # fmt: skip
WAITER = process(
    "proc_waiter", begin(), catch("wait", message("paid"), correlate="contract_id"), user("after", **TASK), end(),
    flow("begin", "wait", "after", "done"),
)  # fmt: skip
ALARM = process("proc_alarm", begin(), throw("ring", signal("fire")), end(), flow("begin", "ring", "done"))
GUARD = process(
    "proc_guard", begin(), catch("hear", signal("fire")), user("run", **TASK), end(), flow("begin", "hear", "run", "done"),
)  # fmt: skip
BEGINNER = process("proc_beginner", begin("got", message("opened")), user("first", **TASK), end(), flow("got", "first", "done"))
DRILL = process("proc_drill", begin(), throw("ring", signal("drill")), end(), flow("begin", "ring", "done"))
BRIGADE = process("proc_brigade", begin("heard", signal("drill")), user("go", **TASK), end(), flow("heard", "go", "done"))
OPENER = process(
    "proc_opener", begin(), throw("open", message("opened"), payload="{loan: contract_id}", correlate="contract_id"), end(),
    flow("begin", "open", "done"),
)  # fmt: skip


class Town:
    """A program with processes that talk to each other."""

    def __init__(self, app):
        self.app, self.actor = app, system_actor(1)
        files = {f"processes/test/{n}.bpmn": d for n, d in enumerate((THROWER, WAITER, ALARM, GUARD, BEGINNER, DRILL, BRIGADE, OPENER))}
        files |= {"processes/test/proc_test.bpmn": None, "rules/checks/room/apply.dmn": None, "forms/screens/room/apply.form": form()}
        with app.app_context(), acting_as(self.actor), unit_of_work():
            db.session.add(Tenant(id=1, code="T", name="公司"))
            definitions.activate(definitions.deploy(bundle(**files), actor=self.actor).id, actor=self.actor)

    def start(self, process_id, **data):
        with self.app.app_context(), acting_as(self.actor), unit_of_work():
            return operations.start(process_id, data, actor=self.actor).id

    def settle(self):
        with self.app.app_context():
            run_due(self.app)

    def open_nodes(self, instance_id):
        return self.all(select(UserTask.node_id).where(UserTask.instance_id == instance_id))

    def all(self, query):
        with self.app.app_context(), acting_as(self.actor):
            found = db.session.scalars(query).all()
            db.session.remove()
        return list(found)

    def act(self, verb, *arguments):
        with self.app.app_context(), acting_as(self.actor), unit_of_work():
            return verb(*arguments, actor=self.actor)


@pytest.fixture
def town(fresh_app):
    return Town(fresh_app)


def test_a_message_reaches_the_instance_that_waits_under_its_correlation(town):
    other, meant = town.start("proc_waiter", contract_id="L1"), town.start("proc_waiter", contract_id="L2")
    town.start("proc_thrower", contract_id="L2", customer_id=500)
    assert town.open_nodes(meant) == []  # not in the thrower's transaction
    town.settle()
    assert (town.open_nodes(meant), town.open_nodes(other)) == (["after"], [])
    (data,) = town.all(select(ProcessInstance.data).where(ProcessInstance.id == meant))
    assert data["amount_fen"] == 500
    assert town.all(select(TaskLog.action).where(TaskLog.instance_id == meant)) == ["start", "deliver"]
    assert town.all(select(ThrownEvent.state)) == [ThrownState.DELIVERED]


@pytest.mark.real_clock
def test_of_two_that_wait_alike_the_one_that_waits_longest_takes_it_alone(town):
    first, second = town.start("proc_waiter", contract_id="L1"), town.start("proc_waiter", contract_id="L1")
    town.start("proc_thrower", contract_id="L1", customer_id=1)
    town.settle()
    assert [len(town.open_nodes(one)) for one in (first, second)] == [1, 0]
    town.start("proc_thrower", contract_id="L1", customer_id=2)
    town.settle()
    assert [len(town.open_nodes(one)) for one in (first, second)] == [1, 1]


def test_a_message_thrown_before_anybody_waits_is_kept(town):
    town.start("proc_thrower", contract_id="L1", customer_id=7)
    town.settle()
    assert town.all(select(ThrownEvent.state)) == [ThrownState.WAITING]
    late = town.start("proc_waiter", contract_id="L1")
    town.settle()
    assert town.open_nodes(late) == ["after"]
    later = town.start("proc_waiter", contract_id="L1")
    town.settle()
    assert town.open_nodes(later) == []  # it was taken in once


def test_who_begins_to_wait_while_receivers_are_looked_for_is_found(town):
    """A job that has looked already, but is not over, must not be taken for the one that will find her."""
    town.start("proc_thrower", contract_id="L1", customer_id=7)
    town.act(lambda *, actor: db.session.execute(update(Job).values(state=JobState.RUNNING)))
    late = town.start("proc_waiter", contract_id="L1")
    town.act(lambda *, actor: db.session.execute(update(Job).where(Job.state == JobState.RUNNING).values(state=JobState.DONE)))
    town.settle()
    assert town.open_nodes(late) == ["after"]


def test_what_nobody_takes_in_runs_out_and_is_told(town):
    town.start("proc_thrower", contract_id="L1", customer_id=7)
    town.settle()
    assert town.act(events.expire) == 0
    with clock.freeze(clock.now() + events.KEPT_FOR + timedelta(minutes=1)):
        assert town.act(events.expire) == 1
        assert town.act(events.expire) == 0
    town.start("proc_waiter", contract_id="L1")
    town.settle()
    assert town.all(select(ThrownEvent.state)) == [ThrownState.EXPIRED]
    assert town.all(select(EventSubscription.name)) == ["paid"]


def test_a_signal_reaches_everybody_who_waits_each_once(town):
    guards = [town.start("proc_guard") for _guard in range(3)]
    town.start("proc_alarm")
    town.settle()
    assert [town.open_nodes(guard) for guard in guards] == [["run"]] * 3
    late = town.start("proc_guard")
    town.settle()
    assert town.open_nodes(late) == []  # a signal is not kept


def test_a_signal_to_a_case_that_ended_meanwhile_troubles_nobody(town):
    guard, other = town.start("proc_guard"), town.start("proc_guard")
    thrown = town.start("proc_alarm")
    (row,) = town.all(select(ThrownEvent.id).where(ThrownEvent.instance_id == thrown))
    assert town.act(events.deliver, row) == 2
    town.act(lambda *, actor: operations.cancel(guard, reason="客户资金需求已经取消", actor=actor))
    town.settle()
    assert town.open_nodes(other) == ["run"]
    assert town.all(select(Job.state).where(Job.state == JobState.FAILED)) == []


def test_a_message_begins_a_process_when_nobody_waits_for_it(town):
    town.start("proc_opener", contract_id="L9")
    town.settle()
    (begun,) = town.all(select(ProcessInstance).where(ProcessInstance.process_id == "proc_beginner"))
    assert (begun.business_key, begun.status, begun.data["loan"]) == ("L9", InstanceStatus.RUNNING, "L9")
    assert town.open_nodes(begun.id) == ["first"]


def test_a_signal_begins_a_process_too(town):
    town.start("proc_drill")
    town.settle()
    begun = town.all(select(ProcessInstance).where(ProcessInstance.process_id == "proc_brigade"))
    assert [town.open_nodes(one.id) for one in begun] == [["go"]]


def test_delivering_twice_delivers_once(town):
    waiter = town.start("proc_waiter", contract_id="L1")
    town.start("proc_thrower", contract_id="L1", customer_id=1)
    (row,) = town.all(select(ThrownEvent.id))
    assert [town.act(events.deliver, row) for _time in range(3)] == [1, 0, 0]
    town.settle()
    assert town.open_nodes(waiter) == ["after"]


def test_a_step_that_is_undone_throws_nothing(town):
    class Undone(Exception):
        pass

    with pytest.raises(Undone), town.app.app_context(), acting_as(town.actor), unit_of_work():
        operations.start("proc_thrower", {"loan": "L1", "amount": 1}, actor=town.actor)
        raise Undone
    assert town.all(select(func.count()).select_from(ThrownEvent)) == [0]
