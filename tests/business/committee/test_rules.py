"""Counting votes: the examples, then every vote of every panel up to seven against a reference of its own."""

from collections import Counter
from itertools import combinations_with_replacement, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.business.committee.drawing import Candidate, drawn
from app.business.committee.errors import CountingTermsWrong, VetoNotPossible, VotedTwice, VoterNotEntitled
from app.business.committee.rules import (
    Ballot,
    BallotTerms,
    CountTerms,
    MeetingMode,
    Result,
    RoundTerms,
    Sitting,
    VoteOption,
    ballot_findings,
    count,
    has_quorum,
    merged_conditions,
    panel_findings,
    quorum_needed,
    settled_result,
    terms_faults,
    terms_from,
    vetoed,
)
from tests.business.committee.sittings import SHIPPED, answers_of

SHIPPED_ROW = answers_of(SHIPPED)[0]
TWO_THIRDS = terms_from(SHIPPED_ROW)
"""The terms of the shipped table: every count below goes through it."""


def terms_with(**changes):
    """What an analyst makes of the shipped row."""
    return terms_from({**SHIPPED_ROW, **changes})


FOUR_FIFTHS = terms_with(quorum="4/5", pass_ratio="4/5")
A, C, R, D = VoteOption.APPROVE, VoteOption.APPROVE_COND, VoteOption.REJECT, VoteOption.DEFER


def members(n):
    return frozenset(range(1, n + 1))


def a_vote(panel, attending, approve=0, cond=0, reject=0, defer=0, *, recused=0, mode=MeetingMode.ONSITE):
    """A sitting whose last ``recused`` members are recused and whose first ``attending`` signed in, with ballots."""
    sitting = Sitting(mode, members(panel), members(panel) - members(panel - recused), members(attending))
    options = [A] * approve + [C] * cond + [R] * reject + [D] * defer
    return sitting, [Ballot(n, option) for n, option in enumerate(options, start=1)]


@pytest.mark.parametrize(
    ("vote", "terms", "needed", "result"),
    [
        pytest.param(a_vote(7, 7, 5, 0, 2, 0), TWO_THIRDS, 5, Result.PASS, id="rules 18.1"),
        pytest.param(a_vote(7, 7, 3, 1, 3, 0), TWO_THIRDS, 5, Result.NOPASS, id="rules 18.2"),
        pytest.param(a_vote(7, 5, 3, 1, 1, 0), TWO_THIRDS, 4, Result.PASS_COND, id="rules 18.3"),
        pytest.param(a_vote(7, 4, 4, 0, 0, 0), TWO_THIRDS, 3, Result.NO_QUORUM, id="rules 18.4"),
        pytest.param(a_vote(7, 4, 3, 0, 1, 0, recused=1), TWO_THIRDS, 3, Result.PASS, id="rules 18.5"),
        pytest.param(a_vote(9, 6, 3, 0, 1, 2), TWO_THIRDS, 4, Result.DEFER, id="rules 18.6"),
        pytest.param(a_vote(5, 5, 3, 0, 1, 1), FOUR_FIFTHS, 4, Result.DEFER, id="rules 18.8"),
    ],
)
def test_counting(vote, terms, needed, result):
    counted = count(*vote, terms)
    assert (counted.pass_needed, counted.result) == (needed, result)


def test_rules_18_5_quorum_after_a_recusal():
    counted = count(*a_vote(7, 4, 3, 0, 1, 0, recused=1), TWO_THIRDS)
    assert (counted.entitled, counted.quorum_needed, counted.attending) == (6, 4, 4)


def test_rules_18_7_the_chair_vetoes_a_unanimous_approval():
    assert vetoed(count(*a_vote(7, 7, 7), TWO_THIRDS)).result is Result.VETO


@pytest.mark.parametrize("vote", [a_vote(7, 7, 0, 0, 7), a_vote(7, 7, 0, 0, 0, 7), a_vote(7, 1, 1)])
def test_only_what_passed_can_be_vetoed(vote):
    with pytest.raises(VetoNotPossible):
        vetoed(count(*vote, TWO_THIRDS))


