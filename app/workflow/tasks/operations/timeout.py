"""A task whose time is over 超时: handed to the superior or a role, or decided, as its node says."""

from app.core.db import db
from app.core.errors import AppError
from app.core.i18n import _
from app.core.tenancy import Actor
from app.support import audit, notices
from app.support.identity import queries as people
from app.support.identity.models import User
from app.workflow.instances import worklist
from app.workflow.instances.log import write_log
from app.workflow.instances.models import ProcessInstance, TaskKind, UserTask
from app.workflow.instances.overdue import PROPERTY, when_overdue
from app.workflow.tasks import access, beside, plain
from app.workflow.tasks.errors import NotDecided
from app.workflow.tasks.operations.complete import carry_through

TO = "timeoutTo"
"""Node property: role a late task is handed to; the handler's superior when it says nothing."""
WORDS = {"transfer": "转交", "approve": "同意", "refuse": "不同意"}


@when_overdue
def act_on_timeout(task: UserTask, instance: ProcessInstance, actor: Actor) -> bool:
    """Do what the node wants when its working time is over; the timer that calls this fires once.

    What cannot be done is written to the log with its reason, and people are reminded as without a policy.
    """
    policy = task.properties.get(PROPERTY, "")
    if policy not in WORDS:
        return False
    refusal = _why_not(task, policy)
    if not refusal:
        transfers = policy == "transfer"
        refusal = _hand_over(task, instance, actor) if transfers else _decide(task, instance, policy, actor)
    if refusal:
        comment = f"已超过办理时限，未能按流程约定自动{WORDS[policy]}：{refusal}"
        write_log(instance, actor, "timeout_kept", task=task, comment=comment[:4000])
        return False
    audit.record(actor, "workflow.tasks.timed_out", task, policy=policy)
    return True


def _why_not(task: UserTask, policy: str) -> str:
    if access.is_secret(task) or task.personal:
        return _("投票须本人办理")
    if beside.find_held(task.id) is not None:
        return _("已提交，正在等待加签")
    if policy != "transfer" and (task.kind != TaskKind.NORMAL or beside.unanswered(task.id)):
        return _("仍有退回修改或会办未完成")
    return ""


# ------------------------------------------------------------------ to somebody else


def _hand_over(task: UserTask, instance: ProcessInstance, actor: Actor) -> str:
    """Why nobody can be given it; empty when somebody was."""
    asked = {ask.user_id for ask in beside.unanswered(task.id)}
    now = set(worklist.people_of(task))
    found = [user for user in _receivers(task) if user.id not in asked and user.id not in now]
    if not found:
        return _("没有可以接办的上级或岗位人员")
    names = "、".join(user.name for user in found)
    write_log(
        instance,
        actor,
        "timeout",
        task=task,
        comment="已超过办理时限，按流程约定自动转交",
        target=names[:200],
    )
    one = found[0] if len(found) == 1 else None
    task.assignee_id, task.assigned_by_process = (one.id, True) if one else (None, False)
    task.name_candidates(() if one else [user.id for user in found])
    db.session.flush()
    notices.send_inbox(
        [user.id for user in found],
        f"超时转交给您：{task.name}",
        f"{task.title}：原办理人未在时限内办理",
        link=f"/tasks/{task.id}",
        kind="TASK",
    )
    gone = sorted(now - {user.id for user in found})
    notices.send_inbox(
        gone, f"任务超时，已转交 {names}：{task.name}", task.title, link=f"/cases/{instance.id}", kind="REMINDER"
    )
    return ""


def _receivers(task: UserTask) -> list[User]:
    """Holders of the role the node names, else whoever is above the handler."""
    role = task.properties.get(TO)
    if role:
        return people.users_with_role(role, task.tenant_id)
    above = people.superiors_of(task.assignee_id)
    if above:
        return [people.get_user(above[0])]
    escalate = task.properties.get("escalate")
    return people.users_with_role(escalate, task.tenant_id) if escalate else []


# ------------------------------------------------------------------ decided


def _decide(task: UserTask, instance: ProcessInstance, policy: str, actor: Actor) -> str:
    """Why it could not be decided; empty when it was."""
    approves = policy == "approve"
    way = plain.way_of(task, instance)
    if way is None or way.hindrance or way.has_money or task.properties.get("onComplete"):
        return _("该环节需要人工填写或登记业务数据")
    if (way.approve if approves else way.refuse) is None:
        return _("该环节没有相应的选项")
    opinion = f"超过办理时限，按流程约定自动{WORDS[policy]}"
    handlers = worklist.people_of(task)
    try:
        with db.session.begin_nested():
            write_log(instance, actor, "timeout", task=task, comment=opinion)
            values = plain.answers(task, instance, actor, opinion=opinion, approves=approves)
            done = carry_through(task, instance, values, {}, actor, {})
            if not done.done:
                raise NotDecided(reason="；".join(one.message for one in done.findings))
    except AppError as refusal:
        db.session.refresh(instance)
        db.session.refresh(task)
        return str(refusal)
    title = f"任务超时，已自动{WORDS[policy]}：{task.name}"
    notices.send_inbox(handlers, title, task.title, link=f"/tasks/{task.id}", kind="REMINDER")
    return ""
