"""How a statement that is compiled already gets its values: without building SQL that nobody asked for.

SQLAlchemy keeps for each value of a statement all shapes its parameter had while it was compiled, and puts them
into a dict at every execution. Shapes of one parameter have one hash, so the dict compares them, and comparing two
with ``==`` makes an SQL expression: a fifth of the time of looking up a row by its key. Only the shape that was
rendered is ever asked for, so the others are forgotten when the statement has been compiled.
"""

from typing import Any

from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler


def make_lean(dialect: Dialect) -> None:
    """Let what this dialect compiles remember the parameters it rendered, and no others."""
    compiler: Any = dialect.statement_compiler  # a base class known at run time only

    class Lean(compiler):  # type: ignore[misc]
        """The dialect's own compiler."""

        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            _forget_unrendered(self)

    dialect.statement_compiler = Lean


def _forget_unrendered(compiled: SQLCompiler) -> None:
    matches = compiled._cache_key_bind_match  # noqa: SLF001 - tests/core/test_statements.py notices when it is gone
    if not matches:
        return
    rendered = {id(parameter) for parameter in compiled.bind_names}
    shapes_of, _by_key = matches
    for parameter, shapes in shapes_of.items():
        kept = [shape for shape in shapes if id(shape) in rendered]
        shapes_of[parameter] = kept or shapes
