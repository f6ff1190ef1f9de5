"""Tables of the committee: pool, meetings, agenda, panel, ballots, resolutions, conditions.

Source: domain entities §5.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    DDL,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    event,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.business.committee.rules import MeetingMode, Result, VoteOption
from app.business.projects.models import Project
from app.core import clock
from app.core.db import EncryptedText, EnumText, Fen, JsonText, Model, Moment, Rate


class CommitteeKind(StrEnum):
    """What a committee decides on."""

    PROJECT_REVIEW = "PROJECT_REVIEW"
    RISK_DISPOSAL = "RISK_DISPOSAL"


class MeetingStatus(StrEnum):
    """Life of a meeting."""

    PLANNED = "PLANNED"
    NOTICED = "NOTICED"
    OPEN = "OPEN"
    VOTING = "VOTING"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"


class ItemResult(StrEnum):
    """Where an agenda item stands."""

    NOT_BEGIN = "NOT_BEGIN"
    IN_VOTE = "IN_VOTE"
    END_PASS = "END_PASS"
    END_PASS_COND = "END_PASS_COND"
    END_NOPASS = "END_NOPASS"
    END_DEFER = "END_DEFER"
    END_VETO = "END_VETO"
    END_QUIT = "END_QUIT"


ENDED_AS = {
    Result.PASS: ItemResult.END_PASS,
    Result.PASS_COND: ItemResult.END_PASS_COND,
    Result.NOPASS: ItemResult.END_NOPASS,
    Result.DEFER: ItemResult.END_DEFER,
    Result.VETO: ItemResult.END_VETO,
}


class ResolutionStatus(StrEnum):
    """A resolution counts only when signed."""

    DRAFT = "DRAFT"
    ISSUED = "ISSUED"
    REFUSED = "REFUSED"
    EXPIRED = "EXPIRED"


class ConditionStatus(StrEnum):
    """How far a condition of the resolution has come; VERIFIED is fulfilled, WAIVED not asked for any more."""

    OPEN = "OPEN"
    MET = "MET"
    VERIFIED = "VERIFIED"
    WAIVED = "WAIVED"


CONDITION_DONE = frozenset({ConditionStatus.VERIFIED, ConditionStatus.WAIVED})
"""Conditions that block nothing any more."""


class Committee(Model):
    """A committee with its pool; how it counts stands in the analysts' table ``committee_counting``."""

    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(80))
    kind: Mapped[CommitteeKind] = mapped_column(EnumText(CommitteeKind))
    chair_id: Mapped[int] = mapped_column(BigInteger)

    members: Mapped[list["CommitteeMember"]] = relationship(back_populates="committee")

    __table_args__ = (UniqueConstraint("tenant_id", "code"),)


class CommitteeMember(Model):
    """A person of the pool, for a time."""

    committee_id: Mapped[int] = mapped_column(ForeignKey("committee.id"))
    user_id: Mapped[int] = mapped_column(BigInteger)
    expertise: Mapped[str] = mapped_column(String(80), default="")
    is_external: Mapped[bool] = mapped_column(default=False)
    weight: Mapped[int] = mapped_column(default=1)
    """How many votes her ballot counts for; the quorum counts heads."""
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]

    committee: Mapped[Committee] = relationship(back_populates="members")

    __table_args__ = (
        UniqueConstraint("committee_id", "user_id"),
        CheckConstraint("weight > 0", name="weight_positive"),
    )


class Meeting(Model):
    """A meeting on site, on line or in writing."""

    meeting_no: Mapped[str] = mapped_column(String(40))
    committee_id: Mapped[int] = mapped_column(ForeignKey("committee.id"))
    mode: Mapped[MeetingMode] = mapped_column(EnumText(MeetingMode))
    planned_at: Mapped[datetime] = mapped_column(Moment)
    place: Mapped[str] = mapped_column(String(200), default="")
    is_urgent: Mapped[bool] = mapped_column(default=False)
    status: Mapped[MeetingStatus] = mapped_column(EnumText(MeetingStatus), default=MeetingStatus.PLANNED)
    questions: Mapped[str] = mapped_column(Text, default="")
    minutes: Mapped[str] = mapped_column(Text, default="")
    signatures: Mapped[list["MinutesSignature"]] = relationship(order_by="MinutesSignature.signed_at")

    committee: Mapped[Committee] = relationship()
    items: Mapped[list["AgendaItem"]] = relationship(back_populates="meeting", order_by="AgendaItem.order_no")

    __table_args__ = (UniqueConstraint("tenant_id", "meeting_no"),)


