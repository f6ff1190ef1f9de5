"""Random acts by random people on one case: whatever they do in whatever order, nothing is lost, doubled or left behind.

In some structures an automatic step fails when the walk wants it to: that makes an incident, which is tried again, by
the clock too, tried with other data, skipped or handed to somebody.

After every act: the lists follow from the engine's state, everybody's to-do is what the rows say, each task stands on
somebody's list, an act that went through is in the log as its actor's, one that was refused has changed nothing.
``WALKS=2000 STEPS=60`` in the environment walks longer.
"""

import os
import random
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.core.errors import AppError
from app.support.identity import operations as identity
from app.support.identity.models import Handover, Substitution
from app.support.identity.operations import Absence
from app.support.identity.substitutes import in_force
from app.support.jobs.models import Job
from app.support.jobs.runner import run_due
from app.workflow.instances import incidents, signing, suspension
from app.workflow.instances import operations as instances
from app.workflow.instances.models import Incident, IncidentState, ProcessInstance, TaskLog, TaskState, UserTask
from app.workflow.registry import StepContext, registry, step
from app.workflow.tasks import beside, operations
from app.workflow.tasks.errors import CannotTransfer, OtherPlace, SignerStoodIn
from app.workflow.tasks.models import UNANSWERED, AskKind, AskState, BatchKind, CoHandler, HeldSubmission
from app.workflow.tasks.operations import jump as jumps
from app.workflow.tasks.standing_in import DEEDS
from tests.workflow.tasks import matrix, structures
from tests.workflow.tasks.desk import STAFF, WHY

STRUCTURES = structures.STRUCTURES | structures.TIMED | structures.FRAGILE
PROCESSES = tuple(structure.content for structure in STRUCTURES.values())
WALKS, STEPS = int(os.environ.get("WALKS", "8")), int(os.environ.get("STEPS", "16"))
LOGINS = tuple(STAFF)
BEGUN = datetime(2026, 11, 24, 10, tzinfo=clock.BEIJING)
ABSENCES = (timedelta(), timedelta(days=2), timedelta(days=40))
PAUSES = (timedelta(seconds=15), timedelta(minutes=5), timedelta(hours=5), timedelta(hours=24), timedelta(days=3), timedelta(days=30))


LOADS = (10, 7, None, "很多")
"""What ``load`` is changed to; the last two are none."""
WILL = {"fails": False}
"""Whether the step fails now, whatever it is given."""


