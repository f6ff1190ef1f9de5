"""Compensation and transactions: BPMN 2.0.2 §10.3.6, §10.7, §13.3.4, §13.5.5. Stored and read at every step."""

import re

import pytest

from app.workflow.engine import BpmnError, ErrorThrown, NotResettable, StepFailed, parse_processes
from workflow.engine.diagrams import *
from workflow.engine.office import Office, Story


class Journal(Office):
    """Notes the steps in the order they were called."""

    @property
    def done(self):
        return [name for name, _ in self.calls]


def handled(id, handler=None):
    """A service task and what undoes it."""
    event, line = undo(id, f"un_{id}")
    return [service(id, id), event, handler or undoing(service(f"un_{id}", f"un_{id}"))], line


def with_handlers(ids, *nodes_and_flows):
    parts, lines = [], []
    for id in ids:
        nodes, line = handled(id)
        parts += nodes
        lines.append(line)
    return process("p", begin(), *parts, *nodes_and_flows, *lines)


def test_completed_activities_are_undone_the_latest_first_and_others_not():
    office = Journal()
    d = with_handlers("abc", throw("t", compensate()), user("z"), end(), flow("begin", "a", "b", "t", "z", "c", "done"))
    s = Story(d, office=office)
    assert office.done == ["a", "b", "un_b", "un_a"]
    assert s.open() == ["z"]
    assert s.do("z").status == "COMPLETED"
    assert office.done[-1] == "c"


def test_one_activity_may_be_named_and_is_undone_once():
    office = Journal()
    d = with_handlers("ab", throw("t", compensate("a")), throw("t2", compensate()), end(), flow("begin", "a", "b", "t", "t2", "done"))
    assert Story(d, office=office).status == "COMPLETED"
    assert office.done == ["a", "b", "un_a", "un_b"]


def test_nothing_to_undo_goes_on_at_once():
    office = Journal()
    assert Story(with_handlers("a", throw("t", compensate()), end(), flow("begin", "t", "a", "done")), office=office).status == "COMPLETED"
    assert office.done == ["a"]


def test_an_activity_done_twice_is_undone_twice():
    office = Journal()
    d = with_handlers(
        "a", exclusive("m"), script("count", "{n: (if n = null then 0 else n) + 1}"), exclusive("g", default="f_g_t"), throw("t", compensate()), end(),
        flow("begin", "m", "a", "count", "g"), flow("g", "m", when="n < 2"), flow("g", "t", "done"),
    )  # fmt: skip
    assert Story(d, office=office).status == "COMPLETED"
    assert office.done == ["a", "a", "un_a", "un_a"]


def by_people(event, *, last="throw"):
    thrower = [throw("t", event), end(), flow("a", "t", "z", "done")] if last == "throw" else [end("t", event), flow("a", "z", "t")]
    first, line = undo("a", "ha")
    return process("p", begin(), user("a"), first, undoing(user("ha")), user("z"), *thrower, flow("begin", "a"), line)


def test_the_throw_waits_for_people_who_undo_and_takes_their_data_along():
    s = Story(by_people(compensate())).do("a", x=1)
    assert s.open() == ["ha"]
    assert s.task("ha").data == {"x": 1}
    s.do("ha", undone=True)
    assert s.open() == ["z"]
    assert s.task("z").data == {"x": 1, "undone": True}
    assert s.do("z").status == "COMPLETED"


def test_without_waiting_the_process_goes_on_beside_but_does_not_end_before():
    s = Story(by_people(compensate(wait=False))).do("a")
    assert sorted(s.open()) == ["ha", "z"]
    assert s.do("z").status == "RUNNING"
    assert s.do("ha", undone=True).status == "COMPLETED"
    assert s.data == {"undone": True}


