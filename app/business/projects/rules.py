"""Which way a project may go, and how its amounts, dates and people must fit together.

Source: domain/entities.md §4; domain/processes.md §0, §1, §12.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from app.business.projects.errors import ApprovalExpired, ApprovalNotExtendable, TransitionNotAllowed
from app.core.dates import add_months, days_between
from app.core.errors import Finding
from app.core.i18n import _
from app.core.money import fen, show_yuan

# ------------------------------------------------------------------ status and phase


class ProjectStatus(StrEnum):
    """Where a project stands; side states after ARCHIVED."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    ACCEPTED = "ACCEPTED"
    IN_DD = "IN_DD"
    IN_RISK_REVIEW = "IN_RISK_REVIEW"
    IN_COMMITTEE = "IN_COMMITTEE"
    APPROVED = "APPROVED"
    CONTRACTING = "CONTRACTING"
    CONTRACTED = "CONTRACTED"
    CONDITIONS_MET = "CONDITIONS_MET"
    IN_FORCE = "IN_FORCE"
    PARTLY_RELEASED = "PARTLY_RELEASED"
    RELEASED = "RELEASED"
    ARCHIVED = "ARCHIVED"
    RETURNED = "RETURNED"
    REJECTED = "REJECTED"
    VETOED = "VETOED"
    DEFERRED = "DEFERRED"
    RECONSIDERING = "RECONSIDERING"
    WITHDRAWN = "WITHDRAWN"
    APPROVAL_EXPIRED = "APPROVAL_EXPIRED"
    CANCELLED = "CANCELLED"
    OVERDUE = "OVERDUE"
    COMPENSATED = "COMPENSATED"
    IN_RECOVERY = "IN_RECOVERY"
    WRITTEN_OFF = "WRITTEN_OFF"
    CLOSED = "CLOSED"


class Phase(StrEnum):
    """The stretch of the way a status belongs to."""

    INITIATION = "INITIATION"
    DUE_DILIGENCE = "DUE_DILIGENCE"
    REVIEW = "REVIEW"
    RECONSIDERATION = "RECONSIDERATION"
    CONTRACT = "CONTRACT"
    DISBURSEMENT = "DISBURSEMENT"
    IN_FORCE = "IN_FORCE"
    RECOVERY = "RECOVERY"
    FINISHED = "FINISHED"


_S = ProjectStatus

BEFORE_RESOLUTION = frozenset(
    {
        _S.DRAFT,
        _S.SUBMITTED,
        _S.ACCEPTED,
        _S.IN_DD,
        _S.IN_RISK_REVIEW,
        _S.IN_COMMITTEE,
        _S.DEFERRED,
        _S.RECONSIDERING,
        _S.RETURNED,
    }
)
"""While in these the applicant may withdraw. Source: domain/processes.md §0.3."""

RETURNABLE = frozenset({_S.SUBMITTED, _S.ACCEPTED, _S.IN_DD, _S.IN_RISK_REVIEW, _S.IN_COMMITTEE})
"""From these a task may give the item back to the applicant; it resumes there or runs again from SUBMITTED."""

