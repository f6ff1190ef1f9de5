"""What is wrong with a decision table before anybody uses it.

Overlaps, gaps, rules that can never decide, mixed-up types, unknown names; each with an input that shows it.
Cells that are more than comparisons with constants are never accused: a finding is a fact, silence is no proof.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal as Choice

from app.core.feel.border import to_python
from app.core.feel.builtins import find_builtin
from app.core.feel.nodes import Literal
from app.core.feel.operators import equals
from app.core.feel.text import literal
from app.core.feel.types import conforms
from app.core.feel.values import Value
from app.core.i18n import _, listed
from app.workflow.engine.decisions.atoms import Atom, atoms_of
from app.workflow.engine.decisions.decisions import Decision, Decisions
from app.workflow.engine.decisions.hit_policies import LISTS, position
from app.workflow.engine.decisions.intervals import Simple, simplify
from app.workflow.engine.decisions.tables import Table, priorities_of

Kind = Choice["overlap", "gap", "unreachable", "subsumed", "never", "type", "unknown_name"]
_MOST_STATES = 100_000
_MOST_OVERLAPS = 20


@dataclass(frozen=True, slots=True)
class TableFinding:
    """One defect.

    :ivar rules: rule numbers from 1.
    :ivar severity: BLOCK refuses the upload, WARN is shown.
    :ivar example: an input that shows the defect, by column label; empty when none is needed.
    """

    kind: Kind
    severity: Choice["BLOCK", "WARN"]
    table_id: str
    element_id: str | None
    rules: tuple[int, ...]
    message: str
    example: dict[str, object]


def analyse(decisions: Decisions, known: Iterable[str] | None = None) -> list[TableFinding]:
    """Findings of all tables of a file, tables in the order of the file.

    :param known: outside names that exist (dotted or their roots); without them names are not checked.
    """
    findings = [one for table in decisions.model.tables.values() for one in analyse_table(table)]
    if known is not None:
        names = frozenset(known) | decisions.model.inputs.keys()
        findings += [one for decision in decisions for one in _unknown_names(decision, names)]
    return findings


def analyse_table(table: Table) -> list[TableFinding]:
    """Findings of one table."""
    typed = [*_type_mismatches(table), *_bad_outputs(table)]
    if not table.rules or not table.inputs:
        return typed
    grid = _Grid(table)
    return [*typed, *grid.never(), *grid.overlaps(), *grid.unreachable(), *grid.subsumed(), *grid.gaps()]


class _Grid:
    """A table as atoms of its columns and bits of its rules."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.simple: list[list[Simple | None]] = [
            [simplify(rule.cells[at]) for rule in table.rules] for at in range(len(table.inputs))
        ]
        self.columns: list[list[Atom]] = [
            _merge(atoms_of(source, cells)) for source, cells in zip(table.inputs, self.simple, strict=True)
        ]
        self.certain = self._certain()

    def _certain(self) -> int:
        """Rules all of whose cells are comparisons with constants."""
        rules = range(len(self.table.rules))
        return sum(1 << at for at in rules if all(cells[at] is not None for cells in self.simple))

    def never(self) -> list[TableFinding]:
        """Rules with a cell no value passes."""
        found = []
        for at in range(len(self.table.rules)):
            for column, source in zip(self.columns, self.table.inputs, strict=True):
                if not any(atom.may_accept >> at & 1 for atom in column):
                    message = _(
                        "第 %(rule)s 条规则的“%(name)s”没有任何值能满足，请改正", rule=at + 1, name=source.label
                    )
                    found.append(self._finding("never", "WARN", (at,), message, []))
                    break
        return found

    def overlaps(self) -> list[TableFinding]:
        """Pairs of rules that match the same input where the hit policy does not want it."""
        if self.table.policy not in ("UNIQUE", "ANY"):
            return []
        found: list[TableFinding] = []
        for first in range(len(self.table.rules)):
            for second in range(first + 1, len(self.table.rules)):
                if len(found) < _MOST_OVERLAPS and self._contradict(first, second):
                    values = self._common(first, second)
                    if values is not None:
                        message = _(
                            "第 %(first)s 条和第 %(second)s 条规则会同时命中", first=first + 1, second=second + 1
                        )
                        found.append(self._finding("overlap", "BLOCK", (first, second), message, values))
        return found

    def _contradict(self, first: int, second: int) -> bool:
        pair = 1 << first | 1 << second
        if self.certain & pair != pair:
            return False
        if self.table.policy == "UNIQUE":
            return True
        return _results(self.table, first) != _results(self.table, second)

    def _common(self, first: int, second: int) -> list[Value] | None:
        """An input both rules accept."""
        pair = 1 << first | 1 << second
        values = []
        for column in self.columns:
            atom = next((atom for atom in column if atom.accepts & pair == pair), None)
            if atom is None:
                return None
            values.append(atom.value)
        return values

    def unreachable(self) -> list[TableFinding]:
        """Rules whose every input an earlier rule takes (FIRST)."""
        if self.table.policy != "FIRST":
            return []
        found = []
        for at in range(1, len(self.table.rules)):
            earlier = self.certain & ((1 << at) - 1)
            domain = [[atom for atom in column if atom.may_accept >> at & 1] for column in self.columns]
            if all(domain) and _uncovered(domain, earlier, certain=True) is None:
                values = [column[0].value for column in domain]
                winner = self._winner(domain, earlier)
                message = _(
                    "第 %(rule)s 条规则永远轮不到：前面的规则（如第 %(first)s 条）已经全部命中",
                    rule=at + 1,
                    first=winner + 1,
                )
                found.append(self._finding("unreachable", "WARN", (winner, at), message, values))
        return found

    def _winner(self, domain: list[list[Atom]], earlier: int) -> int:
        bits = earlier
        for column in domain:
            bits &= column[0].accepts
        return (bits & -bits).bit_length() - 1

    def subsumed(self) -> list[TableFinding]:
        """Rules that never make a difference: another one matches whenever they do, and its answer is taken."""
        if self.table.policy not in ("ANY", "PRIORITY"):
            return []
        found = []
        count = len(self.table.rules)
        for at in range(count):
            domain = [[atom for atom in column if atom.may_accept >> at & 1] for column in self.columns]
            others = (one for one in range(count) if one != at and self._takes_over(one, at))
            other = next((one for one in others if all(_all_accept(atoms, one) for atoms in domain)), None)
            if all(domain) and other is not None:
                message = _(
                    "第 %(rule)s 条规则是多余的：它命中时第 %(other)s 条也命中，并且以第 %(other)s 条为准",
                    rule=at + 1,
                    other=other + 1,
                )
                values = [column[0].value for column in domain]
                found.append(self._finding("subsumed", "WARN", (other, at), message, values))
        return found

    def _takes_over(self, winner: int, loser: int) -> bool:
        """Whether the winner's answer is taken when both match."""
        if not self.certain >> winner & 1:
            return False
        results = [_results(self.table, at) for at in (winner, loser)]
        if None in results[0] or None in results[1]:
            return False
        if self.table.policy == "ANY":
            return results[0] == results[1] and (winner < loser or not self._are_alike(winner, loser))
        return (_ranks(self.table, winner), winner) < (_ranks(self.table, loser), loser)

    def _are_alike(self, first: int, second: int) -> bool:
        """Whether both rules accept the same inputs: then only the later one is told."""
        pair = 1 << first | 1 << second
        return all(atom.may_accept & pair in (0, pair) for column in self.columns for atom in column)

    def gaps(self) -> list[TableFinding]:
        """An input no rule answers, unless there is a default or the answer is a list."""
        if self.table.policy in LISTS or any(output.default is not None for output in self.table.outputs):
            return []
        values = _uncovered(self.columns, (1 << len(self.table.rules)) - 1, certain=False)
        return [] if not values else [self._finding("gap", "WARN", (), _("有的输入没有规则命中"), values)]

    def _finding(
        self,
        kind: Kind,
        severity: Choice["BLOCK", "WARN"],
        rules: tuple[int, ...],
        message: str,
        values: list[Value],
    ) -> TableFinding:
        table = self.table
        pairs = zip(table.inputs, values, strict=False)
        shown = {source.label: value for source, value in pairs}
        if shown:
            example = listed(f"{label} = {literal(value)}" for label, value in shown.items())
            message = _("%(message)s，例如：%(example)s", message=message, example=example)
        element = table.rules[rules[-1]].id if rules else table.id
        numbers = tuple(at + 1 for at in rules)
        return TableFinding(
            kind,
            severity,
            table.id,
            element,
            numbers,
            _of_table(table, message),
            {label: to_python(value) for label, value in shown.items()},
        )


