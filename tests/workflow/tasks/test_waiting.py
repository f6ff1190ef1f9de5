"""On which list whoever has to do with a task finds it, in every state it can be in; what waits says for whom and since when."""

from itertools import count

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.support.identity.operations import Absence
from app.workflow.instances import operations as instances
from app.workflow.tasks import operations, queries, worklists
from app.workflow.tasks.filters import read_filter
from app.workflow.tasks.models import AskKind
from tests.workflow.engine.diagrams import begin, end, flow, process, user
from tests.workflow.tasks.desk import VALUES, WHY

pytestmark = pytest.mark.both_databases

TASK = {"form": "room/apply", "role": "PM_A"}
PROCESSES = (
    process(
        "proc_one", begin(), user("first", **TASK), user("second", **TASK), user("check", **TASK, delegateDepth="2"), end(),
        flow("begin", "first", "second", "check", "done"),
    ),
    *(process(
        f"proc_{way}", begin(), user("first", **TASK), user("sign", form="room/decide", role="PM_A", signers="people", countersign=way), end(),
        flow("begin", "first", "sign", "done"),
    ) for way in ("all", "sequence")),
)  # fmt: skip


class Case:
    """A case whose earlier nodes 王芳 and 李强 submitted; 赵敏 works on the last, ``task``, while ``claimed``."""

    def __init__(self, desk, *, claimed=True):
        self.desk, self.key = desk, desk.start()
        for node_id, login in (("first", "wang"), ("second", "li")):
            desk.submit(desk.one(self.key, node_id), by=login)
        self.task = desk.one(self.key, "check")
        if claimed:
            desk.act(operations.claim, self.task, by="zhao")

    def delegate(self, to, by="zhao", task_id=None):
        self.desk.act(operations.delegate, task_id or self.task, self.desk.ids[to], request=WHY, by=by)

    def add(self, kind, *logins):
        self.desk.act(operations.add_handlers, self.task, [self.desk.ids[one] for one in logins], kind, request=WHY, by="zhao")

    def sign(self, by, **named):
        self.desk.act(operations.sign, self.task, **{"agrees": True, "opinion": "同意", **named}, by=by)

    def return_to(self, *nodes):
        self.desk.act(operations.return_to_several, self.task, dict.fromkeys(nodes, WHY), by="zhao")

    def correction(self, node_id):
        return self.desk.one(self.key, node_id)

    def lists(self, task_id=None):
        """List → who has the task on it."""
        found = {name: {login for login in self.desk.ids if (task_id or self.task) in self.desk.listed(login, name)} for name in queries.OF_TASKS}
        return {name: logins for name, logins in found.items() if logins}


def delegated(case):
    case.delegate("li")


def passed_on(case):
    case.delegate("li")
    case.delegate("chen", by="li")


def answered(case):
    case.delegate("li")
    case.sign("li")


def before(case):
    case.add(AskKind.BEFORE, "li", "chen")


def before_one_signed(case):
    case.add(AskKind.BEFORE, "li", "chen")
    case.sign("li")


def parallel(case):
    case.add(AskKind.PARALLEL, "li")


def parallel_submitted(case):
    case.add(AskKind.PARALLEL, "li", "chen")
    case.desk.submit(case.task, by="zhao")
    case.sign("chen")


def parallel_refused(case):
    parallel_submitted(case)
    case.sign("li", agrees=False, opinion=WHY)


def after_planned(case):
    case.add(AskKind.AFTER, "li")


def after_submitted(case):
    case.add(AskKind.AFTER, "li")
    case.desk.submit(case.task, by="zhao")


def returned(case):
    case.return_to("first")


def returned_to_two(case):
    case.return_to("first", "second")


def returned_one_back(case):
    case.return_to("first", "second")
    case.desk.submit(case.correction("first"), by="wang")


def returned_and_back(case):
    case.return_to("first")
    case.desk.submit(case.correction("first"), by="wang")


def returned_with_signers(case):
    case.add(AskKind.PARALLEL, "li")
    case.return_to("first")


def taken_back(case):
    case.return_to("first")
    case.desk.act(operations.take_back, case.task, reason=WHY, by="zhao")


_NUMBERS = count(1)


