"""One DMN file compiled: its decisions, knowledge models and services as providers of names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lxml import etree

from app.core.errors import Finding
from app.core.feel.border import to_feel
from app.core.feel.budget import Provider, Run
from app.core.feel.compiler import Closure, Compiler
from app.core.feel.free_names import free_names
from app.core.feel.nodes import NOWHERE, Node, Typed
from app.core.feel.scope import Scope
from app.core.feel.text import brief
from app.core.feel.types import ANY, FeelType, coerce
from app.core.feel.values import Function, Value
from app.core.i18n import Sentence, _
from app.workflow.engine.decisions.boxed import read_function, read_logic
from app.workflow.engine.decisions.item_types import ItemTypes
from app.workflow.engine.decisions.reading import NULL, Reading
from app.workflow.engine.decisions.source import (
    NAMESPACES,
    child,
    children,
    finding,
    id_of,
    local_name,
    name_of,
    namespace_of,
)
from app.workflow.engine.decisions.tables import Table

NAMED = frozenset(
    [
        "variable",
        "formalParameter",
        "itemComponent",
        "column",
        "decision",
        "inputData",
        "parameter",
        "businessKnowledgeModel",
        "decisionService",
    ]
)
"""Elements whose attribute ``name`` other elements read."""


@dataclass(slots=True)
class Logic:
    """A decision with its compiled expression.

    :ivar requires: names of the decisions it reads in this file.
    :ivar outside: outside names its own expression reads, dotted.
    """

    id: str
    name: str
    type: FeelType
    node: Node
    closure: Closure
    table: Table | None
    requires: frozenset[str] = frozenset()
    outside: frozenset[str] = frozenset()


@dataclass(slots=True)
class Model:
    """A compiled file. Filled once by ``read_model``; never changed afterwards.

    :ivar providers: what each name of the file is worth in a run.
    :ivar imported: compiled files by the name they are imported under.
    """

    name: str
    namespace: str
    imported: dict[str, Model]
    types: dict[str, FeelType] = field(default_factory=dict)
    decisions: dict[str, Logic] = field(default_factory=dict)
    inputs: dict[str, FeelType] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    providers: dict[str, Provider] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)

    def export_names(self, prefix: str) -> Iterable[str]:
        """Its names as an importing file writes them."""
        return (f"{prefix}.{name}" if prefix else name for name in self.providers)


@dataclass(frozen=True, slots=True)
class Service:
    """A decision service: some decisions worked out from given inputs and given results of other decisions."""

    id: str
    name: str
    parameters: tuple[tuple[str, FeelType], ...]
    outputs: tuple[str, ...]
    type: FeelType

    def answer(self, model: Model, given: Mapping[str, Value], outer: Run) -> Value:
        """The output decision's result, or a context of results when there are several."""
        values: dict[str, Value] = {}
        for name, wanted in self.parameters:
            values[name], fits = coerce(given.get(name), wanted)
            if not fits:
                outer.note(
                    "决策服务“%(service)s”的输入“%(name)s”应当是 %(wanted)s",
                    service=self.name,
                    name=name,
                    wanted=wanted,
                )
        run = Run({}, values=values, providers=model.providers, now=outer.now, meter=outer.meter)
        results = {name: run.read(name) for name in self.outputs}
        fitted, fits = coerce(results if len(self.outputs) != 1 else results[self.outputs[0]], self.type)
        return (
            fitted
            if fits
            else outer.note("决策服务“%(name)s”的结果应当是 %(wanted)s", name=self.name, wanted=self.type)
        )


