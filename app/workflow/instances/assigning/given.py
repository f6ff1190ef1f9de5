"""What is asked when a task opens, and what the answer is."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from app.workflow.instances.models import ProcessInstance

SAME, EMPTY = "same", "empty"
"""Why a task passes without a person: she has just submitted the step before; nobody is there, which may be."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a task opens, or would.

    :ivar role: of the node or its lane.
    :ivar evaluate: FEEL over process data and facts.
    :ivar decide: the result of the release's decision of that id, over the same.
    :ivar chosen: whom an earlier handler chose for this node.
    :ivar must_fill: whether the form has a field that must be filled in.
    :ivar signer: of a countersigned node, whose seat it is; None: nobody was found to sign.
    :ivar asked: why she is among the signers, where the round begins with this act.
    """

    node_id: str
    process_id: str
    name: str
    role: str | None
    properties: Mapping[str, str]
    evaluate: Callable[[str], Any]
    decide: Callable[[str], Any]
    must_fill: Callable[[], bool]
    chosen: int | None = None
    signer: int | None = None
    asked: "Why | None" = None


@dataclass(slots=True)
class Case:
    """The case a task opens on, and the act that opens it.

    :ivar actor_id: who acts; None: the system does.
    :ivar is_submitted: a person's submission opens it, so the next person may be her again.
    :ivar choices: as ``StepServices.choices``.
    :ivar handled: node → who would have handled it; of a preview, before the rows say so.
    :ivar only_looks: nothing may be written, drawn or counted.
    :ivar loads: tasks given by this act, not yet on the list.
    """

    instance: ProcessInstance
    actor_id: int | None
    is_submitted: bool = False
    choices: Mapping[str, int | None] = field(default_factory=dict)
    handled: Mapping[str, int] = field(default_factory=dict)
    only_looks: bool = False
    loads: Counter[int] = field(default_factory=Counter)


@dataclass(slots=True)
class Why:
    """What is kept with the task: enough to tell, and to reckon again, why she got it. All of it is JSON."""

    rule: str = ""
    """Source as the analyst wrote it: ``superior(2)``."""
    whose: int | None = None
    """The person whose superior or department was asked."""
    climbed: list[list[Any]] = field(default_factory=list)
    """``[user id, how]`` of the superiors up to the one asked for, the nearest first; how: her own, or as head."""
    found: list[int] = field(default_factory=list)
    previous: int | None = None
    """Who submitted the step before, where the rule keeps her out."""
    barred: list[list[Any]] = field(default_factory=list)
    """``[user id, reason, node]`` of candidates that were kept out."""
    limits: list[list[Any]] = field(default_factory=list)
    """``[role, limit in fen or None]`` of the roles whose authority suffices, the lowest first."""
    amount_fen: int | None = None
    pick: str = ""
    seed: str = ""
    turn: int = 0
    loads: dict[str, int] = field(default_factory=dict)
    again: bool = False
    """She handled this node before on this case, so it came back to her."""
    empty: str = ""
    """What was done because nobody was found."""
    notes: list[str] = field(default_factory=list)
    settled: list[list[Any]] = field(default_factory=list)
    """``[user id of a leaver, who has her work now, how]``."""
    passes: str = ""
    users: list[int] = field(default_factory=list)
    role: str = ""

    def as_json(self) -> dict[str, Any]:
        """What has something to say."""
        return {name: value for name, value in asdict(self).items() if value or (name, value) == ("amount_fen", 0)}

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Why":
        """As it was kept; what an older program kept besides is left out."""
        return cls(**{name: kept[name] for name in cls.__slots__ if name in kept})


@dataclass(frozen=True, slots=True)
class Given:
    """Who gets a task. One user: it is hers. Several: whoever of them claims it. None: the pool of ``role``.

    :ivar passes: SAME, EMPTY, or empty.
    """

    users: tuple[int, ...] = ()
    role: str | None = None
    why: Why | None = None
    passes: str = ""
