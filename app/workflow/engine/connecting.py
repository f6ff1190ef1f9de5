# mypy: disable-error-code="no-untyped-call,abstract"
# ruff: noqa: SLF001 - extending the library means using what it keeps private; pinned, guarded by tests
"""The flows of one scope: what leads where, under which condition, and over which link."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from SpiffWorkflow.operators import Operator

from app.core.i18n import _
from app.workflow.engine.documents import BPMN
from app.workflow.engine.reasons import Weighed, title_of, values_read
from app.workflow.engine.specs.adhoc import AdHocTurn
from app.workflow.engine.specs.base import HiddenNode
from app.workflow.engine.specs.events import BoundaryEvent, CatchEvent, EndEvent, StartEvent, ThrowEvent
from app.workflow.engine.specs.gateways import (
    EventGateway,
    ExclusiveGateway,
    FlowSplit,
    InclusiveGateway,
    ParallelGateway,
)
from app.workflow.engine.specs.scopes import EventSubProcess

if TYPE_CHECKING:
    from app.workflow.engine.builder import ScopeBuilder


class FlowCondition(Operator):
    """The FEEL condition of a flow; only ``true`` lets the token pass."""

    def __init__(self, text: str, label: str | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.label = label

    def _matches(self, task: Any) -> bool:
        return bool(task.workflow.script_engine.truth(self.text, task.data))

    def weigh(self, task: Any, target: str) -> Weighed:
        """Whether it holds, with what it read. :param target: name of the node its flow leads to."""
        engine = task.workflow.script_engine
        expression = engine.expressions[self.text]
        context = engine.context(expression.names | expression.filter_names, task.data)
        title = self.label or title_of(task.workflow.spec.task_specs[target])
        holds = engine.of(expression, context) is True
        return Weighed(self.text, title, holds, values_read(expression, context))


def connect(build: ScopeBuilder) -> None:
    """Connect all nodes of a scope; every problem is noted on its flow or node."""
    flows = list(build.scope.node.iterfind(f"{{{BPMN}}}sequenceFlow"))
    flows.sort(key=lambda flow: build.scope.get_position(flow.get("targetRef"))["y"])
    for spec in build.specs.values():
        if isinstance(spec, StartEvent):
            build.spec.start.connect(spec)
        elif isinstance(spec, (EndEvent, EventSubProcess)):
            spec.connect(build.spec.end)
    leaving: dict[str, list[Any]] = {}
    for flow in flows:
        leaving.setdefault(flow.get("sourceRef"), []).append(flow)
    for source_id, outgoing in leaving.items():
        _leave(build, source_id, [flow for flow in outgoing if _is_possible(build, source_id, flow)])
    _link(build)
    if build.condition is not None:
        _ad_hoc(build, build.condition, {flow.get("targetRef") for flow in flows})
    _finish(build, leaving)


def _is_possible(build: ScopeBuilder, source_id: str, flow: Any) -> bool:
    source, target = build.specs.get(source_id), build.entries.get(flow.get("targetRef"))
    if source is None or target is None or isinstance(source, EndEvent) or isinstance(target, StartEvent):
        if source_id in build.nodes and flow.get("targetRef") in build.nodes:
            message = _("顺序流不能从结束事件流出或流入开始事件，请改接到任务或网关")
            build.parser.note("flow", message, flow.get("id"))
        return False
    return True


def _leave(build: ScopeBuilder, source_id: str, flows: list[Any]) -> None:
    """The flows out of one node. Gateways choose; of an activity, flows without a condition are always taken."""
    source = build.specs.get(source_id)
    if source is None:
        return
    default = build.nodes[source_id].get("default")
    if isinstance(source, (ExclusiveGateway, InclusiveGateway)):
        for flow in flows:
            text = _condition(flow)
            target = _entry(build, source, flow)
            if flow.get("id") == default or (len(flows) == 1 and not text):
                source.connect(target)
            else:
                text = build.parser.feel(text, flow.get("id"), _("顺序流的条件"))
                source.connect_if(FlowCondition(text, flow.get("name")), target)
    elif build.is_activity(source_id) and any(_condition(flow) or flow.get("id") == default for flow in flows):
        _split(build, source_id, flows, default)
    else:
        for flow in flows:
            if _condition(flow):
                message = _("条件只能写在活动、排他网关或包容网关流出的顺序流上，请去掉条件，或在其后加一个网关")
                build.parser.note("ignored_condition", message, flow.get("id"))
            source.connect(_entry(build, source, flow))


def _split(build: ScopeBuilder, source_id: str, flows: list[Any], default: str | None) -> None:
    source = build.specs[source_id]
    split = FlowSplit(build.spec, f"{source_id}.Split", host=source)
    source.connect(split)
    for flow in flows:
        text, target = _condition(flow), _entry(build, split, flow)
        if flow.get("id") == default:
            split.lead(target, is_default=True)
        elif text:
            build.parser.feel(text, flow.get("id"), _("顺序流的条件"))
            split.lead(target, FlowCondition(text, flow.get("name")))
        else:
            split.lead(target)


def _entry(build: ScopeBuilder, source: Any, flow: Any) -> Any:
    """What a flow leads to. A join counts flows by the node they leave; a second one passes a hidden node."""
    target = build.entries[flow.get("targetRef")]
    if not isinstance(target, ParallelGateway) or source.name not in target._inputs:
        return target
    passage = HiddenNode(build.spec, f"{flow.get('id')}.Flow", host=target)
    passage.connect(target)
    return passage


def _condition(flow: Any) -> str:
    return (flow.findtext(f"{{{BPMN}}}conditionExpression") or "").strip()


def _link(build: ScopeBuilder) -> None:
    """A link leads from every throw event of its name to the one catch event of that name in the same scope."""
    links = [(node_id, spec) for node_id, spec in build.specs.items() if _is_link(spec)]
    targets: dict[str, Any] = {}
    for node_id, spec in links:
        if isinstance(spec, CatchEvent):
            name = spec.event_definition.name
            if name in targets:
                message = _("链接“%(name)s”有两个目标，请只保留一个捕获链接事件", name=name)
                build.parser.note("link_target", message, node_id)
            targets.setdefault(name, spec)
    for node_id, spec in links:
        target = targets.get(spec.event_definition.name)
        if isinstance(spec, CatchEvent):
            continue
        if target is None:
            message = _(
                "链接“%(name)s”在本流程中没有目标，请放一个同名的捕获链接事件", name=spec.event_definition.name
            )
            build.parser.note("link_target", message, node_id)
        else:
            spec.connect(target)


def _ad_hoc(build: ScopeBuilder, condition: str, entered: set[str]) -> None:
    """Tasks that no flow leads to can be done from the start; after each activity the condition is asked."""
    for node_id, spec in list(build.specs.items()):
        if isinstance(spec, EventSubProcess) or build.is_handler(node_id):
            continue
        entry = build.entries[node_id] if node_id not in entered and not isinstance(spec, BoundaryEvent) else None
        if entry is not None:
            build.spec.start.connect(entry)
        if build.is_activity(node_id):
            name = entry.name if entry is not None else None
            turn = AdHocTurn(build.spec, f"{node_id}.Turn", host=spec, entry=name, condition=condition)
            spec.connect(turn)
            turn.connect(build.spec.end)
        elif not spec._outputs:
            spec.connect(build.spec.end)


def _is_link(spec: Any) -> bool:
    return isinstance(spec, (CatchEvent, ThrowEvent)) and spec.event_definition.kind == "link"


def _finish(build: ScopeBuilder, leaving: dict[str, list[Any]]) -> None:
    """What can only be known when all is connected. A flow to a node that was refused leads somewhere."""
    for node_id, spec in build.specs.items():
        refused = any(flow.get("targetRef") in build.unmade for flow in leaving.get(node_id, ()))
        if isinstance(spec, InclusiveGateway):
            spec.reachable_from = _before(build.spec, spec)
        if not spec._outputs and not refused and not _is_link(spec):
            build.parser.note("dead_end", _("流程在此处走不下去，请连接到下一环节或结束事件"), node_id)
        if isinstance(spec, EventGateway) and not all(isinstance(out, CatchEvent) for out in spec.outputs):
            build.parser.note(
                "event_gateway", _("事件网关之后只能连接中间捕获事件或接收任务，请改用这两种元素"), node_id
            )


def _before(scope_spec: Any, join: Any) -> frozenset[str]:
    """Names of all nodes from which a token can come to the join without passing it."""
    seen: set[str] = set()
    waiting = list(join._inputs)
    while waiting:
        name = waiting.pop()
        if name not in seen and name != join.name:
            seen.add(name)
            waiting.extend(scope_spec.task_specs[name]._inputs)
    return frozenset(seen)
