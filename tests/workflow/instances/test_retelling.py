"""A case told as a scenario: it runs on the real engine, and holds nothing of the customer."""

from functools import partial

import pytest
import yaml

from app.core import clock
from app.core.db import db
from app.core.tenancy import acting_as, system_actor
from app.core.transactions import unit_of_work
from app.workflow import definitions
from app.workflow.definitions.scenarios import make_stage, play, read_scenarios
from app.workflow.instances import operations, queries, retelling, store, worklist
from app.workflow.instances.log import write_log
from app.workflow.instances.models import TaskState, TimerDue
from tests.workflow.definitions.bundles import bundle, form
from tests.workflow.engine.diagrams import *

SECRETS = ("刘振东", "华新", "11010819850315123X", "13900001111", "6222 0210 0112", "采购原材料")
CHOICE = {"type": "radio", "key": "decision", "label": "结论", "values": [{"value": "YES", "label": "是"}, {"value": "NO", "label": "否"}]}
FIELDS = [{"type": "textfield", "key": key, "label": key} for key in ("contact_name", "id_number", "account", "purpose")]
WORK = {"form": "room/apply", "role": "PM_A"}
STORY = process(
    "proc_story", begin(), user("apply", **WORK), parallel("fork"), user("vote", many("members"), **WORK), catch("paid", message("paid"), variable="receipt"),
    boundary("late", "check", timer("P3D"), interrupting=False), user("nudge", **WORK), parallel("join"), user("check", **WORK), exclusive("g", default="f_g_done"), end(), end("nudged"), end("no"),
    flow("begin", "apply", "fork", "vote", "join", "check", "g", "done"), flow("fork", "paid", "join"), flow("late", "nudge", "nudged"), flow("g", "no", when='check_decision = "NO"'),
    event_sub("esp", begin("on", message("note"), isInterrupting="false"), user("answer", **WORK), end("e9"), flow("on", "answer", "e9")),
)  # fmt: skip


class Desk:
    def __init__(self, app):
        self.app, self.actor = app, system_actor(1)
        with self.at_work(), unit_of_work():
            files = {"processes/test/proc_test.bpmn": None, "rules/checks/room/apply.dmn": None}
            files |= {"processes/test/story.bpmn": STORY, "forms/screens/room/apply.form": form(CHOICE, *FIELDS)}
            release = definitions.deploy(bundle(**files), actor=self.actor)
            definitions.activate(release.id, actor=self.actor)
        with self.at_work(), unit_of_work():
            given = {"members": [2**40 + 1, 2**40 + 2], "customer": "北京华新精密机械有限公司"}
            self.case = operations.start("proc_story", given, actor=self.actor, business_key="K1").id

    def at_work(self):
        return _AtWork(self.app, self.actor)

    def do(self, node_id, outcome=None, answers=None, **updates):
        with self.at_work(), unit_of_work():
            task = next(task for task in queries.open_tasks(self.case) if task.node_id == node_id)
            instance = store.lock(self.case)
            task.outcome = outcome
            worklist.close(task, TaskState.DONE, by=1)
            write_log(instance, self.actor, "submit", task=task, outcome=outcome, answers=answers or {})
            run, services = store.open_run(instance, self.actor)
            updates |= {f"{node_id}_decision": outcome} if outcome else {}
            engine_id = task.engine_task_id
            store.drive(instance, run, services, partial(run.complete, engine_id, updates), by_person=True, closed=engine_id)

    def send(self, name, payload):
        with self.at_work(), unit_of_work():
            operations._deliver(next(row for row in queries.list_subscriptions(self.case) if row.name == name), payload, self.actor, None)

    def fire(self, node_id):
        with self.at_work():
            timer = next(one for one in queries.list_timers(self.case) if one.node_id == node_id)
        with self.at_work(), unit_of_work():
            db.session.get(TimerDue, timer.id).due_at = clock.now()
        with self.at_work(), unit_of_work():
            assert operations.fire_timer(timer.id, actor=self.actor)

    def told(self):
        with self.at_work():
            return retelling.retell(queries.get_instance(self.case), self.actor)


class _AtWork:
    def __init__(self, app, actor):
        self.blocks = [app.app_context(), acting_as(actor)]

    def __enter__(self):
        for block in self.blocks:
            block.__enter__()

    def __exit__(self, *fault):
        db.session.remove()
        for block in reversed(self.blocks):
            block.__exit__(*fault)


@pytest.fixture
def desk(fresh_app):
    return Desk(fresh_app)


ANSWERS = {"contact_name": "刘振东", "id_number": "11010819850315123X", "account": "6222 0210 0112 2334", "purpose": "采购原材料"}


def walk_to_the_end(desk):
    desk.do("apply", "YES", {**ANSWERS, "decision": "YES"}, contact={"mobile": "13900001111", "name": "刘振东"}, amount_fen=5_000_000_000)
    desk.send("note", {"text": "采购原材料", "from": "刘振东"})
    desk.do("vote", "YES")
    desk.do("answer")
    desk.send("paid", {"amount_fen": 7, "payer": "刘振东"})
    desk.do("vote", "NO")
    desk.fire("late")
    desk.do("check", "NO")
    desk.do("nudge")


def test_a_finished_case_runs_as_a_scenario_and_holds_nothing_of_the_customer(desk):
    walk_to_the_end(desk)
    told = desk.told()
    assert told.failures == ()
    assert [secret for secret in SECRETS if secret in told.text] == []
    [scenario] = yaml.safe_load(told.text)["scenarios"]
    acts = [next(iter(act.items())) for act in scenario["do"]]
    assert acts == [
        ("task", "apply"), ("message", "note"), ("task", "vote"), ("task", "answer"), ("message", "paid"), ("task", "vote"), ("timer", "late"), ("task", "check"), ("task", "nudge"),
    ]  # fmt: skip
    assert scenario["do"][0]["form"]["account"].count(" ") == 3
    assert scenario["do"][0]["data"]["amount_fen"] == 5_000_000_000
    assert scenario["do"][0]["data"]["contact"]["name"] == scenario["do"][0]["form"]["contact_name"] == scenario["do"][4]["payload"]["payer"]
    assert scenario["expect"]["end"] == "nudged"
    assert desk.told().text == told.text


def test_a_running_case_is_told_as_far_as_it_came(desk):
    desk.do("apply", "YES", ANSWERS)
    desk.do("vote", "YES")
    told = desk.told()
    assert told.failures == ()
    [scenario] = yaml.safe_load(told.text)["scenarios"]
    assert scenario["expect"]["waits"] == ["on", "paid", "vote"]


def test_the_scenario_notices_when_the_case_would_go_elsewhere(desk):
    walk_to_the_end(desk)
    told = desk.told().text
    with desk.at_work():
        stage = make_stage(definitions.compiled(definitions.active_release_id()).bundle)
        [other] = read_scenarios(told.replace("- task: check\n        decision: 'NO'", "- task: check\n        decision: 'YES'"))
        assert any("应在此后经过 no" in failure for failure in play(other, stage).failures)


def test_the_command_writes_the_file(desk, tmp_path):
    desk.do("apply", "YES", ANSWERS)
    runner, file = desk.app.test_cli_runner(), tmp_path / "told.yaml"
    with desk.app.app_context():
        done = runner.invoke(args=["scenarios", "export", "K1", "--out", str(file)])
        assert done.exit_code == 0, done.output
        assert runner.invoke(args=["scenarios", "export", str(desk.case)]).stdout == file.read_text()
        unknown = runner.invoke(args=["scenarios", "export", "K2"])
    assert unknown.exit_code == 1
    assert "没有找到该流程实例" in unknown.output
