"""Diagrams of other editors come in and go out whole: every element, every shape, edge and label, at its place."""

import pytest
from lxml import etree

from app.core.tenancy import acting_as, system_actor
from app.core.transactions import unit_of_work
from app.workflow import definitions
from app.workflow.definitions.lint import LintContext, lint_bpmn
from app.workflow.definitions.lint.fixes import apply_fixes
from tests.workflow.definitions.bundles import bundle

PATH = "processes/test/proc_test.bpmn"
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<!-- drawn elsewhere -->
<semantic:definitions xmlns:semantic="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:x="http://www.omg.org/spec/BPMN/20100524/DI"
  xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xmlns:s="http://spiffworkflow.org/bpmn/schema/1.0/core" xmlns:color="http://www.omg.org/spec/BPMN/non-normative/color/1.0" xmlns:v="urn:vendor"
  id="d" name="图" targetNamespace="t" exporter="Elsewhere" exporterVersion="9">"""


def where(kind, of, *place, more="", **marks):
    """A shape (four numbers) or an edge (any number of points), with a label of its own place."""
    attributes = "".join(f' {name.replace("__", ":")}="{value}"' for name, value in marks.items())
    label = '<x:BPMNLabel><dc:Bounds x="7.5" y="3" width="40" height="14"/></x:BPMNLabel>'
    if kind == "Edge":
        inside = "".join(f'<di:waypoint x="{left}" y="{top}"/>' for left, top in place)
    else:
        inside = '<dc:Bounds x="{}" y="{}" width="{}" height="{}"/>'.format(*place)
    return f'<x:BPMN{kind} id="{of}_di" bpmnElement="{of}"{attributes}>{inside}{label}{more}</x:BPMN{kind}>'


TASK = "<semantic:extensionElements><s:properties>{}</s:properties></semantic:extensionElements>".format(
    "".join(f'<s:property name="{name}" value="{value}"/>' for name, value in (("form", "room/apply"), ("checks", "room/apply"), ("role", "PM_A")))
)
RICH = f"""{HEAD}
  <semantic:collaboration id="c"><semantic:participant id="us" name="本公司" processRef="proc_test"/><semantic:participant id="bank" name="银行"/>
    <semantic:messageFlow id="mf" name="放款通知" sourceRef="bank" targetRef="apply"/>
    <semantic:group id="grp" categoryValueRef="cv"/>
    <semantic:textAnnotation id="note"><semantic:text>注意 &lt;时限&gt;</semantic:text></semantic:textAnnotation>
    <semantic:association id="as" sourceRef="apply" targetRef="note" associationDirection="None"/></semantic:collaboration>
  <semantic:process id="proc_test" name="测试" isExecutable="true"><semantic:documentation><![CDATA[说明 <b>]]></semantic:documentation>
    <semantic:laneSet id="ls"><semantic:lane id="ln" name="经理"><semantic:flowNodeRef>begun</semantic:flowNodeRef><semantic:flowNodeRef>apply</semantic:flowNodeRef></semantic:lane></semantic:laneSet>
    <semantic:startEvent id="begun" name="开始"/>
    <semantic:userTask id="apply" name="申请"><semantic:documentation>怎么办</semantic:documentation>{TASK}<semantic:dataOutputAssociation id="doa"><semantic:targetRef>dor</semantic:targetRef></semantic:dataOutputAssociation></semantic:userTask>
    <semantic:subProcess id="inner" name="内部"><semantic:startEvent id="i0"/><semantic:manualTask id="i1" name="手工"/><semantic:endEvent id="i9"/>
      <semantic:sequenceFlow id="if1" sourceRef="i0" targetRef="i1"/><semantic:sequenceFlow id="if2" sourceRef="i1" targetRef="i9"/></semantic:subProcess>
    <semantic:dataObject id="dob" name="申请表"/><semantic:dataObjectReference id="dor" dataObjectRef="dob" name="申请表"/><semantic:dataStoreReference id="dsr" name="台账"/>
    <semantic:endEvent id="ended" name="完"/>
    <semantic:sequenceFlow id="f1" sourceRef="begun" targetRef="apply"/><semantic:sequenceFlow id="f2" name="好" sourceRef="apply" targetRef="inner"/><semantic:sequenceFlow id="f3" sourceRef="inner" targetRef="ended"/>
  </semantic:process>
  <semantic:category id="cat"><semantic:categoryValue id="cv" value="一组"/></semantic:category>
  <x:BPMNDiagram id="picture" name="主图" resolution="96"><x:BPMNPlane id="plane" bpmnElement="c">
    {where("Shape", "us", 10, 10, 900, 300, isHorizontal="true")}{where("Shape", "bank", 10, 400, 900, 60, isHorizontal="true")}{where("Shape", "ln", 40, 10, 870, 300, isHorizontal="true")}
    {where("Shape", "begun", 100, 100, 36, 36)}{where("Shape", "apply", 200.25, 80, 100, 80, color__background_color="#ffeecc")}
    {where("Shape", "inner", 350, 60, 300, 160, isExpanded="true")}{where("Shape", "i0", 370, 100, 36, 36)}{where("Shape", "i1", 430, 90, 90, 60)}{where("Shape", "i9", 580, 100, 36, 36)}
    {where("Shape", "ended", 760, 100, 36, 36)}{where("Shape", "note", 200, 220, 100, 30)}{where("Shape", "grp", 190, 60, 130, 200)}{where("Shape", "dor", 240, 240, 36, 50)}{where("Shape", "dsr", 500, 240, 50, 50)}
    {where("Edge", "f1", (136, 118), (200, 118))}{where("Edge", "f2", (300, 118), (320, 118), (320, 140), (350, 140))}{where("Edge", "f3", (650, 140), (760, 118))}{where("Edge", "if1", (406, 118), (430, 118))}
    {where("Edge", "if2", (520, 118), (580, 118))}{where("Edge", "mf", (250, 400), (250, 160), messageVisibleKind="initiating")}{where("Edge", "as", (240, 160), (240, 220))}{where("Edge", "doa", (250, 160), (255, 240))}
  </x:BPMNPlane></x:BPMNDiagram>
