"""The jobs page through the doors."""

import pytest
import worker_process
from support.doors_app import doors_app, knock

from app.core.tenancy import acting_as, system_actor
from app.core.transactions import unit_of_work
from app.support.jobs import enqueue
from app.support.jobs.runner import run_due

VIEW, MANAGE = "support.jobs.view", "support.jobs.manage"


@pytest.fixture
def program(fresh_app):
    worker_process.make_table(fresh_app)
    return fresh_app


@pytest.fixture
def browser(program):
    return doors_app(program, "jobs").test_client()


def put(program, kind, payload=None, tenant=1):
    with program.app_context(), acting_as(system_actor(tenant)), unit_of_work():
        return enqueue(kind, payload).id


def test_the_list_shows_state_reason_and_only_the_own_tenant(program, browser):
    put(program, "test.give_up")
    run_due(program)
    put(program, "test.trace", {"name": "a"})
    put(program, "test.outside", {"name": "foreign"}, tenant=2)
    page = browser.get("/admin/jobs", headers=knock(1001, VIEW)).get_data(as_text=True)
    rows = page[page.index("<tbody>") : page.index("</tbody>")]
    for words in ("留下痕迹", "等待中", "放弃", "已失败", "对方系统拒绝了申请"):
        assert words in rows
    assert "问外部" not in rows
    failed = browser.get("/admin/jobs?state=FAILED", headers=knock(1001, VIEW)).get_data(as_text=True)
    assert "放弃" in failed and "等待中</span>" not in failed
    assert browser.get("/admin/jobs?state=NONSENSE&page=99", headers=knock(1001, VIEW)).status_code == 200


def test_a_failed_job_is_retried_by_a_button(program, browser):
    job_id = put(program, "test.give_up")
    run_due(program)
    shown = browser.get(f"/admin/jobs/{job_id}", headers=knock(1001, VIEW, MANAGE)).get_data(as_text=True)
    assert "重新执行" in shown and "GiveUp" in shown
    answer = browser.post(f"/admin/jobs/{job_id}/retry", headers=knock(1001, VIEW, MANAGE, key="key-00000001"))
    assert (answer.status_code, answer.location) == (303, f"/admin/jobs/{job_id}")
    shown = browser.get(f"/admin/jobs/{job_id}", headers=knock(1001, VIEW, MANAGE)).get_data(as_text=True)
    assert "取消任务" in shown
    again = browser.post(f"/admin/jobs/{job_id}/retry", headers=knock(1001, VIEW, MANAGE, key="key-00000002"))
    assert again.status_code == 409
    gone = browser.post(f"/admin/jobs/{job_id}/cancel", headers=knock(1001, VIEW, MANAGE, key="key-00000003"))
    assert gone.status_code == 303


def test_who_may_only_look_gets_no_detail_and_no_button(program, browser):
    job_id = put(program, "test.give_up")
    run_due(program)
    shown = browser.get(f"/admin/jobs/{job_id}", headers=knock(1001, VIEW)).get_data(as_text=True)
    assert "Traceback" not in shown and "重新执行" not in shown
    assert browser.post(f"/admin/jobs/{job_id}/retry", headers=knock(1001, VIEW, key="key-00000001")).status_code == 403
    assert browser.get("/admin/jobs", headers=knock(1001)).status_code == 403


def test_another_tenants_job_is_not_found(program, browser):
    job_id = put(program, "test.give_up", tenant=2)
    assert browser.get(f"/admin/jobs/{job_id}", headers=knock(1001, VIEW)).status_code == 404
    headers = knock(1001, VIEW, MANAGE, key="key-00000001")
    assert browser.post(f"/admin/jobs/{job_id}/cancel", headers=headers).status_code == 404
