"""Sub-processes, called processes, event sub-processes, errors that travel outwards."""

import pytest

from app.workflow.engine import StepFailed
from workflow.engine.diagrams import *
from workflow.engine.office import Office, Story


def embedded(*parts, around=()):
    return process("p", begin(), sub("s", begin("s0"), *parts), user("after"), *around, end(), flow("begin", "s", "after", "done"))


ONE_INSIDE = (user("inner"), end("e0"), flow("s0", "inner", "e0"))


def test_a_sub_process_works_on_the_same_data():
    s = Story(embedded(*ONE_INSIDE), data={"a": 1})
    task = s.task("inner")
    assert (task.process_id, task.path, task.data) == ("s", ("s",), {"a": 1})
    s.do("inner", b=2)
    assert s.open() == ["after"]
    assert s.data == {"a": 1, "b": 2}


def called(*parts, pid="child"):
    return process_xml(pid, begin("c0"), *parts)


CHILD = called(user("work"), end("c9"), flow("c0", "work", "c9"))


def caller(**properties):
    return process_xml("p", begin(), call("c", "child", **properties), user("after"), end(), flow("begin", "c", "after", "done"))


def test_a_called_process_sees_all_and_gives_all_back():
    s = Story(document(caller(), CHILD), data={"a": 1})
    task = s.task("work")
    assert (task.process_id, task.path, task.data) == ("child", ("c",), {"a": 1})
    s.do("work", b=2)
    assert s.data == {"a": 1, "b": 2}


def test_a_called_process_in_another_file():
    s = Story({"p.bpmn": document(caller()), "c.bpmn": document(CHILD)})
    assert s.do("work").open() == ["after"]


def test_data_mapping_of_a_call():
    s = Story(document(caller(input="{case: project_id, n: n + 1}", output="{result: verdict}"), CHILD), data={"project_id": 7, "n": 1})
    assert s.task("work").data == {"case": 7, "n": 2}
    s.do("work", verdict="OK", noise=1)
    assert s.data == {"project_id": 7, "n": 1, "result": "OK"}


def test_a_bad_mapping_is_a_failed_step_on_the_call():
    with pytest.raises(StepFailed) as failure:
        Story(document(caller(input="1 + 1"), CHILD))
    assert failure.value.node_id == "c"


def test_calls_inside_calls():
    middle = called(call("deep", "leaf"), end("c9"), flow("c0", "deep", "c9"))
    leaf = process_xml("leaf", begin("l0"), user("leaf_work"), end("l9"), flow("l0", "leaf_work", "l9"))
    s = Story(document(caller(), middle, leaf))
    assert s.task("leaf_work").path == ("c", "deep")
    assert s.do("leaf_work", x=1).open() == ["after"]
    assert s.data == {"x": 1}


def test_a_process_that_calls_itself_for_ever_is_stopped():
    d = document(process_xml("p", begin(), call("c", "p"), end(), flow("begin", "c", "done")))
    with pytest.raises(StepFailed):
        Story(d)


def test_a_timer_on_a_call_ends_all_inside():
    d = process_xml(
        "p", begin(), call("c", "child"), boundary("late", "c", timer("P1D")), user("rescue"), end(), flow("begin", "c", "done"), flow("late", "rescue", "done")
    )
    s = Story(document(d, CHILD), data={"a": 1})
    assert s.open() == ["work"]
    s.pass_time(days=1)
    assert s.open() == ["rescue"]
    assert s.do("rescue").status == "COMPLETED"


def test_an_interrupted_sub_process_leaves_what_it_wrote():
    inner = (user("i1"), user("i2"), end("e0"), flow("s0", "i1", "i2", "e0"))
    d = process(
        "p", begin(), sub("s", begin("s0"), *inner), boundary("stop", "s", message("stop")), user("rescue"), end(),
        flow("begin", "s", "done"), flow("stop", "rescue", "done"),
    )  # fmt: skip
    s = Story(d).do("i1", x=1).send("stop", {"y": 2})
    assert s.open() == ["rescue"]
    assert s.data == {"x": 1, "y": 2}


@pytest.mark.parametrize("kind", [error, escalation])
def test_an_error_end_leaves_by_the_boundary_of_the_call(kind):
    child = called(user("work"), exclusive("g", default="f_g_c9"), end("bad", kind("E1"), properties={"payload": "{why: why}"}), end("c9"), flow("c0", "work", "g", "c9"), flow("g", "bad", when="why != null"))
    d = process_xml(
        "p", begin(), call("c", "child"), boundary("on_err", "c", kind("E1")), user("rescue"), user("normal"), end(),
        flow("begin", "c", "normal", "done"), flow("on_err", "rescue", "done"),
    )  # fmt: skip
    assert Story(document(d, child)).do("work").open() == ["normal"]
    s = Story(document(d, child)).do("work", why="x")
    assert s.open() == ["rescue"]
    assert s.data == {"why": "x"}
    assert s.do("rescue").status == "COMPLETED"