class AgendaItem(Model):
    """One project on one meeting. A project has at most one that has not ended."""

    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    order_no: Mapped[int]
    round_no: Mapped[int] = mapped_column(default=1)
    is_reconsideration: Mapped[bool] = mapped_column(default=False)
    report_id: Mapped[int] = mapped_column(ForeignKey("review_report.id"))
    report_version: Mapped[int]
    panel_seed: Mapped[str] = mapped_column(String(40))
    """What the draw of the panel started from; the draw can be repeated with it."""
    draw: Mapped[dict[str, Any] | None] = mapped_column(JsonText)
    """The pool as it was drawn from, who was left out and why; with the seed it gives the same panel again."""
    panel_size: Mapped[int] = mapped_column(default=0)
    result: Mapped[ItemResult] = mapped_column(EnumText(ItemResult), default=ItemResult.NOT_BEGIN)
    is_open: Mapped[bool] = mapped_column(default=True)
    reschedules: Mapped[int] = mapped_column(default=0)
    counting: Mapped[dict[str, Any] | None] = mapped_column(JsonText)
    """By which rule it is counted: ``terms`` and ``note`` of the row, ``rule`` (from 1), ``release_id`` and
    ``release_hash`` of the table, ``seen``; None where the process has fixed none: ``CountTerms()`` holds."""
    counted: Mapped[dict[str, Any] | None] = mapped_column(JsonText)
    """The count as it was: entitled, quorum, attending, needed, votes by option, the rule it was counted by."""
    conditions: Mapped[list[str]] = mapped_column(JsonText, default=list)
    closes_at: Mapped[datetime | None] = mapped_column(Moment)
    """The moment from which on no ballot is taken, to the second; the count may come later."""
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    veto_reason: Mapped[str] = mapped_column(Text, default="")

    meeting: Mapped[Meeting] = relationship(back_populates="items")
    panel: Mapped[list["PanelMember"]] = relationship(order_by="PanelMember.seat")
    asked: Mapped[list["Question"]] = relationship(order_by="Question.seq")

    __table_args__ = (
        UniqueConstraint("meeting_id", "order_no"),
        Index(
            "uq_agenda_item_one_open",
            "project_id",
            unique=True,
            sqlite_where=text("is_open = 1"),
            postgresql_where=text("is_open"),
        ),
        CheckConstraint("round_no BETWEEN 1 AND 3", name="round_no"),
    )


class PanelMember(Model):
    """A seat of the panel of one item: recusal and signing in."""

    agenda_item_id: Mapped[int] = mapped_column(ForeignKey("agenda_item.id"), index=True)
    user_id: Mapped[int] = mapped_column(BigInteger)
    seat: Mapped[int]
    is_chair: Mapped[bool] = mapped_column(default=False)
    weight: Mapped[int] = mapped_column(default=1)
    expertise: Mapped[str] = mapped_column(String(80), default="")
    declared_at: Mapped[datetime | None] = mapped_column(Moment)
    is_recused: Mapped[bool] = mapped_column(default=False)
    recusal_reason: Mapped[str] = mapped_column(Text, default="")
    signed_in_at: Mapped[datetime | None] = mapped_column(Moment)
    notified_at: Mapped[datetime | None] = mapped_column(Moment)
    materials_read_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (UniqueConstraint("agenda_item_id", "user_id"),)


class Rehearing(Model):
    """What the chair decided on hearing a refused item again 复议; a project has one at most."""

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    agenda_item_id: Mapped[int] = mapped_column(ForeignKey("agenda_item.id"))
    """The item that was refused or vetoed."""
    is_heard: Mapped[bool]
    hear_by: Mapped[date | None]
    note: Mapped[str] = mapped_column(Text)
    decided_by: Mapped[int | None] = mapped_column(BigInteger)
    decided_at: Mapped[datetime] = mapped_column(Moment, default=clock.now)

    __table_args__ = (
        UniqueConstraint("project_id"),
        CheckConstraint("NOT is_heard OR hear_by IS NOT NULL", name="hear_by"),
    )


