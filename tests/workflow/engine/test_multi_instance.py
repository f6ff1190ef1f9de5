"""The same task for each item of a list: countersign 会签, any-sign 或签, one after the other."""

import zlib

import pytest

from app.workflow.engine import StepFailed
from workflow.engine.diagrams import *
from workflow.engine.office import Office, Story

VOTERS = ["zhang", "li", "wang"]


def voting(loop, *extra, body_of=None):
    host = body_of or user("vote", loop)
    return process("p", begin(), host, user("after"), *extra, end(), flow("begin", "vote", "after", "done"))


def test_every_member_gets_a_task_and_all_must_answer():
    s = Story(voting(many("members")), data={"members": VOTERS})
    assert [(t.mi_index, t.mi_item, t.node_id) for t in s.run.ready()] == [(0, "zhang", "vote"), (1, "li", "vote"), (2, "wang", "vote")]
    assert s.task("vote", 1).data["mi_item"] == "li"
    s.do("vote", 2, vote_decision="AGREE").do("vote", 0, vote_decision="REJECT")
    assert s.open() == ["vote"]
    s.do("vote", 1, vote_decision="AGREE")
    assert s.open() == ["after"]
    assert s.data["vote_results"] == [
        {"mi_item": "zhang", "vote_decision": "REJECT"},
        {"mi_item": "li", "vote_decision": "AGREE"},
        {"mi_item": "wang", "vote_decision": "AGREE"},
    ]
    assert "mi_item" not in s.data


def test_one_after_the_other():
    s = Story(voting(many("members", sequential=True)), data={"members": VOTERS})
    for index, member in enumerate(VOTERS):
        assert [(t.mi_index, t.mi_item) for t in s.run.ready()] == [(index, member)]
        s.do("vote", index, comment=member)
    assert s.open() == ["after"]
    assert [row["comment"] for row in s.data["vote_results"]] == VOTERS


def test_whose_turn_it_is_sees_what_those_before_her_said():
    s = Story(voting(many("members", sequential=True)), data={"members": VOTERS}).do("vote", 0, comment="同意")
    assert s.task("vote", 1).data["vote_results"] == [{"mi_item": "zhang", "comment": "同意"}]


INSIDE = begin("in") + user("fill") + end("out") + flow("in", "fill", "out")


@pytest.mark.parametrize(
    ("host", "node"),
    [
        pytest.param(user("vote", many("members", sequential=True)), "vote", id="task"),
        pytest.param(sub("vote", many("members", sequential=True) + INSIDE), "fill", id="sub-process"),
        pytest.param(sub("vote", many("members", sequential=True) + begin("go") + sub("deep", INSIDE) + end("gone") + flow("go", "deep", "gone")), "fill", id="deeper"),
    ],
)  # fmt: skip
def test_what_is_kept_of_one_after_the_other_grows_with_the_list_and_not_with_its_square(host, node):
    s = Story(voting("", body_of=host), data={"members": list(range(121))})
    sizes = []
    for index in range(121):
        if index in {40, 80, 120}:
            sizes.append(len(zlib.decompress(s.run.dump()[2:])))
        s.run.complete(s.task(node, index).id, {"comment": f"第 {index} 位同意"})
    first, second = sizes[1] - sizes[0], sizes[2] - sizes[1]
    assert 0 < second < first * 1.2
    assert [row["comment"] for row in s.data["vote_results"]] == [f"第 {index} 位同意" for index in range(121)]


@pytest.mark.parametrize("sequential", [False, True])
def test_a_completion_condition_ends_it_early_and_cancels_the_rest(sequential):
    loop = many("members", sequential, until='count(mi_results[vote_decision = "REJECT"]) >= 1')
    s = Story(voting(loop), data={"members": VOTERS})
    s.do("vote", 0, vote_decision="AGREE").do("vote", 1, vote_decision="REJECT")
    assert s.open() == ["after"]
    assert len(s.data["vote_results"]) == 2


def test_any_sign_passes_on_the_answer_of_the_one_who_signed():
    s = Story(voting(many("members", until="mi_done >= 1")), data={"members": VOTERS}).do("vote", 1, vote_decision="AGREE")
    assert s.open() == ["after"]
    assert s.data["vote_decision"] == "AGREE"


def test_names_of_item_and_output_and_a_list_from_a_dataset():
    loop = many("committee.members", item="member", output="ballots")
    s = Story(voting(loop), office=Office(facts={"committee": {"members": [{"id": 1}, {"id": 2}]}}))
    assert s.task("vote", 1).data["member"] == {"id": 2}
    s.do("vote", 0, v=1).do("vote", 1, v=2)
    assert s.data["ballots"] == [{"member": {"id": 1}, "v": 1}, {"member": {"id": 2}, "v": 2}]


def test_the_list_is_read_once():
    facts = {"committee": {"members": VOTERS}}
    s = Story(voting(many("committee.members", sequential=True)), office=Office(facts=facts)).do("vote", 0)
    facts["committee"] = {"members": []}
    s.do("vote", 1).do("vote", 2)
    assert s.open() == ["after"]


def test_an_expression_as_list_by_property_and_a_number_of_rounds():
    body = '<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>n + 1</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>'
    assert len(Story(voting(body), data={"n": 1}).open()) == 2
    host = user("vote", many("x"), items='for m in members return upper case(m)')
    assert [t.mi_item for t in Story(voting("", body_of=host), data={"members": VOTERS}).run.ready()] == ["ZHANG", "LI", "WANG"]


