"""Rules about what expressions read: a name that nothing provides is null, and the condition never true."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.feel import Expression, FeelError, compile_expression
from app.core.i18n import _
from app.workflow.definitions.columns import drawn_columns
from app.workflow.definitions.lint.calls import called
from app.workflow.definitions.lint.diagram import Diagram, Node
from app.workflow.definitions.lint.findings import LintContext, LintFinding
from app.workflow.definitions.references import FEEL_PROPERTIES
from app.workflow.engine.countersign import SIGNER, is_countersigned
from app.workflow.engine.documents import BPMN
from app.workflow.engine.durations import is_iso
from app.workflow.engine.event_reader import TIMES

INSTANCE = frozenset({"mi_item", "mi_index", "mi_results", "mi_done", "mi_total", "loopCounter"})


def data_findings(diagram: Diagram, context: LintContext) -> Iterator[LintFinding]:
    """Names read by expressions that neither a dataset nor the process provides; expressions only we compile."""
    known = provided_names(diagram, context)
    for element_id, what, text in (*expressions_of(diagram), *_of_columns(diagram)):
        try:
            expression = compile_expression(text)
        except FeelError as exc:
            if what in {_("属性 assign"), _("属性 amount")}:  # the others are the engine's own refusals
                yield LintFinding(element_id, "feel", "BLOCK", f"{what}：{exc}", _("请修改表达式"))
            continue
        functions = called((expression.node,), expression.names | expression.filter_names)
        for name in sorted(functions):
            message = _("%(what)s调用的函数“%(name)s”不存在，取值会是空", what=what, name=name)
            yield LintFinding(element_id, "unknown_function", "BLOCK", message, _("请改用 FEEL 内置函数"))
        for name in sorted({one.split(".", 1)[0] for one in expression.names - functions} - known):
            yield LintFinding(
                element_id,
                "unknown_name",
                "WARN",
                _(
                    "%(what)s读取的“%(name)s”没有任何步骤、决策或数据集提供，取值会是空",
                    what=what,
                    name=name,
                ),
                _("请检查拼写，或由办理后的步骤、服务任务、脚本任务先写入该名称；表单字段不会成为流程数据"),
            )


def provided_names(diagram: Diagram, context: LintContext) -> frozenset[str]:
    """Everything the process itself, its forms, decisions and datasets can put under a name."""
    names = set(context.datasets) | set(context.variables) | INSTANCE
    if any(is_countersigned(node.properties) for node in diagram.nodes()):
        names.add(SIGNER)
    for node in diagram.nodes():
        names |= writes_of(node, context)
    return frozenset(names)


def writes_of(node: Node, context: LintContext) -> set[str]:
    """Process data a node leaves behind. Of a form only its decision becomes data, and what its step returns."""
    properties = node.properties
    names = {properties[key] for key in ("variable", "resultVariable") if properties.get(key)}
    loop = node.child("multiInstanceLoopCharacteristics")
    if loop is not None:
        item = loop.find(f"{{{BPMN}}}inputDataItem")
        names |= {f"{node.id}_results", (loop.findtext(f"{{{BPMN}}}loopDataOutputRef") or "").strip()}
        names |= {item.get("name") or item.get("id") or ""} if item is not None else set()
    if is_countersigned(properties):
        names |= {f"{node.id}_{name}" for name in ("result", "tally", "results")}
    match node.kind:
        case "userTask":
            names |= _answered(node, context) | _returned(properties.get("onComplete", ""), context)
        case "businessRuleTask":
            decision = (node.element.findtext("./{*}extensionElements/{*}calledDecisionId") or "").strip()
            names |= {decision, *context.decisions.get(decision, ())}
        case "serviceTask":
            operator = node.element.find("./{*}extensionElements/{*}serviceTaskOperator")
            if operator is not None:
                result = operator.get("resultVariable")
                names |= {result} if result else _returned(operator.get("id") or "", context)
        case "scriptTask":
            names |= _entries(node.element.findtext(f"{{{BPMN}}}script") or "")
        case "callActivity":
            called = node.element.get("calledElement") or ""
            output = properties.get("output", "")
            names |= _entries(output) if output else set(context.called_writes.get(called, ()))
    return names - {""}


def _answered(node: Node, context: LintContext) -> set[str]:
    """The outcome of a form that asks for a decision; an unknown form may, a secret ballot leaves none."""
    fields = context.forms.get(node.properties.get("form", ""))
    asks = fields is None or "decision" in fields
    return {f"{node.id}_decision"} if asks and node.properties.get("secret") != "true" else set()


def _returned(step: str, context: LintContext) -> set[str]:
    shape = context.steps.get(step)
    return set(shape.returns) if shape is not None else set()


def _entries(text: str) -> set[str]:
    """Names a FEEL context literal gives."""
    try:
        tree = compile_expression(text).node
    except FeelError:
        return set()
    return {str(entry[0]) for entry in getattr(tree, "entries", ())}


def expressions_of(diagram: Diagram) -> Iterator[tuple[str, str, str]]:
    """``(element id, what it is, text)`` of every expression in the file."""
    for scope in diagram.scopes:
        for flow in scope.flows:
            if flow.condition:
                yield flow.id, _("条件"), flow.condition
    for node in diagram.nodes():
        yield from _of_node(node)


def _of_columns(diagram: Diagram) -> Iterator[tuple[str, str, str]]:
    for column in drawn_columns(diagram.root):
        if len(column.parts) == 3:
            yield column.process_id, _("列表列「%(name)s」", name=column.name), column.parts[2]


def _of_node(node: Node) -> Iterator[tuple[str, str, str]]:
    for key in FEEL_PROPERTIES:
        if node.properties.get(key) and key != "output":  # output reads the called process
            yield node.id, _("属性 %(key)s", key=key), node.properties[key]
    for parameter in node.element.iterfind(
        "./{*}extensionElements/{*}serviceTaskOperator/{*}parameters/{*}parameter"
    ):
        text = (parameter.get("value") or parameter.text or "").strip()
        if text:
            yield node.id, _("参数 %(name)s ", name=parameter.get("id", "")), text
    yield from _of_loop(node)
    for tag in (*TIMES, "condition"):
        text = (node.element.findtext(f"./{{*}}*/{{{BPMN}}}{tag}") or "").strip()
        if text and not is_iso(text, cycle=tag == "timeCycle"):
            yield node.id, _("事件"), text
    if node.kind == "scriptTask" and (script := node.element.findtext(f"{{{BPMN}}}script")):
        yield node.id, _("脚本"), script


def _of_loop(node: Node) -> Iterator[tuple[str, str, str]]:
    loop = node.child("multiInstanceLoopCharacteristics")
    tags = ("loopDataInputRef", "loopCardinality", "completionCondition")
    for tag in tags if loop is not None else ():
        text = (loop.findtext(f"{{{BPMN}}}{tag}") or "").strip()
        if text:
            yield node.id, _("多实例设置"), text
    if text := (node.element.findtext(f"./{{*}}*/{{{BPMN}}}loopCondition") or "").strip():
        yield node.id, _("循环的条件"), text
    if text := (node.element.findtext(f"{{{BPMN}}}completionCondition") or "").strip():
        yield node.id, _("即席子流程的完成条件"), text


def reads(expression: Expression) -> frozenset[str]:
    """Root names an expression reads."""
    return frozenset(name.split(".", 1)[0] for name in expression.names)
