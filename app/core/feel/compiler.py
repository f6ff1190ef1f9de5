"""Syntax tree to Python closures: one closure per node, compiled once, run many times.

A closure takes a ``Scope`` and gives a FEEL value. Nothing here looks at Python attributes of a value by name,
so an expression reaches only what it was given.
"""

# ruff: noqa: ARG001, ARG005 - every node is compiled, and every closure called, with the same arguments

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TypeAlias

from app.core.feel.budget import Run
from app.core.feel.builtins import find_builtin
from app.core.feel.errors import FeelError
from app.core.feel.loops import compile_filter, compile_for, compile_quantified
from app.core.feel.nodes import (
    AnyInput,
    Arithmetic,
    Between,
    Call,
    Comparison,
    ContextNode,
    Custom,
    Filter,
    For,
    FunctionNode,
    If,
    In,
    InstanceOf,
    ListNode,
    Literal,
    Logic,
    Name,
    Negated,
    Negation,
    Node,
    Path,
    Place,
    Quantified,
    RangeNode,
    Typed,
    UnaryRange,
    walk,
)
from app.core.feel.numbers import ARITHMETIC_ERRORS
from app.core.feel.operators import ARITHMETIC, COMPARISONS, compare, is_in
from app.core.feel.properties import property_of
from app.core.feel.scope import ABSENT, Scope
from app.core.feel.temporal import Duration, Months
from app.core.feel.text import brief
from app.core.feel.types import FeelType, coerce, is_instance, kind_of
from app.core.feel.values import Function, Range, Value
from app.core.i18n import Sentence

Closure: TypeAlias = Callable[[Scope], Value]
Locals: TypeAlias = (
    "frozenset[str] | None"  # names bound around a node; None inside a filter, where any name may be
)

_ORDERING = frozenset({"<", "<=", ">", ">="})


class Compiler:
    """Turns nodes into closures.

    :param local: names bound by the expression around the node.
    """

    def compile(self, node: Node, local: frozenset[str], in_filter: bool = False) -> Closure:
        """The closure of any node."""
        return _COMPILERS[type(node)](self, node, local, in_filter)

    def all(self, nodes: tuple[Node, ...], local: frozenset[str], in_filter: bool) -> list[Closure]:
        """The closures of several nodes."""
        return [self.compile(node, local, in_filter) for node in nodes]


def _literal(compiler: Compiler, node: Literal, local: frozenset[str], in_filter: bool) -> Closure:
    value = node.value
    return lambda scope: value


def _name(compiler: Compiler, node: Name, local: frozenset[str], in_filter: bool) -> Closure:
    name, place = node.name, node.place
    if name in local or in_filter:
        return lambda scope: _read_local(scope, name, place)

    def read(scope: Scope) -> Value:
        try:
            return scope.run.values[name]
        except KeyError:
            return _read_outer(scope.run, name, place)

    return read


def _read_local(scope: Scope, name: str, place: Place) -> Value:
    value = scope.find(name)
    return _read_outer(scope.run, name, place) if value is ABSENT else value


def _read_outer(run: Run, name: str, place: Place) -> Value:
    """A name from outside, else a built-in function, else null with a reason."""
    try:
        return run.read(name)
    except KeyError:
        function = find_builtin(name)
        if function is None and "." in name:  # announced as a whole elsewhere, here an ordinary path
            root, *steps = name.split(".")
            return _walk_converted(run, root, tuple(steps), place)
        if function is None:
            run.note("没有名为“%(name)s”的数据", place, name=name)
        return function


def _path(compiler: Compiler, node: Path, local: frozenset[str], in_filter: bool) -> Closure:
    if not in_filter and (steps := _outer_steps(node, local)):
        return _outer_path(steps, node.place)
    source, name, place = compiler.compile(node.source, local, in_filter), node.name, node.place
    return lambda scope: property_of(source(scope), name, scope.run, place)


def _outer_steps(node: Node, local: frozenset[str]) -> tuple[str, ...]:
    """``("project", "amount_fen")`` for a path that starts at a name from outside; else empty."""
    steps: list[str] = []
    while isinstance(node, Path):
        steps.append(node.name)
        node = node.source
    if not isinstance(node, Name) or node.name in local:
        return ()
    return (node.name, *reversed(steps))


