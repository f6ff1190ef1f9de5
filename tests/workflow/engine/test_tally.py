"""What votes come to, against a second reckoning: written out case by case, and open until every future agrees."""

from decimal import Decimal
from fractions import Fraction
from itertools import product

import pytest

from app.workflow.engine.countersign import Base, Result, Rule, Seat, Vote, Way, faults, outcome, read_rule, settled, tally
from app.workflow.engine.countersign.tally import is_weight, vote_of

VOTES = ("for", "against", "abstain")
OF = {"for": Vote.FOR, "against": Vote.AGAINST, "abstain": Vote.ABSTAIN, None: None}
WEIGHTS = {
    1: ["1", "2"],
    2: ["11", "31", "01"],
    3: ["111", "311", "012", "221"],
    4: ["1111", "4111", "0123", "2211"],
    5: ["11111", "51111", "01223"],
}
RATIOS = [(Fraction(1, 2), True), (Fraction(1, 2), False), (Fraction(2, 3), False), (Fraction(1), False)]


def reference(rule, votes, weights, vetoes):
    """The result of a round all have voted in; written from the words of docs/analysts.md, with integers only."""
    if rule.way in (Way.ALL, Way.SEQUENCE):
        return set(votes) == {"for"}
    if any(vote == "against" and veto for vote, veto in zip(votes, vetoes)):
        return False
    if rule.count:
        return votes.count("for") >= rule.count
    agreed = sum(weight for vote, weight in zip(votes, weights) if vote == "for")
    base = sum(weight for vote, weight in zip(votes, weights) if rule.base is Base.SIGNERS or vote != "abstain")
    left, right = agreed * rule.ratio.denominator, base * rule.ratio.numerator
    return base != 0 and (left > right if rule.is_more_than else left >= right)


def futures(rule, votes, weights, vetoes, known):
    """Every result that can still come of these votes; ``None`` has not voted."""
    if votes not in known:
        if None not in votes:
            known[votes] = {reference(rule, votes, weights, vetoes)}
        else:
            at = votes.index(None)
            known[votes] = set().union(*(futures(rule, (*votes[:at], vote, *votes[at + 1 :]), weights, vetoes, known) for vote in VOTES))
    return known[votes]


def seats_of(votes, weights, vetoes):
    return [Seat(n, n + 1, OF[vote], weight, veto) for n, (vote, weight, veto) in enumerate(zip(votes, weights, vetoes))]


def people_of(size, *, weighed):
    """Weights and vetoes of the signers. Who sits where makes no difference while every vote of each is tried."""
    for text in WEIGHTS[size] if weighed else WEIGHTS[size][:1]:
        kinds = {tuple(sorted(zip(map(int, text), vetoes))) for vetoes in product((False, True), repeat=size)}
        yield from (tuple(zip(*kind)) for kind in sorted(kinds))


def rules_of(size):
    for ratio, is_more_than in RATIOS if size < 5 else RATIOS[::2]:
        for base in Base:
            yield Rule(Way.VOTES, ratio=ratio, is_more_than=is_more_than, base=base)
    for count in range(1, size + 1) if size < 5 else (3,):
        yield Rule(Way.VOTES, count=count)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_every_vote_of_up_to_five_signers_comes_to_what_the_second_reckoning_says_and_stands_when_every_future_agrees(size):
    for rule in rules_of(size):
        for weights, vetoes in people_of(size, weighed=rule.count is None):
            known = {}
            seats = {vote: seats_of([vote] * size, weights, vetoes) for vote in (*VOTES, None)}
            for votes in product((*VOTES, None), repeat=size):
                results = futures(rule, votes, weights, vetoes, known)
                due = None if len(results) > 1 else Result.PASSED if True in results else Result.REFUSED
                assert settled(rule, [seats[vote][at] for at, vote in enumerate(votes)]) is due, (rule, votes, weights, vetoes)
            assert len(known) == 4**size


@pytest.mark.parametrize("way", [Way.ALL, Way.SEQUENCE])
def test_all_must_agree_and_the_first_who_does_not_settles_it(way):
    for size in range(1, 6):
        known = {}
        for votes in product((*VOTES, None), repeat=size):
            results = futures(Rule(way), votes, [1] * size, [False] * size, known)
            due = None if len(results) > 1 else Result.PASSED if True in results else Result.REFUSED
            assert settled(Rule(way), seats_of(votes, [1] * size, [False] * size)) is due


def test_the_first_word_for_or_against_settles_any_sign_and_abstaining_says_neither():
    for size in range(1, 6):
        for votes in product((*VOTES, None), repeat=size):
            said = [vote for vote in votes if vote in ("for", "against")]
            due = ("for" in said) if said or None not in votes else None
            found = settled(Rule(Way.ANY), seats_of(votes, [1] * size, [False] * size))
            assert found is (None if due is None else Result.PASSED if due else Result.REFUSED)


def test_without_an_early_end_it_is_open_until_all_have_voted():
    rule = Rule(Way.VOTES, count=1, early_end=False)
    for votes in product((*VOTES, None), repeat=4):
        found = settled(rule, seats_of(votes, [1] * 4, [False] * 4))
        assert (found is None) is (None in votes)
        assert None in votes or found is outcome(rule, seats_of(votes, [1] * 4, [False] * 4))


