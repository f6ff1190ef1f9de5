"""Releases: immutable bundles of analysts' files; one of them is active."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core import clock
from app.core.db import Base, EnumText, Moment, SystemModel

_LABELS = {"DRAFT": "未启用", "ACTIVE": "启用中", "FORMER": "曾启用", "RETIRED": "已停用"}


class ReleaseStatus(StrEnum):
    """Life of a release. Running instances keep theirs, whatever becomes of it.

    FORMER: was active and may be again; RETIRED: nothing starts on it any more, for good.
    """

    DRAFT = "DRAFT"
    ACTIVE = "ACTIVE"
    FORMER = "FORMER"
    RETIRED = "RETIRED"

    @property
    def label(self) -> str:
        """Chinese name."""
        return _LABELS[self.value]


class ReleaseContent(Base):
    """The bytes of a file, shared by every release that holds the same."""

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class Release(SystemModel):
    """One immutable bundle. Files are never changed; another content is another release."""

    hash: Mapped[str] = mapped_column(String(64), unique=True)
    label: Mapped[str] = mapped_column(String(80))
    note: Mapped[str] = mapped_column(Text, default="")
    status: Mapped[ReleaseStatus] = mapped_column(EnumText(ReleaseStatus), default=ReleaseStatus.DRAFT)
    author_id: Mapped[int | None] = mapped_column(BigInteger)
    author_name: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(Moment, default=clock.now)
    activated_at: Mapped[datetime | None] = mapped_column(Moment)
    activated_by: Mapped[str | None] = mapped_column(String(80))
    former_id: Mapped[int | None] = mapped_column(BigInteger)
    """The release that was active before this one: where rolling back leads."""
    approved_by_id: Mapped[int | None] = mapped_column(BigInteger)
    approved_by: Mapped[str | None] = mapped_column(String(80))
    approved_at: Mapped[datetime | None] = mapped_column(Moment)
    scheduled_at: Mapped[datetime | None] = mapped_column(Moment)
    scheduled_by: Mapped[str | None] = mapped_column(String(80))
    retired_at: Mapped[datetime | None] = mapped_column(Moment)
    retired_by: Mapped[str | None] = mapped_column(String(80))

    files: Mapped[list["ReleaseFile"]] = relationship(back_populates="release", order_by="ReleaseFile.path")

    __table_args__ = (
        Index(
            "uq_release_one_active",
            "status",
            unique=True,
            sqlite_where=text("status = 'ACTIVE'"),
            postgresql_where=text("status = 'ACTIVE'"),
        ),
    )


class ReleasePolicy(SystemModel):
    """How releases come into force on this platform; one row, ``name`` RELEASES. No row: nothing is asked for."""

    name: Mapped[str] = mapped_column(String(20), unique=True, default="RELEASES")
    needs_approval: Mapped[bool] = mapped_column(default=False)
    """Whether a second person must approve a release before it is activated."""


class ReleaseFile(SystemModel):
    """One path of a release."""

    release_id: Mapped[int] = mapped_column(ForeignKey("release.id"), index=True)
    path: Mapped[str] = mapped_column(String(300))
    sha256: Mapped[str] = mapped_column(ForeignKey("release_content.sha256"))

    release: Mapped[Release] = relationship(back_populates="files")
    stored: Mapped[ReleaseContent] = relationship()

    __table_args__ = (UniqueConstraint("release_id", "path"),)
