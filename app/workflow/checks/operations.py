"""Keep what the checks found."""

from collections.abc import Iterable, Mapping

from app.core.errors import Finding
from app.core.rows import insert_rows
from app.core.tenancy import Actor
from app.workflow.checks.models import CheckResult
from app.workflow.checks.running import CheckFinding


def record_results(
    *,
    instance_id: int,
    task_key: str,
    node_id: str,
    findings: Iterable[Finding],
    actor: Actor,
    reasons: Mapping[str, str] | None = None,
) -> None:
    """Store one row per finding of this attempt, also of an attempt that is refused.

    :param reasons: check code → why a person goes on in spite of a WARN; kept with the row.
    """
    rows = []
    for finding in findings:
        reason = ((reasons or {}).get(finding.code) or "").strip() if finding.severity == "WARN" else ""
        by_person = bool(reason) and actor.user_id is not None
        rows.append(
            {
                "instance_id": instance_id,
                "task_key": task_key,
                "node_id": node_id,
                "check_name": finding.check if isinstance(finding, CheckFinding) else "",
                "code": finding.code[:120],
                "severity": finding.severity,
                "message": finding.message,
                "field": finding.field[:200] if finding.field else None,
                "seen": dict(finding.seen) if isinstance(finding, CheckFinding) else {},
                "overridden_by": actor.user_id if by_person else None,
                "override_reason": reason if by_person else None,
            }
        )
    insert_rows(CheckResult, rows)
