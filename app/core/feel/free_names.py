"""Which outside names an expression reads."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.feel.builtins import find_builtin
from app.core.feel.nodes import (
    Call,
    ContextNode,
    Filter,
    For,
    FunctionNode,
    Iteration,
    Name,
    Node,
    Path,
    Quantified,
)

Found = tuple[str, bool]  # dotted name, and whether it stands inside a filter


def free_names(nodes: tuple[Node, ...]) -> tuple[frozenset[str], frozenset[str]]:
    """Names read for certain, and names read inside filters that may be entries of the filtered items.

    Calls of built-in functions are left out; data may have the name of one. ``project.amount_fen`` is one name.
    """
    found = [name for node in nodes for name in _find(node, frozenset({"?"}), False)]
    certain = {name for name, in_filter in found if not in_filter}
    return frozenset(certain), frozenset(name for name, in_filter in found if in_filter) - certain


def _find(node: Node, bound: frozenset[str], in_filter: bool) -> Iterator[Found]:  # noqa: C901, PLR0912 - by node
    match node:
        case Name():
            if node.name not in bound:
                yield node.name, in_filter
        case Call(function=Name(name=name)) if name not in bound and find_builtin(name) is not None:
            for argument in node.arguments:
                yield from _find(argument, bound, in_filter)
        case Path():
            yield from _find_path(node, bound, in_filter)
        case For():
            yield from _find_iterations(node.iterations, node.result, bound | {"partial"}, in_filter)
        case Quantified():
            yield from _find_iterations(node.iterations, node.condition, bound, in_filter)
        case Filter():
            yield from _find(node.source, bound, in_filter)
            yield from _find(node.condition, bound | {"item"}, True)
        case FunctionNode():
            yield from _find(node.body, bound | {name for name, _ in node.parameters}, in_filter)
        case ContextNode():
            for key, entry in node.entries:
                known = bound | {key}
                yield from _find(entry, known if isinstance(entry, FunctionNode) else bound, in_filter)
                bound = known
        case _:
            for child in node.children():
                yield from _find(child, bound, in_filter)


def _find_path(node: Path, bound: frozenset[str], in_filter: bool) -> Iterator[Found]:
    steps = [node.name]
    source = node.source
    while isinstance(source, Path):
        steps.append(source.name)
        source = source.source
    if not isinstance(source, Name):
        yield from _find(source, bound, in_filter)
    elif source.name not in bound:
        yield ".".join([source.name, *reversed(steps)]), in_filter


def _find_iterations(
    iterations: tuple[Iteration, ...], body: Node, bound: frozenset[str], in_filter: bool
) -> Iterator[Found]:
    for iteration in iterations:
        yield from _find(iteration.source, bound, in_filter)
        if iteration.end is not None:
            yield from _find(iteration.end, bound, in_filter)
        bound = bound | {iteration.name}
    yield from _find(body, bound, in_filter)
