"""Every name a process file uses, with the element that uses it; read from the XML, nothing is resolved here."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from app.core.feel import FeelError, compile_expression
from app.workflow.assignment.reading import Rule, read_rule
from app.workflow.definitions.columns import drawn_columns
from app.workflow.engine import BpmnError
from app.workflow.engine.countersign import SIGNER, is_countersigned
from app.workflow.engine.documents import NAMESPACES, properties_of, read_document

Kind = Literal["form", "check", "step", "decision", "process", "role", "feel", "writing"]

_LISTS: dict[str, Kind] = {"checks": "check", "documents": "writing"}
_SINGLE: dict[str, Kind] = {"form": "form", "onComplete": "step", "role": "role", "escalate": "role"}
FEEL_PROPERTIES = (
    "assign",
    "amount",
    "items",
    "signers",
    "weights",
    "veto",
    "input",
    "output",
    "correlate",
    "payload",
)
_FEEL_TAGS = (
    "conditionExpression",
    "completionCondition",
    "condition",
    "timeDuration",
    "timeDate",
    "script",
    "loopDataInputRef",
    "loopCardinality",
)
_NODES = "//bpmn:process//*[@id]"


@dataclass(frozen=True, slots=True)
class Reference:
    """A use of a name. ``kind`` feel: ``name`` is the dotted name an expression reads."""

    path: str
    element: str
    kind: Kind
    name: str
    parameters: frozenset[str] = frozenset()
    """Of a service task's step: the parameters it is given."""


@dataclass(frozen=True, slots=True)
class TaskUse:
    """A user task with the form, checks and step that belong together."""

    path: str
    element: str
    form: str | None
    checks: tuple[str, ...]
    on_complete: str | None
    hidden: frozenset[str]
    readonly: frozenset[str]
    rule: Rule


@dataclass
class ProcessFile:
    """What one file uses, and which variables it sets itself."""

    path: str
    references: list[Reference] = field(default_factory=list)
    tasks: list[TaskUse] = field(default_factory=list)
    variables: set[str] = field(default_factory=set)


def read_process(path: str, content: bytes) -> ProcessFile:
    """The references of a file; empty for a file that cannot be read, which the parser reports."""
    found = ProcessFile(path)
    try:
        root = read_document(path, content)
    except BpmnError:
        return found
    for column in drawn_columns(root):
        for name in _names(column.parts[-1]):
            found.references.append(Reference(path, column.process_id, "feel", name))
    for node in root.xpath(_NODES, namespaces=NAMESPACES):
        found.references += _of_node(path, node)
        found.variables |= set(_variables(node))
        if node.tag.endswith("}userTask"):
            found.tasks.append(_task(path, node))
    return found


def _of_node(path: str, node: Any) -> Iterator[Reference]:  # lxml elements carry no types
    element = node.get("id")
    properties = properties_of(node)
    for name, kind in _SINGLE.items():
        if properties.get(name):
            yield Reference(path, element, kind, properties[name])
    for name, kind in _LISTS.items():
        for one in _split(properties.get(name)):
            yield Reference(path, element, kind, one)
    yield from _of_tag(path, node, element)
    for text in _expressions(node, properties):
        for name in _names(text):
            yield Reference(path, element, "feel", name)


def _of_tag(path: str, node: Any, element: str) -> Iterator[Reference]:
    tag = node.tag.rpartition("}")[2]
    if tag == "callActivity" and node.get("calledElement"):
        yield Reference(path, element, "process", node.get("calledElement"))
    for operator in node.xpath(
        "./bpmn:extensionElements/spiffworkflow:serviceTaskOperator", namespaces=NAMESPACES
    ):
        given = operator.xpath(".//spiffworkflow:parameter/@id", namespaces=NAMESPACES)
        yield Reference(path, element, "step", operator.get("id") or "", frozenset(map(str, given)))
    if tag == "businessRuleTask":
        for called in node.xpath("./bpmn:extensionElements/spiffworkflow:calledDecisionId", namespaces=NAMESPACES):
            yield Reference(path, element, "decision", (called.text or "").strip())


def _expressions(node: Any, properties: dict[str, str]) -> Iterator[str]:
    yield from (properties[name] for name in FEEL_PROPERTIES if properties.get(name))
    parameters = "./bpmn:extensionElements/spiffworkflow:serviceTaskOperator//spiffworkflow:parameter/@value"
    yield from map(str, node.xpath(parameters, namespaces=NAMESPACES))
    for tag in _FEEL_TAGS:
        for found in node.xpath(f"./bpmn:{tag}|./bpmn:*[not(@id)]/bpmn:{tag}", namespaces=NAMESPACES):
            yield (found.text or "").strip()


def _names(text: str) -> frozenset[str]:
    try:
        return compile_expression(text).names if text else frozenset()
    except FeelError:
        return frozenset()  # the parser reports it


def _variables(node: Any) -> Iterator[str]:
    """Names this node puts into the process data, as far as the file says."""
    for operator in node.xpath(".//spiffworkflow:serviceTaskOperator/@resultVariable", namespaces=NAMESPACES):
        yield str(operator)
    for item in node.xpath("./bpmn:multiInstanceLoopCharacteristics/bpmn:inputDataItem", namespaces=NAMESPACES):
        yield item.get("name") or item.get("id")
    properties = properties_of(node)
    yield from (value for name, value in properties.items() if name in ("variable", "result") and value)
    if is_countersigned(properties):
        yield from (SIGNER, *(f"{node.get('id')}_{name}" for name in ("result", "tally", "results")))


def _task(path: str, node: Any) -> TaskUse:
    properties = properties_of(node)
    return TaskUse(
        path=path,
        element=node.get("id"),
        form=properties.get("form") or None,
        checks=tuple(_split(properties.get("checks"))),
        on_complete=properties.get("onComplete") or None,
        hidden=frozenset(_split(properties.get("hidden"))),
        readonly=frozenset(_split(properties.get("readonly"))),
        rule=read_rule(properties),
    )


def _split(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]
