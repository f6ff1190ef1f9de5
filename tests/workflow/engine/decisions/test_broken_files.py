"""Any file an editor writes, or half writes, compiles or is refused with findings; nothing else ever comes out."""

import copy

import pytest
from lxml import etree

from app.core.errors import AppError
from app.core.feel import Budget, FeelError
from app.workflow.engine.decisions import DmnError, analyse, compile_dmn

from .builders import literal

NAMESPACES = [
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
]


def requires(tag, target):
    inner = {"information": "required", "knowledge": "requiredKnowledge"}
    kind = "requiredDecision" if target.startswith("d_") else "requiredInput"
    kind = inner["knowledge"] if tag == "knowledge" else kind
    return f'<{tag}Requirement id="r_{target}"><{kind} href="#{target}"/></{tag}Requirement>'


def decided(name, logic, type_ref="Any", needs=""):
    return f'<decision id="d_{name}" name="{name}"><variable id="v_{name}" name="{name}" typeRef="{type_ref}"/>{needs}{logic}</decision>'


TABLE = """<decisionTable id="t" hitPolicy="COLLECT" aggregation="SUM" preferredOrientation="Rule-as-Row" outputLabel="分">
<input id="i1" label="金额"><inputExpression id="ie1" typeRef="number"><text>amount</text></inputExpression>
<inputValues id="iv1"><text>[0..1000000]</text></inputValues></input>
<input id="i2"><inputExpression id="ie2" typeRef="tGrade"><text>firm.grade</text></inputExpression></input>
<output id="o1" name="score" typeRef="number"><outputValues id="ov1"><text>1,2,3</text></outputValues>
<defaultOutputEntry id="do1"><text>3</text></defaultOutputEntry></output>
<annotation name="说明"/>
<rule id="rule1"><inputEntry id="c1"><text>&lt; 100</text></inputEntry><inputEntry id="c2"><text>"A","B"</text></inputEntry>
<outputEntry id="c3"><text>1</text></outputEntry><annotationEntry><text>小额</text></annotationEntry></rule>
<rule id="rule2"><description>大额</description><inputEntry id="c4"><text>not(&lt; 100)</text></inputEntry>
<inputEntry id="c5"><text>-</text></inputEntry><outputEntry id="c6"><text>2</text></outputEntry></rule></decisionTable>"""

WHOLE = f"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" xmlns:feel="https://www.omg.org/spec/DMN/20191111/FEEL/"
 xmlns:dmndi="https://www.omg.org/spec/DMN/20191111/DMNDI/" xmlns:dc="http://www.omg.org/spec/DMN/20180521/DC/"
 xmlns:camunda="http://camunda.org/schema/1.0/dmn" xmlns:modeler="http://camunda.org/schema/modeler/1.0"
 id="defs" name="全部" namespace="urn:whole" exporter="某编辑器" exporterVersion="5.1" modeler:executionPlatform="x">