def test_an_empty_list_passes_at_once():
    s = Story(voting(many("members")), data={"members": []})
    assert s.open() == ["after"]
    assert s.data["vote_results"] == []


def test_no_list_is_a_failed_step_that_a_retry_can_mend():
    office = Office(facts={})
    with pytest.raises(StepFailed) as failure:
        Story(voting(many("committee.members")), office=office)
    assert failure.value.node_id == "vote"
    run = failure.value.run
    office.facts["committee"] = {"members": VOTERS}
    run.retry()
    assert len(run.ready()) == 3


def test_an_answer_equal_to_older_data_is_still_an_answer():
    s = Story(voting(many("members", sequential=True)), data={"members": ["a", "b"], "opinion": ""})
    s.do("vote", 0, opinion="x").do("vote", 1, opinion="x")
    assert [row["opinion"] for row in s.data["vote_results"]] == ["x", "x"]


def test_boundary_timers_on_a_vote():
    extra = (
        boundary("remind", "vote", timer("P1D"), interrupting=False), user("remind_do"), flow("remind", "remind_do", "done"),
        boundary("late", "vote", timer("P3D")), user("late_do"), flow("late", "late_do", "done"),
    )  # fmt: skip
    s = Story(voting(many("members"), *extra), data={"members": VOTERS})
    s.do("vote", 0, v=1).pass_time(days=1)
    assert sorted(s.open()) == ["remind_do", "vote", "vote"]
    s.pass_time(days=2)
    assert sorted(s.open()) == ["late_do", "remind_do"]
    s.do("late_do").do("remind_do")
    assert s.status == "COMPLETED"


def test_a_finished_vote_disarms_its_timers():
    extra = (boundary("late", "vote", timer("P3D")), user("late_do"), flow("late", "late_do", "done"))
    s = Story(voting(many("members"), *extra), data={"members": ["a"]}).do("vote", 0)
    assert (s.open(), s.waits()) == (["after"], [])


def test_called_processes_for_each_item():
    child = process_xml("child", begin("c0"), user("work"), end("c9"), flow("c0", "work", "c9"))
    d = process_xml("p", begin(), call("vote", "child", many("members", until="mi_done = 2")), user("after"), end(), flow("begin", "vote", "after", "done"))
    s = Story(document(d, child), data={"members": VOTERS})
    tasks = s.run.ready()
    assert [(t.mi_index, t.mi_item, t.path) for t in tasks] == [(0, "zhang", ("vote",)), (1, "li", ("vote",)), (2, "wang", ("vote",))]
    s.do("work", 0, r=1).do("work", 2, r=3)
    assert s.open() == ["after"]
    assert [(row["mi_item"], row["r"]) for row in s.data["vote_results"]] == [("zhang", 1), ("wang", 3)]


def test_steps_for_each_item():
    office = Office(steps={"notify": lambda who: {"sent": who}})
    svc = service("vote", "notify", who="mi_item").replace("</bpmn:serviceTask>", many("members") + "</bpmn:serviceTask>")
    s = Story(voting("", body_of=svc), data={"members": VOTERS}, office=office)
    assert [p["who"] for _, p in office.calls] == VOTERS
    assert [row["sent"] for row in s.data["vote_results"]] == VOTERS


def test_a_vote_inside_a_vote():
    inner = sub("vote", many("teams"), begin("s0"), user("sign", many("mi_item.people")), end("e0"), flow("s0", "sign", "e0"))
    teams = [{"n": 1, "people": ["a", "b"]}, {"n": 2, "people": ["c"]}]
    s = Story(voting("", body_of=inner), data={"teams": teams})
    assert [t.mi_item for t in s.run.ready()] == ["a", "b", "c"]
    while "sign" in s.open():
        s.do("sign", s.run.ready()[0].mi_index, ok=True)
    assert s.open() == ["after"]


def test_a_vote_repeated_in_a_loop_starts_afresh():
    d = process(
        "p", begin(), exclusive("again"), user("vote", many("members")), user("check"), exclusive("ok", default="f_ok_done"), end(),
        flow("begin", "again", "vote", "check", "ok", "done"), flow("ok", "again", when="redo"),
    )  # fmt: skip
    s = Story(d, data={"members": ["a", "b"]}).do("vote", 0, v=1).do("vote", 1, v=1).do("check", redo=True)
    assert s.open() == ["vote", "vote"]
    s.do("vote", 1, v=2).do("vote", 0, v=2).do("check", redo=False)
    assert s.status == "COMPLETED"
    assert [row["v"] for row in s.data["vote_results"]] == [2, 2]


def test_a_condition_that_fails_loses_no_answer():
    office = Office()
    s = Story(voting(many("members", until="mi_done > limit.n")), data={"members": VOTERS}, office=office)

    def broken(_data):
        raise RuntimeError("读取失败")

    office.facts["limit"] = broken
    with pytest.raises(StepFailed):
        s.do("vote", 0, v=1)
    assert s.status == "FAILED"
    office.facts["limit"] = {"n": 0}
    s.retry()
    assert s.open() == ["after"]
    assert s.data["vote_results"] == [{"mi_item": "zhang", "v": 1}]
