"""Who bears which part of a loss, what re-guarantee costs, and within which limits a product is sold.

Source: domain/rules.md §3–6; domain/entities.md §3.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction

from app.business.products.errors import PremiumRateAboveCeiling, SchemeRefused
from app.core.errors import Finding
from app.core.i18n import _
from app.core.money import Exact, fen, show_percent, show_wan, split_fen, yuan


class PartyKind(StrEnum):
    """Who may bear a share of the loss."""

    DIRECT_GUARANTOR = "DIRECT_GUARANTOR"
    REGUARANTOR = "REGUARANTOR"
    NATIONAL_FUND = "NATIONAL_FUND"
    BANK = "BANK"
    LOCAL_GOV = "LOCAL_GOV"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Share:
    """One party of a risk-share scheme; ``share_pct`` is percent with four decimals."""

    party: PartyKind
    share_pct: Decimal
    institution_id: int | None = None


Shares = Sequence[Share]


def _scheme(**percents: int) -> tuple[Share, ...]:
    return tuple(Share(_LETTERS[letter], Decimal(percent)) for letter, percent in percents.items())


_LETTERS = {
    "G": PartyKind.DIRECT_GUARANTOR,
    "P": PartyKind.REGUARANTOR,
    "N": PartyKind.NATIONAL_FUND,
    "B": PartyKind.BANK,
    "L": PartyKind.LOCAL_GOV,
}

STANDARD_SCHEMES: dict[str, tuple[Share, ...]] = {
    "S4222": _scheme(G=40, P=20, N=20, B=20),
    "S4321": _scheme(G=40, P=30, B=20, L=10),
    "S82": _scheme(G=80, B=20),
    "S55": _scheme(G=50, P=50),
    "S100": _scheme(G=100),
}
"""The schemes every company starts with. Source: domain/rules.md §4."""


# ------------------------------------------------------------------ schemes


@dataclass(frozen=True, slots=True)
class SchemeTerms:
    """What national fund and bank normally bear at least, where they take part.

    Source: 国办发〔2019〕6号 (unconfirmed).
    """

    normal_minimum_pct: Decimal = Decimal(20)
    normally_bound: frozenset[PartyKind] = frozenset({PartyKind.NATIONAL_FUND, PartyKind.BANK})


def scheme_findings(shares: Shares, terms: SchemeTerms) -> list[Finding]:
    """What is wrong with a scheme (BLOCK) or unusual (WARN); empty when nothing is.

    Shares are above zero with at most four decimals, add up to exactly 100, and the direct guarantor, who takes
    the rounding residual, appears once. Source: domain/entities.md §3; domain/rules.md §4.
    """
    return [
        finding
        for found in (
            _sum_finding(shares),
            _positive_finding(shares),
            _decimals_finding(shares),
            _guarantor_finding(shares),
            *(_low_share_finding(share, terms) for share in shares),
        )
        if (finding := found) is not None
    ]


def require_valid_scheme(shares: Shares, terms: SchemeTerms) -> None:
    """:raises SchemeRefused: with every finding that blocks."""
    blocking = [finding for finding in scheme_findings(shares, terms) if finding.severity == "BLOCK"]
    if blocking:
        raise SchemeRefused(blocking)


def _sum_finding(shares: Shares) -> Finding | None:
    total = sum((share.share_pct for share in shares), Decimal(0))
    if total == 100:
        return None
    message = _("各方分担比例合计应为 100%%，目前为 %(total)s%%", total=f"{total.normalize():f}")
    return Finding("products.scheme.sum", message, field="share_pct")


def _positive_finding(shares: Shares) -> Finding | None:
    if all(share.share_pct > 0 for share in shares):
        return None
    return Finding("products.scheme.not_positive", _("每一方的分担比例都应大于 0"), field="share_pct")


def _decimals_finding(shares: Shares) -> Finding | None:
    if all(share.share_pct == _four_decimals(share.share_pct) for share in shares):
        return None
    return Finding("products.scheme.decimals", _("分担比例最多四位小数"), field="share_pct")


def _guarantor_finding(shares: Shares) -> Finding | None:
    if sum(share.party is PartyKind.DIRECT_GUARANTOR for share in shares) == 1:
        return None
    return Finding("products.scheme.guarantor", _("原担保机构应出现且只出现一次"), field="party_kind")


def _low_share_finding(share: Share, terms: SchemeTerms) -> Finding | None:
    if share.party not in terms.normally_bound or share.share_pct >= terms.normal_minimum_pct:
        return None
    message = _("国担基金、银行的分担比例一般不低于 %(minimum)s%%", minimum=terms.normal_minimum_pct)
    return Finding("products.scheme.low_share", message, "WARN", "share_pct")


def share_of(shares: Shares, party: PartyKind) -> Decimal:
    """Percent borne by all parties of that kind together; 0 when none takes part."""
    return sum((share.share_pct for share in shares if share.party is party), Decimal(0))


def split_by_scheme(amount_fen: int, shares: Shares) -> list[int]:
    """The parts of an amount in the order of ``shares``; the direct guarantor takes the residual."""
    residual = next(i for i, share in enumerate(shares) if share.party is PartyKind.DIRECT_GUARANTOR)
    return split_fen(amount_fen, [share.share_pct for share in shares], residual)


def surplus_share(amount_fen: int, retention_fen: int) -> Fraction:
    """The part of an item above the retention, as a fraction of it 溢额再担保. :raises ValueError: no amount.

    Source: domain/rules.md §4.
    """
    if amount_fen <= 0:
        raise ValueError("a surplus share needs an amount")
    return Fraction(max(0, amount_fen - retention_fen), amount_fen)


def surplus_scheme(amount_fen: int, retention_fen: int) -> tuple[Share, ...]:
    """The scheme of a surplus re-guarantee: the re-guarantor's share in four decimals, the guarantor the rest."""
    exact = surplus_share(amount_fen, retention_fen)
    ceded_pct = _four_decimals(Decimal(exact.numerator) * 100 / exact.denominator)
    own = Share(PartyKind.DIRECT_GUARANTOR, 100 - ceded_pct)
    return (own, Share(PartyKind.REGUARANTOR, ceded_pct)) if ceded_pct else (own,)


