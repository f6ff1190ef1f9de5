"""Nodes that several sign, at the desk: who is asked, what is counted, what may be changed, and what the page shows."""

import secrets

import pytest
from sqlalchemy import select

from app.core.db import db
from app.workflow.instances import retelling
from app.workflow.instances.assigning import recusal
from app.workflow.instances.models import DecisionReason, ProcessInstance, UserTask
from app.workflow.tasks import operations as tasks
from tests.workflow.engine.diagrams import begin, end, exclusive, flow, process, user
from tests.workflow.tasks.desk import DECIDE, VALUES, WHY
from tests.workflow.definitions.bundles import form

OPEN = {"form": "room/apply", "role": "PM_A"}
SIGN = {"form": "room/sign", "role": "PM_A", "signers": "people"}
WORDS = {
    **DECIDE[0],
    "values": [*DECIDE[0]["values"], {"label": "弃权", "value": "ABSTAIN"}],
}


def _line(name, **properties):
    sign = user("sign", **{**SIGN, **properties})
    flows = flow("begin", "first", "sign", "gate") + flow("gate", "on", when='sign_result = "PASSED"') + flow("gate", "back", "done") + flow("on", "done")
    return process(name, begin(), user("first", **OPEN), sign, exclusive("gate", "f_gate_back"), user("on", **OPEN), user("back", **OPEN), end(), flows)


PROCESSES = [
    _line("proc_all", countersign="all"),
    _line("proc_any", countersign="any"),
    _line("proc_sequence", countersign="sequence"),
    _line("proc_votes", countersign="votes", passRatio=">1/2", veto="chair", weights="if signer = chair then 3 else 2", abstain="ABSTAIN"),
    _line("proc_secret", countersign="votes", passCount="2", secret="true", checks=""),
    _line("proc_role", countersign="all", signers="", exclude="first", whenEmpty="admin"),
    _line("proc_refuse", countersign="all", whenEmpty="refuse"),
    _line("proc_superior", countersign="votes", passCount="2", signers='"GM"', whenEmpty="pool"),
]


MORE = {"forms/screens/room/sign.form": form(WORDS, DECIDE[1])}


class Signed:
    """A case at its countersigned node."""

    def __init__(self, desk, name="proc_all", people=("wang", "li", "zhao"), **data):
        self.desk = desk
        given = {"people": [desk.ids.get(one, one) for one in people], **data}
        self.id = desk.start(name, by="wang", **given)
        desk.submit(desk.one(self.id, "first"), by="wang")

    def task(self, login):
        """Her open task, or the only one nobody has."""
        with self.desk.at_work():
            open_ = {self.desk.task(task_id).assignee_id: task_id for task_id in self.desk.open(self.id, "sign")}
        return open_[self.desk.ids[login]]

    def say(self, login, decision="AGREE", by=None):
        self.desk.act(tasks.complete, self.task(login), {"decision": decision, "opinion": "已阅"}, by=by or login)
        self.desk.assert_sound(self.id)
        return self

    @property
    def asked(self):
        by_id = {user_id: login for login, user_id in self.desk.ids.items()}
        with self.desk.at_work():
            return [by_id.get(self.desk.task(task_id).assignee_id) for task_id in self.desk.open(self.id, "sign")]

    @property
    def at(self):
        with self.desk.at_work():
            return sorted({self.desk.task(task_id).node_id for task_id in self.desk.open(self.id)})

    @property
    def data(self):
        with self.desk.at_work():
            return db.session.get(ProcessInstance, self.id).data

    def why_ended(self):
        return [row.comment for row in self.desk.logged(self.id, "countersigned")]


def test_all_must_agree_and_the_log_says_why_it_ended(desk):
    case = Signed(desk)
    assert sorted(case.asked) == ["li", "wang", "zhao"]
    case.say("li").say("zhao").say("wang")
    assert case.at == ["on"]
    assert case.why_ended() == ["会签通过：共 3 人，同意 3、不同意 0、弃权 0、未表态 0。全部同意。"]
    with desk.at_work():
        (reason,) = db.session.scalars(select(DecisionReason).where(DecisionReason.instance_id == case.id, DecisionReason.kind == "COUNTERSIGN"))
        assert reason.facts[-1] == "全部同意。"


