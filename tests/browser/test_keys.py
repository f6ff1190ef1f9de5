"""A list by keyboard: from row to row, to the search, the help, and into the task; and as cards on a phone."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.real_clock, pytest.mark.xdist_group("browser")]


def waiting_list(page):
    """The list of this person on which something stands."""
    for name in ("todo", "pool"):
        page.goto(f"/tasks?list={name}")
        if page.locator(".zd-row-link").count():
            return page.locator(".zd-row-link")
    raise AssertionError("nothing waits")


def test_a_list_is_worked_by_keyboard(sit_down):
    page = sit_down("risk")
    links = waiting_list(page)
    page.keyboard.press("j")
    expect(links.first).to_be_focused()
    page.keyboard.press("k")
    expect(links.first).to_be_focused()
    boxes = page.locator("tbody input[type=checkbox]")
    if boxes.count():
        page.keyboard.press("x")
        expect(boxes.first).to_be_checked()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("/")
    expect(page.locator("#filter-q")).to_be_focused()
    page.keyboard.type("j?")
    expect(page.locator("#filter-q")).to_have_value("j?")
    waiting_list(page)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/tasks/\d+"))
    assert page.told == []


def test_a_list_is_cards_on_a_phone(sit_down):
    page = sit_down("risk", PHONE)
    waiting_list(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="列", exact=True).click()
    expect(page.get_by_role("button", name="显示所选列")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
