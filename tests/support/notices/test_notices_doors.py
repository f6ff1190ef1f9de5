"""The in-box through the doors."""

import pytest
from support.doors_app import doors_app, knock

from app.core.db import db
from app.core.tenancy import acting_as, system_actor
from app.core.transactions import unit_of_work
from app.support.notices import send_inbox


@pytest.fixture
def browser(fresh_app):
    with fresh_app.app_context(), acting_as(system_actor(1)), unit_of_work():
        fresh_app.notice_ids = send_inbox([1001, 1002], "请办理“受理审核”<script>", "项目 ZB202611000007", "/tasks/7", "TASK")
        send_inbox([1001], "系统通知")
    browser = doors_app(fresh_app, "notices").test_client()
    browser.ids = fresh_app.notice_ids
    return browser


def test_the_inbox_shows_ones_own_notices_escaped(browser):
    page = browser.get("/notices", headers=knock(1001)).get_data(as_text=True)
    assert "2 条未读" in page and "&lt;script&gt;" in page and "<script>”" not in page
    assert "没有通知" in browser.get("/notices", headers=knock(2001)).get_data(as_text=True)
    task = browser.get("/notices?kind=TASK&show=unread", headers=knock(1001)).get_data(as_text=True)
    assert "受理审核" in task and "系统通知" not in task


def test_opening_marks_read_and_leads_on(browser):
    mine, hers = browser.ids
    answer = browser.post(f"/notices/{mine}/open", headers=knock(1001, key="key-00000001"))
    assert (answer.status_code, answer.location) == (303, "/tasks/7")
    assert "1 条未读" in browser.get("/notices", headers=knock(1001)).get_data(as_text=True)
    assert browser.post(f"/notices/{hers}/open", headers=knock(1001, key="key-00000002")).status_code == 404


def test_all_at_once(browser):
    assert browser.post("/notices/read-all", headers=knock(1001, key="key-00000001")).status_code == 303
    page = browser.get("/notices", headers=knock(1001)).get_data(as_text=True)
    assert "已将 2 条通知标为已读" in page and "0 条未读" in page
    assert "1 条未读" in browser.get("/notices", headers=knock(1002)).get_data(as_text=True)


def test_strangers_are_asked_to_sign_in(browser):
    assert browser.post("/notices/read-all", headers={"Accept": "application/json"}).status_code == 401