def _four_decimals(percent: Decimal) -> Decimal:
    return percent.quantize(Decimal("0.0001"), ROUND_HALF_UP)


# ------------------------------------------------------------------ compensation split


@dataclass(frozen=True, slots=True)
class CompensationTerms:
    """What of the bank's claim is covered, as agreed in the contract."""

    interest_days: int = 90
    interest_year_days: int = 360
    penalty_covered: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """The bank's claim after default; ``interest_rate`` is per year, as in the loan contract."""

    principal_fen: int
    interest_rate: Decimal = Decimal(0)
    overdue_days: int = 0
    penalty_fen: int = 0
    agreed_costs_fen: int = 0


def covered_interest_fen(claim: Claim, terms: CompensationTerms) -> int:
    """Interest on the principal for the days covered. Source: domain/rules.md §6, Ex 6.5."""
    days = min(claim.overdue_days, terms.interest_days)
    return fen(claim.principal_fen * Fraction(claim.interest_rate) * days / terms.interest_year_days)


def covered_loss_fen(claim: Claim, terms: CompensationTerms) -> int:
    """L: covered principal, covered interest, agreed costs, and penalty interest only where agreed."""
    penalty_fen = claim.penalty_fen if terms.penalty_covered else 0
    return claim.principal_fen + covered_interest_fen(claim, terms) + claim.agreed_costs_fen + penalty_fen


@dataclass(frozen=True, slots=True)
class CompensationSplit:
    """Who bears what of a covered loss, in fen; the parts below add up to ``loss_fen``."""

    loss_fen: int
    bank_borne_fen: int
    reguarantor_fen: int
    national_fund_fen: int
    local_gov_fen: int
    other_fen: int
    guarantor_net_fen: int

    @property
    def guarantor_paid_fen(self) -> int:
        """代偿: what the guarantor pays the bank."""
        return self.loss_fen - self.bank_borne_fen

    @property
    def re_compensation_fen(self) -> int:
        """补偿: what the re-guarantor pays the guarantor; the national part is then reclaimed from the fund."""
        return self.reguarantor_fen + self.national_fund_fen


def split_compensation(loss_fen: int, shares: Shares) -> CompensationSplit:
    """Divide a covered loss by the scheme, before any cap. Source: domain/rules.md §6."""
    borne = dict.fromkeys(PartyKind, 0)
    for share, part_fen in zip(shares, split_by_scheme(loss_fen, shares), strict=True):
        borne[share.party] += part_fen
    return CompensationSplit(
        loss_fen=loss_fen,
        bank_borne_fen=borne[PartyKind.BANK],
        reguarantor_fen=borne[PartyKind.REGUARANTOR],
        national_fund_fen=borne[PartyKind.NATIONAL_FUND],
        local_gov_fen=borne[PartyKind.LOCAL_GOV],
        other_fen=borne[PartyKind.OTHER],
        guarantor_net_fen=borne[PartyKind.DIRECT_GUARANTOR],
    )


# ------------------------------------------------------------------ premium


