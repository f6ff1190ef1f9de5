"""Registration by decorator, look-up by name. One registry for the process; filled once by the wiring."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from app.core.errors import Finding, NotFound
from app.core.i18n import _
from app.core.tenancy import Actor

F = TypeVar("F", bound=Callable[..., object])

Facts = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class StepContext:
    """What a step may know of the place it is called from."""

    actor: Actor
    instance_id: int
    task_key: str
    """Natural key of this call, ``<instance>:<engine task>``: a repeated call carries the same one."""
    node_id: str
    business_key: str
    data: Facts
    """Process data, read-only: ids and routing facts."""
    form: Facts = field(default_factory=dict)
    """Cleaned values of the task's form; empty for service tasks."""
    outcome: str | None = None
    """The form's ``decision``, if it has one."""


@dataclass(frozen=True, slots=True)
class CheckContext:
    """What a check may know: the form, the process data, and the business facts by dataset name."""

    actor: Actor
    instance_id: int
    node_id: str
    form: Facts
    data: Facts
    facts: Callable[[str], Facts | None]


@dataclass(frozen=True, slots=True)
class ChoiceContext:
    """What a list of choices may depend on."""

    actor: Actor
    data: Facts


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a select."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class PanelContext:
    """What a read-only block of a task page is drawn from."""

    actor: Actor
    instance_id: int
    data: Facts


@dataclass(frozen=True, slots=True)
class RecordContext:
    """What a block of a record's page is drawn from: whose page it is, and who looks."""

    actor: Actor
    record_id: int


@dataclass(frozen=True, slots=True)
class Panel:
    """A block of a page: a template of the room and its values."""

    template: str
    values: Facts


@dataclass(frozen=True, slots=True)
class WritingContext:
    """What a document of a case is written from: the process data, and the form just submitted."""

    actor: Actor
    instance_id: int
    data: Facts
    form: Facts


@dataclass(frozen=True, slots=True)
class Writing:
    """A document to make 文书; made again for the same row it becomes its next version."""

    template: str
    """The Word template ``<room>/<name>`` of the release the case runs on."""
    name: str
    """What it is called, without extension."""
    values: Facts
    entity: str
    record_id: int
    """The row it belongs to: ``("contract", 4711)``."""


@dataclass(frozen=True)
class Step:
    """A registered step with what the studio shows of it."""

    name: str
    label: str
    run: Callable[..., Mapping[str, object] | None]
    parameters: Mapping[str, str]
    """Parameter name → type as written."""
    required: frozenset[str]
    doc: str

    @cached_property
    def returns(self) -> frozenset[str]:
        """Process data it is seen to return: the literal keys of its ``return {...}``, for the lint."""
        tree = ast.parse(textwrap.dedent(inspect.getsource(self.run)))
        returned = [node.value for node in ast.walk(tree) if isinstance(node, ast.Return)]
        dicts = [value for value in returned if isinstance(value, ast.Dict)]
        keys = [key.value for value in dicts for key in value.keys if isinstance(key, ast.Constant)]
        return frozenset(key for key in keys if isinstance(key, str))


@dataclass(frozen=True, slots=True)
class Named:
    """Any other registered thing."""

    name: str
    label: str
    run: Callable[..., object]
    doc: str


@dataclass(frozen=True, slots=True)
class WritingSource:
    """Registered documents of a case, and the templates they are filled into."""

    name: str
    label: str
    run: "Callable[[WritingContext], Sequence[Writing]]"
    templates: frozenset[str]
    doc: str


@dataclass(frozen=True, slots=True)
class AskedDecision:
    """A decision a step of a room asks by its id, and what its answers must look like."""

    name: str
    """Id of the decision in ``rules/``."""
    label: str
    step: str
    """The step that asks; a release whose processes call it must hold the decision."""
    outputs: frozenset[str]
    run: "Callable[[Mapping[str, object]], Sequence[str]]"
    """What is wrong with one row of answers, in Chinese; empty when nothing is."""
    doc: str


class UnknownName(NotFound):
    """An analyst's file names something no room has registered."""

    code = "workflow.registry.unknown_name"
    message = "流程文件引用的「{name}」不存在，请联系流程设计师检查流程配置"


