"""The lists of the desk: what stands on them, typed columns, filters, groups, saved views, workbook, and that every number is right."""

import io
import random
import zipfile
from dataclasses import replace
from datetime import date

import pytest
from lxml import etree
from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.core.errors import Forbidden
from app.support.notices.models import Notice
from app.support.web.urgency import urgency_of
from app.workflow.instances import following
from app.workflow.instances import operations as instances
from app.workflow.instances.errors import InstanceNotFound
from app.workflow.instances.models import CaseFact, ProcessInstance, UserTask
from app.workflow.tasks import operations, queries, views, worklists
from app.workflow.tasks.errors import TooManyRows, ViewNotFound, ViewUnnamed
from app.workflow.tasks.filters import read_filter, read_group
from app.workflow.tasks.models import AskKind, TaskCopy
from tests.workflow.engine.diagrams import begin, end, flow, process, user
from tests.workflow.tasks.desk import WHY

pytestmark = pytest.mark.both_databases

TASK = {"form": "room/apply", "role": "PM_A"}
COLUMNS = {
    "customer": "客户; text; customer_name",
    "amount": "担保金额; money; amount_fen",
    "rate": "费率; number; rate",
    "signed": "签约日; date; signed_on",
    "kind": "类型; choice; product",
}
PROPERTIES = "".join(f'<spiffworkflow:property name="column:{name}" value="{text}" />' for name, text in COLUMNS.items())
EXTENSION = f"<bpmn:extensionElements><spiffworkflow:properties>{PROPERTIES}</spiffworkflow:properties></bpmn:extensionElements>"


def with_columns(content):
    """The process with list columns declared."""
    text = content.decode()
    at = text.index(">", text.index("<bpmn:process")) + 1
    return (text[:at] + EXTENSION + text[at:]).encode()


PROCESSES = (
    with_columns(process("proc_one", begin(), user("fill", **TASK, due="P1D"), user("check", **TASK), end(), flow("begin", "fill", "check", "done"))),
    process("proc_named", begin(), user("named", **TASK, assign="people"), end(), flow("begin", "named", "done")),
)  # fmt: skip


def case(desk, *, by="wang", **data):
    """A new case with these facts, its task claimed by who started it: (case, task)."""
    made = desk.start("proc_one", by=by, **data)
    task_id = desk.one(made, "fill")
    desk.act(operations.claim, task_id, by=by)
    return made, task_id


def narrowed(desk, login, name="todo", **arguments):
    """Keys of the tasks of a list that an address asks for, in order."""
    arguments = {key.replace("__", "."): value for key, value in arguments.items()}
    actor = desk.people[login]
    with desk.at_work(actor):
        wanted = read_filter(arguments, "due")
        return list(db.session.scalars(queries.narrowed(queries.rows_of(name, actor), wanted)))


def mine(desk, keys, *found):
    """Those of ``found`` that are among ``keys``, in the order of ``keys``: other tests left tasks too."""
    return [key for key in keys if key in found]


