"""Letting a customer off part of the fee: asked for, agreed to by two, applied. Source: domain processes §8.4."""

from app.business.fees import queries
from app.business.fees.errors import (
    AmountNotPositive,
    WaiverExceedsOpen,
    WaiverMakerDecides,
    WaiverNotAgreed,
    WaiverOpinionsByOne,
)
from app.business.fees.models import FeeWaiver, WaiverStatus
from app.business.projects import queries as projects
from app.core.db import db
from app.core.tenancy import Actor
from app.support import audit


def ask_waiver(project_id: int, amount_fen: int, reason: str, *, task_key: str, actor: Actor) -> FeeWaiver:
    """Ask to waive part of what is still due, or correct the request that came back; opinions are then given anew.

    :param task_key: the task it was asked at; what was asked there and applied is not asked again.
    :raises WaiverExceedsOpen: more than is due. :raises AmountNotPositive: nothing is asked for.
    """
    projects.lock_project(project_id)
    asked_here = next((w for w in queries.list_waivers(project_id) if w.task_key == task_key), None)
    if asked_here is not None and asked_here.status is WaiverStatus.APPLIED:
        return asked_here
    if amount_fen <= 0:
        raise AmountNotPositive
    _require_open(project_id, amount_fen)
    waiver = _under_way(project_id) or asked_here or FeeWaiver(project_id=project_id, task_key=task_key)
    if (waiver.amount_fen, waiver.reason, waiver.status) != (amount_fen, reason, WaiverStatus.ASKED):
        waiver.risk_by, waiver.risk_opinion, waiver.gm_by, waiver.gm_opinion = None, None, None, None
        waiver.asked_by = actor.user_id or 0
    waiver.amount_fen, waiver.reason, waiver.status = amount_fen, reason, WaiverStatus.ASKED
    db.session.add(waiver)
    db.session.flush()
    audit.record(actor, "fees.waiver.asked", waiver, amount_fen=amount_fen, reason=reason)
    return waiver


def _under_way(project_id: int) -> FeeWaiver | None:
    waiver = queries.find_waiver(project_id)
    return waiver if waiver is not None and waiver.status is WaiverStatus.ASKED else None


def _require_open(project_id: int, amount_fen: int) -> None:
    open_fen = queries.unpaid_before_disbursement_fen(queries.get_plan(project_id))
    if amount_fen > open_fen:
        raise WaiverExceedsOpen(asked_fen=amount_fen, open_fen=open_fen)


def record_risk_opinion(project_id: int, *, agrees: bool, opinion: str, actor: Actor) -> FeeWaiver:
    """The head of risk agrees or refuses; corrected, the later opinion counts.

    :raises NoWaiverAsked: nothing to decide. :raises WaiverMakerDecides: she asked for it herself.
    :raises WaiverExceedsOpen: meanwhile less is due. :raises WaiverOpinionsByOne: hers is the other opinion.
    """
    waiver = _decidable(project_id, actor, agrees=agrees)
    _require_another(waiver.gm_by, actor)
    waiver.risk_by, waiver.risk_opinion = actor.user_id, opinion
    waiver.status = WaiverStatus.ASKED if agrees else WaiverStatus.REFUSED
    return _decided(waiver, "fees.waiver.risk_decided", agrees=agrees, actor=actor)


def record_gm_opinion(project_id: int, *, agrees: bool, opinion: str, actor: Actor) -> FeeWaiver:
    """The general manager agrees or refuses, after risk has agreed.

    :raises NoWaiverAsked: nothing to decide. :raises WaiverMakerDecides: he asked for it himself.
    :raises WaiverNotAgreed: risk has not agreed. :raises WaiverExceedsOpen: meanwhile less is due.
    :raises WaiverOpinionsByOne: he holds both roles and has given the opinion of risk.
    """
    waiver = _decidable(project_id, actor, agrees=agrees)
    _require_another(waiver.risk_by, actor)
    if agrees and (waiver.risk_by is None or waiver.status is not WaiverStatus.ASKED):
        raise WaiverNotAgreed
    waiver.gm_by, waiver.gm_opinion = actor.user_id, opinion
    if not agrees:
        waiver.status = WaiverStatus.REFUSED
    return _decided(waiver, "fees.waiver.gm_decided", agrees=agrees, actor=actor)


def _decidable(project_id: int, actor: Actor, *, agrees: bool) -> FeeWaiver:
    projects.lock_project(project_id)
    waiver = queries.get_undone_waiver(project_id)
    if waiver.asked_by == actor.user_id:
        raise WaiverMakerDecides
    if agrees:
        _require_open(project_id, waiver.amount_fen)
    return waiver


def _require_another(other_by: int | None, actor: Actor) -> None:
    """Two opinions are two people's, whatever roles one of them holds. Source: domain processes §8.4."""
    if other_by is not None and other_by == actor.user_id:
        raise WaiverOpinionsByOne


def _decided(waiver: FeeWaiver, tag: str, *, agrees: bool, actor: Actor) -> FeeWaiver:
    db.session.flush()
    audit.record(actor, tag, waiver, agrees=agrees)
    return waiver


def apply_waiver(project_id: int, *, actor: Actor) -> bool:
    """Take the agreed amount off the items in order; True when nothing is due any more. Again it changes nothing.

    :raises NoWaiverAsked: there is none. :raises WaiverNotAgreed: an opinion is missing or refuses.
    :raises WaiverExceedsOpen: meanwhile less is due.
    """
    projects.lock_project(project_id)
    plan = queries.get_plan(project_id)
    newest = queries.find_waiver(project_id)
    if newest is not None and newest.status is WaiverStatus.APPLIED:
        return queries.unpaid_before_disbursement_fen(plan) == 0
    waiver = queries.get_undone_waiver(project_id)
    if waiver.status is not WaiverStatus.ASKED or waiver.risk_by is None or waiver.gm_by is None:
        raise WaiverNotAgreed
    _require_open(project_id, waiver.amount_fen)
    left_fen = waiver.amount_fen
    for item in queries.open_items(plan):
        if item.before_disbursement:
            part_fen = min(left_fen, item.open_fen)
            item.waived_fen += part_fen
            left_fen -= part_fen
    waiver.status = WaiverStatus.APPLIED
    db.session.flush()
    audit.record(actor, "fees.waiver.applied", waiver, amount_fen=waiver.amount_fen)
    return queries.unpaid_before_disbursement_fen(plan) == 0
