"""The button of a case that gives it as a scenario: who has it, and that the file runs."""

import re

import yaml

from app.workflow import definitions
from app.workflow.definitions.scenarios import make_stage, play, read_scenarios
from tests.workflow.engine.diagrams import begin, end, flow, process, user
from tests.workflow.tasks.desk import Desk

TASK = {"form": "room/apply", "role": "PM_A"}
ONE = process("proc_one", begin(), user("fill", **TASK), user("look", **TASK), end(), flow("begin", "fill", "look", "done"))


def test_the_button_of_a_case_downloads_a_scenario_that_runs(databases):
    desk = Desk(databases.copy("sqlite"), [ONE])
    case, task_id = desk.claimed()
    desk.submit(task_id)
    address = f"/cases/{case}/scenario.yaml"
    assert re.search(rf'<a class="btn[^>]* href="{address}"', desk.page("sun", f"/cases/{case}"))
    answer = desk.browser("sun").get(address)
    assert (answer.status_code, answer.mimetype) == (200, "application/yaml")
    assert f"proc_one-{case}.yaml" in answer.headers["Content-Disposition"]
    text = answer.get_data(as_text=True)
    assert "与原业务不一致" not in text
    [scenario] = yaml.safe_load(text)["scenarios"]
    assert [next(iter(act.items())) for act in scenario["do"]] == [("task", "fill")]
    with desk.at_work():
        stage = make_stage(definitions.compiled(definitions.active_release_id()).bundle)
        [told] = read_scenarios(text)
        assert play(told, stage).failures == []

    assert address not in desk.page("wang", f"/cases/{case}"), "who may not export sees no button"
    assert desk.browser("wang").get(address).status_code == 403
    assert desk.browser("sun").get("/cases/1/scenario.yaml").status_code == 404
