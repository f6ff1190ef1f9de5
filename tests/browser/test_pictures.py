"""Diagrams, charts and selects as they are seen: at the desk and on a phone."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE
from tests.programs import until

pytestmark = [pytest.mark.browser, pytest.mark.real_clock, pytest.mark.xdist_group("browser")]

SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])


def drawn(page, case_id):
    """The case's page once its diagram is drawn."""
    page.goto(f"/cases/{case_id}")
    page.wait_for_selector(".zd-diagram .djs-visual")
    page.locator(".zd-diagram").scroll_into_view_if_needed()
    return page.locator(".zd-diagram")


def middle_of(box):
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def name_height(page):
    """How tall a node's name is on screen, in pixels."""
    return page.locator(".zd-diagram .djs-shape .djs-label").first.evaluate(
        "name => parseFloat(getComputedStyle(name).fontSize) * Math.hypot(name.getCTM().a, name.getCTM().b)"
    )


@SIZES
def test_the_current_node_is_in_the_middle_and_can_be_read(company, sit_down, size):
    case, task = company.stage("stage_risk")
    page = sit_down("risk", size)
    diagram = drawn(page, case["id"])
    frame, node = diagram.bounding_box(), page.locator(f'[data-element-id="{task["node_id"]}"]').bounding_box()
    assert frame["height"] >= 400
    (x, y), (node_x, node_y) = middle_of(frame), middle_of(node)
    assert abs(x - node_x) < 30
    assert abs(y - node_y) < frame["height"] / 2 - 40
    assert name_height(page) >= 8.5
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert page.told == []


@SIZES
def test_an_ended_case_shows_the_end_that_was_reached(company, sit_down, size):
    case, _task = company.stage("stage_in_force")
    page = sit_down("auditor", size)
    frame = drawn(page, case["id"]).bounding_box()
    node = page.locator('[data-element-id="in_force_end"]').first.bounding_box()
    assert frame["x"] <= node["x"] <= frame["x"] + frame["width"] - node["width"]
    assert name_height(page) >= 8.5


def test_buttons_lead_to_the_whole_and_back_to_the_current_node(company, sit_down):
    case, task = company.stage("stage_risk")
    page = sit_down("risk", PHONE)
    diagram = drawn(page, case["id"])
    node = page.locator(f'[data-element-id="{task["node_id"]}"]')
    before = node.bounding_box()
    page.get_by_role("button", name="适合窗口").click()
    assert node.bounding_box()["width"] < before["width"] / 3
    page.get_by_role("button", name="当前环节").click()
    after = node.bounding_box()
    assert (after["x"], after["width"]) == (before["x"], before["width"])
    page.get_by_role("button", name="放大").click()
    assert node.bounding_box()["width"] > before["width"] * 1.1
    page.set_viewport_size({"width": 412, "height": 844})
    page.wait_for_timeout(200)
    assert node.bounding_box()["width"] > before["width"] * 1.1  # turning the phone does not undo what was chosen
    assert diagram.bounding_box()["width"] > 300


def test_fingers_move_and_zoom(company, sit_down):
    case, task = company.stage("stage_risk")
    page = sit_down("risk", PHONE)
    frame = drawn(page, case["id"]).bounding_box()
    node = page.locator(f'[data-element-id="{task["node_id"]}"]')
    touch = page.context.new_cdp_session(page)
    x, y = middle_of(frame)

    def fingers(kind, *places):
        points = [{"x": px, "y": py, "id": number} for number, (px, py) in enumerate(places)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    before = node.bounding_box()
    fingers("touchStart", (x, y))
    for step in range(1, 7):
        fingers("touchMove", (x - 15 * step, y))
    fingers("touchEnd")
    until(lambda: before["x"] - node.bounding_box()["x"] > 50)
    moved = node.bounding_box()
    assert abs(moved["width"] - before["width"]) < 1

    fingers("touchStart", (x - 40, y), (x + 40, y))
    for step in range(1, 5):
        fingers("touchMove", (x - 40 - 10 * step, y), (x + 40 + 10 * step, y))
    fingers("touchEnd")
    until(lambda: node.bounding_box()["width"] > moved["width"] * 1.5)
    assert page.told == []


@SIZES
def test_the_ledger_of_one_day_has_an_axis_of_days(company, sit_down, size):
    case, _task = company.stage("stage_in_force")
    page = sit_down("auditor", size)
    page.goto(f"/projects/{case['data']['project_id']}?tab=ledger")
    page.wait_for_selector(".zd-chart svg text")
    words = page.locator(".zd-chart svg text").all_text_contents()
    days = [word for word in words if re.fullmatch(r"\d\d-\d\d|\d{4}-\d\d-\d\d", word)]
    assert len(days) == 3
    assert not [word for word in words if ":" in word]


def test_selects_ask_to_choose(company, sit_down):
    page = sit_down("pm_a")
    page.goto("/start")
    page.get_by_role("button", name="发起直接担保业务流程").click()
    fields = page.locator(".fjs-container input[placeholder]")
    until(lambda: fields.evaluate_all("all => all.filter((one) => one.placeholder === '请选择').length") >= 4)
    expect(page.locator(".fjs-container input[placeholder='搜索']")).to_have_count(0)
