"""The doors of fees beside the process: one receipt with its reversal and invoices, a receipt entered, one refund.

They hang on the project's fee tab (``panels``).
"""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.business.fees import operations, queries
from app.business.fees.models import FeeReceipt, InvoiceKind, ReversalStatus
from app.business.fees.operations import Invoice, Receipt
from app.business.fees.permissions import DECIDE, INVOICE, RECORD, REVERSE, VIEW, WITHDRAW
from app.business.projects import queries as projects
from app.core import clock
from app.core.amounts import parse_yuan
from app.core.errors import NotFound
from app.core.i18n import _
from app.core.tenancy import current_actor
from app.support.identity import queries as people
from app.support.identity.guards import requires
from app.support.web.doors import writes
from app.support.web.forms import FIXABLE, Errors, FormReader, redisplays, text
from app.support.web.statuses import options_of, statuses

bp = Blueprint("fees", __name__, template_folder="templates")

statuses(
    "invoice_kind",
    {
        InvoiceKind.VAT_GENERAL.value: ("增值税普通发票", "neutral"),
        InvoiceKind.VAT_SPECIAL.value: ("增值税专用发票", "neutral"),
        InvoiceKind.OTHER.value: ("其他票据", "neutral"),
    },
)
statuses(
    "fee_reversal",
    {"ASKED": ("待审批", "info"), "DONE": ("已冲销", "success"), "REFUSED": ("未同意", "danger")},
)


# ------------------------------------------------------------------ a receipt


@bp.get("/fees/receipts/<int:receipt_id>")
@requires(VIEW)
def receipt(receipt_id: int) -> str:
    """One receipt: what it paid, its invoices, its reversal. 404 for another tenant's."""
    return _receipt_page(receipt_id)


def _receipt_page(receipt_id: int, errors: Errors | None = None) -> str:
    found, actor = queries.get_receipt(receipt_id), current_actor()
    reversals = queries.list_reversals(receipt_id)
    waiting = next((one for one in reversals if one.status is ReversalStatus.ASKED), None)
    counter = queries.find_counter(receipt_id)
    users = [user_id for one in reversals for user_id in (one.asked_by, one.decided_by)]
    users += [user_id for one in found.invoices for user_id in (one.recorded_by, one.voided_by)]
    return render_template(
        "fees/receipt.html",
        receipt=found,
        project=projects.get_project(found.project_id),
        reverses=queries.get_receipt(found.reversal_of_id) if found.reversal_of_id else None,
        counter=counter,
        reversals=reversals,
        waiting=waiting,
        names=people.display_names(users),
        left_fen=_not_invoiced_fen(found),
        kinds=options_of(InvoiceKind, "invoice_kind"),
        may_reverse=actor.may(REVERSE) and found.is_live and waiting is None,
        may_decide=actor.may(DECIDE) and waiting is not None and waiting.asked_by != actor.user_id,
        may_invoice=actor.may(INVOICE) and found.is_live and _not_invoiced_fen(found) > 0,
        may_void=actor.may(INVOICE),
        errors=errors or {},
        today=clock.today(),
    )


def _not_invoiced_fen(receipt: FeeReceipt) -> int:
    return receipt.amount_fen - queries.invoiced_fen(receipt)


@bp.get("/fees/projects/<int:project_id>/receipts/new")
@requires(RECORD)
def new_receipt(project_id: int) -> str:
    """The form of a receipt, with what is open. 404 for another tenant's project."""
    return _receipt_form(project_id)


def _receipt_form(project_id: int, errors: Errors | None = None) -> str:
    project = projects.get_project(project_id)
    plan = queries.find_plan(project_id)
    return render_template(
        "fees/new_receipt.html",
        project=project,
        items=queries.open_items(plan) if plan else [],
        values=request.form,
        errors=errors or {},
        today=clock.today(),
    )


@bp.post("/fees/projects/<int:project_id>/receipts")
@requires(RECORD)
@redisplays(_receipt_form, on=FIXABLE)
@writes
def record_receipt(project_id: int) -> ResponseReturnValue:
    """Write down a receipt. 422 with what is missing or wrong, 409 when the serial number is taken."""
    form = FormReader(request.form)
    payer = form.text("payer", _("付款人"), required=True)
    serial = form.text("bank_serial", _("银行流水号"), required=True, most=60)
    amount_fen = form.parsed("amount", _("到账金额"), parse_yuan, required=True)
    day = form.day("received_on", _("到账日期"), required=True)
    form.require_clean()
    facts = Receipt(payer, serial, amount_fen or 0, day or clock.today())
    row = operations.record_receipt(project_id, facts, actor=current_actor())
    flash(_("收款 %(no)s 已登记", no=row.receipt_no), "success")
    return redirect(url_for("fees.receipt", receipt_id=row.id), 303)


