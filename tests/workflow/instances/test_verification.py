"""``flask instances verify``: every way a derived row can be wrong is found, told, mended, and then found clean."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select, update

from app.core import clock
from app.core.db import db
from app.core.tenancy import acting_as, system_actor
from app.core.transactions import unit_of_work
from app.support.audit.models import AuditRecord
from app.support.jobs.models import Job, JobState
from app.workflow import definitions
from app.workflow.instances import mending, operations, store, verification
from app.workflow.instances.models import (
    EventSubscription,
    Incident,
    IncidentState,
    InstanceStatus,
    ProcessInstance,
    TaskKind,
    TaskLog,
    TaskState,
    TimerDue,
    UserTask,
)
from tests.workflow.definitions.bundles import bundle, form
from tests.workflow.engine.diagrams import (
    begin,
    boundary,
    catch,
    end,
    flow,
    message,
    parallel,
    process,
    script,
    timer,
    user,
)

pytestmark = pytest.mark.both_databases

WATCH = process(
    "proc_watch", begin(), parallel("fork"), user("apply", form="room/apply", role="PM_A", due="P2D"),
    boundary("late", "apply", timer("P3D"), interrupting=False), user("nudge", form="room/apply", role="PM_A"),
    catch("paid", message("paid")), end(), end("nudged"), end("got"),
    flow("begin", "fork", "apply", "done"), flow("late", "nudge", "nudged"), flow("fork", "paid", "got"),
)  # fmt: skip
BROKEN = process("proc_broken", begin(), script("calc", "amount"), end(), flow("begin", "calc", "done"))


class Office:
    """A program on its own database with the two processes active."""

    def __init__(self, app):
        self.app = app
        self.actor = system_actor(1)
        self.runner = app.test_cli_runner()
        self.started = 0
        files = {"processes/test/watch.bpmn": WATCH, "processes/test/broken.bpmn": BROKEN}
        with self.at_work(), unit_of_work():
            files |= {"processes/test/proc_test.bpmn": None, "rules/checks/room/apply.dmn": None, "forms/screens/room/apply.form": form()}
            release = definitions.deploy(bundle(**files), actor=self.actor)
            definitions.activate(release.id, actor=self.actor)

    def at_work(self):
        return _AtWork(self.app, self.actor)

    def start(self, process_id="proc_watch"):
        self.started += 1
        with self.at_work(), unit_of_work():
            return operations.start(process_id, {"amount": 1}, actor=self.actor, business_key=f"K{self.started}").id

    def change(self, act, instance_id):
        with self.at_work(), unit_of_work():
            act(Rows(instance_id))

    def verify(self, *options):
        with self.app.app_context():  # a command runs in the program that is current, whoever's runner it is
            result = self.runner.invoke(args=["instances", "verify", *options])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result


class _AtWork:
    def __init__(self, app, actor):
        self.context, self.acting = app.app_context(), acting_as(actor)

    def __enter__(self):
        self.context.__enter__()
        self.acting.__enter__()

    def __exit__(self, *error):
        db.session.remove()
        self.acting.__exit__(*error)
        self.context.__exit__(*error)


class Rows:
    """What stands in the tables of one instance; changing it here is what an unlucky hand would do."""

    def __init__(self, instance_id):
        self.id = instance_id

    def one(self, model, **by):
        return db.session.scalars(select(model).filter_by(instance_id=self.id, **by)).one()

    @property
    def instance(self):
        return db.session.get(ProcessInstance, self.id)

    @property
    def apply(self):
        return self.one(UserTask, node_id="apply")

    @property
    def late(self):
        return self.one(TimerDue)

    @property
    def paid(self):
        return self.one(EventSubscription)

    @property
    def incident(self):
        return self.one(Incident)

    def copy(self, row, **changes):
        columns = {c.key for c in type(row).__mapper__.column_attrs} - {"id", "row_version", "created_at", "updated_at", "search_text"}
        twin = type(row)(**({name: getattr(row, name) for name in columns} | changes))
        db.session.add(twin)
        db.session.flush()
        return twin

    def forget_jobs(self, like=""):
        db.session.execute(update(Job).where(Job.key.like(f"{like}%")).values(state=JobState.CANCELLED))


@pytest.fixture(scope="module")
def offices(databases):
    made = {}
    return lambda kind: made.setdefault(kind, None) or made.update({kind: Office(databases.copy(kind))}) or made[kind]


@pytest.fixture
def office(offices, database_kind):
    return offices(database_kind)


def gone(row):
    db.session.delete(row)


def sent_back(rows, *, with_rework):
    task = rows.apply
    task.state = TaskState.REWORK
    if with_rework:
        rows.copy(task, state=TaskState.OPEN, kind=TaskKind.REWORK, returned_from_id=task.id, due_at=None, rings_at=None, properties={})


BREAKS = {
    "a task's row deleted": ("proc_watch", lambda r: gone(r.apply), {"TASK_MISSING"}),
    "a task's row doubled": ("proc_watch", lambda r: r.copy(r.apply, due_at=None, properties={**r.apply.properties}), {"TASK_DOUBLED", "DEADLINE_LOST"}),
    "a task's row closed": ("proc_watch", lambda r: setattr(r.apply, "state", TaskState.DONE), {"TASK_CLOSED"}),
    "a task nobody waits for": ("proc_watch", lambda r: r.copy(r.apply, engine_task_id="00000000-0000-4000-8000-000000000000", due_at=None, rings_at=None, properties={}), {"TASK_FOREIGN"}),
    "a task of another form and role": ("proc_watch", lambda r: (setattr(r.apply, "form", "room/other"), setattr(r.apply, "role", "GM")), {"TASK_ALTERED"}),
    "a signature shown as waiting for others": ("proc_watch", lambda r: r.copy(r.apply, engine_task_id="00000000-0000-4000-8000-000000000000", due_at=None, properties={}, state=TaskState.DONE, waits_for_signers=True), {"TASK_SIGNED"}),
    "sent back, but nobody corrects": ("proc_watch", lambda r: sent_back(r, with_rework=False), {"REWORK_LOST"}),
    "a correction nobody waits for": ("proc_watch", lambda r: (sent_back(r, with_rework=True), setattr(r.one(UserTask, kind=TaskKind.NORMAL), "state", TaskState.OPEN)), {"REWORK_FOREIGN"}),
    "a deadline erased": ("proc_watch", lambda r: setattr(r.apply, "due_at", None), {"DEADLINE_LOST"}),
    "a clock stopped": ("proc_watch", lambda r: setattr(r.apply, "rings_at", None), {"CLOCK_STOPPED"}),
    "a clock set back": ("proc_watch", lambda r: setattr(r.apply, "rings_at", r.apply.rings_at - timedelta(hours=1)), {"CLOCK_STOPPED"}),
    "a reminder that passes by the escalation": ("proc_watch", lambda r: (setattr(r.apply, "reminded_at", clock.now()), setattr(r.apply, "rings_at", None)), {"CLOCK_STOPPED"}),
    "a clock that goes on after the escalation": ("proc_watch", lambda r: setattr(r.apply, "escalated_at", clock.now()), {"CLOCK_STOPPED"}),
    "a timer deleted": ("proc_watch", lambda r: gone(r.late), {"TIMER_MISSING"}),
    "a timer marked as done": ("proc_watch", lambda r: setattr(r.late, "done_at", clock.now()), {"TIMER_MISSING"}),
    "a timer moved": ("proc_watch", lambda r: setattr(r.late, "due_at", r.late.due_at + timedelta(days=1)), {"TIMER_MOVED", "TIMER_WITHOUT_JOB"}),
    "a timer doubled": ("proc_watch", lambda r: r.copy(r.late, reference=f"{r.late.reference}:again"), {"TIMER_FOREIGN", "TIMER_WITHOUT_JOB"}),
    "a timer whose job is gone": ("proc_watch", lambda r: r.forget_jobs(f"{r.late.id}:"), {"TIMER_WITHOUT_JOB"}),
    "a subscription deleted": ("proc_watch", lambda r: gone(r.paid), {"SUBSCRIPTION_MISSING"}),
    "a subscription nobody waits for": ("proc_watch", lambda r: r.copy(r.paid, name="refunded"), {"SUBSCRIPTION_FOREIGN"}),
    "a subscription of another key": ("proc_watch", lambda r: setattr(r.paid, "correlation", "elsewhere"), {"SUBSCRIPTION_ALTERED"}),
    "a running case shown as ended": ("proc_watch", lambda r: setattr(r.instance, "status", InstanceStatus.COMPLETED), {"STATUS"}),
    "an incident deleted": ("proc_broken", lambda r: gone(r.incident), {"INCIDENT_MISSING"}),
    "an incident of nothing": ("proc_watch", lambda r: db.session.add(Incident(instance_id=r.id, engine_task_id="x", node_id="apply", message="旧", detail="", state=IncidentState.OPEN)), {"INCIDENT_FOREIGN"}),
    "an incident whose job is gone": ("proc_broken", lambda r: r.forget_jobs(f"{r.incident.id}:"), {"INCIDENT_WITHOUT_JOB"}),
    "an incident that shows as running": ("proc_broken", lambda r: setattr(r.instance, "status", InstanceStatus.RUNNING), {"STATUS"}),
}  # fmt: skip


@pytest.mark.parametrize("what", BREAKS)
def test_what_is_broken_is_found_told_mended_and_found_clean(office, what):
    process_id, act, kinds = BREAKS[what]
    instance_id = office.start(process_id)
    assert office.verify().exit_code == 0
    office.change(act, instance_id)
    with office.at_work():
        found = verification.look_at_page(verification.START, office.actor, 10_000).suspects
        assert found == (instance_id,)
        with unit_of_work():
            assert {one.kind.value for one in mending.look_again(instance_id, office.actor).found} == kinds

    told = office.verify()
    assert told.exit_code == 1
    lines = [line for line in told.stdout.splitlines() if line.startswith(f"{instance_id} | ")]
    assert len(lines) >= len(kinds)
    assert all(re.search("[\u4e00-\u9fff]", line.rsplit(" | ", 1)[1]) for line in lines)
    assert told.stdout.splitlines()[-1].endswith(f"{len(lines)} differences")
    assert office.verify().stdout == told.stdout, "looking changed something"

    mended = office.verify("--mend")
    assert (mended.exit_code, mended.stdout.splitlines()[-1].split(", ")[-1]) == (0, "0 left")
    assert office.verify().stdout.splitlines() == [mended.stdout.splitlines()[-1].split(",")[0] + ", 0 differences"]
    with office.at_work():
        assert noted(instance_id) == (1, 1)


def noted(instance_id):
    """(log rows, audit records) of mending."""
    logged = select(func.count()).where(TaskLog.instance_id == instance_id, TaskLog.action == "mend")
    audited = select(func.count()).where(
        AuditRecord.tag == "workflow.instances.mended", AuditRecord.entity_id == str(instance_id)
    )
    return db.session.scalar(logged), db.session.scalar(audited)


def test_a_closed_task_comes_back_with_its_handler_and_draft(office):
    instance_id = office.start()
    office.change(lambda r: (setattr(r.apply, "assignee_id", 7), setattr(r.apply, "draft", {"amount": 1})), instance_id)
    office.change(lambda r: setattr(r.apply, "state", TaskState.CANCELLED), instance_id)
    assert office.verify("--mend").exit_code == 0
    with office.at_work():
        task = Rows(instance_id).apply
        assert (task.state, task.assignee_id, task.draft, task.closed_at) == (TaskState.OPEN, 7, {"amount": 1}, None)


def test_of_twins_the_one_somebody_has_begun_with_stays(office):
    instance_id = office.start()
    office.change(lambda r: r.copy(r.apply, draft={"amount": 2}), instance_id)
    assert office.verify("--mend").exit_code == 0
    with office.at_work():
        query = select(UserTask.draft).where(UserTask.instance_id == instance_id, UserTask.state == TaskState.OPEN)
        assert db.session.scalars(query).all() == [{"amount": 2}]


def test_a_mended_case_goes_on_to_its_end(office):
    """The rows written anew are as good as the old ones: timer, message and task all move the case."""
    instance_id = office.start()
    office.change(lambda r: (gone(r.late), gone(r.paid), setattr(r.apply, "state", TaskState.DONE)), instance_id)
    assert office.verify("--mend").exit_code == 0
    with office.at_work():
        rows = Rows(instance_id)
        key, timer_id, engine_id = rows.instance.business_key, rows.late.id, rows.apply.engine_task_id
        with clock.freeze("2026-11-28T10:00:00"), unit_of_work():
            assert operations.fire_timer(timer_id, actor=office.actor)
            operations.send_message("paid", key, actor=office.actor)
            instance = store.lock(instance_id)
            run, services = store.open_run(instance, office.actor)
            store.drive(instance, run, services, lambda: run.complete(engine_id, {}), by_person=False)
            nudge = run.ready()[0]
            store.drive(instance, run, services, lambda: run.complete(nudge.id, {}), by_person=False)
            assert instance.status == InstanceStatus.COMPLETED
    assert office.verify().exit_code == 0


def test_a_state_that_cannot_be_read_is_told_and_left_alone(office):
    instance_id = office.start()
    with office.at_work():
        state = store.lock(instance_id).state
    office.change(lambda r: setattr(r.instance, "state", b"\x5a\x09nothing"), instance_id)
    told = office.verify("--mend")
    assert told.exit_code == 1
    assert "无法读取" in told.stdout
    office.change(lambda r: setattr(r.instance, "state", state), instance_id)
    with office.at_work():
        assert noted(instance_id) == (0, 0)


def test_an_ended_case_may_stand_in_no_list(office):
    instance_id = office.start()
    with office.at_work(), unit_of_work():
        operations.cancel(instance_id, reason="测试需要结束这个流程", actor=office.actor)
    assert office.verify().exit_code == 0
    office.change(lambda r: setattr(r.apply, "state", TaskState.OPEN), instance_id)
    assert "流程却没有停在这里" in office.verify("--mend").stdout
    assert office.verify().exit_code == 0


def test_pages_cover_every_instance_once(office):
    for _n in range(3):
        office.start()
    with office.at_work():
        seen, place = 0, verification.START
        while place is not None:
            page = verification.look_at_page(place, office.actor, 2)
            assert page.seen <= 2
            assert page.suspects == ()
            seen, place = seen + page.seen, page.last
        assert seen == verification.count_instances()
