"""Conditions of a resolution, followed up until somebody else has verified each. Source: domain entities §5."""

from app.business.committee import queries
from app.business.committee.errors import (
    ConditionIsClosed,
    ConditionNotInForce,
    ConditionNotMet,
    EvidenceMissing,
    OwnVerification,
)
from app.business.committee.models import ConditionItem, ConditionStatus, ResolutionStatus
from app.core import clock
from app.core.db import db
from app.core.errors import Finding
from app.core.i18n import _
from app.core.tenancy import Actor
from app.support import audit

LEAST_WORDS = 4


def report_condition(condition_id: int, *, evidence: str, actor: Actor) -> ConditionItem:
    """Say that a condition is fulfilled and by what; it still blocks disbursement until it is verified.

    :raises EvidenceMissing: nothing is said. :raises ConditionIsClosed: it is verified.
    :raises ConditionNotInForce: the resolution is not signed, or has lapsed.
    """
    condition = _followed_up(condition_id)
    evidence = _said(evidence, "evidence", _("请说明落实情况和凭证，不少于 %(n)s 个字", n=LEAST_WORDS))
    condition.status, condition.evidence, condition.note = ConditionStatus.MET, evidence, ""
    condition.met_by, condition.met_at = actor.user_id, clock.now()
    audit.record(actor, "committee.condition.reported", condition)
    return condition


def verify_condition(condition_id: int, *, note: str, actor: Actor) -> ConditionItem:
    """Somebody other than who reported it has seen that the condition is fulfilled.

    :raises OwnVerification: she reported it herself, or manages the project.
    :raises ConditionIsClosed: it is verified already.
    :raises ConditionNotInForce: the resolution is not signed, or has lapsed.
    """
    condition = _followed_up(condition_id)
    project = condition.resolution.project
    if actor.user_id is not None and actor.user_id in {condition.met_by, project.pm_a_id, project.pm_b_id}:
        raise OwnVerification
    condition.status, condition.note = ConditionStatus.VERIFIED, note
    condition.verified_by, condition.verified_at = actor.user_id, clock.now()
    audit.record(actor, "committee.condition.verified", condition)
    return condition


def send_back_condition(condition_id: int, *, reason: str, actor: Actor) -> ConditionItem:
    """What was reported does not do: the condition is open again, with the reason.

    :raises ConditionNotMet: nothing was reported. :raises EvidenceMissing: no reason.
    """
    condition = _followed_up(condition_id)
    if condition.status is not ConditionStatus.MET:
        raise ConditionNotMet
    condition.note = _said(reason, "note", _("请说明退回原因，不少于 %(n)s 个字", n=LEAST_WORDS))
    condition.status = ConditionStatus.OPEN
    audit.record(actor, "committee.condition.sent_back", condition)
    return condition


def _said(words: str, field: str, message: str) -> str:
    words = words.strip()
    if len(words) < LEAST_WORDS:
        raise EvidenceMissing([Finding(EvidenceMissing.code, message, field=field)])
    return words


def _followed_up(condition_id: int) -> ConditionItem:
    """The condition, locked, when it can still be worked on."""
    condition = queries.get_condition(condition_id, lock=True)
    if condition.resolution.status is not ResolutionStatus.ISSUED:
        raise ConditionNotInForce
    if condition.status is ConditionStatus.VERIFIED:
        raise ConditionIsClosed
    db.session.flush()
    return condition
