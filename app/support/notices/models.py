"""Notices to users and messages to mobiles."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import EncryptedText, EnumText, Model, Moment


class NoticeKind(StrEnum):
    """What a notice is about; decides its icon."""

    TASK = "TASK"
    REMINDER = "REMINDER"
    RESULT = "RESULT"
    SYSTEM = "SYSTEM"

    @property
    def label(self) -> str:
        """The kind in Chinese."""
        return {"TASK": "任务", "REMINDER": "提醒", "RESULT": "结果", "SYSTEM": "系统"}[self.value]


class Notice(Model):
    """One message in one user's in-box."""

    user_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[NoticeKind] = mapped_column(EnumText(NoticeKind), default=NoticeKind.SYSTEM)
    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text, default="")
    link: Mapped[str | None] = mapped_column(String(500))
    read_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (
        Index("ix_notice_inbox", "user_id", "read_at", "created_at"),
        CheckConstraint("link IS NULL OR (link LIKE '/%' AND link NOT LIKE '//%')", name="link_is_ours"),
    )


class SmsStatus(StrEnum):
    """QUEUED → SENT (the operator has it) → DELIVERED; FAILED after the last try."""

    QUEUED = "QUEUED"
    SENT = "SENT"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"


class SmsMessage(Model):
    """A short message on its way out. Source: domain/entities.md §15.

    Number and variables are personal data. ``ref`` is our own reference number: the operator is asked about it
    before a message is sent again, and the same ``ref`` never makes a second message.
    """

    mobile: Mapped[str] = mapped_column(EncryptedText("sms_message.mobile"))
    mobile_index: Mapped[str] = mapped_column(String(64), index=True)
    template_code: Mapped[str] = mapped_column(String(80))
    variables: Mapped[str] = mapped_column(EncryptedText("sms_message.variables"))
    """JSON object of texts."""
    ref: Mapped[str] = mapped_column(String(120))
    status: Mapped[SmsStatus] = mapped_column(EnumText(SmsStatus), default=SmsStatus.QUEUED)
    provider_id: Mapped[str | None] = mapped_column(String(120))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (UniqueConstraint("tenant_id", "ref"),)
