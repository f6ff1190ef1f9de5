"""A wrong receipt is taken back, never deleted; invoices stay within what came in; the doors for both."""

import threading

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError

from app.business.fees import operations as fees
from app.business.fees import queries
from app.business.fees.errors import (
    AllocationExceedsReceipt,
    AmountNotPositive,
    InvoiceExceedsReceipt,
    InvoiceInFuture,
    InvoiceNumberTaken,
    InvoiceVoided,
    ReceiptFromDeposit,
    ReceiptInvoiced,
    ReceiptReversed,
    ReversalBelowRefunds,
    ReversalDecided,
    ReversalMakerDecides,
    ReversalUnderWay,
)
from app.business.fees.models import FeeInvoice, FeeReceipt, FeeReversal, InvoiceKind, ReversalStatus
from app.business.fees.operations import Invoice
from app.business.ledger.errors import FeeOutstanding
from app.business.ledger.gates import require_fee_settled
from app.business.projects.models import ProjectStatus
from app.core.db import db
from app.core.errors import Invalid
from app.core.money import wan, yuan
from app.core.tenancy import acting_as, system_actor
from app.core.transactions import unit_of_work
from app.support.audit.models import AuditRecord
from app.support.identity import operations as identity
from app.support.notices.models import Notice
from tests.business import rows
from tests.business.fees.desk import (
    FINANCE,
    GM,
    TODAY,
    a_receipt,
    a_resolution,
    ask_back,
    both,
    receive,
    refused_by_database,
)
from tests.business.rows import a_project, a_world
from tests.business.staff import page, send
from tests.programs import PATIENCE

WHY = "付款人登记错误，应为另一项目的担保费"


def reverse(receipt, *, by=GM):
    reversal = fees.ask_reversal(receipt.id, WHY, actor=FINANCE)
    return fees.decide_reversal(reversal.id, agrees=True, opinion="情况属实", actor=by)


def an_invoice(amount="45000", number="25112000000012345678", on=TODAY):
    return Invoice(number, InvoiceKind.VAT_GENERAL, on, yuan(amount))


# ------------------------------------------------------------------ reversal


@both
def test_a_counter_receipt_takes_a_wrong_one_back_and_both_stay(project, plan):
    receipt = receive(project)
    reversal = reverse(receipt)
    first, counter = queries.list_receipts(project.id)
    assert (counter.amount_fen, counter.reversal_of_id) == (-yuan(45_000), receipt.id)
    assert counter.id == reversal.counter_receipt_id
    assert (first.amount_fen, first.is_reversed, first.is_live, counter.is_live) == (yuan(45_000), True, False, False)
    assert (queries.received_fen(project.id), queries.unallocated_fen(project.id)) == (0, 0)
    assert plan.items[0].open_fen == yuan(45_000)
    with pytest.raises(FeeOutstanding):
        require_fee_settled(project.id)
    assert (reversal.asked_by, reversal.decided_by, reversal.reason) == (FINANCE.user_id, GM.user_id, WHY)


@both
def test_who_and_why_is_in_the_trail(project, plan):
    receipt = receive(project)
    reverse(receipt)
    db.session.commit()
    trail = {record.tag: record for record in db.session.query(AuditRecord)}
    assert trail["fees.reversal.asked"].facts["reason"] == WHY
    assert trail["fees.reversal.asked"].actor_id == FINANCE.user_id
    assert trail["fees.receipt.reversed"].facts == {"amount_fen": -yuan(45_000), "receipt_no": receipt.receipt_no}
    assert trail["fees.receipt.reversed"].actor_id == GM.user_id


@both
def test_a_receipt_is_reversed_once(project, plan):
    receipt = receive(project)
    reversal = fees.ask_reversal(receipt.id, WHY, actor=FINANCE)
    with pytest.raises(ReversalUnderWay):
        fees.ask_reversal(receipt.id, WHY, actor=FINANCE)
    fees.decide_reversal(reversal.id, agrees=True, opinion="", actor=GM)
    with pytest.raises(ReversalDecided):
        fees.decide_reversal(reversal.id, agrees=True, opinion="", actor=GM)
    counter = queries.find_counter(receipt.id)
    for one in (receipt, counter):
        with pytest.raises(ReceiptReversed):
            fees.ask_reversal(one.id, WHY, actor=FINANCE)
    double = FeeReversal(receipt_id=receipt.id, reason=WHY, asked_by=1)
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.add(double)
    again = FeeReceipt(
        receipt_no="SK9", project_id=project.id, payer="", bank_serial="X", amount_fen=-1, unallocated_fen=-1,
        received_on=TODAY, reversal_of_id=receipt.id,
    )  # fmt: skip
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.add(again)


