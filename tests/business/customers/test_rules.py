"""Scale of enterprises, class of customers, age and identity of persons."""

from datetime import date
from decimal import Decimal

import pytest

from app.business.customers.errors import CustomerBlacklisted, ScaleFiguresMissing
from app.business.customers.rules import (
    SCALE_2011,
    AgeTerms,
    BlackGreyFlag,
    ClassFacts,
    CustomerClass,
    CustomerType,
    ScaleFigures,
    ScaleIndustry,
    age_findings,
    derive_class,
    enterprise_scale,
    identity_findings,
    require_not_blacklisted,
    scale_industry,
    serves_small_or_agriculture,
    shareholder_findings,
)
from app.core.identifiers import parse_resident_id
from app.core.money import wan


def figures(staff=None, revenue_wan=None, assets_wan=None):
    return ScaleFigures(
        staff,
        None if revenue_wan is None else wan(revenue_wan),
        None if assets_wan is None else wan(assets_wan),
    )


@pytest.mark.parametrize(
    ("industry", "measured", "scale"),
    [
        pytest.param(ScaleIndustry.INDUSTRY, figures(320, 1_900), "SMALL", id="rules 20.1"),
        pytest.param(ScaleIndustry.SOFTWARE, figures(12, 49), "MICRO", id="rules 20.2"),
        pytest.param(ScaleIndustry.WHOLESALE, figures(25, 5_000), "MEDIUM", id="rules 20.3"),
        pytest.param(ScaleIndustry.CONSTRUCTION, figures(None, 6_500, 4_000), "SMALL", id="rules 20.4"),
    ],
)
def test_scale_examples(industry, measured, scale):
    assert enterprise_scale(industry, measured).customer_class == scale


@pytest.mark.parametrize("industry", ScaleIndustry)
def test_every_bound_includes_its_number_and_needs_every_criterion(industry):
    row = SCALE_2011[industry]
    lower = {"LARGE": "MEDIUM", "MEDIUM": "SMALL", "SMALL": "MICRO"}
    for scale, bounds in (("LARGE", row.large), ("MEDIUM", row.medium), ("SMALL", row.small)):
        at_bound = dict(zip(row.criteria, bounds, strict=True))
        assert enterprise_scale(industry, _figures_of(at_bound)).customer_class == scale
        for criterion in row.criteria:
            below = {**at_bound, criterion: at_bound[criterion] - 1}
            assert enterprise_scale(industry, _figures_of(below)).customer_class == lower[scale]


def _figures_of(values):
    return figures(values.get("staff"), values.get("revenue"), values.get("assets"))


def test_one_fen_below_the_bound_is_below():
    almost = ScaleFigures(staff=25, revenue_fen=wan(5_000) - 1)
    assert enterprise_scale(ScaleIndustry.WHOLESALE, almost).customer_class == CustomerClass.SMALL


@pytest.mark.parametrize("industry", ScaleIndustry)
def test_bounds_rise_with_the_scale(industry):
    row = SCALE_2011[industry]
    for small, medium, large in zip(row.small, row.medium, row.large, strict=True):
        assert small < medium <= large


def test_the_reason_names_industry_and_figures():
    reason = enterprise_scale(ScaleIndustry.INDUSTRY, figures(320, 1_900)).reason
    assert reason == "工业：从业人员 320 人，营业收入 1,900.00 万元，按工信部联企业〔2011〕300号划为小型企业"


def test_missing_figures_are_named():
    with pytest.raises(ScaleFiguresMissing) as refused:
        enterprise_scale(ScaleIndustry.INDUSTRY, figures())
    assert str(refused.value) == "无法划分企业规模：请补充从业人员、营业收入"


def test_figures_the_industry_is_not_measured_by_may_be_missing():
    assert enterprise_scale(ScaleIndustry.OTHER, figures(staff=99)).customer_class == CustomerClass.SMALL


