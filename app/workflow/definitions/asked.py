"""Decisions that steps ask by their id: there, without gaps, and every row of answers as the room wants it."""

from collections.abc import Iterable, Iterator, Mapping

from app.core.feel.border import to_python
from app.core.feel.nodes import Literal, Node
from app.core.i18n import _
from app.workflow.definitions.bundle import RULES
from app.workflow.definitions.compiled import Compilation
from app.workflow.definitions.findings import BundleFinding
from app.workflow.engine.decisions import Decision, analyse_table
from app.workflow.engine.decisions.tables import Table
from app.workflow.registry import AskedDecision, registry

ONE_ROW = frozenset({"UNIQUE", "FIRST", "ANY", "PRIORITY"})
"""Hit policies under which a table answers with one row."""


def inspect_asked(made: Compilation, used_steps: Iterable[str]) -> Iterator[BundleFinding]:
    """What is wrong with the decisions the steps of these processes ask; each finding forbids deploying."""
    used = frozenset(used_steps)
    homes = {decision.id: path for path, decisions in made.rules.items() for decision in decisions}
    for asked in registry.asked.values():
        decision = made.decisions.get(asked.name)
        if decision is not None:
            yield from _inspect(homes[asked.name], asked, decision)
        elif asked.step in used:
            message = _("步骤「%(step)s」要用的决策「%(name)s」不存在", step=asked.step, name=asked.name)
            yield _error(RULES, asked.name, message, _("请在 rules/ 中放入该决策"))


def _inspect(path: str, asked: AskedDecision, decision: Decision) -> Iterator[BundleFinding]:
    table = decision.table
    if table is None or table.policy not in ONE_ROW:
        message = _("「%(label)s」必须是每种情况恰有一行结果的决策表", label=asked.label)
        yield _error(path, decision.id, message, _("请用决策表，命中策略选 UNIQUE 或 FIRST"))
        return
    if missing := sorted(asked.outputs - set(decision.output_names)):
        message = _("「%(label)s」缺少输出列 %(what)s", label=asked.label, what="、".join(missing))
        yield _error(path, table.id, message, _("请补上输出列"))
        return
    if table.inputs and table.rules:
        for gap in (one for one in analyse_table(table) if one.kind == "gap"):
            message = _("「%(label)s」不能有空缺：%(gap)s", label=asked.label, gap=gap.message)
            yield _error(path, table.id, message, _("请补一条规则"))
    yield from _faulty_rows(path, asked, table)


def _faulty_rows(path: str, asked: AskedDecision, table: Table) -> Iterator[BundleFinding]:
    for number, rule in enumerate(table.rules, start=1):
        answers = _constants(table, rule.outputs)
        faults = asked.run(answers) if answers is not None else [_("结果必须直接写明，不能用表达式计算")]
        for fault in faults:
            message = _("「%(label)s」第 %(n)s 条规则：%(fault)s", label=asked.label, n=number, fault=fault)
            yield _error(path, rule.id or table.id, message, _("请改正这一行的结果"))
    if any(output.default is not None for output in table.outputs):
        message = _("「%(label)s」不能用默认值代替规则", label=asked.label)
        yield _error(path, table.id, message, _("请删除默认值，补上规则"))


def _constants(table: Table, nodes: Iterable[Node]) -> Mapping[str, object] | None:
    """The answers of a row by column; None when one has to be reckoned first."""
    cells = list(nodes)
    if not all(isinstance(node, Literal) for node in cells):
        return None
    pairs = zip(table.outputs, cells, strict=True)
    return {output.name: to_python(node.value) for output, node in pairs if isinstance(node, Literal)}


def _error(path: str, element: str, message: str, fix: str) -> BundleFinding:
    return BundleFinding(path, element, message, fix, "ERROR")
