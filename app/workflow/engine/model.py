"""A parsed process: immutable, shared by all runs and threads, cached per release by the caller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.workflow.engine.scripting import Expressions


@dataclass(frozen=True, slots=True)
class StartPoint:
    """A start event of a process.

    :ivar kind: none, message, timer, signal or conditional.
    :ivar name: of the message or signal.
    """

    node_id: str
    kind: str
    name: str | None


@dataclass(frozen=True, eq=False, slots=True)
class ProcessModel:
    """One executable process with everything it calls.

    :ivar spec: the library's spec; of no interest outside the engine room.
    :ivar subprocess_specs: specs of embedded and called processes by id.
    """

    process_id: str
    name: str
    file_name: str
    spec: Any
    subprocess_specs: dict[str, Any]
    expressions: Expressions
    starts: tuple[StartPoint, ...]

    def spec_of(self, process_id: str) -> Any:
        """The spec of this process or of one inside it; ``None`` when there is none."""
        return self.spec if process_id == self.process_id else self.subprocess_specs.get(process_id)
