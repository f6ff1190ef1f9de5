"""What happened in an evaluation, and how to say it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.core.feel.border import to_feel, to_python
from app.core.feel.budget import Run
from app.core.feel.errors import Diagnostic
from app.core.feel.scope import Scope
from app.core.feel.text import literal
from app.core.feel.values import Value
from app.core.i18n import Sentence
from app.workflow.engine.decisions.tables import CompiledTable

if TYPE_CHECKING:
    from app.workflow.engine.decisions.model import Model


@dataclass(frozen=True, slots=True)
class InputTrace:
    """:ivar source: the expression of the column."""

    label: str
    source: str
    value: object


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A rule that failed by one cell only. :ivar rule: from 1."""

    rule: int
    label: str
    cell: str
    value: object


@dataclass(frozen=True, slots=True)
class TableTrace:
    """One evaluation of a table.

    :ivar matched: rule numbers from 1.
    :ivar cells: texts of the input cells of those rules.
    """

    table_id: str
    name: str
    policy: str
    inputs: tuple[InputTrace, ...]
    matched: tuple[int, ...]
    near: tuple[NearMiss, ...]
    result: object
    cells: dict[int, tuple[str, ...]] = field(default_factory=dict)

    def rule_sentences(self, number: int) -> list[Sentence]:
        """Why one matched rule did: a sentence for each input it asks something of."""
        message = "“%(label)s”为 %(value)s，符合第 %(rule)s 条规则的要求 %(cell)s。"
        pairs = zip(self.inputs, self.cells.get(number, ()), strict=False)
        return [
            Sentence(message, label=one.label, value=_say(one.value), rule=number, cell=cell)
            for one, cell in pairs
            if cell not in ("", "-")
        ]

    def sentences(self) -> list[Sentence]:
        """One readable sentence per fact."""
        message = "“%(label)s”为 %(value)s"
        said = tuple(Sentence(message, label=one.label, value=_say(one.value)) for one in self.inputs)
        lines = [Sentence("决策表“%(table)s”的输入：%(inputs)s。", table=self.name, inputs=said)] if said else []
        result = _say(self.result)
        if self.matched:
            lines.append(
                Sentence("第 %(rules)s 条规则命中，结果为 %(result)s。", rules=self.matched, result=result)
            )
        else:
            lines.append(Sentence("没有规则命中，结果为 %(result)s。", result=result))
        return [*lines, *map(_say_near, self.near)]


@dataclass(frozen=True, slots=True)
class DecisionTrace:
    """An evaluation with its reasons.

    :ivar tables: tables evaluated on the way, the decision's own last.
    :ivar decisions: results of the decisions it required, by name.
    :ivar diagnostics: why parts of it were null.
    """

    decision: str
    value: object
    tables: tuple[TableTrace, ...]
    decisions: dict[str, object]
    diagnostics: tuple[Diagnostic, ...]

    def sentences(self) -> list[Sentence]:
        """The explanation for people."""
        lines = self._required()
        for table in self.tables:
            lines += table.sentences()
        lines += [Sentence("注意：%(reason)s。", reason=one.sentence) for one in self.diagnostics]
        lines.append(Sentence("所以“%(name)s”为 %(value)s。", name=self.decision, value=_say(self.value)))
        return lines

    def rule_sentences(self, number: int) -> list[Sentence]:
        """Why one rule of the decision's own table matched, decisions it required first."""
        return self._required() + self.tables[-1].rule_sentences(number) if self.tables else []

    def _required(self) -> list[Sentence]:
        message = "先得出“%(name)s”为 %(value)s。"
        return [Sentence(message, name=name, value=_say(value)) for name, value in self.decisions.items()]

    def as_dict(self) -> dict[str, object]:
        """JSON-safe form for storing beside a task; ``sentences`` are said when somebody reads it."""
        return {
            "decision": self.decision,
            "value": _plain(self.value),
            "decisions": {name: _plain(value) for name, value in self.decisions.items()},
            "tables": [_table_dict(table) for table in self.tables],
            "diagnostics": [one.placed().as_data() for one in self.diagnostics],
        }


def trace_of(model: Model, name: str, result: Value, run: Run) -> DecisionTrace:
    """The trace of a finished run."""
    tables = tuple(
        _table_trace(compiled, inputs, matched, found, run)
        for compiled, inputs, matched, found in run.meter.traces or ()
    )
    others = {one: to_python(run.values[one]) for one in model.decisions if one != name and one in run.values}
    return DecisionTrace(name, to_python(result), tables, others, tuple(run.meter.diagnostics))


def _table_trace(
    compiled: CompiledTable, inputs: list[Value], matched: list[int], result: Value, run: Run
) -> TableTrace:
    table = compiled.table
    shown = tuple(
        InputTrace(source.label, source.text, to_python(value))
        for source, value in zip(table.inputs, inputs, strict=True)
    )
    near = tuple(_near_misses(compiled, inputs, set(matched), run))
    numbers = tuple(at + 1 for at in matched)
    cells = {at + 1: table.rules[at].texts for at in matched}
    return TableTrace(table.id, table.name, table.policy, shown, numbers, near, to_python(result), cells)


def _near_misses(compiled: CompiledTable, inputs: list[Value], matched: set[int], run: Run) -> list[NearMiss]:
    """Rules that exactly one cell kept from matching."""
    failed: dict[int, list[int]] = {}
    quiet = Run(run.context, values=dict(run.values), providers=run.providers, now=run.now)
    scope = Scope({}, None, quiet)
    for at, (column, value) in enumerate(zip(compiled.columns, inputs, strict=True)):
        missing = compiled.everything & ~column.accepting(value, compiled.everything, scope)
        for rule in range(len(compiled.table.rules)):
            if missing >> rule & 1:
                failed.setdefault(rule, []).append(at)
    return [
        _near_miss(compiled, rule, columns[0], inputs)
        for rule, columns in sorted(failed.items())
        if len(columns) == 1 and rule not in matched
    ]


def _near_miss(compiled: CompiledTable, rule: int, column: int, inputs: list[Value]) -> NearMiss:
    table = compiled.table
    return NearMiss(
        rule + 1, table.inputs[column].label, table.rules[rule].texts[column] or "-", to_python(inputs[column])
    )


def _say(value: object) -> str | Sentence:
    return Sentence("空值") if value is None else literal(to_feel(value))


def _say_near(miss: NearMiss) -> Sentence:
    message = "第 %(rule)s 条规则只差一项：“%(label)s”要求 %(cell)s，实际为 %(value)s。"
    return Sentence(message, rule=miss.rule, label=miss.label, cell=miss.cell, value=_say(miss.value))


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, (bool, str)) else literal(to_feel(value)).strip('"')


def _table_dict(table: TableTrace) -> dict[str, object]:
    return {
        "table": table.name,
        "policy": table.policy,
        "inputs": [{"label": one.label, "source": one.source, "value": _plain(one.value)} for one in table.inputs],
        "matched": list(table.matched),
        "near": [
            {"rule": one.rule, "label": one.label, "cell": one.cell, "value": _plain(one.value)}
            for one in table.near
        ],
        "result": _plain(table.result),
    }
