"""Why decisions and gateways came out as they did; and that a decision is still the compiled one after a restart."""

import pytest
from SpiffWorkflow.dmn.engine.DMNEngine import DMNEngine

from app.workflow.engine import decisions, load, parse_processes, start
from app.workflow.engine.decisions import compile_dmn

from .decisions.builders import decision, dmn, table
from .diagrams import begin, end, exclusive, flow, inclusive, process, rule, user
from .office import Office

RULES = [("< 100", '"经理"'), ("[100..500)", '"总经理"'), (">= 500", '"委员会"')]
LEVEL = compile_dmn(dmn(decision("level", table(["project.amount"], ["level"], RULES))))
DECIDING = process("p", begin(), user("fill"), rule("decide", "level"), end(), flow("begin", "fill", "decide", "done"))


def choosing(gateway):
    return process(
        "p", begin(), user("fill"), gateway, user("a"), user("b"), user("c"), end(), flow("begin", "fill", "g"),
        flow("g", "a", when="n > 10"), flow("g", "b", when='kind = "B"'), flow("g", "c"),
        flow("a", "done"), flow("b", "done"), flow("c", "done"),
    )  # fmt: skip


def opened(diagram, office=None, found=None):
    model = parse_processes({"p.bpmn": diagram}, found or {})["p"]
    return start(model, {}, office or Office())


def complete(run, **answers):
    (task,) = run.ready()
    run.complete(task.id, answers)
    return run.reasons()


def test_a_decision_says_what_it_saw_and_which_rules_matched():
    run = opened(DECIDING, Office(facts={"project": {"amount": 300}}), {"level": LEVEL})
    (reason,) = complete(run)
    assert (reason.kind, reason.node_id, reason.process_id) == ("DECISION", "decide", "p")
    assert tuple(map(str, reason.facts)) == (
        "决策表“level”的输入：“project.amount”为 300。",
        '第 2 条规则命中，结果为 "总经理"。',
        "第 1 条规则只差一项：“project.amount”要求 < 100，实际为 300。",
        "第 3 条规则只差一项：“project.amount”要求 >= 500，实际为 300。",
        '所以“level”为 "总经理"。',
        '如果“project.amount”由 300 改为 500，结果就会是 "委员会"。',
    )
    assert reason.trace["tables"][0]["matched"] == [2]
    assert run.reasons() == [], "told once"


def test_a_gateway_says_which_conditions_held_and_what_they_read():
    (reason,) = complete(opened(choosing(exclusive("g", default="f_g_c"))), n=3, kind="B")
    assert tuple(map(str, reason.facts)) == ("条件“n > 10”不成立（n 为 3）。", '条件“kind = "B"”成立，走向“b”（kind 为 "B"）。')
    (reason,) = complete(opened(choosing(exclusive("g", default="f_g_c"))), n=3)
    assert tuple(map(str, reason.facts)) == (
        "条件“n > 10”不成立（n 为 3）。",
        '条件“kind = "B"”不成立（kind 为 空值）。',
        "条件都不成立，走默认流向“c”。",
    )
    assert reason.trace["default"] == "c"
    (reason,) = complete(opened(choosing(inclusive("g", default="f_g_c"))), n=30, kind="B")
    assert [one["holds"] for one in reason.trace["conditions"]] == [True, True]


def test_nothing_is_said_of_a_gateway_without_conditions():
    diagram = process("p", begin(), user("fill"), exclusive("g"), end(), flow("begin", "fill", "g", "done"))
    assert complete(opened(diagram)) == []


@pytest.mark.parametrize("restarted", [False, True])
def test_a_decision_is_still_the_compiled_one_after_save_and_load(restarted, monkeypatch):
    """The stock library silently goes back to its own engine, and to Python cells, once a run was stored."""

    def stock(*_args, **_kwargs):
        raise AssertionError("the library's decision engine ran")

    monkeypatch.setattr(DMNEngine, "decide", stock)
    monkeypatch.setattr(DMNEngine, "result", stock)
    office = Office(facts={"project": {"amount": 600}})
    model = parse_processes({"p.bpmn": DECIDING}, {"level": LEVEL})["p"]
    state = start(model, {}, office).dump()
    if restarted:  # another process has parsed the release anew
        fresh = compile_dmn(dmn(decision("level", table(["project.amount"], ["level"], RULES))))
        model = parse_processes({"p.bpmn": DECIDING}, {"level": fresh})["p"]

    run = load(model, state, office)
    spec = run._tree.spec.task_specs["decide"]
    assert spec is model.spec.task_specs["decide"], "the run shares the node of the release"
    assert type(spec.decision) is decisions.Decision
    complete(run)
    assert run.data["level"] == "委员会"
