"""Every action in every structure: played on a real case, told in one line, and then the case is walked to its end."""

from datetime import date
from itertools import count

from sqlalchemy import select

from app.core.db import db
from app.core.errors import AppError
from app.support.identity import operations as identity
from app.support.identity.operations import Absence, handing_over
from app.workflow.definitions.lint import LintContext, lint_bpmn
from app.workflow.instances import operations as instances
from app.workflow.instances import store, suspension
from app.workflow.instances.assigning import recusal
from app.workflow.instances.models import EventSubscription, UserTask
from app.workflow.tasks import beside, operations
from app.workflow.tasks.errors import KeptApart
from app.workflow.tasks.models import AskKind, BatchKind
from app.workflow.tasks.operations import batch as batches
from tests.workflow.tasks.desk import STAFF, VALUES, WHY
from tests.workflow.tasks.structures import STRUCTURES

DAY = date(2026, 11, 24)
_keys = count(1)
PROCESSES = tuple(structure.content for structure in STRUCTURES.values())


class Case:
    """A case whose task ``fill`` somebody works on; the task before it was submitted by a colleague."""

    def __init__(self, desk, structure):
        self.desk, self.structure = desk, structure
        self.key = f"M{next(_keys)}"
        self.afterwards = []
        self.id = desk.act(instances.start, structure.process_id, structure.data(desk.ids), by="wang", business_key=self.key)
        first = desk.one(self.id, "first")
        self.complete(first, "li")
        if structure.message:
            desk.act(instances.send_message, structure.message, self.key)
        self.fill = next(one for one in desk.open(self.id, "fill") if desk.task(one).assignee_id in {None, desk.ids["wang"]})
        desk.act(operations.claim, self.fill, by="wang")

    def complete(self, task_id, by):
        return self.desk.act(operations.complete, task_id, self.desk.answers(task_id), by=by)

    def ask(self, kind, *logins):
        ids = [self.desk.ids[login] for login in logins]
        return self.desk.act(operations.add_handlers, self.fill, ids, kind, request=WHY, by="wang")

    def sign(self, by, *, agrees=True):
        self.desk.act(operations.sign, self.fill, agrees=agrees, opinion=WHY, by=by)

    def act(self, verb, *arguments, by="wang", **named):
        return self.desk.act(verb, self.fill, *arguments, by=by, **named)

    def walk_to_the_end(self):
        """Everybody does what is on her list until nothing is left."""
        with self.desk.at_work():
            waits = db.session.scalar(select(EventSubscription.name).where(EventSubscription.instance_id == self.id))
        if waits == self.structure.waits_for:
            self.desk.act(instances.send_message, waits, self.key)
        for _step in range(40):
            waiting = to_do(self.desk, self.id)
            if not waiting:
                return
            self._do(waiting[0])
        raise AssertionError("the case does not come to its end")

    def _do(self, task_id):
        by_id = {user_id: login for login, user_id in self.desk.ids.items()}
        with self.desk.at_work():
            due = [ask.user_id for ask in beside.unanswered(task_id) if ask.state == "WAITING"]
        if due:
            self.desk.act(operations.sign, task_id, agrees=True, opinion="同意", by=by_id[due[0]])
            return
        owner = by_id.get(self.desk.task(task_id).assignee_id, "zhao")
        try:
            self.complete(task_id, owner)
        except KeptApart:  # what she was given by a list of one's own stays hers to hand on
            self.desk.act(operations.transfer, task_id, self.desk.ids["li"], reason=WHY, by=owner)
            self.complete(task_id, "li")

    def told(self):
        """Where the case stands: ``fill 待 李强；beside 待领取``."""
        with self.desk.at_work():
            tasks = [self.desk.task(task_id) for task_id in self.desk.open(self.id)]
        lists = {login: self.desk.listed(login) for login in STAFF}
        standing = sorted(self._standing(task, lists) for task in tasks)
        if not standing:
            return "等待消息" if self.desk.status(self.id) == "RUNNING" else "流程结束"
        return "；".join(standing)

    def _standing(self, task: UserTask, lists):
        people = [STAFF[login] for login in STAFF if task.id in lists[login]]
        if people:
            return f"{task.name} 待 {'、'.join(people)}"
        return f"{task.name} 待领取"


