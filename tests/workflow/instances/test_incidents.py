"""A step that failed for good: again with other data, without it, by somebody else; or it is left behind."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import select

from app.core.db import db
from app.core.tenancy import acting_as, system_actor
from app.core.transactions import unit_of_work
from app.support.audit.models import AuditRecord
from app.workflow import definitions
from app.workflow.instances import incidents, operations
from app.workflow.instances.errors import DataNotKnown, IncidentNotOpen, NotAnAdministrator, ReasonMissing
from app.workflow.instances.pages import as_data
from app.workflow.instances.models import Incident, IncidentState, InstanceStatus, ProcessInstance, TaskLog, UserTask
from tests.workflow.definitions.bundles import bundle, form
from tests.workflow.engine.diagrams import begin, end, flow, process, script, user

pytestmark = pytest.mark.both_databases
REASON = "金额录入错误，已与经办人核实"
BROKEN = process(
    "proc_broken", begin(), script("calc", "if customer_id > 0 then {half: customer_id / 2} else 5"), user("after", form="room/apply", role="PM_A"), end(),
    flow("begin", "calc", "after", "done"),
)  # fmt: skip


class Case:
    """One case whose first step fails."""

    def __init__(self, app, **data):
        self.app, self.actor = app, system_actor(1)
        files = {"processes/test/broken.bpmn": BROKEN, "processes/test/proc_test.bpmn": None}
        files |= {"rules/checks/room/apply.dmn": None, "forms/screens/room/apply.form": form()}
        with self.at_work():
            definitions.activate(definitions.deploy(bundle(**files), actor=self.actor).id, actor=self.actor)
            self.id = operations.start("proc_broken", data, actor=self.actor).id
            self.incident = db.session.scalars(select(Incident.id)).one()

    def at_work(self):
        return _Working(self.app, self.actor)

    def act(self, verb, *arguments, **more):
        with self.at_work():
            return verb(self.incident, *arguments, actor=self.actor, **more)

    def stands(self):
        with self.at_work():
            incident, instance = db.session.get(Incident, self.incident), db.session.get(ProcessInstance, self.id)
            nodes = db.session.scalars(select(UserTask.node_id)).all()
            return incident.state, instance.status, list(nodes)

    def read(self, query):
        with self.at_work():
            return list(db.session.scalars(query))


class _Working:
    def __init__(self, app, actor):
        self.frames = [app.app_context(), acting_as(actor), unit_of_work()]

    def __enter__(self):
        for frame in self.frames:
            frame.__enter__()

    def __exit__(self, *error):
        for frame in reversed(self.frames[1:]):
            frame.__exit__(*error)
        db.session.remove()
        self.frames[0].__exit__(*error)


@pytest.fixture
def case(fresh_app):
    made = Case(fresh_app, customer_id="很多", contract_id=2)
    assert made.stands() == (IncidentState.RETRYING, InstanceStatus.INCIDENT, [])
    return made


def test_with_its_data_put_right_the_step_goes_through(case):
    case.act(incidents.retry_with_changes, {"customer_id": 10}, reason=REASON)
    assert case.stands() == (IncidentState.RESOLVED, InstanceStatus.RUNNING, ["after"])
    assert case.read(select(TaskLog.action)) == ["start", "change_data", "retry"]
    changed = AuditRecord.tag == "workflow.instances.data_changed"
    (facts,) = case.read(select(AuditRecord.facts_json).where(changed))
    assert json.loads(facts)["before"] == {"customer_id": "很多"}
    assert json.loads(facts)["after"] == {"customer_id": 10}


def test_that_somebody_tried_in_vain_is_in_the_log_and_that_the_clock_did_is_not(case):
    case.act(incidents.retry_incident)
    assert case.read(select(TaskLog.action)) == ["start"]
    case.actor = replace(case.actor, user_id=7, name="王芳")
    case.act(incidents.retry_incident, reason=REASON)
    assert case.stands() == (IncidentState.RETRYING, InstanceStatus.INCIDENT, [])
    assert case.read(select(TaskLog.action)) == ["start", "retry_failed"]
    assert case.read(select(TaskLog.comment)) == [None, REASON]


def test_data_that_are_still_wrong_leave_the_incident(case):
    case.act(incidents.retry_with_changes, {"customer_id": "还是很多"}, reason=REASON)
    assert case.stands() == (IncidentState.RETRYING, InstanceStatus.INCIDENT, [])


@pytest.mark.parametrize(
    ("changes", "reason", "refusal"),
    [
        ({"amunt": 10}, REASON, DataNotKnown),
        ({}, REASON, DataNotKnown),
        ({"customer_id": 10}, "错了", ReasonMissing),
        ({"customer_id": 10}, "          ", ReasonMissing),
    ],
)
def test_a_wrong_name_or_no_reason_changes_nothing(case, changes, reason, refusal):
    with pytest.raises(refusal):
        case.act(incidents.retry_with_changes, changes, reason=reason)
    assert case.stands() == (IncidentState.RETRYING, InstanceStatus.INCIDENT, [])
    assert case.read(select(TaskLog.action)) == ["start"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("10", 10),
        ("true", True),
        ("null", None),
        ('["甲"]', ["甲"]),
        ("张伟", "张伟"),
        ("0.1", "0.1"),
        ("1e400", "1e400"),
        ("NaN", "NaN"),
        ("[" * 100_000, "[" * 100_000),
    ],
)
def test_what_is_typed_as_a_value_becomes_data_that_can_be_stored(typed, kept):
    assert as_data(typed) == kept


def test_a_skipped_step_leaves_nothing_and_the_case_goes_on(case):
    with pytest.raises(ReasonMissing):
        case.act(incidents.skip_incident, reason="不要了")
    case.act(incidents.skip_incident, reason=REASON)
    assert case.stands() == (IncidentState.SKIPPED, InstanceStatus.RUNNING, ["after"])
    (data,) = case.read(select(ProcessInstance.data))
    assert "half" not in data
    (facts,) = case.read(select(AuditRecord.facts_json).where(AuditRecord.tag == "workflow.instances.skipped"))
    assert json.loads(facts)["reason"] == REASON
    for verb, more in ((incidents.skip_incident, {"reason": REASON}), (incidents.retry_incident, {})):
        with pytest.raises(IncidentNotOpen):
            case.act(verb, **more)


def test_it_can_be_handed_only_to_who_can_deal_with_it(case):
    with pytest.raises(NotAnAdministrator):
        case.act(incidents.hand_to, 1001, note="请处理")


def test_an_incident_of_a_cancelled_case_cannot_be_retried(case):
    with case.at_work():
        operations.cancel(case.id, reason="客户资金需求已经取消", actor=case.actor)
    with pytest.raises(IncidentNotOpen):
        case.act(incidents.retry_incident)
