"""Random processes out of blocks, each sound by itself: one way in, one way out, whatever stands inside.

A new block is one function with ``@block``: it gets a ``Maker`` and gives a ``Piece``. ``maker.some()`` is a random row of
blocks to put inside; ``maker.id("x")`` a fresh id; ``maker.draw(...)`` asks hypothesis. What is declared beside the row
(boundary events and what follows them) goes into the piece's ``parts`` too.
"""

from dataclasses import dataclass, field

from hypothesis import strategies as st

from workflow.engine.diagrams import *
from workflow.engine.diagrams import loop as loop_of

MOST_DEPTH = 3
BLOCKS = []


def block(function):
    """Make a block known. Those that hold others ask for ``maker.depth`` themselves, through ``some``."""
    BLOCKS.append(function)
    return function


@dataclass
class Piece:
    """Nodes and flows with one way in and one way out."""

    first: str
    last: str
    parts: str


@dataclass
class Maker:
    """What the blocks of one process file are made with."""

    draw: object
    depth: int = 0
    used: int = 0
    called: list = field(default_factory=list)

    def id(self, word):
        self.used += 1
        return f"{word}{self.used}"

    def some(self, most=2):
        """A row of one to ``most`` blocks; plain ones when it is deep enough."""
        self.depth += 1
        kinds = BLOCKS if self.depth < MOST_DEPTH else SIMPLE
        pieces = [self.draw(st.sampled_from(kinds))(self) for _ in range(self.draw(st.integers(1, most)))]
        self.depth -= 1
        links = "".join(flow(one.last, other.first) for one, other in zip(pieces, pieces[1:]))
        return Piece(pieces[0].first, pieces[-1].last, "".join(piece.parts for piece in pieces) + links)

    def scope(self, more=""):
        """The inside of a process or sub-process: start, a row, end."""
        inside, start, stop = self.some(), self.id("s"), self.id("e")
        return begin(start) + inside.parts + end(stop) + flow(start, inside.first) + flow(inside.last, stop) + more

    def one(self, *kinds):
        return self.draw(st.sampled_from(kinds))


def single(node_id, xml):
    return Piece(node_id, node_id, xml)


# ------------------------------------------------------------------ the blocks


@block
def work(maker):
    return single(name := maker.id("u"), user(name))


@block
def reckoning(maker):
    name = maker.id("c")
    return single(name, script(name, f"{{n: n + 1, {name}: n / 8, parts: [n, {{deep: [n]}}]}}"))


@block
def waiting(maker):
    name = maker.id("w")
    kind = maker.one(timer("PT3H"), message("m"), signal("sig"))
    return single(name, catch(name, kind))


@block
def calling_out(maker):
    return single(name := maker.id("o"), throw(name, maker.one(message("m"), signal("sig"))))


@block
def votes(maker):
    name = maker.id("v")
    until = maker.one(None, "mi_done = 2")
    return single(name, user(name, many("members", sequential=maker.one(True, False), until=until)))


SIMPLE = list(BLOCKS)


def _branches(maker, split, join, joined):
    """Two or three branches; conditions of the others than the first by ``when``."""
    count = maker.draw(st.integers(2, 3))
    branches = [maker.some() for _ in range(count)]
    parts = "".join(branch.parts for branch in branches)
    return branches, parts + "".join(flow(branch.last, join) for branch in branches) + joined


@block
def choice(maker):
    split, join = maker.id("x"), maker.id("xj")
    branches, parts = _branches(maker, split, join, exclusive(join))
    flows = flow(split, branches[0].first) + "".join(
        flow(split, branch.first, when=f"bad = true and n > {at}") for at, branch in enumerate(branches[1:])
    )
    return Piece(split, join, exclusive(split, default=f"f_{split}_{branches[0].first}") + parts + flows)


@block
def together(maker):
    split, join = maker.id("p"), maker.id("pj")
    branches, parts = _branches(maker, split, join, parallel(join))
    return Piece(split, join, parallel(split) + parts + "".join(flow(split, branch.first) for branch in branches))