def test_the_first_who_disagrees_ends_it_and_the_others_tasks_are_gone(desk):
    case = Signed(desk).say("li", "REFUSE")
    assert case.at == ["back"]
    assert case.why_ended() == ["会签不通过：共 3 人，同意 0、不同意 1、弃权 0、未表态 2。没有全部同意；结果已定，其余 2 人不必再办。"]
    assert not desk.listed("zhao") & {task_id for task_id in desk.open(case.id, "sign")}


def test_any_of_them_and_one_after_the_other(desk):
    assert Signed(desk, "proc_any").say("zhao", "ABSTAIN").say("li").at == ["on"]
    case = Signed(desk, "proc_sequence")
    assert case.asked == ["wang"]
    assert case.say("wang").asked == ["li"]
    assert case.say("li").say("zhao").at == ["on"]


def test_votes_are_weighed_and_the_chair_may_veto(desk):
    case = Signed(desk, "proc_votes", ("wang", "li", "zhao"), chair=desk.ids["zhao"]).say("wang").say("li")
    assert case.at == ["sign"], "the chair may still veto"
    case.say("zhao", "REFUSE")
    assert case.at == ["back"]
    assert case.data["sign_tally"]["vetoed_by"] == [desk.ids["zhao"]]
    assert case.why_ended() == [
        "票签不通过：共 3 人，同意 2、不同意 1、弃权 0、未表态 0。票权合计 7，其中同意 4、不同意 3、弃权 0。赵敏一票否决。"
    ]


def test_who_is_named_twice_and_by_role_signs_once_and_who_is_kept_out_does_not(desk):
    assert sorted(Signed(desk, "proc_all", ["li", "LEGAL", "chen", "li", "PM_A"]).asked) == ["chen", "li", "wang", "zhao"]
    case = Signed(desk, "proc_role")
    assert sorted(case.asked) == ["li", "zhao"], "wang did the node before, which is excluded"
    with desk.at_work():
        query = select(UserTask.assignee_id, UserTask.assignment).where(UserTask.instance_id == case.id, UserTask.node_id == "sign")
        people, why = zip(*db.session.execute(query))
        assert [[barred[:2] for barred in one["barred"]] for one in why] == [[[desk.ids["wang"], "node"]]] * 2
        assert [one["users"] for one in why] == [[person] for person in people]


def test_where_nobody_is_found_the_policy_of_the_node_says_who_decides(desk):
    case = Signed(desk, "proc_role", ())
    assert sorted(case.asked) == ["li", "zhao"]
    case = Signed(desk, "proc_all", ())
    assert case.asked == ["sun"]
    assert case.say("sun").at == ["on"]
    case = Signed(desk, "proc_superior")
    assert case.asked == [None], "the role's pool"
    desk.act(tasks.claim, desk.one(case.id, "sign"), by="zhao")
    assert case.say("zhao").at == ["on"]
    id_ = desk.start("proc_refuse", by="wang", people=[])
    refused = desk.refusal(tasks.complete, desk.one(id_, "first"), VALUES, by="wang")
    assert refused.code == "workflow.instances.nobody_to_handle"


def test_nobody_takes_a_second_seat_from_the_pool(desk):
    case = Signed(desk, "proc_superior")
    free = desk.one(case.id, "sign")
    desk.act(tasks.add_signers, free, [desk.ids["li"]], reason=WHY, by="sun")
    case.say("li")
    for act in (tasks.claim, lambda task_id, **by: tasks.save_draft(task_id, {"decision": "AGREE"}, **by)):
        assert "已是本环节的会签人" in desk.refusal(act, free, by="li").text
    desk.act(tasks.claim, free, by="zhao")
    assert case.say("zhao").at == ["on"]


def test_a_secret_vote_is_counted_and_nobody_reads_it(desk):
    case = Signed(desk, "proc_secret").say("li", "REFUSE")
    page = desk.page("wang", f"/tasks/{case.task('wang')}")
    assert "已签署" in page and "同意票不少于 2 票才通过" in page
    assert "共 3 人" not in page
    case.say("wang").say("zhao")
    assert case.at == ["on"]
    assert case.data["sign_tally"]["for"] == 2
    assert "sign_decision" not in case.data
    assert {row.answers for row in desk.logged(case.id, "submit") if row.node_id == "sign"} == {None}


