"""On and off the black list: reason, evidence, a second person; off only by the head of risk. Source: processes §9.8."""

import io

import pytest
from business import rows
from business.staff import page, send, sheet_text
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.business.customers import operations, queries
from app.business.customers.errors import (
    CustomerMerged,
    ListChangeByAsker,
    ListChangeNotFound,
    ListChangeOver,
    ListChangeUnderWay,
    ListUnchanged,
    NotTheAsker,
    OnlyHeadOfRisk,
)
from app.business.customers.models import CustomerStatus, ListChange, ListChangeState
from app.business.customers.rules import BlackGreyFlag
from app.core.db import db
from app.core.errors import Invalid
from app.core.tenancy import Actor
from app.support.audit.models import AuditRecord

NONE, GREY, BLACK = BlackGreyFlag.NONE, BlackGreyFlag.GREY, BlackGreyFlag.BLACK
VIEW, EXPORT = "customers.customer.view", "customers.customer.export"
ASK, DECIDE = "customers.black_list.ask", "customers.black_list.decide"
WANG = Actor(tenant_id=1, name="王丽华", user_id=1001, permissions=frozenset({VIEW, ASK}))
SUN = Actor(tenant_id=1, name="孙晓梅", user_id=1002, permissions=frozenset({VIEW, ASK, DECIDE}))
ZHOU = Actor(
    tenant_id=1, name="周伟", user_id=1003, roles=frozenset({"RISK_HEAD"}), permissions=frozenset({VIEW, ASK, DECIDE})
)
REASON, EVIDENCE = "被列为失信被执行人", "(2026)京0108执1234号"
both = pytest.mark.both_databases


@pytest.fixture
def company(books):
    return rows.a_company(books)


def ask(company, to=BLACK, *, reason=REASON, evidence=EVIDENCE, actor=WANG):
    return operations.ask_list_change(company.id, to, reason=reason, evidence=evidence, actor=actor)


def decide(change, *, agrees=True, note="", actor=ZHOU):
    return operations.decide_list_change(change.id, agrees=agrees, note=note, actor=actor)


def blacklisted(company):
    decide(ask(company), actor=SUN)
    return company


@both
def test_a_customer_is_on_the_list_only_when_a_second_person_agreed(company):
    change = ask(company)
    assert (company.black_grey_flag, company.status) == (NONE, CustomerStatus.PROSPECT)
    decide(change, actor=SUN)
    assert (company.black_grey_flag, company.status, company.flag_reason) == (BLACK, CustomerStatus.BLACKLISTED, REASON)
    assert (change.state, change.asked_by, change.decided_by) == (ListChangeState.CONFIRMED, 1001, 1002)
    db.session.commit()
    tags = set(db.session.scalars(select(AuditRecord.tag)))
    assert {"customers.black_list.asked", "customers.black_list.decided", "customers.black_list.changed"} <= tags


@both
def test_who_asks_does_not_decide(company):
    change = ask(company, actor=SUN)
    with pytest.raises(ListChangeByAsker):
        decide(change, actor=SUN)
    assert company.black_grey_flag is NONE
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.execute(
            update(ListChange).where(ListChange.id == change.id).values(decided_by=1002, state=ListChangeState.CONFIRMED)
        )


@both
@pytest.mark.parametrize("to", [NONE, GREY])
def test_off_the_black_list_only_by_the_head_of_risk(company, to):
    change = ask(blacklisted(company), to, reason="已履行完毕，失信信息撤销")
    with pytest.raises(OnlyHeadOfRisk):
        decide(change, actor=SUN)
    assert company.black_grey_flag is BLACK
    decide(change, actor=ZHOU)
    assert (company.black_grey_flag, company.status) == (to, CustomerStatus.ACTIVE)
    assert (company.flag_reason is None) == (to is NONE)


def test_the_head_of_risk_does_not_decide_her_own_request_either(company):
    change = ask(blacklisted(company), NONE, actor=ZHOU)
    with pytest.raises(ListChangeByAsker):
        decide(change, actor=ZHOU)


@pytest.mark.parametrize(
    ("texts", "fields"),
    [
        ({"reason": "  "}, ["reason"]),
        ({"evidence": "无"}, ["evidence"]),
        ({"reason": "", "evidence": ""}, ["reason", "evidence"]),
        ({"reason": "长" * 501}, ["reason"]),
    ],
)
def test_a_request_says_why_and_by_what(company, texts, fields):
    with pytest.raises(Invalid) as refused:
        ask(company, **texts)
    assert [finding.field for finding in refused.value.findings] == fields


@both
def test_one_request_at_a_time(company):
    ask(company)
    with pytest.raises(ListChangeUnderWay):
        ask(company, GREY)
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.add(
            ListChange(customer_id=company.id, from_flag=NONE, to_flag=GREY, reason="x", evidence="x", asked_by=1)
        )


def test_a_list_the_customer_is_on_is_not_asked_for(company):
    with pytest.raises(ListUnchanged):
        ask(company, NONE)


def test_a_refusal_needs_a_note_and_changes_nothing(company):
    change = ask(company)
    with pytest.raises(Invalid):
        decide(change, agrees=False, note=" ")
    decide(change, agrees=False, note="证据不足，暂不列入")
    assert (change.state, company.black_grey_flag) == (ListChangeState.REFUSED, NONE)
    with pytest.raises(ListChangeOver):
        decide(change)
    assert ask(company).state is ListChangeState.ASKED


def test_a_request_that_the_facts_overtook_is_not_carried_out(company, books):
    change = ask(company)
    operations.set_black_grey(company.id, GREY, "涉诉较多", actor=books)
    with pytest.raises(ListUnchanged):
        decide(change)
    decide(change, agrees=False, note="名单已另行调整")
    assert company.black_grey_flag is GREY


