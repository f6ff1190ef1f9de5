"""Nodes that several people sign: by the property of the node, and by what docs/analysts.md says beyond it."""

import re
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.config import ROOT
from app.workflow.engine import BpmnError, NotMovable, NotResettable, NotSigning, StepFailed, judge, move, parse_processes, shape_of, start
from app.workflow.engine.countersign import Seat, Vote, read_rule, tally
from workflow.engine.diagrams import *
from workflow.engine.office import Office, Story
from workflow.engine.test_tally import futures
from workflow.engine.trips import our_trip, picture, stock_trip

YES, NO, NEITHER = "AGREE", "REJECT", "ABSTAIN"
WORDS = {YES: "for", NO: "against", NEITHER: "abstain"}


def signing(mark="", **properties):
    node = user("sign", mark, **properties)
    flows = flow("begin", "sign", "gate") + flow("gate", "on", when='sign_result = "PASSED"') + flow("gate", "back", "done") + flow("on", "done")
    return process("p", begin(), node, exclusive("gate", "f_gate_back"), user("on"), user("back"), end(), flows)


def told(office=None, members=(1, 2, 3), mark="", data=None, **properties):
    return Story(signing(mark, **{"signers": "members", **properties}), data={"members": list(members), **(data or {})}, office=office)


def vote(story, place, decision):
    story.run.complete(story.task("sign", place).id, {"sign_decision": decision}, decision=decision)
    story._store()
    return story


def asked(story):
    return [task.mi_item for task in story.run.ready() if task.node_id == "sign"]


def seats(story):
    """Signer → vote, as a page would show the round."""
    found = next(task for task in story.run.ready() if task.node_id == "sign")
    return {seat.signer: seat.vote for seat in story.run.round_of(found.id).seats}


# ------------------------------------------------------------------ the four ways


@pytest.mark.parametrize(
    ("properties", "answers", "passes"),
    [
        ({"countersign": "all"}, [YES, YES, YES], True),
        ({"countersign": "all"}, [YES, NO], False),
        ({"countersign": "all"}, [NEITHER], False),
        ({"countersign": "any"}, [YES], True),
        ({"countersign": "any"}, [NO], False),
        ({"countersign": "any"}, [NEITHER, YES], True),
        ({"countersign": "any"}, [NEITHER, NEITHER, NEITHER], False),
        ({"countersign": "sequence"}, [YES, YES, YES], True),
        ({"countersign": "sequence"}, [YES, NO], False),
        ({"countersign": "sequence", "earlyEnd": "no"}, [NO, YES, YES], False),
        ({"countersign": "votes", "passCount": "2"}, [YES, NO, YES], True),
        ({"countersign": "votes", "passCount": "2"}, [YES, YES], True),
        ({"countersign": "votes", "passCount": "2"}, [NO, NO], False),
        ({"countersign": "votes", "passCount": "2", "earlyEnd": "no"}, [YES, YES, NO], True),
        ({"countersign": "votes", "passRatio": "2/3"}, [NO, YES, YES], True),
        ({"countersign": "votes", "passRatio": ">2/3"}, [NO], False),
        ({"countersign": "votes", "passRatio": ">1/2", "base": "votes"}, [NEITHER, NEITHER, YES], True),
        ({"countersign": "votes", "passRatio": ">1/2"}, [NEITHER, NEITHER], False),
        ({"countersign": "votes", "passRatio": ">1/2", "weights": "if signer = 1 then 3 else 1"}, [YES], True),
        ({"countersign": "votes", "passRatio": ">1/2", "weights": "if signer = 1 then 3 else 1"}, [NO], False),
        ({"countersign": "votes", "passRatio": ">1/2", "veto": "3"}, [YES, YES, YES], True),
        ({"countersign": "votes", "passRatio": ">1/2", "veto": "3"}, [YES, YES, NO], False),
        ({"countersign": "votes", "passRatio": ">1/2", "veto": "[1]"}, [NO], False),
    ],
)
def test_it_ends_as_soon_as_the_result_stands_and_passes_or_not(properties, answers, passes):
    story = told(**properties)
    for place, answer in enumerate(answers):
        assert "sign" in story.open(), "ended too early"
        vote(story, place, answer)
    assert story.open() == ["on" if passes else "back"]
    assert story.data["sign_result"] == ("PASSED" if passes else "REFUSED")


