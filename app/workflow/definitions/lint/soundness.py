"""Can every token of a scope go on to the end? All ways through it are walked, within bounds.

A state is where the tokens stand: how many on which flow. Conditions are not evaluated: every flow of a gateway
may be taken. Found are joins that can never go on, joins some way leaves waiting for ever (with that way), and
nodes two tokens come to because parallel branches were not joined. Sub-processes are one step of their scope.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations

from app.core.i18n import _
from app.workflow.definitions.lint.diagram import Diagram, Flow, Node, Scope
from app.workflow.definitions.lint.findings import LintFinding

MOST_STATES = 20_000
MOST_SUBSETS = 4
"""Outgoing flows of an inclusive gateway of which every combination is tried; of more only one, two or all."""
_SHOWN_CHOICES = 4

_JOINING = frozenset({"parallelGateway", "inclusiveGateway"})
_CHOOSING = frozenset({"exclusiveGateway", "eventBasedGateway", "complexGateway"})

Place = tuple[str, frozenset[str]]
"""A flow, and the non-interrupting boundary events of its activity that have come already."""
State = tuple[tuple[Place, int], ...]
"""Tokens by place, sorted; places with none are left out."""


@dataclass(frozen=True, slots=True)
class Step:
    """One way on from a state: the node that acts, the state after it, and the choice in words (may be empty)."""

    node: Node
    after: State
    choice: str = ""


@dataclass(slots=True)
class Walk:
    """What walking all ways has shown."""

    fired: set[str] = field(default_factory=set)
    """Ids of joins that went on at least once."""
    stalled: dict[str, str] = field(default_factory=dict)
    """Joins left waiting for ever → an example way."""
    doubled: dict[str, str] = field(default_factory=dict)
    """Nodes after which two tokens stand in one place → an example way."""
    complete: bool = True


def soundness_findings(diagram: Diagram) -> Iterator[LintFinding]:
    """Findings of all scopes in which there can be more than one token."""
    for scope in diagram.scopes:
        net = Net(scope)
        if net.starts and any(_branches(node) for node in scope.nodes.values()):
            yield from _of_scope(scope, net.walk())


def _branches(node: Node) -> bool:
    return len(node.outgoing) > 1 or node.kind in _JOINING or node.kind == "boundaryEvent"


def _of_scope(scope: Scope, walk: Walk) -> Iterator[LintFinding]:
    for node in scope.of_kind("parallelGateway"):
        if len(node.incoming) < 2 or not walk.complete:
            continue
        if node.id not in walk.fired and node.id in walk.stalled:
            yield _finding(
                node,
                "join_never_full",
                _("并行网关“%(name)s”永远等不齐：它等待的各分支不会同时被执行", name=node.label),
                _("请改用排他网关汇合，或改由并行网关分流"),
                severity="BLOCK",
            )
    for node_id, way in walk.stalled.items():
        if node_id in walk.fired or not walk.complete:
            node = scope.nodes[node_id]
            yield _finding(
                node,
                "join_may_stall",
                _("汇合“%(name)s”可能永远等不齐，例如：%(way)s", name=node.label, way=way),
                _("请让每个分支都到达该汇合，或改用包容网关、排他网关汇合"),
            )
    for node_id, way in walk.doubled.items():
        node = scope.nodes[node_id]
        yield _finding(
            node,
            "missing_join",
            _("并行的分支在“%(name)s”没有汇合，其后的环节会重复执行，例如：%(way)s", name=node.label, way=way),
            _("请在这里先用并行网关（或包容网关）汇合"),
        )
    if not walk.complete:
        yield LintFinding(
            scope.id,
            "not_all_walked",
            "INFO",
            _("流程的走法超过 %(most)s 种，汇合只检查了一部分", most=MOST_STATES),
            _("请把并行的部分拆成子流程"),
        )


def _finding(node: Node, code: str, message: str, fix: str, severity: str = "WARN") -> LintFinding:
    return LintFinding(node.id, code, severity, message, fix)  # type: ignore[arg-type]


class Net:
    """A scope as places and steps. Chains of nodes without a choice are one place: their flows share its name."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.starts = [n for n in scope.entries if n.kind == "startEvent"]
        self.boundary: dict[str, list[Node]] = {}
        for event in scope.of_kind("boundaryEvent"):
            if event.child("compensateEventDefinition") is not None:
                continue  # comes only after its activity is done, and starts no token
            self.boundary.setdefault(event.element.get("attachedToRef", ""), []).append(event)
        self.flows: dict[int, str] = {}
        self.targets: dict[str, Node] = {}
        self.merges: dict[str, Node] = {}
        for flow in scope.flows:
            self._name(flow)
        self._before: dict[str, frozenset[str]] = {}

    def _is_plain(self, node: Node) -> bool:
        gateway = node.kind in _JOINING or node.kind in _CHOOSING
        if gateway and (len(node.incoming) < 2 or node.kind in _CHOOSING) and len(node.outgoing) == 1:
            return True
        return not gateway and len(node.outgoing) == 1 and not self.boundary.get(node.id)

    def _name(self, flow: Flow) -> None:
        """The last flow of the chain this flow begins; notes where chains come together."""
        seen, current = {id(flow)}, flow
        merge = None
        while self._is_plain(current.target):
            merge = merge or (current.target if len(current.target.incoming) > 1 else None)
            following = current.target.outgoing[0]
            if id(following) in seen:
                break
            seen.add(id(following))
            current = following
        name = current.id or f"{current.source.id}>{current.target.id}"
        self.flows[id(flow)] = name
        self.targets[name] = current.target
        if merge is not None:
            self.merges.setdefault(name, merge)

    # walking

    def walk(self) -> Walk:
        """Every way from every start, the shortest first."""
        walk = Walk()
        for start in self.starts:
            self._walk_from(self._after(start, ()), walk)
        return walk

    def _walk_from(self, first: State, walk: Walk) -> None:
        came: dict[State, tuple[State | None, str]] = {first: (None, "")}
        waiting = deque([first])
        while waiting:
            state = waiting.popleft()
            steps = list(self._steps(state))
            for step in steps:
                if step.node.kind in _JOINING:
                    walk.fired.add(step.node.id)
                if step.after in came:
                    continue
                if len(came) >= MOST_STATES:
                    walk.complete = False
                    return
                came[step.after] = (state, step.choice)
                if not self._note_doubled(step, came, walk):
                    waiting.append(step.after)
            if state and not steps:
                for (flow, _used), _count in state:
                    walk.stalled.setdefault(self.targets[flow].id, _way(state, came))

    def _note_doubled(self, step: Step, came: dict[State, tuple[State | None, str]], walk: Walk) -> bool:
        """Whether the step brought a second token to a place; such states are not walked on."""
        totals: dict[str, int] = {}
        for (flow, _used), count in step.after:
            totals[flow] = totals.get(flow, 0) + count
        crowded = [flow for flow, count in totals.items() if count > 1]
        for flow in crowded:
            merge = step.node if len(step.node.incoming) > 1 else self.merges.get(flow)
            if merge is not None and step.node.kind != "boundaryEvent":
                walk.doubled.setdefault(merge.id, _way(step.after, came))
        return bool(crowded)

    # steps

    def _steps(self, state: State) -> Iterator[Step]:
        at: dict[str, list[Place]] = {}
        for place, _count in state:
            at.setdefault(self.targets[place[0]].id, []).append(place)
        for node_id, places in at.items():
            node = self.scope.nodes[node_id]
            match node.kind:
                case "parallelGateway" if len(node.incoming) > 1:
                    yield from self._join(node, places, state)
                case "inclusiveGateway":
                    yield from self._inclusive(node, places, state)
                case _:
                    for place in places:
                        yield from self._single(node, place, state)

    def _join(self, node: Node, places: list[Place], state: State) -> Iterator[Step]:
        wanted = {self.flows[id(flow)] for flow in node.incoming}
        if {flow for flow, _used in places} >= wanted:
            yield Step(node, self._after(node, _less(state, places)))

    def _inclusive(self, node: Node, places: list[Place], state: State) -> Iterator[Step]:
        """Goes on when no other token can still come; takes every token that has."""
        rest = tuple((place, count) for place, count in state if place not in places)
        if any(self.targets[flow].id in self._reaching(node) for (flow, _used), _count in rest):
            return
        default = node.element.get("default")
        ways = _subsets([flow for flow in node.outgoing if flow.id != default])
        ways += [(flow,) for flow in node.outgoing if flow.id == default]
        for flows in ways:
            yield Step(node, self._put(rest, flows), _choice(node, flows))

    def _single(self, node: Node, place: Place, state: State) -> Iterator[Step]:
        """A node that needs one token: a choice of flows, an end, an activity with its boundary events."""
        rest = _less(state, [place])
        if node.kind in _CHOOSING:
            for flow in node.outgoing:
                yield Step(node, self._put(rest, (flow,)), _choice(node, (flow,)))
            return
        if _ends_all(node):
            yield Step(node, ())
            return
        for flows in _ways_out(node):
            yield Step(node, self._put(rest, flows), _choice(node, flows))
        for event in self.boundary.get(node.id, ()):
            words = _("“%(name)s”发生", name=event.label)
            if event.element.get("cancelActivity", "true") != "false":
                yield Step(event, self._after(event, rest), words)
            elif event.id not in place[1]:
                stays: Place = (place[0], place[1] | {event.id})
                yield Step(event, self._after(event, _more(rest, [stays])), words)

    def _after(self, node: Node, rest: State) -> State:
        return self._put(rest, tuple(node.outgoing))

    def _put(self, rest: State, flows: tuple[Flow, ...]) -> State:
        return _more(rest, [(self.flows[id(flow)], frozenset()) for flow in flows])

    def _reaching(self, join: Node) -> frozenset[str]:
        """Ids of nodes from which a token can come to the join without passing it."""
        if join.id not in self._before:
            seen: set[str] = set()
            waiting = [flow.source for flow in join.incoming]
            while waiting:
                node = waiting.pop()
                if node.id in seen or node is join:
                    continue
                seen.add(node.id)
                waiting.extend(flow.source for flow in node.incoming)
                if node.kind == "boundaryEvent":
                    host = self.scope.nodes.get(node.element.get("attachedToRef", ""))
                    waiting.extend([host] if host is not None else [])
            self._before[join.id] = frozenset(seen)
        return self._before[join.id]


