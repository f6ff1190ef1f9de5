"""Compensation and transactions: BPMN 2.0.2 §10.3.6, §10.7, §13.3.4, §13.5.5. Stored and read at every step."""

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
    nested = process(
        "p", begin(), sub("s", begin("s0"), user("a"), event, undoing(user("ha")), end("s9"), flow("s0", "a", "s9"), line), throw("t", compensate()), end(),
        flow("begin", "s", "t", "done"),
    )  # fmt: skip
    assert ("t", "compensation_nested") in refusals(nested)
