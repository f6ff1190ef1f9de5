"""Which functions expressions call by name."""

from collections.abc import Iterable

from app.core.feel.nodes import Call, Name, Node, Path, walk


def called(nodes: Iterable[Node], among: frozenset[str]) -> frozenset[str]:
    """Functions called by name that are among these outside names: those the language does not bring itself."""
    calls = (one for node in nodes for one in walk(node) if isinstance(one, Call))
    return frozenset(_dotted(call.function) for call in calls) & among


def _dotted(node: Node) -> str:
    """``foo.bar`` of a name or a path of names; empty for anything else."""
    if isinstance(node, Name):
        return node.name
    if isinstance(node, Path) and (head := _dotted(node.source)):
        return f"{head}.{node.name}"
    return ""
