"""Drive one case through the real HTTP interface as the real people, step by step."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from app.demo.accounts import ACCOUNTS, BY_LOGIN, BY_NAME, Account
from app.demo.answers import NoAnswer, Walk, answer
from app.demo.browser import Browser, Refused

Say = Callable[[str], object]
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)
MOST_TASKS = 120
REASON = "同意继续办理，已核实情况"


class WalkFailed(RuntimeError):
    """The case did not get where the walk should lead."""


@dataclass(frozen=True)
class Variant:
    """One way through the line. ``ends``: the project's status at its end."""

    ends: str
    amount_wan: int = 300
    votes: tuple[str, ...] = ("APPROVE",)
    veto: bool = False
    returns_at: str | None = None
    withdraws_at: str | None = None
    expires_at: str | None = None
    releases: bool = False
    months: int = 12
    product: str = ""
    deposit_wan: int = 0
    refund: tuple[str, ...] = ("ASK",)
    """What finance decides on the refund of an early release, in turn; all but the last are refused."""
    stops_at: str | None = None
    """Node before which a stage of the demo stands still."""


VARIANTS = {
    "direct": Variant(ends="RELEASED", releases=True),
    "early": Variant(ends="RELEASED", releases=True, deposit_wan=20, refund=("ASK", "ASK")),
    "instalment": Variant(ends="RELEASED", releases=True, months=18, product="中期贷款担保"),
    "return": Variant(ends="RELEASED", returns_at="department_review", releases=True, refund=("RENOUNCE",)),
    "veto": Variant(ends="VETOED", veto=True),
    "defer": Variant(ends="IN_FORCE", votes=("DEFER", "APPROVE")),
    "withdraw": Variant(ends="WITHDRAWN", withdraws_at="risk_review"),
    "expired": Variant(ends="APPROVAL_EXPIRED", expires_at="draft_contracts"),
    "notpassed": Variant(ends="REJECTED", votes=("REJECT",)),
}


@dataclass(frozen=True)
class Stage:
    """A case of the demo company that waits somewhere on its way."""

    name: str
    label: str
    variant: Variant
    customer: str


STAGES = (
    Stage("stage_in_force", "在保", Variant(ends="IN_FORCE", amount_wan=500), "北京绿源农业科技有限公司"),
    Stage(
        "stage_contracts",
        "合同签署",
        Variant(ends="", amount_wan=260, stops_at="legal_review"),
        "北京云图软件技术有限公司",
    ),
    Stage(
        "stage_voting",
        "评审会表决",
        Variant(ends="", amount_wan=420, stops_at="cast_vote"),
        "北京恒达建材贸易有限公司",
    ),
    Stage(
        "stage_risk",
        "风险审查",
        Variant(ends="", amount_wan=150, stops_at="risk_review"),
        "北京华新精密机械有限公司",
    ),
    Stage(
        "stage_diligence",
        "尽职调查",
        Variant(ends="", amount_wan=80, stops_at="due_diligence"),
        "北京绿源农业科技有限公司",
    ),
)


