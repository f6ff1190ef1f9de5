# mypy: disable-error-code="no-untyped-call,misc,abstract,attr-defined,assignment"
# ruff: noqa: SLF001 - extending the library means using what it keeps private; pinned, guarded by tests
"""The task trees of a running process: the library's, without its scans of the whole tree, and with our events.

A tree belongs to one scope: the process itself, a called process or an embedded sub-process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.util.task import TaskState

from app.core.i18n import Sentence
from app.workflow.engine import listeners
from app.workflow.engine.correlation import fits, learn
from app.workflow.engine.data import Data
from app.workflow.engine.specs.base import FAILED
from app.workflow.engine.specs.boundary import BoundarySplit
from app.workflow.engine.specs.events import CORRELATION, FIRED, BoundaryEvent, CatchingNode, Definition
from app.workflow.engine.specs.gateways import Join, ScopeEnd
from app.workflow.engine.specs.scopes import CallActivity
from app.workflow.engine.token import Token
from app.workflow.engine.trace import known_of, scope_data

if TYPE_CHECKING:
    from app.workflow.engine.library import Task
    from app.workflow.engine.protocol import Reason, Thrown
    from app.workflow.engine.scripting import FeelEngine

MOST_LEVELS = 30
"""Deepest nesting of called processes; a process that calls itself without end stops here."""


def _anybody(_wanted: Mapping[str, Any]) -> bool:
    return True


class Scope:
    """What the tree of the process and those inside it have in common. First base, before the library's class."""

    tasks: dict[UUID, Task]
    task_tree: Task
    completed: bool
    success: bool
    last_task: Task | None
    top_workflow: ProcessTree
    spec: Any

    def open(self, data: Data, start_id: str | None = None) -> None:
        """Put the first token on the start event; other start events of the process are not used.

        An ad-hoc sub-process has none: everything no flow leads to begins.
        """
        root = self.task_tree
        root.data = data
        starts = [] if self.spec.is_ad_hoc else root.children
        chosen = next((task for task in starts if task.task_spec.name == start_id), None) or _plain_start(starts)
        for task in starts:
            if task is not chosen:
                self._remove_task(task.id)
        listeners.arm(self)
        root.run()

    def plant(self) -> None:
        """The first task of a tree that is not loaded; nothing runs yet."""
        root = self.task_tree = Token(self, self.spec.start, state=TaskState.FUTURE)
        self.spec.start._predict(root, mask=TaskState.NOT_FINISHED_MASK)
        root._ready()

    def in_state(self, mask: int) -> list[Task]:
        """Tasks of this scope in these states, oldest first."""
        return [task for task in self.tasks.values() if task._state & mask]

    def update_waiting_tasks(self) -> None:
        """Joins look again whenever something completed; catching events wait for the outside.

        Tokens at the end of the scope wait for one and the same, so one of them is asked: there may be many.
        """
        waiting, at_end = TaskState.WAITING, None
        for task in [task for task in self.tasks.values() if task._state == waiting]:
            if task._state != waiting or not isinstance(task.task_spec, Join):
                continue
            if isinstance(task.task_spec, ScopeEnd):
                at_end = at_end or task
            else:
                task.task_spec._update(task)
        if at_end is not None and at_end._state == waiting:
            at_end.task_spec._update(at_end)

    def _task_completed_notify(self, task: Task) -> None:
        split = task.parent
        held = split is not None and isinstance(split.task_spec, BoundarySplit)
        if held and not isinstance(task.task_spec, BoundaryEvent):
            split.task_spec.activity_over(split)
        super()._task_completed_notify(task)

    def _remove_task(self, task_id: UUID) -> None:
        """Take a task, all below it and the scopes they hold out of the tree. Trees grow deep: no recursion."""
        task = self.tasks[task_id]
        if task.parent is not None:
            task.parent._children.remove(task_id)
        doomed = [task_id]
        while doomed:
            gone = self.tasks.pop(doomed.pop())
            doomed.extend(gone._children)
            self.top_workflow.forget_scope(gone)
            if self.last_task is gone:
                self.last_task = None

    def cancel(self, success: bool = False) -> list[Task]:
        """Cancel everything unfinished here and in the scopes inside."""
        self.success = success
        self.completed = True
        cancelled = self.in_state(TaskState.NOT_FINISHED_MASK)
        for task in cancelled:
            if task.id in self.tasks:
                task.cancel()
        return cancelled

    def terminate(self, by: Task) -> None:
        """A terminate end: nothing else goes on, and the scope has completed with all its data."""
        self.stop_all(but=by)
        by.data = scope_data(self)
        self._mark_complete(by)

    def stop_all(self, but: Task | None = None) -> None:
        """Cancel all unfinished tasks of the scope except one."""
        for task in self.in_state(TaskState.NOT_FINISHED_MASK):
            if task is not but and task.id in self.tasks and task.parent is not None:
                task.cancel()

    def _mark_complete(self, task: Task) -> None:
        self.data.update(task.data)
        self.completed = True