def to_do(desk, case):
    """Open tasks; what is corrected first: until then nobody signs."""
    return desk.open(case, "first") or desk.open(case)


def _remove(case):
    asks = case.ask(AskKind.BEFORE, "li", "chen")
    case.sign("li")
    case.desk.act(operations.remove_handler, case.fill, asks[1], reason=WHY, by="wang")


def _parallel(case):
    case.ask(AskKind.PARALLEL, "li", "chen")
    case.complete(case.fill, "wang")
    case.sign("li")


def _after(case):
    case.ask(AskKind.AFTER, "chen")
    case.complete(case.fill, "wang")


def _all_signed(case):
    _after(case)
    case.sign("chen")


def _refused(case):
    _after(case)
    case.sign("chen", agrees=False)


def _take_back_held(case):
    _after(case)
    case.act(operations.take_back, reason=WHY)


def _reclaim_claimed(case):
    case.complete(case.fill, "wang")
    for task_id in case.desk.open(case.id, "after"):
        case.desk.act(operations.claim, task_id, by="zhao")
    case.act(operations.reclaim, reason=WHY)


def _rest(case):
    case.desk.act(suspension.suspend, case.id, reason=WHY, by="sun")
    refused = case.desk.refusal(operations.complete, case.fill, VALUES, by="wang")
    assert refused.code == "workflow.instances.suspended"
    case.desk.act(suspension.resume, case.id, reason=WHY, by="sun")


def _away(case):
    """陈静 stands in for 王芳, until the end of the cell."""
    return case.desk.act(operations.name_substitute, Absence(case.desk.ids["wang"], case.desk.ids["chen"], DAY, DAY, "出差"), by="wang")


def _seen_by_substitute(case):
    key = _away(case)
    assert case.fill in case.desk.listed("chen")
    case.desk.act(operations.end_substitute, key, by="wang")


def _done_by_substitute(case):
    key = _away(case)
    try:
        case.complete(case.fill, "chen")
    finally:
        case.desk.act(operations.end_substitute, key, by="wang")


class Refused(Exception):
    """A row of several that was refused by itself, with what it was told."""


def _batch(kind, by="wang", **named):
    def act(case):
        batch = case.desk.act(operations.start_batch, [case.fill], kind, words=WHY, by=by, **named)
        with case.desk.at_work():
            (item,) = batches.items_of(batch)
        if item.state != "DONE":
            raise Refused(item.reason)

    return act


def _transfer_many(to):
    return lambda case: _batch(BatchKind.TRANSFER, to_user_id=case.desk.ids[to])(case)


def _come_to_after(case):
    """Everything before ``after`` is done; 赵敏 has claimed that."""
    case.complete(case.fill, "wang")
    if case.structure.waits_for:
        case.desk.act(instances.send_message, case.structure.waits_for, case.key)
    while rest := case.desk.open(case.id, "fill") + case.desk.open(case.id, "beside"):
        case._do(rest[0])
    after = case.desk.one(case.id, "after")
    case.desk.act(operations.claim, after, by="zhao")
    return after


def _return_two(case):
    after = _come_to_after(case)
    case.desk.act(operations.return_to_several, after, {"first": WHY, "fill": WHY}, by="zhao")
    return after


def _both_corrected(case):
    _return_two(case)
    for task_id in case.desk.open(case.id):
        case._do(task_id)


def _run_again(case):
    """What follows is done again after both; the rows say so as if the diagram did."""
    case.desk.act(_let_run_again, case.fill)
    _both_corrected(case)


def _let_run_again(task_id, *, actor):
    of_case = UserTask.instance_id == db.session.get(UserTask, task_id).instance_id
    for task in db.session.scalars(select(UserTask).where(of_case, UserTask.node_id.in_(["first", "fill"]))):
        task.properties = {**task.properties, "resume": "rerun"}


