"""Events that come more than once: cycles, and all that does not interrupt. BPMN 2.0.2 §10.5.5, §10.5.6."""

from datetime import timedelta

import pytest

from app.workflow.engine import StepFailed
from app.workflow.engine.durations import parse_cycle
from app.workflow.engine.specs import timers
from workflow.engine.diagrams import *
from workflow.engine.office import MONDAY, Office, Story


def beside(event, interrupting=False, **properties):
    """A task with one boundary event."""
    return process(
        "p", begin(), user("fill"), boundary("on", "fill", event, interrupting, **properties), user("note"), user("next"), end(),
        flow("begin", "fill", "next", "done"), flow("on", "note", "done"),
    )  # fmt: skip


def around(event, interrupting="false", **properties):
    """A task in a process with an event sub-process."""
    return process(
        "p", begin(), user("fill"), end(), flow("begin", "fill", "done"),
        event_sub("esp", begin("on", event, properties=properties, isInterrupting=interrupting), user("note"), end("e9"), flow("on", "note", "e9")),
    )  # fmt: skip


def due_hours(s):
    return [(wait.due - MONDAY) / timedelta(hours=1) for wait in s.waits()]


@pytest.mark.parametrize("shape", [beside, around])
def test_a_cycle_fires_as_often_as_it_says(shape):
    s = Story(shape(timer("R3/PT10H", "timeCycle")))
    for turn in range(1, 4):
        assert due_hours(s) == [turn * 10]
        s.pass_time(hours=10)
        assert sorted(s.open()) == ["fill"] + ["note"] * turn
    assert s.waits() == []


@pytest.mark.parametrize("shape", [beside, around])
def test_a_cycle_ends_with_what_it_stands_on(shape):
    s = Story(shape(timer("R/PT10H", "timeCycle"))).pass_time(hours=10).do("note").do("fill")
    assert s.waits() == []


@pytest.mark.parametrize("shape", [beside, around])
def test_an_interrupting_cycle_fires_once(shape):
    interrupting = True if shape is beside else "true"
    s = Story(shape(timer("R3/PT10H", "timeCycle"), interrupting)).pass_time(hours=10)
    assert (s.open(), s.waits()) == (["note"], [])


@pytest.mark.parametrize("shape", [beside, around])
def test_every_turn_that_was_missed_comes_late(shape):
    s = Story(shape(timer("R4/PT10H", "timeCycle"))).pass_time(hours=35)
    assert sorted(s.open()) == ["fill", *["note"] * 3]
    assert due_hours(s) == [40]
    assert s.pass_time(hours=99).open().count("note") == 4
    assert s.waits() == []


@pytest.mark.parametrize("shape", [beside, around])
def test_missed_turns_come_one_by_one_and_end_with_the_activity(shape):
    s = Story(shape(timer("R4/PT10H", "timeCycle")))
    s.office.wait(hours=35)
    s.run.fire(s.waits()[0].task_id)
    s._store()
    assert (s.open().count("note"), due_hours(s)) == (1, [20]), "the outside sees that the second is overdue"
    s.do("fill")
    if shape is around:
        s.do("note")
    assert (s.status == "COMPLETED", s.waits()) == (shape is around, [])


@pytest.mark.parametrize("working", [{}, {"working_time": "true"}])
def test_of_a_cycle_without_end_only_the_latest_turns_are_made_up(working, monkeypatch):
    monkeypatch.setattr(timers, "MOST_MADE_UP", 3)
    s = Story(beside(timer("R/PT1H", "timeCycle"), **working)).pass_time(hours=40)
    assert s.open().count("note") == 1 + 3, "the one that came, and the latest three"
    assert due_hours(s) == [42 if working else 41]


def test_a_cycle_with_an_end_makes_up_no_turn_after_it():
    s = Story(beside(timer("R/PT5H/2026-01-05T20:00:00+08:00", "timeCycle"))).pass_time(days=9)
    assert (s.open().count("note"), s.waits()) == (2, [])


def test_a_rest_moves_a_cycle_and_passes_over_turns_set_to_dates():
    hours = lambda due, _working: due + timedelta(hours=25)
    for text, after in (("R3/PT10H", [35]), ("R4/2026-01-05T12:00:00+08:00/PT10H", [33]), ("R2/2026-01-05T12:00:00+08:00/PT1H", [None])):
        s = Story(beside(timer(text, "timeCycle")))
        s.office.wait(hours=25)
        s.run.postpone(hours)
        s._store()
        assert [wait.due and (wait.due - MONDAY) / timedelta(hours=1) for wait in s.waits()] == after, text
        assert "note" not in s.open()


