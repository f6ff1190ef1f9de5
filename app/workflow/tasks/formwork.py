"""A task's form: cleaned values coming in, schema and first values going out."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.core.tenancy import Actor
from app.workflow import definitions
from app.workflow.assignment.reading import is_many
from app.workflow.definitions import CompiledRelease
from app.workflow.forms import Form
from app.workflow.instances.models import ProcessInstance, UserTask
from app.workflow.instances.services import StepServices
from app.workflow.registry import Choice, ChoiceContext, registry
from app.workflow.tasks import access
from app.workflow.tasks.queries import last_answers, submitted


def release_of(instance: ProcessInstance) -> CompiledRelease:
    """The release the instance is pinned to."""
    return definitions.compiled(instance.release_id)


def form_of(task: UserTask, instance: ProcessInstance) -> Form | None:
    """The form as the instance's release has it; None for a node without one."""
    return release_of(instance).form(task.form) if task.form else None


def clean(
    task: UserTask, instance: ProcessInstance, values: Mapping[str, Any], actor: Actor, services: StepServices
) -> dict[str, Any]:
    """Checked and converted values. :raises Invalid: with every finding."""
    form = form_of(task, instance)
    if form is None:
        return {}
    return form.clean(
        values,
        context=Facts(task, instance, services),
        choices=lambda name: options(name, task, instance, actor),
        readonly=_names(task, "readonly"),
        hidden=_names(task, "hidden"),
        stored=first_values(task, instance, services, form),
    )


def schema(task: UserTask, instance: ProcessInstance, actor: Actor) -> dict[str, Any]:
    """The form-js schema for the browser, options inlined."""
    form = form_of(task, instance)
    if form is None:
        return {"type": "default", "components": []}
    return form.schema(
        choices=lambda name: options(name, task, instance, actor),
        readonly=_names(task, "readonly"),
        hidden=_names(task, "hidden"),
    )


def node_data(task: UserTask, instance: ProcessInstance) -> dict[str, Any]:
    """Process data as the node sees it: what its own scope holds (a called process has its own), then the rest."""
    return {**instance.data, **task.data, **(task.pending_updates or {})}


def options(name: str, task: UserTask, instance: ProcessInstance, actor: Actor) -> list[Choice]:
    """The options a registered name gives for this task."""
    run: Any = registry.choices[name].run
    return list(run(ChoiceContext(actor=actor, data=node_data(task, instance))))


def shown_values(task: UserTask, instance: ProcessInstance, actor: Actor) -> dict[str, Any]:
    """What the form opens with: the draft as it was left, else the first values in shown units."""
    if task.draft is not None and access.may_act(task, actor):
        return task.draft  # nobody else's business before it is submitted
    form = form_of(task, instance)
    if form is None:
        return {}
    services = StepServices(instance.id, instance.business_key, actor)
    return form.show(first_values(task, instance, services, form))


def submitted_values(task: UserTask, instance: ProcessInstance) -> dict[str, Any]:
    """What a closed task was submitted with, in shown units; empty when nothing may be shown."""
    form, kept = form_of(task, instance), submitted(task)
    return form.show(kept) if form is not None and kept else {}


def first_values(task: UserTask, instance: ProcessInstance, services: StepServices, form: Form) -> dict[str, Any]:
    """What the same node answered before (a return keeps everything), else what the form prefills."""
    before = last_answers(instance.id, task.node_id, mine=_mine(task))
    return before if before is not None else form.prefill(Facts(task, instance, services))


def _mine(task: UserTask) -> int | None:
    """In a vote or another multi-instance each person sees only her own earlier answers."""
    return task.assignee_id if is_many(task.properties) else None


class Facts(Mapping[str, Any]):
    """Process data, then business facts by name, read when an expression asks for them."""

    def __init__(self, task: UserTask, instance: ProcessInstance, services: StepServices) -> None:
        self._data = node_data(task, instance)
        self._services = services

    def __getitem__(self, name: str) -> Any:
        if name in self._data:
            return self._data[name]
        facts = self._services.dataset(name, self._data)
        if facts is None:
            raise KeyError(name)
        return facts

    def __iter__(self) -> Iterator[str]:
        return iter({*self._data, *registry.datasets})

    def __len__(self) -> int:
        return len({*self._data, *registry.datasets})


def _names(task: UserTask, key: str) -> frozenset[str]:
    return frozenset(n.strip() for n in (task.properties.get(key) or "").split(",") if n.strip())
