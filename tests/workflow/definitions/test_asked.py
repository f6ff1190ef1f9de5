"""Decisions that steps ask by their id: a release whose table could answer wrongly is not deployed."""

import pytest

from app.workflow.definitions import check_bundle, make_bundle, read_folder

pytestmark = pytest.mark.usefixtures("app")  # the rooms register their names
TABLE = "rules/committee/counting.dmn"
STANDARD = "<text>\"2/3\"</text>"


@pytest.fixture(scope="module")
def shipped():
    return dict(read_folder(".").files)


def errors(files, **changed):
    text = files[TABLE].decode()
    for before, after in changed.get("swap", {}).items():
        assert before in text
        text = text.replace(before, after)
    found = check_bundle(make_bundle({**files, TABLE: text.encode()}))
    return [finding.message for finding in found if finding.severity == "ERROR"]


def test_the_counting_table_leaves_no_case_and_no_row_that_lets_a_refused_item_pass(shipped):
    assert errors(shipped) == []
    for swap, told in (
        ({STANDARD: "<text>\"1/2\"</text>"}, "高于 1/2"),
        ({STANDARD: "<text>1/2</text>"}, "不能用表达式计算"),
        ({'<text>"NOPASS"</text>': '<text>"PASS"</text>'}, "on_tie 只能是 DEFER、NOPASS"),
        ({'<text>"RISK_DISPOSAL"</text>': '<text>"PROJECT_REVIEW"</text>'}, "不能有空缺"),
        ({'name="veto"': 'name="vetoed"'}, "缺少输出列 veto"),
        ({'hitPolicy="UNIQUE"': 'hitPolicy="COLLECT"'}, "恰有一行结果"),
    ):
        assert any(told in message for message in errors(shipped, swap=swap)), told


def test_a_release_without_the_table_its_steps_ask_is_not_deployed(shipped):
    left = {path: content for path, content in shipped.items() if path != TABLE}
    told = [f.message for f in check_bundle(make_bundle(left)) if f.severity == "ERROR"]
    assert told == ["步骤「committee.fix_counting」要用的决策「committee_counting」不存在"]