def test_without_waiting_handlers_still_come_one_after_the_other():
    (one, line1), (two, line2) = undo("a", "ha"), undo("b", "hb")
    d = process(
        "p", begin(), user("a"), one, undoing(user("ha")), user("b"), two, undoing(user("hb")), throw("t", compensate(wait=False)), end(),
        flow("begin", "a", "b", "t", "done"), line1, line2,
    )  # fmt: skip
    s = Story(d).do("a").do("b")
    assert s.open() == ["hb"]
    assert s.do("hb").open() == ["ha"]
    assert s.do("ha").status == "COMPLETED"


def test_an_end_event_compensates_before_the_process_ends():
    s = Story(by_people(compensate(), last="end")).do("a").do("z")
    assert (s.open(), s.status) == (["ha"], "RUNNING")
    assert s.do("ha").status == "COMPLETED"
    assert s.run.end_nodes == ["t"]


def test_a_sub_process_and_a_call_are_undone_as_a_whole_and_may_undo():
    (one, line1), (two, line2) = undo("s", "hs"), undo("c", "hc")
    child = process_xml("child", begin("c0"), user("w"), end("c9"), flow("c0", "w", "c9"))
    d = process_xml(
        "p", begin(), sub("s", begin("s0"), user("i"), end("s9"), flow("s0", "i", "s9")), one, undoing(call("hs", "child")), call("c", "child"), two,
        undoing(sub("hc", begin("h0"), user("k"), end("h9"), flow("h0", "k", "h9"))), throw("t", compensate()), end(), flow("begin", "s", "c", "t", "done"), line1, line2,
    )  # fmt: skip
    s = Story(document(d, child)).do("i").do("w")
    assert (s.open(), s.task("k").path) == (["k"], ("hc",))
    s.do("k")
    assert (s.open(), s.task("w").path) == (["w"], ("hs",))
    assert s.do("w").status == "COMPLETED"


def test_an_interrupted_activity_is_not_undone():
    event, line = undo("a", "ha")
    d = process(
        "p", begin(), user("a"), event, undoing(user("ha")), boundary("late", "a", timer("P1D")), throw("t", compensate()), user("z"), end(),
        flow("begin", "a", "t", "z", "done"), flow("late", "t"), line,
    )  # fmt: skip
    assert Story(d).pass_time(days=1).open() == ["z"]
    assert Story(d).do("a").open() == ["ha"]


def test_inside_a_sub_process_only_its_own_activities_are_undone():
    office = Journal()
    outer, line = handled("a")
    inner, inner_line = handled("b")
    d = process(
        "p", begin(), *outer, sub("s", begin("s0"), *inner, throw("t", compensate()), end("s9"), flow("s0", "b", "t", "s9"), inner_line), end(),
        flow("begin", "a", "s", "done"), line,
    )  # fmt: skip
    assert Story(d, office=office).status == "COMPLETED"
    assert office.done == ["a", "b", "un_b"]


def test_an_event_sub_process_undoes_the_scope_around_it():
    office = Journal()
    nodes, line = handled("a")
    d = process(
        "p", begin(), *nodes, user("u"), end(), flow("begin", "a", "u", "done"), 
        event_sub("esp", begin("on", message("stop")), throw("t", compensate()), user("tell"), end("e9"), flow("on", "t", "tell", "e9")), line,
    )  # fmt: skip
    s = Story(d, office=office).send("stop")
    assert office.done == ["a", "un_a"]
    assert s.open() == ["tell"]
    assert s.do("tell").status == "COMPLETED"


def test_a_handler_that_fails_is_retried_and_the_rest_follows():
    broken = [True]

    def un_b():
        if broken:
            raise RuntimeError("冲销失败")
        return {}

    office = Journal(steps={"un_b": un_b})
    with pytest.raises(StepFailed) as failure:
        Story(with_handlers("ab", throw("t", compensate()), user("z"), end(), flow("begin", "a", "b", "t", "z", "done")), office=office)
    assert failure.value.node_id == "un_b"
    run = failure.value.run
    broken.clear()
    run.retry()
    assert [task.node_id for task in run.ready()] == ["z"]
    assert office.done == ["a", "b", "un_b", "un_b", "un_a"]


