"""Findings about tables, checked against brute force on small domains; lookups checked against cell tests."""

from decimal import Decimal
from itertools import product

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.feel import compile_unary_tests
from app.workflow.engine.decisions import RulesConflict, analyse, compile_dmn
from app.workflow.engine.decisions.cli import decisions_cli

from .builders import decision, dmn, literal, table

NUMBERS = [Decimal(n) / 2 for n in range(-2, 14)]
WORDS = ["", "A", "AX", "B", "BX", "C", "其他"]
number_cells = st.one_of(
    st.just("-"),
    st.integers(0, 5).map(str),
    st.tuples(st.sampled_from(["<", "<=", ">", ">=", "!="]), st.integers(0, 5)).map(lambda p: f"{p[0]} {p[1]}"),
    st.tuples(st.sampled_from("[("), st.integers(0, 5), st.integers(0, 5), st.sampled_from("])")).map(
        lambda p: f"{p[0]}{p[1]}..{p[2]}{p[3]}"
    ),
    st.tuples(st.integers(0, 5), st.integers(0, 5)).map(lambda p: f"{p[0]}, > {p[1]}"),
    st.integers(0, 5).map(lambda n: f"not({n})"),
    st.tuples(st.integers(0, 5), st.integers(0, 5)).map(lambda p: f"not([{p[0]}..{p[1]}], {p[1]})"),
)
word_cells = st.sampled_from(["-", '"A"', '"B"', '"A","B"', 'not("A")', 'not("A","B")', '["A","C"]', '>= "B"'])
bool_cells = st.sampled_from(["-", "true", "false", "not(true)"])
rows = st.lists(st.tuples(number_cells, word_cells, bool_cells), min_size=1, max_size=6)
CELLS = [
    "-",
    "3",
    '"A"',
    "< 3",
    "[1..4]",
    '"A","B"',
    "not(3)",
    'not("A")',
    "null",
    "true",
    "not(true)",
    '1, "A", true',
]
CELLS += ["= 3", "not(= 3)", "not(!= 3)", "not(3, null)", 'not(3, "A")']
CELLS += [
    "> limit",
    "? > 2",
    'contains(?, "A")',
    'date("2026-01-01")',
    "[1, 2]",
    "not(< 3)",
    "!= 3",
    "not(null)",
    "]1..3[",
]
VALUES = [None, True, False, 0, 1, 2, 3, Decimal("3.5"), 4, "A", "B", "", [1, 2], {"a": 1}]


def small(rules, policy):
    texts = [(*row, str(at)) for at, row in enumerate(rules, 1)]
    file = dmn(decision("d", table(["n:number", "w:string", "b:boolean"], ["r"], texts, policy)))
    return compile_dmn(file)


def matching(rules, n, w, b):
    return [
        at
        for at, row in enumerate(rules, 1)
        if all(compiled.matches(value) is True for compiled, value in zip(row, (n, w, b), strict=True))
    ]


def compiled(rules):
    return [tuple(compile_unary_tests(cell) for cell in row) for row in rules]


@settings(max_examples=120, deadline=None)
@given(rows)
def test_overlaps_are_those_brute_force_finds(rules):
    tests = compiled(rules)
    true_pairs = set()
    for facts in product(NUMBERS, WORDS, [True, False]):
        hits = matching(tests, *facts)
        true_pairs |= {(a, b) for a in hits for b in hits if a < b}
    found = [one for one in analyse(small(rules, "UNIQUE")) if one.kind == "overlap"]
    assert {one.rules for one in found} == true_pairs
    for one in found:
        assert set(one.rules) <= set(matching(tests, *one.example.values()))


@settings(max_examples=120, deadline=None)
@given(rows)
def test_gaps_are_those_brute_force_finds(rules):
    tests = compiled(rules)
    has_gap = any(not matching(tests, *facts) for facts in product(NUMBERS, WORDS, [True, False]))
    found = [one for one in analyse(small(rules, "FIRST")) if one.kind == "gap"]
    assert bool(found) == has_gap
    for one in found:
        assert matching(tests, *one.example.values()) == []


@settings(max_examples=120, deadline=None)
@given(rows)
def test_unreachable_rules_are_those_brute_force_finds(rules):
    tests = compiled(rules)
    firsts = {hits[0] for facts in product(NUMBERS, WORDS, [True, False]) if (hits := matching(tests, *facts))}
    found = analyse(small(rules, "FIRST"))
    never = {one.rules[-1] for one in found if one.kind in ("unreachable", "never")}
    assert never == set(range(1, len(rules) + 1)) - firsts


