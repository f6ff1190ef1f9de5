"""A task on paper: its form as it was filled in, and what surrounds it."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.core.clock import show
from app.core.errors import AppError
from app.core.i18n import _
from app.core.tenancy import Actor
from app.workflow.checks import list_results
from app.workflow.forms import to_plain
from app.workflow.instances import queries as cases
from app.workflow.instances import timeline
from app.workflow.instances.models import ProcessInstance, TaskState, UserTask
from app.workflow.instances.printing import Answers, Paper, paper_of
from app.workflow.instances.services import StepServices
from app.workflow.tasks import access, beside, formwork
from app.workflow.tasks.queries import submitted
from app.workflow.tasks.view import deeds_of


def task_paper(task: UserTask, instance: ProcessInstance, actor: Actor) -> Paper:
    """What the task's page shows this person, on paper."""
    results = [row for row in list_results(instance.id) if row.node_id == task.node_id]
    entries = timeline.entries_of(instance, actor)
    return paper_of(instance, actor, task.name, [_answers(task, instance, actor)], results, entries, _facts(task))


def _facts(task: UserTask) -> Sequence[tuple[str, str]]:
    facts = [(_("办理人"), cases.handlers_of([task])[task.id]), (_("到达时间"), show(task.opened_at))]
    if task.due_at:
        facts.append((_("办理时限"), show(task.due_at)))
    if task.closed_at:
        facts.append((_("环节办结时间"), show(task.closed_at)))
    return facts


def _answers(task: UserTask, instance: ProcessInstance, actor: Actor) -> Answers:
    """The form in words. A draft is printed for who works on it, once it is complete."""
    title = _("填写内容")
    may_fill = deeds_of(task, actor).work
    if not task.form:
        return Answers(title, (), _("本环节没有表单"))
    if access.is_secret(task) and not may_fill:
        return Answers(title, (), _("本环节的填写内容不公开"))
    if task.state == TaskState.DONE:
        return Answers(title, _lines(task, instance, submitted(task) or {}, actor))
    held = beside.find_held(task.id)
    if held is not None:
        return _unfinished(task, instance, held.answers, actor, _("已提交，等待加签"))
    if may_fill and task.draft is not None:
        return _unfinished(task, instance, task.draft, actor, _("草稿，尚未提交"))
    return Answers(title, (), _("尚未填写"))


def _unfinished(
    task: UserTask, instance: ProcessInstance, values: Mapping[str, Any], actor: Actor, note: str
) -> Answers:
    """What the browser sent but nobody has passed on; what does not hold yet is not printed."""
    place, services = access.seen_from(task, actor), StepServices(instance.id, instance.business_key, actor)
    try:
        clean = formwork.clean(task, instance, values, place, services)
    except AppError:
        return Answers(_("填写内容"), (), _("%(state)s；填写内容还不完整，没有列出", state=note))
    return Answers(_("填写内容"), _lines(task, instance, to_plain(clean), actor), note)


def _lines(
    task: UserTask, instance: ProcessInstance, kept: Mapping[str, Any], actor: Actor
) -> list[tuple[str, str]]:
    form = formwork.form_of(task, instance)
    if form is None:
        return []
    return form.summary(kept, lambda name: formwork.options(name, task, instance, actor))
