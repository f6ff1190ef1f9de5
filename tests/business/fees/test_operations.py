"""The books of fees: each invariant of domain entities §8, and every step twice."""

import threading
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.business.committee.models import Resolution, ResolutionStatus
from app.business.contracts.errors import NoResolution
from app.business.fees import operations as fees
from app.business.fees import queries
from app.business.fees.datasets import fee_facts
from app.business.fees.errors import (
    AllocationExceedsItem,
    AllocationExceedsReceipt,
    AmountNotPositive,
    DepositSourceTaken,
    DepositTooSmall,
    FeePlanNotFound,
    NothingToRefund,
    NoWaiverAsked,
    PaidInFuture,
    ReceivedInFuture,
    RefundExceedsReceipts,
    RefundMakerApproves,
    RefundNotPayable,
    RefundPeriodInvalid,
    SerialTaken,
    WaiverExceedsOpen,
    WaiverMakerDecides,
    WaiverNotAgreed,
    WaiverOpinionsByOne,
)
from app.business.fees.models import (
    DepositAccount,
    FeeAllocation,
    FeeItem,
    FeePlan,
    FeeReceipt,
    FeeRefund,
    PlanStatus,
    RefundReason,
    WaiverStatus,
)
from app.business.fees.rules import FeeItemStatus
from app.business.ledger.errors import FeeOutstanding, NoFeePlan
from app.business.ledger.gates import require_fee_settled
from app.business.products import operations as products
from app.business.projects import queries as projects
from app.business.projects.models import ProjectStatus
from app.core.db import db
from app.core.money import wan, yuan
from app.core.tenancy import acting_as, system_actor
from app.core.transactions import unit_of_work
from app.support.notices.models import SmsMessage
from app.workflow.registry import registry
from tests.business.fees.desk import (
    FINANCE,
    GM,
    RISK,
    TODAY,
    a_receipt,
    a_resolution,
    agree,
    ask,
    ask_back,
    both,
    receive,
    refused_by_database,
    run,
)
from tests.business.rows import a_project, a_world
from tests.programs import PATIENCE

# ------------------------------------------------------------------ plan


@both
def test_a_plan_comes_from_the_resolution_in_force(plan):
    assert (plan.total_fen, [item.amount_fen for item in plan.items]) == (yuan(45_000), [yuan(45_000)])
    assert plan.formula == "3,000,000.00 × 1.50% × 12/12 = 45,000.00 元"
    assert plan.items[0].due_date == TODAY + timedelta(days=30)


def test_the_days_to_pay_are_a_parameter(project, books):
    products.set_parameter(
        "fee.due_days", 10, valid_from=date(2026, 1, 1), source="公司规定", confirmed=True, actor=books
    )
    assert fees.create_plan(project.id, actor=books).items[0].due_date == TODAY + timedelta(days=10)


def test_the_floor_is_a_parameter_and_stands_in_the_formula(world, books):
    products.set_parameter(
        "fee.min_fen", yuan(800), valid_from=date(2026, 1, 1), source="公司规定", confirmed=True, actor=books
    )
    small = a_project(world, status=ProjectStatus.APPROVED)
    a_resolution(small, amount="5", months=6, rate="0.008")
    plan = fees.create_plan(small.id, actor=books)
    assert plan.total_fen == yuan(800)
    assert plan.formula == "50,000.00 × 0.80% × 6/12 = 200.00 元 → 最低收费 800.00 元"
    assert fee_facts({"project_id": small.id})["recomputed_total_fen"] == yuan(800)


@pytest.mark.parametrize("method", ["MONTH", "DAY", "INSTALMENT", "LETTER"])
def test_the_total_of_a_plan_is_the_sum_of_its_items_and_what_the_formula_gives(world, books, method):
    project = a_project(world, status=ProjectStatus.APPROVED, fee_method=method)
    a_resolution(project, months=30, amount="123.456789", rate="0.0137")
    balances = [wan("123.456789"), wan("77.7"), wan("77.7")] if method == "INSTALMENT" else []
    plan = fees.create_plan(project.id, balances_fen=balances, actor=books)
    facts = fee_facts({"project_id": project.id})
    assert plan.total_fen == sum(item.amount_fen for item in plan.items) == facts["plan_total_fen"]
    assert facts["recomputed_total_fen"] == plan.total_fen


