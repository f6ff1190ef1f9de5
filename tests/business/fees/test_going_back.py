"""Fee and deposits that go back after a release: who may, how often, how much."""

from datetime import date, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from app.business.contracts.models import CounterGuarantee, CounterKind, CounterStatus
from app.business.fees import operations as fees
from app.business.fees import queries
from app.business.fees.datasets import fee_facts
from app.business.fees.errors import (
    DepositOutstanding,
    DepositTooSmall,
    NothingToRefund,
    OffsetExceedsOpen,
    PaidInFuture,
    ReceivedInFuture,
    RefundApproverPays,
    RefundNotPayable,
    RefundPaid,
    RefundWithdrawn,
    ReleaseNotPosted,
)
from app.business.fees.models import DepositMove, FeeRefund
from app.business.fees.operations import Moved
from app.business.ledger import operations as ledger
from app.business.ledger.gates import require_fee_settled
from app.business.ledger.models import Release
from app.business.ledger.rules import EntryKind
from app.core.db import db
from app.core.errors import Invalid
from app.core.money import wan, yuan
from app.workflow.registry import StepContext, registry
from tests.business.fees.desk import FINANCE, GM, TODAY, ask_back, both, receive, refused_by_database

WHY = "经办人录错解保日期，重新申请"


@pytest.fixture
def in_force(project, plan):
    """300 万 of one year in force, its fee of 45,000.00 paid; the year ends 2027-11-24."""
    receive(project)
    project.approved_amount_fen = project.contract_amount_fen = wan(300)
    project.start_date, project.end_date = TODAY, date(2027, 11, 24)
    db.session.flush()
    ledger.post(project.id, EntryKind.DISBURSE, wan(300), effective=TODAY, source="test:1", actor=FINANCE)
    return project


def a_release(project, *, amount="300", on=TODAY, instance=7, posted=True):
    release = Release(
        project_id=project.id, instance_id=instance, kind=EntryKind.REPAY, amount_fen=wan(amount), effective_on=on,
        proposed_by=GM.user_id, checked_by=FINANCE.user_id, status="CHECKED",
    )  # fmt: skip
    db.session.add(release)
    db.session.flush()
    if posted:
        ledger.post_release(release.id, actor=FINANCE)
    return release