class SignedCase(Case):
    """A case at a node 王芳, 李强 and 赵敏 sign one vote each; ``task`` is 赵敏's, who has signed."""

    def __init__(self, desk, process_id="proc_all", people=("zhao", "wang", "li")):
        self.desk, self.number = desk, f"SIGN{next(_NUMBERS)}"
        self.key = desk.start(process_id, people=[desk.ids[one] for one in people], business_key=self.number)
        desk.submit(desk.one(self.key, "first"), by="wang")
        self.task = self.of("zhao")
        self.say("zhao")

    def of(self, login):
        (found,) = [one for one in self.desk.open(self.key, "sign") if self.desk.task(one).assignee_id == self.desk.ids[login]]
        return found

    def say(self, login, decision="AGREE"):
        self.desk.act(operations.complete, self.of(login), {"decision": decision, "opinion": "已阅"}, by=login)
        self.desk.assert_sound(self.key)


def one_more_signed(case):
    case.say("wang")


def all_signed(case):
    case.say("wang")
    case.say("li")


def refused_by_the_next(case):
    case.say("wang", "REFUSE")


def signed_and_taken_back(case):
    case.desk.act(operations.take_back, case.task, reason=WHY, by="zhao")
    case.task = case.of("zhao")


def sent_back_by_another(case):
    case.desk.act(operations.return_to, case.of("wang"), "first", reason=WHY, by="wang")


def sent_back_and_corrected(case):
    sent_back_by_another(case)
    case.desk.submit(case.correction("first"), by="wang")


def taken_off(case):
    case.desk.act(operations.drop_signer, case.of("wang"), 1, reason=WHY, by="sun")
    case.say("li")


def cancelled(case):
    case.desk.act(instances.cancel, case.key, reason=WHY, by="sun")


def drafted(case):
    case.desk.act(operations.save_draft, case.task, VALUES, by="zhao")


def released(case):
    case.desk.act(operations.release, case.task, by="zhao")


def done(case):
    case.desk.submit(case.task, by="zhao")


TABLE = [
    (lambda case: None, {"todo": {"zhao"}}),
    (released, {"pool": {"wang", "li", "zhao"}}),
    (drafted, {"todo": {"zhao"}, "drafts": {"zhao"}}),
    (delegated, {"todo": {"li"}, "waiting": {"zhao"}}),
    (passed_on, {"todo": {"chen"}, "waiting": {"zhao", "li"}}),
    (answered, {"todo": {"zhao"}}),
    (before, {"todo": {"li", "chen"}, "waiting": {"zhao"}}),
    (before_one_signed, {"todo": {"chen"}, "waiting": {"zhao"}}),
    (parallel, {"todo": {"zhao", "li"}}),
    (parallel_submitted, {"todo": {"li"}, "waiting": {"zhao"}}),
    (parallel_refused, {"todo": {"zhao"}, "drafts": {"zhao"}}),
    (after_planned, {"todo": {"zhao"}}),
    (after_submitted, {"todo": {"li"}, "waiting": {"zhao"}}),
    (returned, {"waiting": {"zhao"}}),
    (returned_to_two, {"waiting": {"zhao"}}),
    (returned_one_back, {"waiting": {"zhao"}}),
    (returned_and_back, {"todo": {"zhao"}}),
    (returned_with_signers, {"waiting": {"zhao"}}),
    (taken_back, {"todo": {"zhao"}}),
    (done, {"done": {"zhao"}}),
]


SIGNED = [
    (lambda case: None, {"waiting": {"zhao"}, "done": {"zhao"}}),
    (one_more_signed, {"waiting": {"zhao"}, "done": {"zhao"}}),
    (all_signed, {"done": {"zhao"}}),
    (refused_by_the_next, {"done": {"zhao"}}),
    (signed_and_taken_back, {"todo": {"zhao"}}),
    (sent_back_by_another, {"waiting": {"zhao"}, "done": {"zhao"}}),
    (sent_back_and_corrected, {"done": {"zhao"}}),
    (taken_off, {"done": {"zhao"}}),
    (cancelled, {"done": {"zhao"}}),
]


@pytest.mark.parametrize("process_id", ["proc_all", "proc_sequence"])
@pytest.mark.parametrize(("state", "expected"), [pytest.param(*row, id=row[0].__name__.strip("<>")) for row in SIGNED])
def test_who_has_signed_finds_it_with_what_waits_until_the_others_have(desk, process_id, state, expected):
    case = SignedCase(desk, process_id)
    state(case)
    assert case.lists() == expected
    require_numbers(desk)
    desk.assert_sound(case.key)


