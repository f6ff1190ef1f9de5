"""Expressions and cells ready to evaluate; the door of the room."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple, TypeVar

from app.core.feel.border import to_feel, to_python
from app.core.feel.budget import STANDARD, Budget, Meter, Run
from app.core.feel.cells import compile_tests
from app.core.feel.compiler import Compiler
from app.core.feel.errors import BudgetExceeded, Diagnostic, FeelError
from app.core.feel.free_names import free_names
from app.core.feel.nodes import Node
from app.core.feel.parser import Parser
from app.core.feel.scope import Scope
from app.core.feel.types import FeelType
from app.core.feel.values import Value

Parsed = TypeVar("Parsed")


class Evaluation(NamedTuple):
    """A value with the reasons of the nulls met on the way."""

    value: object
    diagnostics: tuple[Diagnostic, ...]


class Expression:
    """A compiled expression: immutable, shared between threads.

    :ivar names: outside names it reads, dotted (``project.amount_fen``).
    :ivar filter_names: names inside filters, which may be entries of the filtered items or outside names.
    """

    __slots__ = ("_closure", "filter_names", "names", "node", "text")

    def __init__(self, text: str, node: Node) -> None:
        self.text = text
        self.node = node
        self.names, self.filter_names = free_names((node,))
        self._closure = Compiler().compile(node, frozenset())

    def evaluate(
        self,
        context: Mapping[str, object] | None = None,
        *,
        now: datetime | None = None,
        budget: Budget = STANDARD,
    ) -> object:
        """Value as Python data (``border.to_python``); null where the language says null.

        :param now: aware moment for ``now()`` and ``today()``, told in Beijing time; without it they are null.
        :raises BudgetExceeded: it wanted more than the budget.
        """
        return to_python(self.run(Run(context or {}, now=now, meter=Meter(budget))))

    def evaluate_with_trace(
        self,
        context: Mapping[str, object] | None = None,
        *,
        now: datetime | None = None,
        budget: Budget = STANDARD,
    ) -> Evaluation:
        """As ``evaluate``, with the diagnostics."""
        run = Run(context or {}, now=now, meter=Meter(budget))
        return Evaluation(to_python(self.run(run)), tuple(run.meter.diagnostics))

    def run(self, run: Run) -> Value:
        """FEEL value inside an evaluation that is already going on."""
        try:
            result = self._closure(Scope({}, None, run))
        except RecursionError as exc:
            raise BudgetExceeded("表达式嵌套太深，请拆开") from exc
        run.spend_deep(result)
        return result

    def __reduce__(self) -> str:
        raise TypeError("compiled expressions are not pickled; keep the text and compile it again")


class UnaryTests:
    """A compiled decision table cell or allowed-values text: tests of one input value ``?``.

    :ivar names: outside names it reads besides ``?``.
    """

    __slots__ = ("_closure", "filter_names", "names", "nodes", "text")

    def __init__(self, text: str, nodes: tuple[Node, ...]) -> None:
        self.text = text
        self.nodes = nodes
        self.names, self.filter_names = free_names(nodes)
        self._closure = compile_tests(nodes)

    def matches(
        self,
        value: object,
        context: Mapping[str, object] | None = None,
        *,
        now: datetime | None = None,
        budget: Budget = STANDARD,
    ) -> bool | None:
        """Whether the value passes; None when that cannot be said (other type, missing data)."""
        return self.run(to_feel(value), Run(context or {}, now=now, meter=Meter(budget)))

    def run(self, value: Value, run: Run) -> bool | None:
        """The same for a FEEL value inside an evaluation that is already going on."""
        try:
            return self._closure(Scope({"?": value}, None, run))
        except RecursionError as exc:
            raise BudgetExceeded("单元格嵌套太深，请拆开") from exc

    def __reduce__(self) -> str:
        raise TypeError("compiled cells are not pickled; keep the text and compile it again")


def compile_expression(
    text: str, names: Iterable[str] = (), types: Mapping[str, FeelType] | None = None
) -> Expression:
    """Compile an expression.

    :param names: known names that hold operators or keywords, such as ``Pre-bureau risk``.
    :param types: named types for ``instance of`` and parameters.
    :raises FeelError: with the place in the text.
    """
    return Expression(text, _safely(Parser(text, names, types).expression_text))


def compile_unary_tests(
    text: str, names: Iterable[str] = (), types: Mapping[str, FeelType] | None = None
) -> UnaryTests:
    """Compile a cell: ``"A","B"``, ``[1..5)``, ``not(< 3)``, ``-`` or an expression about ``?``."""
    return UnaryTests(text, _safely(Parser(text, names, types).unary_tests_text))


def _safely(parse: Callable[[], Parsed]) -> Parsed:
    try:
        return parse()
    except RecursionError as exc:
        raise FeelError("表达式嵌套太深，请拆开", 1, 1) from exc
