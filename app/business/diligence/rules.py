"""Statements, ratios, coverage and score: what due diligence reckons from what it was shown.

Source: domain/processes.md §1 D4, D8; domain/rules.md §14; domain/entities.md §1.4, §7.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from app.business.diligence.errors import ScoreValueMissing
from app.core.errors import Finding
from app.core.i18n import _
from app.core.money import Exact, Ratio, fen, show_percent, show_yuan, yuan


@dataclass(frozen=True, slots=True)
class DiligenceTerms:
    """What a due-diligence report needs, and from where we warn."""

    balance_tolerance_fen: int = yuan(1)
    debt_ratio_warn_from: Decimal = Decimal("0.70")
    revenue_deviation_warn_above: Decimal = Decimal("0.20")
    coverage_warn_below: Decimal = Decimal("0.60")
    min_statement_periods: int = 2
    min_photos: int = 3
    min_actual_controllers: int = 1


# ------------------------------------------------------------------ statements


@dataclass(frozen=True, slots=True)
class Statement:
    """The figures of one period that ratios are made of, in fen; flows are those of the period."""

    assets_fen: int
    liabilities_fen: int
    equity_fen: int
    current_assets_fen: int = 0
    inventory_fen: int = 0
    current_liabilities_fen: int = 0
    receivables_fen: int = 0
    revenue_fen: int = 0
    operating_cost_fen: int = 0
    interest_expense_fen: int = 0
    profit_before_tax_fen: int = 0
    net_profit_fen: int = 0
    operating_cash_flow_fen: int = 0


def balance_findings(statement: Statement, terms: DiligenceTerms) -> list[Finding]:
    """Assets equal liabilities plus equity within one yuan. Source: domain/entities.md §1.4."""
    gap_fen = statement.assets_fen - statement.liabilities_fen - statement.equity_fen
    if abs(gap_fen) <= terms.balance_tolerance_fen:
        return []
    message = _("资产负债表不平：资产减负债和所有者权益相差 %(gap)s 元", gap=show_yuan(gap_fen))
    return [Finding("diligence.statement.unbalanced", message, field="financial_statement")]


@dataclass(frozen=True, slots=True)
class FinancialRatios:
    """The ratios of one period, each with both its figures; a ratio without denominator is not defined."""

    debt: Ratio
    current: Ratio
    quick: Ratio
    gross_margin: Ratio
    net_margin: Ratio
    return_on_equity: Ratio
    interest_cover: Ratio
    receivables_to_revenue: Ratio
    cash_flow_to_current_liabilities: Ratio


def financial_ratios(statement: Statement) -> FinancialRatios:
    """The ratios of section 8 of the review report, on figures at the period's end (industry practice)."""
    s = statement
    return FinancialRatios(
        debt=debt_ratio(s),
        current=Ratio(s.current_assets_fen, s.current_liabilities_fen),
        quick=Ratio(s.current_assets_fen - s.inventory_fen, s.current_liabilities_fen),
        gross_margin=Ratio(s.revenue_fen - s.operating_cost_fen, s.revenue_fen),
        net_margin=Ratio(s.net_profit_fen, s.revenue_fen),
        return_on_equity=Ratio(s.net_profit_fen, s.equity_fen),
        interest_cover=Ratio(s.profit_before_tax_fen + s.interest_expense_fen, s.interest_expense_fen),
        receivables_to_revenue=Ratio(s.receivables_fen, s.revenue_fen),
        cash_flow_to_current_liabilities=Ratio(s.operating_cash_flow_fen, s.current_liabilities_fen),
    )


def debt_ratio(statement: Statement) -> Ratio:
    """Debt ratio 资产负债率: liabilities over assets."""
    return Ratio(statement.liabilities_fen, statement.assets_fen)


