"""Rules about names: every form, check, step, role and decision a diagram names must exist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from app.core.i18n import _
from app.workflow.definitions.lint.countersign_rules import countersign_findings
from app.workflow.definitions.lint.diagram import Diagram, Node
from app.workflow.definitions.lint.findings import LintContext, LintFinding
from app.workflow.definitions.lint.timeout_rules import timeout_findings
from app.workflow.engine.durations import parse_duration


def binding_findings(diagram: Diagram, context: LintContext) -> Iterator[LintFinding]:
    """Findings of all nodes."""
    for node in diagram.nodes():
        if node.kind == "userTask":
            yield from _user_task(node, diagram, context)
        elif node.kind == "serviceTask":
            yield from _service_task(node, context)


def _user_task(node: Node, diagram: Diagram, context: LintContext) -> Iterator[LintFinding]:
    yield from _form(node, context)
    yield from _people(node, diagram.lane_roles.get(node.id, ""), context)
    for check in _listed(node.properties.get("checks", "")):
        if check not in context.checks:
            yield _unknown(node, "check", _("检查"), check, context.checks)
    step = node.properties.get("onComplete", "")
    if step and step not in context.steps:
        yield _unknown(node, "step", _("步骤"), step, context.steps)
    yield from timeout_findings(node, context)
    yield from countersign_findings(node, context)
    yield from _signature(node)
    due = node.properties.get("due", "")
    if due and parse_duration(due) is None:
        fix = _("请填写如 P2D（2 个工作日）或 PT4H（4 个工作小时）")
        yield _block(node, "due", _("办理时限“%(due)s”不是时长", due=due), fix)
    if not node.name:
        message = _("用户任务没有名称，待办列表里会显示编号")
        yield LintFinding(node.id, "name_missing", "WARN", message, _("请填写任务名称"))


def _form(node: Node, context: LintContext) -> Iterator[LintFinding]:
    form = node.properties.get("form", "")
    if not form:
        message = _("用户任务“%(name)s”没有指定表单", name=node.label)
        yield _block(node, "form_missing", message, _("请填写属性 form，如 diligence/acceptance"))
    elif form not in context.forms:
        yield _unknown(node, "form", _("表单"), form, context.forms)


SIGNATURES = ("none", "typed", "drawn", "either")


def _signature(node: Node) -> Iterator[LintFinding]:
    wanted = node.properties.get("signature", "none")
    if wanted not in SIGNATURES:
        fix = _("请改为 none（不签）、typed（输入姓名）、drawn（手写）或 either（任选其一）")
        yield _block(node, "signature", _("签名方式“%(wanted)s”不存在", wanted=wanted), fix)
    elif wanted != "none" and node.properties.get("secret") == "true":
        yield _block(node, "signature", _("保密环节不能要求签名"), _("请删除属性 signature"))


def _people(node: Node, lane_role: str, context: LintContext) -> Iterator[LintFinding]:
    """Who does it: the task's own role or assignment, else the role of its lane."""
    properties = node.properties
    named = [properties.get(name) for name in ("role", "assign", "candidates", "signers")]
    if not (any(named) or lane_role):
        message = _("用户任务“%(name)s”没有指定由谁办理", name=node.label)
        fix = _("请填写属性 role（角色代码）、assign（表达式）或 candidates（规则），或在泳道上填写属性 role")
        yield _block(node, "role_missing", message, fix)
    roles = _listed(properties.get("role") or lane_role) + _listed(properties.get("escalate", ""))
    roles += _listed(properties.get("timeoutTo", ""))
    for role in roles:
        if role not in context.roles:
            yield _unknown(node, "role", _("角色"), role, context.roles)


def _service_task(node: Node, context: LintContext) -> Iterator[LintFinding]:
    operator = node.element.find("./{*}extensionElements/{*}serviceTaskOperator")
    step = operator.get("id") if operator is not None else None
    if not step:
        return  # the engine's own refusal says so
    shape = context.steps.get(step)
    if shape is None:
        yield _unknown(node, "step", _("步骤"), step, context.steps)
        return
    given = {parameter.get("id", "") for parameter in operator.iterfind("./{*}parameters/{*}parameter")}
    for name in sorted(given - shape.parameters):
        fix = _("请删除该参数，或改为：%(known)s", known="、".join(sorted(shape.parameters)) or _("无参数"))
        yield _block(node, "parameter_unknown", _("步骤 %(step)s 没有参数“%(name)s”", step=step, name=name), fix)
    for name in sorted(shape.required - given):
        yield _block(
            node,
            "parameter_missing",
            _("步骤 %(step)s 缺少参数“%(name)s”", step=step, name=name),
            _("请添加该参数并填写表达式"),
        )


def _listed(text: str) -> list[str]:
    """Entries of a comma-separated property."""
    return [entry.strip() for entry in text.replace("，", ",").split(",") if entry.strip()]


def _unknown(node: Node, kind: str, label: str, name: str, known: Iterable[str]) -> LintFinding:
    names = sorted(known)
    end = name.replace(".", "/").rsplit("/", 1)[-1]
    near = [one for one in names if end in one][:3] or names[:3]
    fix = _("请改为已有的名称，如：%(near)s", near="、".join(near)) if near else _("请先建立它，再在此引用")
    return _block(node, f"{kind}_unknown", _("%(label)s“%(name)s”不存在", label=label, name=name), fix)


def _block(node: Node, code: str, message: str, fix: str) -> LintFinding:
    return LintFinding(node.id, code, "BLOCK", message, fix)
