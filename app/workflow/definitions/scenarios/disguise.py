"""Real values as made-up ones: the same value always becomes the same other, and what it routes on stays.

Kept are amounts, rates, dates, yes and no, and every text the release itself contains (options, results a gateway
compares with): such a text says nothing of a customer. Everything else is replaced: numbers that carry a check
character by others that pass it, account numbers by digits of the same length, names and free text by samples.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from app.core.identifiers import (
    is_valid_mobile,
    is_valid_resident_id,
    is_valid_uscc,
    is_valid_zhongzheng,
    made_up_mobile,
    made_up_resident_id,
    made_up_uscc,
    made_up_zhongzheng,
)
from app.workflow.definitions.bundle import Bundle

_KEYS_FROM = 2**31
"""Row keys are random below 2**52; smaller whole numbers are counts, months, levels."""
_PLAIN = re.compile(r"-?\d{1,6}|-?\d+\.\d+")
_CLOCK = r"\d{2}:\d{2}(:\d{2}(\.\d+)?)?"
_MOMENT = re.compile(rf"\d{{4}}-\d{{2}}-\d{{2}}([T ]{_CLOCK}(Z|[+-]\d{{2}}:\d{{2}})?)?|{_CLOCK}")
_DURATION = re.compile(r"P(?=\d|T\d)(\d+[YMWD])*(T(\d+[HMS])+)?")
_ACCOUNT = re.compile(r"\d(?:[ -]?\d){8,}")
_CODE = re.compile(r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9_./-]*")
_COMPANY = re.compile(r"(公司|厂|银行|支行|分行|中心|合作社|集团|事务所|社|店|部)$")
_NAME_KEYS = re.compile(r"name|payer|payee|party|contact|signer|provider|lender|person|responsible|_by$")
_LONGEST_NAME = 40
_QUOTED = (re.compile(r'(?="([^"<>\n]{1,80})")'), re.compile(r"(?=&quot;([^&<>\n]{1,80})&quot;)"))


class Disguise:
    """The made-up values of one export.

    :param kept: texts that stay as they are.
    """

    def __init__(self, kept: frozenset[str] = frozenset()) -> None:
        self._kept = kept
        self._made: dict[tuple[str, object], Any] = {}
        self._counts: dict[str, int] = {}

    def data(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Named values, each by its kind and name."""
        return {key: self.value(value, key) for key, value in data.items()}

    def value(self, value: Any, name: str = "") -> Any:  # noqa: PLR0911 - one return per kind
        """One value, plain data for YAML. :param name: what it is called, ``contact_name``."""
        match value:
            case bool() | None | float():
                return value
            case int():
                is_key = value >= _KEYS_FROM and not name.endswith("_fen")
                return self._once("key", value, lambda n: 1000 + n) if is_key else value
            case Decimal():
                return int(value) if value == value.to_integral_value() else float(value)
            case date() | datetime() | time():
                return value.isoformat()
            case str():
                return self._text(value, name)
            case Mapping():
                return {str(key): self.value(item, str(key)) for key, item in value.items()}
            case list() | tuple():
                return [self.value(item, name) for item in value]
        return self._once("text", str(value), lambda n: f"样例文字{n}")

    def _text(self, text: str, name: str) -> str:
        bare = text.strip()
        if not bare or any(one.fullmatch(bare) for one in (_PLAIN, _MOMENT, _DURATION)):
            return text
        for kind, is_one, made_up in _NUMBERS:
            if is_one(bare):
                return str(self._once(kind, bare.upper(), made_up))
        if _ACCOUNT.fullmatch(bare):
            return str(self._once("account", bare, lambda n: account_like(bare, n)))
        return text if text in self._kept else self._words(bare, name)

    def _words(self, text: str, name: str) -> str:
        if "@" in text and " " not in text:
            return str(self._once("mail", text, lambda n: f"user{n}@example.com"))
        if _CODE.fullmatch(text):
            return str(self._once("code", text, lambda n: _code_like(text, n)))
        if _COMPANY.search(text) and len(text) <= _LONGEST_NAME:
            return str(self._once("company", text, lambda n: f"样例单位{n}有限公司"))
        if _NAME_KEYS.search(name) and len(text) <= _LONGEST_NAME:
            return str(self._once("person", text, lambda n: f"样例人{n}"))
        return str(self._once("text", text, lambda n: f"样例文字{n}"))

    def _once(self, kind: str, real: object, made_up: Callable[[int], Any]) -> Any:
        if (kind, real) not in self._made:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._made[kind, real] = made_up(self._counts[kind])
        return self._made[kind, real]


_NUMBERS: tuple[tuple[str, Callable[[str], bool], Callable[[int], str]], ...] = (
    ("resident", is_valid_resident_id, made_up_resident_id),
    ("uscc", is_valid_uscc, made_up_uscc),
    ("mobile", is_valid_mobile, made_up_mobile),
    ("zhongzheng", is_valid_zhongzheng, made_up_zhongzheng),
)


def account_like(real: str, number: int) -> str:
    """Digits of the same length and grouping; a card number that passes the Luhn check stays one."""
    size = sum(sign.isdigit() for sign in real)
    digits = f"62{number:0{size - 2}d}"[-size:]
    if passes_luhn("".join(sign for sign in real if sign.isdigit())):
        digits = next(made for last in "0123456789" if passes_luhn(made := digits[1:] + last))
    given = iter(digits)
    return "".join(next(given) if sign.isdigit() else sign for sign in real)


def passes_luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of a bank card. Source: ISO/IEC 7812-1."""
    doubled = [int(sign) * (1 + place % 2) for place, sign in enumerate(reversed(digits))]
    return sum(one - 9 if one > 9 else one for one in doubled) % 10 == 0


def _code_like(real: str, number: int) -> str:
    """Letters of a number stay what they are called by (``ZB``), its digits count."""
    front = (re.match(r"[A-Za-z]{1,4}(?=[-_]?\d)", real) or [""])[0]
    return f"{front}{number:08d}"


def texts_of(bundle: Bundle) -> frozenset[str]:
    """Every quoted text of a release's processes, tables and forms: what cases are routed on."""
    files = (bundle.processes, bundle.rules, bundle.checks, bundle.forms)
    return frozenset(_quoted([content for one in files for content in one.values()]))


def _quoted(contents: list[bytes]) -> Iterator[str]:
    for content in contents:
        for pattern in _QUOTED:
            yield from pattern.findall(content.decode("utf-8", errors="replace"))
