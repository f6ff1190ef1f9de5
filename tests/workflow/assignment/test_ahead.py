"""Before a task is submitted its page says who will get what follows; afterwards the case says why she got it."""

import pytest

from app.core.db import db
from app.support.identity.security import actor_for
from app.workflow.instances.assigning.preview import preview
from app.workflow.instances.models import AssignmentTurn, UserTask
from app.workflow.tasks import formwork, operations
from tests.workflow.assignment.company import OPEN, after_fill, line
from tests.workflow.engine.diagrams import begin, call, document, end, exclusive, flow, many, parallel, process, process_xml, script, sub, user

RULES = {
    "proc_head": {"candidates": "departmentHead"},
    "proc_two": {"candidates": "superior(2)"},
    "proc_above": {"candidates": "superior(1, previous)"},
    "proc_handler": {"candidates": "handlerOf(fill)"},
    "proc_money": {"candidates": "authority(limits)", "amount": "amount_fen"},
    "proc_turn": {"pick": "roundRobin"},
    "proc_least": {"pick": "leastLoaded"},
    "proc_apart": {"exclude": "fill"},
    "proc_previous": {"exclude": "previous"},
    "proc_admin": {"candidates": "superior(9)", "whenEmpty": "admin"},
    "proc_named": {"assign": "who"},
    "proc_pool": {},
}
CHECK, OTHER = user("check", **OPEN), user("other", **OPEN)
PROCESSES = (
    *(after_fill(process_id, **rule) for process_id, rule in RULES.items()),
    after_fill("proc_random", pick="random"),
    after_fill("proc_refuse", candidates="superior(9)", whenEmpty="refuse"),
    after_fill("proc_feel", assign="nobody_knows"),
    line("proc_same", user("fill", **OPEN), user("check", **OPEN, candidates="handlerOf(fill)", samePerson="pass")),
    line("proc_choose", user("fill", **OPEN, chooses="check"), user("check", **OPEN, pick="chosen", exclude="fill")),
    line("proc_end", user("fill", **OPEN)),
    process(
        "proc_gate", begin(), user("fill", **OPEN), exclusive("g", default="no"), CHECK, OTHER, end(), end("done2"),
        flow("begin", "fill", "g"), flow("g", "check", when="1 = 1"), flow("g", "other", id="no"), flow("check", "done"), flow("other", "done2"),
    ),
    process(
        "proc_fork", begin(), user("fill", **OPEN), parallel("f"), CHECK, OTHER, parallel("j"), user("last", **OPEN), end(),
        flow("begin", "fill", "f", "check", "j", "last", "done"), flow("f", "other", "j"),
    ),
    line("proc_sub", user("fill", **OPEN), sub("s", begin("in"), CHECK, end("out"), flow("in", "check", "out"))),
    document(
        process_xml("proc_call", begin(), user("fill", **OPEN), call("c", "inner"), user("last", **OPEN), end(), flow("begin", "fill", "c", "last", "done")),
        process_xml("inner", begin("in"), CHECK, end("out"), flow("in", "check", "out")),
    ),
    line("proc_many", user("fill", **OPEN), script("l", "{items: [1]}"), user("check", many("items"), **OPEN, multi="true", assign="item")),
)  # fmt: skip


def seen(desk, task_id, by="wang"):
    """(node, certain, who) of what comes next."""
    with desk.at_work(desk.people[by]):
        task = db.session.get(UserTask, task_id)
        ahead = preview(task, task.instance, formwork.node_data(task, task.instance), actor_for(desk.ids[by]))
        return [(one.node_id, one.is_certain, one.who, one.given.users if one.given else None) for one in ahead]


@pytest.mark.both_databases
@pytest.mark.parametrize("process_id", RULES)
def test_what_is_foretold_comes_true_and_nothing_is_written_for_it(desk, process_id):
    for by in ("wang", "li")[: 1 + (process_id == "proc_turn")]:
        case = desk.start(process_id, by=by, amount_fen=100, who=desk.ids["zhao"])
        task_id = desk.one(case, "fill")
        desk.act(operations.claim, task_id, by=by)
        before, turns = desk.everything(), desk.get(lambda: [row.turn for row in db.session.query(AssignmentTurn)])
        ((node_id, is_certain, _who, users),) = seen(desk, task_id, by)
        assert desk.everything() == before
        assert desk.get(lambda: [row.turn for row in db.session.query(AssignmentTurn)]) == turns
        assert (node_id, is_certain) == ("check", True)
        desk.fill(task_id, by)
        task, assignee, candidates = desk.opened(case)
        assert desk.logins(users) == ([assignee] if assignee else candidates)


