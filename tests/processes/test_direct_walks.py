"""The direct line, whole, in every variant: real doors, real people, real forms.

Every variant is walked on PostgreSQL; on SQLite those that between them touch every room: the straight one, the one with
a deposit and two refunds, the one that is returned, and half a year that passes. What the others say to a database is
the same statements in another order, and each operation has its tests on both (``tests/business``, ``tests/workflow``).
"""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.business.fees import queries as fees
from app.business.fees.models import DepositMove
from app.business.projects.models import Project
from app.core import clock
from app.core.db import db
from app.core.money import wan, yuan
from app.core.tenancy import acting_as, system_actor
from app.demo.accounts import BY_LOGIN
from app.demo.answers import Walk
from app.demo.company import TENANT_ID
from app.demo.walk import VARIANTS, Stage, Variant, Walker
from app.support.audit.models import AuditRecord
from app.workflow import definitions
from app.workflow.definitions.scenarios import make_stage
from app.workflow.instances import retelling
from app.workflow.instances.models import ProcessInstance, TaskSignature
from tests.processes.house import House, served

pytestmark = pytest.mark.real_clock
POSTGRESQL = pytest.mark.on_postgresql


@POSTGRESQL
@pytest.mark.parametrize("name", sorted(VARIANTS.keys() - {"expired"}))
def test_every_variant_ends_in_its_state(house, name):
    _ends_in_its_state(house, name)


@pytest.mark.parametrize("name", ["direct", "early", "return"])
def test_those_that_touch_every_room_end_so_on_sqlite_too(house, name):
    _ends_in_its_state(house, name)


def _ends_in_its_state(house, name):
    assert house.walked(name).status == VARIANTS[name].ends
    assert house.walked(name).told[-1].endswith(VARIANTS[name].ends)
    _nothing_is_left_over(house)
    _can_be_told_as_scenarios(house, house.walked(name).project_id)


def _can_be_told_as_scenarios(house, project_id):
    """The exported story of each case comes out on the real engine as the case did, and names nobody."""
    with house.inside():
        number = db.session.get(Project, project_id).project_no
        cases = db.session.scalars(select(ProcessInstance).where(ProcessInstance.business_key == number)).all()
        assert cases
        stage = make_stage(definitions.compiled(cases[0].release_id).bundle)
        told = [retelling.retell(case, system_actor(TENANT_ID), stage) for case in cases]
        assert [one.failures for one in told if one.failures] == []
        assert [name for one in told for name in (number, "华新", "刘振东", "13800138000") if name in one.text] == []


def test_both_managers_and_who_issues_the_resolution_have_signed(house):
    """Two signatures by different people under the diligence, the general manager's under the resolution."""
    case_id = house.walked("direct").case_id
    with house.inside():
        signed = select(TaskSignature).where(TaskSignature.instance_id == case_id).order_by(TaskSignature.signed_at)
        found = [(one.node_id, one.name, one.signed_by) for one in db.session.scalars(signed)]
        assert found == [
            (node, BY_LOGIN[login].name, house.person(login))
            for node, login in (("due_diligence", "pm_a"), ("cosign_due_diligence", "pm_b"), ("sign_resolution", "gm"))
        ]


@POSTGRESQL
def test_an_approval_lapses_unless_contracts_are_effective(databases, database_kind):
    """Its program is its own: the clock is moved half a year ahead, and back again at the end."""
    app = databases.demo(database_kind)
    with served(app) as url:
        house = House(app, url)
        assert house.walk("expired") == "APPROVAL_EXPIRED"
        _nothing_is_left_over(house)


@POSTGRESQL
def test_an_early_release_gives_back_fee_and_deposit(house):
    """Deposit in two parts, the refund refused once and asked for anew: four people, books that add up."""
    project_id = house.walked("early").project_id
    with house.inside():
        asked, paid = fees.list_refunds(project_id)
        assert (asked.is_live, asked.paid_on, asked.withdrawn_by) == (False, None, house.person("gm"))
        assert (paid.is_live, paid.paid_on) == (True, clock.today())
        assert paid.amount_fen == fees.refunded_fen(project_id) == fees.received_fen(project_id) == yuan(45_000)
        assert (paid.asked_by, paid.approved_by, paid.paid_by) == (
            house.person("finance"),
            house.person("gm"),
            house.person("finance"),
        )
        moves = [(move.kind, move.amount_fen) for move in fees.list_movements(project_id)]
        assert moves == [
            (DepositMove.RECEIVED, wan(10)),
            (DepositMove.RECEIVED, wan(10)),
            (DepositMove.RETURNED, wan(20)),
        ]


