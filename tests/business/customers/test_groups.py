"""Shareholders and related groups: their verbs and their pages."""

from datetime import date
from decimal import Decimal

import pytest
from business import rows
from business.staff import page, send, sheet_text

from app.business.customers import operations, queries
from app.business.customers.errors import CoreMayNotLeave, GroupNotFound, InAnotherGroup, NoShareholders, NotAMember
from app.business.customers.operations import Holding
from app.core import clock
from app.core.db import db
from app.core.errors import Invalid, StaleData

VIEW, EDIT, EXPORT, GROUP = (
    "customers.customer.view",
    "customers.customer.edit",
    "customers.customer.export",
    "customers.group.edit",
)
both = pytest.mark.both_databases
TODAY = "2026-11-24"


@pytest.fixture
def company(books):
    return rows.a_company(books)


@pytest.fixture
def farmer(books):
    return rows.a_person(books)


# ------------------------------------------------------------------ shareholders


def holders(*lines, as_of=TODAY):
    """Form fields of rows ``(name, ratio, id, paid)``."""
    fields = {"as_of": as_of}
    for number, (name, ratio, *rest) in enumerate(lines):
        fields |= {f"holder_{number}_name": name, f"holder_{number}_ratio": ratio}
        fields |= dict(zip((f"holder_{number}_id", f"holder_{number}_paid"), rest, strict=False))
    return fields


@both
def test_shareholders_are_recorded_on_a_page_and_replaced_for_the_day(company, browser):
    db.session.commit()
    client = browser(VIEW, EDIT)
    address = f"/customers/{company.id}/shareholders"
    answer = send(client, address, **holders(("刘振东", "80", rows.RESIDENT_ID, "800"), ("张文", "20.0000")))
    assert answer.status_code == 303
    first, second = queries.shareholders_on(company.id)
    assert (first.holder_name, first.ratio_pct, first.holder_id, first.paid_fen) == (
        "刘振东", Decimal(80), rows.RESIDENT_ID, 800_000_000,
    )  # fmt: skip
    assert second.ratio_pct == Decimal(20)
    text = page(client, address)
    assert 'value="刘振东"' in text
    assert rows.RESIDENT_ID not in text
    db.session.commit()
    send(client, address, **holders(("刘振东", "100%")))
    [only] = queries.shareholders_on(company.id)
    assert (only.ratio_pct, only.holder_id) == (Decimal(100), rows.RESIDENT_ID)


def test_lists_of_earlier_days_stay_to_be_read(company, books, browser):
    operations.record_shareholders(company.id, date(2025, 12, 31), [Holding("旧股东", Decimal(100))], actor=books)
    operations.record_shareholders(company.id, date(2026, 11, 1), [Holding("新股东", Decimal(60))], actor=books)
    db.session.commit()
    client = browser(VIEW)
    here = f"/customers/{company.id}?tab=people"
    assert "新股东" in page(client, here) and "旧股东" not in page(client, here)
    assert "旧股东" in page(client, f"{here}&as_of=2025-12-31")
    assert "新股东" in page(client, f"{here}&as_of=nonsense")


@both
@pytest.mark.parametrize(
    ("fields", "told"),
    [
        (holders(("甲", "60"), ("乙", "40.0002")), "超过 100%"),
        (holders(("甲", "60"), ("乙", "41")), "超过 100%"),
        (holders(("甲", "-1")), "holder_0_ratio-note"),
        (holders(("甲", "100.00001")), "holder_0_ratio-note"),
        (holders(("甲", "一半")), "holder_0_ratio-note"),
        (holders(("甲", "")), "请填写持股比例"),
        (holders(("", "50")), "请填写股东名称"),
        (holders(("甲", "50"), ("甲", "10")), "填写了两次"),
        (holders(("甲", "50", "110108198503151230")), "统一社会信用代码或身份证号码"),
        (holders(("甲", "50", "", "12.1234567")), "holder_0_paid-note"),
        (holders(("甲" * 201, "50")), "不能超过 200 个字"),
        (holders(("甲", "50"), as_of="2026-11-25"), "不能晚于今天"),
        (holders(("甲", "50"), as_of="9999-99-99"), "日期格式应为"),
        (holders(("甲", "50"), as_of=""), "请填写截至日期"),
        (holders(), "请至少填写一名股东"),
    ],
)
def test_bad_shareholders_are_told_at_their_row_and_nothing_is_kept(company, browser, fields, told):
    db.session.commit()
    answer = send(browser(VIEW, EDIT), f"/customers/{company.id}/shareholders", **fields)
    assert answer.status_code == 422, answer.get_data(as_text=True)[:500]
    assert told in answer.get_data(as_text=True)
    assert queries.shareholder_days(company.id) == []