def test_process_data_has_the_tally_and_who_said_what():
    story = told(members=(7, 8, 9, 10), countersign="votes", passRatio="1/2", weights="if signer = 7 then 3 else 2", veto="9")
    vote(vote(vote(story, 0, YES), 3, NEITHER), 2, NO)
    assert story.data["sign_tally"] == {
        "asked": 4, "for": 1, "against": 1, "abstained": 1, "missing": 1, "vetoed_by": [9],
        "weight_asked": 9, "weight_for": 3, "weight_against": 2, "weight_abstained": 2,
    }  # fmt: skip
    assert [(row["signer"], row["sign_decision"]) for row in story.data["sign_results"]] == [(7, YES), (9, NO), (10, NEITHER)]
    assert "signer" not in story.data


def test_in_order_one_is_asked_after_the_other():
    story = told(countersign="sequence")
    assert asked(story) == [1]
    assert asked(vote(story, 0, YES)) == [2]
    assert seats(story) == {1: Vote.FOR, 2: None, 3: None}


def test_why_it_ended_is_told_once_for_whoever_keeps_it():
    model = parse_processes({"p.bpmn": signing(signers="members", countersign="votes", passCount="1")}, {})["p"]
    run = start(model, {"members": [1, 2]}, Office())
    assert run.reasons() == []
    run.complete(run.ready()[0].id, {}, decision=YES)
    reason = next(one for one in run.reasons() if one.kind == "COUNTERSIGN")
    assert (reason.node_id, reason.trace["result"], reason.trace["count"], reason.trace["tally"]["missing"]) == ("sign", "PASSED", 1, 1)
    assert run.reasons() == []


def test_a_secret_vote_is_counted_and_leaves_no_answer_behind():
    model = parse_processes({"p.bpmn": signing(signers="members", countersign="votes", passCount="2", secret="true")}, {})["p"]
    run = start(model, {"members": [1, 2, 3]}, Office())
    for decision in (NO, YES, YES):
        run = our_trip(run)
        run.complete(run.ready()[0].id, {}, decision=decision)
    assert run.data["sign_results"] == [{"signer": 1}, {"signer": 2}, {"signer": 3}]
    assert run.data["sign_tally"]["for"] == 2
    assert not any(text in run.dump() for text in (b"AGREE", b"REJECT"))


# ------------------------------------------------------------------ what docs/analysts.md says


WRITTEN = {
    "会签": [([YES, YES, YES], True), ([YES, NO], False), ([NEITHER], False)],
    "或签": [([YES], True), ([NO], False), ([NEITHER, NO], False)],
    "依次": [([YES, YES, YES], True), ([YES, NO], False)],
    "票签：满 2 票": [([YES, NO, YES], True), ([YES, YES], True), ([NO, YES, NO], False), ([NO, NO], False)],
    "票签：三分之二以上": [([YES, YES], True), ([NO, YES, YES], True), ([NO, NO], False)],
    "票签：过半，弃权不计": [([NEITHER, NEITHER, YES], True), ([YES, YES], True), ([YES, NO, NEITHER], False)],
    "票签：按权重过半": [([YES], True), ([NO], False)],
    "票签：过半，组长一票否决": [([YES, YES], True), ([NO], False), ([YES, NO, YES], True), ([YES, NO, NO], False)],
}
"""How they answer in order, as long as they are asked, and whether the node is passed; the head is the first."""


def section():
    return (ROOT / "docs" / "analysts.md").read_text().partition("## 会签")[2].partition("\n## ")[0]


def ways():
    rows = re.findall(r"^\| ([^|`]+) \| `(countersign=[^`]+)` \|", section(), re.MULTILINE)
    return {name: dict(part.split("=", 1) for part in written.split("; ")) for name, written in rows}


def test_every_way_of_the_table_is_played():
    assert ways().keys() == WRITTEN.keys()


@pytest.mark.parametrize(("name", "answers", "passes"), [(name, *one) for name, every in WRITTEN.items() for one in every])
def test_what_the_table_tells_analysts_to_write_does_so(name, answers, passes):
    story = Story(signing(**ways()[name]), data={"people": [1, 2, 3], "head": 1})
    for place, answer in enumerate(answers):
        assert "sign" in story.open(), "ended too early"
        vote(story, place, answer)
    assert story.open() == ["on" if passes else "back"]


