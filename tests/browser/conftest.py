"""One served company per worker; people who sit down at a screen or pick up a phone."""

import re

import pytest

from app.demo.accounts import BY_LOGIN, PASSWORD
from tests.doors.place import Place
from tests.processes.house import served

DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def company(databases):
    """The served demo company with a case before the vote, one in force, one in a pool."""
    app = databases.demo("sqlite", "shown")
    with served(app) as url:
        yield Place(app, url, databases.walked("sqlite", "shown"))


@pytest.fixture
def screen(company, window):
    """``screen(size)``: an empty page; whatever its console reports as an error is kept in ``page.told``."""
    contexts = []

    def open_page(size=DESKTOP):
        phone = size == PHONE
        context = window(viewport=size, locale="zh-CN", base_url=company.url, has_touch=phone, is_mobile=phone)
        contexts.append(context)
        page = context.new_page()
        page.told = []
        page.on("console", lambda line: page.told.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda fault: page.told.append(str(fault)))
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def sit_down(screen):
    """``sit_down(login, size)``: the desk of somebody who signed in through the form."""

    def enter(login, size=DESKTOP):
        page = screen(size)
        page.goto("/login")
        page.get_by_label("账号").fill(BY_LOGIN[login].email)
        page.get_by_label("密码").first.fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        page.wait_for_url(re.compile(r"/tasks"))
        return page

    return enter
