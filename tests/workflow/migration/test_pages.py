"""Migration through its doors: report, choice, start, progress, undo; only for people who may."""

import pytest
from sqlalchemy import select
from support.doors_app import doors_app, knock

from app.core.db import db
from app.workflow.migration import pages
from app.workflow.migration.models import MigrationItem, MigrationPlan
from tests.workflow.migration.house import House
from tests.workflow.migration.test_migration import line

URL = "/admin/migrations"
VIEW, RUN = "workflow.migration.view", "workflow.migration.run"


@pytest.fixture
def house(fresh_app):
    made = House(fresh_app)
    app = doors_app(fresh_app)
    if "migration" not in app.blueprints:
        app.register_blueprint(pages.bp)
    made.browser = app.test_client()
    return made


def read(house, path="", *rights):
    answer = house.browser.get(URL + path, headers=knock(1001, *(rights or (VIEW, RUN))))
    return answer.status_code, answer.get_data(as_text=True)


def test_report_choice_start_progress_and_undo(house):
    house.release(line("a", "b"))
    one = house.start()
    second = house.release(line("b", "c"))
    status, page = read(house, f"/report?target={second}")
    assert status == 200 and "需要选择" in page and 'name="to:proc_test/a"' in page and "迁移 1 个流程" not in page
    page = read(house, f"/report?target={second}&to:proc_test/a=c")[1]
    assert "迁移 1 个流程" in page
    assert "迁移 1 个流程" not in read(house, f"/report?target={second}&to:proc_test/a=c", VIEW)[1]
    form = {"target": second, "to:proc_test/a": "c", "note": "改版"}
    refused = house.browser.post(URL, data=form, headers=knock(1001, VIEW, key="key-move-0001"))
    assert refused.status_code == 403
    started = house.browser.post(URL, data=form, headers=knock(1001, VIEW, RUN, key="key-move-0002"))
    assert started.status_code == 303
    with house.at_work():
        plan = db.session.scalars(select(MigrationPlan.id)).one()
        item = db.session.scalars(select(MigrationItem.id)).one()
    assert 'hx-trigger="every 3s"' in read(house, f"/{plan}")[1]
    house.carry_out(plan)
    page = read(house, f"/{plan}")[1]
    assert "已迁移" in page and "撤销" in page and 'hx-trigger="every 3s"' not in page
    assert house.tasks(one, "node_id") == [("c",)]
    undone = house.browser.post(f"{URL}/{plan}/items/{item}/undo", headers=knock(1001, VIEW, RUN, key="key-move-0003"))
    assert undone.status_code == 303 and house.tasks(one, "node_id") == [("a",)]
    again = house.browser.post(f"{URL}/{plan}/items/{item}/undo", headers=knock(1001, VIEW, RUN, key="key-move-0004"))
    assert again.status_code == 409
    assert "改版" in read(house)[1] and read(house, "/999")[0] == 404
    assert read(house, "", "workflow.definitions.view")[0] == 403


def test_nothing_to_move_is_a_sentence(house):
    first = house.release(line("a"))
    assert "没有在其他发布包上办理的流程" in read(house, "/report")[1]
    answer = house.browser.post(URL, data={"target": first}, headers=knock(1001, VIEW, RUN, key="key-move-0001"))
    assert answer.status_code == 422
