"""What would become of every running instance on another release. Reads only.

Instances that stand alike – same release, same process, same shape of their state – are judged once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import or_, select

from app.core.db import db
from app.core.errors import AppError
from app.core.i18n import _
from app.workflow import definitions
from app.workflow.definitions.bundle import name_of
from app.workflow.definitions.compiled import CompiledRelease
from app.workflow.definitions.references import read_process
from app.workflow.engine import Issue, Shape, judge, shape_of
from app.workflow.instances.models import ProcessInstance
from app.workflow.instances.queries import LIVING
from app.workflow.migration.queries import select_in_rework

PAGE = 500
NodeMapping = Mapping[tuple[str, str], str]


class Verdict(StrEnum):
    """SAME: nothing it uses differs; BY_ITSELF: it may be moved as it is."""

    SAME = "SAME"
    BY_ITSELF = "BY_ITSELF"
    NEEDS_CHOICE = "NEEDS_CHOICE"
    CANNOT = "CANNOT"

    @property
    def label(self) -> str:
        """Chinese name."""
        return _LABELS[self.value]

    @property
    def is_movable(self) -> bool:
        """Whether it may be moved now."""
        return self in {Verdict.SAME, Verdict.BY_ITSELF}


_LABELS = {"SAME": "没有变化", "BY_ITSELF": "可以迁移", "NEEDS_CHOICE": "需要选择", "CANNOT": "不能迁移"}


@dataclass(slots=True)
class Group:
    """Instances that stand alike. ``instance_ids`` in order."""

    release_id: int
    process_id: str
    process_label: str
    verdict: Verdict
    issues: tuple[Issue, ...]
    instance_ids: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Report:
    """The groups, what needs a decision first."""

    target_id: int
    groups: tuple[Group, ...]

    def count(self, verdict: Verdict) -> int:
        """How many instances have this verdict."""
        return sum(len(group.instance_ids) for group in self.groups if group.verdict is verdict)

    @property
    def movable(self) -> list[int]:
        """Ids of the instances that may be moved now."""
        return sorted(one for group in self.groups if group.verdict.is_movable for one in group.instance_ids)

    @property
    def choices(self) -> list[Issue]:
        """Every place a choice is needed at, once."""
        found = {(i.scope, i.node_id): i for g in self.groups for i in g.issues if i.level == "CHOICE"}
        return [found[key] for key in sorted(found)]


def make_report(target_id: int, mapping: NodeMapping | None = None, *, process_id: str | None = None) -> Report:
    """Judge every running instance of the tenant that is on another release.

    :param mapping: choices made so far. :raises UnknownRelease: no such target.
    """
    judging = _Judging(definitions.compiled(target_id), mapping or {})
    groups: dict[tuple[int, str, Verdict, tuple[Issue, ...]], Group] = {}
    in_rework = set(db.session.scalars(select_in_rework()))
    for instance_id, release_id, process, label, state in _running(target_id, process_id):
        if instance_id in in_rework:
            verdict, issues = _cannot(process, _("正在退回补正，请先办完补正"))
        else:
            verdict, issues = judging.judge(release_id, process, state)
        key = (release_id, process, verdict, issues)
        if key not in groups:
            groups[key] = Group(release_id, process, label, verdict, issues)
        groups[key].instance_ids.append(instance_id)
    ordered = sorted(groups.values(), key=lambda g: (_ORDER[g.verdict], g.process_id, g.release_id))
    return Report(target_id, tuple(ordered))


_ORDER = {Verdict.NEEDS_CHOICE: 0, Verdict.CANNOT: 1, Verdict.BY_ITSELF: 2, Verdict.SAME: 3}


class _Judging:
    """Judgements by release, process and shape."""

    def __init__(self, target: CompiledRelease, mapping: NodeMapping) -> None:
        self.target = target
        self.mapping = mapping
        self.known: dict[tuple[int, str, Shape], tuple[Verdict, tuple[Issue, ...]]] = {}
        self.same: dict[tuple[int, str], bool] = {}

    def judge(self, release_id: int, process_id: str, state: bytes) -> tuple[Verdict, tuple[Issue, ...]]:
        try:
            shape = shape_of(state)
            key = (release_id, process_id, shape)
            if key not in self.known:
                self.known[key] = self._judge(release_id, process_id, shape)
            return self.known[key]
        except AppError as exc:
            return _cannot(process_id, str(exc))

    def _judge(self, release_id: int, process_id: str, shape: Shape) -> tuple[Verdict, tuple[Issue, ...]]:
        if process_id not in self.target.processes:
            return _cannot(process_id, _("新的发布包没有这个流程，只能在原版中办完"))
        source = definitions.compiled(release_id)
        old, new = source.process(process_id), self.target.process(process_id)
        issues = tuple(judge(old, new, shape, self.mapping))
        levels = {issue.level for issue in issues}
        if "CANNOT" in levels:
            return Verdict.CANNOT, issues
        if "CHOICE" in levels:
            return Verdict.NEEDS_CHOICE, issues
        place = (release_id, process_id)
        if place not in self.same:
            self.same[place] = used_files(source, process_id) == used_files(self.target, process_id)
        return (Verdict.SAME if self.same[place] else Verdict.BY_ITSELF), issues


def _cannot(process_id: str, reason: str) -> tuple[Verdict, tuple[Issue, ...]]:
    """The whole instance stays, whatever stands where."""
    return Verdict.CANNOT, (Issue("CANNOT", process_id, "", reason),)


def used_files(release: CompiledRelease, process_id: str) -> dict[str, bytes]:
    """What a process and those it calls use, by path: their files, forms, checks and papers, and all rules."""
    model = release.process(process_id)
    drawn = {
        release.process(one).file_name for one in (process_id, *model.subprocess_specs) if one in release.processes
    }
    bundle = release.bundle
    names = {
        (reference.kind, reference.name)
        for path in drawn
        for reference in read_process(path, bundle.files[path]).references
    }
    kinds = (("form", bundle.forms), ("check", bundle.checks), ("writing", bundle.documents))
    used = {p: c for kind, files in kinds for p, c in files.items() if (kind, name_of(p)) in names}
    return used | dict(bundle.rules) | {path: bundle.files[path] for path in drawn}


def _running(target_id: int, process_id: str | None) -> Iterator[tuple[int, int, str, str, bytes]]:
    """Page by page, by release: each is compiled once, and memory holds one page of states."""
    last = (0, 0)
    columns = (
        ProcessInstance.id,
        ProcessInstance.release_id,
        ProcessInstance.process_id,
        ProcessInstance.process_label,
        ProcessInstance.state,
    )
    while True:
        query = (
            select(*columns)
            .where(
                ProcessInstance.status.in_(LIVING),
                ProcessInstance.release_id != target_id,
                or_(
                    ProcessInstance.release_id > last[0],
                    (ProcessInstance.release_id == last[0]) & (ProcessInstance.id > last[1]),
                ),
            )
            .order_by(ProcessInstance.release_id, ProcessInstance.id)
            .limit(PAGE)
        )
        if process_id:
            query = query.where(ProcessInstance.process_id == process_id)
        rows = db.session.execute(query).all()
        for row in rows:
            yield row.id, row.release_id, row.process_id, row.process_label, row.state
        if len(rows) < PAGE:
            return
        last = (rows[-1].release_id, rows[-1].id)
