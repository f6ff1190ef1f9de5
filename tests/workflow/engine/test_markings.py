"""Where tokens may stand at the same time: small diagrams of which the answer is known."""

import pytest

from app.workflow.engine import parse_processes
from app.workflow.engine.markings import is_reachable
from workflow.engine.diagrams import *

FORK = (begin(), parallel("fork"), user("a"), user("b"), user("c"), parallel("join"), user("z"), end(),
        flow("begin", "fork", "a", "b", "join", "z", "done"), flow("fork", "c", "join"))  # fmt: skip
CHOICE = (begin(), exclusive("x", default="df"), user("a"), user("b"), end(), end("e"), flow("begin", "x"),
          flow("x", "a", id="df"), flow("x", "b", when="v = 1"), flow("a", "done"), flow("b", "e"))  # fmt: skip
SOME = (begin(), inclusive("i", default="df"), user("a"), user("b"), user("d"), inclusive("j"), user("z"), end(), flow("begin", "i"),
        flow("i", "d", id="df"), flow("i", "a", when="v > 1"), flow("i", "b", when="v > 2"), flow("d", "j"), flow("a", "j"), flow("b", "j", "z", "done"))  # fmt: skip
BESIDE = (begin(), user("a"), boundary("late", "a", timer("P3D")), boundary("nudge", "a", timer("P1D"), interrupting=False),
          user("n"), user("l"), user("z"), end(), end("e"), end("f"), flow("begin", "a", "z", "done"), flow("nudge", "n", "e"), flow("late", "l", "f"))  # fmt: skip
WAITING = (begin(), event_gateway("g"), catch("m", message("m")), catch("t", timer("P1D")), user("a"), user("b"), end(), end("e"),
           flow("begin", "g", "m", "a", "done"), flow("g", "t", "b", "e"))  # fmt: skip
ROUND = (begin(), exclusive("again"), user("a"), exclusive("x", default="df"), parallel("fork"), user("b"), user("c"), parallel("join"), end(),
         flow("begin", "again", "a", "x"), flow("x", "again", when="v = 1"), flow("x", "fork", id="df"), flow("fork", "b", "join", "done"), flow("fork", "c", "join"))  # fmt: skip


@pytest.mark.parametrize(
    ("parts", "wanted", "answer"),
    [
        (FORK, ["a", "c"], True),
        (FORK, ["a"], False),
        (FORK, ["a", "b"], False),
        (FORK, ["b", ("join", "c")], True),
        (FORK, [("join", "b"), ("join", "c")], True),
        (FORK, [("join", "c")], False),
        (FORK, ["z", "c"], False),
        (FORK, ["z"], True),
        (CHOICE, ["a"], True),
        (CHOICE, ["a", "b"], False),
        (SOME, ["a"], True),
        (SOME, ["a", "b"], True),
        (SOME, ["b", "j"], True),
        (SOME, ["b", "z"], False),
        (SOME, ["a", "d"], False),
        (BESIDE, ["a", "n"], True),
        (BESIDE, ["a", "n", "n"], True),
        (BESIDE, ["l", "n"], True),
        (BESIDE, ["a", "l"], False),
        (BESIDE, ["z", "n"], True),
        (WAITING, ["g"], True),
        (WAITING, ["a"], True),
        (WAITING, ["a", "b"], False),
        (ROUND, ["b", "c"], True),
        (ROUND, ["a", "c"], False),
        (ROUND, ["c", ("join", "b")], True),
    ],
)
def test_tokens_at_the_same_time(parts, wanted, answer):
    spec = parse_processes({"p.bpmn": process("p", *parts)}, {})["p"].spec
    places = [one if isinstance(one, tuple) else (one, "") for one in wanted]
    assert is_reachable(spec, {place: places.count(place) for place in places}) is answer


def test_too_many_ways_are_no_answer(monkeypatch):
    monkeypatch.setattr("app.workflow.engine.markings.MOST_MARKINGS", 3)
    spec = parse_processes({"p.bpmn": process("p", *FORK)}, {})["p"].spec
    assert is_reachable(spec, {("nowhere", ""): 1}) is None
