"""Delegating, adding signers before, beside and after the owner, taking them off: who may go on, and when the token leaves."""

import pytest
from sqlalchemy import select

from app.core.db import db
from app.core.errors import StaleData
from app.support.notices.models import Notice
from app.workflow.instances import operations as instances
from app.workflow.tasks import beside, operations
from app.workflow.tasks.errors import (
    AlreadyClaimed,
    AlreadySubmitted,
    CannotAsk,
    CannotRemove,
    CannotTransfer,
    HasCoHandlers,
    NobodyAsked,
    NotAsked,
    NotYourTask,
    OthersFirst,
    ReasonTooShort,
    TaskClosed,
)
from app.workflow.tasks.models import AskKind, AskState, CoHandler, HeldSubmission
from tests.workflow.engine.diagrams import begin, boundary, end, flow, process, timer, user
from tests.workflow.tasks.desk import VALUES, WHY

pytestmark = pytest.mark.both_databases

TASK = {"form": "room/apply", "role": "PM_A"}
PROCESSES = (
    process("proc_one", begin(), user("fill", **TASK), user("check", **TASK), end(), flow("begin", "fill", "check", "done")),
    process("proc_deep", begin(), user("fill", **TASK, delegateDepth="1"), end(), flow("begin", "fill", "done")),
    process("proc_plain", begin(), user("fill", **TASK, actions="comment"), end(), flow("begin", "fill", "done")),
    process("proc_secret", begin(), user("fill", **TASK, secret="true"), end(), flow("begin", "fill", "done")),
    process(
        "proc_timed", begin(), user("fill", **TASK), boundary("late", "fill", timer("P1D")), user("other", **TASK), end(), end("gone"),
        flow("begin", "fill", "done"), flow("late", "other", "gone"),
    ),
)  # fmt: skip


def add(desk, task_id, kind, *logins, by="wang", **named):
    return desk.act(operations.add_handlers, task_id, [desk.ids[login] for login in logins], kind, request=WHY, by=by, **named)


def sign(desk, task_id, by, agrees=True, opinion="同意办理"):
    return desk.act(operations.sign, task_id, agrees=agrees, opinion=opinion if agrees else WHY, by=by)


def on_lists(desk, task_id, name="todo"):
    return {login for login in desk.ids if task_id in desk.listed(login, name)}


def states(desk, task_id):
    with desk.at_work():
        return [(ask.user_id, ask.kind, ask.state) for ask in beside.asked_on(task_id)]


def told(desk, login):
    query = select(Notice.title).where(Notice.user_id == desk.ids[login]).order_by(Notice.created_at)
    with desk.at_work():
        return db.session.scalars(query).all()


# ------------------------------------------------------------------ delegate


def test_a_delegate_acts_and_the_task_comes_back_to_its_owner(desk):
    case, task_id = desk.claimed()
    desk.act(operations.delegate, task_id, desk.ids["chen"], request=WHY, by="wang")
    assert (on_lists(desk, task_id), on_lists(desk, task_id, "waiting")) == ({"chen"}, {"wang"})
    assert "委派" in told(desk, "chen")[-1]
    assert desk.refusal(operations.complete, task_id, VALUES, by="wang").text.startswith("陈静 尚未办理")

    sign(desk, task_id, "chen", opinion="材料齐全")
    assert on_lists(desk, task_id) == {"wang"}
    (answer,) = desk.logged(case, "answer")
    assert (answer.actor_id, answer.comment, answer.outcome) == (desk.ids["chen"], "材料齐全", "同意")
    assert desk.submit(task_id) == (True, False)
    assert [desk.task(task).node_id for task in desk.open(case)] == ["check"]
    assert [action for action, _who in desk.log(case)] == ["start", "claim", "delegate", "answer", "submit"]
    desk.assert_sound(case)


def test_only_one_delegation_at_a_time(desk):
    _case, task_id = desk.claimed()
    desk.act(operations.delegate, task_id, desk.ids["li"], request=WHY, by="wang")
    assert isinstance(desk.refusal(operations.delegate, task_id, desk.ids["zhao"], request=WHY, by="wang"), OthersFirst)


