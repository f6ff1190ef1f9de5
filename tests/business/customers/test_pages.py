import pytest
from business import rows
from business.staff import page, send, sheet_text

from app.business.customers import operations, queries
from app.business.customers.models import Customer, KeyRole
from app.business.customers.rules import BlackGreyFlag, CustomerClass
from app.core.db import db
from app.core.money import wan
from app.core.tenancy import acting_as, system_actor
from app.support.audit.models import AuditRecord

VIEW, EDIT, REVEAL, EXPORT = (f"customers.customer.{act}" for act in ("view", "edit", "reveal", "export"))

COMPANY = {
    "type": "ENTERPRISE",
    "name": "北京华新精密机械有限公司",
    "uscc": rows.USCC,
    "region_code": "110108",
    "industry_code": "C3599",
    "contact_name": "刘振东",
    "contact_mobile": "138 0013 8000",
    "legal_rep_name": "刘振东",
    "legal_rep_id": rows.RESIDENT_ID,
    "reg_capital": "1,000",
    "establish_date": "2015-06-18",
    "reg_address": "北京市海淀区中关村大街 18 号",
    "employee_count": "86",
    "annual_revenue": "5200",
    "total_assets": "4300",
    "is_tech": "1",
}


def customers():
    return db.session.query(Customer).order_by(Customer.customer_no).all()


def test_the_list_finds_by_name_number_and_full_identity_number(books, browser):
    company, farmer = rows.a_company(books), rows.a_person(books)
    db.session.commit()
    client = browser(VIEW)
    for wanted in ("华新精密", company.customer_no, rows.USCC.lower()):
        text = page(client, f"/customers?q={wanted}")
        assert company.name in text
        assert farmer.name not in text
    assert "没有符合条件的客户" in page(client, f"/customers?q={rows.USCC[:10]}")


@pytest.mark.both_databases
def test_the_list_filters_sorts_and_forgives_nonsense(books, browser):
    company, farmer = rows.a_company(books), rows.a_person(books)
    operations.set_black_grey(company.id, BlackGreyFlag.GREY, "涉诉较多", actor=books)
    db.session.commit()
    client = browser(VIEW)
    assert farmer.name not in page(client, "/customers?flag=GREY")
    assert company.name not in page(client, "/customers?type=INDIVIDUAL&class=FARMER&status=PROSPECT")
    text = page(client, "/customers?sort=-name&type=NONSENSE&page=x")
    assert text.index(farmer.name) < text.index(company.name)


def test_personal_data_are_masked_in_list_page_and_export(books, browser):
    company = rows.a_company(books)
    db.session.commit()
    client = browser(VIEW, EXPORT, EDIT)
    for address in ("/customers", f"/customers/{company.id}", f"/customers/{company.id}?tab=people",
                    f"/customers/{company.id}/edit"):  # fmt: skip
        text = page(client, address)
        assert rows.USCC not in text
        assert rows.RESIDENT_ID not in text
        assert "13800138000" not in text
    text = sheet_text(client.get("/customers/export.xlsx").data)
    assert company.customer_no in text
    assert rows.USCC not in text
    assert db.session.query(AuditRecord).filter_by(tag="customers.list.exported").count() == 1


def test_an_exported_name_is_never_a_formula(books, browser):
    rows.a_company(books, name="=1+1")
    db.session.commit()
    text = sheet_text(browser(EXPORT).get("/customers/export.xlsx").data)
    assert "<t>=1+1</t>" in text
    assert "<f>" not in text


def test_full_data_are_shown_for_a_reason_that_is_kept(books, browser):
    company = rows.a_company(books)
    db.session.commit()
    client = browser(VIEW, REVEAL)
    address = f"/customers/{company.id}"
    refused = send(client, f"{address}/reveal", reason="看看")
    assert refused.status_code == 422
    assert "不少于 4 个字" in refused.get_data(as_text=True)
    assert rows.USCC not in page(client, address)
    assert send(client, f"{address}/reveal", reason="核对授权书证件号码").status_code == 303
    assert rows.USCC in page(client, address)
    record = db.session.query(AuditRecord).filter_by(tag="customers.personal_data.revealed").one()
    assert "核对授权书证件号码" in record.facts_json
    other = rows.a_company(books, name="另一家有限公司", uscc=rows.USCC_2)
    db.session.commit()
    assert rows.USCC_2 not in page(client, f"/customers/{other.id}")


def test_revealing_needs_its_own_permission(books, browser):
    company = rows.a_company(books)
    db.session.commit()
    client = browser(VIEW)
    assert send(client, f"/customers/{company.id}/reveal", reason="核对授权书证件号码").status_code == 403
    assert "显示完整信息" not in page(client, f"/customers/{company.id}")


def test_a_company_is_taken_on_from_the_form(db_session, browser):
    client = browser(VIEW, EDIT)
    answer = send(client, "/customers", **COMPANY)
    assert answer.status_code == 303
    with acting_as(system_actor(1)):
        (company,) = customers()
        assert company.enterprise.reg_capital_fen == wan(1000)
    assert company.contact_mobile == "13800138000"
    assert company.customer_class is CustomerClass.SMALL
    assert company.is_tech
    assert company.name in page(client, answer.location)


def customers_of(tenant_id):
    with acting_as(system_actor(tenant_id)):
        return customers()


