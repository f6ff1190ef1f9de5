"""What the pages show of a release: files by kind, processes, and what every task is bound to."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from app.core.db import db
from app.core.i18n import _
from app.workflow.definitions.bundle import Bundle, name_of, read_folder
from app.workflow.definitions.compiled import CompiledRelease
from app.workflow.definitions.errors import BundleRefused
from app.workflow.definitions.findings import BundleFinding, from_findings
from app.workflow.definitions.inspection import Inspection, inspect_bundle
from app.workflow.definitions.models import Release
from app.workflow.definitions.references import read_process
from app.workflow.definitions.staffing import staffing_findings
from app.workflow.registry import registry


@dataclass(frozen=True, slots=True)
class Part:
    """The files of one kind."""

    label: str
    files: tuple[tuple[str, str, int], ...]
    """``(name, path, bytes)``, sorted."""


@dataclass(frozen=True, slots=True)
class ProcessRow:
    """A process of a release."""

    id: str
    label: str
    path: str


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A user task with its bindings."""

    node: str
    form: str
    checks: str
    step: str
    step_label: str


@dataclass(frozen=True, slots=True)
class Looked:
    """What a folder holds and what is wrong with it; ``known`` is the release it is already."""

    findings: tuple[BundleFinding, ...]
    inspection: Inspection | None = None
    known: Release | None = None

    @property
    def may_deploy(self) -> bool:
        """Whether it could be read and nothing in it is an error."""
        return self.inspection is not None and not self.inspection.has_errors

    @property
    def problems(self) -> int:
        """Findings somebody has to act on."""
        return sum(finding.is_problem for finding in self.findings)


def parts_of(bundle: Bundle) -> list[Part]:
    """Files by kind, in the order a reader looks for them."""
    kinds = [
        (_("流程"), bundle.processes),
        (_("表单"), bundle.forms),
        (_("决策"), bundle.rules),
        (_("校验"), bundle.checks),
        (_("文档模板"), bundle.documents),
    ]
    return [Part(label, tuple((name_of(p), p, len(c)) for p, c in files.items())) for label, files in kinds]


def processes_of(release: CompiledRelease) -> list[ProcessRow]:
    """Processes by id."""
    return [
        ProcessRow(one, release.label(one), release.process(one).file_name) for one in sorted(release.processes)
    ]


def tasks_of(release: CompiledRelease, process_id: str) -> list[TaskRow]:
    """User tasks of the file a process is drawn in, in document order."""
    path = release.process(process_id).file_name
    rows = []
    for task in read_process(path, release.bundle.files[path]).tasks:
        step = registry.steps.get(task.on_complete or "")
        label = _(step.label) if step else ""
        rows.append(TaskRow(task.element, task.form or "", "、".join(task.checks), task.on_complete or "", label))
    return rows


def look_at_folder(root: Path) -> Looked:
    """Inspect the folder; a folder that cannot be read is told by findings as well."""
    try:
        bundle = read_folder(root)
    except BundleRefused as exc:
        return Looked(tuple(from_findings("", exc.findings)))
    inspection = inspect_bundle(bundle)
    known = db.session.scalar(select(Release).where(Release.hash == bundle.hash))
    found = [*inspection.findings, *staffing_findings(bundle)]
    findings = tuple(sorted(found, key=lambda finding: _ORDER[finding.severity]))
    return Looked(findings, inspection, known)


_ORDER = {"ERROR": 0, "WARN": 1, "INFO": 2}