<description>每一种写法</description>
<extensionElements><camunda:anything a="1"/></extensionElements>
<itemDefinition id="it1" name="tGrade"><typeRef>string</typeRef><allowedValues id="av"><text>"A","B","C"</text></allowedValues></itemDefinition>
<itemDefinition id="it2" name="tFirm"><itemComponent id="ic1" name="name"><typeRef>string</typeRef></itemComponent>
<itemComponent id="ic2" name="grade"><typeRef>tGrade</typeRef></itemComponent></itemDefinition>
<itemDefinition id="it3" name="tFirms" isCollection="true"><typeRef>tFirm</typeRef></itemDefinition>
<itemDefinition id="it4" name="tFee"><functionItem outputTypeRef="number"><parameters name="a" typeRef="number"/></functionItem></itemDefinition>
<inputData id="in_amount" name="amount"><variable id="va" name="amount" typeRef="number"/></inputData>
<inputData id="in_firm" name="firm"><variable id="vf" name="firm" typeRef="tFirm"/></inputData>
{decided("score", TABLE, "number", requires("information", "in_amount") + requires("information", "in_firm"))}
{decided("text", literal("if score > 1 then firm.name else null"), "string", requires("information", "d_score"))}
{decided("boxed", f'''<context id="ctx"><contextEntry id="ce1"><variable id="cv1" name="a"/>{literal("amount + 1")}</contextEntry>
<contextEntry id="ce2"><variable name="f"/><functionDefinition id="fd1"><formalParameter id="fp" name="n" typeRef="number"/>
{literal("n * 2")}</functionDefinition></contextEntry><contextEntry>{literal("f(a)")}</contextEntry></context>''')}
{decided("listed", f'<list id="l1">{literal("1")}{literal("amount")}</list>')}
{decided("related", f'''<relation id="rel"><column id="col1" name="n"/><column id="col2" name="v" typeRef="number"/>
<row id="row1">{literal("1")}{literal("2")}</row><row>{literal("3")}{literal("4")}</row></relation>''')}
{decided("invoked", f'''<invocation id="inv">{literal("fee")}<binding id="b1"><parameter id="bp1" name="base" typeRef="number"/>
{literal("amount")}</binding></invocation>''', "number", requires("knowledge", "k_fee"))}
{decided("conditional", f'<conditional id="cond"><if>{literal("amount > 1")}</if><then>{literal("1")}</then><else>{literal("2")}</else></conditional>')}
{decided("looped", f'<for id="for1" iteratorVariable="x"><in>{literal("listed")}</in><return>{literal("x + 1")}</return></for>')}
{decided("any", f'<some id="some1" iteratorVariable="x"><in>{literal("listed")}</in><satisfies>{literal("x > 1")}</satisfies></some>')}
{decided("all", f'<every id="ev1" iteratorVariable="x"><in>{literal("listed")}</in><satisfies>{literal("x > 1")}</satisfies></every>')}
{decided("filtered", f'<filter id="fil1"><in>{literal("related")}</in><match>{literal("v > 2")}</match></filter>')}
<businessKnowledgeModel id="k_fee" name="fee"><variable id="kv" name="fee" typeRef="tFee"/><encapsulatedLogic id="el" kind="FEEL">
<formalParameter id="kp" name="base" typeRef="number"/>{literal("base * 0.015")}</encapsulatedLogic></businessKnowledgeModel>
<decisionService id="ds1" name="served"><variable name="served"/><outputDecision href="#d_text"/>
<encapsulatedDecision href="#d_score"/><inputData href="#in_amount"/><inputData href="#in_firm"/></decisionService>
<knowledgeSource id="ks" name="办法"><authorityRequirement><requiredInput href="#in_firm"/></authorityRequirement></knowledgeSource>
<textAnnotation id="ta"><text>备注</text></textAnnotation>
<association id="as"><sourceRef href="#d_text"/><targetRef href="#ta"/></association>
<group id="g1" name="组"/><elementCollection id="ec" name="集"><drgElement href="#d_text"/></elementCollection>
<performanceIndicator id="pi" name="指标"/><organizationUnit id="ou" name="部门"/>
<dmndi:DMNDI><dmndi:DMNDiagram id="dia"><dmndi:DMNShape id="sh" dmnElementRef="d_text"><dc:Bounds x="1" y="1" width="9" height="9"/>
</dmndi:DMNShape></dmndi:DMNDiagram></dmndi:DMNDI></definitions>"""

FACTS = {"amount": 150, "firm": {"name": "甲", "grade": "A"}}
RESULTS = {
    "score": 2,
    "text": "甲",
    "boxed": 302,
    "listed": [1, 150],
    "related": [{"n": 1, "v": 2}, {"n": 3, "v": 4}],
    "invoked": 2.25,
    "conditional": 1,
    "looped": [2, 151],
    "any": True,
    "all": False,
    "filtered": [{"n": 3, "v": 4}],
}


@pytest.mark.parametrize("namespace", NAMESPACES)
@pytest.mark.parametrize("prefixed", [False, True])
def test_every_construct_in_every_version(namespace, prefixed):
    root = etree.fromstring(WHOLE.encode())
    text = etree.tostring(root).decode().replace("https://www.omg.org/spec/DMN/20191111/MODEL/", namespace)
    if prefixed:  # as some editors write it: <dmn:definitions xmlns:dmn="…">
        text = with_prefix(text, namespace)
    decisions = compile_dmn(text.encode())
    assert {one.name: one.evaluate(FACTS) for one in decisions} == RESULTS
    assert decisions.serve("served", FACTS) == "甲"
    assert {one.severity for one in analyse(decisions)} <= {"WARN"}


def with_prefix(text, namespace):
    root = etree.fromstring(text.encode())
    made = etree.Element(etree.QName(namespace, "definitions"), nsmap={"dmn": namespace})
    made.attrib.update(root.attrib)
    made.extend(root)
    return etree.tostring(made).decode()


def broken():
    """The whole file with one thing wrong at a time: an element gone, doubled or renamed, an attribute, a text."""
    root = etree.fromstring(WHOLE.encode())
    for at, element in enumerate(root.iter(etree.Element)):
        if at == 0:
            continue
        yield f"without {label(element)}", changed(root, at, lambda one: one.getparent().remove(one))
        yield f"twice {label(element)}", changed(root, at, lambda one: one.addnext(copy.deepcopy(one)))
        yield f"renamed {label(element)}", changed(root, at, lambda one: setattr(one, "tag", one.tag + "X"))
        yield f"emptied {label(element)}", changed(root, at, empty)
        for name in element.attrib:
            yield f"{label(element)} without {name}", changed(root, at, lambda one, n=name: one.attrib.pop(n))
            yield f"{label(element)} wrong {name}", changed(root, at, lambda one, n=name: one.set(n, "没有 这个"))
            yield f"{label(element)} empty {name}", changed(root, at, lambda one, n=name: one.set(n, ""))
        if element.text and element.text.strip():
            for text in ("", "1 +", "(" * 200, "没有的名字", "，", "\u0001".replace("\u0001", "\u200b"), "null", "x" * 70_000):
                yield f"{label(element)} says {text[:9]}", changed(root, at, lambda one, t=text: setattr(one, "text", t))


def label(element):
    return f"{etree.QName(element).localname}#{element.get('id') or element.get('name') or ''}"


def changed(root, at, change):
    mine = copy.deepcopy(root)
    change(list(mine.iter(etree.Element))[at])
    return etree.tostring(mine)


def empty(element):
    for child in list(element):
        element.remove(child)
    element.text = None


def test_whatever_is_broken_is_refused_with_findings_or_works():
    refused = worked = 0
    for what, content in broken():
        try:
            decisions = compile_dmn(content)
        except DmnError as exc:
            refused += 1
            assert exc.findings, what
            assert all(one.message and "Traceback" not in one.message for one in exc.findings), what
            ids = {value for element in etree.fromstring(content).iter() for value in element.attrib.values()}
            assert all(one.field is None or one.field in ids for one in exc.findings), what
            continue
        worked += 1
        analyse(decisions)
        for decision in decisions:
            try:
                decision.evaluate_with_trace(FACTS, budget=Budget(seconds=1)).sentences()
            except (AppError, FeelError):
                continue
    assert refused > 150
    assert worked > 150


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\x01\x02",
        b"<a",
        b"<?xml version='1.0' encoding='utf-7'?><a/>",
        b"<definitions xmlns='https://www.omg.org/spec/DMN/20191111/MODEL/'/>",
        b"<definitions xmlns='https://www.omg.org/spec/DMN/19990101/MODEL/'/>",
        "<定义/>".encode("gbk"),
        WHOLE.encode("utf-16"),
        b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY x 'y'><!ENTITY z '&x;&x;'>]><a>&z;</a>",
        b"<?xml version='1.0'?><!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
    ],
)
def test_what_is_no_decision_file_is_refused_or_empty(content):
    try:
        assert list(compile_dmn(content)) == [] or b"\x00<" in content
    except DmnError as exc:
        assert exc.findings
