"""Countersign 会签, any-sign 或签, one by one 依次 and votes 票签: what docs/analysts.md tells analysts to write does so."""

import re

import pytest

from app.config import ROOT
from workflow.engine.diagrams import *
from workflow.engine.office import Story

YES, NO = "AGREE", "REJECT"
SCENARIOS = {
    "会签：全部同意": [([YES, YES, YES], True), ([YES, NO], False)],
    "或签：任一人": [([YES], True), ([NO], False)],
    "依次：有人不同意即止": [([YES, YES, YES], True), ([YES, NO], False)],
    "票签：满 2 票": [([YES, NO, YES], True), ([YES, YES], True), ([NO, YES, NO], False), ([NO, NO], False)],
    "票签：三分之二以上": [([YES, YES], True), ([NO, YES, YES], True), ([NO, NO], False)],
    "票签：按权重过半": [([YES], True), ([NO], False)],
    "票签：过半，组长一票否决": [([YES, YES, YES], True), ([YES, NO, YES], True), ([NO], False), ([YES, NO, NO], False)],
}
"""How they answer in order, as long as they are asked, and whether the node is passed."""
WEIGHED = [{"name": "zhang", "weight": 3}, {"name": "li", "weight": 1}, {"name": "wang", "weight": 1}]


def recipes():
    """Name, kind, when it ends early and when it is passed, as the table says."""
    text = (ROOT / "docs" / "analysts.md").read_text().partition("## 会签")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([^|`]+) \| (并行|顺序) \| `([^`]+)` \| `([^`]+)` \|$", text, re.MULTILINE)
    return {name: (kind, until, passed) for name, kind, until, passed in rows}


def test_every_way_of_the_table_is_played():
    assert recipes().keys() == SCENARIOS.keys()


@pytest.mark.parametrize(("name", "answers", "passes"), [(name, *one) for name, all in SCENARIOS.items() for one in all])
def test_it_ends_as_soon_as_it_is_decided_and_passes_or_not(name, answers, passes):
    kind, until, passed = recipes()[name]
    node = user("sign", many("members", kind == "顺序", until, item="member"))
    flows = flow("begin", "sign", "gate") + flow("gate", "on", when=passed) + flow("gate", "back", "done") + flow("on", "done")
    diagram = process("p", begin(), node, exclusive("gate", "f_gate_back"), user("on"), user("back"), end(), flows)
    members = WEIGHED if "权重" in name else ["zhang", "li", "wang"]
    story = Story(diagram, data={"members": members, "head": "zhang"})
    for place, answer in enumerate(answers):
        assert "sign" in story.open(), "ended too early"
        story.do("sign", place, sign_decision=answer)
    assert story.open() == ["on" if passes else "back"]
