# mypy: disable-error-code="no-untyped-call,misc,abstract,attr-defined,assignment"
"""From process files to process models. All that analysts wrote is compiled here, once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.spiff.parser import SpiffBpmnParser

from app.core.errors import Finding
from app.core.feel import FeelError
from app.core.i18n import _
from app.workflow.engine.builder import ScopeBuilder
from app.workflow.engine.decisions import UnknownDecision
from app.workflow.engine.documents import BPMN, NAMESPACES, check_schema, properties_of, read_document
from app.workflow.engine.errors import BpmnError
from app.workflow.engine.listeners import CARRIER
from app.workflow.engine.model import ProcessModel, StartPoint
from app.workflow.engine.refusals import refused
from app.workflow.engine.scripting import Expressions
from app.workflow.engine.specs.base import Plain
from app.workflow.engine.specs.gateways import ScopeEnd

if TYPE_CHECKING:
    from app.workflow.engine.decisions import Decision, Decisions


class ScopeSpec(BpmnProcessSpec):
    """The spec of one scope, ending in our join, with a hidden node that carries data over a return.

    :ivar event_subprocesses: the specs of those drawn in it.
    :ivar is_ad_hoc: whether its activities are done in any order.
    :ivar compensations: names of activities with the name of what compensates them.
    :ivar compensation_subprocess: the event sub-process drawn in it that compensates it once it has completed.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.task_specs[self.end.name], self.task_specs["End"]
        self.end = ScopeEnd(self, self.end.name)
        self.end.connect(Plain(self, "End"))
        Plain(self, CARRIER)
        self.event_subprocesses: list[Any] = []
        self.compensations: dict[str, str] = {}
        self.compensation_subprocess: Any = None
        self.is_ad_hoc = False


class ScopeParser(ProcessParser):
    """Builds the spec of a process or embedded sub-process from its drawn nodes and flows."""

    def create_spec(self) -> ScopeSpec:
        """An empty spec for this scope."""
        return ScopeSpec(name=self.bpmn_id, description=self.get_name(), filename=self.filename)

    def _parse(self) -> None:
        """Data objects and stores are drawn for people; data is the process's as a whole."""
        self.spec = self.create_spec()
        self.add_tasks()

    def add_tasks(self) -> None:
        """Fill it."""
        ScopeBuilder(self).build()


class Parser(SpiffBpmnParser):
    """Holds all files of a release while they are parsed, and every finding."""

    PROCESS_PARSER_CLASS = ScopeParser

    def __init__(self, decisions: Mapping[str, Decisions]) -> None:
        super().__init__()
        self.decisions = decisions
        self.expressions = Expressions()
        self.findings: list[Finding] = []
        self.files: dict[str, str] = {}

    def note(self, code: str, message: str, element_id: str | None) -> None:
        """Something that must be mended before the process can run."""
        finding = Finding(code=f"workflow.bpmn.{code}", message=message, field=element_id)
        if finding not in self.findings:
            self.findings.append(finding)

    def feel(self, text: str | None, element_id: str, what: str) -> str:
        """Compile an expression once; returns its text."""
        text = (text or "").strip()
        if not text:
            self.note("feel_missing", _("%(what)s没有填写，请填写 FEEL 表达式", what=what), element_id)
            return text
        try:
            self.expressions.add(text)
        except FeelError as exc:
            self.note(
                "feel",
                _("%(what)s的表达式有误：%(reason)s", what=what, reason=str(exc)),
                element_id,
            )
        return text

    def decision(self, decision_id: str) -> Decision | None:
        """The decision of that id: from the file of the same name, else from whichever file has it."""
        files = [self.decisions[decision_id]] if decision_id in self.decisions else list(self.decisions.values())
        for decisions in files:
            try:
                return decisions.decision(decision_id)
            except UnknownDecision:
                continue
        return None

    def can_call(self, process_id: str) -> bool:
        """Whether a call activity may name this process."""
        scope = self.process_parsers.get(process_id)
        return scope is not None and scope.node.find(f"{{{BPMN}}}startEvent") is not None

    def lane_of(self, root: Any, node_id: str) -> str | None:
        """Role code of a node's lane: the lane's property ``role``; its name is only a label."""
        lanes: dict[str, str | None] = self.document_lanes.get(id(root), {})
        return lanes.get(node_id)

    def _add_data_stores(self, bpmn: Any) -> None:
        """Data stores are decoration; an association with one is refused."""

    def _add_diagram_indexes(self, bpmn: Any) -> None:
        super()._add_diagram_indexes(bpmn)
        lanes: dict[str, str | None] = {}
        for lane in bpmn.iterfind(f".//{{{BPMN}}}lane"):
            role = properties_of(lane).get("role")
            for reference in lane.iterfind(f"{{{BPMN}}}flowNodeRef"):
                lanes[(reference.text or "").strip()] = role
        self.document_lanes[self._document_key(bpmn)] = lanes

    def _find_dependencies(self, process: Any) -> None:
        """Calls are resolved by the builder, where the calling element is known."""

    def _add_correlations(self, bpmn: Any) -> None:
        """Correlation keys are read with the events that use them (``correlation``)."""


