"""A list by keyboard: from row to row, to the search, the help, and into the task; and as cards on a phone."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE

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


def test_on_a_phone_the_list_she_is_on_is_in_sight(sit_down):
    page = sit_down("pm_a", PHONE)
    page.goto("/tasks?list=watched")
    tab = page.get_by_role("navigation", name="任务列表").locator("[aria-current]")
    expect(tab).to_contain_text("我关注的")
    expect(tab).to_be_in_viewport(ratio=0.9)
    assert page.evaluate("scrollY") == 0, "the page itself has moved"


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_from_and_to_stand_side_by_side_and_say_of_what(sit_down, size):
    page = sit_down("pm_a", size)
    page.goto("/tasks?list=started")
    page.get_by_text("更多条件").click()
    ranges = page.locator(".zd-filter-range").all()
    assert len(ranges) > 3
    for one in ranges:
        low, high = (field.bounding_box() for field in one.locator("input").all())
        assert low["y"] == high["y"] and low["x"] + low["width"] <= high["x"]
    page.get_by_role("textbox", name=re.compile(r"^担保金额\s*至$")).fill("2,000,000")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"f\.amount\.max=2"))


def test_the_whole_row_is_framed_where_a_column_stays_in_sight(sit_down):
    page = sit_down("pm_a")
    page.goto("/tasks?list=done")
    page.keyboard.press("j")
    cell = page.locator(".zd-wide .zd-main-cell").first
    expect(cell.locator(".zd-row-link")).to_be_focused()
    assert cell.evaluate("cell => getComputedStyle(cell).boxShadow").count("inset") == 2