def test_only_the_first_year_of_instalments_is_due_before_disbursement(world, books):
    project = a_project(world, status=ProjectStatus.APPROVED, fee_method="INSTALMENT")
    a_resolution(project, months=36, rate="0.01")
    plan = fees.create_plan(project.id, balances_fen=[wan(300), wan(200), wan(100)], actor=books)
    assert [item.before_disbursement for item in plan.items] == [True, False, False]
    assert [item.due_date.year for item in plan.items] == [2026, 2027, 2028]
    assert queries.unpaid_before_disbursement_fen(plan) == yuan(30_000)


def test_without_a_resolution_there_is_no_plan(world, books):
    with pytest.raises(NoResolution):
        fees.create_plan(a_project(world).id, actor=books)


@both
def test_the_same_resolution_has_one_plan(project, plan):
    assert fees.create_plan(project.id, actor=FINANCE) is plan
    assert len(queries.list_plans(project.id)) == 1


@both
def test_the_database_keeps_one_live_plan_and_items_within_its_total(plan):
    copied = FeePlan(
        project_id=plan.project_id, resolution_id=plan.resolution_id, method="MONTH", basis_fen=1, rate=plan.rate,
        months=1, formula="", total_fen=1,
    )  # fmt: skip
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.add(copied)
    more = FeeItem(plan_id=plan.id, seq=2, due_date=TODAY, amount_fen=1)
    with pytest.raises(DBAPIError, match="exceed its total"), db.session.begin_nested():
        db.session.add(more)


@both
@pytest.mark.parametrize("values", [{"amount_fen": -1}, {"amount_fen": 1}])
def test_the_amount_of_an_item_is_never_negative_and_never_changed(plan, values):
    refused_by_database(update(FeeItem).values(**values))


def test_a_negative_item_is_refused(plan):
    item = FeeItem(plan_id=plan.id, seq=2, due_date=TODAY, amount_fen=-1)
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.add(item)


@both
@pytest.mark.parametrize("values", [{"waived_fen": yuan("45000.01")}, {"allocated_fen": yuan("45000.01")}])
def test_waived_and_allocated_never_exceed_the_item(plan, values):
    refused_by_database(update(FeeItem).values(**values), IntegrityError)


def test_waived_and_allocated_together_never_exceed_the_item(plan):
    refused_by_database(
        update(FeeItem).values(waived_fen=yuan(30_000), allocated_fen=yuan(15_001)), IntegrityError
    )


@both
def test_what_came_in_pays_the_plan_of_a_new_resolution(project, plan):
    first, second = receive(project, "20000", "S1"), receive(project, "25000", "S2")
    db.session.get(Resolution, plan.resolution_id).status = ResolutionStatus.EXPIRED
    db.session.flush()
    a_resolution(project, "PF2026-040", amount="200")

    new = fees.create_plan(project.id, actor=FINANCE)

    assert (plan.status, new.total_fen) == (PlanStatus.CANCELLED, yuan(30_000))
    assert (plan.items[0].allocated_fen, new.items[0].open_fen) == (0, 0)
    assert (first.unallocated_fen, second.unallocated_fen) == (0, yuan(15_000))
    live = db.session.query(FeeAllocation).filter_by(is_released=False)
    assert sum(a.amount_fen for a in live) == yuan(30_000)
    assert fees.create_plan(project.id, actor=FINANCE) is new


def test_what_was_given_back_does_not_pay_the_new_plan(project, plan):
    receive(project)
    fees.cancel_unpaid(project.id, actor=FINANCE)
    fees.ask_refund(
        project.id, ended_on=TODAY, start=TODAY, end=date(2027, 11, 24), reason=RefundReason.CANCELLED,
        source="expiry", actor=FINANCE,
    )  # fmt: skip
    new = fees.create_plan(project.id, actor=FINANCE)
    assert new is not plan
    assert new.items[0].open_fen == yuan(45_000)


