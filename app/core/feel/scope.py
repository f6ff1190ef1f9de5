"""Names bound while an expression runs: parameters, loop variables, context entries, the cell's input ``?``."""

from __future__ import annotations

from app.core.feel.budget import Run
from app.core.feel.values import Value

ABSENT = object()


class Scope:
    """Some names, and the scope around them; the outermost one has none and leaves the rest to the run."""

    __slots__ = ("names", "parent", "run")

    def __init__(self, names: dict[str, Value], parent: Scope | None, run: Run) -> None:
        self.names = names
        self.parent = parent
        self.run = run

    def find(self, name: str) -> Value:
        """The nearest value of the name, or ABSENT."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.parent
        return ABSENT