@block
def whichever(maker):
    split, join = maker.id("i"), maker.id("ij")
    branches, parts = _branches(maker, split, join, inclusive(join))
    flows = flow(split, branches[0].first) + "".join(flow(split, branch.first, when="bad != true") for branch in branches[1:])
    return Piece(split, join, inclusive(split, default=f"f_{split}_{branches[0].first}") + parts + flows)


@block
def first_event(maker):
    gate, join = maker.id("g"), maker.id("gj")
    a, b = maker.id("w"), maker.id("w")
    parts = event_gateway(gate) + catch(a, timer("PT4H")) + catch(b, message("m")) + exclusive(join)
    return Piece(gate, join, parts + flow(gate, a, join) + flow(gate, b, join))


@block
def loop(maker):
    top, count, back, inside = maker.id("xl"), maker.id("c"), maker.id("xb"), maker.some(1)
    parts = exclusive(top) + script(count, f"{{{top}: (if {top} = null then 0 else {top}) + 1}}") + exclusive(back, default=f"f_{back}_out_{back}")
    out = maker.id("c")
    parts += script(out, "{}") + inside.parts
    flows = flow(top, count, inside.first) + flow(inside.last, back) + flow(back, top, when=f"{top} < 2") + flow(back, out, id=f"f_{back}_out_{back}")
    return Piece(top, out, parts + flows)


@block
def inner(maker):
    name = maker.id("sub")
    return single(name, sub(name, maker.scope()))


@block
def inner_for_each(maker):
    name = maker.id("sub")
    return single(name, sub(name, many("members", sequential=maker.one(True, False)), maker.scope()))


@block
def called(maker):
    name, process_id = maker.id("call"), maker.id("proc")
    loops = maker.one("", "", many("members", sequential=maker.one(True, False)))
    maker.called.append(process_xml(process_id, maker.scope()))
    properties = maker.one({}, {"input": "{n: n, members: members, bad: bad}", "output": "{n: n}"})
    return single(name, call(name, process_id, loops, **properties))


@block
def watched(maker):
    """An activity with a boundary event; an interrupting one joins the way again, another ends by itself."""
    host, event, join = maker.id("h"), maker.id("b"), maker.id("bj")
    hosted = user(host) if maker.one(True, False) else sub(host, maker.scope())
    interrupting = maker.one(True, False)
    after = maker.some(1)
    stop = "" if interrupting else end(over := maker.id("e"))
    parts = hosted + boundary(event, host, maker.one(timer("PT5H"), message("m"), signal("sig")), interrupting=interrupting)
    leads = flow(after.last, join if interrupting else over)
    return Piece(host, join, parts + after.parts + stop + exclusive(join) + flow(host, join) + flow(event, after.first) + leads)


@block
def failing(maker):
    """A sub-process that may end in an error (or an escalation), caught at its border."""
    name, event, join, gate, bad, good = (maker.id(word) for word in ("sub", "b", "bj", "x", "e", "e"))
    kind = maker.one(error, escalation)
    inside, start, after = maker.some(1), maker.id("s"), maker.some(1)
    scope = begin(start) + inside.parts + exclusive(gate, default=f"f_{gate}_{good}") + end(good) + end(bad, kind("E"))
    scope += flow(start, inside.first) + flow(inside.last, gate, good) + flow(gate, bad, when="bad = true")
    parts = sub(name, scope) + boundary(event, name, kind("E")) + after.parts + exclusive(join)
    return Piece(name, join, parts + flow(name, join) + flow(event, after.first) + flow(after.last, join))


@block
def listening(maker):
    """A sub-process that listens for something while it goes on."""
    name, inside, on = maker.id("sub"), maker.id("es"), maker.id("on")
    kind = maker.one(timer("PT6H"), message("query"), signal("sig"), condition("bad = true"))
    row, stop = maker.some(1), maker.id("e")
    start = begin(on, kind, isInterrupting=maker.one("true", "false"))
    return single(name, sub(name, maker.scope(event_sub(inside, start, row.parts, end(stop), flow(on, row.first), flow(row.last, stop)))))


