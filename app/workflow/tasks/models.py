"""What stands beside a task: who else is asked to act on it, a submission that waits for them, copies, phrases.

The engine's token does not know of any of it: it leaves its node when the task is passed on. A row here asks for
something only while its task is open, so a task the process withdraws leaves nothing behind on anybody's list.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core import clock
from app.core.db import EnumText, JsonText, Model, Moment
from app.workflow.instances.models import ProcessInstance, UserTask


class AskKind(StrEnum):
    """Why somebody beside the owner acts on a task.

    DELEGATE 委派: in the owner's place, then it comes back to her. BEFORE 前加签: the owner submits after that.
    PARALLEL 并加签: beside the owner, the token leaves when all signed. AFTER 后加签: signs what she submitted.
    """

    DELEGATE = "DELEGATE"
    BEFORE = "BEFORE"
    PARALLEL = "PARALLEL"
    AFTER = "AFTER"


class AskState(StrEnum):
    """Life of an ask. PLANNED: her turn comes when the owner has submitted. REMOVED 减签: no longer asked."""

    PLANNED = "PLANNED"
    WAITING = "WAITING"
    AGREED = "AGREED"
    REFUSED = "REFUSED"
    REMOVED = "REMOVED"


UNANSWERED = (AskState.PLANNED, AskState.WAITING)
HOLDS_OWNER = (AskKind.DELEGATE, AskKind.BEFORE)
"""The owner cannot submit while one of these is unanswered."""
HOLDS_TOKEN = (AskKind.PARALLEL, AskKind.AFTER)
"""What the owner submitted is kept while one of these is unanswered."""


class CoHandler(Model):
    """Somebody asked to act on a task beside its owner; never changed again once answered."""

    task_id: Mapped[int] = mapped_column(ForeignKey("user_task.id"), index=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"), index=True)
    kind: Mapped[AskKind] = mapped_column(EnumText(AskKind))
    state: Mapped[AskState] = mapped_column(EnumText(AskState))
    user_id: Mapped[int] = mapped_column(BigInteger)
    asked_by: Mapped[int] = mapped_column(BigInteger)
    asked_at: Mapped[datetime] = mapped_column(Moment, default=clock.now)
    request: Mapped[str] = mapped_column(Text)
    """What she is asked to do."""
    passed_on_from_id: Mapped[int | None] = mapped_column(BigInteger)
    """On a delegation of a delegation: the one it comes back to."""
    opinion: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None] = mapped_column(Moment)

    task: Mapped[UserTask] = relationship(viewonly=True)

    __table_args__ = (
        Index("ix_co_handler_tenant_user_state", "tenant_id", "user_id", "state"),
        Index(
            "ix_co_handler_passed_on",
            *("tenant_id", "passed_on_from_id"),
            sqlite_where=text("passed_on_from_id IS NOT NULL"),
            postgresql_where=text("passed_on_from_id IS NOT NULL"),
        ),
        Index(
            "ix_co_handler_waiting",
            *("tenant_id", "task_id", "kind"),
            sqlite_where=text("state = 'WAITING'"),
            postgresql_where=text("state = 'WAITING'"),
        ),
        Index(
            "uq_co_handler_unanswered",
            "task_id",
            "user_id",
            unique=True,
            sqlite_where=text("state IN ('PLANNED', 'WAITING')"),
            postgresql_where=text("state IN ('PLANNED', 'WAITING')"),
        ),
    )


class HeldSubmission(Model):
    """What the owner submitted, checked but not yet passed on: added signers have still to sign."""

    task_id: Mapped[int] = mapped_column(ForeignKey("user_task.id"))
    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"), index=True)
    answers: Mapped[dict[str, Any]] = mapped_column(JsonText)
    """As the form page sent it."""
    reasons: Mapped[dict[str, str]] = mapped_column(JsonText)
    chosen: Mapped[dict[str, int]] = mapped_column(JsonText, default=dict)
    """Node id → user id, where the owner chose who handles what follows."""
    signature: Mapped[dict[str, Any] | None] = mapped_column(JsonText)
    """How the owner signed, where the node asks for it; see ``operations.signing.Signed``."""
    submitted_by: Mapped[int] = mapped_column(BigInteger)
    on_behalf_of: Mapped[int | None] = mapped_column(BigInteger)
    """Whose place she took as a substitute."""
    submitted_at: Mapped[datetime] = mapped_column(Moment, default=clock.now)

    __table_args__ = (UniqueConstraint("task_id"),)


class TaskCopy(Model):
    """A case somebody was sent for information 抄送, with the moment she first looked at it."""

    task_id: Mapped[int] = mapped_column(ForeignKey("user_task.id"), index=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"), index=True)
    user_id: Mapped[int] = mapped_column(BigInteger)
    sent_by: Mapped[int] = mapped_column(BigInteger)
    sent_at: Mapped[datetime] = mapped_column(Moment, default=clock.now)
    note: Mapped[str] = mapped_column(Text, default="")
    read_at: Mapped[datetime | None] = mapped_column(Moment)

    task: Mapped[UserTask] = relationship(viewonly=True)
    instance: Mapped[ProcessInstance] = relationship(viewonly=True)

    __table_args__ = (
        UniqueConstraint("task_id", "user_id"),
        Index("ix_task_copy_tenant_user", "tenant_id", "user_id", "sent_at"),
    )


class ListView(Model):
    """How somebody looks at one of her lists: narrowed, sorted and grouped, and which columns it shows.

    ``name`` empty: her own choice of columns. ``role`` given: an administrator's, for everybody of the role.
    """

    user_id: Mapped[int] = mapped_column(BigInteger)
    list_name: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(40), default="")
    role: Mapped[str | None] = mapped_column(String(40))
    arguments: Mapped[dict[str, str]] = mapped_column(JsonText, default=dict)
    """As they stand in the address of the list: ``{"q": "贸易", "urgency": "overdue"}``."""
    columns: Mapped[list[str]] = mapped_column(JsonText, default=list)
    is_default: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        UniqueConstraint("user_id", "list_name", "name"),
        Index("ix_list_view_role", "tenant_id", "role", "list_name"),
    )


class StandardPhrase(Model):
    """A sentence somebody keeps for her opinions 常用语."""

    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    words: Mapped[str] = mapped_column(String(200))

    __table_args__ = (UniqueConstraint("user_id", "words"),)


class BatchKind(StrEnum):
    """What is done to many tasks at once."""

    APPROVE = "APPROVE"
    TRANSFER = "TRANSFER"
    URGE = "URGE"


class BatchState(StrEnum):
    """Life of a row of a batch."""

    PENDING = "PENDING"
    DONE = "DONE"
    FAILED = "FAILED"


class TaskBatch(Model):
    """Many tasks somebody dealt with at once 批量; each row tells what became of it."""

    kind: Mapped[BatchKind] = mapped_column(EnumText(BatchKind))
    words: Mapped[str] = mapped_column(Text)
    """The opinion, the reason, or what is said when urging."""
    to_user_id: Mapped[int | None] = mapped_column(BigInteger)
    asked_by: Mapped[int] = mapped_column(BigInteger, index=True)
    asked_at: Mapped[datetime] = mapped_column(Moment, default=clock.now)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)


class TaskBatchItem(Model):
    """One task of a batch."""

    batch_id: Mapped[int] = mapped_column(ForeignKey("task_batch.id"))
    position: Mapped[int]
    task_id: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(120))
    title: Mapped[str] = mapped_column(String(300))
    state: Mapped[BatchState] = mapped_column(EnumText(BatchState), default=BatchState.PENDING)
    reason: Mapped[str | None] = mapped_column(Text)
    """Why it was not done, or what follows now."""

    __table_args__ = (
        UniqueConstraint("batch_id", "task_id"),
        Index("ix_task_batch_item_batch_state", "batch_id", "state", "position"),
    )


class JumpState(StrEnum):
    """Life of a wish to move a token. REFUSED by the second administrator, WITHDRAWN by the first."""

    WAITING = "WAITING"
    DONE = "DONE"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"


class JumpRequest(Model):
    """An administrator asks to let a token go on from another node 跳转; a second one decides."""

    task_id: Mapped[int] = mapped_column(ForeignKey("user_task.id"))
    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"), index=True)
    node_id: Mapped[str] = mapped_column(String(80))
    """Where it is to go."""
    node_name: Mapped[str] = mapped_column(String(120))
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[JumpState] = mapped_column(EnumText(JumpState), default=JumpState.WAITING)
    asked_by: Mapped[int] = mapped_column(BigInteger)
    asked_at: Mapped[datetime] = mapped_column(Moment, default=clock.now)
    decided_by: Mapped[int | None] = mapped_column(BigInteger)
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    answer: Mapped[str | None] = mapped_column(Text)

    task: Mapped[UserTask] = relationship(viewonly=True)

    __table_args__ = (
        CheckConstraint("state <> 'DONE' OR decided_by <> asked_by", name="four_eyes"),
        Index("ix_jump_request_tenant_state", "tenant_id", "state", "asked_at"),
        Index(
            "uq_jump_request_waiting",
            "task_id",
            unique=True,
            sqlite_where=text("state = 'WAITING'"),
            postgresql_where=text("state = 'WAITING'"),
        ),
    )
