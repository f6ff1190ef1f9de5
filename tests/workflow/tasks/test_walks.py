"""Random acts by random people on one case: whatever they do in whatever order, nothing is lost, doubled or left behind.

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
from app.workflow.instances import operations as instances
from app.workflow.instances import suspension
from app.workflow.instances.models import ProcessInstance, TaskLog, TaskState, UserTask
from app.workflow.tasks import beside, operations
from app.workflow.tasks.errors import OtherPlace, SignerStoodIn
from app.workflow.tasks.models import UNANSWERED, AskKind, AskState, BatchKind, CoHandler, HeldSubmission
from app.workflow.tasks.operations import jump as jumps
from app.workflow.tasks.standing_in import DEEDS
from tests.workflow.tasks import matrix, structures
from tests.workflow.tasks.desk import STAFF, WHY

STRUCTURES = structures.STRUCTURES | structures.TIMED
PROCESSES = tuple(structure.content for structure in STRUCTURES.values())
WALKS, STEPS = int(os.environ.get("WALKS", "8")), int(os.environ.get("STEPS", "16"))
LOGINS = tuple(STAFF)
BEGUN = datetime(2026, 11, 24, 10, tzinfo=clock.BEIJING)
ABSENCES = (timedelta(), timedelta(days=2), timedelta(days=40))
PAUSES = (timedelta(minutes=5), timedelta(hours=5), timedelta(hours=24), timedelta(days=3), timedelta(days=30))


class Walk:
    """One case, and what anybody may try on it. Every choice is drawn from ``chance``."""

    def __init__(self, desk, structure, chance):
        self.desk, self.chance, self.structure = desk, chance, STRUCTURES[structure]
        self.key, self.moment, self.done = f"W{next(matrix._keys)}", BEGUN, []
        with self.now():
            self.case = desk.act(instances.start, self.structure.process_id, self.structure.data(desk.ids), by="wang", business_key=self.key)
            self.check()

    def now(self):
        """The walk's own clock stands still between two acts."""
        return clock.freeze(self.moment)

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
        name = self.some(OFTEN)
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
        if self.instance.suspended_at is not None and self.instance.status.value == "RUNNING":
            with self.now():
                self.desk.act(suspension.resume, self.case, reason=WHY, by="sun")
        for _round in range(60):
            if self.instance.status.value != "RUNNING":
                break
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

    def complete(self, task_id, by):
        """Who has stood in for another on this case passes the task on to a colleague who has not."""
        try:
            return self.desk.act(operations.complete, task_id, self.desk.answers(task_id), by=by)
        except OtherPlace:
            colleague = next(login for login in LOGINS if login != by and not self._stood_in(login))
            self.desk.act(operations.transfer, task_id, self.desk.ids[colleague], reason=WHY, by=by)
            return self.desk.act(operations.complete, task_id, self.desk.answers(task_id), by=colleague)

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
    "message": _message,
    "time": _let_time_pass,
}
OFTEN = (*ACTS, *["submit"] * 4, *["time"] * 3, *["resume"] * 3, *["message"] * 2)
"""What a case goes on by is done more often."""
BY_ADMINISTRATOR = {"suspend", "resume"}
BY_SYSTEM = {"message", "time"}
UNLOGGED = {"draft", "time", "away", "back", "hand over", "hand back", "confirm jump", "refuse jump", "ask jump", "transfer many"}
MAY_REPEAT = {"claim", "copy", "submit", "release"}
"""Doing it again changes nothing, and is not told again."""


@pytest.mark.both_databases
@settings(
    max_examples=WALKS,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    derandomize=WALKS < 100,
)
@given(structure=st.sampled_from(sorted(STRUCTURES)), seed=st.integers(0, 2**32))
def test_whatever_people_do_nothing_is_lost_doubled_or_left_behind(desk, structure, seed):
    walk = Walk(desk, structure, random.Random(seed))
    for _step in range(STEPS):
        walk.step()
    walk.finish()
