# mypy: disable-error-code="no-untyped-call"
"""Why automatic nodes came out as they did: kept by the run until its caller stores them.

Sentences are kept as source and figures, so that each reader has them in the own language.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from app.core.feel import Expression, FeelError
from app.core.feel.border import to_feel
from app.core.feel.text import brief
from app.core.i18n import Sentence
from app.workflow.engine.protocol import Reason
from app.workflow.engine.specs.base import shown_id, shown_name

if TYPE_CHECKING:
    from app.workflow.engine.countersign import Result, Rule, Tally
    from app.workflow.engine.data import Data
    from app.workflow.engine.decisions import DecisionTrace, NearestChange
    from app.workflow.engine.library import Task

Kind = Literal["DECISION", "GATEWAY", "COUNTERSIGN"]
_MOST_VALUES = 8
_MOST_FACTS = 40


@dataclass(frozen=True, slots=True)
class Weighed:
    """A condition that was looked at. :ivar target: where its flow leads, in words."""

    text: str
    target: str
    holds: bool
    values: tuple[tuple[str, str | None], ...]

    def sentence(self) -> Sentence:
        """With the values it read."""
        seen = tuple(
            Sentence("%(name)s 为 %(value)s", name=name, value=Sentence("空值") if value is None else value)
            for name, value in self.values
        )
        if self.holds and seen:
            message = "条件“%(condition)s”成立，走向“%(target)s”（%(seen)s）。"
            return Sentence(message, condition=self.text, target=self.target, seen=seen)
        if self.holds:
            return Sentence("条件“%(condition)s”成立，走向“%(target)s”。", condition=self.text, target=self.target)
        if seen:
            return Sentence("条件“%(condition)s”不成立（%(seen)s）。", condition=self.text, seen=seen)
        return Sentence("条件“%(condition)s”不成立。", condition=self.text)

    def as_dict(self) -> dict[str, object]:
        """JSON-safe."""
        return {"condition": self.text, "target": self.target, "holds": self.holds, "values": dict(self.values)}


def keep_decision(task: Task, trace: DecisionTrace, change: NearestChange | None, read: Mapping[str, Any]) -> None:
    """A business rule task was decided.

    :param change: the smallest one that would have changed the result.
    :param read: what the decision saw of process data and datasets, by dotted name.
    """
    facts = trace.sentences()
    if change is not None:
        facts.append(change.sentence())
    plain = trace.as_dict()
    _keep(task, "DECISION", facts, {**plain, "read": dict(read)})


def keep_choice(task: Task, weighed: list[Weighed], default: str) -> None:
    """A gateway chose. :param default: where the default flow leads when it was taken, else empty."""
    facts = [one.sentence() for one in weighed]
    if default:
        facts.append(
            Sentence(
                "条件都不成立，走默认流向“%(target)s”。" if facts else "走默认流向“%(target)s”。", target=default
            )
        )
    _keep(task, "GATEWAY", facts, {"conditions": [one.as_dict() for one in weighed], "default": default})


def keep_round(task: Task, rule: Rule, result: Result, counted: Tally) -> None:
    """A countersigned node is over. Its sentences are the caller's, who knows the signers' names."""
    trace = {
        "way": rule.way.value,
        "result": result.value,
        "count": rule.count,
        "ratio": rule.ratio_in_words(),
        "base": rule.base.value,
        "tally": counted.as_data(),
    }
    _keep(task, "COUNTERSIGN", [], trace)


def _keep(task: Task, kind: Kind, facts: list[Sentence], trace: dict[str, Any]) -> None:
    spec = task.task_spec
    reason = Reason(
        kind=kind,
        node_id=shown_id(spec),
        name=shown_name(spec),
        process_id=task.workflow.spec.name,
        facts=tuple(facts if len(facts) <= _MOST_FACTS else [*facts[: _MOST_FACTS - 1], facts[-1]]),
        trace=trace,
    )
    task.workflow.top_workflow.reasons.append(reason)


def values_read(expression: Expression, context: Data) -> tuple[tuple[str, str | None], ...]:
    """The names an expression reads with their values, in short."""
    return tuple(_values(expression, context))


def _values(expression: Expression, context: Data) -> Iterator[tuple[str, str | None]]:
    for name in sorted(expression.names)[:_MOST_VALUES]:
        value: Any = context
        for step in name.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
        try:
            yield name, None if value is None else brief(to_feel(value))
        except FeelError:
            continue  # not plain data: the condition could not use it either


def scalars_read(names: Iterable[str], context: Mapping[str, Any]) -> dict[str, Any]:
    """The single values behind dotted names, JSON-safe; lists, contexts and what is not there are left out."""
    found: dict[str, Any] = {}
    for name in sorted(names):
        value: Any = context
        for step in name.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
        if isinstance(value, (bool, int, str)):
            found[name] = value
        elif isinstance(value, (Decimal, date)):
            found[name] = str(value)
    return found


def title_of(spec: Any) -> str:
    """What a node is called; of one without a name, what comes after it."""
    for _ in range(3):
        if getattr(spec, "bpmn_name", None):
            return str(spec.bpmn_name)
        following = spec.outputs
        if not following:
            break
        spec = following[0]
    return str(getattr(spec, "bpmn_name", None) or getattr(spec, "bpmn_id", None) or spec.name)