def _plain_start(starts: list[Task]) -> Task | None:
    """The none start event, else the first one."""
    plain = [task for task in starts if task.task_spec.event_definition.kind == "none"]
    return next(iter(plain or starts), None)


class InnerTree(Scope, BpmnSubWorkflow):
    """The tree of a called process or embedded sub-process."""

    def __init__(self, spec: Any, parent_task_id: UUID, top_workflow: ProcessTree) -> None:
        super().__init__(spec, parent_task_id, top_workflow, deserializing=True)  # no task yet


class ProcessTree(Scope, BpmnWorkflow):
    """The tree of the process itself; also knows the inner ones (``subprocesses``, by the task that holds them).

    :ivar arrival_failures: tasks that could not take their token in, with the reason; drained by the run.
    :ivar thrown: messages and signals for others; drained by the caller.
    :ivar reasons: why decisions and gateways came out as they did; drained by the caller.
    """

    def __init__(self, spec: Any, subprocess_specs: dict[str, Any], engine: FeelEngine) -> None:
        self.arrival_failures: list[tuple[Task, Exception]] = []
        self.thrown: list[Thrown] = []
        self.reasons: list[Reason] = []
        super().__init__(spec, subprocess_specs, script_engine=engine, deserializing=True)  # no task yet

    def create_subprocess(self, my_task: Task, spec_name: str) -> InnerTree:
        """A new tree held by a task. :raises RecursionError: nested too deep."""
        inside = InnerTree(self.subprocess_specs[spec_name], my_task.id, self)
        if inside.depth > MOST_LEVELS:
            raise RecursionError(Sentence("流程调用超过 %(most)s 层，请检查是否循环调用自身", most=MOST_LEVELS))
        self.subprocesses[my_task.id] = inside
        inside.plant()
        inside.completed_event.connect(my_task.task_spec._on_subworkflow_completed, my_task)
        return inside

    def scopes(self) -> list[Any]:
        """All scopes, the process first, inner ones in the order they were opened."""
        return [self, *self.subprocesses.values()]

    def active_scopes(self) -> list[Any]:
        """Scopes something can still happen in."""
        return [scope for scope in self.scopes() if not scope.completed]

    def find_task(self, task_id: UUID) -> Any:
        """The task of that id in any scope, or ``None``."""
        for scope in self.scopes():
            if task_id in scope.tasks:
                return scope.tasks[task_id]
        return None

    def forget_scope(self, task: Task) -> None:
        """The task left the tree; the scope it holds goes with it, and those inside."""
        inside = self.subprocesses.pop(task.id, None)
        if inside is not None:
            for held in list(inside.tasks.values()):
                self.forget_scope(held)

    def waiting_events(self) -> Iterator[Task]:
        """Catching events that wait, in all active scopes."""
        for scope in self.active_scopes():
            for task in scope.in_state(TaskState.WAITING):
                if isinstance(task.task_spec, CatchingNode) and FAILED not in task.internal_data:
                    yield task

    def send_out(self, thrown: Thrown, scope: Any) -> None:
        """Give what a scope throws to whoever waits for it in this instance, and to the outside."""
        key = scope_data(scope).get("business_key")
        taken = self.deliver(thrown, meant=lambda wanted: fits(thrown.correlation, wanted, key))
        if thrown.kind == "signal" or not taken:
            self.thrown.append(thrown)

    def deliver(self, thrown: Thrown, *, meant: Callable[[Mapping[str, Any]], bool] = _anybody) -> bool:
        """A signal reaches everyone here who waits for it, a message the one who waits longest.

        :param meant: whether a message is for who waits with this correlation.
        """
        kind, name, payload = thrown.kind, thrown.name, thrown.payload
        waiting = [
            task
            for task in self.waiting_events()
            if task.task_spec.event_definition.kind == kind
            and task.task_spec.event_definition.name == name
            and (kind == "signal" or meant(task.internal_data.get(CORRELATION, {})))
        ]
        waiting.sort(key=lambda task: task.last_state_change)
        for task in waiting:
            if task._state == TaskState.WAITING:  # an earlier one may have ended its scope
                task.task_spec.fire(task, payload)
                if kind == "message":
                    return True
        return listeners.deliver(self, thrown, meant=meant) or bool(waiting)

    def learn(self, scope: Any, definition: Definition, payload: Data) -> None:
        """The first message of a conversation says which case it is; who waits in the process then knows it."""
        known = known_of(scope)
        if not definition.key or not learn(definition.key, self.script_engine, payload, known):
            return
        for task in self.waiting_events():
            waits_for = task.task_spec.event_definition
            if waits_for.kind == "message" and known_of(task.workflow) is known:
                task.internal_data[CORRELATION] = waits_for.correlation(self.script_engine, task.data, known)
        for within, spec, entry in listeners.listening(self):
            if spec.event_definition.kind == "message" and known_of(within) is known:
                data = within.task_tree.data
                entry[CORRELATION] = spec.event_definition.correlation(self.script_engine, data, known)

    def throw_code(self, source: Task, kind: str, code: str | None, payload: Data) -> bool:
        """Carry an error or escalation outwards to the nearest event that catches it; False if nobody does."""
        scope: Any = source.workflow
        holder = source
        while True:
            boundary = _catching_boundary(holder, kind, code)
            if boundary is not None:
                boundary.task_spec.fire(boundary, payload)
                return True
            if listeners.catch_code(scope, kind, code, payload):
                return True
            if scope.parent_task_id is None:
                return False
            holder = self.find_task(scope.parent_task_id)
            scope = holder.workflow


def _catching_boundary(holder: Task, kind: str, code: str | None) -> Any:
    """The waiting boundary event of an activity (or its multi-instance) that catches the code; exact first."""
    around: Task | None = holder
    while around is not None and around.triggered:  # an instance: the events sit at the multi-instance
        around = around.parent
    split = around.parent if around is not None else None
    if split is None or not isinstance(split.task_spec, BoundarySplit):
        return None
    fitting = [
        task
        for task in split.children
        if isinstance(task.task_spec, BoundaryEvent)
        and task._state == TaskState.WAITING
        and not task.internal_data.get(FIRED)
        and task.task_spec.event_definition.kind == kind
        and task.task_spec.event_definition.name in (None, code)
    ]
    fitting.sort(key=lambda task: task.task_spec.event_definition.name is None)
    return fitting[0] if fitting else None


def held_by_call(scope: Any) -> bool:
    """Whether the scope is a called process, whose data is its own until it ends."""
    if scope.parent_task_id is None:
        return False
    return isinstance(scope.top_workflow.find_task(scope.parent_task_id).task_spec, CallActivity)