def cells(workbook):
    """The first sheet's rows: text, and figures as Excel stores them."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as parts:
        sheet = etree.fromstring(parts.read("xl/worksheets/sheet1.xml"))
    return [
        ["".join(cell.itertext()) if cell.get("t") == "inlineStr" else float("".join(cell.itertext())) for cell in row.iterfind("{*}c")]
        for row in sheet.iterfind(".//{*}row")
    ]


# ------------------------------------------------------------------ facts


def test_facts_are_kept_typed_when_the_case_is_saved_and_changed_with_it(desk):
    made, task_id = case(desk, customer_name="华鑫贸易", amount_fen=300_000_00, rate="1.25", signed_on="2026-11-20", product="流贷")
    with desk.at_work():
        kept = {fact.name: fact for fact in db.session.scalars(select(CaseFact).where(CaseFact.instance_id == made))}
        assert kept["customer"].text_value == "华鑫贸易"
        assert kept["amount"].number_value == 300_000_00
        assert kept["rate"].number_value == 12_500
        assert kept["signed"].date_value == date(2026, 11, 20)
        before = {fact.id: fact.row_version for fact in kept.values()}
    desk.submit(task_id)
    with desk.at_work():
        again = db.session.scalars(select(CaseFact).where(CaseFact.instance_id == made)).all()
        assert {fact.id: fact.row_version for fact in again} == before, "written again without a change"


def test_a_fact_that_cannot_be_said_is_empty_and_stops_nothing(desk):
    made, _task = case(desk, amount_fen="三百", signed_on="soon", rate=True)
    with desk.at_work():
        kept = db.session.scalars(select(CaseFact).where(CaseFact.instance_id == made)).all()
        assert len(kept) == len(COLUMNS)
        assert {(fact.text_value, fact.number_value, fact.date_value) for fact in kept} == {(None, None, None)}


def test_lists_are_narrowed_and_sorted_by_facts(desk):
    small = case(desk, customer_name="Alpha 一", amount_fen=100_00, signed_on="2026-01-05", product="流贷")[1]
    large = case(desk, customer_name="alpha 二", amount_fen=900_00, signed_on="2026-03-05", product="保函")[1]
    none = case(desk)[1]

    def seen(**arguments):
        return mine(desk, narrowed(desk, "wang", **arguments), small, large, none)

    assert set(seen(f__customer="ALPHA")) == {small, large}
    assert seen(f__customer="%") == []
    assert seen(f__kind="保函") == [large]
    assert seen(f__amount__min="100", f__amount__max="899.99") == [small]
    assert seen(f__signed__min="2026-02-01") == [large]
    assert seen(f__amount__min="much", sort="f.amount") == [small, large, none]
    assert seen(sort="f.amount") == [small, large, none]
    assert seen(sort="-f.amount") == [large, small, none]
    assert seen(sort="-f.signed") == [large, small, none]
    assert set(seen(sort="f.nothing")) == {small, large, none}


def test_a_list_falls_into_groups_with_their_numbers(desk):
    for name in ("甲某厂", "甲某厂", "乙某厂"):
        case(desk, by="zhao", customer_name=name)
    actor = desk.people["zhao"]
    with desk.at_work(actor):
        rows = queries.rows_of("todo", actor)
        everything = read_filter({}, "due")
        assert dict(queries.groups(rows, everything, "f.customer"))["甲某厂"] == 2
        assert queries.groups(rows, read_filter({"f.customer": "某厂"}, "due"), "f.customer") == [("甲某厂", 2), ("乙某厂", 1)]
        assert ("fill", 3) in queries.groups(rows, read_filter({"f.customer": "某厂"}, "due"), "node")
        assert dict(queries.groups(rows, read_filter({"f.customer": "某厂"}, "due"), "day")) == {"2026-11-25": 3}
        assert queries.groups(rows, read_filter({"f.customer": "某厂", "day": "2026-11-25"}, "due"), "process") == [("proc_one", 3)]
        assert queries.groups(rows, read_filter({"f.customer": "某厂", "day": "2026-11-26"}, "due"), "process") == []
        assert (read_group({"group": "f.customer"}), read_group({"group": "f.amount"}), read_group({"group": "x"})) == ("f.customer", "", "")


def test_choices_are_every_value_once_in_order_as_many_as_can_be_offered(desk, monkeypatch):
    for product in ("流贷", "保函", "流贷", None, "保函", "票据"):
        case(desk, by="li", product=product)
    with desk.at_work():
        expected = sorted({value for value in db.session.scalars(select(CaseFact.text_value).where(CaseFact.name == "kind")) if value})
        assert {"流贷", "保函", "票据"} <= set(expected)
        assert queries.choices_of("kind") == expected
        assert queries.choices_of("amount") == queries.choices_of("nothing") == []
        monkeypatch.setattr(queries, "MOST_GROUPS", 2)
        assert queries.choices_of("kind") == expected[:2]
    with desk.at_work(replace(desk.people["wang"], tenant_id=2)):
        assert queries.choices_of("kind") == [], "another company's choices"


# ------------------------------------------------------------------ what stands on a list


def test_drafts_are_what_was_begun_and_not_submitted(desk):
    _made, task_id = case(desk)
    assert task_id not in narrowed(desk, "wang", "drafts")
    desk.act(operations.save_draft, task_id, {"amount": "1"}, by="wang", row_version=None)
    assert task_id in narrowed(desk, "wang", "drafts")
    assert task_id not in narrowed(desk, "li", "drafts")
    assert "有草稿" in desk.page("wang", "/tasks?list=todo&q=proc") or "草稿" in desk.page("wang", "/tasks?list=drafts")
    desk.submit(task_id)
    assert task_id not in narrowed(desk, "wang", "drafts")


def test_who_is_named_for_the_pool_sees_it_and_nobody_else_of_the_role(desk):
    made = desk.start("proc_named", people=[desk.ids["li"], desk.ids["zhao"]])
    task_id = desk.one(made, "named")
    seen = {login for login in desk.ids if task_id in narrowed(desk, login, "pool")}
    assert seen == {"li", "zhao"}


def test_text_is_searched_literally_in_title_number_and_task(desk):
    with_sign = case(desk, business_key="ZB_100%")[1]
    other = case(desk, business_key="ZBX1009")[1]
    assert mine(desk, narrowed(desk, "wang", q="zb_100%"), with_sign, other) == [with_sign]
    assert set(mine(desk, narrowed(desk, "wang", q="FILL"), with_sign, other)) == {with_sign, other}


def test_a_followed_case_is_listed_and_tells_of_its_return_and_end(desk):
    made, task_id = case(desk)
    assert isinstance(desk.refusal(following.follow, made, by="chen"), InstanceNotFound)
    assert desk.post("sun", f"/cases/{made}/follow").status_code == 303
    desk.act(following.follow, made, by="sun")
    assert "取消关注" in desk.page("sun", f"/cases/{made}")
    assert f"/cases/{made}" in desk.page("sun", "/tasks?list=watched")

    def told():
        with desk.at_work():
            of_case = Notice.link == f"/cases/{made}"
            return db.session.scalars(select(Notice.title).where(of_case, Notice.user_id == desk.ids["sun"]).order_by(Notice.id)).all()

    desk.submit(task_id)
    check = desk.one(made, "check")
    desk.act(operations.claim, check, by="zhao")
    desk.act(operations.return_to, check, "fill", reason=WHY, by="zhao")
    assert told() == ["您关注的业务被退回至「fill」"]
    desk.act(instances.cancel, made, reason=WHY, by="sun")
    assert sorted(told()) == ["您关注的业务已终止", "您关注的业务被退回至「fill」"]
    desk.post("sun", f"/cases/{made}/unfollow")
    assert f"/cases/{made}" not in desk.page("sun", "/tasks?list=watched")


def test_lists_of_cases_are_narrowed_sorted_grouped_and_exported_as_those_of_tasks(desk):
    made = {}
    for minute, name, fen in (("00", "案甲", 100_00), ("10", "案乙", 900_00)):
        with clock.freeze(f"2026-11-24T10:{minute}:00"):
            made[name], task_id = case(desk, by="zhao", customer_name=name, amount_fen=fen, business_key=f"CASE_{fen}%")
            desk.act(operations.copy_to, task_id, [desk.ids["sun"]], note="请知悉", by="zhao")
            desk.act(following.follow, made[name], by="sun")
    small, large = made.values()
    desk.submit(desk.one(small, "fill"), by="zhao")

    def seen(login, name, **arguments):
        keys = narrowed(desk, login, name, **arguments)
        if name == "copied":
            with desk.at_work(desk.people[login]):
                keys = [copy.instance_id for copy in worklists.by_key(TaskCopy, keys)]
        return mine(desk, keys, small, large)

    for login, name in (("zhao", "started"), ("sun", "watched"), ("sun", "copied")):
        assert seen(login, name) == [large, small], f"{name}: the newest comes first"
        assert seen(login, name, q="case_10000%") == [small]
        assert seen(login, name, node="fill") == ([large, small] if name == "copied" else [large])
        assert seen(login, name, process="proc_named") == []
        assert seen(login, name, f__amount__min="500") == [large]
        assert seen(login, name, sort="f.amount") == [small, large]
        assert seen(login, name, sort="title", f__customer="案") != []
        assert seen(login, name, since="2026-11-24", until="2026-11-24") == seen(login, name)
        assert seen(login, name, until="2026-11-23") == seen(login, name, since="2026-11-25") == []
        assert seen(login, name, urgency="overdue", day="2020-01-01") == [large, small], "what it has not narrows nothing"
        actor = desk.people[login]
        with desk.at_work(actor):
            rows = queries.rows_of(name, actor)
            assert queries.groups(rows, read_filter({"f.customer": "案"}, ""), "f.customer") == [("案乙", 1), ("案甲", 1)]
            assert queries.groups(rows, read_filter({}, ""), "day") == []
            processes, nodes = queries.facets(name, actor)
            assert "proc_one" in dict(processes)
            assert "fill" in nodes
        desk.act(operations.choose_columns, name, ["f.amount", "number"], by=login)
        head, *cases_found = cells(desk.browser(login).get(f"/tasks/export.xlsx?list={name}&f.amount.min=500&q=case_").data)
        assert (head, cases_found[0][1:]) == (["业务", "担保金额", "业务编号"], [900.0, "CASE_90000%"])
        assert len(cases_found) == 1
        page = desk.page(login, f"/tasks?list={name}&f.amount.min=500&group=process")
        assert "CASE_90000%" in page
        assert "CASE_10000%" not in page
        desk.act(operations.choose_columns, name, [], by=login)
    saved = desk.post("zhao", "/tasks/views", list="started", name="大额", kept="f.amount.min=500&since=2026-11-24", default="1")
    assert "since=2026-11-24" in saved.location
    assert "f.amount.min=500" in desk.browser("zhao").get("/tasks?list=started").location
    with desk.at_work():
        (view,) = views.own_views("started", desk.people["zhao"])
    desk.act(operations.remove_view, view.id, by="zhao")


# ------------------------------------------------------------------ numbers


def _tasks_on(name, actor):
    return select(UserTask).where(UserTask.id.in_(select(queries.rows_of(name, actor).c.id)))


def test_the_badge_and_the_numbers_on_the_tabs_equal_the_lists_whatever_people_do(desk):
    chance = random.Random(20261128)
    people = list(desk.ids)
    for _step in range(25):
        who, other = chance.sample(people, 2)
        made = desk.start("proc_one", by=who) if chance.random() < 0.6 else desk.start("proc_named", people=[desk.ids["li"], desk.ids["zhao"]])
        task_id = desk.open(made)[0]
        owner = chance.choice(["li", "zhao"])
        if chance.random() < 0.7:
            desk.act(operations.claim, task_id, by=owner)
            if chance.random() < 0.6 and other != owner:
                kind = chance.choice(list(AskKind))
                if kind == AskKind.DELEGATE:
                    desk.act(operations.delegate, task_id, desk.ids[other], request=WHY, by=owner)
                else:
                    desk.act(operations.add_handlers, task_id, [desk.ids[other]], kind, request=WHY, by=owner)
            elif chance.random() < 0.5:
                desk.submit(task_id, by=owner)
    for login in people:
        actor = desk.people[login]
        with desk.at_work(actor):
            listed = {name: list(db.session.scalars(queries.narrowed(queries.rows_of(name, actor), read_filter({}, "due")))) for name in queries.OF_TASKS}
            counted = queries.counts(actor)
            assert {name: counted[name] for name in queries.OF_TASKS} == {name: len(keys) for name, keys in listed.items()}
            assert counted["started"] == len(db.session.scalars(select(ProcessInstance).where(ProcessInstance.started_by == actor.user_id)).all())
            assert all(len(keys) == len(set(keys)) for keys in listed.values()), "a task stands twice on a list"
            assert queries.waiting_for(actor) == len(listed["todo"]) + len(listed["pool"])
            plain = {name: len(db.session.scalars(_tasks_on(name, actor)).all()) for name in ("todo", "pool", "waiting", "done")}
            assert plain == {name: len(listed[name]) for name in plain}
            tasks = worklists.by_key(UserTask, [key for keys in listed.values() for key in keys])
            assert {task.tenant_id for task in tasks} <= {1}


def test_a_page_and_the_number_of_rows_are_right_however_the_list_is_narrowed(desk):
    for n in range(23):
        case(desk, by="li", customer_name="丙号店" if n else "丁号店", amount_fen=n * 100)
    actor = desk.people["li"]

    def pages(*numbers, **arguments):
        arguments = {key.replace("__", "."): value for key, value in arguments.items()}
        with desk.at_work(actor):
            wanted = read_filter(arguments, "due")
            everything = list(db.session.scalars(queries.narrowed(queries.rows_of("todo", actor), wanted)))
            found = [worklists.list_page("todo", actor, wanted, number) for number in numbers]
            return everything, [([row.id for row in one.items], one.total, one.page) for one in found]

    keys, found = pages(1, 2, f__customer="丙号店", sort="-f.amount")
    assert len(keys) == 22
    assert found == [(keys[:20], 22, 1), (keys[20:], 22, 2)]
    keys, found = pages(0, 3, 20_000, 10**30, f__customer="丙号店", sort="f.amount")
    assert found == [(keys[:20], 22, 1)] + 3 * [(keys[20:], 22, 2)], "beyond the end is the last page"
    assert pages(1, 5, f__customer="戊号店") == ([], 2 * [([], 0, 1)])
    keys, found = pages(1)
    assert found == [(keys[:20], len(keys), 1)]


def test_what_only_grows_is_counted_so_far_and_says_so(desk, monkeypatch):
    monkeypatch.setattr(queries, "MOST_COUNTED", 1)
    for _n in range(2):
        _made, task_id = case(desk, by="li")
        desk.submit(task_id, by="li")
    actor = desk.people["li"]
    with desk.at_work(actor):
        page = worklists.list_page("done", actor, read_filter({}, "-closed"), 1)
        assert (page.total, page.total_text, page.has_more) == (1, "1+", True)
        monkeypatch.setattr(queries, "MOST_COUNTED", 100)
        wanted = read_filter({"process": "proc_one"}, "-closed")
        done = len(db.session.scalars(queries.narrowed(queries.rows_of("done", actor), wanted)).all())
        last = -(-done // 20)
        for number in (1, last, 9):
            page = worklists.list_page("done", actor, wanted, number)
            assert (page.total, page.has_more, page.page) == (done, False, min(number, last))


# ------------------------------------------------------------------ views, columns, workbook


def test_a_view_is_saved_opens_by_default_is_shared_by_an_administrator_and_removed(desk):
    assert isinstance(desk.refusal(operations.save_view, "todo", "  ", {}, by="wang"), ViewUnnamed)
    assert isinstance(desk.refusal(operations.save_view, "todo", "x", {}, role="LEGAL", by="wang"), Forbidden)
    saved = desk.post("wang", "/tasks/views", list="todo", name="急件", kept="urgency=overdue&evil=1&f.amount.min=100", default="1")
    assert "urgency=overdue" in saved.location
    assert "evil" not in saved.location
    assert "f.amount.min=100" in desk.browser("wang").get("/tasks?list=todo").location
    assert "急件" in desk.page("wang", "/tasks?list=todo&view=0")
    with desk.at_work():
        (view,) = views.own_views("todo", desk.people["wang"])
    assert isinstance(desk.refusal(operations.remove_view, view.id, by="li"), ViewNotFound)
    assert desk.post("wang", f"/tasks/views/{view.id}/remove").status_code == 303
    assert desk.browser("wang").get("/tasks?list=todo").status_code == 200

    administrator = desk.people["sun"]
    may_share = type(administrator)(**{**{name: getattr(administrator, name) for name in administrator.__slots__}, "permissions": frozenset({"workflow.views.share"})})
    desk.people["sun"] = may_share
    shared = desk.act(operations.save_view, "todo", "法务", {"q": "合同"}, role="LEGAL", by="sun")
    assert "法务" in desk.page("chen", "/tasks?list=todo")
    assert "法务" not in desk.page("li", "/tasks?list=todo")
    desk.act(operations.remove_view, shared, by="sun")
    desk.people["sun"] = administrator


def test_columns_are_shown_as_chosen_in_order(desk):
    case(desk, by="zhao", customer_name="列公司", amount_fen=123_456_00)
    desk.post("zhao", "/tasks/columns", list="todo", **{"column": ["title", "f.amount", "f.customer", "nonsense"], "order.f.amount": "1", "order.title": "2"})
    page = desk.page("zhao", "/tasks?list=todo")
    assert "123,456.00" in page
    assert page.index("担保金额<svg") < page.index("客户<svg")
    assert "到达时间" not in page[page.index("<thead>") : page.index("</thead>")]
    desk.post("zhao", "/tasks/columns", list="todo")
    assert "到达时间" in desk.page("zhao", "/tasks?list=todo")


def test_the_workbook_holds_what_is_filtered_in_typed_cells(desk, monkeypatch):
    case(desk, by="li", customer_name="=导出", amount_fen=50_00, rate="0.5", signed_on="2026-11-20")
    case(desk, by="li", customer_name="别的", amount_fen=60_00)
    desk.act(operations.choose_columns, "todo", ["f.customer", "f.amount", "f.rate", "f.signed", "due"], by="li")
    answer = desk.browser("li").get("/tasks/export.xlsx?list=todo&f.customer=导出")
    head, *rows = cells(answer.data)
    assert head == ["任务", "客户", "担保金额", "费率", "签约日", "时限"]
    day = (date(2026, 11, 20) - date(1899, 12, 30)).days
    assert rows == [["fill", "=导出", 50.0, 0.5, float(day), pytest.approx(day + 5 + 10 / 24)]]
    monkeypatch.setattr(worklists, "MOST_EXPORTED", 1)
    assert desk.browser("li").get("/tasks/export.xlsx?list=todo").status_code == 422
    desk.act(operations.choose_columns, "todo", [], by="li")
    assert TooManyRows.code == "workflow.tasks.too_many_rows"


def test_time_left_is_in_working_hours_and_says_so_in_words_and_colour(desk):
    with clock.freeze("2026-11-24T10:00:00"):
        task_id = case(desk)[1]  # due after one working day
    said = []
    for moment in ("2026-11-24T09:00:00", "2026-11-25T09:00:00", "2026-11-25T10:00:01", "2026-11-26T11:00:00"):
        with clock.freeze(moment), desk.at_work():
            urgency = urgency_of(worklists.hours_left(db.session.get(UserTask, task_id)))
            said.append((urgency.level, urgency.tone, urgency.text[:2]))
    assert said == [("NORMAL", "neutral", "剩 "), ("URGENT", "danger", "剩 "), ("OVERDUE", "danger", "超时"), ("OVERDUE", "danger", "超时")]
    with clock.freeze("2026-11-25T10:00:01"):
        assert task_id in narrowed(desk, "wang", urgency="overdue")
        assert task_id not in narrowed(desk, "wang", urgency="soon")
