"""Checks: what a table collects, what code finds, and that nothing goes wrong in silence."""

from datetime import date

import pytest

from app.core.errors import Finding
from app.core.tenancy import Actor
from app.workflow.checks import BadCheck, compile_check, run_checks
from app.workflow.registry import CheckContext, registry
from app.workflow.registry.names import Named

NS = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def dmn(inputs, rules, policy="COLLECT", outputs=("code", "severity", "message", "field")):
    """A check file: input expressions, and rules of cells followed by outputs."""
    columns = "".join(
        f'<input id="i{n}"><inputExpression id="e{n}"><text>{text}</text></inputExpression></input>'
        for n, text in enumerate(inputs)
    )
    columns += "".join(f'<output id="o_{name}" name="{name}"/>' for name in outputs)
    rows = ""
    for number, cells in enumerate(rules):
        entries = "".join(
            f'<{"inputEntry" if n < len(inputs) else "outputEntry"} id="r{number}c{n}"><text>{text}</text>'
            f"</{'inputEntry' if n < len(inputs) else 'outputEntry'}>"
            for n, text in enumerate(cells)
        )
        rows += f'<rule id="r{number}">{entries}</rule>'
    return (
        f'<definitions xmlns="{NS}" id="d" name="d" namespace="t"><decision id="check" name="check">'
        f'<decisionTable id="t" hitPolicy="{policy}">{columns}{rows}</decisionTable></decision></definitions>'
    ).encode()


def context(form=None, data=None, facts=None):
    return CheckContext(
        actor=Actor(tenant_id=1, name="测试员", user_id=7),
        instance_id=1,
        node_id="review",
        form=form or {},
        data=data or {},
        facts=facts or (lambda name: None),
    )


AMOUNT = compile_check(
    "t/amount",
    dmn(
        ["form.amount", "limit_fen"],
        [
            ["&gt; 300", "-", '"D1"', '"WARN"', '"金额 " + string(form.amount) + " 偏大"', '"amount"'],
            ["-", "&lt; 100", '"D2"', '"BLOCK"', '"额度不足"', ""],
            ["-", "-", '"D3"', '"INFO"', '"已核对"', "null"],
        ],
    ),
)


def test_matching_rows_become_findings_blocks_first():
    found = run_checks([AMOUNT], context({"amount": 500}, {"limit_fen": 50}))
    assert [(f.code, f.severity, f.message, f.field) for f in found] == [
        ("D2", "BLOCK", "额度不足", None),
        ("D1", "WARN", "金额 500 偏大", "amount"),
        ("D3", "INFO", "已核对", None),
    ]
    assert found[1].seen["values"] == {"form.amount": "500", "limit_fen": "50"}
    assert found[1].seen["rule"] == 1
    assert found[1].as_dict() == {"code": "D1", "message": "金额 500 偏大", "severity": "WARN", "field": "amount"}


def test_a_name_nobody_knows_blocks():
    (failed, info) = run_checks([AMOUNT], context({"amount": 5}))
    assert (failed.severity, info.code) == ("BLOCK", "D3")
    assert "校验无法执行" in failed.message
    assert "limit_fen" in failed.message


@pytest.fixture
def names():
    """The registry with a dataset and two checks, as it was afterwards."""
    kept = dict(registry.datasets), dict(registry.checks)

    def broken(ctx):
        raise RuntimeError("secret detail")

    registry.datasets["customer"] = Named("customer", "客户", lambda data: None, "")
    registry.checks["t.found"] = Named("t.found", "", lambda ctx: [Finding("P1", "有误", "WARN", "x")], "")
    registry.checks["t.broken"] = Named("t.broken", "", broken, "")
    yield registry
    registry.datasets, registry.checks = kept


def test_datasets_are_read_by_name(names):
    table = compile_check("t/c", dmn(["customer.since"], [['&lt; date("2026-01-01")', '"C"', '"BLOCK"', '"老"', ""]]))
    facts = {"customer": {"since": date(2020, 1, 1)}}.get
    assert [f.code for f in run_checks([table], context(facts=facts))] == ["C"]
    assert run_checks([table], context()) == []


def test_a_dataset_that_fails_blocks_without_telling_secrets(names):
    def fails(name):
        raise ConnectionError("password=1")

    table = compile_check("t/c", dmn(["customer.since"], [["-", '"C"', '"INFO"', '"x"', ""]]))
    (found,) = run_checks([table], context(facts=fails))
    assert found.severity == "BLOCK"
    assert "password" not in found.message


def test_python_checks(names):
    found = run_checks(["py:t.found", "py:t.broken", "py:t.unknown"], context())
    assert [(f.severity, f.check) for f in found] == [
        ("BLOCK", "py:t.broken"),
        ("BLOCK", "py:t.unknown"),
        ("WARN", "py:t.found"),
    ]
    assert "secret" not in found[0].message


@pytest.mark.parametrize(
    "rule",
    [
        ["-", "null", '"BLOCK"', '"x"', ""],
        ["-", '"C"', 'if form.a = 1 then "BLOCK" else "BAD"', '"x"', ""],
        ["-", "12", '"BLOCK"', '"x"', ""],
    ],
)
def test_a_row_without_code_or_severity_blocks(rule):
    (found,) = run_checks([compile_check("t/c", dmn(["form.a"], [rule]))], context({"a": 2}))
    assert found.severity == "BLOCK"
    assert "校验无法执行" in found.message


def test_a_message_that_comes_out_empty_still_shows_the_code():
    table = compile_check("t/c", dmn(["form.a"], [["-", '"C9"', '"BLOCK"', '"费率 " + form.a', ""]]))
    (found,) = run_checks([table], context({"a": 2}))
    assert "C9" in found.message


def test_a_runaway_check_blocks():
    slow = "count(for a in 1..1000, b in 1..1000, c in 1..1000 return a)"
    table = compile_check("t/c", dmn([slow], [["&gt; 1", '"C"', '"INFO"', '"x"', ""]]))
    assert run_checks([table], context())[0].severity == "BLOCK"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<x", None),
        (b"not xml", None),
        (b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>', None),
        (dmn(["a"], [["-", '"C"', '"BLOCK"', '"m"', ""]], policy="UNIQUE"), "hit_policy"),
        (dmn(["a"], [["-", '"C"', '"BLOCK"']], outputs=("code", "severity")), "outputs"),
        (dmn(["a"], [["-", '"C"', '"BLOCK"', '"m"', '"x"']], outputs=("code", "severity", "message", "feld")), "outputs"),
        (dmn(["a"], [["-", '"C"', '"ERROR"', '"m"', ""]]), "severity"),
        (dmn(["a"], [["-", '"C"']], outputs=("x",)), "one_table"),
        (dmn(["a ="], [["-", '"C"', '"BLOCK"', '"m"', ""]]), None),
    ],
)
def test_bad_files_are_refused_with_findings(content, code):
    with pytest.raises(BadCheck) as caught:
        compile_check("t/bad", content)
    assert caught.value.findings
    if code:
        assert caught.value.findings[0].code.endswith(code)