def test_a_cycle_with_start_or_end_and_from_feel():
    assert due_hours(Story(beside(timer("R3/2026-01-05T12:00:00+08:00/PT4H", "timeCycle")))) == [3]
    assert due_hours(Story(beside(timer("R3/2026-01-05T07:00:00+08:00/PT4H", "timeCycle")))) == [2], "the first turn is over"
    s = Story(beside(timer("R/PT5H/2026-01-05T17:00:00+08:00", "timeCycle"))).pass_time(hours=5)
    assert s.waits() == []
    s = Story(beside(timer('"R2/PT" + string(n) + "H"', "timeCycle")), data={"n": 7}).pass_time(hours=7)
    assert due_hours(s) == [14]


def test_a_cycle_that_is_over_never_fires():
    s = Story(beside(timer("R2/2025-01-01/P1D", "timeCycle"))).pass_time(days=9)
    assert s.open() == ["fill"]
    assert s.do("fill").open() == ["next"]


def test_a_cycle_in_working_time():
    s = Story(beside(timer("R2/PT2H", "timeCycle"), working_time="true"))
    assert due_hours(s) == [4]
    assert due_hours(s.pass_time(hours=4)) == [8]


def test_an_intermediate_event_waits_for_the_first_turn():
    d = process("p", begin(), catch("w", timer("R3/PT10H", "timeCycle")), user("after"), end(), flow("begin", "w", "after", "done"))
    assert Story(d).pass_time(hours=10).open() == ["after"]


def test_what_is_no_cycle_is_a_failed_step():
    with pytest.raises(StepFailed):
        Story(beside(timer("text", "timeCycle")), data={"text": "P1D"})
    for text in ("R0/P1D", "R3/PT0S", "R3/P1D/", "R3", "R-1/P1D", "R3/2026-01-01/2026-02-01", "P1D"):
        assert parse_cycle(text) is None, text


def test_a_month_is_a_month():
    s = Story(beside(timer("R/P1M", "timeCycle"))).pass_time(days=31)
    assert s.waits()[0].due - MONDAY == timedelta(days=59)


def test_a_return_begins_the_cycle_anew():
    s = Story(beside(timer("R2/PT10H", "timeCycle"))).pass_time(hours=10).do("fill").back_to("fill")
    assert due_hours(s) == [20]
    s.pass_time(hours=10)
    assert due_hours(s) == [30]


@pytest.mark.parametrize("event", [message("m"), signal("m")])
def test_a_message_or_signal_beside_an_activity_comes_as_often_as_it_is_sent(event):
    s = Story(beside(event))
    send = s.send if "message" in event else s.signal
    send("m", {"n": 1})
    send("m", {"n": 2})
    assert sorted(s.open()) == ["fill", "note", "note"]
    assert sorted(task.data["n"] for task in s.run.ready() if task.node_id == "note") == [1, 2]
    assert len(s.waits()) == 1
    s.do("fill")
    assert s.waits() == []


def test_an_escalation_beside_a_sub_process_comes_again():
    d = process(
        "p", begin(), sub("s", begin("s0"), user("a"), throw("t", escalation("E")), user("b"), throw("t2", escalation("E")), end("s9"), flow("s0", "a", "t", "b", "t2", "s9")),
        boundary("on", "s", escalation("E"), interrupting=False), user("note"), end(), flow("begin", "s", "done"), flow("on", "note", "done"),
    )  # fmt: skip
    s = Story(d).do("a")
    assert sorted(s.open()) == ["b", "note"]
    assert sorted(s.do("b").open()) == ["note", "note"]


@pytest.mark.parametrize("shape", [beside, around])
def test_a_condition_comes_again_after_it_was_false(shape):
    facts = {"account": {"low": True}}
    s = Story(shape(condition("account.low")), office=Office(facts=facts))
    assert sorted(s.open()) == ["fill", "note"], "it holds from the start"
    s.run.poll()
    s._store()
    assert sorted(s.open()) == ["fill", "note"], "it still holds"
    for low, notes in ((False, 1), (True, 2), (True, 2), (False, 2), (True, 3)):
        facts["account"] = {"low": low}
        s.run.poll()
        s._store()
        assert s.open().count("note") == notes


def test_a_condition_may_interrupt_the_whole_process():
    s = Story(around(condition("stop"), "true"), data={"stop": False})
    assert [wait.kind for wait in s.waits()] == ["conditional"]
    assert s.open() == ["fill"]
    s = Story(around(condition("case.stop"), "true"), office=(office := Office(facts={"case": {"stop": False}})))
    office.facts["case"] = {"stop": True}
    s.run.poll()
    s._store()
    assert (s.open(), s.waits()) == (["note"], [])
    assert s.do("note").status == "COMPLETED"
