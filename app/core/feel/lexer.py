"""Cuts the text of an expression into tokens."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from app.core.feel.errors import FeelError
from app.core.feel.nodes import Place

MAX_SOURCE = 64_000

# Punctuation of Chinese input methods, with what FEEL wants instead; they may stand in known names.
_CHINESE_MARKS = dict(
    zip("，。；：？！（）【】“”‘’《》、＝＜＞＋－＊／", ",.;:?!()[]\"\"''<>,=<>+-*/", strict=True)
)
_START = "A-Za-z_?$\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f"
_START += (
    "\u2c00-\u2fef\u3005-\u3007\u3021-\ud7ff\uf900-\ufdcf\ufdf0-\ufeff\uff10-\uff19\uff21-\uff3a\uff41-\uff5a"
)
_START += "\uff66-\ufffd\U00010000-\U000effff"
_PART = _START + "0-9\u00b7\u0300-\u036f\u203f\u2040"
_TOKEN = re.compile(
    rf"""
    (?P<blank>[\s\u0085\u00a0\u1680\u180e\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff]+|//[^\n]*|/\*.*?\*/)
  | (?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
  | (?P<string>"(?:[^"\\]|\\.)*")
  | (?P<at>@\s*"(?:[^"\\]|\\.)*")
  | (?P<name>[{_START}][{_PART}]*)
  | (?P<mark>[{"".join(_CHINESE_MARKS)}])
  | (?P<symbol>\*\*|\.\.|->|<=|>=|!=|[=<>+\-*/()\[\]{{}},:.';])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{6})|(.))", re.DOTALL)
_PLAIN_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "'": "'", "\\": "\\"}


class Token(NamedTuple):
    """``kind``: name, number, string, at, symbol, mark (Chinese punctuation), end; strings are decoded."""

    kind: str
    text: str
    place: Place
    blank_before: bool


def tokenize(source: str) -> list[Token]:
    """All tokens with a final ``end``; raises FeelError at the first character that cannot be read."""
    if len(source) > MAX_SOURCE:
        raise FeelError("表达式超过 %(most)s 个字符，请拆成几个较短的表达式", most=MAX_SOURCE)
    tokens: list[Token] = []
    position, line, line_start, blank = 0, 1, 0, False
    while position < len(source):
        place = Place(line, position - line_start + 1)
        match = _TOKEN.match(source, position)
        if match is None or (match.group() == "/" and source.startswith("/*", position)):
            raise _unreadable(source, position, place)
        kind, text = str(match.lastgroup), match.group()
        if kind == "blank":
            blank = True
        else:
            tokens.append(Token(kind, _decoded(kind, text), place, blank))
            blank = False
        if breaks := text.count("\n"):
            line += breaks
            line_start = position + text.rindex("\n") + 1
        position = match.end()
    tokens.append(Token("end", "", Place(line, position - line_start + 1), blank))
    return tokens


@lru_cache(maxsize=4096)
def words(name: str) -> tuple[str, ...]:
    """A name as the texts of its tokens; empty when it cannot be written in an expression."""
    try:
        return tuple(token.text for token in tokenize(name)[:-1])
    except FeelError:
        return ()


def _decoded(kind: str, text: str) -> str:
    if kind == "string":
        return decode_string(text[1:-1])
    return decode_string(text[text.index('"') + 1 : -1]) if kind == "at" else text


def decode_string(text: str) -> str:
    """Resolve escapes; an unknown one (backslash and d, say) stays, it belongs to a pattern."""
    if "\\" not in text:
        return text
    decoded = _ESCAPE.sub(_decode_escape, text)
    # two \u escapes may be the halves of one character beyond the basic plane
    return decoded.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _decode_escape(match: re.Match[str]) -> str:
    if code := match[1] or match[2]:
        number = int(code, 16)
        return chr(number) if number <= 0x10FFFF else "\ufffd"
    return _PLAIN_ESCAPES.get(match[3], match[0])


def chinese_mark(mark: str, place: Place) -> FeelError:
    """The refusal of a full-width comma, bracket or quote outside a name."""
    return FeelError(
        "“%(mark)s”是中文标点，请改用英文标点 %(plain)s", *place, mark=mark, plain=_CHINESE_MARKS[mark]
    )


def _unreadable(source: str, position: int, place: Place) -> FeelError:
    if source[position] == '"' or source.startswith('@"', position):
        return FeelError("字符串没有结束，请补上英文双引号", *place)
    if source.startswith("/*", position):
        return FeelError("注释没有结束，请补上 */", *place)
    return FeelError("不认识的字符“%(sign)s”，请删除或改正", *place, sign=source[position])
