"""Reading the fees room."""

from collections.abc import Sequence

from sqlalchemy import func, select

from app.business.contracts import queries as contracts
from app.business.contracts.models import CounterKind, CounterStatus
from app.business.fees.errors import FeePlanNotFound, NoWaiverAsked
from app.business.fees.models import (
    DepositAccount,
    DepositMovement,
    FeeAllocation,
    FeeInvoice,
    FeeItem,
    FeePlan,
    FeeReceipt,
    FeeRefund,
    FeeReversal,
    FeeWaiver,
    PlanStatus,
    RefundReason,
    ReversalStatus,
    WaiverStatus,
)
from app.core.db import db, locked
from app.core.errors import NotFound


def find_plan(project_id: int) -> FeePlan | None:
    """The project's live plan."""
    return db.session.scalar(
        select(FeePlan).where(FeePlan.project_id == project_id, FeePlan.status == PlanStatus.ACTIVE).limit(1)
    )


def get_plan(project_id: int) -> FeePlan:
    """The project's live plan. :raises FeePlanNotFound: none was made, or it was cancelled."""
    plan = find_plan(project_id)
    if plan is None:
        raise FeePlanNotFound
    return plan


def list_plans(project_id: int) -> Sequence[FeePlan]:
    """All plans of a project, oldest first."""
    return db.session.scalars(
        select(FeePlan).where(FeePlan.project_id == project_id).order_by(FeePlan.created_at, FeePlan.id)
    ).all()


def list_receipts(project_id: int) -> Sequence[FeeReceipt]:
    """What came in for a project, by day."""
    return db.session.scalars(
        select(FeeReceipt)
        .where(FeeReceipt.project_id == project_id)
        .order_by(FeeReceipt.received_on, FeeReceipt.receipt_no)
    ).all()


def live_receipts(project_id: int) -> list[FeeReceipt]:
    """What came in and stands, by day."""
    return [receipt for receipt in list_receipts(project_id) if receipt.is_live]


def get_receipt(receipt_id: int) -> FeeReceipt:
    """One receipt. :raises NotFound:"""
    receipt = db.session.get(FeeReceipt, receipt_id)
    if receipt is None:
        raise NotFound
    return receipt


def find_receipt(bank_serial: str) -> FeeReceipt | None:
    """The receipt that stands for a bank's serial number."""
    return db.session.scalar(
        select(FeeReceipt).where(
            FeeReceipt.bank_serial == bank_serial,
            FeeReceipt.reversal_of_id.is_(None),
            FeeReceipt.is_reversed.is_(False),
        )
    )


def find_counter(receipt_id: int) -> FeeReceipt | None:
    """What reversed a receipt."""
    return db.session.scalar(select(FeeReceipt).where(FeeReceipt.reversal_of_id == receipt_id))


def list_reversals(receipt_id: int) -> Sequence[FeeReversal]:
    """Reversals of a receipt that were asked for, oldest first."""
    return db.session.scalars(
        select(FeeReversal)
        .where(FeeReversal.receipt_id == receipt_id)
        .order_by(FeeReversal.created_at, FeeReversal.id)
    ).all()


def get_reversal(reversal_id: int) -> FeeReversal:
    """One reversal. :raises NotFound:"""
    reversal = db.session.get(FeeReversal, reversal_id)
    if reversal is None:
        raise NotFound
    return reversal


def reversals_under_way(project_id: int) -> set[int]:
    """Receipts of a project whose reversal waits for a decision."""
    return set(
        db.session.scalars(
            select(FeeReversal.receipt_id)
            .join(FeeReceipt, FeeReversal.receipt_id == FeeReceipt.id)
            .where(FeeReceipt.project_id == project_id, FeeReversal.status == ReversalStatus.ASKED)
        )
    )


def get_invoice(invoice_id: int) -> FeeInvoice:
    """One invoice. :raises NotFound:"""
    invoice = db.session.get(FeeInvoice, invoice_id)
    if invoice is None:
        raise NotFound
    return invoice


def find_invoice(invoice_no: str) -> FeeInvoice | None:
    """The invoice of a number, voided or not."""
    return db.session.scalar(select(FeeInvoice).where(FeeInvoice.invoice_no == invoice_no))


def invoiced_fen(receipt: FeeReceipt) -> int:
    """Σ of a receipt's invoices that stand."""
    return sum(invoice.amount_fen for invoice in receipt.invoices if invoice.voided_at is None)


def list_refunds(project_id: int) -> Sequence[FeeRefund]:
    """What went or goes back, by number."""
    return db.session.scalars(
        select(FeeRefund).where(FeeRefund.project_id == project_id).order_by(FeeRefund.refund_no)
    ).all()


def look_at_refund(refund_id: int) -> FeeRefund:
    """One refund, to look at. :raises NotFound:"""
    refund = db.session.get(FeeRefund, refund_id)
    if refund is None:
        raise NotFound
    return refund


def find_refund(source: str) -> FeeRefund | None:
    """The refund that stands for a natural key; a withdrawn one does not."""
    return db.session.scalar(select(FeeRefund).where(FeeRefund.source == source, FeeRefund.withdrawn_at.is_(None)))


