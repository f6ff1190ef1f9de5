"""Statements, ratios, the report's counts, collateral coverage and the scorecard."""

from decimal import Decimal
from fractions import Fraction

import pytest

from app.business.diligence.errors import ScoreValueMissing
from app.business.diligence.rules import (
    Band,
    CollateralValue,
    DiligenceTerms,
    Grade,
    ReportFacts,
    Scorecard,
    ScoreItem,
    Statement,
    balance_findings,
    coverage,
    coverage_findings,
    debt_ratio_findings,
    financial_ratios,
    lien_findings,
    realisable_fen,
    report_findings,
    revenue_deviation,
    revenue_findings,
    score,
)
from app.core.money import Ratio, yuan

TERMS = DiligenceTerms()


def codes(findings):
    return [finding.code for finding in findings]


def a_statement(assets=100, liabilities=60, equity=40, **figures):
    return Statement(
        yuan(assets), yuan(liabilities), yuan(equity), **{f"{key}_fen": yuan(value) for key, value in figures.items()}
    )


@pytest.mark.parametrize(
    ("equity", "balanced"), [("40", True), ("41", True), ("39", True), ("41.01", False), ("38.99", False)]
)
def test_entities_1_4_a_statement_balances_within_one_yuan(equity, balanced):
    assert (balance_findings(a_statement(equity=equity), TERMS) == []) is balanced


def test_the_gap_is_told():
    (finding,) = balance_findings(a_statement(equity=45), TERMS)
    assert "-5.00" in finding.message


def test_ratios_keep_their_figures():
    ratios = financial_ratios(
        a_statement(
            current_assets=50,
            inventory=20,
            current_liabilities=40,
            revenue=200,
            operating_cost=150,
            interest_expense=5,
            profit_before_tax=15,
            net_profit=10,
            receivables=30,
            operating_cash_flow=-8,
        )
    )
    assert ratios.debt == Ratio(yuan(60), yuan(100))
    assert ratios.current.value == Fraction(5, 4)
    assert ratios.quick.value == Fraction(3, 4)
    assert ratios.gross_margin.value == Fraction(1, 4)
    assert ratios.net_margin.value == Fraction(1, 20)
    assert ratios.return_on_equity.value == Fraction(1, 4)
    assert ratios.interest_cover.value == 4
    assert ratios.receivables_to_revenue.value == Fraction(3, 20)
    assert ratios.cash_flow_to_current_liabilities.value == Fraction(-1, 5)


def test_ratios_of_an_empty_statement_are_not_defined():
    ratios = financial_ratios(Statement(0, 0, 0))
    assert not ratios.debt.is_defined
    assert not ratios.interest_cover.is_defined


@pytest.mark.parametrize(("liabilities", "warns"), [("69.99", False), ("70", True), ("120", True)])
def test_rules_23_8_debt_ratio_warns_from_seventy_percent(liabilities, warns):
    assert bool(debt_ratio_findings(a_statement(liabilities=liabilities), TERMS)) is warns


def test_a_company_without_assets_warns():
    assert codes(debt_ratio_findings(a_statement(assets=0), TERMS)) == ["diligence.debt_ratio.high"]


@pytest.mark.parametrize(
    ("stated", "taxed", "warns"),
    [(120, 100, False), ("120.01", 100, True), (80, 100, False), ("79.99", 100, True), (1, 0, True), (0, 0, False)],
)
def test_d4_revenue_deviates_by_more_than_a_fifth(stated, taxed, warns):
    findings = revenue_findings(yuan(stated), yuan(taxed), TERMS)
    assert bool(findings) is warns
    assert all(finding.severity == "WARN" for finding in findings)


def test_revenue_deviation_is_relative_to_what_was_taxed():
    assert revenue_deviation(yuan(150), yuan(100)).value == Fraction(1, 2)