def test_a_return_before_the_activity_forgets_it_and_its_handler():
    s = Story(by_people(compensate())).do("a").back_to("a")
    assert s.open() == ["a"]
    s.do("a")
    assert s.open() == ["ha"]
    s.do("ha").back_to("a").do("a")
    assert s.open() == ["ha"]
    assert s.do("ha").do("z").status == "COMPLETED"


def test_a_handler_is_no_target_of_a_return():
    s = Story(by_people(compensate())).do("a")
    with pytest.raises(NotResettable):
        s.run.reset_to("ha")
    assert s.do("ha").open() == ["z"]


# transactions


def booking(*extra, cancel_when="refused"):
    """A transaction: a and b are done, then somebody decides."""
    (na, la), (nb, lb) = handled("a"), handled("b")
    return process(
        "p", begin(),
        node("transaction", "tx", "".join([
            begin("s0"), *na, *nb, user("decide"), exclusive("g", default="f_g_s9"), end("s9"), end("cancelled", CANCEL), parallel("f"), user("side"), end("s8"),
            flow("s0", "a", "f", "b", "decide", "g"), flow("f", "side", "s8"), flow("g", "s9"), flow("g", "cancelled", when=cancel_when), la, lb,
        ])),
        boundary("undone", "tx", CANCEL), boundary("wrong", "tx", error("E")), user("after_cancel"), user("after_error"), user("after"), end(),
        flow("begin", "tx", "after", "done"), flow("undone", "after_cancel", "done"), flow("wrong", "after_error", "done"), *extra,
    )  # fmt: skip


def test_a_transaction_that_succeeds_is_a_sub_process():
    office = Journal()
    s = Story(booking(), office=office).do("decide").do("side")
    assert s.open() == ["after"]
    assert office.done == ["a", "b"]


def test_a_cancelled_transaction_ends_its_tokens_undoes_what_was_done_and_leaves_by_its_cancel_event():
    office = Journal(steps={"un_a": lambda: {"undone": True}})
    s = Story(booking(), office=office).do("decide", refused=True)
    assert office.done == ["a", "b", "un_b", "un_a"]
    assert (s.open(), s.waits()) == (["after_cancel"], [])
    assert s.data == {"refused": True, "undone": True}
    assert s.do("after_cancel").status == "COMPLETED"


def test_an_error_leaves_a_transaction_without_undoing():
    def wrong():
        raise ErrorThrown("E")

    office = Journal(steps={"b": wrong})
    s = Story(booking(), office=office)
    assert s.open() == ["after_error"]
    assert office.done == ["a", "b"]


def test_the_cancel_waits_for_people_who_undo():
    event, line = undo("a", "ha")
    d = process(
        "p", begin(), node("transaction", "tx", "".join([begin("s0"), user("a"), event, undoing(user("ha")), end("c", CANCEL), flow("s0", "a", "c"), line])),
        boundary("undone", "tx", CANCEL), user("z"), end(), flow("begin", "tx", "done"), flow("undone", "z", "done"),
    )  # fmt: skip
    s = Story(d).do("a", x=1)
    assert s.open() == ["ha"]
    assert s.do("ha", y=2).open() == ["z"]
    assert s.data == {"x": 1, "y": 2}


def refusals(files):
    with pytest.raises(BpmnError) as refusal:
        parse_processes({"p": files}, {})
    return {(f.field, f.code.rpartition(".")[2]) for f in refusal.value.findings}


def test_what_cannot_be_undone_as_drawn_is_refused_on_its_element():
    event, line = undo("a", "ha")
    lone = process("p", begin(), user("a"), event, undoing(user("ha")), end(), flow("begin", "a", "done"))
    assert {("a_undo", "compensation_handler"), ("ha", "compensation_handler")} <= refusals(lone)
    named = process("p", begin(), user("a"), throw("t", compensate("a")), end(), flow("begin", "a", "t", "done"))
    assert ("t", "compensation_target") in refusals(named)


