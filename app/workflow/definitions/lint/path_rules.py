"""Rules about the order of data: what an expression reads must have been written on every way that leads to it.

Within a scope the names surely written are carried along the flows: where ways come together only what all of
them wrote is sure, at a parallel join all of it. A name that is written elsewhere in the process, but not on some
way to its reader, is null there, and the condition silently false. The finding shows such a way.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from app.core.feel import FeelError, compile_expression
from app.core.i18n import _
from app.workflow.definitions.lint.data_rules import INSTANCE, expressions_of, writes_of
from app.workflow.definitions.lint.diagram import Diagram, Node, Scope
from app.workflow.definitions.lint.findings import LintContext, LintFinding
from app.workflow.engine.countersign import SIGNER, is_countersigned

Names = frozenset[str]
_SHOWN_NODES = 5
_INSIDE = ("subProcess", "transaction")


@dataclass(frozen=True, slots=True)
class Reading:
    """An expression at a node (or at the flow that leaves it), and the root names it needs."""

    element_id: str
    what: str
    names: Names


def path_findings(diagram: Diagram, context: LintContext) -> Iterator[LintFinding]:
    """Names read before they are written on some way."""
    flows = _Flows(diagram, context)
    for scope in diagram.scopes:
        for node in scope.nodes.values():
            for reading in flows.readings.get(node.id, ()):
                sure = flows.sure_at(scope, node, after=reading.element_id != node.id)
                for name in sorted(reading.names & flows.written - sure):
                    yield _finding(flows, scope, node, reading, name)


def _finding(flows: _Flows, scope: Scope, node: Node, reading: Reading, name: str) -> LintFinding:
    return LintFinding(
        reading.element_id,
        "maybe_unset",
        "WARN",
        _(
            "%(what)s读取的“%(name)s”不一定已经写入，例如：%(way)s",
            what=reading.what,
            name=name,
            way=flows.way_without(scope, node, name),
        ),
        _(
            "请在每条路径上先写入它，或在表达式里写明没有值时怎么办，如 if %(name)s = null then … else …",
            name=name,
        ),
    )


class _Flows:
    """What is surely written where, scope by scope."""

    def __init__(self, diagram: Diagram, context: LintContext) -> None:
        self.diagram = diagram
        self.context = context
        self.given: Names = frozenset(context.given) | frozenset(context.datasets) | INSTANCE | {"actor"}
        self.writes = {node.id: frozenset(writes_of(node, context)) for node in diagram.nodes()}
        self.written: Names = frozenset().union(*self.writes.values()) - self.given
        self.readings = _readings(diagram, context)
        self.scopes = {scope.id: scope for scope in diagram.scopes}
        self._arriving: dict[str, dict[str, Names]] = {}
        self._starting: dict[str, Names] = {}

    def sure_at(self, scope: Scope, node: Node, *, after: bool) -> Names:
        """Names surely there when the token arrives at a node, or when it leaves it."""
        arriving = self._at(scope)
        sure = arriving.get(node.id)
        if sure is None:  # never reached: other rules say so
            return self.written | self.given
        return sure | self._written_by(node) if after else sure

    def _at(self, scope: Scope) -> dict[str, Names]:
        if scope.id not in self._arriving:
            self._arriving[scope.id] = {}  # a scope inside itself cannot be drawn; be safe
            self._arriving[scope.id] = self._carry(scope, self._start_of(scope))
        return self._arriving[scope.id]

    def _start_of(self, scope: Scope) -> Names:
        """What a scope begins with: an event sub-process may come at any moment, so only what is always there."""
        holder = next(
            (
                (outer, node)
                for outer in self.diagram.scopes
                for node in outer.nodes.values()
                if node.id == scope.id
            ),
            None,
        )
        if holder is None:
            return self.given
        outer, node = holder
        if node.element.get("triggeredByEvent") == "true":
            return self._start_of(outer)
        return self._at(outer).get(node.id, self.given) | _own_names(node)

    def _carry(self, scope: Scope, start: Names) -> dict[str, Names]:
        """A fixed point: sets only shrink, so it ends."""
        hosts: dict[str, list[Node]] = {}
        for event in scope.of_kind("boundaryEvent"):
            hosts.setdefault(event.element.get("attachedToRef", ""), []).append(event)
        leaving: dict[str, Names] = {}
        arriving: dict[str, Names] = {node.id: start for node in scope.entries}
        waiting = deque(scope.entries)
        while waiting:
            node = waiting.popleft()
            leaves = arriving[node.id] | self._written_by(node)
            if leaving.get(node.id) == leaves:
                continue
            leaving[node.id] = leaves
            for event in hosts.get(node.id, ()):
                self._arrive(event, arriving[node.id], arriving, waiting)
            for flow in node.outgoing:
                self._arrive(flow.target, _together(flow.target, leaving), arriving, waiting)
        return arriving

    @staticmethod
    def _arrive(node: Node, names: Names, arriving: dict[str, Names], waiting: deque[Node]) -> None:
        if arriving.get(node.id) != names:
            arriving[node.id] = names
            waiting.append(node)

    def _written_by(self, node: Node) -> Names:
        """What a node surely leaves; a sub-process what all its ends have."""
        inner = self.scopes.get(node.id) if node.kind in _INSIDE else None
        if inner is None or node.element.get("triggeredByEvent") == "true":
            return self.writes.get(node.id, frozenset())
        if node.id in self._starting:
            return self._starting[node.id]
        self._starting[node.id] = frozenset()
        at = self._carry(inner, frozenset())
        ends = [at[end.id] | self.writes[end.id] for end in inner.of_kind("endEvent") if end.id in at]
        self._starting[node.id] = (frozenset.intersection(*ends) if ends else frozenset()) | self.writes[node.id]
        return self._starting[node.id]

    def way_without(self, scope: Scope, reader: Node, name: str) -> str:
        """Labels of a way from the start of the scope to the reader on which nobody writes the name."""
        came: dict[str, Node | None] = {node.id: None for node in scope.entries}
        waiting = deque(scope.entries)
        while waiting:
            node = waiting.popleft()
            if node is reader:
                break
            writes = name in self._written_by(node)
            following = [] if writes else [flow.target for flow in node.outgoing]
            following += [e for e in scope.of_kind("boundaryEvent") if e.element.get("attachedToRef") == node.id]
            for target in following:
                if target.id not in came:
                    came[target.id] = node
                    waiting.append(target)
        return _shown(reader, came)


def _together(target: Node, leaving: dict[str, Names]) -> Names:
    """What is sure where flows meet: of a parallel join everything, else what all that were walked have."""
    sets = [leaving[flow.source.id] for flow in target.incoming if flow.source.id in leaving]
    if target.kind == "parallelGateway":
        return frozenset().union(*sets)
    return frozenset.intersection(*sets)


def _shown(reader: Node, came: dict[str, Node | None]) -> str:
    if reader.id not in came:
        return _("从开始直接到“%(name)s”", name=reader.label)
    way = [reader.label]
    current = came[reader.id]
    while current is not None:
        way.append(current.label)
        current = came[current.id]
    shown = way[::-1]
    if len(shown) > _SHOWN_NODES + 1:
        shown = [shown[0], "…", *shown[-_SHOWN_NODES:]]
    return " → ".join(shown)


def _own_names(node: Node) -> Names:
    """Names an activity that repeats gives to what is inside it."""
    if node.child("standardLoopCharacteristics") is not None:
        return frozenset({"loopCounter"})
    if is_countersigned(node.properties):
        return frozenset({SIGNER})
    loop = node.child("multiInstanceLoopCharacteristics")
    if loop is None:
        return frozenset()
    item = loop.find("{*}inputDataItem")
    return INSTANCE | ({item.get("name") or item.get("id") or ""} if item is not None else set())


def _readings(diagram: Diagram, context: LintContext) -> dict[str, list[Reading]]:
    """Expressions by the node that evaluates them: a flow's condition by the node it leaves."""
    owners = {flow.id: flow.source for scope in diagram.scopes for flow in scope.flows}
    nodes = {node.id: node for node in diagram.nodes()}
    found: dict[str, list[Reading]] = {}
    for element_id, what, text in expressions_of(diagram):
        node = nodes.get(element_id) or owners.get(element_id)
        names = _needed(text)
        if node is not None and names:
            needed = names - _own_names(node) - _own_results(node)
            if _is_asked_after(node, what):
                needed -= _written_inside(diagram, node, context)
            found.setdefault(node.id, []).append(Reading(element_id, what, needed))
    for node in nodes.values():
        decision = (node.element.findtext("./{*}extensionElements/{*}calledDecisionId") or "").strip()
        reads = frozenset(name.split(".", 1)[0] for name in context.decision_reads.get(decision, ()))
        if node.kind == "businessRuleTask" and reads:
            found.setdefault(node.id, []).append(Reading(node.id, _("决策"), reads))
    return found


