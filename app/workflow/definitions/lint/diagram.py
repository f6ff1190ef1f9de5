"""A process file as nodes and flows, scope by scope, for the rules to ask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from app.workflow.engine.countersign import is_countersigned
from app.workflow.engine.documents import BPMN, properties_of

_EVENTS = ("startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent")
_TASKS = (
    "task",
    "userTask",
    "manualTask",
    "serviceTask",
    "scriptTask",
    "businessRuleTask",
    "sendTask",
    "receiveTask",
)
_HOLDERS = ("callActivity", "subProcess", "adHocSubProcess", "transaction")
_INNER = ("subProcess", "transaction", "adHocSubProcess")
_GATEWAYS = (
    "exclusiveGateway",
    "parallelGateway",
    "inclusiveGateway",
    "complexGateway",
    "eventBasedGateway",
)
_FLOW_NODES = frozenset(_EVENTS + _TASKS + _HOLDERS + _GATEWAYS)


@dataclass(eq=False, slots=True)
class Node:
    """A drawn node."""

    id: str
    kind: str
    name: str
    element: Any
    properties: dict[str, str]
    outgoing: list[Flow] = field(default_factory=list)
    incoming: list[Flow] = field(default_factory=list)

    def child(self, tag: str) -> Any:
        """First direct child element of that BPMN tag, or ``None``."""
        return self.element.find(f"{{{BPMN}}}{tag}")

    @property
    def is_activity(self) -> bool:
        """Whether it is a task or holds a scope."""
        return self.kind in _TASKS or self.kind in _HOLDERS

    @property
    def is_many(self) -> bool:
        """Whether several do it: drawn so, or signed by several."""
        return self.child("multiInstanceLoopCharacteristics") is not None or is_countersigned(self.properties)

    @property
    def is_handler(self) -> bool:
        """Whether it only compensates another."""
        return self.element.get("isForCompensation") in ("true", "1")

    @property
    def label(self) -> str:
        """What to call it in a message."""
        return self.name or self.id


@dataclass(eq=False, slots=True)
class Flow:
    """A sequence flow between two nodes of one scope; a link is one that is not drawn and has no id."""

    id: str
    source: Node
    target: Node
    condition: str


@dataclass(eq=False, slots=True)
class Scope:
    """A process or sub-process with the nodes drawn directly in it."""

    id: str
    element: Any
    nodes: dict[str, Node]
    flows: list[Flow]

    def of_kind(self, *kinds: str) -> Iterator[Node]:
        """Nodes of these kinds."""
        return (node for node in self.nodes.values() if node.kind in kinds)

    @property
    def entries(self) -> list[Node]:
        """Where tokens come from: start events, event sub-processes, in an ad-hoc one all without flows in."""
        return [
            node
            for node in self.nodes.values()
            if node.kind == "startEvent"
            or (self.is_ad_hoc and not node.incoming and node.kind != "boundaryEvent" and not node.is_handler)
            or (node.kind == "subProcess" and node.element.get("triggeredByEvent") == "true")
        ]

    @property
    def is_ad_hoc(self) -> bool:
        """Whether its activities are done in any order, until a condition holds."""
        return bool(self.element.tag == f"{{{BPMN}}}adHocSubProcess")

    def reachable(self) -> set[str]:
        """Ids of nodes a token can come to, boundary events of reached activities included."""
        hosts: dict[str, list[Node]] = {}
        for event in self.of_kind("boundaryEvent"):
            hosts.setdefault(event.element.get("attachedToRef", ""), []).append(event)
        seen: set[str] = set()
        waiting = list(self.entries)
        while waiting:
            node = waiting.pop()
            if node.id not in seen:
                seen.add(node.id)
                waiting.extend(flow.target for flow in node.outgoing)
                waiting.extend(hosts.get(node.id, ()))
                waiting.extend(self._undoing(node))
        return seen

    def _undoing(self, event: Node) -> list[Node]:
        """What a compensation event leads to over an association."""
        if event.child("compensateEventDefinition") is None or event.kind != "boundaryEvent":
            return []
        ends = [
            {line.get("sourceRef"), line.get("targetRef")} for line in self.element.iter(f"{{{BPMN}}}association")
        ]
        found = {end for pair in ends if event.id in pair for end in pair}
        return [node for node in self.nodes.values() if node.id in found and node is not event]

    def can_end(self) -> set[str]:
        """Ids of nodes from which an end event can be reached."""
        seen: set[str] = set()
        waiting = [node for node in self.nodes.values() if node.kind == "endEvent" or node in self.entries]
        waiting = [node for node in waiting if node.kind != "startEvent"]
        waiting += [node for node in self.nodes.values() if self.is_ad_hoc and not node.outgoing]
        while waiting:
            node = waiting.pop()
            if node.id not in seen:
                seen.add(node.id)
                waiting.extend(flow.source for flow in node.incoming)
                if node.kind == "boundaryEvent":
                    host = self.nodes.get(node.element.get("attachedToRef", ""))
                    waiting.extend([host] if host is not None else [])
        return seen


@dataclass(eq=False, slots=True)
class Diagram:
    """A file: its scopes (outer before inner), and which elements have a shape or an edge."""

    root: Any
    scopes: list[Scope]
    drawn: frozenset[str]
    lane_roles: dict[str, str]

    def nodes(self) -> Iterator[Node]:
        """All nodes of all scopes."""
        for scope in self.scopes:
            yield from scope.nodes.values()


def read_diagram(root: Any) -> Diagram:
    """The diagram of a file that fits the schema."""
    scopes = [_read_scope(process) for process in root.iterfind(f"{{{BPMN}}}process")]
    for scope in scopes:  # grows while walking: sub-processes inside sub-processes
        for node in scope.of_kind(*_INNER):
            scopes.append(_read_scope(node.element))  # noqa: PERF401 - the list is being walked
    drawn = frozenset(element.get("bpmnElement", "") for element in root.iterfind(".//*[@bpmnElement]"))
    return Diagram(root, scopes, drawn, _lane_roles(root))


def _read_scope(element: Any) -> Scope:
    nodes = {}
    for child in element:
        kind = str(child.tag).removeprefix(f"{{{BPMN}}}")
        if kind in _FLOW_NODES and child.get("id"):
            nodes[child.get("id")] = Node(
                child.get("id"), kind, (child.get("name") or "").strip(), child, properties_of(child)
            )
    flows = []
    for drawn in element.iterfind(f"{{{BPMN}}}sequenceFlow"):
        source, target = nodes.get(drawn.get("sourceRef")), nodes.get(drawn.get("targetRef"))
        if source is not None and target is not None:
            condition = (drawn.findtext(f"{{{BPMN}}}conditionExpression") or "").strip()
            flow = Flow(drawn.get("id") or "", source, target, condition)
            source.outgoing.append(flow)
            target.incoming.append(flow)
            flows.append(flow)
    flows += _links(nodes)
    return Scope(element.get("id") or "", element, nodes, flows)


def _links(nodes: dict[str, Node]) -> list[Flow]:
    """From every throwing link to the catching one of its name."""
    linked = {node: name for node in nodes.values() if (name := _link_name(node))}
    targets = {name: node for node, name in linked.items() if node.kind == "intermediateCatchEvent"}
    flows = []
    for node, name in linked.items():
        if node.kind == "intermediateThrowEvent" and name in targets:
            flow = Flow("", node, targets[name], "")
            node.outgoing.append(flow)
            flow.target.incoming.append(flow)
            flows.append(flow)
    return flows


def _link_name(node: Node) -> str:
    definition = node.child("linkEventDefinition")
    return "" if definition is None else (definition.get("name") or "").strip()


def _lane_roles(root: Any) -> dict[str, str]:
    """Role code of the lane each node lies in; nodes inside a sub-process lie where it lies."""
    roles: dict[str, str] = {}
    for lane in root.iterfind(f".//{{{BPMN}}}lane"):
        role = properties_of(lane).get("role")
        for reference in lane.iterfind(f"{{{BPMN}}}flowNodeRef"):
            node_id = (reference.text or "").strip()
            if role and node_id:
                roles[node_id] = role
    holders = (element for kind in _INNER for element in root.iter(f"{{{BPMN}}}{kind}"))
    for element in holders:
        role = roles.get(element.get("id", ""))
        if role:
            for inner in element.iterfind(".//*[@id]"):
                roles.setdefault(inner.get("id"), role)
    return roles
