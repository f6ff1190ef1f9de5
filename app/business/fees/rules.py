"""What a guarantee costs, and what is given back when it ends early.

Calendar days: start included, end excluded. Source: domain/rules.md §1–2; domain/entities.md §8.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

from app.business.fees.errors import (
    AllocationExceedsItem,
    AllocationExceedsReceipt,
    FeeBasisIncomplete,
    RefundExceedsReceipts,
)
from app.core.dates import add_months, days_between
from app.core.errors import Finding
from app.core.i18n import _
from app.core.money import fen, show_percent, show_yuan, yuan


class FeeMethod(StrEnum):
    """How a fee is reckoned: months, days, yearly instalments, letters by quarters, or an agreed amount."""

    MONTH = "MONTH"
    DAY = "DAY"
    INSTALMENT = "INSTALMENT"
    LETTER = "LETTER"
    FLAT = "FLAT"


@dataclass(frozen=True, slots=True)
class FeeTerms:
    """Floors and bases valid on the day of the contract. Micro-batch items have a ``min_fee_fen`` of 0."""

    min_fee_fen: int = yuan(500)
    min_letter_fee_fen: int = yuan(500)
    year_days: int = 365
    letter_period_days: int = 90
    policy_rate: Decimal = Decimal("0.01")
    plan_tolerance_fen: int = 1


@dataclass(frozen=True, slots=True)
class FeeBasis:
    """What a fee is reckoned from; each method reads its own figures.

    ``rate`` is per year, for LETTER per quarter. ``balances_fen`` (INSTALMENT) are the scheduled balances at the
    start of each year. ``agreed_fen`` is the amount of FLAT.
    """

    method: FeeMethod
    amount_fen: int = 0
    rate: Decimal = Decimal(0)
    months: int | None = None
    days: int | None = None
    balances_fen: tuple[int, ...] = ()
    agreed_fen: int | None = None


# ------------------------------------------------------------------ fee


def fee_items_fen(basis: FeeBasis, terms: FeeTerms) -> list[int]:
    """The amounts of a fee plan in order of years; one item for every method but INSTALMENT.

    :raises FeeBasisIncomplete: a figure of the method is missing.
    Source: domain/rules.md §1.
    """
    match basis.method:
        case FeeMethod.MONTH:
            return [month_fee_fen(basis.amount_fen, basis.rate, _given(basis.months, _("期限（月）")), terms)]
        case FeeMethod.DAY:
            return [day_fee_fen(basis.amount_fen, basis.rate, _given(basis.days, _("天数")), terms)]
        case FeeMethod.INSTALMENT:
            return instalment_fees_fen(
                basis.balances_fen, basis.rate, _given(basis.months, _("期限（月）")), terms
            )
        case FeeMethod.LETTER:
            return [letter_fee_fen(basis.amount_fen, basis.rate, _given(basis.days, _("天数")), terms)]
        case FeeMethod.FLAT:
            return [_given(basis.agreed_fen, _("约定费用"))]


def month_fee_fen(amount_fen: int, rate: Decimal, months: int, terms: FeeTerms) -> int:
    """F1: amount × yearly rate × months/12, at least the floor."""
    return max(terms.min_fee_fen, fen(amount_fen * Fraction(rate) * months / 12))


def day_fee_fen(amount_fen: int, rate: Decimal, days: int, terms: FeeTerms) -> int:
    """F2: amount × yearly rate × days/365, at least the floor."""
    return max(terms.min_fee_fen, fen(amount_fen * Fraction(rate) * days / terms.year_days))


def instalment_fees_fen(balances_fen: Sequence[int], rate: Decimal, months: int, terms: FeeTerms) -> list[int]:
    """F3: each year's opening balance × yearly rate, the last part-year by months/12.

    A total below the floor is made up in the first year.
    :raises FeeBasisIncomplete: not one balance for each year begun.
    """
    years = years_begun(months)
    if years < 1 or len(balances_fen) != years:
        raise FeeBasisIncomplete(missing=_("每一年度的年初余额（共 %(years)s 年）", years=years))
    last_months = months - 12 * (years - 1)
    fees = [
        fen(balance * Fraction(rate) * (last_months if year == years else 12) / 12)
        for year, balance in enumerate(balances_fen, start=1)
    ]
    fees[0] += max(0, terms.min_fee_fen - sum(fees))
    return fees


def years_begun(months: int) -> int:
    """How many years a term of so many months begins: one balance is scheduled for each."""
    return -(-months // 12)


def schedule_findings(balances_fen: Sequence[int], amount_fen: int, months: int) -> list[Finding]:
    """What is wrong with the scheduled balances at the start of each year; empty when they can be charged.

    One for each year begun, the first is what was resolved, none is above the one before it, none below zero.
    Source: domain/rules.md §1 F3.
    """
    years = years_begun(months)
    if len(balances_fen) != years:
        message = _("期限 %(months)s 个月，请逐年填写年初余额，共 %(years)s 年", months=months, years=years)
        return [Finding("fees.schedule.years", message, field="balances")]
    findings = []
    if balances_fen[0] != amount_fen:
        message = _("第 1 年年初余额应等于批复金额 %(amount)s 元", amount=show_yuan(amount_fen))
        findings.append(Finding("fees.schedule.first", message, field="balances"))
    if any(later > former for former, later in pairwise(balances_fen)):
        message = _("年初余额不应高于上一年，请核对还款计划")
        findings.append(Finding("fees.schedule.rises", message, field="balances"))
    if any(balance < 0 for balance in balances_fen):
        findings.append(Finding("fees.schedule.negative", _("年初余额不能为负数"), field="balances"))
    return findings


def letter_fee_fen(amount_fen: int, quarter_rate: Decimal, days: int, terms: FeeTerms) -> int:
    """F4: amount × quarterly rate × quarters begun, at least the letter floor."""
    periods = letter_periods(days, terms)
    return max(terms.min_letter_fee_fen, fen(amount_fen * Fraction(quarter_rate) * periods))


def letter_periods(days: int, terms: FeeTerms) -> int:
    """How many periods of a letter's fee have begun."""
    return -(-days // terms.letter_period_days)


def _given(figure: int | None, name: str) -> int:
    if figure is None:
        raise FeeBasisIncomplete(missing=name)
    return figure


def plan_findings(item_amounts_fen: Sequence[int], basis: FeeBasis, terms: FeeTerms) -> list[Finding]:
    """Recompute a fee plan: its total equals the formula within the tolerance. Source: domain/processes.md X4."""
    planned_fen, right_fen = sum(item_amounts_fen), sum(fee_items_fen(basis, terms))
    findings = []
    if any(amount < 0 for amount in item_amounts_fen):
        findings.append(Finding("fees.plan.negative_item", _("应收金额不能为负数"), field="fee_items"))
    if abs(planned_fen - right_fen) > terms.plan_tolerance_fen:
        message = _(
            "费用方案合计 %(planned)s 元与按公式计算的 %(right)s 元不一致，请重新生成方案",
            planned=show_yuan(planned_fen),
            right=show_yuan(right_fen),
        )
        findings.append(Finding("fees.plan.total_differs", message, field="fee_items"))
    return findings


def policy_rate_findings(fee_rate: Decimal, terms: FeeTerms, *, is_policy: bool) -> list[Finding]:
    """Warn when policy business 支小支农 costs the customer more than 1 % a year.

    Source: domain/rules.md §1; 国办发〔2019〕6号.
    """
    if not is_policy or fee_rate <= terms.policy_rate:
        return []
    message = _("政策性业务费率一般不超过 %(limit)s", limit=show_percent(terms.policy_rate))
    return [Finding("fees.rate.above_policy", message, "WARN", "fee_rate")]


# ------------------------------------------------------------------ refund


@dataclass(frozen=True, slots=True)
class RefundTerms:
    """Which part of the unused fee goes back, valid on the release day."""

    min_days_left: int = 30
    factor: Decimal = Decimal(1)


def refund_fen(received_fen: int, days_left: int, days_total: int, terms: RefundTerms) -> int:
    """Fee given back when liability ends before its day; earlier refunds are the caller's (see below).

    :raises ValueError: more days left than there were, or no days at all.
    Source: domain/rules.md §2 (industry practice).
    """
    if not 0 <= days_left <= days_total or days_total == 0:
        raise ValueError("days left must lie within the days of the guarantee")
    if days_left < terms.min_days_left:
        return 0
    return fen(received_fen * Fraction(days_left, days_total) * Fraction(terms.factor))


@dataclass(frozen=True, slots=True)
class Charge:
    """What was paid for one stretch of the guarantee; start included, end excluded."""

    start: date
    end: date
    paid_fen: int

    def unused(self, ended_on: date) -> Fraction:
        """Which part of it lies after the end of liability, 0 to 1; all of a stretch without days."""
        days = days_between(self.start, self.end)
        return Fraction(max(0, min(days_between(ended_on, self.end), days)), days) if days else Fraction(1)


def charges_refund_fen(charges: Sequence[Charge], ended_on: date, terms: RefundTerms) -> int:
    """What goes back of fees paid by the year: of each year the part after the end, rounded once.

    A year that was not paid gives nothing. Too few days are counted to the end of the last paid year.
    Source: domain/rules.md §2, on the fees of §1 F3.
    """
    paid = [charge for charge in charges if charge.paid_fen]
    days_left = max((days_between(ended_on, charge.end) for charge in paid), default=0)
    if days_left < terms.min_days_left:
        return 0
    return fen(sum(charge.paid_fen * charge.unused(ended_on) for charge in paid) * Fraction(terms.factor))


def years_of(start: date, end: date, years: int) -> list[tuple[date, date]]:
    """The stretches the years of a guarantee cover, in order; the last one ends with it, none goes beyond."""
    begins = [min(add_months(start, 12 * year), end) for year in range(years)]
    return list(zip(begins, [*begins[1:], end], strict=True))


def require_refundable(asked_fen: int, *, received_fen: int, refunded_fen: int) -> None:
    """:raises RefundExceedsReceipts: more than receipts less earlier refunds. Source: domain/rules.md §2."""
    available_fen = received_fen - refunded_fen
    if asked_fen > available_fen:
        raise RefundExceedsReceipts(asked_fen=asked_fen, available_fen=available_fen)


# ------------------------------------------------------------------ receivables


class FeeItemStatus(StrEnum):
    """Where a fee item stands; CANCELLED is an act, not reckoned."""

    DUE = "DUE"
    PART = "PART"
    PAID = "PAID"
    OVERDUE = "OVERDUE"
    WAIVED = "WAIVED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Receivable:
    """One fee item with what was waived of it and what was allocated to it."""

    amount_fen: int
    due_date: date
    waived_fen: int = 0
    allocated_fen: int = 0

    @property
    def open_fen(self) -> int:
        """What is still to come in."""
        return self.amount_fen - self.waived_fen - self.allocated_fen


def item_status(item: Receivable, on: date) -> FeeItemStatus:
    """The status of a fee item at the end of ``on``; the due date itself is not yet overdue."""
    if item.open_fen <= 0:
        return FeeItemStatus.WAIVED if item.waived_fen and not item.allocated_fen else FeeItemStatus.PAID
    if on > item.due_date:
        return FeeItemStatus.OVERDUE
    return FeeItemStatus.PART if item.allocated_fen else FeeItemStatus.DUE


def require_allocatable(asked_fen: int, item: Receivable, *, receipt_left_fen: int) -> None:
    """Σ per item ≤ amount − waived, Σ per receipt ≤ receipt.

    :raises AllocationExceedsItem, AllocationExceedsReceipt: whichever is passed first.
    Source: domain/entities.md §8.
    """
    if asked_fen > item.open_fen:
        raise AllocationExceedsItem(asked_fen=asked_fen, open_fen=item.open_fen)
    if asked_fen > receipt_left_fen:
        raise AllocationExceedsReceipt(asked_fen=asked_fen, left_fen=receipt_left_fen)


def unpaid_findings(before_disbursement: Sequence[Receivable]) -> list[Finding]:
    """X10: what is due before disbursement is paid or waived. Source: domain/processes.md §0.6."""
    open_fen = sum(max(0, item.open_fen) for item in before_disbursement)
    if open_fen == 0:
        return []
    message = _("放款前应收费用尚有 %(open)s 元未收，请先收费或办理减免", open=show_yuan(open_fen))
    return [Finding("fees.before_disbursement.unpaid", message)]