def test_a_delegate_passes_on_only_where_the_node_says_so(desk):
    _case, task_id = desk.claimed()
    desk.act(operations.delegate, task_id, desk.ids["li"], request=WHY, by="wang")
    assert "不允许被委派人再次委派" in desk.refusal(operations.delegate, task_id, desk.ids["zhao"], request=WHY, by="li").text

    case, task_id = desk.claimed("proc_deep")
    desk.act(operations.delegate, task_id, desk.ids["li"], request=WHY, by="wang")
    desk.act(operations.delegate, task_id, desk.ids["zhao"], request=WHY, by="li")
    assert on_lists(desk, task_id) == {"zhao"}
    assert "不允许被委派人再次委派" in desk.refusal(operations.delegate, task_id, desk.ids["chen"], request=WHY, by="zhao").text
    assert isinstance(desk.refusal(operations.sign, task_id, agrees=True, opinion="好", by="li"), NotAsked)
    sign(desk, task_id, "zhao")
    assert on_lists(desk, task_id) == {"li"}
    sign(desk, task_id, "li")
    assert on_lists(desk, task_id) == {"wang"}
    desk.submit(task_id)
    assert desk.status(case) == "COMPLETED"


def test_calling_a_delegation_back_takes_what_was_passed_on_with_it(desk):
    _case, task_id = desk.claimed("proc_deep")
    first = desk.act(operations.delegate, task_id, desk.ids["li"], request=WHY, by="wang")
    desk.act(operations.delegate, task_id, desk.ids["zhao"], request=WHY, by="li")
    desk.act(operations.remove_handler, task_id, first, reason=WHY, by="wang")
    assert on_lists(desk, task_id) == {"wang"}
    assert {state for _user, _kind, state in states(desk, task_id)} == {AskState.REMOVED}


# ------------------------------------------------------------------ before


def test_signers_before_the_owner_hold_her_up_until_all_have_signed(desk):
    case, task_id = desk.claimed()
    add(desk, task_id, AskKind.BEFORE, "li", "chen")
    assert on_lists(desk, task_id) == {"li", "chen"}
    sign(desk, task_id, "li")
    assert isinstance(desk.refusal(operations.complete, task_id, VALUES, by="wang"), OthersFirst)
    sign(desk, task_id, "chen", agrees=False)
    assert on_lists(desk, task_id) == {"wang"}
    assert [row.outcome for row in desk.logged(case, "sign")] == ["同意", "不同意"]
    assert desk.submit(task_id) == (True, False)
    desk.assert_sound(case)


def test_the_owner_may_fill_in_her_draft_while_others_sign_first(desk):
    _case, task_id = desk.claimed()
    add(desk, task_id, AskKind.BEFORE, "li")
    desk.act(operations.save_draft, task_id, {"amount": "7"}, by="wang")
    sign(desk, task_id, "li")
    assert desk.task(task_id).draft == {"amount": "7"}


# ------------------------------------------------------------------ parallel


def test_the_token_leaves_when_owner_and_parallel_signers_have_all_signed(desk):
    case, task_id = desk.claimed()
    add(desk, task_id, AskKind.PARALLEL, "li", "chen")
    assert on_lists(desk, task_id) == {"wang", "li", "chen"}
    sign(desk, task_id, "li")
    assert desk.submit(task_id) == (True, True)
    assert (on_lists(desk, task_id), on_lists(desk, task_id, "waiting")) == ({"chen"}, {"wang"})
    assert desk.open(case) == [task_id]
    desk.assert_sound(case)
    sign(desk, task_id, "chen")
    assert [desk.task(one).node_id for one in desk.open(case)] == ["check"]
    done = desk.task(task_id)
    assert (done.state.value, done.closed_by) == ("DONE", desk.ids["wang"])
    (submitted,) = desk.logged(case, "submit")
    assert (submitted.actor_id, submitted.answers) == (desk.ids["wang"], {"amount": 3_000_000})
    desk.assert_sound(case)


