"""What can be known of an expression's value before there is any: its kind, and whether it is exact in binary."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from app.core.feel.nodes import (
    Arithmetic,
    Between,
    Call,
    Comparison,
    ContextNode,
    Filter,
    For,
    If,
    In,
    InstanceOf,
    ListNode,
    Literal,
    Logic,
    Name,
    Negation,
    Node,
    Path,
    Quantified,
    RangeNode,
    UnaryRange,
)
from app.core.feel.types import kind_of
from app.workflow.forms.fields import CHOICES, MANY_CHOICES, TEXTS, Field
from app.workflow.forms.picture import real_path

FieldOf = Callable[[str], Field | None]

RESULTS: Mapping[str, str] = {
    **dict.fromkeys(["not", "contains", "starts with", "ends with", "matches"], "boolean"),
    **dict.fromkeys(["list contains", "all", "any", "odd", "even"], "boolean"),
    **dict.fromkeys(["string", "upper case", "lower case", "substring", "substring before"], "string"),
    **dict.fromkeys(["substring after", "replace", "string join"], "string"),
    **dict.fromkeys(["string length", "count", "sum", "min", "max", "mean", "product", "abs", "floor"], "number"),
    **dict.fromkeys(["ceiling", "round up", "round down", "round half up", "round half down"], "number"),
    **dict.fromkeys(["decimal", "modulo", "sqrt", "day of year", "week of year"], "number"),
    **dict.fromkeys(["split", "append", "concatenate", "reverse"], "list"),
    **dict.fromkeys(["index of", "union", "distinct values", "flatten"], "list"),
    **dict.fromkeys(["sort", "get entries"], "list"),
    **dict.fromkeys(["context", "context put", "context merge"], "context"),
    "date": "date",
    "time": "time",
    "date and time": "date and time",
    "duration": "duration",
    "get value": "",
}
"""Functions on which both agree, with the kind of their result where it is always the same."""
ROUNDING = frozenset(["decimal", "floor", "ceiling", "round up", "round down", "round half up", "round half down"])
_WHOLE = frozenset(["count", "string length", "day of year", "week of year"])
_EXACT_OF_EXACT = frozenset(["min", "max", "abs", "modulo"])
DAYS = frozenset(["date", "time", "date and time"])
TEMPORAL = DAYS | {"duration"}


@dataclass(frozen=True, slots=True)
class Kinds:
    """Kinds of the values at one place of a form.

    :ivar field_of: the field a dotted name stands for, None when it is no field of the form.
    """

    field_of: FieldOf

    def kind(self, node: Node) -> str:  # noqa: C901, PLR0911 - by node
        """``number``, ``string``, ``boolean``, ``list``, ``context``, temporal, ``Null``; empty: unknown."""
        match node:
            case Literal():
                found = kind_of(node.value)
                return "duration" if found.endswith("duration") else found
            case Comparison() | Logic() | Between() | In() | InstanceOf() | Quantified():
                return "boolean"
            case ListNode() | For():
                return "list"
            case ContextNode():
                return "context"
            case RangeNode() | UnaryRange():
                return "range"
            case Negation():
                return self.kind(node.operand)
            case Arithmetic():
                return self._kind_of_sum(node)
            case If():
                kinds = {self.kind(node.then), self.kind(node.otherwise)} - {"Null"}
                known = kinds - {""}
                return next(iter(known)) if len(known) == 1 and (len(kinds) == 1 or "list" in known) else ""
            case Call(function=Name(name=name)) if self.field_of(name) is None:
                return RESULTS.get(name, "")
            case Filter():
                return "" if self.is_position(node.condition) else "list"
            case Name() | Path():
                return self._kind_of_name(node)
        return ""

    def _kind_of_sum(self, node: Arithmetic) -> str:
        kinds = {self.kind(node.left), self.kind(node.right)}
        days = kinds & DAYS
        if days:
            return "duration" if node.operator == "-" and "duration" not in kinds else next(iter(days))
        known = kinds - {""}
        if len(known) == 1 and known <= {"number", "string", "duration"}:
            return next(iter(known))
        return "number" if node.operator in ("*", "/", "**") else ""

    def _kind_of_name(self, node: Node) -> str:
        found = self._field(node)
        if found is None:
            return ""
        if isinstance(node, Path) and self.kind(node.source) == "list":
            return "list"
        if found.type == "expression" and found.expression is not None:
            return self.kind(found.expression.compiled.node)
        return _kind_of_field(found)

    def _field(self, node: Node) -> Field | None:
        dotted = _dotted(node)
        return self.field_of(dotted) if dotted else None

    def is_position(self, condition: Node) -> bool:
        """Whether what stands in brackets after a list is a place in it."""
        return self.kind(condition) == "number"

    def inexact(self, node: Node) -> bool:  # noqa: PLR0911 - by node
        """Whether a number may come out of binary reckoning otherwise than out of decimal."""
        match node:
            case Arithmetic() if self.kind(node) in ("number", ""):
                return not self._is_whole(node)
            case Negation():
                return self.inexact(node.operand)
            case If():
                return self.inexact(node.then) or self.inexact(node.otherwise)
            case Call(function=Name(name=name)) if self.field_of(name) is None:
                if name in ("sum", "product"):
                    return not all(self._is_whole(one) for one in node.arguments)
                if name in ("mean", "sqrt"):
                    return True
                return name in _EXACT_OF_EXACT and any(self.inexact(one) for one in node.arguments)
            case Name() | Path():
                found = self._field(node)
                computed = found.expression if found is not None and found.type == "expression" else None
                return computed is not None and self.inexact(computed.compiled.node)
        return False

    def _is_whole(self, node: Node) -> bool:  # noqa: PLR0911 - by node
        match node:
            case Literal(value=Decimal() as value):
                return value == value.to_integral_value()
            case Negation():
                return self._is_whole(node.operand)
            case Arithmetic():
                return node.operator in ("+", "-", "*") and all(map(self._is_whole, node.children()))
            case ListNode():
                return all(self._is_whole(one) for one in node.items)
            case Call(function=Name(name=name)):
                rounded = name in ROUNDING and _number_or(node.arguments[1:2], 0) == 0
                return name in _WHOLE or rounded
            case Name() | Path():
                found = self._field(node)
                return found is not None and found.type == "number" and found.decimals == 0
        return False


def fields_by_name(found: Mapping[str, Field], place: str) -> FieldOf:
    """Names as an expression at ``place`` (dotted path of its component) means them."""
    prefix = place.rpartition(".")[0]
    outer = prefix.rpartition(".")[0]

    def field_of(name: str) -> Field | None:
        return found.get(real_path(name, prefix, outer))

    return field_of


def number_in(node: Node) -> Decimal | None:
    """The number a node writes out, with its sign."""
    if isinstance(node, Negation):
        inner = number_in(node.operand)
        return None if inner is None else -inner
    return node.value if isinstance(node, Literal) and isinstance(node.value, Decimal) else None


def _number_or(nodes: tuple[Node, ...], otherwise: int) -> Decimal | int | None:
    return number_in(nodes[0]) if nodes else otherwise


def _dotted(node: Node) -> str:
    steps: list[str] = []
    while isinstance(node, Path):
        steps.append(node.name)
        node = node.source
    return ".".join([node.name, *reversed(steps)]) if isinstance(node, Name) else ""


def _kind_of_field(found: Field) -> str:
    if found.type in MANY_CHOICES or found.type == "filepicker" or found.is_list:
        return "list"
    if found.type in TEXTS | CHOICES or found.type == "datetime":
        return "string"
    return {"number": "number", "checkbox": "boolean", "group": "context"}.get(found.type, "")