_STEPS: Mapping[ProjectStatus, frozenset[ProjectStatus]] = {
    _S.DRAFT: frozenset({_S.SUBMITTED}),  # D1
    _S.SUBMITTED: frozenset({_S.ACCEPTED, _S.REJECTED}),  # D3
    _S.ACCEPTED: frozenset({_S.IN_DD}),  # D4
    _S.IN_DD: frozenset({_S.IN_RISK_REVIEW, _S.REJECTED}),  # D7
    _S.IN_RISK_REVIEW: frozenset(  # D8–D10a; back to D4 when returned to it
        {_S.IN_DD, _S.IN_COMMITTEE, _S.APPROVED, _S.REJECTED}
    ),
    _S.IN_COMMITTEE: frozenset({_S.APPROVED, _S.REJECTED, _S.VETOED, _S.DEFERRED}),  # G3
    _S.DEFERRED: frozenset({_S.IN_DD}),  # G3: supplement at D4
    _S.REJECTED: frozenset({_S.RECONSIDERING}),  # D10n
    _S.VETOED: frozenset({_S.RECONSIDERING}),
    _S.RECONSIDERING: frozenset(  # §8.2 step 9: a new report, hence D7–D9 again; refused: as before
        {_S.IN_RISK_REVIEW, _S.IN_COMMITTEE, _S.REJECTED, _S.VETOED}
    ),
    _S.RETURNED: frozenset(),
    _S.APPROVED: frozenset({_S.CONTRACTING, _S.APPROVAL_EXPIRED, _S.CANCELLED}),  # D13, §0.3, §0.4
    _S.CONTRACTING: frozenset({_S.CONTRACTED, _S.APPROVAL_EXPIRED, _S.CANCELLED}),
    _S.CONTRACTED: frozenset({_S.CONDITIONS_MET, _S.CANCELLED}),  # D16; cancelled by 合同作废 only
    _S.CONDITIONS_MET: frozenset({_S.IN_FORCE, _S.CANCELLED}),  # D18
    _S.IN_FORCE: frozenset({_S.PARTLY_RELEASED, _S.RELEASED, _S.OVERDUE, _S.COMPENSATED}),  # §9.3, §6.1
    _S.PARTLY_RELEASED: frozenset({_S.RELEASED, _S.OVERDUE, _S.COMPENSATED}),
    _S.OVERDUE: frozenset({_S.IN_FORCE, _S.PARTLY_RELEASED, _S.COMPENSATED}),  # C2 cured, C6
    _S.COMPENSATED: frozenset({_S.IN_RECOVERY}),  # C7
    _S.IN_RECOVERY: frozenset({_S.CLOSED, _S.WRITTEN_OFF}),  # §9.4
    _S.WRITTEN_OFF: frozenset({_S.CLOSED}),  # recovery goes on 账销案存
    _S.RELEASED: frozenset({_S.ARCHIVED}),
    _S.CLOSED: frozenset(),
    _S.ARCHIVED: frozenset(),
    _S.WITHDRAWN: frozenset(),
    _S.APPROVAL_EXPIRED: frozenset(),
    _S.CANCELLED: frozenset(),
}


def _with_side_ways(status: ProjectStatus, targets: frozenset[ProjectStatus]) -> frozenset[ProjectStatus]:
    if status in BEFORE_RESOLUTION:
        targets |= {_S.WITHDRAWN}
    if status in RETURNABLE:
        targets |= {_S.RETURNED}
    return targets | RETURNABLE if status is _S.RETURNED else targets


TRANSITIONS: Mapping[ProjectStatus, frozenset[ProjectStatus]] = {
    status: _with_side_ways(status, targets) for status, targets in _STEPS.items()
}
"""Every way of the direct line, returns and withdrawals included. Source: domain/processes.md §0.2–0.4, §1, §9."""

NEEDS_CONTRACT_VOID = frozenset({_S.CONTRACTED, _S.CONDITIONS_MET})
"""From these a project is cancelled only through the voiding of its contract. Source: domain/processes.md §0.3."""

ENDED = frozenset(status for status, targets in TRANSITIONS.items() if not targets)


def may_become(current: ProjectStatus, target: ProjectStatus) -> bool:
    """Whether the process leads from one status to the other."""
    return target in TRANSITIONS[current]


def require_transition(current: ProjectStatus, target: ProjectStatus) -> None:
    """:raises TransitionNotAllowed: the process does not lead there."""
    if not may_become(current, target):
        raise TransitionNotAllowed(current=current.value, target=target.value)


