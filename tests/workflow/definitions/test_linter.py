"""``flask definitions lint``: any editor's files, told by line, as text or JSON; ``--fix`` mends what is safe only."""

import json
from collections import Counter

import pytest
from lxml import etree

from app.config import ROOT
from app.workflow.definitions import make_bundle
from app.workflow.definitions.linter import lint_files
from app.workflow.engine import parse_processes, start
from tests.workflow.engine.diagrams import *
from tests.workflow.engine.office import Office

VENDOR = """<?xml version="1.0" encoding="UTF-8"?>
<!-- drawn elsewhere -->
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"
  xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI"
  xmlns:v="http://vendor.example/ext" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="d" targetNamespace="t" exporter="Some Editor" v:grid="on">
  <process id="picture" isExecutable="false" v:colour="blue">
    <extensionElements><v:note who="me">keep <![CDATA[<this>]]></v:note></extensionElements>
    <startEvent id="s"><outgoing>f0</outgoing></startEvent>
    <manualTask id="t" name="Prepare"><incoming>f0</incoming><outgoing>f1</outgoing><outgoing>f2</outgoing></manualTask>
    <exclusiveGateway id="g"><incoming>f1</incoming><outgoing>f3</outgoing><outgoing>f4</outgoing></exclusiveGateway>
    <manualTask id="u"/><manualTask id="w"/>
    <endEvent id="e"/><endEvent id="e2"/><endEvent id="e3"/>
    <sequenceFlow id="f0" sourceRef="s" targetRef="t"/>
    <sequenceFlow id="f1" sourceRef="t" targetRef="g"/>
    <sequenceFlow id="f2" sourceRef="t" targetRef="u"/>
    <sequenceFlow id="f3" sourceRef="g" targetRef="w"><conditionExpression xsi:type="tFormalExpression">=project_id &gt; 1</conditionExpression></sequenceFlow>
    <sequenceFlow id="f4" sourceRef="g" targetRef="e"/>
    <sequenceFlow id="f5" sourceRef="u" targetRef="e2"/>
    <sequenceFlow id="f6" sourceRef="w" targetRef="e3"/>
    <textAnnotation id="a"><text>why</text></textAnnotation>
  </process>
  <bpmndi:BPMNDiagram id="dia"><bpmndi:BPMNPlane id="plane" bpmnElement="picture">
    %s
    <bpmndi:BPMNEdge id="f0_di" bpmnElement="f0" v:bend="round"><di:waypoint x="100" y="118"/><di:waypoint x="150" y="118"/></bpmndi:BPMNEdge>
    <bpmndi:BPMNEdge id="f1_di" bpmnElement="f1"><di:waypoint x="250" y="118"/><di:waypoint x="350" y="118"/></bpmndi:BPMNEdge>
    <bpmndi:BPMNEdge id="f2_di" bpmnElement="f2"><di:waypoint x="200" y="158"/><di:waypoint x="350" y="258"/></bpmndi:BPMNEdge>
  </bpmndi:BPMNPlane></bpmndi:BPMNDiagram>
</definitions>
"""
SHAPES = "".join(
    f'<bpmndi:BPMNShape id="{n}_di" bpmnElement="{n}"><dc:Bounds x="{100 * i}" y="78.5" width="100" height="80"/></bpmndi:BPMNShape>'
    for i, n in enumerate(["s", "t", "g", "u", "w", "e", "e2", "e3", "a"])
)
DRAWN = (VENDOR % SHAPES).encode()
NOTHING = make_bundle({})


@pytest.fixture
def place(tmp_path, app):
    """Files by name in a folder, linted inside the program."""

    def lint(fix=False, **files):
        paths = []
        for name, content in files.items():
            paths.append(tmp_path / f"{name}.bpmn")
            if content is not None:
                paths[-1].write_bytes(content)
        with app.app_context():
            return lint_files(paths, NOTHING, fix=fix), [p.read_bytes() if p.exists() else None for p in paths]

    return lint


def codes(report):
    return {told.finding.code for told in report.findings if told.finding.severity != "INFO"}


def things(content):
    """Every element with its id, attributes and text; what a mended file may not lose."""
    root = etree.fromstring(content, etree.XMLParser(strip_cdata=False)).getroottree()
    return Counter(
        (str(e.tag), tuple(sorted(e.attrib.items())), (e.text or "").strip())
        for e in root.iter()
        if not str(e.tag).endswith(("}sequenceFlow", "}process", "}waypoint", "}conditionExpression", "}exclusiveGateway", "}outgoing"))
    )


def test_findings_stand_on_the_line_of_their_element(place):
    [report], _left = place(drawn=DRAWN)
    lines = DRAWN.decode().splitlines()
    assert codes(report) == {"not_executable", "no_default", "feel", "feel_missing"}
    for told in report.findings:
        if told.finding.element_id:
            assert f'id="{told.finding.element_id}"' in lines[told.line - 1]


