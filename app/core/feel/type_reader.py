"""Type names in expressions: ``number``, ``list<string>``, ``function<number> -> string`` …"""

from __future__ import annotations

from app.core.feel.errors import FeelError
from app.core.feel.names import NameTree
from app.core.feel.token_reader import MAX_DEPTH, TokenReader
from app.core.feel.types import BUILT_IN, FeelType


class TypeReader(TokenReader):
    """Reads types."""

    def type(self) -> FeelType:
        """``number``, ``list<string>``, ``context<a: number>``, ``function<…> -> …`` or a named type."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise FeelError("类型嵌套太深，请定义成命名类型", *self.current.place)
        place = self.current.place
        name = self._type_name()
        self.depth -= 1
        if self._is("<") and name in ("list", "range", "context", "function"):
            self._take()
            return self._generic_type(name)
        found = BUILT_IN.get(name) or self.types.get(name)
        if found is None:
            raise FeelError("没有名为“%(name)s”的类型，请检查拼写", *place, name=name)
        return found

    def _type_name(self) -> str:
        for name in ("date and time", "days and time duration", "years and months duration"):
            parts = name.split()
            if [token.text for token in self.tokens[self.at : self.at + len(parts)]] == parts:
                self.at += len(parts)
                return name
        for name in sorted(self.types, key=len, reverse=True):
            if length := NameTree([name]).longest(self.tokens, self.at):
                self.at += length
                return name
        if self.current.kind != "name":
            raise self._unexpected("这里应当是类型名")
        text = self._take().text
        while self._skip("."):
            text += "." + self._take().text
        return text

    def _generic_type(self, name: str) -> FeelType:
        if name == "context":
            return FeelType("context", None, self._field_types())
        if name == "function":
            return self._function_type()
        element = self.type()
        self._expect(">")
        return FeelType(name, element)

    def _field_types(self) -> tuple[tuple[str, FeelType], ...]:
        fields: list[tuple[str, FeelType]] = []
        while not self._is(">"):
            if fields:
                self._expect(",")
            field = self._new_name((":",), closing=True)
            fields.append((field, self.type()))
        self._expect(">")
        return tuple(fields)

    def _function_type(self) -> FeelType:
        parameters: list[tuple[str, FeelType]] = []
        while not self._is(">"):
            if parameters:
                self._expect(",")
            parameters.append(("", self.type()))
        self._expect(">")
        self._expect("->")
        return FeelType("function", self.type(), tuple(parameters))