def _outer_path(steps: tuple[str, ...], place: Place) -> Closure:
    """Walk plain dicts first and convert only what is at the end."""
    root, inner = steps[0], steps[1:]

    def read(scope: Scope) -> Value:
        run = scope.run
        if steps in run.parts:
            return run.parts[steps]
        raw = run.context.get(root) if root not in run.values and root not in run.providers else None
        for step in inner:
            if type(raw) is not dict or step not in raw:
                return _walk_converted(run, root, inner, place)
            raw = raw[step]
        return run.convert(steps, raw)

    return read


def _walk_converted(run: Run, root: str, inner: tuple[str, ...], place: Place) -> Value:
    value = _read_outer(run, root, place)
    for step in inner:
        value = property_of(value, step, run, place)
    return value


def _negation(compiler: Compiler, node: Negation, local: frozenset[str], in_filter: bool) -> Closure:
    operand, place = compiler.compile(node.operand, local, in_filter), node.place

    def negate(scope: Scope) -> Value:
        value = operand(scope)
        kind = type(value)
        if kind is Decimal:
            return -value if value else value
        if kind is Duration or kind is Months:
            return kind(-value[0])
        return scope.run.note("负号后面应当是数字或时长，却是%(found)s", place, found=kind_of(value))

    return negate


def _arithmetic(compiler: Compiler, node: Arithmetic, local: frozenset[str], in_filter: bool) -> Closure:
    left, right = compiler.compile(node.left, local, in_filter), compiler.compile(node.right, local, in_filter)
    operator, place = node.operator, node.place
    operate = ARITHMETIC[operator]

    def calculate(scope: Scope) -> Value:
        a, b = left(scope), right(scope)
        try:
            result = operate(a, b, scope.run)
        except ARITHMETIC_ERRORS:
            return scope.run.note("“%(operator)s”的结果超出数字范围", place, operator=operator)
        if result is None:
            scope.run.note(_why_not(operator, a, b), place)
        return result

    return calculate


def _why_not(operator: str, left: Value, right: Value) -> Sentence:
    if operator == "/" and type(right) is Decimal and not right:
        return Sentence("除数是 0")
    return Sentence(
        "“%(operator)s”不能用于 %(left)s 和 %(right)s", operator=operator, left=kind_of(left), right=kind_of(right)
    )


def _comparison(compiler: Compiler, node: Comparison, local: frozenset[str], in_filter: bool) -> Closure:
    left, right = compiler.compile(node.left, local, in_filter), compiler.compile(node.right, local, in_filter)
    operator, place = node.operator, node.place
    test = COMPARISONS[operator]

    def check(scope: Scope) -> Value:
        a, b = left(scope), right(scope)
        if type(a) is list or type(a) is dict:
            scope.run.spend_deep(a)
        result = test(a, b)
        if result is None:
            scope.run.note(
                "%(left)s 和 %(right)s 不能用“%(operator)s”比较",
                place,
                left=kind_of(a),
                right=kind_of(b),
                operator=operator,
            )
        return result

    return check


def _logic(compiler: Compiler, node: Logic, local: frozenset[str], in_filter: bool) -> Closure:
    """Three-valued: a deciding part decides, else anything that is not boolean makes null."""
    parts = compiler.all(node.parts, local, in_filter)
    decisive = node.operator == "or"

    def decide(scope: Scope) -> bool | None:
        unknown = False
        for part in parts:
            value = part(scope)
            if type(value) is bool and value == decisive:
                return value
            if type(value) is not bool:
                unknown = True
        return None if unknown else not decisive

    return decide


def _between(compiler: Compiler, node: Between, local: frozenset[str], in_filter: bool) -> Closure:
    value, low, high = compiler.all((node.value, node.low, node.high), local, in_filter)
    place = node.place

    def check(scope: Scope) -> bool | None:
        x = value(scope)
        above, below = compare(low(scope), x), compare(x, high(scope))
        if above is None or below is None:
            return scope.run.note("between 的三个值类型不同或有空值", place)
        return above <= 0 and below <= 0

    return check