_PHASES: Mapping[ProjectStatus, Phase] = {
    status: phase
    for phase, statuses in {
        Phase.INITIATION: (_S.DRAFT, _S.SUBMITTED, _S.ACCEPTED),
        Phase.DUE_DILIGENCE: (_S.IN_DD,),
        Phase.REVIEW: (
            _S.IN_RISK_REVIEW,
            _S.IN_COMMITTEE,
            _S.DEFERRED,
            _S.APPROVED,
            _S.REJECTED,
            _S.VETOED,
        ),
        Phase.RECONSIDERATION: (_S.RECONSIDERING,),
        Phase.CONTRACT: (_S.CONTRACTING, _S.CONTRACTED, _S.CONDITIONS_MET, _S.APPROVAL_EXPIRED),
        Phase.IN_FORCE: (_S.IN_FORCE, _S.OVERDUE, _S.PARTLY_RELEASED),
        Phase.RECOVERY: (_S.COMPENSATED, _S.IN_RECOVERY, _S.WRITTEN_OFF),
        Phase.FINISHED: (_S.RELEASED, _S.CLOSED, _S.ARCHIVED, _S.WITHDRAWN, _S.CANCELLED),
    }.items()
    for status in statuses
}


def phase_of(status: ProjectStatus, former: Phase, *, waits_for_bank: bool = False) -> Phase:
    """The phase of a status; ``former`` is the phase before it, which RETURNED keeps.

    DISBURSEMENT is CONDITIONS_MET with the notice sent and the bank to pay out.
    Source: domain/processes.md §12.
    """
    if status is _S.RETURNED:
        return former
    if status is _S.CONDITIONS_MET and waits_for_bank:
        return Phase.DISBURSEMENT
    return _PHASES[status]


# ------------------------------------------------------------------ amounts


@dataclass(frozen=True, slots=True)
class AmountChain:
    """The amounts of a project as far as it has come; ``None`` where it has not."""

    applied_fen: int
    approved_fen: int | None = None
    contract_fen: int | None = None
    disbursed_fen: int | None = None
    letter_fen: int | None = None
    raise_reason: str = ""


def amount_findings(chain: AmountChain) -> list[Finding]:
    """X2: each amount within the one before it; an approval above the application needs its reason.

    Source: domain/processes.md §0.6 X2; domain/entities.md §4.1, §16.4.
    """
    found: list[Finding | None] = []
    if chain.applied_fen <= 0:
        message = _("申请金额应大于 0")
        found.append(Finding("projects.amount.not_positive", message, field="applied_amount_fen"))
    if not chain.raise_reason.strip():
        found.append(_within(chain.approved_fen, chain.applied_fen, "approved", _("批复金额"), _("申请金额")))
    found += [
        _within(chain.contract_fen, chain.approved_fen, "contract", _("合同金额"), _("批复金额")),
        _within(chain.disbursed_fen, chain.contract_fen, "disbursed", _("放款金额"), _("合同金额")),
        _within(chain.letter_fen, chain.approved_fen, "letter", _("保函金额"), _("批复金额")),
    ]
    return [finding for finding in found if finding is not None]


def _within(amount_fen: int | None, limit_fen: int | None, key: str, name: str, limit_name: str) -> Finding | None:
    if amount_fen is None or amount_fen <= (limit_fen or 0):
        return None
    message = _(
        "%(name)s %(amount)s 元超过%(limit_name)s %(limit)s 元",
        name=name,
        amount=show_yuan(amount_fen),
        limit_name=limit_name,
        limit=show_yuan(limit_fen or 0),
    )
    return Finding(f"projects.amount.{key}_too_high", message, field=f"{key}_amount_fen")


def guarantee_amount_fen(loan_amount_fen: int, guarantee_ratio_pct: Decimal) -> int:
    """The guaranteed part of a loan. :raises ValueError: a ratio outside 0 < x ≤ 100."""
    if not 0 < guarantee_ratio_pct <= 100:
        raise ValueError("the guarantee ratio lies above 0 and up to 100 percent")
    return fen(loan_amount_fen * Fraction(guarantee_ratio_pct) / 100)


