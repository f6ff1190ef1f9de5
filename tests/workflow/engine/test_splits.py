"""Several flows out of a task or event, conditions on them, links: BPMN 2.0.2 §8.3.13, §10.5.5, §13.3.1."""

import pytest

from app.workflow.engine import BpmnError, StepFailed, parse_processes
from workflow.engine.diagrams import *
from workflow.engine.office import Office, Story

LINK = '<bpmn:linkEventDefinition name="over"/>'


def split(*flows, default=None, host=None):
    return process(
        "p", begin(), host or node("userTask", "fill", default=default), user("a"), user("b"), user("c"), end("ea"), end("eb"), end("ec"),
        flow("begin", "fill"), *flows, flow("a", "ea"), flow("b", "eb"), flow("c", "ec"),
    )  # fmt: skip


PLAIN = (flow("fill", "a"), flow("fill", "b"), flow("fill", "c"))
MIXED = (flow("fill", "a", when="x > 1"), flow("fill", "b", when="x > 2"), flow("fill", "c"))


def test_all_flows_out_of_a_task_are_taken():
    s = Story(split(*PLAIN)).do("fill", k=1)
    assert sorted(s.open()) == ["a", "b", "c"]
    s.do("b", b=1).do("a", a=1)
    assert s.status == "RUNNING"
    assert s.do("c", c=1).status == "COMPLETED"
    assert s.data == {"k": 1, "a": 1, "b": 1, "c": 1}


@pytest.mark.parametrize(("x", "taken"), [(3, "abc"), (2, "ac"), (0, "c"), (None, "c")])
def test_a_flow_without_condition_is_always_taken_the_others_when_they_hold(x, taken):
    assert sorted(Story(split(*MIXED)).do("fill", x=x).open()) == list(taken)


@pytest.mark.parametrize(("x", "taken"), [(3, "ab"), (2, "a"), (0, "c")])
def test_the_default_flow_is_taken_when_no_condition_holds(x, taken):
    s = Story(split(*MIXED, default="f_fill_c")).do("fill", x=x)
    assert sorted(s.open()) == list(taken)
    for node_id in taken:
        s.do(node_id)
    assert s.status == "COMPLETED"


def test_no_condition_holds_and_no_default_is_a_failed_step_after_the_task():
    s = Story(split(*MIXED[:2], flow("fill", "c", when="x = 9")))
    with pytest.raises(StepFailed) as failure:
        s.do("fill", x=0)
    assert failure.value.node_id == "fill"
    assert [view.node_id for view in s.run.failed()] == ["fill"]
    s.run.retry(updates={"x": 9})
    assert sorted(s.open()) == ["a", "b", "c"]


def test_why_a_way_was_taken_is_told_of_the_task():
    s = Story(split(*MIXED, default="f_fill_c"))
    s.run.complete(s.task("fill").id, {"x": 2})
    [reason] = s.run.reasons()
    assert (reason.node_id, reason.kind) == ("fill", "GATEWAY")
    assert "x 为 2" in str(reason.facts[0])


@pytest.mark.parametrize(
    "host",
    [
        service("fill", "step"),
        script("fill", "{k: 1}"),
        sub("fill", begin("s0"), end("s9"), flow("s0", "s9")),
        manual("fill"),
        user("fill", many("list")),
        node("receiveTask", "fill", messageRef="msg_m"),
        catch("fill", message("m")),
    ],
    ids=["service", "script", "sub", "manual", "vote", "receive", "catch"],
)
def test_any_activity_or_event_may_split(host):
    s = Story(split(*PLAIN, host=host), data={"list": [1]})
    if s.waits():
        s.send("m")
    if "fill" in s.open():
        s.run.complete(s.run.ready()[0].id)
        s._store()
    assert sorted(s.open()) == ["a", "b", "c"]


def test_a_start_event_and_a_boundary_event_may_split():
    d = process(
        "p", begin(), user("a"), user("b"), boundary("late", "a", timer("P1D")), user("c"), user("d"), end(), flow("begin", "a", "done"),
        flow("begin", "b", "done"), flow("late", "c", "done"), flow("late", "d", "done"),
    )  # fmt: skip
    s = Story(d)
    assert sorted(s.open()) == ["a", "b"]
    assert sorted(s.pass_time(days=1).open()) == ["b", "c", "d"]


def test_branches_of_a_task_join_again():
    d = process(
        "p", begin(), user("fill"), user("a"), user("b"), parallel("j"), user("z"), end(),
        flow("begin", "fill", "a", "j", "z", "done"), flow("fill", "b", "j"), flow("fill", "j"),
    )  # fmt: skip
    s = Story(d).do("fill").do("a", a=1)
    assert s.open() == ["b"]
    s.do("b", b=1)
    assert s.open() == ["z"]
    assert s.do("z").data == {"a": 1, "b": 1}