def test_exactly_one_hundred_percent_is_fine(company, books):
    thirds = [Holding(name, Decimal("33.3333")) for name in "甲乙"] + [Holding("丙", Decimal("33.3334"))]
    assert len(operations.record_shareholders(company.id, clock.today(), thirds, actor=books)) == 3


def test_a_person_has_no_shareholders(farmer, books, browser):
    with pytest.raises(NoShareholders):
        operations.record_shareholders(farmer.id, clock.today(), [Holding("甲", Decimal(1))], actor=books)
    db.session.commit()
    client = browser(VIEW, EDIT)
    page(client, f"/customers/{farmer.id}/shareholders", 409)
    assert send(client, f"/customers/{farmer.id}/shareholders", **holders(("甲", "1"))).status_code == 409
    page(browser(VIEW), f"/customers/{farmer.id}/shareholders", 403)


# ------------------------------------------------------------------ groups: verbs


@both
def test_a_group_has_members_and_one_core_out_of_them(company, farmer, books):
    group = operations.open_group(" 华新集团 ", company.id, actor=books)
    assert (group.name, group.core_customer_id, group.group_no) == ("华新集团", company.id, "JT000001")
    with pytest.raises(NotAMember):
        operations.change_group(
            group.id, name="华新", core_customer_id=farmer.id, row_version=group.row_version, actor=books
        )
    operations.join_group(group.id, farmer.id, relation="实际控制人", actor=books)
    with pytest.raises(CoreMayNotLeave):
        operations.leave_group(company.id, actor=books)
    operations.change_group(
        group.id, name="华新", core_customer_id=farmer.id, row_version=group.row_version, actor=books
    )
    operations.leave_group(company.id, group_id=group.id, actor=books)
    assert [customer.id for _member, customer in queries.members_of(group.id)] == [farmer.id]
    operations.leave_group(farmer.id, actor=books)
    assert (group.core_customer_id, len(queries.former_members_of(group.id))) == (None, 2)


def test_a_customer_is_in_one_group_at_a_time(company, farmer, books):
    first = operations.open_group("甲集团", company.id, actor=books)
    second = operations.open_group("乙集团", farmer.id, actor=books)
    with pytest.raises(InAnotherGroup, match=first.group_no):
        operations.join_group(second.id, company.id, relation="子公司", actor=books)
    with pytest.raises(InAnotherGroup):
        operations.open_group("丙集团", company.id, actor=books)
    with pytest.raises(NotAMember):
        operations.leave_group(company.id, group_id=second.id, actor=books)


@pytest.mark.parametrize("more", [{"relation": " "}, {"relation": "长" * 61}, {"relation": "子公司", "evidence": "长" * 301}])
def test_a_membership_says_what_it_rests_on(company, farmer, books, more):
    group = operations.open_group("甲集团", company.id, actor=books)
    with pytest.raises(Invalid):
        operations.join_group(group.id, farmer.id, actor=books, **more)


def test_names_and_versions_of_groups(company, books):
    with pytest.raises(Invalid):
        operations.open_group("  ", company.id, actor=books)
    group = operations.open_group("甲集团", company.id, actor=books)
    with pytest.raises(StaleData):
        operations.change_group(group.id, name="乙", core_customer_id=company.id, row_version=99, actor=books)
    with pytest.raises(GroupNotFound):
        queries.get_group(999_999)


