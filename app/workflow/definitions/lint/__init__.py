"""BPMN lint: says of a process file, before anything runs, what could not run or would run otherwise than drawn.

``lint_bpmn`` never raises, whatever the bytes are. What has no BLOCK finding, the engine parses and runs as drawn.
Not here: forms and decisions (their own checks), deploying (``workflow.definitions``).
Words: finding (code, severity, message, fix), context (the names a diagram may use),
trap (passes the schema, runs wrong).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from app.core.errors import Finding
from app.core.i18n import _
from app.workflow.definitions.lint.assignment_rules import assignment_findings
from app.workflow.definitions.lint.binding_rules import binding_findings
from app.workflow.definitions.lint.data_rules import data_findings, provided_names
from app.workflow.definitions.lint.diagram import read_diagram
from app.workflow.definitions.lint.dialects import feel_for
from app.workflow.definitions.lint.event_rules import caught_names, event_findings
from app.workflow.definitions.lint.findings import LintContext, LintFinding, StepShape
from app.workflow.definitions.lint.flow_rules import flow_findings
from app.workflow.definitions.lint.neutral import neutral_copy
from app.workflow.definitions.lint.path_rules import path_findings
from app.workflow.definitions.lint.shape_rules import shape_findings
from app.workflow.definitions.lint.soundness import soundness_findings
from app.workflow.definitions.lint.table_rules import names_in, table_findings
from app.workflow.engine import BpmnError, check_schema, find_faults, read_document, refused

__all__ = [
    "LintContext",
    "LintFinding",
    "Outline",
    "StepShape",
    "lint_bpmn",
    "names_in",
    "outline",
    "table_findings",
]

_BROKEN_WAYS = frozenset({"unreachable", "never_ends", "dead_end", "flow", "link_target", "boundary_host"})
"""While a way is broken, what follows from walking the ways would only hide it."""

_ORDER = {"BLOCK": 0, "WARN": 1, "INFO": 2}
_log = logging.getLogger(__name__)


def lint_bpmn(name: str, xml_bytes: bytes, context: LintContext) -> list[LintFinding]:
    """All findings of one process file, BLOCK first; empty when it is fine.

    :param name: file name, for messages.
    """
    try:
        root = read_document(name, xml_bytes)
        check_schema(name, root)
        findings = _findings(name, root, context)
    except BpmnError as refusal:
        findings = [_of_engine(finding) for finding in refusal.findings]
    except Exception:  # noqa: BLE001 - a file must never stop the upload page; the log says what we overlooked
        _log.exception("lint of %s failed", name)
        findings = [
            LintFinding("", "internal", "BLOCK", _("文件 %(name)s 无法检查", name=name), _("请联系系统管理员"))
        ]
    unique = dict.fromkeys(findings)
    return sorted(unique, key=lambda finding: (_ORDER[finding.severity], finding.element_id, finding.code))


@dataclass(frozen=True, slots=True)
class Outline:
    """What one file defines (process ids), writes (names of process data), calls (process ids) and waits for.

    :ivar caught: ``(message or signal, name)``.
    :ivar tasks: ids of user tasks.
    """

    processes: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    called: frozenset[str] = frozenset()
    caught: frozenset[tuple[str, str]] = frozenset()
    tasks: frozenset[str] = frozenset()


def outline(xml_bytes: bytes, context: LintContext) -> Outline:
    """The outline of a file; empty for one that cannot be read (``lint_bpmn`` says why)."""
    try:
        return _outline(read_document("", xml_bytes), context)
    except BpmnError:
        return Outline()
    except Exception:  # noqa: BLE001 - as in ``lint_bpmn``
        _log.exception("outline failed")
        return Outline()


def _outline(root: Any, context: LintContext) -> Outline:
    diagram = read_diagram(root)
    called = {node.element.get("calledElement") or "" for node in diagram.nodes() if node.kind == "callActivity"}
    defined = {process.get("id") or "" for process in root.iterfind("{*}process")}
    return Outline(
        frozenset(defined - {""}),
        provided_names(diagram, context),
        frozenset(called - {""}),
        frozenset(caught_names(diagram)),
        frozenset(node.id for node in diagram.nodes() if node.kind == "userTask"),
    )


def _findings(name: str, root: Any, context: LintContext) -> list[LintFinding]:
    findings = [
        LintFinding(element.get("id") or "", refusal.code, "BLOCK", _(refusal.message), _(refusal.fix))
        for element, refusal in refused(root)
    ]
    findings += _faults(name, root, context, {finding.element_id for finding in findings})
    diagram = read_diagram(root)
    if not any(scope.nodes for scope in diagram.scopes):
        findings.append(
            LintFinding("", "no_process", "BLOCK", _("文件中没有流程"), _("请至少画一个带开始和结束事件的流程"))
        )
    findings += flow_findings(diagram)
    findings += binding_findings(diagram, context)
    findings += assignment_findings(diagram, context)
    findings += data_findings(diagram, context)
    findings += event_findings(diagram, context)
    findings += shape_findings(diagram)
    if not any(finding.code in _BROKEN_WAYS for finding in findings):
        findings += soundness_findings(diagram)
        findings += path_findings(diagram, context)
    return findings


def _faults(name: str, root: Any, context: LintContext, refused_ids: set[str]) -> Iterator[LintFinding]:
    """What the engine would refuse besides: it is shown a copy without the elements that are refused anyway."""
    seen = neutral_copy(root) if refused_ids or not _runs(root) else root
    for fault in find_faults(name, seen, decisions=context.decisions, processes=context.processes):
        if fault.field not in refused_ids:
            found = _of_engine(fault)
            proposed = feel_for(root, found.element_id) if found.code == "feel" else None
            yield found if proposed is None else replace(found, fix_zh=_("请改为 FEEL：%(feel)s", feel=proposed))


def _runs(root: Any) -> bool:
    """Whether the engine would look at the file at all: some process of it is executable."""
    processes = root.iterfind("{*}process")
    return any(process.get("isExecutable", "true") in ("true", "1") for process in processes)


def _of_engine(finding: Finding) -> LintFinding:
    """An engine's refusal says what is wrong and then 请… what to do."""
    message, please, fix = finding.message.partition("，请")
    code = finding.code.removeprefix("workflow.bpmn.")
    return LintFinding(
        finding.field or "", code, "BLOCK", message, f"请{fix}" if please else _("请按提示修改后再上传")
    )
