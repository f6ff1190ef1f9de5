"""kill -9 of web and job workers, many times a second, while people complete tasks and timers fall due.

Then the log is replayed (``replay.py``): nothing is lost, doubled, out of order or half-written. ``CRASH_KILLS`` says
how often is killed (210), two times of three on SQLite and the third on PostgreSQL.
"""

import http.client
import os
import random
import re
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from app.config import ROOT
from app.business.ledger.models import LoanDrawing
from app.business.ledger.operations import post
from app.business.ledger.rules import EntryKind
from app.business.projects.models import ProjectStatus
from app.core import clock
from app.core.db import db
from app.core.money import wan
from app.core.tenancy import acting_as, platform_scope, system_actor
from app.core.transactions import unit_of_work
from app.demo.accounts import BY_LOGIN
from app.demo.answers import Walk, answer
from app.demo.browser import Browser, Refused
from app.demo.company import TENANT_ID
from app.demo.walk import PDF, Walker
from app.support import audit
from app.support.identity.models import Tenant
from app.support.jobs.models import Job, JobState
from app.workflow import definitions
from app.workflow.definitions import make_bundle, read_folder
from app.workflow.instances import operations
from app.workflow.instances.log import write_log
from app.workflow.instances.models import ProcessInstance, TimerDue, UserTask
from tests.business.rows import a_project, a_world
from tests.processes.replay import Told, faults, faults_of, standing_faults
from tests.workflow.engine.diagrams import begin, catch, end, flow, process, timer, user

KILLS = int(os.environ.get("CRASH_KILLS", "210"))
SHARE = {"sqlite": 2, "postgresql": 1}
WHOLE_EVERY = 90
"""One kill in so many hits the web server with all its workers."""
ANSWERS_BETWEEN = 2
"""Of four or five that make a completed task."""
LONGEST_PAUSE_SECONDS = 3.0
NAPS_SECONDS = (2, 8, 16, 30)
NAPS_EACH = 5
GONE = (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError)
PATIENCE_SECONDS = 900


# ------------------------------------------------------------------ what is killed


class Web:
    """A gunicorn whose workers can be killed one by one, or all with it."""

    def __init__(self, environment):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = environment
        self.process = None

    def start(self):
        command = [sys.executable, "-m", "gunicorn", "-b", f"127.0.0.1:{self.port}", "--workers", "2", "--threads", "4"]
        command += ["--preload", "--no-control-socket", "--log-level", "critical", "tests.processes.nursery:web()"]
        self.process = _begin(command, self.environment)
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            try:
                with urllib.request.urlopen(f"{self.url}/login", timeout=20):
                    return
            except GONE:
                time.sleep(0.05)
        raise AssertionError("the server does not start")

    def kill(self):
        _end(self.process)


class Jobs:
    """Two job workers and a dispatcher, forked from one program."""

    def __init__(self, environment):
        self.environment = environment
        self.process = None

    def start(self):
        command = [sys.executable, "-m", "tests.processes.nursery", "work", "work", "dispatch"]
        self.process = _begin(command, self.environment)

    def kill(self):
        _end(self.process)


def _begin(command, environment):
    return subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True, stderr=subprocess.DEVNULL)


def _end(process):
    if process is not None and process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _children(process):
    try:
        return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]
    except OSError:
        return []


def _kill_any(owner):
    """One worker of an owner; whether there was one to kill."""
    for pid in random.sample(found := _children(owner.process), len(found)):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
        return True
    return False


# ------------------------------------------------------------------ who works


class Pulse:
    """Counts answers, so that kills keep step with the work: fewer a second on a slow machine, as many for each answer."""

    def __init__(self):
        self._changed, self._answers = threading.Condition(), 0

    def beat(self):
        with self._changed:
            self._answers += 1
            self._changed.notify_all()

    def wait(self, answers):
        """Until so many more have come, or it takes too long."""
        with self._changed:
            due = self._answers + answers
            self._changed.wait_for(lambda: self._answers >= due, timeout=LONGEST_PAUSE_SECONDS)


class Insisting(Browser):
    """A person who sends the very same request, key and all, until it is answered; her pages are looked at elsewhere."""

    def __init__(self, base_url, account, answered, pulse):
        super().__init__(base_url, account, looks=False)
        self.answered, self.pulse = answered, pulse

    def post_json(self, path, content, key=None):
        said = super().post_json(path, content, key)
        if found := re.fullmatch(r"/tasks/(\d+)/complete", path):
            self.answered.append(int(found[1]))
        return said

    def _open(self, request):
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            try:
                said = super()._open(request)
                self.pulse.beat()
                return said
            except Refused as refusal:
                if refusal.status not in (429, 503):  # a sign-in that was killed half-way counts as failed: meant so
                    raise
                time.sleep(0.5)
            except GONE:
                time.sleep(0.02)
        raise AssertionError("the server did not come back")


