"""Rules about the drawing: ids that read well, and a shape for every node so that it can be shown and marked."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.core.i18n import _
from app.workflow.definitions.lint.diagram import Diagram
from app.workflow.definitions.lint.findings import LintFinding
from app.workflow.engine.documents import BPMN
from app.workflow.engine.durations import is_iso
from app.workflow.engine.event_reader import TIMES

_SNAKE = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_LIKE_ISO = re.compile(r"[PR][\dPT][\dA-Z./]*|\d{4}-.*")


def shape_findings(diagram: Diagram) -> Iterator[LintFinding]:
    """Findings of nodes, flows and timers."""
    for scope in diagram.scopes:
        for element_id in scope.nodes:
            if _SNAKE.fullmatch(element_id) is None:
                yield LintFinding(
                    element_id,
                    "id_style",
                    "INFO",
                    _("编号“%(id)s”不是小写下划线形式", id=element_id),
                    _("建议改为动词短语，如 submit_report"),
                )
            if element_id not in diagram.drawn:
                yield _not_drawn(element_id, _("节点没有图形，流程图上看不到它"))
        for flow in scope.flows:
            if (
                flow.id
                and flow.id not in diagram.drawn
                and flow.source.id in diagram.drawn
                and flow.target.id in diagram.drawn
            ):
                yield LintFinding(
                    flow.id, "no_edge", "INFO", _("顺序流没有图形，流程图上看不到它"), _("请在设计器中重新连线")
                )
    yield from _timers(diagram)


def _not_drawn(element_id: str, message: str) -> LintFinding:
    return LintFinding(element_id, "no_shape", "WARN", message, _("请在设计器中打开并重新摆放该元素后保存"))


def _timers(diagram: Diagram) -> Iterator[LintFinding]:
    for node in diagram.nodes():
        definition = node.child("timerEventDefinition")
        for tag in TIMES if definition is not None else ():
            text = (definition.findtext(f"{{{BPMN}}}{tag}") or "").strip()
            if text and not is_iso(text, cycle=tag == "timeCycle") and _LIKE_ISO.fullmatch(text):
                yield LintFinding(
                    node.id,
                    "timer",
                    "BLOCK",
                    _("定时“%(value)s”不是有效的时长或日期", value=text),
                    _(
                        "请填写如 P2D（2 天）、PT4H（4 小时）、P1M（1 个月）、2026-01-31，"
                        "循环如 R3/PT4H（每 4 小时，共 3 次），或 FEEL 表达式"
                    ),
                )
