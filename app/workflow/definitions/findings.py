"""What is found wrong with analysts' files: where, what, and what to do about it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from app.core.errors import Finding

Level = Literal["ERROR", "WARN", "INFO"]
_AS_SEVERITY = {"ERROR": "BLOCK", "WARN": "WARN", "INFO": "INFO"}
_AS_LEVEL: dict[str, Level] = {"BLOCK": "ERROR", "ERROR": "ERROR", "WARN": "WARN", "INFO": "INFO"}


@dataclass(frozen=True, slots=True)
class BundleFinding:
    """One thing; ``path`` and ``element`` may be empty. ERROR keeps a release from being deployed."""

    path: str
    element: str
    message: str
    fix: str = ""
    severity: Level = "ERROR"

    @property
    def is_problem(self) -> bool:
        """Whether somebody has to do something; INFO is only worth knowing."""
        return self.severity != "INFO"

    def line(self) -> str:
        """One line for a terminal."""
        parts = (f"[{self.severity}] {self.path}", self.element, self.message, self.fix)
        return " | ".join(" ".join(part.split()) for part in parts)

    def as_finding(self) -> Finding:
        """For refusals, whose page and JSON list findings."""
        message = f"{self.message}；{self.fix}" if self.fix else self.message
        place = " · ".join(part for part in (self.path, self.element) if part)
        severity = _AS_SEVERITY[self.severity]
        return Finding("workflow.definitions.file", message, severity, place or None)  # type: ignore[arg-type]


def level_of(severity: str) -> Level:
    """``BLOCK`` of the other rooms is our ERROR; our own words stay."""
    return _AS_LEVEL.get(severity, "ERROR")


def from_findings(path: str, findings: Iterable[Finding]) -> Iterator[BundleFinding]:
    """Findings of the engine, forms and decisions rooms; their messages read ``what；what to do``."""
    for finding in findings:
        message, _mark, fix = finding.message.partition("；")
        yield BundleFinding(path, finding.field or "", message, fix, level_of(finding.severity))