def test_a_vetoed_count_grants_no_conditions():
    sitting = Sitting(MeetingMode.ONLINE, members(3))
    ballots = [Ballot(1, A), Ballot(2, C, ("追加抵押",)), Ballot(3, A)]
    counted = count(sitting, ballots, TWO_THIRDS)
    assert counted.conditions == ("追加抵押",)
    assert vetoed(counted).conditions == ()


# ------------------------------------------------------------------ every vote of every small panel


def reference(entitled, attending, approve, cond, reject, defer, share):
    """Counting by trying: ``share`` = (n, d) is quorum and pass ratio alike; heads are enough when heads·d ≥ n·of."""
    n, d = share

    def enough(heads, of):
        return heads * d >= n * of

    if attending == 0 or not enough(attending, entitled):
        return "NO_QUORUM"
    if enough(approve + cond, attending):
        return "PASS_COND" if cond > 0 else "PASS"
    return "DEFER" if enough(approve + cond + defer, attending) else "NOPASS"


@pytest.mark.parametrize("share", [(2, 3), (4, 5), (51, 100), (1, 1), (3, 4)])
@pytest.mark.parametrize("panel", range(1, 8))
def test_every_vote_of_a_panel_on_site(panel, share):
    """Each member is absent, recused, signed in and silent, or votes one of four options."""
    terms = terms_with(quorum="{}/{}".format(*share), pass_ratio="{}/{}".format(*share))
    for states in combinations_with_replacement(["absent", "recused", "silent", A, C, R, D], panel):
        by = {member: state for member, state in enumerate(states)}
        recused = frozenset(m for m, s in by.items() if s == "recused")
        signed_in = frozenset(m for m, s in by.items() if s not in ("absent", "recused"))
        ballots = [Ballot(m, s) for m, s in by.items() if isinstance(s, VoteOption)]
        sitting = Sitting(MeetingMode.ONSITE, frozenset(by), recused, signed_in)
        told = Counter(states)
        expected = reference(
            panel - told["recused"], len(signed_in), told[A], told[C], told[R], told[D], share
        )
        assert count(sitting, ballots, terms).result == expected, states


@pytest.mark.parametrize("mode", [MeetingMode.ONLINE, MeetingMode.WRITTEN])
@pytest.mark.parametrize("share", [(2, 3), (4, 5)])
@pytest.mark.parametrize("panel", range(1, 8))
def test_every_vote_of_a_panel_from_afar(panel, share, mode):
    """Who has not voted at closing is not attending; a list of those signed in means nothing."""
    terms = terms_with(quorum="{}/{}".format(*share), pass_ratio="{}/{}".format(*share))
    for states in combinations_with_replacement(["missing", "recused", A, C, R, D], panel):
        by = {member: state for member, state in enumerate(states)}
        recused = frozenset(m for m, s in by.items() if s == "recused")
        ballots = [Ballot(m, s) for m, s in by.items() if isinstance(s, VoteOption)]
        sitting = Sitting(mode, frozenset(by), recused, signed_in=frozenset(by))
        told = Counter(states)
        expected = reference(
            panel - told["recused"], len(ballots), told[A], told[C], told[R], told[D], share
        )
        assert count(sitting, ballots, terms).result == expected, states


@given(st.permutations(range(7)), st.lists(st.sampled_from(VoteOption), min_size=7, max_size=7))
def test_who_votes_what_does_not_matter_only_how_many(order, options):
    sitting = Sitting(MeetingMode.ONLINE, frozenset(range(7)))
    straight = count(sitting, [Ballot(m, o) for m, o in enumerate(options)], TWO_THIRDS)
    shuffled = count(sitting, [Ballot(m, o) for m, o in zip(order, options, strict=True)], TWO_THIRDS)
    assert (straight.result, straight.votes) == (shuffled.result, shuffled.votes)


