"""Instances on another release: told before, moved one by one, lists that follow, and undone byte by byte."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from app.core.db import db
from app.core.transactions import unit_of_work
from app.support import workdays
from app.support.jobs.runner import run_due
from app.workflow.definitions import BundleRefused
from app.workflow.engine import judge
from app.workflow.instances.models import EventSubscription, ProcessInstance, TaskLog, TimerDue, UserTask
from app.workflow.migration import operations
from app.workflow.migration.errors import NothingToMove, NotUndoable, TargetNotInForce
from app.workflow.migration.models import ItemState, MigrationItem
from app.workflow.migration.report import Verdict, make_report
from tests.workflow.definitions.bundles import form
from tests.workflow.engine.diagrams import (
    adhoc, begin, boundary, catch, compensate, end, flow, loop, many, message, parallel, process, script, sub, throw, timer, undo, undoing, user,
)  # fmt: skip
from tests.workflow.engine.test_moving import diagram, trees
from tests.workflow.migration.house import House

pytestmark = pytest.mark.both_databases
PAPER = {"form": "room/apply", "role": "PM_A"}


def line(*names, **properties):
    return process("proc_test", begin(), *(user(name, **{**PAPER, **properties}) for name in names), end(), flow("begin", *names, "done"))


@pytest.fixture
def house(fresh_app):
    return House(fresh_app)


def report(house, target, mapping=None, **options):
    with house.at_work():
        made = make_report(target, mapping, **options)
        return {(g.verdict.value, *(f"{i.node_id}:{i.level}" for i in g.issues)): set(g.instance_ids) for g in made.groups}


def test_the_report_tells_every_verdict_and_writes_nothing(house):
    house.release(line("a", "b", "c"))
    at_a, at_b, at_c = (house.start() for _ in range(3))
    house.complete(at_b, "a")
    for name in "ab":
        house.complete(at_c, name)
    second = house.release(line("a", "c"))
    before = house.state(at_b), house.count(TaskLog)
    assert report(house, second) == {("NEEDS_CHOICE", "b:CHOICE"): {at_b}, ("BY_ITSELF",): {at_a, at_c}}
    assert report(house, second, {("proc_test", "b"): "c"}) == {("BY_ITSELF",): {at_a, at_b, at_c}}
    assert report(house, second, process_id="proc_gone") == {}
    assert (house.state(at_b), house.count(TaskLog)) == before
    third = house.release(line("a", "b", "c"), **{"forms/screens/room/other.form": form()})
    assert report(house, third) == {("SAME",): {at_a, at_b, at_c}}
    fourth = house.release(process("proc_other", begin(), user("a", **PAPER), end(), flow("begin", "a", "done")))
    assert report(house, fourth) == {("CANNOT", ":CANNOT"): {at_a, at_b, at_c}}


def test_a_form_only_change_reaches_running_instances_and_lists_follow(house):
    house.release(line("a", "b", due="P2D"))
    one = house.start()
    task = house.tasks(one, "id", "engine_task_id", "role")
    field = form({"type": "textfield", "key": "amount", "label": "金额说明"})
    second = house.release(line("a", "b", due="P5D", role="PM_B"), **{"forms/screens/room/apply.form": field})
    plan = house.migrate(second, note="表单改版")
    assert (house.item(plan, one), house.release_of(one)) == (("MOVED", None), second)
    ((task_id, engine_id, role),) = house.tasks(one, "id", "engine_task_id", "role")
    assert (task_id, engine_id, role) == (*task[0][:2], "PM_B")
    assert house.differences() == []
    with house.at_work():
        moved = db.session.get(UserTask, task_id)
        assert (moved.due_at, moved.rings_at) == (workdays.working_due(moved.opened_at, "P5D"), moved.opened_at + 0.8 * (moved.due_at - moved.opened_at))
        log = db.session.scalars(select(TaskLog).where(TaskLog.instance_id == one).order_by(TaskLog.seq)).all()
        assert [row.action for row in log] == ["start", "migrate"]
        assert operations.get_plan(plan).finished_at is not None
    house.complete(one, "a")
    assert house.tasks(one, "node_id") == [("b",)]


def test_undone_until_the_next_action_byte_by_byte(house):
    first = house.release(line("a", "b"))
    one, two = house.start(), house.start()
    before, tasks = house.state(one), house.tasks(one, "id", "engine_task_id", "name", "role", "due_at", "properties")
    timed = process(
        "proc_test", begin(), user("a", **PAPER, due="P3D"), boundary("late", "a", timer("P9D")), user("n", **PAPER),
        end(), end("over"), flow("begin", "a", "n", "done"), flow("late", "over"),
    )  # fmt: skip
    plan = house.migrate(house.release(timed))
    assert house.state(one) != before and house.count(TimerDue) == 2
    house.undo(plan, one)
    assert (house.state(one), house.release_of(one)) == (before, first)
    assert house.tasks(one, "id", "engine_task_id", "name", "role", "due_at", "properties") == tasks
    assert (house.item(plan, one)[0], house.differences()) == ("UNDONE", [])
    with pytest.raises(NotUndoable):
        house.undo(plan, one)
    house.complete(two, "a")
    with pytest.raises(NotUndoable):
        house.undo(plan, two)
    house.complete(one, "a")
    assert (house.tasks(one, "node_id"), house.tasks(two, "node_id")) == ([("b",)], [("n",)])


def busy(*more):
    """A process that stands in a loop, votes, an ad-hoc sub-process and a compensation inside a sub-process at the same time."""
    event, association = undo("w", "uw")
    votes = [user(name, many("members", sequential=is_one), **PAPER) for name, is_one in (("v", False), ("q", True))]
    nodes = [user("l", loop("loopCounter < 3"), **PAPER), *votes, adhoc("x", "b_ok = true", user("a", **PAPER), user("b", **PAPER))]
    undone = [sub("s", begin("s0"), user("w", **PAPER), event, undoing(user("uw", **PAPER)), end("s9"), flow("s0", "w", "s9"), association), throw("t", compensate())]
    return process(
        "proc_test", begin(), script("given", "{members: [1, 2], b_ok: false}"), parallel("fork"), *nodes, *undone, parallel("join"), *more, end(), *(flow("fork", name, "join") for name in "lvqx"),
        flow("fork", "s", "t", "join"), flow("begin", "given", "fork"), flow("join", *(["n"] if more else []), "done"),
    )  # fmt: skip


def test_loops_votes_ad_hoc_and_compensation_keep_their_tokens_and_are_undone_byte_by_byte(house):
    house.release(busy())
    one = house.start()
    for name in "lvqbw":
        house.complete(one, name)
    before, tokens, tasks = house.state(one), house.tokens(one), house.tasks(one, "id", "engine_task_id", "node_id")
    assert sorted(node for _id, _task, node in tasks) == ["a", "b", "l", "q", "uw", "v"]
    second = house.release(busy(user("n", **PAPER)))
    assert report(house, second) == {("BY_ITSELF",): {one}}
    plan = house.migrate(second)
    assert (house.item(plan, one), house.release_of(one)) == (("MOVED", None), second)
    assert (house.tokens(one), house.tasks(one, "id", "engine_task_id", "node_id"), house.differences()) == (tokens, tasks, [])
    house.undo(plan, one)
    assert (house.state(one), house.tasks(one, "id", "engine_task_id", "node_id"), house.differences()) == (before, tasks, [])


def test_what_went_on_meanwhile_is_refused_with_its_reason_and_the_others_go(house):
    house.release(line("a", "b", "c"))
    one, two, three = house.start(), house.start(), house.start()
    second = house.release(line("a", "c"))
    plan = house.plan(second, only=[one, two])
    house.complete(one, "a")
    house.carry_out(plan)
    state, reason = house.item(plan, one)
    assert state == "REFUSED" and "请选择接着办的环节" in reason
    assert (house.item(plan, two)[0], house.release_of(two), house.differences()) == ("MOVED", second, [])
    with house.at_work():
        assert set(db.session.scalars(select(MigrationItem.instance_id))) == {one, two}
    assert house.release_of(three) != second
    house.migrate(second, mapping={("proc_test", "b"): "c"})
    assert house.tasks(one, "node_id", "state") == [("c", "OPEN")] and house.differences() == []


def test_a_plan_needs_a_release_in_force_and_somebody_to_move(house):
    first = house.release(line("a"))
    house.start()
    with pytest.raises(NothingToMove):
        house.plan(first)
    from app.workflow import definitions
    from tests.workflow.definitions.bundles import bundle

    with house.at_work(), unit_of_work():
        draft = definitions.deploy(bundle(), actor=house.actor).id
    with pytest.raises(TargetNotInForce):
        house.plan(draft)


def test_waits_follow_and_messages_reach_the_moved_instance(house):
    def waiting(days):
        return process(
            "proc_test", begin(), parallel("fork"), user("a", **PAPER), boundary("late", "a", timer(f"P{days}D"), interrupting=False),
            user("nudge", **PAPER), catch("paid", message("paid")), end(), end("nudged"), end("got"),
            flow("begin", "fork", "a", "done"), flow("late", "nudge", "nudged"), flow("fork", "paid", "got"),
        )  # fmt: skip

    house.release(waiting(3))
    one = house.start()
    with house.at_work():
        due = db.session.scalars(select(TimerDue.due_at)).all()
    house.migrate(house.release(waiting(8)))
    with house.at_work():
        assert db.session.scalars(select(TimerDue.due_at).where(TimerDue.cancelled_at.is_(None))).all() == due
        assert [row.node_id for row in db.session.scalars(select(EventSubscription))] == ["paid"]
    assert house.differences() == []
    from app.workflow.instances import operations as instances

    with house.at_work(), unit_of_work():
        instances.send_message("paid", "K1", actor=house.actor)
    assert house.count(EventSubscription) == 0 and house.tasks(one, "node_id") == [("a",)]


@pytest.mark.real_clock
def test_the_job_moves_all_of_them_and_goes_on_after_a_broken_chunk(house, monkeypatch):
    house.release(line("a", "b"))
    ids = [house.start() for _ in range(7)]
    second = house.release(line("a", "n", "b"))
    plan = house.plan(second)
    monkeypatch.setattr("app.workflow.migration.jobs.CHUNK", 3)
    real, seen = operations.move_item, []

    def dies(item_id, *, actor):
        seen.append(item_id)
        if len(seen) == 5:
            raise SystemExit  # as a killed worker: nothing of this chunk's rest is done
        return real(item_id, actor=actor)

    monkeypatch.setattr(operations, "move_item", dies)
    with pytest.raises(SystemExit):
        run_due(house.app)
    with house.at_work():
        assert operations.counts_of(plan)[ItemState.MOVED] == 4
    house.carry_out(plan)
    with house.at_work():
        assert operations.counts_of(plan)[ItemState.MOVED] == 7
        assert db.session.scalars(select(TaskLog.instance_id).where(TaskLog.action == "migrate").order_by(TaskLog.instance_id)).all() == sorted(ids)
    assert house.differences() == []


@pytest.mark.real_clock
def test_many_instances_of_one_shape_are_judged_once(house, monkeypatch):
    house.release(line("a", "b", "c"))
    one = house.start()
    house.complete(one, "a")
    second = house.release(line("a", "c"))
    table = ProcessInstance.__table__
    with house.at_work(), unit_of_work():
        row = dict(db.session.execute(select(*table.c).where(table.c.id == one)).mappings().one())
        copies = [{key: value for key, value in row.items() if key != "id"} for _ in range(1_500)]
        db.session.execute(insert(ProcessInstance), copies)
    judged = []
    monkeypatch.setattr("app.workflow.migration.report.judge", lambda *given: judged.append(given) or judge(*given))
    with house.at_work():
        made = make_report(second)
        assert (made.count(Verdict.NEEDS_CHOICE), len(made.groups)) == (1_501, 1)
    assert len(judged) == 1


@settings(max_examples=10, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(trees(), trees(), st.integers(0, 4), st.data())
def test_no_orphans_and_no_lost_tokens_on_random_diagrams(house, old, new, steps, data):
    try:
        house.release(diagram(old, "proc_test", **PAPER))
    except BundleRefused:
        return
    one = house.start(way=data.draw(st.integers(0, 2)))
    for _step in range(steps):
        names = sorted(name for (name,) in house.tasks(one, "node_id"))
        if not names:
            return
        house.complete(one, data.draw(st.sampled_from(names)))
    try:
        second = house.release(diagram(new, "proc_test", **PAPER))
    except BundleRefused:
        return
    with house.at_work():
        made = make_report(second)
        mapping = {(i.scope, i.node_id): data.draw(st.sampled_from(i.choices))[0] for i in made.choices}
    before, bytes_before = house.tokens(one), house.state(one)
    rows = house.tasks(one, "id", "engine_task_id")
    try:
        plan = house.migrate(second, mapping=mapping, only=[one])
    except NothingToMove:
        return
    expected = Counter()
    for (path, name), count in before.items():
        expected[path, mapping.get(("proc_test", name), name)] += count
    assert house.tokens(one) == expected
    assert house.tasks(one, "id", "engine_task_id") == rows
    assert house.differences() == []
    house.undo(plan, one)
    assert house.state(one) == bytes_before and house.differences() == []
