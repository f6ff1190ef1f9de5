"""kill -9 of the server and of the worker in the middle of completions: nothing is lost, doubled or half-written."""

import http.client
import json
import random
import secrets
import socket
import threading
import time
import urllib.error
import urllib.request
from collections import Counter

import pytest
from sqlalchemy import func, select

from app.core import clock
from app.core.db import db
from app.core.tenancy import acting_as, platform_scope, system_actor
from app.core.transactions import unit_of_work
from app.demo.accounts import BY_LOGIN
from app.demo.answers import Walk, answer
from app.demo.browser import Browser, Refused
from app.demo.company import TENANT_ID
from app.demo.walk import PDF
from app.support.jobs.models import Job
from tests.programs import PATIENCE, Program, flask, serve, until
from tests.workflow.definitions.bundles import bpmn, bundle

pytestmark = [pytest.mark.real_clock, pytest.mark.both_databases, pytest.mark.server]
KILLS = 8
TIMERS = 40
GONE = (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError)


class Server:
    """The web server, to be killed and started again on the same port."""

    def __init__(self, environment):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = environment

    def start(self):
        """Until it has answered."""
        self.program = Program(serve, self.port, environment=self.environment)
        until(self.answers)

    def answers(self):
        try:
            with urllib.request.urlopen(f"{self.url}/login", timeout=PATIENCE) as page:
                return page.status == 200
        except GONE:
            return False

    def kill(self):
        self.program.kill()


class Client(threading.Thread):
    """One project manager who starts cases and fills in their first form until told to stop, trying again with the same key."""

    def __init__(self, url, enough):
        super().__init__(daemon=True)
        self.browser = Browser(url, BY_LOGIN["pm_a"])
        self.enough = enough
        self.answered = []
        self.fault = None

    def run(self):
        try:
            self.insist(self.browser.sign_in)
            while not (self.enough.is_set() and self.answered):
                self.one_case()
        except BaseException as fault:  # noqa: BLE001 - told by the test
            self.fault = fault

    def one_case(self):
        key = secrets.token_urlsafe(16)
        where = self.insist(lambda: self.browser.post_form("/start/proc_direct_guarantee", {"_key": key}))
        task_id = where.rstrip("/").rsplit("/", 1)[-1].split("?")[0]
        seen = self.insist(lambda: self.browser.get_json(f"/api/v1/tasks/{task_id}"))
        paper = self.insist(lambda: self.browser.upload("授权书.pdf", PDF, "application/pdf"))
        walk = Walk("crash", clock.today(), file_of=lambda: paper)
        content = {
            "outcome": "submit",
            "values": answer(walk, "application", seen["values"], seen["schema"]),
            "row_version": seen["row_version"],
            "reasons": {},
        }
        self.submit(f"/tasks/{task_id}/complete", content)
        self.answered.append(int(task_id))

    def submit(self, path, content):
        """Warnings are answered with a reason; another client's case may raise a new one meanwhile."""
        for _round in range(4):
            key = secrets.token_urlsafe(16)
            try:
                return self.insist(lambda key=key: self.browser.post_json(path, content, key=key))
            except Refused as refusal:
                findings = json.loads(refusal.answer).get("findings") or []
                if refusal.status != 422 or any(f["severity"] == "BLOCK" for f in findings):
                    raise
                content["reasons"] |= {f["code"]: "客户另有在办业务，已核实" for f in findings}
        raise AssertionError("warned without end")

    def insist(self, act):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                return act()
            except GONE as gone:
                if isinstance(gone, urllib.error.HTTPError):
                    raise
                time.sleep(0.1)
            except Refused as refusal:
                if refusal.status != 429:
                    raise
                time.sleep(1)  # a sign-in that was killed half-way counts as failed: that is meant
        raise AssertionError("the server did not come back")


def test_a_killed_server_loses_and_doubles_no_completion(databases, database_kind):
    app = databases.demo(database_kind)
    server, enough = Server(_environment(app)), threading.Event()
    server.start()
    clients = [Client(server.url, enough) for _client in range(3)]
    try:
        for client in clients:
            client.start()
        for _kill in range(KILLS):
            time.sleep(random.uniform(0.1, 0.8))  # somewhere in the middle of what they do
            server.kill()
            server.start()
        enough.set()
        for client in clients:
            client.join(PATIENCE)
    finally:
        server.kill()
    assert [client.fault for client in clients if client.fault] == []
    assert not any(client.is_alive() for client in clients)
    _check(app, [task_id for client in clients for task_id in client.answered])


def _environment(app):
    settings = app.extensions["settings"]
    return {
        "DATABASE_URL": settings.database_url,
        "FILES_URL": settings.files_url,
        "SECRET_KEY": settings.secret_key,
        "DATA_KEY": settings.data_key,
        "REDIS_URL": settings.redis_url,
        "APP_ENVIRONMENT": "demo",
    }


