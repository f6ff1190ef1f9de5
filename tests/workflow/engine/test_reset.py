"""Returning to an earlier node: what came of it is undone, what was written is kept, nothing beside it is lost."""

from datetime import timedelta

import pytest

from app.workflow.engine import NotResettable
from workflow.engine.diagrams import *
from workflow.engine.office import Office, Story

LINE = process("p", begin(), user("a"), service("svc", "count"), user("b"), user("c"), end(), flow("begin", "a", "svc", "b", "c", "done"))


def test_the_token_goes_back_and_data_is_kept():
    office = Office(steps={"count": lambda: {"n": 1}})
    s = Story(LINE, office=office).do("a", x=1).do("b", y=2)
    first = [t.id for t in s.run.ready()]
    s.back_to("a")
    assert s.open() == ["a"]
    assert s.task("a").data == {"x": 1, "n": 1, "y": 2}
    assert s.task("a").id not in first
    s.do("a", x=5).do("b").do("c")
    assert s.status == "COMPLETED"
    assert s.data == {"x": 5, "n": 1, "y": 2}
    assert len(office.calls) == 2


def test_back_again_and_again():
    s = Story(LINE)
    for round_number in range(40):
        s.do("a", x=round_number, **{f"r{round_number % 3}": round_number}).do("b")
        s.back_to("a")
    assert s.open() == ["a"]
    s.do("a").back_to("a").do("a").do("b").back_to("b").do("b").do("c")
    assert s.status == "COMPLETED"
    assert s.data["x"] == 39
    assert len(s.run.dump()) < 3000, "returns do not pile up in the state"


def test_a_task_id_is_a_target_too():
    s = Story(LINE)
    task_id = s.task("a").id
    s.do("a").back_to(task_id)
    assert s.open() == ["a"]


def test_boundary_timers_are_armed_anew():
    d = process(
        "p", begin(), user("a"), boundary("late", "a", timer("P2D"), interrupting=False), user("rescue"), user("b"), end(),
        flow("begin", "a", "b", "done"), flow("late", "rescue", "done"),
    )  # fmt: skip
    s = Story(d).pass_time(days=2).do("a")
    assert sorted(s.open()) == ["b", "rescue"]
    s.back_to("a")
    assert s.open() == ["a"], "what the reminder started is undone too"
    assert s.waits()[0].due == s.office.at + timedelta(days=2)
    s.do("a").do("b")
    assert s.status == "COMPLETED"


def test_before_a_fork_undoes_all_branches():
    d = process(
        "p", begin(), user("a"), parallel("f"), user("l"), user("l2"), user("r"), parallel("j"), user("z"), end(),
        flow("begin", "a", "f", "l", "l2", "j", "z", "done"), flow("f", "r", "j"),
    )  # fmt: skip
    for steps in (["l"], ["l", "l2"], ["r"], ["l", "r", "l2"], ["l", "l2", "r"]):
        s = Story(d).do("a", x=1)
        for node in steps:
            s.do(node, **{node: True})
        s.back_to("a")
        assert s.open() == ["a"]
        assert s.task("a").data == {"x": 1} | dict.fromkeys(steps, True)
        s.do("a").do("r").do("l").do("l2")
        assert s.open() == ["z"]


BRANCHES = process(
    "p", begin(), parallel("f"), user("l"), user("r"), user("m"), parallel("j"), user("z"), end(),
    flow("begin", "f", "l", "j", "z", "done"), flow("f", "r", "j"), flow("f", "m", "j"),
)  # fmt: skip


@pytest.mark.parametrize("order", ["lrm", "lmr", "rlm", "rml", "mlr", "mrl"])
@pytest.mark.parametrize("target", "lrm")
def test_into_a_branch_after_the_join(order, target):
    s = Story(BRANCHES)
    for node in order:
        s.do(node, **{node: 1})
    assert s.open() == ["z"]
    s.back_to(target)
    assert s.open() == [target], "the join is undone, the other branches stay done"
    s.do(target, **{target: 2})
    assert s.open() == ["z"]
    assert s.task("z").data == {"l": 1, "r": 1, "m": 1, target: 2}
    assert s.do("z").status == "COMPLETED"


@pytest.mark.parametrize("done_before", ["l", "lr"])
def test_into_a_branch_while_others_still_work(done_before):
    s = Story(BRANCHES)
    for node in done_before:
        s.do(node, **{node: 1})
    still = sorted(set("lrm") - set(done_before))
    s.back_to("l")
    assert sorted(s.open()) == sorted(["l", *still])
    for node in [*still, "l"]:
        s.do(node)
    assert s.open() == ["z"]


def test_nested_joins_are_undone_outwards():
    d = process(
        "p", begin(), parallel("f"), parallel("g"), user("a"), user("b"), parallel("j"), user("d"), parallel("k"), user("z"), end(),
        flow("begin", "f", "g", "a", "j", "k", "z", "done"), flow("g", "b", "j"), flow("f", "d", "k"),
    )  # fmt: skip
    for order in ("abd", "bad", "adb", "dab", "dba"):
        s = Story(d)
        for node in order:
            s.do(node)
        assert s.open() == ["z"]
        s.back_to("a")
        assert s.open() == ["a"]
        s.do("a")
        assert s.open() == ["z"]


