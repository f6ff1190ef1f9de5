"""Running balances, liability balance, magnification, concentration, own exposure."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.business.customers.rules import CustomerClass
from app.business.ledger.errors import AmountNotPositive, OutstandingExceedsContract, ReleaseExceedsOutstanding
from app.business.ledger.rules import (
    WEIGHTS_2018,
    Capital,
    EntryKind,
    Holding,
    LiabilityBase,
    LiabilityClass,
    LiabilityItem,
    LiabilityKind,
    LiabilityTerms,
    LimitTerms,
    Posting,
    concentration_counted_fen,
    group_concentration,
    is_focus_company,
    is_releasable,
    leverage,
    liability_balance_fen,
    liability_rows,
    lowest_outstanding_fen,
    outstanding_on_fen,
    own_exposure_fen,
    own_outstanding_fen,
    require_postable,
    running_balances,
    signed_fen,
    single_concentration,
)
from app.core.money import Ratio, yuan

START = date(2025, 1, 1)
LIMITS = LimitTerms()


def day(n):
    return START + timedelta(days=n)


def posting(n, amount):
    return Posting(day(n), yuan(amount))


# ------------------------------------------------------------------ running balance


@pytest.mark.parametrize(
    ("kind", "sign"), [("DISBURSE", 1), ("REPAY", -1), ("RELEASE", -1), ("COMPENSATE", -1)]
)
def test_the_kind_gives_the_sign(kind, sign):
    assert signed_fen(EntryKind(kind), 500) == sign * 500
    with pytest.raises(AmountNotPositive):
        signed_fen(EntryKind(kind), 0)


@pytest.mark.parametrize("kind", [EntryKind.ADJUST, EntryKind.REVERSAL])
def test_adjustments_carry_their_own_sign(kind):
    with pytest.raises(ValueError, match="sign"):
        signed_fen(kind, 500)


def test_balances_stand_at_the_end_of_their_day_in_order_of_effect():
    balances = running_balances([posting(30, -40), posting(0, 100), posting(10, -30), posting(30, 5)])
    assert [(b.day, b.outstanding_fen) for b in balances] == [
        (day(0), yuan(100)),
        (day(10), yuan(70)),
        (day(30), yuan(35)),
    ]
    assert running_balances([]) == []


def test_outstanding_as_of_a_day():
    postings = [posting(0, 100), posting(10, -30)]
    assert outstanding_on_fen(postings, day(-1)) == 0
    assert outstanding_on_fen(postings, day(9)) == yuan(100)
    assert outstanding_on_fen(postings, day(10)) == yuan(70)


def test_the_lowest_later_balance_limits_an_early_release():
    postings = [posting(0, 100), posting(20, -80), posting(40, 50)]
    assert lowest_outstanding_fen(postings, day(5)) == yuan(20)
    assert lowest_outstanding_fen(postings, day(40)) == yuan(70)


def test_entities_9_1_a_release_may_not_exceed_what_is_outstanding_on_any_later_day():
    postings = [posting(0, 100), posting(20, -80)]
    require_postable(postings, posting(5, -20), yuan(100))
    with pytest.raises(ReleaseExceedsOutstanding) as refused:
        require_postable(postings, posting(5, "-20.01"), yuan(100))
    assert str(refused.value) == "解保金额 20.01 元超过在保余额 20.00 元"


def test_entities_9_1_a_release_before_the_disbursement_is_refused():
    with pytest.raises(ReleaseExceedsOutstanding):
        require_postable([posting(10, 100)], posting(9, -1), yuan(100))


def test_entities_9_1_the_balance_never_exceeds_the_contract():
    require_postable([posting(0, 60), posting(5, -10)], posting(6, 50), yuan(100))
    with pytest.raises(OutstandingExceedsContract) as refused:
        require_postable([posting(0, 60), posting(5, -10)], posting(3, 50), yuan(100))
    assert "2025-01-04" in str(refused.value)


def test_two_repayments_of_one_day_count_together():
    postings = [posting(0, 100), posting(10, -60)]
    with pytest.raises(ReleaseExceedsOutstanding):
        require_postable(postings, posting(10, -60), yuan(100))


POSTINGS = st.lists(st.builds(posting, st.integers(0, 40), st.integers(-60, 60)), max_size=12)


@given(POSTINGS)
def test_a_ledger_built_through_the_check_never_leaves_its_bounds(candidates):
    contract_fen, accepted = yuan(100), []
    for candidate in candidates:
        try:
            require_postable(accepted, candidate, contract_fen)
        except (ReleaseExceedsOutstanding, OutstandingExceedsContract):
            continue
        accepted.append(candidate)
    for n in range(42):
        assert 0 <= outstanding_on_fen(accepted, day(n)) <= contract_fen


@given(POSTINGS)
def test_the_check_refuses_only_what_would_leave_the_bounds(candidates):
    contract_fen, accepted = yuan(100), []
    for candidate in candidates:
        together = [*accepted, candidate]
        fits = all(0 <= outstanding_on_fen(together, day(n)) <= contract_fen for n in range(42))
        try:
            require_postable(accepted, candidate, contract_fen)
        except (ReleaseExceedsOutstanding, OutstandingExceedsContract):
            assert not fits
        else:
            assert fits
            accepted.append(candidate)


def test_entities_9_5_released_needs_nothing_outstanding_and_no_claim():
    assert is_releasable(0, open_claims=0)
    assert not is_releasable(1, open_claims=0)
    assert not is_releasable(0, open_claims=1)


# ------------------------------------------------------------------ own exposure


def test_rules_5_own_share_of_an_item():
    assert own_outstanding_fen(yuan(5_000_000), Decimal(40)) == yuan(2_000_000)


def test_rules_5_own_exposure_of_a_customer():
    holdings = [Holding(yuan(3_000_000), Decimal(80)), Holding(yuan(5_000_000), Decimal(20))]
    assert own_exposure_fen(holdings) == yuan(3_400_000)


# ------------------------------------------------------------------ liability balance


def an_item(amount, kind="LOAN", customer=1, customer_class="MICRO", own="100", rating=None):
    return LiabilityItem(
        customer, LiabilityKind(kind), CustomerClass(customer_class), yuan(amount), Decimal(own), rating
    )


def balance(*items, terms=None):
    return liability_balance_fen(liability_rows(items, terms or LiabilityTerms()))


def test_rules_9_1_liability_balance_of_a_company():
    items = [
        *(an_item(5_000_000, customer=n, customer_class="SMALL") for n in range(60)),
        *(an_item(2_000_000, customer=100 + n, customer_class="FARMER") for n in range(20)),
        *(an_item(1_000_000, "HOUSING", customer=200 + n, customer_class="OTHER_PERSON") for n in range(20)),
        an_item(140_000_000, customer=300, customer_class="LARGE"),
        an_item(100_000_000, "BOND", customer=301, customer_class="LARGE", rating="AA"),
        an_item(50_000_000, "BOND", customer=302, customer_class="LARGE", rating="AA-"),
        an_item(10_000_000, "OTHER_FINANCING", customer=303, customer_class="MEDIUM"),
        an_item(77_000_000, "NONE", customer=304, customer_class="MEDIUM"),
    ]
    assert balance(*items) == yuan("541000000.00")


@pytest.mark.parametrize(
    ("items", "liability"),
    [
        pytest.param([an_item(3_000_000), an_item(2_000_000)], "3750000.00", id="rules 9.2"),
        pytest.param([an_item(3_000_000), an_item("2000000.01")], "5000000.01", id="rules 9.3"),
        pytest.param([an_item(2_000_000, customer_class="FARMER")], "1500000.00", id="rules 9.4 within"),
        pytest.param([an_item(2_100_000, customer_class="FARMER")], "2100000.00", id="rules 9.4 above"),
        pytest.param([an_item(2_100_000, customer_class="MICRO_OWNER")], "1575000.00", id="rules 9.4 owner"),
        pytest.param([an_item(5_000_000, "NONE")], "0.00", id="rules 9.5"),
        pytest.param([an_item(4_000_000), an_item(9_000_000, "NONE")], "3000000.00", id="letters are no loans"),
        pytest.param([an_item(4_000_000), an_item(4_000_000, customer=2)], "6000000.00", id="two customers"),
    ],
)
def test_liability_balance(items, liability):
    assert balance(*items) == yuan(liability)


def test_rules_23_5_limits_are_measured_on_the_full_balance_weights_on_the_base():
    shared = an_item(6_000_000, own="20")
    assert balance(shared) == yuan(1_200_000)
    assert balance(shared, terms=LiabilityTerms(base=LiabilityBase.FULL)) == yuan(6_000_000)
    small = an_item(4_000_000, own="20")
    assert balance(small) == yuan(600_000)
    assert balance(small, terms=LiabilityTerms(base=LiabilityBase.FULL)) == yuan(3_000_000)


@pytest.mark.parametrize(("rating", "expected"), [("AAA", "BOND_AA"), ("AA+", "BOND_AA"), ("AA-", "BOND_OTHER"), (None, "BOND_OTHER")])
def test_bonds_are_weighed_by_the_issuer(rating, expected):
    (row,) = liability_rows([an_item(100, "BOND", rating=rating)], LiabilityTerms())
    assert row.liability_class == expected
    assert row.weight_pct == WEIGHTS_2018[row.liability_class]


@pytest.mark.parametrize(
    ("customer_class", "expected"),
    [
        ("SMALL", "LOAN_SME"),
        ("MICRO", "LOAN_SME"),
        ("SELF_EMPLOYED", "LOAN_SME"),
        ("MICRO_OWNER", "LOAN_SME"),
        ("FARMER", "LOAN_FARMER"),
        ("MEDIUM", "LOAN_OTHER"),
        ("LARGE", "LOAN_OTHER"),
        ("OTHER_PERSON", "LOAN_OTHER"),
    ],
)
def test_loans_are_weighed_by_the_customer(customer_class, expected):
    (row,) = liability_rows([an_item(100, customer_class=customer_class)], LiabilityTerms())
    assert row.liability_class == LiabilityClass(expected)


# ------------------------------------------------------------------ magnification


@pytest.mark.parametrize(
    ("liability", "deduction", "is_focus", "multiple", "level"),
    [
        pytest.param(541_000_000, 0, False, "6.7625", "OK", id="rules 10.1"),
        pytest.param(541_000_000, 5_000_000, False, "7.2133", "OK", id="rules 10.2"),
        pytest.param(900_000_000, 0, False, "11.25", "RED", id="rules 10.3"),
        pytest.param(900_000_000, 0, True, "11.25", "OK", id="rules 10.4"),
        pytest.param(640_000_000, 16_000_000, False, "10", "ORANGE", id="rules 10.5"),
        pytest.param(640_000_000, 0, False, "8", "YELLOW", id="80 percent"),
        pytest.param(720_000_000, 0, False, "9", "ORANGE", id="90 percent"),
    ],
)
def test_magnification(liability, deduction, is_focus, multiple, level):
    capital = Capital(yuan(80_000_000), yuan(deduction))
    use = leverage(yuan(liability), capital, LIMITS, is_focus=is_focus)
    assert abs(use.ratio.value - Fraction(multiple)) <= Fraction(1, 20_000)
    assert use.level == level
    assert use.is_allowed == (level != "RED")


def test_without_capital_nothing_is_allowed():
    use = leverage(yuan(1), Capital(yuan(5), yuan(5)), LIMITS, is_focus=False)
    assert not use.is_allowed
    assert use.room_fen == 0


def test_room_is_what_may_still_be_taken():
    capital = Capital(yuan(80_000_000))
    use = single_concentration(yuan(7_600_000), capital, LIMITS)
    assert use.room_fen == yuan(400_000)
    assert single_concentration(yuan(7_600_000) + use.room_fen, capital, LIMITS).is_allowed
    assert not single_concentration(yuan(7_600_000) + use.room_fen + 1, capital, LIMITS).is_allowed


# ------------------------------------------------------------------ concentration


@pytest.mark.parametrize(
    ("counted", "net_assets", "percent", "level"),
    [
        pytest.param(7_600_000, 80_000_000, "9.5", "ORANGE", id="rules 11.1"),
        pytest.param(8_000_000, 80_000_000, "10", "ORANGE", id="rules 11.2"),
        pytest.param(8_000_001, 80_000_000, "10.00000125", "RED", id="rules 11.3"),
        pytest.param(7_200_000, 80_000_000, "9", "ORANGE", id="rules 17.5"),
        pytest.param(6_400_000, 80_000_000, "8", "YELLOW", id="80 percent"),
    ],
)
def test_single_concentration(counted, net_assets, percent, level):
    use = single_concentration(yuan(counted), Capital(yuan(net_assets)), LIMITS)
    assert use.ratio.value * 100 == Fraction(percent)
    assert use.level == level


def test_rules_11_4_group_concentration():
    use = group_concentration(yuan(12_100_000), Capital(yuan(80_000_000)), LIMITS)
    assert use.ratio.value * 100 == Fraction("15.125")
    assert not use.is_allowed


def test_rules_11_5_an_aa_bond_counts_sixty_percent():
    rows = liability_rows([an_item(20_000_000, "BOND", rating="AA")], LiabilityTerms())
    counted_fen = concentration_counted_fen(rows, LIMITS)
    assert counted_fen == yuan(12_000_000)
    use = single_concentration(counted_fen, Capital(yuan(200_000_000)), LIMITS)
    assert (use.ratio.value * 100, use.level) == (6, "OK")


def test_concentration_counts_other_items_weighted():
    rows = liability_rows([an_item(4_000_000)], LiabilityTerms())
    assert concentration_counted_fen(rows, LIMITS) == yuan(3_000_000)


@pytest.mark.parametrize(
    ("small", "clients", "expected"),
    [(50, 80, True), (49, 80, False), (50, 79, False)],
)
def test_who_mainly_serves_small_business(small, clients, expected):
    assert is_focus_company(Ratio(yuan(small), yuan(100)), clients, 100, LIMITS) is expected


def test_a_company_without_business_serves_nobody_mainly():
    assert not is_focus_company(Ratio(0, 0), 0, 0, LIMITS)