def test_every_figure_of_the_tally_is_named():
    assert [name for name in tally([Seat(0, 1)]).as_data() if f"`{name}`" not in section()] == []


def test_what_the_property_does_not_cover_is_drawn_as_written():
    rows = dict(re.findall(r"^\| ([^|`]+) \| (?:并行|顺序) \| `([^`]+)` \|$", section(), re.MULTILINE))
    asks, checks = rows["征求意见，收到 2 份即止"], rows["逐项核对，发现问题即止"]
    flows = flow("begin", "check", "after", "done")
    asked_ = Story(process("p", begin(), user("check", many("xs", until=asks)), user("after"), end(), flows), data={"xs": [1, 2, 3]})
    assert asked_.do("check", 0).do("check", 1).open() == ["after"]
    checked = Story(process("p", begin(), user("check", many("xs", True, checks)), user("after"), end(), flows), data={"xs": [1, 2, 3]})
    checked.do("check", 0, check_decision=YES)
    assert checked.do("check", 1, check_decision=NO).open() == ["after"]


# ------------------------------------------------------------------ who is asked


def test_signers_are_people_and_roles_each_once():
    story = told(Office(roles={"RISK": [2, 3, 4]}), countersign="all", signers='[3, "RISK", 3, 1, null]')
    assert asked(story) == [3, 2, 4, 1]


def test_without_signers_the_rule_of_the_node_says():
    assert asked(told(Office(by_rule={"sign": [5, 6]}), countersign="all", signers="")) == [5, 6]


def test_where_nobody_is_found_one_seat_decides_whatever_number_is_asked_for():
    story = told(countersign="votes", passCount="2", signers="[]")
    assert asked(story) == [None]
    assert vote(story, 0, YES).open() == ["on"]


@pytest.mark.parametrize(
    ("properties", "word"),
    [
        ({"passCount": "4"}, "只有 3 位会签人，达不到规定的 4 票"),
        ({"passRatio": "2/3", "weights": "0"}, "票权都是 0"),
        ({"passRatio": "2/3", "weights": '"much"'}, "会签人 1 的票权"),
        ({"passRatio": "2/3", "weights": "0 - signer"}, "会签人 1 的票权"),
        ({"passRatio": "2/3", "weights": "signer / 2"}, "不是 0 到 1000000 之间的整数"),
    ],
)
def test_what_could_never_be_decided_stops_there_and_goes_on_when_it_is_mended(properties, word):
    with pytest.raises(StepFailed) as failure:
        told(countersign="votes", **properties)
    assert failure.value.node_id == "sign"
    assert word in str(failure.value.cause)


def test_mending_the_list_lets_the_round_begin():
    office = Office(roles={"RISK": [1]})
    with pytest.raises(StepFailed) as failure:
        told(office, countersign="votes", passCount="2", signers='"RISK"')
    office.roles["RISK"] = [1, 2]
    run = failure.value.run
    run.retry()
    assert [task.mi_item for task in run.ready()] == [1, 2]


# ------------------------------------------------------------------ the diagram


@pytest.mark.parametrize(("way", "sequential"), [("all", False), ("votes", False), ("sequence", True)])
def test_a_bare_mark_of_many_is_only_a_picture(way, sequential):
    more = {"passCount": "1"} if way == "votes" else {}
    mark = f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}"/>'
    assert asked(told(mark=mark, countersign=way, **more)) == ([1] if sequential else [1, 2, 3])


@pytest.mark.parametrize(
    ("mark", "properties", "word"),
    [
        ('<bpmn:multiInstanceLoopCharacteristics isSequential="true"/>', {"countersign": "all"}, "不一致"),
        ("<bpmn:multiInstanceLoopCharacteristics/>", {"countersign": "sequence"}, "不一致"),
        (many("members"), {"countersign": "all"}, "取消多实例"),
        (loop("x = 1"), {"countersign": "all"}, "循环"),
        ("", {"countersign": "all", "items": "members"}, "items"),
        ("", {"countersign": "all", "signers": "1 +"}, "属性 signers"),
        ("", {"countersign": "votes", "passRatio": "1/2", "veto": "1 +"}, "属性 veto"),
    ],
)
def test_what_says_two_things_is_refused_on_the_node(mark, properties, word):
    with pytest.raises(BpmnError) as refused:
        told(mark=mark, **properties)
    (finding,) = refused.value.findings
    assert finding.field == "sign"
    assert word in finding.message
    assert "请" in finding.message


