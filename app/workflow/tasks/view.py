"""What the page of a task shows this person, and what it lets her do."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.core.i18n import _
from app.core.tenancy import Actor
from app.support.identity import queries as people
from app.workflow import writings
from app.workflow.instances.models import ProcessInstance, TaskKind, TaskState, UserTask
from app.workflow.registry import Panel, PanelContext, registry
from app.workflow.tasks import access, formwork, papers, worklists
from app.workflow.tasks.operations.complete import is_secret
from app.workflow.tasks.queries import PassedNode, returnable_nodes


@dataclass(frozen=True, slots=True)
class Screen:
    """The form as the browser draws it."""

    schema: dict[str, Any]
    values: dict[str, Any]
    documents: dict[str, dict[str, Any]]
    is_readonly: bool


@dataclass(frozen=True, slots=True)
class Deeds:
    """What this person may do with the task now."""

    work: bool
    claim: bool
    release: bool
    transfer_to: tuple[tuple[int, str], ...]
    return_to: tuple[PassedNode, ...]
    comment: bool
    take_back: bool

    @property
    def any_other(self) -> bool:
        """Whether there is anything besides the form."""
        return bool(self.transfer_to or self.return_to or self.comment or self.take_back or self.release)


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything but history, diagram and papers."""

    screen: Screen | None
    deeds: Deeds
    hours_left: Decimal | None
    returned_by: str
    panels: tuple[tuple[str, Panel], ...]
    writes_documents: bool
    """Whether submitting makes documents, so that they can be looked at before."""


def shown_to(task: UserTask, instance: ProcessInstance, actor: Actor) -> Shown:
    """The task as this person sees it. ``screen`` is None for a node without form or with secret answers."""
    deeds = deeds_of(task, actor)
    return Shown(
        screen=_screen(task, instance, actor, may_fill=deeds.work),
        deeds=deeds,
        hours_left=worklists.hours_left(task),
        returned_by=_returner(task),
        panels=_panels(task, instance, actor),
        writes_documents=deeds.work and bool(writings.names_of(task.properties)),
    )


def deeds_of(task: UserTask, actor: Actor) -> Deeds:
    """What she may do: the operations ask the same questions again."""
    works = task.state == TaskState.OPEN and access.may_act(task, actor)
    actions = access.actions_of(task)
    return Deeds(
        work=works,
        claim=works and task.assignee_id is None,
        release=works and task.assignee_id == actor.user_id and not task.assigned_by_process,
        transfer_to=_colleagues(task, actor) if works and "transfer" in actions else (),
        return_to=tuple(returnable_nodes(task)) if works and task.kind == TaskKind.NORMAL else (),
        comment="comment" in actions,
        take_back=task.state == TaskState.DONE and task.closed_by == actor.user_id and "take_back" in actions,
    )


def _colleagues(task: UserTask, actor: Actor) -> tuple[tuple[int, str], ...]:
    users = people.users_with_role(task.role) if task.role else people.list_users()
    return tuple((user.id, user.name) for user in users if user.id != actor.user_id)


def _screen(task: UserTask, instance: ProcessInstance, actor: Actor, *, may_fill: bool) -> Screen | None:
    if not task.form or (is_secret(task) and not may_fill):
        return None
    if may_fill:
        values = formwork.shown_values(task, instance, actor)
    else:  # a draft is nobody else's business
        values = formwork.submitted_values(task, instance)
    documents = papers.shown(task, instance, values, actor)
    return Screen(formwork.schema(task, instance, actor), values, documents, is_readonly=not may_fill)


def _returner(task: UserTask) -> str:
    if task.returned_from_id is None:
        return ""
    returner = access.get_task(task.returned_from_id)
    name = people.display_name(returner.assignee_id) if returner.assignee_id else ""
    return f"{returner.name}{f'（{name}）' if name else ''}"


def _panels(task: UserTask, instance: ProcessInstance, actor: Actor) -> tuple[tuple[str, Panel], ...]:
    """Blocks of other rooms: those the node names, else all that have something to say."""
    named = [name.strip() for name in (task.properties.get("panels") or "").split(",") if name.strip()]
    context = PanelContext(actor=actor, instance_id=instance.id, data=formwork.node_data(task, instance))
    found: list[tuple[str, Panel]] = []
    for name in named or list(registry.panels):
        entry = registry.panels.get(name)
        panel = entry.run(context) if entry else None
        if entry is not None and isinstance(panel, Panel):
            found.append((_(entry.label), panel))
    return tuple(found)
