# mypy: disable-error-code="no-untyped-call,attr-defined"
"""A process that stood still goes on: timers that run for a stretch of time run for the rest of it.

A timer set to a date keeps it, whether the date stands in the diagram or in the data: the day is a fact. A cycle
is such a stretch, unless it has a start or an end: then its turns in the time of rest do not come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

from app.workflow.engine import listeners
from app.workflow.engine.durations import parse_cycle, parse_duration
from app.workflow.engine.specs.events import Definition
from app.workflow.engine.specs.timers import CYCLE, DUE, skip_rest
from app.workflow.engine.trace import scope_data

Later = Callable[[datetime, bool], datetime]
"""``later(due, working_time)``: when a timer is due that was to be due then."""


def postpone(tree: Any, later: Later) -> None:
    """Move all timers that wait, in every scope, by what ``later`` says."""
    for definition, entry, scope in _timers(tree):
        if entry.get(DUE) is None:
            continue
        due = later(entry[DUE], definition.working_time)
        if _is_stretch(definition, entry, scope):
            entry[DUE] = due
        elif CYCLE in entry and due != entry[DUE]:  # it was not overdue already
            skip_rest(entry, scope.script_engine, working_time=definition.working_time)


def _timers(tree: Any) -> Iterator[tuple[Definition, dict[str, Any], Any]]:
    for task in tree.waiting_events():
        if task.task_spec.event_definition.kind == "timer":
            yield task.task_spec.event_definition, task.internal_data, task.workflow
    for scope, spec, _entry in listeners.listening(tree):
        if spec.event_definition.kind == "timer":
            yield spec.event_definition, scope.task_tree.internal_data[listeners.KEY][spec.name], scope


def _is_stretch(definition: Definition, entry: dict[str, Any], scope: Any) -> bool:
    if CYCLE in entry:
        cycle = parse_cycle(entry[CYCLE][0])
        return cycle is not None and cycle.start is None and cycle.end is None
    if definition.fixed:
        return parse_duration(definition.expression or "") is not None
    value = scope.script_engine.value(definition.expression, scope_data(scope))
    return not isinstance(value, date) and parse_duration(str(value)) is not None