def read_model(root: etree._Element, imports: Mapping[str, Model], findings: list[Finding]) -> Model:
    """Compile a file.

    :param imports: compiled files by namespace.
    """
    model = Model(name_of(root), root.get("namespace") or "", _imported(root, imports, findings))
    types = ItemTypes(root, _imported_types(model), findings)
    model.types = types.types
    names = [
        *_own_names(root),
        *(name for key, other in model.imported.items() for name in other.export_names(key)),
    ]
    reading = Reading(tuple(dict.fromkeys(name for name in names if name)), types, findings, model.tables)
    for key, other in model.imported.items():
        for name in other.providers:
            model.providers[f"{key}.{name}" if key else name] = _imported_provider(key, other, name)
    _check_references(root, model, findings)
    for element in children(root):
        reader = _READERS.get(local_name(element))
        if reader is not None:
            reader(element, model, reading)
    for service in children(root, "decisionService"):
        _read_service(service, root, model, reading)
    _link(model)
    _check_cycles(model, findings)
    return model


def _imported(root: etree._Element, imports: Mapping[str, Model], findings: list[Finding]) -> dict[str, Model]:
    found: dict[str, Model] = {}
    for element in children(root, "import"):
        if element.get("importType") not in NAMESPACES:
            continue
        other = imports.get(element.get("namespace") or "")
        if other is None:
            findings.append(
                finding(
                    _("找不到要引入的决策文件“%(name)s”，请一并上传", name=element.get("namespace")),
                    id_of(element),
                )
            )
        else:
            found[name_of(element)] = other
    return found


def _imported_types(model: Model) -> dict[str, FeelType]:
    return {
        f"{key}.{name}" if key else name: kind
        for key, other in model.imported.items()
        for name, kind in other.types.items()
    }


def _own_names(root: etree._Element) -> Iterable[str]:
    for element in root.iter():
        if namespace_of(element) not in NAMESPACES:
            continue
        if local_name(element) in NAMED:
            yield name_of(element)
        elif local_name(element) in ("for", "some", "every"):
            yield element.get("iteratorVariable") or ""


def _imported_provider(key: str, other: Model, name: str) -> Provider:
    """A name of an imported file, worked out in a run of that file over the same data."""
    slot = ("\0import", key)

    def provide(run: Run) -> Value:
        inner = run.parts.get(slot)
        if inner is None:
            inner = Run(run.context, providers=other.providers, now=run.now, meter=run.meter)
            run.parts[slot] = inner
        return inner.read(name)

    return provide


def _variable_type(element: etree._Element, reading: Reading) -> FeelType:
    variable = child(element, "variable")
    return reading.types.get(variable.get("typeRef"), variable) if variable is not None else ANY


def _read_input(element: etree._Element, model: Model, reading: Reading) -> None:
    name, wanted = name_of(element), _variable_type(element, reading)
    model.inputs[name] = wanted

    def provide(run: Run) -> Value:
        if name not in run.context:
            return run.note("没有给出输入数据“%(name)s”", name=name)
        value = to_feel(run.context[name])
        fitted, fits = coerce(value, wanted)
        return (
            fitted
            if fits
            else run.note(
                "输入数据“%(name)s”应当是 %(wanted)s，却是 %(found)s", name=name, wanted=wanted, found=brief(value)
            )
        )

    model.providers[name] = provide


def _read_decision(element: etree._Element, model: Model, reading: Reading) -> None:
    name, wanted = name_of(element), _variable_type(element, reading)
    plain = read_logic(element, reading) or NULL
    node = (
        plain
        if wanted.kind == "Any"
        else Typed(NOWHERE, plain, wanted, Sentence("决策“%(name)s”的结果", name=name))
    )
    closure = Compiler().compile(node, frozenset())
    element_id = element.get("id") or name
    if name in model.decisions:
        reading.refuse(_("有两个决策都叫“%(name)s”，请改名", name=name), element)
    table = child(element, "decisionTable")
    own = model.tables.get(id_of(table) or "") if table is not None else None
    model.decisions[name] = Logic(element_id, name, wanted, plain, closure, own)
    model.providers[name] = lambda run: closure(Scope({}, None, run))


def _read_knowledge(element: etree._Element, model: Model, reading: Reading) -> None:
    logic = child(element, "encapsulatedLogic")
    node = read_function(logic, reading) if logic is not None else NULL
    closure = Compiler().compile(node, frozenset())
    model.providers[name_of(element)] = lambda run: closure(Scope({}, None, run))


