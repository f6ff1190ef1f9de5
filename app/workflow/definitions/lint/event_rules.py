"""Rules about what comes from outside: who starts a process, and who hears what it throws."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.core.i18n import _
from app.workflow.definitions.lint.diagram import Diagram, Node, Scope
from app.workflow.definitions.lint.findings import LintContext, LintFinding
from app.workflow.engine.documents import BPMN

_NAMED = ("message", "signal")
_CATCHING = frozenset({"startEvent", "intermediateCatchEvent", "boundaryEvent", "receiveTask"})
_THROWING = frozenset({"intermediateThrowEvent", "endEvent", "sendTask"})


def event_findings(diagram: Diagram, context: LintContext) -> Iterator[LintFinding]:
    """Findings of processes and their events."""
    yield from _executable(diagram)
    for scope in diagram.scopes:
        if scope.element.tag == f"{{{BPMN}}}process":
            yield from _started_by_events(scope)
    heard = caught_names(diagram) | set(context.caught)
    for node in diagram.nodes():
        thrown = _named_event(diagram.root, node) if node.kind in _THROWING else None
        if thrown is not None and thrown not in heard:
            yield _unheard(node, thrown)


def caught_names(diagram: Diagram) -> set[tuple[str, str]]:
    """``(message or signal, name)`` that some event of the file waits for, or a process of it starts with."""
    nodes = (node for node in diagram.nodes() if node.kind in _CATCHING)
    return {name for node in nodes if (name := _named_event(diagram.root, node)) is not None}


def _named_event(root: Any, node: Node) -> tuple[str, str] | None:
    """What a message or signal event is about; None for others, or when nothing is chosen (the engine says so)."""
    for kind in _NAMED:
        definition = (
            node.element if node.kind in ("sendTask", "receiveTask") else node.child(f"{kind}EventDefinition")
        )
        reference = definition.get(f"{kind}Ref") if definition is not None else None
        if reference:
            declared = next(
                (one for one in root.iterfind(f"{{{BPMN}}}{kind}") if one.get("id") == reference), None
            )
            return None if declared is None else (kind, declared.get("name") or reference)
    return None


def _executable(diagram: Diagram) -> Iterator[LintFinding]:
    """A process that is not executable is only a picture; a file of pictures would deploy and do nothing."""
    drawn = [s for s in diagram.scopes if s.element.tag == f"{{{BPMN}}}process" and s.nodes]
    pictures = [scope for scope in drawn if scope.element.get("isExecutable", "true") not in ("true", "1")]
    for scope in pictures:
        if len(pictures) == len(drawn):
            yield LintFinding(
                scope.id,
                "not_executable",
                "BLOCK",
                _("流程没有标为可执行，部署后不会运行"),
                _("请把流程的 isExecutable 设为 true"),
            )
        else:
            yield LintFinding(
                scope.id, "picture", "INFO", _("该流程没有标为可执行，只作示意"), _("要运行它，请勾选“可执行”")
            )


def _started_by_events(scope: Scope) -> Iterator[LintFinding]:
    """The clock, messages and signals start a process; a condition has no case whose data it could read."""
    for node in scope.of_kind("startEvent"):
        if node.child("conditionalEventDefinition") is not None:
            yield LintFinding(
                node.id,
                "event_start",
                "BLOCK",
                _("流程不能由条件发起：发起前没有业务，条件没有数据可看"),
                _("请改为定时开始（如 R/PT1H）并在其后用排他网关判断，或由另一流程以消息、信号发起"),
            )


def _unheard(node: Node, thrown: tuple[str, str]) -> LintFinding:
    what = _("消息") if thrown[0] == "message" else _("信号")
    return LintFinding(
        node.id,
        "unheard",
        "BLOCK",
        _("抛出的%(what)s“%(name)s”没有任何环节在等，会丢失", what=what, name=thrown[1]),
        _("请在某个流程里放一个等待它的事件或以它开始的流程，或改为服务任务"),
    )
