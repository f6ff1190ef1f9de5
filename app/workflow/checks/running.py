"""Run a node's checks. Whatever goes wrong while checking becomes a BLOCK finding."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from app.core import clock
from app.core.errors import AppError, Finding, Severity
from app.core.feel import FeelError
from app.core.i18n import Sentence, _
from app.workflow.checks.facts import CheckFacts
from app.workflow.checks.tables import SEVERITIES, CheckTable
from app.workflow.engine.decisions import DecisionTrace, nearest_change
from app.workflow.registry import CheckContext, registry

PYTHON = "py:"
FAILED = "workflow.checks.failed"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CheckFinding(Finding):
    """A finding with the check it came from and the values that check had seen."""

    check: str = ""
    seen: Mapping[str, object] = field(default_factory=dict, compare=False)

    def as_dict(self) -> dict[str, str | None]:
        """As any finding: what was seen is for the record, not for the screen."""
        return {"code": self.code, "message": self.message, "severity": self.severity, "field": self.field}


def run_checks(tables: Sequence[CheckTable | str], context: CheckContext) -> list[Finding]:
    """Findings of all checks, BLOCK first, then WARN, then INFO; in the order of the tables otherwise.

    :param tables: compiled tables, or ``py:<registered name>``.
    """
    facts = CheckFacts(context)
    found: list[CheckFinding] = []
    for table in tables:
        found += _run(table, facts, context)
    return sorted(found, key=lambda finding: SEVERITIES.index(finding.severity))


def _run(table: CheckTable | str, facts: CheckFacts, context: CheckContext) -> list[CheckFinding]:
    name = table if isinstance(table, str) else table.name
    facts.missing.clear()
    try:
        if isinstance(table, str):
            return list(_run_python(table, context))
        found = list(_run_table(table, facts))
    except (AppError, FeelError) as exc:
        return [_failed(name, str(exc))]
    except Exception:
        log.exception("check %s could not be carried out", name)
        return [_failed(name, _("程序出错，详情见系统日志"))]
    return [*found, *_missing(table, facts)]


def _missing(table: CheckTable, facts: CheckFacts) -> Iterator[CheckFinding]:
    """Names nobody knows; built-in functions are asked for as well, so only what the table reads counts."""
    missing = facts.missing & {name.partition(".")[0] for name in table.names}
    if missing:
        names = "、".join(sorted(missing))
        yield _failed(table.name, _("找不到所需数据 %(names)s", names=names))


def _failed(name: str, why: str) -> CheckFinding:
    message = _("校验无法执行（%(check)s）：%(why)s。请联系系统管理员", check=name, why=why)
    return CheckFinding(FAILED, message, severity="BLOCK", check=name, seen={"why": why})


# ------------------------------------------------------------------ tables


def _run_table(table: CheckTable, facts: CheckFacts) -> Iterator[CheckFinding]:
    trace: DecisionTrace = table.decision.evaluate_with_trace(facts, now=clock.now())
    rows = trace.value if isinstance(trace.value, list) else []
    if not rows:
        return
    matched = trace.tables[-1].matched if trace.tables else ()
    seen = _seen(trace)
    for number, row in zip(_numbers(matched, rows), rows, strict=True):
        facts_seen = [one.as_data() for one in (*trace.rule_sentences(number), *_way_out(table, facts, row))]
        yield _finding(table.name, row, {"rule": number, "facts": facts_seen, **seen})


def _way_out(table: CheckTable, facts: CheckFacts, row: object) -> Iterator[Sentence]:
    """The smallest change of one value after which the row would not come: what to correct."""
    change = nearest_change(
        table.decision,
        facts,
        now=clock.now(),
        is_other=lambda rows: isinstance(rows, list) and row not in rows,
    )
    if change is not None:
        yield change.way_out()


def _numbers(matched: Sequence[int], rows: Sequence[object]) -> Sequence[int]:
    """Rule number of each row; zero where the table did not say."""
    return matched if len(matched) == len(rows) else [0] * len(rows)


def _seen(trace: DecisionTrace) -> dict[str, object]:
    plain: Any = trace.as_dict()  # JSON shape of the trace
    inputs = {one["source"]: one["value"] for table in plain["tables"] for one in table["inputs"]}
    return {"values": inputs, "decisions": plain["decisions"], "notes": plain["diagnostics"]}


def _finding(check: str, row: object, seen: Mapping[str, object]) -> CheckFinding:
    """One collected row as a finding; a row that says nothing usable is a failure of the check."""
    cells = row if isinstance(row, dict) else {}
    code, severity, message = (cells.get(name) for name in ("code", "severity", "message"))
    if not (isinstance(code, str) and code and severity in SEVERITIES):
        failed = _failed(check, _("第 %(rule)s 行没有得出代码或级别", rule=seen.get("rule", "?")))
        return CheckFinding(failed.code, failed.message, "BLOCK", check=check, seen=seen)
    text = message if isinstance(message, str) and message else _("%(code)s（未得出提示文字）", code=code)
    target = cells.get("field")
    return CheckFinding(
        code=code,
        message=text,
        severity=cast("Severity", severity),
        field=target if isinstance(target, str) and target else None,
        check=check,
        seen=seen,
    )


# ------------------------------------------------------------------ code


def _run_python(reference: str, context: CheckContext) -> Iterator[CheckFinding]:
    name = reference.removeprefix(PYTHON)
    entry = registry.checks.get(name)
    if entry is None:
        yield _failed(reference, _("没有登记名为 %(name)s 的校验", name=name))
        return
    for finding in cast("Iterable[Finding]", entry.run(context)):
        yield CheckFinding(
            code=finding.code,
            message=finding.message,
            severity=finding.severity,
            field=finding.field,
            check=reference,
        )