def test_large_weights_are_counted_to_the_last_one():
    seats = [Seat(n, n, vote, 333_333) for n, vote in enumerate([Vote.FOR, Vote.FOR, Vote.AGAINST])]
    assert outcome(Rule(Way.VOTES, ratio=Fraction(2, 3)), seats) is Result.PASSED
    assert outcome(Rule(Way.VOTES, ratio=Fraction(2, 3), is_more_than=True), seats) is Result.REFUSED
    assert outcome(Rule(Way.VOTES, ratio=Fraction(2, 3)), [*seats, Seat(9, 9, Vote.AGAINST, 1)]) is Result.REFUSED
    counted = tally([*seats, Seat(9, 9, None, 1_000_000, True)])
    assert (counted.weight_asked, counted.weight_for, counted.missing, counted.vetoed_by) == (1_999_999, 666_666, 1, ())


@pytest.mark.parametrize(
    ("value", "holds"),
    [(0, True), (3, True), (1_000_000, True), (-1, False), (1_000_001, False), (True, False), (None, False), ("3", False), (Decimal("1.5"), False)],
)
def test_what_can_be_a_weight(value, holds):
    assert is_weight(value) is holds


@pytest.mark.parametrize(
    ("written", "ratio", "more"),
    [("2/3", Fraction(2, 3), False), (">1/2", Fraction(1, 2), True), ("> 50%", Fraction(1, 2), True), ("66.7%", Fraction(667, 1000), False),
     ("0.6", Fraction(3, 5), False), (".5", Fraction(1, 2), False), ("1", Fraction(1), False), ("100%", Fraction(1), False)],
)  # fmt: skip
def test_ratios_are_read_as_they_are_written(written, ratio, more):
    rule = read_rule({"countersign": "votes", "passRatio": written})
    assert (rule.ratio, rule.is_more_than) == (ratio, more)


@pytest.mark.parametrize("written", ["0", "3/2", "2/0", ">1", ">100%", "1/0", "x", "-1/2", "0/3", "101%", "1e-3", "2", "1/2/3"])
def test_what_is_no_part_of_a_whole_is_refused(written):
    assert "分数" in next(faults({"countersign": "votes", "passRatio": written})).message


@pytest.mark.parametrize(
    ("properties", "word"),
    [
        ({"countersign": "some"}, "不认识"),
        ({"signers": "x"}, "只和 countersign 一起用"),
        ({"veto": "x", "earlyEnd": "no"}, "veto"),
        ({"countersign": "all", "passRatio": "2/3"}, "只用于票签"),
        ({"countersign": "sequence", "veto": "x"}, "只用于票签"),
        ({"countersign": "any", "earlyEnd": "no"}, "或签"),
        ({"countersign": "votes"}, "怎样才算通过"),
        ({"countersign": "votes", "passRatio": "2/3", "passCount": "2"}, "都写了"),
        ({"countersign": "votes", "passCount": "0"}, "正整数"),
        ({"countersign": "votes", "passCount": "1.5"}, "正整数"),
        ({"countersign": "votes", "passCount": "2", "weights": "1"}, "没有意义"),
        ({"countersign": "votes", "passCount": "2", "base": "votes"}, "没有意义"),
        ({"countersign": "votes", "passRatio": "2/3", "base": "present"}, "base"),
        ({"countersign": "all", "earlyEnd": "maybe"}, "earlyEnd"),
        ({"countersign": "all", "multi": "true"}, "multi"),
        ({"countersign": "all", "approve": "A,B", "abstain": "B"}, "B"),
        ({"countersign": "all", "approve": "ABSTAIN"}, "既算同意又算弃权"),
    ],
)
def test_what_contradicts_is_refused_with_a_way_to_mend_it(properties, word):
    (fault,) = faults(properties)
    assert word in fault.message
    assert fault.fix.startswith("请")


@pytest.mark.parametrize("properties", [
    {}, {"countersign": "all"}, {"countersign": "any", "signers": "x"}, {"countersign": "sequence", "earlyEnd": "no"}, {"assign": "x", "multi": "true", "items": "y"},
    {"countersign": "votes", "passRatio": "2/3", "base": "votes", "weights": "1", "veto": "x", "earlyEnd": "yes"}, {"countersign": "votes", "passCount": "2", "veto": "x"},
])  # fmt: skip
def test_what_holds_is_not_refused(properties):
    assert list(faults(properties)) == []


def test_decisions_count_for_against_or_neither():
    usual = read_rule({"countersign": "all"})
    assert [vote_of(usual, one) for one in ("AGREE", "PASS", "REJECT", "LATER", "ABSTAIN", None)] == [
        Vote.FOR, Vote.FOR, Vote.AGAINST, Vote.AGAINST, Vote.ABSTAIN, Vote.ABSTAIN,
    ]  # fmt: skip
    own = read_rule({"countersign": "votes", "passCount": "1", "approve": "YES，COND", "abstain": "NIL"})
    assert [vote_of(own, one) for one in ("YES", "COND", "NIL", "AGREE", "ABSTAIN")] == [
        Vote.FOR, Vote.FOR, Vote.ABSTAIN, Vote.AGAINST, Vote.AGAINST,
    ]  # fmt: skip


def test_where_nobody_was_found_whoever_has_the_task_decides():
    rule = Rule(Way.VOTES, count=3)
    assert settled(rule, [Seat(0, None)]) is None
    assert settled(rule, [Seat(0, None, Vote.FOR)]) is Result.PASSED
    assert settled(rule, [Seat(0, None, Vote.AGAINST)]) is Result.REFUSED