def _late(case):
    """Its time is over; what its node then wants is put into the row, as if the diagram said so – where a diagram may."""
    wants = b'name="onTimeout" value="transfer"/><spiffworkflow:property name="due" value="P1D"/><spiffworkflow:property '
    content = case.structure.content.replace(b'name="role"', wants + b'name="role"')
    found = [one for one in lint_bpmn("fill.bpmn", content, LintContext()) if (one.code, one.element_id) == ("timeout", "fill")]
    if found:
        raise Refused(f"部署时检查：{found[0].message_zh}")
    case.desk.act(_want, case.fill)
    case.desk.act(_timed_out, case.fill)


def _want(task_id, *, actor):
    task = db.session.get(UserTask, task_id)
    task.properties = {**task.properties, "onTimeout": "transfer", "timeoutTo": "LEGAL"}


def _timed_out(task_id, *, actor):
    task = db.session.get(UserTask, task_id)
    assert operations.act_on_timeout(task, store.lock(task.instance_id), actor)
    task.properties = {name: value for name, value in task.properties.items() if name not in {"onTimeout", "timeoutTo"}}


def _jump(case):
    """To the task after it; a second administrator confirms."""
    request = case.act(operations.ask_jump, "after", reason=WHY, by="sun")
    case.desk.act(operations.confirm_jump, request, reason=WHY, by="li")


def _hand_over(case):
    with case.desk.at_work():
        standing = case.desk.open(case.id)
    handover = case.desk.act(identity.hand_over, case.desk.ids["wang"], case.desk.ids["zhao"], reason=WHY, by="sun")
    case.afterwards.append(lambda: case.desk.act(identity.undo_handover, handover, reason=WHY, by="sun"))
    with case.desk.at_work():
        refused = [item.note for item in handing_over.items_of(handover) if (item.kind, item.row_id, item.state) == ("task", case.fill, "REFUSED")]
    if refused:
        raise Refused(*refused)
    assert case.fill in case.desk.listed("zhao")
    assert case.desk.open(case.id) == standing


def _hand_over_and_back(case):
    _hand_over(case)
    case.afterwards.pop()()


def _return_to_fill(case):
    case.desk.act(operations.return_to, _come_to_after(case), "fill", reason=WHY, by="zhao")


ACTIONS = {
    "领取后退回公共池": lambda case: case.act(operations.release),
    "保存草稿": lambda case: case.act(operations.save_draft, case.desk.answers(case.fill)),
    "提交": lambda case: case.complete(case.fill, "wang"),
    "after 退回 fill": _return_to_fill,
    "after 退回 first 和 fill": _return_two,
    "after 退回两个环节，均已改好": _both_corrected,
    "after 退回两个环节，改好后须重新流转": _run_again,
    "after 退回两个环节后撤回": lambda case: case.desk.act(operations.take_back, _return_two(case), reason=WHY, by="zhao"),
    "退回": lambda case: case.act(operations.return_to, "first", reason=WHY),
    "转办": lambda case: case.act(operations.transfer, case.desk.ids["li"], reason=WHY),
    "转办给赵敏": lambda case: case.act(operations.transfer, case.desk.ids["zhao"], reason=WHY),
    "撤回（提交后）": lambda case: (case.complete(case.fill, "wang"), case.act(operations.take_back, reason=WHY)),
    "撤回（等待加签时）": _take_back_held,
    "拿回（后续已领取）": _reclaim_claimed,
    "委派": lambda case: case.act(operations.delegate, case.desk.ids["chen"], request=WHY),
    "委派办理后": lambda case: (case.act(operations.delegate, case.desk.ids["chen"], request=WHY), case.sign("chen")),
    "前加签": lambda case: case.ask(AskKind.BEFORE, "li", "chen"),
    "并加签（本人已提交、一人已签）": _parallel,
    "后加签（本人已提交）": _after,
    "后加签全部签署": _all_signed,
    "后加签不同意": _refused,
    "减签": _remove,
    "增加会签人": lambda case: case.act(operations.add_signers, [case.desk.ids["chen"]], reason=WHY, by="sun"),
    "减去会签人": lambda case: case.act(operations.drop_signer, 1, reason=WHY, by="sun"),
    "回避": lambda case: case.desk.act(recusal.recuse, case.id, case.desk.ids["wang"], reason=WHY, by="wang"),
    "抄送": lambda case: case.act(operations.copy_to, [case.desk.ids["chen"]]),
    "催办": lambda case: case.act(operations.urge, by="li"),
    "留言": lambda case: case.act(operations.comment, "请尽快办理"),
    "代理人可见": _seen_by_substitute,
    "代理人提交": _done_by_substitute,
    "批量转办": _transfer_many("li"),
    "批量转办给赵敏": _transfer_many("zhao"),
    "批量催办": _batch(BatchKind.URGE, by="li"),
    "工作交接": _hand_over,
    "交接后撤销": _hand_over_and_back,
    "跳转到 after（两名管理员）": _jump,
    "超时自动转交": _late,
    "挂起后恢复": _rest,
    "终止流程": lambda case: case.desk.act(instances.cancel, case.id, reason=WHY, by="sun"),
}
"""By the words staff use; each is done to the task ``fill`` that 王芳 has claimed."""