def weigh(ctx: StepContext, load: object) -> dict[str, object]:
    """Half of the load; fails for what is none, and whenever the walk wants it to."""
    if WILL["fails"]:
        raise OSError("对方系统没有应答")
    if type(load) is not int:
        raise ValueError(f"{load} 不是数量")
    return {"half": load // 2}


@pytest.fixture(autouse=True, scope="module")
def fragile_step():
    """The step exists while these walks are walked, and fails only when one wants it to."""
    step(structures.BREAKS, label="称重")(weigh)
    yield
    del registry.steps[structures.BREAKS]


class Walk:
    """One case, and what anybody may try on it. Every choice is drawn from ``chance``."""

    def __init__(self, desk, structure, chance):
        self.desk, self.chance, self.structure = desk, chance, STRUCTURES[structure]
        self.key, self.moment, self.done = f"W{next(matrix._keys)}", BEGUN, []
        self.often = OFTEN + ("submit", "claim", "resume") * 5 * self.structure.is_fragile
        self.choose_to_fail()
        with self.now():
            self.case = desk.act(instances.start, self.structure.process_id, self.structure.data(desk.ids), by="wang", business_key=self.key)
            self.check()

    def now(self):
        """The walk's own clock stands still between two acts."""
        return clock.freeze(self.moment)

    def choose_to_fail(self):
        WILL["fails"] = self.structure.is_fragile and self.chance.random() < 0.5

    def incident(self):
        """An incident of the case, mostly one that is unsolved."""
        left = [row.id for row in self.incidents if row.state in UNSOLVED]
        every = left if left and self.chance.random() < 0.9 else [row.id for row in self.incidents]
        return self.some(every) if every else 7

    def some(self, values):
        return self.chance.choice(list(values))

    def person(self):
        return self.some(LOGINS)

    def whom(self):
        return self.desk.ids[self.person()]

    def task(self):
        """Mostly an open task, sometimes any the case ever had."""
        waiting = [row.id for row in self.rows if row.state == TaskState.OPEN]
        return self.some(waiting if waiting and self.chance.random() < 0.85 else [row.id for row in self.rows])

    def fitting(self, task_id):
        """Mostly somebody whose task it is, else anybody."""
        listed = [login for login in LOGINS if task_id in self.lists[login]] or [
            login for login in LOGINS if task_id in self.pool(login)
        ]
        return self.some(listed) if listed and self.chance.random() < 0.75 else self.person()

    def ask_of(self, task_id):
        ids = [ask.id for ask in self.asks if ask.task_id == task_id]
        return self.some(ids) if ids else 7

    def step(self):
        """One act. What went through must be logged and leave everything sound, what was refused changes nothing."""
        self.choose_to_fail()
        unsolved = any(row.state in UNSOLVED for row in self.incidents)
        name = self.some(ON_INCIDENTS) if unsolved and self.chance.random() < 0.5 else self.some(self.often)
        task_id = self.task()
        by = "sun" if name in BY_ADMINISTRATOR else self.fitting(task_id)
        with self.now():
            try:
                ACTS[name](self, task_id, by)
            except AppError:
                assert self.desk.everything() == self.figures, f"{name} was refused, but something was written"
                return
        self.done.append(name)
        known = len(self.log)
        with self.now():
            self.check()
        if name not in UNLOGGED:
            entries = [(row.action, row.actor_id) for row in self.log[known:]]
            actors = {actor for _action, actor in entries}
            assert name in MAY_REPEAT or entries, f"{name} is not in the log"
            assert actors <= {*self.desk.ids.values(), None}, entries
            assert not entries or name in BY_SYSTEM or self.desk.ids[by] in actors, (name, by, entries)

    def look(self):
        """What is written of the case and what stands on everybody's list: read once, it stays until an act goes through."""
        with self.desk.at_work():
            self.instance = db.session.get(ProcessInstance, self.case)
            self.rows, self.asks, self.log = (
                db.session.scalars(select(kind).where(kind.instance_id == self.case).order_by(order)).all()
                for kind, order in ((UserTask, UserTask.id), (CoHandler, CoHandler.id), (TaskLog, TaskLog.seq))
            )
            self.incidents = db.session.scalars(select(Incident).where(Incident.instance_id == self.case).order_by(Incident.id)).all()
            self.held = set(db.session.scalars(select(HeldSubmission.task_id).where(HeldSubmission.instance_id == self.case)))
            self.away = db.session.scalars(select(Substitution).where(in_force())).all()
            self.broken = db.session.scalars(select(Job.error_detail).where(Job.error.is_not(None))).all()
        self.figures = self.desk.everything()
        self.lists = {login: self.desk.listed(login) for login in LOGINS}
        self.pools = {}

    def pool(self, login):
        """Asked for only where a task stands on nobody's own list: these statements are what a walk costs."""
        if login not in self.pools:
            self.pools[login] = self.desk.listed(login, "pool")
        return self.pools[login]

    def check(self):
        """All that must hold between two acts."""
        self.look()
        self.desk.assert_sound(self.case)
        assert not self.broken, self.broken[0]
        assert [row.seq for row in self.log] == list(range(1, len(self.log) + 1))
        ended = self.instance.status.value in {"COMPLETED", "CANCELLED"}
        assert not (ended and any(row.state in {TaskState.OPEN, TaskState.REWORK} for row in self.rows))
        unsolved = [row for row in self.incidents if row.state in UNSOLVED]
        assert (self.instance.status.value == "INCIDENT") == bool(unsolved), "an incident and the case's state belong together"
        assert len({row.engine_task_id for row in unsolved}) == len(unsolved), "a step has failed once, not twice"
        assert all((row.next_try_at is not None) == (row.state == IncidentState.RETRYING) for row in self.incidents)
        of_case = {row.id for row in self.rows}
        for login in LOGINS:
            assert self.lists[login] & of_case == self._due(login), login
        somebodys = set().union(*self.lists.values())
        for row in self.rows:
            asked = [ask for ask in self.asks if ask.task_id == row.id]
            if row.state == TaskState.OPEN:
                found = row.id in somebodys or any(row.id in self.pool(login) for login in ("wang", "chen", *LOGINS))
                assert found, f"nobody has {row.name} on a list"
            if row.state == TaskState.REWORK:
                owners = [login for login in LOGINS if self.desk.ids[login] == row.assignee_id]
                assert [row.id in self.desk.listed(login, "waiting") for login in owners] == [True], "who returned it does not see it"
            if row.id in self.held:
                assert row.state in {TaskState.OPEN, TaskState.CANCELLED}
                assert row.state == TaskState.CANCELLED or any(ask.state == AskState.WAITING for ask in asked)
            if row.state == TaskState.DONE:
                assert not [ask for ask in asked if ask.state in UNANSWERED]

    def _due(self, login):
        """A second telling of what a to-do list holds, without the query of the desk."""
        user_id, found = self.desk.ids[login], set()
        places = {row.on_behalf_of for row in self.log if row.actor_id == user_id and row.action in DEEDS}
        absent = {row.user_id for row in self.away if row.stand_in_id == user_id and places <= {row.user_id}}
        for row in self.rows:
            mine = [ask for ask in self.asks if ask.task_id == row.id and ask.state == AskState.WAITING]
            blocked = row.id in self.held or any(ask.kind in {AskKind.DELEGATE, AskKind.BEFORE} for ask in mine)
            passed_on = {ask.passed_on_from_id for ask in mine}
            asked = any(ask.user_id in {user_id, *absent} and ask.id not in passed_on for ask in mine)
            if row.state == TaskState.OPEN and ((row.assignee_id in {user_id, *absent} and not blocked) or asked):
                found.add(row.id)
        return found

    def finish(self):
        """Whatever has been done to it, the case still comes to its end."""
        WILL["fails"] = False
        if self.instance.suspended_at is not None and self.instance.status.value in GOING_ON:
            with self.now():
                self.desk.act(suspension.resume, self.case, reason=WHY, by="sun")
        for _round in range(60):
            if self.instance.status.value not in GOING_ON:
                break
            self._mend()
            waiting = [row.id for row in self.rows if row.state == TaskState.OPEN]
            self.moment += timedelta() if waiting else timedelta(days=1)
            with self.now():
                run_due(self.desk.app)
                if self.structure.waits_for:
                    self._message(self.structure.waits_for)
                for task_id in matrix.to_do(self.desk, self.case)[:1]:
                    try:
                        matrix.Case._do(self, task_id)
                    except SignerStoodIn:
                        self._ask_no_more(task_id)
                self.check()
        assert self.instance.status.value in {"COMPLETED", "CANCELLED"}

    def _mend(self):
        """Whatever has failed goes through with data that are right."""
        for row in self.incidents:
            if row.state in UNSOLVED:
                with self.now():
                    self.desk.act(incidents.retry_with_changes, row.id, {"load": 2}, reason=WHY, by="sun")
                    self.check()

    def complete(self, task_id, by):
        """Who has stood in for another on this case passes the task on to a colleague who has not."""
        try:
            return self.desk.act(operations.complete, task_id, self.desk.answers(task_id), by=by)
        except OtherPlace:
            for colleague in (login for login in LOGINS if login != by and not self._stood_in(login)):
                try:
                    self.desk.act(operations.transfer, task_id, self.desk.ids[colleague], reason=WHY, by=by)
                except CannotTransfer:
                    continue
                return self.desk.act(operations.complete, task_id, self.desk.answers(task_id), by=colleague)
            return self._take_off(task_id)

    def _take_off(self, task_id):
        """All the others sign already: who manages cases takes her off the signers, for somebody else if she is alone."""
        with self.desk.at_work():
            task = db.session.get(UserTask, task_id)
            _round, seats = signing.find_round(task, task.instance, self.desk.system)
            (place,) = [one.seat.index for one in seats if one.row is not None and one.row.id == task_id]
        if len(seats) == 1:
            self.desk.act(operations.add_signers, task_id, [self.desk.ids["chen"]], reason=WHY, by="sun")
        return self.desk.act(operations.drop_signer, task_id, place, reason=WHY, by="sun")

    def _ask_no_more(self, task_id):
        """Who asked takes the signer off."""
        with self.desk.at_work():
            ask = next(ask for ask in beside.unanswered(task_id) if ask.state == AskState.WAITING)
        asker = next(login for login in LOGINS if self.desk.ids[login] == ask.asked_by)
        self.desk.act(operations.remove_handler, task_id, ask.id, reason=WHY, by=asker)

    def _stood_in(self, login):
        with self.desk.at_work():
            query = select(TaskLog.id).where(
                TaskLog.instance_id == self.case, TaskLog.actor_id == self.desk.ids[login], TaskLog.on_behalf_of.is_not(None)
            )
            return db.session.scalar(query.limit(1)) is not None

    def _message(self, name):
        try:
            self.desk.act(instances.send_message, name, self.key)
        except AppError:
            return


def _add(kind):
    def act(walk, task_id, by):
        people = [walk.whom() for _n in range(walk.some((1, 2)))]
        walk.desk.act(operations.add_handlers, task_id, people, kind, request=WHY, by=by)

    return act


def _on(verb, **named):
    return lambda walk, task_id, by: walk.desk.act(verb, task_id, by=by, **named)


def _fill_in(verb):
    return lambda walk, task_id, by: walk.desk.act(verb, task_id, walk.desk.answers(task_id), by=by)


def _remove(walk, task_id, by):
    walk.desk.act(operations.remove_handler, task_id, walk.ask_of(task_id), reason=WHY, by=by)


def _return(walk, task_id, by):
    walk.desk.act(operations.return_to, task_id, walk.some(("first", "fill")), reason=WHY, by=by)


def _return_several(walk, task_id, by):
    nodes = walk.chance.sample(("first", "fill", "beside"), walk.some((2, 2, 3)))
    walk.desk.act(operations.return_to_several, task_id, dict.fromkeys(nodes, WHY), by=by)


def _away(walk, _task_id, by):
    absence = Absence(walk.desk.ids[by], walk.whom(), clock.today(), clock.today() + walk.some(ABSENCES), "出差")
    walk.desk.act(operations.name_substitute, absence, by=by)


def _back(walk, _task_id, by):
    walk.desk.act(operations.end_substitute, walk.some(walk.away).id if walk.away else 7, by=by)


def _hand_over(walk, _task_id, _by):
    walk.desk.act(identity.hand_over, walk.whom(), walk.whom(), reason=WHY, by="sun")


def _hand_back(walk, _task_id, _by):
    with walk.desk.at_work():
        known = db.session.scalars(select(Handover.id).where(Handover.undone_at.is_(None))).all()
    walk.desk.act(identity.undo_handover, walk.some(known) if known else 7, reason=WHY, by="sun")


def _ask_jump(walk, task_id, _by):
    targets = ("first", "fill", "beside", "after")
    walk.desk.act(operations.ask_jump, task_id, walk.some(targets), reason=WHY, by="sun")


def _answer_jump(verb):
    def act(walk, task_id, _by):
        request = walk.desk.get(jumps.find_waiting, task_id)
        walk.desk.act(verb, request.id if request else 7, reason=WHY, by="li")

    return act


def _transfer_many(walk, task_id, by):
    tasks = {task_id, walk.task()}
    walk.desk.act(operations.start_batch, tasks, BatchKind.TRANSFER, words=WHY, to_user_id=walk.whom(), by=by)


def _on_incident(verb, **named):
    return lambda walk, _task_id, by: walk.desk.act(verb, walk.incident(), by=by, **named)


def _change_and_retry(walk, _task_id, by):
    changes = {walk.some(("load", "load", "load", "lod")): walk.some(LOADS)}
    walk.desk.act(incidents.retry_with_changes, walk.incident(), changes, reason=WHY, by=by)


def _hand_incident(walk, _task_id, by):
    whom = walk.some((walk.whom(), walk.desk.ids["sun"]))  # she may deal with it, the others may not
    walk.desk.act(incidents.hand_to, walk.incident(), whom, note="请处理", by=by)


def _message(walk, _task_id, _by):
    walk.desk.act(instances.send_message, walk.structure.message or walk.structure.waits_for or "called", walk.key)


def _let_time_pass(walk, _task_id, _by):
    """Somewhat later the workers look at the clock."""
    walk.moment += walk.some(PAUSES)
    with walk.now():
        run_due(walk.desk.app)


ACTS = {
    "claim": _on(operations.claim),
    "release": _on(operations.release),
    "draft": _fill_in(operations.save_draft),
    "submit": _fill_in(operations.complete),
    "submit again": _fill_in(operations.complete),
    "submit nonsense": _on(operations.complete, values={"amount": "x"}),
    "return": _return,
    "return to several": _return_several,
    "take_back": _on(operations.take_back, reason=WHY),
    "reclaim": _on(operations.reclaim, reason=WHY),
    "transfer": lambda walk, task_id, by: walk.desk.act(operations.transfer, task_id, walk.whom(), reason=WHY, by=by),
    "delegate": lambda walk, task_id, by: walk.desk.act(operations.delegate, task_id, walk.whom(), request=WHY, by=by),
    "before": _add(AskKind.BEFORE),
    "parallel": _add(AskKind.PARALLEL),
    "after": _add(AskKind.AFTER),
    "agree": _on(operations.sign, agrees=True, opinion="同意"),
    "agree too": _on(operations.sign, agrees=True, opinion="同意"),
    "refuse": _on(operations.sign, agrees=False, opinion=WHY),
    "remove": _remove,
    "copy": lambda walk, task_id, by: walk.desk.act(operations.copy_to, task_id, [walk.whom()], by=by),
    "urge": _on(operations.urge),
    "comment": _on(operations.comment, text="请看"),
    "suspend": lambda walk, _task_id, by: walk.desk.act(suspension.suspend, walk.case, reason=WHY, by=by),
    "resume": lambda walk, _task_id, by: walk.desk.act(suspension.resume, walk.case, reason=WHY, by=by),
    "away": _away,
    "back": _back,
    "hand over": _hand_over,
    "hand back": _hand_back,
    "ask jump": _ask_jump,
    "confirm jump": _answer_jump(operations.confirm_jump),
    "refuse jump": _answer_jump(operations.refuse_jump),
    "transfer many": _transfer_many,
    "add signer": lambda walk, task_id, by: walk.desk.act(operations.add_signers, task_id, [walk.whom()], reason=WHY, by=by),
    "drop signer": lambda walk, task_id, by: walk.desk.act(operations.drop_signer, task_id, walk.some(range(4)), reason=WHY, by=by),
    "retry": _on_incident(incidents.retry_incident, reason=WHY),
    "change and retry": _change_and_retry,
    "skip": _on_incident(incidents.skip_incident, reason=WHY),
    "hand incident": _hand_incident,
    "message": _message,
    "time": _let_time_pass,
}
OFTEN = (*ACTS, *["submit"] * 4, *["time"] * 3, *["resume"] * 3, *["message"] * 2)
"""What a case goes on by is done more often."""
ON_INCIDENTS = ("retry", "retry", "change and retry", "change and retry", "skip", "hand incident", "time")
UNSOLVED = {IncidentState.RETRYING, IncidentState.OPEN}
GOING_ON = {"RUNNING", "INCIDENT"}
BY_ADMINISTRATOR = {"suspend", "resume", "add signer", "drop signer", "retry", "change and retry", "skip", "hand incident"}
BY_SYSTEM = {"message", "time"}
UNLOGGED = {"draft", "time", "away", "back", "hand over", "hand back", "confirm jump", "refuse jump", "ask jump", "transfer many"}
MAY_REPEAT = {"claim", "copy", "submit", "release"}
"""Doing it again changes nothing, and is not told again."""


WALKED = settings(
    max_examples=WALKS,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    derandomize=WALKS < 100,
)


@pytest.mark.both_databases
@WALKED
@given(structure=st.sampled_from(sorted(STRUCTURES)), seed=st.integers(0, 2**32))
def test_whatever_people_do_nothing_is_lost_doubled_or_left_behind(desk, structure, seed):
    walk_through(desk, structure, seed)


@pytest.mark.both_databases
@WALKED
@given(structure=st.sampled_from(sorted(structures.FRAGILE)), seed=st.integers(0, 2**32))
def test_nor_is_it_while_steps_fail_and_are_tried_again_skipped_or_handed_on(desk, structure, seed):
    walk_through(desk, structure, seed)


def walk_through(desk, structure, seed):
    walk = Walk(desk, structure, random.Random(seed))
    for _step in range(STEPS):
        walk.step()
    walk.finish()
