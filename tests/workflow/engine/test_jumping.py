"""A token leaves its node undone and stands at another; nothing beside it is lost, and no join waits for ever."""

import pytest

from app.workflow.engine import NotJumpable
from workflow.engine.diagrams import *
from workflow.engine.office import Story

LINE = process("p", begin(), user("a"), user("b"), user("c"), end(), flow("begin", "a", "b", "c", "done"))
FORK = process(
    "p", begin(), parallel("fork"), user("a"), user("a2"), user("b"), parallel("join"), user("c"), end(),
    flow("begin", "fork", "a", "a2", "join", "c", "done"), flow("fork", "b", "join"),
)  # fmt: skip


@pytest.mark.parametrize(("start", "target", "rest"), [("a", "c", "c"), ("a", "b", "bc"), ("b", "a", "abc"), ("c", "a", "abc")])
def test_forwards_and_backwards_on_a_line(start, target, rest):
    s = Story(LINE)
    for node_id in "abc"[: "abc".index(start)]:
        s.do(node_id, **{node_id: 1})
    s.jump(start, target)
    assert s.open() == [target]
    for node_id in rest:
        s.do(node_id)
    assert s.status == "COMPLETED"
    assert s.data == dict.fromkeys("abc"[: "abc".index(start)], 1)


def test_within_a_branch_the_other_one_stays_and_the_join_comes_out():
    s = Story(FORK).jump("a", "a2").jump("a2", "a").jump("a", "a2")
    assert sorted(s.open()) == ["a2", "b"]
    s.do("a2", x=1).do("b", y=2).do("c")
    assert (s.status, s.data) == ("COMPLETED", {"x": 1, "y": 2})


@pytest.mark.parametrize(("node_id", "target"), [("a", "c"), ("a", "b"), ("b", "a2"), ("b", "c")])
def test_refused_where_a_join_would_wait_for_ever(node_id, target):
    s = Story(FORK)
    before = s.run.dump()
    with pytest.raises(NotJumpable):
        s.jump(node_id, target)
    assert s.run.dump() == before
    assert sorted(s.open()) == ["a", "b"]


def test_not_back_into_a_fork_that_has_joined():
    s = Story(FORK).do("a").do("a2").do("b")
    with pytest.raises(NotJumpable):
        s.jump("c", "a")


def test_not_out_of_its_scope_nor_to_what_is_no_peoples_node():
    inside = sub("s", begin("s0"), user("a"), user("b"), end("s9"), flow("s0", "a", "b", "s9"))
    d = process("p", begin(), inside, service("svc", "count"), user("c"), end(), flow("begin", "s", "svc", "c", "done"))
    s = Story(d)
    for target in ("c", "svc", "s", "a", "nowhere", "s9"):
        with pytest.raises(NotJumpable):
            s.run.check_jump(s.task("a").id, target)
    assert s.run.jump_targets(s.task("a").id) == [("b", "b")]
    s.jump("a", "b")
    assert s.open() == ["b"]


def test_a_multi_instance_leaves_as_a_whole():
    d = process(
        "p", begin(), script("list", "{items: [1, 2]}"), user("vote", many("items", False)), user("b"), end(),
        flow("begin", "list", "vote", "b", "done"),
    )  # fmt: skip
    s = Story(d).do("vote")
    s.jump("vote", "b")
    assert s.open() == ["b"]
    s.jump("b", "vote")
    assert s.open() == ["vote", "vote"]
    s.do("vote").do("vote").do("b")
    assert s.status == "COMPLETED"


def test_boundary_timers_go_and_come_with_their_activities():
    d = process(
        "p", begin(), user("a"), boundary("late", "a", timer("P2D"), interrupting=False), user("rescue"), user("b"), end(),
        flow("begin", "a", "b", "done"), flow("late", "rescue", "done"),
    )  # fmt: skip
    s = Story(d).jump("a", "b")
    assert s.waits() == []
    s.jump("b", "a")
    assert [wait.node_id for wait in s.waits()] == ["late"]
    s.pass_time(days=2)
    with pytest.raises(NotJumpable):
        s.jump("a", "b")
    assert sorted(s.open()) == ["a", "rescue"]


def test_what_is_waited_for_beside_it_stays():
    d = process(
        "p", begin(), parallel("fork"), user("a"), user("a2"), catch("paid", message("paid")), parallel("join"), end(),
        flow("begin", "fork", "a", "a2", "join", "done"), flow("fork", "paid", "join"),
    )  # fmt: skip
    s = Story(d).jump("a", "a2")
    s.send("paid")
    s.do("a2")
    assert s.status == "COMPLETED"


def test_beside_a_compensation_that_goes_on():
    event, line = undo("a", "ha")
    s = Story(process(
        "p", begin(), user("a"), event, undoing(user("ha")), parallel("fork"), throw("t", compensate()), user("b"), user("c"), parallel("join"), end(),
        flow("begin", "a", "fork", "t", "join", "done"), flow("fork", "b", "c", "join"), line,
    )).do("a").jump("b", "c")  # fmt: skip
    assert sorted(s.open()) == ["c", "ha"]
    assert s.do("ha").do("c").status == "COMPLETED"