def _check(app, answered):
    """Each answered completion is written once, wholly; numbers have no gap; logs are in order."""
    from app.business.projects.models import Project
    from app.workflow.instances.models import ProcessInstance, TaskLog, TaskState, UserTask

    with app.app_context(), acting_as(system_actor(TENANT_ID)):
        done = set(db.session.scalars(select(UserTask.id).where(UserTask.state == TaskState.DONE)))
        assert done == set(answered)
        submitted = Counter(db.session.scalars(select(TaskLog.task_id).where(TaskLog.action == "submit")))
        assert submitted == Counter(answered)
        assert db.session.scalar(select(func.count()).select_from(Project)) == len(answered)
        numbers = sorted(db.session.scalars(select(Project.project_no)))
        last = [int(number[-6:]) for number in numbers]
        assert last == list(range(last[0], last[0] + len(last)))
        for instance in db.session.scalars(select(ProcessInstance)):
            rows = db.session.scalars(
                select(TaskLog.seq).where(TaskLog.instance_id == instance.id).order_by(TaskLog.seq)
            ).all()
            assert list(rows) == list(range(1, len(rows) + 1))
        for project in db.session.scalars(select(Project)):
            opened = db.session.scalars(
                select(UserTask.node_id).where(
                    UserTask.instance_id == project.process_instance_id, UserTask.state == TaskState.OPEN
                )
            ).all()
            assert list(opened) == ["acceptance"]
        db.session.remove()


# ------------------------------------------------------------------ the worker, while timers of cases fall due


def test_a_killed_worker_fires_every_timer_once(databases, database_kind):
    app = databases.demo(database_kind)
    cases = _waiting_cases(app, TIMERS)
    for _kill in range(KILLS // 2):
        running = _two_workers(app)
        time.sleep(random.uniform(0.3, 1.5))  # somewhere in the middle of what they do
        for program in running:
            program.kill()
        _a_minute_passes(app)
    running = _two_workers(app)
    try:
        until(lambda: not _still_waiting(app, cases))
    finally:
        for program in running:
            program.kill()
    _check_fired(app, cases)


def _two_workers(app):
    return [Program(flask, "jobs", role, environment=_environment(app)) for role in ("work", "work", "dispatch")]


def _a_minute_passes(app):
    """What a killed worker held is free again."""
    with app.app_context(), platform_scope("test"), unit_of_work():
        for job in db.session.scalars(select(Job).where(Job.lease_until.is_not(None))):
            job.lease_until = clock.now()


def _waiting_cases(app, count):
    """Cases that wait a few seconds for their task."""
    from app.workflow import definitions
    from app.workflow.instances import operations

    event = (
        '<bpmn:intermediateCatchEvent id="rest" name="等待"><bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f3</bpmn:outgoing>'
        '<bpmn:timerEventDefinition id="t"><bpmn:timeDuration>"PT{seconds}S"</bpmn:timeDuration>'
        "</bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"
        '<bpmn:sequenceFlow id="f3" sourceRef="rest" targetRef="apply" />'
    )
    made = []
    with app.app_context(), acting_as(system_actor(TENANT_ID)) as actor:
        for seconds in (1, 2, 4, 6):
            diagram = bpmn(role="FINANCE").decode()
            diagram = diagram.replace('sourceRef="begun" targetRef="apply"', 'sourceRef="begun" targetRef="rest"')
            diagram = diagram.replace("<bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2", "<bpmn:incoming>f3</bpmn:incoming><bpmn:outgoing>f2")
            diagram = diagram.replace('<bpmn:endEvent id="ended">', event.replace("{seconds}", str(seconds)) + '<bpmn:endEvent id="ended">')
            with unit_of_work():
                release = definitions.deploy(
                    bundle(**{"processes/test/proc_test.bpmn": diagram.encode()}), actor=actor, note="定时"
                )
                definitions.activate(release.id, actor=actor)
                made += [operations.start("proc_test", {}, actor=actor).id for _case in range(count // 4)]
        db.session.remove()
    return made


def _still_waiting(app, cases):
    from app.workflow.instances.models import TimerDue

    with app.app_context(), acting_as(system_actor(TENANT_ID)):
        left = db.session.scalar(select(func.count()).where(TimerDue.instance_id.in_(cases), TimerDue.done_at.is_(None)))
        db.session.remove()
    return left


def _check_fired(app, cases):
    """One task for each case, no incident, logs in order, and the state waits for that very task."""
    from app.workflow.instances.models import Incident, InstanceStatus, ProcessInstance, TaskLog, TaskState, UserTask

    with app.app_context(), acting_as(system_actor(TENANT_ID)):
        tasks = db.session.execute(
            select(UserTask.instance_id, UserTask.node_id, UserTask.state).where(UserTask.instance_id.in_(cases))
        ).all()
        assert Counter(row.instance_id for row in tasks) == Counter(cases)
        assert {(row.node_id, row.state) for row in tasks} == {("apply", TaskState.OPEN)}
        assert db.session.scalar(select(func.count()).select_from(Incident)) == 0
        states = db.session.scalars(select(ProcessInstance.status).where(ProcessInstance.id.in_(cases)))
        assert set(states) == {InstanceStatus.RUNNING}
        for case in cases:
            rows = db.session.scalars(select(TaskLog.seq).where(TaskLog.instance_id == case).order_by(TaskLog.seq)).all()
            assert list(rows) == list(range(1, len(rows) + 1))
        db.session.remove()