def require_numbers(desk):
    """What stands on the tabs is what stands on the lists."""
    for login in desk.ids:
        with desk.at_work(desk.people[login]):
            counted = queries.counts(desk.people[login])
            listed = {name: [*db.session.scalars(select(queries.rows_of(name, desk.people[login]).c.id))] for name in queries.OF_TASKS}
            assert {name: counted[name] for name in listed} == {name: len(keys) for name, keys in listed.items()}


def test_of_two_who_have_signed_each_waits_and_so_does_a_substitute(desk):
    case = SignedCase(desk)
    case.say("wang")
    absence = desk.act(operations.name_substitute, Absence(desk.ids["zhao"], desk.ids["sun"], clock.today(), clock.today(), reason="出差"), by="zhao")
    assert case.lists()["waiting"] == {"zhao", "sun"}
    desk.act(operations.end_substitute, absence, by="zhao")
    case.say("li")
    assert "waiting" not in case.lists()


@pytest.mark.parametrize(("state", "words"), [
    (lambda case: None, "王芳（会签）、李强（会签）"),
    (one_more_signed, "李强（会签）"),
    (sent_back_by_another, "王芳（退回至first）、李强（会签）"),
])  # fmt: skip
def test_it_says_who_has_still_to_sign_since_she_has(desk, state, words):
    with clock.freeze("2026-11-24T11:30:00"):
        case = SignedCase(desk)
    state(case)
    actor = desk.people["zhao"]
    with desk.at_work(actor):
        (row,) = worklists.list_page("waiting", actor, read_filter({"q": case.number}, "due"), 1).items
    assert row.id == case.task
    assert set(row.waits.words.split("、")) == set(words.split("、"))
    assert f"{row.waits.since.astimezone(clock.BEIJING):%m-%d %H:%M}" == "11-24 11:30"
    assert row.waits.words in desk.page("zhao", f"/tasks?list=waiting&q={case.number}")


@pytest.mark.parametrize(("state", "expected"), [pytest.param(*row, id=row[0].__name__.strip("<>")) for row in TABLE])
def test_everybody_who_has_to_do_with_a_task_finds_it_and_so_does_the_owners_substitute(desk, state, expected):
    case = Case(desk)
    state(case)
    assert case.lists() == expected
    absence = desk.act(
        operations.name_substitute,
        Absence(desk.ids["zhao"], desk.ids["sun"], clock.today(), clock.today(), reason="出差"),
        by="zhao",
    )
    hers = {name for name in queries.OF_PLACES if "zhao" in expected.get(name, ())}
    assert {name for name, logins in case.lists().items() if "sun" in logins} == hers
    desk.act(operations.end_substitute, absence, by="zhao")
    require_numbers(desk)


def test_what_is_returned_from_the_pool_waits_for_and_comes_back_to_whoever_returned_it(desk):
    case = Case(desk, claimed=False)
    case.return_to("first")
    assert case.lists() == {"waiting": {"zhao"}}
    assert [action for action, _who in desk.log(case.key)][-2:] == ["claim", "return"]
    assert case.lists(case.correction("first")) == {"todo": {"wang"}}
    desk.submit(case.correction("first"), by="wang")
    assert case.lists() == {"todo": {"zhao"}}


def test_a_correction_that_is_delegated_waits_as_any_task(desk):
    case = Case(desk)
    case.return_to("first")
    correction = case.correction("first")
    case.delegate("li", by="wang", task_id=correction)
    assert case.lists(correction) == {"todo": {"li"}, "waiting": {"wang"}}
    assert case.lists() == {"waiting": {"zhao"}}


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (delegated, "李强（委派）"),
        (passed_on, "陈静（委派）"),
        (before_one_signed, "陈静（前加签）"),
        (parallel_submitted, "李强（并加签）"),
        (after_submitted, "李强（后加签）"),
        (returned_to_two, "王芳（退回至first）、李强（退回至second）"),
        (returned_one_back, "李强（退回至second）"),
    ],
)
def test_it_says_with_whom_a_task_lies_and_since_when(desk, state, words):
    with clock.freeze("2026-11-24T09:00:00"):
        case = Case(desk)
    with clock.freeze("2026-11-24T11:30:00"):
        state(case)
    actor = desk.people["zhao"]
    with desk.at_work(actor):
        page = worklists.list_page("waiting", actor, read_filter({}, "due"), 1)
        (row,) = [row for row in page.items if row.id == case.task]
    assert row.waits.words == words
    assert f"{row.waits.since.astimezone(clock.BEIJING):%m-%d %H:%M}" == "11-24 11:30"
    shown = desk.page("zhao", "/tasks?list=waiting")
    assert words in shown
    assert "11-24 11:30" in shown
