"""Balances of the liability ledger and the regulator's measures of them.

Source: domain/entities.md §9; domain/rules.md §5, §9–11.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import accumulate

from app.business.customers.rules import SMALL_BUSINESS, CustomerClass
from app.business.ledger.errors import AmountNotPositive, OutstandingExceedsContract, ReleaseExceedsOutstanding
from app.core.money import Ratio, fen, yuan

# ------------------------------------------------------------------ entries and running balance


class EntryKind(StrEnum):
    """What an entry records; ADJUST may go either way, REVERSAL goes against the entry it undoes."""

    DISBURSE = "DISBURSE"
    REPAY = "REPAY"
    RELEASE = "RELEASE"
    COMPENSATE = "COMPENSATE"
    ADJUST = "ADJUST"
    REVERSAL = "REVERSAL"


_SIGNS = {EntryKind.DISBURSE: 1, EntryKind.REPAY: -1, EntryKind.RELEASE: -1, EntryKind.COMPENSATE: -1}


def signed_fen(kind: EntryKind, amount_fen: int) -> int:
    """The signed amount to store for a positive one.

    :raises AmountNotPositive: zero or less.
    :raises ValueError: ADJUST and REVERSAL have no sign of their own; they are stored as given.
    """
    if kind not in _SIGNS:
        raise ValueError(f"{kind} carries its own sign")
    if amount_fen <= 0:
        raise AmountNotPositive
    return _SIGNS[kind] * amount_fen


@dataclass(frozen=True, slots=True)
class Posting:
    """What the running balance needs of an entry: the day it takes effect and the signed amount."""

    effective_date: date
    amount_fen: int


@dataclass(frozen=True, slots=True)
class DayBalance:
    """What a project carries at the end of a day."""

    day: date
    outstanding_fen: int


def running_balances(postings: Iterable[Posting]) -> list[DayBalance]:
    """The balance at the end of each day with a posting, by day; late postings count on their own day."""
    by_day: defaultdict[date, int] = defaultdict(int)
    for posting in postings:
        by_day[posting.effective_date] += posting.amount_fen
    days = sorted(by_day)
    balances = accumulate(by_day[day] for day in days)
    return [DayBalance(day, balance) for day, balance in zip(days, balances, strict=True)]


def outstanding_on_fen(postings: Iterable[Posting], day: date) -> int:
    """What the project carries at the end of ``day``."""
    return sum(posting.amount_fen for posting in postings if posting.effective_date <= day)


def lowest_outstanding_fen(postings: Sequence[Posting], since: date) -> int:
    """The lowest balance at the end of ``since`` or of any later day: the most that can be taken off then."""
    later = [balance.outstanding_fen for balance in running_balances(postings) if balance.day > since]
    return min([outstanding_on_fen(postings, since), *later])


def require_postable(postings: Sequence[Posting], new: Posting, contract_fen: int) -> None:
    """The running balance with ``new`` stays between zero and the contract amount on every day from then on.

    :raises ReleaseExceedsOutstanding: it would fall below zero.
    :raises OutstandingExceedsContract: it would rise above the contract.
    Source: domain/entities.md §9, invariant 1.
    """
    lowest_fen = lowest_outstanding_fen(postings, new.effective_date)
    if lowest_fen + new.amount_fen < 0:
        raise ReleaseExceedsOutstanding(asked_fen=-new.amount_fen, outstanding_fen=lowest_fen)
    for balance in running_balances([*postings, new]):
        if new.amount_fen > 0 and balance.day >= new.effective_date and balance.outstanding_fen > contract_fen:
            raise OutstandingExceedsContract(
                balance_fen=balance.outstanding_fen, on=balance.day, contract_fen=contract_fen
            )


def is_releasable(outstanding_fen: int, *, open_claims: int) -> bool:
    """Whether a project may become RELEASED. Source: domain/entities.md §9, invariant 5."""
    return outstanding_fen == 0 and open_claims == 0


# ------------------------------------------------------------------ own exposure


@dataclass(frozen=True, slots=True)
class Holding:
    """One item's outstanding and the percent of it we bear ourselves."""

    outstanding_fen: int
    own_share_pct: Decimal


def own_outstanding_fen(outstanding_fen: int, own_share_pct: Decimal) -> int:
    """The part of an outstanding we bear ourselves, rounded."""
    return fen(outstanding_fen * Fraction(own_share_pct) / 100)


def own_exposure_fen(holdings: Iterable[Holding]) -> int:
    """Σ outstanding × own share over a customer's items, each rounded. Source: domain/rules.md §5."""
    return sum(own_outstanding_fen(holding.outstanding_fen, holding.own_share_pct) for holding in holdings)


# ------------------------------------------------------------------ liability balance 融资担保责任余额


class LiabilityKind(StrEnum):
    """What a product guarantees; NONE for letters and other non-financing guarantees."""

    LOAN = "LOAN"
    BOND = "BOND"
    HOUSING = "HOUSING"
    OTHER_FINANCING = "OTHER_FINANCING"
    NONE = "NONE"


