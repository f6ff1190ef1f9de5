"""The codec: what it stores, what it refuses, and that it loses nothing the library's own serializer keeps."""

import json
import zlib
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.serializer.default.workflow import BpmnSubWorkflowConverter, BpmnWorkflowConverter, TaskConverter
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from app.core.errors import AppError
from app.workflow.engine import Run, UnknownValue, UnreadableState, load, parse_processes, start
from app.workflow.engine.codec import FORMAT, VERSION, decode_value, encode_value
from app.workflow.engine.data import same
from app.workflow.engine.scripting import FeelEngine
from app.workflow.engine.workflow import InnerTree, ProcessTree
from workflow.engine.diagrams import *
from workflow.engine.office import MONDAY, Office, Story

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.decimals(allow_nan=False)
    | st.dates()
    | st.datetimes(timezones=st.sampled_from([None, UTC, timezone(timedelta(hours=8))]))
    | st.times(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("ab$王", max_size=3), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
@settings(max_examples=300, deadline=None)
def test_values_come_back_as_they_were(value):
    assert same(decode_value(json.loads(json.dumps(encode_value(value)))), value)


@pytest.mark.parametrize(
    "value",
    [object(), {1, 2}, (1, 2), b"x", uuid4(), float("nan"), float("inf"), {1: "x"}, [{"a": {"b": object()}}], timedelta(1), lambda: 1],
    ids=range(11),
)
def test_other_values_are_refused_by_name(value):
    s = Story(process("p", begin(), user("a"), user("b"), end(), flow("begin", "a", "b", "done")))
    s.run.complete(s.task("a").id, {"客户": value})
    with pytest.raises(UnknownValue) as refusal:
        s.run.dump()
    assert "客户" in str(refusal.value)


def test_a_changed_type_is_a_change():
    s = Story(process("p", begin(), user("a"), user("b"), end(), flow("begin", "a", "b", "done")), data={"x": 1, "y": [1], "z": Decimal("1.0")})
    s.do("a", x=True, y=[True], z=Decimal("1.00"))
    assert s.data["x"] is True
    assert s.data["y"][0] is True
    assert str(s.data["z"]) == "1.00"


def test_money_and_dates_survive():
    data = {"rate": Decimal("0.015"), "day": date(2026, 1, 5), "at": MONDAY, "t": time(9, 30)}
    s = Story(process("p", begin(), user("a"), end(), flow("begin", "a", "done")), data=data)
    assert s.data == data


def test_damaged_bytes_are_refused():
    files = process("p", begin(), user("a"), end(), flow("begin", "a", "done"))
    model = parse_processes({"a": files}, {})["p"]
    good = start(model, {}, Office()).dump()
    bad = [b"", b"x", good[:-5], bytes([0]) + good[1:], bytes([FORMAT, 99]) + good[2:], good[:2] + zlib.compress(b"[1,2]")]
    bad += [good[:2] + zlib.compress(json.dumps(["p", [], [1, 0, {}, [[5]]], []]).encode())]
    for state in bad:
        with pytest.raises(UnreadableState):
            load(model, state, Office())
    other = parse_processes({"a": files.replace(b'"p"', b'"q"')}, {})["q"]
    with pytest.raises(UnreadableState):
        load(other, good, Office())


def test_the_state_is_small_and_holds_no_spec():
    s = Story(process("p", begin(), user("a", form="secret_form"), end(), flow("begin", "a", "done")), data={"k": "v"})
    state = s.run.dump()
    assert state[:2] == bytes((FORMAT, VERSION))
    assert b"secret_form" not in zlib.decompress(state[2:])
    assert len(state) < 300


# the same walk three ways: never stored, stored by our codec, stored by the library's serializer


class BySpecReference(BpmnWorkflowConverter):
    """The library's converter, but with the parsed spec instead of one in the state."""

    model = None
    engine = None

    def to_dict(self, workflow):
        specs, workflow.subprocess_specs, spec, workflow.spec = workflow.subprocess_specs, {}, workflow.spec, None
        try:
            return super().to_dict(workflow)
        finally:
            workflow.subprocess_specs, workflow.spec = specs, spec

    def from_dict(self, dct):
        tree = ProcessTree(self.model.spec, self.model.subprocess_specs, script_engine=self.engine, deserializing=True)
        tree.tasks = self.mapping_from_dict(dct["tasks"], __import__("uuid").UUID, workflow=tree)
        tree.task_tree = tree.tasks[__import__("uuid").UUID(dct["root"])]
        self.set_default_attributes(tree, dct)
        self.subprocesses_from_dict(dct["subprocesses"], tree)
        return tree


def stock_trip(run):
    """Through the library's serializer and back."""
    registry = BpmnWorkflowSerializer.configure({Task: TaskConverter, ProcessTree: BySpecReference, InnerTree: BpmnSubWorkflowConverter})
    registry.register(Decimal, lambda d: {"v": str(d)}, lambda d: Decimal(d["v"]))
    registry.register(date, lambda d: {"v": d.isoformat()}, lambda d: date.fromisoformat(d["v"]))
    serializer = BpmnWorkflowSerializer(registry)
    text = serializer.serialize_json(run._tree)
    BySpecReference.model, BySpecReference.engine = run.model, FeelEngine(run.model.expressions, run._engine.services)
    tree = serializer.deserialize_json(text)
    tree.subprocesses = {key: tree.subprocesses[key] for key in run._tree.subprocesses}  # it loses their order
    return Run(run.model, tree, BySpecReference.engine)


def our_trip(run):
    return load(run.model, run.dump(), run._engine.services)


UNREACHED = TaskState.PREDICTED_MASK | TaskState.FUTURE


def picture(run):
    """Everything in the trees, with ids replaced by places."""
    places = {}
    for scope in run._tree.scopes():
        for task in scope.tasks.values():
            places[str(task.id)] = len(places)

    def named(value):
        if isinstance(value, dict):
            return {key: named(item) for key, item in value.items()}
        return places.get(value, value) if isinstance(value, str) else value

    def of(task):
        children = sorted((of(child) for child in task.children), key=repr)
        return [task.task_spec.name, task.state, task.triggered, named(task.internal_data), dict(sorted(task.data.items())), children]

    return [
        [scope.spec.name, scope.completed, scope.success, scope.data, of(scope.task_tree), scope.last_task and scope.last_task.task_spec.name, list(map(lambda t: t.task_spec.name, scope.tasks.values()))]
        for scope in run._tree.scopes()
    ]


CHILD = process_xml(
    "child", begin("c0"), parallel("cf"), user("w"), user("w2"), catch("ct", timer("PT5H")), parallel("cj"), exclusive("cx", default="f_cx_c9"),
    end("c9"), end("cbad", error("E")), flow("c0", "cf", "w", "cj", "cx", "c9"), flow("cf", "w2", "ct", "cj"), flow("cx", "cbad", when="bad"),
    event_sub("cesp", begin("con", message("query"), isInterrupting="false"), user("answer"), end("ce"), flow("con", "answer", "ce")),
)  # fmt: skip
RICH = document(
    process_xml(
        "p", begin(), exclusive("again"), inclusive("fork", default="f_fork_u3"), user("u1"), call("c", "child", many("members", until="mi_done = 2")),
        user("u3"), inclusive("join"), user("vote", many("members", sequential=True)), script("calc", "{n: (if n = null then 0 else n) + 1, rate: n / 8}"),
        exclusive("g", default="f_g_done"), end(),
        boundary("remind", "u1", timer("PT3H"), interrupting=False), user("reminded"), boundary("err", "c", error("E")), user("rescue"),
        flow("begin", "again", "fork", "u1", "join", "vote", "calc", "g", "done"), flow("fork", "c", when="bad != true"), flow("c", "join"), flow("fork", "u3", "join"),
        flow("remind", "reminded", "done"), flow("err", "rescue", "join"), flow("g", "again", when="n < 3 and bad"),
        event_sub("esp", begin("on", message("withdraw")), user("settle"), end("e9"), flow("on", "settle", "e9")),
    ).replace('targetRef="u1"></', 'targetRef="u1"><bpmn:conditionExpression>n != 5</bpmn:conditionExpression></'),
    CHILD,
)  # fmt: skip
BLOCKS = process(
    "p", begin(), parallel("f"), user("a"), user("b"), sub("s", begin("s0"), user("i"), user("k"), end("s9"), flow("s0", "i", "k", "s9")),
    boundary("late", "s", timer("PT9H")), user("l"), event_gateway("eg"), catch("m", message("m")), catch("t", timer("PT4H")), exclusive("x"), exclusive("y"),
    parallel("j"), user("z"), end(),
    flow("begin", "f", "a", "eg", "m", "x", "j", "z", "done"), flow("eg", "t", "x"), flow("f", "b", "j"), flow("f", "s", "y", "j"), flow("late", "l", "y"),
)  # fmt: skip

UNDO, UNDO_LINE = undo("tx", "untx")
LATER = process(
    "p", begin(), node("userTask", "a", loop("loopCounter < 2"), default="f_a_x"), boundary("cyc", "a", timer("R3/PT2H", "timeCycle"), interrupting=False), user("told"),
    boundary("sig", "a", signal("s"), interrupting=False), exclusive("x"), inclusive("j"),
    adhoc("free", "free2_n > 9", user("free1"), user("free2"), user("free3"), flow("free1", "free3")), throw("t", '<bpmn:linkEventDefinition name="l"/>'),
    catch("c", '<bpmn:linkEventDefinition name="l"/>'), node("transaction", "tx", "".join([begin("s0"), user("k"), *undo("k", "unk")[:1], undoing(user("unk")), user("k2"), exclusive("g", default="f_g_s9"), end("s9"), end("sc", CANCEL), flow("s0", "k", "k2", "g"), flow("g", "s9"), flow("g", "sc", when="bad"), undo("k", "unk")[1]])),
    boundary("cancelled", "tx", CANCEL), user("sorry"), UNDO, undoing(user("untx")), throw("back", compensate()), user("z"), end(),
    flow("begin", "a"), flow("a", "told", when="a_n > 5"), flow("a", "x"), flow("told", "j"), flow("x", "free", "t"), flow("c", "tx", "back", "j", "z", "done"),
    flow("cyc", "j"), flow("sig", "j"), flow("cancelled", "sorry", "j"), UNDO_LINE,
)  # fmt: skip


def act(run, choice, number):
    """One move, chosen by position so that the same numbers move every run alike."""
    ready, waits = run.ready(), run.waits()
    try:
        match choice:
            case "complete" if ready:
                task = ready[number % len(ready)]
                run.complete(task.id, {f"{task.node_id}_n": number, "bad": number % 5 == 0, "list": [number], "d": Decimal(number) / 4})
            case "wait" if waits:
                wait = waits[number % len(waits)]
                run.fire(wait.task_id, {f"{wait.node_id}_got": date(2026, 1, 1 + number % 20)})
            case "return":
                marks = sorted({(m.process_id, m.node_id) for m in run.nodes()})
                run.reset_to(marks[number % len(marks)][1])
            case _:
                return "nothing"
    except AppError as exc:  # refused moves must be refused alike
        return type(exc).__name__
    return "done"


@pytest.mark.parametrize("files", [RICH, BLOCKS, LATER], ids=["rich", "blocks", "later"])
@given(moves=st.lists(st.tuples(st.sampled_from(["complete"] * 4 + ["wait", "return"]), st.integers(0, 30)), max_size=14))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_stored_or_not_a_walk_is_the_same(files, moves):
    model = parse_processes({"p": files}, {})["p"]
    runs = [start(model, {"members": ["x", "y", "z"], "n": 1}, Office()) for _ in range(3)]
    trips = [lambda run: run, our_trip, stock_trip]
    for choice, number in moves:
        runs = [trip(run) for trip, run in zip(trips, runs, strict=True)]
        outcomes = [act(run, choice, number) for run in runs]
        pictures = [picture(run) for run in runs]
        assert outcomes[0] == outcomes[1] == outcomes[2]
        assert pictures[0] == pictures[1], "our codec lost something"
        assert pictures[1] == pictures[2], "the library's serializer differs"
        assert [w.due for w in runs[0].waits()] == [w.due for w in runs[1].waits()]
        assert not runs[0].is_stuck
        again = our_trip(runs[1])
        assert again.dump() == runs[1].dump()
        assert runs[0].status == runs[1].status
        assert runs[0].data == runs[1].data
