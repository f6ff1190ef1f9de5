# mypy: disable-error-code="no-untyped-call,misc,abstract,attr-defined,assignment"
# ruff: noqa: SLF001 - extending the library means using what it keeps private; pinned, guarded by tests
"""Events: what is caught and thrown. Waiting is shown to the outside, which fires timers and brings messages."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.util.task import TaskState

from app.workflow.engine.protocol import Thrown
from app.workflow.engine.specs.base import ArrivalGuard, Node
from app.workflow.engine.specs.gateways import EventGateway
from app.workflow.engine.specs.timers import due_of

if TYPE_CHECKING:
    from app.workflow.engine.library import Task

FIRED = "fired"
PAYLOAD = "payload"
DUE = "due"
CORRELATION = "correlation"


class Definition(EventDefinition):
    """What an event catches or throws; immutable, shared by all runs.

    :ivar kind: none, timer, message, signal, error, escalation, conditional, link or terminate.
    :ivar name: message, signal or link name, error or escalation code (``None`` catches every code).
    :ivar expression: FEEL (or ISO) text of timers and conditions; payload of thrown events.
    :ivar correlate: FEEL text that says which message of that name is meant.
    :ivar variable: where a caught payload goes as one context; without it each entry becomes process data.
    """

    def __init__(
        self,
        kind: str,
        name: str | None = None,
        *,
        expression: str | None = None,
        fixed: bool = False,
        working_time: bool = False,
        correlate: str | None = None,
        variable: str | None = None,
    ) -> None:
        super().__init__(name)
        self.kind = kind
        self.expression = expression
        self.fixed = fixed
        self.working_time = working_time
        self.correlate = correlate
        self.variable = variable

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = object.__hash__

    def due(self, engine: Any, data: dict[str, Any]) -> datetime:
        """When a timer that starts now fires."""
        value = self.expression if self.fixed else engine.value(self.expression, data)
        return due_of(value, engine, working_time=self.working_time)

    def correlation(self, engine: Any, data: dict[str, Any]) -> dict[str, Any]:
        """What a message must name to be meant for this wait."""
        if not self.correlate:
            return {}
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
                due = definition.due(engine, my_task.data)
                my_task.internal_data[DUE] = due
                my_task.internal_data[FIRED] = due <= engine.services.now()
            case "message":
                my_task.internal_data[CORRELATION] = definition.correlation(engine, my_task.data)
            case "conditional":
                my_task.internal_data[FIRED] = engine.truth(definition.expression, my_task.data)

    def fire(self, my_task: Task, payload: dict[str, Any] | None = None) -> None:
        """What was waited for has come."""
        my_task.internal_data[FIRED] = True
        if payload:
            my_task.internal_data[PAYLOAD] = payload
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
        if self.cancel_activity and split is not None:
            split.task_spec.interrupt(split, by=my_task)


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

    def _run_hook(self, my_task: Task) -> bool:
        definition, workflow = self.event_definition, my_task.workflow
        engine, top = workflow.script_engine, workflow.top_workflow
        if definition.kind in ("message", "signal", "error", "escalation"):
            payload = definition.payload(engine, my_task.data)
            if definition.kind in ("error", "escalation"):
                top.throw_code(my_task, definition.kind, definition.name, payload)
            else:
                correlation = definition.correlation(engine, my_task.data)
                kind: Literal["message", "signal"] = "message" if definition.kind == "message" else "signal"
                top.send_out(Thrown(kind, definition.name or "", payload, correlation, self.bpmn_id))
        return True


class ThrowEvent(ThrowingNode, Node):
    """Intermediate throw event or send task."""


class EndEvent(ThrowingNode, Node):
    """End event; a terminate end ends its whole scope."""

    def _on_complete_hook(self, my_task: Task) -> None:
        super()._on_complete_hook(my_task)
        if self.event_definition.kind == "terminate":
            my_task.workflow.terminate(my_task)
