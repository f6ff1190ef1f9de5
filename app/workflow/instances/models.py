"""Tables of the store. Lists, searches and counts read these; only the engine opens ``state``."""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Computed,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core import clock
from app.core.db import EnumText, Fen, JsonText, Model, Moment, Part


class InstanceStatus(StrEnum):
    """Life of an instance."""

    RUNNING = "RUNNING"
    INCIDENT = "INCIDENT"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


class TaskState(StrEnum):
    """Life of a user task. ``REWORK``: sent back, waits until the earlier handler has corrected."""

    OPEN = "OPEN"
    REWORK = "REWORK"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


class TaskKind(StrEnum):
    """``REWORK`` tasks reopen an earlier node's form without moving the token."""

    NORMAL = "NORMAL"
    REWORK = "REWORK"


STANDING = (TaskState.OPEN, TaskState.REWORK)
"""States in which a task is somebody's, though she may have to wait for what she sent back."""


class Ring(StrEnum):
    """What the clock of a task says: its handler is reminded, or its time is over."""

    REMIND = "REMIND"
    ESCALATE = "ESCALATE"


class IncidentState(StrEnum):
    """Life of an incident."""

    RETRYING = "RETRYING"
    OPEN = "OPEN"
    RESOLVED = "RESOLVED"
    SKIPPED = "SKIPPED"


class ProcessInstance(Part):
    """One running or finished process. Pins its release; ``row_version`` moves with every step."""

    release_id: Mapped[int] = mapped_column(BigInteger, index=True)
    process_id: Mapped[str] = mapped_column(String(80), index=True)
    process_label: Mapped[str] = mapped_column(String(120))
    business_key: Mapped[str | None] = mapped_column(String(40), index=True)
    title: Mapped[str] = mapped_column(String(300))
    amount_fen: Mapped[int | None] = mapped_column(Fen)
    """What the case is about in money, as its room says; None: it says nothing, or it is not about money."""
    status: Mapped[InstanceStatus] = mapped_column(EnumText(InstanceStatus), default=InstanceStatus.RUNNING)
    state: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    data: Mapped[dict[str, Any]] = mapped_column(JsonText, default=dict)
    """Process data as of the last step: ids and routing facts."""
    parent_instance_id: Mapped[int | None] = mapped_column(BigInteger)
    started_by: Mapped[int | None] = mapped_column(BigInteger)
    started_at: Mapped[datetime] = mapped_column(Moment, default=clock.now)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    end_node: Mapped[str | None] = mapped_column(String(80))
    suspended_at: Mapped[datetime | None] = mapped_column(Moment)
    """Since when the case rests; None: it goes on."""
    recused: Mapped[dict[str, str]] = mapped_column(JsonText, default=dict)
    """User id (as JSON keys are: text) → why she has an interest in the case and takes no part in it 回避."""

    tasks: Mapped[list["UserTask"]] = relationship(back_populates="instance", viewonly=True)

    __table_args__ = (
        Index("ix_process_instance_tenant_status", "tenant_id", "status"),
        Index("ix_process_instance_started", "tenant_id", "started_by", "started_at", "id"),
    )


class Follow(Part):
    """A case somebody keeps an eye on 关注: she is told when it is returned, and when it ends."""

    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"))
    user_id: Mapped[int] = mapped_column(BigInteger)
    since: Mapped[datetime] = mapped_column(Moment, default=clock.now)

    instance: Mapped["ProcessInstance"] = relationship(viewonly=True)

    __table_args__ = (
        UniqueConstraint("instance_id", "user_id"),
        Index("ix_follow_tenant_user", "tenant_id", "user_id", "since"),
    )


_KINDS_OF_VALUES = ("text", "number", "date")


def _index_of_values(kind: str) -> Index:
    """From what is said to the cases that say so: ranges, and which values there are."""
    filled = text(f"{kind}_value IS NOT NULL")
    columns = ("tenant_id", "name", f"{kind}_value", "instance_id")
    return Index(f"ix_case_fact_{kind}", *columns, sqlite_where=filled, postgresql_where=filled)


def _index_of_cases(kind: str) -> Index:
    """From a case to what it says. A list asks it for each of its rows, so it is as narrow as can be: one kind of
    value, and one key to compare. SQLite keeps nothing beside keys and would never use it: there it stays empty.
    """
    return Index(
        f"ix_case_fact_{kind}_of_case",
        "instance_id",
        sqlite_where=text("false"),
        postgresql_where=text(f"{kind}_value IS NOT NULL"),
        postgresql_include=["name", "tenant_id", f"{kind}_value"],
    )


