"""The search box finds what it promises, of each kind only what the person may see."""

import pytest
from business import rows
from business.staff import page

from app.business.committee.models import Resolution
from app.business.contracts.models import Contract
from app.core.db import db
from app.support.web import search

PROJECT, CUSTOMER, MEETING = "projects.project.view", "customers.customer.view", "committee.meeting.view"


@pytest.fixture
def world(books, user):
    made = rows.a_world(books)
    people = (user("王丽华").id, user("李志强").id)
    made.project = rows.a_project_in_force(made, books, managers=people)
    db.session.commit()
    return made


def found(client, text):
    """Titles of the cards of the page: the kinds something was found of."""
    import re

    answer = page(client, f"/search?q={text}")
    return re.findall(r'<h2>([^<]+)</h2>', answer.split('id="main"')[-1]), answer


@pytest.mark.both_databases
def test_a_contract_number_leads_to_the_contract(world, browser):
    contract = db.session.query(Contract).first()
    number, project_id = contract.contract_no, contract.project_id
    db.session.commit()
    kinds, text = found(browser(PROJECT), number.lower())
    assert kinds == ["合同"]
    assert f'href="/projects/{project_id}?tab=contracts"' in text
    assert number in text


@pytest.mark.both_databases
def test_a_resolution_number_leads_to_the_resolution(world, browser):
    resolution = db.session.query(Resolution).first()
    number, resolution_id = resolution.resolution_no, resolution.id
    db.session.commit()
    kinds, text = found(browser(MEETING), number[-6:])
    assert kinds == ["批复"]
    assert f'href="/committee/resolutions/{resolution_id}"' in text


def test_a_name_finds_every_kind_in_order_with_a_way_to_all(world, browser):
    name = world.project.customer.name
    db.session.commit()
    kinds, _text = found(browser(PROJECT, CUSTOMER, MEETING), name)
    assert kinds == [kind for kind in ("项目", "客户", "合同", "批复") if kind in kinds]
    assert {"项目", "客户", "批复"} <= set(kinds)


def test_only_kinds_the_person_may_see_are_asked(world, browser):
    name = world.project.customer.name
    db.session.commit()
    assert found(browser(CUSTOMER), name)[0] == ["客户"]
    kinds, text = found(browser(), name)
    assert kinds == []
    assert "没有找到" in text
    assert found(browser(PROJECT, CUSTOMER, MEETING, tenant_id=2), name)[0] == []


@pytest.mark.parametrize("text", ["", "%20%20", "%25", "_", "'", "%00", "x" * 5000, "%F0%9F%98%80"])
def test_odd_words_find_nothing_and_break_nothing(world, browser, text):
    kinds, _answer = found(browser(PROJECT, CUSTOMER, MEETING), text)
    assert kinds == []


def test_more_than_are_shown_lead_to_the_list(books, browser, monkeypatch):
    monkeypatch.setattr(search, "MOST_SHOWN", 1)
    rows.a_company(books)
    rows.a_person(books)
    db.session.commit()
    _kinds, text = found(browser(CUSTOMER), "C2026")
    assert 'href="/customers?q=C2026"' in text


def test_a_kind_is_registered_once():
    with pytest.raises(ValueError, match="twice"):
        search.search_kind("project", "项目", permission=PROJECT)(lambda text, most: [])


def test_the_box_leads_to_the_search_and_says_what_it_finds(world, browser):
    text = page(browser(PROJECT), "/projects")
    assert 'action="/search"' in text
    assert "搜索项目、客户、合同、批复" in text
    page(browser().application.test_client(), "/search", 302)
