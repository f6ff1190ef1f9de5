"""Hit policies, outputs, allowed values, traces, nearest change."""

from datetime import date
from decimal import Decimal

import pytest

from app.workflow.engine.decisions import DmnError, RulesConflict, compile_dmn, nearest_change

from .builders import decision, dmn, literal, table

OVERLAPPING = [("< 10", "1", '"中"'), ("< 20", "2", '"高"'), ("> 5", "2", '"低"')]


def level(policy, rules=OVERLAPPING, outputs=("n", 'grade:"高","中","低"'), **more):
    return compile_dmn(dmn(decision("level", table(["x"], outputs, rules, policy, **more)))).decision("level")


@pytest.mark.parametrize(
    ("policy", "x", "result"),
    [
        ("UNIQUE", 3, RulesConflict),
        ("UNIQUE", 25, {"n": 2, "grade": "低"}),
        ("ANY", 8, RulesConflict),
        ("FIRST", 8, {"n": 1, "grade": "中"}),
        ("PRIORITY", 25, {"n": 2, "grade": "低"}),
        ("PRIORITY", 8, {"n": 2, "grade": "高"}),
        ("RULE ORDER", 8, [{"n": 1, "grade": "中"}, {"n": 2, "grade": "高"}, {"n": 2, "grade": "低"}]),
        ("OUTPUT ORDER", 8, [{"n": 2, "grade": "高"}, {"n": 1, "grade": "中"}, {"n": 2, "grade": "低"}]),
        ("COLLECT", 3, [{"n": 1, "grade": "中"}, {"n": 2, "grade": "高"}]),
    ],
)
def test_hit_policy(policy, x, result):
    decided = level(policy)
    if result is RulesConflict:
        with pytest.raises(RulesConflict):
            decided.evaluate({"x": x})
    else:
        assert decided.evaluate({"x": x}) == result
    assert decided.hit_policy == policy
    assert decided.output_names == ("n", "grade")


@pytest.mark.parametrize(
    ("aggregation", "result", "without"),
    [("SUM", 3, None), ("MIN", 1, None), ("MAX", 2, None), ("COUNT", 2, 0), ("", [1, 2], [])],
)
def test_collect_aggregations(aggregation, result, without):
    rules = [("< 10", "1"), ("< 20", "2")]
    decided = level("COLLECT", rules, ("n",), aggregation=aggregation)
    assert decided.evaluate({"x": 3}) == result
    assert decided.evaluate({"x": 99}) == without


def test_a_conflict_names_the_rules():
    with pytest.raises(RulesConflict) as caught:
        level("UNIQUE").evaluate({"x": 8})
    assert caught.value.details["rules"] == "1、2、3"


def test_any_accepts_equal_answers():
    assert level("ANY", [("< 10", '"a"'), ("< 20", '"a"')], ("n",)).evaluate({"x": 3}) == "a"


def test_default_outputs_answer_when_no_rule_matches():
    assert level("UNIQUE", [("< 10", '"a"')], ('n:"a","b":"b"',)).evaluate({"x": 30}) == "b"
    assert level("UNIQUE", [("< 10", '"a"')], ("n",)).evaluate({"x": 30}) is None


@pytest.mark.parametrize(
    ("value", "result"),
    [(5, "数"), ("A", "文"), (True, "真"), (None, "空"), (date(2026, 3, 1), "日"), ([1], None), ("B", None)],
)
def test_one_column_may_hold_several_types(value, result):
    rules = [("[1..9]", '"数"'), ('"A"', '"文"'), ("true", '"真"'), ("null", '"空"')]
    rules.append(('>= date("2026-01-01")', '"日"'))
    decided = compile_dmn(dmn(decision("d", table(["x"], ["r"], rules)))).decision("d")
    assert decided.evaluate({"x": value}) == result
    assert decided.evaluate_with_trace({"x": value}).value == result


def test_cells_may_calculate():
    rules = [("> limit * 2", '"超"'), ("? > limit and ? <= limit * 2", '"高"'), ("-", '"可"')]
    decided = compile_dmn(dmn(decision("d", table(["x"], ["r"], rules, "FIRST")))).decision("d")
    assert [decided.evaluate({"x": x, "limit": 10}) for x in (30, 15, 5)] == ["超", "高", "可"]
    assert decided.names == {"x", "limit"}


def test_typed_and_allowed_inputs_turn_away_other_values():
    rules = [("-", "1")]
    decided = compile_dmn(dmn(decision("d", table(['x:string:"A","B"'], ["r"], rules)))).decision("d")
    assert decided.evaluate({"x": "A"}) == 1
    trace = decided.evaluate_with_trace({"x": "C"})
    assert trace.value is None
    assert "不在允许的范围内" in str(trace.diagnostics[0])
    assert decided.evaluate({"x": 7}) == 1  # 7 is no text: the input is null, which "-" accepts
    assert decided.evaluate_with_trace({"x": 7}).diagnostics