class Client(threading.Thread):
    """Somebody at work until told that it is enough. ``answered``: tasks she was told are done, in order."""

    def __init__(self, url, enough, pulse):
        super().__init__(daemon=True)
        self.url, self.enough, self.pulse, self.fault = url, enough, pulse, None
        self.answered, self.people = [], {}

    def run(self):
        try:
            self.work()
        except BaseException as fault:  # noqa: BLE001 - told by the test
            self.fault = fault

    def person(self, login):
        if login not in self.people:
            self.people[login] = Insisting(self.url, BY_LOGIN[login], self.answered, self.pulse)
            self.people[login].sign_in()
        return self.people[login]


class Beginner(Client):
    """A project manager who starts one case after the other and fills in its first form."""

    def work(self):
        person = self.person("pm_a")
        paper = person.upload("授权书.pdf", PDF, "application/pdf")
        walker = Walker(self.url, "direct", today=clock.today(), say=lambda _text: None)
        while not self.enough.is_set():
            where = person.post_form("/start/proc_direct_guarantee", {"_key": secrets.token_urlsafe(16)})
            task = {"id": re.search(r"/tasks/(\d+)", where)[1], "name": "申请"}
            seen = person.get_json(f"/api/v1/tasks/{task['id']}")
            values = answer(Walk("crash", clock.today(), file_of=lambda: paper), "application", seen["values"], seen["schema"])
            walker._submit(person, task, values, seen)


class Guarantor(Client):
    """One case through the whole line, from the application to the release."""

    def work(self):
        walker = Walker(self.url, "direct", today=clock.today(), say=lambda _text: None)
        walker._person = lambda account: self.person(account.login)
        walker.run()


# ------------------------------------------------------------------ the test