def test_a_silent_member_on_site_works_like_no_approval():
    assert count(*a_vote(7, 7, approve=4), TWO_THIRDS).result is Result.NOPASS
    assert count(*a_vote(7, 7, approve=4, mode=MeetingMode.ONLINE), TWO_THIRDS).result is Result.NO_QUORUM
    assert count(*a_vote(7, 7, approve=5, mode=MeetingMode.ONLINE), TWO_THIRDS).result is Result.PASS


# ------------------------------------------------------------------ who may vote


@pytest.mark.parametrize("voter", [8, 7, 6])
def test_entities_16_5_voters_are_attending_members_who_are_not_recused(voter):
    sitting = Sitting(MeetingMode.ONSITE, members(7), recused=frozenset({7}), signed_in=frozenset({1, 2, 3, 4, 5, 7, 8}))
    assert not sitting.may_vote(voter)
    with pytest.raises(VoterNotEntitled):
        count(sitting, [Ballot(voter, A)], TWO_THIRDS)


def test_entities_16_5_one_vote_each():
    sitting = Sitting(MeetingMode.ONLINE, members(3))
    with pytest.raises(VotedTwice):
        count(sitting, [Ballot(1, A), Ballot(1, A)], TWO_THIRDS)


def test_quorum_is_exact_and_never_nobody():
    assert [quorum_needed(n, TWO_THIRDS) for n in (7, 6, 5, 3, 1, 0)] == [5, 4, 4, 2, 1, 1]
    assert not has_quorum(Sitting(MeetingMode.ONSITE, members(5), recused=members(5)), [], TWO_THIRDS)


def test_a_recused_member_who_signed_in_does_not_attend():
    sitting = Sitting(MeetingMode.ONSITE, members(7), frozenset({1}), frozenset({1, 2, 3, 4}))
    assert len(sitting.attendees([])) == 3
    assert not has_quorum(sitting, [], TWO_THIRDS)


# ------------------------------------------------------------------ conditions and ballots


def test_conditions_are_merged_each_once_and_only_of_those_who_set_them():
    ballots = [
        Ballot(1, C, ("追加房产抵押", "控股股东  连带保证")),
        Ballot(2, A, ("不应出现",)),
        Ballot(3, C, (" 控股股东 连带保证 ", "", "追加房产抵押", "监管回款账户")),
        Ballot(4, R, ("不应出现",)),
    ]
    assert merged_conditions(ballots) == ("追加房产抵押", "控股股东 连带保证", "监管回款账户")


@pytest.mark.parametrize(
    ("ballot", "opinion", "codes"),
    [
        (Ballot(1, A), "", []),
        (Ballot(1, R), "现金流不足以覆盖还款", []),
        (Ballot(1, R), "现金流 不足", ["committee.vote.opinion_too_short"]),
        (Ballot(1, D), "", ["committee.vote.opinion_too_short"]),
        (Ballot(1, C, ("追加抵押",)), "同意，但应追加足额房产抵押", []),
        (Ballot(1, C, (" ",)), "同意，但应追加足额房产抵押", ["committee.vote.no_condition"]),
        (Ballot(1, A, ("追加抵押",)), "", ["committee.vote.condition_not_allowed"]),
    ],
)
def test_a_ballot_says_enough(ballot, opinion, codes):
    assert [finding.code for finding in ballot_findings(ballot, opinion, BallotTerms())] == codes


# ------------------------------------------------------------------ rounds

ROUNDS = RoundTerms()


def test_a_second_deferral_counts_as_not_passed():
    assert settled_result(Result.DEFER, 1, ROUNDS) is Result.DEFER
    assert settled_result(Result.DEFER, 2, ROUNDS) is Result.NOPASS
    assert settled_result(Result.PASS, 2, ROUNDS) is Result.PASS


@pytest.mark.parametrize(
    ("panel", "codes"),
    [
        ({4, 5, 6, 7, 8}, []),
        ({3, 5, 6, 7, 8}, []),
        ({1, 2, 3, 7, 8}, ["committee.reconsideration.same_members"]),
        ({6, 7, 8}, ["committee.reconsideration.panel_size"]),
    ],
)
def test_the_panel_of_a_reconsideration(panel, codes):
    found = panel_findings(frozenset({1, 2, 3, 4, 5}), frozenset(panel), ROUNDS)
    assert [finding.code for finding in found] == codes


