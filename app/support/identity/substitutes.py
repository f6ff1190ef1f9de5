"""Who stands in for whom 代理: reading. One telling of "in force" serves lists, assignment and refusals alike.

A substitution counts for the absent person's own tasks, not for what she stands in for herself: no chains.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select

from app.core import clock
from app.core.db import db
from app.core.tenancy import Actor
from app.support.identity.errors import SubstitutionNotFound
from app.support.identity.models import Handover, Role, Substitution, SubstitutionScope, User, UserRole
from app.support.identity.security import actor_for


@dataclass(frozen=True, slots=True)
class Place:
    """The place of somebody who is away, as far as her substitute may take it."""

    user_id: int
    roles: frozenset[str]
    """Codes of hers that are in use."""
    subjects: frozenset[str]
    """Codes of the processes; empty: all."""
    up_to_fen: int | None
    """Only cases of at most this amount; None: of any, and of none."""


def places_of(stand_in_id: int) -> tuple[Place, ...]:
    """Whose places a person may take today; for nearly everybody, nearly always, none."""
    query = select(Substitution).where(Substitution.stand_in_id == stand_in_id, in_force())
    rows = db.session.scalars(query.order_by(Substitution.user_id, Substitution.id)).all()
    if not rows:
        return ()
    roles = _roles_of({row.user_id for row in rows})
    return tuple(
        Place(row.user_id, frozenset(roles.get(row.user_id, ())), row.subjects, row.up_to_fen) for row in rows
    )


def _roles_of(user_ids: set[int]) -> dict[int, set[str]]:
    query = select(UserRole.user_id, Role.code).join(Role, and_(Role.id == UserRole.role_id, Role.active))
    found: dict[int, set[str]] = {}
    for user_id, code in db.session.execute(query.where(UserRole.user_id.in_(user_ids))):
        found.setdefault(user_id, set()).add(code)
    return found


def in_force() -> ColumnElement[bool]:
    """Of a substitution: it runs today."""
    today = clock.today()
    return (Substitution.starts_on <= today) & (Substitution.ends_on >= today) & Substitution.ended_at.is_(None)


def covers(subject: str, amount_fen: int | None) -> ColumnElement[bool]:
    """Of a substitution: it reaches a case of this process and amount."""
    scope = SubstitutionScope.substitution_id == Substitution.id
    within = ~exists().where(scope) | exists().where(scope, SubstitutionScope.subject == subject)
    if amount_fen is None:
        return within & Substitution.up_to_fen.is_(None)
    return within & or_(Substitution.up_to_fen.is_(None), Substitution.up_to_fen >= amount_fen)


def substitutes_of(user_ids: Sequence[int], subject: str, amount_fen: int | None) -> dict[int, int]:
    """Of those who are away today: whose substitute acts on a case like this (user id → stand-in's id).

    For whoever assigns or tells; the task stays the absent person's, so that it is hers again by itself.
    """
    if not user_ids:
        return {}
    query = (
        select(Substitution.user_id, Substitution.stand_in_id)
        .join(User, User.id == Substitution.stand_in_id)
        .where(Substitution.user_id.in_(user_ids), in_force(), covers(subject, amount_fen), User.active)
    )
    return {row.user_id: row.stand_in_id for row in db.session.execute(query)}


def in_place_of(actor: Actor, user_id: int) -> Actor:
    """The substitute acting for the other: herself, with what the other may do besides; the log names both."""
    absent = actor_for(user_id)
    return replace(
        actor,
        name=f"{actor.name} 代 {absent.name}",
        roles=actor.roles | absent.roles,
        permissions=actor.permissions | absent.permissions,
        on_behalf_of=user_id,
    )


def get_substitution(substitution_id: int) -> Substitution:
    """:raises SubstitutionNotFound: not in this tenant."""
    row = db.session.scalar(select(Substitution).where(Substitution.id == substitution_id))
    if row is None:
        raise SubstitutionNotFound
    return row


def list_of(user_id: int) -> Sequence[Substitution]:
    """Whom a person named and for whom she stands in, the latest first."""
    query = select(Substitution).where(
        or_(Substitution.user_id == user_id, Substitution.stand_in_id == user_id)
    )
    return db.session.scalars(query.order_by(Substitution.starts_on.desc(), Substitution.id)).all()


def list_all() -> Select[Substitution]:
    """Everybody's, those still to come or running first."""
    over = or_(Substitution.ended_at.is_not(None), Substitution.ends_on < clock.today())
    return select(Substitution).order_by(over, Substitution.starts_on.desc(), Substitution.id)


def standing_between(user_ids: Sequence[int], first: date, last: date) -> Sequence[Substitution]:
    """Substitutions of these people, as the absent one or the stand-in, that touch these days."""
    query = select(Substitution).where(
        or_(Substitution.user_id.in_(user_ids), Substitution.stand_in_id.in_(user_ids)),
        Substitution.ended_at.is_(None),
        Substitution.starts_on <= last,
        Substitution.ends_on >= first,
    )
    return db.session.scalars(query).all()


def chain_from(user_id: int, first: date, last: date) -> set[int]:
    """Everybody reached from a person over substitutes of substitutes within these days."""
    reached: set[int] = set()
    ahead = {user_id}
    while ahead:
        rows = standing_between(sorted(ahead), first, last)
        found = {row.stand_in_id for row in rows if row.user_id in ahead}
        ahead = found - reached
        reached |= found
    return reached


def successors_of(user_ids: Sequence[int]) -> dict[int, int]:
    """Of those who have left (inactive) and handed their work over: who has it now (user id → receiver's id)."""
    found: dict[int, int] = {}
    ahead = _left_among(user_ids)
    while ahead:
        query = (
            select(Handover.leaver_id, Handover.receiver_id)
            .where(Handover.leaver_id.in_(ahead), Handover.undone_at.is_(None))
            .order_by(Handover.done_at, Handover.id)
        )
        latest = {row.leaver_id: row.receiver_id for row in db.session.execute(query)}
        found |= latest
        ahead = _left_among([one for one in latest.values() if one not in found])
    return {user_id: _last(user_id, found) for user_id in user_ids if user_id in found}


def _last(user_id: int, found: dict[int, int]) -> int:
    seen = {user_id}
    while found.get(user_id) is not None and found[user_id] not in seen:
        user_id = found[user_id]
        seen.add(user_id)
    return user_id


def _left_among(user_ids: Sequence[int]) -> list[int]:
    query = select(User.id).where(User.id.in_(user_ids), ~User.active)
    return list(db.session.scalars(query)) if user_ids else []