# sub-processes undone from inside


def nest(*ids, repeated="", of="s"):
    """A sub-process with these steps, one after the other, each with what undoes it."""
    made = [handled(id) for id in ids]
    nodes = "".join(part for parts, _line in made for part in parts)
    return sub(of, repeated, begin(f"{of}0"), nodes, end(f"{of}9"), flow(f"{of}0", *ids, f"{of}9"), *(line for _parts, line in made))


def test_a_completed_sub_process_without_handler_is_undone_from_inside_in_its_place_in_the_order():
    office = Journal()
    (first, l1), (last, l2) = handled("a"), handled("z")
    d = process("p", begin(), *first, nest("b", "c"), *last, throw("t", compensate()), end(), flow("begin", "a", "s", "z", "t", "done"), l1, l2)
    assert Story(d, office=office).status == "COMPLETED"
    assert office.done == ["a", "b", "c", "z", "un_z", "un_c", "un_b", "un_a"]


def test_it_may_be_named_and_lies_two_levels_deep_and_is_undone_once():
    office = Journal()
    inner, line = handled("b")
    d = process(
        "p", begin(), sub("s", begin("s0"), *inner, nest("c", of="s2"), end("s9"), flow("s0", "b", "s2", "s9"), line), throw("t", compensate("s")),
        throw("t2", compensate()), end(), flow("begin", "s", "t", "t2", "done"),
    )  # fmt: skip
    assert Story(d, office=office).status == "COMPLETED"
    assert office.done == ["b", "c", "un_c", "un_b"]


def test_a_sub_process_that_goes_on_or_was_interrupted_is_not_undone():
    office = Journal()
    inner, line = handled("b")
    d = process(
        "p", begin(), parallel("f"), sub("s", begin("s0"), *inner, user("u"), end("s9"), flow("s0", "b", "u", "s9"), line), boundary("late", "s", timer("P1D")),
        end("over"), user("x"), throw("t", compensate()), end(), flow("begin", "f", "s", "over"), flow("late", "over"), flow("f", "x", "t", "done"),
    )  # fmt: skip
    assert Story(d, office=office).do("x").open() == ["u"]
    assert Story(d, office=office).pass_time(days=1).do("x").status == "COMPLETED"
    assert "un_b" not in office.done
    Story(d, office=office).do("u").do("x")
    assert office.done[-1] == "un_b"


def people_inside(own="", thrown=compensate(), *, lone=True):
    """A sub-process of two people's tasks, a and b; ``own`` is its compensation event sub-process."""
    (one, l1), (two, l2) = undo("a", "ha"), undo("b", "hb")
    return process(
        "p", begin(), sub("s", begin("s0"), user("a"), one, undoing(user("ha")), user("b"), two, undoing(user("hb")), own, end("s9"), flow("s0", "a", "b", "s9"), l1, l2),
        user("x"), throw("t", thrown), user("z"), end(), flow("begin", "s", "x", "t", "z", "done"),
    )  # fmt: skip


def own_undoing(*between, of=""):
    """A compensation event sub-process with these nodes in a row."""
    ids = [f"on{of}", *(re.search(r' id="([^"]*)"', node)[1] for node in between), f"e9{of}"]
    return event_sub(f"esp{of}", begin(ids[0], "<bpmn:compensateEventDefinition/>"), *between, end(ids[-1]), flow(*ids))


def test_its_handlers_see_what_it_left_and_what_else_is_so_now_and_what_they_write_goes_on():
    s = Story(people_inside()).do("a", inside=1, both=1).do("b").do("x", both=2, outside=3)
    assert (s.open(), s.task("hb").path) == (["hb"], ("s",))
    assert s.task("hb").data == {"inside": 1, "both": 1, "outside": 3}
    s.do("hb", undone="b")
    assert s.task("ha").data == {"inside": 1, "both": 1, "outside": 3, "undone": "b"}
    s.do("ha")
    assert s.task("z").data == {"inside": 1, "both": 2, "outside": 3, "undone": "b"}
    assert s.do("z").status == "COMPLETED"