class CaseFact(Part):
    """One fact of a case that lists show, filter and sort by: a list column of its process, typed.

    Exactly one value column is filled, by the column's kind: money in fen and numbers in ten-thousandths are
    ``number_value``. Written when the case is saved, and only when it changed.
    """

    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"))
    name: Mapped[str] = mapped_column(String(40))
    text_value: Mapped[str | None] = mapped_column(String(200))
    number_value: Mapped[int | None] = mapped_column(BigInteger)
    date_value: Mapped[date | None] = mapped_column(Date)

    __table_args__ = (
        Index("uq_case_fact_instance_name", "tenant_id", "instance_id", "name", unique=True),
        *(_index_of_values(kind) for kind in _KINDS_OF_VALUES),
        *(_index_of_cases(kind) for kind in _KINDS_OF_VALUES),
    )


_OPEN = text("state = 'OPEN'")
_POOL = text("state = 'OPEN' AND assignee_id IS NULL")
_SENT_BACK = text("state = 'REWORK'")
_DONE = text("state = 'DONE'")
_RINGS = text("rings_at IS NOT NULL")
_SIGNED = {"sqlite": text("waits_for_signers = 1"), "postgresql": text("waits_for_signers")}
_SHOWN = ["instance_id", "name", "started_as", "search_text"]
"""What lists filter and sort by besides the keys of their index: they need not look at the rows."""
_STANDING_IN = "personal"
"""What a substitute's lists leave out."""


class UserTask(Part):
    """A row of the work list."""

    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"), index=True)
    engine_task_id: Mapped[str] = mapped_column(String(160))
    node_id: Mapped[str] = mapped_column(String(80))
    process_id: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[TaskKind] = mapped_column(EnumText(TaskKind), default=TaskKind.NORMAL)
    state: Mapped[TaskState] = mapped_column(EnumText(TaskState), default=TaskState.OPEN)
    form: Mapped[str | None] = mapped_column(String(120))
    role: Mapped[str | None] = mapped_column(String(40))
    assignee_id: Mapped[int | None] = mapped_column(BigInteger)
    """Who works on it: named by the process, or by claiming."""
    assigned_by_process: Mapped[bool] = mapped_column(default=False)
    personal: Mapped[bool] = mapped_column(default=False)
    """Nobody may stand in: a secret vote, or the node says ``substitute = no``."""
    properties: Mapped[dict[str, str]] = mapped_column(JsonText, default=dict)
    data: Mapped[dict[str, Any]] = mapped_column(JsonText, default=dict)
    """Process data visible at the node when the task arose."""
    business_key: Mapped[str | None] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(300))
    process_label: Mapped[str] = mapped_column(String(120))
    started_as: Mapped[str] = mapped_column(String(80))
    """Process the case was started as; the task may lie in one it calls."""
    has_candidates: Mapped[bool] = mapped_column(default=False)
    """Whether persons are named for the pool; else everybody of the role may claim it."""
    search_text: Mapped[str] = mapped_column(
        Text,
        Computed("lower(title || ' ' || coalesce(business_key, '') || ' ' || name)", persisted=True),
        deferred=True,
    )
    """What the search of the lists looks into; begins with the title, so lists sort by it too."""
    opened_at: Mapped[datetime] = mapped_column(Moment, default=clock.now)
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    rings_at: Mapped[datetime | None] = mapped_column(Moment)
    """When its clock next has something to say; None: nothing, not now (closed, sent back), or its job is in."""
    reminded_at: Mapped[datetime | None] = mapped_column(Moment)
    escalated_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_by: Mapped[int | None] = mapped_column(BigInteger)
    outcome: Mapped[str | None] = mapped_column(String(80))
    draft: Mapped[dict[str, Any] | None] = mapped_column(JsonText)
    draft_at: Mapped[datetime | None] = mapped_column(Moment)
    returned_from_id: Mapped[int | None] = mapped_column(BigInteger)
    """On a REWORK task: the task that sent it back."""
    return_reason: Mapped[str | None] = mapped_column(Text)
    pending_updates: Mapped[dict[str, Any] | None] = mapped_column(JsonText)
    """Process data from rework, merged when this task is completed."""
    assignment: Mapped[dict[str, Any] | None] = mapped_column(JsonText, deferred=True)
    """Why it was given to whom, by the rule of its node; see ``assigning.given.Why``. None: no rule was asked."""

    waits_for_signers: Mapped[bool] = mapped_column(default=False)
    """She has signed, and the round of her node goes on; follows from the state as the row itself does."""

    instance: Mapped[ProcessInstance] = relationship(back_populates="tasks")
    candidates: Mapped[list["TaskCandidate"]] = relationship(cascade="all, delete-orphan")

    def name_candidates(self, user_ids: Iterable[int]) -> None:
        """Let these persons, and nobody else of the role, claim it; nobody: everybody of the role may."""
        known = {one.user_id: one for one in self.candidates}
        wanted = list(dict.fromkeys(user_ids))
        self.candidates[:] = [known.get(one) or TaskCandidate(user_id=one) for one in wanted]
        self.has_candidates = bool(wanted)

    __table_args__ = (
        Index(
            "ix_user_task_open",
            *("tenant_id", "assignee_id", "due_at", "opened_at", "id"),
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
            postgresql_include=[*_SHOWN, _STANDING_IN],
        ),
        Index(
            "ix_user_task_pool",
            *("tenant_id", "role", "due_at", "opened_at", "id"),
            sqlite_where=_POOL,
            postgresql_where=_POOL,
            postgresql_include=[*_SHOWN, _STANDING_IN, "has_candidates"],
        ),
        Index(
            "ix_user_task_sent_back",
            *("tenant_id", "assignee_id"),
            sqlite_where=_SENT_BACK,
            postgresql_where=_SENT_BACK,
        ),
        Index(
            "ix_user_task_signed",
            *("tenant_id", "assignee_id"),
            sqlite_where=_SIGNED["sqlite"],
            postgresql_where=_SIGNED["postgresql"],
        ),
        Index(
            "ix_user_task_done",
            *("tenant_id", "closed_by", "closed_at", "id"),
            sqlite_where=_DONE,
            postgresql_where=_DONE,
            postgresql_include=[*_SHOWN, "opened_at", "due_at"],
        ),
        Index("ix_user_task_rings", "rings_at", "id", sqlite_where=_RINGS, postgresql_where=_RINGS),
    )


