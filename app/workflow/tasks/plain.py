"""Deciding a task in one word: what would be submitted if somebody opened it, chose and wrote her opinion."""

from typing import Any

from app.core.i18n import _
from app.core.tenancy import Actor
from app.workflow.forms.deciding import OneWord, one_word
from app.workflow.instances.models import ProcessInstance, TaskKind, UserTask
from app.workflow.tasks import access, formwork
from app.workflow.tasks.operations.signing import kinds_asked

BATCH = "batch"
"""Node property: ``no`` keeps a node out of deciding many at once, ``yes`` lets in a form that asks for more."""


def way_of(task: UserTask, instance: ProcessInstance) -> OneWord | None:
    """How the task's form is decided in one word; None for a node without form."""
    form = formwork.form_of(task, instance)
    return None if form is None else one_word(form, task.properties)


def why_not(task: UserTask, instance: ProcessInstance) -> str:
    """Why a task cannot be approved together with others; empty when it can."""
    wanted = task.properties.get(BATCH)
    if access.is_secret(task) or task.personal:
        return _("投票须本人逐项办理")
    if wanted == "no":
        return _("该环节须逐项办理")
    if task.kind == TaskKind.REWORK:
        return _("退回修改的任务须逐项办理")
    if kinds_asked(task):
        return _("该环节须签名，请逐项办理")
    way = way_of(task, instance)
    if way is not None and way.has_decision and way.approve is None:
        return _("该环节没有“同意”选项")
    return way.hindrance if way is not None and wanted != "yes" else ""


def answers(
    task: UserTask, instance: ProcessInstance, actor: Actor, *, opinion: str, approves: bool = True
) -> dict[str, Any]:
    """What the form page would send: as it opens, with the decision and the opinion."""
    way = way_of(task, instance)
    if way is None:
        return {}
    values = dict(formwork.shown_values(task, instance, access.seen_from(task, actor)))
    if way.has_decision:
        values["decision"] = way.approve if approves else way.refuse
    if way.opinion:
        values[way.opinion] = opinion
    return values