def test_cancelling_ends_what_is_open_and_keeps_what_was_paid(project, plan):
    receive(project, "20000")
    assert fees.cancel_unpaid(project.id, actor=FINANCE) == yuan(25_000)
    assert plan.items[0].status_on(TODAY) is FeeItemStatus.CANCELLED
    assert plan.items[0].allocated_fen == yuan(20_000)
    assert fees.cancel_unpaid(project.id, actor=FINANCE) == 0
    assert fee_facts({"project_id": project.id})["unpaid_before_disbursement_fen"] == 0


# ------------------------------------------------------------------ notices


def test_the_customer_is_told_once(project, plan):
    assert fees.issue_notice(project.id, actor=FINANCE) is False
    assert fees.issue_notice(project.id, actor=FINANCE) is False
    (message,) = db.session.query(SmsMessage).filter_by(template_code="fees.notice.issued")
    assert message.mobile == "13800138000"
    assert "2026-12-24" in message.variables


def test_a_reminder_is_sent_once_for_a_timer_and_never_when_paid(project, plan):
    for ref in ("1:77", "1:77"):
        fees.remind(project.id, ref=ref, actor=FINANCE)
    receive(project)
    fees.remind(project.id, ref="1:78", actor=FINANCE)
    assert db.session.query(SmsMessage).filter_by(template_code="fees.notice.reminded").count() == 1


def test_nothing_is_asked_for_without_a_plan(project):
    fees.remind(project.id, ref="1:77", actor=FINANCE)
    with pytest.raises(FeePlanNotFound):
        fees.issue_notice(project.id, actor=FINANCE)


# ------------------------------------------------------------------ receipts


@both
def test_a_receipt_pays_the_open_items_in_order_and_holds_what_is_over(world, books):
    project = a_project(world, status=ProjectStatus.APPROVED, fee_method="INSTALMENT")
    a_resolution(project, months=24, rate="0.01")
    plan = fees.create_plan(project.id, balances_fen=[wan(300), wan(300)], actor=books)
    receipt = receive(project, "70000")
    assert [item.allocated_fen for item in plan.items] == [yuan(30_000), yuan(30_000)]
    assert receipt.unallocated_fen == yuan(10_000)
    assert receipt.receipt_no == "SK2026000001"
    assert receipt.amount_fen == receipt.unallocated_fen + sum(a.amount_fen for a in receipt.allocations)


@both
def test_the_same_bank_receipt_is_booked_once(project, plan):
    assert receive(project, "20000") is receive(project, "20000")
    assert plan.items[0].allocated_fen == yuan(20_000)


@both
@pytest.mark.parametrize("more", [{"amount": "20000.01"}, {"on": date(2026, 11, 23)}])
def test_a_bank_serial_is_one_receipt_of_a_tenant(project, plan, more):
    receive(project, **{"amount": "20000"})
    with pytest.raises(SerialTaken) as refused:
        receive(project, **{"amount": "20000", **more})
    assert str(refused.value) == "银行流水号 BK20261124001 已登记为收款 SK2026000001（20,000.00 元），请核对流水号"


def test_another_project_may_not_use_the_serial(world, project, plan):
    receive(project, "20000")
    other = a_project(world, 2, status=ProjectStatus.APPROVED)
    a_resolution(other, "PF2026-032")
    fees.create_plan(other.id, actor=FINANCE)
    with pytest.raises(SerialTaken):
        receive(other, "20000")


