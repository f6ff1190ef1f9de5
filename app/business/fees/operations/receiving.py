"""Money that came in and what it pays. Source: domain entities §8; processes §8.4."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.exc import IntegrityError

from app.business.fees import queries
from app.business.fees.errors import AmountNotPositive, ReceiptReversed, ReceivedInFuture, SerialTaken
from app.business.fees.models import FeeAllocation, FeeItem, FeePlan, FeeReceipt
from app.business.fees.rules import require_allocatable
from app.business.projects import queries as projects
from app.core import clock
from app.core.db import db
from app.core.tenancy import Actor
from app.support import audit
from app.support.numbering import next_number


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the bank statement says."""

    payer: str
    bank_serial: str
    amount_fen: int
    received_on: date


def record_receipt(project_id: int, receipt: Receipt, *, actor: Actor) -> FeeReceipt:
    """Write down a receipt and let it pay the open items in order; what is over stays unallocated.

    The same serial with the same facts is the same receipt: it is returned, nothing is booked again. So a task
    that was sent back can be submitted unchanged.

    :raises SerialTaken: the serial stands for another receipt. :raises ReceivedInFuture: not yet.
    :raises AmountNotPositive: no money. :raises FeePlanNotFound: nothing is due.
    """
    if receipt.amount_fen <= 0:
        raise AmountNotPositive
    projects.lock_project(project_id)
    known = queries.find_receipt(receipt.bank_serial)
    if known is not None:
        same = (known.project_id, known.amount_fen, known.received_on)
        if same == (project_id, receipt.amount_fen, receipt.received_on):
            return known
        raise _taken(known)
    if receipt.received_on > clock.today():
        raise ReceivedInFuture
    plan = queries.get_plan(project_id)
    row = FeeReceipt(
        receipt_no=next_receipt_no(),
        project_id=project_id,
        payer=receipt.payer,
        bank_serial=receipt.bank_serial,
        amount_fen=receipt.amount_fen,
        received_on=receipt.received_on,
        unallocated_fen=receipt.amount_fen,
    )
    _write(row)
    _pay_in_order(row, plan, row.unallocated_fen)
    audit.record(
        actor,
        "fees.receipt.recorded",
        row,
        amount_fen=row.amount_fen,
        bank_serial=row.bank_serial,
        unallocated_fen=row.unallocated_fen,
    )
    return row


def next_receipt_no() -> str:
    """Receipts and counter-receipts are of one series."""
    return next_number(f"fees.SK.{clock.today():%Y}", "SK{y}{seq:06d}", on=clock.today())


def _write(row: FeeReceipt) -> None:
    """Another project's lock does not keep two desks from entering one serial at once; the database does."""
    serial = row.bank_serial
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError as exc:
        known = queries.find_receipt(serial)
        if known is None:
            raise
        raise _taken(known) from exc


def _taken(known: FeeReceipt) -> SerialTaken:
    return SerialTaken(bank_serial=known.bank_serial, receipt_no=known.receipt_no, amount_fen=known.amount_fen)


def _pay_in_order(receipt: FeeReceipt, plan: FeePlan, up_to_fen: int) -> int:
    """Let a receipt pay the open items, at most so much; returns what it paid."""
    paid_fen = 0
    for item in queries.open_items(plan):
        amount_fen = min(item.open_fen, receipt.unallocated_fen, up_to_fen - paid_fen)
        if amount_fen > 0:
            allocate(receipt, item, amount_fen)
            paid_fen += amount_fen
    return paid_fen


def reallocate(plan: FeePlan) -> None:
    """What came in before pays a new plan, oldest first; what was given back meanwhile does not.

    Allocations to cancelled plans are released; the caller holds the project's lock.
    """
    project_id = plan.project_id
    for allocation in queries.allocations_of_cancelled(project_id):
        release(allocation)
    db.session.flush()
    left_fen = queries.received_fen(project_id) - queries.refunded_fen(project_id)
    for receipt in queries.live_receipts(project_id):
        left_fen -= _pay_in_order(receipt, plan, left_fen)


def spread_what_is_over(project_id: int) -> None:
    """Items that opened again are paid from what other receipts hold; the caller holds the project's lock."""
    plan = queries.find_plan(project_id)
    if plan is None:
        return
    left_fen = queries.overpaid_fen(project_id)
    for receipt in queries.live_receipts(project_id):
        left_fen -= _pay_in_order(receipt, plan, left_fen)


def release(allocation: FeeAllocation) -> None:
    """A receipt no longer pays an item; the caller holds the project's lock."""
    allocation.is_released = True
    allocation.item.allocated_fen -= allocation.amount_fen
    allocation.receipt.unallocated_fen += allocation.amount_fen


def allocate(receipt: FeeReceipt, item: FeeItem, amount_fen: int) -> FeeAllocation:
    """Let a receipt pay an item; the caller holds the project's lock.

    :raises AllocationExceedsItem, AllocationExceedsReceipt: more than is due, or than it holds.
    :raises AmountNotPositive: nothing to allocate. :raises ReceiptReversed: it does not stand.
    """
    if amount_fen <= 0:
        raise AmountNotPositive
    if not receipt.is_live:
        raise ReceiptReversed(receipt_no=receipt.receipt_no)
    require_allocatable(amount_fen, item.receivable, receipt_left_fen=receipt.unallocated_fen)
    allocation = FeeAllocation(receipt=receipt, item=item, amount_fen=amount_fen)
    receipt.unallocated_fen -= amount_fen
    item.allocated_fen += amount_fen
    db.session.add(allocation)
    db.session.flush()
    return allocation
