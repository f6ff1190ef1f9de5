"""Fee that goes back: asked for, approved, paid or withdrawn. Source: domain rules §2; processes §8.4, §9.3."""

from dataclasses import dataclass
from datetime import date

from app.business.fees import queries
from app.business.fees.errors import (
    NothingToRefund,
    PaidInFuture,
    RefundApproverPays,
    RefundMakerApproves,
    RefundNotPayable,
    RefundPaid,
    RefundPeriodInvalid,
    RefundWithdrawn,
    ReleaseNotPosted,
)
from app.business.fees.models import FeePlan, FeeRefund, RefundReason
from app.business.fees.reasons import require_reason
from app.business.fees.rules import (
    Charge,
    FeeMethod,
    charges_refund_fen,
    refund_fen,
    require_refundable,
    years_of,
)
from app.business.fees.terms import refund_terms
from app.business.ledger import queries as ledger
from app.business.ledger.models import ReleaseStatus
from app.business.projects import queries as projects
from app.core import clock
from app.core.dates import days_between
from app.core.db import db
from app.core.money import show_yuan
from app.core.tenancy import Actor
from app.support import audit
from app.support.numbering import next_number


@dataclass(frozen=True, slots=True)
class Reckoned:
    """What the rule gives back, and how it was reckoned."""

    amount_fen: int
    formula: str


def reckon_refund(project_id: int, *, ended_on: date, start: date, end: date) -> Reckoned:
    """What goes back of the fee because liability ends before its day; earlier refunds are not taken off.

    Of a fee paid by the year each year counts for itself: what was not charged yet cannot go back.

    :param ended_on: first day without liability.
    :raises RefundPeriodInvalid: the guarantee has no days.
    """
    total = days_between(start, end)
    if total <= 0:
        raise RefundPeriodInvalid
    terms = refund_terms(ended_on)
    fee_fen = queries.received_fen(project_id) - queries.unallocated_fen(project_id)
    plan = queries.find_plan(project_id)
    if plan is not None and plan.method is FeeMethod.INSTALMENT:
        amount_fen = charges_refund_fen(_charges(plan, start, end), ended_on, terms)
        return Reckoned(
            amount_fen,
            f"已收 {show_yuan(fee_fen)} 元，各年未满期部分 × {terms.factor} = {show_yuan(amount_fen)} 元",
        )
    left = max(0, min(days_between(ended_on, end), total))
    amount_fen = refund_fen(fee_fen, left, total, terms)
    return Reckoned(
        amount_fen, f"{show_yuan(fee_fen)} × {left}/{total} × {terms.factor} = {show_yuan(amount_fen)} 元"
    )


def _charges(plan: FeePlan, start: date, end: date) -> list[Charge]:
    years = years_of(start, end, len(plan.items))
    return [
        Charge(begin, until, item.allocated_fen) for item, (begin, until) in zip(plan.items, years, strict=True)
    ]


def ask_refund(
    project_id: int, *, ended_on: date, start: date, end: date, reason: RefundReason, source: str, actor: Actor
) -> FeeRefund:
    """Ask for what goes back of the fee because liability ends before its day.

    What came in beyond the fee is no part of it, see ``ask_refund_of_overpaid``.

    :param ended_on: first day without liability.
    :param source: natural key of what it follows from (``release:<no>``): the same again is the same refund,
        unless that was withdrawn.
    :raises NothingToRefund: the rule gives nothing. :raises RefundPeriodInvalid: the period is none.
    :raises RefundExceedsReceipts: more than receipts less refunds.
    """
    projects.lock_project(project_id)
    if known := queries.find_refund(source):
        return known
    reckoned = reckon_refund(project_id, ended_on=ended_on, start=start, end=end)
    return _ask(project_id, reckoned, reason, source, actor)


def source_of_release(release_id: int) -> str:
    """The natural key of what goes back because of a release."""
    return f"release:{release_id}"


def reckon_refund_of_release(release_id: int) -> Reckoned:
    """What a full release gives back of the fee; nothing before the guarantee has its dates."""
    release = ledger.find_release(release_id)
    project = projects.get_project(release.project_id)
    if project.start_date is None or project.end_date is None:
        return Reckoned(0, "")
    return reckon_refund(project.id, ended_on=release.effective_on, start=project.start_date, end=project.end_date)


def ask_refund_of_release(release_id: int, *, actor: Actor) -> FeeRefund:
    """Ask for what a full release before the last day gives back.

    :raises ReleaseNotPosted: it is not in the ledger, or liability is left. Others as ``ask_refund``.
    """
    project = projects.lock_project(ledger.project_of_release(release_id))
    release = ledger.find_release(release_id)
    if release.status is not ReleaseStatus.POSTED or project.outstanding_fen:
        raise ReleaseNotPosted
    source = source_of_release(release_id)
    if known := queries.find_refund(source):
        return known
    return _ask(project.id, reckon_refund_of_release(release_id), RefundReason.EARLY_RELEASE, source, actor)