def test_branches_with_conditions_meet_at_an_inclusive_join():
    d = process(
        "p", begin(), node("userTask", "fill", default="f_fill_j"), user("a"), user("b"), inclusive("j"), user("z"), end(), flow("begin", "fill"),
        flow("fill", "a", when="x"), flow("fill", "b", when="y"), flow("fill", "j"), flow("a", "j"), flow("b", "j"), flow("j", "z", "done"),
    )  # fmt: skip
    assert Story(d).do("fill").open() == ["z"]
    s = Story(d).do("fill", x=True, y=True).do("a")
    assert s.open() == ["b"]
    assert s.do("b").open() == ["z"]


def test_two_flows_between_the_same_nodes_are_two_tokens_for_a_parallel_join():
    d = process(
        "p", begin(), parallel("f"), parallel("j"), user("z"), end(), flow("begin", "f"), flow("f", "j", id="one"), flow("f", "j", id="two"), flow("j", "z", "done"),
    )  # fmt: skip
    assert Story(d).open() == ["z"]


def test_every_token_starts_an_activity_with_several_flows_in_anew():
    d = process("p", begin(), parallel("f"), user("a"), user("b"), user("z"), end(), flow("begin", "f", "a", "z", "done"), flow("f", "b", "z"))
    s = Story(d).do("a").do("b")
    assert s.open() == ["z", "z"]
    s.do("z")
    assert s.status == "RUNNING"
    assert s.do("z").status == "COMPLETED"


@pytest.mark.parametrize("steps", [[], ["a"], ["a", "b"]])
def test_back_before_a_split_undoes_all_its_branches(steps):
    s = Story(split(*PLAIN)).do("fill", x=1)
    for step in steps:
        s.do(step)
    s.back_to("fill")
    assert s.open() == ["fill"]
    assert sorted(s.do("fill").open()) == ["a", "b", "c"]


def test_back_into_a_branch_leaves_the_others():
    s = Story(split(*MIXED, default="f_fill_c")).do("fill", x=3).do("a", n=1)
    s.back_to("a")
    assert sorted(s.open()) == ["a", "b"]


# links


def linked(*between, target='<bpmn:linkEventDefinition name="over"/>'):
    return process(
        "p", begin(), exclusive("g", default="f_g_t1"), throw("t1", LINK), user("u"), throw("t2", LINK), catch("c", target), user("after"), end(),
        flow("begin", "g", "t1"), flow("g", "u", when="long"), flow("u", "t2"), flow("c", "after", "done"), *between,
    )  # fmt: skip


def test_every_throwing_link_leads_to_the_catching_one_of_its_name():
    s = Story(linked())
    assert s.open() == ["after"]
    assert s.do("after").status == "COMPLETED"
    s = Story(linked(), data={"long": True}).do("u", n=1)
    assert (s.open(), s.data) == (["after"], {"long": True, "n": 1})
    s.back_to("u").do("u")
    assert s.open() == ["after"]
    s.back_to("c")
    assert s.open() == ["after"]


def test_an_inclusive_join_behind_a_link_waits_for_what_comes_over_it():
    d = process(
        "p", begin(), inclusive("f", default="f_f_a"), user("a"), user("b"), throw("t", LINK), catch("c", LINK), inclusive("j"), user("z"), end(),
        flow("begin", "f"), flow("f", "a"), flow("f", "b", when="true"), flow("f", "a", when="true", id="also"), flow("a", "t"), flow("c", "j"), flow("b", "j", "z", "done"),
    )  # fmt: skip
    s = Story(d).do("b")
    assert s.open() == ["a"]
    assert s.do("a").open() == ["z"]


def test_a_link_without_target_or_with_two_is_refused_on_itself():
    alone = process("p", begin(), throw("t", LINK), end(), end("e2"), parallel("f"), flow("begin", "f", "t"), flow("f", "done"))
    two = linked(catch("c2", LINK), end("e2"), flow("c2", "e2"))
    inner = process(
        "p", begin(), throw("t", LINK), sub("s", begin("s0"), catch("c", LINK), end("s9"), flow("s0", "s9"), flow("c", "s9")), end(), parallel("f"),
        flow("begin", "f", "t"), flow("f", "s", "done"),
    )  # fmt: skip
    for files, field in ((alone, "t"), (two, "c2"), (inner, "t")):
        with pytest.raises(BpmnError) as refusal:
            parse_processes({"p": files}, {})
        assert (field, "workflow.bpmn.link_target") in {(f.field, f.code) for f in refusal.value.findings}