def test_its_compensation_event_sub_process_decides_and_may_undo_what_is_inside():
    own = own_undoing(user("k"), throw("in", compensate("b")), user("k2"))
    s = Story(people_inside(own)).do("a", inside=1).do("b").do("x")
    assert (s.open(), s.task("k").path, s.task("k").data) == (["k"], ("s", "esp"), {"inside": 1})
    s.do("k", told=True)
    assert (s.open(), s.task("hb").data) == (["hb"], {"inside": 1, "told": True})
    s.do("hb", undone=True)
    assert s.open() == ["k2"]
    assert s.task("k2").data == {"inside": 1, "told": True, "undone": True}
    assert s.do("k2").open() == ["z"]
    assert s.data == {"inside": 1, "told": True, "undone": True}


def test_without_waiting_its_own_handler_ends_after_those_it_threw():
    s = Story(people_inside(own_undoing(throw("in", compensate(wait=False)), user("k")))).do("a").do("b").do("x")
    assert sorted(s.open()) == ["hb", "k"]
    assert s.do("k").open() == ["hb"]
    assert s.do("hb").open() == ["ha"]
    assert s.do("ha").open() == ["z"]


def test_it_does_not_start_with_the_others_and_never_listens():
    own = own_undoing(user("k")) + event_sub("ask", begin("q", message("m"), isInterrupting="false"), user("answer"), end("q9"), flow("q", "answer", "q9"))
    s = Story(people_inside(own)).do("a")
    assert s.open() == ["b"]
    s.do("b").do("x")
    assert (s.open(), s.waits()) == (["k"], [])


@pytest.mark.parametrize("sequential", [True, False])
def test_each_instance_is_undone_for_itself_the_latest_first(sequential):
    event, line = undo("a", "ha")
    inside = [begin("s0"), user("a"), event, undoing(user("ha")), end("s9"), flow("s0", "a", "s9"), line]
    d = process("p", begin(), sub("s", many("members", sequential=sequential), *inside), throw("t", compensate("s")), end(), flow("begin", "s", "t", "done"))
    s = Story(d, data={"members": ["x", "y", "z"]})
    for item in "xyz":
        s.run.complete(next(task.id for task in s.run.ready() if task.data["mi_item"] == item), {"got": item})
    for item in "zyx":
        assert [(task.data["mi_item"], task.data["got"]) for task in s.run.ready()] == [(item, item)]
        s.do("ha", undone=item)
    assert (s.status, s.data["undone"]) == ("COMPLETED", "x")
    assert "mi_item" not in s.data


def test_every_round_of_a_loop_is_undone():
    office = Journal()
    d = process("p", begin(), nest("a", repeated=loop(most=3)), end("done", compensate()), flow("begin", "s", "done"))
    assert Story(d, office=office).status == "COMPLETED"
    assert office.done == ["a"] * 3 + ["un_a"] * 3


def test_a_called_process_is_closed():
    office = Journal()
    inner, line = handled("a")
    child = process_xml("child", begin("c0"), *inner, end("c9"), flow("c0", "a", "c9"), line)
    d = process_xml("p", begin(), call("c", "child"), throw("t", compensate()), end(), flow("begin", "c", "t", "done"))
    assert Story(document(d, child), office=office).status == "COMPLETED"
    assert office.done == ["a"]


def test_a_handler_on_the_border_stands_for_all_inside():
    office = Journal()
    event, line = undo("s", "whole")
    d = process("p", begin(), nest("a"), event, undoing(service("whole", "whole")), throw("t", compensate()), end(), flow("begin", "s", "t", "done"), line)
    assert Story(d, office=office).status == "COMPLETED"
    assert office.done == ["a", "whole"]