def _in(compiler: Compiler, node: In, local: frozenset[str], in_filter: bool) -> Closure:
    value = compiler.compile(node.value, local, in_filter)
    tests = compiler.all(node.tests, local, in_filter)
    only_range = len(node.tests) == 1 and isinstance(node.tests[0], RangeNode)

    def check(scope: Scope) -> bool | None:
        x = value(scope)
        found = [test(scope) for test in tests]
        for one in found:
            scope.run.spend_deep(one)
        if only_range and found[0] is None:
            return None
        results = [is_in(x, one) for one in found]
        return True if True in results else (None if None in results and len(results) == 1 else False)

    return check


def _instance_of(compiler: Compiler, node: InstanceOf, local: frozenset[str], in_filter: bool) -> Closure:
    value, wanted = compiler.compile(node.value, local, in_filter), node.type

    def check(scope: Scope) -> bool:
        found = value(scope)
        scope.run.spend_deep(found)
        return is_instance(found, wanted)

    return check


def _range(compiler: Compiler, node: RangeNode, local: frozenset[str], in_filter: bool) -> Closure:
    low, high = compiler.all((node.low, node.high), local, in_filter)
    low_included, high_included, place = node.low_included, node.high_included, node.place
    if isinstance(node.low, Literal) and isinstance(node.high, Literal):
        constant = Range(node.low.value, low_included, node.high.value, high_included)
        if compare(constant.start, constant.end) is not None:
            return lambda scope: constant

    def make(scope: Scope) -> Range | None:
        start, end = low(scope), high(scope)
        if start is not None and end is not None and compare(start, end) is None:
            return scope.run.note(
                "区间两端不能比较：%(start)s 和 %(end)s", place, start=kind_of(start), end=kind_of(end)
            )
        if (start is None and low_included) or (end is None and high_included) or (start is None and end is None):
            return scope.run.note("区间的闭合一端是空值", place)
        return Range(start, low_included, end, high_included)

    return make


def _unary_range(compiler: Compiler, node: UnaryRange, local: frozenset[str], in_filter: bool) -> Closure:
    end, operator = compiler.compile(node.end, local, in_filter), node.operator

    def make(scope: Scope) -> Range:
        value = end(scope)
        upper = value if operator not in (">", ">=") else None
        lower = value if operator not in ("<", "<=") else None
        return Range(lower, operator in (">=", "="), upper, operator in ("<=", "="), operator)

    return make


def _list(compiler: Compiler, node: ListNode, local: frozenset[str], in_filter: bool) -> Closure:
    items = compiler.all(node.items, local, in_filter)

    def make(scope: Scope) -> list[Value]:
        scope.run.spend_items(len(items))
        return [item(scope) for item in items]

    return make


def _context(compiler: Compiler, node: ContextNode, local: frozenset[str], in_filter: bool) -> Closure:
    entries = []
    for key, entry in node.entries:
        known = local | {key}
        # a function may call itself by its key; any other entry sees only the entries above it
        entries.append(
            (key, compiler.compile(entry, known if isinstance(entry, FunctionNode) else local, in_filter))
        )
        local = known

    def make(scope: Scope) -> dict[str, Value]:
        scope.run.spend_items(len(entries))
        made: dict[str, Value] = {}
        inner = Scope(made, scope, scope.run)
        for key, entry in entries:
            made[key] = entry(inner)
        return made

    return make


def _if(compiler: Compiler, node: If, local: frozenset[str], in_filter: bool) -> Closure:
    condition, then, otherwise = compiler.all((node.condition, node.then, node.otherwise), local, in_filter)
    if node.strict:
        return lambda scope: _strict_if(condition(scope), then, otherwise, scope)
    return lambda scope: then(scope) if condition(scope) is True else otherwise(scope)


def _strict_if(condition: Value, then: Closure, otherwise: Closure, scope: Scope) -> Value:
    if condition is not None and type(condition) is not bool:
        return scope.run.note("条件应当是布尔值，却是%(found)s", found=kind_of(condition))
    return then(scope) if condition else otherwise(scope)


