"""The smallest change of one input that gives another result: "如果……就会……"."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any
from weakref import WeakKeyDictionary

from app.core.feel import FeelError
from app.core.feel.border import to_feel, to_python
from app.core.feel.operators import equals
from app.core.feel.temporal import Date
from app.core.feel.text import literal
from app.core.feel.values import Value
from app.core.i18n import Sentence
from app.workflow.engine.decisions.atoms import WHOLE_NUMBERS, atoms_of
from app.workflow.engine.decisions.decisions import Decision
from app.workflow.engine.decisions.errors import RulesConflict
from app.workflow.engine.decisions.intervals import simplify
from app.workflow.engine.decisions.tables import Input, Table

_MOST_TRIES = 200  # evaluations for one answer


@dataclass(frozen=True, slots=True)
class NearestChange:
    """:ivar distance: 0 no change … numbers by their relative change, dates by years, anything else counts 1."""

    label: str
    path: tuple[str, ...]
    before: object
    after: object
    result: object
    distance: float

    def sentence(self) -> Sentence:
        """For the people who ask why."""
        message = "如果“%(label)s”由 %(before)s 改为 %(after)s，结果就会是 %(result)s。"
        return Sentence(message, label=self.label, **self._ends(), result=literal(to_feel(self.result)))

    def way_out(self) -> Sentence:
        """For the people who ask what to correct: with the change, this result does not come."""
        message = "如果“%(label)s”由 %(before)s 改为 %(after)s，就不会有这一条。"
        return Sentence(message, label=self.label, **self._ends())

    def _ends(self) -> dict[str, str]:
        return {"before": literal(to_feel(self.before)), "after": literal(to_feel(self.after))}


def nearest_change(
    decision: Decision,
    context: Mapping[str, Any],
    *,
    now: datetime | None = None,
    is_other: Callable[[object], bool] | None = None,
) -> NearestChange | None:
    """The nearest other result over those inputs of the decision's table that are plain names, or None.

    :param context: may load lazily; only what the table reads is looked at.
    :param is_other: which results are looked for; without it any but the present one.
    """
    table = decision.table
    if table is None:
        return None
    wanted = is_other or _differs_from(decision.evaluate(context, now=now))
    tried = islice(_changes(decision, table, context, now), _MOST_TRIES)
    return next((change for change in tried if wanted(change.result)), None)


def _differs_from(current: object) -> Callable[[object], bool]:
    value = to_feel(current)
    return lambda result: result != current and equals(to_feel(result), value) is not True


def _changes(
    decision: Decision, table: Table, context: Mapping[str, Any], now: datetime | None
) -> Iterator[NearestChange]:
    """Every change of one input to another stretch of its column, with what would come out, the nearest first."""
    tries = _tries(decision, table, context)
    for distance, source, path, before, value in sorted(tries, key=lambda one: one[0]):
        after = to_python(value)
        try:
            result = decision.evaluate(_put(context, path, after), now=now)
        except (RulesConflict, FeelError):
            continue
        yield NearestChange(source.label, path, before, after, result, distance)


def _tries(
    decision: Decision, table: Table, context: Mapping[str, Any]
) -> Iterator[tuple[float, Input, tuple[str, ...], object, Value]]:
    for source, values in zip(table.inputs, _values_of(decision, table), strict=True):
        path = tuple(source.text.split("."))
        before = _get(context, path)
        if before is _ABSENT:
            continue
        was = to_feel(before)
        for value in _candidates(source, values, was):
            yield _distance(was, value), source, path, before, value


_VALUES: WeakKeyDictionary[Decision, list[list[Value]]] = WeakKeyDictionary()


def _values_of(decision: Decision, table: Table) -> list[list[Value]]:
    """For each column one value of every atom; worked out once for a decision."""
    found = _VALUES.get(decision)
    if found is None:
        columns = [[simplify(rule.cells[at]) for rule in table.rules] for at in range(len(table.inputs))]
        pairs = zip(table.inputs, columns, strict=True)
        found = _VALUES[decision] = [[atom.value for atom in atoms_of(source, cells)] for source, cells in pairs]
    return found


def _candidates(source: Input, of_atoms: list[Value], before: Value) -> list[Value]:
    """Values to try: one of every atom, and the values just beside the column's constants."""
    values = [value for value in of_atoms if type(value) is type(before)]
    if before is None:
        values = list(of_atoms)
    if type(before) is Decimal:
        unit = Decimal(1) if source.text.endswith(WHOLE_NUMBERS) or before == before.to_integral_value() else None
        step = unit or Decimal("0.01")
        values += [value + sign * step for value in list(values) for sign in (1, -1)]
    return [value for value in values if value != before]


def _distance(before: Value, after: Value) -> float:
    if isinstance(before, Decimal) and isinstance(after, Decimal):
        return float(abs(after - before) / max(abs(before), Decimal(1)))
    if isinstance(before, Date) and isinstance(after, Date):
        return abs(after.ordinal - before.ordinal) / 365
    return 1.0


_ABSENT = object()


def _get(context: Mapping[str, Any], path: tuple[str, ...]) -> object:
    value: Any = context
    for step in path:
        if not isinstance(value, Mapping) or step not in value:
            return _ABSENT
        value = value[step]
    return value


def _put(context: Mapping[str, Any], path: tuple[str, ...], value: object) -> Mapping[str, Any]:
    """The data with one place changed; nothing is copied, so what loads lazily stays lazy."""
    step, rest = path[0], path[1:]
    return ChainMap({step: _put(context[step], rest, value) if rest else value}, context)  # type: ignore[arg-type]