# ------------------------------------------------------------------ weights


def by_weight(entitled, voters, weights):
    """Counting by trying, written from the sentence: heads make the quorum, weights make the majority."""
    if not voters or 3 * len(voters) < 2 * entitled:
        return "NO_QUORUM"
    total = sum(weights[m] for m in voters)
    weight = {o: sum(weights[m] for m, said in voters.items() if said is o) for o in (A, C, R, D)}
    if 3 * (weight[A] + weight[C]) >= 2 * total:
        return "PASS_COND" if C in voters.values() else "PASS"
    return "DEFER" if 3 * (weight[A] + weight[C] + weight[D]) >= 2 * total else "NOPASS"


@pytest.mark.parametrize("weights", [(1, 1, 1, 1), (2, 1, 1, 1), (3, 2, 1, 1), (5, 1, 1, 1)])
def test_every_vote_of_a_panel_whose_members_weigh_differently(weights):
    heavy = dict(enumerate(weights))
    for states in product(["missing", A, C, R, D], repeat=len(weights)):
        voters = {m: said for m, said in enumerate(states) if said != "missing"}
        sitting = Sitting(MeetingMode.WRITTEN, frozenset(heavy), weights=heavy)
        counted = count(sitting, [Ballot(m, said) for m, said in voters.items()], TWO_THIRDS)
        assert counted.result == by_weight(len(weights), voters, heavy), (states, weights)
        assert sum(counted.votes.values()) == counted.attending == len(voters)


def test_where_all_weigh_one_votes_are_heads():
    counted = count(*a_vote(7, 7, 3, 1, 2, 1), TWO_THIRDS)
    assert counted.weighted == counted.votes
    assert counted.pass_needed == 5


def test_half_against_half_is_no_majority_and_nobody_breaks_the_tie():
    for terms in (TWO_THIRDS, terms_with(pass_ratio="51/100")):
        assert count(*a_vote(6, 6, 3, 0, 3), terms).result is Result.NOPASS


# ------------------------------------------------------------------ the analysts' table


def test_the_shipped_table_says_what_rules_18_says():
    assert [terms_from(row) for row in answers_of(SHIPPED)] == [CountTerms(), CountTerms()]


LAWFUL = {
    "quorum": ["1/2", "2/3", "1"],
    "quorum_least": [1, 3],
    "pass_ratio": ["51/100", "2/3"],
    "pass_base": ["ATTENDING", "ENTITLED"],
    "on_defer": ["DEFER", "NOPASS"],
    "on_tie": ["DEFER", "NOPASS"],
    "silent": ["ATTENDING", "ABSENT"],
    "weighted": [True, False],
}


def test_whatever_an_analyst_sets_what_more_reject_than_approve_does_not_pass():
    """Every row that is taken, every vote of four on site: passing needs a majority of what is counted."""
    sittings = []
    for states in combinations_with_replacement(["absent", "silent", A, C, R, D], 4):
        signed_in = frozenset(m for m, s in enumerate(states) if s != "absent")
        ballots = [Ballot(m, s) for m, s in enumerate(states) if isinstance(s, VoteOption)]
        sittings.append((Sitting(MeetingMode.ONSITE, frozenset(range(4)), signed_in=signed_in), ballots))
    for values in product(*LAWFUL.values()):
        terms = terms_with(**dict(zip(LAWFUL, values, strict=True)))
        for sitting, ballots in sittings:
            told = Counter(ballot.option for ballot in ballots)
            counted = count(sitting, ballots, terms)
            if counted.result in (Result.PASS, Result.PASS_COND):
                assert told[A] + told[C] > told[R] + told[D], (values, ballots)
                assert told[A] + told[C] >= counted.pass_needed


