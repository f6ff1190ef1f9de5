"""Values of FEEL that Python has no class for: ranges and functions.

The others are ``None``, ``bool``, ``Decimal``, ``str``, ``list``, ``dict`` (text keys) and those of ``temporal``.
Values are never changed once made, so parts are shared freely.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from app.core.feel.types import FeelType

# FEEL is dynamically typed: a value is one of the classes named above, checked where it is used.
Value: TypeAlias = Any


class Range(NamedTuple):
    """An interval.

    :param kind: "" for ``[a..b]``; the operator for ``(< b)``, which has no end on the other side.
    """

    start: Value
    start_included: bool
    end: Value
    end_included: bool
    kind: str = ""


class Function:
    """Something that can be called from an expression.

    :param call: ``call(run, arguments) -> value`` with exactly one argument per parameter.
    """

    __slots__ = ("call", "name", "parameter_types", "parameters", "result_type")

    def __init__(
        self,
        parameters: tuple[str, ...],
        call: Callable[[Any, list[Value]], Value],
        *,
        name: str = "",
        parameter_types: tuple[FeelType, ...] | None = None,
        result_type: FeelType | None = None,
    ) -> None:
        self.parameters = parameters
        self.call = call
        self.name = name
        self.parameter_types = parameter_types
        self.result_type = result_type

    def call_positional(self, run: Any, arguments: list[Value]) -> Value:
        """Call with arguments in order; null when their number is wrong."""
        if len(arguments) != len(self.parameters):
            return run.note(
                "函数%(name)s要 %(count)s 个参数，却给了 %(given)s 个",
                name=self.name,
                count=len(self.parameters),
                given=len(arguments),
            )
        return self.call(run, arguments)

    def call_named(self, run: Any, names: tuple[str, ...], arguments: list[Value]) -> Value:
        """Call with named arguments, missing ones null; null when a name is unknown."""
        given = dict(zip(names, arguments, strict=True))
        for name in names:
            if name not in self.parameters:
                return run.note(
                    "函数%(name)s没有参数“%(parameter)s”，它的参数是：%(parameters)s",
                    name=self.name,
                    parameter=name,
                    parameters="、".join(self.parameters),
                )
        return self.call(run, [given.get(name) for name in self.parameters])