def test_an_event_sub_process_undoes_its_own_work_too_and_that_of_an_earlier_one():
    office = Journal()
    (outer, l1), (inner, l2), (asked, l3) = handled("a"), handled("b"), handled("q")
    d = process(
        "p", begin(), *outer, user("u"), end(), flow("begin", "a", "u", "done"),
        event_sub("ask", begin("on1", message("ask"), isInterrupting="false"), *asked, end("e8"), flow("on1", "q", "e8"), l3),
        event_sub("esp", begin("on", message("stop")), *inner, throw("t", compensate()), throw("t2", compensate("a")), end("e9"), flow("on", "b", "t", "t2", "e9"), l2), l1,
    )  # fmt: skip
    s = Story(d, office=office).send("ask").send("stop")
    assert s.status == "COMPLETED"
    assert office.done == ["a", "q", "b", "un_b", "un_q", "un_a"]


def test_what_a_border_event_led_to_is_undone_before_its_activity():
    office = Journal()
    (host, line), (beside, l2) = undo("u", "un_u"), handled("b")
    d = process(
        "p", begin(), user("u"), host, undoing(service("un_u", "un_u")), boundary("ask", "u", message("ask"), interrupting=False), *beside, end("e2"),
        throw("t", compensate()), end(), flow("begin", "u", "t", "done"), flow("ask", "b", "e2"), line, l2,
    )  # fmt: skip
    assert Story(d, office=office).send("ask").do("u").status == "COMPLETED"
    assert office.done == ["b", "un_b", "un_u"]


def test_an_error_while_undoing_inside_leaves_by_the_throwers_scope():
    def wrong():
        raise ErrorThrown("E")

    office = Journal(steps={"un_c": wrong})
    d = process("p", begin(), nest("b", "c"), throw("t", compensate()), end(), flow("begin", "s", "t", "done"), event_sub("esp", begin("on", error("E")), user("k"), end("e9"), flow("on", "k", "e9")))
    s = Story(d, office=office)
    assert (office.done, s.open()) == (["b", "c", "un_c"], ["k"])
    assert s.do("k").status == "COMPLETED"


def test_a_handler_inside_that_fails_is_retried():
    broken = [True]

    def un_c():
        if broken:
            raise RuntimeError("冲销失败")
        return {}

    office = Journal(steps={"un_c": un_c})
    with pytest.raises(StepFailed) as failure:
        Story(process("p", begin(), nest("b", "c"), throw("t", compensate()), end(), flow("begin", "s", "t", "done")), office=office)
    broken.clear()
    failure.value.run.retry()
    assert failure.value.run.status == "COMPLETED"
    assert office.done == ["b", "c", "un_c", "un_c", "un_b"]


def test_returns_while_it_is_undone():
    s = Story(people_inside(own_undoing(user("k"), throw("in", compensate()), user("k2")))).do("a").do("b").do("x").do("k")
    assert s.open() == ["hb"]
    assert s.back_to("k").open() == ["k"]
    assert s.do("k").open() == ["hb"]
    assert s.do("hb").do("ha").back_to("k2").do("k2").open() == ["z"]
    assert s.back_to("x").do("x").open() == ["k"]
    assert s.do("k").back_to("s").open() == ["a"]
    assert s.do("a").do("b").do("x").do("k").open() == ["hb"]


def test_a_cancel_undoes_what_a_sub_process_under_way_had_done():
    office = Journal()
    (na, la), (nb, lb) = handled("a"), handled("b")
    s = Story(process(
        "p", begin(), node("transaction", "tx", "".join([
            begin("s0"), *na, parallel("f"), sub("in", begin("i0"), *nb, user("u"), own_undoing(user("never")), end("i9"), flow("i0", "b", "u", "i9"), lb), end("s9"),
            user("stop"), end("c", CANCEL), flow("s0", "a", "f", "in", "s9"), flow("f", "stop", "c"), la,
        ])),
        boundary("undone", "tx", CANCEL), end(), flow("begin", "tx", "done"), flow("undone", "done"),
    ), office=office)  # fmt: skip
    assert s.do("stop").status == "COMPLETED"
    assert office.done == ["a", "b", "un_b", "un_a"]