@pytest.mark.parametrize(
    ("changes", "result"),
    [
        pytest.param({}, Result.PASS, id="as shipped"),
        pytest.param({"pass_base": "ENTITLED"}, Result.NOPASS, id="of all who are entitled"),
        pytest.param({"quorum_least": 7}, Result.NO_QUORUM, id="seven in any case"),
        pytest.param({"quorum": "1"}, Result.NO_QUORUM, id="everybody"),
    ],
)
def test_what_an_analyst_may_change_of_quorum_and_base(changes, result):
    assert count(*a_vote(7, 6, 4, 0, 2), terms_with(**changes)).result is result


@pytest.mark.parametrize(
    ("vote", "changes", "result"),
    [
        pytest.param((5, 5, 3, 0, 1, 1), {"on_defer": "NOPASS", "pass_ratio": "4/5"}, Result.NOPASS, id="deferring is no yes"),
        pytest.param((6, 6, 3, 0, 3, 0), {"on_tie": "DEFER"}, Result.DEFER, id="a tie is heard again"),
        pytest.param((6, 6, 2, 0, 3, 0), {"on_tie": "DEFER"}, Result.NOPASS, id="no tie"),
        pytest.param((7, 7, 4, 0, 1, 0), {"silent": "ABSENT"}, Result.PASS, id="who is silent does not attend"),
        pytest.param((7, 7, 3, 0, 1, 0), {"silent": "ABSENT"}, Result.NO_QUORUM, id="and makes no quorum"),
    ],
)
def test_what_an_analyst_may_change_of_deferral_tie_and_silence(vote, changes, result):
    assert count(*a_vote(*vote), terms_with(**changes)).result is result


def test_weights_may_be_left_out_of_the_count():
    sitting = Sitting(MeetingMode.ONLINE, members(3), weights={1: 5})
    ballots = [Ballot(1, A), Ballot(2, R), Ballot(3, R)]
    assert count(sitting, ballots, TWO_THIRDS).result is Result.PASS
    assert count(sitting, ballots, terms_with(weighted=False)).result is Result.NOPASS


@pytest.mark.parametrize(
    "changes",
    [
        {"pass_ratio": "1/2"},
        {"pass_ratio": "5/4"},
        {"pass_ratio": 0.66},
        {"pass_ratio": "2/0"},
        {"quorum": "1/3"},
        {"quorum_least": 0},
        {"quorum_least": None},
        {"on_tie": "PASS"},
        {"on_defer": "PASS"},
        {"pass_base": "VOTES"},
        {"silent": "YES"},
        {"veto": "true"},
    ],
)
def test_a_row_by_which_a_refused_item_could_pass_is_not_taken(changes):
    assert len(terms_faults({**SHIPPED_ROW, **changes})) == 1
    with pytest.raises(CountingTermsWrong):
        terms_with(**changes)


# ------------------------------------------------------------------ the draw

POOL = [Candidate(n, field) for n, field in enumerate(["法律", "法律", "法律", "财务", "财务", "行业", "", ""], start=1)]


def test_a_draw_is_the_same_again_and_another_seed_gives_another():
    assert drawn(POOL, 4, "a1") == drawn(reversed(POOL), 4, "a1")
    assert len({tuple(drawn(POOL, 4, f"seed{n}")) for n in range(20)}) > 10


@pytest.mark.parametrize("seed", [f"seed{n}" for n in range(20)])
def test_fields_of_expertise_are_spread_before_any_comes_twice(seed):
    field_of = {one.user_id: one.expertise for one in POOL}
    assert sorted(field_of[user] for user in drawn(POOL, 4, seed)) == ["", "法律", "行业", "财务"]
    three = drawn(POOL, 3, seed, seated=["法律"])
    assert "法律" not in {field_of[user] for user in three}


@pytest.mark.parametrize("seed", ["a", "b", "c"])
def test_a_reconsideration_is_heard_by_others_where_possible(seed):
    assert not set(drawn(POOL, 4, seed, former=frozenset({1, 2, 3, 4}))) & {1, 2, 3, 4}
    few = drawn(POOL, 5, seed, former=frozenset(range(1, 7)))
    assert {7, 8} < set(few) and len(few) == 5
