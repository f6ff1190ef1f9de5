"""Contracts within the approval, alike with each other, and secured beyond their end."""

from datetime import date

import pytest

from app.business.contracts.errors import (
    ContractsExceedApproval,
    ContractTransitionNotAllowed,
    SameMakerAndChecker,
)
from app.business.contracts.rules import (
    BINDING,
    TRANSITIONS,
    Agreed,
    Approval,
    ContractAmount,
    ContractKind,
    ContractStatus,
    ContractTerms,
    Identity,
    agreement_findings,
    date_findings,
    entrust_findings,
    guaranteed_fen,
    loan_end_findings,
    party_findings,
    require_other_person,
    require_transition,
    require_within_approval,
    security_findings,
)
from app.core.money import yuan

TERMS = ContractTerms()
S = ContractStatus


def codes(findings):
    return [finding.code for finding in findings]


def a_contract(amount, kind="GUARANTEE", status="EFFECTIVE"):
    return ContractAmount(ContractKind(kind), ContractStatus(status), yuan(amount))


# ------------------------------------------------------------------ status


def test_a_contract_walks_from_draft_to_its_end():
    way = [S.DRAFT, S.REVIEWING, S.APPROVED, S.SIGNED, S.EFFECTIVE, S.CHANGED, S.CHANGED, S.TERMINATED]
    for current, target in zip(way, way[1:], strict=False):
        require_transition(current, target)


@pytest.mark.parametrize(
    ("current", "target"), [("DRAFT", "SIGNED"), ("SIGNED", "DRAFT"), ("VOID", "DRAFT"), ("TERMINATED", "VOID")]
)
def test_other_ways_are_refused(current, target):
    with pytest.raises(ContractTransitionNotAllowed):
        require_transition(S(current), S(target))


def test_every_status_has_its_ways():
    assert set(TRANSITIONS) == set(S)
    assert {S.EFFECTIVE, S.CHANGED} == BINDING


def test_entities_16_12_the_drafter_does_not_approve():
    require_other_person(1, 2)
    with pytest.raises(SameMakerAndChecker):
        require_other_person(1, 1)


# ------------------------------------------------------------------ amounts


def test_only_binding_guarantee_contracts_count():
    contracts = [
        a_contract(60),
        a_contract(10, status="CHANGED"),
        a_contract(99, status="VOID"),
        a_contract(99, status="SIGNED"),
        a_contract(99, status="TERMINATED"),
        a_contract(99, kind="ENTRUST"),
        a_contract(99, kind="COUNTER_MORTGAGE"),
    ]
    assert guaranteed_fen(contracts) == yuan(70)


def test_entities_6_guarantee_contracts_stay_within_the_approval():
    require_within_approval([a_contract(60)], yuan(40), yuan(100))
    with pytest.raises(ContractsExceedApproval) as refused:
        require_within_approval([a_contract(60)], yuan("40.01"), yuan(100))
    assert str(refused.value) == "保证合同合计 100.01 元超过批复金额 100.00 元"


def test_entities_6_entrust_amount_equals_guarantee_amount():
    assert entrust_findings(yuan(100), yuan(100)) == []
    assert codes(entrust_findings(yuan(100), yuan("100.01"))) == ["contracts.amount.entrust_differs"]


# ------------------------------------------------------------------ dates

APPROVAL = Approval(date(2025, 1, 1), date(2025, 6, 30), term_months=12)


@pytest.mark.parametrize(
    ("signed_on", "end", "expected"),
    [
        ("2025-01-01", "2026-03-01", []),
        ("2025-06-30", "2026-03-04", []),
        ("2025-07-01", "2026-03-01", ["contracts.dates.outside_validity"]),
        ("2024-12-31", "2026-03-01", ["contracts.dates.outside_validity"]),
        ("2025-02-01", "2026-03-05", ["contracts.dates.beyond_term"]),
        ("2025-02-01", "2025-03-01", ["contracts.dates.order"]),
        ("2025-07-01", "2027-03-01", ["contracts.dates.outside_validity", "contracts.dates.beyond_term"]),
    ],
)
def test_x3_contract_dates_stay_within_the_approval(signed_on, end, expected):
    found = date_findings(
        date.fromisoformat(signed_on), date(2025, 3, 1), date.fromisoformat(end), APPROVAL, TERMS
    )
    assert codes(found) == expected


def test_x3_the_loan_ends_with_the_guarantee_at_the_latest():
    assert loan_end_findings(date(2026, 3, 1), date(2026, 3, 1)) == []
    assert codes(loan_end_findings(date(2026, 3, 2), date(2026, 3, 1))) == ["contracts.dates.loan_after_guarantee"]


def test_x3_what_stands_behind_holds_thirty_days_longer():
    valid_until = {"抵押登记": date(2026, 3, 31), "财产保险": date(2026, 3, 30)}
    (finding,) = security_findings(valid_until, date(2026, 3, 1), TERMS)
    assert finding.message == "财产保险 的有效期应不早于 2026-03-31"


# ------------------------------------------------------------------ agreement


def agreed(scheme=1, bank=10, counters=(100, 101)):
    return Agreed(scheme, bank, frozenset(counters))


@pytest.mark.parametrize(
    ("signed", "expected"),
    [
        (agreed(), []),
        (agreed(counters=(100, 101, 102)), []),
        (agreed(scheme=2), ["contracts.scheme.differs"]),
        (agreed(counters=(100,)), ["contracts.counter_guarantee.missing"]),
        (agreed(bank=11), ["contracts.bank.differs"]),
    ],
)
def test_x5_x6_x7_what_was_resolved_is_signed(signed, expected):
    assert codes(agreement_findings(agreed(), signed)) == expected


def test_x1_the_debtor_is_written_alike_everywhere():
    customer = Identity("甲公司", "91110108MA01AB2C3T")
    written = {"保证合同": customer, "借据": Identity("甲有限公司", "91110108MA01AB2C3T")}
    (finding,) = party_findings(customer, written)
    assert finding.message == "借据 中的债务人名称或证件号码与客户资料不一致"
