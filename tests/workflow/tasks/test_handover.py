"""Everything of a leaver changes hands in one step 交接; undone as far as the receiver has not acted."""

from datetime import date

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.support.identity import operations as identity
from app.support.identity.errors import CannotHandOver, HandoverReason
from app.support.identity.models import Handover, Substitution, User
from app.support.identity.operations import Absence, handing_over
from app.workflow.instances import operations as instances
from app.workflow.instances.models import ProcessInstance
from app.workflow.tasks import operations
from app.workflow.tasks.models import AskKind
from tests.workflow.engine.diagrams import begin, end, flow, process, user
from tests.workflow.tasks.desk import WHY

pytestmark = pytest.mark.both_databases

TASK = {"form": "room/apply", "role": "PM_A"}
PROCESSES = (
    process("proc_one", begin(), user("fill", **TASK), user("check", **TASK), end(), flow("begin", "fill", "check", "done")),
    process("proc_some", begin(), user("fill", assign="chosen", **TASK), end(), flow("begin", "fill", "done")),
    process("proc_vote", begin(), user("fill", substitute="no", **TASK), end(), flow("begin", "fill", "done")),
)  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_is_left(desk):
    """Handing over takes all there is, so every test leaves nothing."""
    yield
    with desk.at_work():
        query = select(ProcessInstance.id).where(ProcessInstance.status == "RUNNING")
        cases = db.session.scalars(query).all()
        standing = db.session.scalars(select(Substitution.id).where(Substitution.ended_at.is_(None))).all()
    for case in cases:
        desk.act(instances.cancel, case, reason=WHY, by="sun")
    for key in standing:
        desk.act(identity.end_substitution, key, by="sun")
    desk.act(_come_back, desk.ids["wang"])


def _come_back(user_id, *, actor):
    db.session.get(User, user_id).active = True
    for row in db.session.scalars(select(Handover)):
        row.undone_at = clock.now()


def hand_over(desk, to="zhao", who="wang"):
    return desk.act(identity.hand_over, desk.ids[who], desk.ids[to], reason=WHY, by="sun")


def told(desk, handover):
    """(kind, row) → (state, note)."""
    with desk.at_work():
        return {(i.kind, i.row_id): (i.state.value, i.note or "") for i in handing_over.items_of(handover)}


def everything(desk):
    """Something of each kind that is 王芳's: task with draft, candidacy, ask, substitute, case."""
    case, fill = desk.claimed()
    desk.act(operations.save_draft, fill, {"amount": "1"}, by="wang")
    some = desk.one(desk.start("proc_some", by="li", chosen=[desk.ids["wang"], desk.ids["li"]]), "fill")
    _other, asked = desk.claimed(by="li")
    (ask,) = desk.act(operations.add_handlers, asked, [desk.ids["wang"]], AskKind.BEFORE, request=WHY, by="li")
    absence = Absence(desk.ids["chen"], desk.ids["wang"], date(2026, 11, 24), date(2026, 11, 30), "出差")
    substitution = desk.act(operations.name_substitute, absence, by="chen")
    own = Absence(desk.ids["wang"], desk.ids["sun"], date(2026, 11, 24), date(2026, 11, 30), "出差")
    ended = desk.act(operations.name_substitute, own, by="wang")
    return {"case": case, "fill": fill, "some": some, "asked": asked, "ask": ask, "substitution": substitution, "ended": ended}


def test_everything_changes_hands_and_comes_back(desk):
    rows = everything(desk)
    before = {login: desk.listed(login) for login in ("wang", "zhao")}
    handover = hand_over(desk)
    assert {state for state, _note in told(desk, handover).values()} == {"MOVED"}
    assert {kind for kind, _row in told(desk, handover)} == {"task", "candidacy", "ask", "substitution", "case"}
    assert desk.listed("wang") == set()
    assert {rows["fill"], rows["asked"]} <= desk.listed("zhao")
    assert rows["some"] in desk.listed("zhao", "pool")
    assert desk.task(rows["fill"]).draft == {"amount": "1"}
    with desk.at_work():
        standing = db.session.scalars(select(Substitution).where(Substitution.ended_at.is_(None))).all()
        assert [(row.user_id, row.stand_in_id) for row in standing] == [(desk.ids["chen"], desk.ids["zhao"])]
        assert db.session.get(ProcessInstance, rows["case"]).started_by == desk.ids["zhao"]
    assert desk.logged(rows["case"], "hand_work")[0].target == "赵敏"
    desk.assert_sound(rows["case"])

    desk.act(identity.undo_handover, handover, reason=WHY, by="sun")
    assert {state for state, _note in told(desk, handover).values()} == {"UNDONE"}
    assert {login: desk.listed(login) for login in ("wang", "zhao")} == before
    with desk.at_work():
        standing = db.session.scalars(select(Substitution.id).where(Substitution.ended_at.is_(None))).all()
        assert set(standing) == {rows["substitution"], rows["ended"]}
        assert db.session.get(ProcessInstance, rows["case"]).started_by == desk.ids["wang"]
    assert isinstance(desk.refusal(identity.undo_handover, handover, reason=WHY, by="sun"), CannotHandOver)
    desk.assert_sound(rows["case"])


