"""Tasks, steps, decisions and gateways."""

from decimal import Decimal

import pytest

from app.workflow.engine import NotWaiting, StepFailed
from workflow.engine.diagrams import *
from workflow.engine.office import Office, Story


def line(*nodes):
    """begin → nodes → done."""
    import re

    ids = [re.search(r'id="([^"]*)"', n)[1] for n in nodes]
    return process("p", begin(), *nodes, end(), flow("begin", *ids, "done"))


def test_a_user_task_shows_what_the_work_list_needs():
    s = Story(line(user("fill", form="a/b", role="PM_A")), data={"project_id": 7})
    task = s.task("fill")
    assert task.properties == {"form": "a/b", "role": "PM_A"}
    assert task.data == {"project_id": 7}
    assert (task.kind, task.process_id, task.path) == ("user", "p", ())


def test_answers_replace_entries_and_the_run_ends():
    s = Story(line(user("fill")), data={"rows": [1, 2, 3], "kept": "x"}).do("fill", rows=[9])
    assert s.status == "COMPLETED"
    assert s.data == {"rows": [9], "kept": "x"}
    assert s.run.end_nodes == ["done"]


def test_a_task_cannot_be_done_twice():
    s = Story(line(user("fill"), user("next")))
    task = s.task("fill")
    s.do("fill")
    with pytest.raises(NotWaiting):
        s.run.complete(task.id, {})
    with pytest.raises(NotWaiting):
        s.run.complete("no such id", {})


def test_task_ids_survive_storage():
    s = Story(line(user("fill")))
    before = s.task("fill").id
    s._store()
    assert s.task("fill").id == before


def test_a_step_gets_feel_parameters_from_data_and_datasets():
    office = Office(steps={"add": lambda a, b: {"total": a + b}}, facts={"project": {"amount_fen": 500}})
    s = Story(line(service("sum", "add", a="project.amount_fen", b="extra * 2")), data={"extra": 3}, office=office)
    assert office.calls == [("add", {"a": 500, "b": 6})]
    assert s.data["total"] == 506


def test_process_data_hides_a_dataset_of_the_same_name():
    office = Office(facts={"project": {"a": 1}})
    s = Story(line(script("calc", "{x: project.a}")), data={"project": {"a": 2}}, office=office)
    assert s.data["x"] == 2
    assert office.asked == []


def test_a_result_variable_takes_the_whole_answer():
    office = Office(steps={"look": lambda: {"score": 5}})
    assert Story(line(service("s", "look", "answer")), office=office).data == {"answer": {"score": 5}}


def test_a_failed_step_keeps_what_was_done_and_a_retry_repeats_only_it():
    broken = [True]

    def second():
        if broken:
            raise RuntimeError("网络不通")
        return {"b": 2}

    office = Office(steps={"first": lambda: {"a": 1}, "second": second})
    s = Story(line(user("fill"), service("one", "first"), service("two", "second"), user("after")), office=office)
    with pytest.raises(StepFailed) as failure:
        s.do("fill", x=1)
    assert failure.value.node_id == "two"
    assert "网络不通" in str(failure.value)
    assert s.status == "FAILED"
    assert s.data == {"x": 1, "a": 1}
    with pytest.raises(StepFailed):
        s.retry()
    broken.clear()
    s.retry()
    assert s.open() == ["after"]
    assert s.data == {"x": 1, "a": 1, "b": 2}
    assert [name for name, _ in office.calls] == ["first", "second", "second", "second"]


def test_a_failed_step_can_be_skipped_with_what_it_would_have_written():
    office = Office(steps={"bad": lambda: 1 / 0})
    s = Story(line(user("fill"), service("s", "bad"), user("after")), office=office)
    with pytest.raises(StepFailed) as failure:
        s.do("fill")
    s.run.skip(failure.value.task_id, {"no": "手工登记"})
    assert s.open() == ["after"]
    assert s.data["no"] == "手工登记"


def test_a_failed_branch_does_not_hold_up_the_other():
    def bad():
        raise ValueError("x")

    office = Office(steps={"bad": bad})
    s = Story(
        process(
            "p", begin(), user("fill"), parallel("fork"), service("s", "bad"), user("u"), user("v"), parallel("join"), end(),
            flow("begin", "fill", "fork", "u", "v", "join", "done"), flow("fork", "s", "join"),
        ),
        office=office,
    )  # fmt: skip
    with pytest.raises(StepFailed):
        s.do("fill")
    s.do("u")
    assert s.open() == ["v"]
    assert s.status == "FAILED"
    office.steps["bad"] = lambda: {"ok": True}
    s.retry().do("v")
    assert s.status == "COMPLETED"


def test_a_script_assigns_the_entries_of_its_context():
    s = Story(line(script("calc", '{a: 1 + 1, b: a * 2, c: "x", d: 0.5, e: duration("P2D")}')))
    assert s.data == {"a": 2, "b": 4, "c": "x", "d": Decimal("0.5"), "e": "P2D"}
    assert type(s.data["a"]) is int


def test_an_exclusive_gateway_takes_the_true_flow_else_the_default():
    def diagram():
        return process(
            "p", begin(), exclusive("g", default="f_g_c"), user("a"), user("b"), user("c"), end(),
            flow("begin", "g"), flow("g", "a", when="n > 10"), flow("g", "b", when='kind = "B"'), flow("g", "c"),
            flow("a", "done"), flow("b", "done"), flow("c", "done"),
        )  # fmt: skip

    assert Story(diagram(), data={"n": 11}).open() == ["a"]
    assert Story(diagram(), data={"n": 1, "kind": "B"}).open() == ["b"]
    assert Story(diagram(), data={"n": 1}).open() == ["c"], "a null condition is not true"


