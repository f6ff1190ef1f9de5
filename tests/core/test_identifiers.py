"""Numbers with check characters: the examples of domain/rules.md §19 and every single-character slip."""

import string
from datetime import date

import pytest

from app.core import clock
from app.core.errors import Invalid
from app.core.identifiers import (
    is_valid_mobile,
    is_valid_organisation_code,
    is_valid_resident_id,
    is_valid_uscc,
    is_valid_zhongzheng,
    mask_id,
    mask_mobile,
    parse_mobile,
    parse_organisation_code,
    parse_resident_id,
    parse_uscc,
    parse_zhongzheng,
)

USCCS = [
    "91110000710928807K",
    "91440101MA5BLUR8XY",
    "91110108551385082Q",
    "91110108MA01AB2C3T",
    "91110105067345126Q",
    "91110114MA00XY7K8D",
    "91110106592348712H",
]


def refusal(parse, text, **options):
    with pytest.raises(Invalid) as refused:
        parse(text, field="id_number", **options)
    (finding,) = refused.value.findings
    assert finding.field == "id_number"
    return finding.code


@pytest.mark.parametrize("code", USCCS)
def test_rules_19_1_valid_credit_codes(code):
    assert parse_uscc(code) == code
    assert parse_organisation_code(code[8:17]) == code[8:17]


def test_credit_codes_are_cleaned():
    assert parse_uscc(" 91110000 710928807k ") == USCCS[0]
    assert parse_uscc("９１１１００００７１０９２８８０７Ｋ") == USCCS[0]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("91110108MA01AB2C3U", "identifiers.uscc.check"),
        ("911101080I1234567A", "identifiers.uscc.characters"),
        ("91110108MA01AB2C3", "identifiers.uscc.length"),
        ("", "identifiers.uscc.length"),
        ("91110000710928817X", "identifiers.uscc.check"),
    ],
)
def test_rules_19_1_invalid_credit_codes(code, reason):
    assert refusal(parse_uscc, code) == reason
    assert not is_valid_uscc(code)


def test_a_credit_code_with_a_wrong_organisation_code_inside_is_refused():
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    body = "91110000710928808"  # the organisation code is 710928807
    code = next(body + last for last in alphabet if _uscc_checks(body + last, alphabet))
    assert refusal(parse_uscc, code) == "identifiers.uscc.organisation"


def _uscc_checks(code: str, alphabet: str) -> bool:
    """GB 32100 as a congruence: Σ C_i · 3^(i−1) over all 18 places, the check with weight 1, is 0 mod 31."""
    total = sum(alphabet.index(c) * pow(3, i, 31) for i, c in enumerate(code[:17])) + alphabet.index(code[17])
    return total % 31 == 0


@pytest.mark.parametrize("code", USCCS)
def test_every_single_slip_in_a_credit_code_is_found(code):
    for place in range(18):
        for wrong in set(string.digits + string.ascii_uppercase) - {code[place]}:
            assert not is_valid_uscc(code[:place] + wrong + code[place + 1 :])


def test_organisation_codes():
    assert parse_organisation_code("71092880-7") == "710928807"
    assert refusal(parse_organisation_code, "710928808") == "identifiers.organisation.check"
    assert refusal(parse_organisation_code, "7109") == "identifiers.organisation.format"
    assert is_valid_organisation_code("MA01AB2C3")
    assert not is_valid_organisation_code("MA01AB2C4")


@pytest.mark.parametrize(
    ("number", "birth", "gender"),
    [
        ("11010519491231002X", "1949-12-31", "FEMALE"),
        ("11010819850315123X", "1985-03-15", "MALE"),
        ("110102199001010011", "1990-01-01", "MALE"),
    ],
)
def test_rules_19_2_valid_resident_numbers(number, birth, gender):
    person = parse_resident_id(number.lower())
    assert (person.number, person.region_code) == (number, number[:6])
    assert (person.birth_date, person.gender) == (date.fromisoformat(birth), gender)


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("110102199001010012", "identifiers.resident_id.check"),
        ("110102900101001", "identifiers.resident_id.format"),
        ("1101021990010100X1", "identifiers.resident_id.format"),
        ("", "identifiers.resident_id.format"),
    ],
)
def test_rules_19_2_invalid_resident_numbers(number, reason):
    assert refusal(parse_resident_id, number) == reason
    assert not is_valid_resident_id(number)


def test_rules_19_2_the_thirtieth_of_february_does_not_exist():
    assert not is_valid_resident_id("110102199002300011")
    right_check = next(n for n in ("11010219900230001" + c for c in "0123456789X") if _resident_checks(n))
    assert refusal(parse_resident_id, right_check) == "identifiers.resident_id.birth_date"


def _resident_checks(number: str) -> bool:
    """GB 11643 (ISO 7064 MOD 11-2) as a congruence: Σ a_i · 2^(18−i) is 1 mod 11."""
    digits = [10 if c == "X" else int(c) for c in number]
    return sum(d * pow(2, 17 - i, 11) for i, d in enumerate(digits)) % 11 == 1


def test_nobody_is_born_tomorrow():
    number = "110102199001010011"
    assert refusal(parse_resident_id, number, on=date(1989, 12, 31)) == "identifiers.resident_id.birth_date"
    assert is_valid_resident_id(number, on=date(1990, 1, 1))
    with clock.freeze("1989-12-31T23:59:59"):
        assert not is_valid_resident_id(number)
    with clock.freeze("1990-01-01T00:00:00"):
        assert is_valid_resident_id(number)


def test_every_single_slip_in_a_resident_number_is_found():
    number = "11010819850315123X"
    for place in range(18):
        for wrong in set(string.digits + "X") - {number[place]}:
            assert not is_valid_resident_id(number[:place] + wrong + number[place + 1 :])


@pytest.mark.parametrize("code", ["1101000001234513", "3701000009876538"])
def test_rules_19_3_valid_zhongzheng_codes(code):
    assert parse_zhongzheng(code) == code
    assert is_valid_zhongzheng(code)


def test_rules_19_3_invalid_zhongzheng_codes():
    assert refusal(parse_zhongzheng, "1101000001234514") == "identifiers.zhongzheng.check"
    assert refusal(parse_zhongzheng, "110100000123451") == "identifiers.zhongzheng.format"
    assert refusal(parse_zhongzheng, "1101A00001234513") == "identifiers.zhongzheng.format"
    assert not is_valid_zhongzheng("1101000001234514")


@pytest.mark.parametrize("text", ["13812345678", "138 1234 5678", "138-1234-5678", "+8613812345678", "１３８12345678"])
def test_mobile_numbers(text):
    assert parse_mobile(text) == "13812345678"
    assert is_valid_mobile(text)


@pytest.mark.parametrize("text", ["12812345678", "1381234567", "138123456789", "01012345678", ""])
def test_bad_mobile_numbers(text):
    assert refusal(parse_mobile, text) == "identifiers.mobile.format"
    assert not is_valid_mobile(text)


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("11010819850315123X", "110***********123X"),
        ("91110108MA01AB2C3T", "911***********2C3T"),
        ("E12345678", "E******78"),
        ("H1234", "*****"),
        ("", ""),
    ],
)
def test_identity_numbers_are_masked(number, shown):
    assert mask_id(number) == shown


def test_mobile_numbers_are_masked():
    assert mask_mobile("13812345678") == "138****5678"
    assert mask_mobile("12345") == "*****"