_READERS = {"inputData": _read_input, "decision": _read_decision, "businessKnowledgeModel": _read_knowledge}


def _read_service(element: etree._Element, root: etree._Element, model: Model, reading: Reading) -> None:
    by_id = {str(one.get("id")): one for one in children(root) if one.get("id")}

    def targets(tag: str) -> list[str]:
        found = (by_id.get((one.get("href") or "").rpartition("#")[2]) for one in children(element, tag))
        return [name_of(one) for one in found if one is not None]

    inputs = [(name, model.inputs.get(name, ANY)) for name in targets("inputData")]
    decisions = [
        (name, model.decisions[name].type) for name in targets("inputDecision") if name in model.decisions
    ]
    declared = _variable_type(element, reading)
    result = declared.element or ANY if declared.kind == "function" else declared
    name = name_of(element)
    service = Service(
        element.get("id") or name, name, (*inputs, *decisions), tuple(targets("outputDecision")), result
    )
    model.services[name] = service
    model.providers[name] = lambda run: _service_function(service, model, run)


def _service_function(service: Service, model: Model, run: Run) -> Function:
    names = tuple(name for name, _ in service.parameters)

    def call(caller: Run, arguments: list[Value]) -> Value:
        for (name, wanted), argument in zip(service.parameters, arguments, strict=True):
            if not coerce(argument, wanted)[1]:
                return caller.note(
                    "决策服务“%(service)s”的输入“%(name)s”应当是 %(wanted)s",
                    service=service.name,
                    name=name,
                    wanted=wanted,
                )
        caller.enter()
        result = service.answer(model, dict(zip(names, arguments, strict=True)), run)
        caller.meter.depth -= 1
        return result

    types = tuple(wanted for _, wanted in service.parameters)
    result_type = None if service.type.kind == "Any" else service.type
    return Function(names, call, name=service.name, parameter_types=types, result_type=result_type)


def _check_references(root: etree._Element, model: Model, findings: list[Finding]) -> None:
    """Every ``href`` must point at an element of the file or of an imported one."""
    known = {element.get("id") for element in children(root)}
    namespaces = {other.namespace for other in model.imported.values()}
    for element in root.iter():
        target = element.get("href") if namespace_of(element) in NAMESPACES else None
        if not target:
            continue
        place, _hash, identifier = target.rpartition("#")
        if place in ("", model.namespace) and identifier not in known:
            findings.append(finding(_("引用的元素“%(target)s”不存在，请重新连线", target=target), id_of(element)))
        elif place not in ("", model.namespace) and place not in namespaces and local_name(element) != "import":
            findings.append(finding(_("引用的文件“%(place)s”没有引入，请添加引入", place=place), id_of(element)))


def _link(model: Model) -> None:
    """Fill in which decisions and outside names each decision reads."""
    for logic in model.decisions.values():
        certain, _filtered = free_names((logic.node,))
        roots = {name: name.partition(".")[0] for name in certain}
        logic.requires = frozenset(
            one for name, root in roots.items() for one in (name, root) if one in model.decisions
        )
        inner = model.decisions.keys() | (model.providers.keys() - model.inputs.keys())
        logic.outside = frozenset(name for name, root in roots.items() if name not in inner and root not in inner)


def _check_cycles(model: Model, findings: list[Finding]) -> None:
    done: set[str] = set()
    for start in model.decisions:
        stack: list[tuple[str, tuple[str, ...]]] = [(start, (start,))]
        while stack:
            name, path = stack.pop()
            for required in model.decisions[name].requires - done:
                if required in path:
                    findings.append(
                        finding(
                            _("决策“%(required)s”绕了一圈又需要它自己，请断开", required=required),
                            model.decisions[required].id,
                        )
                    )
                    return
                stack.append((required, (*path, required)))
        done.add(start)
