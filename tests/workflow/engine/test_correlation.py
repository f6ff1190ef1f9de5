"""Correlation keys: BPMN 2.0.2 §8.4.2. What a thrown message names, and what who waits asks for."""

import pytest

from app.workflow.engine import BpmnError, parse_processes, start
from workflow.engine.diagrams import *
from workflow.engine.office import Office, Story

FORMAL = 'xsi:type="bpmn:tFormalExpression"'


def declared(messages, properties=("loan",)):
    """A key of these properties, read from each message's ``no_<property>``."""
    paths = lambda name: "".join(
        f'<bpmn:correlationPropertyRetrievalExpression messageRef="msg_{m}"><bpmn:messagePath {FORMAL}>no_{name}</bpmn:messagePath></bpmn:correlationPropertyRetrievalExpression>'
        for m in messages
    )
    refs = "".join(f"<bpmn:correlationPropertyRef>prop_{name}</bpmn:correlationPropertyRef>" for name in properties)
    return (
        f'<bpmn:collaboration id="col"><bpmn:participant id="part" processRef="p"/><bpmn:correlationKey id="key" name="key">{refs}</bpmn:correlationKey></bpmn:collaboration>'
        + "".join(f'<bpmn:correlationProperty id="prop_{name}" name="{name}">{paths(name)}</bpmn:correlationProperty>' for name in properties)
    )


def subscription(**paths):
    bindings = "".join(
        f'<bpmn:correlationPropertyBinding correlationPropertyRef="prop_{name}"><bpmn:dataPath {FORMAL}>{path}</bpmn:dataPath></bpmn:correlationPropertyBinding>'
        for name, path in paths.items()
    )
    return f'<bpmn:correlationSubscription id="subscription" correlationKeyRef="key">{bindings}</bpmn:correlationSubscription>'


def keyed(*parts, messages=("ask", "answer"), properties=("loan",), **kw):
    return document(process_xml("p", *parts, **kw)).replace(b"<bpmn:process", declared(messages, properties).encode() + b"<bpmn:process", 1)


WAIT = (begin(), catch("w", message("answer")), user("after"), end(), flow("begin", "w", "after", "done"))


def test_who_waits_with_a_subscription_asks_for_what_the_process_holds():
    s = Story(keyed(*WAIT, subscription(loan="contract.loan_no")), data={"contract": {"loan_no": "L7"}})
    [wait] = s.waits()
    assert wait.correlation == {"loan": "L7"}


def test_several_properties_go_together():
    s = Story(keyed(*WAIT, subscription(loan="a", bank="b + 1"), properties=("loan", "bank")), data={"a": "L1", "b": 1})
    assert s.waits()[0].correlation == {"loan": "L1", "bank": 2}


def test_a_thrown_message_names_what_it_carries():
    d = keyed(begin(), throw("t", message("ask"), payload="{no_loan: n, amount: 5}"), end(), flow("begin", "t", "done"))
    [thrown] = start(parse_processes({"p": d}, {})["p"], {"n": "L3"}, Office()).thrown()
    assert (thrown.correlation, thrown.payload) == ({"loan": "L3"}, {"no_loan": "L3", "amount": 5})


def test_without_subscription_the_first_message_says_which_case_it_is():
    talk = (
        begin(), throw("t", message("ask"), payload="{no_loan: n}"), catch("w", message("answer")), user("after"), catch("w2", message("ask")), end(),
        flow("begin", "t", "w", "after", "w2", "done"),
    )  # fmt: skip
    s = Story(keyed(*talk), data={"n": "L5"})
    assert s.waits()[0].correlation == {"loan": "L5"}
    s.send("answer", {"no_loan": "L5"}).do("after", n="other")
    assert s.waits()[0].correlation == {"loan": "L5"}, "the key of a conversation stays"


def test_what_is_received_first_is_the_key_for_all_who_wait():
    d = keyed(
        begin(), parallel("f"), catch("w1", message("ask")), catch("w2", message("answer")), end(), flow("begin", "f", "w1", "done"), flow("f", "w2", "done"),
        event_sub("esp", begin("on", message("answer"), isInterrupting="false"), end("e9"), flow("on", "e9")),
    )  # fmt: skip
    s = Story(d)
    assert [wait.correlation for wait in s.waits()] == [{}, {}, {}]
    s.send("ask", {"no_loan": "L9"})
    assert [wait.correlation for wait in s.waits()] == [{"loan": "L9"}, {"loan": "L9"}]


def test_a_called_process_has_its_own_conversation():
    child = process_xml("child", begin("c0"), catch("w", message("answer")), end("c9"), flow("c0", "w", "c9"))
    main = process_xml("p", begin(), throw("t", message("ask"), payload="{no_loan: 1}"), sub("s", begin("s0"), catch("sw", message("answer")), end("s9"), flow("s0", "sw", "s9")), call("c", "child"), end(), flow("begin", "t", "s", "c", "done"))  # fmt: skip
    d = document(main, child).replace(b"<bpmn:process", declared(("ask", "answer")).encode() + b"<bpmn:process", 1)
    s = Story(d)
    assert s.waits("sw")[0].correlation == {"loan": 1}
    s.send("answer")
    assert s.waits("w")[0].correlation == {}


def test_correlate_of_an_event_goes_before():
    d = keyed(begin(), catch("w", message("answer"), correlate='"X"'), end(), flow("begin", "w", "done"), subscription(loan="a"))
    assert Story(d, data={"a": 1}).waits()[0].correlation == {"key": "X"}


@pytest.mark.parametrize(("sent", "taken"), [("L1", True), ("L2", False)])
def test_inside_an_instance_too_a_message_goes_only_to_who_is_meant(sent, taken):
    d = process(
        "p", begin(), parallel("fork"), catch("w", message("m"), correlate="mine"), user("u"), throw("t", message("m"), correlate="theirs"), end(),
        flow("begin", "fork", "w", "done"), flow("fork", "u", "t", "done"),
    )  # fmt: skip
    s = Story(d, data={"mine": "L1", "theirs": sent})
    s.run.complete(s.task("u").id)
    assert (s.waits() == []) is taken
    assert (s.run.thrown() == []) is taken


def test_the_business_key_stands_for_a_correlation_that_is_not_drawn():
    d = process(
        "p", begin(), parallel("fork"), catch("w", message("m")), user("u"), throw("t", message("m"), correlate="theirs"), end(),
        flow("begin", "fork", "w", "done"), flow("fork", "u", "t", "done"),
    )  # fmt: skip
    for theirs, left in (("B1", 0), ("B2", 1)):
        s = Story(d, data={"business_key": "B1", "theirs": theirs})
        s.run.complete(s.task("u").id)
        assert len(s.waits()) == left


def test_a_key_that_is_not_written_out_is_refused_on_its_event():
    d = keyed(*WAIT, subscription(loan="a"), properties=("loan", "bank"))
    with pytest.raises(BpmnError) as refusal:
        parse_processes({"p": d}, {})
    assert ("w", "workflow.bpmn.correlation") in {(f.field, f.code) for f in refusal.value.findings}
