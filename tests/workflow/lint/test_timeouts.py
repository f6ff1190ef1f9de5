"""What a node wants done when its time is over is refused where nobody may decide for a person."""

import json

import pytest

from app.workflow.definitions.lint import LintContext, lint_bpmn
from app.workflow.forms import compile_form
from workflow.engine.diagrams import begin, end, flow, many, process, user

CHOICE = {
    "type": "radio", "key": "decision", "label": "决定", "validate": {"required": True},
    "values": [{"label": "同意", "value": "AGREE"}, {"label": "不同意", "value": "NO"}],
}  # fmt: skip
OPINION = {"type": "textarea", "key": "opinion", "label": "意见", "validate": {"required": True}}
MONEY = {"type": "number", "key": "amount", "label": "金额", "properties": {"unit": "yuan"}}
NEEDED = {"type": "textfield", "key": "place", "label": "地点", "validate": {"required": True}}


def _form(name, *components):
    text = json.dumps({"type": "default", "schemaVersion": 19, "components": list(components)})
    return compile_form(name, text.encode())


FORMS = {
    "a/plain": _form("a/plain", CHOICE, OPINION),
    "a/money": _form("a/money", CHOICE, OPINION, MONEY),
    "a/more": _form("a/more", CHOICE, OPINION, NEEDED),
}
CONTEXT = LintContext(
    forms={name: form.paths for name, form in FORMS.items()}, made_forms=FORMS, roles={"PM_A"}, datasets={"items"}
)


def told(body="", **properties):
    fill = user("fill", body, **({"form": "a/plain", "role": "PM_A", "due": "P1D"} | properties))
    xml = process("proc_p", begin(), fill, end(), flow("begin", "fill", "done"))
    return [one.message_zh for one in lint_bpmn("t.bpmn", xml, CONTEXT) if one.code == "timeout"]


@pytest.mark.parametrize("properties", [
    {"onTimeout": "remind"}, {"onTimeout": "transfer"}, {"onTimeout": "approve"}, {"onTimeout": "refuse", "refuse": "NO"},
    {"onTimeout": "remind", "secret": "true"}, {"form": "a/more"},
])  # fmt: skip
def test_sound(properties):
    assert told(**properties) == []


@pytest.mark.parametrize(("properties", "why"), [
    ({"onTimeout": "approve", "signature": "typed"}, "须签名"),
    ({"onTimeout": "accept"}, "不存在"),
    ({"onTimeout": "transfer", "due": ""}, "没有办理时限"),
    ({"onTimeout": "refuse"}, "没有可供自动选择的决定"),
    ({"onTimeout": "approve", "onComplete": "x.y"}, "登记业务数据"),
    ({"onTimeout": "approve", "form": "a/money"}, "填写金额"),
    ({"onTimeout": "approve", "form": "a/more"}, "地点"),
    ({"onTimeout": "transfer", "secret": "true"}, "投票"),
    ({"onTimeout": "approve", "substitute": "no"}, "投票"),
])  # fmt: skip
def test_refused(properties, why):
    (message,) = told(**properties)
    assert why in message


def test_several_people_at_one_node_are_not_decided_for():
    assert "多人办理" in told(many("items"), onTimeout="approve", multi="true")[0]