# ------------------------------------------------------------------ its reversal


@bp.post("/fees/receipts/<int:receipt_id>/reversal")
@requires(REVERSE)
@redisplays(_receipt_page, on=FIXABLE)
@writes
def ask_reversal(receipt_id: int) -> ResponseReturnValue:
    """Ask to take the receipt back. 422 without a reason, 409 when it cannot be."""
    operations.ask_reversal(receipt_id, text("reason"), actor=current_actor())
    flash(_("冲销申请已提交，待他人审批"), "success")
    return redirect(url_for("fees.receipt", receipt_id=receipt_id), 303)


def _reversal_page(reversal_id: int, errors: Errors | None = None) -> str:
    return _receipt_page(queries.get_reversal(reversal_id).receipt_id, errors)


@bp.post("/fees/reversals/<int:reversal_id>/decision")
@requires(DECIDE)
@redisplays(_reversal_page, on=FIXABLE)
@writes
def decide_reversal(reversal_id: int) -> ResponseReturnValue:
    """Agree (``decision=AGREE``) or refuse. 403 for whoever asked, 409 when it is decided or cannot be done."""
    decision = text("decision")
    if decision not in {"AGREE", "REFUSE"}:
        raise NotFound
    agrees = decision == "AGREE"
    reversal = operations.decide_reversal(
        reversal_id, agrees=agrees, opinion=text("opinion"), actor=current_actor()
    )
    flash(_("收款已冲销，冲销凭证已生成") if agrees else _("冲销申请已退回"), "success")
    return redirect(url_for("fees.receipt", receipt_id=reversal.receipt_id), 303)


# ------------------------------------------------------------------ its invoices


@bp.post("/fees/receipts/<int:receipt_id>/invoices")
@requires(INVOICE)
@redisplays(_receipt_page, on=FIXABLE)
@writes
def record_invoice(receipt_id: int) -> ResponseReturnValue:
    """Write down an invoice. 422 with what is missing or wrong, 409 beyond the receipt or a taken number."""
    form = FormReader(request.form)
    number = form.text("invoice_no", _("发票号码"), required=True, most=40)
    kind = form.chosen("kind", _("发票种类"), InvoiceKind)
    amount_fen = form.parsed("amount", _("开票金额"), parse_yuan, required=True)
    day = form.day("issued_on", _("开票日期"), required=True)
    form.require_clean()
    invoice = Invoice(number, InvoiceKind(kind), day or clock.today(), amount_fen or 0)
    operations.record_invoice(receipt_id, invoice, actor=current_actor())
    flash(_("发票 %(no)s 已登记", no=number), "success")
    return redirect(url_for("fees.receipt", receipt_id=receipt_id), 303)


def _invoice_page(invoice_id: int, errors: Errors | None = None) -> str:
    return _receipt_page(queries.get_invoice(invoice_id).receipt_id, errors)


@bp.post("/fees/invoices/<int:invoice_id>/void")
@requires(INVOICE)
@redisplays(_invoice_page, on=FIXABLE)
@writes
def void_invoice(invoice_id: int) -> ResponseReturnValue:
    """Void an invoice. 422 without a reason, 409 when it was."""
    invoice = operations.void_invoice(invoice_id, text("reason"), actor=current_actor())
    flash(_("发票 %(no)s 已作废", no=invoice.invoice_no), "success")
    return redirect(url_for("fees.receipt", receipt_id=invoice.receipt_id), 303)


# ------------------------------------------------------------------ a refund


@bp.get("/fees/refunds/<int:refund_id>")
@requires(VIEW)
def refund(refund_id: int) -> str:
    """One refund with who did what. 404 for another tenant's."""
    return _refund_page(refund_id)


def _refund_page(refund_id: int, errors: Errors | None = None) -> str:
    found = queries.look_at_refund(refund_id)
    people_of = [found.asked_by, found.approved_by, found.paid_by, found.withdrawn_by]
    return render_template(
        "fees/refund.html",
        refund=found,
        project=projects.get_project(found.project_id),
        names=people.display_names(people_of),
        may_withdraw=current_actor().may(WITHDRAW) and found.is_live and found.paid_on is None,
        errors=errors or {},
    )


@bp.post("/fees/refunds/<int:refund_id>/withdrawal")
@requires(WITHDRAW)
@redisplays(_refund_page, on=FIXABLE)
@writes
def withdraw_refund(refund_id: int) -> ResponseReturnValue:
    """Take back a refund before it is paid. 422 without a reason, 409 when it is paid."""
    found = operations.withdraw_refund(refund_id, text("reason"), actor=current_actor())
    flash(_("退费 %(no)s 已撤回", no=found.refund_no), "success")
    return redirect(url_for("fees.refund", refund_id=refund_id), 303)
