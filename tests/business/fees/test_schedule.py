"""Fees by the year follow the scheduled balances; letters follow the parameters of their day."""

from datetime import date

import pytest
from sqlalchemy import text

from app.business.fees import operations as fees
from app.business.fees import queries
from app.business.fees.datasets import fee_facts
from app.business.fees.errors import FeeBasisIncomplete
from app.business.fees.models import PlanStatus
from app.business.fees.rules import schedule_findings
from app.business.products import operations as products
from app.business.projects.models import ProjectStatus
from app.core.errors import Invalid
from app.core.money import wan, yuan
from app.workflow.registry import StepContext, registry
from tests.business.fees.desk import FINANCE, TODAY, a_resolution, both, receive, refused_by_database
from tests.business.rows import a_project

EXAMPLE = [wan(900), wan(600), wan(300)]
"""rules Ex 1.5."""


@pytest.fixture
def by_year(world):
    """900 万 of three years at 1 %, the fee paid by the year."""
    made = a_project(
        world, status=ProjectStatus.APPROVED, fee_method="INSTALMENT", applied_amount_fen=wan(900), pm_a_id=7
    )
    a_resolution(made, amount="900", months=36, rate="0.01")
    return made


def enter(project, balances):
    context = StepContext(
        actor=FINANCE, instance_id=1, task_key="1:20", node_id="plan_instalments", business_key="", data={},
        form={"amount_fen": wan(900), "term_months": 36, "balances": [{"balance_fen": one} for one in balances]},
    )  # fmt: skip
    return registry.step("fees.plan_instalments").run(context, project_id=project.id)


@both
def test_each_year_is_charged_on_its_opening_balance(by_year):
    """rules Ex 1.5."""
    assert enter(by_year, EXAMPLE) == {"fee_total_fen": yuan(180_000)}
    plan = queries.find_plan(by_year.id)
    assert [item.amount_fen for item in plan.items] == [yuan(90_000), yuan(60_000), yuan(30_000)]
    assert plan.formula == "(9,000,000.00 + 6,000,000.00 + 3,000,000.00) × 1.00% = 180,000.00 元"
    facts = fee_facts({"project_id": by_year.id})
    assert facts["recomputed_total_fen"] == facts["plan_total_fen"] == yuan(180_000)
    refused_by_database(text("UPDATE fee_plan SET balances_fen = '[1]'"))


def test_the_service_task_after_it_keeps_the_plan(by_year):
    enter(by_year, EXAMPLE)
    plan = queries.find_plan(by_year.id)
    assert fees.create_plan(by_year.id, actor=FINANCE) is plan


def test_the_last_part_year_counts_by_months(world):
    project = a_project(world, status=ProjectStatus.APPROVED, fee_method="INSTALMENT")
    a_resolution(project, months=18, rate="0.015")
    plan = fees.create_plan(project.id, balances_fen=[wan(300), wan(150)], actor=FINANCE)
    assert [item.amount_fen for item in plan.items] == [yuan(45_000), yuan(11_250)]
    assert plan.formula == "(3,000,000.00 + 1,500,000.00 × 6/12) × 1.50% = 56,250.00 元"


def test_without_a_schedule_there_is_no_plan(by_year):
    with pytest.raises(FeeBasisIncomplete) as refused:
        fees.create_plan(by_year.id, actor=FINANCE)
    assert "共 3 年" in str(refused.value)


@both
def test_a_corrected_schedule_makes_a_new_plan_that_takes_over_what_came_in(by_year):
    enter(by_year, EXAMPLE)
    former = queries.find_plan(by_year.id)
    receive(by_year, "90000")
    enter(by_year, [wan(900), wan(900), wan(450)])
    plan = queries.find_plan(by_year.id)
    assert (former.status, former.cancelled_reason) == (PlanStatus.CANCELLED, "还款计划变更")
    assert [item.open_fen for item in plan.items] == [0, yuan(90_000), yuan(45_000)]
    enter(by_year, [wan(900), wan(900), wan(450)])
    assert queries.find_plan(by_year.id) is plan


@pytest.mark.parametrize(
    ("balances", "codes"),
    [
        (EXAMPLE, []),
        ([wan(900), wan(900), 0], []),
        (EXAMPLE[:2], ["fees.schedule.years"]),
        ([*EXAMPLE, 0], ["fees.schedule.years"]),
        ([wan(800), wan(600), wan(300)], ["fees.schedule.first"]),
        ([wan(900), wan(300), wan(600)], ["fees.schedule.rises"]),
        ([wan(900), wan(600), -1], ["fees.schedule.negative"]),
        ([wan(800), wan(900), -1], ["fees.schedule.first", "fees.schedule.rises", "fees.schedule.negative"]),
    ],
)
def test_a_schedule_fits_the_resolution(balances, codes):
    assert [finding.code for finding in schedule_findings(balances, wan(900), 36)] == codes


def test_a_schedule_that_does_not_fit_is_refused_at_its_field(by_year):
    with pytest.raises(Invalid) as refused:
        enter(by_year, [wan(900), wan(300), wan(600)])
    assert [finding.field for finding in refused.value.findings] == ["balances"]
    assert queries.find_plan(by_year.id) is None


@both
def test_years_that_have_not_begun_are_not_charged_after_a_release(by_year):
    enter(by_year, EXAMPLE)
    receive(by_year, "90000")
    by_year.start_date, by_year.end_date = TODAY, date(2029, 11, 24)
    assert fees.end_plan(by_year.id, date(2027, 6, 1), actor=FINANCE) == yuan(90_000)
    plan = queries.find_plan(by_year.id)
    assert [item.is_cancelled for item in plan.items] == [False, True, True]
    assert fees.end_plan(by_year.id, date(2027, 6, 1), actor=FINANCE) == 0


def test_a_year_that_has_begun_stays_due(by_year):
    enter(by_year, EXAMPLE)
    receive(by_year, "90000")
    by_year.start_date, by_year.end_date = TODAY, date(2029, 11, 24)
    assert fees.end_plan(by_year.id, date(2027, 11, 25), actor=FINANCE) == yuan(30_000)
    assert fee_facts({"project_id": by_year.id})["open_fen"] == yuan(60_000)


def set_parameter(name, value, books):
    products.set_parameter(
        name, value, valid_from=date(2026, 1, 1), source="公司规定", confirmed=True, actor=books
    )


def test_the_floor_and_the_period_of_letters_are_parameters(world, books):
    project = a_project(world, status=ProjectStatus.APPROVED, fee_method="LETTER")
    a_resolution(project, amount="80", months=12, rate="0.001")
    plan = fees.create_plan(project.id, actor=books)
    assert (plan.total_fen, plan.formula) == (yuan(4_000), "800,000.00 × 0.10% × 5 期 = 4,000.00 元")
    set_parameter("fee.letter_period_days", 180, books)
    set_parameter("fee.min_letter_fen", yuan(3_000), books)
    other = a_project(world, 2, status=ProjectStatus.APPROVED, fee_method="LETTER")
    a_resolution(other, "PF2026-032", amount="80", months=12, rate="0.001")
    plan = fees.create_plan(other.id, actor=books)
    assert plan.formula == "800,000.00 × 0.10% × 3 期 = 2,400.00 元 → 最低收费 3,000.00 元"
    assert fee_facts({"project_id": other.id})["recomputed_total_fen"] == plan.total_fen == yuan(3_000)