def test_what_is_safe_is_mended_and_everything_else_kept(place):
    [report], [mended] = place(drawn=DRAWN, fix=True)
    assert {fixed.code for fixed in report.fixed} == {"not_executable", "no_default", "feel", "no_edge"}
    assert codes(report) == set()
    assert not things(DRAWN) - things(mended), "something was lost"
    assert b"<!-- drawn elsewhere -->" in mended
    assert b"<![CDATA[<this>]]>" in mended
    assert mended.startswith(b"<?xml version='1.0' encoding='UTF-8'?>")
    assert place(drawn=mended, fix=True)[1] == [mended], "mending twice changes nothing"


def test_the_mended_file_runs_as_it_was_drawn(place):
    _reports, [mended] = place(drawn=DRAWN, fix=True)
    assert parse_processes({"p": DRAWN}, {}) == {}
    run = start(parse_processes({"p": mended}, {})["picture"], {"project_id": 2}, Office())
    run.complete(run.ready()[0].id)
    assert sorted(task.node_id for task in run.ready()) == ["u", "w"]


def test_without_fix_no_file_is_touched(place):
    assert place(drawn=DRAWN)[1] == [DRAWN]


@pytest.mark.parametrize(
    "xml",
    [
        process("p", begin(), exclusive("g"), end(), end("e2"), flow("begin", "g"), flow("g", "done", when="project_id = 1"), flow("g", "e2", when="project_id = 2")),
        process("p", begin(), exclusive("g"), end(), end("e2"), flow("begin", "g", "done"), flow("g", "e2")),
        process("p", begin(), manual("t"), end(), end("e2"), flow("begin", "t"), flow("t", "done", when="project_id = 1"), flow("t", "e2", when="project_id = 2")),
        process("p", begin(), node("task", "t"), end(), flow("begin", "t", "done")),
    ],
    ids=["two conditions", "no condition at all", "only conditions on a task's flows", "a plain task"],
)  # fmt: skip
def test_what_could_be_meant_otherwise_is_left_to_a_person(place, xml):
    [report], [left] = place(p=xml, fix=True)
    assert {fixed.code for fixed in report.fixed} <= {"no_edge"}
    assert codes(report)
    assert etree.tostring(etree.fromstring(left).find(".//{*}process")) == etree.tostring(etree.fromstring(xml).find(".//{*}process"))


def test_a_file_that_cannot_be_read_is_a_finding(place, tmp_path):
    reports, _left = place(gone=None, empty=b"", junk=b"\x00\x01", big=b" " * (5 * 1024 * 1024 + 1), bomb=b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', fix=True)
    assert [sorted(codes(report)) for report in reports] == [["unreadable"], ["not_xml"], ["not_xml"], ["too_large"], ["doctype"]]
    assert all(told.finding.fix_zh for report in reports for told in report.findings)


def test_files_given_together_may_call_each_other(place):
    caller = process("proc_a", begin(), call("c", "sub_b"), end(), flow("begin", "c", "done"))
    called = process("sub_b", begin(), manual("m"), end(), flow("begin", "m", "done"))
    assert codes(place(a=caller)[0][0]) == {"process_missing"}
    assert [codes(report) for report in place(a=caller, b=called)[0]] == [set(), set()]


@pytest.fixture
def run(app):
    def invoke(*arguments):
        with app.app_context():
            return app.test_cli_runner().invoke(args=["definitions", "lint", *map(str, arguments)])

    return invoke


def test_the_command_tells_lines_or_json(run, tmp_path):
    file = tmp_path / "drawn.bpmn"
    file.write_bytes(DRAWN)
    text = run(file)
    assert text.exit_code == 1
    assert f"{file}:10: [BLOCK] no_default | g | " in text.stdout
    assert text.stdout.splitlines()[-1] == "1 files, 4 problems"
    answer = json.loads(run(tmp_path, "--json").stdout)
    assert answer["problems"] == 4
    [one] = answer["files"]
    found = {f["code"]: f for f in one["findings"]}
    assert found["no_default"] == {
        "element": "g", "line": 10, "code": "no_default", "severity": "BLOCK", "fixable": True,
        "message": "网关“g”没有默认流向，所有条件都不成立时流程会停住", "fix": "请选中一条流出线设为默认流向",
    }  # fmt: skip
    mended = json.loads(run(file, "--json", "--fix").stdout)
    assert (mended["problems"], len(mended["files"][0]["fixed"])) == (0, 7)
    assert run(file).exit_code == 0


def test_our_own_files_are_fine_and_their_names_resolve(run):
    result = run(ROOT / "processes")
    count = len(list((ROOT / "processes").rglob("*.bpmn")))
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, f"{count} files, 0 problems"), result.stdout
