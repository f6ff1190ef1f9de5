"""Tables of people and of what they may do, and of signing in."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from flask_security import UserMixin
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core import clock
from app.core.db import EncryptedText, EnumText, Fen, JsonText, Model, Moment, SystemModel
from app.support.identity.rules import TryKind


class Tenant(SystemModel):
    """A company with its own books on the platform; its ``id`` is the ``tenant_id`` of everything it owns."""

    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)


class Department(Model):
    """A part of the company; departments form a tree."""

    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(100))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"), index=True)
    head_id: Mapped[int | None] = mapped_column(ForeignKey("app_user.id", use_alter=True))
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)

    __table_args__ = (
        UniqueConstraint("tenant_id", "code"),
        CheckConstraint("parent_id <> id", name="not_its_own_parent"),
    )


class Role(Model):
    """What somebody is in the company, by the glossary's code; permissions hang on it."""

    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(100))
    description: Mapped[str] = mapped_column(String(500), default="")
    active: Mapped[bool] = mapped_column(default=True)

    grants: Mapped[list["RolePermission"]] = relationship(cascade="all, delete-orphan", lazy="selectin")

    __table_args__ = (UniqueConstraint("tenant_id", "code"),)

    @property
    def permission_codes(self) -> frozenset[str]:
        """What the role grants."""
        return frozenset(grant.permission for grant in self.grants)


class RolePermission(Model):
    """One cell of the matrix: a role grants a permission."""

    role_id: Mapped[int] = mapped_column(ForeignKey("role.id"), index=True)
    permission: Mapped[str] = mapped_column(String(100))

    __table_args__ = (UniqueConstraint("role_id", "permission"),)


class User(Model, UserMixin):
    """Somebody who works on the platform. ``email`` is the account name and unique over all tenants.

    ``password`` is an argon2 hash. ``institution_id`` marks people of a partner or bank (their own room's key).
    """

    __tablename__ = "app_user"

    email: Mapped[str] = mapped_column(String(200), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    password: Mapped[str] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    mobile: Mapped[str | None] = mapped_column(EncryptedText("app_user.mobile"))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"), index=True)
    institution_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    superior_id: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    """Her own superior 直接上级; None: the head of her department."""
    must_change_password: Mapped[bool] = mapped_column(default=True)
    password_changed_at: Mapped[datetime] = mapped_column(Moment)
    last_sign_in_at: Mapped[datetime | None] = mapped_column(Moment)

    department: Mapped[Department | None] = relationship(foreign_keys=[department_id])
    held_roles: Mapped[list["UserRole"]] = relationship(cascade="all, delete-orphan", lazy="selectin")

    @property
    def role_codes(self) -> frozenset[str]:
        """Codes of the roles held that are in use."""
        return frozenset(held.role.code for held in self.held_roles if held.role.active)

    @property
    def role_names(self) -> list[str]:
        """Names of the roles held, by code."""
        return [held.role.name for held in sorted(self.held_roles, key=lambda held: held.role.code)]

    __table_args__ = (CheckConstraint("superior_id <> id", name="not_ones_own_superior"),)


class UserRole(Model):
    """A user holds a role."""

    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), index=True)
    role_id: Mapped[int] = mapped_column(ForeignKey("role.id"), index=True)

    role: Mapped[Role] = relationship(lazy="joined")

    __table_args__ = (UniqueConstraint("user_id", "role_id"),)


