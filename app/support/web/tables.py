"""Columns of the data table macro."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from flask import url_for

Kind = Literal[
    "text", "money", "wan", "percent", "number", "date", "datetime", "ago", "status", "person", "custom"
]

_RIGHT = frozenset({"money", "wan", "percent", "number"})


@dataclass(frozen=True, slots=True)
class Column:
    """One column: ``key`` is the row's attribute, a dotted path, or the key of a mapping.

    ``sort`` is the value the header puts into ``?sort=`` (True = the key). ``endpoint`` with ``args``
    (argument → path in the row) makes the cell the link of the whole row. ``status`` names the badge family.
    ``kind="custom"`` leaves the cell to the caller block of the macro.
    """

    key: str
    label: str
    kind: Kind = "text"
    sort: str | bool = False
    endpoint: str | None = None
    args: Mapping[str, str] = field(default_factory=dict)
    status: str = ""
    is_main: bool = False
    """The title of the card on a phone; a column with ``endpoint`` is it anyway."""
    is_figure: bool = False
    """A custom cell whose content is a figure: it stands at the right edge like the others."""

    @property
    def sort_key(self) -> str:
        """What goes into ``?sort=``; empty when the column cannot be sorted."""
        return self.key if self.sort is True else self.sort or ""

    @property
    def is_right(self) -> bool:
        """Whether figures stand at the right edge."""
        return self.is_figure or self.kind in _RIGHT

    def value(self, row: object) -> Any:
        """The row's value; None when any step of the path is missing."""
        return _follow(row, self.key)

    def url(self, row: object) -> str | None:
        """Where the row leads, or None."""
        if self.endpoint is None:
            return None
        return url_for(self.endpoint, **{name: _follow(row, path) for name, path in self.args.items()})


def col(key: str, label: str, kind: Kind = "text", **more: Any) -> Column:
    """A ``Column``, for use inside templates."""
    return Column(key, label, kind, **more)


def _follow(row: object, path: str) -> Any:
    value: Any = row
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)
        if value is None:
            return None
    return value