class LiabilityClass(StrEnum):
    """The classes the regulator weighs differently."""

    LOAN_SME = "LOAN_SME"
    LOAN_FARMER = "LOAN_FARMER"
    LOAN_HOUSING = "LOAN_HOUSING"
    LOAN_OTHER = "LOAN_OTHER"
    BOND_AA = "BOND_AA"
    BOND_OTHER = "BOND_OTHER"
    OTHER_FINANCING = "OTHER_FINANCING"
    NON_FINANCING = "NON_FINANCING"


class LiabilityBase(StrEnum):
    """Whether the weighted amount is what we bear ourselves or the whole outstanding (not settled by the rule)."""

    OWN_SHARE = "OWN_SHARE"
    FULL = "FULL"


WEIGHTS_2018: Mapping[LiabilityClass, Decimal] = {
    LiabilityClass.LOAN_SME: Decimal(75),
    LiabilityClass.LOAN_FARMER: Decimal(75),
    LiabilityClass.LOAN_HOUSING: Decimal(30),
    LiabilityClass.LOAN_OTHER: Decimal(100),
    LiabilityClass.BOND_AA: Decimal(80),
    LiabilityClass.BOND_OTHER: Decimal(100),
    LiabilityClass.OTHER_FINANCING: Decimal(100),
    LiabilityClass.NON_FINANCING: Decimal(0),
}
"""Percent by class. Source: 融资担保责任余额计量办法 (银保监发〔2018〕1号) and supplement 2019; rules §9."""


@dataclass(frozen=True, slots=True)
class LiabilityTerms:
    """Weights and limits of the liability balance, valid on the day it is reckoned for."""

    weights_pct: Mapping[LiabilityClass, Decimal] = field(default_factory=lambda: dict(WEIGHTS_2018))
    sme_limit_fen: int = yuan(5_000_000)
    farmer_limit_fen: int = yuan(2_000_000)
    base: LiabilityBase = LiabilityBase.OWN_SHARE
    aa_ratings: frozenset[str] = frozenset({"AA", "AA+", "AAA"})


@dataclass(frozen=True, slots=True)
class LiabilityItem:
    """One item in force, as the measure sees it. ``customer_class`` as at origination."""

    customer_id: int
    kind: LiabilityKind
    customer_class: CustomerClass
    outstanding_fen: int
    own_share_pct: Decimal = Decimal(100)
    issuer_rating: str | None = None


@dataclass(frozen=True, slots=True)
class LiabilityRow:
    """An item with its class, weight and weighted balance; ``base_fen`` is the amount before weighing."""

    item: LiabilityItem
    liability_class: LiabilityClass
    weight_pct: Decimal
    base_fen: int
    liability_fen: int


def classify(item: LiabilityItem, client_loans_fen: int, terms: LiabilityTerms) -> LiabilityClass:
    """The class of an item; ``client_loans_fen`` is the customer's full balance over all loan guarantees.

    Above the limit the whole balance is LOAN_OTHER, not the excess. Source: domain/rules.md §9.
    """
    match item.kind:
        case LiabilityKind.HOUSING:
            return LiabilityClass.LOAN_HOUSING
        case LiabilityKind.BOND:
            is_aa = item.issuer_rating in terms.aa_ratings
            return LiabilityClass.BOND_AA if is_aa else LiabilityClass.BOND_OTHER
        case LiabilityKind.OTHER_FINANCING:
            return LiabilityClass.OTHER_FINANCING
        case LiabilityKind.NONE:
            return LiabilityClass.NON_FINANCING
        case LiabilityKind.LOAN:
            return _loan_class(item.customer_class, client_loans_fen, terms)


def _loan_class(customer: CustomerClass, client_loans_fen: int, terms: LiabilityTerms) -> LiabilityClass:
    if customer in SMALL_BUSINESS and client_loans_fen <= terms.sme_limit_fen:
        return LiabilityClass.LOAN_SME
    if customer is CustomerClass.FARMER and client_loans_fen <= terms.farmer_limit_fen:
        return LiabilityClass.LOAN_FARMER
    return LiabilityClass.LOAN_OTHER


def liability_rows(items: Sequence[LiabilityItem], terms: LiabilityTerms) -> list[LiabilityRow]:
    """Each item with its class and weighted balance, in the order given.

    All items of a customer must be among them: limits are measured over all its loan guarantees (housing
    included), on the full balance whichever ``base`` is weighed (rules §23.5). Rounded once for each item.
    """
    client_loans: defaultdict[int, int] = defaultdict(int)
    for item in items:
        if item.kind in (LiabilityKind.LOAN, LiabilityKind.HOUSING):
            client_loans[item.customer_id] += item.outstanding_fen
    return [_liability_row(item, client_loans[item.customer_id], terms) for item in items]


def _liability_row(item: LiabilityItem, client_loans_fen: int, terms: LiabilityTerms) -> LiabilityRow:
    liability_class = classify(item, client_loans_fen, terms)
    weight_pct = terms.weights_pct[liability_class]
    share_pct = item.own_share_pct if terms.base is LiabilityBase.OWN_SHARE else Decimal(100)
    base = item.outstanding_fen * Fraction(share_pct) / 100
    return LiabilityRow(item, liability_class, weight_pct, fen(base), fen(base * Fraction(weight_pct) / 100))