@both
@pytest.mark.real_clock
def test_two_desks_entering_one_serial_at_once_book_it_once(fresh_app):
    """Each holds its own project's lock, so only the database can tell; the loser gets the clear message."""
    with fresh_app.app_context(), acting_as(system_actor(1)) as books, unit_of_work():
        world, ids = a_world(books), []
        for number in (1, 2):
            project = a_project(world, number, status=ProjectStatus.APPROVED)
            a_resolution(project, f"PF2026-{number}")
            fees.create_plan(project.id, actor=books)
            ids.append(project.id)
    start, told = threading.Barrier(2, timeout=PATIENCE), []

    def enter(project_id):
        with fresh_app.app_context(), acting_as(FINANCE):
            start.wait()
            try:
                with unit_of_work():
                    receipt = replace(a_receipt(), received_on=date(2026, 11, 1))
                    fees.record_receipt(project_id, receipt, actor=FINANCE)
                told.append("booked")
            except SerialTaken:
                told.append("refused")

    desks = [threading.Thread(target=enter, args=(project_id,)) for project_id in ids]
    for desk in desks:
        desk.start()
    for desk in desks:
        desk.join()
    assert sorted(told) == ["booked", "refused"]
    with fresh_app.app_context(), acting_as(FINANCE):
        assert db.session.query(FeeReceipt).count() == 1


def test_money_comes_in_today_at_the_latest_and_is_more_than_nothing(project, plan):
    with pytest.raises(ReceivedInFuture):
        receive(project, on=TODAY + timedelta(days=1))
    with pytest.raises(AmountNotPositive):
        receive(project, "0")


def test_allocations_stay_within_item_and_receipt(world, project, plan):
    receipt = receive(project, "50000")
    with pytest.raises(AllocationExceedsItem):
        fees.allocate(receipt, plan.items[0], 1)
    other = a_project(world, 2, status=ProjectStatus.APPROVED)
    a_resolution(other, "PF2026-032")
    item = fees.create_plan(other.id, actor=FINANCE).items[0]
    with pytest.raises(AllocationExceedsReceipt):
        fees.allocate(receipt, item, yuan("5000.01"))
    with pytest.raises(AmountNotPositive):
        fees.allocate(receipt, item, 0)


@both
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE fee_receipt SET amount_fen = amount_fen + 1",
        "UPDATE fee_receipt SET bank_serial = 'X'",
        "DELETE FROM fee_allocation",
        "UPDATE fee_allocation SET amount_fen = 1",
        "UPDATE fee_plan SET total_fen = 1",
        "UPDATE fee_receipt SET unallocated_fen = amount_fen + 1",
        "UPDATE fee_receipt SET unallocated_fen = -1",
    ],
)
def test_receipts_and_allocations_are_append_only(project, plan, statement):
    receive(project)
    refused_by_database(text(statement))


@both
def test_a_receipt_is_never_deleted(project, plan):
    receive(project)
    refused_by_database(text("DELETE FROM fee_receipt"), match="append-only")


# ------------------------------------------------------------------ the ledger's gate


def test_money_flows_only_when_the_fee_is_settled(project):
    with pytest.raises(NoFeePlan):
        require_fee_settled(project.id)
    fees.create_plan(project.id, actor=FINANCE)
    receive(project, "44999.99")
    with pytest.raises(FeeOutstanding) as refused:
        require_fee_settled(project.id)
    assert "0.01" in str(refused.value)
    receive(project, "0.01", "S2")
    require_fee_settled(project.id)


# ------------------------------------------------------------------ waivers


@both
def test_a_waiver_counts_only_after_both_agreed(project, plan):
    ask(project)
    with pytest.raises(WaiverNotAgreed):
        fees.apply_waiver(project.id, actor=FINANCE)
    with pytest.raises(WaiverNotAgreed):
        fees.record_gm_opinion(project.id, agrees=True, opinion="同意", actor=GM)
    agree(project)
    assert fees.apply_waiver(project.id, actor=FINANCE) is False
    assert (plan.items[0].waived_fen, plan.items[0].open_fen) == (yuan(5_000), yuan(40_000))


@both
def test_a_waiver_is_applied_once(project, plan):
    ask(project, "45000")
    agree(project)
    assert fees.apply_waiver(project.id, actor=FINANCE) is True
    assert fees.apply_waiver(project.id, actor=FINANCE) is True
    assert plan.items[0].waived_fen == yuan(45_000)
    assert plan.items[0].status_on(TODAY) is FeeItemStatus.WAIVED
    assert ask(project, "45000").status is WaiverStatus.APPLIED


