"""Moving running processes to another version of their diagram: tokens stay, or the move is refused with a reason."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.workflow.engine import NotMovable, judge, load, move, parse_processes, shape_of, tokens_of
from workflow.engine.diagrams import *
from workflow.engine.office import MONDAY, Office, Story


def parse(content, pid="p"):
    files = {"p.bpmn": content} if isinstance(content, bytes) else content
    return parse_processes(files, {})[pid]


def levels(story, new, mapping=None):
    return [(i.level, i.node_id) for i in judge(story.model, parse(new), shape_of(story.run.dump()), mapping or {})]


def moved(story, new, mapping=None):
    """The story on the new diagram; tokens are where they were."""
    state, model, mapping = story.run.dump(), parse(new), mapping or {}
    before = tokens_of(shape_of(state), story.model)
    run = move(state, story.model, model, mapping, story.office)
    after = run.dump()
    assert load(model, after, story.office).dump() == after
    renamed = {((), mapping.get(("p", name), name)): n for (path, name), n in before.items() if not path}
    assert renamed == {place: n for place, n in tokens_of(shape_of(after), model).items() if not place[0]}
    story.files = {"p.bpmn": new} if isinstance(new, bytes) else new
    story.model, story.run = model, load(model, after, story.office)
    story._store()
    return story


LINE = process("p", begin(), user("a"), user("b"), end(), flow("begin", "a", "b", "done"))


def test_a_task_added_behind_the_token_is_come_to_and_the_task_id_stays():
    s = Story(LINE)
    task_id = s.task("a").id
    new = process("p", begin(), user("a", role="X"), user("n"), user("b"), end(), flow("begin", "a", "n", "b", "done"))
    assert levels(s, new) == []
    moved(s, new)
    assert (s.task("a").id, s.task("a").properties) == (task_id, {"role": "X"})
    s.do("a", x=1)
    s.do("n")
    assert s.open() == ["b"] and s.data["x"] == 1


def test_a_task_removed_before_the_token_leaves_its_data():
    s = Story(LINE)
    s.do("a", x=7)
    moved(s, process("p", begin(), user("b"), end(), flow("begin", "b", "done")))
    assert s.open() == ["b"] and s.data["x"] == 7
    s.do("b")
    assert s.run.status == "COMPLETED" and s.data["x"] == 7


def test_a_token_at_a_task_that_is_gone_needs_a_choice_and_goes_there():
    s = Story(LINE)
    new = process("p", begin(), user("b"), manual("c"), end(), flow("begin", "b", "c", "done"))
    issues = judge(s.model, parse(new), shape_of(s.run.dump()), {})
    assert [(i.level, i.node_id, i.choices) for i in issues] == [("CHOICE", "a", (("b", "b"), ("c", "c")))]
    with pytest.raises(NotMovable):
        move(s.run.dump(), s.model, parse(new), {}, s.office)
    moved(s, new, {("p", "a"): "c"})
    assert s.open() == ["c"]
    s.do("c")
    assert s.run.status == "COMPLETED"


FORK = [begin(), parallel("fork"), user("a"), user("b"), parallel("join"), user("z"), end()]
FORKED = process("p", *FORK, flow("begin", "fork", "a", "join", "z", "done"), flow("fork", "b", "join"))


def test_a_branch_added_after_the_fork_was_passed_would_wait_for_ever():
    s = Story(FORKED)
    new = process("p", *FORK, user("c"), flow("begin", "fork", "a", "join", "z", "done"), flow("fork", "b", "join"), flow("fork", "c", "join"))
    assert levels(s, new) == [("CANNOT", "join")]
    early = Story(process("p", begin(), user("x"), *FORK[1:], flow("begin", "x", "fork", "a", "join", "z", "done"), flow("fork", "b", "join")))
    later = process("p", begin(), user("x"), *FORK[1:], user("c"), flow("begin", "x", "fork", "a", "join", "z", "done"), flow("fork", "b", "join"), flow("fork", "c", "join"))
    moved(early, later).do("x")
    assert sorted(early.open()) == ["a", "b", "c"]


def test_a_token_waiting_at_a_join_stays_counted():
    s = Story(FORKED)
    s.do("a", left=1)
    new = process("p", *FORK, user("n"), flow("begin", "fork", "a", "join", "z", "done"), flow("fork", "b", "n", "join"))
    moved(s, new)
    s.do("b")
    s.do("n", right=2)
    assert s.open() == ["z"] and (s.data["left"], s.data["right"]) == (1, 2)


def test_a_task_put_between_an_arrived_branch_and_its_join_is_refused():
    s = Story(FORKED)
    s.do("a")
    new = process("p", *FORK, user("n"), flow("begin", "fork", "a", "n", "join", "z", "done"), flow("fork", "b", "join"))
    assert levels(s, new) == [("CANNOT", "join")]


def test_two_branches_on_one_way_are_refused():
    s = Story(FORKED)
    new = process("p", begin(), parallel("fork"), user("a"), user("c"), user("d"), parallel("join"), user("z"), end(),
                  flow("begin", "fork", "a", "c", "join", "z", "done"), flow("fork", "d", "join"))  # fmt: skip
    assert levels(s, new, {("p", "b"): "c"}) == [("CANNOT", "join")] * 2
    moved(s, new, {("p", "b"): "d"})
    s.do("a")
    s.do("c")
    s.do("d")
    assert s.open() == ["z"]


def test_boundary_events_come_go_and_keep_their_due_time():
    plain = process("p", begin(), user("a"), end(), flow("begin", "a", "done"))
    timed = process("p", begin(), user("a"), boundary("late", "a", timer("P3D")), end(), end("over"), flow("begin", "a", "done"), flow("late", "over"))
    longer = process("p", begin(), user("a"), boundary("late", "a", timer("P9D")), boundary("told", "a", message("m"), interrupting=False),
                     user("n"), end(), end("over"), end("e"), flow("begin", "a", "done"), flow("late", "over"), flow("told", "n", "e"))  # fmt: skip
    s = Story(plain)
    assert levels(s, timed) == [("NOTE", "a")]
    s.office.wait(days=1)
    moved(s, timed)
    assert [w.due for w in s.run.waits()] == [MONDAY + timedelta(days=4)]
    moved(s, longer)
    assert {w.node_id: w.due for w in s.run.waits()} == {"late": MONDAY + timedelta(days=4), "told": None}
    task_id = s.task("a").id
    moved(s, plain)
    assert s.run.waits() == [] and s.task("a").id == task_id
    moved(s, timed)
    s.office.wait(days=30)
    s.run.fire_timers(s.office.now())
    assert (s.run.status, s.run.end_nodes) == ("COMPLETED", ["over"])


def test_votes_go_on_with_the_answers_given():
    def vote(until, sequential=False, **kw):
        return process("p", begin(), user("v", many("people", until=until, sequential=sequential)), end(), flow("begin", "v", "done"))

    s = Story(vote("mi_done >= 3"), data={"people": [1, 2, 3]})
    s.do("v", 0, say="yes")
    assert levels(s, vote("mi_done >= 2", sequential=True)) == [("CANNOT", "v")]
    assert levels(s, process("p", begin(), user("w"), end(), flow("begin", "w", "done"))) == [("CANNOT", "v")]
    moved(s, vote("mi_done >= 2"))
    s.do("v", 2, say="no")
    assert s.run.status == "COMPLETED" and [row["say"] for row in s.data["v_results"]] == ["yes", "no"]


def test_sub_processes_and_called_processes_go_on_inside():
    def files(*inner, called="q"):
        other = process("q", begin(), user("qa"), *inner, end(), flow("begin", "qa", *(["qb"] if inner else []), "done"))
        third = process("r", begin(), user("qa"), end(), flow("begin", "qa", "done"))
        main = process("p", begin(), sub("s", begin("sb"), user("sa"), *([user("sx")] if inner else []), end("se"), flow("sb", "sa", *(["sx"] if inner else []), "se")),
                       call("c", called), end(), flow("begin", "s", "c", "done"))  # fmt: skip
        return {"p.bpmn": main, "q.bpmn": other, "r.bpmn": third}

    s = Story(files())
    moved(s, files(user("qb")))
    s.do("sa")
    assert s.open() == ["sx"]
    s.do("sx")
    assert levels(s, files(called="r"))[0][0] == "CANNOT"
    moved(s, files(user("qb")))
    s.do("qa")
    assert s.open() == ["qb"]
    s.do("qb")
    assert s.run.status == "COMPLETED"


def inside(*nodes):
    return "".join([begin("s0"), *nodes, end("s9"), flow("s0", *[one.split('id="')[1].split('"')[0] for one in nodes], "s9")])


REPEATED = {
    "loop": (user("x", loop("loopCounter < 3")), "x", 1),
    "loop of a sub-process": (sub("x", loop("loopCounter < 3"), inside(user("i"), user("j"))), "i", 1),
    "parallel": (user("x", many("members")), "x", 3),
    "sequential": (user("x", many("members", sequential=True)), "x", 1),
    "parallel sub-processes": (sub("x", many("members"), inside(user("i"), user("j"))), "i", 3),
    "sequential sub-processes": (sub("x", many("members", sequential=True), inside(user("i"), user("j"))), "i", 1),
    "ad hoc": (adhoc("x", "c_ok = true", user("a"), user("b"), user("c"), flow("b", "c")), "b", 2),
}


@pytest.mark.parametrize("what", REPEATED)
@pytest.mark.parametrize("did", [0, 1])
def test_what_is_done_again_and_again_goes_on_where_it_was(what, did):
    node, first, tokens = REPEATED[what]
    s = Story(process("p", begin(), node, user("z"), end(), flow("begin", "x", "z", "done")), data={"members": [1, 2, 3]})
    assert len(s.open()) == tokens
    for _ in range(did):
        s.do(first, said=first)
    stood = [(task.id, task.node_id, task.path, task.mi_index, task.data) for task in s.run.ready()]
    more = process("p", begin(), node, user("n"), user("z"), end(), flow("begin", "x", "n", "z", "done"))
    assert levels(s, more) == []
    moved(s, more)
    assert [(task.id, task.node_id, task.path, task.mi_index, task.data) for task in s.run.ready()] == stood
    for _ in range(9):
        if s.open() != ["n"]:
            s.do(s.open()[-1], c_ok=True)
    assert s.do("n").do("z").status == "COMPLETED"
    gone = Story(process("p", begin(), node, user("z"), end(), flow("begin", "x", "z", "done")), data={"members": [1, 2, 3]})
    assert levels(gone, process("p", begin(), user("y"), user("z"), end(), flow("begin", "y", "z", "done"))) == [("CANNOT", "x")]


def test_free_tasks_of_an_ad_hoc_sub_process_must_be_the_same():
    def free(*nodes):
        return process("p", begin(), adhoc("x", "a_ok = true", *nodes), end(), flow("begin", "x", "done"))

    s = Story(free(user("a"), user("b")))
    assert levels(s, free(user("a"), user("b"), user("c"))) == [("CANNOT", "")]
    assert levels(s, free(user("a"), user("b"), flow("b", "a"))) == [("CANNOT", "")]
    moved(s, free(user("a"), user("b"), user("c"), flow("b", "c")))
    assert s.do("b").open().count("c") == 1
    assert s.do("a", a_ok=True).status == "COMPLETED"


def test_a_branch_that_has_ended_does_not_hold_the_others():
    def fork(*more):
        return process(
            "p", begin(), parallel("f"), user("a"), user("b"), *more, end("e1"), end("e2"), flow("begin", "f", "a", "e1"), flow("f", "b", *(["n"] if more else []), "e2")
        )

    s = moved(Story(fork()).do("a"), fork(user("n")))
    assert s.do("b").do("n").status == "COMPLETED"


def undone(*more, handler="ux", thrown=compensate(), wait=True):
    (one, line1), (two, line2) = undo("x", handler), undo("y", "uy")
    names = [name for name in ("n",) if more]
    return process(
        "p", begin(), user("x"), one, undoing(user(handler)), user("y"), two, undoing(user("uy")), throw("t", thrown), *more, user("z"), end(),
        flow("begin", "x", "y", "t", *names, "z", "done"), line1, line2,
    )  # fmt: skip


@pytest.mark.parametrize("wait", [True, False])
def test_a_compensation_that_is_going_on_goes_on(wait):
    s = Story(undone(thrown=compensate(wait=wait))).do("x", n=1).do("y")
    new = undone(user("n"), thrown=compensate(wait=wait))
    assert levels(s, new) == []
    moved(s, new)
    assert ("uy" in s.open(), "z" in s.open()) == (True, not wait)
    s.do("uy", back=True)
    assert "ux" in s.open()
    s.do("ux")
    if wait:
        s.do("n")
    assert s.do("z").status == "COMPLETED"
    assert (s.data["n"], s.data["back"]) == (1, True)


def test_a_compensation_that_is_going_on_needs_its_handlers_and_its_throw():
    s = Story(undone()).do("x").do("y")
    assert levels(s, undone(handler="other")) == [("CANNOT", "uy")]
    assert levels(s, undone(thrown="")) == [("CANNOT", "uy")]
    assert levels(s, LINE)[0] == ("CANNOT", "uy")


def undone_inside(*more, kind=user, own=(), thrown=compensate()):
    """A sub-process of x and y that is undone from inside, by its handlers or its own event sub-process ``own``."""
    (one, line1), (two, line2) = undo("x", "ux"), undo("y", "uy")
    names = [name for name in ("n",) if more]
    inside = [begin("s0"), kind("x"), one, undoing(user("ux")), user("y"), two, undoing(user("uy")), end("s9"), flow("s0", "x", "y", "s9")]
    handler = [event_sub("es", begin("on", compensate()), *own, end("e9"), flow("on", "k", "t2", "e9"))] if own else []
    return process(
        "p", begin(), sub("s", *inside, *handler, line1, line2), throw("t", thrown), *more, user("z"), end(), flow("begin", "s", "t", *names, "z", "done"),
    )  # fmt: skip


@pytest.mark.parametrize("own", [(), (user("k"), throw("t2", compensate()))])
def test_what_is_being_undone_inside_goes_on_on_its_snapshot(own):
    s = Story(undone_inside(own=own)).do("x", n=1).do("y")
    new = undone_inside(user("n"), own=own)
    assert levels(s, new) == []
    if own:
        moved(s, new).do("k", told=True)
    moved(s, new)
    assert (s.open(), s.task("uy").path, s.task("uy").data["n"]) == (["uy"], ("s",), 1)
    s.do("uy", back=True)
    moved(s, undone_inside(own=own))
    assert s.do("ux").do("z").status == "COMPLETED"
    assert (s.data["n"], s.data["back"]) == (1, True)


def test_what_is_being_undone_inside_needs_its_handlers_and_its_throw():
    s = Story(undone_inside()).do("x").do("y")
    assert levels(s, undone_inside(kind=manual))[0] == ("CANNOT", "uy")
    assert levels(s, undone_inside(thrown=""))[0] == ("CANNOT", "s")
    assert levels(s, LINE)[0] == ("CANNOT", "s")
    own = Story(undone_inside(own=(user("k"), throw("t2", compensate())))).do("x").do("y")
    assert levels(own, undone_inside())[0] == ("CANNOT", "es")


def test_event_sub_processes_are_armed_kept_and_withdrawn():
    base = [begin(), user("a"), end()]
    plain = process("p", *base, flow("begin", "a", "done"))
    listening = process("p", *base, event_sub("es", begin("esb", message("m")), user("ea"), end("ee"), flow("esb", "ea", "ee")), flow("begin", "a", "done"))
    s = Story(plain)
    moved(s, listening)
    assert [w.name for w in s.run.waits()] == ["m"]
    moved(moved(s, plain), listening)
    s.run.send_message("m")
    assert s.open() == ["ea"]


def test_a_failed_step_may_be_tried_again_on_the_mended_diagram():
    def diagram(text):
        return process("p", begin(), script("calc", text), user("a"), end(), flow("begin", "calc", "a", "done"))

    from app.workflow.engine import StepFailed, start

    office = Office()
    old, new = parse(diagram("nothing.at.all + 1")), parse(diagram("{x: 2}"))
    with pytest.raises(StepFailed) as failed:
        start(old, {}, office)
    run = move(failed.value.run.dump(), old, new, {}, office)
    assert run.status == "FAILED"
    run.retry()
    assert [t.node_id for t in run.ready()] == ["a"] and run.data["x"] == 2


# ------------------------------------------------------------------ random small diagrams


@st.composite
def trees(draw, depth=2):
    """A block: a task, one with a timer beside or instead of it, a sequence, a fork, or a choice of blocks."""
    simple = ["task", "timed", "late"]
    kind = draw(st.sampled_from([*simple, "seq", "par", "xor", "or"] if depth else simple))
    if kind in simple:
        return (kind, draw(st.sampled_from("abcdef")))
    return (kind, draw(st.lists(trees(depth=depth - 1), min_size=2, max_size=3)))


def diagram(tree, pid="p", **properties):
    """A block as a process. Every task has its letter, once: a second use gets a number."""
    parts, flows, used, count = [], [], {}, [0]

    def fresh(letter):
        used[letter] = used.get(letter, 0) + 1
        return letter if used[letter] == 1 else f"{letter}{used[letter]}"

    def block(tree):
        kind, inner = tree
        if kind in ("task", "timed", "late"):
            name = fresh(inner)
            parts.append(user(name, **properties))
            if kind == "timed":
                parts.extend([boundary(f"t_{name}", name, timer("P5D"), interrupting=False), end(f"e_{name}")])
                flows.append(flow(f"t_{name}", f"e_{name}"))
            if kind == "late":
                parts.extend([boundary(f"l_{name}", name, timer("P5D")), user(f"{name}_late", **properties), exclusive(f"m_{name}")])
                flows.extend([flow(f"l_{name}", f"{name}_late", f"m_{name}"), flow(name, f"m_{name}")])
                return name, f"m_{name}"
            return name, name
        if kind == "seq":
            made = [block(one) for one in inner]
            flows.extend(flow(left[1], right[0]) for left, right in zip(made, made[1:]))
            return made[0][0], made[-1][1]
        count[0] += 1
        make = {"par": parallel, "xor": exclusive, "or": inclusive}[kind]
        opened, closed = f"{kind}_o{count[0]}", f"{kind}_c{count[0]}"
        made = [block(one) for one in inner]
        parts.append(make(opened) if kind == "par" else make(opened, default=f"d_{opened}"))
        parts.append(make(closed))
        for place, (first, last) in enumerate(made):
            if kind != "par":
                when = f"way = {place}" if kind == "xor" else f"way >= {place}"
                flows.append(flow(opened, first, id=f"d_{opened}") if place == 0 else flow(opened, first, when=when))
            else:
                flows.append(flow(opened, first))
            flows.append(flow(last, closed))
        return opened, closed

    first, last = block(tree)
    return process(pid, begin(), *parts, end(), flow("begin", first), flow(last, "done"), *flows)


@settings(max_examples=150, deadline=None)
@given(trees(), trees(), st.integers(0, 6), st.data())
def test_what_may_be_moved_keeps_its_tokens_and_comes_to_its_end(old, new, steps, data):
    s = Story(diagram(old), data={"way": data.draw(st.integers(0, 2))})
    for _step in range(steps):
        if data.draw(st.integers(0, 4)) == 0:
            s.pass_time(days=6)
        if not s.run.ready():
            return
        s.run.complete(data.draw(st.sampled_from(sorted(s.run.ready(), key=lambda t: t.node_id))).id)
    if s.run.status != "RUNNING":
        return
    target, state = parse(diagram(new)), s.run.dump()
    issues = judge(s.model, target, shape_of(state), {})
    mapping = {("p", i.node_id): data.draw(st.sampled_from(i.choices))[0] for i in issues if i.level == "CHOICE"}
    if any(i.level != "NOTE" for i in judge(s.model, target, shape_of(state), mapping)):
        with pytest.raises(NotMovable):
            move(state, s.model, target, mapping, s.office)
        return
    ready = sorted(mapping.get(("p", t.node_id), t.node_id) for t in s.run.ready())
    ids = {t.id for t in s.run.ready()}
    run = move(state, s.model, target, mapping, s.office)
    assert sorted(t.node_id for t in run.ready()) == ready and {t.id for t in run.ready()} == ids
    assert run.data == s.run.data
    for _step in range(60):
        run = load(target, run.dump(), s.office)
        assert not run.is_stuck
        if not run.ready():
            break
        run.complete(run.ready()[0].id)
    assert run.status == "COMPLETED"
