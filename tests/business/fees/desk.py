"""People and papers at the desk of finance."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy.exc import DBAPIError

from app.business.committee.models import Resolution, ResolutionStatus
from app.business.fees import operations as fees
from app.business.fees.models import RefundReason
from app.business.fees.operations import Receipt
from app.core import clock
from app.core.db import db
from app.core.money import wan, yuan
from app.core.tenancy import Actor
from app.workflow.registry import StepContext, registry

TODAY = date(2026, 11, 24)
FINANCE = Actor(tenant_id=1, name="财务", user_id=11)
RISK = Actor(tenant_id=1, name="风控负责人", user_id=12)
GM = Actor(tenant_id=1, name="总经理", user_id=13)

both = pytest.mark.both_databases


def a_resolution(project, no="PF2026-031", *, amount="300", months=12, rate="0.015"):
    resolution = Resolution(
        resolution_no=no,
        project_id=project.id,
        amount_fen=wan(amount),
        term_months=months,
        fee_rate=Decimal(rate),
        risk_share_scheme_id=project.risk_share_scheme_id,
        guarantee_mode="JOINT_SEVERAL",
        valid_days=180,
        valid_to=date(2027, 5, 1),
        status=ResolutionStatus.ISSUED,
        issued_at=clock.now(),
    )
    db.session.add(resolution)
    db.session.flush()
    return resolution


def a_receipt(amount="45000", serial="BK20261124001", payer="北京华新精密机械有限公司", on=TODAY):
    return Receipt(payer, serial, yuan(amount), on)


def receive(project, *args, **more):
    return fees.record_receipt(project.id, a_receipt(*args, **more), actor=FINANCE)


def ask(project, amount="5000", reason="首次担保客户，按政策减免部分担保费", key="1:20", actor=FINANCE):
    return fees.ask_waiver(project.id, yuan(amount), reason, task_key=key, actor=actor)


def agree(project):
    fees.record_risk_opinion(project.id, agrees=True, opinion="符合减免政策", actor=RISK)
    fees.record_gm_opinion(project.id, agrees=True, opinion="同意", actor=GM)


def run(name, project, *, key="1:30", node="record_fee", outcome=None, actor=FINANCE, **form):
    context = StepContext(
        actor=actor,
        instance_id=project.process_instance_id,
        task_key=key,
        node_id=node,
        business_key=project.project_no,
        data={"project_id": project.id},
        form=form,
        outcome=outcome,
    )
    return registry.step(name).run(context, project_id=project.id)


def refused_by_database(statement, error=DBAPIError, match=None):
    with pytest.raises(error, match=match), db.session.begin_nested():
        db.session.execute(statement)


def ask_back(project, *, left=120, source="release:1", actor=FINANCE):
    """Of a year that began with 2026-01-01; rules §2."""
    end = date(2027, 1, 1)
    return fees.ask_refund(
        project.id, ended_on=end - timedelta(days=left), start=date(2026, 1, 1), end=end,
        reason=RefundReason.EARLY_RELEASE, source=source, actor=actor,
    )  # fmt: skip
