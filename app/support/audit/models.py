"""Tables of the trail; the database itself refuses to change or delete what is written (``triggers``)."""

import json
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model
from app.support.audit.rules import GENESIS


class AuditRecord(Model):
    """One thing somebody did. ``created_at`` is when, ``seq`` the place in the tenant's chain, from 1, no gaps.

    Written by ``chain`` only, at commit; every column but ``hash`` is under the hash.
    """

    seq: Mapped[int] = mapped_column(BigInteger)
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    actor_name: Mapped[str] = mapped_column(String(100))
    tag: Mapped[str] = mapped_column(String(80))
    entity: Mapped[str | None] = mapped_column(String(60))
    entity_id: Mapped[str | None] = mapped_column(String(60))
    facts_json: Mapped[str] = mapped_column(Text, default="{}")
    address: Mapped[str | None] = mapped_column(String(45))
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))

    __table_args__ = (
        UniqueConstraint("tenant_id", "seq"),
        CheckConstraint("seq > 0", name="seq_positive"),
        Index("ix_audit_record_tenant_id_created_at", "tenant_id", "created_at"),
        Index("ix_audit_record_tenant_id_tag", "tenant_id", "tag"),
        Index("ix_audit_record_tenant_id_entity_entity_id", "tenant_id", "entity", "entity_id"),
        Index("ix_audit_record_tenant_id_actor_id", "tenant_id", "actor_id"),
    )

    @property
    def facts(self) -> dict[str, Any]:
        """What was recorded besides: name → plain JSON value."""
        return dict(json.loads(self.facts_json))

    @property
    def fact_lines(self) -> list[tuple[str, str]]:
        """Facts as text for people: (name, text as is or JSON); damaged content is shown as it stands."""
        try:
            facts = self.facts
        except ValueError:
            return [("", self.facts_json)]
        return [
            (name, v if isinstance(v, str) else json.dumps(v, ensure_ascii=False)) for name, v in facts.items()
        ]


class AuditHead(Model):
    """The end of a tenant's chain; its row lock puts parallel writers in a row."""

    seq: Mapped[int] = mapped_column(BigInteger, default=0)
    hash: Mapped[str] = mapped_column(String(64), default=GENESIS)
    seal: Mapped[str] = mapped_column(String(64))

    __table_args__ = (UniqueConstraint("tenant_id"),)