def test_an_error_is_caught_by_the_nearest_that_fits_and_by_no_stranger():
    leaf = process_xml("leaf", begin("l0"), user("w"), end("bad", error("E2")), flow("l0", "w", "bad"))
    middle = called(call("deep", "leaf"), boundary("e1", "deep", error("E1")), user("wrong"), end("c9"), flow("c0", "deep", "c9"), flow("e1", "wrong", "c9"))
    d = process_xml(
        "p", begin(), parallel("f"), call("c", "child"), boundary("any", "c", error(None)), user("rescue"),
        user("side"), boundary("e2", "side", error("E2")), user("stranger"), end(),
        flow("begin", "f", "c", "done"), flow("any", "rescue", "done"), flow("f", "side", "done"), flow("e2", "stranger", "done"),
    )  # fmt: skip
    s = Story(document(d, middle, leaf)).do("w")
    assert sorted(s.open()) == ["rescue", "side"]


def test_an_error_nobody_catches_ends_its_branch():
    assert Story(process("p", begin(), end("done", error("E")), flow("begin", "done"))).status == "COMPLETED"


def test_a_terminate_end_ends_only_its_own_scope():
    child = called(parallel("f"), user("a"), user("b"), end("t", TERMINATE), end("c9"), flow("c0", "f", "a", "t"), flow("f", "b", "c9"))
    s = Story(document(caller(), child)).do("a", x=1)
    assert s.open() == ["after"]
    assert s.data == {"x": 1}


def with_event_sub(event, interrupting, **properties):
    return process(
        "p", begin(), user("u1"), user("u2"), end(), flow("begin", "u1", "u2", "done"),
        event_sub("esp", begin("on", event, properties=properties, isInterrupting=interrupting), user("handle"), end("esp_done"), flow("on", "handle", "esp_done")),
    )  # fmt: skip


def test_an_interrupting_message_takes_over_the_whole_process():
    s = Story(with_event_sub(message("withdraw"), "true", correlate="project_id"), data={"project_id": 7})
    (wait,) = s.waits()
    assert (wait.kind, wait.name, wait.correlation, wait.node_id) == ("message", "withdraw", {"key": 7}, "on")
    s.do("u1", x=1)
    s.send("withdraw", {"reason": "r"})
    assert s.open() == ["handle"]
    assert s.waits() == []
    assert s.task("handle").data == {"project_id": 7, "x": 1, "reason": "r"}
    s.do("handle", y=2)
    assert s.status == "COMPLETED"
    assert s.data == {"project_id": 7, "x": 1, "reason": "r", "y": 2}
    assert s.run.end_nodes == ["esp_done"]


def test_an_event_sub_process_that_never_comes_does_not_hold_the_end():
    s = Story(with_event_sub(timer("P9D"), "true")).do("u1").do("u2")
    assert s.status == "COMPLETED"
    assert s.waits() == []


def test_a_message_wait_can_be_addressed_by_its_id():
    s = Story(with_event_sub(message("m"), "false"))
    s.send("m", {}, task_id=s.waits()[0].task_id)
    assert sorted(s.open()) == ["handle", "u1"]


def test_a_non_interrupting_message_runs_beside_and_can_come_again():
    s = Story(with_event_sub(message("query"), "false")).send("query", {"q": 1}).send("query", {"q": 2})
    assert sorted(s.open()) == ["handle", "handle", "u1"]
    s.do("u1", x=1).do("u2")
    assert s.status == "RUNNING", "the handlers still work"
    s.do("handle", h=1).do("handle", h=2)
    assert s.status == "COMPLETED"
    assert s.data["x"] == 1


def test_a_timer_starts_the_event_sub_process_once():
    s = Story(with_event_sub(timer("P2D"), "false")).pass_time(days=2)
    assert sorted(s.open()) == ["handle", "u1"]
    assert s.waits() == []
    s.pass_time(days=5)
    assert sorted(s.open()) == ["handle", "u1"]


def test_a_signal_starts_event_sub_processes_in_inner_scopes_too():
    child = called(user("work"), end("c9"), flow("c0", "work", "c9"), event_sub("esp2", begin("on2", signal("stop")), user("tidy"), end("e2"), flow("on2", "tidy", "e2")))
    s = Story(document(caller(), child)).signal("stop")
    assert s.open() == ["tidy"]
    assert s.do("tidy").open() == ["after"]


@pytest.mark.parametrize("kind", [error, escalation])
def test_an_error_starts_the_event_sub_process_of_the_scope(kind):
    d = process(
        "p", begin(), sub("s", begin("s0"), user("i"), end("bad", kind("E1")), flow("s0", "i", "bad")), user("after"), end(), flow("begin", "s", "after", "done"),
        event_sub("esp", begin("on", kind("E1")), user("handle"), end("esp_done"), flow("on", "handle", "esp_done")),
    )  # fmt: skip
    s = Story(d).do("i", x=1)
    assert s.open() == ["handle"]
    assert s.do("handle").status == "COMPLETED"


def test_listening_ends_with_the_scope():
    child = called(user("work"), end("c9"), flow("c0", "work", "c9"), event_sub("esp2", begin("on2", message("m")), user("tidy"), end("e2"), flow("on2", "tidy", "e2")))
    s = Story(document(caller(), child))
    assert len(s.waits()) == 1
    s.do("work")
    assert s.waits() == []


def test_several_start_events():
    d = process(
        "p", begin("plain"), begin("by_msg", message("apply")), user("a"), user("b"), end(), flow("plain", "a", "done"), flow("by_msg", "b", "done")
    )
    s = Story(d)
    assert s.open() == ["a"]
    assert {(p.node_id, p.kind, p.name) for p in s.model.starts} == {("plain", "none", None), ("by_msg", "message", "apply")}
    assert Story(d, start_node="by_msg", data={"x": 1}).open() == ["b"]
