"""Walks over the tokens of one text: looking, taking, expecting, naming. Shared by the readers of the grammar."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from app.core.feel.errors import FeelError
from app.core.feel.lexer import Token, chinese_mark, tokenize
from app.core.feel.names import NameTree
from app.core.feel.nodes import Node
from app.core.feel.types import FeelType
from app.core.i18n import Sentence

MAX_DEPTH = 100


class TokenReader:
    """Tokens with a place to read from, and the names known so far."""

    def __init__(
        self, source: str, names: Iterable[str] = (), types: Mapping[str, FeelType] | None = None
    ) -> None:
        self.tokens = tokenize(source)
        self.at = 0
        self.names = NameTree(names)
        self.types = types or {}
        self.depth = 0
        self.bare_end = False  # reading the end of a range, where "[" closes it

    @property
    def current(self) -> Token:
        """The token to be read next."""
        return self.tokens[self.at]

    def _take(self) -> Token:
        token = self.tokens[self.at]
        self.at += 1
        return token

    def _is(self, text: str) -> bool:
        token = self.tokens[self.at]
        return token.text == text and token.kind in ("symbol", "name")

    def _skip(self, text: str) -> bool:
        if self._is(text):
            self.at += 1
            return True
        return False

    def _expect(self, text: str) -> Token:
        if not self._is(text):
            raise self._unexpected("这里应当是“%(sign)s”", sign=text)
        return self._take()

    def _separator(self, closing: str) -> None:
        """The comma before another part; the list is open until ``closing``."""
        if not self._skip(","):
            raise self._unexpected("这里应当是“,”或“%(sign)s”", sign=closing)

    def _finish(self) -> None:
        if self.current.kind != "end":
            raise self._unexpected("表达式到这里应当结束")

    def _unexpected(self, wanted: str, /, **values: object) -> FeelError:
        token = self.current
        if token.kind == "mark":
            return chinese_mark(token.text, token.place)
        if token.kind == "end":
            return FeelError("%(wanted)s，文本却结束了，请改正", *token.place, wanted=Sentence(wanted, **values))
        message = "%(wanted)s，却是“%(found)s”，请改正"
        return FeelError(message, *token.place, wanted=Sentence(wanted, **values), found=token.text)

    def _attempt(self, read: Callable[[], Node]) -> Node | None:
        """What ``read`` gives, or None with nothing consumed when it refuses."""
        start, depth, bare_end = self.at, self.depth, self.bare_end
        try:
            return read()
        except FeelError:
            self.at, self.depth, self.bare_end = start, depth, bare_end
            return None

    def _new_name(self, ends: tuple[str, ...], *, closing: bool = False) -> str:
        """A name being introduced, up to one of ``ends``; known from here on.

        :param closing: also consume the ending token.
        """
        start = self.at
        text = ""
        while not (self.current.text in ends and self.current.kind in ("symbol", "name")):
            token = self.current
            if token.kind not in ("name", "number", "symbol", "mark") or token.text in "{}[]()":
                raise self._unexpected("这里应当是一个名字")
            text += (" " if token.blank_before and text else "") + token.text
            self._take()
        if not text:
            raise self._unexpected("这里应当是一个名字")
        self.names.add(text, tuple(token.text for token in self.tokens[start : self.at]))
        if closing:
            self._take()
        return text
