"""A check as analysts draw it: a DMN table, hit policy COLLECT, outputs code, severity, message, field."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.core.errors import Finding
from app.core.feel.nodes import Literal
from app.core.i18n import _
from app.workflow.checks.errors import BadCheck
from app.workflow.engine.decisions import Decision, Decisions, DmnError, compile_dmn

SEVERITIES = ("BLOCK", "WARN", "INFO")
REQUIRED = ("code", "severity", "message")
OUTPUTS = (*REQUIRED, "field")


@dataclass(frozen=True, slots=True)
class CheckTable:
    """A compiled check; immutable, shared between threads."""

    name: str
    decision: Decision

    @property
    def names(self) -> frozenset[str]:
        """Outside names it reads, dotted: ``form.amount``, ``project.approved_amount_fen``."""
        return self.decision.names


def compile_check(name: str, content: bytes, imports: Mapping[str, Decisions] | None = None) -> CheckTable:
    """The check in a DMN file. Decisions it requires may stand in the same file or be imported.

    :param name: ``ledger/release``, for messages.
    :raises BadCheck: with every finding.
    """
    try:
        decisions = compile_dmn(content, imports)
    except DmnError as exc:
        raise BadCheck(exc.findings, check=name) from exc
    collecting = [one for one in decisions if "code" in one.output_names]
    if len(collecting) != 1:
        message = _("校验文件里应有且只有一张带 code 输出列的决策表；请补充或拆成几个文件")
        raise BadCheck([Finding("workflow.checks.one_table", message)], check=name)
    findings = list(_slips(collecting[0]))
    if findings:
        raise BadCheck(findings, check=name)
    return CheckTable(name, collecting[0])


def _slips(decision: Decision) -> Iterator[Finding]:
    table = decision.table
    if table is None or table.policy != "COLLECT" or table.aggregation:
        message = _("命中策略应为 COLLECT 且不汇总；请在表的左上角改正")
        yield Finding("workflow.checks.hit_policy", message, field=decision.id)
    missing = [name for name in REQUIRED if name not in decision.output_names]
    if missing:
        message = _("缺少输出列 %(names)s；请添加", names="、".join(missing))
        yield Finding("workflow.checks.outputs", message, field=decision.id)
    unknown = [name for name in decision.output_names if name not in OUTPUTS]
    if unknown:
        message = _(
            "不认识的输出列 %(names)s；请删除，只留 code、severity、message、field", names="、".join(unknown)
        )
        yield Finding("workflow.checks.outputs", message, field=decision.id)
    if table is not None and not missing:
        yield from _bad_severities(decision)


def _bad_severities(decision: Decision) -> Iterator[Finding]:
    """Severities written as plain text can be looked at now; reckoned ones when they come."""
    table = decision.table
    if table is None:
        return
    column = decision.output_names.index("severity")
    for number, rule in enumerate(table.rules, 1):
        cell = rule.outputs[column]
        if isinstance(cell, Literal) and cell.value not in SEVERITIES:
            message = _("第 %(number)s 行的 severity 不可用；请填写 BLOCK、WARN 或 INFO（带引号）", number=number)
            yield Finding("workflow.checks.severity", message, field=rule.id)