# ------------------------------------------------------------------ groups: pages


@both
def test_a_group_is_opened_filled_and_changed_on_its_pages(company, farmer, browser):
    db.session.commit()
    client = browser(VIEW, GROUP)
    assert f'value="{company.customer_no}"' in page(client, f"/customers/groups/new?core={company.customer_no}")
    address = send(client, "/customers/groups", name="华新集团", core_no=company.customer_no.lower()).headers["Location"]
    joined = send(client, f"{address}/members", customer_no=farmer.customer_no, relation="实际控制人", evidence="公司章程")
    assert joined.status_code == 303
    text = page(client, address)
    for words in ("核心企业", farmer.name, "实际控制人", "公司章程", "现有成员（2 户）"):
        assert words in text, words
    refused = send(client, f"{address}/members/{company.id}/leave")
    assert refused.status_code == 409
    assert "请先指定其他成员为核心企业" in refused.get_data(as_text=True)
    version = queries.get_group(int(address.rsplit("/", 1)[1])).row_version
    db.session.commit()
    assert send(client, address, name="华新", core_id=farmer.id, row_version=version).status_code == 303
    assert send(client, f"{address}/members/{company.id}/leave").status_code == 303
    assert "曾经的成员" in page(client, address)


def test_the_list_of_groups_finds_sorts_and_is_exported(company, farmer, books, browser):
    first = operations.open_group("甲集团", company.id, actor=books)
    second = operations.open_group("乙集团", farmer.id, actor=books)
    db.session.commit()
    client = browser(VIEW, EXPORT)
    assert second.name not in page(client, f"/customers/groups?q={company.name}")
    assert second.name not in page(client, f"/customers/groups?q={first.group_no}")
    text = page(client, "/customers/groups?sort=group_no&page=nonsense")
    assert text.index(first.name) < text.index(second.name)
    text = page(client, "/customers/groups?sort=-group_no")
    assert text.index(second.name) < text.index(first.name)
    sheet = sheet_text(client.get("/customers/groups/export.xlsx?q=甲").data)
    assert first.group_no in sheet and second.group_no not in sheet


@pytest.mark.parametrize(
    ("path", "fields", "status", "told"),
    [
        ("", {"name": "", "core_id": "1", "row_version": "1"}, 422, "请填写集团名称"),
        ("", {"name": "甲", "core_id": "x", "row_version": "1"}, 422, "请选择核心企业"),
        ("", {"name": "甲", "core_id": "9" * 16, "row_version": "1"}, 404, "没有找到该客户"),
        ("", {"name": "甲", "core_id": "1", "row_version": "x"}, 422, "请填写整数"),
        ("/members", {"customer_no": "", "relation": "子公司"}, 422, "请填写客户编号"),
        ("/members", {"customer_no": "C000", "relation": "子公司"}, 422, "没有编号为 C000 的客户"),
        ("/members/999999/leave", {}, 404, "没有找到该客户"),
    ],
)
def test_bad_input_of_groups_is_told(company, books, browser, path, fields, status, told):
    group_id = operations.open_group("甲集团", company.id, actor=books).id
    db.session.commit()
    answer = send(browser(VIEW, GROUP), f"/customers/groups/{group_id}{path}", **fields)
    assert answer.status_code == status
    assert told in answer.get_data(as_text=True)


def test_groups_belong_to_their_company_and_to_who_may_edit(company, books, browser):
    group_id = operations.open_group("甲集团", company.id, actor=books).id
    company_id = company.id
    db.session.commit()
    reader = browser(VIEW)
    assert "添加成员" not in page(reader, f"/customers/groups/{group_id}")
    page(reader, "/customers/groups/new", 403)
    page(reader, "/customers/groups/export.xlsx", 403)
    assert send(reader, f"/customers/groups/{group_id}/members/{company_id}/leave").status_code == 403
    stranger = browser(VIEW, GROUP, tenant_id=2)
    page(stranger, f"/customers/groups/{group_id}", 404)
    assert "甲集团" not in page(stranger, "/customers/groups")
