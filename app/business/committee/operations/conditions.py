"""Conditions of a resolution, followed up until each is verified or waived. Source: domain entities §5."""

from collections.abc import Iterable

from app.business.committee import queries
from app.business.committee.errors import (
    ConditionIsClosed,
    ConditionNotInForce,
    ConditionNotMet,
    EvidenceMissing,
    NotHersToWaive,
    OwnVerification,
)
from app.business.committee.models import ConditionItem, ConditionStatus, ResolutionStatus
from app.business.committee.operations.resolution import COMMITTEE_KIND
from app.core import clock
from app.core.db import db
from app.core.errors import Finding
from app.core.i18n import _
from app.core.tenancy import Actor
from app.support import audit, files
from app.support.files.models import Document

LEAST_WORDS = 4
LEAST_REASON = 10
"""Characters of the reason for a waiver."""
CHAIR = "COMMITTEE_CHAIR"
ENTITY = "condition"
"""What its evidence is linked to."""


def report_condition(
    condition_id: int, *, evidence: str, papers: Iterable[Document] = (), actor: Actor
) -> ConditionItem:
    """Say that a condition is fulfilled and show by what; it still blocks disbursement until it is verified.

    :param papers: documents uploaded with the report; those of an earlier report stay.
    :raises EvidenceMissing: nothing is said, or no document shows it. :raises ConditionIsClosed: it is verified.
    :raises ConditionNotInForce: the resolution is not signed, or has lapsed.
    """
    condition = _followed_up(condition_id)
    evidence = _said(evidence, "evidence", _("请说明落实情况和凭证，不少于 %(n)s 个字", n=LEAST_WORDS))
    for paper in papers:
        files.link_document(paper, ENTITY, condition.id)
    if not files.list_documents(ENTITY, condition.id):
        raise EvidenceMissing([Finding(EvidenceMissing.code, _("请上传证明材料"), field="papers")])
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
    _require_second_person(condition, actor)
    condition.status, condition.note = ConditionStatus.VERIFIED, note
    condition.verified_by, condition.verified_at = actor.user_id, clock.now()
    audit.record(actor, "committee.condition.verified", condition)
    return condition


def waive_condition(condition_id: int, *, reason: str, actor: Actor) -> ConditionItem:
    """The condition is not asked for any more; the reason stays. What the committee set only its chair waives.

    :raises EvidenceMissing: no reason. :raises NotHersToWaive: the committee's, and she is not its chair.
    :raises OwnVerification, ConditionIsClosed, ConditionNotInForce: as ``verify_condition``.
    """
    condition = _followed_up(condition_id)
    _require_second_person(condition, actor)
    if condition.kind == COMMITTEE_KIND and not actor.has_role(CHAIR):
        raise NotHersToWaive
    message = _("请说明豁免的理由，不少于 %(n)s 个字", n=LEAST_REASON)
    condition.note = _said(reason, "reason", message, LEAST_REASON)
    condition.status = ConditionStatus.WAIVED
    condition.verified_by, condition.verified_at = actor.user_id, clock.now()
    audit.record(actor, "committee.condition.waived", condition, reason=condition.note)
    return condition


def _require_second_person(condition: ConditionItem, actor: Actor) -> None:
    project = condition.resolution.project
    if actor.user_id is not None and actor.user_id in {condition.met_by, project.pm_a_id, project.pm_b_id}:
        raise OwnVerification


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


def _said(words: str, field: str, message: str, least: int = LEAST_WORDS) -> str:
    words = words.strip()
    if len(words) < least:
        raise EvidenceMissing([Finding(EvidenceMissing.code, message, field=field)])
    return words


def _followed_up(condition_id: int) -> ConditionItem:
    """The condition, locked, when it can still be worked on."""
    condition = queries.get_condition(condition_id, lock=True)
    if condition.resolution.status is not ResolutionStatus.ISSUED:
        raise ConditionNotInForce
    if condition.is_done:
        raise ConditionIsClosed
    db.session.flush()
    return condition
