"""Rules about the way of the token: everything reached, everything ends, every gateway decides."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.i18n import _
from app.workflow.definitions.lint.diagram import Diagram, Node, Scope
from app.workflow.definitions.lint.findings import LintFinding


def flow_findings(diagram: Diagram) -> Iterator[LintFinding]:
    """Findings of all scopes."""
    for scope in diagram.scopes:
        if scope.nodes:
            yield from _reachability(scope)
            yield from _gateways(scope)
            yield from _starts(scope)


def _reachability(scope: Scope) -> Iterator[LintFinding]:
    reached, ending = scope.reachable(), scope.can_end()
    for node in scope.nodes.values():
        if node.id not in reached and scope.entries:
            yield LintFinding(
                node.id,
                "unreachable",
                "BLOCK",
                _("“%(name)s”永远不会被执行", name=node.label),
                _("请用顺序流把它连接到流程中，或删除它"),
            )
        elif node.id not in ending and (node.outgoing or node.kind == "endEvent"):
            yield LintFinding(
                node.id,
                "never_ends",
                "BLOCK",
                _("从“%(name)s”出发走不到任何结束事件", name=node.label),
                _("请在循环中加一条通往结束事件的流向"),
            )


def _gateways(scope: Scope) -> Iterator[LintFinding]:
    for node in scope.of_kind("exclusiveGateway", "inclusiveGateway"):
        conditional = any(flow.condition for flow in node.outgoing)
        if (len(node.outgoing) > 1 or conditional) and not _has_default(node):
            yield LintFinding(
                node.id,
                "no_default",
                "BLOCK",
                _("网关“%(name)s”没有默认流向，所有条件都不成立时流程会停住", name=node.label),
                _("请选中一条流出线设为默认流向"),
            )
    for node in scope.nodes.values():
        if node.is_activity and node.outgoing and all(flow.condition for flow in node.outgoing):
            yield LintFinding(
                node.id,
                "no_default",
                "BLOCK",
                _("“%(name)s”的流出线都有条件，条件都不成立时流程会停住", name=node.label),
                _("请选中一条流出线设为默认流向，或去掉一条的条件"),
            )


def _has_default(node: Node) -> bool:
    default = node.element.get("default")
    return any(flow.id == default for flow in node.outgoing)


def _starts(scope: Scope) -> Iterator[LintFinding]:
    starts = list(scope.of_kind("startEvent"))
    plain = [
        node for node in starts if not any(str(child.tag).endswith("EventDefinition") for child in node.element)
    ]
    if not starts and scope.element.tag.endswith("process"):
        yield LintFinding(
            scope.id, "no_start", "BLOCK", _("流程没有开始事件"), _("请添加一个开始事件并连接到第一个环节")
        )
    for node in plain[1:]:
        yield LintFinding(
            node.id,
            "two_starts",
            "WARN",
            _("流程有多个普通开始事件，只会使用其中一个"),
            _("请只保留一个，其余改为消息启动或删除"),
        )
    if not scope.is_ad_hoc and not any(True for _node in scope.of_kind("endEvent")):
        yield LintFinding(
            scope.id, "no_end", "BLOCK", _("流程没有结束事件"), _("请添加结束事件，让每条路径都能结束")
        )