def renounce_refund(release_id: int, reason: str, *, actor: Actor) -> None:
    """The customer does without what a release would give back; why is on record. :raises Invalid: no reason."""
    reason = require_reason(reason)
    project = projects.lock_project(ledger.project_of_release(release_id))
    due = reckon_refund_of_release(release_id)
    audit.record(
        actor, "fees.refund.renounced", project, amount_fen=due.amount_fen, formula=due.formula, reason=reason
    )


def ask_refund_of_overpaid(project_id: int, *, source: str, actor: Actor) -> FeeRefund:
    """Ask to give back what came in beyond all that was due.

    :raises NothingToRefund: nothing is over. :raises RefundExceedsReceipts: it has gone back otherwise.
    """
    projects.lock_project(project_id)
    if known := queries.find_refund(source):
        return known
    over_fen = queries.overpaid_fen(project_id)
    over = Reckoned(over_fen, f"多收未分配 {show_yuan(over_fen)} 元")
    return _ask(project_id, over, RefundReason.OVERPAID, source, actor)


def _ask(project_id: int, reckoned: Reckoned, reason: RefundReason, source: str, actor: Actor) -> FeeRefund:
    if reckoned.amount_fen == 0:
        raise NothingToRefund
    require_refundable(
        reckoned.amount_fen,
        received_fen=queries.received_fen(project_id),
        refunded_fen=queries.refunded_fen(project_id),
    )
    refund = FeeRefund(
        refund_no=next_number(f"fees.TF.{clock.today():%Y}", "TF{y}{seq:06d}", on=clock.today()),
        project_id=project_id,
        reason=reason,
        source=source,
        formula=reckoned.formula,
        amount_fen=reckoned.amount_fen,
        asked_by=actor.user_id,
    )
    db.session.add(refund)
    db.session.flush()
    audit.record(actor, "fees.refund.asked", refund, amount_fen=refund.amount_fen, reason=reason.value)
    return refund


def approve_refund(refund_id: int, *, actor: Actor) -> FeeRefund:
    """Another person agrees.

    :raises RefundMakerApproves, RefundNotPayable, RefundWithdrawn: whoever asked, done already, or taken back.
    """
    refund = _locked_live(refund_id)
    if refund.asked_by == actor.user_id:
        raise RefundMakerApproves
    if refund.approved_by is not None:
        raise RefundNotPayable(refund_no=refund.refund_no)
    refund.approved_by = actor.user_id
    db.session.flush()
    audit.record(actor, "fees.refund.approved", refund, amount_fen=refund.amount_fen)
    return refund


def pay_refund(refund_id: int, on: date, *, voucher: str = "", actor: Actor) -> FeeRefund:
    """Finance paid it.

    :param voucher: number of the bank's voucher.
    :raises RefundNotPayable: not approved, or paid before. :raises PaidInFuture: not yet.
    :raises RefundApproverPays: who approved. :raises RefundWithdrawn: taken back.
    """
    refund = _locked_live(refund_id)
    if refund.approved_by is None or refund.paid_on is not None:
        raise RefundNotPayable(refund_no=refund.refund_no)
    if refund.approved_by == actor.user_id:
        raise RefundApproverPays
    if on > clock.today():
        raise PaidInFuture
    refund.paid_on, refund.paid_by, refund.voucher = on, actor.user_id, voucher
    db.session.flush()
    audit.record(actor, "fees.refund.paid", refund, paid_on=on.isoformat(), voucher=voucher)
    return refund


def withdraw_refund(refund_id: int, reason: str, *, actor: Actor) -> FeeRefund:
    """Take back a refund that was asked for wrongly, before it is paid; withdrawn already, it stays so.

    It stays on record and counts no more; what it followed from may be asked for anew.

    :raises RefundPaid: the money is gone. :raises Invalid: no reason.
    """
    reason = require_reason(reason)
    refund = _locked(refund_id)
    if refund.paid_on is not None:
        raise RefundPaid(refund_no=refund.refund_no, paid_on=refund.paid_on)
    if not refund.is_live:
        return refund
    refund.withdrawn_at, refund.withdrawn_by = clock.now(), actor.user_id
    refund.withdrawn_reason = reason
    db.session.flush()
    audit.record(actor, "fees.refund.withdrawn", refund, amount_fen=refund.amount_fen, reason=reason)
    return refund


def _locked(refund_id: int) -> FeeRefund:
    """The refund, its project locked first."""
    projects.lock_project(queries.project_of_refund(refund_id))
    return queries.get_refund(refund_id)


def _locked_live(refund_id: int) -> FeeRefund:
    refund = _locked(refund_id)
    if not refund.is_live:
        raise RefundWithdrawn(refund_no=refund.refund_no, reason=refund.withdrawn_reason)
    return refund