def _begun(desk, structure, told=None):
    """Where its cases stand before any action: all alike, so one is asked."""
    begun = desk.__dict__.setdefault("begun", {})
    return begun.setdefault(structure, told) if told else begun.get(structure)


def play(desk, action, structure):
    """What an action does in a structure, in one line; the case is sound at every step and ends as it should."""
    case = Case(desk, STRUCTURES[structure])
    before = _begun(desk, structure) or _begun(desk, structure, case.told())
    try:
        ACTIONS[action](case)
    except (AppError, Refused) as refusal:
        with desk.app.app_context():
            told = f"不允许：{refusal}"
        desk.assert_sound(case.id)
    else:
        desk.assert_sound(case.id)
        after = case.told()
        told = "允许：不变" if after == before else f"允许：{after}"
    if action != "终止流程":
        case.walk_to_the_end()
    for undo in case.afterwards:
        undo()
    assert desk.status(case.id) == ("CANCELLED" if action == "终止流程" else "COMPLETED")
    assert desk.open(case.id) == []
    desk.assert_sound(case.id)
    return told


def documented(results):
    """``docs/actions.md`` of what came out, by action and structure."""
    told = [results[action][structure] for action in ACTIONS for structure in STRUCTURES]
    numbers = {text: number for number, text in enumerate(dict.fromkeys(told), start=1)}
    lines = [*_HEAD, "", "| 操作 | " + " | ".join(one.label for one in STRUCTURES.values()) + " |"]
    lines.append("|---" * (len(STRUCTURES) + 1) + "|")
    for action in ACTIONS:
        cells = [f"{_mark(results[action][one])} {numbers[results[action][one]]}" for one in STRUCTURES]
        lines.append(f"| {action} | " + " | ".join(cells) + " |")
    lines += ["", "## 结果", ""]
    lines += [f"{number}. {_mark(text)} {text}" for text, number in numbers.items()]
    return "\n".join(lines) + "\n"


def _mark(text):
    return "✓" if text.startswith("允许") else "✗"


_HEAD = """# 审批操作与流程结构

由 `tools/actions.py` 按 `tests/workflow/tasks/matrix.py` 实际运行的结果写成，请勿手工修改；测试发现不一致即失败。

每一格都在真实流程上演练：流程为 `first`（李强已提交）→ 某种结构中的 `fill`（王芳已领取）→ `after`；并行、包容网关
另有一支 `beside`；会签、或签、票签、依次是属性 `countersign` 的四种写法，会签人为王芳、赵敏、孙悦。操作之后核对待办、定时、消息等待与引擎状态完全一致，再一直办理到流程结束。数字指下方“结果”。
“不变”指仍停在王芳的 `fill`，各人待办与操作前相同。""".splitlines()
