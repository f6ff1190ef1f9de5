"""How the contracts of a project fit its approval, each other, and what stands behind them.

Source: domain/entities.md §6–7; domain/processes.md §0.6 (set X), §8.3.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from app.business.contracts.errors import (
    ContractsExceedApproval,
    ContractTransitionNotAllowed,
    SameMakerAndChecker,
)
from app.core.dates import add_months
from app.core.errors import Finding
from app.core.i18n import _
from app.core.money import show_yuan


class ContractKind(StrEnum):
    """What a contract binds."""

    ENTRUST = "ENTRUST"
    GUARANTEE = "GUARANTEE"
    LETTER = "LETTER"
    REGUARANTEE = "REGUARANTEE"
    REGUARANTEE_CONFIRM = "REGUARANTEE_CONFIRM"
    COUNTER_ASSURANCE = "COUNTER_ASSURANCE"
    COUNTER_MORTGAGE = "COUNTER_MORTGAGE"
    COUNTER_PLEDGE = "COUNTER_PLEDGE"
    COOP_AGREEMENT = "COOP_AGREEMENT"
    SUPPLEMENT = "SUPPLEMENT"


class ContractStatus(StrEnum):
    """Where a contract stands; VOID and TERMINATED are final."""

    DRAFT = "DRAFT"
    REVIEWING = "REVIEWING"
    APPROVED = "APPROVED"
    SIGNED = "SIGNED"
    EFFECTIVE = "EFFECTIVE"
    CHANGED = "CHANGED"
    VOID = "VOID"
    TERMINATED = "TERMINATED"


_S = ContractStatus

TRANSITIONS: Mapping[ContractStatus, frozenset[ContractStatus]] = {
    _S.DRAFT: frozenset({_S.REVIEWING, _S.VOID}),
    _S.REVIEWING: frozenset({_S.DRAFT, _S.APPROVED, _S.VOID}),
    _S.APPROVED: frozenset({_S.DRAFT, _S.SIGNED, _S.VOID}),
    _S.SIGNED: frozenset({_S.EFFECTIVE, _S.VOID}),
    _S.EFFECTIVE: frozenset({_S.CHANGED, _S.TERMINATED, _S.VOID}),
    _S.CHANGED: frozenset({_S.CHANGED, _S.TERMINATED, _S.VOID}),
    _S.VOID: frozenset(),
    _S.TERMINATED: frozenset(),
}
"""Review, signing, sealing, change and voiding. Source: domain/processes.md §8.3, §9.5."""

BINDING = frozenset({_S.EFFECTIVE, _S.CHANGED})
"""A changed contract stays effective with its new content."""


def require_transition(current: ContractStatus, target: ContractStatus) -> None:
    """:raises ContractTransitionNotAllowed: a contract does not go there."""
    if target not in TRANSITIONS[current]:
        raise ContractTransitionNotAllowed(current=current.value, target=target.value)


def require_other_person(maker_id: int, checker_id: int) -> None:
    """Four eyes. :raises SameMakerAndChecker: the drafter would approve. Source: domain/entities.md §16.12."""
    if maker_id == checker_id:
        raise SameMakerAndChecker


# ------------------------------------------------------------------ amounts


@dataclass(frozen=True, slots=True)
class ContractAmount:
    """What amount checks need of a contract."""

    kind: ContractKind
    status: ContractStatus
    amount_fen: int


def guaranteed_fen(contracts: Iterable[ContractAmount]) -> int:
    """Σ of the guarantee contracts that bind."""
    return sum(
        contract.amount_fen
        for contract in contracts
        if contract.kind is ContractKind.GUARANTEE and contract.status in BINDING
    )


def require_within_approval(contracts: Iterable[ContractAmount], new_amount_fen: int, approved_fen: int) -> None:
    """Before a guarantee contract becomes effective; ``contracts`` are the project's others.

    :raises ContractsExceedApproval: together they pass the approved amount.
    Source: domain/entities.md §6.
    """
    total_fen = guaranteed_fen(contracts) + new_amount_fen
    if total_fen > approved_fen:
        raise ContractsExceedApproval(total_fen=total_fen, approved_fen=approved_fen)


def entrust_findings(entrust_fen: int, guarantee_fen: int) -> list[Finding]:
    """委托保证合同 and 保证合同 name the same amount. Source: domain/entities.md §6."""
    if entrust_fen == guarantee_fen:
        return []
    message = _(
        "委托保证合同金额 %(entrust)s 元与保证合同金额 %(guarantee)s 元不一致",
        entrust=show_yuan(entrust_fen),
        guarantee=show_yuan(guarantee_fen),
    )
    return [Finding("contracts.amount.entrust_differs", message, field="amount_fen")]


# ------------------------------------------------------------------ dates


@dataclass(frozen=True, slots=True)
class ContractTerms:
    """How long after the guarantee's end what stands behind it must still hold."""

    security_days_after_end: int = 30
    term_tolerance_days: int = 3


