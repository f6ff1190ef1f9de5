"""What the lint knows and what it says."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from app.core.errors import Severity
from app.workflow.forms import Form


@dataclass(frozen=True, slots=True)
class StepShape:
    """A registered step: the parameters it takes, those it cannot do without, and the process data it returns."""

    parameters: frozenset[str]
    required: frozenset[str] = frozenset()
    returns: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class LintContext:
    """The names a diagram may use, as the release and the registry know them.

    :ivar forms: form names (``diligence/acceptance``) with the keys of their fields.
    :ivar steps: registered steps by name.
    :ivar checks: check names as written in the property ``checks``, ``py:`` ones included.
    :ivar decisions: decision ids with the names of their outputs.
    :ivar processes: process ids of the release.
    :ivar roles: role codes.
    :ivar datasets: names of registered datasets.
    :ivar variables: process data the caller puts in at the start, or that files and steps are known to write.
    :ivar given: of these, what is surely there when the process starts.
    :ivar decision_reads: decision ids with the root names they read.
    :ivar called_writes: process ids with what they leave in the data of a process that calls them.
    :ivar limit_roles: decision ids with the role codes their column ``role`` names.
    :ivar tasks: ids of the user tasks in all files of the bundle.
    :ivar caught: ``(message or signal, name)`` that processes in any file of the bundle wait for or start with.
    :ivar made_forms: form names with the forms themselves.
    """

    forms: Mapping[str, Collection[str]] = field(default_factory=dict)
    steps: Mapping[str, StepShape] = field(default_factory=dict)
    checks: Collection[str] = ()
    decisions: Mapping[str, Collection[str]] = field(default_factory=dict)
    processes: Collection[str] = ()
    roles: Collection[str] = ()
    datasets: Collection[str] = ()
    variables: Collection[str] = ("project_id", "project_no")
    given: Collection[str] = ("project_id", "project_no", "business_key", "started_by")
    decision_reads: Mapping[str, Collection[str]] = field(default_factory=dict)
    called_writes: Mapping[str, Collection[str]] = field(default_factory=dict)
    caught: Collection[tuple[str, str]] = ()
    made_forms: Mapping[str, Form] = field(default_factory=dict)
    limit_roles: Mapping[str, Collection[str]] = field(default_factory=dict)
    tasks: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class LintFinding:
    """One thing to mend. BLOCK may not be deployed, WARN should be looked at, INFO is taste.

    :ivar element_id: id in the diagram; empty when the whole file is meant.
    :ivar fix_zh: what to fill in or change.
    """

    element_id: str
    code: str
    severity: Severity
    message_zh: str
    fix_zh: str
