"""Ceilings, fast path, validity, declining schedule, claims and release of letters."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from app.business.letters.errors import ClaimTooLate
from app.business.letters.rules import (
    AgeTerms,
    Decision,
    LetterKind,
    LetterTerms,
    Step,
    amount_on_fen,
    bid_validity_findings,
    ceiling_findings,
    company_age_decision,
    enforcement_ratio,
    is_releasable,
    live_letter_findings,
    re_guarantee_letter_fen,
    require_claim_in_time,
    schedule_findings,
    takes_fast_path,
    worst,
)
from app.core.money import yuan

TERMS = LetterTerms()
I, M, R = Decision.ISSUE, Decision.MANUAL, Decision.REJECT


def codes(findings):
    return [finding.code for finding in findings]


@pytest.mark.parametrize(
    ("hits", "result"), [([], I), ([I], I), ([I, M], M), ([M, R, I], R), ([M, M], M), ([R], R)]
)
def test_rules_15_the_worst_hit_decides(hits, result):
    assert worst(hits) is result


@pytest.mark.parametrize(
    ("enforcement", "exceeds"),
    [
        pytest.param(200_000, False, id="rules 15.4"),
        pytest.param(300_000, False, id="ten percent"),
        pytest.param(300_001, True, id="rules 15.5"),
    ],
)
def test_lr09_enforcement_is_compared_unrounded(enforcement, exceeds):
    ratio = enforcement_ratio(yuan(enforcement), yuan(3_000_000))
    assert (ratio.value > Fraction(1, 10)) is exceeds


@pytest.mark.parametrize(
    ("on", "decision"),
    [
        ("2025-07-14", R),
        ("2025-07-15", M),
        pytest.param("2025-12-15", M, id="rules 15.9 eleven months"),
        ("2026-01-15", M),
        ("2026-01-16", I),
    ],
)
def test_lr11_six_and_twelve_months_are_looked_at(on, decision):
    assert company_age_decision(date(2025, 1, 15), date.fromisoformat(on), AgeTerms()) is decision


@pytest.mark.parametrize(
    ("kind", "letter", "price", "fits"),
    [
        ("BID_BOND", 20_000, 1_000_000, True),
        ("BID_BOND", "20000.01", 1_000_000, False),
        ("PERFORMANCE_BOND", 100_000, 1_000_000, True),
        ("PERFORMANCE_BOND", 100_001, 1_000_000, False),
        ("QUALITY_BOND", 30_000, 1_000_000, True),
        ("WAGE_BOND", 30_001, 1_000_000, False),
        ("INTENT_LETTER", 9_000_000, 1_000_000, True),
    ],
)
def test_lr18_a_letter_stays_within_the_ceiling_of_its_kind(kind, letter, price, fits):
    found = ceiling_findings(LetterKind(kind), yuan(letter), yuan(price), TERMS)
    assert codes(found) == ([] if fits else ["letters.amount.above_ceiling"])


def test_a_re_guarantee_letter_is_our_share():
    assert re_guarantee_letter_fen(yuan(3_000_000), Decimal(20)) == yuan(600_000)  # rules 15.7


@pytest.mark.parametrize(
    ("kind", "amount", "decision", "fast"),
    [
        ("BID_BOND", 800_000, I, True),
        ("BID_BOND", 800_001, I, False),
        ("PERFORMANCE_BOND", 2_000_000, I, True),
        ("PERFORMANCE_BOND", 2_000_001, I, False),
        ("BID_BOND", 1, M, False),
        ("BID_BOND", 1, R, False),
    ],
)
def test_n4_small_clean_letters_take_the_fast_path(kind, amount, decision, fast):
    assert takes_fast_path(LetterKind(kind), yuan(amount), decision, TERMS) is fast


# ------------------------------------------------------------------ declining schedule

STEPS = [Step(date(2025, 3, 1), yuan(60)), Step(date(2025, 6, 1), 0)]


@pytest.mark.parametrize(
    ("on", "amount"),
    [("2025-02-28", 100), ("2025-03-01", 60), ("2025-05-31", 60), ("2025-06-01", 0), ("2026-01-01", 0)],
)
def test_n8_an_advance_payment_letter_declines_by_its_schedule(on, amount):
    assert amount_on_fen(yuan(100), STEPS, date.fromisoformat(on)) == yuan(amount)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (STEPS, []),
        ([], []),
        (STEPS[::-1], ["letters.schedule.dates", "letters.schedule.amounts"]),
        ([STEPS[0], STEPS[0]], ["letters.schedule.dates"]),
        ([Step(date(2025, 3, 1), yuan(101))], ["letters.schedule.amounts"]),
        ([Step(date(2025, 3, 1), -1)], ["letters.schedule.amounts"]),
    ],
)
def test_a_schedule_runs_forward_and_down(steps, expected):
    assert codes(schedule_findings(yuan(100), steps)) == expected


# ------------------------------------------------------------------ dates


def test_a_bid_bond_outlives_the_bid_by_thirty_days():
    assert bid_validity_findings(date(2025, 3, 31), date(2025, 3, 1), TERMS) == []
    assert codes(bid_validity_findings(date(2025, 3, 30), date(2025, 3, 1), TERMS)) == ["letters.validity.too_short"]


def test_three_live_letters_for_one_tender_warn():
    assert live_letter_findings(2, TERMS) == []
    (finding,) = live_letter_findings(3, TERMS)
    assert finding.severity == "WARN"


def test_a_claim_counts_until_the_last_day():
    require_claim_in_time(date(2025, 6, 30), date(2025, 6, 30))
    require_claim_in_time(date(2035, 6, 30), None)
    with pytest.raises(ClaimTooLate) as refused:
        require_claim_in_time(date(2025, 7, 1), date(2025, 6, 30))
    assert "2025-07-01" in str(refused.value)


@pytest.mark.parametrize(
    ("on", "end", "returned", "closed", "expected"),
    [
        ("2025-03-01", "2025-06-30", True, False, True),
        ("2025-07-30", "2025-06-30", False, False, False),
        ("2025-07-31", "2025-06-30", False, False, True),
        ("2030-01-01", None, True, False, False),
        ("2025-01-01", None, False, True, True),
    ],
)
def test_n9_when_a_letter_is_released(on, end, returned, closed, expected):
    released = is_releasable(
        date.fromisoformat(on),
        end and date.fromisoformat(end),
        claim_days=30,
        original_returned=returned,
        case_closed=closed,
    )
    assert released is expected
