# mypy: disable-error-code="no-untyped-call,misc,abstract,attr-defined,assignment"
# ruff: noqa: SLF001 - extending the library means using what it keeps private; pinned, guarded by tests
"""One scope of a diagram as node specs: create every node, attach boundary events and instances, connect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from SpiffWorkflow.operators import Operator

from app.core.i18n import _
from app.workflow.engine.documents import BPMN, properties_of
from app.workflow.engine.event_reader import read_event
from app.workflow.engine.reasons import Weighed, title_of, values_read
from app.workflow.engine.specs.activities import BusinessRuleTask, ManualTask, ScriptTask, ServiceTask, UserTask
from app.workflow.engine.specs.boundary import BoundarySplit
from app.workflow.engine.specs.events import BoundaryEvent, CatchEvent, EndEvent, StartEvent, ThrowEvent
from app.workflow.engine.specs.gateways import EventGateway, ExclusiveGateway, InclusiveGateway, ParallelGateway
from app.workflow.engine.specs.multi_instance import MultiInstance
from app.workflow.engine.specs.scopes import CallActivity, EventSubProcess, SubProcess

RESERVED = frozenset({"Start", "End"})
_PLAIN: dict[str, Any] = {
    "userTask": UserTask,
    "manualTask": ManualTask,
    "exclusiveGateway": ExclusiveGateway,
    "parallelGateway": ParallelGateway,
    "inclusiveGateway": InclusiveGateway,
    "eventBasedGateway": EventGateway,
}
_EVENTS: dict[str, Any] = {
    "startEvent": StartEvent,
    "endEvent": EndEvent,
    "intermediateCatchEvent": CatchEvent,
    "intermediateThrowEvent": ThrowEvent,
    "boundaryEvent": BoundaryEvent,
    "sendTask": ThrowEvent,
    "receiveTask": CatchEvent,
}


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
        seen = values_read(expression, engine.context(expression.names, task.data))
        title = self.label or title_of(task.workflow.spec.task_specs[target])
        return Weighed(self.text, title, self._matches(task), seen)


class ScopeBuilder:
    """Builds one scope.

    :ivar specs: what the flows leave from, by node id.
    :ivar entries: what the flows lead to: the hidden split of an activity with boundary events, else the node.
    :ivar unmade: nodes that could not be made; what follows from that is not told besides.
    """

    def __init__(self, scope: Any) -> None:
        self.scope = scope
        self.parser = scope.parser
        self.spec = scope.spec
        self.root = scope.document_root
        self.specs: dict[str, Any] = {}
        self.entries: dict[str, Any] = {}
        self.nodes: dict[str, Any] = {}
        self.unmade: set[str] = set()

    def build(self) -> None:
        """Create, attach, connect; every problem is noted on its element."""
        for node in self.scope.node:
            if isinstance(node.tag, str) and self._knows(node):
                self._add(node)
        for node_id, node in self.nodes.items():
            if node.tag == f"{{{BPMN}}}boundaryEvent":
                self._attach(node_id, node)
        self._connect()
        self._finish()

    def _knows(self, node: Any) -> bool:
        return self._kind(node) in _PLAIN or self._kind(node) in _EVENTS or self._kind(node) in _MAKERS

    @staticmethod
    def _kind(node: Any) -> str:
        tag: str = node.tag
        return tag.removeprefix(f"{{{BPMN}}}")

    def _add(self, node: Any) -> None:
        node_id = node.get("id")
        if not node_id or node_id in RESERVED or node_id in self.spec.task_specs:
            self.parser.note(
                "id", _("元素编号“%(id)s”缺失、重复或为保留字，请改用唯一的编号", id=node_id), node_id
            )
            return
        made = self._make(node, node_id)
        if made is None:
            self.unmade.add(node_id)
            return
        made.extensions = {"properties": properties_of(node)}
        loop = node.find(f"{{{BPMN}}}multiInstanceLoopCharacteristics")
        self.nodes[node_id] = node
        self.specs[node_id] = self.entries[node_id] = made if loop is None else self._repeat(made, node_id, loop)

    def _make(self, node: Any, node_id: str) -> Any:
        kind = self._kind(node)
        if kind in _PLAIN:
            return _PLAIN[kind](self.spec, node_id, **self._attributes(node))
        if kind in _EVENTS:
            definition = read_event(self.parser, self.root, node)
            extra = (
                {"cancel_activity": node.get("cancelActivity", "true") != "false"}
                if kind == "boundaryEvent"
                else {}
            )
            return _EVENTS[kind](
                self.spec, node_id, event_definition=definition, **extra, **self._attributes(node)
            )
        return _MAKERS[kind](self, node, node_id)

    def _attributes(self, node: Any) -> dict[str, Any]:
        lane = self.parser.lane_of(self.root, node.get("id")) or self.scope.lane
        documentation = node.findtext(f"{{{BPMN}}}documentation")
        return {"bpmn_name": node.get("name"), "lane": lane, "documentation": documentation}

    # activities with something inside

    def _service(self, node: Any, node_id: str) -> Any:
        operator = node.find("./{*}extensionElements/{*}serviceTaskOperator")
        if operator is None or not operator.get("id"):
            text = _("服务任务没有指定步骤，请填写 serviceTaskOperator 的 id")
            self.parser.note("step_missing", text, node_id)
            return None
        parameters = {}
        for parameter in operator.iterfind("./{*}parameters/{*}parameter"):
            name = parameter.get("id", "")
            what = _("参数 %(name)s ", name=name)
            parameters[name] = self.parser.feel(parameter.get("value") or parameter.text, node_id, what)
        return ServiceTask(
            self.spec,
            node_id,
            step=operator.get("id"),
            parameters=parameters,
            result_variable=operator.get("resultVariable"),
            **self._attributes(node),
        )

    def _rule(self, node: Any, node_id: str) -> Any:
        decision_id = (node.findtext("./{*}extensionElements/{*}calledDecisionId") or "").strip()
        decision = self.parser.decision(decision_id)
        if decision is None:
            text = _("业务规则任务引用的决策“%(id)s”不存在，请填写 calledDecisionId", id=decision_id)
            self.parser.note("decision_missing", text, node_id)
            return None
        return BusinessRuleTask(
            self.spec, node_id, decision_id=decision_id, decision=decision, **self._attributes(node)
        )

    def _script(self, node: Any, node_id: str) -> Any:
        if (node.get("scriptFormat") or "").lower() != "feel":
            text = _("脚本任务只能使用 FEEL，请将 scriptFormat 设为 feel，脚本写成 { 名称: 表达式 }")
            self.parser.note("script_format", text, node_id)
            return None
        script = self.parser.feel(node.findtext(f"{{{BPMN}}}script"), node_id, _("脚本"))
        return ScriptTask(self.spec, node_id, script=script, **self._attributes(node))

    def _sub_process(self, node: Any, node_id: str) -> Any:
        if node_id in self.parser.process_parsers:
            text = _("子流程编号“%(id)s”在发布包中重复，请改用唯一的编号", id=node_id)
            self.parser.note("duplicate", text, node_id)
            return None
        self.parser.create_parser(node, filename=self.scope.filename, lane=self._attributes(node)["lane"])
        inner = self.parser.process_parsers[node_id].get_spec()
        starts = inner.start.outputs
        if len(starts) != 1:
            self.parser.note("start_count", _("子流程必须有且只有一个开始事件，请补上或只保留一个"), node_id)
            return None
        if node.get("triggeredByEvent") != "true":
            return SubProcess(self.spec, node_id, subworkflow_spec=node_id, **self._attributes(node))
        made = EventSubProcess(self.spec, node_id, subworkflow_spec=node_id, **self._attributes(node))
        start = self.parser.process_parsers[node_id].node.find(f"{{{BPMN}}}startEvent")
        made.interrupting = start.get("isInterrupting", "true") != "false"
        made.event_definition = starts[0].event_definition
        made.start_id = starts[0].bpmn_id
        self.spec.event_subprocesses.append(made)
        return made

    def _call(self, node: Any, node_id: str) -> Any:
        called = node.get("calledElement") or ""
        if not self.parser.can_call(called):
            text = _("调用活动引用的流程“%(id)s”不存在，请填写 calledElement", id=called)
            self.parser.note("process_missing", text, node_id)
            return None
        properties = properties_of(node)
        for key in ("input", "output"):
            if properties.get(key):
                self.parser.feel(properties[key], node_id, _("属性 %(key)s ", key=key))
        return CallActivity(self.spec, node_id, subworkflow_spec=called, **self._attributes(node))

    # instances and boundary events

    def _repeat(self, child: Any, node_id: str, loop: Any) -> Any:
        """The activity becomes the instance of a multi-instance node that takes its place on the flows."""

        def text(tag: str) -> str | None:
            return (loop.findtext(f"{{{BPMN}}}{tag}") or "").strip() or None

        def name(tag: str) -> str | None:
            item = loop.find(f"{{{BPMN}}}{tag}")
            return None if item is None else item.get("name") or item.get("id")

        items = properties_of(child_node := loop.getparent()).get("items") or text("loopDataInputRef")
        items = self.parser.feel(items or text("loopCardinality"), node_id, _("多实例的集合（loopDataInputRef）"))
        condition = text("completionCondition")
        if condition is not None:
            self.parser.feel(condition, node_id, _("多实例的完成条件"))
        del self.spec.task_specs[node_id]
        child.name = f"{node_id} [child]"
        self.spec.task_specs[child.name] = child
        many = MultiInstance(
            self.spec,
            node_id,
            sequential=loop.get("isSequential") == "true",
            items=items,
            item_name=name("inputDataItem"),
            output_name=text("loopDataOutputRef"),
            condition=condition,
            **self._attributes(child_node),
        )
        many.extensions = child.extensions
        child._connect_notify(many)
        many.wire(child)
        return many

    def _attach(self, event_id: str, node: Any) -> None:
        host_id = node.get("attachedToRef") or ""
        if host_id in self.unmade:
            return
        host = self.specs.get(host_id)
        kind = self._kind(self.nodes[host_id]) if host_id in self.nodes else ""
        if host is None or isinstance(host, EventSubProcess) or not kind.endswith(("Task", "Process", "Activity")):
            self.parser.note("boundary_host", _("边界事件没有附着在活动上，请拖到任务或子流程的边框上"), event_id)
            return
        split = self.entries[host_id]
        if split is host:
            split = BoundarySplit(self.spec, f"{host_id}.BoundaryEventSplit", lane=host.lane)
            split.connect(host)
            self.entries[host_id] = split
        split.connect(self.specs[event_id])

    # flows

    def _connect(self) -> None:
        flows = list(self.scope.node.iterfind(f"{{{BPMN}}}sequenceFlow"))
        flows.sort(key=lambda flow: self.scope.get_position(flow.get("targetRef"))["y"])
        for spec in self.specs.values():
            if isinstance(spec, StartEvent):
                self.spec.start.connect(spec)
            elif isinstance(spec, (EndEvent, EventSubProcess)):
                spec.connect(self.spec.end)
        leaving: dict[str, list[Any]] = {}
        for flow in flows:
            leaving.setdefault(flow.get("sourceRef"), []).append(flow)
        for source_id, outgoing in leaving.items():
            for flow in outgoing:
                self._flow(source_id, flow, alone=len(outgoing) == 1)

    def _flow(self, source_id: str, flow: Any, *, alone: bool) -> None:
        source, target = self.specs.get(source_id), self.entries.get(flow.get("targetRef"))
        if source is None or target is None or isinstance(source, EndEvent) or isinstance(target, StartEvent):
            if source_id in self.nodes and flow.get("targetRef") in self.nodes:
                self.parser.note(
                    "flow", _("顺序流不能从结束事件流出或流入开始事件，请改接到任务或网关"), flow.get("id")
                )
            return
        condition = flow.find(f"{{{BPMN}}}conditionExpression")
        text = (condition.text or "").strip() if condition is not None else ""
        if not isinstance(source, (ExclusiveGateway, InclusiveGateway)):
            if text:
                message = _("条件只能写在排他网关或包容网关流出的顺序流上，否则会被忽略，请在其后加一个网关")
                self.parser.note("ignored_condition", message, flow.get("id"))
            source.connect(target)
        elif flow.get("id") == self.nodes[source_id].get("default") or (alone and not text):
            source.connect(target)
        else:
            text = self.parser.feel(text, flow.get("id"), _("顺序流的条件"))
            source.connect_if(FlowCondition(text, flow.get("name")), target)

    def _finish(self) -> None:
        """What can only be known when all is connected. A flow to a node that was refused leads somewhere."""
        flows = self.scope.node.iterfind(f"{{{BPMN}}}sequenceFlow")
        leaving = {flow.get("sourceRef") for flow in flows if flow.get("targetRef") in self.unmade}
        for node_id, spec in self.specs.items():
            if isinstance(spec, InclusiveGateway):
                spec.reachable_from = self._before(spec)
            if not spec._outputs and node_id not in leaving:
                self.parser.note("dead_end", _("流程在此处走不下去，请连接到下一环节或结束事件"), node_id)
            if isinstance(spec, EventGateway) and not all(isinstance(out, CatchEvent) for out in spec.outputs):
                self.parser.note(
                    "event_gateway", _("事件网关之后只能连接中间捕获事件或接收任务，请改用这两种元素"), node_id
                )

    def _before(self, join: Any) -> frozenset[str]:
        """Names of all nodes from which a token can come to the join without passing it."""
        seen: set[str] = set()
        waiting = list(join._inputs)
        while waiting:
            name = waiting.pop()
            if name not in seen and name != join.name:
                seen.add(name)
                waiting.extend(self.spec.task_specs[name]._inputs)
        return frozenset(seen)


_MAKERS: dict[str, Callable[[ScopeBuilder, Any, str], Any]] = {
    "serviceTask": ScopeBuilder._service,
    "businessRuleTask": ScopeBuilder._rule,
    "scriptTask": ScopeBuilder._script,
    "subProcess": ScopeBuilder._sub_process,
    "callActivity": ScopeBuilder._call,
}
