"""One case in a real browser: registered and accepted at the desk, voted on a phone, its resolution read."""

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from app.business.committee.models import Vote
from app.core import clock
from app.demo.accounts import BY_LOGIN
from app.demo.walk import PDF, REASON, Stage, Variant, Walker
from tests.browser.conftest import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.real_clock, pytest.mark.xdist_group("browser")]
CUSTOMER = "北京云图软件技术有限公司"


def test_one_case_from_the_sign_in_to_its_resolution(company, sit_down, screens, tmp_path):
    manager = screens("pm_a")
    case_id = register(manager, tmp_path)
    accept(screens("biz_head"), case_id)

    before = walk_on(company, case_id, before="cast_vote", screens=screens)
    assert {"due_diligence", "cosign_due_diligence", "review_report", "risk_review", "declare_recusal"} <= set(before)
    votes = company.count(select(func.count()).select_from(Vote))
    member = sit_down("chair", PHONE)
    vote_in_three_taps(member)
    assert company.count(select(func.count()).select_from(Vote)) == votes + 1

    after = walk_on(company, case_id, before="draft_contracts", screens=screens)
    assert {"cast_vote", "record_minutes", "draft_resolution", "sign_resolution"} <= set(after)
    read_resolution(manager, case_id)
    assert [line for line in screens.told() + member.told if "422" not in line] == []


# ------------------------------------------------------------------ at the desk


def register(page, folder):
    """Start a case and fill the form: first with a field left empty, then with an amount that does not fit."""
    page.goto("/start")
    page.get_by_role("button", name="发起直接担保业务流程").click()
    page.wait_for_url(re.compile(r"/tasks/\d+"))
    case_id = int(re.search(r"/cases/(\d+)", page.get_by_role("link", name="查看业务").get_attribute("href")).group(1))
    for label, option in {
        "客户": CUSTOMER,
        "担保产品": None,
        "合作银行（债权人）": None,
        "风险分担方案": None,
        "反担保方式": "保证",
    }.items():
        choose(page, label, option)
    for label, text in {
        "贷款金额": "260",
        "担保比例": "100",
        "申请担保金额": "250",
        "担保期限（月）": "12",
        "担保费率（年）": "1.5",
        "还款来源": "主营业务销售回款",
        "联系人": "刘振东",
        "联系手机": "13800138000",
    }.items():
        field(page, label).fill(text)
    page.get_by_role("button", name="添加一行").click()
    choose(page, "类型", None)
    field(page, "提供人").fill("刘振东")
    page.locator(".fjs-repeat-row-container").get_by_label("担保金额").fill("260")
    paper = folder / "授权书.pdf"
    paper.write_bytes(PDF)
    page.locator("[data-form] input[type=file]").set_input_files(paper)
    expect(page.get_by_role("button", name="移除 授权书.pdf")).to_be_visible()

    told = page.locator("[data-form-messages]")
    submit(page)
    expect(told).to_contain_text("借款用途")
    expect(told).to_contain_text("此项必填")
    expect(page.locator(".fjs-form-field-error")).to_have_count(1)

    field(page, "借款用途").fill("采购服务器，补充流动资金")
    submit(page)
    expect(told).to_contain_text("申请担保金额应等于贷款金额 × 担保比例，即 260 万元")
    expect(told).to_contain_text("必须更正")
    expect(told.get_by_role("alert").or_(told).first).to_be_in_viewport()

    page.get_by_role("textbox", name="说明原因").fill("轻资产科技企业，费率按评级确定")
    field(page, "申请担保金额").fill("260")
    submit(page)
    expect(page.locator("#flashes")).to_contain_text("已提交")
    return case_id


def field(page, label):
    """The entry with this label, a star or not."""
    return page.get_by_label(re.compile(rf"^{re.escape(label)}\*?$")).first


def choose(page, label, option):
    """Pick from a list; the first of it when no option is named."""
    field(page, label).click()
    options = page.locator(".fjs-dropdownlist-item")
    (options.filter(has_text=option) if option else options).first.click()


def sign(page, name):
    """By her name, where the node asks for a signature."""
    page.get_by_role("radio", name="输入姓名").check()
    page.get_by_label("您的姓名").fill(name)