def test_results_are_python_values_and_our_own_copies():
    decided = level("COLLECT")
    first = decided.evaluate({"x": 3})
    first[0]["n"] = "changed"
    assert decided.evaluate({"x": 3})[0]["n"] == 1
    assert isinstance(decided.evaluate({"x": 3})[0]["n"], Decimal)


def test_required_decisions_are_worked_out_first():
    file = dmn(
        decision("ratio", literal("project.loan_fen / project.pledge_fen")),
        decision("level", table(["ratio"], ["r"], [("<= 0.5", '"低"'), ("> 0.5", '"高"')])),
    )
    decided = compile_dmn(file).decision("level")
    facts = {"project": {"loan_fen": 300, "pledge_fen": 400}}
    assert decided.evaluate(facts) == "高"
    assert decided.names == {"project.loan_fen", "project.pledge_fen"}
    trace = decided.evaluate_with_trace(facts)
    assert trace.decisions == {"ratio": Decimal("0.75")}
    assert str(trace.sentences()[0]) == "先得出“ratio”为 0.75。"


def test_a_trace_tells_what_matched_and_what_nearly_did():
    rules = [('"保函"', "< 500", '"经理"'), ('"保函"', ">= 500", '"委员会"'), ('"贷款"', "-", '"委员会"')]
    decided = compile_dmn(dmn(decision("d", table(["product", "amount"], ["who"], rules)))).decision("d")
    trace = decided.evaluate_with_trace({"product": "保函", "amount": 600})
    (shown,) = trace.tables
    assert shown.matched == (2,)
    assert [(miss.rule, miss.label, miss.cell) for miss in shown.near] == [
        (1, "amount", "< 500"),
        (3, "product", '"贷款"'),
    ]
    assert [str(one) for one in trace.sentences()] == [
        '决策表“d”的输入：“product”为 "保函"，“amount”为 600。',
        '第 2 条规则命中，结果为 "委员会"。',
        "第 1 条规则只差一项：“amount”要求 < 500，实际为 600。",
        '第 3 条规则只差一项：“product”要求 "贷款"，实际为 "保函"。',
        '所以“d”为 "委员会"。',
    ]
    change = nearest_change(decided, {"product": "保函", "amount": 600})
    assert change is not None
    assert (change.after, change.result) == (499, "经理")
    assert str(change.sentence()) == '如果“amount”由 600 改为 499，结果就会是 "经理"。'


@pytest.mark.parametrize(
    ("file", "place", "word"),
    [
        (dmn(decision("d", table(["x"], ["r"], [("< < 3", "1")]))), "rule_1", "单元格"),
        (dmn(decision("d", table(["x"], ["r"], [("-", "1 +")]))), "rule_1", "表达式"),
        (dmn(decision("d", table(["x"], ["r"], [("-",)]))), "rule_1", "格数"),
        (dmn(decision("d", table(["x"], ["r"], [], "WHATEVER"))), "t", "命中策略"),
        (dmn(decision("d", table(["x:money"], ["r"], []))), "in_x", "类型"),
        (dmn(decision("a", literal("b + 1")), decision("b", literal("a + 1"))), None, "绕了一圈"),
        (
            dmn(
                decision(
                    "d", '<literalExpression id="e" expressionLanguage="python"><text>1</text></literalExpression>'
                )
            ),
            "e",
            "FEEL",
        ),
        (
            dmn(
                '<decision id="d" name="d"><informationRequirement id="q"><requiredInput href="#no"/></informationRequirement></decision>'
            ),
            "q",
            "不存在",
        ),
        (dmn(decision("d", '<functionDefinition id="f" kind="Java"/>')), "f", "外部函数"),
        (b"<definitions/>", None, "DMN 1.1"),
        (b"not xml", None, "XML"),
        (b'<!DOCTYPE x [<!ENTITY e "e">]><x/>', None, "DOCTYPE"),
        (dmn("<group/>" * 20_001), None, "20000"),
        (dmn("<a>" * 100 + "</a>" * 100), None, "嵌套"),
    ],
)
def test_a_bad_file_is_refused_on_the_element(file, place, word):
    with pytest.raises(DmnError) as caught:
        compile_dmn(file)
    finding = caught.value.findings[0]
    assert word in finding.message
    if place:
        assert finding.field == place


def test_a_draft_compiles_with_its_findings():
    file = dmn(decision("good", literal("1 + 1")), decision("bad", literal("1 +")))
    draft = compile_dmn(file, strict=False)
    assert draft.decision("good").evaluate({}) == 2
    assert draft.decision("bad").evaluate({}) is None
    assert len(draft.findings) == 1