class Walker:
    """Signs people in as they are needed and lets each do what her list holds.

    ``looks``: whether they open the pages their acts lead to; it takes half of a walk's time.
    """

    def __init__(
        self, url: str, name: str, *, today: date, say: Say, stage: Stage | None = None, looks: bool = False
    ) -> None:
        self.url, self.name, self.say, self.looks = url, name, say, looks
        self.variant = stage.variant if stage else VARIANTS[name]
        self.walk = Walk(
            name,
            today,
            amount_wan=self.variant.amount_wan,
            votes=self.variant.votes,
            veto=self.variant.veto,
            months=self.variant.months,
            product=self.variant.product,
            deposit_wan=self.variant.deposit_wan,
            refund=self.variant.refund,
            file_of=self._upload,
            customer=stage.customer if stage else Walk.customer,
        )
        self.count = 0
        self.case_id = 0
        self.project_id = 0
        self._people: dict[str, Browser] = {}
        self._uploader: Browser | None = None
        self._returned = False

    # ------------------------------------------------------------------ the way

    def run(self, expire: Callable[[], None] | None = None) -> str:
        """Walk to the end; returns the project's last status. :raises WalkFailed: it ends elsewhere."""
        case = self._start("proc_direct_guarantee", {})
        self.case_id = int(case["id"])
        case = self._work(case, expire)
        self.project_id = int(case["data"]["project_id"])
        status = self._status(case)
        if self.variant.stops_at:
            return status
        if self.variant.releases:
            self._require(status, "IN_FORCE")
            status = self.release(self.project_id)
        self._require(status, self.variant.ends)
        self.say(f"walk {self.name}: {self.count} tasks, {status}")
        return status

    def begin(self, until: str) -> None:
        """Start a case and walk to before a node."""
        case = self._start("proc_direct_guarantee", {})
        self.case_id = int(case["id"])
        self.go_on(until)

    def go_on(self, until: str) -> str:
        """Walk on to before the next task of a node; the project's status there."""
        self.variant = replace(self.variant, stops_at=until)
        case = self._work(self._case(self.case_id), None)
        self.project_id = int(case["data"]["project_id"])
        return self._status(case)

    def project_no(self) -> str:
        """The project's number."""
        return str(self.person("auditor").get_json(f"/api/v1/projects/{self.project_id}")["project_no"])

    def person(self, login: str) -> Browser:
        """Somebody of the company, signed in."""
        return self._person(BY_LOGIN[login])

    def share_people(self, other: "Walker") -> None:
        """Be served by the same signed-in people as another walk."""
        self._people = other._people  # noqa: SLF001 - another of its kind

    def release(self, project_id: int) -> str:
        """Walk through the full release of what is in force; returns the project's status after it."""
        case = self._start("proc_release", {"project_id": str(project_id)})
        return self._status(self._work(case, None))

    def sign_out(self) -> None:
        """Everybody goes home; whoever is needed signs in anew."""
        self._people.clear()

    def _require(self, status: str, wanted: str) -> None:
        if status != wanted:
            raise WalkFailed(f"walk {self.name} ended {status}, not {wanted}")

    def _start(self, process_id: str, data: dict[str, str]) -> dict[str, Any]:
        """Start a case as the project manager; leads to her first task."""
        person = self._person(BY_LOGIN["pm_a"])
        where = person.post_form(f"/start/{process_id}", data)
        task = person.get_json(f"/api/v1/tasks/{where.rstrip('/').rsplit('/', 1)[-1].split('?')[0]}")
        self.say(f"  {person.account.name} 发起 {process_id}")
        return self._case(task["instance_id"])

    def _case(self, instance_id: int) -> dict[str, Any]:
        case: dict[str, Any] = self._person(BY_LOGIN["auditor"]).get_json(f"/api/v1/cases/{instance_id}")
        return case

    def _status(self, case: dict[str, Any]) -> str:
        project: dict[str, Any] = self._person(BY_LOGIN["auditor"]).get_json(
            f"/api/v1/projects/{case['data']['project_id']}"
        )
        return str(project["status"])

    def _work(self, case: dict[str, Any], expire: Callable[[], None] | None) -> dict[str, Any]:
        """Let people work off the case's open tasks until it ends."""
        while case["status"] == "RUNNING" and case["open_tasks"]:
            if self.count > MOST_TASKS:
                raise WalkFailed(f"walk {self.name} does not end")
            for task in [task for task in case["open_tasks"] if task["state"] == "OPEN"]:
                if task["node_id"] == self.variant.stops_at:
                    return case
                if task["node_id"] == self.variant.expires_at and expire is not None:
                    self.say("  …… 批复有效期届满 ……")
                    expire()
                    self.sign_out()
                    break
                if self._diverges(task, case):
                    break
                self._do(task, case)
            case = self._case(case["id"])
            if case["status"] == "INCIDENT":
                raise WalkFailed(f"walk {self.name} stopped with an incident: {case}")
        return case

    def _diverges(self, task: dict[str, Any], case: dict[str, Any]) -> bool:
        """The one act in which a variant leaves the straight way."""
        if task["node_id"] == self.variant.withdraws_at:
            person = self._person(BY_LOGIN["pm_a"])
            person.post_form(
                f"/projects/{case['data']['project_id']}/withdraw",
                {"reason": "客户资金需求取消，申请撤回本笔业务"},
            )
            self.say(f"  {person.account.name} 撤回申请")
            return True
        if task["node_id"] == self.variant.returns_at and not self._returned:
            self._returned = True
            person = self._person(self._handler(task, case))
            self._claim(person, task)
            person.post_form(
                f"/tasks/{task['id']}/return",
                {"node_id": "due_diligence", "reason": "请补充说明下游回款周期及存货情况"},
            )
            self.say(f"  {person.account.name} 退回 {task['name']} → 尽职调查（A角）")
            return True
        return False

    # ------------------------------------------------------------------ one task

    def _do(self, task: dict[str, Any], case: dict[str, Any]) -> None:
        person = self._uploader = self._person(self._handler(task, case))
        self._claim(person, task)
        seen = person.get_json(f"/api/v1/tasks/{task['id']}")
        if task["node_id"] in {"acceptance"}:
            self.walk.choices = {"pm_a": [self._id_of("pm_a")], "pm_b": [self._id_of("pm_b")]}
        try:
            values = answer(self.walk, task["node_id"], seen["values"], seen["schema"], name=task["name"])
        except NoAnswer as exc:
            raise WalkFailed(f"walk {self.name}: {exc}") from exc
        self._submit(person, task, values, seen)
        self.count += 1
        if task["node_id"] == "record_minutes":
            self.walk.round_no += 1
        if task["node_id"] == "open_meeting":
            self.walk.sitting_no += 1
        if task["node_id"] == "approve_refund":
            self.walk.refund_round += 1
        self.say(f"  {self.count:>3} {task['name']}  {person.account.name}")

    def _submit(
        self, person: Browser, task: dict[str, Any], values: dict[str, Any], seen: Mapping[str, Any]
    ) -> None:
        """Submit, signed where it must be; warnings are answered with a reason, as a person would."""
        path = f"/tasks/{task['id']}/complete"
        content: dict[str, Any] = {"outcome": "submit", "values": values, "row_version": seen["row_version"]}
        if seen["signature"]:
            content["signature"] = {"kind": "TYPED", "name": person.account.name}
        reasons: dict[str, str] = {}
        while True:
            content["reasons"] = reasons
            try:
                person.post_json(path, content)
            except Refused as refusal:
                reasons = reasons | self._reasons(person, task, refusal, reasons)
            else:
                return

    def _reasons(
        self, person: Browser, task: dict[str, Any], refusal: Refused, given: Mapping[str, str]
    ) -> dict[str, str]:
        """For the warnings that are new; somebody else's case may raise one in between. :raises WalkFailed:"""
        findings = json.loads(refusal.answer).get("findings", []) if refusal.status == 422 else []
        new = {f["code"]: REASON for f in findings if f["severity"] == "WARN" and f["code"] not in given}
        if not new or any(f["severity"] == "BLOCK" for f in findings):
            told = "；".join(f"{f.get('field') or ''} {f['message']}" for f in findings) or str(refusal)
            raise WalkFailed(f"{task['name']}（{person.account.name}）：{told}") from refusal
        return new

    def _claim(self, person: Browser, task: dict[str, Any]) -> None:
        if task["assignee_id"] is None:
            person.post_form(f"/tasks/{task['id']}/claim", {})

    def _handler(self, task: dict[str, Any], case: dict[str, Any]) -> Account:
        if task["assignee"]:
            return BY_NAME[task["assignee"]]
        return next(account for account in ACCOUNTS if task["role"] in account.roles)

    def _person(self, account: Account) -> Browser:
        if account.login not in self._people:
            self._people[account.login] = Browser(self.url, account, looks=self.looks).sign_in()
        return self._people[account.login]

    def _id_of(self, login: str) -> str:
        return str(self._person(BY_LOGIN[login]).get_json("/api/v1/me")["id"])

    def _upload(self) -> str:
        if self._uploader is None:
            raise WalkFailed("nobody is at work")
        return self._uploader.upload("附件.pdf", PDF, "application/pdf")
