"""The reckoning of who gets a task, and how the properties are read; no database."""

import pytest

from app.workflow.assignment.reading import Pick, Rule, SamePerson, Source, WhenEmpty, faults, read_rule, why_not_passable
from app.workflow.assignment.rules import Limit, draw, least_loaded, next_in_turn, sufficient, without

LIMITS = [Limit("GM", None), Limit("BIZ_HEAD", 100_000_000), Limit("RISK_HEAD", 1_000_000_000)]


@pytest.mark.parametrize(
    ("amount_fen", "roles"),
    [
        pytest.param(100_000_000, ["BIZ_HEAD", "RISK_HEAD", "GM"], id="a limit includes its figure"),
        pytest.param(100_000_001, ["RISK_HEAD", "GM"], id="a fen more is another's"),
        pytest.param(10**12, ["GM"], id="without limit"),
    ],
)
def test_who_just_may_decide_comes_first(amount_fen, roles):
    assert [one.role for one in sufficient(LIMITS, amount_fen)] == roles


def test_nobody_decides_what_is_above_every_limit():
    assert sufficient(LIMITS[1:], 1_000_000_001) == []


def test_who_is_barred_is_left_out_and_nobody_is_named_twice():
    assert without([3, 1, 3, 2], [1, 9]) == [3, 2]


def test_the_least_loaded_gets_it_and_among_equals_the_first():
    assert least_loaded([1, 2, 3], {1: 2, 2: 1, 3: 1}) == 2
    assert least_loaded([7, 8], {7: 4}) == 8


def test_turns_go_round_and_whoever_was_kept_out_is_next():
    served, got = {}, []
    for turn, there in enumerate(([1, 2, 3], [1, 3], [1, 2, 3], [1, 2, 3]), start=1):
        who = next_in_turn(there, served)
        served[who] = turn
        got.append(who)
    assert got == [1, 3, 2, 1]


def test_a_draw_depends_on_the_seed_and_the_pot_alone():
    assert draw([3, 1, 2], "aa") == draw([2, 3, 1, 1], "aa")
    drawn = [draw([1, 2, 3], f"{n:x}") for n in range(300)]
    assert all(80 < drawn.count(one) < 120 for one in (1, 2, 3))


def test_a_draw_can_be_reckoned_again_by_hand():
    """As docs/analysts.md tells: SHA-256 of ``seed:id:id``, modulo the number of candidates."""
    import hashlib

    number = int(hashlib.sha256(b"00ff:11:22:33").hexdigest(), 16)
    assert draw([33, 11, 22], "00ff") == [11, 22, 33][number % 3]


@pytest.mark.parametrize(
    ("properties", "rule"),
    [
        ({"pick": "roundRobin"}, Rule(pick=Pick.ROUND_ROBIN)),
        ({"assign": "x", "whenEmpty": "refuse"}, Rule(Source.NAMED, when_empty=WhenEmpty.REFUSE)),
        ({"candidates": "departmentHead"}, Rule(Source.DEPARTMENT_HEAD)),
        ({"candidates": "superior( 2 , previous )"}, Rule(Source.SUPERIOR, of="previous", level=2)),
        ({"candidates": "handlerOf(fill)"}, Rule(Source.HANDLER, of="fill")),
        ({"candidates": "authority(limits)", "amount": "a"}, Rule(Source.AUTHORITY, decision="limits", amount="a")),
        ({"exclude": "fill，applicant", "samePerson": "pass"}, Rule(exclude=("fill", "applicant"), same_person=SamePerson.PASS)),
    ],
)  # fmt: skip
def test_properties_are_read_into_a_rule(properties, rule):
    assert read_rule(properties) == rule
    assert list(faults(properties)) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("candidates", "boss"), ("candidates", "superior(0)"), ("candidates", "superior(１)"), ("candidates", "superior(1, she)"),
        ("candidates", "departmentHead(nobody)"), ("candidates", "handlerOf()"), ("candidates", "authority(a, b)"),
        ("candidates", "superior(1"), ("pick", "random()"), ("whenEmpty", "skipp"), ("samePerson", "PASS"),
    ],
)  # fmt: skip
def test_words_nobody_knows_are_faults_and_count_as_not_written(name, value):
    (fault,) = faults({name: value})
    assert (fault.name, fault.value) == (name, value)
    assert fault.known
    assert read_rule({name: value}) == Rule()


def test_nothing_is_passed_that_would_lose_something():
    assert why_not_passable({"form": "a/b", "role": "X"}, must_fill=False) == ()
    kept = {"onComplete": "s", "checks": "c", "documents": "d", "secret": "true", "multi": "true", "exclude": "a", "chooses": "b"}
    for name, value in kept.items():
        assert why_not_passable({name: value}, must_fill=False) == (name,)
    assert why_not_passable({}, must_fill=True) == ("form",)