class FaultFinder(Parser):
    """Looks at one file alone; what other files hold is known by name only."""

    def __init__(self, decisions: Collection[str], processes: Collection[str]) -> None:
        super().__init__({})
        self.known_decisions = decisions
        self.known_processes = processes

    def decision(self, decision_id: str) -> Any:
        """Only whether there is one."""
        return decision_id if decision_id in self.known_decisions else None

    def can_call(self, process_id: str) -> bool:
        """Also what other files hold."""
        return process_id in self.known_processes or super().can_call(process_id)


def find_faults(name: str, root: Any, *, decisions: Collection[str], processes: Collection[str]) -> list[Finding]:
    """All that ``parse_processes`` would refuse in one file, on element ids; empty when it parses.

    :param root: of ``read_document``, already of the right schema.
    :param decisions: decision ids of the release.
    :param processes: process ids of the release.
    """
    finder = FaultFinder(decisions, processes)
    _add(finder, name, root)
    for process_id in _executable(finder):
        try:
            finder.get_spec(process_id)
        except ValidationException as exc:
            finder.note("invalid", str(exc), exc.id or process_id)
    return finder.findings


def parse_processes(files: Mapping[str, bytes], decisions: Mapping[str, Decisions]) -> dict[str, ProcessModel]:
    """All executable processes of these files, by process id.

    :param files: content by file name, ``direct/proc_direct_guarantee.bpmn``.
    :param decisions: compiled decision files by name; a business rule task names a decision id.
    :raises BpmnError: with every finding, on element ids.
    """
    parser = Parser(decisions)
    roots = {}
    for name, content in sorted(files.items()):
        roots[name] = root = read_document(name, content)
        check_schema(name, root)
        for element, refusal in refused(root):
            parser.note(refusal.code, f"{_(refusal.message)}；{_(refusal.fix)}", element.get("id"))
    _stop_at(parser.findings)
    for name, root in roots.items():
        _add(parser, name, root)
    _stop_at(parser.findings)
    models = {pid: _model(parser, pid) for pid in _executable(parser)}
    _stop_at(parser.findings)
    return models


def _add(parser: Parser, name: str, root: Any) -> None:
    for process in root.iterfind(f".//{{{BPMN}}}process"):
        parser.files[process.get("id", "")] = name
    try:
        parser.add_bpmn_xml(root, filename=name)
    except ValidationException as exc:
        parser.note("invalid", _("文件 %(name)s 有误：%(reason)s", name=name, reason=str(exc)), exc.id or None)


def _executable(parser: Parser) -> list[str]:
    """Ids of processes that may be started; a pool of another party without nodes is none."""
    return [
        pid
        for pid, scope in list(parser.process_parsers.items())
        if scope.node.tag == f"{{{BPMN}}}process"
        and scope.process_executable
        and scope.node.xpath("./bpmn:startEvent", namespaces=NAMESPACES)
    ]


def _model(parser: Parser, process_id: str) -> ProcessModel:
    spec = parser.get_spec(process_id)
    inner = {} if parser.findings else parser.get_subprocess_specs(process_id)
    starts = tuple(
        StartPoint(start.bpmn_id, start.event_definition.kind, start.event_definition.name)
        for start in spec.start.outputs
    )
    return ProcessModel(
        process_id=process_id,
        name=spec.description,
        file_name=parser.files.get(process_id, ""),
        spec=spec,
        subprocess_specs=inner,
        expressions=parser.expressions,
        starts=starts,
    )


def _stop_at(findings: list[Finding]) -> None:
    if findings:
        raise BpmnError(findings)