@both
@pytest.mark.real_clock
def test_two_people_deciding_at_once_reverse_once(fresh_app):
    with fresh_app.app_context(), acting_as(system_actor(1)) as books, unit_of_work():
        project = a_project(a_world(books), status=ProjectStatus.APPROVED)
        a_resolution(project)
        fees.create_plan(project.id, actor=books)
        receipt = fees.record_receipt(project.id, a_receipt(on=TODAY.replace(day=1)), actor=books)
        reversal_id = fees.ask_reversal(receipt.id, WHY, actor=FINANCE).id
    start, told = threading.Barrier(2, timeout=PATIENCE), []

    def decide():
        with fresh_app.app_context(), acting_as(GM):
            start.wait()
            try:
                with unit_of_work():
                    fees.decide_reversal(reversal_id, agrees=True, opinion="", actor=GM)
                told.append("done")
            except ReversalDecided:
                told.append("late")

    desks = [threading.Thread(target=decide) for _ in range(2)]
    for desk in desks:
        desk.start()
    for desk in desks:
        desk.join()
    assert sorted(told) == ["done", "late"]
    with fresh_app.app_context(), acting_as(GM):
        assert db.session.query(FeeReceipt).count() == 2


@both
def test_the_maker_does_not_decide(project, plan):
    reversal = fees.ask_reversal(receive(project).id, WHY, actor=FINANCE)
    with pytest.raises(ReversalMakerDecides):
        fees.decide_reversal(reversal.id, agrees=True, opinion="", actor=FINANCE)
    refused_by_database(
        update(FeeReversal).values(decided_by=FeeReversal.asked_by, status=ReversalStatus.REFUSED), IntegrityError
    )
    refused_by_database(update(FeeReversal).values(status=ReversalStatus.DONE, decided_by=GM.user_id), IntegrityError)


@both
def test_a_refusal_says_why_changes_nothing_and_may_be_asked_again(project, plan):
    receipt = receive(project)
    reversal = fees.ask_reversal(receipt.id, WHY, actor=FINANCE)
    with pytest.raises(Invalid):
        fees.decide_reversal(reversal.id, agrees=False, opinion="不行", actor=GM)
    fees.decide_reversal(reversal.id, agrees=False, opinion="流水与合同一致，没有登记错误", actor=GM)
    assert (receipt.is_live, queries.received_fen(project.id)) == (True, yuan(45_000))
    assert reverse(receipt).status is ReversalStatus.DONE


def test_a_reversal_says_why(project, plan):
    with pytest.raises(Invalid) as refused:
        fees.ask_reversal(receive(project).id, " 录错 ", actor=FINANCE)
    assert refused.value.findings[0].field == "reason"


@both
def test_nothing_is_reversed_below_the_refunds(project, plan):
    receipt = receive(project)
    refund = ask_back(project)
    with pytest.raises(ReversalBelowRefunds) as refused:
        fees.ask_reversal(receipt.id, WHY, actor=FINANCE)
    assert "14,794.52" in str(refused.value)
    fees.withdraw_refund(refund.id, "冲销原收款后重新核算退费", actor=FINANCE)
    reversal = fees.ask_reversal(receipt.id, WHY, actor=FINANCE)
    paid = ask_back(project)
    fees.approve_refund(paid.id, actor=GM)
    fees.pay_refund(paid.id, TODAY, actor=FINANCE)
    with pytest.raises(ReversalBelowRefunds):
        fees.decide_reversal(reversal.id, agrees=True, opinion="", actor=GM)
    receive(project, "14794.51", "S2")
    with pytest.raises(ReversalBelowRefunds):
        fees.decide_reversal(reversal.id, agrees=True, opinion="", actor=GM)
    receive(project, "0.01", "S3")
    fees.decide_reversal(reversal.id, agrees=True, opinion="", actor=GM)
    assert queries.received_fen(project.id) == queries.refunded_fen(project.id)


@both
def test_the_right_receipt_may_take_the_serial_of_the_wrong_one(project, plan):
    wrong = receive(project, "54000")
    reverse(wrong)
    right = receive(project, "45000")
    assert right.id != wrong.id
    assert queries.find_receipt("BK20261124001").id == right.id
    assert plan.items[0].open_fen == 0
    double = FeeReceipt(
        receipt_no="SK9", project_id=project.id, payer="", bank_serial="BK20261124001", amount_fen=1, unallocated_fen=1,
        received_on=TODAY,
    )  # fmt: skip
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.add(double)


