"""Name a substitute 代理人 for the days one is away, and end that early."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.core import clock
from app.core.db import db, locked
from app.core.errors import Finding, Invalid
from app.core.i18n import _
from app.core.tenancy import Actor
from app.support import audit
from app.support.identity import queries, substitutes
from app.support.identity.errors import CannotSubstitute
from app.support.identity.models import Substitution, SubstitutionScope, User

MOST_DAYS = 366
"""Who is away longer hands her work over."""


@dataclass(frozen=True, slots=True)
class Absence:
    """What the form holds. ``subjects``: codes of processes, none for all. ``up_to_fen``: None for any amount."""

    user_id: int
    stand_in_id: int
    starts_on: date
    ends_on: date
    reason: str
    subjects: frozenset[str] = frozenset()
    up_to_fen: int | None = None


def appoint(absence: Absence, *, actor: Actor) -> Substitution:
    """Let somebody act in another's place. The caller has asked whether the actor may decide for ``user_id``.

    :raises Invalid: the days or the reason do not hold.
    :raises CannotSubstitute: oneself, an inactive colleague, a second one for the same matter, or a circle.
    """
    if findings := list(_findings(absence)):
        raise Invalid(findings)
    away, stand_in = _locked_pair(absence)
    if away.id == stand_in.id:
        raise CannotSubstitute(reason=_("不能由本人代理本人，请选择其他同事"))
    if not stand_in.active:
        raise CannotSubstitute(reason=_("%(name)s 的账号已停用，请选择其他同事", name=stand_in.name))
    _refuse_overlaps(absence)
    if away.id in substitutes.chain_from(stand_in.id, absence.starts_on, absence.ends_on):
        reason = _("%(name)s 在此期间已委托他人代理，并最终由本人代理，形成循环", name=stand_in.name)
        raise CannotSubstitute(reason=reason)
    row = Substitution(
        user_id=away.id,
        stand_in_id=stand_in.id,
        starts_on=absence.starts_on,
        ends_on=absence.ends_on,
        up_to_fen=absence.up_to_fen,
        reason=absence.reason.strip(),
        named_by=actor.user_id,
        scopes=[SubstitutionScope(subject=subject) for subject in sorted(absence.subjects)],
    )
    db.session.add(row)
    db.session.flush()
    audit.record(actor, "identity.substitution.named", row, user_id=away.id, stand_in_id=stand_in.id)
    return row


def end(substitution_id: int, *, actor: Actor) -> Substitution:
    """End a substitution now. :raises SubstitutionNotFound: :raises CannotSubstitute: it is over already."""
    row = substitutes.get_substitution(substitution_id)
    if row.ended_at is not None or row.ends_on < clock.today():
        raise CannotSubstitute(reason=_("该代理已经结束"))
    row.ended_at, row.ended_by = clock.now(), actor.user_id
    audit.record(actor, "identity.substitution.ended", row)
    return row


def _findings(absence: Absence) -> Iterable[Finding]:
    if absence.ends_on < absence.starts_on:
        yield Finding("identity.substitution.days", _("结束日期不能早于开始日期"), field="ends_on")
    elif absence.ends_on < clock.today():
        yield Finding("identity.substitution.days", _("结束日期不能早于今天"), field="ends_on")
    elif (absence.ends_on - absence.starts_on).days >= MOST_DAYS:
        message = _("代理期限最长 %(n)s 天；长期不在岗请办理工作交接", n=MOST_DAYS)
        yield Finding("identity.substitution.days", message, field="ends_on")
    if not 1 <= len(absence.reason.strip()) <= 500:
        yield Finding("identity.substitution.reason", _("请填写代理原因，最多 500 字"), field="reason")
    if absence.up_to_fen is not None and absence.up_to_fen <= 0:
        yield Finding("identity.substitution.amount", _("金额上限应大于 0"), field="up_to")


def _locked_pair(absence: Absence) -> tuple[User, User]:
    """Both people, locked in order, so that two at once cannot name each other."""
    ids = sorted({absence.user_id, absence.stand_in_id})
    db.session.scalars(locked(select(User).where(User.id.in_(ids)).order_by(User.id))).all()
    return queries.get_user(absence.user_id), queries.get_user(absence.stand_in_id)


def _refuse_overlaps(absence: Absence) -> None:
    for row in substitutes.standing_between([absence.user_id], absence.starts_on, absence.ends_on):
        if row.user_id != absence.user_id:
            continue
        if not row.subjects or not absence.subjects or row.subjects & absence.subjects:
            reason = _(
                "%(first)s 至 %(last)s 已由 %(name)s 代理；请先结束该代理，或错开日期、流程",
                first=row.starts_on.isoformat(),
                last=row.ends_on.isoformat(),
                name=queries.display_name(row.stand_in_id),
            )
            raise CannotSubstitute(reason=reason)
