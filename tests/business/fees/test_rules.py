"""Fees by every method, their floors, refunds, and what is still due."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.business.fees.errors import (
    AllocationExceedsItem,
    AllocationExceedsReceipt,
    FeeBasisIncomplete,
    RefundExceedsReceipts,
)
from app.business.fees.rules import (
    Charge,
    FeeBasis,
    FeeItemStatus,
    FeeMethod,
    FeeTerms,
    Receivable,
    RefundTerms,
    charges_refund_fen,
    fee_items_fen,
    instalment_fees_fen,
    item_status,
    plan_findings,
    policy_rate_findings,
    refund_fen,
    require_allocatable,
    require_refundable,
    unpaid_findings,
    years_of,
)
from app.core.dates import days_between
from app.core.money import yuan

TERMS = FeeTerms()
NO_FLOOR = FeeTerms(min_fee_fen=0)


def a_basis(method, amount="0", rate="0", **figures):
    return FeeBasis(FeeMethod(method), yuan(amount), Decimal(rate), **figures)


@pytest.mark.parametrize(
    ("basis", "fees"),
    [
        pytest.param(a_basis("MONTH", "3000000", "0.015", months=12), ["45000.00"], id="rules 1.1"),
        pytest.param(a_basis("MONTH", "5000000", "0.012", months=18), ["90000.00"], id="rules 1.2"),
        pytest.param(a_basis("DAY", "1234567.89", "0.018", days=200), ["12176.56"], id="rules 1.3"),
        pytest.param(
            a_basis("DAY", "2000000", "0.01", days=days_between(date(2020, 3, 1), date(2021, 2, 28))),
            ["19945.21"],
            id="rules 1.4",
        ),
        pytest.param(
            a_basis("INSTALMENT", rate="0.01", months=36, balances_fen=tuple(map(yuan, (9_000_000, 6_000_000, 3_000_000)))),
            ["90000.00", "60000.00", "30000.00"],
            id="rules 1.5",
        ),
        pytest.param(a_basis("MONTH", "50000", "0.008", months=6), ["500.00"], id="rules 1.6 floor"),
        pytest.param(a_basis("LETTER", "800000", "0.001", days=60), ["800.00"], id="rules 1.7"),
        pytest.param(a_basis("LETTER", "5000000", "0.001", days=365), ["25000.00"], id="rules 1.8"),
        pytest.param(a_basis("LETTER", "2000000", "0.0015", days=181), ["9000.00"], id="rules 1.9"),
        pytest.param(a_basis("LETTER", "2000000", "0.0015", days=180), ["6000.00"], id="two quarters exactly"),
        pytest.param(a_basis("LETTER", "10000", "0.001", days=90), ["500.00"], id="letter floor"),
        pytest.param(a_basis("FLAT", agreed_fen=yuan(300)), ["300.00"], id="flat has no formula and no floor"),
    ],
)
def test_fee(basis, fees):
    assert fee_items_fen(basis, TERMS) == [yuan(fee) for fee in fees]


def test_the_floor_does_not_bind_micro_batch_items():
    assert fee_items_fen(a_basis("MONTH", "50000", "0.008", months=6), NO_FLOOR) == [yuan("200.00")]


def test_the_last_part_year_of_instalments_counts_by_months():
    fees = instalment_fees_fen([yuan(9_000_000), yuan(6_000_000)], Decimal("0.01"), 18, TERMS)
    assert fees == [yuan(90_000), yuan(30_000)]


def test_an_instalment_plan_below_the_floor_is_made_up_in_the_first_year():
    fees = instalment_fees_fen([yuan(20_000), yuan(10_000)], Decimal("0.01"), 24, TERMS)
    assert fees == [yuan(400), yuan(100)]


@pytest.mark.parametrize(("years", "months"), [(2, 36), (3, 24), (0, 0)])
def test_instalments_need_a_balance_for_each_year(years, months):
    with pytest.raises(FeeBasisIncomplete):
        instalment_fees_fen([yuan(1)] * years, Decimal("0.01"), months, TERMS)


@pytest.mark.parametrize(("method", "missing"), [("MONTH", "期限（月）"), ("DAY", "天数"), ("LETTER", "天数"), ("FLAT", "约定费用")])
def test_a_missing_figure_is_named(method, missing):
    with pytest.raises(FeeBasisIncomplete) as refused:
        fee_items_fen(a_basis(method, "100", "0.01"), TERMS)
    assert missing in str(refused.value)


@given(st.integers(0, 10**13), st.integers(0, 200_000), st.integers(0, 3650))
def test_a_fee_is_the_rounded_exact_amount(amount_fen, rate_millionths, days):
    basis = FeeBasis(FeeMethod.DAY, amount_fen, Decimal(rate_millionths) / 10**6, days=days)
    (fee,) = fee_items_fen(basis, NO_FLOOR)
    exact_numerator, denominator = amount_fen * rate_millionths * days, 365 * 10**6
    assert 2 * exact_numerator - denominator < 2 * fee * denominator <= 2 * exact_numerator + denominator


@pytest.mark.parametrize(
    ("planned", "codes"),
    [
        (["45000.00"], []),
        (["22500.00", "22500.01"], []),
        (["45000.02"], ["fees.plan.total_differs"]),
        (["44999.98"], ["fees.plan.total_differs"]),
        (["45001.00", "-1.00"], ["fees.plan.negative_item"]),
    ],
)
def test_x4_the_plan_is_recomputed_to_a_fen(planned, codes):
    basis = a_basis("MONTH", "3000000", "0.015", months=12)
    assert [finding.code for finding in plan_findings([yuan(p) for p in planned], basis, TERMS)] == codes


def test_x4_knows_the_floor():
    assert plan_findings([yuan(500)], a_basis("MONTH", "50000", "0.008", months=6), TERMS) == []


def test_policy_business_above_one_percent_warns():
    (finding,) = policy_rate_findings(Decimal("0.010001"), TERMS, is_policy=True)
    assert finding.severity == "WARN"
    assert policy_rate_findings(Decimal("0.01"), TERMS, is_policy=True) == []
    assert policy_rate_findings(Decimal("0.02"), TERMS, is_policy=False) == []


# ------------------------------------------------------------------ refund


@pytest.mark.parametrize(
    ("received", "total", "left", "factor", "refund"),
    [
        pytest.param("45000.00", 365, 120, "1", "14794.52", id="rules 2.1"),
        pytest.param("45000.00", 365, 29, "1", "0.00", id="rules 2.2 too few days left"),
        pytest.param("90000.00", 547, 200, "0.8", "26325.41", id="rules 2.3"),
        pytest.param("45000.00", 365, 30, "1", "3698.63", id="thirty days are enough"),
        pytest.param("45000.00", 365, 365, "1", "45000.00", id="never begun"),
    ],
)
def test_refund(received, total, left, factor, refund):
    terms = RefundTerms(min_days_left=30, factor=Decimal(factor))
    assert refund_fen(yuan(received), left, total, terms) == yuan(refund)


@pytest.mark.parametrize(("left", "total"), [(-1, 10), (11, 10), (0, 0)])
def test_days_left_lie_within_the_guarantee(left, total):
    with pytest.raises(ValueError, match="days"):
        refund_fen(yuan(100), left, total, RefundTerms())


START, END = date(2026, 1, 1), date(2029, 1, 1)


def yearly(*paid):
    years = years_of(START, END, 3)
    return [Charge(begin, end, yuan(fee)) for (begin, end), fee in zip(years, [*paid, *[0] * (3 - len(paid))], strict=True)]


@pytest.mark.parametrize(
    ("paid", "ended_on", "refund"),
    [
        pytest.param([90_000], START, "90000.00", id="never begun"),
        pytest.param([90_000], date(2026, 7, 2), "45123.29", id="183 of 365 days of the only year paid"),
        pytest.param([90_000, 60_000], date(2027, 7, 2), "30082.19", id="of the second year; the first is used up"),
        pytest.param([90_000, 60_000], date(2026, 7, 2), "105123.29", id="and the year paid ahead whole"),
        pytest.param([90_000], date(2026, 12, 3), "0.00", id="29 days of what was paid are too few"),
        pytest.param([90_000], date(2027, 6, 1), "0.00", id="beyond what was paid"),
        pytest.param([], START, "0.00", id="nothing paid"),
    ],
)
def test_of_fees_paid_by_the_year_the_unused_part_of_each_goes_back(paid, ended_on, refund):
    assert charges_refund_fen(yearly(*paid), ended_on, RefundTerms()) == yuan(refund)


def test_one_charge_for_all_is_the_rule_itself():
    """rules Ex 2.1."""
    charge = Charge(date(2026, 1, 1), date(2027, 1, 1), yuan(45_000))
    assert charges_refund_fen([charge], date(2026, 9, 3), RefundTerms()) == yuan("14794.52")


def test_years_end_with_the_guarantee():
    assert years_of(date(2026, 3, 1), date(2027, 9, 4), 2) == [
        (date(2026, 3, 1), date(2027, 3, 1)),
        (date(2027, 3, 1), date(2027, 9, 4)),
    ]
    assert years_of(date(2026, 3, 1), date(2026, 9, 1), 2)[1] == (date(2026, 9, 1), date(2026, 9, 1))


def test_refunds_never_exceed_what_came_in():
    require_refundable(yuan(30), received_fen=yuan(100), refunded_fen=yuan(70))
    with pytest.raises(RefundExceedsReceipts) as refused:
        require_refundable(yuan("30.01"), received_fen=yuan(100), refunded_fen=yuan(70))
    assert str(refused.value) == "退费金额 30.01 元超过可退金额 30.00 元（已收减已退）"


# ------------------------------------------------------------------ receivables

DUE = date(2025, 6, 30)


def an_item(amount=100, waived=0, allocated=0):
    return Receivable(yuan(amount), DUE, yuan(waived), yuan(allocated))


@pytest.mark.parametrize(
    ("item", "on", "status"),
    [
        (an_item(), DUE, FeeItemStatus.DUE),
        (an_item(allocated=40), DUE, FeeItemStatus.PART),
        (an_item(allocated=40), date(2025, 7, 1), FeeItemStatus.OVERDUE),
        (an_item(allocated=60, waived=40), date(2025, 7, 1), FeeItemStatus.PAID),
        (an_item(waived=100), date(2025, 7, 1), FeeItemStatus.WAIVED),
    ],
)
def test_status_of_a_fee_item(item, on, status):
    assert item_status(item, on) is status


def test_allocations_stay_within_item_and_receipt():
    item = an_item(waived=30, allocated=20)
    require_allocatable(yuan(50), item, receipt_left_fen=yuan(50))
    with pytest.raises(AllocationExceedsItem):
        require_allocatable(yuan("50.01"), item, receipt_left_fen=yuan(100))
    with pytest.raises(AllocationExceedsReceipt):
        require_allocatable(yuan(50), item, receipt_left_fen=yuan("49.99"))


def test_x10_fees_before_disbursement_are_paid_or_waived():
    assert unpaid_findings([an_item(allocated=100), an_item(waived=100)]) == []
    (finding,) = unpaid_findings([an_item(allocated=100), an_item(allocated=40)])
    assert "60.00" in finding.message