class Registry:
    """All names, by kind."""

    def __init__(self) -> None:
        self.steps: dict[str, Step] = {}
        self.datasets: dict[str, Named] = {}
        self.choices: dict[str, Named] = {}
        self.checks: dict[str, Named] = {}
        self.panels: dict[str, Named] = {}
        self.record_panels: dict[str, Named] = {}
        self.writings: dict[str, WritingSource] = {}
        self.asked: dict[str, AskedDecision] = {}

    def step(self, name: str) -> Step:
        """The step of that name.

        :raises UnknownName: nobody registered it.
        """
        return self._get(self.steps, name)

    def dataset(self, name: str) -> Named:
        """The dataset of that name. :raises UnknownName:"""
        return self._get(self.datasets, name)

    def writing(self, name: str) -> WritingSource:
        """The documents of that name. :raises UnknownName:"""
        return self._get(self.writings, name)

    def panels_of(self, place: str, ctx: RecordContext) -> list[tuple[str, Panel]]:
        """(label, block) of one place of a record's page, e.g. ``project.contracts``; in order of registration."""
        entries = [entry for name, entry in self.record_panels.items() if name.startswith(f"{place}.")]
        drawn = [(_(entry.label), entry.run(ctx)) for entry in entries]
        return [(label, block) for label, block in drawn if isinstance(block, Panel)]

    @staticmethod
    def _get(names: "dict[str, T]", name: str) -> "T":
        try:
            return names[name]
        except KeyError:
            raise UnknownName(name=name) from None


T = TypeVar("T")

registry = Registry()


def _add(names: dict[str, T], name: str, entry: T) -> None:
    if name in names:
        raise ValueError(f"{name} is registered twice")
    names[name] = entry


def step(name: str, *, label: str) -> Callable[[F], F]:
    """Register what service tasks and ``onComplete`` may call: ``run(ctx, **parameters) -> dict``."""

    def register(run: F) -> F:
        parameters = list(inspect.signature(run).parameters.values())[1:]
        entry = Step(
            name=name,
            label=label,
            run=run,  # type: ignore[arg-type]
            parameters={p.name: str(getattr(p.annotation, "__name__", p.annotation)) for p in parameters},
            required=frozenset(p.name for p in parameters if p.default is inspect.Parameter.empty),
            doc=inspect.getdoc(run) or "",
        )
        _add(registry.steps, name, entry)
        return run

    return register


def _registrar(kind: str) -> Callable[..., Callable[[F], F]]:
    def decorator(name: str, *, label: str = "") -> Callable[[F], F]:
        def register(run: F) -> F:
            names: dict[str, Named] = getattr(registry, kind)
            _add(names, name, Named(name, label or name, run, inspect.getdoc(run) or ""))
            return run

        return register

    return decorator


WritingRun = Callable[[WritingContext], Sequence[Writing]]


def writings(name: str, *, label: str, templates: Iterable[str]) -> Callable[[WritingRun], WritingRun]:
    """Register documents a node may make under one name: ``run(ctx) -> list[Writing]``.

    :param templates: every Word template it may name; a release without one of them is not deployed.
    """

    def register(run: WritingRun) -> WritingRun:
        entry = WritingSource(name, label, run, frozenset(templates), inspect.getdoc(run) or "")
        _add(registry.writings, name, entry)
        return run

    return register


AnswerFaults = Callable[[Mapping[str, object]], Sequence[str]]


def asked_decision(
    name: str, *, label: str, step: str, outputs: Iterable[str]
) -> Callable[[AnswerFaults], AnswerFaults]:
    """Register a decision a step asks by its id: ``run(row) -> list[str]`` says what is wrong with a row.

    Such a table answers every case with one row of constants: a release whose table leaves a gap, or has a row
    with faults, is not deployed. For figures an analyst may change but must not get wrong.
    """

    def register(run: AnswerFaults) -> AnswerFaults:
        entry = AskedDecision(name, label, step, frozenset(outputs), run, inspect.getdoc(run) or "")
        _add(registry.asked, name, entry)
        return run

    return register


dataset = _registrar("datasets")
"""Register read-only business facts: ``run(data) -> mapping | None``; visible in FEEL under the name."""

choices = _registrar("choices")
"""Register the options of selects: ``run(ctx) -> list[Choice]``."""

fact_check = _registrar("checks")
"""Register a check no table can express: ``run(ctx) -> list[Finding]``; named ``py:<name>`` in files."""

panel = _registrar("panels")
"""Register a block of the task page: ``run(ctx) -> Panel | None``."""

record_panel = _registrar("record_panels")
"""Register a block of another room's page, named ``<page>.<tab>.<block>``: ``run(ctx) -> Panel | None``.

A room that may not be asked by a lower one shows its rows there: contracts on the page of a project.
"""

CheckRun = Callable[[CheckContext], list[Finding]]
