"""What expressions, decision tables and the engine say of a mistake is in the reader's language, whoever made it."""

import ast
import json
import re

import pytest
from flask_babel import force_locale

from app.config import ROOT
from app.core.errors import AppError
from app.core.feel import Budget, FeelError, compile_expression, compile_unary_tests
from app.core.i18n import Sentence, told
from app.workflow.engine.codec import unpack
from app.workflow.engine.decisions import DmnError, analyse, compile_dmn, nearest_change
from app.workflow.engine.specs.timers import BadTimer
from tests.workflow.engine.decisions.builders import decision, dmn, literal, table
from tools.texts import extract_python

CHINESE = re.compile("[\u3400-\u9fff]")
ROOMS = [ROOT / "app" / "core" / "feel", ROOT / "app" / "workflow" / "engine"]
SOURCES = [path for room in ROOMS for path in sorted(room.rglob("*.py")) if path.name != "cli.py"]


def _doc_strings(tree):
    return [node.value for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_chinese_text_of_the_rooms_can_be_looked_up(path):
    """No piece of a text is put together before it is translated, and none is left out of the catalogues."""
    tree = ast.parse(path.read_text("utf-8"))
    with path.open("rb") as source:
        found = {text for _line, _function, text, _comments in extract_python(source, (), (), {})}
    documented = {id(node) for node in _doc_strings(tree)}
    said = [
        node.value for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented
        and CHINESE.search(node.value)
    ]
    assert [text for text in said if text not in found] == []


@pytest.fixture
def english(app):
    with app.test_request_context(), force_locale("en"):
        yield


def _is_english(text):
    assert text and not CHINESE.search(text), text


BAD = [
    "", "1 +", "a，b", '"abc', "if a then b", "[1, 2", "1 +\n * 2", "{a: 1, a: 2}", "function(a) external {java: {}}",
    "x instance of money", "f(a: 1, 2)", "/* x", "a # b", "1e99999", "a.", "[1..2", "1 2", "(" * 300, "-" * 300 + "1",
    "1" + "+1" * 300, "a" + ".b" * 300, "for", "x instance of list<" + "list<" * 300, "a b(", "1" * 300_000,
]

NULL = [
    "1 / 0", "a + 1", "{a: 1}.b", 'date("2026-02-30")', "substring(1)", "nosuch(1)", "now()", "today()", "2 ** 99999",
    'matches("a", "(?=a)")', "[1, 2][5]", "[1, 2][9999999999]", "[][1]", '[1]["a"]', '-"a"', '1 + "a"', '1 < "a"',
    '1 between "a" and 2', '[1.."a"]', "[null..2]", "(function(a: string) a)(1)", "1.year",
    "for i in null return i", "for i in [2..1] return i", 'for i in 1.."a" return i', "for i in 1.5..2 return i",
    "(function(a) a)(1, 2)", "(function(a) a)(b: 1)", "abs(b: 1)", 'abs("a")', "abs(1, 2)", 'number("x")',
    'number("1", "x", "y")', 'range("x")', 'range("[2..1]")', "not(1)", "all([1])", "mean([])", 'mean(["a"])', "min([])",
    'min([1, "a"])', "min([{}])", "sum([])", 'sum(["a"])', "stddev([1])", "sublist([1], 5)", "sublist([1], 1, 9)",
    "remove([1], 5)", "list replace([1], function(a) a, 2)", 'sort([1, "a"], function(a, b) a < b)', "decimal(1, 9999)",
    "modulo(1, 0)", "sqrt(-1)", "log(-1)", "odd(1.5)", 'substring("a", 9)', "string join([1])", 'replace("a", "b*", "c")',
    "date(2026, 2, 30)", "date(2026, 2, 30.5)", 'date and time("x")', 'date and time("2026-01-01T00:00:00@No/Zone")', 'time("x")',
    "time(30, 0, 0)", 'time(1, 0, 0, duration("PT20H"))', 'duration("x")', 'get value({}, "a")', 'get value({}, ["a"])',
    "context([1])", 'context([{key: "a", value: 1}, {key: "a", value: 2}])', 'context put({}, [], 1)', "context merge([1])",
    'before(1, "a")', 'matches("a", "a", "z")', 'matches("a", "[")', 'matches("a", "\\\\1")', 'matches("a", "\\\\y")',
    'matches("a", "\\\\p")', 'matches("a", "\\\\p{IsNone}")', 'matches("a", "[a[b]")', 'matches("a", "[a-z-[a-z]]")',
    'matches("a", "a{9,1}")', 'replace("a", "a", "\\\\x")', 'replace("a", "a", "$x")',
]


@pytest.mark.parametrize("text", BAD, ids=lambda text: text[:20])
def test_a_bad_expression_is_refused_in_english(english, text):
    with pytest.raises(FeelError) as caught:
        compile_expression(text)
    _is_english(str(caught.value))


@pytest.mark.parametrize("text", NULL)
def test_a_null_is_explained_in_english(english, text):
    reasons = compile_expression(text).evaluate_with_trace({}).diagnostics
    assert reasons, "it has to say something"
    for reason in reasons:
        _is_english(str(reason))


@pytest.mark.parametrize(
    "budget", [Budget(steps=5), Budget(list_size=5), Budget(string_size=5), Budget(depth=2), Budget(seconds=-1.0)]
)
def test_a_budget_used_up_is_said_in_english(english, budget):
    text = '{f: function(x) if x < 9 then f(x + 1) else x, a: f(1), b: string join(for i in 1..900 return "abc"), c: a}'
    with pytest.raises(FeelError) as caught:
        compile_expression(text).evaluate({}, budget=budget)
    _is_english(str(caught.value))


def test_data_of_a_strange_kind_is_refused_in_english(english):
    with pytest.raises(FeelError) as caught:
        compile_expression("a").evaluate({"a": object()})
    _is_english(str(caught.value))
    with pytest.raises(FeelError) as caught:
        compile_unary_tests("< (")
    _is_english(str(caught.value))
    _is_english(str(BadTimer("x")))


WHOLE = dmn(decision("d", table(["x", "kind"], ["n"], [("< 1", '"A"', "1"), ("< 2", "-", "2")])))
BROKEN_DMN = [
    b"no", b"<a/>", b"<!DOCTYPE a><a/>", b" " * 5_000_001,
    WHOLE.replace(b"definitions", b"definition"),
    dmn(decision("d", table(["x"], ["n"], [("< (", "1 +")]))),
    dmn(decision("d", table([""], ["n"], [("-", "1")]))),
    dmn(decision("d", table(["x"], ["n"], [("-", "1")], "NONE"))),
    dmn(decision("d", table(["x"], ["n", "m"], [("-", "1", "2")], "COLLECT", aggregation="SUM"))),
    dmn(decision("d", table(["x"], ["n"], [("-", "1", "2")]))),
    dmn(decision("d", literal("1")), decision("d", literal("2"))),
    dmn(decision("d", "<invocation/>")),
    dmn(decision("d", "<relation><column name='a'/><row/></relation>")),
]


@pytest.mark.parametrize("content", BROKEN_DMN, ids=range(len(BROKEN_DMN)))
def test_a_broken_decision_file_is_refused_in_english(english, content):
    with pytest.raises(DmnError) as caught:
        compile_dmn(content)
    for finding in caught.value.findings:
        _is_english(finding.message)


TABLES = [
    (["x"], ["n"], [("< 5", "1"), ("< 9", "2")], "UNIQUE"),
    (["x"], ["n"], [("< 5", "1"), ("< 3", "2"), ("(5..4)", "3")], "FIRST"),
    (["x"], ["n"], [("< 5", "1"), ("< 3", "1")], "ANY"),
    (["kind"], ["n"], [('"A"', "1")], "UNIQUE"),
    (['x:number'], ["n"], [('"A"', "1")], "UNIQUE"),
    (["x"], ['n:"a","b"'], [("-", '"c"')], "UNIQUE"),
]


@pytest.mark.parametrize(("inputs", "outputs", "rules", "policy"), TABLES)
def test_a_doubtful_table_is_told_in_english(english, inputs, outputs, rules, policy):
    found = analyse(compile_dmn(dmn(decision("d", table(inputs, outputs, rules, policy)))), known=())
    assert found
    for one in found:
        _is_english(one.message)


def test_an_answer_is_explained_to_each_reader_in_the_own_language(app):
    """Made while a Chinese clerk works, kept as JSON, read by an English auditor."""
    decided = compile_dmn(WHOLE).decision("d")
    context = {"x": 5, "kind": "A"}
    change = nearest_change(decided, context)
    sentences = [*decided.evaluate_with_trace(context).sentences(), change.sentence(), change.way_out()]
    kept = json.loads(json.dumps([one.as_data() for one in sentences], ensure_ascii=False))
    with app.test_request_context():
        assert [told(one) for one in kept] == [str(one) for one in sentences]
        assert all(CHINESE.search(told(one)) for one in kept)
        with force_locale("en"):
            for one in kept:
                _is_english(told(one))


def test_what_was_kept_as_text_stays_as_it_was_said():
    assert told("第 1 条规则命中。") == "第 1 条规则命中。"
    inner = Sentence("“%(label)s”为 %(value)s", label="x", value=1)
    outer = Sentence("决策表“%(table)s”的输入：%(inputs)s。", table="t", inputs=(inner, inner))
    assert told(outer.as_data()) == "决策表“t”的输入：“x”为 1，“x”为 1。"


def test_a_refusal_of_the_engine_is_in_english(english):
    for state in (b"", b"\x00\x00", b"\x00\x00\x00"):
        with pytest.raises(AppError) as caught:
            unpack(state)
        _is_english(str(caught.value))