def test_a_waiver_is_never_more_than_is_due(project, plan):
    with pytest.raises(WaiverExceedsOpen):
        ask(project, "45000.01")
    with pytest.raises(AmountNotPositive):
        ask(project, "0")
    ask(project, "5000")
    receive(project, "40000.01")
    with pytest.raises(WaiverExceedsOpen):
        fees.record_risk_opinion(project.id, agrees=True, opinion="同意减免", actor=RISK)


def test_whoever_asks_does_not_decide(project, plan):
    ask(project, actor=RISK)
    with pytest.raises(WaiverMakerDecides):
        fees.record_risk_opinion(project.id, agrees=True, opinion="同意减免", actor=RISK)


@both
def test_one_person_with_both_roles_gives_only_one_opinion(project, plan):
    """processes §8.4: the head of risk and the general manager are two people."""
    waiver = ask(project)
    fees.record_risk_opinion(project.id, agrees=True, opinion="符合减免政策", actor=RISK)
    for agrees in (True, False):
        with pytest.raises(WaiverOpinionsByOne):
            fees.record_gm_opinion(project.id, agrees=agrees, opinion="同意", actor=RISK)
    assert (waiver.risk_by, waiver.gm_by) == (RISK.user_id, None)
    fees.record_gm_opinion(project.id, agrees=True, opinion="同意", actor=GM)
    with pytest.raises(WaiverOpinionsByOne):
        fees.record_risk_opinion(project.id, agrees=True, opinion="更正意见", actor=GM)
    assert waiver.risk_by == RISK.user_id


def test_a_refused_waiver_changes_nothing_and_may_be_asked_for_anew(project, plan):
    first = ask(project)
    fees.record_risk_opinion(project.id, agrees=False, opinion="理由不足", actor=RISK)
    with pytest.raises(WaiverNotAgreed):
        fees.apply_waiver(project.id, actor=FINANCE)
    assert (first.status, plan.items[0].open_fen) == (WaiverStatus.REFUSED, yuan(45_000))
    second = ask(project, "3000", key="1:21")
    assert (second.id != first.id, second.status) == (True, WaiverStatus.ASKED)


@both
def test_a_request_that_was_sent_back_is_corrected_and_decided_anew(project, plan):
    """The corrected task carries another key; it must not end in a second request."""
    asked = ask(project)
    fees.record_risk_opinion(project.id, agrees=True, opinion="符合减免政策", actor=RISK)
    corrected = ask(project, "3000", key="1:99")
    assert (corrected.id, corrected.amount_fen, corrected.risk_by) == (asked.id, yuan(3_000), None)
    with pytest.raises(WaiverNotAgreed):
        fees.record_gm_opinion(project.id, agrees=True, opinion="同意", actor=GM)
    agree(project)
    fees.apply_waiver(project.id, actor=FINANCE)
    assert plan.items[0].waived_fen == yuan(3_000)


def test_submitting_the_same_request_again_keeps_the_opinions(project, plan):
    ask(project)
    fees.record_risk_opinion(project.id, agrees=True, opinion="符合减免政策", actor=RISK)
    assert ask(project).risk_by == RISK.user_id


def test_the_head_of_risk_may_correct_her_opinion(project, plan):
    waiver = ask(project)
    fees.record_risk_opinion(project.id, agrees=True, opinion="符合减免政策", actor=RISK)
    fees.record_risk_opinion(project.id, agrees=False, opinion="复核后不同意", actor=RISK)
    with pytest.raises(WaiverNotAgreed):
        fees.record_gm_opinion(project.id, agrees=True, opinion="同意", actor=GM)
    fees.record_gm_opinion(project.id, agrees=False, opinion="不同意", actor=GM)
    assert waiver.status is WaiverStatus.REFUSED


def test_there_must_be_something_to_decide(project, plan):
    with pytest.raises(NoWaiverAsked):
        fees.record_risk_opinion(project.id, agrees=True, opinion="同意减免", actor=RISK)
    with pytest.raises(NoWaiverAsked):
        fees.apply_waiver(project.id, actor=FINANCE)