@dataclass(frozen=True, slots=True)
class Approval:
    """What a contract must stay within: from the approval to its last valid day, and the approved term."""

    approved_on: date
    valid_to: date
    term_months: int


def date_findings(
    signed_on: date, start: date, end: date, approval: Approval, terms: ContractTerms
) -> list[Finding]:
    """Signed while the approval holds; end after start, and within the approved term from the start.

    Source: domain/entities.md §6; domain/processes.md §0.6 X3.
    """
    findings = []
    if not approval.approved_on <= signed_on <= approval.valid_to:
        message = _(
            "合同签署日应在批复有效期内（%(start)s 至 %(end)s）",
            start=approval.approved_on.isoformat(),
            end=approval.valid_to.isoformat(),
        )
        findings.append(Finding("contracts.dates.outside_validity", message, field="signed_at"))
    latest = add_months(start, approval.term_months) + timedelta(days=terms.term_tolerance_days)
    if end <= start:
        message = _("合同到期日应晚于起始日")
        findings.append(Finding("contracts.dates.order", message, field="end_date"))
    elif end > latest:
        message = _("合同期限超过批复期限 %(months)s 个月", months=approval.term_months)
        findings.append(Finding("contracts.dates.beyond_term", message, field="end_date"))
    return findings


def loan_end_findings(loan_end: date, guarantee_end: date) -> list[Finding]:
    """X3: the loan ends no later than the guarantee. Source: domain/processes.md §0.6."""
    if loan_end <= guarantee_end:
        return []
    message = _("借款到期日晚于担保到期日 %(end)s", end=guarantee_end.isoformat())
    return [Finding("contracts.dates.loan_after_guarantee", message, field="loan_end")]


def security_findings(valid_until: Mapping[str, date], guarantee_end: date, terms: ContractTerms) -> list[Finding]:
    """X3: collateral registration, insurance and letters hold to the guarantee's end plus 30 days.

    :param valid_until: last valid day by the name shown to the user; unlimited ones are left out.
    """
    needed = guarantee_end + timedelta(days=terms.security_days_after_end)
    return [
        Finding(
            "contracts.security.too_short",
            _("%(name)s 的有效期应不早于 %(day)s", name=name, day=needed.isoformat()),
            field="expire_at",
        )
        for name, until in valid_until.items()
        if until < needed
    ]


# ------------------------------------------------------------------ what was resolved is what is signed


@dataclass(frozen=True, slots=True)
class Agreed:
    """What the resolution and the contracts must say alike; a counter-guarantee by its id."""

    scheme_version_id: int
    bank_institution_id: int
    counter_guarantee_ids: frozenset[int]


def agreement_findings(resolved: Agreed, signed: Agreed) -> list[Finding]:
    """X5 same scheme version, X6 every mandatory counter-guarantee present, X7 same bank.

    ``resolved.counter_guarantee_ids`` are the mandatory ones; more may be signed. Source: processes §0.6.
    """
    findings = []
    if signed.scheme_version_id != resolved.scheme_version_id:
        message = _("合同的风险分担方案与批复的版本不一致")
        findings.append(Finding("contracts.scheme.differs", message, field="risk_share_scheme_id"))
    if missing := resolved.counter_guarantee_ids - signed.counter_guarantee_ids:
        message = _("批复要求的反担保措施尚有 %(count)s 项未签合同", count=len(missing))
        findings.append(Finding("contracts.counter_guarantee.missing", message, field="counter_guarantee"))
    if signed.bank_institution_id != resolved.bank_institution_id:
        message = _("保证合同的银行与批复不一致")
        findings.append(Finding("contracts.bank.differs", message, field="creditor_institution_id"))
    return findings


@dataclass(frozen=True, slots=True)
class Identity:
    """A party as it is written somewhere: name and identity number."""

    name: str
    id_number: str


def party_findings(customer: Identity, written: Mapping[str, Identity]) -> list[Finding]:
    """X1: the debtor is written alike everywhere; ``written`` by the place shown to the user.

    Source: domain/processes.md §0.6 X1; domain/entities.md §6.
    """
    return [
        Finding("contracts.party.differs", _("%(place)s 中的债务人名称或证件号码与客户资料不一致", place=place))
        for place, identity in written.items()
        if identity != customer
    ]
