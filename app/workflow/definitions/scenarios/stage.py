"""Where scenarios are played: the processes of a folder, with decisions that remember what they said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.workflow.checks import CheckTable
from app.workflow.definitions.bundle import Bundle
from app.workflow.definitions.compiled import compile_bundle
from app.workflow.definitions.errors import BundleRefused
from app.workflow.engine import ProcessModel, parse_processes
from app.workflow.engine.decisions import Decision, DecisionTrace, UnknownDecision
from app.workflow.forms import Form

Rule = tuple[str, int]
"""Table and number of a rule, from 1."""


@dataclass(slots=True)
class Memory:
    """What decisions have answered since it was cleared, and every rule that ever matched."""

    answers: list[tuple[str, Mapping[str, object]]] = field(default_factory=list)
    rules: set[Rule] = field(default_factory=set)


class Remembering:
    """A decision that does what the real one does and notes the matched rules. Stands in for ``Decision``."""

    def __init__(self, decision: Decision, memory: Memory) -> None:
        self._decision, self._memory = decision, memory
        self.id, self.names, self.output_names = decision.id, decision.names, decision.output_names

    def decision(self, decision_id: str) -> Remembering:
        """As a file of one decision. :raises UnknownDecision: another was asked for."""
        if decision_id != self.id:
            raise UnknownDecision(name=decision_id, known=self.id)
        return self

    @property
    def table(self) -> Any:
        """As the real one's."""
        return self._decision.table

    def evaluate(self, context: Mapping[str, object], **options: Any) -> object:
        """As the real one, unnoticed: looking for the nearest change tries many inputs nobody has given."""
        return self._decision.evaluate(context, **options)

    def evaluate_with_trace(self, context: Mapping[str, object], **options: Any) -> DecisionTrace:
        """As the real one, noted."""
        trace = self._decision.evaluate_with_trace(context, **options)
        self._memory.answers.append((self.id, self._named(trace.value)))
        if trace.tables:
            self._memory.rules |= {(self.id, number) for number in trace.tables[-1].matched}
        return trace

    def _named(self, value: object) -> Mapping[str, object]:
        """By output name; ``result`` for logic without outputs and for lists of rows."""
        if isinstance(value, dict):
            return value
        return {self.output_names[0] if len(self.output_names) == 1 else "result": value}


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything a scenario needs of the files.

    :ivar rules: number of rules by decision id or check name.
    """

    bundle: Bundle
    processes: Mapping[str, ProcessModel]
    forms: Mapping[str, Form]
    checks: Mapping[str, CheckTable]
    rules: Mapping[str, int]
    memory: Memory


def make_stage(bundle: Bundle) -> Stage:
    """:raises BundleRefused: the files hold something that cannot run."""
    made = compile_bundle(bundle)
    errors = [finding.as_finding() for finding in made.findings if finding.severity == "ERROR"]
    if errors:
        raise BundleRefused(errors)
    memory = Memory()
    remembering: Any = {name: Remembering(decision, memory) for name, decision in made.decisions.items()}
    return Stage(
        bundle=bundle,
        processes=parse_processes(bundle.processes, remembering),
        forms=made.forms,
        checks=made.checks,
        rules=dict(_rules([*made.decisions.items(), *((n, check.decision) for n, check in made.checks.items())])),
        memory=memory,
    )


def _rules(decisions: list[tuple[str, Decision]]) -> Iterator[tuple[str, int]]:
    for name, decision in decisions:
        if decision.table is not None:
            yield name, len(decision.table.rules)