def test_no_true_flow_and_no_default_is_a_failed_step():
    d = process(
        "p", begin(), user("fill"), exclusive("g"), user("a"), user("b"), end(), flow("begin", "fill", "g"),
        flow("g", "a", when="n = 1"), flow("g", "b", when="n = 2"), flow("a", "done"), flow("b", "done"),
    )  # fmt: skip
    s = Story(d)
    with pytest.raises(StepFailed) as failure:
        s.do("fill", n=3)
    assert failure.value.node_id == "g"


FORK = (begin(), parallel("fork"), user("a"), user("b"), parallel("join"), user("c"), end(), flow("begin", "fork", "a", "join", "c", "done"), flow("fork", "b", "join"))


@pytest.mark.parametrize("order", ["ab", "ba"])
def test_a_parallel_join_waits_for_both_and_keeps_what_each_changed(order):
    s = Story(process("p", *FORK), data={"x": 0, "y": 0, "log": ["start"], "memo": {"k": 1}})
    answers = {"a": {"x": 1, "log": ["start", "a"], "memo": {"k": 1, "a": 1}}, "b": {"y": 2, "log": ["start", "b"], "memo": {"k": 1, "b": 2}}}
    s.do(order[0], **answers[order[0]])
    assert s.open() == [order[1]]
    s.do(order[1], **answers[order[1]])
    assert s.open() == ["c"]
    data = s.task("c").data
    assert (data["x"], data["y"]) == (1, 2), "an old value of the other branch must not win"
    assert sorted(data["log"]) == ["a", "b", "start"]
    assert data["memo"] == {"k": 1, "a": 1, "b": 2}


@pytest.mark.parametrize("orders", [("ab", "ab"), ("ab", "ba"), ("ba", "ab"), ("ba", "ba")])
def test_a_parallel_block_in_a_loop_waits_for_both_every_round(orders):
    d = process(
        "p", begin(), exclusive("again"), parallel("fork"), user("a"), user("b"), parallel("join"), user("check"),
        exclusive("ok", default="f_ok_done"), end(),
        flow("begin", "again", "fork", "a", "join", "check", "ok", "done"), flow("fork", "b", "join"),
        flow("ok", "again", when="redo"),
    )  # fmt: skip
    s = Story(d)
    for round_number, order in enumerate(orders):
        s.do(order[0])
        assert s.open() == [order[1]], f"round {round_number}"
        s.do(order[1])
        assert s.open() == ["check"]
        s.do("check", redo=round_number == 0)
    assert s.status == "COMPLETED"


def inclusive_diagram(middle):
    return process(
        "p", begin(), inclusive("fork", default="f_fork_c"), *middle, user("b"), user("c"), inclusive("join"), user("after"), end(),
        flow("begin", "fork"), flow("fork", "a", when="a"), flow("fork", "b", when="b"), flow("fork", "c"),
        flow("a", "join"), flow("b", "join"), flow("c", "join"), flow("join", "after", "done"),
    )  # fmt: skip


def test_an_inclusive_gateway_takes_all_true_flows_and_waits_for_those():
    s = Story(inclusive_diagram([user("a")]), data={"a": True, "b": True})
    assert sorted(s.open()) == ["a", "b"]
    s.do("b")
    assert s.open() == ["a"]
    s.do("a")
    assert s.open() == ["after"]


def test_an_inclusive_join_does_not_wait_for_flows_not_taken():
    assert Story(inclusive_diagram([user("a")]), data={"b": True}).do("b").open() == ["after"]
    assert Story(inclusive_diagram([user("a")]), data={}).do("c").open() == ["after"]


def test_an_inclusive_join_waits_for_a_running_sub_process():
    middle = [sub("a", begin("s0"), user("inner"), end("e0"), flow("s0", "inner", "e0"))]
    s = Story(inclusive_diagram(middle), data={"a": True, "b": True})
    s.do("b")
    assert s.open() == ["inner"]
    s.do("inner")
    assert s.open() == ["after"]


def test_two_ends_both_must_be_reached():
    d = process(
        "p", begin(), parallel("fork"), user("a"), user("b"), end("e1"), end("e2"),
        flow("begin", "fork", "a", "e1"), flow("fork", "b", "e2"),
    )  # fmt: skip
    s = Story(d).do("a", x=1)
    assert s.status == "RUNNING"
    s.do("b", y=2)
    assert s.status == "COMPLETED"
    assert sorted(s.run.end_nodes) == ["e1", "e2"]
    assert s.data == {"x": 1, "y": 2}


def test_a_terminate_end_ends_everything_and_keeps_the_data():
    d = process(
        "p", begin(), parallel("fork"), user("a"), user("a2"), user("b"), end("e1"), end("e2", TERMINATE),
        flow("begin", "fork", "a", "a2", "e1"), flow("fork", "b", "e2"),
    )  # fmt: skip
    s = Story(d).do("a", x=1).do("b", y=2)
    assert s.status == "COMPLETED"
    assert s.open() == []
    assert s.run.end_nodes == ["e2"]
    assert s.data == {"x": 1, "y": 2}


def test_a_cancelled_run_has_nothing_open():
    s = Story(process("p", *FORK))
    s.run.cancel()
    s._store()
    assert (s.status, s.open(), s.waits()) == ("CANCELLED", [], [])


def test_marks_tell_how_far_the_nodes_have_come():
    s = Story(process("p", *FORK)).do("a")
    marks = {mark.node_id: mark.state for mark in s.run.nodes()}
    assert marks == {"begin": "COMPLETED", "fork": "COMPLETED", "a": "COMPLETED", "b": "ACTIVE", "join": "ACTIVE"}