# ------------------------------------------------------------------ the page


def _submit(desk, login, task_id, decision):
    body = {"values": {"decision": decision, "opinion": "已阅"}, "row_version": desk.task(task_id).row_version, "reasons": {}}
    return desk.browser(login).post(f"/tasks/{task_id}/complete", json=body, headers={"Idempotency-Key": secrets.token_hex(8)})


@pytest.mark.both_databases
def test_from_the_form_to_the_result_and_what_the_page_says_on_the_way(desk):
    case = Signed(desk, "proc_votes", ("wang", "li", "zhao"), chair=desk.ids["wang"])
    hers = case.task("li")
    answer = _submit(desk, "wang", case.task("wang"), "ABSTAIN")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    page = desk.page("li", f"/tasks/{hers}")
    for words in ("会签情况", "同意票占应签人的 &gt; 1/2 才通过", "一票否决", "票权 3", "（本人）", "弃权", "待办理"):
        assert words in page, words
    assert "共 3 人：同意 0，不同意 0，弃权 1，未表态 2；票权 7：同意 0，不同意 0" in page
    assert _submit(desk, "li", hers, "AGREE").status_code == 200
    assert case.at == ["sign"]
    assert _submit(desk, "zhao", case.task("zhao"), "AGREE").status_code == 200
    assert case.at == ["on"]
    page = desk.page("li", f"/tasks/{hers}")
    assert "通过" in page
    page = desk.page("wang", f"/cases/{case.id}")
    assert "会签结束" in page
    assert "票签通过" in page


def test_the_task_before_tells_who_will_sign(desk):
    id_ = desk.start("proc_sequence", by="wang", people=[desk.ids["li"], desk.ids["zhao"]])
    page = desk.page("wang", f"/tasks/{desk.one(id_, 'first')}")
    assert "李强、赵敏 会签：依次办理，全部同意才通过" in page


# ------------------------------------------------------------------ who signs, changed while it goes on


def test_a_signer_lets_a_colleague_sign_too_but_nobody_packs_a_vote(desk):
    case = Signed(desk, people=("wang", "li"))
    answer = desk.post("wang", f"/tasks/{case.task('wang')}/signers", user_id=desk.ids["chen"], reason=WHY)
    assert answer.status_code == 303
    assert sorted(case.asked) == ["chen", "li", "wang"]
    assert case.say("wang").say("li").at == ["sign"]
    assert case.say("chen").at == ["on"]
    assert case.data["sign_tally"]["asked"] == 3
    assert ("add_signers", desk.ids["wang"]) in desk.log(case.id)
    votes = Signed(desk, "proc_votes", chair=desk.ids["wang"])
    refused = desk.refusal(tasks.add_signers, votes.task("li"), [desk.ids["chen"]], reason=WHY, by="li")
    assert refused.code == "workflow.tasks.cannot_change_signers"
    desk.act(tasks.add_signers, votes.task("li"), [desk.ids["chen"]], reason=WHY, by="sun")
    assert "chen" in votes.asked


def test_who_signs_already_or_is_no_part_of_it_is_not_added(desk):
    case = Signed(desk, people=("wang", "li"))
    hers = case.task("wang")
    assert "已是本环节的会签人" in desk.refusal(tasks.add_signers, hers, [desk.ids["li"]], reason=WHY, by="wang").text
    assert desk.refusal(tasks.add_signers, hers, [], reason=WHY, by="wang").code == "workflow.tasks.nobody_named"
    assert desk.refusal(tasks.add_signers, hers, [desk.ids["chen"]], reason=WHY, by="li").code == "workflow.tasks.cannot_change_signers"
    desk.refusal(tasks.drop_signer, hers, 1, reason=WHY, by="wang")
    case.say("wang")
    assert desk.refusal(tasks.drop_signer, case.task("li"), 0, reason=WHY, by="sun").code == "workflow.engine.not_signing"


