"""Status, phase, amounts, dates, approval validity and people of a project."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from app.business.projects.errors import ApprovalExpired, ApprovalNotExtendable, TransitionNotAllowed
from app.business.projects.rules import (
    BEFORE_RESOLUTION,
    ENDED,
    NEEDS_CONTRACT_VOID,
    RETURNABLE,
    TRANSITIONS,
    AmountChain,
    ApprovalTerms,
    DateTerms,
    Phase,
    ProjectStatus,
    amount_findings,
    approval_valid_to,
    date_findings,
    expires,
    extended_valid_to,
    guarantee_amount_fen,
    guarantee_amount_findings,
    is_approval_valid,
    may_become,
    people_findings,
    phase_of,
    require_transition,
    require_valid_approval,
)
from app.core.money import yuan

S = ProjectStatus


def codes(findings):
    return [finding.code for finding in findings]


# ------------------------------------------------------------------ status

MAIN_LINE = (
    "DRAFT SUBMITTED ACCEPTED IN_DD IN_RISK_REVIEW IN_COMMITTEE APPROVED CONTRACTING CONTRACTED CONDITIONS_MET "
    "IN_FORCE PARTLY_RELEASED RELEASED ARCHIVED"
).split()


def test_entities_4_6_the_main_line_can_be_walked():
    for current, target in zip(MAIN_LINE, MAIN_LINE[1:], strict=False):
        require_transition(S(current), S(target))
    require_transition(S.IN_FORCE, S.RELEASED)


def test_every_status_has_its_ways_and_can_be_reached():
    assert set(TRANSITIONS) == set(S)
    reached, open_ = {S.DRAFT}, [S.DRAFT]
    while open_:
        new = TRANSITIONS[open_.pop()] - reached
        reached |= new
        open_ += new
    assert reached == set(S)


def test_from_everywhere_an_end_can_be_reached():
    for status in S:
        reached, open_ = {status}, [status]
        while open_:
            new = TRANSITIONS[open_.pop()] - reached
            reached |= new
            open_ += new
        assert reached & ENDED, status


def test_where_the_way_ends():
    assert ENDED == {S.ARCHIVED, S.CLOSED, S.WITHDRAWN, S.APPROVAL_EXPIRED, S.CANCELLED}


@pytest.mark.parametrize(
    ("way"),
    [
        pytest.param("IN_RISK_REVIEW APPROVED", id="D10a delegated"),
        pytest.param("IN_COMMITTEE DEFERRED IN_DD", id="G3 deferred, supplemented"),
        pytest.param("IN_COMMITTEE VETOED RECONSIDERING IN_COMMITTEE APPROVED", id="reconsidered"),
        pytest.param("IN_COMMITTEE REJECTED RECONSIDERING REJECTED", id="reconsideration refused"),
        pytest.param("IN_RISK_REVIEW RETURNED IN_RISK_REVIEW", id="returned and resumed"),
        pytest.param("IN_RISK_REVIEW RETURNED SUBMITTED", id="returned and run again"),
        pytest.param("CONTRACTING APPROVAL_EXPIRED", id="validity over before the contract"),
        pytest.param("IN_FORCE OVERDUE IN_FORCE", id="cured"),
        pytest.param("OVERDUE COMPENSATED IN_RECOVERY WRITTEN_OFF CLOSED", id="compensated and written off"),
    ],
)
def test_side_ways(way):
    stations = way.split()
    for current, target in zip(stations, stations[1:], strict=False):
        assert may_become(S(current), S(target)), (current, target)


@pytest.mark.parametrize(
    ("current", "target"),
    [
        ("DRAFT", "APPROVED"),
        ("SUBMITTED", "IN_FORCE"),
        ("APPROVED", "WITHDRAWN"),
        ("APPROVED", "IN_FORCE"),
        ("APPROVED", "RETURNED"),
        ("CONTRACTED", "APPROVAL_EXPIRED"),
        ("OVERDUE", "RELEASED"),
        ("RELEASED", "IN_FORCE"),
        ("ARCHIVED", "DRAFT"),
        ("IN_FORCE", "IN_FORCE"),
    ],
)
def test_ways_the_process_does_not_have_are_refused(current, target):
    with pytest.raises(TransitionNotAllowed) as refused:
        require_transition(S(current), S(target))
    assert current in str(refused.value)


def test_processes_0_3_withdrawal_only_before_the_resolution():
    assert {status for status in S if may_become(status, S.WITHDRAWN)} == BEFORE_RESOLUTION


def test_what_was_returned_goes_back_only_where_it_can_come_from():
    assert TRANSITIONS[S.RETURNED] == RETURNABLE | {S.WITHDRAWN}


def test_after_the_contract_only_its_voiding_cancels():
    cancellable = {status for status in S if may_become(status, S.CANCELLED)}
    assert cancellable == {S.APPROVED, S.CONTRACTING} | NEEDS_CONTRACT_VOID


# ------------------------------------------------------------------ phase


@pytest.mark.parametrize(
    ("phase", "statuses"),
    [
        ("INITIATION", "DRAFT SUBMITTED ACCEPTED"),
        ("DUE_DILIGENCE", "IN_DD"),
        ("REVIEW", "IN_RISK_REVIEW IN_COMMITTEE DEFERRED APPROVED REJECTED VETOED"),
        ("RECONSIDERATION", "RECONSIDERING"),
        ("CONTRACT", "CONTRACTING CONTRACTED CONDITIONS_MET APPROVAL_EXPIRED"),
        ("IN_FORCE", "IN_FORCE OVERDUE PARTLY_RELEASED"),
        ("RECOVERY", "COMPENSATED IN_RECOVERY WRITTEN_OFF"),
        ("FINISHED", "RELEASED CLOSED ARCHIVED WITHDRAWN CANCELLED"),
    ],
)
def test_processes_12_phases(phase, statuses):
    for status in statuses.split():
        assert phase_of(S(status), Phase.INITIATION) == phase


def test_a_returned_item_keeps_its_phase():
    assert phase_of(S.RETURNED, Phase.REVIEW) is Phase.REVIEW


def test_every_status_has_a_phase():
    assert all(isinstance(phase_of(status, Phase.REVIEW), Phase) for status in S)


def test_waiting_for_the_bank_is_disbursement():
    assert phase_of(S.CONDITIONS_MET, Phase.CONTRACT, waits_for_bank=True) is Phase.DISBURSEMENT


# ------------------------------------------------------------------ amounts


def a_chain(applied=100, approved=None, contract=None, disbursed=None, letter=None, raise_reason=""):
    amounts = (None if amount is None else yuan(amount) for amount in (applied, approved, contract, disbursed, letter))
    return AmountChain(*amounts, raise_reason=raise_reason)


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        (a_chain(), []),
        (a_chain(100, 100, 100, 100, 100), []),
        (a_chain(100, 101), ["projects.amount.approved_too_high"]),
        (a_chain(100, 101, raise_reason="评审会同意提高额度"), []),
        (a_chain(100, 101, raise_reason="  "), ["projects.amount.approved_too_high"]),
        (a_chain(100, 90, 91), ["projects.amount.contract_too_high"]),
        (a_chain(100, 90, 80, 81), ["projects.amount.disbursed_too_high"]),
        (a_chain(100, 90, letter=91), ["projects.amount.letter_too_high"]),
        (a_chain(100, 120, 130, 140, 150), [f"projects.amount.{k}_too_high" for k in ("approved", "contract", "disbursed", "letter")]),
        (a_chain(100, contract=1), ["projects.amount.contract_too_high"]),
        (a_chain(0), ["projects.amount.not_positive"]),
    ],
)
def test_x2_each_amount_stays_within_the_one_before(chain, expected):
    assert codes(amount_findings(chain)) == expected


def test_x2_tells_both_amounts():
    (finding,) = amount_findings(a_chain(100, 90, "90.01"))
    assert finding.message == "合同金额 90.01 元超过批复金额 90.00 元"


def test_guarantee_amount_is_loan_times_ratio():
    assert guarantee_amount_fen(yuan(5_000_000), Decimal(80)) == yuan(4_000_000)
    assert guarantee_amount_findings(yuan(4_000_000), yuan(5_000_000), Decimal(80)) == []
    (finding,) = guarantee_amount_findings(yuan(4_000_001), yuan(5_000_000), Decimal(80))
    assert "4,000,000.00" in finding.message


@pytest.mark.parametrize("ratio", ["0", "-1", "100.0001"])
def test_the_guarantee_ratio_lies_within_its_range(ratio):
    (finding,) = guarantee_amount_findings(1, 1, Decimal(ratio))
    assert finding.message == "担保比例应大于 0 且不超过 100%"
    with pytest.raises(ValueError, match="ratio"):
        guarantee_amount_fen(1, Decimal(ratio))


# ------------------------------------------------------------------ dates


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        ("2026-01-31", []),
        ("2026-01-28", []),
        ("2026-02-03", []),
        ("2026-01-27", ["projects.dates.differ_from_term"]),
        ("2026-02-04", ["projects.dates.differ_from_term"]),
        ("2025-01-31", ["projects.dates.order"]),
        ("2025-01-01", ["projects.dates.order"]),
    ],
)
def test_entities_4_1_the_end_fits_the_term_within_three_days(end, expected):
    found = date_findings(date(2025, 1, 31), date.fromisoformat(end), 12, DateTerms())
    assert codes(found) == expected


APPROVAL = ApprovalTerms()


def test_an_approval_holds_180_days():
    valid_to = approval_valid_to(date(2025, 1, 1), APPROVAL)
    assert valid_to == date(2025, 6, 30)
    assert is_approval_valid(valid_to, valid_to)
    require_valid_approval(valid_to, valid_to)
    with pytest.raises(ApprovalExpired) as refused:
        require_valid_approval(valid_to, valid_to + timedelta(days=1))
    assert "2025-06-30" in str(refused.value)


def test_an_approval_is_extended_once_and_in_time():
    valid_to = date(2025, 6, 30)
    assert extended_valid_to(valid_to, valid_to, 0, APPROVAL) == date(2025, 9, 28)
    with pytest.raises(ApprovalNotExtendable):
        extended_valid_to(valid_to, valid_to, 1, APPROVAL)
    with pytest.raises(ApprovalNotExtendable):
        extended_valid_to(valid_to, date(2025, 7, 1), 0, APPROVAL)


@pytest.mark.parametrize(
    ("status", "expected"), [("APPROVED", True), ("CONTRACTING", True), ("CONTRACTED", False), ("IN_FORCE", False)]
)
def test_processes_0_4_approval_expires_unless_a_contract_is_effective(status, expected):
    valid_to = date(2025, 6, 30)
    assert expires(S(status), valid_to, date(2025, 7, 1)) is expected
    assert not expires(S(status), valid_to, valid_to)


# ------------------------------------------------------------------ people


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        ((1, 2, 3, 4), []),
        ((1, 1), ["projects.people.same_managers"]),
        ((1, 2, 2), ["projects.people.reviewer_is_manager"]),
        ((1, 2, 3, 3), ["projects.people.chair_is_involved"]),
        ((1, 2, 3, 1), ["projects.people.chair_is_involved"]),
        ((None, None), []),
        ((None, None, None, None), []),
    ],
)
def test_x12_people_are_different(people, expected):
    assert codes(people_findings(*people)) == expected
