from datetime import date

import pytest
from business import rows
from business.staff import page

from app.business.institutions import operations
from app.business.institutions.models import InstitutionKind
from app.core.db import db
from app.core.money import wan

VIEW = "institutions.institution.view"


def test_the_list_finds_and_filters(books, browser):
    bank = rows.a_bank(books)
    db.session.commit()
    client = browser(VIEW)
    assert bank.institution_no in page(client, "/institutions?q=朝阳")
    assert "没有符合条件的机构" in page(client, "/institutions?kind=LAW_FIRM")
    text = page(client, "/institutions?admission=ADMITTED&sort=-name&kind=NONSENSE")
    assert bank.name in text
    assert bank.parent.institution_no not in text


@pytest.mark.both_databases
def test_who_has_no_agreement_comes_last_both_ways(books, browser):
    until = {"东方银行海淀支行": date(2027, 6, 30), "西方银行海淀支行": date(2026, 12, 31), "南方银行海淀支行": None}
    for name, day in until.items():
        operations.admit(rows.a_bank(books, name).id, agreement_no="HZ-1", agreement_from=rows.SINCE, agreement_to=day, actor=books)
    db.session.commit()
    client = browser(VIEW)
    for sort, order in {"agreement_to": "西东南", "-agreement_to": "东西南"}.items():
        text = page(client, f"/institutions?kind=BANK_BRANCH&sort={sort}")
        assert "".join(sorted("东西南", key=lambda first: text.index(f"{first}方银行"))) == order


@pytest.mark.both_databases
def test_a_bank_shows_its_tree_agreement_and_business(books, browser, user):
    world = rows.a_world(books)
    a, b = user("王丽华"), user("李志强")
    rows.a_project_in_force(world, books, managers=(a.id, b.id))
    rows.a_project(world, 2)
    db.session.commit()
    address = f"/institutions/{world.bank.id}"
    text = page(browser(VIEW, "projects.project.view"), address)
    for words in (world.bank.parent.name, "HZ-2025-018", "长期", "可以", "直接担保", "180.00", "72.00"):
        assert words in text, words
    assert "合作业务" not in page(browser(VIEW), address)
    assert world.bank.name in page(browser(VIEW), f"/institutions/{world.bank.parent_id}")


def test_our_own_company_shows_its_capital(books, browser):
    own = operations.register_institution(
        operations.InstitutionData(
            kind=InstitutionKind.OWN_COMPANY, name="京华融资担保有限公司", short_name="京华"
        ),
        actor=books,
    )
    operations.record_capital(
        date(2025, 12, 31),
        net_assets_fen=wan(120_000),
        equity_in_guarantors_fen=wan(2_000),
        source="2025 年度审计报告",
        actor=books,
    )
    db.session.commit()
    text = page(browser(VIEW), f"/institutions/{own.id}")
    assert "1,200,000,000.00" in text
    assert "1,180,000,000.00" in text
    assert "准入与合作协议" not in text


def test_a_foreign_tenants_institution_is_not_found(books, browser):
    bank = rows.a_bank(books)
    db.session.commit()
    page(browser(VIEW, tenant_id=2), f"/institutions/{bank.id}", 404)
    page(browser(), f"/institutions/{bank.id}", 403)