# ------------------------------------------------------------------ refunds


@both
def test_a_refund_is_reckoned_by_the_rule_and_asked_for_once(project, plan):
    """rules Ex 2.1."""
    receive(project)
    refund = ask_back(project)
    assert refund.amount_fen == yuan("14794.52")
    assert refund.formula == "45,000.00 × 120/365 × 1 = 14,794.52 元"
    assert ask_back(project) is refund
    assert queries.refunded_fen(project.id) == yuan("14794.52")


def test_too_few_days_left_give_nothing_back(project, plan):
    """rules Ex 2.2."""
    receive(project)
    with pytest.raises(NothingToRefund):
        ask_back(project, left=29)


def test_the_factor_of_a_refund_is_a_parameter(project, plan, books):
    products.set_parameter(
        "refund.factor", "0.8", valid_from=date(2026, 1, 1), source="公司规定", confirmed=True, actor=books
    )
    receive(project)
    refund = ask_back(project)
    assert refund.amount_fen == yuan("11835.62")
    assert refund.formula == "45,000.00 × 120/365 × 0.8 = 11,835.62 元"


@both
def test_refunds_together_never_exceed_receipts(project, plan):
    receive(project)
    ask_back(project, left=365)
    with pytest.raises(RefundExceedsReceipts):
        ask_back(project, left=120, source="release:2")


def test_what_is_over_goes_back_apart_from_the_fee(project, plan):
    receive(project, "46000")
    over = fees.ask_refund_of_overpaid(project.id, source="over:1", actor=FINANCE)
    assert (over.amount_fen, over.reason) == (yuan(1_000), RefundReason.OVERPAID)
    assert fees.ask_refund_of_overpaid(project.id, source="over:1", actor=FINANCE) is over
    with pytest.raises(NothingToRefund):
        fees.ask_refund_of_overpaid(project.id, source="over:2", actor=FINANCE)
    assert ask_back(project).amount_fen == yuan("14794.52")


def test_a_refund_is_approved_by_another_and_paid_once(project, plan):
    receive(project)
    refund = ask_back(project)
    with pytest.raises(RefundNotPayable):
        fees.pay_refund(refund.id, TODAY, actor=FINANCE)
    with pytest.raises(RefundMakerApproves):
        fees.approve_refund(refund.id, actor=FINANCE)
    fees.approve_refund(refund.id, actor=GM)
    with pytest.raises(RefundNotPayable):
        fees.approve_refund(refund.id, actor=GM)
    with pytest.raises(PaidInFuture):
        fees.pay_refund(refund.id, TODAY + timedelta(days=1), actor=FINANCE)
    assert fees.pay_refund(refund.id, TODAY, actor=FINANCE).paid_on == TODAY
    with pytest.raises(RefundNotPayable):
        fees.pay_refund(refund.id, TODAY, actor=FINANCE)


def test_a_guarantee_must_have_days(project, plan):
    receive(project)
    with pytest.raises(RefundPeriodInvalid):
        fees.ask_refund(
            project.id, ended_on=TODAY, start=TODAY, end=TODAY, reason=RefundReason.EARLY_RELEASE, source="x",
            actor=FINANCE,
        )  # fmt: skip


@both
def test_the_database_refuses_a_refund_of_nothing_and_one_approved_by_its_maker(project, plan):
    receive(project)
    ask_back(project)
    refused_by_database(update(FeeRefund).values(approved_by=FeeRefund.asked_by), IntegrityError)
    refused_by_database(update(FeeRefund).values(paid_on=TODAY), IntegrityError)
    refused_by_database(update(FeeRefund).values(amount_fen=0))


# ------------------------------------------------------------------ deposits