def test_only_tasks_of_people_are_signed_and_none_of_them_is_compensated():
    with pytest.raises(BpmnError) as refused:
        Story(process("p", begin(), manual("sign", countersign="all"), end(), flow("begin", "sign", "done")))
    assert "只用于用户任务" in refused.value.findings[0].message
    event, line = undo("sign", "undone")
    parts = (begin(), user("sign", countersign="all", signers="[1]"), undoing(user("undone")), event, end(), flow("begin", "sign", "done"), line)
    with pytest.raises(BpmnError) as refused:
        Story(process("p", *parts))
    assert "不支持补偿" in refused.value.findings[0].message


# ------------------------------------------------------------------ while it goes on


def test_a_signer_more_and_one_less_change_what_is_counted():
    story = told(countersign="votes", passRatio="1/2", weights="signer", veto="4")
    story.run.add_signers(story.task("sign", 0).id, [4, 5])
    story._store()
    assert asked(story) == [1, 2, 3, 4, 5]
    tasks = story.task("sign", 0).id
    assert [(seat.weight, seat.vetoes) for seat in story.run.round_of(tasks).seats] == [(1, False), (2, False), (3, False), (4, True), (5, False)]
    story.run.drop_signer(tasks, 4)
    story._store()
    assert asked(story) == [1, 2, 3, 4]
    vote(vote(story, 2, YES), 1, YES)
    assert story.open() == ["sign", "sign"], "half of the weight is there, but a veto may come"
    vote(story, 3, NEITHER)
    assert story.data["sign_tally"]["weight_asked"] == 10
    assert story.open() == ["on"]


def test_with_the_last_who_has_not_signed_taken_off_the_votes_there_are_decide():
    story = vote(vote(told(countersign="all"), 0, YES), 1, YES)
    story.run.drop_signer(story.task("sign", 2).id, 2)
    story._store()
    assert story.open() == ["on"]
    assert story.data["sign_tally"]["asked"] == 2


def test_in_order_more_signers_come_after_whose_turn_it_is_and_those_to_come_can_be_taken_off():
    story = vote(told(countersign="sequence"), 0, YES)
    turn = story.task("sign", 1).id
    story.run.add_signers(turn, [8, 9])
    story.run.drop_signer(turn, 3)
    story._store()
    assert list(seats(story)) == [1, 2, 8, 3]
    story.run.drop_signer(turn, 1)
    story._store()
    assert asked(story) == [8]
    vote(vote(story, 2, YES), 3, YES)
    assert story.open() == ["on"]
    assert [row["signer"] for row in story.data["sign_results"]] == [1, 8, 3]


@pytest.mark.parametrize("way", ["all", "sequence"])
def test_a_vote_cast_is_taken_off_only_on_purpose_and_the_last_seat_never(way):
    story = vote(told(members=(1, 2), countersign=way), 0, YES)
    turn = story.task("sign", 1).id
    for index in (0, 7):
        with pytest.raises(NotSigning):
            story.run.drop_signer(turn, index)
    story.run.drop_signer(turn, 0, even_signed=True)
    story._store()
    assert seats(story) == {2: None}
    assert story.data["sign_results"] == []
    with pytest.raises(NotSigning):
        story.run.drop_signer(turn, 1)
    assert vote(story, 1, YES).data["sign_tally"]["asked"] == 1


def test_nobody_signs_twice_and_a_round_that_is_over_takes_nobody_in():
    story = told(countersign="all")
    turn = story.task("sign", 0).id
    with pytest.raises(NotSigning):
        story.run.add_signers(turn, [3])
    vote(story, 0, NO)
    for act in (lambda: story.run.add_signers(turn, [9]), lambda: story.run.drop_signer(turn, 1)):
        with pytest.raises(NotSigning):
            act()


@pytest.mark.parametrize("way", ["all", "sequence"])
def test_who_takes_her_vote_back_votes_again_and_the_others_stand(way):
    story = vote(vote(told(countersign=way), 0, YES), 1, YES)
    second = next(seat for seat in story.run.round_of(story.task("sign", 2).id).seats if seat.signer == 2)
    story.run.take_back(second.task_id)
    story._store()
    assert seats(story) == {1: Vote.FOR, 2: None, 3: None}
    assert asked(story) == ([2] if way == "sequence" else [3, 2])
    assert [row["signer"] for row in story.data["sign_results"]] == [1]
    vote(story, 1, YES)
    assert vote(story, 2, YES).open() == ["on"]


