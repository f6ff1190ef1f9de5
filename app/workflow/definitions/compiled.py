"""A release ready to run: everything parsed and compiled once, immutable, shared between threads."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from app.core.errors import Invalid
from app.core.i18n import _
from app.workflow.checks import BadCheck, CheckTable, compile_check
from app.workflow.definitions.bundle import Bundle, name_of
from app.workflow.definitions.columns import ListColumn, clashes, read_columns
from app.workflow.definitions.errors import UnknownFile
from app.workflow.definitions.findings import BundleFinding, from_findings
from app.workflow.engine import BpmnError, ProcessModel, UnknownProcess, parse_processes
from app.workflow.engine.decisions import Decision, Decisions, DmnError, compile_dmn
from app.workflow.forms import Form, FormError, compile_form

T = TypeVar("T")


@dataclass(frozen=True)
class CompiledRelease:
    """Models, forms, checks, decisions and documents by the names analysts use."""

    hash: str
    bundle: Bundle = field(repr=False)
    processes: Mapping[str, ProcessModel] = field(repr=False)
    forms: Mapping[str, Form] = field(repr=False)
    checks: Mapping[str, CheckTable] = field(repr=False)
    decisions: Mapping[str, Decision] = field(repr=False)
    columns: Mapping[str, tuple[ListColumn, ...]] = field(repr=False, default_factory=dict)
    """List columns by process."""

    def process(self, process_id: str) -> ProcessModel:
        """The parsed process. :raises UnknownProcess:"""
        if process_id not in self.processes:
            raise UnknownProcess(process_id=process_id)
        return self.processes[process_id]

    def form(self, name: str) -> Form:
        """The form ``<room>/<form>``. :raises UnknownFile:"""
        return _get(self.forms, name, _("表单"))

    def check(self, name: str) -> CheckTable:
        """The check ``<room>/<node>``. :raises UnknownFile:"""
        return _get(self.checks, name, _("校验"))

    def decision(self, decision_id: str) -> Decision:
        """The decision of that id. :raises UnknownFile:"""
        return _get(self.decisions, decision_id, _("决策"))

    def document(self, name: str) -> bytes:
        """The Word template ``<room>/<name>``, with or without ``.docx``. :raises UnknownFile:"""
        by_name = {name_of(path): content for path, content in self.bundle.documents.items()}
        return _get(by_name, name.removesuffix(".docx"), _("文档模板"))

    def bpmn_of(self, process_id: str) -> bytes:
        """The file the process is drawn in, with its diagram. :raises UnknownProcess:"""
        return self.bundle.files[self.process(process_id).file_name]

    def label(self, process_id: str) -> str:
        """Chinese name of the process; its id when it was not named. :raises UnknownProcess:"""
        return self.process(process_id).name or process_id


def _get(names: Mapping[str, T], name: str, kind: str) -> T:
    if name not in names:
        raise UnknownFile(kind=kind, name=name)
    return names[name]


@dataclass
class Compilation:
    """What could be compiled, and everything that could not."""

    bundle: Bundle
    processes: dict[str, ProcessModel] = field(default_factory=dict)
    forms: dict[str, Form] = field(default_factory=dict)
    checks: dict[str, CheckTable] = field(default_factory=dict)
    decisions: dict[str, Decision] = field(default_factory=dict)
    columns: dict[str, tuple[ListColumn, ...]] = field(default_factory=dict)
    rules: dict[str, Decisions] = field(default_factory=dict)
    """Decision files by path."""
    findings: list[BundleFinding] = field(default_factory=list)

    def release(self) -> CompiledRelease:
        """The finished release; only of a compilation without findings."""
        return CompiledRelease(
            self.bundle.hash, self.bundle, self.processes, self.forms, self.checks, self.decisions, self.columns
        )


def compile_bundle(bundle: Bundle) -> Compilation:
    """Parse and compile every file; never raises for what a file holds."""
    made = Compilation(bundle)
    for path, content in bundle.forms.items():
        try:
            made.forms[name_of(path)] = compile_form(name_of(path), content)
        except FormError as exc:
            made.findings += from_findings(path, exc.findings)
    rules = made.rules = _compile_rules(made)
    for path, content in bundle.checks.items():
        try:
            made.checks[name_of(path)] = compile_check(name_of(path), content, rules)
        except BadCheck as exc:
            made.findings += from_findings(path, exc.findings)
    _collect_decisions(made, rules)
    try:
        made.processes = parse_processes(
            bundle.processes, {name_of(p).rpartition("/")[2]: d for p, d in rules.items()}
        )
    except BpmnError as exc:
        made.findings += _place(bundle, exc)
    _read_columns(made)
    return made


def _read_columns(made: Compilation) -> None:
    read = {path: read_columns(path, content) for path, content in made.bundle.processes.items()}
    for columns, findings in read.values():
        made.columns |= columns
        made.findings += findings
    made.findings += clashes({path: columns for path, (columns, _findings) in read.items()})


def _compile_rules(made: Compilation) -> dict[str, Decisions]:
    """Decision files by path, imported ones before those that import them."""
    pending, done = dict(made.bundle.rules), dict[str, Decisions]()
    refused: dict[str, DmnError] = {}
    while pending:
        before = len(pending)
        for path, content in list(pending.items()):
            try:
                done[path] = compile_dmn(content, done)
            except DmnError as exc:
                refused[path] = exc
            else:
                del pending[path]
        if len(pending) == before:
            break
    for path in pending:
        made.findings += from_findings(path, refused[path].findings)
    return done


def _collect_decisions(made: Compilation, rules: Mapping[str, Decisions]) -> None:
    home: dict[str, str] = {}
    for path, decisions in rules.items():
        for decision in decisions:
            if decision.id in home:
                message = _("决策编号「%(id)s」在 %(other)s 中已有", id=decision.id, other=home[decision.id])
                made.findings.append(BundleFinding(path, decision.id, message, _("请改成唯一的编号")))
            home[decision.id] = path
            made.decisions[decision.id] = decision


def _place(bundle: Bundle, error: Invalid) -> Iterator[BundleFinding]:
    """Findings of the parser name element or file; the file is the one that draws the element."""
    for finding in error.findings:
        marks = (f'id="{finding.field}"'.encode(), f"id='{finding.field}'".encode()) if finding.field else ()
        homes = [path for path, content in bundle.processes.items() if any(mark in content for mark in marks)]
        named = [path for path in bundle.processes if path in finding.message]
        path = next(iter([*named, *homes]), "")
        yield from from_findings(path, [finding])
