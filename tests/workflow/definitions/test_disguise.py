"""Made-up values for real ones: stable, valid where the real one was, and nothing of the real one left."""

import pytest

from app.core import identifiers
from app.workflow.definitions import make_bundle
from app.workflow.definitions.scenarios import Disguise, texts_of
from app.workflow.definitions.scenarios.disguise import account_like, passes_luhn
from tests.workflow.definitions.bundles import bpmn, form



@pytest.mark.parametrize("number", [0, 1, 999, 1000, 15_000])
def test_made_up_numbers_pass_their_own_check(number):
    assert identifiers.is_valid_resident_id(identifiers.made_up_resident_id(number))
    assert identifiers.is_valid_uscc(identifiers.made_up_uscc(number))
    assert identifiers.is_valid_zhongzheng(identifiers.made_up_zhongzheng(number))
    assert identifiers.is_valid_mobile(identifiers.made_up_mobile(number))


def test_a_number_with_a_check_character_becomes_another_valid_one():
    hide = Disguise()
    uscc = identifiers.made_up_uscc(77_777)  # as good as a real one
    for real, is_valid in (("11010819850315123X", identifiers.is_valid_resident_id), (uscc, identifiers.is_valid_uscc), ("13800138000", identifiers.is_valid_mobile)):
        made = hide.value(real)
        assert made != real
        assert is_valid(made)
        assert hide.value(real) == made
        assert hide.value(real.lower()) == made


@pytest.mark.parametrize("real", ["0200 0012 3456 7890 123", "6222021001122334455", "010-82345678"])
def test_an_account_number_keeps_its_shape_and_its_check_digit(real):
    made = account_like(real, 7)
    assert made != real
    assert [sign if not sign.isdigit() else "9" for sign in made] == [sign if not sign.isdigit() else "9" for sign in real]
    digits = "".join(sign for sign in real if sign.isdigit())
    if passes_luhn(digits):
        assert passes_luhn("".join(sign for sign in made if sign.isdigit()))


def test_bank_cards_stay_bank_cards():
    card = next(f"622202100112233445{last}" for last in range(10) if passes_luhn(f"622202100112233445{last}"))
    assert passes_luhn(account_like(card, 1))
    assert account_like(card, 1) != account_like(card, 2)


def test_names_texts_and_keys_are_replaced_alike_everywhere():
    hide = Disguise()
    key = 2_533_274_790_395_904
    before = {
        "contact_name": "刘振东", "customer": "北京华新精密机械有限公司", "purpose": "采购原材料", "mail": "liu@huaxin.cn", "project_id": key,
        "rows": [{"provider_name": "刘振东", "ids": [key, str(key)]}], "project_no": "ZB202600000123",
    }  # fmt: skip
    made = hide.data(before)
    text = str(made)
    for real in ("刘", "华新", "采购", "liu@", str(key), "2026"):
        assert real not in text
    assert made["rows"][0]["provider_name"] == made["contact_name"]
    assert made["rows"][0]["ids"][0] == made["project_id"]
    assert made["project_no"].startswith("ZB")


def test_what_a_process_reckons_and_routes_with_stays():
    kept = {
        "amount_fen": 300_000_000_000, "rate": "0.015", "months": 12, "ok": True, "none": None, "day": "2026-07-05", "at": "2026-07-05T10:00:00+08:00",
        "length": "P10D", "level": "COMMITTEE_SMALL",
    }  # fmt: skip
    assert Disguise(frozenset({"COMMITTEE_SMALL"})).data(kept) == kept


def test_the_texts_of_a_release_are_those_it_quotes(app):
    with app.app_context():
        choice = {"type": "radio", "key": "decision", "label": "结论", "values": [{"value": "AGREE_SO", "label": "同意"}]}
        found = texts_of(make_bundle({"processes/test/a.bpmn": bpmn(assign="&quot;BY_NAME&quot;"), "forms/screens/room/apply.form": form(choice)}))
    assert {"AGREE_SO", "BY_NAME", "apply"} <= found
