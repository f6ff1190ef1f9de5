# mypy: disable-error-code="no-untyped-call,misc,abstract,attr-defined,assignment"
# ruff: noqa: SLF001 - extending the library means using what it keeps private; pinned, guarded by tests
"""Events: what is caught and thrown. Waiting is shown to the outside, which fires timers and brings messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.util.task import TaskState

from app.workflow.engine.correlation import KeyPart, awaited, sent
from app.workflow.engine.protocol import Thrown
from app.workflow.engine.specs.base import ArrivalGuard, Node
from app.workflow.engine.specs.gateways import EventGateway
from app.workflow.engine.specs.timers import DUE, Turn, due_of, first_turn, next_turn
from app.workflow.engine.trace import known_of

if TYPE_CHECKING:
    from app.workflow.engine.library import Task

FIRED = "fired"
PAYLOAD = "payload"
HELD = "held"
"""Key of a conditional event: its condition held when it came last, and must become false first."""
CORRELATION = "correlation"


class Definition(EventDefinition):
    """What an event catches or throws; immutable, shared by all runs.

    :ivar kind: none, timer, message, signal, error, escalation, conditional, link,
        compensate, cancel or terminate.
    :ivar name: message, signal or link name, error or escalation code (``None`` catches every code), id of the
        activity to compensate (``None``: all).
    :ivar expression: FEEL (or ISO) text of timers and conditions; payload of thrown events.
    :ivar correlate: FEEL text that says which message of that name is meant.
    :ivar key: of messages, the correlation key that counts without ``correlate``.
    :ivar waits: whether a compensating throw goes on only after all is compensated.
    :ivar variable: where a caught payload goes as one context; without it each entry becomes process data.
    """

    def __init__(  # noqa: PLR0913 - each kind of event says something else
        self,
        kind: str,
        name: str | None = None,
        *,
        expression: str | None = None,
        fixed: bool = False,
        cycle: bool = False,
        working_time: bool = False,
        correlate: str | None = None,
        variable: str | None = None,
        key: tuple[KeyPart, ...] = (),
        waits: bool = True,
    ) -> None:
        super().__init__(name)
        self.kind = kind
        self.expression = expression
        self.fixed = fixed
        self.cycle = cycle
        self.working_time = working_time
        self.correlate = correlate
        self.variable = variable
        self.key = key
        self.waits = waits

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = object.__hash__

    def turn(self, engine: Any, data: dict[str, Any]) -> Turn:
        """When a timer that starts now fires first."""
        value = self.expression if self.fixed else engine.value(self.expression, data)
        if self.cycle:
            return first_turn(value, engine, working_time=self.working_time)
        return Turn(due_of(value, engine, working_time=self.working_time))

    def turn_after(self, engine: Any, kept: dict[str, Any]) -> Turn | None:
        """When a timer that has just fired fires again; ``None``: never."""
        return next_turn(kept, engine, working_time=self.working_time)

    def correlation(self, engine: Any, data: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
        """What a message must name to be meant for this wait. :param known: of the process, by property."""
        return self._correlate(engine, data) if self.correlate else awaited(self.key, engine, data, known)

    def sent_correlation(self, engine: Any, data: dict[str, Any], payload: dict[str, Any]) -> dict[str, Any]:
        """What a thrown message names."""
        return self._correlate(engine, data) if self.correlate else sent(self.key, engine, payload)

    def _correlate(self, engine: Any, data: dict[str, Any]) -> dict[str, Any]:
        value = engine.value(self.correlate, data)
        return value if isinstance(value, dict) else {"key": value}

    def take_in(self, data: dict[str, Any], payload: dict[str, Any]) -> None:
        """Put what a caught event brought into process data."""
        if self.variable:
            data[self.variable] = payload
        else:
            data.update(payload)

    def payload(self, engine: Any, data: dict[str, Any]) -> dict[str, Any]:
        """What a thrown event carries: the FEEL context of its ``payload``, else nothing."""
        value = engine.value(self.expression, data) if self.expression else {}
        return value if isinstance(value, dict) else {"value": value}


NONE = Definition("none")


class CatchingNode(TaskSpec):
    """Waits until somebody marks it fired (``fire``)."""

    event_definition: Definition

    def __init__(self, wf_spec: Any, bpmn_id: str, *, event_definition: Definition, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.event_definition = event_definition

    def _update_hook(self, my_task: Task) -> bool:
        if my_task.state != TaskState.WAITING:
            super()._update_hook(my_task)
            self._arm(my_task)
            if my_task.internal_data.get(FIRED):
                return True
            my_task._set_state(TaskState.WAITING)
        return bool(my_task.internal_data.get(FIRED))

    def _arm(self, my_task: Task) -> None:
        """Reckon once what this token waits for."""
        definition, engine = self.event_definition, my_task.workflow.script_engine
        match definition.kind:
            case "none" | "link":
                my_task.internal_data[FIRED] = True
            case "timer":
                if DUE in my_task.internal_data:
                    return  # a later turn of a cycle: whoever fires timers fires it, late or not
                definition.turn(engine, my_task.data).keep_in(my_task.internal_data)
                due = my_task.internal_data[DUE]
                my_task.internal_data[FIRED] = due is not None and due <= engine.services.now()
            case "message":
                known = known_of(my_task.workflow)
                my_task.internal_data[CORRELATION] = definition.correlation(engine, my_task.data, known)
            case "conditional":
                holds = engine.truth(definition.expression, my_task.data)
                my_task.internal_data[FIRED] = holds and HELD not in my_task.internal_data

    def fire(self, my_task: Task, payload: dict[str, Any] | None = None) -> None:
        """What was waited for has come."""
        my_task.internal_data[FIRED] = True
        if payload:
            my_task.internal_data[PAYLOAD] = payload
            my_task.workflow.top_workflow.learn(my_task.workflow, self.event_definition, payload)
        my_task.task_spec._update(my_task)

    def _run_hook(self, my_task: Task) -> bool:
        self.event_definition.take_in(my_task.data, my_task.internal_data.pop(PAYLOAD, {}))
        return True


class CatchEvent(ArrivalGuard, CatchingNode, Node):
    """Intermediate catch event or receive task."""

    def _on_ready_hook(self, my_task: Task) -> None:
        super()._on_ready_hook(my_task)
        gateway = my_task.parent
        if gateway is not None and isinstance(gateway.task_spec, EventGateway):
            for task in gateway.children:
                if task is not my_task and task.has_state(TaskState.NOT_FINISHED_MASK):
                    task.cancel()


class BoundaryEvent(ArrivalGuard, CatchingNode, Node):
    """Boundary event; an interrupting one ends the activity as soon as it comes."""

    def __init__(self, wf_spec: Any, bpmn_id: str, *, cancel_activity: bool, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.cancel_activity = cancel_activity

    def _on_ready_hook(self, my_task: Task) -> None:
        super()._on_ready_hook(my_task)
        split = my_task.parent
        if self.cancel_activity:
            split.task_spec.interrupt(split, by=my_task)
        elif split.task_spec.goes_on(split):
            self._wait_again(my_task, split)

    def _wait_again(self, my_task: Task, split: Task) -> None:
        """A non-interrupting event comes as often as it happens while the activity goes on. Source: §10.5.6."""
        kept: dict[str, Any] = {}
        if self.event_definition.kind == "timer":
            following = self.event_definition.turn_after(my_task.workflow.script_engine, my_task.internal_data)
            if following is None:
                return
            following.keep_in(kept)
        elif self.event_definition.kind == "conditional":
            kept[HELD] = True
        again = split._add_child(self, TaskState.FUTURE)
        again.internal_data.update(kept)
        self._predict(again, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
        self._update(again)


class StartEvent(CatchingNode, Node):
    """Start event. Whoever starts the scope has already met its definition, so the token passes."""

    def _arm(self, my_task: Task) -> None:
        my_task.internal_data[FIRED] = True


class ThrowingNode(TaskSpec):
    """Sends out its definition and goes on."""

    event_definition: Definition

    def __init__(self, wf_spec: Any, bpmn_id: str, *, event_definition: Definition, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.event_definition = event_definition

    def _run_hook(self, my_task: Task) -> bool | None:
        definition, workflow = self.event_definition, my_task.workflow
        engine, top = workflow.script_engine, workflow.top_workflow
        if definition.kind in ("message", "signal", "error", "escalation"):
            payload = definition.payload(engine, my_task.data)
            if definition.kind in ("error", "escalation"):
                top.throw_code(my_task, definition.kind, definition.name, payload)
            else:
                correlation = definition.sent_correlation(engine, my_task.data, payload)
                top.learn(workflow, definition, payload)
                kind: Literal["message", "signal"] = "message" if definition.kind == "message" else "signal"
                top.send_out(Thrown(kind, definition.name or "", payload, correlation, self.bpmn_id), workflow)
        return True


class ThrowEvent(ThrowingNode, Node):
    """Intermediate throw event or send task."""


class EndEvent(ThrowingNode, Node):
    """End event; a terminate end ends its whole scope."""

    def _on_complete_hook(self, my_task: Task) -> None:
        super()._on_complete_hook(my_task)
        if self.event_definition.kind == "terminate":
            my_task.workflow.terminate(my_task)