def _merge(atoms: list[Atom]) -> list[Atom]:
    """One atom for each set of rules; the first stands for its likes."""
    merged: dict[tuple[int, int], Atom] = {}
    for atom in atoms:
        merged.setdefault((atom.accepts, atom.may_accept), atom)
    return list(merged.values())


def _uncovered(columns: list[list[Atom]], rules: int, *, certain: bool) -> list[Value] | None:
    """An input, one value per column, that none of the rules accepts; None when there is none.

    :param certain: count only rules that accept for certain; else a rule that may accept counts too.
    An empty list says that the table is too big to tell.
    """
    everywhere = _accepted_from(columns, certain=certain)
    covered: set[tuple[int, int]] = set()
    stack: list[tuple[int, int, tuple[Value, ...]]] = [(0, rules, ())]
    while stack:
        at, live, values = stack.pop()
        if not live:
            return [*values, *(column[0].value for column in columns[at:])]
        if live & everywhere[at] or (at, live) in covered:
            continue  # a live rule takes whatever comes, or this was looked at before
        covered.add((at, live))
        if len(covered) > _MOST_STATES:
            return []
        stack += [
            (at + 1, live & (atom.accepts if certain else atom.may_accept), (*values, atom.value))
            for atom in columns[at]
        ]
    return None