def a_pledge(project, amount="20", status=CounterStatus.SIGNED):
    row = CounterGuarantee(
        project_id=project.id, seq=9, kind=CounterKind.PLEDGE_DEPOSIT, provider_name="甲", amount_fen=wan(amount),
        status=status, released_on=TODAY,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return row


def at(project, name, *, outcome, actor=FINANCE, key="1:40", release=None, **form):
    """The step of a task, as the process calls it."""
    more = {}
    if release is not None:
        more["release_id"] = release.id
    if "refund_id" in registry.step(name).parameters:
        more["refund_id"] = queries.list_refunds(project.id)[-1].id
    if "project_id" in registry.step(name).parameters:
        more["project_id"] = project.id
    context = StepContext(
        actor=actor, instance_id=1, task_key=key, node_id="", business_key="", data={}, form=form, outcome=outcome
    )
    return registry.step(name).run(context, **more)


# ------------------------------------------------------------------ refunds of a release


@both
def test_a_release_gives_back_what_the_rule_gives_and_is_asked_for_once(in_force):
    release = a_release(in_force)
    facts = fee_facts({"project_id": in_force.id, "release_id": release.id})
    assert (facts["refund_due_fen"], facts["refund_asked_by"]) == (yuan(45_000), None)
    (refund_id,) = {at(in_force, "fees.ask_refund", outcome="ASK", release=release)["refund_id"] for _ in range(2)}
    facts = fee_facts({"project_id": in_force.id, "release_id": release.id})
    assert (facts["refund_due_fen"], facts["refund_asked_by"]) == (yuan(45_000), FINANCE.user_id)
    assert queries.list_refunds(in_force.id)[0].id == refund_id
    assert facts["refund_formula"] == "45,000.00 × 365/365 × 1 = 45,000.00 元"


def test_a_release_in_the_last_month_gives_nothing_back(in_force):
    release = a_release(in_force)
    release.effective_on = date(2027, 11, 24) - timedelta(days=29)
    assert fee_facts({"project_id": in_force.id, "release_id": release.id})["refund_due_fen"] == 0
    with pytest.raises(NothingToRefund):
        fees.ask_refund_of_release(release.id, actor=FINANCE)


@pytest.mark.parametrize(("amount", "posted"), [("300", False), ("100", True)])
def test_fee_goes_back_only_when_all_liability_has_ended(in_force, amount, posted):
    release = a_release(in_force, amount=amount, posted=posted)
    with pytest.raises(ReleaseNotPosted):
        fees.ask_refund_of_release(release.id, actor=FINANCE)


def test_a_customer_may_do_without_it_with_a_reason(in_force):
    release = a_release(in_force)
    with pytest.raises(Invalid):
        at(in_force, "fees.ask_refund", outcome="RENOUNCE", release=release, reason="不要了")
    done = at(in_force, "fees.ask_refund", outcome="RENOUNCE", release=release, reason="客户出具书面声明放弃退费")
    assert done == {"refund_id": None}
    assert queries.list_refunds(in_force.id) == []


@both
def test_three_hands_move_a_refund_and_none_does_two_neighbouring_steps(in_force):
    release = a_release(in_force)
    at(in_force, "fees.ask_refund", outcome="ASK", release=release)
    at(in_force, "fees.decide_refund", outcome="AGREE", actor=GM)
    with pytest.raises(RefundApproverPays):
        at(in_force, "fees.pay_refund", outcome="PAID", actor=GM, paid_on=TODAY, voucher="FK1")
    at(in_force, "fees.pay_refund", outcome="PAID", paid_on=TODAY, voucher="FK1")
    (refund,) = queries.list_refunds(in_force.id)
    assert (refund.paid_on, refund.paid_by, refund.voucher) == (TODAY, FINANCE.user_id, "FK1")
    refused_by_database(update(FeeRefund).values(paid_by=FeeRefund.approved_by), IntegrityError)


@both
def test_a_refused_refund_stays_on_record_and_may_be_asked_for_anew(in_force):
    release = a_release(in_force)
    first = at(in_force, "fees.ask_refund", outcome="ASK", release=release)["refund_id"]
    at(in_force, "fees.decide_refund", outcome="REFUSE", actor=GM, reason=WHY)
    second = at(in_force, "fees.ask_refund", outcome="ASK", release=release)["refund_id"]
    assert first != second
    old, new = queries.list_refunds(in_force.id)
    assert (old.is_live, old.withdrawn_by, old.withdrawn_reason, new.is_live) == (False, GM.user_id, WHY, True)
    assert queries.refunded_fen(in_force.id) == yuan(45_000)


@both
def test_a_withdrawn_refund_counts_no_more_and_is_neither_approved_nor_paid(project, plan):
    receive(project)
    refund = ask_back(project)
    fees.approve_refund(refund.id, actor=GM)
    for _ in range(2):
        fees.withdraw_refund(refund.id, WHY, actor=FINANCE)
    assert queries.refunded_fen(project.id) == 0
    with pytest.raises(RefundWithdrawn) as refused:
        fees.pay_refund(refund.id, TODAY, actor=FINANCE)
    assert WHY in str(refused.value)
    with pytest.raises(RefundWithdrawn):
        fees.approve_refund(refund.id, actor=GM)
    refused_by_database(update(FeeRefund).values(paid_on=TODAY), IntegrityError)
    assert ask_back(project).id != refund.id


def test_what_was_paid_is_not_withdrawn_and_a_withdrawal_says_why(project, plan):
    receive(project)
    refund = ask_back(project)
    with pytest.raises(Invalid):
        fees.withdraw_refund(refund.id, "录错", actor=FINANCE)
    fees.approve_refund(refund.id, actor=GM)
    fees.pay_refund(refund.id, TODAY, actor=FINANCE)
    with pytest.raises(RefundPaid):
        fees.withdraw_refund(refund.id, WHY, actor=FINANCE)
    with pytest.raises(RefundNotPayable):
        fees.pay_refund(refund.id, TODAY, actor=FINANCE)


@both
def test_one_source_has_one_live_refund(project, plan):
    receive(project)
    refund = ask_back(project)
    double = FeeRefund(
        refund_no="TF1", project_id=project.id, reason="OVERPAID", source=refund.source, formula="", amount_fen=1
    )
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.add(double)


# ------------------------------------------------------------------ deposits


@both
def test_money_flows_only_when_the_agreed_deposit_is_there(project, plan):
    a_pledge(project)
    receive(project)
    with pytest.raises(DepositOutstanding) as refused:
        require_fee_settled(project.id)
    assert "200,000.00" in str(refused.value)
    for serial in ("BK1", "BK2"):
        form = {"payer": "甲", "bank_serial": serial, "amount_fen": wan(10), "received_on": TODAY}
        at(project, "fees.receive_deposit", outcome=None, **form)
    require_fee_settled(project.id)
    facts = fee_facts({"project_id": project.id})
    assert (facts["deposit_due_fen"], facts["deposit_open_fen"], facts["deposit_held_fen"]) == (wan(20), 0, wan(20))


def test_what_went_back_is_due_again_and_what_was_used_is_not(project, plan):
    a_pledge(project)
    fees.receive_deposit(project.id, wan(20), source="BK1", actor=FINANCE)
    fees.use_deposit(project.id, wan(5), source="claim:1", actor=FINANCE)
    assert queries.deposit_open_fen(project.id) == 0
    fees.return_deposit(project.id, wan(3), source="FK1", actor=FINANCE)
    assert queries.deposit_open_fen(project.id) == wan(3)


def test_a_released_pledge_asks_for_nothing(project, plan):
    a_pledge(project, status=CounterStatus.RELEASED)
    assert queries.deposit_open_fen(project.id) == 0


@both
def test_a_deposit_goes_back_with_day_payee_and_voucher(project):
    fees.receive_deposit(project.id, wan(20), source="BK1", moved=Moved(TODAY, "甲"), actor=FINANCE)
    form = {"amount_fen": wan(20), "payee": "甲", "voucher": "FK1", "returned_on": TODAY}
    for _ in range(2):
        at(project, "fees.return_deposit", outcome="RETURN", **form)
    moves = {move.kind: move for move in queries.list_movements(project.id)}
    came, went = moves[DepositMove.RECEIVED], moves[DepositMove.RETURNED]
    assert (went.amount_fen, went.party, went.source) == (wan(20), "甲", "FK1")
    assert came.moved_on == went.moved_on == TODAY
    assert queries.find_deposit(project.id).held_fen == 0


@both
def test_a_deposit_pays_what_is_owed_and_not_more(project, plan):
    fees.receive_deposit(project.id, wan(20), source="BK1", actor=FINANCE)
    receive(project, "40000")
    with pytest.raises(OffsetExceedsOpen):
        at(project, "fees.return_deposit", outcome="OFFSET", amount_fen=yuan("5000.01"))
    for _ in range(2):
        at(project, "fees.return_deposit", outcome="OFFSET", amount_fen=yuan(5_000), key="1:" + "x" * 160)
    assert queries.unpaid_before_disbursement_fen(plan) == 0
    assert queries.find_deposit(project.id).held_fen == wan(20) - yuan(5_000)
    assert queries.received_fen(project.id) == yuan(45_000)


def test_without_a_deposit_nothing_is_offset(project, plan):
    with pytest.raises(DepositTooSmall):
        at(project, "fees.return_deposit", outcome="OFFSET", amount_fen=1)
    assert queries.received_fen(project.id) == 0


def test_deposits_move_today_at_the_latest(project):
    tomorrow = Moved(TODAY + timedelta(days=1))
    with pytest.raises(ReceivedInFuture):
        fees.receive_deposit(project.id, 1, source="BK1", moved=tomorrow, actor=FINANCE)
    with pytest.raises(PaidInFuture):
        fees.return_deposit(project.id, 1, source="FK1", moved=tomorrow, actor=FINANCE)