@block
def mending(maker):
    """A sub-process that may end in an error (or an escalation), which its own event sub-process catches."""
    name, inside, on, gate, bad, good, stop = (maker.id(word) for word in ("sub", "es", "on", "x", "e", "e", "e"))
    kind, start, row, after = maker.one(error, escalation), maker.id("s"), maker.some(1), maker.some(1)
    interrupting = "true" if kind is error else maker.one("true", "false")
    scope = begin(start) + row.parts + exclusive(gate, default=f"f_{gate}_{good}") + end(good) + end(bad, kind("E"))
    scope += flow(start, row.first) + flow(row.last, gate, good) + flow(gate, bad, when="bad = true")
    scope += event_sub(inside, begin(on, kind(maker.one("E", "E", None) if kind is error else "E"), isInterrupting=interrupting), after.parts, end(stop), flow(on, after.first), flow(after.last, stop))
    return single(name, sub(name, scope))


@block
def cut_short(maker):
    """A sub-process with two branches; one of them may end the whole."""
    name, start, split, gate, over, good, other = (maker.id(word) for word in ("sub", "s", "p", "x", "e", "e", "e"))
    one, two = maker.some(1), maker.some(1)
    scope = begin(start) + parallel(split) + one.parts + two.parts + exclusive(gate, default=f"f_{gate}_{good}")
    scope += end(over, "<bpmn:terminateEventDefinition/>") + end(good) + end(other)
    scope += flow(start, split, one.first) + flow(one.last, gate, good) + flow(gate, over, when="bad = true")
    scope += flow(split, two.first) + flow(two.last, other)
    return single(name, sub(name, scope))


@block
def undone(maker):
    """A sub-process that has done something which can be undone, and a throw (or the end of a transaction) that undoes it.

    Inside it is the handler's, its own event sub-process's, or that of a sub-process deeper down; people may have to do it.
    """
    name, start, stop, thrown = maker.id("sub"), maker.id("s"), maker.id("e"), maker.id("t")
    parts, lines, row = "", "", [start]
    for _activity in range(maker.draw(st.integers(1, 2))):
        done, handler = maker.id("u"), maker.id("hu")
        event, line = undo(done, handler)
        made = user(handler) if maker.one(True, False) else sub(handler, maker.scope())
        parts, lines, row = parts + user(done) + event + undoing(made), lines + line, [*row, done]
    if maker.one(True, False):
        inside = maker.some(1)
        parts += inside.parts + flow(*row, inside.first)
        row = [inside.last]
    own = ""
    if maker.one(True, False):
        inside, on, deeper, over, holder = maker.some(1), maker.id("on"), maker.id("t"), maker.id("e"), maker.id("es")
        own = event_sub(holder, begin(on, compensate()), inside.parts, throw(deeper, compensate(wait=maker.one(True, False))), end(over), flow(on, inside.first), flow(inside.last, deeper, over))
    repeated = maker.one("", "", many("members", sequential=maker.one(True, False)), loop_of(most=2))
    scope = repeated + begin(start) + parts + end(stop) + flow(*row, stop) + own + lines
    event = compensate(maker.one(name, None), wait=maker.one(True, False))
    return Piece(name, thrown, sub(name, scope) + throw(thrown, event) + flow(name, thrown))


@block
def cancelled(maker):
    """A transaction that may be cancelled while a sub-process in it is under way."""
    name, event, join, gate, bad, good, split, other = (maker.id(word) for word in ("tx", "b", "bj", "x", "e", "e", "p", "e"))
    start, done, handler, beside = maker.id("s"), maker.id("u"), maker.id("hu"), undone(maker)
    border, line = undo(done, handler)
    scope = begin(start) + parallel(split) + user(done) + border + undoing(user(handler)) + exclusive(gate, default=f"f_{gate}_{good}") + end(good) + end(bad, CANCEL) + end(other)
    scope += beside.parts + flow(start, split, done, gate, good) + flow(gate, bad, when="bad = true") + flow(split, beside.first) + flow(beside.last, other) + line
    parts = node("transaction", name, scope) + boundary(event, name, CANCEL) + exclusive(join)
    return Piece(name, join, parts + flow(name, join) + flow(event, join))


@st.composite
def processes(draw):
    """A file with the process ``p`` and those it calls. Starts with ``members``, ``n`` and ``bad``."""
    maker = Maker(draw)
    inside = maker.some(3)
    top = process_xml("p", begin() + inside.parts + end() + flow("begin", inside.first) + flow(inside.last, "done"))
    return document(top, *maker.called)
