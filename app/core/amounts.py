"""Amounts and rates as people type them: ``￥1,234.50``, ``３００万元``, ``1.5%``.

Apart from ``app.core.money``, because a refusal shows amounts and so stands above it.
"""

import re
import unicodedata
from decimal import Decimal

from app.core.errors import Invalid
from app.core.money import FEN_PER_WAN, FEN_PER_YUAN, fen

LARGEST_FEN = 9_007_199_254_740_991  # 2^53 − 1: the largest whole number the browser keeps exact

_NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?", re.ASCII)


def parse_yuan(text: str, *, field: str | None = None, allow_negative: bool = False) -> int:
    """Fen of a typed amount in yuan. :raises Invalid: empty, no number, below a fen, negative, too large."""
    number = _read_number(text, field, units=("元",), decimals=2)
    return _in_range(number * FEN_PER_YUAN, field, allow_negative)


def parse_wan(text: str, *, field: str | None = None, allow_negative: bool = False) -> int:
    """Fen of a typed amount in 万元, up to six decimals. :raises Invalid: as ``parse_yuan``."""
    number = _read_number(text, field, units=("万元", "万"), decimals=6)
    return _in_range(number * FEN_PER_WAN, field, allow_negative)


def parse_percent(text: str, *, field: str | None = None) -> Decimal:
    """The fraction of a typed percentage: ``1.5`` and ``1.5%`` are ``Decimal("0.015")``.

    Up to four decimals, 0 to 100. :raises Invalid: otherwise.
    """
    percent = _read_number(text, field, units=("%",), decimals=4)
    if not 0 <= percent <= 100:
        raise Invalid.of(field, "百分比应在 0 到 100 之间", "core.percent.range")
    return percent / 100


def _read_number(text: str, field: str | None, *, units: tuple[str, ...], decimals: int) -> Decimal:
    """The number without currency sign, unit, blanks and thousands marks; full-width signs are read too."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    plain = plain.removeprefix("¥")
    for unit in units:
        plain = plain.removesuffix(unit)
    if not plain:
        raise Invalid.of(field, "请填写数值", "core.amount.empty")
    if not _NUMBER.fullmatch(plain):
        raise Invalid.of(field, "数值格式不正确，请填写如 1234.50 或 1,234.50", "core.amount.format")
    number = Decimal(plain.replace(",", ""))
    if len(plain.partition(".")[2].rstrip("0")) > decimals:
        raise Invalid.of(field, _TOO_FINE[decimals], "core.amount.decimals")
    return number


_TOO_FINE = {2: "金额最多两位小数", 4: "百分比最多四位小数", 6: "以万元填写的金额最多六位小数"}


def _in_range(exact_fen: Decimal, field: str | None, allow_negative: bool) -> int:
    amount_fen = fen(exact_fen)
    if amount_fen < 0 and not allow_negative:
        raise Invalid.of(field, "金额不能为负数", "core.amount.negative")
    if abs(amount_fen) > LARGEST_FEN:
        raise Invalid.of(field, "金额过大，请核对单位", "core.amount.too_large")
    return amount_fen
