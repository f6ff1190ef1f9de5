"""The standard loop: BPMN 2.0.2 §13.3.6. Every move is stored and read again."""

import pytest

from app.workflow.engine import ErrorThrown, StepFailed
from workflow.engine.diagrams import *
from workflow.engine.office import Office, Story


def looping(body, *extra, host=None):
    return process("p", begin(), host or user("fill", body), user("after"), *extra, end(), flow("begin", "fill", "after", "done"))


def test_it_is_done_again_while_the_condition_holds():
    s = Story(looping(loop("more")), data={"k": 1})
    for n in range(1, 4):
        assert (s.open(), s.task("fill").data["loopCounter"]) == (["fill"], n)
        s.do("fill", n=n, more=n < 3)
    assert s.open() == ["after"]
    assert s.data == {"k": 1, "n": 3, "more": False}


def test_asked_afterwards_it_is_done_at_least_once_asked_before_perhaps_never():
    assert Story(looping(loop("false"))).do("fill").open() == ["after"]
    assert Story(looping(loop("more", before=True))).open() == ["after"]
    s = Story(looping(loop("more", before=True)), data={"more": True}).do("fill", more=True)
    assert s.open() == ["fill"]
    assert s.do("fill", more=False).open() == ["after"]


@pytest.mark.parametrize("condition", [None, "true"])
@pytest.mark.parametrize("before", [True, False])
def test_the_maximum_ends_it_whatever_the_condition_says(condition, before):
    s = Story(looping(loop(condition, before, most=2))).do("fill")
    assert s.open() == ["fill"]
    assert s.do("fill").open() == ["after"]


def test_condition_and_activity_know_the_round():
    office = Office(steps={"post": lambda no: {"sum": no}})
    host = service("fill", "post", no="loopCounter * 10").replace("</bpmn:serviceTask>", loop("loopCounter < 4") + "</bpmn:serviceTask>")
    s = Story(looping("", host=host), office=office)
    assert [params["no"] for _, params in office.calls] == [10, 20, 30, 40]
    assert s.data == {"sum": 40}


def test_a_sub_process_and_a_call_may_loop():
    inner = sub("fill", loop("n < 2"), begin("s0"), user("i"), end("s9"), flow("s0", "i", "s9"))
    s = Story(looping("", host=inner)).do("i", n=1)
    assert s.open() == ["i"]
    assert s.do("i", n=2).open() == ["after"]
    child = process_xml("child", begin("c0"), user("w"), end("c9"), flow("c0", "w", "c9"))
    d = process_xml("p", begin(), call("fill", "child", loop("n < 2")), user("after"), end(), flow("begin", "fill", "after", "done"))
    s = Story(document(d, child)).do("w", n=1)
    assert s.task("w").path == ("fill",)
    assert s.do("w", n=2).open() == ["after"]


def test_a_loop_in_a_loop_counts_for_itself():
    inner = sub("fill", loop(most=2), begin("s0"), user("i", loop(most=2)), user("k"), end("s9"), flow("s0", "i", "k", "s9"))
    s = Story(looping("", host=inner))
    seen = []
    while s.open() != ["after"]:
        [task] = s.run.ready()
        seen.append((task.node_id, task.data["loopCounter"]))
        s.do(task.node_id)
    assert seen == [("i", 1), ("i", 2), ("k", 1), ("i", 1), ("i", 2), ("k", 2)]
    assert s.data == {}


def test_data_of_the_process_is_what_the_last_round_left():
    s = Story(looping(loop("true"))).do("fill", x=1).do("fill", x=2)
    assert s.data == {"x": 2}


def test_an_interrupting_event_ends_the_loop_and_keeps_what_finished_rounds_left():
    s = Story(looping(loop("true"), boundary("late", "fill", timer("P1D")), user("rescue"), flow("late", "rescue", "done")))
    s.do("fill", x=1).pass_time(days=1)
    assert (s.open(), s.waits(), s.data) == (["rescue"], [], {"x": 1})


def test_an_error_of_a_round_leaves_by_the_border_of_the_loop():
    def step(no):
        if no == 2:
            raise ErrorThrown("E")
        return {}

    host = service("fill", "s", no="loopCounter").replace("</bpmn:serviceTask>", loop("true") + "</bpmn:serviceTask>")
    s = Story(looping("", boundary("err", "fill", error("E")), user("rescue"), flow("err", "rescue", "done"), host=host), office=Office(steps={"s": step}))
    assert s.open() == ["rescue"]


def test_a_condition_that_fails_loses_no_round_and_a_retry_asks_again():
    office = Office()
    s = Story(looping(loop("limit.more")), office=office)

    def broken(_data):
        raise RuntimeError("读取失败")

    office.facts["limit"] = broken
    with pytest.raises(StepFailed) as failure:
        s.do("fill", x=1)
    assert failure.value.node_id == "fill"
    office.facts["limit"] = {"more": False}
    assert s.retry().open() == ["after"]
    assert s.data == {"x": 1}


def test_a_return_begins_the_loop_anew():
    s = Story(looping(loop("loopCounter < 2"))).do("fill").do("fill")
    s.back_to("fill")
    assert (s.open(), s.task("fill").data["loopCounter"]) == (["fill"], 1)
    s.do("fill")
    assert s.back_to("fill").task("fill").data["loopCounter"] == 1


def test_a_loop_leaves_by_all_its_flows():
    d = process("p", begin(), user("fill", loop(most=2)), user("a"), user("b"), end(), flow("begin", "fill", "a", "done"), flow("fill", "b", "done"))
    assert sorted(Story(d).do("fill").do("fill").open()) == ["a", "b"]


def test_every_round_is_one_visit_of_the_loop():
    s = Story(looping(loop(most=2))).do("fill").do("fill")
    assert [visit.node_id for visit in s.run.visits()].count("fill") == 1
    assert {mark.node_id: mark.state for mark in s.run.nodes()}["fill"] == "COMPLETED"
