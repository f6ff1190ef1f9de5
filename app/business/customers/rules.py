"""Enterprise scale, customer class, age and identity: what a customer is, from plain figures.

Source: domain/rules.md §20; domain/entities.md §1.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from app.business.customers.errors import CustomerBlacklisted, ScaleFiguresMissing
from app.core.dates import age_on
from app.core.errors import Finding
from app.core.i18n import _
from app.core.identifiers import Gender, ResidentId
from app.core.money import show_wan, wan


class CustomerType(StrEnum):
    """Company or natural person."""

    ENTERPRISE = "ENTERPRISE"
    INDIVIDUAL = "INDIVIDUAL"


class CustomerClass(StrEnum):
    """What statistics, weights and admission ask of a customer."""

    LARGE = "LARGE"
    MEDIUM = "MEDIUM"
    SMALL = "SMALL"
    MICRO = "MICRO"
    SELF_EMPLOYED = "SELF_EMPLOYED"
    MICRO_OWNER = "MICRO_OWNER"
    FARMER = "FARMER"
    OTHER_PERSON = "OTHER_PERSON"


class BlackGreyFlag(StrEnum):
    """How openly we distrust a customer; BLACK stops acceptance in every line."""

    NONE = "NONE"
    GREY = "GREY"
    BLACK = "BLACK"


SMALL_BUSINESS = frozenset(
    {CustomerClass.SMALL, CustomerClass.MICRO, CustomerClass.SELF_EMPLOYED, CustomerClass.MICRO_OWNER}
)
SMALL_OR_AGRICULTURE = SMALL_BUSINESS | {CustomerClass.FARMER}


def serves_small_or_agriculture(customer_class: CustomerClass, *, is_sannong: bool) -> bool:
    """Whether business with this customer counts as 支小支农. Source: domain/rules.md §22 K09."""
    return is_sannong or customer_class in SMALL_OR_AGRICULTURE


def require_not_blacklisted(name: str, flag: BlackGreyFlag) -> None:
    """Stop at the black list. :raises CustomerBlacklisted: it names this customer."""
    if flag is BlackGreyFlag.BLACK:
        raise CustomerBlacklisted(name=name)


# ------------------------------------------------------------------ enterprise scale

Criterion = Literal["staff", "revenue", "assets"]


class ScaleIndustry(StrEnum):
    """The rows of the scale table 划型标准; the value is the name shown in reasons."""

    AGRICULTURE = "农林牧渔业"
    INDUSTRY = "工业"
    CONSTRUCTION = "建筑业"
    WHOLESALE = "批发业"
    RETAIL = "零售业"
    TRANSPORT = "交通运输业"
    STORAGE = "仓储业"
    POST = "邮政业"
    HOTEL = "住宿业"
    CATERING = "餐饮业"
    TELECOM = "信息传输业"
    SOFTWARE = "软件和信息技术服务业"
    REAL_ESTATE = "房地产开发经营"
    PROPERTY = "物业管理"
    LEASING = "租赁和商务服务业"
    OTHER = "其他未列明行业"


@dataclass(frozen=True, slots=True)
class ScaleRow:
    """One industry: what is measured, and the lower bounds of small, medium and large.

    Staff in persons, revenue and assets in 万元, bounds in the order of ``criteria``.
    A class is reached only when every criterion reaches its bound.
    """

    criteria: tuple[Criterion, ...]
    small: tuple[int, ...]
    medium: tuple[int, ...]
    large: tuple[int, ...]


_X: tuple[Criterion, ...] = ("staff",)
_Y: tuple[Criterion, ...] = ("revenue",)
_XY: tuple[Criterion, ...] = ("staff", "revenue")
_XZ: tuple[Criterion, ...] = ("staff", "assets")
_YZ: tuple[Criterion, ...] = ("revenue", "assets")

SCALE_2011: Mapping[ScaleIndustry, ScaleRow] = {
    ScaleIndustry.AGRICULTURE: ScaleRow(_Y, (50,), (500,), (20_000,)),
    ScaleIndustry.INDUSTRY: ScaleRow(_XY, (20, 300), (300, 2_000), (1_000, 40_000)),
    ScaleIndustry.CONSTRUCTION: ScaleRow(_YZ, (300, 300), (6_000, 5_000), (80_000, 80_000)),
    ScaleIndustry.WHOLESALE: ScaleRow(_XY, (5, 1_000), (20, 5_000), (200, 40_000)),
    ScaleIndustry.RETAIL: ScaleRow(_XY, (10, 100), (50, 500), (300, 20_000)),
    ScaleIndustry.TRANSPORT: ScaleRow(_XY, (20, 200), (300, 3_000), (1_000, 30_000)),
    ScaleIndustry.STORAGE: ScaleRow(_XY, (20, 100), (100, 1_000), (200, 30_000)),
    ScaleIndustry.POST: ScaleRow(_XY, (20, 100), (300, 2_000), (1_000, 30_000)),
    ScaleIndustry.HOTEL: ScaleRow(_XY, (10, 100), (100, 2_000), (300, 10_000)),
    ScaleIndustry.CATERING: ScaleRow(_XY, (10, 100), (100, 2_000), (300, 10_000)),
    ScaleIndustry.TELECOM: ScaleRow(_XY, (10, 100), (100, 1_000), (2_000, 100_000)),
    ScaleIndustry.SOFTWARE: ScaleRow(_XY, (10, 50), (100, 1_000), (300, 10_000)),
    ScaleIndustry.REAL_ESTATE: ScaleRow(_YZ, (100, 2_000), (1_000, 5_000), (200_000, 10_000)),
    ScaleIndustry.PROPERTY: ScaleRow(_XY, (100, 500), (300, 1_000), (1_000, 5_000)),
    ScaleIndustry.LEASING: ScaleRow(_XZ, (10, 100), (100, 8_000), (300, 120_000)),
    ScaleIndustry.OTHER: ScaleRow(_X, (10,), (100,), (300,)),
}
"""工信部联企业〔2011〕300号; row OTHER unconfirmed. Source: domain/rules.md §20."""

_INDUSTRY_BY_DIVISION: Mapping[str, ScaleIndustry] = {
    "A": ScaleIndustry.AGRICULTURE,
    "B": ScaleIndustry.INDUSTRY,
    "C": ScaleIndustry.INDUSTRY,
    "D": ScaleIndustry.INDUSTRY,
    "E": ScaleIndustry.CONSTRUCTION,
    "F51": ScaleIndustry.WHOLESALE,
    "F52": ScaleIndustry.RETAIL,
    "G": ScaleIndustry.TRANSPORT,
    "G53": ScaleIndustry.OTHER,  # railways stand outside the table
    "G59": ScaleIndustry.STORAGE,
    "G60": ScaleIndustry.POST,
    "H61": ScaleIndustry.HOTEL,
    "H62": ScaleIndustry.CATERING,
    "I63": ScaleIndustry.TELECOM,
    "I64": ScaleIndustry.TELECOM,
    "I65": ScaleIndustry.SOFTWARE,
    "K701": ScaleIndustry.REAL_ESTATE,
    "K702": ScaleIndustry.PROPERTY,
    "L": ScaleIndustry.LEASING,
}


def scale_industry(industry_code: str) -> ScaleIndustry:
    """The scale-table row of a GB/T 4754-2017 code (letter + 2–4 digits); OTHER when none is named.

    The longest matching beginning decides. Source: GB/T 4754-2017, assignment unconfirmed.
    """
    beginnings = (industry_code[:length] for length in range(len(industry_code), 0, -1))
    return next((_INDUSTRY_BY_DIVISION[b] for b in beginnings if b in _INDUSTRY_BY_DIVISION), ScaleIndustry.OTHER)


@dataclass(frozen=True, slots=True)
class ScaleFigures:
    """What an enterprise is measured by; ``None`` where not known."""

    staff: int | None = None
    revenue_fen: int | None = None
    assets_fen: int | None = None


@dataclass(frozen=True, slots=True)
class Derived:
    """A customer class with the sentence that explains it."""

    customer_class: CustomerClass
    reason: str


def enterprise_scale(
    industry: ScaleIndustry, figures: ScaleFigures, table: Mapping[ScaleIndustry, ScaleRow] = SCALE_2011
) -> Derived:
    """The highest scale whose bounds are all reached; MICRO when even small is not.

    :raises ScaleFiguresMissing: a figure this industry is measured by is not known.
    Source: domain/rules.md §20.
    """
    row = table[industry]
    measured = _measured(row.criteria, figures)
    for scale, bounds in (
        (CustomerClass.LARGE, row.large),
        (CustomerClass.MEDIUM, row.medium),
        (CustomerClass.SMALL, row.small),
    ):
        if all(_reaches(c, measured[c], bound) for c, bound in zip(row.criteria, bounds, strict=True)):
            return Derived(scale, _scale_reason(industry, measured, scale))
    return Derived(CustomerClass.MICRO, _scale_reason(industry, measured, CustomerClass.MICRO))


def _measured(criteria: tuple[Criterion, ...], figures: ScaleFigures) -> dict[Criterion, int]:
    values: dict[Criterion, int | None] = {
        "staff": figures.staff,
        "revenue": figures.revenue_fen,
        "assets": figures.assets_fen,
    }
    known = {c: value for c in criteria if (value := values[c]) is not None}
    missing = [_(_CRITERION_NAMES[c]) for c in criteria if c not in known]
    if missing:
        raise ScaleFiguresMissing(missing="、".join(missing))
    return known


def _reaches(criterion: Criterion, value: int, bound: int) -> bool:
    return value >= (bound if criterion == "staff" else wan(bound))


_CRITERION_NAMES: dict[Criterion, str] = {"staff": "从业人员", "revenue": "营业收入", "assets": "资产总额"}

_SCALE_NAMES = {
    CustomerClass.LARGE: "大型",
    CustomerClass.MEDIUM: "中型",
    CustomerClass.SMALL: "小型",
    CustomerClass.MICRO: "微型",
}


def _scale_reason(industry: ScaleIndustry, measured: Mapping[Criterion, int], scale: CustomerClass) -> str:
    """Kept with the customer, so in the company's language whoever computes it."""
    shown = "，".join(
        f"{_CRITERION_NAMES[c]} {f'{value} 人' if c == 'staff' else f'{show_wan(value)} 万元'}"
        for c, value in measured.items()
    )
    return f"{industry.value}：{shown}，按工信部联企业〔2011〕300号划为{_SCALE_NAMES[scale]}企业"