def debt_ratio_findings(statement: Statement, terms: DiligenceTerms) -> list[Finding]:
    """Warn from 70 % on, and when there are no assets to compare with. Source: domain/rules.md §23.8."""
    ratio = debt_ratio(statement)
    if ratio.is_defined and ratio.value < terms.debt_ratio_warn_from:
        return []
    limit = show_percent(terms.debt_ratio_warn_from, 0)
    message = _("资产负债率为 %(ratio)s，达到或超过 %(limit)s", ratio=str(ratio), limit=limit)
    return [Finding("diligence.debt_ratio.high", message, "WARN", "financial_statement")]


def revenue_deviation(statement_revenue_fen: int, taxed_revenue_fen: int) -> Ratio:
    """How far the stated revenue lies from the revenue declared for tax, relative to the latter."""
    return Ratio(abs(statement_revenue_fen - taxed_revenue_fen), taxed_revenue_fen)


def revenue_findings(statement_revenue_fen: int, taxed_revenue_fen: int, terms: DiligenceTerms) -> list[Finding]:
    """Warn when stated and taxed revenue differ by more than 20 %. Source: domain/processes.md §1, D4."""
    deviation = revenue_deviation(statement_revenue_fen, taxed_revenue_fen)
    if not deviation.is_defined and statement_revenue_fen == taxed_revenue_fen:
        return []
    if deviation.is_defined and deviation.value <= terms.revenue_deviation_warn_above:
        return []
    message = _(
        "报表收入 %(stated)s 元与纳税申报收入 %(taxed)s 元偏差 %(deviation)s，请说明原因",
        stated=show_yuan(statement_revenue_fen),
        taxed=show_yuan(taxed_revenue_fen),
        deviation=str(deviation),
    )
    return [Finding("diligence.revenue.deviates", message, "WARN", "revenue")]


# ------------------------------------------------------------------ the report


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """What is counted of a due-diligence report before it may leave the managers' hands."""

    signed_a: int | None
    signed_b: int | None
    statement_periods: int
    photos: int
    actual_controllers: int


def report_findings(facts: ReportFacts, terms: DiligenceTerms) -> list[Finding]:
    """Two signatures by different people, enough periods, photos and controllers.

    Source: domain/processes.md §1, D4; domain/entities.md §5.
    """
    findings = []
    if facts.signed_a is None or facts.signed_b is None:
        message = _("尽调报告须由 A 角和 B 角分别签字")
        findings.append(Finding("diligence.report.not_signed", message, field="signatures"))
    elif facts.signed_a == facts.signed_b:
        message = _("A 角和 B 角的签字不能是同一人")
        findings.append(Finding("diligence.report.same_signer", message, field="signatures"))
    if facts.statement_periods < terms.min_statement_periods:
        message = _("财务报表不少于 %(least)s 期", least=terms.min_statement_periods)
        findings.append(Finding("diligence.report.too_few_periods", message, field="financial_statement"))
    if facts.photos < terms.min_photos:
        message = _("现场照片不少于 %(least)s 张", least=terms.min_photos)
        findings.append(Finding("diligence.report.too_few_photos", message, field="photos"))
    if facts.actual_controllers < terms.min_actual_controllers:
        message = _("请登记实际控制人，至少 %(least)s 名", least=terms.min_actual_controllers)
        findings.append(Finding("diligence.report.no_controller", message, field="key_persons"))
    return findings


# ------------------------------------------------------------------ collateral


@dataclass(frozen=True, slots=True)
class CollateralValue:
    """One collateral: the appraised value, the percent we expect to realise, and who comes before us."""

    appraised_fen: int
    discount_pct: Decimal
    prior_liens_fen: int = 0


def realisable_fen(collateral: CollateralValue) -> int:
    """Appraised × discount − prior liens, never below zero. Source: domain/entities.md §7."""
    expected = fen(collateral.appraised_fen * Fraction(collateral.discount_pct) / 100)
    return max(0, expected - collateral.prior_liens_fen)


def coverage(collaterals: Iterable[CollateralValue], own_exposure_fen: int) -> Ratio:
    """Collateral coverage: Σ realisable over own exposure. Source: domain/rules.md §14."""
    return Ratio(sum(map(realisable_fen, collaterals)), own_exposure_fen)


