"""Regular expressions as FEEL wants them (XPath/XML Schema syntax) on a linear-time engine (RE2).

RE2 has no back references and no look-around, and cannot be made to run for ever; those are refused with a reason.
Source: DMN 1.5 §10.3.4.3; XPath and XQuery Functions 3.1 §5.6.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import re2

from app.core.feel.errors import FeelError

MAX_PATTERN = 2000
_MEMORY = 4 << 20
_MOST_MEMBERS = 20_000
_ESCAPES = {
    "d": r"\p{Nd}",
    "D": r"\P{Nd}",
    "s": r" \t\n\r",
    "w": r"\p{L}\p{M}\p{N}\p{S}",
    "i": r"\p{L}_:",
    "c": r"\p{L}\p{M}\p{Nd}\-._:\x{B7}",
}
_BLOCKS = {
    "BasicLatin": (0x0, 0x7F),
    "Latin-1Supplement": (0x80, 0xFF),
    "LatinExtended-A": (0x100, 0x17F),
    "LatinExtended-B": (0x180, 0x24F),
    "IPAExtensions": (0x250, 0x2AF),
    "SpacingModifierLetters": (0x2B0, 0x2FF),
    "CombiningDiacriticalMarks": (0x300, 0x36F),
    "Greek": (0x370, 0x3FF),
    "GreekandCoptic": (0x370, 0x3FF),
    "Cyrillic": (0x400, 0x4FF),
    "Hebrew": (0x590, 0x5FF),
    "Arabic": (0x600, 0x6FF),
    "Thai": (0xE00, 0xE7F),
    "GeneralPunctuation": (0x2000, 0x206F),
    "CurrencySymbols": (0x20A0, 0x20CF),
    "LetterlikeSymbols": (0x2100, 0x214F),
    "NumberForms": (0x2150, 0x218F),
    "Arrows": (0x2190, 0x21FF),
    "MathematicalOperators": (0x2200, 0x22FF),
    "EnclosedAlphanumerics": (0x2460, 0x24FF),
    "BoxDrawing": (0x2500, 0x257F),
    "CJKSymbolsandPunctuation": (0x3000, 0x303F),
    "Hiragana": (0x3040, 0x309F),
    "Katakana": (0x30A0, 0x30FF),
    "CJKUnifiedIdeographsExtensionA": (0x3400, 0x4DBF),
    "CJKUnifiedIdeographs": (0x4E00, 0x9FFF),
    "HangulSyllables": (0xAC00, 0xD7A3),
    "PrivateUseArea": (0xE000, 0xF8FF),
    "CJKCompatibilityIdeographs": (0xF900, 0xFAFF),
    "HalfwidthandFullwidthForms": (0xFF00, 0xFFEF),
}
_SELF = frozenset(".\\?*+{}()[]|-^$")
_CONTROL = {"n": r"\n", "r": r"\r", "t": r"\t"}


_compile: Callable[..., Any] = re2.compile  # re2 has no type hints
_escape: Callable[[str], str] = re2.escape


class Pattern(NamedTuple):
    """A compiled expression with its number of groups and of instructions."""

    engine: Any  # the compiled pattern of re2, which has no type hints
    groups: int
    size: int


@lru_cache(maxsize=512)
def compile_pattern(text: str, flags: str = "") -> Pattern:
    """The pattern; raises FeelError with the reason."""
    if len(text) > MAX_PATTERN:
        raise FeelError("正则表达式超过 %(most)s 个字符", most=MAX_PATTERN)
    if not set(flags) <= set("smixq"):
        raise FeelError("正则标志“%(flags)s”不认识，只能用 s、m、i、x", flags=flags)
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY
    body = _escape(text) if "q" in flags else _Translation(text, flags).translate()
    inline = "".join(flag for flag in "smi" if flag in flags)
    try:
        engine = _compile(f"(?{inline})(?:{body})" if inline else body, options)
    except re2.error as exc:
        raise FeelError("正则表达式“%(text)s”写法不对", text=text[:40]) from exc
    return Pattern(engine, engine.groups, engine.programsize)


class _Translation:
    """One pattern being rewritten from XPath syntax to RE2 syntax."""

    def __init__(self, text: str, flags: str) -> None:
        self.text = _without_blanks(text) if "x" in flags else text
        self.flags = flags
        self.at = 0
        self.members = 0  # characters left over by subtractions, which are written out one by one

    def translate(self) -> str:
        parts = []
        while self.at < len(self.text):
            parts.append(self._next())
        return "".join(parts)

    def _next(self) -> str:
        char = self.text[self.at]
        if char == "\\":
            return self._escape(inside=False)
        if char == "[":
            return self._class()
        if self.text.startswith("(?", self.at) and not self.text.startswith("(?:", self.at):
            raise FeelError("正则表达式不支持 (?…) 形式的前后查看和内嵌标志")
        self.at += 1
        return "[^\\n\\r]" if char == "." and "s" not in self.flags else char

    def _escape(self, *, inside: bool) -> str:  # noqa: PLR0911 - by letter
        """An escape, as text for RE2; inside a class without brackets of its own."""
        letter = self.text[self.at + 1 : self.at + 2]
        self.at += 2
        if letter in _SELF:
            return "\\" + letter
        if letter in _CONTROL:
            return _CONTROL[letter]
        if letter in ("p", "P"):
            return self._category(letter, inside=inside)
        if letter in ("d", "D"):
            return _ESCAPES[letter]
        if letter in ("s", "w", "i", "c"):
            return _ESCAPES[letter] if inside else f"[{_ESCAPES[letter]}]"
        if letter in ("S", "W", "I", "C") and not inside:
            return f"[^{_ESCAPES[letter.lower()]}]"
        if letter == "S":
            return r"\x{0}-\x{8}\x{B}\x{C}\x{E}-\x{1F}\x{21}-\x{10FFFF}"
        if letter == "W":
            return r"\p{P}\p{Z}\p{C}"
        if letter.isdigit():
            raise FeelError("正则表达式不支持反向引用（\\1 等），请改用其他写法")
        raise FeelError("正则表达式里不认识“\\%(letter)s”", letter=letter)

    def _category(self, letter: str, *, inside: bool) -> str:
        end = self.text.find("}", self.at)
        if not self.text.startswith("{", self.at) or end < 0:
            raise FeelError("正则表达式的 \\p 后面应当是花括号和类别，如 \\p{L}")
        name = self.text[self.at + 1 : end]
        self.at = end + 1
        if not name.startswith("Is"):
            return f"\\{letter}{{{name}}}"
        block = _BLOCKS.get(name[2:])
        if block is None:
            raise FeelError("正则表达式里不认识字符块“%(name)s”", name=name)
        low, high = block
        if letter == "p":
            ranges = f"\\x{{{low:X}}}-\\x{{{high:X}}}"
        else:
            ranges = (f"\\x{{0}}-\\x{{{low - 1:X}}}" if low else "") + f"\\x{{{high + 1:X}}}-\\x{{10FFFF}}"
        return ranges if inside else f"[{ranges}]"

    def _class(self) -> str:
        """``[…]``, also with subtraction ``[a-z-[aeiou]]`` of plain characters."""
        self.at += 1
        negated = self.text.startswith("^", self.at)
        self.at += negated
        start = self.at
        parts: list[str] = []
        while True:
            char = self.text[self.at : self.at + 1]
            if not char:
                raise FeelError("正则表达式的 [ 没有配对的 ]")
            if char == "]" and self.at > start:
                self.at += 1
                return f"[{'^' if negated else ''}{''.join(parts)}]"
            if char == "-" and self.text.startswith("-[", self.at):
                return self._subtraction(negated, "".join(parts))
            if char == "[":
                raise FeelError("正则表达式方括号里的 [ 要写成 \\[")
            if char == "\\":
                parts.append(self._escape(inside=True))
            else:
                self.at += 1
                parts.append(char)

    def _subtraction(self, negated: bool, whole: str) -> str:
        self.at += 1
        taken = self._class()
        if not self.text.startswith("]", self.at) or negated:
            raise FeelError("正则表达式的字符类减法写法不对")
        self.at += 1
        ignore_case = "i" in self.flags
        left = _members(whole, ignore_case) - _members(taken[1:-1], ignore_case)
        self.members += len(left)
        if self.members > _MOST_MEMBERS:
            raise FeelError("正则表达式的字符区间太大")
        if not left:
            raise FeelError("正则表达式的字符类减法没有剩下字符")
        return "(?-i:[" + "".join(f"\\x{{{code:X}}}" for code in sorted(left)) + "])"


def _members(text: str, ignore_case: bool) -> set[int]:
    """Code points of a class made of characters and ranges."""
    if "\\" in text or text.startswith("^"):
        raise FeelError("正则表达式的字符类减法只支持单个字符和区间")
    codes: set[int] = set()
    at = 0
    while at < len(text):
        last = at + 2 if text[at + 1 : at + 2] == "-" and at + 2 < len(text) else at
        low, high = ord(text[at]), ord(text[last])
        if high - low > _MOST_MEMBERS:
            raise FeelError("正则表达式的字符区间太大")
        codes.update(range(low, high + 1))
        at = last + 1
    if ignore_case:
        letters = [chr(code) for code in codes]
        codes |= {ord(other) for one in letters for other in (one.lower(), one.upper()) if len(other) == 1}
    return codes


def _without_blanks(text: str) -> str:
    """The pattern without white space, which flag x ignores except inside ``[…]``."""
    kept = []
    inside = False
    escaped = False
    for char in text:
        if char in " \t\n\r" and not inside:
            continue
        if not escaped and char in "[]":
            inside = char == "["
        escaped = char == "\\" and not escaped
        kept.append(char)
    return "".join(kept)


def read_replacement(text: str, groups: int) -> list[str | int]:
    """A replacement as plain texts and group numbers; raises FeelError for a wrong dollar or backslash."""
    parts: list[str | int] = []
    at = 0
    while at < len(text):
        char, following = text[at], text[at + 1 : at + 2]
        if char == "\\":
            if following not in ("\\", "$"):
                raise FeelError("替换文本里的 \\ 只能写成 \\\\ 或 \\$")
            parts.append(following)
            at += 2
        elif char == "$":
            if not (following.isascii() and following.isdigit()):
                raise FeelError("替换文本里的 $ 后面应当是组号")
            at += 1
            number = int(text[at])
            at += 1
            while (
                at < len(text)
                and text[at].isascii()
                and text[at].isdigit()
                and number * 10 + int(text[at]) <= groups
            ):
                number = number * 10 + int(text[at])
                at += 1
            parts.append(number)
        else:
            parts.append(char)
            at += 1
    return parts
