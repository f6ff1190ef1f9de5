"""The diagrams of a case with how far it has come."""

from dataclasses import dataclass

from app.core.tenancy import Actor
from app.workflow import definitions
from app.workflow.engine import NodeMark
from app.workflow.instances import queries, store
from app.workflow.instances.models import ProcessInstance, TaskKind, TaskState

_STATES = {"COMPLETED": "passed", "ACTIVE": "current", "FAILED": "failed"}


@dataclass(frozen=True, slots=True)
class Diagram:
    """One process as drawn; ``marks`` are lists of node ids by state, as the browser's viewer wants them."""

    process_id: str
    label: str
    xml: str
    marks: dict[str, list[str]]
    others: tuple[tuple[str, str], ...]
    """(process id, label) of every process of the case that can be chosen, this one included."""


def diagram_of(instance: ProcessInstance, actor: Actor, wanted: str = "") -> Diagram:
    """The diagram of the instance's process, or of a called one the case has come to."""
    release = definitions.compiled(instance.release_id)
    run, _services = store.open_run(instance, actor)
    nodes = run.nodes()
    reached = {node.process_id for node in nodes}
    offered = [one for one in release.processes if one == instance.process_id or one in reached]
    offered.sort(key=lambda one: (one != instance.process_id, one))
    chosen = wanted if wanted in offered else instance.process_id
    xml = release.bpmn_of(chosen).decode()
    inner = {one for one in reached if one not in release.processes and f'id="{one}"' in xml}
    marks = _marks([node for node in nodes if node.process_id in {chosen, *inner}])
    _mark_returns(marks, instance)
    return Diagram(chosen, release.label(chosen), xml, marks, tuple((one, release.label(one)) for one in offered))


def _marks(nodes: list[NodeMark]) -> dict[str, list[str]]:
    marks: dict[str, list[str]] = {"passed": [], "current": [], "returned": [], "failed": []}
    for node in nodes:
        if node.state in _STATES:
            marks[_STATES[node.state]].append(node.node_id)
    return marks


def _mark_returns(marks: dict[str, list[str]], instance: ProcessInstance) -> None:
    """A node sent back is worked on again although the engine's token waits further on."""
    for task in queries.open_tasks(instance.id):
        if task.kind != TaskKind.REWORK or task.state != TaskState.OPEN:
            continue
        marks["returned"].append(task.node_id)
        marks["passed"] = [one for one in marks["passed"] if one != task.node_id]