def test_after_its_end_a_vote_taken_back_begins_the_whole_anew_and_so_does_a_return():
    story = told(countersign="all", members=(1, 2))
    first = story.task("sign", 0).id
    vote(vote(story, 0, YES), 1, YES)
    story.run.take_back(first)
    story._store()
    assert asked(story) == [1, 2]
    assert set(seats(story).values()) == {None}
    vote(vote(story, 0, YES), 1, NO)
    assert story.open() == ["back"]
    story.back_to("sign")
    assert set(seats(story).values()) == {None}
    vote(vote(story, 0, YES), 1, YES)
    assert story.data["sign_result"] == "PASSED"
    with pytest.raises(NotResettable):
        story.run.take_back("nowhere")


def test_a_jump_leaves_the_round_undecided():
    story = vote(told(countersign="all"), 0, YES).jump("sign", "back")
    assert story.open() == ["back"]
    assert "sign_result" not in story.data


def test_a_timer_on_the_border_ends_it_undecided_with_what_was_said():
    parts = (user("sign", countersign="all", signers="members"), user("after"), user("late"), boundary("over", "sign", timer("P3D")))
    story = Story(process("p", begin(), *parts, end(), flow("begin", "sign", "after", "done"), flow("over", "late", "done")), data={"members": [1, 2]})
    vote(story, 0, YES).pass_time(days=3)
    assert story.open() == ["late"]
    assert story.data["sign_results"][0]["signer"] == 1
    assert "sign_result" not in story.data


# ------------------------------------------------------------------ another version of the diagram


def _moved(story, **properties):
    new = parse_processes({"p.bpmn": signing(**{"signers": "members", **properties})}, {})["p"]
    state = story.run.dump()
    issues = judge(story.model, new, shape_of(state), {})
    story.files = {"p.bpmn": signing(**{"signers": "members", **properties})}
    story.model, story.run = new, move(state, story.model, new, {}, story.office)
    story._store()
    return [(one.level, one.node_id) for one in issues]


def test_another_rule_counts_the_votes_there_are_and_a_same_one_is_no_news():
    story = vote(vote(told(members=(1, 2, 3, 4), countersign="all"), 0, YES), 1, YES)
    assert _moved(story, countersign="all") == []
    assert _moved(story, countersign="votes", passCount="3") == [("NOTE", "sign")]
    assert vote(story, 3, YES).open() == ["on"]
    assert story.data["sign_tally"]["missing"] == 1


@pytest.mark.parametrize("properties", [{"countersign": "sequence"}, {}])
def test_a_round_that_goes_on_is_not_turned_into_something_else(properties):
    story = vote(told(countersign="all"), 0, YES)
    with pytest.raises(NotMovable) as refused:
        _moved(story, **({"signers": ""} | properties))
    assert "多人办理" in str(refused.value)


# ------------------------------------------------------------------ any order, stored at every step


RULES = [
    {"countersign": "all"}, {"countersign": "any"}, {"countersign": "sequence"}, {"countersign": "sequence", "earlyEnd": "no"},
    {"countersign": "votes", "passCount": "2"}, {"countersign": "votes", "passRatio": ">1/2", "veto": "[2]"},
    {"countersign": "votes", "passRatio": "2/3", "base": "votes", "weights": "signer"},
    {"countersign": "votes", "passRatio": "1/2", "weights": "signer * 3", "veto": "[1, 3]", "earlyEnd": "no"},
]  # fmt: skip
MOVES = st.lists(st.tuples(st.sampled_from(["vote", "vote", "vote", "vote", "add", "drop", "void", "back", "anew"]), st.integers(0, 99)), max_size=25)