# ------------------------------------------------------------------ customer class


@dataclass(frozen=True, slots=True)
class ClassFacts:
    """What the class of a customer is derived from; flags as they stood when the business began."""

    customer_type: CustomerType
    industry_code: str = ""
    figures: ScaleFigures = field(default_factory=ScaleFigures)
    is_self_employed: bool = False
    is_micro_owner: bool = False
    is_farmer: bool = False


def derive_class(facts: ClassFacts, table: Mapping[ScaleIndustry, ScaleRow] = SCALE_2011) -> Derived:
    """The customer class with its reason, which is kept and so never translated.

    The self-employed 个体工商户 are a class of their own, registered as enterprise or person. A farmer
    taken on as owner of a micro enterprise keeps that, the more favourable class (rules §9, Ex 9.4).
    :raises ScaleFiguresMissing: an enterprise without the figures its industry is measured by.
    Source: domain/entities.md §1.1; domain/rules.md §20.
    """
    if facts.is_self_employed:
        return Derived(CustomerClass.SELF_EMPLOYED, "登记为个体工商户")
    if facts.customer_type is CustomerType.ENTERPRISE:
        return enterprise_scale(scale_industry(facts.industry_code), facts.figures, table)
    if facts.is_micro_owner:
        return Derived(CustomerClass.MICRO_OWNER, "个人客户，标记为小微企业主")
    if facts.is_farmer:
        return Derived(CustomerClass.FARMER, "个人客户，标记为农户")
    return Derived(CustomerClass.OTHER_PERSON, "个人客户，既非小微企业主也非农户")


