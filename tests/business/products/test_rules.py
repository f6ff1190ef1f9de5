"""Risk-share schemes, compensation split, premium and product limits."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.business.products.errors import PremiumRateAboveCeiling, SchemeRefused
from app.business.products.rules import (
    STANDARD_SCHEMES,
    Claim,
    CompensationTerms,
    PartyKind,
    PremiumCeilings,
    ProductLimits,
    SchemeTerms,
    Share,
    covered_interest_fen,
    covered_loss_fen,
    effective_premium_rate,
    premium_by_days_fen,
    premium_by_months_fen,
    premium_on_fee_fen,
    product_findings,
    require_rate_within_ceiling,
    require_valid_scheme,
    scheme_findings,
    share_of,
    split_by_scheme,
    split_compensation,
    surplus_scheme,
    surplus_share,
)
from app.core.money import yuan

G, P, N, B, L = (
    PartyKind.DIRECT_GUARANTOR,
    PartyKind.REGUARANTOR,
    PartyKind.NATIONAL_FUND,
    PartyKind.BANK,
    PartyKind.LOCAL_GOV,
)
TERMS = SchemeTerms()


def scheme(*percents, parties=(G, P, N, B)):
    return [Share(party, Decimal(percent)) for party, percent in zip(parties, percents, strict=False)]


def codes(findings):
    return [finding.code for finding in findings]


@pytest.mark.parametrize("name", STANDARD_SCHEMES)
def test_standard_schemes_are_whole(name):
    assert scheme_findings(STANDARD_SCHEMES[name], TERMS) == []


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        pytest.param(scheme("40", "20", "20", "20"), [], id="rules 4: 40/20/20/20"),
        pytest.param(scheme("40", "30", "20", "5", parties=(G, P, B, L)), ["products.scheme.sum"], id="rules 4: 95"),
        pytest.param(
            scheme("60", "40", "0", parties=(G, P, B)),
            ["products.scheme.not_positive", "products.scheme.low_share"],
            id="rules 4: zero share",
        ),
        pytest.param(scheme("33.3333", "33.3333", "33.3334", parties=(G, P, B)), [], id="rules 4: thirds"),
        pytest.param(scheme("33.33333", "66.66667"), ["products.scheme.decimals"], id="five decimals"),
        pytest.param(scheme("50", "50", parties=(P, B)), ["products.scheme.guarantor"], id="no guarantor"),
        pytest.param(scheme("50", "50", parties=(G, G)), ["products.scheme.guarantor"], id="two guarantors"),
        pytest.param(scheme("90", "10", parties=(G, B)), ["products.scheme.low_share"], id="bank below 20"),
        pytest.param([], ["products.scheme.sum", "products.scheme.guarantor"], id="empty"),
    ],
)
def test_scheme_validity(shares, expected):
    assert codes(scheme_findings(shares, TERMS)) == expected


def test_only_what_blocks_refuses_a_scheme():
    require_valid_scheme(scheme("90", "10", parties=(G, B)), TERMS)
    with pytest.raises(SchemeRefused) as refused:
        require_valid_scheme(scheme("60", "40", "0", parties=(G, P, B)), TERMS)
    assert codes(refused.value.findings) == ["products.scheme.not_positive"]


def test_share_of_a_party():
    assert share_of(STANDARD_SCHEMES["S4222"], P) == 20
    assert share_of(STANDARD_SCHEMES["S82"], P) == 0


@pytest.mark.parametrize(("amount", "percent"), [(2_000_000, 0), (5_000_000, 40), (12_000_000, 75)])
def test_rules_4_surplus_share(amount, percent):
    assert surplus_share(yuan(amount), yuan(3_000_000)) == Fraction(percent, 100)


def test_a_surplus_scheme_is_whole():
    assert surplus_scheme(yuan(2_000_000), yuan(3_000_000)) == (Share(G, Decimal(100)),)
    sevenths = surplus_scheme(yuan(7_000_000), yuan(3_000_000))
    assert share_of(sevenths, P) == Decimal("57.1429")
    assert scheme_findings(sevenths, TERMS) == []
    with pytest.raises(ValueError, match="amount"):
        surplus_share(0, 1)


# ------------------------------------------------------------------ compensation split


@pytest.mark.parametrize(
    ("loss", "name", "bank", "reguarantor", "national", "local", "net", "paid"),
    [
        pytest.param("2050000.00", "S4222", "410000", "410000", "410000", "0", "820000", "1640000", id="rules 6.1"),
        pytest.param(
            "1000000.01", "S4321", "200000", "300000", "0", "100000", "400000.01", "800000.01", id="rules 6.2"
        ),
        pytest.param(
            "333333.33", "S4222", "66666.67", "66666.67", "66666.67", "0", "133333.32", "266666.66", id="rules 6.3"
        ),
        pytest.param("500000.00", "S55", "0", "250000", "0", "0", "250000", "500000", id="rules 6.4"),
    ],
)
def test_compensation_split(loss, name, bank, reguarantor, national, local, net, paid):
    split = split_compensation(yuan(loss), STANDARD_SCHEMES[name])
    assert split.bank_borne_fen == yuan(bank)
    assert split.reguarantor_fen == yuan(reguarantor)
    assert split.national_fund_fen == yuan(national)
    assert split.local_gov_fen == yuan(local)
    assert split.guarantor_net_fen == yuan(net)
    assert split.guarantor_paid_fen == yuan(paid)
    assert split.re_compensation_fen == yuan(reguarantor) + yuan(national)


@given(st.integers(0, 10**14), st.sampled_from(sorted(STANDARD_SCHEMES)))
def test_a_split_loses_nothing(loss_fen, name):
    shares = STANDARD_SCHEMES[name]
    parts = split_by_scheme(loss_fen, shares)
    assert sum(parts) == loss_fen
    for share, part in zip(shares, parts, strict=True):
        slack = 2 if share.party is G else Fraction(1, 2)
        assert abs(part - loss_fen * Fraction(share.share_pct) / 100) <= slack


def test_rules_6_5_interest_is_covered_for_ninety_days():
    claim = Claim(yuan(2_000_000), interest_rate=Decimal("0.0435"), overdue_days=120)
    assert covered_interest_fen(claim, CompensationTerms()) == yuan("21750.00")
    assert covered_loss_fen(claim, CompensationTerms()) == yuan("2021750.00")


def test_penalty_interest_only_where_agreed():
    claim = Claim(yuan(100), penalty_fen=yuan(7), agreed_costs_fen=yuan(3))
    assert covered_loss_fen(claim, CompensationTerms()) == yuan(103)
    assert covered_loss_fen(claim, CompensationTerms(penalty_covered=True)) == yuan(110)


# ------------------------------------------------------------------ premium


@pytest.mark.parametrize(
    ("amount", "share", "rate", "months", "premium"),
    [
        pytest.param(4_000_000, "40", "0.003", 12, "4800.00", id="rules 3.1"),
        pytest.param(8_000_000, "40", "0.005", 12, "16000.00", id="rules 3.2"),
    ],
)
def test_premium_on_liability_by_months(amount, share, rate, months, premium):
    assert premium_by_months_fen(yuan(amount), Decimal(share), Decimal(rate), months) == yuan(premium)


def test_rules_3_3_premium_on_liability_by_days():
    assert premium_by_days_fen(yuan(3_000_000), Decimal(20), Decimal("0.003"), 240) == yuan("1183.56")


def test_rules_3_4_premium_on_the_fee():
    assert premium_on_fee_fen(yuan(36_000), Decimal("0.2")) == yuan("7200.00")


def test_rules_3_5_a_rate_above_the_ceiling_is_refused():
    ceilings = PremiumCeilings()
    require_rate_within_ceiling(Decimal("0.003"), yuan(5_000_000), ceilings)
    require_rate_within_ceiling(Decimal("0.005"), yuan("5000000.01"), ceilings)
    with pytest.raises(PremiumRateAboveCeiling) as refused:
        require_rate_within_ceiling(Decimal("0.004"), yuan(4_000_000), ceilings)
    assert str(refused.value) == "再担保费率 0.4000% 超过该项目适用的上限 0.30%，请调低费率"
    with pytest.raises(PremiumRateAboveCeiling):
        require_rate_within_ceiling(Decimal("0.0051"), yuan(6_000_000), ceilings)


def test_rules_23_7_the_ceiling_binds_premium_on_fee_too():
    rate = effective_premium_rate(yuan(7_200), yuan(4_000_000), Decimal(40), months=12)
    assert rate == Fraction(45, 10_000)
    with pytest.raises(PremiumRateAboveCeiling):
        require_rate_within_ceiling(rate, yuan(4_000_000), PremiumCeilings())
    with pytest.raises(ValueError, match="liability"):
        effective_premium_rate(1, 0, Decimal(40), 12)


# ------------------------------------------------------------------ product limits

LIMITS = ProductLimits(yuan(100_000), yuan(5_000_000), 36, Decimal("0.005"), Decimal("0.015"))


@pytest.mark.parametrize(
    ("amount", "months", "rate", "expected"),
    [
        (100_000, 36, "0.005", []),
        (5_000_000, 12, "0.015", []),
        (99_999, 12, "0.01", ["products.amount.below_minimum"]),
        (5_000_001, 37, "0.016", ["products.amount.above_maximum", "products.term.above_maximum"]),
        (1_000_000, 12, "0.004999", []),
    ],
)
def test_product_limits_include_their_bounds(amount, months, rate, expected):
    found = codes(product_findings(yuan(amount), months, Decimal(rate), LIMITS))
    in_range = LIMITS.min_fee_rate <= Decimal(rate) <= LIMITS.max_fee_rate
    assert found == expected + ([] if in_range else ["products.fee_rate.out_of_range"])


def test_no_bound_is_no_limit():
    assert product_findings(yuan(10**9), 999, None, ProductLimits()) == []