</semantic:definitions>""".encode()  # fmt: skip
BRANCHES = f"""{HEAD}
  <semantic:process id="proc_test" isExecutable="true"><semantic:extensionElements><v:own kept="yes"><v:deep/></v:own></semantic:extensionElements>
    <semantic:startEvent id="begun"/><semantic:exclusiveGateway id="g"/><semantic:endEvent id="yes"/><semantic:endEvent id="no"/>
    <semantic:sequenceFlow id="f1" sourceRef="begun" targetRef="g"/>
    <semantic:sequenceFlow id="f2" sourceRef="g" targetRef="yes"><semantic:conditionExpression xsi:type="semantic:tFormalExpression">=actor.user_id = null</semantic:conditionExpression></semantic:sequenceFlow>
    <semantic:sequenceFlow id="f3" sourceRef="g" targetRef="no"/>
  </semantic:process>
  <x:BPMNDiagram id="picture"><x:BPMNPlane id="plane" bpmnElement="proc_test">
    {where("Shape", "begun", 100, 100, 36, 36)}{where("Shape", "g", 200, 93, 50, 50, isMarkerVisible="true")}{where("Shape", "yes", 400, 30, 36, 36)}{where("Shape", "no", 400, 180, 36, 36)}
    {where("Edge", "f1", (136, 118), (200, 118))}{where("Edge", "f2", (225, 93), (225, 48), (400, 48))}{where("Edge", "f3", (225, 143), (225, 198), (400, 198))}
  </x:BPMNPlane></x:BPMNDiagram>
</semantic:definitions>""".encode()  # fmt: skip


def everything(content):
    """Every element in its order with all it says, whatever the prefixes and the blanks between elements are."""
    return [(one.tag if isinstance(one.tag, str) else "comment", dict(one.attrib), (one.text or "").strip()) for one in etree.fromstring(content).iter()]


def pictures(content):
    """What is drawn where: every shape, edge and label with its numbers."""
    return [one for one in everything(content) if "/DI}" in one[0] or "/DC}" in one[0] or "/DD/" in one[0]]


def test_what_is_deployed_is_exported_byte_by_byte(app, db_session, tmp_path):
    actor = system_actor(1)
    with acting_as(actor), unit_of_work():
        release = definitions.deploy(bundle(**{PATH: RICH}), actor=actor)
    exported = definitions.queries.bundle_of(release.id).files[PATH]
    assert exported == RICH
    assert definitions.compiled(release.id).bpmn_of("proc_test") == RICH, "what the page draws"
    assert len(pictures(RICH)) > 60


def test_what_is_mended_keeps_all_it_does_not_mend():
    context = LintContext(forms={}, steps={}, checks=set(), decisions={}, processes=set(), roles=set(), datasets={"actor"})
    findings = lint_bpmn("t.bpmn", BRANCHES, context)
    mended, fixed = apply_fixes("t.bpmn", BRANCHES, findings)
    assert {one.element_id for one in fixed} == {"g", "f2"}
    before, after = everything(BRANCHES), everything(mended)
    assert len(before) == len(after)
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert [(old[0].rpartition("}")[2], new[1].get("default"), new[2]) for old, new in changed] == [
        ("exclusiveGateway", "f3", ""), ("conditionExpression", None, "actor.user_id = null"),
    ]  # fmt: skip
    assert pictures(mended) == pictures(BRANCHES)


@pytest.mark.parametrize("content", [RICH, BRANCHES])
def test_looking_at_a_diagram_changes_nothing_of_it(content):
    context = LintContext(forms={"room/apply": []}, steps={}, checks={"room/apply"}, decisions={}, processes=set(), roles={"PM_A"}, datasets={"actor"})
    found = lint_bpmn("t.bpmn", content, context)
    assert not [one for one in found if one.code == "no_shape"], "every node has its shape"
    same, fixed = apply_fixes("t.bpmn", content, [])
    assert (same, fixed) == (content, [])
