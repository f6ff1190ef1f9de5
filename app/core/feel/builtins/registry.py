"""How built-in functions are declared and called.

A declaration names the parameters with their kinds:
``@builtin("substring", "string: string", "start position: number", "length: number?")``.
Kinds: a FEEL type, ``any``, ``list`` or one of ``_CHECKS``; ``?`` may be left out or null, ``~`` may be left out,
``!`` must be given but may be null. Several declarations of one name are alternatives, tried in order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from app.core.feel.budget import Run
from app.core.feel.temporal import Date, DateTime, Time
from app.core.feel.types import ANY, BUILT_IN, FeelType, kind_of
from app.core.feel.values import Function, Range, Value

Body = TypeVar("Body", bound=Callable[..., Value])
REFUSED = object()
LEFT_OUT = object()


class Parameter(NamedTuple):
    name: str
    kind: str
    optional: bool
    nullable: bool


class Signature(NamedTuple):
    """One way to call a function. :param variadic: the last parameter takes all further arguments as a list."""

    parameters: tuple[Parameter, ...]
    body: Callable[..., Value]
    variadic: bool

    def fits(self, count: int) -> bool:
        """Whether so many arguments in order will do."""
        if self.variadic and not self.parameters:
            return False
        needed = sum(1 for parameter in self.parameters if not parameter.optional)
        return needed <= count <= len(self.parameters)


class Builtin(Function):
    """A built-in function with its alternatives."""

    __slots__ = ("signatures",)

    def __init__(self, name: str) -> None:
        super().__init__((), self.call_positional, name=name)
        self.signatures: list[Signature] = []

    def add(self, signature: Signature) -> None:
        """One more way to call the function."""
        self.signatures.append(signature)
        self.parameters = self.parameters or tuple(parameter.name for parameter in signature.parameters)
        self.parameter_types = self.parameter_types or tuple(
            BUILT_IN.get(parameter.kind, ANY) for parameter in signature.parameters
        )

    def call_positional(self, run: Run, arguments: list[Value]) -> Value:
        """Call the first alternative that takes the arguments; null with a reason when none does."""
        fitting = [signature for signature in self.signatures if signature.fits(len(arguments))]
        for signature in fitting:
            result = _call(signature, run, arguments)
            if result is not REFUSED:
                return result
        for signature in self.signatures:
            if signature.variadic and arguments:
                return signature.body(run, arguments)
        return self._refuse(run, arguments, bool(fitting))

    def call_named(self, run: Run, names: tuple[str, ...], arguments: list[Value]) -> Value:
        """The same with named arguments."""
        given = dict(zip(names, arguments, strict=True))
        for signature in self.signatures:
            known = [parameter.name for parameter in signature.parameters]
            missing = any(p.name not in given and not p.optional for p in signature.parameters)
            if missing or any(name not in known for name in names):
                continue
            result = _call(signature, run, [given.get(name, LEFT_OUT) for name in known])
            if result is not REFUSED:
                return result
        return run.note(
            "函数 %(name)s 没有这样的参数：%(names)s；写法是 %(usage)s",
            name=self.name,
            names="、".join(names),
            usage=self._usage(),
        )

    def _refuse(self, run: Run, arguments: list[Value], number_fits: bool) -> Value:
        if not number_fits:
            return run.note(
                "函数 %(name)s 的参数个数不对（%(given)s 个）；写法是 %(usage)s",
                name=self.name,
                given=len(arguments),
                usage=self._usage(),
            )
        kinds = "、".join(kind_of(argument) for argument in arguments)
        return run.note(
            "函数 %(name)s 不接受这些参数：%(kinds)s；写法是 %(usage)s",
            name=self.name,
            kinds=kinds,
            usage=self._usage(),
        )

    def _usage(self) -> str:
        return " | ".join(
            f"{self.name}({', '.join(parameter.name for parameter in signature.parameters)})"
            for signature in self.signatures
        )


BUILTINS: dict[str, Builtin] = {}


def builtin(name: str, *parameters: str, variadic: bool = False) -> Callable[[Body], Body]:
    """Register a function body ``body(run, *arguments)`` under a FEEL name."""

    def register(body: Body) -> Body:
        signature = Signature(tuple(_parameter(text) for text in parameters), body, variadic)
        BUILTINS.setdefault(name, Builtin(name)).add(signature)
        return body

    return register


def _parameter(text: str) -> Parameter:
    name, kind = text.split(": ")
    return Parameter(name, kind.rstrip("?~!"), kind.endswith(("?", "~")), kind.endswith(("?", "!")))


def find_builtin(name: str) -> Builtin | None:
    """The built-in function of that name."""
    return BUILTINS.get(name)


def _call(signature: Signature, run: Run, arguments: list[Value]) -> Value:
    fitted = []
    for parameter, argument in zip(signature.parameters, arguments, strict=False):
        value = _fit(argument, parameter)
        if value is REFUSED:
            return REFUSED
        fitted.append(value)
    return signature.body(run, *fitted)


def _fit(value: Value, parameter: Parameter) -> Value:
    """The argument as the parameter wants it, or REFUSED."""
    if value is LEFT_OUT:
        return None
    if value is None:
        return None if parameter.nullable else REFUSED
    kind = parameter.kind
    if kind == "any":
        return value
    if kind == "list":
        return value if type(value) is list else [value]
    if type(value) is list and len(value) == 1:
        value = value[0]
    return value if _is_kind(value, kind) else REFUSED


def _is_kind(value: Value, kind: str) -> bool:
    check = _CHECKS.get(kind)
    return check(value) if check else kind_of(value) == kind


_CHECKS: dict[str, Callable[[Any], bool]] = {
    "day": lambda value: type(value) in (Date, DateTime),
    "moment": lambda value: type(value) in (Date, DateTime, Time),
    "range": lambda value: type(value) is Range,
    "point": lambda value: type(value) not in (Range, list, dict) and value is not None,
    "function": lambda value: isinstance(value, Function),
}

__all__ = ["BUILTINS", "Builtin", "FeelType", "builtin", "find_builtin"]
