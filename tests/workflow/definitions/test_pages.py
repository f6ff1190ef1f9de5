"""The pages of releases through their doors."""

from dataclasses import replace

import pytest
from support.doors_app import doors_app, knock

from app.core import clock
from app.core.db import db
from app.core.tenancy import acting_as, system_actor
from app.core.transactions import unit_of_work
from app.support.identity.models import Role, User, UserRole
from app.workflow import definitions
from app.workflow.definitions import pages
from .bundles import bpmn, bundle, form

VIEW, DEPLOY, ACTIVATE = (f"workflow.definitions.{act}" for act in ("view", "deploy", "activate"))
ALL = (VIEW, DEPLOY, ACTIVATE)
PROCESS = "processes/test/proc_test.bpmn"
FORM = "forms/screens/room/apply.form"
URL = "/admin/releases"


@pytest.fixture
def folder(tmp_path):
    put(tmp_path, bundle())
    return tmp_path


def put(root, files):
    for path, content in files.files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)


@pytest.fixture
def browser(fresh_app, folder):
    app = doors_app(fresh_app)
    app.extensions["settings"] = replace(app.extensions["settings"], analysts_root=folder)
    app.register_blueprint(pages.bp)
    return app.test_client()


def read(browser, path="", *permissions):
    answer = browser.get(URL + path, headers=knock(1001, *(permissions or ALL)))
    return answer.status_code, answer.get_data(as_text=True)


def deploy(browser, note="", key="key-00000001"):
    return browser.post(f"{URL}/deploy", data={"note": note}, headers=knock(1001, *ALL, key=key))


def test_deploy_activate_and_look(browser, folder):
    assert "还没有启用的发布包" in read(browser)[1]
    status, page = read(browser, "/deploy")
    assert (status, "共 1 个流程、3 处绑定，1 个问题" in page) == (200, True)
    answer = deploy(browser, "第一版")
    assert (answer.status_code, answer.location) == (303, f"{URL}/1")
    assert deploy(browser, "第一版").location == f"{URL}/1"
    assert "完全相同" in read(browser, "/deploy")[1]

    activated = browser.post(f"{URL}/1/activate", headers=knock(1001, *ALL, key="key-00000002"))
    assert activated.status_code == 303
    page = read(browser)[1]
    assert "启用中" in page and "第一版" in page and "用户1001" in page and "还没有启用" not in page
    page = read(browser, "/1")[1]
    assert "测试流程" in page and FORM in page and "确定启用" not in page
    page = read(browser, "/1/processes/proc_test")[1]
    assert "data-diagram" in page and "room/apply" in page
    answer = browser.get(f"{URL}/1/files/{FORM}", headers=knock(1001, VIEW))
    assert answer.data == form()
    assert "attachment" in answer.headers["Content-Disposition"]


