"""Who gets a task by every rule, when nobody is there, and what is kept of it; on both databases."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event

from app.core.db import db
from app.support.identity import queries as people
from app.support.identity.operations import handing_over
from app.workflow.assignment.rules import draw
from app.workflow.instances import operations as instances
from app.workflow.instances import retelling
from app.workflow.instances.assigning.queries import find_turn, loads
from app.workflow.instances.errors import ChoiceNotEligible, NobodyChosen, NobodyToHandle
from app.workflow.instances.models import EventSubscription, ProcessInstance, TaskState
from app.workflow.tasks import operations
from app.workflow.tasks.errors import CannotAsk, CannotChoose, KeptApart
from app.workflow.tasks.models import AskKind
from tests.workflow.assignment.company import OPEN, after_fill, line
from tests.workflow.engine.diagrams import catch, message, user
from tests.workflow.tasks.desk import WHY

pytestmark = pytest.mark.both_databases

PROCESSES = (
    after_fill("proc_head", candidates="departmentHead"),
    after_fill("proc_two", candidates="superior(2)"),
    after_fill("proc_above", candidates="superior(1, previous)"),
    after_fill("proc_far", candidates="superior(3)"),
    after_fill("proc_handler", candidates="handlerOf(fill)"),
    after_fill("proc_money", candidates="authority(limits)", amount="amount_fen"),
    after_fill("proc_turn", pick="roundRobin"),
    after_fill("proc_turn_apart", pick="roundRobin", exclude="fill"),
    after_fill("proc_least", pick="leastLoaded"),
    after_fill("proc_random", pick="random"),
    after_fill("proc_apart", exclude="fill"),
    after_fill("proc_named", assign="who", whenEmpty="admin"),
    after_fill("proc_plain", assign="who"),
    after_fill("proc_refuse", assign="who", whenEmpty="refuse"),
    after_fill("proc_skip", assign="who", whenEmpty="skip"),
    line("proc_skip_first", user("fill", **OPEN, assign="null", whenEmpty="skip"), user("check", **OPEN)),
    after_fill("proc_skip_form", assign="who", whenEmpty="superior"),
    after_fill("proc_pool", candidates="superior(9)", whenEmpty="pool"),
    line("proc_same", user("fill", **OPEN), user("check", **OPEN, candidates="handlerOf(fill)", samePerson="pass"),
         user("last", **OPEN)),
    line("proc_same_form", user("fill", **OPEN), user("check", form="room/apply", role="PM_A", candidates="handlerOf(fill)")),
    line("proc_choose", user("fill", **OPEN, chooses="check"), user("check", **OPEN, pick="chosen", exclude="fill"), user("last", **OPEN)),
    line("proc_message", user("fill", **OPEN), catch("wait", message("go")), user("check", **OPEN, assign="who", whenEmpty="refuse")),
)  # fmt: skip
RULED = [
    ("proc_head", "chen", "departmentHead"),
    ("proc_two", "sun", "superior(2)"),
    ("proc_above", "chen", "superior(1, previous)"),
    ("proc_handler", "wang", "handlerOf(fill)"),
]


@pytest.mark.parametrize(("process_id", "who", "rule"), RULED)
def test_a_rule_names_its_person_and_keeps_why(desk, process_id, who, rule):
    task, assignee, candidates = desk.opened(desk.run(process_id))
    assert (assignee, candidates, task.assigned_by_process) == (who, [], True)
    assert (task.assignment["rule"], task.assignment["users"]) == (rule, [desk.ids[who]])
    desk.assert_sound(task.instance_id)


def test_a_head_is_not_her_own_superior(desk):
    case = desk.start("proc_two", by="wang")
    desk.fill(desk.one(case, "fill"))
    with desk.at_work():
        assert desk.logins(people.superiors_of(desk.ids["chen"])) == ["sun"]
        assert desk.logins(people.superiors_of(desk.ids["sun"])) == []
        assert desk.logins(people.superiors_of(desk.ids["li"])) == ["chen", "sun"]
        assert people.superiors_of(None) == []


@pytest.mark.parametrize(
    ("amount", "who", "roles"),
    [
        pytest.param(100_000_000, "chen", ["LEGAL", "ADMIN"], id="the lowest authority that suffices"),
        pytest.param(100_000_001, "sun", ["ADMIN"], id="a fen more"),
    ],
)
def test_who_has_enough_authority_gets_it(desk, amount, who, roles):
    task, assignee, _none = desk.opened(desk.run("proc_money", amount_fen=amount))
    assert assignee == who
    assert [role for role, _limit in task.assignment["limits"]] == roles
    assert task.assignment["amount_fen"] == amount


@pytest.mark.parametrize("amount", [10**10, "many", None])
def test_without_authority_or_amount_the_roles_pool_has_it(desk, amount):
    task, assignee, candidates = desk.opened(desk.run("proc_money", amount_fen=amount))
    assert (assignee, candidates, task.role) == (None, [], "PM_A")
    assert task.assignment["empty"] == "pool"
    assert task.id in desk.listed("li", "pool")


# ------------------------------------------------------------------ picks


def test_turns_go_round_and_are_kept(desk):
    got = [desk.opened(desk.run("proc_turn"))[1] for _n in range(6)]
    assert sorted(got[:3]) == ["li", "wang", "zhao"]
    assert got[:3] == got[3:]


@pytest.mark.parametrize("process_id", ["proc_turn", "proc_random", "proc_least"])
def test_taking_back_brings_no_other_draw(desk, process_id):
    case = desk.run(process_id)
    first = desk.opened(case)[1]
    for _again in range(2):
        submitted = desk.logged(case, "submit")[-1].task_id
        desk.fill(desk.act(operations.take_back, submitted, reason=WHY, by="wang"))
        task, again, _none = desk.opened(case)
        assert (again, task.assignment["again"]) == (first, True)


def test_the_least_loaded_gets_it(desk):
    with desk.at_work():
        before = loads([desk.ids[one] for one in ("wang", "li", "zhao")])
    task, assignee, _none = desk.opened(desk.run("proc_least"))
    carried = {one: before.get(desk.ids[one], 0) for one in ("wang", "li", "zhao")}
    assert carried[assignee] == min(carried.values())
    assert task.assignment["loads"][str(desk.ids["li"])] == carried["li"]


def test_a_draw_is_kept_with_its_seed_and_can_be_reckoned_again(desk):
    tasks = [desk.opened(desk.run("proc_random"))[0] for _n in range(3)]
    assert len({task.assignment["seed"] for task in tasks}) == 3
    for task in tasks:
        assert draw(task.assignment["found"], task.assignment["seed"]) == task.assignee_id


def test_turns_taken_at_the_same_time_are_nobody_elses(desk):
    with desk.at_work():
        before = find_turn("proc_turn", "check")
        already = before.turn if before else 0
    with ThreadPoolExecutor(3) as threads:
        cases = list(threads.map(lambda _n: desk.run("proc_turn"), range(6)))
    opened = [desk.opened(case) for case in cases]
    assert sorted(task.assignment["turn"] for task, *_rest in opened) == list(range(already + 1, already + 7))
    assert Counter(who for _task, who, _none in opened) == {"wang": 2, "li": 2, "zhao": 2}


# ------------------------------------------------------------------ four eyes


def test_who_made_it_does_not_check_it_by_any_way(desk):
    case = desk.run("proc_apart", by="wang")
    task, assignee, candidates = desk.opened(case)
    assert (assignee, candidates) == (None, ["li", "zhao"])
    assert task.assignment["barred"] == [[desk.ids["wang"], "node", "fill"]]
    assert task.id not in desk.listed("wang", "pool")
    desk.act(operations.claim, task.id, by="li")
    refused = desk.refusal(operations.transfer, task.id, desk.ids["wang"], reason=WHY, by="li")
    assert isinstance(refused, KeptApart)
    assert "办理过“fill”" in refused.text
    asked = desk.refusal(operations.add_handlers, task.id, [desk.ids["wang"]], AskKind.BEFORE, request=WHY, by="li")
    assert isinstance(asked, CannotAsk)
    desk.act(operations.transfer, task.id, desk.ids["zhao"], reason=WHY, by="li")
    desk.fill(task.id, "zhao")
    assert desk.status(case) == "COMPLETED"


def test_who_was_kept_out_of_a_turn_is_next(desk):
    by = ["wang", "wang", "li"]
    got = [desk.opened(desk.run("proc_turn_apart", by=one))[1] for one in by]
    assert all(one != who for one, who in zip(by, got, strict=True))
    assert got[2] == "wang"


# ------------------------------------------------------------------ nobody is there


@pytest.mark.parametrize("who", [None, "text", True, 17, [None]])
def test_whatever_a_rule_names_somebody_has_the_task(desk, who):
    task, assignee, _none = desk.opened(desk.run("proc_named", who=who))
    assert assignee == "sun"
    assert task.assignment["empty"] == "admin"


def test_a_plain_node_keeps_its_pool_when_nobody_is_named(desk):
    task, assignee, candidates = desk.opened(desk.run("proc_plain", who="text"))
    assert (assignee, candidates, task.role, task.assignment) == (None, [], "PM_A", None)


def test_a_submission_is_refused_that_would_find_nobody(desk):
    case = desk.start("proc_refuse", who=None)
    refused = desk.refusal(operations.complete, desk.one(case, "fill"), {}, by="wang")
    assert isinstance(refused, NobodyToHandle)
    assert "“check”没有可以办理的人" in refused.text


def test_what_comes_from_outside_is_never_refused(desk):
    case = desk.start("proc_message", who=None)
    desk.act(operations.complete, desk.one(case, "fill"), {}, by="wang")
    with desk.at_work():
        waits = db.session.query(EventSubscription).filter_by(instance_id=case).one().correlation
    desk.act(instances.send_message, "go", waits)
    assert desk.opened(case)[1] == "sun"


def test_a_node_is_skipped_with_its_entry_in_the_log(desk):
    case = desk.run("proc_skip", who=None)
    assert desk.status(case) == "COMPLETED"
    assert [action for action, _who in desk.log(case)] == ["start", "submit", "pass_empty"]
    case = desk.start("proc_skip_first")
    assert desk.opened(case)[0].state == TaskState.OPEN
    desk.assert_sound(case)


def test_a_node_with_somebody_is_not_skipped(desk):
    assert desk.opened(desk.run("proc_skip", who=desk.ids["li"]))[1] == "li"


def test_the_superior_or_the_pool_stands_in(desk):
    assert desk.opened(desk.run("proc_skip_form", who=None))[1] == "chen"
    task, assignee, _none = desk.opened(desk.run("proc_pool"))
    assert (assignee, task.assignment["empty"]) == (None, "pool")


# ------------------------------------------------------------------ the same person, and chosen ones


def test_the_same_person_is_not_asked_twice_in_a_row(desk):
    case = desk.run("proc_same", by="wang")
    assert desk.log(case)[1:] == [("submit", desk.ids["wang"]), ("pass_same", desk.ids["wang"])]
    assert desk.opened(case, "last")[1] is None
    desk.assert_sound(case)


def test_who_is_to_fill_something_in_is_asked(desk):
    assert desk.opened(desk.run("proc_same_form"))[1] == "wang"


def test_a_handler_chooses_who_is_next(desk):
    case = desk.start("proc_choose")
    task_id = desk.one(case, "fill")
    assert isinstance(desk.refusal(operations.complete, task_id, {}, by="wang"), NobodyChosen)
    for login in ("wang", "chen"):  # made it herself; not of the role
        refused = desk.refusal(operations.complete, task_id, {}, by="wang", chosen={"check": desk.ids[login]})
        assert isinstance(refused, ChoiceNotEligible)
    other = desk.refusal(operations.complete, task_id, {}, by="wang", chosen={"last": desk.ids["li"]})
    assert isinstance(other, CannotChoose)
    desk.fill(task_id, chosen={"check": desk.ids["zhao"]})
    assert desk.opened(case)[1] == "zhao"


def test_a_choice_waits_for_added_signers(desk):
    case = desk.start("proc_choose")
    task_id = desk.one(case, "fill")
    desk.act(operations.add_handlers, task_id, [desk.ids["chen"]], AskKind.AFTER, request=WHY, by="wang")
    assert desk.fill(task_id, chosen={"check": desk.ids["li"]}) == (True, True)
    desk.act(operations.sign, task_id, agrees=True, opinion="同意办理", by="chen")
    assert desk.opened(case)[1] == "li"


# ------------------------------------------------------------------ beside the rules


def test_a_case_with_a_passed_task_can_be_retold(desk):
    case = desk.run("proc_same", by="wang")
    with desk.at_work():
        told = retelling.retell(db.session.get(ProcessInstance, case), desk.system)
    assert not told.failures
    assert "task: check" in told.text


def test_a_node_without_a_rule_costs_no_statement(desk):
    """The short way: a person named by data costs a look at who has left and at substitutes."""
    counts = {}
    for process_id in ("proc_plain", "proc_turn"):
        case = desk.start(process_id, who=desk.ids["li"])
        task_id = desk.one(case, "fill")
        statements = []
        with desk.at_work():
            note = lambda _c, _cursor, statement, *_more: statements.append(statement)  # noqa: E731
            event.listen(db.engine, "before_cursor_execute", note)
            try:
                desk.act(operations.complete, task_id, {}, by="wang")
            finally:
                event.remove(db.engine, "before_cursor_execute", note)
        counts[process_id] = [one for one in statements if "assignment_turn" in one or "app_user" in one.split("WHERE")[0]]
    assert len(counts["proc_plain"]) == 2
    assert counts["proc_turn"] != []


def test_whoever_has_taken_over_from_a_leaver_takes_her_place(desk):
    desk.act(handing_over.hand_over, desk.ids["li"], desk.ids["zhao"], reason=WHY, by="sun")
    desk.act(_works_here, desk.ids["li"], is_so=False, by="sun")
    settled = [[desk.ids["li"], desk.ids["zhao"], "工作交接"]]
    for process_id in ("proc_plain", "proc_named"):
        task, assignee, _none = desk.opened(desk.run(process_id, who=desk.ids["li"]))
        assert assignee == "zhao"
        assert (task.assignment["rule"], task.assignment["settled"]) == ("assign", settled)
    desk.act(_works_here, desk.ids["li"], is_so=True, by="sun")


def _works_here(user_id, *, is_so, actor):
    people.get_user(user_id).active = is_so
