"""A node several sign says once who signs, and its form has a decision that can be counted."""

import json

import pytest

from app.workflow.definitions.lint import LintContext, lint_bpmn
from app.workflow.forms import compile_form
from workflow.engine.diagrams import *

OPINION = {"type": "textarea", "key": "opinion", "label": "意见"}


def _form(name, *values):
    asks = {"type": "radio", "key": "decision", "label": "决定", "values": [{"label": one, "value": one} for one in values]}
    return compile_form(name, json.dumps({"type": "default", "schemaVersion": 19, "components": [asks, OPINION] if values else [OPINION]}).encode())


FORMS = {
    "a/usual": _form("a/usual", "AGREE", "REJECT", "ABSTAIN"),
    "a/own": _form("a/own", "OK", "COND", "NO"),
    "a/mute": _form("a/mute"),
    "a/yes": _form("a/yes", "AGREE", "ABSTAIN"),
}
CONTEXT = LintContext(
    forms={name: form.paths for name, form in FORMS.items()}, made_forms=FORMS, roles={"PM_A"}, datasets={"project"}, tasks={"sign"}
)


def told(mark="", after=(), **properties):
    sign = user("sign", mark, **({"form": "a/usual", "role": "PM_A", "countersign": "all", "signers": "project.people"} | properties))
    ways = after or (end(), flow("begin", "sign", "done"))
    xml = process("proc_p", begin(), sign, *ways)
    found = lint_bpmn("t.bpmn", xml, CONTEXT)
    return [(one.code, one.severity, one.message_zh, one.fix_zh) for one in found if one.severity != "INFO"]


@pytest.mark.parametrize("properties", [
    {}, {"countersign": "any"}, {"countersign": "sequence"}, {"signers": "", "candidates": "departmentHead"}, {"signers": ""},
    {"countersign": "votes", "passRatio": ">1/2", "weights": "if signer = project.head then 2 else 1", "veto": "project.head"},
    {"form": "a/own", "approve": "OK,COND"}, {"role": ""}, {"onTimeout": "remind", "due": "P1D"}, {"batch": "yes"}, {"secret": "true"},
])  # fmt: skip
def test_sound(properties):
    assert told(**properties) == []


@pytest.mark.parametrize(("properties", "code", "word"), [
    ({"assign": "project.head"}, "countersign", "assign 不起作用"),
    ({"candidates": "departmentHead"}, "countersign", "都在指定会签人"),
    ({"form": "a/mute"}, "countersign", "没有结论"),
    ({"form": "a/own"}, "countersign", "没有一个算同意"),
    ({"form": "a/yes"}, "countersign", "没有一个算不同意"),
    ({"approve": "AGREE,YES"}, "countersign", "YES 不是表单的选项"),
    ({"abstain": "NIL"}, "countersign", "NIL 不是表单的选项"),
    ({"countersign": "most"}, "countersign", "不认识"),
    ({"passRatio": "2/3"}, "countersign", "只用于票签"),
    ({"countersign": "votes"}, "countersign", "怎样才算通过"),
    ({"countersign": ""}, "countersign", "只和 countersign 一起用"),
    ({"multi": "true"}, "countersign", "multi"),
    ({"pick": "random"}, "assign_contrary", "pick"),
    ({"whenEmpty": "skip"}, "assign_contrary", "countersign"),
    ({"samePerson": "pass"}, "assign_contrary", "countersign"),
    ({"onTimeout": "approve", "due": "P1D"}, "timeout", "投票或多人办理"),
    ({"signers": "project.people +"}, "feel", "属性 signers"),
    ({"signers": "nowhere.people"}, "unknown_name", "nowhere"),
    ({"countersign": "votes", "passRatio": "1/2", "weights": "share"}, "unknown_name", "share"),
])  # fmt: skip
def test_what_cannot_hold_is_told_with_a_way_to_mend_it(properties, code, word):
    found = [one for one in told(**properties) if one[0] == code and word in one[2]]
    assert found, told(**properties)
    assert found[0][3].startswith("请")
    assert found[0][1] == ("WARN" if code == "unknown_name" else "BLOCK")


def test_what_comes_after_may_read_the_result_and_the_count():
    gate = exclusive("gate", "f_gate_back")
    flows = flow("begin", "sign", "gate") + flow("gate", "done", when='sign_result = "PASSED" and sign_tally.for > 1 and count(sign_results) > 0') + flow("gate", "back")
    assert told(after=(gate, end(), end("back"), flows)) == []


def test_a_drawn_mark_that_says_otherwise_is_told_and_a_bare_one_is_no_matter():
    assert told("<bpmn:multiInstanceLoopCharacteristics/>") == []
    assert [one[0] for one in told(many("project.people"))] == ["countersign"]
    assert [one[0] for one in told('<bpmn:multiInstanceLoopCharacteristics isSequential="true"/>')] == ["countersign"]
