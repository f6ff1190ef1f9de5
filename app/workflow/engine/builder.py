# mypy: disable-error-code="no-untyped-call,misc,abstract,attr-defined,assignment"
# ruff: noqa: SLF001 - extending the library means using what it keeps private; pinned, guarded by tests
"""One scope of a diagram as node specs: create every node, attach boundary events and instances, connect."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from app.core.i18n import _
from app.workflow.engine.compensation import begin_inside, handler_done
from app.workflow.engine.connecting import connect
from app.workflow.engine.countersign import faults, is_countersigned, read_rule
from app.workflow.engine.documents import BPMN, properties_of
from app.workflow.engine.event_reader import read_event
from app.workflow.engine.listeners import CARRIER
from app.workflow.engine.specs.activities import BusinessRuleTask, ManualTask, ScriptTask, ServiceTask, UserTask
from app.workflow.engine.specs.boundary import SPLIT, BoundarySplit
from app.workflow.engine.specs.compensating import CompensatingEnd, CompensatingThrow
from app.workflow.engine.specs.countersign import Countersign
from app.workflow.engine.specs.events import BoundaryEvent, CatchEvent, EndEvent, StartEvent, ThrowEvent
from app.workflow.engine.specs.gateways import EventGateway, ExclusiveGateway, InclusiveGateway, ParallelGateway
from app.workflow.engine.specs.multi_instance import MultiInstance
from app.workflow.engine.specs.repeating import CHILD, Loop
from app.workflow.engine.specs.scopes import CallActivity, EventSubProcess, SubProcess
from app.workflow.engine.specs.undoing import Undoing

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


class ScopeBuilder:
    """Builds one scope.

    :ivar specs: what the flows leave from, by node id.
    :ivar entries: what the flows lead to: the hidden split of an activity with boundary events, else the node.
    :ivar condition: FEEL text that ends an ad-hoc sub-process; ``None`` for other scopes.
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
        self.condition: str | None = None

    def build(self) -> None:
        """Create, attach, connect; every problem is noted on its element."""
        if self._kind(self.scope.node) == "adHocSubProcess":
            text = self.scope.node.findtext(f"{{{BPMN}}}completionCondition")
            self.condition = self.parser.feel(text, self.scope.node.get("id"), _("即席子流程的完成条件"))
            self.spec.is_ad_hoc = True
        for node in self.scope.node:
            if isinstance(node.tag, str) and self._knows(node):
                self._add(node)
        for node_id, node in self.nodes.items():
            if node.tag == f"{{{BPMN}}}boundaryEvent":
                self._attach(node_id, node)
        self._handlers()
        self._check_throws()
        connect(self)

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
        self.nodes[node_id] = node
        self.specs[node_id] = self.entries[node_id] = self._repeated(made, node_id, node)

    def _make(self, node: Any, node_id: str) -> Any:
        kind = self._kind(node)
        if kind in _PLAIN:
            return _PLAIN[kind](self.spec, node_id, **self._attributes(node))
        if kind in _EVENTS:
            definition = read_event(self.parser, self.root, node)
            if definition.kind in ("compensate", "cancel"):
                return self._compensating(kind, node, node_id, definition)
            extra = (
                {"cancel_activity": node.get("cancelActivity", "true") != "false"}
                if kind == "boundaryEvent"
                else {}
            )
            return _EVENTS[kind](
                self.spec, node_id, event_definition=definition, **extra, **self._attributes(node)
            )
        return _MAKERS[kind](self, node, node_id)

    def is_activity(self, node_id: str) -> bool:
        """Whether a node is a task or holds a scope: its flows may carry conditions, its border events."""
        kind = self._kind(self.nodes[node_id]) if node_id in self.nodes else ""
        return kind.endswith(("Task", "Process", "Activity", "transaction"))

    def is_handler(self, node_id: str) -> bool:
        """Whether a node only compensates another."""
        return self.nodes[node_id].get("isForCompensation") in ("true", "1")

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
        if len(starts) != 1 and not inner.is_ad_hoc:
            self.parser.note("start_count", _("子流程必须有且只有一个开始事件，请补上或只保留一个"), node_id)
            return None
        if node.get("triggeredByEvent") != "true":
            return SubProcess(self.spec, node_id, subworkflow_spec=node_id, **self._attributes(node))
        made = EventSubProcess(self.spec, node_id, subworkflow_spec=node_id, **self._attributes(node))
        start = self.parser.process_parsers[node_id].node.find(f"{{{BPMN}}}startEvent")
        made.interrupting = start.get("isInterrupting", "true") != "false"
        made.event_definition = starts[0].event_definition
        made.start_id = starts[0].bpmn_id
        if made.event_definition.kind == "compensate":
            self.spec.compensation_subprocess = made
        else:
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

    # compensation

    def _compensating(self, kind: str, node: Any, node_id: str, definition: Any) -> Any:
        """A border event that only marks its handler is no node; the others throw or, of a transaction, catch."""
        attributes = {"event_definition": definition, **self._attributes(node)}
        match kind, definition.kind:
            case "boundaryEvent", "compensate":
                return None
            case "boundaryEvent", _kind:
                return BoundaryEvent(self.spec, node_id, cancel_activity=True, **attributes)
            case "startEvent", _kind:
                return StartEvent(self.spec, node_id, **attributes)
            case "endEvent", _kind:
                return CompensatingEnd(self.spec, node_id, **attributes)
            case _:
                return CompensatingThrow(self.spec, node_id, **attributes)

    def _handlers(self) -> None:
        """Each compensation event on a border leads over an association to what undoes its activity."""
        handling: set[str] = set()
        for event in self.scope.node.iterfind(f"{{{BPMN}}}boundaryEvent"):
            if event.find(f"{{{BPMN}}}compensateEventDefinition") is None:
                continue
            handler_id, host_id = self._associated(event), event.get("attachedToRef") or ""
            handler = self.specs.get(handler_id)
            if self._misplaced(event, host_id, handler_id, handling):
                continue
            if handler is None or not self.is_handler(handler_id):
                if handler_id not in self.unmade or handler_id == event.get("id"):
                    message = _("补偿事件没有连到补偿活动，请用关联线连到设为“用于补偿”的活动")
                    self.parser.note("compensation_handler", message, event.get("id"))
                continue
            handling.add(handler_id)
            self._undo_by(host_id, handler)
        self._undo_inside()
        for node_id in self.nodes:
            if self.is_handler(node_id) and node_id not in handling:
                message = _("补偿活动没有连到补偿事件，请用关联线把它连到活动边框上的补偿事件")
                self.parser.note("compensation_handler", message, node_id)

    def _associated(self, event: Any) -> str:
        for association in self.root.iterfind(f".//{{{BPMN}}}association"):
            ends = [association.get("sourceRef") or "", association.get("targetRef") or ""]
            if event.get("id") in ends:
                ends.remove(event.get("id"))
                return str(ends[0])
        return ""

    def _misplaced(self, event: Any, host_id: str, handler_id: str, handling: set[str]) -> bool:
        """Whether a compensation event stands on nothing it could undo, or is one too many; it is noted."""
        code, message = "", ""
        host = self.specs.get(host_id)
        if host_id in self.unmade:
            return True
        if host is None or isinstance(host, EventSubProcess) or not self.is_activity(host_id):
            code, message = "boundary_host", _("边界事件没有附着在活动上，请拖到任务或子流程的边框上")
        elif host_id in self.spec.compensations:
            code, message = "compensation_twice", _("活动“%(id)s”有两个补偿事件，请只保留一个", id=host_id)
        elif handler_id in handling:
            code = "compensation_twice"
            message = _("补偿活动“%(id)s”连到了两个补偿事件，请为每个活动各画一个补偿活动", id=handler_id)
        if code:
            self.parser.note(code, message, event.get("id"))
        return bool(code)

    def _undo_by(self, activity_name: str, handler: Any) -> None:
        self.spec.compensations[activity_name] = handler.name
        handler._connect_notify(self.spec.task_specs[CARRIER])
        handler.connect(self.spec.end)
        handler.completed_event.connect(handler_done)

    def _undo_inside(self) -> None:
        """A sub-process that holds compensation and has no handler on its border is undone from inside."""
        for node_id in self.nodes:
            inner = self._spec_inside(node_id)
            if inner is None or self.is_handler(node_id) or node_id in self.spec.compensations:
                continue
            made = self.spec.task_specs.get(f"{node_id}{CHILD}", self.specs[node_id])
            is_handler = made is self.spec.compensation_subprocess
            if not is_handler and (inner.compensations or inner.compensation_subprocess is not None):
                self._undo_by(made.name, Undoing(self.spec, host=made, begin=begin_inside))

    def _spec_inside(self, node_id: str) -> Any:
        """The spec of an embedded sub-process of this scope, ``None`` for other nodes."""
        if node_id not in self.nodes or self._kind(self.nodes[node_id]) == "callActivity":
            return None
        inside = self.parser.process_parsers.get(node_id)
        return None if inside is None else inside.get_spec()

    def _check_throws(self) -> None:
        """What a throw names must be undone in its own scope, or in that around its event sub-process."""
        if self.scope.node.get("triggeredByEvent") == "true":
            return  # the scope around checks it
        for throw in self.scope.node.iter(f"{{{BPMN}}}compensateEventDefinition"):
            event, wanted = throw.getparent(), (throw.get("activityRef") or "").rpartition(":")[2]
            if not wanted or self._kind(event) not in ("endEvent", "intermediateThrowEvent"):
                continue
            if self._is_thrown_here(event) and wanted not in self._undone_by(event):
                message = _("要补偿的活动“%(id)s”在同一层没有补偿事件，请改选或给它附加补偿事件", id=wanted)
                self.parser.note("compensation_target", message, event.get("id"))

    def _undone_by(self, event: Any) -> set[str]:
        """Ids of the activities a throw can name."""
        specs, around = [self.spec], event.getparent()
        while around is not self.scope.node:
            specs.append(self.parser.process_parsers[around.get("id")].get_spec())
            around = around.getparent()
        return {spec.task_specs[name].bpmn_id for spec in specs for name in spec.compensations}

    def _is_thrown_here(self, event: Any) -> bool:
        """In this scope itself, or in an event sub-process of it."""
        around = event.getparent()
        while around is not self.scope.node and around.get("triggeredByEvent") == "true":
            around = around.getparent()
        return around is self.scope.node

    # instances and boundary events

    def _repeated(self, made: Any, node_id: str, node: Any) -> Any:
        """An activity that is repeated becomes the instance of a node that takes its place on the flows."""
        many = node.find(f"{{{BPMN}}}multiInstanceLoopCharacteristics")
        loop = node.find(f"{{{BPMN}}}standardLoopCharacteristics")
        is_signed = self._is_countersigned(node, node_id, many, loop)
        is_plain = many is None and loop is None
        if not is_signed and (is_plain or is_countersigned(properties_of(node))):
            return made
        del self.spec.task_specs[node_id]
        made.name = f"{node_id}{CHILD}"
        self.spec.task_specs[made.name] = made
        if is_signed:
            whole = self._countersigned(node_id, node)
        else:
            whole = self._many(node_id, node, many) if many is not None else self._loop(node_id, node, loop)
        whole.extensions = made.extensions
        made._connect_notify(whole)
        whole.wire(made)
        return whole

    def _is_countersigned(self, node: Any, node_id: str, many: Any, loop: Any) -> bool:
        """Whether several sign it, by properties that hold; what does not is noted."""
        properties = properties_of(node)
        if self._kind(node) != "userTask":
            if is_countersigned(properties):
                message = _("属性 countersign 只用于用户任务，请删除它，或改为用户任务")
                self.parser.note("countersign", message, node_id)
            return False
        found = [f"{fault.message}，{fault.fix}" for fault in faults(properties)]
        if is_countersigned(properties) and not found:
            found += self._drawn_otherwise(node_id, properties, many, loop)
        for message in found:
            self.parser.note("countersign", message, node_id)
        return is_countersigned(properties) and not found

    def _drawn_otherwise(self, node_id: str, properties: dict[str, str], many: Any, loop: Any) -> Iterator[str]:
        """Where the drawn marks say something else than the property; a bare mark of many is only a hint."""
        if loop is not None:
            yield _("写了 countersign 的环节不能再设为循环，请在图上取消循环标记")
        if many is not None and len(many):
            yield _("写了 countersign 的环节，名单和结束条件都由属性决定，请在图上取消多实例，或只留下空的标记")
        elif many is not None and (many.get("isSequential") == "true") is not (
            properties["countersign"] == "sequence"
        ):
            yield _("图上的多实例是并行还是顺序，与 countersign 不一致，请在图上改正，或取消多实例标记")
        if node_id in self._compensated():
            yield _("几个人签署的环节不支持补偿，请把它放进子流程，把补偿事件附加在子流程上")

    def _compensated(self) -> set[str]:
        """Ids of the activities with a compensation event on their border."""
        events = self.scope.node.iterfind(f"{{{BPMN}}}boundaryEvent")
        marked = (one for one in events if one.find(f"{{{BPMN}}}compensateEventDefinition") is not None)
        return {one.get("attachedToRef") or "" for one in marked}

    def _countersigned(self, node_id: str, node: Any) -> Countersign:
        rule = read_rule(properties_of(node))
        for name, text in (("signers", rule.signers), ("weights", rule.weights), ("veto", rule.veto)):
            if text:
                self.parser.feel(text, node_id, _("属性 %(key)s ", key=name))
        return Countersign(self.spec, node_id, rule=rule, **self._attributes(node))

    def _loop(self, node_id: str, node: Any, loop: Any) -> Loop:
        condition = (loop.findtext(f"{{{BPMN}}}loopCondition") or "").strip() or None
        if condition is not None:
            self.parser.feel(condition, node_id, _("循环的条件"))
        return Loop(
            self.spec,
            node_id,
            test_before=loop.get("testBefore") in ("true", "1"),
            most=int(loop.get("loopMaximum")) if loop.get("loopMaximum") else None,
            condition=condition,
            **self._attributes(node),
        )

    def _many(self, node_id: str, node: Any, loop: Any) -> MultiInstance:
        def text(tag: str) -> str | None:
            return (loop.findtext(f"{{{BPMN}}}{tag}") or "").strip() or None

        def name(tag: str) -> str | None:
            item = loop.find(f"{{{BPMN}}}{tag}")
            return None if item is None else item.get("name") or item.get("id")

        items = properties_of(node).get("items") or text("loopDataInputRef")
        items = self.parser.feel(items or text("loopCardinality"), node_id, _("多实例的集合（loopDataInputRef）"))
        condition = text("completionCondition")
        if condition is not None:
            self.parser.feel(condition, node_id, _("多实例的完成条件"))
        return MultiInstance(
            self.spec,
            node_id,
            sequential=loop.get("isSequential") == "true",
            items=items,
            item_name=name("inputDataItem"),
            output_name=text("loopDataOutputRef"),
            condition=condition,
            **self._attributes(node),
        )

    def _attach(self, event_id: str, node: Any) -> None:
        host_id = node.get("attachedToRef") or ""
        if host_id in self.unmade:
            return
        host = self.specs.get(host_id)
        if host is None or isinstance(host, EventSubProcess) or not self.is_activity(host_id):
            self.parser.note("boundary_host", _("边界事件没有附着在活动上，请拖到任务或子流程的边框上"), event_id)
            return
        split = self.entries[host_id]
        if split is host:
            split = BoundarySplit(self.spec, f"{host_id}{SPLIT}", lane=host.lane)
            split.connect(host)
            self.entries[host_id] = split
        split.connect(self.specs[event_id])


_MAKERS: dict[str, Callable[[ScopeBuilder, Any, str], Any]] = {
    "serviceTask": ScopeBuilder._service,
    "businessRuleTask": ScopeBuilder._rule,
    "scriptTask": ScopeBuilder._script,
    "subProcess": ScopeBuilder._sub_process,
    "transaction": ScopeBuilder._sub_process,
    "adHocSubProcess": ScopeBuilder._sub_process,
    "callActivity": ScopeBuilder._call,
}