def test_calls_sub_processes_and_their_timers_go_with_it():
    child = process_xml(
        "child", begin("c0"), parallel("f"), user("work"), catch("w", timer("P1D")), end("c9"), flow("c0", "f", "work", "c9"), flow("f", "w", "c9"),
        event_sub("esp", begin("on", message("m")), user("h"), end("e9"), flow("on", "h", "e9")),
    )  # fmt: skip
    d = process_xml("p", begin(), user("a"), call("c", "child"), user("z"), end(), flow("begin", "a", "c", "z", "done"))
    s = Story(document(d, child)).do("a")
    assert len(s.waits()) == 2
    s.back_to("a")
    assert (s.open(), s.waits()) == (["a"], [])
    s.do("a").do("work").pass_time(days=1)
    assert s.open() == ["z"]
    s.back_to("c")
    assert s.open() == ["work"]


def test_inside_a_called_process_only_its_own_scope_goes_back():
    child = process_xml("child", begin("c0"), user("w1"), user("w2"), end("c9"), flow("c0", "w1", "w2", "c9"))
    d = process_xml("p", begin(), user("a"), call("c", "child"), user("z"), end(), flow("begin", "a", "c", "z", "done"))
    s = Story(document(d, child), data={"k": 1}).do("a").do("w1", x=1).back_to("w1")
    assert s.open() == ["w1"]
    assert s.task("w1").path == ("c",)
    s.do("w1").do("w2")
    assert s.open() == ["z"]
    with pytest.raises(NotResettable):
        s.run.reset_to("w1")


def test_a_vote_starts_again_as_a_whole():
    d = process("p", begin(), user("v", many("members")), user("z"), end(), flow("begin", "v", "z", "done"))
    s = Story(d, data={"members": [1, 2]}).do("v", 0, a=1)
    s.back_to("v")
    assert s.open() == ["v", "v"]
    s.do("v", 0, a=2).do("v", 1, a=2)
    assert s.open() == ["z"]
    s.back_to("v")
    assert [t.mi_item for t in s.run.ready()] == [1, 2]


def test_the_other_way_at_a_gateway_after_a_return():
    d = process(
        "p", begin(), user("a"), exclusive("g", default="f_g_r"), user("l"), user("r"), end(), flow("begin", "a", "g"),
        flow("g", "l", when="left"), flow("g", "r"), flow("l", "done"), flow("r", "done"),
    )  # fmt: skip
    s = Story(d).do("a", left=True)
    assert s.open() == ["l"]
    s.back_to("a").do("a", left=False)
    assert s.open() == ["r"]


def test_events_wait_again():
    d = process(
        "p", begin(), event_gateway("g"), catch("m", message("m")), catch("t", timer("P1D")), user("z"), end(),
        flow("begin", "g", "m", "z", "done"), flow("g", "t", "z"),
    )  # fmt: skip
    s = Story(d).send("m", {"x": 1})
    s.back_to("m")
    assert sorted(w.node_id for w in s.waits()) == ["m", "t"]
    assert s.pass_time(days=1).open() == ["z"]


def test_an_interruption_is_undone_and_listened_for_again():
    d = process(
        "p", begin(), user("a"), user("b"), end(), flow("begin", "a", "b", "done"),
        event_sub("esp", begin("on", message("m")), user("h"), end("e9"), flow("on", "h", "e9")),
    )  # fmt: skip
    s = Story(d).do("a").send("m", {"why": 1})
    assert s.open() == ["h"]
    s.back_to("b")
    assert s.open() == ["b"]
    assert s.task("b").data == {"why": 1}
    assert len(s.waits()) == 1
    assert s.send("m").open() == ["h"]


@pytest.mark.parametrize("before", ["", "l", "m", "lm"])
def test_branches_beside_come_back_after_an_interruption(before):
    esp = event_sub("esp", begin("on", message("m0")), user("h"), end("e9"), flow("on", "h", "e9"))
    d = process(
        "p", begin(), parallel("f"), user("l"), user("r"), user("m", many("list")), boundary("late", "m", timer("P1D")), user("x"), parallel("j"), user("z"), end(),
        flow("begin", "f", "l", "j", "z", "done"), flow("f", "r", "j"), flow("f", "m", "j"), flow("late", "x", "done"), esp,
    )  # fmt: skip
    s = Story(d, data={"list": [1, 2]})
    for node in before:
        while node in s.open():
            s.do(node, s.task(node).mi_index)
    s.send("m0").back_to("r")
    expected = ["l"] * ("l" not in before) + ["m", "m"] * ("m" not in before) + ["r"]
    assert sorted(s.open()) == expected
    assert [w.node_id for w in s.waits()] == ["late"] * ("m" not in before) + ["on"]
    while s.open() != ["z"]:
        s.run.complete(s.run.ready()[0].id, {})
        s._store()
    assert s.do("z").status == "COMPLETED"


@pytest.mark.parametrize("target", ["nowhere", "c", "begin", "done"])
def test_some_nodes_cannot_be_returned_to(target):
    s = Story(LINE).do("a")
    with pytest.raises(NotResettable):
        s.run.reset_to(target)
    assert s.open() == ["b"]


def test_a_join_is_no_target_and_a_finished_run_stays_finished():
    s = Story(BRANCHES).do("l").do("r").do("m")
    with pytest.raises(NotResettable):
        s.run.reset_to("j")
    s.do("z")
    with pytest.raises(NotResettable):
        s.run.reset_to("l")
