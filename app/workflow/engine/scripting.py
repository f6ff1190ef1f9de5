# mypy: disable-error-code="no-untyped-call,attr-defined"
"""FEEL for everything a diagram says: conditions, parameters, timers, lists, script contexts.

Expressions are compiled once per release and shared; a ``FeelEngine`` belongs to one run and knows its services.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine

from app.core.feel import Duration, Expression, Months, compile_expression
from app.core.i18n import Sentence
from app.workflow.engine.data import Data
from app.workflow.engine.errors import UnknownValue

if TYPE_CHECKING:
    from app.workflow.engine.library import Task
    from app.workflow.engine.protocol import Services

_PLAIN = (str, bool, int, float, type(None), date, time)


class Expressions:
    """The compiled expressions of a process model, by their text. Filled while parsing, then only read."""

    def __init__(self) -> None:
        self._compiled: dict[str, Expression] = {}

    def add(self, text: str) -> Expression:
        """Compile once. :raises FeelError: with the place in the text."""
        if text not in self._compiled:
            self._compiled[text] = compile_expression(text)
        return self._compiled[text]

    def __getitem__(self, text: str) -> Expression:
        return self._compiled[text]

    def __len__(self) -> int:
        return len(self._compiled)


def plain(value: Any, where: str = "") -> Any:
    """A FEEL result as process data: whole numbers become ``int``, durations their ISO text.

    :raises UnknownValue: ranges and functions are no data.
    """
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else value
    if isinstance(value, (Duration, Months)):
        return str(value)
    if isinstance(value, _PLAIN):
        return value
    if type(value) is list:
        return [plain(item, where) for item in value]
    if type(value) is dict:
        return {key: plain(item, f"{where}.{key}" if where else key) for key, item in value.items()}
    raise UnknownValue(where=where, kind=type(value).__name__)


class FeelEngine(PythonScriptEngine):
    """The library's script engine, replaced: it evaluates FEEL and nothing else ever runs."""

    def __init__(self, expressions: Expressions, services: Services) -> None:
        super().__init__(environment=object())
        self.expressions = expressions
        self.services = services
        self._facts: dict[tuple[str, int], tuple[Mapping[str, Any], Any]] = {}

    def forget_facts(self) -> None:
        """Read datasets again: something was done since."""
        self._facts.clear()

    def evaluate(self, task: Task, expression: str, external_context: Any = None) -> Any:  # noqa: ARG002
        """Value of an expression over the task's data; called by the library and by our nodes."""
        return self.value(expression, task.data)

    def value(self, expression: str, data: Data) -> Any:
        """Value as process data; names not in ``data`` are asked from the datasets."""
        compiled = self.expressions[expression]
        return self.of(compiled, self.context(compiled.names | compiled.filter_names, data))

    def of(self, compiled: Expression, context: Data) -> Any:
        """Value of a compiled expression that sees this, as process data."""
        return plain(compiled.evaluate(context, now=self.services.now()), compiled.text)

    def context(self, names: frozenset[str], data: Mapping[str, Any]) -> Data:
        """What an expression reading these (dotted) names may see."""
        seen: Data = {}
        for name in {dotted.split(".", 1)[0] for dotted in names}:
            if name in data:
                seen[name] = data[name]
            elif (facts := self._facts_of(name, data)) is not None:
                seen[name] = facts
        return seen

    def _facts_of(self, name: str, data: Mapping[str, Any]) -> Any:
        key = (name, id(data))
        if key not in self._facts:
            self._facts[key] = (
                data,
                self.services.dataset(name, data),
            )  # keeps data alive, so its id stays its own
        return self._facts[key][1]

    def truth(self, expression: str, data: Data) -> bool:
        """A condition holds only when it is ``true``; null and anything else do not."""
        return self.value(expression, data) is True

    def execute(self, task: Task, script: str, external_context: Any = None) -> bool:  # noqa: ARG002
        """A script is a FEEL context; each entry becomes process data."""
        result = self.value(script, task.data)
        if not isinstance(result, dict):
            raise TypeError(Sentence("脚本的结果不是上下文，请写成 { 名称: 表达式 } 的形式"))
        task.data.update(result)
        return True

    def call_service(self, task: Task, **kwargs: Any) -> Any:
        """Never used: service tasks are our own nodes."""
        raise NotImplementedError
