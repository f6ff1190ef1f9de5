"""What scenarios have not yet touched: nodes and flows of the processes they play, rules of their tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.workflow.definitions.lint.diagram import Diagram, read_diagram
from app.workflow.definitions.scenarios.playing import Played
from app.workflow.definitions.scenarios.stage import Stage
from app.workflow.engine import Visit, read_document


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of one process file or one table.

    :ivar kind: nodes, flows or rules.
    :ivar missing: what no scenario touched, in document order.
    """

    subject: str
    kind: str
    total: int
    missing: tuple[str, ...]

    @property
    def touched(self) -> int:
        """How many were touched."""
        return self.total - len(self.missing)


def coverage_of(stage: Stage, played: Iterable[Played]) -> list[Coverage]:
    """Processes the scenarios are written for, files in order; then tables whose rules they tried."""
    all_played = list(played)
    meant = {one.scenario.process_id for one in all_played}
    visits = [visit for one in all_played for visit in one.visits]
    found = []
    for path, content in stage.bundle.processes.items():
        root = read_document(path, content)
        if meant & {process.get("id") for process in root.iterfind("{*}process")}:
            found += _of_diagram(path, read_diagram(root), visits)
    return found + _of_tables(stage, all_played)


def _of_diagram(path: str, diagram: Diagram, visits: list[Visit]) -> list[Coverage]:
    nodes = {(visit.process_id, visit.node_id) for visit in visits}
    ways = {(visit.process_id, visit.came_from, visit.node_id) for visit in visits}
    node_ids = {node.id: (scope.id, node.id) in nodes for scope in diagram.scopes for node in scope.nodes.values()}
    flow_ids = {
        flow.id: (scope.id, flow.source.id, flow.target.id) in ways
        for scope in diagram.scopes
        for flow in scope.flows
        if flow.id
    }
    return [_counted(path, "nodes", node_ids), _counted(path, "flows", flow_ids)]


def _counted(subject: str, kind: str, touched: dict[str, bool]) -> Coverage:
    return Coverage(subject, kind, len(touched), tuple(one for one, there in touched.items() if not there))


def _of_tables(stage: Stage, played: list[Played]) -> list[Coverage]:
    tried = {rule for one in played for rule in one.rules}
    return [
        _counted(
            name, "rules", {str(number): (name, number) in tried for number in range(1, stage.rules[name] + 1)}
        )
        for name in sorted({name for name, _number in tried} & stage.rules.keys())
    ]
