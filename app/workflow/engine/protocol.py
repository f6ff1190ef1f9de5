"""What the engine needs from outside, and what it shows of a running process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol, TypeAlias

from app.core.i18n import Sentence
from app.workflow.engine.countersign import Rule, Seat, Tally

TaskKind = Literal["user", "manual", "service"]
WaitKind = Literal["timer", "message", "signal", "conditional"]
Status = Literal["RUNNING", "COMPLETED", "CANCELLED", "FAILED"]


@dataclass(frozen=True, slots=True)
class TaskView:
    """One task of a running process, as the work list and the steps see it.

    :ivar id: stable for the life of the task; a task reopened by a return has a new one.
    :ivar process_id: id of the process or embedded sub-process the node is drawn in.
    :ivar properties: the node's ``spiffworkflow:property`` entries.
    :ivar data: process data visible there; a copy, changing it changes nothing.
    :ivar path: node ids of the call activities and sub-processes around it, outermost first.
    :ivar mi_index: place in the multi-instance list, from 0; ``None`` outside one.
    :ivar mi_item: the item of that place.
    """

    id: str
    node_id: str
    name: str
    process_id: str
    kind: TaskKind
    lane: str | None
    properties: dict[str, str]
    data: dict[str, Any]
    path: tuple[str, ...] = ()
    mi_index: int | None = None
    mi_item: Any = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Something that must come from outside before the token moves on.

    :ivar due: of timers, the moment reckoned once when the token arrived; aware UTC.
    :ivar correlation: of messages, what the sender must name; ``{"key": value}`` when the diagram gives one value.
    """

    task_id: str
    kind: WaitKind
    name: str
    node_id: str
    due: datetime | None = None
    correlation: dict[str, Any] = field(default_factory=dict)
    process_id: str = ""


WaitKey: TypeAlias = tuple[str, str, str, str, datetime | None, tuple[tuple[str, str], ...]]
"""Task id, kind, name, node id, due, correlation."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a run waits for, in short: ids of the tasks that are ready, and its waits.

    :ivar signed: ids of the tasks whose vote has been cast in a round that goes on.
    """

    ready: frozenset[str] = frozenset()
    waits: frozenset[WaitKey] = frozenset()
    signed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Thrown:
    """A message or signal the process sent out; the caller delivers it after the state is stored."""

    kind: Literal["message", "signal"]
    name: str
    payload: dict[str, Any]
    correlation: dict[str, Any]
    node_id: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a decision, a gateway or a countersigned node came out as it did.

    :ivar facts: one readable sentence each; none of a countersigned node: the caller knows its people.
    :ivar trace: the same for machines, JSON-safe.
    """

    kind: Literal["DECISION", "GATEWAY", "COUNTERSIGN"]
    node_id: str
    name: str
    process_id: str
    facts: tuple[Sentence, ...]
    trace: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Round:
    """A countersigned node as it stands. :ivar result: PASSED or REFUSED once it is over."""

    node_id: str
    rule: Rule
    seats: tuple[Seat, ...]
    tally: Tally
    result: str | None


@dataclass(frozen=True, slots=True)
class NodeMark:
    """How far one node of the diagram has come. States: ACTIVE, FAILED, COMPLETED, CANCELLED."""

    node_id: str
    state: str
    process_id: str


@dataclass(frozen=True, slots=True)
class Visit:
    """A token at a node, in the order it came there or finished there.

    :ivar process_id: id of the process or embedded sub-process the node is drawn in.
    :ivar came_from: the node whose flow it came on; ``None`` at a start and where an event brought it.
    :ivar is_done: whether the node has finished; else the token still is there.
    """

    node_id: str
    process_id: str
    came_from: str | None
    is_done: bool


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that was done in a run, or came to it from outside.

    :ivar kind: task (a person's), step (a service task's), timer, message or signal.
    :ivar name: of the step, message or signal; else the node id.
    :ivar written: process data it brought; of messages and signals the payload.
    :ivar brought: process data that came with a returned token before it.
    :ivar properties: the ``spiffworkflow:property`` entries of a person's task.
    :ivar signer: of a countersigned node, whose seat it was.
    """

    task_id: str
    node_id: str
    process_id: str
    kind: Literal["task", "step", "timer", "message", "signal"]
    name: str
    written: dict[str, Any]
    brought: dict[str, Any]
    properties: dict[str, str] = field(default_factory=dict)
    signer: Any = None


class Services(Protocol):
    """The outside world of a running process; given at every start and load, never stored."""

    def call_step(self, name: str, params: dict[str, Any], task: TaskView) -> Mapping[str, Any] | None:
        """Do the registered step; what it returns is merged into process data."""
        ...

    def dataset(self, name: str, data: Mapping[str, Any]) -> Any:
        """Business facts for a FEEL name that process data does not hold; ``None`` when there are none."""
        ...

    def signers(self, task: TaskView, named: Any) -> list[Any]:
        """Whom a countersigned node asks, in order: user ids, each once, or ``[None]`` when nobody was found.

        :param named: what the node's ``signers`` gave: user ids, role codes; ``None``: the node's own rule says.
        """
        ...

    def persons(self, named: Any) -> list[Any]:
        """The user ids that a FEEL value of user ids and role codes means, each once."""
        ...

    def now(self) -> datetime:
        """The aware present moment."""
        ...

    def working_due(self, start: datetime, duration: str) -> datetime:
        """The moment an ISO 8601 duration of working time after ``start`` is over."""
        ...
