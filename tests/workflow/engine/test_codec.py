"""The codec: what it stores, what it refuses, and that it loses nothing the library's own serializer keeps."""

import json
import zlib
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.workflow.engine import UnknownValue, UnreadableState, load, parse_processes, start
from app.workflow.engine.codec import FORMAT, VERSION
from app.workflow.engine.data import same
from app.workflow.engine.stored import Unread, decode_value, encode_value, written_data
from workflow.engine.diagrams import *
from workflow.engine.office import MONDAY, Office, Story
from tests.workflow.engine import states
from tests.workflow.engine.trips import picture, standing, walk

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


def cyclic():
    found = [1]
    found.append({"again": found})
    return found


def nested(levels):
    found = 1
    for _level in range(levels):
        found = [found]
    return found


REFUSED = {
    "object": object(), "set": {1, 2}, "tuple": (1, 2), "bytes": b"x", "uuid": uuid4(), "function": len, "duration": timedelta(1),
    "nan": float("nan"), "infinity": float("inf"), "huge int": 10**5000, "key": {1: "x"}, "surrogate": "\ud800", "subclass": type("Text", (str,), {})("x"),
    "in a list": [{"a": {"b": object()}}], "cyclic": cyclic(), "too deep": nested(300), "far too deep": nested(3000),
}  # fmt: skip


NEAR = st.sampled_from([0, False, 0.0, -0.0, 1, True, 1.0, Decimal(1), Decimal("1.0"), "1", None, [], {}, [1], [True], {"$": 1}, {"$": True}, date(2026, 1, 1), "2026-01-01", datetime(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 8, tzinfo=timezone(timedelta(hours=8)))])  # fmt: skip
DATA = st.dictionaries(st.text("ab$", max_size=2), NEAR | VALUES, max_size=4)


@given(one=DATA, other=DATA)
def test_values_are_written_alike_just_when_they_are_the_same(one, other):
    assert same(encode_value(one), encode_value(other)) == same(one, other)


@given(above=DATA, task=DATA, now=DATA)
def test_data_nobody_has_read_are_set_against_other_data_above_as_if_they_had_been(above, task, now):
    stored = Unread(written_data(task, above), Unread(written_data(above, None), None))
    moved = stored.below(Unread(written_data(now, None), None))
    assert same(moved.read(), task)
    assert same(moved.written, written_data(task, now))


@pytest.mark.parametrize("value", REFUSED.values(), ids=REFUSED)
def test_other_values_are_refused_by_name(value):
    """At save, before anything is written; the message names the entry."""
    s = Story(process("p", begin(), user("a"), user("b"), end(), flow("begin", "a", "b", "done")))
    s.run.complete(s.task("a").id, {"客户": value})
    with pytest.raises(UnknownValue) as refusal:
        s.run.dump()
    assert "客户" in str(refusal.value)


def test_the_path_of_a_refused_value_is_named():
    s = Story(process("p", begin(), user("a"), user("b"), end(), flow("begin", "a", "b", "done")))
    s.run.complete(s.task("a").id, {"客户": {"地址": {"门牌": b"x"}}})
    with pytest.raises(UnknownValue, match="客户.地址.门牌.*bytes"):
        s.run.dump()


def test_what_is_deep_but_not_too_deep_is_stored():
    s = Story(process("p", begin(), user("a"), user("b"), end(), flow("begin", "a", "b", "done")))
    s.do("a", deep=nested(100))
    assert s.data["deep"] == nested(100)


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


@pytest.mark.parametrize("files", [RICH, BLOCKS, LATER], ids=["rich", "blocks", "later"])
@given(moves=st.lists(st.tuples(st.sampled_from(["complete"] * 4 + ["wait", "return"]), st.integers(0, 30)), max_size=14))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_stored_or_not_a_walk_is_the_same(files, moves):
    model = parse_processes({"p": files}, {})["p"]
    run = walk(model, {"members": ["x", "y", "z"], "n": 1}, moves)
    assert not run.is_stuck


# every version of the format


def body(state):
    """What is compressed, since compressors may differ."""
    return state[:2], zlib.decompress(state[2:])


@pytest.mark.parametrize("version", range(1, VERSION + 1))
def test_a_state_of_every_version_is_read_as_it_was_meant(version):
    kept = states.of(version)
    run = load(states.model_of(kept), kept["state"], Office())
    assert kept["state"][:2] == bytes((FORMAT, version))
    assert repr(picture(run)) == kept["picture"]
    assert repr(standing(run)) == kept["standing"]


def test_a_changed_format_has_a_new_version_number():
    """Instances in databases were written in the format of this file: whoever writes another one counts VERSION up."""
    kept = states.of(VERSION)
    run = load(states.model_of(kept), kept["state"], Office())
    told = "the format has changed: count VERSION up, keep reading the old one, run python -m tests.workflow.engine.states"
    assert body(run.dump()) == body(kept["state"]), told
