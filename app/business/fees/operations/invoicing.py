"""Invoices 发票 over receipts. Source: domain entities §8 ``invoice``; processes §8.4."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.exc import IntegrityError

from app.business.fees import queries
from app.business.fees.errors import (
    AmountNotPositive,
    InvoiceExceedsReceipt,
    InvoiceInFuture,
    InvoiceNumberTaken,
    InvoiceVoided,
    ReceiptReversed,
)
from app.business.fees.models import FeeInvoice, InvoiceKind
from app.business.fees.reasons import require_reason
from app.business.projects import queries as projects
from app.core import clock
from app.core.db import db
from app.core.tenancy import Actor
from app.support import audit


@dataclass(frozen=True, slots=True)
class Invoice:
    """What is printed on it."""

    invoice_no: str
    kind: InvoiceKind
    issued_on: date
    amount_fen: int


def record_invoice(receipt_id: int, invoice: Invoice, *, actor: Actor) -> FeeInvoice:
    """Write down an invoice over a receipt.

    :raises InvoiceExceedsReceipt: together with those before it is over more than came in.
    :raises InvoiceNumberTaken: the number stands for another. :raises ReceiptReversed: the receipt does not stand.
    :raises AmountNotPositive, InvoiceInFuture: over nothing, or not yet.
    """
    if invoice.amount_fen <= 0:
        raise AmountNotPositive
    if invoice.issued_on > clock.today():
        raise InvoiceInFuture
    receipt = queries.get_receipt(receipt_id)
    projects.lock_project(receipt.project_id)
    db.session.refresh(receipt)
    if not receipt.is_live:
        raise ReceiptReversed(receipt_no=receipt.receipt_no)
    if queries.find_invoice(invoice.invoice_no) is not None:
        raise InvoiceNumberTaken(invoice_no=invoice.invoice_no)
    left_fen = receipt.amount_fen - queries.invoiced_fen(receipt)
    if invoice.amount_fen > left_fen:
        raise InvoiceExceedsReceipt(asked_fen=invoice.amount_fen, left_fen=left_fen)
    row = FeeInvoice(
        receipt_id=receipt.id,
        invoice_no=invoice.invoice_no,
        kind=invoice.kind,
        issued_on=invoice.issued_on,
        amount_fen=invoice.amount_fen,
        recorded_by=actor.user_id,
    )
    _write(row)
    db.session.refresh(receipt, ["invoices"])
    audit.record(actor, "fees.invoice.recorded", row, invoice_no=row.invoice_no, amount_fen=row.amount_fen)
    return row


def _write(row: FeeInvoice) -> None:
    """Two desks with two projects may enter one number at once; only the database can tell."""
    number = row.invoice_no
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError as exc:
        raise InvoiceNumberTaken(invoice_no=number) from exc


def void_invoice(invoice_id: int, reason: str, *, actor: Actor) -> FeeInvoice:
    """An invoice is voided, or taken back by a red one 红冲; it stays on record with its number.

    :raises Invalid: no reason. :raises InvoiceVoided: it was before.
    """
    reason = require_reason(reason)
    invoice = queries.get_invoice(invoice_id)
    projects.lock_project(invoice.receipt.project_id)
    db.session.refresh(invoice)
    if invoice.voided_at is not None:
        raise InvoiceVoided(invoice_no=invoice.invoice_no)
    invoice.voided_at, invoice.voided_by, invoice.voided_reason = clock.now(), actor.user_id, reason
    db.session.flush()
    audit.record(actor, "fees.invoice.voided", invoice, invoice_no=invoice.invoice_no, reason=reason)
    return invoice
