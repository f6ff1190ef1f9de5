"""Which tasks of people may come after a node, read from the diagrams of a release; nothing is run or decided."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from app.workflow.definitions.compiled import CompiledRelease
from app.workflow.definitions.lint.diagram import Diagram, Flow, Node, Scope, read_diagram
from app.workflow.engine import read_document

PEOPLE = ("userTask", "manualTask")
_WAITS = ("intermediateCatchEvent", "receiveTask", "eventBasedGateway")
_INNER = ("subProcess", "transaction")
MOST_STEPS = 200
"""Nodes looked at on the way."""


@dataclass(frozen=True, slots=True)
class Next:
    """A task of people that may come next, or END (without a node) where the process ends.

    :ivar is_certain: it comes whatever is decided; else a gateway, a wait or another branch is on the way.
    :ivar properties: of the node. :ivar role: of the node or its lane.
    """

    node_id: str = ""
    name: str = ""
    process_id: str = ""
    properties: tuple[tuple[str, str], ...] = ()
    role: str = ""
    is_many: bool = False
    is_certain: bool = True


def following(release: CompiledRelease, process_id: str, node_id: str) -> tuple[Next, ...]:
    """What may come after a node of a process or sub-process, the certain ones first; empty: nobody can tell.

    Several are certain only where branches run beside each other.
    """
    names = sorted({model.file_name for model in release.processes.values()})
    return _following(tuple(release.bundle.files[name] for name in names), process_id, node_id)


@lru_cache(maxsize=512)
def _following(contents: tuple[bytes, ...], process_id: str, node_id: str) -> tuple[Next, ...]:
    walk = _Walk(_diagrams(contents))
    found: dict[tuple[str, str], Next] = {}
    for one in walk.after(process_id, node_id):
        known = found.get((one.process_id, one.node_id))
        if known is None or (one.is_certain and not known.is_certain):
            found[one.process_id, one.node_id] = one
    return tuple(sorted(found.values(), key=lambda one: (not one.is_certain, not one.node_id)))


@lru_cache(maxsize=4)
def _diagrams(contents: tuple[bytes, ...]) -> list[Diagram]:
    """Of a release; read once for all its nodes."""
    return [read_diagram(read_document("", content)) for content in contents]


class _Walk:
    """Goes the flows from one node on, into and out of sub-processes and called processes."""

    def __init__(self, diagrams: list[Diagram]) -> None:
        self._scopes = {scope.id: (scope, diagram) for diagram in diagrams for scope in diagram.scopes}
        self._seen: set[tuple[str, str, bool]] = set()

    def after(self, process_id: str, node_id: str) -> Iterator[Next]:
        scope, _diagram = self._scopes.get(process_id, (None, None))
        node = scope.nodes.get(node_id) if scope is not None else None
        if scope is not None and node is not None:
            yield from self._leave(scope, node, is_certain=not _leads_off(node))

    def _leave(self, scope: Scope, node: Node, *, is_certain: bool) -> Iterator[Next]:
        is_choice = node.kind in ("exclusiveGateway", "inclusiveGateway", "complexGateway", "eventBasedGateway")
        splits = len(node.outgoing) > 1 and (is_choice or any(flow.condition for flow in node.outgoing))
        for flow in node.outgoing:
            yield from self._arrive(scope, flow, is_certain=is_certain and not splits)
        if not node.outgoing:
            yield from self._out_of(scope, is_certain=is_certain)

    def _arrive(self, scope: Scope, flow: Flow, *, is_certain: bool) -> Iterator[Next]:
        node = flow.target
        joins = node.kind in ("parallelGateway", "inclusiveGateway") and len(node.incoming) > 1
        yield from self._at(scope, node, is_certain=is_certain and not joins and node.kind not in _WAITS)

    def _at(self, scope: Scope, node: Node, *, is_certain: bool) -> Iterator[Next]:
        place = (scope.id, node.id, is_certain)
        if place in self._seen or len(self._seen) > MOST_STEPS:
            return
        self._seen.add(place)
        if node.kind in PEOPLE:
            yield self._task(scope, node, is_certain=is_certain)
        elif node.kind in _INNER or node.kind == "callActivity":
            yield from self._into(_called(node) or node.id, is_certain=is_certain)
        elif node.kind == "endEvent":
            yield from self._out_of(scope, is_certain=is_certain)
        else:
            yield from self._leave(scope, node, is_certain=is_certain)

    def _into(self, scope_id: str, *, is_certain: bool) -> Iterator[Next]:
        scope, _diagram = self._scopes.get(scope_id, (None, None))
        if scope is None:
            return
        starts = [node for node in scope.entries if node.kind == "startEvent"]
        for start in starts:
            yield from self._leave(scope, start, is_certain=is_certain and len(starts) == 1)

    def _out_of(self, scope: Scope, *, is_certain: bool) -> Iterator[Next]:
        """On behind whatever holds the scope; who calls a process is certain when only one does."""
        holders = [
            (around, node)
            for around, _diagram in self._scopes.values()
            for node in around.nodes.values()
            if scope.id in (node.id, _called(node))
        ]
        if not holders:
            yield Next(is_certain=is_certain)
        for around, node in holders:
            is_sure = is_certain and len(holders) == 1 and not _is_repeated(node)
            yield from self._leave(around, node, is_certain=is_sure)

    def _task(self, scope: Scope, node: Node, *, is_certain: bool) -> Next:
        diagram = self._scopes[scope.id][1]
        role = node.properties.get("role") or diagram.lane_roles.get(node.id, "")
        properties = tuple(sorted(node.properties.items()))
        return Next(node.id, node.label, scope.id, properties, role, _is_repeated(node), is_certain)


def _called(node: Node) -> str | None:
    """Id of the process a call activity calls."""
    return node.element.get("calledElement") if node.kind == "callActivity" else None


def _is_repeated(node: Node) -> bool:
    return node.is_many


def _leads_off(node: Node) -> bool:
    """Whether the node itself is done several times, so that what follows waits for others."""
    return _is_repeated(node) or node.child("standardLoopCharacteristics") is not None