@both
def test_what_other_receipts_hold_pays_what_opened_again(project, plan):
    wrong, right = receive(project, "45000", "S1"), receive(project, "45000", "S2")
    assert right.unallocated_fen == yuan(45_000)
    reverse(wrong)
    assert (right.unallocated_fen, plan.items[0].open_fen) == (0, 0)
    require_fee_settled(project.id)


def test_a_receipt_that_paid_part_may_pay_the_rest(project, plan):
    first, second = receive(project, "30000", "S1"), receive(project, "40000", "S2")
    assert second.unallocated_fen == yuan(25_000)
    reverse(first)
    assert (second.unallocated_fen, plan.items[0].open_fen) == (0, yuan(5_000))


def test_what_went_back_as_overpaid_does_not_pay_again(project, plan):
    first = receive(project, "45000", "S1")
    receive(project, "45000", "S2")
    fees.ask_refund_of_overpaid(project.id, source="over:1", actor=FINANCE)
    reverse(first)
    assert plan.items[0].open_fen == yuan(45_000)
    assert queries.overpaid_fen(project.id) == 0


def test_a_reversed_receipt_pays_nothing_more(project, plan):
    receipt = receive(project)
    reverse(receipt)
    with pytest.raises(ReceiptReversed):
        fees.allocate(receipt, plan.items[0], 1)
    with pytest.raises(ReceiptReversed):
        fees.record_invoice(receipt.id, an_invoice("1"), actor=FINANCE)


def test_what_a_deposit_paid_is_not_reversed_alone(project, plan):
    fees.receive_deposit(project.id, wan(20), source="BK1", actor=FINANCE)
    fees.offset_fees(project.id, yuan(5_000), source="offset:1", actor=FINANCE)
    with pytest.raises(ReceiptFromDeposit):
        fees.ask_reversal(queries.find_receipt("offset:1").id, WHY, actor=FINANCE)


@both
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE fee_receipt SET amount_fen = -amount_fen",
        "UPDATE fee_receipt SET reversal_of_id = NULL",
        "UPDATE fee_reversal SET reason = 'X'",
        "DELETE FROM fee_reversal",
        "UPDATE fee_invoice SET amount_fen = 1",
        "DELETE FROM fee_invoice",
    ],
)
def test_the_database_keeps_what_was_taken_back(project, plan, statement):
    fees.record_invoice(receive(project, "1", "S9").id, an_invoice("1"), actor=FINANCE)
    reverse(receive(project, "45000"))
    refused_by_database(text(statement))


def test_whoever_decides_is_told(project, plan, books):
    identity.create_role("GM", "总经理", actor=books)
    person = identity.Person(name="高建军", mobile="13900000001", department_id=None)
    gm = identity.create_user("gm@example.com", "Zdy-2026-demo!", person, role_codes=("GM",), actor=books)
    receipt = receive(project)
    fees.ask_reversal(receipt.id, WHY, actor=FINANCE)
    (message,) = db.session.query(Notice).filter_by(user_id=gm.id)
    assert receipt.receipt_no in message.title
    assert WHY in message.body


# ------------------------------------------------------------------ invoices


@both
def test_invoices_together_never_exceed_the_receipt(project, plan):
    receipt = receive(project)
    fees.record_invoice(receipt.id, an_invoice("30000", "A1"), actor=FINANCE)
    with pytest.raises(InvoiceExceedsReceipt) as refused:
        fees.record_invoice(receipt.id, an_invoice("15000.01", "A2"), actor=FINANCE)
    assert "15,000.00" in str(refused.value)
    fees.record_invoice(receipt.id, an_invoice("15000", "A2"), actor=FINANCE)
    assert queries.invoiced_fen(receipt) == yuan(45_000)


@both
def test_a_number_is_one_invoice_also_when_voided(project, plan):
    receipt = receive(project)
    invoice = fees.record_invoice(receipt.id, an_invoice("45000", "A1"), actor=FINANCE)
    fees.void_invoice(invoice.id, "购方名称开错，红冲后重开", actor=FINANCE)
    with pytest.raises(InvoiceVoided):
        fees.void_invoice(invoice.id, "购方名称开错，红冲后重开", actor=FINANCE)
    with pytest.raises(InvoiceNumberTaken):
        fees.record_invoice(receipt.id, an_invoice("45000", "A1"), actor=FINANCE)
    fees.record_invoice(receipt.id, an_invoice("45000", "A2"), actor=FINANCE)
    assert [one.invoice_no for one in receipt.invoices] == ["A1", "A2"]
    double = FeeInvoice(receipt_id=receipt.id, invoice_no="A1", kind="OTHER", issued_on=TODAY, amount_fen=1)
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.add(double)