@pytest.mark.parametrize(
    ("process_id", "told"),
    [
        ("proc_random", [("check", True, "提交时从 孙悦、李强、王芳、赵敏 中随机抽取")]),
        ("proc_refuse", [("check", True, "目前没有可以办理的人，提交会被拒绝")]),
        ("proc_feel", [("check", True, "提交后按业务数据确定；没有指定时由“PM_A”岗位领取")]),
        ("proc_same", [("check", True, "与您是同一人，将自动通过")]),
        ("proc_end", [("", True, "")]),
        ("proc_gate", [("check", False, "“PM_A”岗位领取"), ("other", False, "“PM_A”岗位领取")]),
        ("proc_fork", [("check", True, "“PM_A”岗位领取"), ("other", True, "“PM_A”岗位领取")]),
        ("proc_sub", [("check", True, "“PM_A”岗位领取")]),
        ("proc_call", [("check", True, "“PM_A”岗位领取")]),
        ("proc_many", [("check", True, "由多人办理，人员在到达时按业务数据确定")]),
    ],
)
def test_what_cannot_be_told_is_not_pretended(desks, process_id, told):
    desk = desks("sqlite")
    found = seen(desk, desk.one(desk.start(process_id), "fill"))
    if process_id == "proc_random":
        assert "中随机抽取" in found[0][2]
        assert set(desk.logins(found[0][3])) == {"wang", "li", "zhao"}
        return
    assert [one[:3] for one in found] == told


def test_after_a_called_process_its_caller_goes_on_and_a_join_waits(desks):
    desk = desks("sqlite")
    case = desk.run("proc_call")
    assert [one[:2] for one in seen(desk, desk.one(case, "check"))] == [("last", True)]
    case = desk.run("proc_fork")
    assert [one[:2] for one in seen(desk, desk.one(case, "check"))] == [("last", False)]


def test_the_pages_say_who_is_next_let_her_choose_and_tell_why(desks):
    desk = desks("sqlite")
    case = desk.start("proc_choose")
    task_id = desk.one(case, "fill")
    page = desk.page("wang", f"/tasks/{task_id}")
    assert 'data-form-choice="check"' in page
    assert "下一环节" in page
    assert f'<option value="{desk.ids["wang"]}">王芳' not in page.split("data-form-choice")[1].split("</select>")[0]

    def submit(**sent):
        sent = {"values": {}, **sent}
        return desk.browser("wang").post(f"/tasks/{task_id}/complete", json=sent, headers={"Idempotency-Key": str(len(str(sent))) * 9})

    refused = submit()
    assert (refused.status_code, refused.get_json()["message"]) == (422, "请选择“check”的办理人，再提交")
    assert submit(chosen=["x"]).status_code == 422
    assert submit(chosen={"check": "1"}).status_code == 422
    assert submit(chosen={"check": desk.ids["li"]}).status_code == 200
    checked = desk.one(case, "check")
    told = desk.page("li", f"/tasks/{checked}")
    assert "为什么由其办理" in told
    story = desk.page("wang", f"/cases/{case}")
    for words in ("办理人确定依据", "候选人：", "排除：王芳（办理过“fill”）", "由上一环节的办理人指定", "办理人：李强"):
        assert words in story


@pytest.mark.parametrize(
    ("process_id", "words"),
    [
        ("proc_random", "随机抽取，种子 "), ("proc_turn", "轮流办理，第 "), ("proc_least", "待办最少的人办理"), ("proc_two", "王芳的第 2 级上级"),
        ("proc_head", "王芳所在部门的负责人"), ("proc_money", "授权表“审批权限额度”"), ("proc_money", "权限足够的岗位，由低到高：LEGAL（1,000,000.00 元）"),
        ("proc_admin", "没有找到办理人，按约定交由系统管理员处理"), ("proc_handler", "“fill”的办理人"),
    ],
)  # fmt: skip
def test_why_is_told_in_words(desks, process_id, words):
    desk = desks("sqlite")
    case = desk.run(process_id, amount_fen=100)
    assert words in desk.page("wang", f"/cases/{case}")
