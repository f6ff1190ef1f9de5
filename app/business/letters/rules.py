"""Ceilings, validity and life of letters; the worst result of a decision decides.

Single conditions LR01–LR19 stand in the decision table; here is what they are fed with and what follows.
Source: domain/processes.md §3, §5; domain/rules.md §15; domain/glossary.md §3.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from app.business.letters.errors import ClaimTooLate
from app.core.dates import add_months
from app.core.errors import Finding
from app.core.i18n import _
from app.core.money import Ratio, fen, show_percent, show_yuan, yuan


class LetterKind(StrEnum):
    """What a letter stands for."""

    RE_GUARANTEE_LETTER = "RE_GUARANTEE_LETTER"
    INTENT_LETTER = "INTENT_LETTER"
    BID_BOND = "BID_BOND"
    PERFORMANCE_BOND = "PERFORMANCE_BOND"
    ADVANCE_PAYMENT_BOND = "ADVANCE_PAYMENT_BOND"
    QUALITY_BOND = "QUALITY_BOND"
    WAGE_BOND = "WAGE_BOND"
    PAYMENT_BOND = "PAYMENT_BOND"
    LITIGATION_BOND = "LITIGATION_BOND"


# ------------------------------------------------------------------ decision


class Decision(StrEnum):
    """What is to be done with a row of assisted issuance, from best to worst."""

    ISSUE = "ISSUE"
    MANUAL = "MANUAL"
    REJECT = "REJECT"


_BY_SEVERITY = tuple(Decision)


def worst(decisions: Iterable[Decision]) -> Decision:
    """REJECT before MANUAL before ISSUE; nothing hit is ISSUE. Source: domain/rules.md §15."""
    return max(decisions, key=_BY_SEVERITY.index, default=Decision.ISSUE)


def enforcement_ratio(open_enforcement_fen: int, letter_amount_fen: int) -> Ratio:
    """LR09: open enforcement amount over the letter amount; compared unrounded."""
    return Ratio(open_enforcement_fen, letter_amount_fen)


@dataclass(frozen=True, slots=True)
class AgeTerms:
    """How old a company must be to get a letter, and until when a person looks at it."""

    reject_below_months: int = 6
    manual_up_to_months: int = 12


def company_age_decision(established_on: date, on: date, terms: AgeTerms) -> Decision:
    """LR11: younger than 6 months REJECT, from 6 up to and including 12 months MANUAL. Source: rules §23.3."""
    if on < add_months(established_on, terms.reject_below_months):
        return Decision.REJECT
    if on <= add_months(established_on, terms.manual_up_to_months):
        return Decision.MANUAL
    return Decision.ISSUE


# ------------------------------------------------------------------ amounts

CEILINGS_PCT: Mapping[LetterKind, Decimal] = {
    LetterKind.BID_BOND: Decimal(2),  # 招标投标法实施条例 art. 26, of the tender price
    LetterKind.PERFORMANCE_BOND: Decimal(10),  # art. 58, of the contract price
    LetterKind.ADVANCE_PAYMENT_BOND: Decimal(30),  # industry practice
    LetterKind.QUALITY_BOND: Decimal(3),  # 建设工程质量保证金管理办法 2017, of the settlement price
    LetterKind.WAGE_BOND: Decimal(3),  # industry practice, set locally
    LetterKind.PAYMENT_BOND: Decimal(100),
    LetterKind.LITIGATION_BOND: Decimal(100),  # of the preservation amount
}
"""Percent of the underlying price a letter may reach; kinds left out have no ceiling here."""


@dataclass(frozen=True, slots=True)
class LetterTerms:
    """Limits of letters, valid on the day of application."""

    ceilings_pct: Mapping[LetterKind, Decimal] = field(default_factory=lambda: dict(CEILINGS_PCT))
    fast_path_limit_fen: int = yuan(2_000_000)
    fast_path_bid_limit_fen: int = yuan(800_000)
    bid_validity_days_after: int = 30
    live_letters_warn_from: int = 3


def ceiling_findings(kind: LetterKind, letter_fen: int, price_fen: int, terms: LetterTerms) -> list[Finding]:
    """The letter amount stays within the ceiling of its kind; ``price_fen`` is what the kind is measured on.

    Source: domain/processes.md §3 checks; domain/rules.md §15 LR18.
    """
    if kind not in terms.ceilings_pct:
        return []
    percent = terms.ceilings_pct[kind]
    if letter_fen <= price_fen * Fraction(percent) / 100:
        return []
    message = _(
        "保函金额 %(amount)s 元超过该类保函上限（%(percent)s）",
        amount=show_yuan(letter_fen),
        percent=show_percent(percent / 100),
    )
    return [Finding("letters.amount.above_ceiling", message, field="letter_amount_fen")]


def re_guarantee_letter_fen(amount_fen: int, share_pct: Decimal) -> int:
    """The amount of a re-guarantee letter: the item's amount × our share. Source: domain/glossary.md §3."""
    return fen(amount_fen * Fraction(share_pct) / 100)