def test_what_the_receiver_has_acted_on_stays_with_her(desk):
    rows = everything(desk)
    _case, second = desk.claimed()
    handover = hand_over(desk)
    desk.act(operations.save_draft, rows["fill"], {"amount": "2"}, by="zhao")
    desk.act(operations.sign, rows["asked"], agrees=True, opinion="同意", by="zhao")
    desk.act(operations.claim, rows["some"], by="zhao")
    desk.act(identity.undo_handover, handover, reason=WHY, by="sun")
    found = told(desk, handover)
    assert found[("task", rows["fill"])] == ("KEPT", "接收人已开始办理")
    assert found[("ask", rows["ask"])][0] == "KEPT"
    assert found[("candidacy", rows["some"])][0] == "KEPT"
    assert found[("task", second)] == ("UNDONE", "")
    assert desk.task(rows["fill"]).assignee_id == desk.ids["zhao"]
    assert desk.task(second).assignee_id == desk.ids["wang"]


def test_what_she_cannot_take_stays_with_the_leaver_and_is_told(desk):
    rows = everything(desk)
    _case, vote = desk.claimed("proc_vote")
    found = told(desk, hand_over(desk, to="chen"))
    assert found[("task", rows["fill"])][0] == "REFUSED"
    assert "岗位" in found[("task", rows["fill"])][1]
    assert found[("task", vote)][1].endswith("投票须本人办理")
    assert found[("substitution", rows["substitution"])][0] == "REFUSED"
    assert found[("ask", rows["ask"])][0] == "MOVED"
    assert rows["fill"] in desk.listed("wang")


def test_the_preview_says_the_same_and_changes_nothing(desk):
    rows = everything(desk)
    before = desk.everything()

    def look(actor):
        return [(item.kind, item.state.value) for item in handing_over.preview(desk.ids["wang"], desk.ids["zhao"], actor=actor)]

    seen = desk.act(look, by="sun")
    assert desk.everything() == before
    assert sorted(seen) == sorted((kind, state) for (kind, _row), (state, _note) in told(desk, hand_over(desk)).items())
    assert rows["fill"] in desk.listed("zhao")


def test_the_same_handover_again_is_refused_until_there_is_something_new(desk):
    everything(desk)
    hand_over(desk)
    people = (desk.ids["wang"], desk.ids["zhao"])
    before = desk.everything()
    refused = desk.refusal(identity.hand_over, *people, reason=WHY, by="sun")
    assert isinstance(refused, CannotHandOver) and desk.everything() == before
    desk.claimed()
    assert desk.act(identity.hand_over, *people, reason=WHY, by="sun")


def test_new_tasks_that_name_who_has_left_go_to_whoever_took_over(desk):
    hand_over(desk)
    case = desk.start("proc_some", by="li", chosen=[desk.ids["wang"]])
    assert desk.task(desk.one(case, "fill")).assignee_id == desk.ids["wang"], "she still works here"
    desk.act(_leave, desk.ids["wang"])
    case = desk.start("proc_some", by="li", chosen=[desk.ids["wang"]])
    assert desk.task(desk.one(case, "fill")).assignee_id == desk.ids["zhao"]


def _leave(user_id, *, actor):
    db.session.get(User, user_id).active = False


def test_refused_are_the_same_person_and_no_reason(desk):
    assert isinstance(desk.refusal(identity.hand_over, desk.ids["li"], desk.ids["li"], reason=WHY, by="sun"), CannotHandOver)
    assert isinstance(desk.refusal(identity.hand_over, desk.ids["li"], desk.ids["wang"], reason="短", by="sun"), HandoverReason)


def test_in_the_browser(desk):
    _case, fill = desk.claimed()
    fields = {"leaver_id": desk.ids["wang"], "receiver_id": desk.ids["zhao"]}
    page = desk.page("sun", f"/admin/handovers?leaver_id={fields['leaver_id']}&receiver_id={fields['receiver_id']}")
    assert "可交接" in page
    assert "待办任务（1 项）" in page
    assert desk.task(fill).assignee_id == desk.ids["wang"]
    assert f'value="{fields["leaver_id"]}" checked' in page
    assert "可交接" in desk.page("sun", "/admin/handovers?leaver_id_typed=王芳&receiver_id_typed=zhao@example.com")
    found = desk.browser("sun").get("/admin/handovers/people?self=1&q=王").json
    assert ([one["name"] for one in found["people"]], found["more"]) == (["王芳"], False)
    assert desk.browser("wang").get("/admin/handovers/people").status_code == 403
    assert desk.post("wang", "/admin/handovers", **fields, reason=WHY).status_code == 403
    answer = desk.post("sun", "/admin/handovers", **fields, reason=WHY)
    assert "已交接" in desk.page("sun", answer.location)
    assert desk.post("sun", f"{answer.location}/undo", reason=WHY).status_code == 303
    assert "已撤销" in desk.page("sun", answer.location)
    assert "王芳" in desk.page("sun", "/admin/handovers")
