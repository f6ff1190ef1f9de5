"""What one evaluation may use up, and the state it keeps while it runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from app.core.feel.border import HOME_ZONE, from_datetime, to_feel
from app.core.feel.errors import BudgetExceeded, Diagnostic
from app.core.feel.nodes import NOWHERE, Place
from app.core.feel.values import Value
from app.core.i18n import Sentence

if TYPE_CHECKING:
    from app.core.feel.temporal import DateTime

Provider: TypeAlias = "Callable[[Run], Value]"
NO_PROVIDERS: Mapping[str, Provider] = MappingProxyType({})
_Anything = TypeVar("_Anything")  # ``note`` stands in for a value of any type: it gives None
_MISSING = object()
_MOST_DIAGNOSTICS = 50
_STEPS_BETWEEN_LOOKS = 512


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits of one evaluation.

    :param steps: loop rounds, calls, list items and characters (64 to a step) that may be handled.
    :param depth: calls of user functions inside each other.
    :param list_size: items of one list.
    :param string_size: characters of one string.
    :param seconds: wall-clock time.
    """

    steps: int = 1_000_000
    depth: int = 48
    list_size: int = 100_000
    string_size: int = 1_000_000
    seconds: float = 2.0


STANDARD = Budget()


class Meter:
    """What an evaluation has used so far, and why it met null; shared by all runs of one evaluation."""

    __slots__ = ("_deadline", "_looked", "budget", "depth", "diagnostics", "place", "steps", "traces")

    def __init__(self, budget: Budget = STANDARD) -> None:
        self.budget = budget
        self.steps = budget.steps
        self.depth = 0
        self.diagnostics: list[Diagnostic] = []
        self.place: Place = NOWHERE
        self.traces: list[Any] | None = None  # other rooms' records of what happened, when they are wanted
        self._deadline = time.monotonic() + budget.seconds
        self._looked = budget.steps

    def spend(self, steps: int = 1) -> None:
        """Pay for work; raises BudgetExceeded when the steps or the time are used up."""
        self.steps -= steps
        if self.steps < 0:
            raise BudgetExceeded("计算超过 %(most)s 步，请减少循环或列表长度", *self.place, most=self.budget.steps)
        if self._looked - self.steps >= _STEPS_BETWEEN_LOOKS:
            self.look_at_time()

    def look_at_time(self) -> None:
        """Before work that takes long for its steps; raises BudgetExceeded when the time is used up."""
        self._looked = self.steps
        if time.monotonic() > self._deadline:
            raise BudgetExceeded("计算超过 %(most)s 秒，请简化表达式", *self.place, most=self.budget.seconds)


class Run:
    """The outside of an expression while it runs: its names, its moment, its meter."""

    __slots__ = ("_now", "context", "meter", "parts", "providers", "values")

    def __init__(
        self,
        context: Mapping[str, object],
        *,
        values: dict[str, Value] | None = None,
        providers: Mapping[str, Provider] = NO_PROVIDERS,
        now: DateTime | datetime | None = None,
        meter: Meter | None = None,
    ) -> None:
        """Names are looked up in this order.

        :param now: the moment of ``now()`` and ``today()``; an aware one of Python's is told in Beijing time.
        :param values: names that hold FEEL values already.
        :param providers: names worked out when first read, such as required decisions.
        :param context: names with plain Python data.
        """
        self.values: dict[str, Value] = {} if values is None else values
        self.providers = providers
        self.context = context
        self.parts: dict[tuple[str, ...], Value] = {}
        self._now = now
        self.meter = meter or Meter()

    @property
    def now(self) -> DateTime | None:
        """The moment this evaluation takes place, if it was given one."""
        if isinstance(self._now, datetime):
            self._now = from_datetime(self._now.astimezone(HOME_ZONE))
        return self._now

    @property
    def budget(self) -> Budget:
        """The limits of this evaluation."""
        return self.meter.budget

    def read(self, name: str) -> Value:
        """The value of a name given from outside; KeyError when it was not given."""
        value = self.values.get(name, _MISSING)
        if value is not _MISSING:
            return value
        provide = self.providers.get(name)
        if provide is None:
            value = self.values[name] = to_feel(self.context[name])
        else:
            self.values[name] = None  # a provider that asks for itself finds null
            value = self.values[name] = provide(self)
        return value

    def convert(self, path: tuple[str, ...], raw: object) -> Value:
        """Data found inside a given context as a FEEL value, kept under its path."""
        value = self.parts[path] = to_feel(raw)
        return value

    def note(self, text: str | Sentence, place: Place | None = None, /, **values: object) -> _Anything | None:
        """Record why a part of the expression is null; gives that null.

        :param text: Chinese source, its places filled by ``values``; it is put together when somebody reads it.
        """
        meter = self.meter
        if len(meter.diagnostics) < _MOST_DIAGNOSTICS:
            sentence = text if isinstance(text, Sentence) else Sentence(text, **values)
            meter.diagnostics.append(Diagnostic(sentence, *(place or meter.place)))
        return None

    def spend(self, steps: int = 1) -> None:
        """Pay for work; raises BudgetExceeded."""
        self.meter.spend(steps)

    def spend_items(self, count: int) -> None:
        """Pay for a list of that many items."""
        if count > self.budget.list_size:
            raise BudgetExceeded("列表超过 %(most)s 项，请缩小范围", *self.meter.place, most=self.budget.list_size)
        self.meter.spend(count)

    def spend_deep(self, value: Value) -> None:
        """Pay for going through a value and everything inside it; parts that are shared count every time."""
        if type(value) is not list and type(value) is not dict:
            return
        stack, count = [value], 0
        while stack:
            current = stack.pop()
            items = current.values() if type(current) is dict else current
            count += len(items)
            if count >= _STEPS_BETWEEN_LOOKS:
                self.meter.spend(count)
                count = 0
            stack.extend(item for item in items if type(item) is list or type(item) is dict)
        self.meter.spend(count)

    def spend_text(self, length: int) -> None:
        """Pay for a string of that many characters."""
        if length > self.budget.string_size:
            raise BudgetExceeded(
                "字符串超过 %(most)s 个字符，请缩短", *self.meter.place, most=self.budget.string_size
            )
        self.meter.spend(1 + length // 64)

    def enter(self) -> None:
        """Go into a call of a user function."""
        self.meter.depth += 1
        if self.meter.depth > self.budget.depth:
            raise BudgetExceeded(
                "函数互相调用超过 %(most)s 层，请检查递归的结束条件", *self.meter.place, most=self.budget.depth
            )