def test_a_return_before_a_cancel_brings_the_other_tokens_back():
    event, line = undo("a", "ha")
    s = Story(process(
        "p", begin(), node("transaction", "tx", "".join([
            begin("s0"), user("a"), event, undoing(user("ha")), parallel("f"), user("decide"), exclusive("g", default="f_g_j"), sub("in", begin("i0"), user("u"), end("i9"), flow("i0", "u", "i9")),
            user("v"), boundary("late", "v", timer("P1D")), end("s8"), parallel("j"), end("s9"), end("c", CANCEL),
            flow("s0", "a", "f", "decide", "g", "j", "s9"), flow("f", "in", "j"), flow("f", "v", "j"), flow("late", "s8"), flow("g", "c", when="refused"), line,
        ])),
        boundary("undone", "tx", CANCEL), end(), flow("begin", "tx", "done"), flow("undone", "done"),
    )).do("a").do("v").do("decide", refused=True)  # fmt: skip
    assert s.open() == ["ha"]
    s.back_to("decide")
    assert sorted(s.open()) == ["decide", "u"]
    assert s.do("decide", refused=False).do("u").status == "COMPLETED"


def test_a_completed_transaction_is_undone_like_a_sub_process():
    office = Journal()
    text = nest("a", "b").replace("bpmn:subProcess", "bpmn:transaction")
    assert Story(process("p", begin(), text, throw("t", compensate()), end(), flow("begin", "s", "t", "done")), office=office).status == "COMPLETED"
    assert office.done == ["a", "b", "un_b", "un_a"]


def test_compensation_that_nobody_or_two_would_do_is_refused():
    own = own_undoing(user("k"))
    of_process = process("p", begin(), user("a"), end(), flow("begin", "a", "done"), own)
    assert ("esp", "compensation_subprocess") in refusals(of_process)
    event, line = undo("s", "hs")
    both = process("p", begin(), sub("s", begin("s0"), own, end("s9"), flow("s0", "s9")), event, undoing(user("hs")), end(), flow("begin", "s", "done"), line)
    assert ("esp", "compensation_twice") in refusals(both)
    twice = process("p", begin(), sub("s", begin("s0"), own, own_undoing(user("k2"), of="2"), end("s9"), flow("s0", "s9")), end(), flow("begin", "s", "done"))
    assert ("esp2", "compensation_twice") in refusals(twice)
    inside = process("p", begin(), nest("a"), throw("t", compensate("a")), end(), flow("begin", "s", "t", "done"))
    assert ("t", "compensation_target") in refusals(inside)


def test_a_compensation_event_needs_one_activity_and_a_handler_of_its_own():
    (one, line), (two, line2) = undo("s", "hs"), undo("b", "hs")
    shared = process("p", begin(), user("s"), one, user("b"), two, undoing(user("hs")), end(), flow("begin", "s", "b", "done"), line, line2)
    assert ("b_undo", "compensation_twice") in refusals(shared)
    again = one.replace("s_undo", "s_undo2")
    doubled = process("p", begin(), user("s"), one, again, undoing(user("hs")), undoing(user("h2")), end(), flow("begin", "s", "done"), line, line.replace("as_s", "as_2").replace("s_undo", "s_undo2").replace('"hs"', '"h2"'))
    assert ("s_undo2", "compensation_twice") in refusals(doubled)
    for host in (exclusive("s"), catch("s", timer("P1D"))):
        assert ("s_undo", "boundary_host") in refusals(process("p", begin(), host, one, undoing(user("hs")), end(), flow("begin", "s", "done"), line))
    to_itself = process("p", begin(), user("s"), one, end(), flow("begin", "s", "done"), line.replace('targetRef="hs"', 'targetRef="s_undo"'))
    assert ("s_undo", "compensation_handler") in refusals(to_itself)
