import io

import pytest
from business import rows
from business.staff import page, send, sheet_text
from sqlalchemy import select
from workflow.definitions.bundles import bpmn, dmn, form

from app.business.projects.models import ProjectStatus
from app.core.db import db
from app.support import files
from app.workflow import definitions
from app.workflow.definitions import make_bundle
from app.workflow.instances import operations as instances
from app.workflow.instances.models import InstanceStatus, ProcessInstance

VIEW, EXPORT, WITHDRAW = (f"projects.project.{act}" for act in ("view", "export", "withdraw"))
START = "workflow.instances.start"
TABS = ("", "people", "reports", "contracts", "fees", "ledger", "documents", "timeline")


@pytest.mark.both_databases
def test_the_list_searches_filters_sorts_and_adds_up(books, browser, user):
    a, b = user("王丽华"), user("李志强")
    world = rows.a_world(books)
    old = rows.a_project_in_force(world, books, managers=(a.id, b.id))
    new = rows.a_project(world, 2)
    db.session.commit()
    client = browser(VIEW)
    assert new.project_no not in page(client, f"/projects?q={old.project_no[-6:]}")
    assert old.project_no in page(client, "/projects?q=华新")
    assert "没有符合条件的项目" in page(client, "/projects?q=%25")
    for narrowing in ("status=IN_FORCE", "phase=IN_FORCE", f"manager={a.id}", f"manager={b.id}"):
        text = page(client, f"/projects?{narrowing}")
        assert old.project_no in text
        assert new.project_no not in text
    assert "没有符合条件的项目" in page(client, "/projects?line=MICRO_BATCH")
    text = page(client, "/projects?sort=outstanding&status=X&manager=y&page=9999")
    assert text.index(new.project_no) < text.index(old.project_no)
    assert "在保余额 180.00 万元，其中自身责任 72.00 万元" in text


def test_the_export_holds_figures_not_text(books, browser, user):
    a, b = user("王丽华"), user("李志强")
    rows.a_project_in_force(rows.a_world(books), books, managers=(a.id, b.id))
    db.session.commit()
    assert browser(VIEW).get("/projects/export.xlsx").status_code == 403
    text = sheet_text(browser(EXPORT).get("/projects/export.xlsx").data)
    assert "<v>1800000</v>" in text
    assert "<t>王丽华</t>" in text


@pytest.mark.both_databases
def test_every_tab_shows_the_rows_of_the_rooms_above(books, browser, user):
    a, b = user("王丽华"), user("李志强")
    world = rows.a_world(books)
    project = rows.a_project_in_force(world, books, managers=(a.id, b.id))
    paper = files.store_upload(io.BytesIO(b"%PDF-1.4\n%%EOF\n"), "征信授权书.pdf", "attachment", actor=books)
    files.link_document(paper, "project", project.id)
    db.session.commit()
    client = browser(VIEW)
    seen = {tab: page(client, f"/projects/{project.id}?tab={tab}") for tab in TABS}
    for tab, words in {
        "": ("180.00", "自身责任 72.00 万元", "北方商业银行朝阳支行", "王丽华", "支小"),
        "people": ("李志强", "同意报审", "主任委员", "138****8000"),
        "reports": ("海淀区厂区及仓库", "294.00", "下游集中度较高", "PSH2026-012", "有条件同意 2", "PF2026-031"),
        "contracts": ("BZ2026-0031", "2,800,000.00", "京（2026）海不动产证明", "FK202600012", "落实厂房抵押登记"),
        "fees": (
            "12/12 = 45,000.00",
            "10,000.00",
            "BK20260301001",
            "首保客户",
            "TF202600003",
            "13,150.68",
            "60,000.00",
        ),
        "ledger": ("ZW2026", "-400,000.00", "1,800,000.00", "JJ20260302", 'data-chart="balance-option"'),
        "documents": ("征信授权书.pdf",),
        "timeline": ("银行放款", "同意报审"),
    }.items():
        for word in words:
            assert word in seen[tab], (tab, word)
    assert "6222020200112233445" not in seen["contracts"]
    assert rows.RESIDENT_ID not in seen["reports"]


def test_an_empty_project_says_what_will_come(books, browser):
    project = rows.a_project(rows.a_world(books))
    db.session.commit()
    client = browser(VIEW)
    for tab, words in {
        "reports": "还没有报告",
        "contracts": "还没有合同",
        "ledger": "还没有台账记录",
        "fees": "还没有应收费用",
    }.items():
        assert words in page(client, f"/projects/{project.id}?tab={tab}")


@pytest.mark.parametrize("tab", TABS)
def test_a_foreign_tenants_project_is_not_found(books, browser, tab):
    project = rows.a_project(rows.a_world(books))
    db.session.commit()
    stranger = browser(VIEW, WITHDRAW, tenant_id=2)
    page(stranger, f"/projects/{project.id}?tab={tab}", 404)
    answer = send(stranger, f"/projects/{project.id}/withdraw", reason="客户资金需求取消，申请撤回本笔业务")
    assert answer.status_code == 404
    assert project.project_no not in page(stranger, "/projects")


# ------------------------------------------------------------------ withdrawing, releasing