class Substitution(Model):
    """While somebody is away, a colleague acts in her place 代理, from the first to the last day, both included.

    Never edited: ended early and made anew. No row of ``scopes`` means every process.
    """

    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"))
    """Who is away."""
    stand_in_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    up_to_fen: Mapped[int | None] = mapped_column(Fen)
    """Only cases of at most this amount; a case without an amount is then none of them."""
    reason: Mapped[str] = mapped_column(String(500))
    named_by: Mapped[int | None] = mapped_column(BigInteger)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    """Ended before its last day."""
    ended_by: Mapped[int | None] = mapped_column(BigInteger)

    scopes: Mapped[list["SubstitutionScope"]] = relationship(cascade="all, delete-orphan", lazy="selectin")

    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="ends_after_start"),
        CheckConstraint("user_id <> stand_in_id", name="not_oneself"),
        CheckConstraint("up_to_fen IS NULL OR up_to_fen > 0", name="amount_positive"),
        Index("ix_substitution_tenant_stand_in", "tenant_id", "stand_in_id", "ends_on"),
        Index("ix_substitution_tenant_user", "tenant_id", "user_id", "ends_on"),
    )

    @property
    def subjects(self) -> frozenset[str]:
        """Codes of the processes it is limited to; empty: all."""
        return frozenset(scope.subject for scope in self.scopes)


class SubstitutionScope(Model):
    """A process a substitution is limited to, by its code."""

    substitution_id: Mapped[int] = mapped_column(ForeignKey("substitution.id", ondelete="CASCADE"))
    subject: Mapped[str] = mapped_column(String(80))

    __table_args__ = (UniqueConstraint("substitution_id", "subject"),)


class HandoverState(StrEnum):
    """What became of a row. REFUSED: it stays the leaver's. KEPT: the receiver had acted when it was undone."""

    MOVED = "MOVED"
    REFUSED = "REFUSED"
    UNDONE = "UNDONE"
    KEPT = "KEPT"


class Handover(Model):
    """Everything of a leaver given to a colleague in one step 交接."""

    leaver_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), index=True)
    receiver_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"))
    reason: Mapped[str] = mapped_column(Text)
    done_by: Mapped[int | None] = mapped_column(BigInteger)
    done_at: Mapped[datetime] = mapped_column(Moment, default=clock.now)
    undone_at: Mapped[datetime | None] = mapped_column(Moment)
    undone_by: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (CheckConstraint("leaver_id <> receiver_id", name="two_people"),)


class HandoverItem(Model):
    """One row that changed hands, or could not; ``before`` is what its room needs to give it back."""

    handover_id: Mapped[int] = mapped_column(ForeignKey("handover.id"), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    row_id: Mapped[int] = mapped_column(BigInteger)
    title: Mapped[str] = mapped_column(String(300))
    state: Mapped[HandoverState] = mapped_column(EnumText(HandoverState))
    before: Mapped[dict[str, Any]] = mapped_column(JsonText, default=dict)
    note: Mapped[str | None] = mapped_column(Text)
    """Why it was refused, or kept."""


class FormerPassword(Model):
    """A hash that may not come back; see ``passwords.HISTORY``."""

    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), index=True)
    password: Mapped[str] = mapped_column(String(255))


class SignInSession(Model):
    """One signed-in browser. The cookie holds a token, here is its fingerprint; ended sessions count no more."""

    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    address: Mapped[str | None] = mapped_column(String(45))
    browser: Mapped[str] = mapped_column(String(300), default="")
    last_seen_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_reason: Mapped[str | None] = mapped_column(String(40))


class KnownDevice(Model):
    """A browser the account was signed in from before; strangers' failures do not slow it down."""

    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), index=True)
    last_used_at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (UniqueConstraint("user_id", "token_hash"),)


class SignInThrottle(SystemModel):
    """Failed tries under one key. Owned by the platform: before signing in there is no tenant."""

    key: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[TryKind] = mapped_column(EnumText(TryKind))
    failures: Mapped[int] = mapped_column(default=0)
    last_failed_at: Mapped[datetime] = mapped_column(Moment, index=True)
    blocked_until: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (CheckConstraint("failures >= 0", name="failures_not_negative"),)


class KeptSignature(Model):
    """The picture of her signature somebody keeps for signing: PNG as base64."""

    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), unique=True)
    picture: Mapped[str] = mapped_column(EncryptedText("kept_signature.picture"))
    kept_at: Mapped[datetime] = mapped_column(Moment)
