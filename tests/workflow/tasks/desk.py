"""A small company at its desk: a program with processes of every structure, five people, real commits."""

import secrets
from contextlib import contextmanager

from sqlalchemy import func, literal, literal_column, select, union_all

from app.core.db import db
from app.core.errors import AppError
from app.core.tenancy import acting_as, system_actor
from app.core.transactions import unit_of_work
from app.support.identity import operations as identity
from app.support.identity.models import Tenant
from app.support.identity.operations import Person
from app.support.identity.security import actor_for
from app.workflow import definitions
from app.workflow.instances import operations as instances
from app.workflow.instances import verification
from app.workflow.instances.models import ProcessInstance, TaskLog, TaskState, UserTask
from app.workflow.tasks import operations as tasks
from app.workflow.tasks import queries
from tests.workflow.definitions.bundles import bundle, form

WHY = "因为这件事需要这样办理才行"
STAFF = {"wang": "王芳", "li": "李强", "zhao": "赵敏", "chen": "陈静", "sun": "孙悦"}
"""wang, li and zhao are of the role that works; chen of another; sun may manage cases."""
ROLES = {"wang": "PM_A", "li": "PM_A", "zhao": "PM_A", "chen": "LEGAL", "sun": "ADMIN"}
GRANTS = {
    "PM_A": {"workflow.instances.start", "files.document.upload"},
    "LEGAL": set(),
    "ADMIN": {"workflow.instances.manage", "workflow.instances.view", "support.substitutes.manage", "workflow.scenarios.export"},
}
AMOUNT = {"type": "number", "key": "amount", "label": "金额", "properties": {"unit": "wan"}, "validate": {"required": True}}
DECIDE = (
    {"type": "radio", "key": "decision", "label": "决定", "validate": {"required": True},
     "values": [{"label": "同意", "value": "AGREE"}, {"label": "不同意", "value": "REFUSE"}]},
    {"type": "textarea", "key": "opinion", "label": "意见", "validate": {"required": True}},
)  # fmt: skip
VALUES = {"amount": "3"}
ANSWERS = {"room/apply": VALUES, "room/decide": {"decision": "AGREE", "opinion": "同意"}}
"""What anybody fills in, by form."""
MOVED = {
    "process_instance", "user_task", "task_candidate", "task_log", "timer_due", "event_subscription", "notice", "sms_message",
    "co_handler", "held_submission", "task_copy", "substitution", "task_batch", "task_batch_item", "jump_request", "handover", "handover_item", "standard_phrase", "document_link", "incident", "thrown_event",
    "task_signature", "kept_signature", "document",
}  # fmt: skip
"""Tables acts write to."""
_FIGURES = union_all(*(
    select(literal(name), func.count(), func.sum(table.c.row_version)).select_from(table)
    for name, table in sorted(db.metadata.tables.items())
    if name in MOVED
)).order_by(literal_column("1"))  # fmt: skip


