"""The desk's company with departments, a table of authority, and a form in which nothing must be filled in.

sun heads the company (root), chen the credit department below it, where wang, li and zhao work.
"""

from app.core.db import db
from app.core.transactions import unit_of_work
from app.support.identity import operations as identity
from app.support.identity.models import User
from app.support.identity.operations import DepartmentFacts
from app.workflow import definitions
from app.workflow.instances.models import UserTask
from app.workflow.tasks import operations as tasks
from tests.workflow.definitions.bundles import bundle, form
from tests.workflow.engine.diagrams import begin, end, flow, process, user
from tests.workflow.tasks.desk import AMOUNT, Desk

NOTE = {"type": "textarea", "key": "note", "label": "备注"}
LIMITS = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="limits">
<decision id="limits" name="审批权限额度"><decisionTable id="t" hitPolicy="COLLECT">
<input id="i"><inputExpression id="e"><text>true</text></inputExpression></input>
<output id="o1" name="role"/><output id="o2" name="limit_fen"/>
<rule id="r1"><inputEntry id="a1"><text>-</text></inputEntry><outputEntry id="b1"><text>"ADMIN"</text></outputEntry><outputEntry id="c1"><text>1000000000</text></outputEntry></rule>
<rule id="r2"><inputEntry id="a2"><text>-</text></inputEntry><outputEntry id="b2"><text>"LEGAL"</text></outputEntry><outputEntry id="c2"><text>100000000</text></outputEntry></rule>
</decisionTable></decision></definitions>""".encode()
OPEN = {"form": "room/note", "role": "PM_A"}
"""A node whose form asks for nothing."""


def line(process_id, *nodes):
    """begin – the nodes – end."""
    ids = [node.split('id="')[1].split('"')[0] for node in nodes]
    return process(process_id, begin(), *nodes, end(), flow("begin", *ids, "done"))


def after_fill(process_id, **properties):
    """``fill`` by the pool of PM_A, then ``check`` with these properties."""
    return line(process_id, user("fill", **OPEN), user("check", **{**OPEN, **properties}))


class Company(Desk):
    def __init__(self, app, processes):
        super().__init__(app, (line("proc_first", user("fill", form="room/apply", role="PM_A")),))
        files = {f"processes/test/p{n}.bpmn": content for n, content in enumerate(processes)}
        files |= {
            "processes/test/proc_test.bpmn": None, "forms/screens/room/apply.form": form(AMOUNT),
            "forms/screens/room/note.form": form(NOTE), "rules/room/limits.dmn": LIMITS,
        }  # fmt: skip
        self.files = files
        with self.at_work(), unit_of_work():
            root = self._department("root", "sun")
            credit = self._department("credit", "chen", root.id)
            for login in ("wang", "li", "zhao", "chen"):
                db.session.get(User, self.ids[login]).department_id = credit.id
            db.session.get(User, self.ids["sun"]).department_id = root.id
            release = definitions.deploy(bundle(**files), actor=self.system)
            definitions.activate(release.id, actor=self.system)

    def _department(self, code, head, parent_id=None):
        facts = DepartmentFacts(code, parent_id, self.ids[head])
        return identity.create_department(code, facts, actor=self.system)

    def logins(self, user_ids):
        return [login for user_id in user_ids for login, one in self.ids.items() if one == user_id]

    def opened(self, case, node_id="check"):
        """The open task of a node with its people by login: (task, assignee, candidates)."""
        task_id = self.one(case, node_id)
        with self.at_work():
            task = db.session.get(UserTask, task_id)
            task.assignment  # noqa: B018 - read while the session lives
            there = self.logins(sorted([one.user_id for one in task.candidates], key=self.order))
            return task, (self.logins([task.assignee_id]) or [None])[0], there

    def order(self, user_id):
        return list(self.ids.values()).index(user_id)

    def run(self, process_id, by="wang", start_by=None, **data):
        """A case whose ``fill`` this person has done: its key."""
        case = self.start(process_id, by=start_by or by, **data)
        self.fill(self.one(case, "fill"), by)
        return case

    def fill(self, task_id, by="wang", **named):
        return self.act(tasks.complete, task_id, {}, by=by, **named)
