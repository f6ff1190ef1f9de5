"""Money: integer fen inside, yuan and 万元 only at the edge, capital figures 大写 on paper.

Reckonings stay exact (``Decimal`` or ``Fraction``) and are rounded once, at the end, by ``fen``.
What people type is read by ``app.core.amounts``, which may refuse it; nothing here knows about forms.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

FEN_PER_YUAN = 100
FEN_PER_WAN = 1_000_000

Exact = int | Decimal | Fraction


def fen(x: Exact) -> int:
    """Whole fen of an exact amount that is already in fen, ROUND_HALF_UP (away from zero on a tie)."""
    exact = _fraction(x)
    rounded = (2 * abs(exact.numerator) + exact.denominator) // (2 * exact.denominator)
    return rounded if exact >= 0 else -rounded


def yuan(x: int | str | Decimal) -> int:
    """Fen of an amount given in yuan: ``yuan("45,000.00") == 4_500_000``."""
    return fen(_fraction(_number(x)) * FEN_PER_YUAN)


def wan(x: int | str | Decimal) -> int:
    """Fen of an amount given in 万元: ``wan("4.5") == 4_500_000``."""
    return fen(_fraction(_number(x)) * FEN_PER_WAN)


def show_yuan(amount_fen: int) -> str:
    """Yuan with two decimals and thousands marks: ``45,000.00``."""
    whole, rest = divmod(abs(amount_fen), FEN_PER_YUAN)
    return f"{_minus(amount_fen)}{whole:,}.{rest:02d}"


def show_wan(amount_fen: int) -> str:
    """万元 with two to six decimals, never rounded: ``4.50``, ``123.456789``."""
    whole, rest = divmod(abs(amount_fen), FEN_PER_WAN)
    decimals = f"{rest:06d}".rstrip("0").ljust(2, "0")
    return f"{_minus(amount_fen)}{whole:,}.{decimals}"


def show_percent(rate: Exact, places: int = 2) -> str:
    """A fraction as percent, rounded half up for the eye only: ``0.015`` is ``1.50%``."""
    scaled = fen(_fraction(rate) * 100 * 10**places)
    whole, rest = divmod(abs(scaled), 10**places)
    decimals = f".{rest:0{places}d}" if places else ""
    return f"{_minus(scaled)}{whole}{decimals}%"


@dataclass(frozen=True, slots=True)
class Ratio:
    """Two amounts compared, both kept: what is reported can be reckoned again.

    Compared unrounded (10.00000125 % exceeds 10 %). A denominator of zero or less has no value;
    ask ``is_defined`` first. Source: domain/rules.md §0.
    """

    numerator_fen: int
    denominator_fen: int

    @property
    def is_defined(self) -> bool:
        """Whether there is something to divide by."""
        return self.denominator_fen > 0

    @property
    def value(self) -> Fraction:
        """The exact quotient. :raises ZeroDivisionError: not defined."""
        if not self.is_defined:
            raise ZeroDivisionError("a ratio needs a denominator above zero")
        return Fraction(self.numerator_fen, self.denominator_fen)

    def __str__(self) -> str:
        return show_percent(self.value) if self.is_defined else "—"


def split_fen(total: int, shares: Sequence[Decimal], residual: int) -> list[int]:
    """Divide ``total`` fen by percent shares; ``residual`` is the place of the party that takes the rest.

    The parts stand in the order of ``shares`` and add up to ``total``.
    :raises ValueError: the shares do not add up to exactly 100, or one is negative.
    Source: domain/rules.md §0.
    """
    if sum(map(_fraction, shares)) != 100:
        raise ValueError("shares must add up to exactly 100 percent")
    return split_by_weights(total, shares, residual)


def split_by_weights(total: int, weights: Sequence[Exact], residual: int) -> list[int]:
    """Divide ``total`` fen in proportion to ``weights``, e.g. a recovery by what each party bore.

    Every party but ``residual`` is rounded half up. A few fen between many parties could round up to more
    than there is; a part is then cut to what is left, so that no part turns against the others.
    :raises ValueError: a weight is negative, or all are zero.
    """
    exact = [_fraction(weight) for weight in weights]
    weight_sum = sum(exact, Fraction(0))
    if weight_sum <= 0 or min(exact) < 0:
        raise ValueError("weights must not be negative, and not all zero")
    left, parts = abs(total), [0] * len(exact)
    for place, weight in enumerate(exact):
        if place != residual:
            parts[place] = min(left, fen(abs(total) * weight / weight_sum))
            left -= parts[place]
    parts[residual] = left
    return parts if total >= 0 else [-part for part in parts]


# ------------------------------------------------------------------ capital figures

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("仟", "佰", "拾", "")
_YI = 10**8
_LARGEST_YUAN = 10**16  # above this the reading 亿亿 is nobody's custom


def in_words(amount_fen: int) -> str:
    """Capital figures 大写 of an amount, without the word 人民币: ``壹佰贰拾叁元肆角伍分``.

    整 closes an amount without fen; a negative amount begins with 负.
    :raises ValueError: 10^16 yuan or more.
    Source: 正确填写票据和结算凭证的基本规定 (PBOC), first of the two writings where it allows both.
    """
    whole, rest = divmod(abs(amount_fen), FEN_PER_YUAN)
    if whole >= _LARGEST_YUAN:
        raise ValueError("amount too large for capital figures")
    sign = "负" if amount_fen < 0 else ""
    if whole == 0 and rest > 0:
        return sign + _jiao_and_fen(rest)
    if whole == 0:
        return "零元整"
    # A zero is read between 元 and what follows when the yuan digit or the jiao digit is zero.
    gap = "零" if rest and (whole % 10 == 0 or rest < 10) else ""
    return f"{sign}{_integer_words(whole)}元{gap}{_jiao_and_fen(rest)}"


def _jiao_and_fen(rest: int) -> str:
    jiao, single = divmod(rest, 10)
    words = f"{_DIGITS[jiao]}角" if jiao else ""
    return words + (f"{_DIGITS[single]}分" if single else "整")


def _integer_words(number: int) -> str:
    """Words of 1 … 10^16 − 1, by groups of 亿, then 万; a leap over an empty place reads 零."""
    high, low = divmod(number, _YI)
    if high:
        return _join(_integer_words(high) + "亿", low, gap=low < _YI // 10)
    ten_thousands, rest = divmod(number, 10_000)
    if ten_thousands:
        return _join(_group_words(ten_thousands) + "万", rest, gap=rest < 1_000)
    return _group_words(rest)


def _join(head: str, rest: int, *, gap: bool) -> str:
    if rest == 0:
        return head
    return head + ("零" if gap else "") + _integer_words(rest)


def _group_words(group: int) -> str:
    """Words of 1 … 9999 without leading zero; zeros inside are read once, at the end not at all."""
    words, gap = "", False
    for digit, place in zip(f"{group:04d}", _PLACES, strict=True):
        if digit == "0":
            gap = bool(words)
            continue
        words += ("零" if gap else "") + _DIGITS[int(digit)] + place
        gap = False
    return words


def _fraction(x: Exact) -> Fraction:
    if isinstance(x, float):  # the annotation forbids it; a float would round silently
        raise TypeError("money is never a float")
    return Fraction(x)


def _number(x: int | str | Decimal) -> int | Decimal:
    if not isinstance(x, str):
        return x
    try:
        return Decimal(x.replace(",", ""))
    except ArithmeticError as error:
        raise ValueError(f"not an amount: {x!r}") from error


def _minus(amount: int) -> str:
    return "-" if amount < 0 else ""