def test_when_parallel_signers_are_done_first_the_owner_submits_as_usual(desk):
    case, task_id = desk.claimed()
    add(desk, task_id, AskKind.PARALLEL, "li")
    sign(desk, task_id, "li")
    assert desk.submit(task_id) == (True, False)
    assert desk.open(case, "check")


def test_a_parallel_signer_who_refuses_sends_the_submission_back(desk):
    case, task_id = desk.claimed()
    add(desk, task_id, AskKind.PARALLEL, "li", "chen")
    desk.submit(task_id)
    sign(desk, task_id, "li", agrees=False)
    assert on_lists(desk, task_id) == {"wang", "chen"}
    assert desk.logged(case, "give_back")[0].comment == f"李强：{WHY}"
    assert "加签未通过" in told(desk, "wang")[-1]
    assert desk.task(task_id).draft == VALUES
    assert desk.submit(task_id) == (True, True)
    assert on_lists(desk, task_id) == {"li", "chen"}
    sign(desk, task_id, "li")
    sign(desk, task_id, "chen")
    assert desk.open(case, "check")
    desk.assert_sound(case)


# ------------------------------------------------------------------ after


def test_signers_after_the_owner_begin_with_her_submission(desk):
    case, task_id = desk.claimed()
    add(desk, task_id, AskKind.AFTER, "li", "chen")
    assert on_lists(desk, task_id) == {"wang"}
    assert isinstance(desk.refusal(operations.sign, task_id, agrees=True, opinion="好", by="li"), NotAsked)
    assert desk.submit(task_id) == (True, True)
    assert on_lists(desk, task_id) == {"li", "chen"}
    sign(desk, task_id, "chen")
    assert desk.open(case) == [task_id]
    sign(desk, task_id, "li")
    assert desk.open(case, "check")
    assert [a for a, _ in desk.log(case)] == ["start", "claim", "add_after", "hold", "sign", "sign", "submit"]


def test_after_a_refusal_every_signer_signs_the_new_submission(desk):
    case, task_id = desk.claimed()
    add(desk, task_id, AskKind.AFTER, "li", "chen", "zhao")
    desk.submit(task_id)
    sign(desk, task_id, "li")
    sign(desk, task_id, "chen", agrees=False)
    assert on_lists(desk, task_id) == {"wang"}
    desk.act(operations.complete, task_id, {"amount": "5"}, by="wang")
    assert on_lists(desk, task_id) == {"li", "chen", "zhao"}
    for login in ("li", "chen", "zhao"):
        sign(desk, task_id, login)
    assert desk.logged(case, "submit")[0].answers == {"amount": 5_000_000}


def test_what_is_submitted_is_judged_at_once_and_nothing_wrong_is_kept(desk):
    _case, task_id = desk.claimed()
    add(desk, task_id, AskKind.AFTER, "li")
    assert desk.refusal(operations.complete, task_id, {"amount": "abc"}, by="wang").status == 422
    assert on_lists(desk, task_id) == {"wang"}


def test_the_owner_takes_back_what_waits_for_signatures(desk):
    case, task_id = desk.claimed()
    add(desk, task_id, AskKind.AFTER, "li")
    desk.submit(task_id)
    for verb, arguments in (
        (operations.complete, [task_id, VALUES]),
        (operations.save_draft, [task_id, VALUES]),
    ):
        assert isinstance(desk.refusal(verb, *arguments, by="wang"), AlreadySubmitted)
    assert isinstance(desk.refusal(operations.transfer, task_id, desk.ids["zhao"], reason=WHY, by="wang"), AlreadySubmitted)
    assert desk.refusal(operations.take_back, task_id, reason=WHY, by="zhao").status == 409
    desk.act(operations.take_back, task_id, reason=WHY, by="wang")
    assert on_lists(desk, task_id) == {"wang"}
    assert isinstance(desk.refusal(operations.sign, task_id, agrees=True, opinion="好", by="li"), NotAsked)
    desk.submit(task_id)
    sign(desk, task_id, "li")
    assert desk.open(case, "check")


# ------------------------------------------------------------------ taking off


