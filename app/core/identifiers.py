"""Numbers that carry their own proof: USCC, resident identity number, Zhongzheng code; and mobile numbers.

``parse_…`` gives the cleaned value or raises ``Invalid`` with one finding that says what is wrong;
``is_valid_…`` only answers. Blanks and full-width characters are forgiven, wrong characters are not.
Source: domain/rules.md §19.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from app.core import clock
from app.core.errors import Invalid

Gender = Literal["MALE", "FEMALE"]

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = tuple(3**place % 31 for place in range(17))
_ORG_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_RESIDENT_CHECKS = "10X98765432"
_ZHONGZHENG_WEIGHTS = (1, 3, 5, 7, 11, 2, 13, 1, 1, 17, 19, 97, 23, 29)


# ------------------------------------------------------------------ companies


def parse_uscc(text: str, *, field: str | None = None) -> str:
    """The 18 characters of a unified social credit code 统一社会信用代码, upper case.

    :raises Invalid: length, characters, its own check character, or that of the organisation code inside.
    Source: GB 32100-2015; GB 11714.
    """
    code = _clean(text)
    if len(code) != 18:
        raise Invalid.of(field, "统一社会信用代码应为 18 位", "identifiers.uscc.length")
    if not set(code) <= set(_USCC_ALPHABET):
        raise Invalid.of(
            field, "统一社会信用代码只能含数字和大写字母，不含 I、O、S、V、Z", "identifiers.uscc.characters"
        )
    if code[17] != _uscc_check(code[:17]):
        raise Invalid.of(field, "统一社会信用代码校验位不正确，请核对", "identifiers.uscc.check")
    if code[16] != _org_check(code[8:16]):
        raise Invalid.of(
            field, "统一社会信用代码第 9–17 位组织机构代码校验不通过，请核对", "identifiers.uscc.organisation"
        )
    return code


def parse_organisation_code(text: str, *, field: str | None = None) -> str:
    """The 9 characters of an organisation code 组织机构代码, the hyphen removed. :raises Invalid: otherwise."""
    code = _clean(text).replace("-", "")
    if not re.fullmatch(r"[0-9A-Z]{8}[0-9X]", code, re.ASCII):
        raise Invalid.of(
            field, "组织机构代码应为 8 位数字或大写字母加 1 位校验码", "identifiers.organisation.format"
        )
    if code[8] != _org_check(code[:8]):
        raise Invalid.of(field, "组织机构代码校验位不正确，请核对", "identifiers.organisation.check")
    return code


def parse_zhongzheng(text: str, *, field: str | None = None) -> str:
    """The 16 characters of a Zhongzheng code 中征码 (former loan card number). :raises Invalid: otherwise."""
    code = _clean(text)
    if not re.fullmatch(r"[0-9A-Z]{3}\d{13}", code, re.ASCII):
        raise Invalid.of(
            field, "中征码应为 16 位：前 3 位数字或大写字母，后 13 位数字", "identifiers.zhongzheng.format"
        )
    if int(code[14:]) != _zhongzheng_check(code[:14]):
        raise Invalid.of(field, "中征码校验位不正确，请核对", "identifiers.zhongzheng.check")
    return code


# ------------------------------------------------------------------ persons


@dataclass(frozen=True, slots=True)
class ResidentId:
    """What a resident identity number 公民身份号码 says of its holder."""

    number: str
    region_code: str
    birth_date: date
    gender: Gender


def parse_resident_id(text: str, *, on: date | None = None, field: str | None = None) -> ResidentId:
    """Read a resident identity number; ``on`` is the day it is looked at, today if not given.

    :raises Invalid: length, characters, check character, a birth date that does not exist or is still to come.
    Source: GB 11643-1999.
    """
    number = _clean(text)
    if not re.fullmatch(r"\d{17}[\dX]", number, re.ASCII):
        raise Invalid.of(field, "身份证号码应为 18 位，末位可为 X", "identifiers.resident_id.format")
    if number[17] != _resident_check(number[:17]):
        raise Invalid.of(field, "身份证号码校验位不正确，请核对", "identifiers.resident_id.check")
    gender: Gender = "MALE" if int(number[16]) % 2 else "FEMALE"
    birth_date = _birth_date(number[6:14], on or clock.today(), field)
    return ResidentId(number, number[:6], birth_date, gender)


def parse_mobile(text: str, *, field: str | None = None) -> str:
    """The 11 digits of a mainland mobile number; hyphens and a leading +86 are dropped.

    :raises Invalid: otherwise.
    """
    number = _clean(text).replace("-", "").removeprefix("+86")
    if not re.fullmatch(r"1[3-9]\d{9}", number, re.ASCII):
        raise Invalid.of(field, "手机号码应为 11 位，以 13 至 19 开头", "identifiers.mobile.format")
    return number


# ------------------------------------------------------------------ questions


def is_valid_uscc(text: str) -> bool:
    """Whether ``parse_uscc`` would accept it."""
    try:
        return bool(parse_uscc(text))
    except Invalid:
        return False


def is_valid_organisation_code(text: str) -> bool:
    """Whether ``parse_organisation_code`` would accept it."""
    try:
        return bool(parse_organisation_code(text))
    except Invalid:
        return False


def is_valid_zhongzheng(text: str) -> bool:
    """Whether ``parse_zhongzheng`` would accept it."""
    try:
        return bool(parse_zhongzheng(text))
    except Invalid:
        return False


def is_valid_resident_id(text: str, *, on: date | None = None) -> bool:
    """Whether ``parse_resident_id`` would accept it."""
    try:
        return bool(parse_resident_id(text, on=on))
    except Invalid:
        return False


def is_valid_mobile(text: str) -> bool:
    """Whether ``parse_mobile`` would accept it."""
    try:
        return bool(parse_mobile(text))
    except Invalid:
        return False


# ------------------------------------------------------------------ made-up numbers


def made_up_uscc(number: int) -> str:
    """A credit code nobody has, which ``parse_uscc`` accepts; ``number`` below 100,000,000."""
    body = f"{number:08d}"
    front = f"91000000{body}{_org_check(body)}"
    return front + _uscc_check(front)


def made_up_resident_id(number: int) -> str:
    """An identity number of a region there is not, which ``parse_resident_id`` accepts; below 9,000,000."""
    day = date(1970, 1, 1) + timedelta(days=number // 1000)
    front = f"990000{day:%Y%m%d}{number % 1000:03d}"
    return front + _resident_check(front)


def made_up_zhongzheng(number: int) -> str:
    """A Zhongzheng code nobody has, which ``parse_zhongzheng`` accepts; ``number`` below 10**11."""
    front = f"990{number:011d}"
    return f"{front}{_zhongzheng_check(front):02d}"


def made_up_mobile(number: int) -> str:
    """A number of eleven digits which ``parse_mobile`` accepts, from a block not given out; below 10,000,000."""
    return f"1990{number:07d}"


# ------------------------------------------------------------------ masks


def mask_id(number: str) -> str:
    """An identity number for the screen: three characters in front, four at the end, the rest hidden.

    Shorter numbers (passports, old permits) show at most one character in front and two at the end.
    """
    if len(number) >= 15:
        return _mask(number, 3, 4)
    return _mask(number, 1, 2) if len(number) >= 6 else "*" * len(number)


def mask_mobile(number: str) -> str:
    """A mobile number for the screen: ``138****5678``; anything shorter is hidden entirely."""
    return _mask(number, 3, 4) if len(number) >= 11 else "*" * len(number)


def _mask(text: str, front: int, end: int) -> str:
    return text[:front] + "*" * (len(text) - front - end) + text[-end:]


# ------------------------------------------------------------------ check characters


def _clean(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def _uscc_check(body: str) -> str:
    weighted = sum(_USCC_ALPHABET.index(c) * w for c, w in zip(body, _USCC_WEIGHTS, strict=True))
    return _USCC_ALPHABET[-weighted % 31]


def _org_check(body: str) -> str:
    weighted = sum(_ORG_ALPHABET.index(c) * w for c, w in zip(body, _ORG_WEIGHTS, strict=True))
    return "0123456789X"[-weighted % 11]


def _resident_check(body: str) -> str:
    weighted = sum(int(c) * w for c, w in zip(body, _RESIDENT_WEIGHTS, strict=True))
    return _RESIDENT_CHECKS[weighted % 11]


def _zhongzheng_check(body: str) -> int:
    weighted = sum(_ORG_ALPHABET.index(c) * w for c, w in zip(body, _ZHONGZHENG_WEIGHTS, strict=True))
    return 1 + weighted % 97


def _birth_date(digits: str, on: date, field: str | None) -> date:
    try:
        birth_date = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError as error:
        message = "身份证号码中的出生日期不存在，请核对"
        raise Invalid.of(field, message, "identifiers.resident_id.birth_date") from error
    if birth_date > on:
        raise Invalid.of(field, "身份证号码中的出生日期晚于今天，请核对", "identifiers.resident_id.birth_date")
    return birth_date