class Question(Model):
    """What was asked of an item at the meeting, and what was answered."""

    agenda_item_id: Mapped[int] = mapped_column(ForeignKey("agenda_item.id"), index=True)
    seq: Mapped[int]
    asked_by: Mapped[int | None] = mapped_column(BigInteger)
    text: Mapped[str] = mapped_column(Text)
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_by: Mapped[int | None] = mapped_column(BigInteger)
    asked_at: Mapped[datetime] = mapped_column(Moment, default=clock.now)
    answered_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (UniqueConstraint("agenda_item_id", "seq"),)


class Vote(Model):
    """One named ballot. Until the close it is sealed: the table itself does not say what it holds.

    The count opens it, and from then on nobody can change it. A ballot of a member who is recused after casting it
    stays, void, and is never opened.
    """

    agenda_item_id: Mapped[int] = mapped_column(ForeignKey("agenda_item.id"), index=True)
    member_id: Mapped[int] = mapped_column(BigInteger)
    sealed: Mapped[str | None] = mapped_column(EncryptedText("vote.sealed"))
    option: Mapped[VoteOption | None] = mapped_column(EnumText(VoteOption))
    conditions: Mapped[str] = mapped_column(Text, default="")
    opinion: Mapped[str] = mapped_column(Text, default="")
    cast_at: Mapped[datetime] = mapped_column(Moment, default=clock.now)
    is_closed: Mapped[bool] = mapped_column(default=False)
    is_void: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        UniqueConstraint("agenda_item_id", "member_id"),
        CheckConstraint(
            "is_closed OR (option IS NULL AND conditions = '' AND opinion = '')", name="sealed_until_close"
        ),
        CheckConstraint("NOT is_void OR option IS NULL", name="void_stays_sealed"),
        CheckConstraint("NOT is_closed OR is_void OR option IS NOT NULL", name="open_after_close"),
    )


class VoteChange(Model):
    """A ballot as it stood before its member changed it, before the close; it stays sealed."""

    vote_id: Mapped[int] = mapped_column(ForeignKey("vote.id"), index=True)
    sealed: Mapped[str] = mapped_column(EncryptedText("vote_change.sealed"))
    cast_at: Mapped[datetime] = mapped_column(Moment)


class MinutesSignature(Model):
    """A member has signed the minutes as they stood; ``digest`` says which text that was."""

    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"), index=True)
    user_id: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str] = mapped_column(String(64))
    signed_at: Mapped[datetime] = mapped_column(Moment, default=clock.now)

    __table_args__ = (UniqueConstraint("meeting_id", "user_id", "digest"),)


class Resolution(Model):
    """What was resolved 批复; the amounts of a project come from here and nowhere else."""

    resolution_no: Mapped[str | None] = mapped_column(String(40))
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    agenda_item_id: Mapped[int | None] = mapped_column(ForeignKey("agenda_item.id"))
    is_delegated: Mapped[bool] = mapped_column(default=False)
    amount_fen: Mapped[int] = mapped_column(Fen)
    term_months: Mapped[int]
    fee_rate: Mapped[Decimal] = mapped_column(Rate)
    risk_share_scheme_id: Mapped[int] = mapped_column(ForeignKey("risk_share_scheme.id"))
    guarantee_mode: Mapped[str] = mapped_column(String(20))
    valid_days: Mapped[int]
    valid_to: Mapped[date | None]
    status: Mapped[ResolutionStatus] = mapped_column(EnumText(ResolutionStatus), default=ResolutionStatus.DRAFT)
    drafted_by: Mapped[int | None] = mapped_column(BigInteger)
    issued_by: Mapped[int | None] = mapped_column(BigInteger)
    issued_at: Mapped[datetime | None] = mapped_column(Moment)

    project: Mapped[Project] = relationship()
    conditions: Mapped[list["ConditionItem"]] = relationship(
        back_populates="resolution", order_by="ConditionItem.seq"
    )

    __table_args__ = (
        UniqueConstraint("tenant_id", "resolution_no"),
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint("term_months > 0", name="term_positive"),
        CheckConstraint(
            "status <> 'ISSUED' OR (resolution_no IS NOT NULL AND valid_to IS NOT NULL)", name="issued"
        ),
        Index(
            "uq_resolution_one_live",
            "project_id",
            unique=True,
            sqlite_where=text("status IN ('DRAFT', 'ISSUED')"),
            postgresql_where=text("status IN ('DRAFT', 'ISSUED')"),
        ),
    )