REASON = "客户资金需求取消，申请撤回本笔业务"
MESSAGE = '<bpmn:message id="message_withdraw" name="customer.withdraw" />'
WITHDRAWAL = """<bpmn:subProcess id="withdrawal" name="客户撤回申请" triggeredByEvent="true">
  <bpmn:startEvent id="withdrawal_requested"><bpmn:extensionElements><spiffworkflow:properties>
    <spiffworkflow:property name="correlate" value="business_key" />
    </spiffworkflow:properties></bpmn:extensionElements><bpmn:outgoing>w1</bpmn:outgoing>
    <bpmn:messageEventDefinition id="withdrawal_message" messageRef="message_withdraw" /></bpmn:startEvent>
  <bpmn:serviceTask id="withdraw_project" name="登记撤回"><bpmn:extensionElements>
    <spiffworkflow:serviceTaskOperator id="projects.withdraw" resultVariable=""><spiffworkflow:parameters>
    <spiffworkflow:parameter id="project_id" type="any" value="project_id" />
    </spiffworkflow:parameters></spiffworkflow:serviceTaskOperator></bpmn:extensionElements>
    <bpmn:incoming>w1</bpmn:incoming><bpmn:outgoing>w2</bpmn:outgoing></bpmn:serviceTask>
  <bpmn:endEvent id="withdrawn_end"><bpmn:incoming>w2</bpmn:incoming></bpmn:endEvent>
  <bpmn:sequenceFlow id="w1" sourceRef="withdrawal_requested" targetRef="withdraw_project" />
  <bpmn:sequenceFlow id="w2" sourceRef="withdraw_project" targetRef="withdrawn_end" />
</bpmn:subProcess></bpmn:process>"""


def release_of(actor, process, source):
    """Deploy and activate one process with its form and check."""
    files_of_it = {
        f"processes/test/{process}.bpmn": source,
        "forms/screens/room/apply.form": form(),
        "rules/checks/room/apply.dmn": dmn(),
    }
    release = definitions.deploy(make_bundle(files_of_it), actor=actor)
    definitions.activate(release.id, actor=actor)


@pytest.fixture
def project(books):
    """A project whose case waits at a task and listens for the withdrawal."""
    source = bpmn("proc_withdrawable").decode()
    source = source.replace("<bpmn:process", f"{MESSAGE}<bpmn:process").replace("</bpmn:process>", WITHDRAWAL)
    release_of(books, "proc_withdrawable", source.encode())
    made = rows.a_project(rows.a_world(books))
    case = instances.start("proc_withdrawable", {"project_id": made.id}, actor=books, business_key=made.project_no)
    made.process_instance_id = case.id
    db.session.commit()
    return made


@pytest.mark.both_databases
def test_the_withdrawal_reaches_the_case(project, browser):
    client = browser(VIEW, WITHDRAW)
    text = page(client, f"/projects/{project.id}")
    assert "撤回申请" in text
    assert "申请" in text
    answer = send(client, f"/projects/{project.id}/withdraw", reason=REASON)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    db.session.expire_all()
    assert project.status is ProjectStatus.WITHDRAWN
    assert db.session.get(ProcessInstance, project.process_instance_id).status is InstanceStatus.COMPLETED
    assert "确认撤回" not in page(client, f"/projects/{project.id}")
    assert "客户撤回申请" in page(client, f"/projects/{project.id}?tab=timeline")


def test_a_withdrawal_without_a_reason_changes_nothing(project, browser):
    answer = send(browser(VIEW, WITHDRAW), f"/projects/{project.id}/withdraw", reason="不要了")
    assert answer.status_code == 422
    text = answer.get_data(as_text=True)
    assert "请填写撤回原因，不少于 10 个字" in text
    assert "不要了</textarea>" in text
    db.session.expire_all()
    assert project.status is ProjectStatus.IN_DD


def test_only_who_may_withdraw_sees_and_does_it(project, browser):
    client = browser(VIEW)
    assert "确认撤回" not in page(client, f"/projects/{project.id}")
    assert send(client, f"/projects/{project.id}/withdraw", reason=REASON).status_code == 403


def test_after_the_resolution_it_is_too_late(books, browser, user):
    a, b = user("王丽华"), user("李志强")
    resolved = rows.a_project_in_force(rows.a_world(books), books, managers=(a.id, b.id))
    db.session.commit()
    client = browser(VIEW, WITHDRAW)
    assert "确认撤回" not in page(client, f"/projects/{resolved.id}")
    answer = send(client, f"/projects/{resolved.id}/withdraw", reason=REASON)
    assert answer.status_code == 409
    assert "已批复，不能撤回申请" in answer.get_data(as_text=True)


def test_a_project_in_force_can_be_released_from_its_page(books, browser, user):
    a, b = user("王丽华"), user("李志强")
    release_of(books, "proc_release", bpmn("proc_release"))
    in_force = rows.a_project_in_force(rows.a_world(books), books, managers=(a.id, b.id))
    db.session.commit()
    assert "发起解保" not in page(browser(VIEW), f"/projects/{in_force.id}")
    client = browser(VIEW, START)
    text = page(client, f"/projects/{in_force.id}")
    assert "发起解保" in text
    assert 'action="/start/proc_release"' in text
    assert send(client, "/start/proc_release", project_id=str(in_force.id)).status_code == 303
    case = db.session.scalars(select(ProcessInstance)).one()
    assert case.data["project_id"] == in_force.id


def test_the_page_leads_to_the_cases_this_person_may_open(project, browser):
    link = f'href="/cases/{project.process_instance_id}"'
    assert link not in page(browser(VIEW), f"/projects/{project.id}")
    assert link in page(browser(VIEW, "workflow.instances.view"), f"/projects/{project.id}")
