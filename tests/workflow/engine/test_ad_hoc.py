"""Ad-hoc sub-processes: BPMN 2.0.2 §10.3.5, §13.3.5. Stored and read at every step."""

import pytest

from app.workflow.engine import StepFailed
from workflow.engine.diagrams import *
from workflow.engine.office import Office, Story


def free(*parts, until="enough", extra=(), **attrs):
    return process("p", begin(), adhoc("s", until, *parts, **attrs), user("after"), *extra, end(), flow("begin", "s", "after", "done"))


def test_tasks_are_done_in_any_order_and_again_until_the_condition_holds():
    s = Story(free(user("a"), user("b")), data={"k": 1})
    assert sorted(s.open()) == ["a", "b"]
    assert s.task("a").path == ("s",)
    s.do("b", n=1)
    assert sorted(s.open()) == ["a", "b"]
    s.do("b", n=2).do("a", m=1)
    assert sorted(s.open()) == ["a", "b"]
    assert (s.task("a").data, s.task("b").data) == ({"k": 1, "n": 2, "m": 1}, {"k": 1, "n": 2}), "as it opened"
    s.do("a", enough=True)
    assert s.open() == ["after"]
    assert s.data == {"k": 1, "n": 2, "m": 1, "enough": True}
    assert s.do("after").status == "COMPLETED"


def test_flows_inside_are_followed_and_their_target_is_not_free():
    office = Office(steps={"post": lambda: {"posted": True}})
    s = Story(free(user("a"), user("b"), service("c", "post"), flow("a", "b", "c"), until="posted"), office=office)
    assert s.open() == ["a"]
    s.do("a")
    assert sorted(s.open()) == ["a", "b"], "a can be done again beside"
    s.do("b")
    assert s.open() == ["after"]
    assert [name for name, _ in office.calls] == ["post"]


def test_the_condition_is_asked_after_every_activity_also_in_the_middle():
    s = Story(free(user("a"), user("b"), flow("a", "b"))).do("a", enough=True)
    assert s.open() == ["after"]


def test_what_is_still_open_is_cancelled_with_its_timers():
    inner = (user("a"), user("b"), boundary("remind", "b", timer("P1D"), interrupting=False), user("told"), flow("remind", "told"))
    s = Story(free(*inner)).pass_time(days=1)
    assert sorted(s.open()) == ["a", "b", "told"]
    s.do("a", enough=True)
    assert (s.open(), s.waits()) == (["after"], [])


def test_a_reminder_stands_at_every_new_turn():
    s = Story(free(user("b"), boundary("remind", "b", timer("P1D"), interrupting=False), user("told"), flow("remind", "told")))
    s.pass_time(days=1)
    assert s.waits() == []
    s.do("b")
    assert len(s.waits()) == 1


def test_a_vote_may_be_free():
    s = Story(free(user("v", many("members"))), data={"members": [1, 2]}).do("v", 0)
    assert s.open() == ["v"]
    s.do("v", 1)
    assert s.open() == ["v", "v"]
    s.do("v", 0, enough=True).do("v", 1)
    assert s.open() == ["after"]


def test_it_can_be_interrupted_as_a_whole():
    extra = (boundary("late", "s", timer("P3D")), user("rescue"), flow("late", "rescue", "done"))
    s = Story(free(user("a"), extra=extra)).do("a", x=1).pass_time(days=3)
    assert (s.open(), s.data) == (["rescue"], {"x": 1})


def test_returns_inside_and_before():
    d = process("p", begin(), user("first"), adhoc("s", "enough", user("a"), user("b"), flow("a", "b")), user("after"), end(), flow("begin", "first", "s", "after", "done"))
    s = Story(d).do("first").do("a", n=1)
    s.back_to("b")
    assert sorted(s.open()) == ["a", "b"]
    s.back_to("first")
    assert s.open() == ["first"]
    s.do("first").do("a", enough=True).back_to("s")
    assert s.open() == ["a"]


def test_a_condition_that_fails_is_a_failed_step_of_the_activity_and_nothing_is_lost():
    office = Office()
    s = Story(free(user("a"), until="account.closed"), office=office)

    def broken(_data):
        raise RuntimeError("读取失败")

    office.facts["account"] = broken
    with pytest.raises(StepFailed) as failure:
        s.do("a", x=1)
    assert failure.value.node_id == "a"
    office.facts["account"] = {"closed": True}
    assert s.retry().open() == ["after"]
    assert s.data == {"x": 1}


def test_it_may_be_repeated_for_each_of_a_list():
    d = process("p", begin(), node("adHocSubProcess", "s", many("members") + user("a") + "<bpmn:completionCondition>a_ok</bpmn:completionCondition>"), user("after"), end(), flow("begin", "s", "after", "done"))
    s = Story(d, data={"members": ["x", "y"]})
    assert [task.mi_item for task in s.run.ready()] == ["x", "y"]
    s.do("a", 0, a_ok=False).do("a", 0, a_ok=True)
    assert [task.mi_item for task in s.run.ready()] == ["y"]
    assert s.do("a", 1, a_ok=True).open() == ["after"]