def guarantee_amount_findings(
    amount_fen: int, loan_amount_fen: int, guarantee_ratio_pct: Decimal
) -> list[Finding]:
    """Financing items: amount = loan × ratio, the ratio above 0 and up to 100. Source: domain/entities.md §4.1."""
    if not 0 < guarantee_ratio_pct <= 100:
        message = _("担保比例应大于 0 且不超过 100%")
        return [Finding("projects.ratio.out_of_range", message, field="guarantee_ratio_pct")]
    right_fen = guarantee_amount_fen(loan_amount_fen, guarantee_ratio_pct)
    if amount_fen == right_fen:
        return []
    message = _("担保金额应等于贷款金额乘以担保比例，即 %(right)s 元", right=show_yuan(right_fen))
    return [Finding("projects.amount.not_loan_times_ratio", message, field="applied_amount_fen")]


# ------------------------------------------------------------------ dates


@dataclass(frozen=True, slots=True)
class DateTerms:
    """By how many days the end may differ from start + term."""

    tolerance_days: int = 3


def date_findings(start: date, end: date, term_months: int, terms: DateTerms) -> list[Finding]:
    """The end lies after the start and within the tolerance of start + term. Source: domain/entities.md §4.1."""
    if end <= start:
        return [Finding("projects.dates.order", _("到期日应晚于起始日"), field="end_date")]
    expected = add_months(start, term_months)
    if abs(days_between(expected, end)) <= terms.tolerance_days:
        return []
    message = _(
        "到期日与起始日加期限（%(expected)s）相差超过 %(days)s 天，请核对期限",
        expected=expected.isoformat(),
        days=terms.tolerance_days,
    )
    return [Finding("projects.dates.differ_from_term", message, field="end_date")]


@dataclass(frozen=True, slots=True)
class ApprovalTerms:
    """How long an approval holds and how often it may be extended."""

    valid_days: int = 180
    extension_days: int = 90
    max_extensions: int = 1


def approval_valid_to(approved_on: date, terms: ApprovalTerms) -> date:
    """The last day an approval holds. Source: domain/entities.md §4.1."""
    return approved_on + timedelta(days=terms.valid_days)


def extended_valid_to(valid_to: date, on: date, extensions: int, terms: ApprovalTerms) -> date:
    """The last day after one more extension, counted from the former last day.

    :raises ApprovalNotExtendable: already past, or extended as often as allowed.
    Source: domain/processes.md §0.4.
    """
    if on > valid_to or extensions >= terms.max_extensions:
        raise ApprovalNotExtendable(most=terms.max_extensions)
    return valid_to + timedelta(days=terms.extension_days)


def is_approval_valid(valid_to: date, on: date) -> bool:
    """Whether the approval still holds on that day, the last day included."""
    return on <= valid_to


def require_valid_approval(valid_to: date, on: date) -> None:
    """:raises ApprovalExpired: the day lies after the last one."""
    if not is_approval_valid(valid_to, on):
        raise ApprovalExpired(valid_to=valid_to)


def expires(status: ProjectStatus, valid_to: date, on: date) -> bool:
    """Whether the project becomes APPROVAL_EXPIRED: past the day, and no contract effective yet."""
    return not is_approval_valid(valid_to, on) and may_become(status, _S.APPROVAL_EXPIRED)


# ------------------------------------------------------------------ people


def people_findings(
    pm_a: int | None, pm_b: int | None, risk_reviewer: int | None = None, chair: int | None = None
) -> list[Finding]:
    """X12: two different managers; reviewer and chair are neither of them nor each other.

    Source: domain/entities.md §4.1; domain/processes.md §0.6 X12.
    """
    managers = {person for person in (pm_a, pm_b) if person is not None}
    findings = []
    if pm_a is not None and pm_a == pm_b:
        message = _("项目经理 A 角与 B 角不能是同一人")
        findings.append(Finding("projects.people.same_managers", message, field="pm_b"))
    if risk_reviewer is not None and risk_reviewer in managers:
        message = _("风险审查人不能是本项目的项目经理")
        findings.append(Finding("projects.people.reviewer_is_manager", message, field="reviewer"))
    if chair is not None and chair in managers | {risk_reviewer}:
        message = _("主任委员不能是本项目的项目经理或风险审查人")
        findings.append(Finding("projects.people.chair_is_involved", message, field="chair"))
    return findings
