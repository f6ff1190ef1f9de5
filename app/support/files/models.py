"""Documents and what they belong to."""

from datetime import date
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import EnumText, Model
from app.support.files.rules import TYPES, show_size, split_name


class Confidentiality(StrEnum):
    """INTERNAL is seen like its case; CONFIDENTIAL only by its uploader and whom the case's room admits."""

    INTERNAL = "INTERNAL"
    CONFIDENTIAL = "CONFIDENTIAL"


class Document(Model):
    """One version of a paper. A new version is a new row; content is never changed.

    The storage key is ``sha256``; nothing is deleted before ``retention_until``. Source: domain/entities.md §15.
    """

    doc_no: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(200))
    mime: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    version_no: Mapped[int] = mapped_column(Integer, default=1)
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"), unique=True)
    confidentiality: Mapped[Confidentiality] = mapped_column(
        EnumText(Confidentiality), default=Confidentiality.INTERNAL
    )
    retention_until: Mapped[date | None] = mapped_column(Date)

    links: Mapped[list["DocumentLink"]] = relationship(back_populates="document")

    __table_args__ = (
        UniqueConstraint("tenant_id", "doc_no", "version_no"),
        CheckConstraint("size > 0", name="size_positive"),
        CheckConstraint("version_no > 0", name="version_no_positive"),
    )

    @property
    def extension(self) -> str:
        """Lower-case extension of the shown name."""
        return split_name(self.name)[1]

    @property
    def may_inline(self) -> bool:
        """Whether a browser may show it in place."""
        return self.extension in TYPES and TYPES[self.extension].may_inline

    @property
    def size_text(self) -> str:
        """Size as people read it."""
        return show_size(self.size)


class DocumentLink(Model):
    """A document belongs to a thing of some room: ``("project", 4711)``."""

    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    entity: Mapped[str] = mapped_column(String(60))
    entity_id: Mapped[int] = mapped_column(BigInteger)

    document: Mapped[Document] = relationship(back_populates="links")

    __table_args__ = (
        UniqueConstraint("document_id", "entity", "entity_id"),
        Index("ix_document_link_entity", "entity", "entity_id"),
    )