def _accepted_from(columns: list[list[Atom]], *, certain: bool) -> list[int]:
    """For each column, the rules that accept every value of it and of all columns after it."""
    accepted = [-1]
    for column in reversed(columns):
        bits = accepted[0]
        for atom in column:
            bits &= atom.accepts if certain else atom.may_accept
        accepted.insert(0, bits)
    return accepted


def _results(table: Table, at: int) -> list[object]:
    """The constant outputs of a rule; its index where one is not constant, so that nothing equals it."""
    return [literal(node.value) if isinstance(node, Literal) else None for node in table.rules[at].outputs]


def _ranks(table: Table, at: int) -> list[int]:
    """How important the constant outputs of a rule are, the smaller the more."""
    nodes = table.rules[at].outputs
    ordered = [priorities_of(output) or [] for output in table.outputs]
    return [
        position(node.value if isinstance(node, Literal) else None, values)
        for node, values in zip(nodes, ordered, strict=True)
    ]


def _all_accept(atoms: list[Atom], rule: int) -> bool:
    return all(atom.accepts >> rule & 1 for atom in atoms)


def _type_mismatches(table: Table) -> list[TableFinding]:
    """Cells whose constants are of another type than their column."""
    found = []
    for at, source in enumerate(table.inputs):
        for number, rule in enumerate(table.rules, 1):
            simple = simplify(rule.cells[at])
            wrong = [one for one in _constants(simple) if not conforms(one, source.type, any_value=True)]
            if wrong:
                message = _(
                    "第 %(rule)s 条规则的“%(name)s”写了 %(value)s，但这一列是 %(type)s 类型",
                    rule=number,
                    name=source.label,
                    value=literal(wrong[0]),
                    type=source.type,
                )
                found.append(_type_finding(table, rule.id, number, message))
    return found


def _constants(simple: Simple | None) -> list[Value]:
    intervals = [one for kind in (simple.kinds if simple else {}).values() for one in kind]
    return [end for one in intervals for end in (one.low, one.high) if end is not None]


def _bad_outputs(table: Table) -> list[TableFinding]:
    """Constant results of another type than their column, or not among its output values."""
    found = []
    for at, output in enumerate(table.outputs):
        for number, rule in enumerate(table.rules, 1):
            node = rule.outputs[at]
            if not isinstance(node, Literal) or node.value is None:
                continue
            name = output.name or _("结果")
            if not conforms(node.value, output.type):
                message = _(
                    "第 %(rule)s 条规则的输出“%(name)s”写了 %(value)s，但这一列是 %(type)s 类型",
                    rule=number,
                    name=name,
                    value=literal(node.value),
                    type=output.type,
                )
                found.append(_type_finding(table, rule.id, number, message))
            elif output.values is not None and not _among(node.value, simplify(output.values)):
                message = _(
                    "第 %(rule)s 条规则的输出“%(name)s”的值 %(value)s 不在允许的输出值里",
                    rule=number,
                    name=name,
                    value=literal(node.value),
                )
                found.append(_type_finding(table, rule.id, number, message))
    return found


def _among(value: Value, allowed: Simple | None) -> bool:
    if allowed is None:
        return True
    return allowed.other or any(equals(value, end) is True for end in _constants(allowed))


def _type_finding(table: Table, element: str | None, number: int, message: str) -> TableFinding:
    return TableFinding("type", "BLOCK", table.id, element, (number,), _of_table(table, message), {})


def _of_table(table: Table, message: str) -> str:
    return _("决策表“%(table)s”：%(message)s", table=table.name, message=message)


def _unknown_names(decision: Decision, known: frozenset[str]) -> list[TableFinding]:
    found = []
    for name in sorted(decision.names):
        parts = name.split(".")
        if find_builtin(name) is None and not any(
            ".".join(parts[:length]) in known for length in range(1, len(parts) + 1)
        ):
            message = _(
                "决策“%(decision)s”用到了不存在的数据“%(name)s”，请检查拼写", decision=decision.name, name=name
            )
            found.append(TableFinding("unknown_name", "BLOCK", decision.id, decision.id, (), message, {}))
    return found
