"""Committees and who sits on them: opening one, its chair, members for a time."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.business.committee.errors import CommitteeExists, MemberAlready
from app.business.committee.models import Committee, CommitteeKind, CommitteeMember
from app.business.committee.queries import get_committee
from app.core.db import db
from app.core.errors import Invalid, NotFound
from app.core.i18n import _
from app.core.tenancy import Actor
from app.support import audit
from app.support.identity import queries as people


@dataclass(frozen=True, slots=True)
class Appointment:
    """Who joins a pool from when. ``weight``: how many votes her ballot counts for."""

    user_id: int
    valid_from: date
    expertise: str = ""
    is_external: bool = False
    weight: int = 1


def open_committee(code: str, name: str, kind: CommitteeKind, chair_id: int, *, actor: Actor) -> Committee:
    """A committee with its chair and an empty pool.

    :raises CommitteeExists: the code is taken. :raises Invalid: the chair is nobody in service.
    """
    if db.session.scalar(select(Committee.id).where(Committee.code == code)) is not None:
        raise CommitteeExists(committee=code)
    _require_in_service(chair_id, "chair_id")
    committee = Committee(code=code, name=name, kind=kind, chair_id=chair_id)
    db.session.add(committee)
    db.session.flush()
    audit.record(actor, "committee.committee.opened", committee, code=code, chair_id=chair_id)
    return committee


def change_chair(committee_id: int, chair_id: int, *, actor: Actor) -> Committee:
    """Another chair from now on. :raises Invalid: nobody in service."""
    committee = get_committee(committee_id)
    _require_in_service(chair_id, "chair_id")
    before, committee.chair_id = committee.chair_id, chair_id
    db.session.flush()
    audit.record(actor, "committee.chair.changed", committee, chair_id=chair_id, chair_before=before)
    return committee


def appoint(committee_id: int, wanted: Appointment, *, actor: Actor) -> CommitteeMember:
    """Take somebody into the pool; who has left it is taken in again.

    :raises MemberAlready: sits on it without an end. :raises Invalid: nobody in service, or a weight of no vote.
    """
    committee = get_committee(committee_id)
    _require_in_service(wanted.user_id, "user_id")
    if wanted.weight < 1:
        raise Invalid.of("weight", _("票数至少为 1"), "committee.member.weight")
    member = next((one for one in committee.members if one.user_id == wanted.user_id), None)
    if member is not None and (member.valid_to is None or member.valid_to >= wanted.valid_from):
        raise MemberAlready
    if member is None:
        member = CommitteeMember(committee=committee, user_id=wanted.user_id)
        db.session.add(member)
    member.valid_from, member.valid_to = wanted.valid_from, None
    member.expertise, member.is_external, member.weight = wanted.expertise, wanted.is_external, wanted.weight
    db.session.flush()
    audit.record(actor, "committee.member.appointed", member, user_id=wanted.user_id, committee=committee.code)
    return member


def end_membership(committee_id: int, member_id: int, last_day: date, *, actor: Actor) -> CommitteeMember:
    """Her last day in the pool, that day included; panels she was drawn for stay as they are.

    :raises NotFound: :raises Invalid: before her first day.
    """
    member = db.session.get(CommitteeMember, member_id)
    if member is None or member.committee_id != committee_id:
        raise NotFound
    if last_day < member.valid_from:
        raise Invalid.of("valid_to", _("任期结束不能早于任期开始"), "committee.member.term")
    member.valid_to = last_day
    db.session.flush()
    audit.record(actor, "committee.member.ended", member, user_id=member.user_id, last_day=last_day.isoformat())
    return member


def _require_in_service(user_id: int, field: str) -> None:
    user = people.find_user(user_id)
    if user is None or not user.active:
        raise Invalid.of(field, _("请选择在职人员"), "committee.member.not_in_service")
