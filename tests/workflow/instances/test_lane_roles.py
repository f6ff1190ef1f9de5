"""A lane may say who works in it; its name is a label."""

import pytest

from app.workflow import definitions
from app.workflow.instances import operations
from app.workflow.instances.models import UserTask
from tests.workflow.definitions.bundles import bpmn, bundle

PROCESS = "processes/test/proc_test.bpmn"


def in_lane(properties):
    lane = (
        '<bpmn:laneSet id="lanes"><bpmn:lane id="lane" name="客户经理"><bpmn:extensionElements>'
        f"<spiffworkflow:properties>{properties}</spiffworkflow:properties></bpmn:extensionElements>"
        + "".join(f"<bpmn:flowNodeRef>{node}</bpmn:flowNodeRef>" for node in ("begun", "apply", "ended"))
        + "</bpmn:lane></bpmn:laneSet>"
    )
    return bpmn(role="").decode().replace('<bpmn:startEvent id="begun">', lane + '<bpmn:startEvent id="begun">').encode()


def started(diagram, actor, db_session):
    release = definitions.deploy(bundle(**{PROCESS: diagram}), actor=actor, note="泳道")
    definitions.activate(release.id, actor=actor)
    instance = operations.start("proc_test", {}, actor=actor)
    db_session.flush()
    return db_session.query(UserTask).filter_by(instance_id=instance.id).one()


def test_a_task_without_a_role_of_its_own_goes_to_its_lanes(actor, db_session):
    task = started(in_lane('<spiffworkflow:property name="role" value="RISK_HEAD" />'), actor, db_session)
    assert task.role == "RISK_HEAD"


def test_a_lanes_name_is_no_role(actor):
    refused = definitions.check_bundle(bundle(**{PROCESS: in_lane("")}))
    assert any("没有指定由谁办理" in finding.message for finding in refused)
    with pytest.raises(definitions.BundleRefused):
        definitions.deploy(bundle(**{PROCESS: in_lane("")}), actor=actor, note="泳道")