def test_an_invoice_is_over_something_and_of_today_at_the_latest(project, plan):
    receipt = receive(project)
    with pytest.raises(AmountNotPositive):
        fees.record_invoice(receipt.id, an_invoice("0"), actor=FINANCE)
    with pytest.raises(InvoiceInFuture):
        fees.record_invoice(receipt.id, an_invoice(on=TODAY.replace(day=25)), actor=FINANCE)
    invoice = fees.record_invoice(receipt.id, an_invoice(), actor=FINANCE)
    with pytest.raises(Invalid):
        fees.void_invoice(invoice.id, "开错", actor=FINANCE)


@both
def test_an_invoiced_receipt_is_reversed_after_the_invoice(project, plan):
    receipt = receive(project)
    invoice = fees.record_invoice(receipt.id, an_invoice(), actor=FINANCE)
    with pytest.raises(ReceiptInvoiced):
        fees.ask_reversal(receipt.id, WHY, actor=FINANCE)
    fees.void_invoice(invoice.id, "收款登记错误，发票已红冲", actor=FINANCE)
    assert reverse(receipt).status is ReversalStatus.DONE


# ------------------------------------------------------------------ doors

PROJECTS = "projects.project.view"
VIEW, RECORD, REVERSE = (f"fees.receipt.{act}" for act in ("view", "record", "reverse"))
DECIDE, INVOICE, WITHDRAW = "fees.reversal.decide", "fees.invoice.record", "fees.refund.withdraw"


@pytest.fixture
def paid(project, plan):
    """The project with one receipt; its key is given, as a page knows it."""
    receipt_id = receive(project).id
    db.session.commit()
    return receipt_id


@both
def test_one_asks_another_agrees_and_the_tab_tells_it(project, paid, browser):
    maker, checker = browser(PROJECTS, VIEW, REVERSE), browser(PROJECTS, VIEW, DECIDE)
    assert "申请冲销" in page(maker, f"/fees/receipts/{paid}")
    assert "申请冲销" not in page(checker, f"/fees/receipts/{paid}")
    short = send(maker, f"/fees/receipts/{paid}/reversal", reason="录错")
    assert short.status_code == 422
    assert "请填写理由" in short.get_data(as_text=True)
    assert send(maker, f"/fees/receipts/{paid}/reversal", reason=WHY).status_code == 303
    assert "冲销待审批" in page(maker, f"/projects/{project.id}?tab=fees")
    assert "同意冲销" not in page(maker, f"/fees/receipts/{paid}")
    text = page(checker, f"/fees/receipts/{paid}")
    assert "同意冲销" in text
    assert WHY in text
    (reversal,) = queries.list_reversals(paid)
    answer = send(checker, f"/fees/reversals/{reversal.id}/decision", decision="AGREE", opinion="")
    assert answer.status_code == 303
    assert send(checker, f"/fees/reversals/{reversal.id}/decision", decision="AGREE").status_code == 409
    assert "冲销凭证" in page(maker, f"/projects/{project.id}?tab=fees")
    counter = queries.find_counter(paid)
    assert "冲销的收款" in page(maker, f"/fees/receipts/{counter.id}")


def test_who_may_not_is_told_so(project, paid, browser):
    """A colleague who may look at everything, and one who asked and also may decide."""
    refund_id = ask_back(project).id
    db.session.commit()
    looker = browser(PROJECTS, VIEW)
    for address, fields in (
        (f"/fees/receipts/{paid}/reversal", {"reason": WHY}),
        (f"/fees/receipts/{paid}/invoices", {}),
        (f"/fees/projects/{project.id}/receipts", {}),
        (f"/fees/refunds/{refund_id}/withdrawal", {"reason": WHY}),
        ("/fees/reversals/1/decision", {"decision": "AGREE"}),
        ("/fees/invoices/1/void", {"reason": WHY}),
    ):
        assert send(looker, address, **fields).status_code == 403, address
    for address in (f"/fees/receipts/{paid}", f"/fees/refunds/{refund_id}"):
        assert browser(PROJECTS).get(address).status_code == 403
    assert browser(VIEW).get(f"/fees/projects/{project.id}/receipts/new").status_code == 403