def liability_balance_fen(rows: Iterable[LiabilityRow]) -> int:
    """融资担保责任余额: Σ of the weighted balances."""
    return sum(row.liability_fen for row in rows)


# ------------------------------------------------------------------ limits on capital


@dataclass(frozen=True, slots=True)
class Capital:
    """What carries the liability: net assets less equity in other guarantee and re-guarantee companies."""

    net_assets_fen: int
    equity_in_guarantors_fen: int = 0

    @property
    def counted_fen(self) -> int:
        """The denominator of magnification and concentration; may be zero or less."""
        return self.net_assets_fen - self.equity_in_guarantors_fen


class LimitLevel(StrEnum):
    """How much of a limit is used; RED means passed, which blocks new items."""

    OK = "OK"
    YELLOW = "YELLOW"
    ORANGE = "ORANGE"
    RED = "RED"


@dataclass(frozen=True, slots=True)
class LimitTerms:
    """Capital limits and from which part of them we warn; the limit itself is still allowed.

    Source: 融资担保公司监督管理条例 art. 15–16; domain/rules.md §10–11.
    """

    leverage_limit: Decimal = Decimal(10)
    leverage_limit_focus: Decimal = Decimal(15)
    single_limit: Decimal = Decimal("0.10")
    group_limit: Decimal = Decimal("0.15")
    yellow_from: Decimal = Decimal("0.8")
    orange_from: Decimal = Decimal("0.9")
    aa_bond_counted_pct: Decimal = Decimal(60)  # unconfirmed
    focus_balance_share: Decimal = Decimal("0.5")  # unconfirmed
    focus_client_share: Decimal = Decimal("0.8")  # unconfirmed


@dataclass(frozen=True, slots=True)
class LimitUse:
    """A measured ratio beside its limit. Without capital to divide by, the limit counts as passed."""

    ratio: Ratio
    limit: Decimal
    level: LimitLevel

    @property
    def is_allowed(self) -> bool:
        """Whether new items may still be taken."""
        return self.level is not LimitLevel.RED

    @property
    def room_fen(self) -> int:
        """How much the numerator may still grow (in whole fen); 0 when the limit is reached or passed."""
        at_limit = max(0, self.ratio.denominator_fen) * Fraction(self.limit)
        return max(0, at_limit.numerator // at_limit.denominator - self.ratio.numerator_fen)


def _limit_use(numerator_fen: int, capital_fen: int, limit: Decimal, terms: LimitTerms) -> LimitUse:
    ratio = Ratio(numerator_fen, capital_fen)
    return LimitUse(ratio, limit, _level(ratio, limit, terms))


def _level(ratio: Ratio, limit: Decimal, terms: LimitTerms) -> LimitLevel:
    if not ratio.is_defined or ratio.value > limit:
        return LimitLevel.RED
    if ratio.value >= Fraction(limit) * Fraction(terms.orange_from):
        return LimitLevel.ORANGE
    if ratio.value >= Fraction(limit) * Fraction(terms.yellow_from):
        return LimitLevel.YELLOW
    return LimitLevel.OK


def leverage(liability_fen: int, capital: Capital, terms: LimitTerms, *, is_focus: bool) -> LimitUse:
    """Magnification 放大倍数 against its limit, higher for companies mainly serving small business.

    Source: domain/rules.md §10.
    """
    limit = terms.leverage_limit_focus if is_focus else terms.leverage_limit
    return _limit_use(liability_fen, capital.counted_fen, limit, terms)


def single_concentration(counted_fen: int, capital: Capital, terms: LimitTerms) -> LimitUse:
    """One customer's counted liability, the item under review included. Source: domain/rules.md §11."""
    return _limit_use(counted_fen, capital.counted_fen, terms.single_limit, terms)


def group_concentration(counted_fen: int, capital: Capital, terms: LimitTerms) -> LimitUse:
    """Counted liability of a customer with its related parties. Source: domain/rules.md §11."""
    return _limit_use(counted_fen, capital.counted_fen, terms.group_limit, terms)


def concentration_counted_fen(rows: Iterable[LiabilityRow], terms: LimitTerms) -> int:
    """What concentration counts of a customer: the weighted balance, for AA bonds 60 % of the balance instead."""
    return sum(
        fen(row.base_fen * Fraction(terms.aa_bond_counted_pct) / 100)
        if row.liability_class is LiabilityClass.BOND_AA
        else row.liability_fen
        for row in rows
    )


def is_focus_company(balance: Ratio, small_clients: int, all_clients: int, terms: LimitTerms) -> bool:
    """Whether we mainly serve small business and agriculture: by balance and by number of clients.

    :param balance: liability balance of small business and agriculture over all.
    """
    if not balance.is_defined or all_clients <= 0:
        return False
    return balance.value >= terms.focus_balance_share and (
        Fraction(small_clients, all_clients) >= terms.focus_client_share
    )
