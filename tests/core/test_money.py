"""Money: rounding once, showing, reading, dividing without loss, capital figures."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.amounts import LARGEST_FEN, parse_percent, parse_wan, parse_yuan
from app.core.errors import Invalid
from app.core.money import (
    Ratio,
    fen,
    in_words,
    show_percent,
    show_wan,
    show_yuan,
    split_by_weights,
    split_fen,
    wan,
    yuan,
)

AMOUNTS = st.integers(-(10**17), 10**17)


@pytest.mark.parametrize(
    ("exact", "whole"),
    [("0", 0), ("0.49", 0), ("0.5", 1), ("1.5", 2), ("2.5", 3), ("-0.5", -1), ("-0.49", 0), ("-2.5", -3)],
)
def test_fen_rounds_half_up_away_from_zero(exact, whole):
    assert fen(Decimal(exact)) == whole
    assert fen(Fraction(exact)) == whole


def test_fen_does_not_depend_on_the_decimal_context():
    huge = Decimal("123456789012345678901234567890123456789.5")
    assert fen(huge) == 123456789012345678901234567890123456790


@pytest.mark.parametrize("reading", [fen, yuan, wan, show_percent])
def test_a_float_is_refused(reading):
    with pytest.raises(TypeError):
        reading(0.1)


@pytest.mark.parametrize(
    ("given_yuan", "expected"),
    [(3, 300), ("45000.00", 4_500_000), ("45,000.00", 4_500_000), (Decimal("0.01"), 1), ("-1.5", -150)],
)
def test_yuan_gives_fen(given_yuan, expected):
    assert yuan(given_yuan) == expected


def test_wan_gives_fen():
    assert wan("4.5") == yuan(45_000)
    assert wan("0.000001") == 1


def test_yuan_of_no_number_is_a_programming_error():
    with pytest.raises(ValueError, match="not an amount"):
        yuan("three")


@pytest.mark.parametrize(
    ("amount_fen", "in_yuan", "in_wan"),
    [
        (0, "0.00", "0.00"),
        (1, "0.01", "0.000001"),
        (4_500_000, "45,000.00", "4.50"),
        (-4_500_000, "-45,000.00", "-4.50"),
        (-1, "-0.01", "-0.000001"),
        (123_456_789, "1,234,567.89", "123.456789"),
        (10_000_000_000_00, "10,000,000,000.00", "1,000,000.00"),
    ],
)
def test_amounts_are_shown(amount_fen, in_yuan, in_wan):
    assert show_yuan(amount_fen) == in_yuan
    assert show_wan(amount_fen) == in_wan


@given(AMOUNTS)
def test_what_is_shown_reads_back_unchanged(amount_fen):
    assert yuan(show_yuan(amount_fen)) == amount_fen
    assert wan(show_wan(amount_fen)) == amount_fen


@pytest.mark.parametrize(
    ("rate", "places", "text"),
    [
        (Decimal("0.015"), 2, "1.50%"),
        (Fraction(2, 3), 2, "66.67%"),
        (Fraction(2, 3), 0, "67%"),
        (Decimal("-0.00005"), 2, "-0.01%"),
        (1, 1, "100.0%"),
    ],
)
def test_rates_are_shown_in_percent(rate, places, text):
    assert show_percent(rate, places) == text


def test_a_ratio_keeps_both_figures_and_compares_unrounded():
    ratio = Ratio(yuan("8000001"), yuan("80000000"))
    assert ratio.value > Fraction(1, 10)
    assert str(ratio) == "10.00%"


def test_a_ratio_without_denominator_says_so():
    ratio = Ratio(100, 0)
    assert not ratio.is_defined
    assert str(ratio) == "—"
    with pytest.raises(ZeroDivisionError):
        _ = ratio.value


# ------------------------------------------------------------------ reading what people type


@pytest.mark.parametrize(
    ("text", "amount_fen"),
    [
        ("45000", 4_500_000),
        ("45,000.00", 4_500_000),
        (" ￥45 000.5 元 ", 4_500_050),
        ("４５，０００．１０", 4_500_010),
        ("0", 0),
        ("1.500", 150),
        ("+3", 300),
    ],
)
def test_typed_yuan_is_read(text, amount_fen):
    assert parse_yuan(text) == amount_fen


@pytest.mark.parametrize(
    ("text", "amount_fen"), [("300", 3_000_000_00), ("300万元", 3_000_000_00), ("0.000001", 1), ("4.5万", 4_500_000)]
)
def test_typed_wan_is_read(text, amount_fen):
    assert parse_wan(text) == amount_fen


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "core.amount.empty"),
        ("  元", "core.amount.empty"),
        ("abc", "core.amount.format"),
        ("1,23", "core.amount.format"),
        ("1.2.3", "core.amount.format"),
        ("1e5", "core.amount.format"),
        ("NaN", "core.amount.format"),
        ("٣", "core.amount.format"),
        ("1.", "core.amount.format"),
        ("300万", "core.amount.format"),
        ("1.005", "core.amount.decimals"),
        ("-1", "core.amount.negative"),
        ("99999999999999999", "core.amount.too_large"),
    ],
)
def test_a_bad_amount_is_refused_at_its_field(text, code):
    with pytest.raises(Invalid) as refused:
        parse_yuan(text, field="amount")
    (finding,) = refused.value.findings
    assert (finding.code, finding.field) == (code, "amount")


def test_the_largest_amount_is_the_browsers():
    assert parse_yuan("90071992547409.91") == LARGEST_FEN
    with pytest.raises(Invalid):
        parse_yuan("90071992547409.92")


def test_a_negative_amount_is_read_where_it_makes_sense():
    assert parse_yuan("-12.30", allow_negative=True) == -1230


@pytest.mark.parametrize(("text", "rate"), [("1.5", "0.015"), ("1.5%", "0.015"), ("１００％", "1"), ("0", "0")])
def test_typed_percent_is_read_as_a_fraction(text, rate):
    assert parse_percent(text) == Decimal(rate)


@pytest.mark.parametrize(
    ("text", "code"),
    [("100.01", "core.percent.range"), ("-1", "core.percent.range"), ("0.00001", "core.amount.decimals")],
)
def test_a_bad_percent_is_refused(text, code):
    with pytest.raises(Invalid) as refused:
        parse_percent(text)
    assert refused.value.findings[0].code == code


@given(st.integers(0, LARGEST_FEN))
def test_shown_amounts_can_be_typed_back(amount_fen):
    assert parse_yuan(show_yuan(amount_fen)) == amount_fen
    assert parse_wan(show_wan(amount_fen)) == amount_fen


# ------------------------------------------------------------------ dividing

S4222 = [Decimal(40), Decimal(20), Decimal(20), Decimal(20)]


def test_the_residual_party_takes_the_rest():  # rules 6.3
    parts = split_fen(yuan("333333.33"), S4222, residual=0)
    assert parts == [yuan("133333.32"), yuan("66666.67"), yuan("66666.67"), yuan("66666.67")]


def test_recovery_is_divided_by_what_each_party_bore():  # rules 8.5
    borne = [yuan(400_000), yuan(300_000), yuan(100_000)]
    parts = split_by_weights(yuan("100000.01"), borne, residual=0)
    assert parts == [yuan("50000.01"), yuan("37500.00"), yuan("12500.00")]


def test_shares_must_add_up_to_one_hundred():
    with pytest.raises(ValueError, match="100"):
        split_fen(100, [Decimal(40), Decimal(30), Decimal(20), Decimal(5)], residual=0)


def test_weights_must_be_usable():
    with pytest.raises(ValueError, match="weights"):
        split_by_weights(100, [0, 0], residual=0)
    with pytest.raises(ValueError, match="weights"):
        split_by_weights(100, [2, -1], residual=0)


def test_a_few_fen_between_many_never_turn_negative():
    assert split_fen(2, [Decimal(1), Decimal(33), Decimal(33), Decimal(33)], residual=0) == [0, 1, 1, 0]


@given(AMOUNTS, st.lists(st.integers(0, 10**9), min_size=1, max_size=8), st.data())
def test_a_division_loses_nothing_and_keeps_the_sign(total, weights, data):
    weights[0] += 1
    residual = data.draw(st.integers(0, len(weights) - 1))
    parts = split_by_weights(total, weights, residual)
    assert sum(parts) == total
    assert all(part * total >= 0 for part in parts)


@given(st.integers(-(10**15), 10**15))
def test_dividing_a_reversal_mirrors_the_entry(total):
    assert split_fen(-total, S4222, 0) == [-part for part in split_fen(total, S4222, 0)]


# ------------------------------------------------------------------ capital figures


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "零元整"),
        ("0.01", "壹分"),
        ("0.10", "壹角整"),
        ("0.53", "伍角叁分"),
        ("1", "壹元整"),
        ("10", "壹拾元整"),
        ("1.05", "壹元零伍分"),
        ("1.50", "壹元伍角整"),
        ("10.50", "壹拾元零伍角整"),
        ("100.05", "壹佰元零伍分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("1409.50", "壹仟肆佰零玖元伍角整"),
        ("1680.32", "壹仟陆佰捌拾元零叁角贰分"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("107000.53", "壹拾万柒仟元零伍角叁分"),
        ("100000", "壹拾万元整"),
        ("100001", "壹拾万零壹元整"),
        ("1000500", "壹佰万零伍佰元整"),
        ("10000000", "壹仟万元整"),
        ("10001000", "壹仟万壹仟元整"),
        ("100000000", "壹亿元整"),
        ("100000001", "壹亿零壹元整"),
        ("100010000", "壹亿零壹万元整"),
        ("110000000", "壹亿壹仟万元整"),
        ("1000001000", "壹拾亿零壹仟元整"),
        ("1234567890.12", "壹拾贰亿叁仟肆佰伍拾陆万柒仟捌佰玖拾元零壹角贰分"),
        ("1000000000000", "壹万亿元整"),
        ("1234500000000", "壹万贰仟叁佰肆拾伍亿元整"),
        ("1000100000001", "壹万零壹亿零壹元整"),
        ("9999999999999999.99", "玖仟玖佰玖拾玖万玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
        ("-5.20", "负伍元贰角整"),
        ("-0.05", "负伍分"),
    ],
)
def test_amounts_in_capital_figures(amount, words):
    assert in_words(yuan(amount)) == words


def test_capital_figures_end_at_ten_quadrillion():
    with pytest.raises(ValueError, match="too large"):
        in_words(yuan(10**16))


def _read_words(words: str) -> int:
    """An independent reader of capital figures: fen of the text."""
    sign, words = (-1, words[1:]) if words.startswith("负") else (1, words)
    digits = {word: value for value, word in enumerate("零壹贰叁肆伍陆柒捌玖")}
    small = {"拾": 10, "佰": 100, "仟": 1000}
    total = group = digit = 0
    for word in words:
        if word in digits:
            digit = digits[word]
        elif word in small:
            group, digit = group + digit * small[word], 0
        elif word == "万":
            group, digit = (group + digit) * 10_000, 0
        elif word == "亿":
            total, group, digit = (total + group + digit) * 10**8, 0, 0
        elif word == "元":
            total, group, digit = (total + group + digit) * 100, 0, 0
        elif word in "角分":
            total, digit = total + digit * (10 if word == "角" else 1), 0
    return sign * total


@given(st.integers(-(10**18) + 1, 10**18 - 1))
def test_capital_figures_read_back_to_the_same_amount(amount_fen):
    words = in_words(amount_fen)
    assert _read_words(words) == amount_fen
    assert "零零" not in words
    assert words.endswith(("整", "分"))
