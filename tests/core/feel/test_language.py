"""The language, as tables of expressions and the values they give (written as FEEL literals)."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from app.core.feel import compile_expression, compile_unary_tests
from app.core.feel.border import to_feel
from app.core.feel.text import literal

FACTS = {
    "project": {"amount_fen": 4_500_000_00, "product": "流动资金贷款", "名称": "甲公司"},
    "贷款 金额": 300,
    "担保费率": "0.015",
    "guarantors": [{"name": "张三", "share": 60}, {"name": "李四", "share": 40}],
    "x": 3,
    "nothing": None,
}


def value_of(text: str) -> str:
    return literal(to_feel(compile_expression(text).evaluate(FACTS)))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("-2 ** 2", "4"),
        ("2 ** 3 ** 2", "64"),
        ("0.1 + 0.2", "0.3"),
        ("1 / 3", "0.3333333333333333333333333333333333"),
        ("10 / 0", "null"),
        (".5 + 1e2", "100.5"),
        ('"担" + "保"', '"担保"'),
        ('1 + "a"', "null"),
        ("x > 2 and x < 5", "true"),
        ("null and false", "false"),
        ("null and true", "null"),
        ("null or true", "true"),
        ('"a" or false', "null"),
        ("not(null)", "null"),
        ('1 = "1"', "null"),
        ("null = 1", "false"),
        ("null = null", "true"),
        ("[1, 2] = [1, 2]", "true"),
        ("{a: 1} = {a: 1.0}", "true"),
        ("x between 1 and 3", "true"),
        ("x in [1..3)", "false"),
        ("x in (1, 3)", "true"),
        ("x in (< 2, > 2)", "true"),
        ("x in [1, 2, 3]", "true"),
        ("x in !=3", "false"),
        ('if x > 2 then "高" else "低"', '"高"'),
        ("if nothing then 1 else 2", "2"),
        ("贷款 金额 * 2", "600"),
        ("project.名称", '"甲公司"'),
        ("project.missing", "null"),
        ("number(担保费率) * 100", "1.5"),
        ("guarantors.share", "[60, 40]"),
        ("guarantors[share > 50].name", '["张三"]'),
        ("guarantors[1].name", '"张三"'),
        ("guarantors[-1].name", '"李四"'),
        ("guarantors[item.share > x].share", "[60, 40]"),
        ("guarantors[9]", "null"),
        ("for g in guarantors return g.share * 2", "[120, 80]"),
        ("for i in 1..3 return i", "[1, 2, 3]"),
        ("for i in 3..1 return i", "[3, 2, 1]"),
        ("for i in [1..4) return i", "[1, 2, 3]"),
        ("for i in 1..3, j in 1..i return i * j", "[1, 2, 4, 3, 6, 9]"),
        ("for i in 1..5 return if i = 1 then 1 else partial[-1] * i", "[1, 2, 6, 24, 120]"),
        ("for i in 1..3 return {p: partial}.p", "[[], [[]], [[], [[]]]]"),
        ("some g in guarantors satisfies g.share > 50", "true"),
        ("every g in guarantors satisfies g.share > 50", "false"),
        ("{a: 1, b: a + 1, c: {d: a + b}}.c.d", "3"),
        ("(function(a, b) a - b)(b: 1, a: 5)", "4"),
        ("{f: function(n) if n < 2 then 1 else n * f(n - 1), r: f(10)}.r", "3628800"),
        ("sort([3, 1, 2], function(a, b) a > b)", "[3, 2, 1]"),
        ("[1, 2, 3] instance of list<number>", "true"),
        ("1 instance of string", "false"),
        ("null instance of Any", "false"),
        ('"\\u4E2D\\n"', '"中\n"'),
        ("1 // 注释\n + 1 /* 还有 */", "2"),
        ("[1..5].start included", "true"),
        ("(> 5).end", "null"),
        ('{"a b": 1}.a b', "1"),
        ("[[1, 2], [3]][2][1]", "3"),
        ("100[1]", "100"),
        ('@"2026-11-23".weekday', "1"),
        ("product", "function"),
    ],
)
def test_expression(text: str, value: str) -> None:
    assert value_of(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('date("2026-11-23") + duration("P1M")', "2026-12-23"),
        ('date("2026-01-31") + duration("P1M")', "2026-02-28"),
        ('date("2026-11-23") - date("2026-11-01")', "P22D"),
        ('(date("2026-11-26") - date("2026-11-23")).days', "3"),
        ('date and time("2026-11-23T10:00:00+08:00") - date and time("2026-11-23T00:00:00Z")', "PT2H"),
        ('date and time("2026-11-23T10:00:00") < date and time("2026-11-23T10:00:00Z")', "null"),
        ('date and time("2026-11-23T24:00:00")', "2026-11-24T00:00:00"),
        ('years and months duration(date("2024-05-20"), date("2026-11-19"))', "P2Y5M"),
        ('duration("P1Y6M") * 2', "P3Y"),
        ('duration("PT90M")', "PT1H30M"),
        ('duration("P1Y2D")', "null"),
        ('date("2026-02-29")', "null"),
        ("date(2026, 2, 28)", "2026-02-28"),
        ('date("-2021-01-01") - duration("P1D")', "-2022-12-31"),
        ('time("23:30:00") + duration("PT1H")', "00:30:00"),
        ('time("10:00:00@Asia/Shanghai").time offset', "PT8H"),
        ('day of week(date("2026-11-23"))', '"Monday"'),
        ('week of year(date("2021-01-01"))', "53"),
        ('day of year(date("2024-12-31"))', "366"),
        ('last day of month(date("2024-02-10"))', "2024-02-29"),
        ('date and time("2026-11-23T00:00:00@Asia/Shanghai") = date and time("2026-11-22T16:00:00Z")', "true"),
        ('date("2026-11-23") in [date("2026-11-01")..date("2026-11-30")]', "true"),
        ('for d in date("2026-11-29")..date("2026-12-01") return d.day', "[29, 30, 1]"),
    ],
)
def test_dates_and_durations(text: str, value: str) -> None:
    assert value_of(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('substring("担保合同", 3)', '"合同"'),
        ('substring("担保合同", -2, 1)', '"合"'),
        ('string length("担保合同")', "4"),
        ('upper case("abc")', '"ABC"'),
        ('substring before("HT-2026", "-")', '"HT"'),
        ('substring after("HT-2026", "-")', '"2026"'),
        ('contains("保证担保", "担保")', "true"),
        ('starts with("ZB2025", "ZB")', "true"),
        ('split("a;b;;", ";")', '["a", "b", "", ""]'),
        ('string join(["甲", null, "乙"], "、")', '"甲、乙"'),
        ('replace("2026年", "[0-9]+", "#")', '"#年"'),
        ('replace("ab", "(a)(b)", "$2$1")', '"ba"'),
        ('matches("91310000MA1FL", "^[0-9A-Z]{13}$")', "true"),
        ('matches("a", "(a)\\1")', "null"),
        ('matches("Q", "[A-Z-[OI]]")', "true"),
        ('matches("O", "[A-Z-[OI]]")', "false"),
        ('number("1.000,5", ".", ",")', "1000.5"),
        ("string(1.50)", '"1.5"'),
        ("decimal(1.115, 2)", "1.12"),
        ("decimal(2.5, 0)", "2"),
        ("round half up(2.5, 0)", "3"),
        ("round half down(2.5, 0)", "2"),
        ("round up(-1.1, 0)", "-2"),
        ("floor(-1.5)", "-2"),
        ("ceiling(1.01, 1)", "1.1"),
        ("modulo(-12, 5)", "3"),
        ("sqrt(16)", "4"),
        ('abs(@"-P1D")', "P1D"),
        ("odd(5)", "true"),
        ("min(3, 1, 2)", "1"),
        ("max([])", "null"),
        ("sum([1, 2, 3])", "6"),
        ("mean(1, 2)", "1.5"),
        ("median([8, 2, 5, 3, 4])", "4"),
        ("mode([6, 3, 9, 6, 6])", "[6]"),
        ("stddev(2, 4, 7, 5)", "2.081665999466132735282297706979931"),
        ("product([2, 3])", "6"),
        ("all([true, null])", "null"),
        ("any([true, null])", "true"),
        ("count([1, null])", "2"),
        ("sublist([1, 2, 3], 2)", "[2, 3]"),
        ("append([1], 2, 3)", "[1, 2, 3]"),
        ("concatenate([1], [2])", "[1, 2]"),
        ("insert before([1, 3], 2, 2)", "[1, 2, 3]"),
        ("remove([1, 2, 3], 2)", "[1, 3]"),
        ("reverse([1, 2])", "[2, 1]"),
        ("index of([1, 2, 1], 1)", "[1, 3]"),
        ("union([1, 2], [2, 3])", "[1, 2, 3]"),
        ("distinct values([1, 1.0, 2])", "[1, 2]"),
        ("flatten([1, [2, [3]]])", "[1, 2, 3]"),
        ("list replace([1, 2, 3], 2, 9)", "[1, 9, 3]"),
        ('get value({a: 1}, "a")', "1"),
        ("get entries({a: 1})", '[{key: "a", value: 1}]'),
        ('context put({a: 1}, "b", 2)', "{a: 1, b: 2}"),
        ("context merge([{a: 1}, {a: 2}])", "{a: 2}"),
        ("overlaps([1..5], [5..8])", "true"),
        ("before([1..5), 5)", "true"),
        ("includes([1..5], 5)", "true"),
        ('range("[1..3]")', "[1..3]"),
        ('is(@"10:00:00Z", @"10:00:00+00:00")', "true"),
        ("substring(1, 2)", "null"),
    ],
)
def test_built_in_functions(text: str, value: str) -> None:
    assert value_of(text) == value


@pytest.mark.parametrize(
    ("cell", "value", "passes"),
    [
        ('"A","B"', "B", True),
        ('"A","B"', "C", False),
        ('"A"', None, False),
        ("< 5", 4, True),
        ("< 5", None, None),
        ("< 5", "x", None),
        ("[1..5]", 5, True),
        ("(1..5)", 1, False),
        ("]1..5[", 5, False),
        ("not(< 5)", 5, True),
        ('not("A","B")', "C", True),
        ("-", None, True),
        ("null", None, True),
        ("true", True, True),
        ("true", False, False),
        ("? > 3 and ? < 9", 5, True),
        ('contains(?, "保")', "担保", True),
        ("> limit", 6, True),
        ("limit", 5, True),
        ('["A", "B"]', "B", True),
        ("> 10, < 1", 0, True),
        ("!= 3", 3, False),
        ('date("2026-01-01")', None, False),
    ],
)
def test_cell(cell: str, value: object, passes: bool | None) -> None:
    assert compile_unary_tests(cell).matches(value, {"limit": 5}) is passes


def test_the_guides_examples_work():
    guide = (Path(__file__).parents[3] / "docs" / "feel.md").read_text("utf-8")
    examples = re.findall(r"^\|[^|]*\| `([^`]+)` \|$", guide.split("## 五")[1], re.MULTILINE)
    assert len(examples) >= 9
    facts = {
        "project": {"amount_fen": 100_000_00},
        "fee_rate": 0.015,
        "days": 365,
        "customer": {"outstanding_fen": 5},
        "guarantors": [{"share": 60}],
        "pledges": [{"valued_on": date(2025, 1, 1)}],
        "contract": {"due_date": date(2026, 12, 1)},
        "days_left": 3,
        "required_documents": ["营业执照", "章程"],
        "given_documents": ["章程"],
        "shares": [{"percent": 40}, {"percent": 60}],
        "contract_no": "HT20260001",
    }
    now = datetime(2026, 11, 24, tzinfo=UTC)
    values = [compile_expression(text).evaluate(facts, now=now) for text in examples]
    assert values == [150_000, False, 60, True, 7, "紧急", ["营业执照"], True, True]
