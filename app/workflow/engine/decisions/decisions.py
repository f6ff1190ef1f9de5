"""The door: compile a DMN file, evaluate its decisions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from app.core.errors import Finding
from app.core.feel import Budget
from app.core.feel.border import to_python
from app.core.feel.budget import STANDARD, Meter, Run
from app.core.feel.errors import BudgetExceeded
from app.core.feel.values import Value
from app.workflow.engine.decisions.errors import DmnError, UnknownDecision
from app.workflow.engine.decisions.fast import MISS, fast_path
from app.workflow.engine.decisions.model import Logic, Model, read_model
from app.workflow.engine.decisions.source import read_definitions
from app.workflow.engine.decisions.tables import Table
from app.workflow.engine.decisions.traces import DecisionTrace, trace_of


class Decision:
    """One decision, ready to evaluate; immutable, shared between threads.

    :ivar names: outside names it and the decisions it requires read, dotted.
    :ivar output_names: output columns of its table; empty for other logic and for a table with one unnamed output.
    :ivar hit_policy: of its table, else None.
    :ivar table: its decision table as written, else None.
    """

    __slots__ = (
        "__weakref__",
        "_fast",
        "_logic",
        "_model",
        "hit_policy",
        "id",
        "name",
        "names",
        "output_names",
        "table",
    )

    def __init__(self, model: Model, logic: Logic) -> None:
        self.id = logic.id
        self.name = logic.name
        self.table: Table | None = logic.table
        self.names = _all_names(model, logic.name, set())
        self.hit_policy = self.table.policy if self.table else None
        self.output_names = tuple(one.name for one in self.table.outputs if one.name) if self.table else ()
        self._model = model
        self._logic = logic
        self._fast = fast_path(model, logic)

    def evaluate(
        self, context: Mapping[str, object], *, now: datetime | None = None, budget: Budget = STANDARD
    ) -> object:
        """The result as Python data: a dict for several outputs, a list for the list policies.

        :raises RulesConflict: the rules contradict the hit policy.
        :raises BudgetExceeded: it wanted more than the budget.
        """
        if self._fast is not None:
            result = self._fast(context)
            if result is not MISS:
                return result
        return to_python(self._run(self._new_run(context, now, budget)))

    def evaluate_with_trace(
        self, context: Mapping[str, object], *, now: datetime | None = None, budget: Budget = STANDARD
    ) -> DecisionTrace:
        """The result with inputs, matched and nearly matched rules, decisions on the way and diagnostics."""
        run = self._new_run(context, now, budget)
        run.meter.traces = []
        result = self._run(run)
        return trace_of(self._model, self.name, result, run)

    def _new_run(self, context: Mapping[str, object], now: datetime | None, budget: Budget) -> Run:
        return Run(context, providers=self._model.providers, now=now, meter=Meter(budget))

    def _run(self, run: Run) -> Value:
        try:
            result = run.read(self.name)
        except RecursionError as exc:
            raise BudgetExceeded("决策嵌套太深，请拆开") from exc
        run.spend_deep(result)
        return result

    def __reduce__(self) -> str:
        raise TypeError("compiled decisions are not pickled; keep the file and compile it again")


class Decisions:
    """All decisions of a file, compiled once.

    :ivar model: the compiled file, for analysis and as an import of other files.
    :ivar findings: what is wrong with a file that was compiled all the same; such expressions are null.
    """

    __slots__ = ("_by_name", "findings", "model")

    def __init__(self, model: Model, findings: tuple[Finding, ...] = ()) -> None:
        self.model = model
        self.findings = findings
        made = [Decision(model, logic) for logic in model.decisions.values()]
        self._by_name = {one.name: one for one in made} | {one.id: one for one in made}

    def decision(self, name: str) -> Decision:
        """By id or name; raises UnknownDecision."""
        found = self._by_name.get(name)
        if found is None:
            known = "、".join(sorted({one.id for one in self._by_name.values()}))
            raise UnknownDecision(name=name, known=known)
        return found

    def __iter__(self) -> Iterator[Decision]:
        return iter({one.id: one for one in self._by_name.values()}.values())

    def serve(
        self,
        service: str,
        context: Mapping[str, object],
        *,
        now: datetime | None = None,
        budget: Budget = STANDARD,
    ) -> object:
        """Result of a decision service from its inputs; inputs that are not given are null."""
        found = next((one for one in self.model.services.values() if service in (one.id, one.name)), None)
        if found is None:
            raise UnknownDecision(name=service, known="、".join(self.model.services))
        run = Run(context, providers={}, now=now, meter=Meter(budget))
        given = {name: run.read(name) for name, _ in found.parameters if name in context}
        return to_python(found.answer(self.model, given, run))

    def __reduce__(self) -> str:
        raise TypeError("compiled decisions are not pickled; keep the file and compile it again")


def _all_names(model: Model, name: str, seen: set[str]) -> frozenset[str]:
    """Outside names of a decision and of all it requires."""
    if name in seen:
        return frozenset()
    seen.add(name)
    logic = model.decisions[name]
    return logic.outside.union(*(_all_names(model, required, seen) for required in logic.requires))


def compile_dmn(data: bytes, imports: Mapping[str, Decisions] | None = None, *, strict: bool = True) -> Decisions:
    """Compile a DMN 1.1–1.5 file.

    :param imports: compiled files that it may import, under any key; they are found by their namespace.
    :param strict: False keeps going with null for what is wrong, for a draft in the studio; see ``findings``.
    :raises DmnError: with findings on the ids of the elements to correct.
    """
    findings: list[Finding] = []
    known = {one.model.namespace: one.model for one in (imports or {}).values()}
    model = read_model(read_definitions(data), known, findings)
    if findings and strict:
        raise DmnError(findings)
    return Decisions(model, tuple(findings))