@both
def test_deposit_returned_and_used_never_exceed_received(project):
    fees.receive_deposit(project.id, yuan(1_000), source="BK1", actor=FINANCE)
    fees.use_deposit(project.id, yuan(300), source="claim:1", actor=FINANCE)
    with pytest.raises(DepositTooSmall) as refused:
        fees.return_deposit(project.id, yuan("700.01"), source="release:1", actor=FINANCE)
    assert str(refused.value) == "金额 700.01 元超过保证金余额 700.00 元"
    account = fees.return_deposit(project.id, yuan(700), source="release:1", actor=FINANCE)
    assert account.held_fen == 0
    refused_by_database(update(DepositAccount).values(used_fen=yuan(301)), IntegrityError)


@both
def test_a_deposit_moves_once_for_a_source(project):
    for _ in range(2):
        account = fees.receive_deposit(project.id, yuan(1_000), source="BK1", actor=FINANCE)
    assert account.received_fen == yuan(1_000)
    with pytest.raises(DepositSourceTaken):
        fees.receive_deposit(project.id, yuan(999), source="BK1", actor=FINANCE)
    refused_by_database(text("DELETE FROM deposit_movement"))


def test_a_deposit_is_more_than_nothing_and_there_must_be_one(project):
    with pytest.raises(AmountNotPositive):
        fees.receive_deposit(project.id, -1, source="BK1", actor=FINANCE)
    with pytest.raises(DepositTooSmall):
        fees.return_deposit(project.id, 1, source="release:1", actor=FINANCE)


# ------------------------------------------------------------------ steps


@both
def test_the_steps_say_what_the_process_routes_on(project):
    assert run("fees.create_plan", project) == {"fee_total_fen": yuan(45_000)}
    assert run("fees.issue_notice", project) == {"fee_settled": False}
    paid = {"decision": "RECEIPT", "payer": "甲", "bank_serial": "S1", "received_on": TODAY}
    assert run("fees.record_receipt", project, **paid, amount_fen=yuan(40_000)) == {
        "fee_settled": False,
        "waiver_requested": False,
    }
    asked = {"decision": "WAIVER", "waiver_fen": yuan(5_000), "reason": "首次担保客户，按政策减免"}
    assert run("fees.record_receipt", project, key="1:31", **asked) == {
        "fee_settled": False,
        "waiver_requested": True,
    }
    opinion = {"decision": "AGREE", "opinion": "同意减免"}
    run("fees.record_waiver_opinion", project, node="approve_waiver_risk", actor=RISK, outcome="AGREE", **opinion)
    run("fees.record_waiver_opinion", project, node="approve_waiver_gm", actor=GM, outcome="AGREE", **opinion)
    for _ in range(2):
        done = run("fees.apply_waiver", project)
        assert done == {"fee_settled": True, "waiver_requested": False}
    (waiver,) = queries.list_waivers(project.id)
    assert (waiver.risk_by, waiver.gm_by) == (RISK.user_id, GM.user_id)
    assert run("fees.remind", project) == {}
    assert run("fees.cancel_unpaid", project) == {}


def test_the_lint_sees_what_the_steps_return():
    assert registry.step("fees.record_receipt").returns >= {"fee_settled", "waiver_requested"}
    assert "fee_settled" in registry.step("fees.issue_notice").returns
    assert "fee_settled" in registry.step("fees.apply_waiver").returns


def test_the_dataset_of_a_project_without_fees_is_all_nothing(project):
    assert set(fee_facts({"project_id": str(project.id)}).values()) == {0, False, None}
    assert fee_facts({}) is None


def test_another_tenant_sees_nothing(project, plan):
    receive(project)
    project_id = project.id
    db.session.commit()
    with acting_as(system_actor(2)):
        assert queries.find_receipt("BK20261124001") is None
        assert queries.find_plan(project_id) is None


def test_locking_begins_with_the_project(project, plan, monkeypatch):
    """Style §6: project before the rows of a room; every verb that writes asks for it first."""
    asked = []
    lock = projects.lock_project
    monkeypatch.setattr(projects, "lock_project", lambda project_id: asked.append(project_id) or lock(project_id))
    receive(project)
    refund = ask_back(project)
    fees.approve_refund(refund.id, actor=GM)
    fees.receive_deposit(project.id, 1, source="BK1", actor=FINANCE)
    assert asked == [project.id] * 4
