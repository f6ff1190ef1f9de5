"""Processes that begin by the clock: when the timer of a start event comes, turn after turn. Nothing runs here.

Source: BPMN 2.0.2 §10.5.2, §13.5.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.workflow.engine.model import ProcessModel
from app.workflow.engine.protocol import Services
from app.workflow.engine.scripting import FeelEngine
from app.workflow.engine.specs.events import Definition
from app.workflow.engine.specs.timers import Turn, next_turn

_MISSED = "missed"
_EACH = "each"


@dataclass(frozen=True, slots=True)
class StartTimer:
    """The timer of a start event.

    :ivar drawn: all that the diagram says of it; the same text is the same timer.
    """

    node_id: str
    drawn: str
    definition: Definition
    model: ProcessModel
    each_missed: bool

    def first(self, services: Services) -> Turn:
        """The first turn of a timer that begins now. :raises BadTimer: its value is none. :raises FeelError:"""
        return self.definition.turn(FeelEngine(self.model.expressions, services), {})

    def following(self, turn: Turn, services: Services) -> Turn | None:
        """The turn after this one, ``None``: it was the last.

        Turns missed meanwhile are passed over, unless the property ``missed`` of the start event is ``each``.
        """
        kept: dict[str, Any] = {}
        turn.keep_in(kept)
        engine = FeelEngine(self.model.expressions, services)
        return next_turn(kept, engine, working_time=self.definition.working_time, skip_missed=not self.each_missed)


def start_timers(models: Mapping[str, ProcessModel]) -> dict[tuple[str, str], StartTimer]:
    """By process id and node id, of all these processes."""
    return {
        (model.process_id, start.bpmn_id): _timer(model, start)
        for model in models.values()
        for start in model.spec.start.outputs
        if start.event_definition.kind == "timer"
    }


def _timer(model: ProcessModel, start: Any) -> StartTimer:
    definition: Definition = start.event_definition
    marks = ["cycle"] * definition.cycle + ["working_time"] * definition.working_time
    drawn = " ".join([definition.expression or "", *marks])
    return StartTimer(start.bpmn_id, drawn, definition, model, start.properties.get(_MISSED) == _EACH)