class Paper:
    """The round kept by hand, beside the engine's."""

    def __init__(self, properties, members):
        self.rule, self.properties = read_rule(properties), properties
        self.members, self.votes = list(members), {}
        self.newcomers = count(10 * len(members))

    def reckoned(self):
        weights = [one if "signer" in self.rule.weights else 1 for one in self.members]
        vetoes = [str(one) in self.rule.veto.strip("[]").split(", ") for one in self.members]
        votes = tuple(self.votes.get(one) for one in self.members)
        if self.rule.way == "any":
            said = [one for one in votes if one in ("for", "against")]
            return None if None in votes and not said else "for" in said
        if None in votes and not self.rule.early_end:
            return None
        results = futures(self.rule, votes, weights, vetoes, {})
        return None if len(results) > 1 else True in results


@given(st.sampled_from(RULES), st.integers(2, 5), MOVES)
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_votes_in_any_order_with_signers_coming_and_going_come_to_what_paper_says(properties, size, moves):
    model = parse_processes({"p.bpmn": signing(**{"signers": "members", **properties})}, {})["p"]
    members = list(range(1, size + 1))
    runs, paper = [start(model, {"members": members}, Office()) for _ in range(3)], Paper(properties, members)
    for move_, number in moves:
        runs = [runs[0], our_trip(runs[1]), stock_trip(runs[2])]
        if "sign" not in [task.node_id for task in runs[0].ready()]:
            break
        _make(runs, paper, move_, number)
        assert picture(runs[0]) == picture(runs[1]) == picture(runs[2])
        _compare(runs[0], paper)


def _make(runs, paper, move_, number):
    """One move on every run and on paper; those nobody may make are refused alike and change nothing."""
    ready = [[task for task in run.ready() if task.node_id == "sign"] for run in runs]
    at = number % len(ready[0])
    signer, index = ready[0][at].mi_item, ready[0][at].mi_index
    done = [(seat.index, seat.signer) for seat in runs[0].round_of(ready[0][0].id).seats if seat.vote is not None]
    match move_:
        case "vote":
            decision = (YES, NO, NEITHER)[number % 3]
            for run, tasks in zip(runs, ready, strict=True):
                run.complete(tasks[at].id, {"sign_decision": decision}, decision=decision)
            paper.votes[signer] = WORDS[decision]
        case "add" if len(paper.members) < 6:
            place = paper.members.index(signer) + 1 if paper.rule.way == "sequence" else len(paper.members)
            paper.members.insert(place, next(paper.newcomers))
            for run, tasks in zip(runs, ready, strict=True):
                run.add_signers(tasks[0].id, [paper.members[place]])
        case "drop" if len(paper.members) > 1:
            for run, tasks in zip(runs, ready, strict=True):
                run.drop_signer(tasks[0].id, index)
            paper.members.remove(signer)
        case "void" if done and len(paper.members) > 1:
            gone, who = done[number % len(done)]
            for run, tasks in zip(runs, ready, strict=True):
                run.drop_signer(tasks[0].id, gone, even_signed=True)
            paper.members.remove(who)
            paper.votes.pop(who)
        case "back" if done:
            _index, who = done[number % len(done)]
            for run, tasks in zip(runs, ready, strict=True):
                run.take_back(next(seat.task_id for seat in run.round_of(tasks[0].id).seats if seat.signer == who))
            later = paper.members[paper.members.index(who) + 1 :] if paper.rule.way == "sequence" else []
            for one in (who, *later):
                paper.votes.pop(one, None)
        case "anew":
            for run in runs:
                run.reset_to("sign")
            paper.members, paper.votes = [one for one in run.data["members"]], {}


def _compare(run, paper):
    due = paper.reckoned()
    still = [task for task in run.ready() if task.node_id == "sign"]
    assert bool(still) is (due is None)
    if due is not None:
        assert run.data["sign_result"] == ("PASSED" if due else "REFUSED")
        counted = run.data["sign_tally"]
        votes = [paper.votes.get(one) for one in paper.members]
        assert (counted["asked"], counted["missing"]) == (len(votes), votes.count(None))
        assert (counted["for"], counted["against"], counted["abstained"]) == tuple(votes.count(one) for one in WORDS.values())
        assert sum(counted[name] for name in ("for", "against", "abstained", "missing")) == counted["asked"]
    else:
        kept = {seat.signer: seat.vote for seat in run.round_of(still[0].id).seats}
        assert list(kept) == paper.members
        assert {who: vote.value.lower() for who, vote in kept.items() if vote} == paper.votes
        waiting = [who for who in paper.members if who not in paper.votes]
        assert {task.mi_item for task in still} == set(waiting[:1] if paper.rule.way == "sequence" else waiting)