@pytest.mark.parametrize(
    ("code", "industry"),
    [
        ("A0111", ScaleIndustry.AGRICULTURE),
        ("C3911", ScaleIndustry.INDUSTRY),
        ("E47", ScaleIndustry.CONSTRUCTION),
        ("F5137", ScaleIndustry.WHOLESALE),
        ("F5211", ScaleIndustry.RETAIL),
        ("G5430", ScaleIndustry.TRANSPORT),
        ("G5310", ScaleIndustry.OTHER),
        ("G5990", ScaleIndustry.STORAGE),
        ("G6020", ScaleIndustry.POST),
        ("H6110", ScaleIndustry.HOTEL),
        ("H6210", ScaleIndustry.CATERING),
        ("I6410", ScaleIndustry.TELECOM),
        ("I6513", ScaleIndustry.SOFTWARE),
        ("K7010", ScaleIndustry.REAL_ESTATE),
        ("K7020", ScaleIndustry.PROPERTY),
        ("K7030", ScaleIndustry.OTHER),
        ("L7212", ScaleIndustry.LEASING),
        ("M7310", ScaleIndustry.OTHER),
        ("", ScaleIndustry.OTHER),
    ],
)
def test_industry_codes_find_their_row(code, industry):
    assert scale_industry(code) is industry


@pytest.mark.parametrize(
    ("facts", "customer_class"),
    [
        (ClassFacts(CustomerType.ENTERPRISE, "I6513", figures(12, 49)), "MICRO"),
        (ClassFacts(CustomerType.ENTERPRISE, "F5211", is_self_employed=True), "SELF_EMPLOYED"),
        (ClassFacts(CustomerType.INDIVIDUAL, is_self_employed=True, is_farmer=True), "SELF_EMPLOYED"),
        (ClassFacts(CustomerType.INDIVIDUAL, is_micro_owner=True, is_farmer=True), "MICRO_OWNER"),
        (ClassFacts(CustomerType.INDIVIDUAL, is_farmer=True), "FARMER"),
        (ClassFacts(CustomerType.INDIVIDUAL), "OTHER_PERSON"),
    ],
)
def test_customer_class_is_derived_with_a_reason(facts, customer_class):
    derived = derive_class(facts)
    assert derived.customer_class == customer_class
    assert derived.reason


def test_small_business_and_agriculture():
    assert serves_small_or_agriculture(CustomerClass.FARMER, is_sannong=False)
    assert serves_small_or_agriculture(CustomerClass.LARGE, is_sannong=True)
    assert not serves_small_or_agriculture(CustomerClass.MEDIUM, is_sannong=False)


@pytest.mark.parametrize(
    ("birth", "start", "maturity", "codes"),
    [
        pytest.param("1961-03-01", "2025-06-01", "2027-06-01", ["customers.age.too_old"], id="rules 16.4"),
        pytest.param("1961-06-02", "2025-06-01", "2027-06-01", [], id="65 on the last day but one"),
        pytest.param("2007-06-02", "2025-06-01", "2026-06-01", ["customers.age.too_young"], id="18 tomorrow"),
        pytest.param("2007-06-01", "2025-06-01", "2026-06-01", [], id="18 today"),
    ],
)
def test_age_at_start_and_maturity(birth, start, maturity, codes):
    findings = age_findings(*map(date.fromisoformat, (birth, start, maturity)), AgeTerms())
    assert [finding.code for finding in findings] == codes
    assert all(finding.severity == "WARN" for finding in findings)


def test_a_person_equals_the_identity_number():
    identity = parse_resident_id("11010819850315123X")
    assert identity_findings(identity, date(1985, 3, 15), "MALE") == []
    wrong = identity_findings(identity, date(1985, 3, 16), "FEMALE")
    assert [finding.field for finding in wrong] == ["birth_date", "gender"]
    assert "1985-03-15" in wrong[0].message


@pytest.mark.parametrize(
    ("ratios", "codes"),
    [
        (["60", "40"], []),
        (["33.3334", "33.3334", "33.3333"], []),
        (["60", "40.0002"], ["customers.shareholder.above_100"]),
        (["-1", "50"], ["customers.shareholder.negative"]),
        ([], []),
    ],
)
def test_shareholders_hold_at_most_everything(ratios, codes):
    assert [finding.code for finding in shareholder_findings(map(Decimal, ratios))] == codes


def test_the_black_list_stops_acceptance():
    require_not_blacklisted("甲公司", BlackGreyFlag.GREY)
    with pytest.raises(CustomerBlacklisted) as refused:
        require_not_blacklisted("甲公司", BlackGreyFlag.BLACK)
    assert "甲公司" in str(refused.value)
