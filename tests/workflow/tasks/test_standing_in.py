"""A substitute 代理人 sees and does the tasks of whoever is away, named as both; four eyes hold, and it ends by itself."""

from datetime import date

import pytest
from sqlalchemy import event, select

from app.core import clock
from app.core.db import db
from app.support.identity import substitutes
from app.support.identity.errors import CannotSubstitute
from app.support.identity.models import Substitution
from app.support.identity.operations import Absence
from app.support.notices.models import Notice
from app.workflow.instances.models import ProcessInstance, UserTask
from app.workflow.tasks import operations, queries
from app.workflow.tasks.errors import AlreadyClaimed, NotYourTask, OtherPlace, SignerStoodIn
from app.workflow.tasks.models import AskKind
from tests.workflow.engine.diagrams import begin, end, flow, process, user
from tests.workflow.tasks.desk import VALUES, WHY

pytestmark = pytest.mark.both_databases

TASK = {"form": "room/apply", "role": "PM_A"}
PROCESSES = (
    process("proc_one", begin(), user("fill", **TASK), user("check", **TASK), end(), flow("begin", "fill", "check", "done")),
    process("proc_legal", begin(), user("fill", form="room/apply", role="LEGAL"), end(), flow("begin", "fill", "done")),
    process("proc_vote", begin(), user("fill", substitute="no", **TASK), end(), flow("begin", "fill", "done")),
    process(
        "proc_named", begin(), user("fill", **TASK), user("check", assign="checker", form="room/apply"), end(),
        flow("begin", "fill", "check", "done"),
    ),
)  # fmt: skip
TODAY = date(2026, 11, 24)


def away(desk, who="wang", stand_in="chen", first=TODAY, last=date(2026, 11, 30), by=None, **more):
    absence = Absence(desk.ids[who], desk.ids[stand_in], first, last, reason="出差", **more)
    return desk.act(operations.name_substitute, absence, by=by or who)


@pytest.fixture(autouse=True)
def nobody_is_away(desk):
    yield
    with desk.at_work():
        running = db.session.scalars(select(Substitution.id).where(Substitution.ended_at.is_(None))).all()
    for key in running:
        desk.act(_end, key)


def _end(key, *, actor):
    db.session.get(Substitution, key).ended_at = clock.now()


def test_open_and_new_tasks_are_seen_and_done_in_the_others_name(desk):
    _case, open_before = desk.claimed()
    away(desk)
    case, opened_after = desk.claimed()
    assert {open_before, opened_after} <= desk.listed("chen")
    assert opened_after in desk.listed("wang")
    desk.submit(opened_after, by="chen")
    (row,) = desk.logged(case, "submit")
    assert (row.actor_name, row.actor_id, row.on_behalf_of) == ("陈静 代 王芳", desk.ids["chen"], desk.ids["wang"])
    done = desk.task(opened_after)
    assert (done.assignee_id, done.closed_by) == (desk.ids["wang"], desk.ids["chen"])
    assert opened_after in desk.listed("chen", "done")
    desk.assert_sound(case)


def test_tasks_of_the_others_role_can_be_claimed_for_her(desk):
    case = desk.start(by="li")
    fill = desk.one(case, "fill")
    assert isinstance(desk.refusal(operations.claim, fill, by="chen"), NotYourTask)
    away(desk)
    assert fill in desk.listed("chen", "pool")
    desk.act(operations.claim, fill, by="chen")
    assert desk.task(fill).assignee_id == desk.ids["wang"]
    assert desk.logged(case, "claim")[0].actor_name == "陈静 代 王芳"
    assert fill in desk.listed("chen")
    desk.act(operations.release, fill, by="chen")
    assert desk.task(fill).assignee_id is None


def test_it_ends_by_itself_and_begins_on_its_first_day(desk):
    _case, fill = desk.claimed()
    away(desk, first=date(2026, 11, 25), last=date(2026, 11, 26))
    seen = {}
    for day in ("24", "25", "26", "27"):
        with clock.freeze(f"2026-11-{day}T10:00:00"):
            seen[day] = fill in desk.listed("chen")
    assert seen == {"24": False, "25": True, "26": True, "27": False}
    assert isinstance(desk.refusal(operations.complete, fill, VALUES, by="chen"), NotYourTask)


def test_ended_early_the_substitute_sees_nothing_any_more(desk):
    _case, fill = desk.claimed()
    key = away(desk)
    desk.act(operations.end_substitute, key, by="wang")
    assert fill not in desk.listed("chen")
    assert isinstance(desk.refusal(operations.end_substitute, key, by="wang"), CannotSubstitute)


