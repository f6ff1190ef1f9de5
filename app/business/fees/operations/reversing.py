"""A wrong receipt is taken back by a counter-receipt: one asks, another agrees. Source: entities §8, §16.12.

Nothing is deleted: what the receipt paid is open again, what other receipts hold pays it, the bank's serial number
may be entered anew.
"""

from app.business.fees import queries
from app.business.fees.errors import (
    ReceiptFromDeposit,
    ReceiptInvoiced,
    ReceiptReversed,
    ReversalBelowRefunds,
    ReversalDecided,
    ReversalMakerDecides,
    ReversalUnderWay,
)
from app.business.fees.models import FeeReceipt, FeeReversal, ReversalStatus
from app.business.fees.operations.receiving import next_receipt_no, release, spread_what_is_over
from app.business.fees.reasons import require_reason
from app.business.projects import queries as projects
from app.core import clock
from app.core.db import db
from app.core.money import show_yuan
from app.core.tenancy import Actor
from app.support import audit, notices
from app.support.identity import queries as people

APPROVER = "GM"


def ask_reversal(receipt_id: int, reason: str, *, actor: Actor) -> FeeReversal:
    """Ask to take a wrong receipt back; whoever decides is told.

    :raises Invalid: no reason. :raises ReversalUnderWay: it was asked for.
    :raises ReceiptReversed, ReceiptInvoiced, ReceiptFromDeposit, ReversalBelowRefunds: it cannot be taken back.
    """
    reason = require_reason(reason)
    receipt = _locked_receipt(receipt_id)
    if receipt.id in queries.reversals_under_way(receipt.project_id):
        raise ReversalUnderWay(receipt_no=receipt.receipt_no)
    _require_reversible(receipt)
    reversal = FeeReversal(receipt_id=receipt.id, reason=reason, asked_by=actor.user_id or 0)
    db.session.add(reversal)
    db.session.flush()
    audit.record(actor, "fees.reversal.asked", reversal, receipt_no=receipt.receipt_no, reason=reason)
    notices.send_inbox(
        [user.id for user in people.users_with_role(APPROVER)],
        f"收款冲销待审批：{receipt.receipt_no}",
        f"{receipt.payer} {show_yuan(receipt.amount_fen)} 元，原因：{reason}",
        link=f"/fees/receipts/{receipt.id}",
        kind="REMINDER",
    )
    return reversal


def decide_reversal(reversal_id: int, *, agrees: bool, opinion: str, actor: Actor) -> FeeReversal:
    """Another person agrees, and the counter-receipt is written, or refuses with a reason.

    :raises ReversalDecided: somebody has. :raises ReversalMakerDecides: who asked.
    :raises Invalid: a refusal without a reason. Others as ``ask_reversal``.
    """
    receipt = _locked_receipt(queries.get_reversal(reversal_id).receipt_id)
    reversal = queries.get_reversal(reversal_id)
    db.session.refresh(reversal)
    if reversal.status is not ReversalStatus.ASKED:
        raise ReversalDecided
    if reversal.asked_by == actor.user_id:
        raise ReversalMakerDecides
    opinion = opinion.strip() if agrees else require_reason(opinion, field="opinion")
    if agrees:
        _require_reversible(receipt)
        reversal.counter_receipt_id = _reverse(receipt, actor).id
    reversal.status = ReversalStatus.DONE if agrees else ReversalStatus.REFUSED
    reversal.decided_by, reversal.decided_at, reversal.opinion = actor.user_id, clock.now(), opinion
    db.session.flush()
    audit.record(actor, "fees.reversal.decided", reversal, agrees=agrees, opinion=opinion)
    return reversal


def _locked_receipt(receipt_id: int) -> FeeReceipt:
    """The receipt as it stands, its project locked first."""
    receipt = queries.get_receipt(receipt_id)
    projects.lock_project(receipt.project_id)
    db.session.refresh(receipt)
    return receipt


def _require_reversible(receipt: FeeReceipt) -> None:
    if not receipt.is_live:
        raise ReceiptReversed(receipt_no=receipt.receipt_no)
    if queries.find_movement(receipt.bank_serial) is not None:
        raise ReceiptFromDeposit
    invoice = next((one for one in receipt.invoices if one.voided_at is None), None)
    if invoice is not None:
        raise ReceiptInvoiced(invoice_no=invoice.invoice_no)
    left_fen = queries.received_fen(receipt.project_id) - receipt.amount_fen
    refunded_fen = queries.refunded_fen(receipt.project_id)
    if left_fen < refunded_fen:
        raise ReversalBelowRefunds(left_fen=left_fen, refunded_fen=refunded_fen)


def _reverse(receipt: FeeReceipt, actor: Actor) -> FeeReceipt:
    for allocation in receipt.allocations:
        if not allocation.is_released:
            release(allocation)
    receipt.is_reversed = True
    counter = FeeReceipt(
        receipt_no=next_receipt_no(),
        project_id=receipt.project_id,
        payer=receipt.payer,
        bank_serial=receipt.bank_serial,
        amount_fen=-receipt.amount_fen,
        received_on=clock.today(),
        unallocated_fen=-receipt.amount_fen,
        reversal_of_id=receipt.id,
    )
    db.session.add(counter)
    db.session.flush()
    spread_what_is_over(receipt.project_id)
    audit.record(
        actor, "fees.receipt.reversed", counter, amount_fen=counter.amount_fen, receipt_no=receipt.receipt_no
    )
    return counter