@pytest.mark.real_clock
@pytest.mark.both_databases
@pytest.mark.server
def test_killing_web_and_job_workers_loses_doubles_and_reorders_nothing(databases, database_kind):
    app = databases.demo(database_kind)
    naps = _naps(app)
    web, jobs = Web(_environment(app)), Jobs(_environment(app))
    enough, pulse = threading.Event(), Pulse()
    clients = [kind(web.url, enough, pulse) for kind in (Guarantor, Beginner, Beginner)]
    try:
        web.start()
        jobs.start()
        for client in clients:
            client.start()
        _kill_many(KILLS * SHARE[database_kind] // 3, web, jobs, clients, pulse)
        completed = sum(len(client.answered) for client in clients)
        enough.set()
        for client in clients:
            client.join(timeout=PATIENCE_SECONDS)
        assert [client.fault for client in clients if client.fault] == []
        assert not any(client.is_alive() for client in clients)
        jobs.kill()
        _give_up_leases(app)
        jobs.start()
        _wait_until_fired(app, naps)
    finally:
        enough.set()
        web.kill()
        jobs.kill()
    with app.app_context(), acting_as(system_actor(TENANT_ID)) as actor:
        assert faults_of(actor, [client.answered for client in clients]) == []
        db.session.remove()
    print(f"{KILLS * SHARE[database_kind] // 3} kills, {completed} completions between them, {len(naps)} timers: none lost, doubled or reordered")


def _kill_many(count, web, jobs, clients, pulse):
    """At any moment of a request: after some answers, and a little more or less."""
    done = 0
    while done < count and not any(client.fault for client in clients):
        pulse.wait(random.randint(0, 2 * ANSWERS_BETWEEN))
        time.sleep(random.uniform(0, 0.1))
        if done % WHOLE_EVERY == WHOLE_EVERY - 1:
            web.kill()
            web.start()
            done += 1
        else:
            done += _kill_any(random.choice([web, web, jobs]))


def _environment(app):
    settings = app.extensions["settings"]
    return {
        **os.environ,
        "DATABASE_URL": settings.database_url,
        "FILES_URL": settings.files_url,
        "SECRET_KEY": settings.secret_key,
        "DATA_KEY": settings.data_key,
        "REDIS_URL": settings.redis_url,
        "APP_ENVIRONMENT": "demo",
    }


def _naps(app):
    """Cases that wait some seconds for their task; the line itself stays startable."""
    diagrams = {}
    for seconds in NAPS_SECONDS:
        name = f"sub_nap_{seconds}"
        work = user("apply", form="fees/refund_approval", role="GM")
        parts = (begin(), catch("rest", timer(f'"PT{seconds}S"')), work, end(), flow("begin", "rest", "apply", "done"))
        diagrams[f"processes/test/{name}.bpmn"] = process(name, *parts)
    with app.app_context(), acting_as(system_actor(TENANT_ID)) as actor:
        with unit_of_work():
            release = definitions.deploy(make_bundle({**read_folder(ROOT).files, **diagrams}), actor=actor, note="定时")
            definitions.activate(release.id, actor=actor)
        with unit_of_work():
            made = [
                operations.start(f"sub_nap_{seconds}", {}, actor=actor).id for seconds in NAPS_SECONDS for _nap in range(NAPS_EACH)
            ]
        db.session.remove()
    return made


def _give_up_leases(app):
    """Nobody works any more: what the killed had begun need not wait for a minute to pass."""
    with app.app_context(), platform_scope("test"), unit_of_work():
        db.session.execute(update(Job).where(Job.state == JobState.RUNNING).values(lease_until=clock.now()))


def _wait_until_fired(app, cases):
    waiting = select(func.count()).where(
        TimerDue.instance_id.in_(cases), TimerDue.done_at.is_(None)
    )
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        with app.app_context(), acting_as(system_actor(TENANT_ID)):
            left = db.session.scalar(waiting)
            db.session.remove()
        if not left:
            return
        time.sleep(0.2)
    raise AssertionError(f"{left} timers have not fired")


# ------------------------------------------------------------------ the checker itself

LOG = [(1, "start", None), (2, "submit", "a"), (3, "remind", "b"), (4, "submit", "b"), (5, "submit", "c")]
DONE = ["a", "b", "c"]


def told(rows=LOG, done=DONE, closed=None):
    return [Told("case", rows, done, DONE if closed is None else closed)]


def test_the_checker_is_content_with_what_is_right():
    assert faults(told(), [["a", "c"], ["b"]]) == []


@pytest.mark.parametrize(
    ("case", "answered", "words"),
    [
        pytest.param(told([*LOG, (6, "submit", "b")]), [DONE], "b was submitted 2 times", id="doubled in the log"),
        pytest.param(told(done=["a", "b", "c", "c"], closed=["a", "b", "c"]), [DONE], "the work list has closed", id="doubled in the engine"),
        pytest.param(told(LOG[:4]), [DONE], "c is done but not in the log", id="lost from the log"),
        pytest.param(told(done=["a", "b"], closed=["a", "b"]), [DONE], "c is in the log but not done", id="lost from the state"),
        pytest.param(told(closed=["a", "b"]), [DONE], "the work list has closed", id="lost from the list"),
        pytest.param(told(LOG[:4], ["a", "b"], ["a", "b"]), [DONE], "c was answered but is not in the log", id="answered and lost"),
        pytest.param(told(), [["a", "b", "c", "c"]], "c was answered 2 times", id="answered twice"),
        pytest.param(told(), [["a", "b"]], "c is in the log but nobody got an answer", id="never answered"),
        pytest.param(told(done=["b", "a", "c"]), [DONE], "logged", id="reordered in the state"),
        pytest.param(told(), [["b", "a", "c"]], "answered in another order", id="reordered against the answers"),
        pytest.param(told([LOG[0], *LOG[2:]]), [DONE], "numbers of the log", id="a gap in the log"),
    ],
)  # fmt: skip
def test_the_checker_finds_a_planted_fault(case, answered, words):
    found = faults(case, answered)
    assert any(words in one for one in found), found


ENTRY = "(SELECT entry_id FROM loan_drawing ORDER BY id LIMIT 1)"
RECORD = "(SELECT seq FROM audit_record WHERE tag = 'ledger.entry.posted' ORDER BY seq LIMIT 1)"
COPIED = {"id": "id + 1", "entry_no": "entry_no || 'x'", "source": "source || 'x'"}


def again(table, where, changed):
    """A statement that writes a row a second time."""
    columns = [column.name for column in db.metadata.tables[table].columns]
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(changed.get(one, one) for one in columns)} FROM {table} WHERE {where}"