def test_a_signer_who_has_not_acted_is_taken_off_one_who_has_is_not(desk):
    case, task_id = desk.claimed()
    li, chen = add(desk, task_id, AskKind.BEFORE, "li", "chen")
    sign(desk, task_id, "li")
    assert "已办理" in desk.refusal(operations.remove_handler, task_id, li, reason=WHY, by="wang").text
    assert isinstance(desk.refusal(operations.remove_handler, task_id, chen, reason=WHY, by="zhao"), NotYourTask)
    desk.act(operations.remove_handler, task_id, chen, reason=WHY, by="wang")
    assert on_lists(desk, task_id) == {"wang"}
    assert isinstance(desk.refusal(operations.remove_handler, task_id, chen, reason=WHY, by="wang"), CannotRemove)
    assert desk.logged(case, "remove_handler")[0].target == "陈静"
    assert add(desk, task_id, AskKind.BEFORE, "chen")


def test_taking_off_the_last_signer_lets_the_submission_go_on(desk):
    case, task_id = desk.claimed()
    (li,) = add(desk, task_id, AskKind.PARALLEL, "li")
    desk.submit(task_id)
    desk.act(operations.remove_handler, task_id, li, reason=WHY, by="wang")
    assert desk.open(case, "check")
    desk.assert_sound(case)


# ------------------------------------------------------------------ with other acts


def test_the_process_takes_the_task_away_and_nobody_is_asked_any_more(desk):
    case, task_id = desk.claimed("proc_timed")
    add(desk, task_id, AskKind.PARALLEL, "li")
    desk.submit(task_id)
    desk.act(instances.cancel, case, reason=WHY, by="sun")
    assert on_lists(desk, task_id) == on_lists(desk, task_id, "waiting") == set()
    assert isinstance(desk.refusal(operations.sign, task_id, agrees=True, opinion="好", by="li"), TaskClosed)
    desk.assert_sound(case)


def test_a_task_others_are_asked_on_keeps_its_owner(desk):
    _case, task_id = desk.claimed()
    add(desk, task_id, AskKind.BEFORE, "li")
    assert isinstance(desk.refusal(operations.release, task_id, by="wang"), HasCoHandlers)
    assert isinstance(desk.refusal(operations.transfer, task_id, desk.ids["li"], reason=WHY, by="wang"), CannotTransfer)
    desk.act(operations.transfer, task_id, desk.ids["zhao"], reason=WHY, by="wang")
    sign(desk, task_id, "li")
    assert on_lists(desk, task_id) == {"zhao"}


def test_asking_on_a_pool_task_claims_it(desk):
    case = desk.start()
    task_id = desk.one(case, "fill")
    add(desk, task_id, AskKind.PARALLEL, "li")
    assert desk.task(task_id).assignee_id == desk.ids["wang"]
    assert [a for a, _ in desk.log(case)] == ["start", "claim", "add_parallel"]


def test_a_returned_task_keeps_its_signers_for_when_it_comes_back(desk):
    case, fill = desk.claimed()
    desk.submit(fill)
    check = desk.one(case, "check")
    add(desk, check, AskKind.BEFORE, "chen", by="li")
    rework = desk.act(operations.return_to, check, "fill", reason=WHY, by="li")
    assert on_lists(desk, check) == set()
    desk.submit(rework)
    assert on_lists(desk, check) == {"chen"}
    desk.assert_sound(case)


def test_signers_of_a_correction_hold_it_as_any_task(desk):
    case, fill = desk.claimed()
    desk.submit(fill)
    check = desk.one(case, "check")
    rework = desk.act(operations.return_to, check, "fill", reason=WHY, by="li")
    add(desk, rework, AskKind.AFTER, "chen")
    assert desk.submit(rework) == (True, True)
    sign(desk, rework, "chen")
    assert desk.open(case) == [check]
    desk.assert_sound(case)


# ------------------------------------------------------------------ refused