class Desk:
    """One program. ``act`` lets somebody do something in a transaction of its own."""

    def __init__(self, app, processes, more=None):
        self.app, self.system, self.browsers = app, system_actor(1), {}
        files = {f"processes/test/p{n}.bpmn": content for n, content in enumerate(processes)}
        files |= {"processes/test/proc_test.bpmn": None, "forms/screens/room/apply.form": form(AMOUNT), "forms/screens/room/decide.form": form(*DECIDE), **(more or {})}
        with self.at_work():
            with unit_of_work():
                db.session.add(Tenant(id=1, code="T", name="公司"))
                for code, grants in GRANTS.items():
                    identity.create_role(code, code, permissions=grants, actor=self.system)
                made = {login: self._hire(login, name) for login, name in STAFF.items()}
                release = definitions.deploy(bundle(**files), actor=self.system)
                definitions.activate(release.id, actor=self.system)
            self.ids = {login: user.id for login, user in made.items()}
            self.people = {login: actor_for(user_id) for login, user_id in self.ids.items()}

    def _hire(self, login, name):
        person = Person(name=name, mobile="13800000001" if login == "li" else None)
        return identity.create_user(
            f"{login}@example.com", "Zdy-2026-demo!", person, role_codes=[ROLES[login]], actor=self.system,
            must_change_password=False,
        )  # fmt: skip

    @contextmanager
    def at_work(self, who=None):
        with self.app.app_context(), acting_as(who or self.system):
            try:
                yield
            finally:
                db.session.remove()

    def act(self, verb, *arguments, by=None, **named):
        """What the verb gives back, the key of rows it gives back; refusals raise and leave nothing behind."""
        actor = self.people[by] if by else self.system
        with self.at_work(actor), unit_of_work():
            return _key_of(verb(*arguments, actor=actor, **named))

    def refusal(self, verb, *arguments, by=None, **named):
        """The refusal of an act, which must be one; no row has changed."""
        before = self.everything()
        try:
            self.act(verb, *arguments, by=by, **named)
        except AppError as refused:
            with self.app.app_context():
                refused.text = str(refused)
            assert self.everything() == before
            return refused
        raise AssertionError("was not refused")

    def everything(self):
        """Figures that move whenever something is written."""
        with self.at_work():
            return db.session.execute(_FIGURES).all()

    def get(self, reading, *arguments):
        with self.at_work():
            return reading(*arguments)

    def start(self, process_id="proc_one", by="wang", **data):
        return self.act(instances.start, process_id, data, by=by)

    def open(self, case, node_id=None):
        """Keys of the open tasks of a case, of one node or of all, oldest first."""
        query = select(UserTask).where(UserTask.instance_id == case, UserTask.state == TaskState.OPEN)
        with self.at_work():
            found = db.session.scalars(query.order_by(UserTask.opened_at, UserTask.created_at, UserTask.id)).all()
            return [task.id for task in found if node_id in (None, task.node_id)]

    def one(self, case, node_id):
        (task_id,) = self.open(case, node_id)
        return task_id

    def task(self, task_id):
        with self.at_work():
            return db.session.get(UserTask, task_id)

    def answers(self, task_id):
        """What anybody fills in."""
        return ANSWERS[self.task(task_id).form]

    def claimed(self, process_id="proc_one", node_id="fill", by="wang"):
        """A new case whose task this person has claimed: (case, task)."""
        case = self.start(process_id)
        task_id = self.open(case, node_id)[0]
        self.act(tasks.claim, task_id, by=by)
        return case, task_id

    def submit(self, task_id, by="wang", **named):
        return self.act(tasks.complete, task_id, VALUES, by=by, **named)

    def listed(self, login, name="todo"):
        """Keys of the tasks on somebody's list."""
        with self.at_work(self.people[login]):
            return set(db.session.scalars(select(queries.rows_of(name, self.people[login]).c.id)))

    def log(self, case):
        """(action, actor) of everything that happened, in order."""
        query = select(TaskLog).where(TaskLog.instance_id == case).order_by(TaskLog.seq)
        with self.at_work():
            return [(row.action, row.actor_id) for row in db.session.scalars(query)]

    def logged(self, case, action):
        """The rows of one act."""
        query = select(TaskLog).where(TaskLog.instance_id == case, TaskLog.action == action)
        with self.at_work():
            return db.session.scalars(query.order_by(TaskLog.seq)).all()

    def status(self, case):
        with self.at_work():
            return db.session.get(ProcessInstance, case).status.value

    def browser(self, login):
        """Somebody signed in; always the same browser."""
        if login not in self.browsers:
            client = self.app.test_client()
            answer = client.post("/login", data={"email": f"{login}@example.com", "password": "Zdy-2026-demo!"})
            assert answer.status_code in {302, 303}
            self.browsers[login] = client
        return self.browsers[login]

    def post(self, login, address, **fields):
        return self.browser(login).post(address, data={"_key": secrets.token_hex(8), **fields})

    def page(self, login, address, status=200):
        answer = self.browser(login).get(address)
        assert answer.status_code == status, answer.get_data(as_text=True)[:2000]
        return answer.get_data(as_text=True)

    def assert_sound(self, case):
        """The lists follow from the engine's state."""
        with self.at_work():
            instance = db.session.get(ProcessInstance, case)
            found = verification.examine(instance, verification.stored_of([case])[case], self.system)
            assert [f"{one.kind} {one.message}" for one in found] == []


def _key_of(result):
    if isinstance(result, list):
        return [_key_of(one) for one in result]
    if isinstance(result, tasks.Completion):
        return (result.done, result.held)
    return getattr(result, "id", result)
