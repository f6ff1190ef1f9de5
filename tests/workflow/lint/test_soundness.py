"""All ways of the tokens are walked: joins that stall, branches that were not joined, data that may not be there."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.workflow.definitions.lint import LintContext, StepShape, lint_bpmn
from app.workflow.definitions.lint.diagram import read_diagram
from app.workflow.definitions.lint.soundness import soundness_findings
from app.workflow.engine import read_document
from app.workflow.engine import parse_processes, start
from tests.workflow.engine.diagrams import *
from tests.workflow.engine.office import Office

CONTEXT = LintContext(
    forms={"a/b": ["decision"]},
    steps={"room.rate": StepShape(frozenset(), frozenset(), frozenset({"rate"}))},
    decisions={"authority": ["level"]},
    decision_reads={"authority": ["rate"]},
    processes={"sub_rate"},
    called_writes={"sub_rate": {"rate"}},
    roles={"PM_A"},
    datasets={"project"},
)


def task(id, body="", **properties):
    return user(id, body, **({"form": "a/b", "role": "PM_A"} | properties))


def found(xml, *codes, context=CONTEXT):
    return [f for f in lint_bpmn("t.bpmn", xml, context) if (not codes and f.severity != "INFO") or f.code in codes]


def sound(*parts):
    root = read_document("t", process("p", *parts))
    return [(f.element_id, f.code, f.severity) for f in soundness_findings(read_diagram(root))]


FORK = [begin(), parallel("f"), task("a"), task("b"), end()]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        pytest.param([*FORK, parallel("j"), flow("begin", "f", "a", "j", "done"), flow("f", "b", "j")], [], id="fork and join"),
        pytest.param([*FORK, end("e2"), flow("begin", "f", "a", "done"), flow("f", "b", "e2")], [], id="two ends need no join"),
        pytest.param([*FORK, exclusive("m"), flow("begin", "f", "a", "m", "done"), flow("f", "b", "m")], [("m", "missing_join", "WARN")], id="merged, not joined"),
        pytest.param([*FORK, flow("begin", "f", "a", "done"), flow("f", "b", "done")], [], id="both end in one end event"),
        pytest.param([*FORK, task("c"), flow("begin", "f", "a", "c", "done"), flow("f", "b", "c")], [("c", "missing_join", "WARN")], id="two flows into a task"),
        pytest.param(
            [begin(), exclusive("g"), task("a"), task("b"), parallel("j"), end(), flow("begin", "g", "a", "j", "done"), flow("g", "b", "j")],
            [("j", "join_never_full", "BLOCK")], id="a choice can never fill a join",
        ),
        pytest.param(
            [begin(), inclusive("g"), task("a"), task("b"), parallel("j"), end(), flow("begin", "g", "a", "j", "done"), flow("g", "b", "j")],
            [("j", "join_may_stall", "WARN")], id="an inclusive split may not fill it",
        ),
        pytest.param(
            [begin(), inclusive("g"), task("a"), task("b"), inclusive("j"), end(), flow("begin", "g", "a", "j", "done"), flow("g", "b", "j")],
            [], id="an inclusive join takes what comes",
        ),
        pytest.param(
            [begin(), parallel("f"), exclusive("x"), task("a"), task("b"), parallel("j"), end(), end("out"), flow("begin", "f", "x", "a", "j", "done"), flow("f", "b", "j"), flow("x", "out")],
            [("j", "join_may_stall", "WARN")], id="a branch that leaves",
        ),
        pytest.param(
            [begin(), parallel("f"), exclusive("x"), task("a"), task("b"), parallel("j"), end(), end("out", TERMINATE), flow("begin", "f", "x", "a", "j", "done"), flow("f", "b", "j"), flow("x", "out")],
            [], id="a branch that ends everything",
        ),
        pytest.param(
            [begin(), parallel("f"), exclusive("m"), task("a"), exclusive("x"), task("b"), parallel("j"), end(), flow("begin", "f", "m", "a", "x", "j", "done"), flow("x", "m"), flow("f", "b", "j")],
            [], id="a loop inside a branch",
        ),
        pytest.param(
            [begin(), parallel("f"), task("a"), task("b"), parallel("j"), exclusive("x"), end(), flow("begin", "f", "a", "j", "x", "done"), flow("f", "b", "j"), flow("x", "a")],
            [("j", "join_may_stall", "WARN")], id="back into one branch",
        ),
        pytest.param(
            [begin(), task("a"), boundary("late", "a", timer("P1D"), interrupting=False), task("n"), end(), end("e2"), flow("begin", "a", "done"), flow("late", "n", "e2")],
            [], id="a reminder beside",
        ),
        pytest.param(
            [begin(), task("a"), boundary("late", "a", timer("P1D"), interrupting=False), task("n"), end(), flow("begin", "a", "n", "done"), flow("late", "n")],
            [("n", "missing_join", "WARN")], id="a reminder into the main line",
        ),
        pytest.param(
            [begin(), parallel("f"), task("a"), boundary("late", "a", timer("P1D")), task("b"), parallel("j"), end(), end("e2"), flow("begin", "f", "a", "j", "done"), flow("f", "b", "j"), flow("late", "e2")],
            [("j", "join_may_stall", "WARN")], id="an interrupted branch",
        ),
        pytest.param(
            [begin(), event_gateway("g"), catch("c1", timer("P1D")), catch("c2", message("m")), parallel("j"), end(), flow("begin", "g", "c1", "j", "done"), flow("g", "c2", "j")],
            [("j", "join_never_full", "BLOCK")], id="the first event only",
        ),
    ],
)  # fmt: skip
def test_what_the_tokens_do(parts, expected):
    assert sound(*parts) == expected


def test_the_example_names_the_choices():
    parts = [begin(), parallel("f"), exclusive("x"), task("a"), task("b"), parallel("j"), end(), end("out"), flow("begin", "f", "x", "a", "j", "done"), flow("f", "b", "j"), flow("x", "out")]
    root = read_document("t", process("p", *parts))
    [finding] = soundness_findings(read_diagram(root))
    assert "“x”走向“out”" in finding.message_zh


def test_a_huge_net_is_walked_in_part_and_says_so():
    branches = range(16)
    parts = [begin(), parallel("f"), parallel("j"), end(), flow("begin", "f"), flow("j", "done")]
    for n in branches:
        parts += [exclusive(f"x{n}"), task(f"t{n}"), exclusive(f"m{n}"), flow("f", f"x{n}", f"t{n}", f"m{n}", "j"), flow(f"x{n}", f"m{n}")]
    assert sound(*parts) == [("p", "not_all_walked", "INFO")]


def a_random_net(chance):
    """Parts of a process without loops: user tasks and gateways, each leading to later ones; conditions read ``c``."""
    size = chance.randint(4, 9)
    parts, flows = [begin(), end()], [flow("begin", "n0")]
    for n in range(size):
        later = [f"n{m}" for m in range(n + 1, size)] or ["done"]
        targets = chance.sample(later, min(len(later), chance.choice([1, 1, 2, 2, 3])))
        kind = chance.choice([exclusive, parallel, parallel, inclusive] if len(targets) > 1 else [user, user, exclusive, parallel, inclusive])
        chooses = kind in (exclusive, inclusive)
        parts.append(kind(f"n{n}", default=f"f_n{n}_{targets[0]}") if chooses and len(targets) > 1 else kind(f"n{n}"))
        for target in targets:
            free = not chooses or target == targets[0]
            flows.append(flow(f"n{n}", target, when=None if free else f"n{n}_{target}"))
    return parts, flows


@given(seed=st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_what_gets_stuck_or_runs_twice_was_foretold(seed):
    """The engine is the oracle: random nets, random choices, tasks done in random order."""
    chance = random.Random(seed)
    parts, flows = a_random_net(chance)
    xml = process("p", *parts, *flows)
    told = {f.code for f in soundness_findings(read_diagram(read_document("t", xml)))}
    names = {f"n{a}_{b}" for a in range(10) for b in [*(f"n{m}" for m in range(10)), "done"]}
    for _round in range(4):
        run = start(parse_processes({"p": xml}, {})["p"], {name: chance.random() < 0.5 for name in names}, Office())
        done = []
        while tasks := run.ready():
            task = chance.choice(tasks)
            done.append(task.node_id)
            run.complete(task.id)
        if run.is_stuck:
            # behind branches that were not joined it does not walk on: that is told first
            assert told & {"join_never_full", "join_may_stall", "missing_join"}
        if len(done) != len(set(done)):
            assert "missing_join" in told


# ------------------------------------------------------------------ data


def way(*parts, reads="rate > 1"):
    """``begin … g(reads) → done | e2`` after the given parts, which end in a flow to ``g``."""
    return process("proc_p", begin(), *parts, exclusive("g", default="f_g_e2"), end(), end("e2"), flow("g", "done", when=reads), flow("g", "e2"))


RATE = service("calc", "room.rate")
MAYBE = (exclusive("x", default="f_x_m"), RATE, exclusive("m"), flow("begin", "x", "m"), flow("x", "calc", when="project.big"), flow("calc", "m"))


def test_written_on_every_way_is_fine():
    assert found(way(RATE, flow("begin", "calc", "g"))) == []


def test_written_on_some_ways_only_is_told_with_the_other_way():
    [finding] = found(way(*MAYBE, flow("m", "g")))
    assert (finding.element_id, finding.code) == ("f_g_done", "maybe_unset")
    assert "begin → x → m → g" in finding.message_zh
    assert "rate" in finding.fix_zh


@pytest.mark.parametrize("guarded", ["if rate = null then false else rate > 1", "rate != null and rate > 1"])
def test_an_expression_may_ask_whether_it_is_there(guarded):
    assert found(way(*MAYBE, flow("m", "g"), reads=guarded)) == []


def test_written_later_is_not_yet_there():
    xml = process(
        "proc_p", begin(), exclusive("g", default="f_g_calc"), RATE, end(), end("e2"), flow("begin", "g", "calc", "done"), flow("g", "e2", when="rate > 1")
    )  # fmt: skip
    assert [f.code for f in found(xml, "maybe_unset")] == ["maybe_unset"]


def test_a_parallel_join_brings_everything_together():
    parts = [parallel("f"), RATE, task("other"), parallel("j"), flow("begin", "f", "calc", "j", "g"), flow("f", "other", "j")]
    assert found(way(*parts)) == []


def test_beside_the_writer_it_is_not_there():
    parts = [parallel("f"), RATE, end("e3"), flow("begin", "f", "calc", "e3"), flow("f", "g")]
    assert [f.element_id for f in found(way(*parts), "maybe_unset")] == ["f_g_done"]


def test_a_boundary_event_comes_before_its_activity_is_done():
    parts = [task("rated", onComplete="room.rate"), boundary("late", "rated", timer("P1D")), exclusive("m"), flow("begin", "rated", "m", "g"), flow("late", "m")]
    [finding] = found(way(*parts))
    assert (finding.code, "late" in finding.message_zh) == ("maybe_unset", True)


def test_a_called_process_leaves_what_it_writes():
    assert found(way(call("c", "sub_rate"), flow("begin", "c", "g"))) == []


def test_a_sub_process_leaves_what_all_its_ends_have():
    inside = [begin("s"), exclusive("sx", default="f_sx_send"), RATE, end("send"), end("send2"), flow("s", "sx", "send"), flow("sx", "calc", when="project.big"), flow("calc", "send2")]
    assert [f.code for f in found(way(sub("sp", *inside), flow("begin", "sp", "g")))] == ["maybe_unset"]
    always = [begin("s"), RATE, end("send"), flow("s", "calc", "send")]
    assert found(way(sub("sp", *always), flow("begin", "sp", "g"))) == []


def test_a_decision_reads_too():
    xml = process("proc_p", begin(), *MAYBE, rule("decide", "authority"), end(), flow("m", "decide", "done"))
    assert [(f.element_id, f.code) for f in found(xml)] == [("decide", "maybe_unset")]


def test_a_field_of_a_form_is_no_process_data():
    xml = way(task("fill", form="a/c"), flow("begin", "fill", "g"), reads="amount > 1")
    context = LintContext(forms={"a/c": ["amount"]}, roles={"PM_A"})
    assert ("f_g_done", "unknown_name") in {(f.element_id, f.code) for f in found(xml, context=context)}


def test_a_secret_ballot_and_a_form_without_decision_leave_none():
    for properties in ({"secret": "true"}, {"form": "a/plain"}):
        xml = way(task("vote", **properties), flow("begin", "vote", "g"), reads='vote_decision = "FOR"')
        context = LintContext(forms={"a/b": ["decision"], "a/plain": ["amount"]}, roles={"PM_A"})
        assert [f.code for f in found(xml, context=context)] == ["unknown_name"]
