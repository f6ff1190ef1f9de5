"""Regular expressions from analysts' files, on RE2: linear in the text, whatever the pattern."""

from typing import Protocol

import re2


class BadPattern(ValueError):
    """RE2 cannot use it: syntax, look-around or back references."""


class Pattern(Protocol):
    """What is asked of a compiled pattern."""

    def search(self, text: str) -> object | None:
        """A match somewhere in the text, as the browser's ``test`` would find it."""


def compile_pattern(text: str) -> Pattern:
    """:raises BadPattern: it cannot be used."""
    try:
        compiled: Pattern = re2.compile(text)  # type: ignore[no-untyped-call]
    except re2.error as exc:
        raise BadPattern(str(exc)) from exc
    return compiled