class ConditionItem(Model):
    """A condition of a resolution, followed up until verified or waived; the mandatory ones block disbursement.

    Its evidence are documents linked to ``condition``.
    """

    resolution_id: Mapped[int] = mapped_column(ForeignKey("resolution.id"), index=True)
    seq: Mapped[int]
    kind: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(Text)
    is_mandatory: Mapped[bool] = mapped_column(default=False)
    responsible: Mapped[str] = mapped_column(String(80), default="")
    due_on: Mapped[date | None]
    status: Mapped[ConditionStatus] = mapped_column(EnumText(ConditionStatus), default=ConditionStatus.OPEN)
    evidence: Mapped[str] = mapped_column(Text, default="")
    met_by: Mapped[int | None] = mapped_column(BigInteger)
    met_at: Mapped[datetime | None] = mapped_column(Moment)
    verified_by: Mapped[int | None] = mapped_column(BigInteger)
    verified_at: Mapped[datetime | None] = mapped_column(Moment)
    """Who verified or waived it, and when."""
    note: Mapped[str] = mapped_column(Text, default="")
    reminded_on: Mapped[date | None]
    escalated_on: Mapped[date | None]

    resolution: Mapped[Resolution] = relationship(back_populates="conditions")

    @property
    def is_done(self) -> bool:
        """Verified or waived."""
        return self.status in CONDITION_DONE

    def is_overdue(self, on: date) -> bool:
        """Not done though its day has passed."""
        return not self.is_done and self.due_on is not None and self.due_on < on

    __table_args__ = (UniqueConstraint("resolution_id", "seq"),)


VOTE_TRIGGERS = {
    "sqlite": (
        """CREATE TRIGGER vote_closed_no_insert BEFORE INSERT ON vote
WHEN EXISTS (SELECT 1 FROM agenda_item WHERE id = NEW.agenda_item_id AND counted IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'a counted vote takes no ballot'); END""",
        """CREATE TRIGGER vote_closed_no_update BEFORE UPDATE ON vote WHEN OLD.is_closed
BEGIN SELECT RAISE(ABORT, 'a closed vote cannot be changed'); END""",
        """CREATE TRIGGER vote_no_delete BEFORE DELETE ON vote
BEGIN SELECT RAISE(ABORT, 'a vote is never deleted'); END""",
    ),
    "postgresql": (
        """CREATE OR REPLACE FUNCTION vote_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'a closed vote cannot be changed' USING ERRCODE = 'restrict_violation'; END $$""",
        """CREATE OR REPLACE FUNCTION vote_refuse_late() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
IF EXISTS (SELECT 1 FROM agenda_item WHERE id = NEW.agenda_item_id AND counted IS NOT NULL) THEN
RAISE EXCEPTION 'a counted vote takes no ballot' USING ERRCODE = 'restrict_violation'; END IF;
RETURN NEW; END $$""",
        """CREATE TRIGGER vote_closed_no_insert BEFORE INSERT ON vote FOR EACH ROW
EXECUTE FUNCTION vote_refuse_late()""",
        """CREATE TRIGGER vote_closed_no_update BEFORE UPDATE ON vote FOR EACH ROW
WHEN (OLD.is_closed) EXECUTE FUNCTION vote_refuse()""",
        "CREATE TRIGGER vote_no_delete BEFORE DELETE ON vote FOR EACH ROW EXECUTE FUNCTION vote_refuse()",
    ),
}
"""The second lock on ballots, also run by the migration."""

for _dialect, _statements in VOTE_TRIGGERS.items():
    for _statement in _statements:
        event.listen(Vote.__table__, "after_create", DDL(_statement).execute_if(dialect=_dialect))
