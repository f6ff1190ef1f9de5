"""The lint names every trap on its element and says in Chinese what to fill in; it never fails itself."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.workflow.definitions.lint import LintContext, StepShape, lint_bpmn
from app.workflow.engine import BpmnError, parse_processes
from workflow.engine.diagrams import *

CONTEXT = LintContext(
    forms={"a/b": ["amount_fen", "decision"]},
    steps={"ledger.post": StepShape(frozenset({"amount", "memo"}), frozenset({"amount"}), frozenset({"amount_fen", "ok"}))},
    checks={"a/check", "py:uscc"},
    decisions={"authority": ["level"]},
    processes={"sub_committee"},
    roles={"PM_A", "BIZ_HEAD"},
    datasets={"project"},
)


def task(id="fill", body="", **properties):
    return user(id, body, **({"form": "a/b", "role": "PM_A"} | properties))


def line(*nodes, extra=""):
    ids = [n.split('id="')[1].split('"')[0] for n in nodes]
    return process("proc_p", begin(), *nodes, end(), flow("begin", *ids, "done"), extra)


def found(xml, context=CONTEXT):
    return {(f.element_id, f.code, f.severity) for f in lint_bpmn("t.bpmn", xml, context) if f.code != "no_edge"}


def codes(xml, context=CONTEXT):
    return {code for _, code, _ in found(xml, context)}


def test_a_good_diagram_has_no_findings():
    xml = process(
        "proc_p", begin(), task(checks="a/check, py:uscc", onComplete="ledger.post", due="P2D", escalate="BIZ_HEAD"),
        service("post", "ledger.post", amount="amount_fen", memo="project.name"), rule("decide", "authority"),
        exclusive("g", default="f_g_done"), call("c", "sub_committee"), catch("wait", timer("P1D"), working_time="true"), end(),
        flow("begin", "fill", "post", "decide", "g", "done"), flow("g", "c", when='level = "A" and ok'), flow("c", "wait", "done"),
    )  # fmt: skip
    assert found(xml) == set()


def test_list_columns_read_what_the_process_provides():
    def with_column(text):
        extension = f'<bpmn:extensionElements><spiffworkflow:properties><spiffworkflow:property name="column:one" value="{text}" /></spiffworkflow:properties></bpmn:extensionElements>'
        return line(task(onComplete="ledger.post")).replace(b'isExecutable="true">', b'isExecutable="true">' + extension.encode(), 1)

    assert found(with_column("金额; money; amount_fen + project.fee_fen")) == set()
    assert found(with_column("金额; money; amuont_fen")) == {("proc_p", "unknown_name", "WARN")}


UNDOING_INSIDE = event_sub("x", begin("on", compensate()), task("u"), end("e9"), flow("on", "u", "e9"))
"""An event sub-process that compensates the sub-process it stands in."""
TRAPS = {
    "plain_task": line(node("task", "x")),
    "complex_gateway": line(node("complexGateway", "x")),
    "adhoc_condition": line(node("adHocSubProcess", "x", task("a"))),
    "adhoc_order": line(adhoc("x", "a_decision = 1", task("a"), ordering="Sequential")),
    "adhoc_remaining": line(adhoc("x", "a_decision = 1", task("a"), cancelRemainingInstances="false")),
    "adhoc_events": line(adhoc("s", "a_decision = 1", begin("x"), task("a"), end("s9"), flow("x", "a", "s9"))),
    "adhoc_entry": line(adhoc("s", "a_decision = 1", task("a"), service("x", "ledger.post", amount="1"))),
    "adhoc_border": line(adhoc("s", "a_decision = 1", task("a"), boundary("x", "a", timer("P1D")), task("b"), flow("x", "b"))),
    "link_target": line(task(), extra=parallel("f") + throw("x", '<bpmn:linkEventDefinition name="l"/>') + flow("begin", "f", "x")),
    "link_place": line(task(), extra=begin("x", '<bpmn:linkEventDefinition name="l"/>') + end("e2") + flow("x", "e2")),
    "link_flow": line(throw("x", '<bpmn:linkEventDefinition name="l"/>')),
    "compensation_subprocess": line(task("a"), extra=UNDOING_INSIDE),
    "compensation_catch": line(catch("x", "<bpmn:compensateEventDefinition/>")),
    "compensation_repeated": line(task("x", many("project")), extra=undo("x", "ux")[0] + undoing(task("ux")) + undo("x", "ux")[1]),
    "compensation_flow": line(task("a"), undoing(task("x")), extra="".join(undo("a", "x"))),
    "compensation_border": line(task("a"), extra=undo("a", "ua")[0] + undoing(task("ua")) + boundary("x", "ua", timer("P1D")) + end("e2") + flow("x", "e2") + undo("a", "ua")[1]),
    "compensation_handler": line(task("a"), extra=undo("a", "x")[0] + undoing(task("x"))),
    "compensation_target": line(task("a"), throw("x", compensate("a"))),
    "compensation_twice": line(sub("s", begin("s0"), task("a"), end("s9"), flow("s0", "a", "s9"), UNDOING_INSIDE), extra=undo("s", "us")[0] + undoing(task("us")) + undo("s", "us")[1]),
    "cancel_place": process("proc_p", begin(), end("x", CANCEL), flow("begin", "x")),
    "cancel_unheard": line(node("transaction", "x", begin("s0") + end("s9", CANCEL) + flow("s0", "s9"))),
    "correlation": line(catch("x", message("m"))).replace(b"<bpmn:process", b'<bpmn:collaboration id="col"><bpmn:correlationKey id="k"><bpmn:correlationPropertyRef>p1</bpmn:correlationPropertyRef><bpmn:correlationPropertyRef>p2</bpmn:correlationPropertyRef></bpmn:correlationKey></bpmn:collaboration><bpmn:correlationProperty id="p1"><bpmn:correlationPropertyRetrievalExpression messageRef="msg_m"><bpmn:messagePath>no</bpmn:messagePath></bpmn:correlationPropertyRetrievalExpression></bpmn:correlationProperty><bpmn:process', 1),
    "multiple_events": line(catch("x", timer("P1D") + message("m"))),
    "endless_loop": line(task("x", "<bpmn:standardLoopCharacteristics/>")),
    "scripts_around": line(node("userTask", "x", inner_extensions="<spiffworkflow:preScript>a</spiffworkflow:preScript>", properties={"form": "a/b", "role": "PM_A"})),
    "throw_timer": line(throw("x", timer("P1D"))),
    "catch_without_event": line(catch("x", "")),
    "event_subprocess_none_start": line(task(), extra=event_sub("esp", begin("x"), end("e0"), flow("x", "e0"))),
    "inner_start": line(sub("s", begin("x", message("m")), end("e0"), flow("x", "e0"))),
    "data_object": line(task("x", "<bpmn:ioSpecification><bpmn:inputSet/><bpmn:outputSet/></bpmn:ioSpecification>")),
    "ignored_condition": process("proc_p", begin(), task(), end(), flow("begin", "fill", when="ok", id="x"), flow("fill", "done")),
    "no_default": process("proc_p", begin(), exclusive("x"), end(), end("e2"), flow("begin", "x"), flow("x", "done", when="ok"), flow("x", "e2", when="ok")),
    "unreachable": process("proc_p", begin(), task("x"), end(), end("e2"), flow("begin", "done"), flow("x", "e2")),
    "never_ends": process("proc_p", begin(), parallel("f"), exclusive("m"), task("x"), end(), flow("begin", "f", "m", "x", "m"), flow("f", "done")),
    "dead_end": process("proc_p", begin(), parallel("f"), task("x"), end(), flow("begin", "f", "x"), flow("f", "done")),
    "form_missing": line(user("x", role="PM_A")),
    "form_unknown": line(task("x", form="a/c")),
    "role_missing": line(user("x", form="a/b")),
    "role_unknown": line(task("x", role="BOSS")),
    "check_unknown": line(task("x", checks="a/check,a/nope")),
    "step_unknown": line(service("x", "ledger.nope")),
    "step_missing": line(node("serviceTask", "x")),
    "parameter_unknown": line(service("x", "ledger.post", amount="1", colour="2")),
    "parameter_missing": line(service("x", "ledger.post", memo='"m"')),
    "decision_missing": line(rule("x", "nope")),
    "process_missing": line(call("x", "nope")),
    "due": line(task("x", due="2 days")),
    "feel": line(service("x", "ledger.post", amount="1 +")),
    "script_format": line(node("scriptTask", "x", "<bpmn:script>import os</bpmn:script>", scriptFormat="python")),
    "timer": line(catch("x", timer("P2X"))),
    "feel_missing": line(catch("x", "<bpmn:timerEventDefinition/>")),
    "boundary_host": line(task(), extra=boundary("x", "done", timer("P1D")) + end("e2") + flow("x", "e2")),
    "event_gateway": process("proc_p", begin(), event_gateway("x"), task(), end(), flow("begin", "x", "fill", "done")),
    "reference": line(catch("x", "<bpmn:messageEventDefinition/>")),
    "unknown_name": process("proc_p", begin(), exclusive("g", default="x"), end(), end("e2"), flow("begin", "g"), flow("g", "done", id="x"), flow("g", "e2", when="amuont > 1")),
    "unknown_function": process("proc_p", begin(), exclusive("g", default="x"), end(), end("e2"), flow("begin", "g"), flow("g", "done", id="x"), flow("g", "e2", when="nosuch(1) > 1")),
    "id_style": line(task("Task_1x")),
    "join_never_full": process("proc_p", begin(), exclusive("g", default="f_g_a"), exclusive("a"), exclusive("b"), parallel("x"), end(), flow("begin", "g", "a", "x", "done"), flow("g", "b", when="ok"), flow("b", "x")),
    "id": line(task("End")),
    "event_reference": line(throw("x", "<bpmn:eventDefinitionRef>bpmn:later</bpmn:eventDefinitionRef>")).replace(b"<bpmn:process", b'<bpmn:messageEventDefinition id="later"/><bpmn:process'),
    "quantity": line(task("x")).replace(b'<bpmn:userTask id="x"', b'<bpmn:userTask completionQuantity="2" id="x"'),
    "instantiate": line(node("receiveTask", "x", instantiate="true", messageRef="msg_m"), extra=task("y", many("project")) + boundary("b", "y", message("m")) + flow("b", "done")),
    "parallel_event_gateway": process("proc_p", begin(), node("eventBasedGateway", "x", eventGatewayType="Parallel"), catch("c", timer("P1D")), end(), flow("begin", "x", "c", "done")),
    "instance_events": line(task("x", many("project").replace("<bpmn:multi", '<bpmn:multi').replace("isSequential", 'behavior="None" isSequential'))),
    "error_not_interrupting": line(task("x1"), extra=boundary("x", "x1", error("E"), interrupting=False) + end("e2") + flow("x", "e2")),
    "boundary_incoming": line(task("x1"), exclusive("g", default="f_g_done"), extra=boundary("x", "x1", timer("P1D")) + end("e2") + flow("x", "e2") + flow("g", "x", when="true")),
    "event_subprocess_flow": line(task(), extra=event_sub("x", begin("on", message("m")), end("e9"), flow("on", "e9")) + end("e2") + flow("x", "e2")),
    "not_executable": line(task()).replace(b'isExecutable="true"', b'isExecutable="false"'),
    "event_start": process("proc_p", begin("x", condition("project.late")), task(), end(), flow("x", "fill", "done")),
    "unheard": line(task(), throw("x", signal("s"))),
    "join_may_stall": process("proc_p", begin(), parallel("f"), exclusive("g", default="f_g_x"), task("a"), parallel("x"), end(), end("e2"), flow("begin", "f", "g", "x", "done"), flow("f", "a", "x"), flow("g", "e2", when="true")),
    "missing_join": process("proc_p", begin(), parallel("f"), task("a"), task("b"), exclusive("x"), task("c"), end(), flow("begin", "f", "a", "x", "c", "done"), flow("f", "b", "x")),
    "maybe_unset": process("proc_p", begin(), exclusive("g", default="f_g_m"), script("s", "{size: 1}"), exclusive("m"), exclusive("x", default="f_x_e2"), end(), end("e2"), flow("begin", "g", "m", "x", "e2"), flow("g", "s", when="project.big"), flow("s", "m"), flow("x", "done", when="size > 1")),
}  # fmt: skip


def compensable(id):
    """A sub-process with an activity that has a handler."""
    event, association = undo("a", "ua")
    return sub(id, begin("s0"), task("a"), event, undoing(task("ua")), end("s9"), flow("s0", "a", "s9"), association)


STOP = node("transaction", "tx", "".join([begin("t0"), compensable("s"), exclusive("g", default="f_g_t9"), end("t9"), end("x", CANCEL), flow("t0", "s", "g", "t9"), flow("g", "x", when="a_decision = 1")]))
NESTED = {
    "a throw that names nothing": line(compensable("s"), throw("x", compensate())),
    "a throw that names the sub-process": line(compensable("s"), throw("x", compensate("s"))),
    "an end event": process("proc_p", begin(), compensable("s"), end("x", compensate()), flow("begin", "s", "x")),
    "two levels down": line(sub("o", begin("o0"), compensable("s"), end("o9"), flow("o0", "s", "o9")), throw("x", compensate())),
    "a throw in an event sub-process": line(compensable("s"), extra=event_sub("esp", begin("on", condition("project.late")), throw("x", compensate()), end("e9"), flow("on", "x", "e9"))),
    "its own event sub-process": line(sub("s", begin("s0"), task("a"), end("s9"), flow("s0", "a", "s9"), UNDOING_INSIDE), throw("t", compensate("s"))),
    "the cancel of a transaction": process("proc_p", begin(), STOP, boundary("out", "tx", CANCEL), end(), end("e2"), flow("begin", "tx", "done"), flow("out", "e2")),
}  # fmt: skip


@pytest.mark.parametrize("shape", NESTED)
def test_a_sub_process_may_be_undone_from_inside(shape):
    assert not {finding for finding in found(NESTED[shape]) if finding[2] == "BLOCK"}
    parse_processes({"t.bpmn": NESTED[shape]}, {})


def test_a_sub_process_with_its_own_handler_is_undone_by_that_one():
    event, association = undo("s", "us")
    xml = line(compensable("s"), throw("t", compensate()), extra=event + undoing(task("us")) + association)
    assert not any(code.startswith("compensation") for code in codes(xml))


CAUGHT = {
    "compensation_subprocess": (TRAPS["compensation_subprocess"], "子流程"),
    "compensation_catch": (process("proc_p", begin("x", compensate()), task(), end(), flow("x", "fill", "done")), "关联线"),
}


@pytest.mark.parametrize("code", CAUGHT)
def test_who_else_catches_a_compensation_is_refused_with_the_way_to_say_it(code):
    xml, way = CAUGHT[code]
    (finding,) = [f for f in lint_bpmn("t.bpmn", xml, CONTEXT) if f.severity == "BLOCK"]
    assert (finding.element_id, finding.code) == ("x", code)
    assert way in finding.fix_zh


GOOD = {
    "by the clock": process("proc_p", begin(), begin("daily", timer("R/2026-01-05T08:00:00/P1D", "timeCycle"), properties={"missed": "each"}), task(), end(), flow("begin", "fill", "done"), flow("daily", "fill")),
    "transaction": process(
        "proc_p", begin(), node("transaction", "tx", "".join([begin("s0"), task("a"), *undo("a", "ua")[:1], undoing(task("ua")), task("b"), exclusive("g", default="f_g_s9"), end("s9"), end("sc", CANCEL), flow("s0", "a", "b", "g"), flow("g", "s9"), flow("g", "sc", when='b_decision = "NO"'), undo("a", "ua")[1]])),
        boundary("undone", "tx", CANCEL), task("z"), end(), end("e2"), flow("begin", "tx", "done"), flow("undone", "z", "e2"),
    ),
    "loop": line(task("x", loop('x_decision = "AGAIN" and loopCounter < 5')), catch("w", timer("R3/PT1H", "timeCycle"))),
    "link": process("proc_p", begin(), throw("t", '<bpmn:linkEventDefinition name="l"/>'), catch("c", '<bpmn:linkEventDefinition name="l"/>'), task("z"), end(), flow("begin", "t"), flow("c", "z", "done")),
    "split": process("proc_p", begin(), task("x"), task("a"), task("b"), parallel("j"), end(), flow("begin", "x", "a", "j", "done"), flow("x", "b", "j")),
    "conditions": process("proc_p", begin(), node("userTask", "x", properties={"form": "a/b", "role": "PM_A"}, default="f_x_m"), task("a"), inclusive("m"), end(), flow("begin", "x"), flow("x", "m"), flow("x", "a", when="project.big"), flow("a", "m", "done")),
    "ad hoc": line(adhoc("s", 'a_decision = "OK"', task("a"), task("b"), service("c", "ledger.post", amount="1"), flow("b", "c"))),
    "condition starts": line(task(), extra=event_sub("esp", begin("on", condition("project.late")), end("e0"), flow("on", "e0"))),
}  # fmt: skip


@pytest.mark.parametrize("what", GOOD)
def test_what_runs_has_no_findings(what):
    assert found(GOOD[what]) == set()


@pytest.mark.parametrize("code", TRAPS)
def test_every_trap_is_named(code):
    findings = [f for f in lint_bpmn("t.bpmn", TRAPS[code], CONTEXT) if f.code == code]
    assert findings, sorted({f.code for f in lint_bpmn("t.bpmn", TRAPS[code], CONTEXT)})
    assert findings[0].message_zh
    assert findings[0].fix_zh
    assert findings[0].element_id


SOFT = {"unknown_name", "id_style", "join_may_stall", "missing_join", "maybe_unset"}


@pytest.mark.parametrize("code", sorted(set(TRAPS) - SOFT))
def test_traps_may_not_be_deployed(code):
    assert any(f.code == code and f.severity == "BLOCK" for f in lint_bpmn("t.bpmn", TRAPS[code], CONTEXT))


def test_a_missing_shape_is_a_warning():
    xml = line(task()).replace(b'bpmnElement="fill"', b'bpmnElement="fell"')
    assert ("fill", "no_shape", "WARN") in found(xml)


def test_a_role_may_stand_on_the_lane():
    lane = (
        '<bpmn:laneSet id="ls"><bpmn:lane id="ln" name="项目经理"><bpmn:extensionElements><spiffworkflow:properties>'
        '<spiffworkflow:property name="role" value="%s"/></spiffworkflow:properties></bpmn:extensionElements>'
        "<bpmn:flowNodeRef>fill</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>"
    )
    xml = process("proc_p", lane % "PM_A", begin(), user("fill", form="a/b"), end(), flow("begin", "fill", "done"))
    assert found(xml) == set()
    assert ("fill", "role_unknown", "BLOCK") in found(process("proc_p", lane % "X", begin(), user("fill", form="a/b"), end(), flow("begin", "fill", "done")))


def test_names_written_on_the_way_are_known():
    xml = process(
        "proc_p", begin(), script("calc", "{level_name: 1}"), service("post", "ledger.post", "answer", amount="level_name"),
        task("vote", many("answer.members", item="member")), call("c", "sub_committee", output="{verdict: x}"),
        catch("paid", message("m"), variable="receipt"), exclusive("g", default="f_g_done"), end(), end("e2"),
        flow("begin", "calc", "post", "vote", "c", "paid", "g", "done"),
        flow("g", "e2", when="vote_decision = 1 and count(vote_results) > 1 and verdict and receipt.no and member and project.x"),
    )  # fmt: skip
    assert found(xml) == set()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "not_xml"),
        (b"hello", "not_xml"),
        (b"\x00\xff\xfe", "not_xml"),
        (b"<a/>", "not_bpmn"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "doctype"),
        ('<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a><a/>'.encode("utf-16"), "doctype"),
        (b"<a>" * 200 + b"</a>" * 200, "too_deep"),
        (b"<a>" + b"<b/>" * 20001 + b"</a>", "too_many"),
        (b" " * (5 * 1024 * 1024 + 1), "too_large"),
        (HEAD.encode() + b"<bpmn:nonsense/></bpmn:definitions>", "schema"),
        (HEAD.encode() + b"</bpmn:definitions>", "no_process"),
        (process("p", task(), end(), flow("fill", "done")), "no_start"),
    ],
)
def test_what_is_no_process_file(content, code):
    assert code in codes(content)


def test_billion_laughs_is_refused_at_once():
    bomb = b'<!DOCTYPE l [<!ENTITY a "ha">' + b"".join(b'<!ENTITY a%d "&a;&a;">' % i for i in range(99)) + b"]><l>&a;</l>"
    assert codes(bomb) == {"doctype"}


def test_a_very_long_process_parses():
    tasks = [task(f"t{n}") for n in range(2000)]
    xml = process("proc_p", begin(), *tasks, end(), flow("begin", *[f"t{n}" for n in range(2000)], "done"))
    assert not {c for c in codes(xml) if c == "internal"}
    assert "proc_p" in parse_processes({"p": xml}, {})


BASE = list(TRAPS.values())[:40:5] + [
    process("proc_p", begin(), task(), boundary("late", "fill", timer("P1D")), sub("s", begin("s0"), end("e0"), flow("s0", "e0")), end(), flow("begin", "fill", "s", "done"), flow("late", "done"), event_sub("esp", begin("on", message("m")), end("e9"), flow("on", "e9"))),
]  # fmt: skip
WORDS = [b"", b"fill", b"x", b"done", b"begin", b"None", b"'", b'"', b"]", b"&lt;", b"\xe9\x9b\xb6", b"P1D", b"<", b">", b"true", b"id", b"0"]


@given(seed=st.integers(0, 2**32))
@settings(max_examples=400, deadline=None)
def test_mutated_files_never_break_the_lint(seed):
    rng = random.Random(seed)
    xml = bytearray(rng.choice(BASE))
    for _ in range(rng.randint(1, 4)):
        match rng.randrange(4):
            case 0:  # an attribute value becomes another
                spots = [i for i in range(len(xml) - 1) if xml[i : i + 2] == b'="']
                at = rng.choice(spots) + 2
                until = xml.find(b'"', at)
                xml[at:until] = rng.choice(WORDS).replace(b'"', b"").replace(b"<", b"")
            case 1:  # an element goes
                at = xml.find(b"<bpmn:", rng.randrange(len(xml)))
                until = xml.find(b">", at)
                if at > 0:
                    del xml[at : until + 1]
            case 2:  # a tag is called otherwise
                names = [b"userTask", b"boundaryEvent", b"startEvent", b"endEvent", b"sequenceFlow", b"subProcess", b"serviceTask", b"callActivity"]
                old, new = rng.choice(names), rng.choice(names)
                xml = bytearray(bytes(xml).replace(old, new))
            case 3:  # noise
                at = rng.randrange(len(xml))
                xml[at:at] = rng.choice(WORDS)
    findings = lint_bpmn("t.bpmn", bytes(xml), CONTEXT)
    assert "internal" not in {f.code for f in findings}
    assert all(f.message_zh and f.fix_zh for f in findings)
    if not any(f.severity == "BLOCK" for f in findings):
        try:
            parse_processes({"t": bytes(xml)}, {})
        except BpmnError as refusal:  # decisions and called processes are in other files
            assert {f.code.split(".")[-1] for f in refusal.findings} <= {"decision_missing", "process_missing"}



def test_what_passes_the_lint_parses():
    xml = line(task(), service("post", "ledger.post", amount="1"))
    assert not any(f.severity == "BLOCK" for f in lint_bpmn("t", xml, CONTEXT))
    assert set(parse_processes({"t": xml}, {})) == {"proc_p"}
