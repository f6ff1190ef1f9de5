"""Passwords, permissions, and who may not be both."""

import pytest

from app.support.identity import passwords, permissions
from app.support.identity.errors import UnknownPermission
from app.support.identity.rules import ROLE_NAMES, account_name, excluding_pair


@pytest.mark.parametrize(
    "password",
    ["Password2026!", "P@ssw0rd2026", "Qwer1234!!", "Admin@123456", "1qaz@WSX3edc", "Abcd@12345", "Welcome-2026", "Woaini1314!!", "!!Zhangwei88"],
)
def test_well_known_passwords_are_refused_in_disguise_too(password):
    assert passwords.is_common(password)


@pytest.mark.parametrize("password", ["Zdy-2026-demo!", "Neu-Geheim-77x", "楼下的猫Xk-41ab", "correct Horse 7 battery"])
def test_good_passwords_pass(password):
    assert passwords.find_weaknesses(password, "wangli@example.com", "王丽") == []


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("Ab1-xyz", "short"),
        ("Aa1-" + "xyzw" * 40, "long"),
        ("onlysmallletters", "simple"),
        ("Aa1Aa1Aa1Aa1", "repeated"),
        ("Xx-wangli-9931", "personal"),
    ],
)
def test_a_weakness_is_named(password, code):
    found = [finding.code for finding in passwords.find_weaknesses(password, "wangli@example.com", "王丽")]
    assert f"identity.password.{code}" in found


def test_full_width_and_half_width_are_one_password():
    assert passwords.normal("Ａｂｃ１２３") == "Abc123"


def test_an_account_has_one_spelling():
    assert account_name(" Wang.Li＠Example.COM ") == "wang.li@example.com"


def test_a_permission_is_room_subject_action():
    with pytest.raises(ValueError, match="not room.subject.action"):
        permissions.permission("ledger.post", "记账")


def test_a_permission_has_one_label():
    permissions.permission("testroom.thing.view", "查看")
    permissions.permission("testroom.thing.view", "查看")
    with pytest.raises(ValueError, match="declared twice"):
        permissions.permission("testroom.thing.view", "别的")
    permissions._declared.pop("testroom.thing.view")


def test_an_unknown_permission_is_refused():
    with pytest.raises(UnknownPermission):
        permissions.checked({"no.such.permission"})


def test_administrator_and_auditor_are_two_people():
    assert excluding_pair(["ADMIN", "PM_A"]) is None
    assert excluding_pair(["ADMIN", "AUDITOR"]) == ("ADMIN", "AUDITOR")


def test_all_roles_of_the_glossary_have_names():
    assert len(ROLE_NAMES) == 24