def test_a_refused_deployment_shows_every_finding_and_stores_nothing(browser, folder):
    (folder / PROCESS).write_bytes(bpmn(role="BOSS", form="room/gone"))
    assert "不能部署" in read(browser, "/deploy")[1]
    answer = deploy(browser)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "没有角色代码「BOSS」" in page and "找不到表单「room/gone」" in page
    assert "还没有发布包" in read(browser)[1]
    (folder / PROCESS).write_bytes(b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>')
    answer = deploy(browser, key="key-00000003")
    assert answer.status_code == 422
    assert "root:" not in answer.get_data(as_text=True)


def test_a_script_in_the_note_stays_text(browser):
    deploy(browser, "<script>alert(1)</script>")
    assert "<script>alert(1)" not in read(browser)[1]
    assert "&lt;script&gt;" in read(browser)[1]
    assert deploy(browser, "长" * 2001, key="key-00000004").status_code == 422


def test_doors_ask_for_permission_and_a_key(browser):
    deploy(browser)
    for path in ("", "/1", "/1/processes/proc_test", f"/1/files/{FORM}"):
        assert read(browser, path, "other.thing.view")[0] == 403
    assert read(browser, "/deploy", VIEW)[0] == 403
    assert browser.post(f"{URL}/deploy", headers=knock(1001, VIEW, key="key-00000005")).status_code == 403
    assert browser.post(f"{URL}/1/activate", headers=knock(1001, VIEW, key="key-00000006")).status_code == 403
    assert browser.post(f"{URL}/1/activate", headers=knock(1001, *ALL)).status_code == 422


def test_what_does_not_exist_is_not_found(browser):
    deploy(browser)
    for path in ("/9", "/1/processes/gone", "/1/files/gone.form", "/1/files/..%2f..%2fetc%2fpasswd"):
        assert read(browser, path)[0] == 404
    assert browser.post(f"{URL}/9/activate", headers=knock(1001, *ALL, key="key-00000007")).status_code == 404


def test_a_release_is_compared_with_the_active_one_or_a_chosen_one(browser, folder):
    deploy(browser)
    assert "没有差异" in read(browser, "/1/diff")[1]
    browser.post(f"{URL}/1/activate", headers=knock(1001, *ALL, key="key-00000002"))
    put(folder, bundle(**{PROCESS: bpmn(role="PM_B")}))
    deploy(browser, key="key-00000003")
    status, page = read(browser, "/2/diff")
    assert (status, "property role" in page, "<del>PM_A</del>" in page, "<ins>PM_B</ins>" in page) == (200, True, True, True)
    assert "<del>PM_B</del>" in read(browser, "/1/diff?against=2")[1]
    assert read(browser, "/9/diff")[0] == 404


def test_approve_schedule_roll_back_and_retire_through_the_pages(browser, folder):
    rights = (*ALL, *(f"workflow.definitions.{act}" for act in ("approve", "retire")), "workflow.release_policy.set")
    why = "新版表单有误，先回到上一版"

    def post(path, user=1001, **data):
        post.count += 1
        answer = browser.post(f"{URL}/{path}", data=data, headers=knock(user, *rights, key=f"key-life-{post.count:06}"))
        return answer.status_code

    post.count = 0
    deploy(browser)
    assert post("1/activate") == 303
    assert post("policy", needs_approval="1") == 303
    put(folder, bundle(**{PROCESS: bpmn(role="PM_B")}))
    deploy(browser, key="key-00000003")
    assert (post("2/activate"), post("2/approve")) == (409, 409)
    assert "待复核" in read(browser, "/2", *rights)[1]
    assert (post("2/approve", user=1002), post("2/activate")) == (303, 303)
    assert "回退" in read(browser, "/2", *rights)[1]
    assert (post("rollback", reason="短"), post("rollback", reason=why), post("rollback", reason=why)) == (422, 303, 409)
    assert (post("2/schedule", at="昨天"), post("2/schedule", at="2026-11-25T08:30")) == (422, 303)
    assert "2026-11-25 08:30" in read(browser, "/2", *rights)[1]
    assert (post("2/schedule", at=""), post("1/retire", reason=why), post("2/retire", reason=why)) == (303, 409, 303)
    page = read(browser, "/2", *rights)[1]
    assert "已停用" in page and "/2/activate" not in page
    assert "改为无须复核" in read(browser, "", *rights)[1] and "改为无须复核" not in read(browser)[1]


def test_roles_nobody_holds_are_named_before_and_after_deploying(browser, fresh_app, folder):
    status, page = read(browser, "/deploy")
    assert status == 200 and "角色“项目经理A角”目前没有在职人员" in page
    with fresh_app.app_context(), acting_as(system_actor(1)), unit_of_work():
        release = definitions.deploy(bundle(), actor=system_actor(1)).id
    assert "无人办理的环节" in read(browser, f"/{release}")[1]
    with fresh_app.app_context(), acting_as(system_actor(1)), unit_of_work():
        db.session.add(role := Role(code="PM_A", name="项目经理A角"))
        user = User(email="a@x.cn", name="甲", password="-", fs_uniquifier="u1", password_changed_at=clock.now())
        db.session.add(user)
        db.session.flush()
        db.session.add(UserRole(user_id=user.id, role_id=role.id))
    assert "目前没有在职人员" not in read(browser, "/deploy")[1]
    assert "无人办理的环节" not in read(browser, f"/{release}")[1]
