"""``flask feel``: try an expression from the terminal."""

import json

import pytest
from click.testing import CliRunner

from app.core.feel.cli import feel_command


@pytest.fixture
def feel(tmp_path):
    """Run the command over a JSON file of facts."""

    def run(text, facts=None):
        arguments = [text]
        if facts is not None:
            file = tmp_path / "facts.json"
            file.write_bytes(facts if isinstance(facts, bytes) else json.dumps(facts).encode())
            arguments += ["--context", str(file)]
        return CliRunner().invoke(feel_command, arguments)

    return run


def test_value_type_and_names_are_shown(feel):
    answer = feel("金额 * fee.rate", {"金额": 0.1, "fee": {"rate": 3}})
    assert answer.exit_code == 0
    assert answer.output.splitlines() == ["值：0.3", "类型：number", "用到的名字：fee.rate、金额"]


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ('date("2026-11-24") + duration("P1M")', "2026-12-24", "date"),
        ('{a: [1, "x"]}', '{a: [1, "x"]}', "context"),
        ("[1..3]", "[1..3]", "range"),
        ("function(x) x", "function", "function"),
        ("today()", "2026-11-24", "date"),
    ],
)
def test_any_value_can_be_shown(feel, text, value, kind):
    assert feel(text).output.splitlines()[:2] == [f"值：{value}", f"类型：{kind}"]


def test_the_reason_of_a_null_is_shown(feel):
    lines = feel("合同金额 / 2", {}).output.splitlines()
    assert lines[:2] == ["值：null", "类型：Null"]
    assert any("没有名为“合同金额”的数据" in line for line in lines)


@pytest.mark.parametrize(
    ("text", "facts", "why"),
    [
        ("1 +", None, "第 1 行第 4 列"),
        ("for i in 1..999999 return i", None, "列表超过"),
        ("1", b"{", "错误"),
        ("1", b"\xff\xfe", "错误"),
        ("1", b"[1]", "错误"),
        ("a", b'{"a": ' + b"[" * 5000 + b"]" * 5000 + b"}", "错误"),
    ],
)
def test_what_cannot_be_done_is_said_without_a_stack_trace(feel, text, facts, why):
    answer = feel(text, facts)
    assert (answer.exit_code, why in answer.output) == (1, True)
    assert isinstance(answer.exception, SystemExit)