def test_whoever_asked_does_not_decide_at_the_door_either(project, paid, browser):
    both_hands = browser(VIEW, REVERSE, DECIDE)
    assert send(both_hands, f"/fees/receipts/{paid}/reversal", reason=WHY).status_code == 303
    (reversal,) = queries.list_reversals(paid)
    answer = send(both_hands, f"/fees/reversals/{reversal.id}/decision", decision="AGREE")
    assert answer.status_code == 403
    assert queries.received_fen(project.id) == yuan(45_000)
    assert send(both_hands, f"/fees/reversals/{reversal.id}/decision", decision="X").status_code == 404


@both
def test_a_receipt_is_entered_from_the_tab(project, plan, browser):
    db.session.commit()
    finance = browser(PROJECTS, VIEW, RECORD)
    assert f"/fees/projects/{project.id}/receipts/new" in page(finance, f"/projects/{project.id}?tab=fees")
    assert "45,000.00" in page(finance, f"/fees/projects/{project.id}/receipts/new")
    typed = {"payer": "甲", "bank_serial": "S1", "amount": "45,000", "received_on": TODAY.isoformat()}
    wrong = send(finance, f"/fees/projects/{project.id}/receipts", **{**typed, "amount": "四万", "payer": ""})
    assert wrong.status_code == 422
    assert "请填写付款人" in wrong.get_data(as_text=True)
    assert 'value="S1"' in wrong.get_data(as_text=True)
    future = send(finance, f"/fees/projects/{project.id}/receipts", **{**typed, "received_on": "2026-11-25"})
    assert future.status_code == 422
    assert send(finance, f"/fees/projects/{project.id}/receipts", **typed).status_code == 303
    assert queries.received_fen(project.id) == yuan(45_000)
    taken = send(finance, f"/fees/projects/{project.id}/receipts", **{**typed, "amount": "1"})
    assert taken.status_code == 409
    assert "请核对流水号" in taken.get_data(as_text=True)


@both
def test_an_invoice_is_entered_and_voided_on_the_page_of_its_receipt(project, paid, browser):
    finance = browser(VIEW, INVOICE)
    typed = {"invoice_no": "A1", "kind": "VAT_SPECIAL", "amount": "45000", "issued_on": TODAY.isoformat()}
    over = send(finance, f"/fees/receipts/{paid}/invoices", **{**typed, "amount": "45000.01"})
    assert over.status_code == 409
    assert "超过该笔收款尚未开票" in over.get_data(as_text=True)
    odd = send(finance, f"/fees/receipts/{paid}/invoices", **{**typed, "kind": "X", "issued_on": ""})
    assert odd.status_code == 422
    assert send(finance, f"/fees/receipts/{paid}/invoices", **typed).status_code == 303
    text = page(finance, f"/fees/receipts/{paid}")
    assert "增值税专用发票" in text
    assert "登记发票" not in text
    invoice = queries.find_invoice("A1")
    assert send(finance, f"/fees/invoices/{invoice.id}/void", reason="开错").status_code == 422
    assert send(finance, f"/fees/invoices/{invoice.id}/void", reason="购方名称开错，红冲后重开").status_code == 303
    assert "已作废" in page(finance, f"/fees/receipts/{paid}")


@both
def test_a_refund_is_withdrawn_on_its_page(project, paid, browser):
    refund_id = ask_back(project).id
    db.session.commit()
    finance = browser(PROJECTS, VIEW, WITHDRAW)
    assert f"/fees/refunds/{refund_id}" in page(finance, f"/projects/{project.id}?tab=fees")
    assert send(finance, f"/fees/refunds/{refund_id}/withdrawal", reason="录错").status_code == 422
    why = "解保日期录错，重新核算"
    assert send(finance, f"/fees/refunds/{refund_id}/withdrawal", reason=why).status_code == 303
    text = page(finance, f"/fees/refunds/{refund_id}")
    assert why in text
    assert "确认撤回" not in text
    assert "已撤回" in page(finance, f"/projects/{project.id}?tab=fees")


def test_another_company_finds_none_of_it(paid, browser):
    stranger = browser(VIEW, REVERSE, tenant_id=2)
    assert stranger.get(f"/fees/receipts/{paid}").status_code == 404
    assert send(stranger, f"/fees/receipts/{paid}/reversal", reason=WHY).status_code == 404
