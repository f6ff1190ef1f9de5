"""Boxed expressions, knowledge models, services, types, imports."""

import pickle
from datetime import UTC, date, datetime

import pytest

from app.workflow.engine.decisions import UnknownDecision, compile_dmn

from .builders import decision, dmn, literal


def result_of(logic, facts=None, *others, **kind):
    return compile_dmn(dmn(decision("d", logic, **kind), *others)).decision("d").evaluate(facts or {})


def entry(name, logic):
    variable = f'<variable name="{name}"/>' if name else ""
    return f"<contextEntry>{variable}{logic}</contextEntry>"


@pytest.mark.parametrize(
    ("logic", "result"),
    [
        (f"<context>{entry('a', literal('1'))}{entry('b c', literal('a + 1'))}</context>", {"a": 1, "b c": 2}),
        (f"<context>{entry('a', literal('1'))}{entry('', literal('a + 5'))}</context>", 6),
        (f"<list>{literal('1')}{literal('2')}</list>", [1, 2]),
        (
            f'<relation><column name="n"/><column name="v"/><row>{literal("1")}{literal("2")}</row></relation>',
            [{"n": 1, "v": 2}],
        ),
        (
            f"<conditional><if>{literal('1 > 2')}</if><then>{literal('1')}</then><else>{literal('2')}</else></conditional>",
            2,
        ),
        (
            f'<for iteratorVariable="x"><in>{literal("[1,2]")}</in><return>{literal("x * 2")}</return></for>',
            [2, 4],
        ),
        (
            f'<some iteratorVariable="x"><in>{literal("[1,2]")}</in><satisfies>{literal("x > 1")}</satisfies></some>',
            True,
        ),
        (
            f'<every iteratorVariable="x"><in>{literal("[1,2]")}</in><satisfies>{literal("x > 1")}</satisfies></every>',
            False,
        ),
        (f"<filter><in>{literal('[1,2,3]')}</in><match>{literal('item > 1')}</match></filter>", [2, 3]),
        (
            "<context>"
            + entry(
                "f",
                f'<functionDefinition><formalParameter name="n"/>{literal("if n < 2 then 1 else n * f(n - 1)")}</functionDefinition>',
            )
            + entry("", literal("f(5)"))
            + "</context>",
            120,
        ),
    ],
)
def test_boxed_expression(logic, result):
    assert result_of(logic) == result


FEE = f"""<businessKnowledgeModel id="fee" name="担保费"><variable name="担保费"/><encapsulatedLogic>
<formalParameter name="金额" typeRef="number"/><formalParameter name="费率" typeRef="number"/>
{literal("金额 * 费率")}</encapsulatedLogic></businessKnowledgeModel>"""


def test_a_knowledge_model_is_called_like_a_function():
    assert result_of(literal("担保费(200, 0.015)"), {}, FEE) == 3
    assert result_of(literal("担保费(费率: 0.015, 金额: x)"), {"x": 100}, FEE) == 1.5
    assert result_of(literal('担保费("100", 0.015)'), {}, FEE) is None
    binding = '<binding><parameter name="金额"/>{}</binding><binding><parameter name="费率"/>{}</binding>'
    call = f"<invocation>{literal('担保费')}{binding.format(literal('100'), literal('0.01'))}</invocation>"
    assert result_of(call, {}, FEE) == 1


def test_item_definitions_check_and_coerce():
    grade = '<itemDefinition name="tGrade"><typeRef>string</typeRef><allowedValues><text>"A","B"</text></allowedValues></itemDefinition>'
    firm = """<itemDefinition name="tFirm"><itemComponent name="name"><typeRef>string</typeRef></itemComponent>
    <itemComponent name="grade"><typeRef>tGrade</typeRef></itemComponent></itemDefinition>"""
    firms = '<itemDefinition name="tFirms" isCollection="true"><typeRef>tFirm</typeRef></itemDefinition>'
    given = '<inputData id="f" name="firm"><variable name="firm" typeRef="tFirm"/></inputData>'
    file = dmn(
        firm, grade, firms, given, decision("d", literal("firm.grade")), decision("e", literal("firm"), "tFirms")
    )
    decisions = compile_dmn(file)
    assert decisions.decision("d").evaluate({"firm": {"name": "甲", "grade": "A"}}) == "A"
    trace = decisions.decision("d").evaluate_with_trace({"firm": {"name": "甲", "grade": "C"}})
    assert trace.value is None
    assert "应当是" in str(trace.diagnostics[0])
    assert decisions.decision("e").evaluate({"firm": {"name": "甲", "grade": "B"}}) == [
        {"name": "甲", "grade": "B"}
    ]


def test_a_service_works_from_its_inputs_only():
    service = """<decisionService id="s" name="s"><variable name="s"/><outputDecision href="#d"/>
    <inputDecision href="#base"/></decisionService>"""
    file = dmn(
        decision("base", literal("1")),
        decision("d", literal("base * 10")),
        service,
        decision("e", literal("s(7)")),
    )
    decisions = compile_dmn(file)
    assert decisions.serve("s", {"base": 5}) == 50
    assert decisions.decision("e").evaluate({}) == 70
    assert decisions.decision("d").evaluate({"base": 99}) == 10


def test_a_file_may_import_another():
    base = compile_dmn(dmn(decision("rate", literal("0.02")), FEE).replace(b"urn:test", b"urn:base"))
    use = '<import name="基础" namespace="urn:base" importType="https://www.omg.org/spec/DMN/20191111/MODEL/"/>'
    file = dmn(use, decision("d", literal("基础.担保费(100, 基础.rate)")))
    assert compile_dmn(file, {"base": base}).decision("d").evaluate({}) == 2


def test_dates_come_and_go_as_pythons():
    now = datetime(2026, 11, 23, 18, tzinfo=UTC)
    decided = compile_dmn(dmn(decision("d", literal('today() + duration("P1D")')))).decision("d")
    assert decided.evaluate({}, now=now) == date(2026, 11, 25)


def test_an_unknown_decision_says_which_there_are():
    with pytest.raises(UnknownDecision) as caught:
        compile_dmn(dmn(decision("d", literal("1")))).decision("e")
    assert caught.value.details["known"] == "d"


def test_compiled_decisions_are_not_pickled():
    with pytest.raises(TypeError):
        pickle.dumps(compile_dmn(dmn(decision("d", literal("1")))))


@pytest.mark.parametrize(
    "version", ["20151101/dmn.xsd", "20180521/MODEL/", "20191111/MODEL/", "20211108/MODEL/", "20230324/MODEL/"]
)
def test_every_version_of_the_format_loads(version):
    scheme = "http" if version < "2019" else "https"
    file = dmn(decision("d", literal("1"))).replace(
        b"https://www.omg.org/spec/DMN/20191111/MODEL/", f"{scheme}://www.omg.org/spec/DMN/{version}".encode()
    )
    assert compile_dmn(file).decision("d").evaluate({}) == 1
