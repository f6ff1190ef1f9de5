"""The day of a moment, reckoned by the database."""

from typing import Any

from sqlalchemy import String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class beijing_day(FunctionElement[str]):  # noqa: N801 - it is used as a function
    """The day in Beijing of a ``Moment``, ``2026-11-24``; empty for none."""

    type = String()
    inherit_cache = True


@compiles(beijing_day)
def _postgresql(element: Any, compiler: Any, **how: Any) -> str:
    moment = compiler.process(element.clauses, **how)
    return f"to_char({moment} AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD')"


@compiles(beijing_day, "sqlite")
def _sqlite(element: Any, compiler: Any, **how: Any) -> str:
    return f"date({compiler.process(element.clauses, **how)}, '+8 hours')"
