"""One walk done five ways: never stored, stored by our codec, stored by the library's serializer, and two as in use.

``walk`` makes the same moves on all of them and compares everything after each. To look at a run reads the data of
all its tasks, and ``dump`` goes other ways for what nobody has read; so of the two as in use (stored and kept in the
process; stored and loaded) a loaded copy is looked at.
"""

from datetime import date
from decimal import Decimal
from uuid import UUID

from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.serializer.default.workflow import BpmnSubWorkflowConverter, BpmnWorkflowConverter, TaskConverter
from SpiffWorkflow.task import Task

from app.core.errors import AppError
from app.workflow.engine import Run, load, start
from app.workflow.engine.scripting import FeelEngine
from app.workflow.engine.token import Token
from app.workflow.engine.workflow import InnerTree, ProcessTree
from tests.workflow.engine.office import Office


class BySpecReference(BpmnWorkflowConverter):
    """The library's converter, but with the parsed spec instead of one in the state."""

    model = None
    engine = None

    def to_dict(self, workflow):
        specs, workflow.subprocess_specs, spec, workflow.spec = workflow.subprocess_specs, {}, workflow.spec, None
        try:
            return super().to_dict(workflow)
        finally:
            workflow.subprocess_specs, workflow.spec = specs, spec

    def from_dict(self, dct):
        tree = ProcessTree(self.model.spec, self.model.subprocess_specs, self.engine)
        tree.tasks = self.mapping_from_dict(dct["tasks"], UUID, workflow=tree)
        tree.task_tree = tree.tasks[UUID(dct["root"])]
        self.set_default_attributes(tree, dct)
        self.subprocesses_from_dict(dct["subprocesses"], tree)
        return tree


class LibraryTask(TaskConverter):
    """Our tasks come back as the library's own, and so do those that follow them."""

    def from_dict(self, dct, workflow):
        self.target_class = Task
        return super().from_dict(dct, workflow)


class Inside(BpmnSubWorkflowConverter):
    """The library's converter; our trees are never built by their constructor."""

    def from_dict(self, dct, task, top_workflow):
        self.target_class = lambda spec, holder, top, deserializing: InnerTree(spec, holder, top)
        return super().from_dict(dct, task, top_workflow)


def stock_trip(run):
    """Through the library's serializer and back."""
    registry = BpmnWorkflowSerializer.configure({Token: LibraryTask, Task: TaskConverter, ProcessTree: BySpecReference, InnerTree: Inside})
    registry.register(Decimal, lambda d: {"v": str(d)}, lambda d: Decimal(d["v"]))
    registry.register(date, lambda d: {"v": d.isoformat()}, lambda d: date.fromisoformat(d["v"]))
    serializer = BpmnWorkflowSerializer(registry)
    text = serializer.serialize_json(run._tree)
    BySpecReference.model, BySpecReference.engine = run.model, FeelEngine(run.model.expressions, run._engine.services)
    tree = serializer.deserialize_json(text)
    tree.subprocesses = {key: tree.subprocesses[key] for key in run._tree.subprocesses}  # it loses their order
    return Run(run.model, tree, BySpecReference.engine)


def our_trip(run):
    return load(run.model, run.dump(), run._engine.services)


def kept_trip(run):
    """Stored, and gone on with as it is."""
    run.dump()
    return run


def picture(run):
    """Everything in the trees, with ids replaced by places."""
    places = {}
    for scope in run._tree.scopes():
        for task in scope.tasks.values():
            places[str(task.id)] = len(places)

    def named(value):
        if isinstance(value, dict):
            return {key: named(item) for key, item in value.items()}
        if isinstance(value, list):
            return [named(item) for item in value]
        return places.get(value, value) if isinstance(value, str) else value

    def of(task):
        children = sorted((of(child) for child in task.children), key=repr)
        return [task.task_spec.name, task.state, task.triggered, named(task.internal_data), dict(sorted(task.data.items())), children]

    return [
        [scope.spec.name, scope.completed, scope.success, scope.data, of(scope.task_tree), scope.last_task and scope.last_task.task_spec.name, list(map(lambda t: t.task_spec.name, scope.tasks.values()))]
        for scope in run._tree.scopes()
    ]


def act(run, choice, number):
    """One move, chosen by position so that the same numbers move every run alike. ``settle``: work before events."""
    ready, waits = run.ready(), run.waits()
    if choice == "settle":
        choice = "complete" if ready else "wait"
    try:
        match choice:
            case "complete" if ready:
                task = ready[number % len(ready)]
                run.complete(task.id, {f"{task.node_id}_n": number, "bad": number % 5 == 0, "list": [number], "d": Decimal(number) / 4})
            case "wait" if waits:
                wait = waits[number % len(waits)]
                run.fire(wait.task_id, {f"{wait.node_id}_got": date(2026, 1, 1 + number % 20)})
            case "return":
                marks = sorted({(m.process_id, m.node_id) for m in run.nodes()})
                run.reset_to(marks[number % len(marks)][1])
            case _:
                return "nothing"
    except AppError as exc:  # refused moves must be refused alike
        return type(exc).__name__
    return "done"


def walk(model, data, moves):
    """Make the moves in all ways; every run, its waits and its end must be the same after each of them."""
    runs = [start(model, data, Office()) for _ in range(5)]
    trips = [lambda run: run, our_trip, stock_trip, kept_trip, our_trip]
    for choice, number in moves:
        runs = [trip(run) for trip, run in zip(trips, runs, strict=True)]
        outcomes = [act(run, choice, number) for run in runs]
        pictures = [*map(picture, runs[:3]), *(picture(our_trip(run)) for run in runs[3:])]
        assert all(outcome == outcomes[0] for outcome in outcomes)
        assert pictures[0] == pictures[1], "our codec lost something"
        assert pictures[1] == pictures[2], "the library's serializer differs"
        assert pictures[0] == pictures[3], "a run that is kept when it was stored has changed"
        assert pictures[0] == pictures[4], "our codec lost something nobody had read"
        for other in runs[1:]:
            assert standing(other) == standing(runs[0])
        for run in (runs[1], *runs[3:]):
            assert our_trip(run).dump() == run.dump()
    return runs[0]


def standing(run):
    """What people and the outside see of a run."""
    ready = [(view.node_id, view.path, view.mi_index, view.data) for view in run.ready()]
    waits = [(wait.kind, wait.name, wait.node_id, wait.due, wait.correlation) for wait in run.waits()]
    return run.status, run.data, run.end_nodes, ready, waits, [view.node_id for view in run.failed()]
