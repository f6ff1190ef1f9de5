"""Every page in Chromium, at the width of a desk and of a phone: accessible, fitting, silent in the console."""

import re

import pytest

from app.config import ROOT
from app.demo.accounts import BY_LOGIN
from tests.browser.conftest import DESKTOP, PHONE
from tests.doors.routes import addresses, rules

pytestmark = [pytest.mark.browser, pytest.mark.real_clock, pytest.mark.xdist_group("browser")]
AXE = (ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js").read_text()
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN = f"""axe.run(document, {{runOnly: {WCAG}, resultTypes: ['violations']}}).then(found =>
    found.violations.flatMap(one => one.nodes.map(node => one.id + ' ' + node.target.join(' '))))"""
NO_PAGES = re.compile(r"^/(api|files|login)|^/people$|^/admin/handovers/people$|\.(docx|pdf|png|xlsx|yaml)$|/files/")
READY = """() => [...document.querySelectorAll('[data-form]')].every(one => one.querySelector('.fjs-form'))
    && [...document.querySelectorAll('[data-diagram]')].every(one => one.querySelector('svg'))
    && [...document.querySelectorAll('[data-chart]')].every(one => one.querySelector('canvas, svg'))"""
SIZES = (DESKTOP, PHONE)
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def test_every_page_is_accessible_and_fits(company, sit_down):
    """Whether it fits is asked at both widths; axe reads every other page at the phone's: the pieces are the same."""
    asked = [
        address
        for rule in rules(company)
        if not NO_PAGES.search(rule.rule) and rule.endpoint != "committee.ballot"
        for address in addresses(company, rule, most=2 if "meeting_id" in rule.arguments else 1)
    ]
    assert len(asked) > 50
    page = sit_down("admin")
    looked = (look_at(page, address, read_at=(SIZES[n % 2],)) for n, address in enumerate(asked))
    assert [fault for faults in looked for fault in faults] == []


def test_every_kind_of_task_is_accessible_to_its_handler(company, sit_down):
    people, faults = {}, []
    for login, address in _at_work(company):
        people[login] = people.get(login) or sit_down(login)
        faults += look_at(people[login], address)
    assert faults == []


def _at_work(place):
    """Forms as those see them who fill them in."""
    task_id, _seen, _values = place.start()
    yield "pm_a", f"/tasks/{task_id}"
    yield "pm_a", "/start"
    _case, task = place.stage("stage_risk")
    yield "risk", f"/tasks/{task['id']}"
    yield "risk", "/tasks?list=pool"
    case, _task = place.stage("stage_voting")
    mine = next(task for task in case["open_tasks"] if task["assignee"] == BY_LOGIN["chair"].name)
    yield "chair", f"/tasks/{mine['id']}"
    yield "chair", "/committee/vote"
    yield "chair", f"/committee/vote/{mine['id']}"


def test_the_sign_in_and_refusals_are_accessible(screen, sit_down):
    page = screen()
    faults = look_at(page, "/login")
    page.get_by_label("账号").fill("nobody@example.com")
    page.get_by_label("密码").first.fill("wrong-password")
    page.get_by_role("button", name="登录").click()
    page.get_by_role("alert").wait_for()
    faults += seen(page, "/login refused")
    inside = sit_down("gm")
    faults += look_at(inside, "/admin/users", expected=403)
    faults += look_at(inside, "/nowhere", expected=404)
    assert faults == []


def test_a_fault_would_be_seen(sit_down):
    """The looking itself: a picture without words, a block too wide, a script the policy forbids."""
    page = sit_down("gm")
    page.evaluate("""() => document.querySelector('main').insertAdjacentHTML('beforeend',
        '<img src="/static/mark.svg"><div class="zd-nowrap">' + '宽'.repeat(200) + '</div>')""")
    page.evaluate("document.head.append(Object.assign(document.createElement('script'), {textContent: '1'}))")
    faults = "\n".join(seen(page, "/tasks"))
    assert "image-alt" in faults
    assert "too wide" in faults
    assert "Content Security Policy" in faults


def look_at(page, address, expected=200, read_at=SIZES):
    """What is wrong with a page, in words; axe reads it at these sizes."""
    answer = page.goto(address)
    if answer.status != expected:
        return [f"{address}: {answer.status}"]
    page.wait_for_function(READY)
    return seen(page, address, read_at)


def seen(page, address, read_at=SIZES):
    """What is wrong with the page as it stands, at both widths."""
    session, faults = page.context.new_cdp_session(page), []
    session.send("Runtime.evaluate", {"expression": AXE})  # over the protocol: the policy forbids script elements
    for size in SIZES:
        page.set_viewport_size(size)
        if size in read_at:
            answer = session.send("Runtime.evaluate", {"expression": RUN, "awaitPromise": True, "returnByValue": True})
            faults += answer["result"].get("value", [str(answer)])
        if (wide := page.evaluate(WIDE)) > 0:
            faults.append(f"{wide} px too wide for {size['width']}")
    page.set_viewport_size(DESKTOP)
    session.detach()
    faults += [line for line in page.told if not re.search(r"status of 40[134]", line)]
    page.told.clear()
    return [f"{address}: {fault}" for fault in faults]