def test_a_manager_takes_a_signer_off_and_the_votes_there_are_decide(desk):
    case = Signed(desk).say("wang").say("li")
    gone = case.task("zhao")
    page = desk.page("sun", f"/tasks/{gone}")
    assert "减去会签人" in page
    assert desk.post("sun", f"/tasks/{gone}/signers/2/remove", reason=WHY).status_code == 303
    assert case.at == ["on"]
    assert case.data["sign_tally"]["asked"] == 2
    assert gone not in desk.listed("zhao")
    desk.assert_sound(case.id)


def test_one_person_has_one_seat(desk):
    case = Signed(desk, people=("wang", "li"))
    refused = desk.refusal(tasks.transfer, case.task("wang"), desk.ids["li"], reason=WHY, by="wang")
    assert "一人只计一票" in refused.text
    desk.act(tasks.transfer, case.task("wang"), desk.ids["zhao"], reason=WHY, by="wang")
    assert sorted(case.asked) == ["li", "zhao"]
    refused = desk.refusal(tasks.transfer, case.task("li"), desk.ids["wang"], reason=WHY, by="li")
    assert "一人只计一票" in refused.text, "the seat she handed on is hers to come back to"
    assert case.say("zhao").say("li").at == ["on"]


@pytest.mark.both_databases
def test_who_recuses_herself_has_no_part_in_the_count(desk):
    case = Signed(desk).say("li", "AGREE").say("zhao", "AGREE")
    desk.act(recusal.recuse, case.id, desk.ids["li"], reason=WHY, by="li")
    assert case.asked == ["wang"]
    case.say("wang")
    assert case.data["sign_tally"]["asked"] == 2
    desk.assert_sound(case.id)
    alone = Signed(desk, people=("li",))
    desk.act(recusal.recuse, alone.id, desk.ids["li"], reason=WHY, by="li")
    assert alone.asked == ["sun"], "nobody is left: the policy of the node"


# ------------------------------------------------------------------ back again


def test_a_vote_taken_back_is_hers_alone(desk):
    case = Signed(desk).say("li")
    mine = case.task("wang")
    case.say("wang")
    desk.act(tasks.take_back, mine, reason=WHY, by="wang")
    assert sorted(case.asked) == ["wang", "zhao"]
    assert case.say("zhao").say("wang", "REFUSE").at == ["back"]
    assert case.data["sign_tally"]["for"] == 2


def test_sent_back_to_several_who_signed_all_sign_anew(desk):
    case = Signed(desk, people=("wang", "li")).say("wang").say("li")
    on = desk.one(case.id, "on")
    desk.act(tasks.claim, on, by="zhao")
    refused = desk.refusal(tasks.return_to_several, on, {"first": WHY, "sign": WHY}, by="zhao")
    assert "单独退回" in refused.text
    desk.act(tasks.return_to, on, "sign", reason=WHY, by="zhao")
    assert sorted(case.asked) == ["li", "wang"]
    desk.assert_sound(case.id)
    assert case.say("li").say("wang", "REFUSE").at == ["back"]
    assert case.data["sign_tally"]["for"] == 1


def test_a_signer_has_it_corrected_and_what_was_signed_before_counts_no_more(desk):
    case = Signed(desk).say("li")
    desk.act(tasks.return_to, case.task("wang"), "first", reason=WHY, by="wang")
    refused = desk.refusal(tasks.complete, case.task("zhao"), {"decision": "AGREE", "opinion": "已阅"}, by="zhao")
    assert refused.code == "workflow.tasks.sent_back"
    desk.submit(desk.one(case.id, "first"), by="wang")
    assert sorted(case.asked) == ["li", "wang", "zhao"]
    desk.assert_sound(case.id)
    case.say("zhao").say("wang").say("li")
    assert case.at == ["on"]


def test_a_case_is_told_as_a_scenario_that_comes_out_the_same(desk):
    case = Signed(desk, "proc_votes", ("wang", "li", "zhao"), chair=desk.ids["zhao"]).say("zhao").say("wang", "REFUSE").say("li")
    with desk.at_work():
        told = retelling.retell(db.session.get(ProcessInstance, case.id), desk.system)
    assert told.failures == ()
    assert "signer:" in told.text and str(desk.ids["zhao"]) not in told.text