def submit(page):
    page.get_by_role("button", name="提交", exact=True).click()


def accept(page, case_id):
    """The head of the department finds the case in the pool, claims it and names the two managers."""
    page.goto("/tasks?list=pool")
    page.locator("tr", has_text=CUSTOMER).get_by_role("link", name="受理审核").click()
    page.wait_for_url(re.compile(r"/tasks/\d+"))
    assert page.locator(f"a[href='/cases/{case_id}']").count() > 0
    page.get_by_role("button", name="领取").click()
    page.get_by_label("受理", exact=True).check()
    choose(page, "项目经理A角（主办）", BY_LOGIN["pm_a"].name)
    choose(page, "项目经理B角（协办）", BY_LOGIN["pm_b"].name)
    field(page, "意见").fill("资料齐全，同意受理")
    submit(page)
    expect(page.locator("#flashes")).to_contain_text("已提交")


# ------------------------------------------------------------------ the others


class ByHand(Walker):
    """Everybody opens her task in Chromium, finds her draft in the form, and submits it there."""

    def __init__(self, place, before, screens):
        stage = Stage("story", "", Variant(ends="", amount_wan=260, stops_at=before), CUSTOMER)
        super().__init__(place.url, "story", today=clock.today(), say=lambda _text: None, stage=stage, looks=True)
        self._people, self.screens, self.submitted = place._people, screens, []

    def _submit(self, person, task, values, seen):
        person.post_json(f"/tasks/{task['id']}/draft", {"values": values, "reasons": {}, "row_version": seen["row_version"]})
        page = self.screens(person.account.login)
        page.goto(f"/tasks/{task['id']}")
        if seen["signature"]:
            sign(page, person.account.name)
        submit(page)
        left = page.locator("#flashes").get_by_text("已提交")
        asked = page.get_by_role("textbox", name="说明原因")
        expect(left.or_(asked).first).to_be_visible()
        for reason in asked.all():
            reason.fill(REASON)
        if asked.count():
            submit(page)
        expect(left).to_be_visible()
        self.submitted.append(task["node_id"])


@pytest.fixture
def screens(sit_down):
    """``screens(login)``: somebody's desk, the same one all day; ``screens.told`` is what all consoles report."""
    desks = {}

    def desk(login):
        if login not in desks:
            desks[login] = sit_down(login)
        return desks[login]

    desk.told = lambda: [line for page in desks.values() for line in page.told]
    return desk


def walk_on(place, case_id, before, screens):
    """Let the others do their part at their own desks, up to a node; the nodes they submitted."""
    walker = ByHand(place, before, screens)
    walker._work(walker._case(case_id), None)
    return walker.submitted


# ------------------------------------------------------------------ on the phone


def vote_in_three_taps(page):
    """Which item, which option, sure: three taps, all of them big enough for a thumb."""
    page.goto("/committee/vote")
    taps = [
        lambda: page.locator("main a").filter(has_text=CUSTOMER),
        lambda: page.locator("main label").filter(has_text=re.compile(r"^\s*同意\s*$")),
        lambda: page.get_by_role("button", name="确认投票"),
    ]
    for number, find in enumerate(taps):
        target = find()
        expect(target).to_be_in_viewport()
        assert target.bounding_box()["height"] >= 44
        target.tap()
    page.wait_for_url(re.compile(r"/committee/vote$"))
    expect(page.get_by_text("投票成功")).to_be_visible()
    expect(page.locator("main a").filter(has_text=CUSTOMER)).to_have_count(0)


def read_resolution(page, case_id):
    """The manager reads what was resolved, and finds the next step on the list of the case."""
    page.goto(f"/cases/{case_id}")
    expect(page.locator("main")).to_contain_text("拟定合同")
    page.goto("/projects")
    page.get_by_role("link", name=re.compile(CUSTOMER)).or_(page.locator("tr", has_text=CUSTOMER).get_by_role("link")).first.click()
    page.wait_for_url(re.compile(r"/projects/\d+"))
    page.get_by_role("link", name="报告").click()
    expect(page.locator("main")).to_contain_text("批复")
    expect(page.locator("main")).to_contain_text("260.00")