def _is_asked_after(node: Node, what: str) -> bool:
    """Whether the expression is evaluated when something inside the activity has been done."""
    loop = node.child("standardLoopCharacteristics")
    if what == _("循环的条件") and loop is not None:
        return bool(loop.get("testBefore") != "true")
    return what == _("即席子流程的完成条件")


def _written_inside(diagram: Diagram, node: Node, context: LintContext) -> Names:
    """What a condition asked afterwards may read: all that the activity writes."""
    inside = {element.get("id") for element in node.element.iter()}
    return frozenset().union(*(writes_of(one, context) for one in diagram.nodes() if one.id in inside))


def _own_results(node: Node) -> Names:
    """An instance's completion condition may read what the instances before it gave."""
    return frozenset({f"{node.id}_results"}) if node.is_many else frozenset()


def _needed(text: str) -> Names:
    """Root names that must have a value: those an expression asks about being null are not among them."""
    try:
        names = {name.split(".", 1)[0] for name in compile_expression(text).names}
    except FeelError:
        return frozenset()
    return frozenset(name for name in names if not _is_guarded(name, text))


def _is_guarded(name: str, text: str) -> bool:
    word = rf"(?<![\w.]){re.escape(name)}(?:\.[\w.]+)?"
    asked = rf"{word}\s*!?=\s*null|null\s*!?=\s*{word}"
    return re.search(asked, text) is not None
