"""Names with blanks and operators: which announced name stands at a place in the text."""

from __future__ import annotations

from collections.abc import Iterable

from app.core.feel.lexer import Token, words

# Function names that hold a keyword and so could not be told from operators.
_FUNCTION_NAMES = ("date and time", "years and months duration", "days and time duration")


class NameTree:
    """Names by their words; only names of several words need one."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names: dict[tuple[str, ...], str] = {}
        self._longest = 0
        for name in (*_FUNCTION_NAMES, *names):
            self.add(name)

    def add(self, name: str, parts: tuple[str, ...] | None = None) -> None:
        """Announce a name.

        :param parts: its words when they are already known.
        """
        parts = parts if parts is not None else _words(name)
        if len(parts) > 1:
            self._names.setdefault(parts, name)
            self._longest = max(self._longest, len(parts))

    def longest(self, tokens: list[Token], at: int) -> int:
        """Number of tokens of the longest announced name that starts there; 0 when none does."""
        if tokens[at].kind != "name":
            return 0
        limit = min(self._longest, len(tokens) - at)
        texts = tuple(token.text for token in tokens[at : at + limit] if token.kind not in ("string", "at", "end"))
        for length in range(min(limit, len(texts)), 1, -1):
            if texts[:length] in self._names:
                return length
        return 0

    def name_at(self, tokens: list[Token], at: int, length: int) -> str:
        """The announced name made of these tokens, or the single word."""
        texts = tuple(token.text for token in tokens[at : at + length])
        return self._names.get(texts, " ".join(texts))


def _words(name: str) -> tuple[str, ...]:
    return words(name) if not name.isidentifier() else (name,)