@pytest.mark.parametrize(
    ("asked", "by", "named", "refusal"),
    [
        pytest.param(["wang"], "wang", {}, CannotAsk, id="herself"),
        pytest.param([], "wang", {}, NobodyAsked, id="nobody"),
        pytest.param(["chen"], "li", {}, AlreadyClaimed, id="a colleague of the pool"),
        pytest.param(["chen"], "chen", {}, NotYourTask, id="a stranger"),
        pytest.param(["chen"], "wang", {"request": "好"}, ReasonTooShort, id="no request"),
        pytest.param(["chen"], "wang", {"row_version": 99}, StaleData, id="stale page"),
    ],
)
def test_asking_is_refused(desk, asked, by, named, refusal):
    _case, task_id = desk.claimed()
    given = {"request": WHY, **named}
    ids = [desk.ids[login] for login in asked]
    for kind in (AskKind.BEFORE, AskKind.PARALLEL, AskKind.AFTER):
        assert isinstance(desk.refusal(operations.add_handlers, task_id, ids, kind, by=by, **given), refusal)
    if ids:
        assert isinstance(desk.refusal(operations.delegate, task_id, ids[0], by=by, **given), refusal)


def test_nobody_is_asked_twice_or_where_the_node_does_not_allow_it(desk):
    _case, task_id = desk.claimed()
    add(desk, task_id, AskKind.AFTER, "li")
    assert "尚未办理" in desk.refusal(operations.add_handlers, task_id, [desk.ids["li"]], AskKind.BEFORE, request=WHY, by="wang").text
    for process_id in ("proc_plain", "proc_secret"):
        _case, task_id = desk.claimed(process_id)
        assert "不允许加签" in desk.refusal(operations.add_handlers, task_id, [desk.ids["li"]], AskKind.BEFORE, request=WHY, by="wang").text
        assert "不允许委派" in desk.refusal(operations.delegate, task_id, desk.ids["li"], request=WHY, by="wang").text


def test_signing_is_refused(desk):
    _case, task_id = desk.claimed()
    add(desk, task_id, AskKind.BEFORE, "li")
    assert isinstance(desk.refusal(operations.sign, task_id, agrees=True, opinion="好", by="chen"), NotAsked)
    assert isinstance(desk.refusal(operations.sign, task_id, agrees=True, opinion=" ", by="li"), ReasonTooShort)
    assert isinstance(desk.refusal(operations.sign, task_id, agrees=False, opinion="不好", by="li"), ReasonTooShort)
    assert isinstance(desk.refusal(operations.sign, task_id, agrees=True, opinion="好", by="li", row_version=99), StaleData)
    sign(desk, task_id, "li")
    assert isinstance(desk.refusal(operations.sign, task_id, agrees=True, opinion="好", by="li"), NotAsked)


def test_a_finished_task_takes_nobody_on(desk):
    _case, task_id = desk.claimed()
    desk.submit(task_id)
    assert isinstance(desk.refusal(operations.add_handlers, task_id, [desk.ids["li"]], AskKind.BEFORE, request=WHY, by="wang"), TaskClosed)
    assert isinstance(desk.refusal(operations.delegate, task_id, desk.ids["li"], request=WHY, by="wang"), TaskClosed)


def test_nothing_stays_kept_when_it_has_gone_on(desk):
    with desk.at_work():
        held = db.session.scalars(select(HeldSubmission.task_id)).all()
        waiting = db.session.scalars(select(CoHandler.task_id).where(CoHandler.state == AskState.WAITING)).all()
        assert set(held) <= set(waiting)


def test_whom_to_ask_is_looked_up_and_not_in_the_page(desk):
    _case, fill = desk.claimed()
    page = desk.page("wang", f"/tasks/{fill}")
    assert 'data-people="/people"' in page and 'data-people="/people?role=PM_A"' in page and 'name="user_id"' not in page

    def found(**asked):
        told = desk.browser("wang").get("/people", query_string=asked).json
        return [one["name"] for one in told["people"]], told["more"]

    assert found(role="PM_A") == (["李强", "赵敏"], False)
    assert found(q="静") == (["陈静"], False)
    assert found(q="%") == ([], False)
    assert "王芳" not in found()[0]
    assert desk.app.test_client().get("/people", headers={"Accept": "application/json"}).status_code == 401
