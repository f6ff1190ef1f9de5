# mypy: disable-error-code="no-untyped-call,misc,abstract"
"""Events that undo what activities have done: compensating throws, compensating and cancelling ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.workflow.engine import compensation
from app.workflow.engine.specs.events import EndEvent, ThrowEvent

if TYPE_CHECKING:
    from app.workflow.engine.library import Task


class CompensatingThrow(ThrowEvent):
    """Goes on when all is compensated, unless it need not wait."""

    def _run_hook(self, my_task: Task) -> bool | None:
        return compensation.run(my_task)


class CompensatingEnd(EndEvent):
    """Compensates and ends; the cancel end of a transaction then leaves it by its cancel event."""

    def _run_hook(self, my_task: Task) -> bool | None:
        return compensation.run(my_task)