# ------------------------------------------------------------------ the report


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (ReportFacts(1, 2, 2, 3, 1), []),
        (ReportFacts(1, None, 2, 3, 1), ["diligence.report.not_signed"]),
        (ReportFacts(1, 1, 2, 3, 1), ["diligence.report.same_signer"]),
        (
            ReportFacts(None, None, 1, 2, 0),
            [
                "diligence.report.not_signed",
                "diligence.report.too_few_periods",
                "diligence.report.too_few_photos",
                "diligence.report.no_controller",
            ],
        ),
    ],
)
def test_d4_what_a_report_needs(facts, expected):
    assert codes(report_findings(facts, TERMS)) == expected


# ------------------------------------------------------------------ collateral


@pytest.mark.parametrize(
    ("collateral", "exposure", "percent", "warns"),
    [
        pytest.param(CollateralValue(yuan(3_200_000), Decimal(60)), 2_000_000, 96, False, id="rules 14 first"),
        pytest.param(
            CollateralValue(yuan(8_000_000), Decimal(50), yuan(1_500_000)), 5_000_000, 50, True, id="rules 14 second"
        ),
        pytest.param(CollateralValue(yuan(600_000), Decimal(100)), 1_000_000, 60, False, id="sixty is enough"),
    ],
)
def test_rules_14_collateral_coverage(collateral, exposure, percent, warns):
    ratio = coverage([collateral], yuan(exposure))
    assert ratio.value * 100 == percent
    assert bool(coverage_findings(ratio, TERMS)) is warns


def test_prior_liens_never_make_a_collateral_negative():
    assert realisable_fen(CollateralValue(yuan(100), Decimal(50), yuan(80))) == 0


def test_without_own_exposure_nothing_needs_cover():
    assert coverage_findings(coverage([], 0), TERMS) == []


def test_entities_7_liens_on_one_certificate_are_limited():
    assert lien_findings([yuan(40), yuan(30)], yuan(100), Decimal(70)) == []
    found = lien_findings([yuan(40), yuan("30.01")], yuan(100), Decimal(70))
    assert codes(found) == ["diligence.collateral.liens_too_high"]


# ------------------------------------------------------------------ scorecard


def a_card():
    return Scorecard(
        "TEST",
        (
            ScoreItem("years", "经营年限", (Band(Decimal(2), Decimal(5)), Band(Decimal(5), Decimal(10)))),
            ScoreItem(
                "debt",
                "资产负债率",
                (Band(Decimal("0.5"), Decimal(8)), Band(Decimal("0.7"), Decimal(2))),
                points_below=Decimal(20),
                points_missing=Decimal(1),
            ),
        ),
        (Grade("A", Decimal(25)), Grade("B", Decimal(10)), Grade("C", Decimal(0))),
    )


@pytest.mark.parametrize(
    ("years", "debt", "points", "grade"),
    [
        (5, Fraction(49, 100), 30, "A"),
        (2, Fraction(49, 100), 25, "A"),
        (1, Decimal("0.5"), 8, "C"),
        (5, Decimal("0.7"), 12, "B"),
        (5, None, 11, "B"),
        (0, Decimal("0.9"), 2, "C"),
    ],
)
def test_figures_are_scored_by_bands(years, debt, points, grade):
    scored = score(a_card(), {"years": years, "debt": debt, "unasked": 99})
    assert (scored.points, scored.grade) == (points, grade)
    assert [code for code, _ in scored.parts] == ["years", "debt"]


def test_a_figure_that_must_be_known_is_named():
    with pytest.raises(ScoreValueMissing) as refused:
        score(a_card(), {"debt": Decimal("0.5")})
    assert str(refused.value) == "评分卡缺少以下指标：经营年限"


def test_a_scorecard_is_in_order():
    with pytest.raises(ValueError, match="rise"):
        ScoreItem("x", "x", (Band(Decimal(2), Decimal(1)), Band(Decimal(1), Decimal(2))))
    with pytest.raises(ValueError, match="fall"):
        Scorecard("x", (), (Grade("C", Decimal(0)), Grade("A", Decimal(25))))
    with pytest.raises(ValueError, match="fall"):
        Scorecard("x", (), ())