@POSTGRESQL
def test_years_that_never_began_are_not_charged(house):
    """Eighteen months, half repaid after a year; released on the first day with only the first year paid."""
    project_id = house.walked("instalment").project_id
    with house.inside():
        plan = fees.get_plan(project_id)
        assert plan.formula == "(3,000,000.00 + 1,500,000.00 × 6/12) × 1.50% = 56,250.00 元"
        assert [(item.amount_fen, item.is_cancelled) for item in plan.items] == [
            (yuan(45_000), False),
            (yuan(11_250), True),
        ]
        assert fees.refunded_fen(project_id) == fees.received_fen(project_id) == yuan(45_000)


@POSTGRESQL
def test_what_the_customer_renounced_is_on_record_and_not_paid(house):
    project_id = house.walked("return").project_id
    with house.inside():
        assert fees.list_refunds(project_id) == []
        (record,) = db.session.scalars(
            select(AuditRecord).where(
                AuditRecord.tag == "fees.refund.renounced", AuditRecord.entity_id == str(project_id)
            )
        )
        assert (record.facts["amount_fen"], record.actor_name) == (yuan(45_000), BY_LOGIN["finance"].name)
        assert "放弃" in record.facts["reason"]


def test_a_release_at_the_end_asks_for_no_refund_and_returns_no_deposit(databases, database_kind):
    """Eleven months and a half later fewer than thirty days are left; nobody deposited anything."""
    app = databases.demo(database_kind)
    with served(app) as url:
        house = House(app, url)
        stage = Stage("matured", "", Variant(ends="IN_FORCE"), Walk.customer)
        walker = Walker(url, "matured", today=clock.today(), say=lambda line: house.told.append(str(line)), stage=stage)
        walker.run()
        try:
            house.let_pass(345)
            walker.sign_out()
            walker.walk.today = clock.today()
            house.told.clear()
            assert walker.release(walker.project_id) == "RELEASED"
        finally:
            clock.shift(timedelta())
        assert [line.split()[1] for line in house.told if line.strip()[0].isdigit()] == ["解保申请", "财务核对", "注销登记与退还原件"]
        _nothing_is_left_over(house)


def _nothing_is_left_over(house):
    """Ended cases have no open task, timer or subscription, all lists fit the states; every project's cached figure is its ledger's."""
    from app.business.ledger.models import LiabilityEntry
    from app.business.projects.models import Project
    from app.workflow.instances.models import (
        EventSubscription,
        Incident,
        InstanceStatus,
        ProcessInstance,
        TaskState,
        TimerDue,
        UserTask,
    )

    with house.app.app_context(), acting_as(system_actor(TENANT_ID)):
        ended = select(ProcessInstance.id).where(
            ProcessInstance.status.in_([InstanceStatus.COMPLETED, InstanceStatus.CANCELLED])
        )
        waiting = select(func.count()).where(EventSubscription.instance_id.in_(ended))
        assert db.session.scalar(waiting) == 0
        ticking = select(func.count()).where(
            TimerDue.instance_id.in_(ended), TimerDue.done_at.is_(None), TimerDue.cancelled_at.is_(None)
        )
        assert db.session.scalar(ticking) == 0
        ringing = select(func.count()).where(UserTask.instance_id.in_(ended), UserTask.rings_at.is_not(None))
        assert db.session.scalar(ringing) == 0
        open_tasks = select(func.count()).where(UserTask.instance_id.in_(ended), UserTask.state == TaskState.OPEN)
        assert db.session.scalar(open_tasks) == 0
        assert db.session.scalar(select(func.count()).select_from(Incident)) == 0
        for project in db.session.scalars(select(Project)):
            total = select(func.coalesce(func.sum(LiabilityEntry.amount_fen), 0)).where(
                LiabilityEntry.project_id == project.id
            )
            assert project.outstanding_fen == int(db.session.scalar(total)), project.project_no
        db.session.remove()
    with house.app.app_context():
        verified = house.app.test_cli_runner().invoke(args=["instances", "verify"])
    assert verified.exit_code == 0, verified.output