class PremiumMethod(StrEnum):
    """How the re-guarantee premium is reckoned: on liability by months or days, or on the customer's fee."""

    MONTH = "MONTH"
    DAY = "DAY"
    ON_FEE = "ON_FEE"


@dataclass(frozen=True, slots=True)
class PremiumCeilings:
    """Highest yearly rates on the liability borne, for items filed with the national fund (unconfirmed)."""

    small_amount_fen: int = yuan(5_000_000)
    small_rate: Decimal = Decimal("0.003")
    large_rate: Decimal = Decimal("0.005")

    def rate_for(self, client_guaranteed_fen: int) -> Decimal:
        """The ceiling by the single client's guaranteed amount, the limit itself counting as small."""
        return self.small_rate if client_guaranteed_fen <= self.small_amount_fen else self.large_rate


def premium_by_months_fen(amount_fen: int, share_pct: Decimal, rate: Decimal, months: int) -> int:
    """Method A by whole months: amount × share × yearly rate × months/12. Source: domain/rules.md §3."""
    return fen(_ceded(amount_fen, share_pct) * Fraction(rate) * months / 12)


def premium_by_days_fen(
    amount_fen: int, share_pct: Decimal, rate: Decimal, days: int, *, year_days: int = 365
) -> int:
    """Method A by calendar days, start included, end excluded. Source: domain/rules.md §3."""
    return fen(_ceded(amount_fen, share_pct) * Fraction(rate) * days / year_days)


def premium_on_fee_fen(guarantee_fee_fen: int, cession_ratio: Decimal) -> int:
    """Method B: a part of the customer's guarantee fee. Source: domain/rules.md §3."""
    return fen(guarantee_fee_fen * Fraction(cession_ratio))


def effective_premium_rate(premium_fen: int, amount_fen: int, share_pct: Decimal, months: int) -> Fraction:
    """The yearly rate on the liability borne that a premium comes to, whichever method made it.

    :raises ValueError: no liability or no time.
    """
    base = _ceded(amount_fen, share_pct) * months
    if base <= 0:
        raise ValueError("a premium rate needs liability and time")
    return premium_fen * 12 / base


def require_rate_within_ceiling(rate: Exact, client_guaranteed_fen: int, ceilings: PremiumCeilings) -> None:
    """For items filed with the national fund. :raises PremiumRateAboveCeiling: compared unrounded.

    Source: domain/rules.md §3, §23.7.
    """
    ceiling = ceilings.rate_for(client_guaranteed_fen)
    if rate > ceiling:
        raise PremiumRateAboveCeiling(asked=show_percent(rate, 4), ceiling=show_percent(ceiling))


def _ceded(amount_fen: int, share_pct: Decimal) -> Fraction:
    return amount_fen * Fraction(share_pct) / 100


# ------------------------------------------------------------------ product limits


@dataclass(frozen=True, slots=True)
class ProductLimits:
    """Between which bounds a product is sold, all included; ``None`` is no bound."""

    min_amount_fen: int | None = None
    max_amount_fen: int | None = None
    max_term_months: int | None = None
    min_fee_rate: Decimal | None = None
    max_fee_rate: Decimal | None = None


def product_findings(
    amount_fen: int, term_months: int, fee_rate: Decimal | None, limits: ProductLimits
) -> list[Finding]:
    """Where an application leaves the product's bounds. Source: domain/processes.md §1, D1."""
    findings = []
    low, high = limits.min_amount_fen, limits.max_amount_fen
    if low is not None and amount_fen < low:
        message = _("申请金额低于产品下限 %(limit)s 万元", limit=show_wan(low))
        findings.append(Finding("products.amount.below_minimum", message, field="applied_amount_fen"))
    if high is not None and amount_fen > high:
        message = _("申请金额超过产品上限 %(limit)s 万元", limit=show_wan(high))
        findings.append(Finding("products.amount.above_maximum", message, field="applied_amount_fen"))
    if limits.max_term_months is not None and term_months > limits.max_term_months:
        message = _("期限超过产品上限 %(limit)s 个月", limit=limits.max_term_months)
        findings.append(Finding("products.term.above_maximum", message, field="term_months"))
    if fee_rate is not None:
        findings += _fee_rate_findings(fee_rate, limits)
    return findings


def _fee_rate_findings(fee_rate: Decimal, limits: ProductLimits) -> list[Finding]:
    low, high = limits.min_fee_rate, limits.max_fee_rate
    if low is not None and fee_rate < low:
        message = _("费率低于产品下限 %(limit)s", limit=show_percent(low))
    elif high is not None and fee_rate > high:
        message = _("费率超过产品上限 %(limit)s", limit=show_percent(high))
    else:
        return []
    return [Finding("products.fee_rate.out_of_range", message, field="fee_rate")]