class TaskCandidate(Part):
    """A person who may claim a task besides, or instead of, its role."""

    task_id: Mapped[int] = mapped_column(ForeignKey("user_task.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        UniqueConstraint("task_id", "user_id"),
        Index("ix_task_candidate_tenant_user", "tenant_id", "user_id", "task_id"),
    )


class AssignmentTurn(Part):
    """Whose turn it was at a node that gives its tasks in turn 轮派; one row a node, locked while one is given."""

    process_id: Mapped[str] = mapped_column(String(80))
    node_id: Mapped[str] = mapped_column(String(80))
    turn: Mapped[int] = mapped_column(default=0)
    served: Mapped[dict[str, int]] = mapped_column(JsonText, default=dict)
    """User id → the turn she had last."""

    __table_args__ = (UniqueConstraint("tenant_id", "process_id", "node_id"),)


class TaskLog(Part):
    """Who did what, when and why; append-only. ``answers`` is what was submitted, as cleaned."""

    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"))
    seq: Mapped[int]
    task_id: Mapped[int | None] = mapped_column(BigInteger)
    node_id: Mapped[str | None] = mapped_column(String(80))
    node_name: Mapped[str | None] = mapped_column(String(120))
    action: Mapped[str] = mapped_column(String(40))
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    actor_name: Mapped[str] = mapped_column(String(80))
    on_behalf_of: Mapped[int | None] = mapped_column(BigInteger)
    """Whose place the actor took as a substitute."""
    at: Mapped[datetime] = mapped_column(Moment, default=clock.now)
    outcome: Mapped[str | None] = mapped_column(String(80))
    comment: Mapped[str | None] = mapped_column(Text)
    answers: Mapped[dict[str, Any] | None] = mapped_column(JsonText)
    target: Mapped[str | None] = mapped_column(String(200))
    """Whom or what the action points at: the node returned to, the person transferred to."""

    __table_args__ = (UniqueConstraint("instance_id", "seq"),)


class SignatureKind(StrEnum):
    """TYPED: her name. DRAWN: by hand, now or the picture she keeps."""

    TYPED = "TYPED"
    DRAWN = "DRAWN"


class TaskSignature(Part):
    """Who signed what she submitted; append-only. ``digest`` binds it to the very answers of the log row."""

    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"), index=True)
    log_id: Mapped[int] = mapped_column(ForeignKey("task_log.id"), unique=True)
    task_id: Mapped[int] = mapped_column(BigInteger)
    node_id: Mapped[str] = mapped_column(String(80))
    kind: Mapped[SignatureKind] = mapped_column(EnumText(SignatureKind))
    name: Mapped[str] = mapped_column(String(80))
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    """The picture, where it was drawn."""
    sha256: Mapped[str | None] = mapped_column(String(64))
    """Of the picture."""
    digest: Mapped[str] = mapped_column(String(64))
    signed_by: Mapped[int | None] = mapped_column(BigInteger)
    signed_at: Mapped[datetime] = mapped_column(Moment)


class ReasonKind(StrEnum):
    """What came out as it did: a business rule task, a gateway's choice, or what several signed."""

    DECISION = "DECISION"
    GATEWAY = "GATEWAY"
    COUNTERSIGN = "COUNTERSIGN"


class DecisionReason(Part):
    """Why an automatic decision, a gateway's choice or a countersigned node came out as it did; append-only."""

    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"))
    seq: Mapped[int]
    kind: Mapped[ReasonKind] = mapped_column(EnumText(ReasonKind))
    node_id: Mapped[str] = mapped_column(String(80))
    node_name: Mapped[str] = mapped_column(String(120))
    process_id: Mapped[str] = mapped_column(String(80))
    facts: Mapped[list[Any]] = mapped_column(JsonText)
    """One readable sentence each, to be told by ``core.i18n.told``; older rows hold them as they were said."""
    trace: Mapped[dict[str, Any]] = mapped_column(JsonText)
    """The same for machines: inputs, rules, conditions."""
    at: Mapped[datetime] = mapped_column(Moment, default=clock.now)

    __table_args__ = (UniqueConstraint("instance_id", "seq"),)


class TimerDue(Part):
    """A moment the engine waits for, reckoned once, on arrival; a job row carries the due time.

    Deadlines of tasks are no timers: see ``clocks``.
    """

    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"))
    reference: Mapped[str] = mapped_column(String(160))
    """Engine task id."""
    node_id: Mapped[str] = mapped_column(String(80))
    due_at: Mapped[datetime] = mapped_column(Moment)
    done_at: Mapped[datetime | None] = mapped_column(Moment)
    cancelled_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (UniqueConstraint("instance_id", "reference"),)


class TimedStart(Part):
    """A moment at which the clock starts a process; a job row carries the due time. The next turn is another row.

    The key of a moment is free of the release, so that none starts twice.
    """

    release_id: Mapped[int] = mapped_column(BigInteger)
    process_id: Mapped[str] = mapped_column(String(80))
    node_id: Mapped[str] = mapped_column(String(80))
    drawn: Mapped[str] = mapped_column(Text)
    """The timer as the diagram says it: another release that says the same goes on with it."""
    due_at: Mapped[datetime] = mapped_column(Moment)
    cycle: Mapped[str | None] = mapped_column(Text)
    """Of a cycle, as it was when it began."""
    turns_left: Mapped[int | None]
    """Turns after this one; None: without end."""
    done_at: Mapped[datetime | None] = mapped_column(Moment)
    cancelled_at: Mapped[datetime | None] = mapped_column(Moment)
    instance_id: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        UniqueConstraint("tenant_id", "process_id", "node_id", "due_at"),
        Index("ix_timed_start_standing", "tenant_id", "done_at", "cancelled_at"),
    )