@pytest.mark.parametrize(("limits", "amount", "reaches"), [
    ({"subjects": frozenset({"proc_one"})}, None, True),
    ({"subjects": frozenset({"proc_legal"})}, None, False),
    ({"up_to_fen": 500}, 500, True),
    ({"up_to_fen": 500}, 501, False),
    ({"up_to_fen": 500}, None, False),
])  # fmt: skip
def test_it_may_be_limited_to_processes_and_amounts(desk, limits, amount, reaches):
    case, fill = desk.claimed()
    desk.act(_price, case, amount)
    away(desk, **limits)
    assert (fill in desk.listed("chen")) is reaches
    told = desk.get(substitutes.substitutes_of, [desk.ids["wang"]], "proc_one", amount)
    assert told == ({desk.ids["wang"]: desk.ids["chen"]} if reaches else {})


def _price(case, amount, *, actor):
    db.session.get(ProcessInstance, case).amount_fen = amount


def test_who_made_it_does_not_check_it_for_somebody_else(desk):
    case, fill = desk.claimed(by="li")
    desk.submit(fill, by="li")
    check = desk.one(case, "check")
    desk.act(operations.claim, check, by="zhao")
    away(desk, "zhao", "li")
    assert check not in desk.listed("li")
    assert isinstance(desk.refusal(operations.complete, check, VALUES, by="li"), AlreadyClaimed)
    assert check in desk.listed("zhao")


def test_who_made_it_for_somebody_is_no_signer_and_is_told_whom_to_ask(desk):
    away(desk, "wang", "li")
    case, fill = desk.claimed()
    desk.submit(fill, by="li")
    check = desk.one(case, "check")
    desk.act(operations.claim, check, by="zhao")
    (ask,) = desk.act(operations.add_handlers, check, [desk.ids["li"]], AskKind.BEFORE, request=WHY, by="zhao")
    refusal = desk.refusal(operations.sign, check, agrees=True, opinion="同意", by="li")
    assert isinstance(refusal, SignerStoodIn) and "请联系 赵敏 减签" in refusal.text
    desk.act(operations.remove_handler, check, ask, reason=WHY, by="zhao")
    desk.submit(check, by="zhao")
    assert desk.status(case) == "COMPLETED"


def test_who_made_it_for_somebody_does_not_check_it_herself(desk):
    away(desk, "wang", "li")
    case, fill = desk.claimed()
    desk.submit(fill, by="li")
    check = desk.one(case, "check")
    desk.act(operations.claim, check, by="li")
    assert isinstance(desk.refusal(operations.complete, check, VALUES, by="li"), OtherPlace)
    desk.act(operations.transfer, check, desk.ids["zhao"], reason=WHY, by="li")
    desk.submit(check, by="zhao")
    assert desk.status(case) == "COMPLETED"


def test_what_must_be_done_in_person_has_no_substitute(desk):
    _case, fill = desk.claimed("proc_vote")
    away(desk)
    assert fill not in desk.listed("chen")
    assert isinstance(desk.refusal(operations.complete, fill, VALUES, by="chen"), NotYourTask)


def test_signing_and_held_submissions_go_on_in_the_others_name(desk):
    case, fill = desk.claimed()
    desk.act(operations.add_handlers, fill, [desk.ids["li"]], AskKind.AFTER, request=WHY, by="wang")
    away(desk, "wang", "chen")
    away(desk, "li", "sun")
    desk.submit(fill, by="chen")
    assert fill in desk.listed("sun")
    assert fill in desk.listed("chen", "waiting")
    desk.act(operations.sign, fill, agrees=True, opinion="同意", by="sun")
    told = [(row.action, row.actor_name) for row in (*desk.logged(case, "sign"), *desk.logged(case, "submit"))]
    assert told == [("sign", "孙悦 代 李强"), ("submit", "陈静 代 王芳")]
    desk.assert_sound(case)


def test_refused_are_oneself_a_second_one_and_a_circle(desk):
    assert "本人" in desk.refusal(operations.name_substitute, Absence(desk.ids["li"], desk.ids["li"], TODAY, TODAY, "出差"), by="li").text
    away(desk, "wang", "li")
    again = Absence(desk.ids["wang"], desk.ids["chen"], date(2026, 11, 30), date(2026, 12, 2), "出差")
    assert "已由 李强 代理" in desk.refusal(operations.name_substitute, again, by="wang").text
    away(desk, "li", "zhao")
    circle = Absence(desk.ids["zhao"], desk.ids["wang"], TODAY, TODAY, "出差")
    assert "循环" in desk.refusal(operations.name_substitute, circle, by="zhao").text
    late = Absence(desk.ids["zhao"], desk.ids["wang"], date(2026, 12, 1), date(2026, 12, 2), "出差")
    desk.act(operations.name_substitute, late, by="zhao")