def coverage_findings(ratio: Ratio, terms: DiligenceTerms) -> list[Finding]:
    """Warn below 60 %; without own exposure there is nothing to cover. Source: domain/processes.md §1, D8."""
    if not ratio.is_defined or ratio.value >= terms.coverage_warn_below:
        return []
    limit = show_percent(terms.coverage_warn_below, 0)
    message = _("反担保覆盖率 %(ratio)s，低于 %(limit)s", ratio=str(ratio), limit=limit)
    return [Finding("diligence.coverage.low", message, "WARN", "counter_guarantee")]


def lien_findings(liens_fen: Sequence[int], appraised_fen: int, max_ratio_pct: Decimal) -> list[Finding]:
    """Σ liens on one certificate ≤ appraised × the highest ratio. Source: domain/entities.md §7."""
    highest_fen = fen(appraised_fen * Fraction(max_ratio_pct) / 100)
    if sum(liens_fen) <= highest_fen:
        return []
    message = _("同一权证的担保债权合计超过可抵押上限 %(limit)s 元", limit=show_yuan(highest_fen))
    return [Finding("diligence.collateral.liens_too_high", message, field="amount_fen")]


# ------------------------------------------------------------------ scorecard


@dataclass(frozen=True, slots=True)
class Band:
    """From ``at_least`` upwards a figure earns ``points``, until the next band begins."""

    at_least: Decimal
    points: Decimal


@dataclass(frozen=True, slots=True)
class ScoreItem:
    """One figure of a scorecard. Bands rise; below the first one it earns ``points_below``.

    ``points_missing`` is earned when the figure is not known; ``None`` means it must be.
    """

    code: str
    label: str
    bands: tuple[Band, ...]
    points_below: Decimal = Decimal(0)
    points_missing: Decimal | None = None

    def __post_init__(self) -> None:
        bounds = [band.at_least for band in self.bands]
        if bounds != sorted(set(bounds)):
            raise ValueError("bands of a scorecard rise")


@dataclass(frozen=True, slots=True)
class Grade:
    """From ``at_least`` points upwards a score has this grade."""

    code: str
    at_least: Decimal


@dataclass(frozen=True, slots=True)
class Scorecard:
    """A versioned table of figures, points and grades; ``grades`` fall, the last one takes the rest."""

    code: str
    items: tuple[ScoreItem, ...]
    grades: tuple[Grade, ...]

    def __post_init__(self) -> None:
        bounds = [grade.at_least for grade in self.grades]
        if not bounds or bounds != sorted(set(bounds), reverse=True):
            raise ValueError("grades of a scorecard fall")


@dataclass(frozen=True, slots=True)
class Score:
    """The points of a scorecard, item by item in its order, and the grade they come to."""

    points: Decimal
    grade: str
    parts: tuple[tuple[str, Decimal], ...]


def score(card: Scorecard, values: Mapping[str, Exact | None]) -> Score:
    """Score the figures by the card; figures the card does not ask for are left aside.

    :raises ScoreValueMissing: every figure that must be known and is not.
    """
    missing = [item.label for item in card.items if values.get(item.code) is None and item.points_missing is None]
    if missing:
        raise ScoreValueMissing(missing="、".join(missing))
    parts = tuple((item.code, _points(item, values.get(item.code))) for item in card.items)
    total = sum((points for _code, points in parts), Decimal(0))
    return Score(total, _grade(card, total), parts)


def _points(item: ScoreItem, value: Exact | None) -> Decimal:
    if value is None:
        return item.points_missing or Decimal(0)
    reached = [band.points for band in item.bands if value >= band.at_least]
    return reached[-1] if reached else item.points_below


def _grade(card: Scorecard, points: Decimal) -> str:
    return next((grade.code for grade in card.grades if points >= grade.at_least), card.grades[-1].code)