# ------------------------------------------------------------------ persons


@dataclass(frozen=True, slots=True)
class AgeTerms:
    """Between which ages a natural person is guaranteed without a person deciding."""

    youngest_at_start: int = 18
    oldest_at_maturity: int = 65


def age_findings(birth_date: date, start: date, maturity: date, terms: AgeTerms) -> list[Finding]:
    """Warnings when the person is too young at the start or too old at maturity; empty when neither.

    Source: domain/entities.md §1.3; domain/rules.md §16 MB09.
    """
    findings = []
    if age_on(birth_date, start) < terms.youngest_at_start:
        message = _("担保起始日客户未满 %(age)s 周岁，请人工审核", age=terms.youngest_at_start)
        findings.append(Finding("customers.age.too_young", message, "WARN", "start_date"))
    if (age := age_on(birth_date, maturity)) > terms.oldest_at_maturity:
        limit = terms.oldest_at_maturity
        message = _("到期日客户已满 %(age)s 周岁，超过 %(limit)s 周岁，请人工审核", age=age, limit=limit)
        findings.append(Finding("customers.age.too_old", message, "WARN", "end_date"))
    return findings


def identity_findings(identity: ResidentId, birth_date: date, gender: Gender) -> list[Finding]:
    """Where the recorded person differs from the identity number. Source: domain/entities.md §1.3."""
    findings = []
    if birth_date != identity.birth_date:
        message = _("出生日期与身份证号码不一致，应为 %(day)s", day=identity.birth_date.isoformat())
        findings.append(Finding("customers.identity.birth_date", message, field="birth_date"))
    if gender != identity.gender:
        findings.append(Finding("customers.identity.gender", _("性别与身份证号码不一致"), field="gender"))
    return findings


# ------------------------------------------------------------------ shareholders

RATIO_TOLERANCE_PCT = Decimal("0.0001")


def shareholder_findings(
    ratios_pct: Iterable[Decimal], tolerance_pct: Decimal = RATIO_TOLERANCE_PCT
) -> list[Finding]:
    """Shares of one company on one day: none negative, together at most 100 percent (plus rounding).

    Source: domain/entities.md §1.4.
    """
    ratios = list(ratios_pct)
    findings = []
    if any(ratio < 0 for ratio in ratios):
        findings.append(Finding("customers.shareholder.negative", _("持股比例不能为负数"), field="ratio_pct"))
    if (total := sum(ratios, Decimal(0))) > 100 + tolerance_pct:
        message = _("同一日期的持股比例合计为 %(total)s%%，超过 100%%", total=f"{total.normalize():f}")
        findings.append(Finding("customers.shareholder.above_100", message, field="ratio_pct"))
    return findings
