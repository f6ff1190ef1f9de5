"""The form screen in Chromium: findings, reasons, drafts, uploads, lost connections – nothing entered is lost."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask, render_template_string, request
from playwright.sync_api import BrowserContext, Page, expect

from app.config import ROOT
from app.core import clock
from tests.programs import until

pytestmark = [pytest.mark.browser, pytest.mark.real_clock]

AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
PAGE = """{% extends "base.html" %}{% from "macros/form.html" import form_screen %}{% from "macros/ui.html" import card %}
{% block title %}受理{% endblock %}{% block assets %}{{ bundle('form') }}{% endblock %}
{% block content %}<h1>受理</h1>{% call card('登记', flush=true) %}
{% call form_screen('t', schema, values, submit_url='/submit', draft_url='/draft', upload_url='/upload',
   document_url='/files/{id}', documents={'81': {'name': '审计报告.pdf', 'size': 2310000}}, row_version=3, readonly=request.args.ro) %}
<button class="btn btn-danger" type="button" data-form-submit data-outcome="return" data-skip-checks
  data-confirm="退回给申请人" data-confirm-reason="退回原因">退回</button>
<button class="btn btn-primary" type="button" data-form-submit data-outcome="submit">提交</button>{% endcall %}{% endcall %}{% endblock %}"""
SCHEMA = {
    "type": "default",
    "components": [
        {"type": "number", "id": "amount", "key": "amount", "label": "申请金额", "properties": {"unit": "wan"}},
        {"type": "textarea", "id": "purpose", "key": "purpose", "label": "贷款用途", "validate": {"required": True}},
        {"type": "datetime", "id": "start", "key": "start", "subtype": "date", "dateLabel": "放款日"},
        {
            "type": "dynamiclist", "id": "list", "path": "guarantors", "label": "反担保人", "isRepeating": True,
            "allowAddRemove": True, "defaultRepetitions": 1,
            "components": [{"type": "textfield", "id": "name", "key": "name", "label": "姓名"}],
        },
        {"type": "filepicker", "id": "files", "key": "reports", "label": "报表", "multiple": True},
        {"type": "button", "id": "b", "action": "submit", "label": "Submit"},
    ],
}  # fmt: skip
VALUES = {"amount": 500, "guarantors": [{"name": "张伟"}, {"name": "李建国"}], "reports": [81]}
BLOCK = {"field": "guarantors.1.name", "code": "D2", "severity": "BLOCK", "message": "此人已为本项目担保"}
WARN = {"field": "amount", "code": "D7", "severity": "WARN", "message": "金额高于上年营业收入的一半"}


@dataclass
class Server:
    """What the browser sent, and what it is to be answered."""

    answers: list[tuple[dict[str, Any], int]] = field(default_factory=list)
    submitted: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    drafts: list[dict[str, Any]] = field(default_factory=list)
    draft_status: int = 200

    def hang(self, app: Flask) -> None:
        app.add_url_rule("/form", "form", lambda: render_template_string(PAGE, schema=SCHEMA, values=VALUES))
        app.add_url_rule("/done", "done", lambda: "done")
        app.add_url_rule("/submit", "submit", self.submit, methods=["POST"])
        app.add_url_rule("/draft", "draft", self.draft, methods=["POST"])
        app.add_url_rule("/upload", "upload", self.upload, methods=["POST"])

    def submit(self) -> Any:
        self.submitted.append(request.get_json())
        self.keys.append(request.headers["Idempotency-Key"])
        return self.answers.pop(0)

    def draft(self) -> Any:
        self.drafts.append(request.get_json())
        return {"saved_at": clock.now().isoformat()}, self.draft_status

    def upload(self) -> Any:
        file = request.files["file"]
        if file.filename.endswith(".exe"):
            return {"message": "不支持这种文件类型"}, 415
        return {"id": 82, "name": file.filename, "size": len(file.read())}, 201


@pytest.fixture(scope="module")
def browser(window: Callable[..., BrowserContext]) -> Iterator[BrowserContext]:
    context = window()
    yield context
    context.close()


@pytest.fixture
def server(web: Flask) -> Server:
    made = Server()
    made.hang(web)
    return made


@pytest.fixture
def page(server: Server, address: str, browser: BrowserContext) -> Iterator[Page]:
    page = browser.new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.goto(f"{address}/form")
    page.evaluate("localStorage.clear()")
    page.wait_for_selector(".fjs-form")
    yield page
    browser.set_offline(False)
    page.close()


def press(page: Page) -> None:
    page.click("[data-outcome=submit]")


def messages(page: Page) -> str:
    page.wait_for_selector("[data-form-messages] > *")
    return page.inner_text("[data-form-messages]")


def violations(page: Page) -> list[str]:
    """axe, brought in over the debugging protocol: the policy of the page forbids script tags."""
    session = page.context.new_cdp_session(page)
    session.send("Runtime.evaluate", {"expression": AXE.read_text()})
    run = "axe.run(document).then(r => JSON.stringify(r.violations.map(v => v.id + ' ' + v.nodes[0].html)))"
    answer = session.send("Runtime.evaluate", {"expression": run, "awaitPromise": True, "returnByValue": True})
    return json.loads(answer["result"]["value"])


def test_a_missing_field_is_named_and_gets_the_cursor(page, server):
    press(page)
    assert "贷款用途：此项必填" in messages(page).replace("\n", "")
    expect(page.locator("textarea[id*=purpose]")).to_be_focused()
    assert server.submitted == []


def test_findings_stand_at_their_fields_and_a_warning_wants_a_reason(page, server):
    server.answers = [({"message": "有 2 处需要处理", "findings": [BLOCK, WARN]}, 422), ({"redirect": "/done"}, 200)]
    page.fill("textarea[id*=purpose]", "采购设备")
    press(page)
    assert "此人已为本项目担保" in messages(page)
    expect(page.locator(".fjs-form-field-error", has_text="此人已为本项目担保")).to_have_count(1)
    page.click(".zd-jump >> nth=0")
    page.wait_for_function("document.activeElement.value === '李建国'")
    assert violations(page) == []

    press(page)  # without a reason nothing is sent
    assert len(server.submitted) == 1
    page.fill("[data-reason=D7]", "在手订单充足，已核对合同")
    press(page)
    page.wait_for_url("**/done")
    assert server.submitted[1]["reasons"] == {"D7": "在手订单充足，已核对合同"}
    assert server.submitted[1]["row_version"] == 3
    assert server.submitted[1]["values"]["guarantors"] == [{"name": "张伟"}, {"name": "李建国"}]
    assert server.keys[0] != server.keys[1]


def test_what_is_typed_is_saved_as_a_draft(page, server):
    page.wait_for_timeout(2000)
    assert server.drafts == []  # nothing was changed yet
    page.fill("textarea[id*=purpose]", "采购数控加工中心")
    page.wait_for_selector("[data-draft-state][data-state=saved]")
    assert server.drafts[-1]["values"]["purpose"] == "采购数控加工中心"
    page.wait_for_function("localStorage.length === 0")


def test_a_draft_the_server_did_not_take_comes_back_after_a_reload(page, server):
    server.draft_status = 503
    page.fill("textarea[id*=purpose]", "本机的草稿")
    page.wait_for_selector("[data-draft-state][data-state=local]")
    page.reload()
    page.click("text=恢复")
    expect(page.locator("textarea[id*=purpose]")).to_have_value("本机的草稿")
    expect(page.locator("input[id*=amount]")).to_have_value("500")


def test_without_a_network_nothing_is_lost_and_the_same_act_is_repeated(page, server, browser):
    server.answers = [({"redirect": "/done"}, 200)]
    page.fill("textarea[id*=purpose]", "采购设备")
    browser.set_offline(True)
    press(page)
    assert "网络连接中断" in messages(page)
    assert page.input_value("textarea[id*=purpose]") == "采购设备"
    browser.set_offline(False)
    press(page)
    page.wait_for_url("**/done")
    assert len(server.submitted) == 1


def test_somebody_else_was_faster(page, server):
    server.answers = [({"message": "内容已被他人更新；请刷新后核对再提交", "code": "core.stale_data"}, 409)]
    page.fill("textarea[id*=purpose]", "采购设备")
    press(page)
    assert "内容已被他人更新" in messages(page)
    page.wait_for_function("Object.values(localStorage).join().includes('采购设备')")


def test_going_back_asks_for_a_reason_and_skips_the_checks(page, server):
    server.answers = [({"redirect": "/done"}, 200)]
    page.click("[data-outcome=return]")
    page.fill("#confirm-reason", "补充纳税申报表")
    page.click("dialog [data-confirm-ok]")
    page.wait_for_url("**/done")
    assert server.submitted[0]["outcome"] == "return"
    assert server.submitted[0]["reason"] == "补充纳税申报表"


def test_files_are_uploaded_at_once_and_listed(page, server, tmp_path):
    good, bad = tmp_path / "报表.pdf", tmp_path / "病毒.exe"
    good.write_bytes(b"%PDF-1.4" + b"x" * 5000)
    bad.write_bytes(b"MZ")
    page.set_input_files("input[type=file]", [good, bad])
    page.wait_for_selector("text=不支持这种文件类型")
    page.wait_for_selector("text=报表.pdf")
    page.click("[aria-label='移除 审计报告.pdf']")
    until(lambda: server.drafts and server.drafts[-1]["values"]["reports"] == [82])


def test_amounts_are_read_aloud_in_capital_figures(page):
    page.fill("input[id*=amount]", "1,234.56")
    expect(page.locator(".zd-reading")).to_have_text(re.compile(r"^12,345,600\.00\s*元\s*壹仟贰佰叁拾肆万伍仟陆佰元整$"))


def test_a_read_only_form_offers_no_buttons(page, address):
    page.goto(f"{address}/form?ro=1")
    page.wait_for_selector(".fjs-form")
    assert page.locator("[data-form-submit], .zd-file-remove, input[type=file]").count() == 0
    assert not page.locator(".fjs-repeat-render-add").is_visible()
    assert violations(page) == []


@pytest.mark.parametrize("width", [390, 1440])
def test_the_form_fits_the_screen_and_passes_axe(page, width):
    page.set_viewport_size({"width": width, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert violations(page) == []


def test_no_english_text_of_the_form_library_is_left(page):
    press(page)
    page.click(".fjs-repeat-render-add")
    text = page.inner_text(".fjs-container")
    assert "添加一行" in text
    assert not [word for word in ("required", "Add new", "Search", "Select", "Browse", "Remove") if word in text]