@settings(max_examples=120, deadline=None)
@given(rows, st.sampled_from(["ANY", "PRIORITY"]), st.data())
def test_subsumed_rules_are_those_brute_force_finds(rules, policy, data):
    """Under ANY and PRIORITY a rule is of no use when one other rule stands in for it wherever it matches."""
    grades = data.draw(st.lists(st.sampled_from(["高", "中", "低"]), min_size=len(rules), max_size=len(rules)))
    texts = [(*row, f'"{grade}"') for row, grade in zip(rules, grades, strict=True)]
    made = table(["n:number", "w:string", "b:boolean"], ['r:"高","中","低"'], texts, policy)
    tests, hits = compiled(rules), {at: set() for at in range(1, len(rules) + 1)}
    for facts in product(NUMBERS, WORDS, [True, False]):
        for at in matching(tests, *facts):
            hits[at].add(facts)

    def stands_in(other, at):
        if other == at or not hits[at] or not hits[at] <= hits[other]:
            return False
        if policy == "ANY":
            return grades[other - 1] == grades[at - 1] and (hits[at] != hits[other] or other < at)
        return ("高中低".index(grades[other - 1]), other) < ("高中低".index(grades[at - 1]), at)

    expected = {at for at in hits if any(stands_in(other, at) for other in hits)}
    found = [one for one in analyse(compile_dmn(dmn(decision("d", made)))) if one.kind == "subsumed"]
    assert {one.rules[-1] for one in found} == expected
    for one in found:
        assert set(one.rules) <= set(matching(tests, *one.example.values()))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(CELLS), min_size=1, max_size=8), st.sampled_from(VALUES))
def test_looking_up_is_the_same_as_testing_every_cell(cells, value):
    file = dmn(decision("d", table(["x"], ["r"], [(cell, str(at)) for at, cell in enumerate(cells)], "COLLECT")))
    facts = {"x": value, "limit": 2}
    expected = [at for at, cell in enumerate(cells) if compile_unary_tests(cell).matches(value, facts) is True]
    decided = compile_dmn(file).decision("d")
    assert decided.evaluate(facts) == expected
    assert decided.evaluate_with_trace(facts).value == expected


@settings(max_examples=60, deadline=None)
@given(rows, st.sampled_from(["UNIQUE", "FIRST", "ANY", "RULE ORDER"]))
def test_the_fast_way_and_the_ordinary_way_agree(rules, policy):
    decided = small(rules, policy).decision("d")
    for n, w, b in product([None, 0, 2.5, 5, "x"], ["A", "C", None, 1], [True, None]):
        facts = {"n": n, "w": w, "b": b}
        try:
            expected = decided.evaluate_with_trace(facts).value
        except RulesConflict:
            with pytest.raises(RulesConflict):
                decided.evaluate(facts)
            continue
        assert decided.evaluate(facts) == expected


def test_whole_numbers_have_no_gap_between_neighbours():
    rules = [("< 100", '"a"'), ("[100..199]", '"b"'), (">= 200", '"c"')]
    assert analyse(compile_dmn(dmn(decision("d", table(["amount_fen:number"], ["r"], rules))))) == []
    (gap,) = analyse(compile_dmn(dmn(decision("d", table(["amount:number"], ["r"], rules)))))
    assert gap.kind == "gap"
    assert gap.severity == "WARN"
    assert gap.example == {"amount": Decimal("199.5")}
    assert "例如：amount = 199.5" in gap.message


def test_mixed_types_and_unknown_names_are_found():
    rules = [("< 3", '"甲"'), ('"三"', '"乙"')]
    file = compile_dmn(
        dmn(decision("d", table(["x:number"], ['r:"甲"'], rules)), decision("e", literal("projct.amount")))
    )
    found = analyse(file, known=["project", "x"])
    assert [(one.kind, one.severity) for one in found if one.severity == "BLOCK"] == [
        ("type", "BLOCK"),
        ("type", "BLOCK"),
        ("unknown_name", "BLOCK"),
    ]
    assert "projct.amount" in found[-1].message


def test_the_command_counts_tables_and_conflicts(tmp_path):
    (tmp_path / "good.dmn").write_bytes(dmn(decision("d", table(["x"], ["r"], [("< 3", "1"), (">= 3", "2")]))))
    good = CliRunner().invoke(decisions_cli, ["analyse", str(tmp_path)])
    assert (good.exit_code, good.output.splitlines()[-1]) == (0, "1 tables, 0 conflicts")
    (tmp_path / "bad.dmn").write_bytes(dmn(decision("d", table(["x"], ["r"], [("< 3", "1"), ("< 4", "2")]))))
    bad = CliRunner().invoke(decisions_cli, ["analyse", str(tmp_path)])
    assert bad.exit_code == 1
    assert "第 1 条和第 2 条规则会同时命中，例如：x = 2" in bad.output
