"""Small bundles that hold, and the pieces to break them."""

import json

from app.workflow.definitions import make_bundle

BPMN = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" id="d" targetNamespace="t"
  xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"
  xmlns:di="http://www.omg.org/spec/DD/20100524/DI">
  <bpmn:process id="{process}" name="测试流程" isExecutable="true">
    <bpmn:startEvent id="begun"><bpmn:outgoing>f1</bpmn:outgoing></bpmn:startEvent>
    <bpmn:userTask id="apply" name="申请">
      <bpmn:extensionElements><spiffworkflow:properties>{properties}</spiffworkflow:properties></bpmn:extensionElements>
      <bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing>
    </bpmn:userTask>
    <bpmn:endEvent id="ended"><bpmn:incoming>f2</bpmn:incoming></bpmn:endEvent>
    <bpmn:sequenceFlow id="f1" sourceRef="begun" targetRef="apply" />
    <bpmn:sequenceFlow id="f2" sourceRef="apply" targetRef="ended" />
  </bpmn:process>
  <bpmndi:BPMNDiagram id="picture"><bpmndi:BPMNPlane id="plane" bpmnElement="{process}">
    <bpmndi:BPMNShape id="s1" bpmnElement="begun"><dc:Bounds x="100" y="100" width="36" height="36" /></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="s2" bpmnElement="apply"><dc:Bounds x="200" y="80" width="100" height="80" /></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="s3" bpmnElement="ended"><dc:Bounds x="400" y="100" width="36" height="36" /></bpmndi:BPMNShape>
    <bpmndi:BPMNEdge id="e1" bpmnElement="f1"><di:waypoint x="136" y="118" /><di:waypoint x="200" y="118" />
    </bpmndi:BPMNEdge>
    <bpmndi:BPMNEdge id="e2" bpmnElement="f2"><di:waypoint x="300" y="118" /><di:waypoint x="400" y="118" />
    </bpmndi:BPMNEdge>
  </bpmndi:BPMNPlane></bpmndi:BPMNDiagram>
</bpmn:definitions>"""

DMN = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="{id}">
<decision id="{id}" name="{id}"><decisionTable id="t_{id}" hitPolicy="COLLECT">
<input id="i_{id}"><inputExpression id="e_{id}"><text>{reads}</text></inputExpression></input>
<output id="o1" name="code"/><output id="o2" name="severity"/><output id="o3" name="message"/>
<rule id="r"><inputEntry id="c"><text>&gt; 3</text></inputEntry><outputEntry id="c1"><text>"C1"</text></outputEntry>
<outputEntry id="c2"><text>"WARN"</text></outputEntry><outputEntry id="c3"><text>"过大"</text></outputEntry></rule>
</decisionTable></decision></definitions>"""


def bpmn(process="proc_test", **properties):
    """A process with one user task."""
    properties = {"form": "room/apply", "checks": "room/apply", "role": "PM_A", **properties}
    lines = "".join(f'<spiffworkflow:property name="{k}" value="{v}" />' for k, v in properties.items() if v)
    return BPMN.format(process=process, properties=lines).encode()


def dmn(identifier="room_apply", reads="form.amount"):
    """A check over one value."""
    return DMN.format(id=identifier, reads=reads).encode()


def form(*components):
    """A form; with one amount when nothing is said."""
    amount = {"type": "number", "key": "amount", "label": "金额", "properties": {"unit": "wan"}}
    return json.dumps({"type": "default", "schemaVersion": 19, "components": list(components) or [amount]}).encode()


def bundle(**changes):
    """A bundle without problems; ``changes`` by path with ``__`` for ``/``; None leaves a file out."""
    files = {
        "processes/test/proc_test.bpmn": bpmn(),
        "forms/screens/room/apply.form": form(),
        "rules/checks/room/apply.dmn": dmn(),
        **changes,
    }
    return make_bundle({path: content for path, content in files.items() if content is not None})