def _function(compiler: Compiler, node: FunctionNode, local: frozenset[str], in_filter: bool) -> Closure:
    names = tuple(name for name, _ in node.parameters)
    types = tuple(kind for _, kind in node.parameters)
    body = compiler.compile(node.body, local | set(names), in_filter)
    return lambda scope: closure_function(names, types, body, scope, weigh(node.body))


def weigh(node: Node) -> int:
    """Steps one evaluation of a loop body or function body costs: its number of nodes."""
    return sum(1 for _ in walk(node))


def closure_function(
    names: tuple[str, ...], types: tuple[FeelType, ...], body: Closure, scope: Scope, weight: int = 1
) -> Function:
    """A function of the language: its body sees the scope it was written in."""

    def call(run: Run, arguments: list[Value]) -> Value:
        values: dict[str, Value] = {}
        for name, wanted, argument in zip(names, types, arguments, strict=True):
            if wanted.kind != "Any":
                run.spend_deep(argument)
            values[name], fits = coerce(argument, wanted)
            if not fits:
                return run.note(
                    "参数“%(name)s”应当是 %(wanted)s，却是 %(found)s",
                    name=name,
                    wanted=wanted,
                    found=kind_of(argument),
                )
        run.spend(weight)
        run.enter()
        result = body(Scope(values, scope, scope.run))
        run.meter.depth -= 1
        return result

    return Function(names, call, parameter_types=types)


def _call(compiler: Compiler, node: Call, local: frozenset[str], in_filter: bool) -> Closure:
    function = compiler.compile(node.function, local, in_filter)
    arguments = compiler.all(node.arguments, local, in_filter)
    names, place = node.names, node.place
    name = node.function.name if isinstance(node.function, Name) else ""
    title = name or Sentence("函数")
    builtin = find_builtin(name) if name and name not in local else None

    def call(scope: Scope) -> Value:
        run = scope.run
        target = function(scope)
        if not isinstance(target, Function):
            target = builtin  # data of the same name does not hide a built-in function
        if target is None:
            return run.note("“%(title)s”不是函数，不能调用", place, title=title)
        values = [argument(scope) for argument in arguments]
        run.meter.place = place
        run.spend()
        try:
            return target.call_named(run, names, values) if names else target.call_positional(run, values)
        except ARITHMETIC_ERRORS:
            return run.note("“%(title)s”的结果超出数字范围", place, title=title)

    return call


def _typed(compiler: Compiler, node: Typed, local: frozenset[str], in_filter: bool) -> Closure:
    value, wanted, place, title = compiler.compile(node.value, local, in_filter), node.type, node.place, node.title

    def check(scope: Scope) -> Value:
        found = value(scope)
        scope.run.spend_deep(found)
        fitted, fits = coerce(found, wanted)
        if not fits:
            scope.run.note(
                "%(title)s应当是 %(wanted)s，却是 %(found)s", place, title=title, wanted=wanted, found=brief(found)
            )
        return fitted

    return check


def _custom(compiler: Compiler, node: Custom, local: frozenset[str], in_filter: bool) -> Closure:
    return node.build(compiler, local, in_filter)  # see Custom


def _any_input(compiler: Compiler, node: AnyInput, local: frozenset[str], in_filter: bool) -> Closure:
    return lambda scope: True


def _refused(compiler: Compiler, node: Node, local: frozenset[str], in_filter: bool) -> Closure:
    raise FeelError("这种写法只能用在决策表的单元格里", *node.place)


_COMPILERS: dict[type[Node], Callable[..., Closure]] = {
    Literal: _literal,
    Name: _name,
    Path: _path,
    Negation: _negation,
    Arithmetic: _arithmetic,
    Comparison: _comparison,
    Logic: _logic,
    Between: _between,
    In: _in,
    InstanceOf: _instance_of,
    RangeNode: _range,
    UnaryRange: _unary_range,
    ListNode: _list,
    ContextNode: _context,
    If: _if,
    For: compile_for,
    Quantified: compile_quantified,
    Filter: compile_filter,
    Call: _call,
    FunctionNode: _function,
    Typed: _typed,
    Custom: _custom,
    AnyInput: _any_input,
    Negated: _refused,
}