def test_days_of_different_processes_may_overlap(desk):
    away(desk, "wang", "li", subjects=frozenset({"proc_one"}))
    away(desk, "wang", "chen", subjects=frozenset({"proc_legal"}))
    _case, fill = desk.claimed()
    assert (fill in desk.listed("li"), fill in desk.listed("chen")) == (True, False)


def test_new_tasks_named_by_the_process_are_told_to_the_substitute(desk):
    away(desk, "zhao", "chen")
    case = desk.start("proc_named", checker=desk.ids["zhao"])
    desk.submit(desk.one(case, "fill"))
    with desk.at_work():
        link = f"/tasks/{desk.one(case, 'check')}"
        told = set(db.session.scalars(select(Notice.user_id).where(Notice.link == link)))
    assert told == {desk.ids["zhao"], desk.ids["chen"]}


def test_a_list_says_nothing_of_substitutes_while_nobody_is_away(desk):
    def told():
        statements = []

        def note(_connection, _cursor, text, *_rest):
            statements.append(text)

        with desk.at_work(desk.people["chen"]):
            db.session.execute(select(1))
            event.listen(db.engine, "before_cursor_execute", note)
            queries.counts(desk.people["chen"])
            event.remove(db.engine, "before_cursor_execute", note)
        return statements

    asked, counted = told()
    assert "substitution" in asked
    assert "substitution" not in counted
    assert "task_log" not in counted, "what binds her to a place"
    away(desk)
    *_places, counted = told()
    assert "task_log" in counted


def test_who_stands_in_for_two_on_one_task_has_it_once(desk):
    _case, task_id = desk.claimed()
    desk.act(operations.add_handlers, task_id, [desk.ids["li"]], AskKind.PARALLEL, request=WHY, by="wang")
    away(desk)
    away(desk, who="li")
    actor = desk.people["chen"]
    with desk.at_work(actor):
        on_list = list(db.session.scalars(select(queries.rows_of("todo", actor).c.id)))
        assert on_list.count(task_id) == 1
        assert queries.counts(actor)["todo"] == len(on_list)


def test_in_the_browser(desk):
    page = desk.page("wang", "/me/substitutes")
    assert "设置代理人" in page
    fields = {"stand_in_id": desk.ids["chen"], "starts_on": "2026-11-24", "ends_on": "2026-11-30", "reason": "出差", "up_to": ""}
    assert desk.post("wang", "/me/substitutes", **fields).status_code == 303
    _case, fill = desk.claimed()
    assert "您正在代 王芳 办理" in desk.page("chen", f"/tasks/{fill}")
    assert "代 王芳" in desk.page("chen", "/tasks")
    with desk.at_work():
        key = db.session.scalar(select(Substitution.id).where(Substitution.ended_at.is_(None)))
    assert desk.post("chen", f"/me/substitutes/{key}/end").status_code == 404
    assert desk.post("wang", "/admin/substitutes", **fields, user_id=desk.ids["li"]).status_code == 403
    assert "王芳" in desk.page("sun", "/admin/substitutes")
    assert desk.post("sun", f"/admin/substitutes/{key}/end").status_code == 303
    assert desk.post("sun", "/admin/substitutes", **fields, user_id=desk.ids["li"]).status_code == 303
    refused = desk.post("wang", "/me/substitutes", **fields | {"ends_on": "2026-11-01", "reason": "去外地开会"})
    assert refused.status_code == 422
    for kept in ("结束日期不能早于开始日期", 'value="2026-11-01"', "去外地开会", f'value="{desk.ids["chen"]}" checked'):
        assert kept in refused.text, "what was typed stays"
    assert "没有名为“陈”的同事" in desk.post("wang", "/me/substitutes", **fields | {"stand_in_id": "", "stand_in_id_typed": "陈"}).text
    twice = desk.post("wang", "/me/substitutes", **fields | {"stand_in_id": "", "stand_in_id_typed": "陈静"})
    again = desk.post("wang", "/me/substitutes", **fields)
    assert (twice.status_code, again.status_code) == (303, 409)
    assert "请先结束该代理" in again.text