def _subsets(flows: list[Flow]) -> list[tuple[Flow, ...]]:
    """Every choice of at least one of these flows; of many only one, two or all."""
    sizes = range(1, len(flows) + 1) if len(flows) <= MOST_SUBSETS else (1, 2, len(flows))
    return [chosen for size in sizes for chosen in combinations(flows, size)]


def _ways_out(node: Node) -> list[tuple[Flow, ...]]:
    """Flows an activity or event may take together: all without a condition, with every choice of the others."""
    default = node.element.get("default") if node.is_activity else None
    chosen = [flow for flow in node.outgoing if flow.condition and flow.id != default]
    always = tuple(flow for flow in node.outgoing if not flow.condition and flow.id != default)
    otherwise = tuple(flow for flow in node.outgoing if flow.id == default and default is not None)
    if not chosen:
        return [always + otherwise]
    return [always + otherwise, *(always + flows for flows in _subsets(chosen))]


def _ends_all(node: Node) -> bool:
    return node.kind == "endEvent" and any(
        node.child(f"{kind}EventDefinition") is not None for kind in ("terminate", "error", "cancel")
    )


def _less(state: State, places: list[Place]) -> State:
    counts = dict(state)
    for place in places:
        counts[place] -= 1
    return _sorted(counts)


def _more(state: State, places: list[Place]) -> State:
    counts = dict(state)
    for place in places:
        counts[place] = counts.get(place, 0) + 1
    return _sorted(counts)


def _sorted(counts: dict[Place, int]) -> State:
    left = [(place, count) for place, count in counts.items() if count]
    return tuple(sorted(left, key=lambda entry: (entry[0][0], sorted(entry[0][1]))))


def _choice(node: Node, flows: tuple[Flow, ...]) -> str:
    if len(node.outgoing) < 2:
        return ""
    return _("“%(name)s”走向%(ways)s", name=node.label, ways="、".join(f"“{flow.target.label}”" for flow in flows))


def _way(state: State, came: dict[State, tuple[State | None, str]]) -> str:
    """The last choices on the way to a state, in order."""
    choices: list[str] = []
    current: State | None = state
    while current is not None:
        current, choice = came[current]
        if choice:
            choices.append(choice)
    return "，".join(reversed(choices[:_SHOWN_CHOICES])) or _("任何走法")