def test_only_who_asked_takes_a_request_back(company):
    change = ask(company)
    with pytest.raises(NotTheAsker):
        operations.withdraw_list_change(change.id, actor=SUN)
    operations.withdraw_list_change(change.id, actor=WANG)
    assert (change.state, company.black_grey_flag) == (ListChangeState.WITHDRAWN, NONE)
    with pytest.raises(ListChangeOver):
        operations.withdraw_list_change(change.id, actor=WANG)


def test_a_merged_customer_is_asked_about_under_its_new_number(company, books):
    person = rows.a_person(books)
    operations.merge(company.id, person.id, actor=books)
    with pytest.raises(CustomerMerged):
        ask(company)
    with pytest.raises(ListChangeNotFound):
        queries.get_list_change(999_999)


# ------------------------------------------------------------------ pages


def request_of(client, company, **more):
    fields = {"to_flag": "BLACK", "reason": REASON, "evidence": EVIDENCE, **more}
    return send(client, f"/customers/{company.id}/black-list", **fields)


@both
def test_two_people_on_the_pages(books, browser, company):
    db.session.commit()
    asker, second = browser(VIEW, ASK), browser(VIEW, DECIDE)
    assert "申请名单变更" in page(asker, f"/customers/{company.id}/black-list")
    address = request_of(asker, company).headers["Location"]
    assert "待复核" in page(asker, address)
    assert "复核意见" not in page(asker, address)
    assert send(second, f"{address}/decide", decision="AGREE").status_code == 303
    assert "黑名单：" in page(second, f"/customers/{company.id}")
    assert "已生效" in page(second, "/customers/black-list?state=CONFIRMED&flag=BLACK")


def test_the_head_of_risk_is_asked_for_on_the_page(books, browser, company):
    blacklisted(company)
    change_id = ask(company, NONE).id
    db.session.commit()
    second = browser(VIEW, DECIDE)
    text = page(second, f"/customers/black-list/{change_id}")
    assert "移出黑名单只能由风控部门负责人复核" in text
    assert "decision" not in text
    assert send(second, f"/customers/black-list/{change_id}/decide", decision="AGREE").status_code == 403


def test_a_paper_is_kept_with_the_request(books, browser, company):
    db.session.commit()
    asker = browser(VIEW, ASK)
    paper = (io.BytesIO(b"%PDF-1.4\n%%EOF\n"), "裁定书.pdf")
    address = request_of(asker, company, paper=paper).headers["Location"]
    assert "证明材料" in page(asker, address)
    document_id = db.session.scalar(select(ListChange.document_id))
    assert browser(VIEW).get(f"/files/{document_id}").status_code == 200
    assert browser().get(f"/files/{document_id}").status_code in {403, 404}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"to_flag": ""}, "请选择要列入的名单"),
        ({"to_flag": "PURPLE"}, "请选择要列入的名单"),
        ({"to_flag": "NONE"}, "目前已是该名单状态"),
        ({"reason": "短"}, "请填写理由"),
        ({"evidence": ""}, "请填写依据"),
        ({"paper": (io.BytesIO(b"MZ\x90"), "run.exe")}, "不支持"),
    ],
)
def test_bad_input_is_told_and_what_was_typed_stays(books, browser, company, fields, told):
    db.session.commit()
    answer = request_of(browser(VIEW, ASK), company, **fields)
    assert answer.status_code in {409, 415, 422}
    text = answer.get_data(as_text=True)
    assert told in text
    assert fields.get("evidence", EVIDENCE) in text
    assert db.session.scalar(select(ListChange)) is None


def test_the_list_filters_sorts_pages_and_is_exported(books, browser, company):
    farmer = rows.a_person(books)
    ask(company, reason="=HYPERLINK(1)")
    decide(ask(farmer, GREY), agrees=False, note="证据不足，暂不列入")
    db.session.commit()
    client = browser(VIEW, EXPORT)
    assert farmer.name not in page(client, "/customers/black-list?state=ASKED")
    assert company.name not in page(client, f"/customers/black-list?q={farmer.customer_no}")
    text = page(client, "/customers/black-list?sort=name&state=NONSENSE&page=x")
    assert company.name in text and farmer.name in text
    assert "没有符合条件" in page(client, "/customers/black-list?flag=NONE")
    sheet = sheet_text(client.get("/customers/black-list/export.xlsx?flag=BLACK").data)
    assert company.customer_no in sheet
    assert farmer.customer_no not in sheet
    assert "=HYPERLINK(1)" in sheet and "<f>" not in sheet


def test_each_door_asks_for_its_permission(books, browser, company):
    change_id = ask(company).id
    db.session.commit()
    reader = browser(VIEW)
    for address in (f"/customers/{company.id}/black-list", "/customers/black-list/export.xlsx"):
        page(reader, address, 403)
    for address in (f"/customers/{company.id}/black-list", f"/customers/black-list/{change_id}/decide",
                    f"/customers/black-list/{change_id}/withdraw"):  # fmt: skip
        assert send(reader, address).status_code == 403
    page(browser(), "/customers/black-list", 403)
    stranger = browser(VIEW, ASK, DECIDE, tenant_id=2)
    page(stranger, f"/customers/black-list/{change_id}", 404)
    assert send(stranger, f"/customers/black-list/{change_id}/decide", decision="AGREE").status_code == 404


def test_another_permission_is_not_enough_to_decide(books, browser, company):
    change_id = ask(company).id
    db.session.commit()
    asker = browser(VIEW, ASK)
    assert send(asker, f"/customers/black-list/{change_id}/decide", decision="AGREE").status_code == 403
    assert send(browser(VIEW, DECIDE), f"/customers/black-list/{change_id}/decide", decision="MAYBE").status_code == 422
