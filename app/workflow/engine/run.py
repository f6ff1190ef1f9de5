# mypy: disable-error-code="no-untyped-call,misc,abstract,attr-defined,assignment"
# ruff: noqa: SLF001 - extending the library means using what it keeps private; pinned, guarded by tests
"""One running process: give people's answers, timers and messages in, and it runs until only waits remain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.exceptions import WorkflowTaskException
from SpiffWorkflow.util.task import TaskState

from app.core.i18n import _
from app.workflow.engine import codec, jumping, listeners
from app.workflow.engine import deeds as doing
from app.workflow.engine import reset as returning
from app.workflow.engine.errors import Endless, ErrorThrown, NotResettable, NotWaiting, StepFailed
from app.workflow.engine.model import ProcessModel
from app.workflow.engine.postponing import Later, postpone
from app.workflow.engine.protocol import (
    Deed,
    NodeMark,
    Reason,
    Round,
    Services,
    Standing,
    Status,
    TaskView,
    Thrown,
    Visit,
    Wait,
    WaitKey,
)
from app.workflow.engine.scripting import FeelEngine
from app.workflow.engine.specs.base import FAILED, shown_id, shown_name
from app.workflow.engine.specs.countersign import DECIDED, Countersign, round_at
from app.workflow.engine.specs.events import CORRELATION, DUE, HELD, Definition
from app.workflow.engine.specs.multi_instance import ANSWERED, ITEMS
from app.workflow.engine.specs.repeating import Repeating
from app.workflow.engine.trace import ended_at, scope_data, visits
from app.workflow.engine.views import MI_INDEX, view_task
from app.workflow.engine.workflow import ProcessTree

MOST_STEPS = 10_000
"""Automatic nodes that run one after the other in one act; what goes on longer goes round in circles."""

_WAITS = ("timer", "message", "signal", "conditional")
_NO_DATA: Mapping[str, Any] = {}


def start(
    model: ProcessModel, data: Mapping[str, Any], services: Services, *, start_node: str | None = None
) -> Run:
    """Start a process and run it to its first waits.

    :param start_node: which start event, for processes with several; else the plain one.
    :raises StepFailed: an automatic node failed; the run is in ``exc.run`` as far as it came.
    """
    engine = FeelEngine(model.expressions, services)
    tree = ProcessTree(model.spec, model.subprocess_specs, engine)
    run = Run(model, tree, engine)
    tree.plant()
    tree.open(dict(data), start_node)
    try:
        run._advance()
    except StepFailed as failure:
        failure.run = run
        raise
    return run


def load(model: ProcessModel, state: bytes, services: Services) -> Run:
    """A run as it was dumped. Nothing runs. :raises UnreadableState: the bytes are not of this process."""
    engine = FeelEngine(model.expressions, services)
    return Run(model, codec.load(state, model, engine), engine)


class Run:
    """A running process. Not shared between threads; its model is."""

    def __init__(self, model: ProcessModel, tree: ProcessTree, engine: FeelEngine) -> None:
        self.model = model
        self._tree = tree
        self._engine = engine
        self.stood: Standing | None = None
        """What the caller's rows say stands, if it has noted that; None: nobody knows."""

    def serve(self, services: Services) -> None:
        """Go on with other services: of the next act, whose actor is another."""
        self._engine.services = services
        self._engine.forget_facts()

    # what is there

    def standing(self) -> Standing:
        """What people and the outside are waited for, without the views of the tasks."""
        tasks = self._ready_tasks()
        ready = frozenset(str(task.id) for task in tasks)
        return Standing(ready, frozenset(_key(wait) for wait in self.waits()), _signed(tasks))

    def note_standing(self) -> None:
        """The caller's rows say just what stands now."""
        self.stood = self.standing()

    @property
    def status(self) -> Status:
        """FAILED while an automatic node waits for ``retry``, even if other branches go on."""
        if self._tree.completed:
            return "COMPLETED" if self._tree.success else "CANCELLED"
        return "FAILED" if any(self._failed_tasks()) else "RUNNING"

    @property
    def data(self) -> dict[str, Any]:
        """Process data of the outermost scope as it is now; final when completed."""
        return scope_data(self._tree)

    @property
    def end_nodes(self) -> list[str]:
        """End events reached in the outermost scope, in order."""
        return ended_at(self._tree)

    @property
    def is_stuck(self) -> bool:
        """Running, but nothing outside can move it: a join that waits for a token that cannot come."""
        return self.status == "RUNNING" and not self.ready() and not self.waits()

    def ready(self) -> list[TaskView]:
        """User and manual tasks waiting for people, oldest first in each scope."""
        return [view_task(task) for task in self._ready_tasks()]

    def ready_among(self, task_ids: frozenset[str]) -> list[TaskView]:
        """Those of the waiting tasks that have these ids, in the same order."""
        if not task_ids:
            return []
        return [view_task(task) for task in self._ready_tasks() if str(task.id) in task_ids]

    def _ready_tasks(self) -> list[Any]:
        return [
            task
            for scope in self._tree.active_scopes()
            for task in scope.in_state(TaskState.READY)
            if task.task_spec.manual
        ]

    def failed(self) -> list[TaskView]:
        """Automatic nodes that stopped with a failure and wait for ``retry``."""
        return [view_task(task) for task in self._failed_tasks()]

    def waits(self) -> list[Wait]:
        """Timers, messages, signals and conditions the process waits for, event sub-processes included."""
        found = [
            _wait(
                str(task.id),
                task.task_spec.event_definition,
                task.internal_data,
                task.task_spec.bpmn_id,
                task.workflow,
            )
            for task in self._tree.waiting_events()
        ]
        for scope, spec, entry in listeners.listening(self._tree):
            if spec.event_definition.kind in _WAITS:
                task_id = f"{scope.task_tree.id}:{spec.name}"
                found.append(_wait(task_id, spec.event_definition, entry, spec.start_id, scope))
        return found

    def nodes(self) -> list[NodeMark]:
        """How far each reached node has come, for marks on the diagram; the latest state of a node counts."""
        marks: dict[tuple[str, str], NodeMark] = {}
        for scope in self._tree.scopes():
            for task in sorted(scope.tasks.values(), key=lambda task: task.last_state_change):
                state = _mark(task)
                if state == "FAILED" or (state and task.task_spec.bpmn_id):
                    node_id, process_id = shown_id(task.task_spec), scope.spec.name
                    marks[(process_id, node_id)] = NodeMark(node_id, state, process_id)
        return list(marks.values())

    def visits(self) -> list[Visit]:
        """Where tokens have been and are, scope by scope; for coverage, not for the work list."""
        return [visit for scope in self._tree.scopes() for visit in visits(scope)]

    def deeds(self) -> list[Deed]:
        """What was done so far, in order; for retelling, not for the work list."""
        return doing.deeds(self._tree)

    @property
    def given(self) -> dict[str, Any]:
        """Process data it was started with."""
        return dict(self._tree.task_tree.data)

    def thrown(self) -> list[Thrown]:
        """Messages and signals for others since the last call; the caller delivers them."""
        out, self._tree.thrown = self._tree.thrown, []
        return out

    def reasons(self) -> list[Reason]:
        """Why decisions and gateways came out as they did since the last call; the caller stores them."""
        out, self._tree.reasons = self._tree.reasons, []
        return out

    def dump(self) -> bytes:
        """State to store. :raises UnknownValue: process data holds something that cannot be stored."""
        return codec.dump(self._tree)

    def knows(self, task_id: str) -> bool:
        """Whether the task is part of the run, whatever its state; a return takes out what it undoes."""
        return self._find(task_id) is not None

    # what moves it

    def complete(
        self, task_id: str, updates: Mapping[str, Any] = _NO_DATA, *, decision: str | None = None
    ) -> None:
        """A person finished a task: ``updates`` replace entries of process data, then all automatic nodes run.

        :param decision: what she decided; counted where several sign, and kept nowhere else.
        :raises NotWaiting: the task is done, returned or unknown.
        :raises StepFailed: a later automatic node failed; the task itself is done.
        """
        task = self._find(task_id)
        if task is None or task.state != TaskState.READY or not task.task_spec.manual or task.workflow.completed:
            raise NotWaiting
        self._engine.forget_facts()
        task.data.update(updates)
        if MI_INDEX in task.internal_data:
            task.internal_data[ANSWERED] = list(updates)
        if round_at(task) is not None:
            task.internal_data[DECIDED] = decision
        task.run()
        self._advance()

    def fire(self, task_id: str, payload: Mapping[str, Any] = _NO_DATA) -> None:
        """What one wait waited for has come (timers: whatever is due). :raises NotWaiting: it waits no more."""
        self._fire(task_id, dict(payload))
        self._advance()

    def fire_timers(self, now: datetime) -> int:
        """Fire all timers due by ``now``, the earliest first, each turn of a cycle; how many fired."""
        fired = 0
        while due := [
            (wait.due, wait.task_id) for wait in self.waits() if wait.due is not None and wait.due <= now
        ]:
            self._fire(min(due)[1], {})
            self._advance()
            fired += 1
        return fired

    def send_message(self, name: str, payload: Mapping[str, Any] = _NO_DATA, task_id: str | None = None) -> None:
        """Give a message to the wait named by ``task_id``, else to the one that waits longest.

        :raises NotWaiting: nobody waits for it.
        """
        if task_id is not None:
            if not any(w.task_id == task_id and w.kind == "message" and w.name == name for w in self.waits()):
                raise NotWaiting
            self._fire(task_id, dict(payload))
        elif not self._tree.deliver(Thrown("message", name, dict(payload), {}, "")):
            raise NotWaiting
        self._advance()

    def signal(self, name: str, payload: Mapping[str, Any] = _NO_DATA) -> bool:
        """Give a signal to all who wait for it; False if nobody does."""
        taken = self._tree.deliver(Thrown("signal", name, dict(payload), {}, ""))
        self._advance()
        return taken

    def poll(self) -> None:
        """Look at conditional events again: business facts may have changed."""
        self._advance()

    def retry(self, task_id: str | None = None, updates: Mapping[str, Any] = _NO_DATA) -> None:
        """Do a failed automatic node again (all of them without ``task_id``), then go on.

        :param updates: process data put right before.
        :raises NotWaiting: that node has not failed.
        """
        tasks = [task for task in self._failed_tasks() if task_id in (None, str(task.id))]
        if task_id is not None and not tasks:
            raise NotWaiting
        self._engine.forget_facts()
        for task in tasks:
            task.data.update(updates)
            self._try_again(task)
        self._advance()

    def skip(self, task_id: str, updates: Mapping[str, Any] = _NO_DATA) -> None:
        """Pass a failed automatic node without doing it; ``updates`` stand in for what it would have written."""
        task = next((task for task in self._failed_tasks() if str(task.id) == task_id), None)
        if task is None or task.state != TaskState.READY:
            raise NotWaiting
        del task.internal_data[FAILED]
        task.data.update(updates)
        task.complete()
        self._advance()

    def reset_to(self, target: str) -> None:
        """Token back to an earlier node (node id: where it was last; or task id); data kept.

        :raises NotResettable: never reached there, ambiguous, joining gateway, or its scope is over.
        """
        returning.reset(self._reset_target(target))
        self._advance()

    def take_back(self, task_id: str) -> None:
        """What one person did is to be done again: of a round that goes on her vote alone, else as ``reset_to``.

        :raises NotResettable: as ``reset_to``.
        """
        task = self._reset_target(task_id)
        found = round_at(task)
        if found is not None and found[1].has_state(TaskState.STARTED) and task.state == TaskState.COMPLETED:
            self._engine.forget_facts()
            found[0].reopen(found[1], task)
        else:
            returning.reset(task)
        self._advance()

    def sign_anew(self, task_id: str, updates: Mapping[str, Any] = _NO_DATA) -> None:
        """The round this task is part of begins again, with entries of process data put right before.

        :raises NotWaiting: it is part of none.
        """
        _spec, holder = self._round(task_id)
        returning.reset(holder, dict(updates))
        self._advance()

    def round_of(self, task_id: str) -> Round | None:
        """The round a signer's task belongs to; ``None``: it is no such task, or a return has undone it."""
        found = round_at(self._find(task_id))
        return None if found is None else found[0].round_of(found[1])

    def signers(self) -> dict[str, list[Any]]:
        """Countersigned node → who was asked there last."""
        return {
            task.task_spec.bpmn_id: list(task.internal_data[ITEMS])
            for scope in self._tree.scopes()
            for task in scope.tasks.values()
            if isinstance(task.task_spec, Countersign) and ITEMS in task.internal_data
        }

    def add_signers(self, task_id: str, signers: Sequence[Any]) -> None:
        """Ask more people in the round of this task 加签. :raises NotSigning, NotWaiting:"""
        spec, holder = self._round(task_id)
        spec.add(holder, list(signers))
        self._advance()

    def drop_signer(self, task_id: str, index: int, *, even_signed: bool = False) -> None:
        """Take a seat off the round of this task 减签; what its votes come to without it follows.

        :param even_signed: also when its vote has been cast. :raises NotSigning, NotWaiting:
        """
        spec, holder = self._round(task_id)
        spec.drop(holder, index, even_signed=even_signed)
        self._advance()

    def _round(self, task_id: str) -> Any:
        found = round_at(self._find(task_id))
        if found is None:
            raise NotWaiting
        self._engine.forget_facts()
        return found

    def jump_targets(self, task_id: str) -> list[tuple[str, str]]:
        """(node id, name) of the people's nodes of a task's scope; whether it may go there says ``check_jump``."""
        task = self._find(task_id)
        found = [] if task is None else jumping.targets(task)
        return [(spec.bpmn_id, spec.bpmn_name or spec.bpmn_id) for spec in found]

    def check_jump(self, task_id: str, node_id: str) -> None:
        """:raises NotJumpable: the token could not stand there. :raises NotWaiting: the task is gone."""
        jumping.check(self._known(task_id), node_id)

    def jump(self, task_id: str, node_id: str) -> None:
        """The task is left undone, its token goes on from another node of its scope; raises as ``check_jump``."""
        jumping.jump(self._known(task_id), node_id)
        self._advance()

    def _known(self, task_id: str) -> Any:
        task = self._find(task_id)
        if task is None:
            raise NotWaiting
        return task

    def postpone(self, later: Later) -> None:
        """The process stood still: its timers are due as much later as ``later`` says; dates stay."""
        self._engine.forget_facts()
        postpone(self._tree, later)

    def cancel(self) -> None:
        """End the process unfinished; everything open in it is cancelled."""
        self._tree.cancel()

    # how it moves

    def _advance(self) -> None:
        """Run automatic nodes until only waits remain.

        :raises Endless: they go round in circles; what this run has become is not to be stored.
        """
        self._engine.forget_facts()
        self._report_arrivals()
        steps = 0
        while True:
            while (task := self._next()) is not None:
                steps += 1
                if steps > MOST_STEPS:
                    raise Endless(steps=MOST_STEPS, node=shown_name(task.task_spec))
                self._run_task(task)
                self._report_arrivals()
            if not self._fire_conditions():
                return

    def _next(self) -> Any:
        """An automatic node that is ready, in the innermost scope."""
        for scope in reversed(self._tree.active_scopes()):
            for task in scope.tasks.values():
                if (
                    task._state == TaskState.READY
                    and not task.task_spec.manual
                    and FAILED not in task.internal_data
                ):
                    return task
        return None

    def _run_task(self, task: Any) -> None:
        """Run one automatic node; a failure leaves it as it was before, marked."""
        self._engine.forget_facts()
        before = dict(task.data)
        try:
            task.run()
        except ErrorThrown as error:
            task._set_state(TaskState.READY)
            task.data = before
            if not self._tree.throw_code(task, "error", error.error_code, error.payload):
                self._fail(task, error)
        except Exception as exc:
            if task.state == TaskState.COMPLETED:  # not its own fault: what follows could not be entered
                raise
            task.data = before
            self._fail(task, exc)

    def _fail(self, task: Any, exc: BaseException) -> None:
        task._set_state(TaskState.READY)
        task.internal_data[FAILED] = str(exc) or type(exc).__name__
        cause = exc.__cause__ if isinstance(exc, WorkflowTaskException) and exc.__cause__ else exc
        raise StepFailed(shown_id(task.task_spec), str(task.id), cause) from exc

    def _report_arrivals(self) -> None:
        """Nodes that could not take their token in are failed steps too; the first one is told."""
        failures, self._tree.arrival_failures = self._tree.arrival_failures, []
        for task, exc in failures:
            if FAILED in task.internal_data and task.id in task.workflow.tasks:
                raise StepFailed(shown_id(task.task_spec), str(task.id), exc) from exc

    def _failed_tasks(self) -> list[Any]:
        return [
            task
            for scope in self._tree.active_scopes()
            for task in scope.tasks.values()
            if FAILED in task.internal_data and not task.has_state(TaskState.FINISHED_MASK)
        ]

    def _try_again(self, task: Any) -> None:
        del task.internal_data[FAILED]
        if task.state == TaskState.READY:
            return
        if isinstance(task.task_spec, Repeating) and task.task_spec.has_begun(task):
            task.task_spec.decide(task)
            return
        task._set_state(TaskState.FUTURE)
        task.task_spec._predict(task, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
        task.task_spec._update(task)

    def _fire_conditions(self) -> bool:
        """Fire conditional events that hold now; whether any did."""
        for task in self._tree.waiting_events():
            definition = task.task_spec.event_definition
            if definition.kind == "conditional" and self._comes_true(
                definition, task.workflow, task.internal_data
            ):
                task.task_spec.fire(task)
                return True
        for scope, spec, entry in listeners.listening(self._tree):
            definition = spec.event_definition
            if definition.kind == "conditional" and self._comes_true(definition, scope, entry):
                listeners.trigger(scope, spec)
                return True
        return False

    def _comes_true(self, definition: Definition, scope: Any, kept: dict[str, Any]) -> bool:
        """Whether the condition holds now and did not when it was looked at last."""
        holds = bool(self._engine.truth(definition.expression or "", scope_data(scope)))
        if not holds:
            kept.pop(HELD, None)
        return holds and HELD not in kept

    def _fire(self, task_id: str, payload: dict[str, Any]) -> None:
        self._engine.forget_facts()
        holder_id, _, node = task_id.partition(":")
        for scope, spec, _entry in listeners.listening(self._tree):
            if node and str(scope.task_tree.id) == holder_id and spec.name == node:
                listeners.trigger(scope, spec, payload)
                return
        task = self._find(task_id)
        if task is None or not any(task is waiting for waiting in self._tree.waiting_events()):
            raise NotWaiting
        task.task_spec.fire(task, payload)

    def _find(self, task_id: str) -> Any:
        try:
            return self._tree.find_task(UUID(task_id))
        except ValueError:
            return None

    def _reset_target(self, target: str) -> Any:
        task = self._find(target)
        if task is not None:
            return task
        found = [
            last for scope in self._tree.active_scopes() if (last := returning.latest(scope, target)) is not None
        ]
        if len(found) != 1:
            reason = _("流程还没有到过该环节") if not found else _("该环节同时有多个实例，请指明是哪一个")
            raise NotResettable(node=target, reason=reason)
        return found[0]


def _key(wait: Wait) -> WaitKey:
    """All that a row says of a wait."""
    correlation = tuple(sorted((name, str(value)) for name, value in wait.correlation.items()))
    return (wait.task_id, wait.kind, wait.name, wait.node_id, wait.due, correlation)


def _wait(task_id: str, definition: Definition, entry: Mapping[str, Any], node_id: str, scope: Any) -> Wait:
    return Wait(
        task_id=task_id,
        kind=definition.kind,  # type: ignore[arg-type]
        name=definition.name or "",
        node_id=node_id,
        due=entry.get(DUE),
        correlation=dict(entry.get(CORRELATION, {})),
        process_id=scope.spec.name,
    )


def _mark(task: Any) -> str | None:
    if FAILED in task.internal_data and not task.has_state(TaskState.FINISHED_MASK):
        return "FAILED"
    if task.has_state(TaskState.READY | TaskState.WAITING | TaskState.STARTED):
        return "ACTIVE"
    if task.state == TaskState.COMPLETED:
        return "COMPLETED"
    return "CANCELLED" if task.state == TaskState.CANCELLED else None


def _signed(ready: Sequence[Any]) -> frozenset[str]:
    """The tasks already answered in the rounds these are part of: a round that goes on waits for somebody."""
    rounds = {found[1].id: found for task in ready if (found := round_at(task)) is not None}
    seats = (seat for spec, holder in rounds.values() for seat in spec.seats(holder))
    return frozenset(seat.task_id for seat in seats if seat.vote is not None)
