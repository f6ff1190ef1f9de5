"""Somebody with an interest in a case has no part in it, at nodes with and without a rule."""

import pytest

from app.core.errors import Forbidden
from app.workflow.instances.assigning import recusal
from app.workflow.instances.errors import AlreadyRecused, NotRecused, ReasonMissing
from app.workflow.tasks import operations
from app.workflow.tasks.errors import KeptApart
from tests.workflow.assignment.company import after_fill
from tests.workflow.tasks.desk import WHY

pytestmark = pytest.mark.both_databases

PROCESSES = (
    after_fill("proc_plain"),
    after_fill("proc_named", assign="who"),
    after_fill("proc_head", candidates="departmentHead"),
)


def recuse(desk, case, who, by="sun"):
    return desk.act(recusal.recuse, case, desk.ids[who], reason=WHY, by=by)


def test_who_recuses_herself_loses_her_task_and_gets_no_other(desk):
    case, task_id = desk.claimed("proc_plain", by="wang")
    recuse(desk, case, "wang", by="wang")
    task, assignee, candidates = desk.opened(case, "fill")
    assert (assignee, candidates) == (None, ["li", "zhao"])
    assert task_id not in desk.listed("wang", "todo") | desk.listed("wang", "pool")
    desk.fill(task_id, "li")
    assert desk.opened(case)[1:] == (None, ["li", "zhao"])
    assert [row.action for row in desk.logged(case, "recuse")] == ["recuse"]
    desk.assert_sound(case)


def test_nobody_hands_a_task_to_who_is_recused(desk):
    case, task_id = desk.claimed("proc_plain", by="li")
    recuse(desk, case, "wang")
    assert isinstance(desk.refusal(operations.transfer, task_id, desk.ids["wang"], reason=WHY, by="li"), KeptApart)


def test_whom_a_rule_names_is_replaced_when_recused(desk):
    case = desk.run("proc_head", by="li")
    assert desk.opened(case)[1] == "chen"
    recuse(desk, case, "chen")
    task, assignee, candidates = desk.opened(case)
    assert (assignee, candidates, task.assignment["empty"]) == (None, [], "pool")
    case = desk.start("proc_named", who=desk.ids["zhao"])
    recuse(desk, case, "zhao")
    desk.fill(desk.one(case, "fill"))
    task, assignee, candidates = desk.opened(case)
    assert (assignee, candidates) == (None, ["wang", "li"])
    assert task.assignment["barred"] == [[desk.ids["zhao"], "recused", ""]]


def test_it_is_told_once_with_its_reason_and_lifted_by_administrators(desk):
    case = desk.start("proc_plain")
    assert isinstance(desk.refusal(recusal.recuse, case, desk.ids["li"], reason=WHY, by="wang"), Forbidden)
    assert isinstance(desk.refusal(recusal.recuse, case, desk.ids["wang"], reason="亲戚", by="wang"), ReasonMissing)
    recuse(desk, case, "wang", by="wang")
    assert isinstance(desk.refusal(recusal.recuse, case, desk.ids["wang"], reason=WHY, by="sun"), AlreadyRecused)
    assert isinstance(desk.refusal(recusal.lift, case, desk.ids["li"], reason=WHY, by="sun"), NotRecused)
    task_id = desk.one(case, "fill")
    assert WHY in desk.page("wang", f"/cases/{case}").split("id=\"recusal\"")[1]
    assert desk.post("wang", f"/cases/{case}/recusals/{desk.ids['wang']}/lift", reason=WHY).status_code == 403
    assert desk.post("sun", f"/cases/{case}/recusals/{desk.ids['wang']}/lift", reason=WHY).status_code == 303
    answer = desk.post("li", f"/cases/{case}/recusals", user_id=desk.ids["li"], reason=WHY)
    assert answer.status_code == 303
    assert task_id not in desk.listed("li", "pool")
