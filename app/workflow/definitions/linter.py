"""Process files given by path, from any editor, held against the names of a folder of analysts' files.

What ``flask definitions lint`` does: read, lint, mend what is safe, tell. Unlike ``inspect_bundle`` it looks at
single files, which need not lie in the folder, and says of each finding on which line its element stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.core.i18n import _
from app.workflow.definitions.bundle import PROCESSES, Bundle
from app.workflow.definitions.compiled import compile_bundle
from app.workflow.definitions.inspection import variables_of
from app.workflow.definitions.lint import LintContext, LintFinding, lint_bpmn, outline
from app.workflow.definitions.lint.fixes import Fixed, apply_fixes, is_fixable
from app.workflow.definitions.linting import contexts_of
from app.workflow.engine import MOST_BYTES, BpmnError, read_document

MOST_ROUNDS = 5
"""A fix may uncover another finding (a gateway put in wants its default)."""


@dataclass(frozen=True, slots=True)
class Told:
    """A finding with the line its element begins on; 0 when the whole file is meant."""

    finding: LintFinding
    line: int

    def as_dict(self) -> dict[str, object]:
        """Shape of the JSON answer."""
        one = self.finding
        return {
            "element": one.element_id,
            "line": self.line,
            "code": one.code,
            "severity": one.severity,
            "message": one.message_zh,
            "fix": one.fix_zh,
            "fixable": is_fixable(one),
        }


@dataclass(frozen=True, slots=True)
class FileReport:
    """What is wrong with one file, and what was mended."""

    path: str
    findings: tuple[Told, ...]
    fixed: tuple[Fixed, ...] = ()

    @property
    def problems(self) -> int:
        """Findings somebody has to act on."""
        return sum(told.finding.severity != "INFO" for told in self.findings)

    def as_dict(self) -> dict[str, object]:
        """Shape of the JSON answer."""
        return {
            "file": self.path,
            "findings": [told.as_dict() for told in self.findings],
            "fixed": [{"element": f.element_id, "code": f.code, "message": f.message} for f in self.fixed],
        }


def lint_files(paths: Sequence[Path], surroundings: Bundle, *, fix: bool = False) -> list[FileReport]:
    """Reports in the order of the files; with ``fix`` files are rewritten. Never raises for what a file holds.

    :param surroundings: forms, rules, checks and other processes the files may name.
    """
    contents = {path: _read(path) for path in paths}
    readable = {path: content for path, content in contents.items() if isinstance(content, bytes)}
    contexts = _contexts(readable, surroundings)
    reports = []
    for path, content in contents.items():
        if isinstance(content, bytes):
            reports.append(_lint(path, content, contexts[path], fix=fix))
        else:
            reports.append(FileReport(str(path), (Told(content, 0),)))
    return reports


def _read(path: Path) -> bytes | LintFinding:
    try:
        if path.stat().st_size > MOST_BYTES:
            return LintFinding("", "too_large", "BLOCK", _("文件超过 5 MB"), _("请拆分流程"))
        return path.read_bytes()
    except OSError as exc:
        message = _("文件读不了：%(reason)s", reason=exc.strerror or str(exc))
        return LintFinding("", "unreadable", "BLOCK", message, _("请检查路径和权限"))


def _contexts(contents: Mapping[Path, bytes], surroundings: Bundle) -> dict[Path, LintContext]:
    """The files take the place of those of the same processes in the folder; they may call each other."""
    names = {path: f"{PROCESSES}lint/{number}.bpmn" for number, path in enumerate(contents)}
    given = {names[path]: content for path, content in contents.items()}
    ours = _processes_of(given)
    others = {
        path: content
        for path, content in surroundings.files.items()
        if path not in surroundings.processes or not _processes_of({path: content}) & ours
    }
    made = compile_bundle(Bundle(others))
    made.bundle = Bundle(others | given)
    contexts = contexts_of(made, variables_of(made.bundle))
    known = _processes_of(made.bundle.processes)
    return {path: replace(contexts[name], processes=known) for path, name in names.items()}


def _processes_of(files: Mapping[str, bytes]) -> frozenset[str]:
    return frozenset().union(*(outline(content, LintContext()).processes for content in files.values()))


def _lint(path: Path, content: bytes, context: LintContext, *, fix: bool) -> FileReport:
    findings = lint_bpmn(path.name, content, context)
    fixed: list[Fixed] = []
    before = content
    for _round in range(MOST_ROUNDS if fix else 0):
        try:
            content, done = apply_fixes(path.name, content, findings)
        except BpmnError:
            break
        if not done:
            break
        fixed += done
        findings = lint_bpmn(path.name, content, context)
    if content != before:
        path.write_bytes(content)
    return FileReport(str(path), tuple(_told(path.name, content, findings)), tuple(fixed))


def _told(name: str, content: bytes, findings: Sequence[LintFinding]) -> Iterator[Told]:
    lines: dict[str, int] = {}
    try:
        for element in read_document(name, content).iter("*"):
            lines.setdefault(element.get("id") or "", element.sourceline or 0)
    except BpmnError:
        lines = {}
    lines.pop("", None)
    return (Told(finding, lines.get(finding.element_id, 0)) for finding in findings)
