import re
from datetime import date
from decimal import Decimal

from business import rows
from business.staff import page

from app.business.products import operations
from app.business.products.defaults import DEFAULTS
from app.business.products.rules import PartyKind, Share
from app.core.db import db

VIEW = "products.product.view"


def test_a_product_shows_its_bounds_and_validity(books, browser):
    product = rows.a_product()
    product.active_to = date(2026, 6, 30)
    db.session.commit()
    client = browser(VIEW)
    for address in ("/products", f"/products/{product.id}"):
        text = page(client, address)
        for words in (
            "流动资金贷款担保",
            "ZB-LOAN",
            "10.00",
            "3,000.00",
            "0.50%",
            "3.00%",
            "2026-06-30",
            "已失效",
        ):
            assert words in text, (address, words)
    assert "近两年财务报表" in text


def test_a_scheme_shows_parties_and_every_version(books, browser):
    first = rows.a_scheme(books)
    second = operations.define_scheme(
        "S4222",
        "4-2-2-2（调整）",
        [Share(PartyKind.DIRECT_GUARANTOR, Decimal(50)), Share(PartyKind.BANK, Decimal(50))],
        active_from=date(2027, 1, 1),
        actor=books,
    )
    operations.freeze_scheme(first.id)
    db.session.commit()
    client = browser(VIEW)
    text = page(client, "/risk-share-schemes")
    assert text.index(second.name) < text.index(first.name)
    text = page(client, f"/risk-share-schemes/{first.id}")
    for words in ("原担保机构", "再担保机构", "国家融资担保基金", "40.00%", "2026-12-31", "已使用", "未生效"):
        assert words in text, words


def test_parameters_read_like_a_table_of_the_company(books, browser):
    operations.set_default_parameters(valid_from=rows.SINCE, actor=books)
    operations.set_parameter(
        "limit.leverage", "12", valid_from=date(2027, 1, 1), source="内部规定", confirmed=True, actor=books
    )
    db.session.commit()
    text = page(browser(VIEW), "/business-parameters")
    for words in (
        "授权审批金额上限",
        "100.00 万元",
        "5 个工作日",
        "C16、J66、K701",
        "依据待确认",
        "未生效",
        "2026-12-31",
    ):
        assert words in text, words


def test_every_parameter_is_shown_in_its_unit(books, browser):
    operations.set_default_parameters(valid_from=rows.SINCE, actor=books)
    operations.set_parameter("test.free", "0.05", valid_from=rows.SINCE, source="x", confirmed=True, actor=books)
    operations.set_parameter("test.word", "OTHER", valid_from=rows.SINCE, source="x", confirmed=True, actor=books)
    db.session.commit()
    text = page(browser(VIEW), "/business-parameters")
    shown = re.findall(r'<small class="zd-muted">([\w.]+)</small>.*?<span class="zd-money">(.*?)</span>', text, re.S)
    figures = dict(shown)
    assert len(figures) == len(DEFAULTS) + 2
    for name, words in {
        "approval.board_notice_share": "5%",
        "fee.policy_rate": "1%",
        "limit.concentration_single": "10%",
        "limit.aa_bond_counted_pct": "60%",
        "limit.leverage": "10 倍",
        "approval.valid_days": "180 天",
        "age.oldest_at_maturity": "65 周岁",
        "fee.min_fen": "0.05 万元",
        "liability.base": "自身责任份额",
        "diligence.min_photos": "3",
        "test.free": "0.05",
        "test.word": "OTHER",
    }.items():
        assert figures[name] == words, name


def test_foreign_tenants_and_people_without_permission_see_nothing(books, browser):
    product, scheme = rows.a_product(), rows.a_scheme(books)
    db.session.commit()
    stranger = browser(VIEW, tenant_id=2)
    for address in (f"/products/{product.id}", f"/risk-share-schemes/{scheme.id}"):
        page(stranger, address, 404)
        page(browser(), address, 403)
    assert product.name not in page(stranger, "/products")
    assert scheme.name not in page(stranger, "/risk-share-schemes")
