"""Addresses of pages: what puts one together is written when the first is asked for.

The library writes and compiles two functions for every rule at the start of a process, some four hundred; one that
serves needs a few dozen of them, one that works off jobs next to none.
"""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

from werkzeug.routing import Rule


class LateRule(Rule):
    """A rule whose builders are compiled at their first use."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        written = cache(partial(super()._compile_builder, append_unknown))

        def build(rule: Rule, **values: Any) -> tuple[str, str]:
            return written()(rule, **values)

        return build