class EventSubscription(Part):
    """A message or signal an instance waits for."""

    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"), index=True)
    engine_task_id: Mapped[str] = mapped_column(String(160))
    kind: Mapped[str] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(String(120))
    correlation: Mapped[str | None] = mapped_column(String(120))
    node_id: Mapped[str] = mapped_column(String(80))

    __table_args__ = (
        Index("ix_event_subscription_name_correlation", "name", "correlation"),
        UniqueConstraint("instance_id", "engine_task_id", "name"),
    )


class ThrownState(StrEnum):
    """Life of a thrown event: WAITING until somebody takes it in or its time is over."""

    WAITING = "WAITING"
    DELIVERED = "DELIVERED"
    EXPIRED = "EXPIRED"


class ThrownEvent(Model):
    """A message or signal an instance has thrown to others; stored with the step that threw it, then delivered."""

    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"), index=True)
    node_id: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(String(120))
    correlation: Mapped[str | None] = mapped_column(String(120))
    payload: Mapped[dict[str, Any]] = mapped_column(JsonText, default=dict)
    state: Mapped[ThrownState] = mapped_column(EnumText(ThrownState), default=ThrownState.WAITING)
    thrown_at: Mapped[datetime] = mapped_column(Moment, default=clock.now)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    delivered_at: Mapped[datetime | None] = mapped_column(Moment)
    takers: Mapped[int] = mapped_column(default=0)
    """How many instances took it in or were started by it."""

    __table_args__ = (Index("ix_thrown_event_state_name", "state", "name", "correlation"),)


class Incident(Model):
    """An automatic step that failed. Retries run by themselves, then a person decides."""

    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"), index=True)
    engine_task_id: Mapped[str] = mapped_column(String(160))
    node_id: Mapped[str] = mapped_column(String(80))
    state: Mapped[IncidentState] = mapped_column(EnumText(IncidentState), default=IncidentState.RETRYING)
    message: Mapped[str] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(Text)
    tries: Mapped[int] = mapped_column(default=1)
    next_try_at: Mapped[datetime | None] = mapped_column(Moment)
    assigned_to: Mapped[int | None] = mapped_column(BigInteger)
    """Whom somebody has asked to deal with it."""
    raised_at: Mapped[datetime] = mapped_column(Moment, default=clock.now)
    resolved_at: Mapped[datetime | None] = mapped_column(Moment)
    resolved_by: Mapped[int | None] = mapped_column(BigInteger)
    resolution: Mapped[str | None] = mapped_column(Text)
