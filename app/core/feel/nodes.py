"""The syntax tree of FEEL: small immutable nodes, each with its place in the text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

from app.core.feel.types import FeelType
from app.core.i18n import Sentence


class Place(NamedTuple):
    """1-based line and column."""

    line: int
    column: int


NOWHERE = Place(0, 0)


@dataclass(frozen=True, slots=True)
class Node:
    """Any expression."""

    place: Place

    def children(self) -> Iterator[Node]:
        """Direct parts that are expressions, in reading order."""
        for field in fields(self):
            yield from _nodes(getattr(self, field.name))


def _nodes(value: object) -> Iterator[Node]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, tuple) and not isinstance(value, Place):
        for part in value:
            yield from _nodes(part)


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A number, string, boolean, null or temporal constant, already as a FEEL value."""

    value: object


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A name, resolved when it is evaluated."""

    name: str


@dataclass(frozen=True, slots=True)
class Path(Node):
    """``source.name``"""

    source: Node
    name: str


@dataclass(frozen=True, slots=True)
class Negation(Node):
    """``-operand``"""

    operand: Node


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """``left operator right`` with one of ``+ - * / **``"""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """``left operator right`` with one of ``= != < <= > >=``"""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Logic(Node):
    """``and`` / ``or`` of two or more parts."""

    operator: str
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Between(Node):
    """``value between low and high``"""

    value: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class In(Node):
    """``value in test`` or ``value in (test, test)``; a plain test is an expression, a UnaryRange compares."""

    value: Node
    tests: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class InstanceOf(Node):
    """``value instance of type``"""

    value: Node
    type: FeelType


@dataclass(frozen=True, slots=True)
class RangeNode(Node):
    """``[low..high]`` with open or closed ends."""

    low: Node
    low_included: bool
    high: Node
    high_included: bool


@dataclass(frozen=True, slots=True)
class UnaryRange(Node):
    """``< 10``, ``= 10`` …: a range with one end, or everything but one value."""

    operator: str
    end: Node


@dataclass(frozen=True, slots=True)
class ListNode(Node):
    """``[a, b]``"""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ContextNode(Node):
    """``{key: value}``; an entry sees the entries above it."""

    entries: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class If(Node):
    """:ivar strict: a condition that is no boolean makes null, as in boxed conditionals; else it is false."""

    condition: Node
    then: Node
    otherwise: Node
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Iteration:
    """``name in source`` or ``name in start..end``."""

    name: str
    source: Node
    end: Node | None


@dataclass(frozen=True, slots=True)
class For(Node):
    """``for … return …``"""

    iterations: tuple[Iteration, ...]
    result: Node

    def children(self) -> Iterator[Node]:
        """Sources of the loops, then the body."""
        yield from _iteration_nodes(self.iterations)
        yield self.result


@dataclass(frozen=True, slots=True)
class Quantified(Node):
    """``some`` / ``every`` … ``satisfies``

    :ivar strict: a condition that is no boolean makes null whatever the others say, as in boxed iterators.
    """

    quantifier: str
    iterations: tuple[Iteration, ...]
    condition: Node
    strict: bool = False

    def children(self) -> Iterator[Node]:
        """Sources of the loops, then the body."""
        yield from _iteration_nodes(self.iterations)
        yield self.condition


def _iteration_nodes(iterations: tuple[Iteration, ...]) -> Iterator[Node]:
    for iteration in iterations:
        yield iteration.source
        if iteration.end is not None:
            yield iteration.end


@dataclass(frozen=True, slots=True)
class Filter(Node):
    """``source[condition]``"""

    source: Node
    condition: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    """``function(arguments)``; ``names`` is empty for positional arguments."""

    function: Node
    arguments: tuple[Node, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FunctionNode(Node):
    """``function(a: number, b) body``"""

    parameters: tuple[tuple[str, FeelType], ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Negated(Node):
    """``not(tests)`` as a whole cell."""

    tests: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class AnyInput(Node):
    """The cell ``-``."""


@dataclass(frozen=True, slots=True)
class Typed(Node):
    """A value that must be of a type (or become it by implicit conversion), else null."""

    value: Node
    type: FeelType
    title: Sentence


@dataclass(frozen=True, slots=True)
class Custom(Node):
    """A construct of another room, such as a decision table.

    :param build: ``build(compiler, local, in_filter) -> closure``; untyped because the compiler imports this file.
    :param parts: its expressions, for the analysis of names.
    """

    build: Callable[..., Any]
    parts: tuple[Node, ...]


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(list(current.children())))