PLANTED = {
    "a disbursement lost": (lambda: f"DELETE FROM liability_entry WHERE id = {ENTRY}", "drawn"),
    "a disbursement doubled": (lambda: again("liability_entry", f"id = {ENTRY}", COPIED), "drawn"),
    "an amount changed": (lambda: f"UPDATE liability_entry SET amount_fen = amount_fen + 1 WHERE id = {ENTRY}", "the trail does not"),
    "an entry of another project": (lambda: f"UPDATE liability_entry SET project_id = (SELECT max(id) FROM project WHERE id NOT IN (SELECT project_id FROM loan_drawing WHERE entry_id = {ENTRY})) WHERE id = {ENTRY}", "drawn"),
    "a balance that is not the sum": (lambda: f"UPDATE project SET outstanding_fen = outstanding_fen - 1 WHERE id IN (SELECT project_id FROM liability_entry WHERE id = {ENTRY})", "Difference"),
    "an entry the trail does not know": (lambda: again("liability_entry", f"id = {ENTRY}", COPIED | {"entry_kind": "'RELEASE'", "amount_fen": "-1"}), "the trail does not"),
    "a release that is not one": (lambda: again("liability_entry", f"id = {ENTRY}", COPIED | {"entry_kind": "'RELEASE'", "amount_fen": "-1", "source": "'release:1'"}), "releases for nothing known"),
    "a project number lost": (lambda: "UPDATE project SET project_no = substr(project_no, 1, length(project_no) - 6) || '999999' WHERE id = (SELECT min(id) FROM project)", "project numbers"),
    "a record lost": (lambda: f"DELETE FROM audit_record WHERE seq = {RECORD}", "MISSING"),
    "a record changed": (lambda: f"UPDATE audit_record SET actor_name = 'x' WHERE seq = {RECORD}", "CONTENT"),
    "a record doubled at the end": (lambda: again("audit_record", f"seq = {RECORD}", {"id": "id + 1", "seq": "(SELECT max(seq) + 1 FROM audit_record)"}), "BEYOND_HEAD"),
    "the end cut off": (lambda: "DELETE FROM audit_record WHERE seq = (SELECT max(seq) FROM audit_record)", "TAIL"),
    "the head put back": (lambda: "UPDATE audit_head SET seq = seq - 1", "HEAD"),
    "a completion the trail does not know": (lambda: "UPDATE audit_record SET tag = 'x' WHERE tag = 'workflow.tasks.completed'", "the trail does not say so"),
    "a completion the log does not know": (lambda: "DELETE FROM task_log WHERE id = (SELECT min(id) FROM task_log WHERE action = 'submit')", "the log does not"),
}  # fmt: skip


@pytest.fixture(scope="module")
def standing(databases):
    """Two projects, one drawn upon, and a completed task; the locks of the append-only tables are taken off."""
    app = databases.copy("sqlite")
    with app.app_context(), acting_as(system_actor(TENANT_ID)) as actor, unit_of_work():
        db.session.add(Tenant(id=TENANT_ID, code="T", name="公司"))
        world = a_world(actor)
        limits = {"approved_amount_fen": wan(300), "contract_amount_fen": wan(300)}
        drawn = a_project(world, 1, status=ProjectStatus.IN_FORCE, **limits)
        a_project(world, 2, status=ProjectStatus.RELEASED)
        for amount in (200, 100):
            entry = post(drawn.id, EntryKind.DISBURSE, wan(amount), effective=clock.today(), source=f"drawing:{amount}", actor=actor)
            day = clock.today()
            more = {"disbursed_on": day, "maturity_on": day + timedelta(days=300), "loan_rate": Decimal("0.03")}
            db.session.add(LoanDrawing(project_id=drawn.id, entry_id=entry.id, loan_no=f"L{amount}", amount_fen=wan(amount), **more))
        case = ProcessInstance(release_id=1, process_id="p", process_label="p", title="t", state=b"", data={})
        db.session.add(case)
        db.session.flush()
        task = UserTask(instance_id=case.id, engine_task_id="e", node_id="fill", process_id="p", name="fill", title="t", process_label="p", started_as="p")
        db.session.add(task)
        db.session.flush()
        write_log(case, actor, "submit", task=task)
        audit.record(actor, "workflow.tasks.completed", task, node="fill", outcome=None)
    with app.app_context(), db.engine.begin() as connection:
        for (name,) in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").all():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
    return app


def standing_after(app, *statements):
    """What the checker finds after these; nothing of it is kept."""
    with app.app_context(), acting_as(system_actor(TENANT_ID)) as actor:
        try:
            db.session.connection().exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            for statement in statements:
                assert db.session.connection().exec_driver_sql(statement).rowcount > 0
            return standing_faults(actor)
        finally:
            db.session.rollback()
            db.session.remove()


def test_the_checker_is_content_with_books_that_add_up(standing):
    assert standing_after(standing) == []


@pytest.mark.parametrize("what", PLANTED)
def test_a_fault_planted_in_the_ledger_or_the_trail_is_found(standing, what):
    statement, words = PLANTED[what]
    found = standing_after(standing, statement())
    assert any(words in one for one in found), found