def test_every_error_stands_at_its_field_and_nothing_typed_is_lost(db_session, browser):
    bad = COMPANY | {
        "uscc": "91110108MA01AB2C3X",
        "contact_mobile": "12345",
        "reg_capital": "一千万",
        "establish_date": "去年",
        "region_code": "北京",
        "employee_count": "",
        "annual_revenue": "",
    }
    answer = send(browser(EDIT), "/customers", **bad)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    for field in ("uscc", "contact_mobile", "reg_capital", "establish_date", "region_code", "employee_count",
                  "annual_revenue"):  # fmt: skip
        assert f'id="{field}-note"' in text, field
        assert (
            f'is-invalid" type="{"tel" if field == "contact_mobile" else "date" if field == "establish_date" else "text"}" id="{field}"'
            in text
        )
    for typed in ("91110108MA01AB2C3X", "12345", "一千万", "北京", "刘振东", "中关村大街 18 号"):
        assert typed in text
    assert 'name="is_tech" value="1" checked' in text
    assert customers_of(1) == []


def test_a_known_company_is_named_instead_of_doubled(books, browser):
    company = rows.a_company(books)
    db.session.commit()
    answer = send(browser(EDIT), "/customers", **COMPANY)
    assert answer.status_code == 409
    text = answer.get_data(as_text=True)
    assert f"已登记为客户 {company.customer_no}" in text
    assert 'id="uscc-note"' in text
    assert "中关村大街 18 号" in text


def test_a_double_click_takes_on_one_company(db_session, browser):
    client = browser(EDIT)
    first = client.post("/customers", data={"_key": "same-key-1", **COMPANY})
    again = client.post("/customers", data={"_key": "same-key-1", **COMPANY})
    assert first.location == again.location
    assert len(customers_of(1)) == 1


def test_a_farmer_who_owns_a_company_is_taken_on(books, browser):
    company = rows.a_company(books)
    db.session.commit()
    person = {
        "type": "INDIVIDUAL",
        "name": "李桂芬",
        "id_number": rows.RESIDENT_ID,
        "region_code": "110105",
        "industry_code": "A0141",
        "contact_name": "李桂芬",
        "contact_mobile": "13911112222",
        "address": "通州区张家湾镇",
        "is_farmer": "1",
        "is_micro_owner": "1",
    }
    client = browser(VIEW, EDIT)
    refused = send(client, "/customers", **person)
    assert refused.status_code == 422
    assert {"farm_kind-note", "owned_enterprise_no-note"} <= set(refused.get_data(as_text=True).split('"'))
    unknown = send(client, "/customers", **person, farm_kind="蔬菜", owned_enterprise_no="C404")
    assert "没有编号为 C404 的企业客户" in unknown.get_data(as_text=True)
    done = send(client, "/customers", **person, farm_kind="蔬菜", owned_enterprise_no=company.customer_no)
    assert done.status_code == 303
    assert company.name in page(client, done.location)


@pytest.mark.both_databases
def test_a_change_keeps_former_names_and_what_was_left_empty(books, browser):
    company = rows.a_company(books)
    db.session.commit()
    client = browser(VIEW, EDIT)
    changed = COMPANY | {
        "name": "北京华新智造有限公司",
        "contact_mobile": "",
        "legal_rep_id": "",
        "legal_rep_name": "周敏",
        "employee_count": "450",
        "annual_revenue": "32000",
        "row_version": company.row_version,
    }
    assert send(client, f"/customers/{company.id}", **changed).status_code == 303
    db.session.expire_all()
    assert company.name == "北京华新智造有限公司"
    assert company.contact_mobile == "13800138000"
    assert company.customer_class is CustomerClass.MEDIUM
    assert company.enterprise.legal_rep_id is None, "another person does not inherit the number"
    assert [person.name for person in queries.key_persons(company.id, KeyRole.LEGAL_REP)] == ["周敏"]
    assert "北京华新精密机械有限公司" in page(client, f"/customers/{company.id}")


def test_who_was_slower_is_told_and_keeps_what_she_typed(books, browser):
    company = rows.a_company(books)
    db.session.commit()
    client, stale = browser(EDIT), company.row_version
    first = COMPANY | {"contact_name": "甲", "row_version": stale}
    assert send(client, f"/customers/{company.id}", **first).status_code == 303
    answer = send(client, f"/customers/{company.id}", **(COMPANY | {"contact_name": "乙", "row_version": stale}))
    assert answer.status_code == 409
    text = answer.get_data(as_text=True)
    assert "已被他人更新" in text
    assert 'value="乙"' in text


@pytest.mark.parametrize("address", ["", "?tab=people", "?tab=statements", "?tab=projects", "/edit"])
def test_a_foreign_tenants_customer_is_not_found(books, browser, address):
    company = rows.a_company(books)
    db.session.commit()
    stranger = browser(VIEW, EDIT, REVEAL, tenant_id=2)
    page(stranger, f"/customers/{company.id}{address}", 404)
    assert send(stranger, f"/customers/{company.id}/reveal", reason="核对授权书证件号码").status_code == 404
    assert send(stranger, f"/customers/{company.id}", **COMPANY, row_version=1).status_code == 404


def test_the_projects_of_a_customer_stand_on_its_page(books, browser):
    world = rows.a_world(books)
    project = rows.a_project(world)
    db.session.commit()
    address = f"/customers/{world.customer.id}?tab=projects"
    assert project.project_no in page(browser(VIEW, "projects.project.view"), address)
    assert project.project_no not in page(browser(VIEW), address)