def takes_fast_path(kind: LetterKind, letter_fen: int, decision: Decision, terms: LetterTerms) -> bool:
    """Whether due diligence is skipped and one approver decides. Source: domain/processes.md §3, N4."""
    is_bid = kind is LetterKind.BID_BOND
    limit_fen = terms.fast_path_bid_limit_fen if is_bid else terms.fast_path_limit_fen
    return decision is Decision.ISSUE and letter_fen <= limit_fen


@dataclass(frozen=True, slots=True)
class Step:
    """From ``on`` an advance-payment letter stands for ``amount_fen``."""

    on: date
    amount_fen: int


def schedule_findings(letter_fen: int, steps: Sequence[Step]) -> list[Finding]:
    """A declining schedule runs forward in time and only downwards from the letter amount.

    Source: domain/processes.md §3, N8.
    """
    days = [step.on for step in steps]
    amounts = [letter_fen, *(step.amount_fen for step in steps)]
    findings = []
    if days != sorted(set(days)):
        message = _("递减计划的日期应依次递增")
        findings.append(Finding("letters.schedule.dates", message, field="decreasing_schedule"))
    if amounts != sorted(amounts, reverse=True) or amounts[-1] < 0:
        message = _("递减计划的金额应逐期递减，且不小于 0")
        findings.append(Finding("letters.schedule.amounts", message, field="decreasing_schedule"))
    return findings


def amount_on_fen(letter_fen: int, steps: Sequence[Step], day: date) -> int:
    """What the letter stands for at the end of ``day`` by its schedule, each step counting from its own day."""
    return min([letter_fen, *(step.amount_fen for step in steps if step.on <= day)])


# ------------------------------------------------------------------ dates


def bid_validity_findings(letter_end: date, bid_valid_until: date, terms: LetterTerms) -> list[Finding]:
    """A bid bond holds at least 30 days longer than the bid. Source: domain/processes.md §3 checks."""
    needed = bid_valid_until + timedelta(days=terms.bid_validity_days_after)
    if letter_end >= needed:
        return []
    message = _("投标保函的有效期应不早于 %(day)s", day=needed.isoformat())
    return [Finding("letters.validity.too_short", message, field="liability_end")]


def live_letter_findings(live_letters: int, terms: LetterTerms) -> list[Finding]:
    """Warn when the same tender already has that many live letters. Source: domain/processes.md §3 checks."""
    if live_letters < terms.live_letters_warn_from:
        return []
    message = _("同一招标项目已有 %(count)s 份有效保函", count=live_letters)
    return [Finding("letters.tender.many_letters", message, "WARN", "tender_no")]


def require_claim_in_time(received_on: date, liability_end: date | None) -> None:
    """A claim counts when received by the last day; letters without a fixed end are always open.

    :raises ClaimTooLate: received later. Source: domain/processes.md §3, N9.
    """
    if liability_end is not None and received_on > liability_end:
        raise ClaimTooLate(received_on=received_on, liability_end=liability_end)


def is_releasable(
    on: date, liability_end: date | None, claim_days: int, *, original_returned: bool, case_closed: bool = False
) -> bool:
    """Whether a letter's liability may be released on a day.

    With the original returned, or after expiry and the claim period. Litigation letters have no fixed end and
    are released on court paper or the end of the case only. Source: domain/processes.md §3, N9.
    """
    if liability_end is None:
        return case_closed
    return original_returned or on > liability_end + timedelta(days=claim_days)
