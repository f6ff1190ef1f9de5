"""The served demo company as tests of doors use it: signed-in people, cases at a stage, refusals as values."""

import json
import re
import secrets
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import func, select

from app.core import clock
from app.core.db import db
from app.core.tenancy import acting_as, platform_scope, system_actor
from app.core.transactions import unit_of_work
from app.demo.accounts import BY_LOGIN, PASSWORD
from app.demo.answers import Walk, answer
from app.demo.browser import Browser, Refused
from app.demo.company import TENANT_ID
from app.demo.walk import PDF, REASON, STAGES, Walker
from app.support.identity import operations as identity
from app.support.identity.models import User

CHINESE = re.compile(r"[一-鿿]")


class Place:
    """One served program with the demo company in it."""

    def __init__(self, app, url, walked):
        self.app, self.url, self._people = app, url, {}
        self._cases = {name: one.case_id for name, one in walked.items()}

    def person(self, login):
        """Somebody signed in, always the same browser."""
        if login not in self._people:
            self._people[login] = self.newcomer(login)
        return self._people[login]

    def newcomer(self, login):
        """The same person in another browser."""
        return Browser(self.url, BY_LOGIN[login]).sign_in()

    def another(self, login, name):
        """A colleague with the same roles in the same department, signed in."""
        account = replace(BY_LOGIN[login], login=f"{login}_{secrets.token_hex(4)}", name=name)
        with self.inside(), unit_of_work():
            known = db.session.scalar(select(User).where(User.email == BY_LOGIN[login].email))
            identity.create_user(
                account.email,
                PASSWORD,
                identity.Person(name=name, department_id=known.department_id),
                role_codes=account.roles,
                actor=system_actor(TENANT_ID),
                must_change_password=False,
            )
        return Browser(self.url, account).sign_in()

    def start(self):
        """A new case's first task: (task id, what the form opens with, good values)."""
        person = self.person("pm_a")
        where = person.post_form("/start/proc_direct_guarantee", {})
        task_id = re.search(r"/tasks/(\d+)", where).group(1)
        seen = person.get_json(f"/api/v1/tasks/{task_id}")
        paper = person.upload("授权书.pdf", PDF, "application/pdf")
        walk = Walk("bad", clock.today(), file_of=lambda: paper)
        return task_id, seen, answer(walk, "application", seen["values"], seen["schema"])

    def stage(self, name):
        """A case that waits at a stage, walked there once: the case and its open task."""
        if name not in self._cases:
            stage = next(stage for stage in STAGES if stage.name == name)
            self._cases[name] = self._walk(Walker(self.url, name, today=clock.today(), say=lambda _text: None, stage=stage))
        case = self.case(self._cases[name])
        return case, next((task for task in case["open_tasks"] if task["state"] == "OPEN"), None)

    def walked(self, name="direct"):
        """A case walked to its end, once."""
        if name not in self._cases:
            self._cases[name] = self._walk(Walker(self.url, name, today=clock.today(), say=lambda _text: None))
        return self.case(self._cases[name])

    def _walk(self, walker):
        walker._people, walker.looks = self._people, True  # those it signs in look at pages for the tests, too
        walker.run()
        return walker.case_id

    def case(self, case_id):
        return self.person("auditor").get_json(f"/api/v1/cases/{case_id}")

    @contextmanager
    def inside(self):
        """The database, as the company's system sees it."""
        with self.app.app_context(), acting_as(system_actor(TENANT_ID)):
            yield db.session
            db.session.remove()

    @contextmanager
    def platform(self):
        """The database past the condition of tenants."""
        with self.app.app_context(), platform_scope("test"):
            yield db.session
            db.session.remove()

    def count(self, query):
        """The figure of a query."""
        with self.inside() as session:
            return session.scalar(query)

    def count_all(self, model):
        """How many rows of a table there are, whoever's."""
        with self.platform() as session:
            return session.scalar(select(func.count()).select_from(model))

    def ids(self, model, *conditions):
        """Keys of the company's rows, oldest first."""
        with self.inside() as session:
            return session.scalars(select(model.id).where(*conditions).order_by(model.created_at, model.id)).all()


def submit(person, task_id, seen, values, *, key=None, **more):
    """Submit as the form page does; refusals raise."""
    content = {"outcome": "submit", "values": values, "row_version": seen["row_version"], "reasons": {}, **more}
    return person.post_json(f"/tasks/{task_id}/complete", content, key)


def submit_with_reasons(person, task_id, seen, values):
    """Submit; what is only a warning gets a reason, as a person would give one. The answer and the reasons."""
    try:
        return submit(person, task_id, seen, values), {}
    except Refused as refusal:
        findings = json.loads(refusal.answer)["findings"]
        assert {finding["severity"] for finding in findings} == {"WARN"}, findings
    reasons = {finding["code"]: REASON for finding in findings}
    return submit(person, task_id, seen, values, reasons=reasons), reasons


def outcome(act):
    """What an act was answered with: ``(status, text)``; 200 when it was not refused."""
    try:
        return 200, str(act())
    except Refused as refusal:
        return refusal.status, refusal.answer


def refusal(act, *statuses):
    """The text of a refusal, which is Chinese, tells nothing of our insides and has one of these statuses."""
    status, text = outcome(act)
    assert status in statuses, (status, text[:500])
    assert_clear(status, text)
    return text


def assert_clear(status, text):
    """A refusal a person can read: no fault, no trace, Chinese words."""
    assert 400 <= status < 500, (status, text[:500])
    for word in ("Traceback", "sqlalchemy", "werkzeug", "psycopg", "site-packages"):
        assert word not in text, text[:1000]
    said = json.loads(text)["message"] if text.lstrip().startswith("{") else text
    assert CHINESE.search(said), text[:500]


def findings_of(text):
    """Messages by field of a refused submission."""
    return {finding["field"]: finding["message"] for finding in json.loads(text)["findings"]}


def raw(place, person, path, body=None, headers=None, method=None):
    """Send exactly this; ``(status, text)``."""
    request = urllib.request.Request(place.url + path, data=body, headers=headers or {}, method=method)
    try:
        with person._opener.open(request, timeout=20) as found:
            return found.status, found.read().decode(errors="replace")
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode(errors="replace")
