"""Timers, messages, signals, conditions; on flows, at gateways, on boundaries."""

from datetime import UTC, datetime, timedelta

import pytest

from app.workflow.engine import NotWaiting, StepFailed
from app.workflow.engine import run as runs
from app.workflow.engine.errors import Endless
from workflow.engine.diagrams import *
from workflow.engine.office import MONDAY, Office, Story


def waiting(event, **properties):
    return process("p", begin(), catch("wait", event, **properties), user("after"), end(), flow("begin", "wait", "after", "done"))


@pytest.mark.parametrize(
    ("text", "kind", "due"),
    [
        ("P2D", "timeDuration", MONDAY + timedelta(days=2)),
        ("PT4H30M", "timeDuration", MONDAY + timedelta(hours=4.5)),
        ('"PT" + string(n) + "H"', "timeDuration", MONDAY + timedelta(hours=3)),
        ('duration("P1D")', "timeDuration", MONDAY + timedelta(days=1)),
        ("P1M", "timeDuration", datetime(2026, 2, 5, 1, tzinfo=UTC)),
        ("2026-03-01", "timeDate", datetime(2026, 2, 28, 16, tzinfo=UTC)),
        ("2026-03-01T09:00:00+08:00", "timeDate", datetime(2026, 3, 1, 1, tzinfo=UTC)),
        ("until", "timeDate", datetime(2026, 6, 30, 16, tzinfo=UTC)),
        ('date(until) + duration("P1D")', "timeDate", datetime(2026, 7, 1, 16, tzinfo=UTC)),
        ('date and time("2026-03-01T09:00:00@Asia/Shanghai")', "timeDate", datetime(2026, 3, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_timer_is_due(text, kind, due):
    s = Story(waiting(timer(text, kind)), data={"n": 3, "until": "2026-07-01"})
    (wait,) = s.waits()
    assert (wait.kind, wait.node_id, wait.due) == ("timer", "wait", due)


def test_a_timer_in_working_time_asks_the_office_once():
    s = Story(waiting(timer("P2D"), working_time="true"))
    assert s.waits()[0].due == MONDAY + timedelta(days=4)
    s.pass_time(days=3)
    assert s.open() == []
    assert s.waits()[0].due == MONDAY + timedelta(days=4)
    assert s.pass_time(days=1).open() == ["after"]


def test_a_timer_already_due_does_not_wait():
    assert Story(waiting(timer("2025-01-01", "timeDate"))).open() == ["after"]


def test_a_timer_without_a_moment_is_a_failed_step_on_itself():
    office = Office()
    d = process("p", begin(), user("fill"), catch("wait", timer("until", "timeDate")), end(), flow("begin", "fill", "wait", "done"))
    s = Story(d, office=office)
    with pytest.raises(StepFailed) as failure:
        s.do("fill", until="soon")
    assert failure.value.node_id == "wait"
    assert s.status == "FAILED"
    assert s.waits() == []
    with pytest.raises(StepFailed):
        s.retry()
    assert s.status == "FAILED"


def test_a_message_wait_says_what_the_sender_must_name():
    s = Story(waiting(message("paid"), correlate="loan_no"), data={"loan_no": "L1"})
    (wait,) = s.waits()
    assert (wait.kind, wait.name, wait.correlation) == ("message", "paid", {"key": "L1"})
    s.send("paid", {"amount_fen": 5})
    assert s.open() == ["after"]
    assert s.data == {"loan_no": "L1", "amount_fen": 5}


def test_a_message_can_go_into_one_variable_and_to_one_wait():
    s = Story(waiting(message("paid"), correlate="{project: 1, loan: 2}", variable="receipt"))
    (wait,) = s.waits()
    assert wait.correlation == {"project": 1, "loan": 2}
    with pytest.raises(NotWaiting):
        s.run.send_message("other")
    with pytest.raises(NotWaiting):
        s.run.send_message("other", task_id=wait.task_id)
    s.send("paid", {"no": 1}, task_id=wait.task_id)
    assert s.data == {"receipt": {"no": 1}}
    with pytest.raises(NotWaiting):
        s.run.send_message("paid", task_id=wait.task_id)


def test_a_signal_reaches_all_who_wait():
    d = process(
        "p", begin(), parallel("fork"), catch("w1", signal("go")), catch("w2", signal("go")), catch("w3", signal("other")), user("a"), end(),
        flow("begin", "fork", "w1", "a", "done"), flow("fork", "w2", "done"), flow("fork", "w3", "done"),
    )  # fmt: skip
    s = Story(d).signal("go", {"x": 1})
    assert s.open() == ["a"]
    assert [w.node_id for w in s.waits()] == ["w3"]
    assert s.run.signal("nobody") is False


def test_thrown_messages_and_signals_go_out():
    d = process(
        "p", begin(), throw("t1", message("hello"), payload="{n: n + 1}", correlate="n"), throw("t2", signal("sig")), end("done", message("bye")),
        flow("begin", "t1", "t2", "done"),
    )  # fmt: skip
    s = Story.__new__(Story)
    from app.workflow.engine import parse_processes, start

    run = start(parse_processes({"a": d}, {})["p"], {"n": 1}, Office())
    out = run.thrown()
    assert [(t.kind, t.name, t.payload, t.correlation, t.node_id) for t in out] == [
        ("message", "hello", {"n": 2}, {"key": 1}, "t1"),
        ("signal", "sig", {}, {}, "t2"),
        ("message", "bye", {}, {}, "done"),
    ]
    assert run.thrown() == []


def test_a_message_thrown_to_a_branch_of_the_same_process_stays_inside():
    d = process(
        "p", begin(), parallel("fork"), catch("w", message("m")), user("u"), throw("t", message("m"), payload="{k: 1}"), end(),
        flow("begin", "fork", "w", "done"), flow("fork", "u", "t", "done"),
    )  # fmt: skip
    s = Story(d).do("u")
    assert s.status == "COMPLETED"
    assert s.run.thrown() == []
    assert s.data == {"k": 1}


def test_a_condition_is_looked_at_after_every_move_and_on_poll():
    facts = {"project": {"paid": False}}
    d = process(
        "p", begin(), parallel("fork"), catch("w", condition("project.paid or go")), user("u"), user("v"), user("after"), end(),
        flow("begin", "fork", "w", "after", "done"), flow("fork", "u", "v", "done"),
    )  # fmt: skip
    s = Story(d, office=Office(facts=facts))
    assert s.open() == ["u"]
    assert s.waits()[0].kind == "conditional"
    facts["project"] = {"paid": True}
    s.run.poll()
    assert sorted(s.open()) == ["after", "u"]
    s2 = Story(d).do("u", go=True)
    assert sorted(s2.open()) == ["after", "v"]


EVENT_CHOICE = process(
    "p", begin(), event_gateway("g"), catch("paid", message("paid")), catch("late", timer("P3D")), user("a"), user("b"), end(),
    flow("begin", "g", "paid", "a", "done"), flow("g", "late", "b", "done"),
)  # fmt: skip


def test_the_first_event_at_a_gateway_ends_the_others():
    s = Story(EVENT_CHOICE)
    assert sorted(w.node_id for w in s.waits()) == ["late", "paid"]
    assert Story(EVENT_CHOICE).send("paid", {"x": 1}).open() == ["a"]
    s.pass_time(days=3)
    assert s.open() == ["b"]
    assert s.waits() == []
    s.do("b")
    assert s.status == "COMPLETED"


def test_an_event_already_due_at_a_gateway_wins_at_once():
    d = EVENT_CHOICE.replace(b"P3D", b"PT0S")
    s = Story(d)
    assert s.open() == ["b"]
    assert s.waits() == []


def with_boundary(*boundaries, host=None, after=()):
    ids = [b.split('id="')[1].split('"')[0] for b in boundaries]
    flows = "".join(flow(i, f"{i}_do", "done") for i in ids)
    return process(
        "p", begin(), host or user("fill"), *boundaries, *[user(f"{i}_do") for i in ids], user("next"), *after, end(),
        flow("begin", "fill", "next", "done"), flows,
    )  # fmt: skip


def test_an_interrupting_timer_ends_the_task():
    s = Story(with_boundary(boundary("late", "fill", timer("P2D"))), data={"k": 1})
    assert s.open() == ["fill"]
    assert s.pass_time(days=2).open() == ["late_do"]
    s.do("late_do")
    assert s.status == "COMPLETED"
    assert s.data == {"k": 1}


def test_a_reminder_leaves_the_task_open():
    s = Story(with_boundary(boundary("remind", "fill", timer("P2D"), interrupting=False), boundary("late", "fill", timer("P5D"))))
    s.pass_time(days=2)
    assert sorted(s.open()) == ["fill", "remind_do"]
    assert [w.node_id for w in s.waits()] == ["late"]
    s.do("fill", x=1)
    assert sorted(s.open()) == ["next", "remind_do"]
    assert s.waits() == [], "timers of a done task are gone"
    s.do("remind_do", y=2).do("next")
    assert s.status == "COMPLETED"
    assert s.data == {"x": 1, "y": 2}


def test_done_in_time_disarms_the_boundary():
    s = Story(with_boundary(boundary("late", "fill", timer("P2D")))).do("fill")
    assert (s.open(), s.waits()) == (["next"], [])


def test_a_message_on_the_boundary_withdraws_the_task():
    s = Story(with_boundary(boundary("withdrawn", "fill", message("withdraw"))))
    assert s.send("withdraw", {"reason": "no need"}).open() == ["withdrawn_do"]
    assert s.data == {"reason": "no need"}


def test_a_step_leaves_by_its_error_boundary():
    from app.workflow.engine import ErrorThrown

    def refuse():
        raise ErrorThrown("REFUSED", {"why": "limit"})

    d = with_boundary(boundary("err", "fill", error("REFUSED")), boundary("other", "fill", error("X")), host=service("fill", "try"))
    s = Story(d, office=Office(steps={"try": refuse}))
    assert s.open() == ["err_do"]
    assert s.data == {"why": "limit"}
    with pytest.raises(StepFailed):
        Story(with_boundary(boundary("other", "fill", error("X")), host=service("fill", "try")), office=Office(steps={"try": refuse}))


def test_several_timers_due_together_fire_in_their_order():
    s = Story(with_boundary(boundary("b2", "fill", timer("P2D"), interrupting=False), boundary("b1", "fill", timer("P1D"))))
    s.pass_time(days=9)
    assert s.open() == ["b1_do"], "the interrupting one came first"


def test_timers_of_the_run_can_be_fired_by_id():
    s = Story(waiting(timer("P9D")))
    s.run.fire(s.waits()[0].task_id)
    assert s.open() == ["after"]
    with pytest.raises(NotWaiting):
        s.run.fire("00000000-0000-0000-0000-000000000000")


def test_a_boundary_event_due_on_arrival_leaves_nothing_waiting():
    s = Story(with_boundary(boundary("b1", "fill", timer("PT0S")), boundary("b2", "fill", timer("P1D"))))
    assert (s.open(), s.waits()) == (["b1_do"], [])


ENDLESS = {
    "a signal that throws itself": process(
        "p", begin(), user("work"), boundary("heard", "work", signal("bell"), interrupting=False), throw("ring", signal("bell")),
        user("first"), end(), end("rung"), flow("begin", "first", "work", "done"), flow("heard", "ring", "rung"), flow("first", "again"),
        throw("again", signal("bell")), end("gone"), flow("again", "gone"),
    ),
    "a gateway that goes back": process(
        "p", begin(), user("first"), script("count", "{n: n + 1}"), exclusive("enough", default="back"), end(),
        flow("begin", "first", "count", "enough"), flow("enough", "done", when="n < 0"), flow("enough", "count", id="back"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", ENDLESS)
def test_what_goes_round_in_circles_is_refused_with_the_node_where_it_was(what, monkeypatch):
    monkeypatch.setattr(runs, "MOST_STEPS", 300)
    s = Story(ENDLESS[what], data={"n": 1})
    with pytest.raises(Endless, match="已连续执行 300 步") as refused:
        s.run.complete(s.run.ready()[0].id)
    assert any(node in str(refused.value) for node in ("heard", "ring", "rung", "count", "enough"))
