"""Business parameters the program asks for, with the value a company starts with, and the standard schemes' names.

Figures without a checked source are unconfirmed and shown as such. Rates and limits are decimal fractions as
text; amounts integer fen.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.core.money import yuan


class Measure(StrEnum):
    """What the figure of a parameter counts, so that a screen can say it."""

    NONE = "NONE"
    """A bare number, a word, a list."""
    FEN = "FEN"
    RATE = "RATE"
    """A decimal fraction: ``0.05`` is 5 %."""
    PERCENT = "PERCENT"
    """Percent already: ``60`` is 60 %."""
    TIMES = "TIMES"
    DAYS = "DAYS"
    WORKDAYS = "WORKDAYS"
    YEARS = "YEARS"


@dataclass(frozen=True, slots=True)
class Default:
    """One parameter: name, starting JSON value, where it comes from, whether that was checked, what it counts."""

    name: str
    value: Any
    source: str
    confirmed: bool = False
    measure: Measure = Measure.NONE


_REGULATION = "融资担保公司监督管理条例"
_MEASURE = "融资担保责任余额计量办法（银保监发〔2018〕1号）"
_PRACTICE = "行业惯例（产品默认值）"

_RATE, _PERCENT, _TIMES = Measure.RATE, Measure.PERCENT, Measure.TIMES
_DAYS, _WORKDAYS, _YEARS, _FEN = Measure.DAYS, Measure.WORKDAYS, Measure.YEARS, Measure.FEN

DEFAULTS: tuple[Default, ...] = (
    Default("limit.concentration_single", "0.10", f"{_REGULATION} 第十六条", confirmed=True, measure=_RATE),
    Default("limit.concentration_group", "0.15", f"{_REGULATION} 第十六条", confirmed=True, measure=_RATE),
    Default("limit.leverage", "10", f"{_REGULATION} 第十五条", confirmed=True, measure=_TIMES),
    Default("limit.leverage_focus", "15", f"{_REGULATION} 第十五条", confirmed=True, measure=_TIMES),
    Default("limit.yellow_from", "0.8", _PRACTICE, measure=_RATE),
    Default("limit.orange_from", "0.9", _PRACTICE, measure=_RATE),
    Default("limit.aa_bond_counted_pct", "60", _MEASURE, measure=_PERCENT),
    Default("limit.focus_balance_share", "0.5", _MEASURE, measure=_RATE),
    Default("limit.focus_client_share", "0.8", _MEASURE, measure=_RATE),
    Default("liability.base", "OWN_SHARE", "公开资料不一致，取自身责任份额"),
    Default("liability.sme_limit_fen", yuan(5_000_000), _MEASURE, confirmed=True, measure=_FEN),
    Default("liability.farmer_limit_fen", yuan(2_000_000), _MEASURE, confirmed=True, measure=_FEN),
    Default("fee.min_fen", yuan(500), _PRACTICE, measure=_FEN),
    Default("fee.min_letter_fen", yuan(500), _PRACTICE, measure=_FEN),
    Default("fee.letter_period_days", 90, _PRACTICE, measure=_DAYS),
    Default("fee.policy_rate", "0.01", "国办发〔2019〕6号（降低担保费率至1%以下）", confirmed=True, measure=_RATE),
    Default("fee.year_days", 365, _PRACTICE, measure=_DAYS),
    Default("fee.due_days", 30, _PRACTICE, measure=_DAYS),
    Default("refund.factor", "1", _PRACTICE),
    Default("refund.min_days_left", 30, _PRACTICE, measure=_DAYS),
    Default("approval.valid_days", 180, _PRACTICE, measure=_DAYS),
    Default("approval.extension_days", 90, _PRACTICE, measure=_DAYS),
    Default("approval.max_extensions", 1, _PRACTICE),
    Default("approval.delegated_up_to_fen", yuan(1_000_000), _PRACTICE, measure=_FEN),
    Default("approval.small_panel_up_to_fen", yuan(10_000_000), _PRACTICE, measure=_FEN),
    Default("approval.board_notice_share", "0.05", _PRACTICE, measure=_RATE),
    Default("reconsideration.days", 90, _PRACTICE, measure=_DAYS),
    Default("reconsideration.partner_days", 30, f"{_PRACTICE}，未核实", measure=_DAYS),
    Default("reconsideration.remind_days", 10, _PRACTICE, measure=_DAYS),
    Default("condition.remind_days", 5, _PRACTICE, measure=_WORKDAYS),
    Default("condition.remind_again_days", 3, _PRACTICE, measure=_WORKDAYS),
    Default("condition.escalate_days", 3, _PRACTICE, measure=_WORKDAYS),
    Default("committee.max_items_per_meeting", 8, _PRACTICE),
    Default("diligence.debt_ratio_warn_from", "0.70", _PRACTICE, measure=_RATE),
    Default("diligence.revenue_deviation_warn_above", "0.20", _PRACTICE, measure=_RATE),
    Default("diligence.coverage_warn_below", "0.60", _PRACTICE, measure=_RATE),
    Default("diligence.min_statement_periods", 2, _PRACTICE),
    Default("diligence.min_photos", 3, _PRACTICE),
    Default("age.youngest_at_start", 18, _PRACTICE, measure=_YEARS),
    Default("age.oldest_at_maturity", 65, _PRACTICE, measure=_YEARS),
    Default("industry.prohibited", ["C16", "J66", "K701"], "产品默认值：烟草制品业、货币金融服务、房地产开发经营"),
)

MEASURES = {default.name: default.measure for default in DEFAULTS}

STANDARD_NAMES = {
    "S4222": "4-2-2-2（原担保40/再担保20/国担20/银行20）",
    "S4321": "4-3-2-1（原担保40/再担保30/银行20/地方政府10）",
    "S82": "8-2（担保80/银行20）",
    "S55": "5-5（担保50/再担保50）",
    "S100": "10-0（担保100）",
}