def list_waivers(project_id: int) -> Sequence[FeeWaiver]:
    """Waivers that were asked for, oldest first."""
    return db.session.scalars(
        select(FeeWaiver).where(FeeWaiver.project_id == project_id).order_by(FeeWaiver.created_at, FeeWaiver.id)
    ).all()


def find_waiver(project_id: int) -> FeeWaiver | None:
    """The waiver that is being decided, else the newest one."""
    return db.session.scalar(
        select(FeeWaiver)
        .where(FeeWaiver.project_id == project_id)
        .order_by((FeeWaiver.status == WaiverStatus.ASKED).desc(), FeeWaiver.created_at.desc())
        .limit(1)
    )


def get_undone_waiver(project_id: int) -> FeeWaiver:
    """The waiver whose opinions may still be given or corrected. :raises NoWaiverAsked: there is none."""
    waiver = find_waiver(project_id)
    if waiver is None or waiver.status is WaiverStatus.APPLIED:
        raise NoWaiverAsked
    return waiver


def get_refund(refund_id: int) -> FeeRefund:
    """One refund, locked until the end of the unit of work. :raises NotFound:"""
    refund = db.session.scalar(locked(select(FeeRefund).where(FeeRefund.id == refund_id)))
    if refund is None:
        raise NotFound
    return refund


def project_of_refund(refund_id: int) -> int:
    """Whose refund it is, read without a lock: the project is locked first. :raises NotFound:"""
    project_id = db.session.scalar(select(FeeRefund.project_id).where(FeeRefund.id == refund_id))
    if project_id is None:
        raise NotFound
    return project_id


def find_movement(source: str) -> DepositMovement | None:
    """The movement of a deposit a natural key stands for."""
    return db.session.scalar(select(DepositMovement).where(DepositMovement.source == source))


def allocations_of_cancelled(project_id: int) -> Sequence[FeeAllocation]:
    """What receipts of a project paid of plans that no longer count."""
    return db.session.scalars(
        select(FeeAllocation)
        .join(FeeAllocation.item)
        .join(FeeItem.plan)
        .where(
            FeePlan.project_id == project_id,
            FeePlan.status == PlanStatus.CANCELLED,
            FeeAllocation.is_released.is_(False),
        )
        .order_by(FeeAllocation.created_at, FeeAllocation.id)
    ).all()


def find_deposit(project_id: int) -> DepositAccount | None:
    """The project's deposit account, if it ever had one."""
    return db.session.scalar(select(DepositAccount).where(DepositAccount.project_id == project_id))


def list_movements(project_id: int) -> Sequence[DepositMovement]:
    """What moved on the project's deposit account, by day."""
    return db.session.scalars(
        select(DepositMovement)
        .join(DepositAccount, DepositMovement.account_id == DepositAccount.id)
        .where(DepositAccount.project_id == project_id)
        .order_by(DepositMovement.moved_on, DepositMovement.created_at, DepositMovement.id)
    ).all()


def deposit_due_fen(project_id: int) -> int:
    """What the customer agreed to deposit: the project's deposit pledges that have not been released."""
    pledges = [
        row for row in contracts.list_counter_guarantees(project_id) if row.kind is CounterKind.PLEDGE_DEPOSIT
    ]
    return sum(row.amount_fen for row in pledges if row.status is not CounterStatus.RELEASED)


def deposit_open_fen(project_id: int) -> int:
    """What of the agreed deposit is still to come in; what was used counts, what went back does not."""
    account = find_deposit(project_id)
    came_fen = account.received_fen - account.returned_fen if account else 0
    return max(0, deposit_due_fen(project_id) - came_fen)


def unpaid_before_disbursement_fen(plan: FeePlan) -> int:
    """What must still come in or be waived before money flows. Source: domain processes §0.6 X10."""
    return sum(item.open_fen for item in plan.items if item.before_disbursement)


def open_items(plan: FeePlan) -> list[FeeItem]:
    """Items with something to come in, in order of seq."""
    return [item for item in plan.items if item.open_fen > 0]


def received_fen(project_id: int) -> int:
    """Σ receipts of a project, reversed ones taken off."""
    total = select(func.coalesce(func.sum(FeeReceipt.amount_fen), 0)).where(FeeReceipt.project_id == project_id)
    return int(db.session.scalar(total) or 0)


def refunded_fen(project_id: int) -> int:
    """Σ refunds of a project that stand, paid or not."""
    total = select(func.coalesce(func.sum(FeeRefund.amount_fen), 0)).where(
        FeeRefund.project_id == project_id, FeeRefund.withdrawn_at.is_(None)
    )
    return int(db.session.scalar(total) or 0)


def unallocated_fen(project_id: int) -> int:
    """Σ of what receipts of a project still hold, reversed ones taken off."""
    total = select(func.coalesce(func.sum(FeeReceipt.unallocated_fen), 0)).where(
        FeeReceipt.project_id == project_id
    )
    return int(db.session.scalar(total) or 0)


def overpaid_fen(project_id: int) -> int:
    """What came in beyond all that was due and has not been given back as such."""
    refunds = [refund for refund in list_refunds(project_id) if refund.is_live]
    given_back = sum(refund.amount_fen for refund in refunds if refund.reason is RefundReason.OVERPAID)
    return max(0, unallocated_fen(project_id) - given_back)
