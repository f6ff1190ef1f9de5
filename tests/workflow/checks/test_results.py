"""Every finding is kept with what was seen; a BLOCK cannot be marked as overridden."""

import pytest
from sqlalchemy.exc import IntegrityError

from app.core.errors import Finding
from app.core.db import db
from app.workflow.checks import CheckFinding, list_results, record_results
from app.workflow.checks.models import CheckResult

pytestmark = pytest.mark.both_databases


def keep(actor, *findings, reasons=None):
    record_results(
        instance_id=5, task_key="5:t1", node_id="review", findings=findings, actor=actor, reasons=reasons
    )


def test_findings_are_kept_with_values_and_reasons(actor):
    keep(
        actor,
        CheckFinding("D1", "偏大", "WARN", "amount", check="t/amount", seen={"rule": 1, "values": {"form.amount": "5"}}),
        Finding("D2", "不足", "BLOCK"),
        reasons={"D1": " 已经上级同意 ", "D2": "无效"},
    )
    warned, blocked = sorted(list_results(5, task_key="5:t1"), key=lambda row: row.code)
    assert (warned.check_name, warned.seen["values"]) == ("t/amount", {"form.amount": "5"})
    assert (warned.overridden_by, warned.override_reason) == (actor.user_id, "已经上级同意")
    assert (blocked.overridden_by, blocked.override_reason) == (None, None)
    assert list_results(6) == []


def test_the_database_refuses_an_overridden_block(actor):
    keep(actor, Finding("D2", "不足", "BLOCK"))
    (row,) = list_results(5)
    row.overridden_by, row.override_reason = 1, "硬改"
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.flush()
    assert isinstance(row, CheckResult)
