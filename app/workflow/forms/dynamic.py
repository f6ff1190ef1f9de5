"""Expressions in form files, and the data they see while a form is looked at.

form-js writes an expression as text that begins with ``=``. It sees the whole data by name, the row it stands in
as ``this``, the row (or form) around that as ``parent``, and the row numbers from 1 as ``i``.
"""

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.core import clock
from app.core.feel import Expression, FeelError, compile_expression

Facts = Mapping[str, Any]  # plain data of any shape: what FEEL reads


def layered(*layers: Facts) -> Facts:
    """The layers as one, earlier ones first; nothing is copied, so a layer that loads lazily stays lazy."""
    return ChainMap(*layers)  # type: ignore[arg-type]  # only read


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression sees at one place of the form."""

    data: Facts
    this: Facts
    parent: Facts | None = None
    indexes: tuple[int, ...] = ()

    def names(self) -> Facts:
        """The names, in form-js's order of precedence: data before the special words."""
        special = {"this": self.this, "parent": self.parent, "i": list(self.indexes)}
        sure = {f"_{name}_": value for name, value in special.items()}
        return layered(sure, self.data, special)

    def row(self, row: Facts, number: int) -> "Scope":
        """The scope inside a row; ``number`` from 1."""
        return Scope(self.data, row, self.this, (*self.indexes, number))


@dataclass(frozen=True, slots=True)
class Dynamic:
    """A compiled expression of a form file."""

    text: str
    compiled: Expression

    @classmethod
    def compile(cls, text: str) -> "Dynamic":
        """Compile ``=…`` or bare FEEL. :raises FeelError: with the place in the text."""
        body = text.strip().removeprefix("=").strip()
        if not body:
            raise FeelError("表达式为空，请填写内容")
        return cls(body, compile_expression(body))

    def value(self, scope: Scope) -> Any:
        """The value, null where the language says null. :raises BudgetExceeded:"""
        return self.compiled.evaluate(scope.names(), now=clock.now())

    def holds(self, scope: Scope) -> bool:
        """Whether it is exactly true, as form-js asks."""
        return self.value(scope) is True

    @property
    def names(self) -> frozenset[str]:
        """Outside names it reads, dotted."""
        return self.compiled.names


DynamicNumber = Dynamic | Decimal


def number_of(limit: DynamicNumber | None, scope: Scope) -> Decimal | None:
    """A limit as a number; None when there is none or it is not a number now."""
    value = limit.value(scope) if isinstance(limit, Dynamic) else limit
    return value if isinstance(value, Decimal) else None


def is_expression(value: object) -> bool:
    """Whether form-js would take a text as an expression."""
    return isinstance(value, str) and value.startswith("=")
