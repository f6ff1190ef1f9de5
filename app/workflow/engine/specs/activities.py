# mypy: disable-error-code="no-untyped-call,misc,abstract,attr-defined,assignment"
"""Tasks: people's work, service steps, decisions, FEEL scripts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.specs.mixins import ManualTaskMixin, UserTaskMixin

from app.workflow.engine.decisions import nearest_change
from app.workflow.engine.reasons import keep_decision, scalars_read
from app.workflow.engine.scripting import plain
from app.workflow.engine.specs.base import Node
from app.workflow.engine.views import view_task

if TYPE_CHECKING:
    from app.workflow.engine.decisions import Decision
    from app.workflow.engine.library import Task


class UserTask(UserTaskMixin, Node):
    """Work of a person, on a form."""


class ManualTask(ManualTaskMixin, Node):
    """Work of a person outside the system; somebody ticks it off."""


class ServiceTask(Node):
    """Calls a registered step.

    :param parameters: FEEL text by parameter name.
    :param result_variable: where the returned values go as one context; without it each becomes process data.
    """

    def __init__(
        self,
        wf_spec: Any,
        bpmn_id: str,
        *,
        step: str,
        parameters: Mapping[str, str],
        result_variable: str | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.step = step
        self.parameters = dict(parameters)
        self.result_variable = result_variable

    def _run_hook(self, my_task: Task) -> bool:
        engine = my_task.workflow.script_engine
        params = {name: engine.value(text, my_task.data) for name, text in self.parameters.items()}
        result = engine.services.call_step(self.step, params, view_task(my_task))
        engine.forget_facts()
        if self.result_variable:
            my_task.data[self.result_variable] = dict(result or {})
        else:
            my_task.data.update(result or {})
        return True


class BusinessRuleTask(Node):
    """Evaluates a decision of the release.

    One output goes to its own name (or the property ``resultVariable``), several to theirs; a list of rows
    (COLLECT, RULE ORDER) goes as one list to ``resultVariable`` or the decision's id.
    """

    def __init__(self, wf_spec: Any, bpmn_id: str, *, decision_id: str, decision: Decision, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.decision_id = decision_id
        self.decision = decision

    def _run_hook(self, my_task: Task) -> bool:
        engine = my_task.workflow.script_engine
        context = engine.context(self.decision.names, my_task.data)
        now = engine.services.now()
        trace = self.decision.evaluate_with_trace(context, now=now)
        my_task.data.update(self._assignments(plain(trace.value, self.decision_id)))
        change = nearest_change(self.decision, context, now=now)
        keep_decision(my_task, trace, change, scalars_read(self.decision.names, context))
        return True

    def _assignments(self, value: Any) -> dict[str, Any]:
        variable = self.properties.get("resultVariable")
        if variable:
            return {variable: value}
        outputs = tuple(self.decision.output_names)
        if len(outputs) == 1:
            return {outputs[0]: value}
        if isinstance(value, dict):
            return value
        if value is None and outputs:
            return dict.fromkeys(outputs)
        return {self.decision_id: value}


class ScriptTask(Node):
    """A FEEL context; each entry becomes process data."""

    def __init__(self, wf_spec: Any, bpmn_id: str, *, script: str, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.script = script

    def _run_hook(self, my_task: Task) -> bool:
        my_task.workflow.script_engine.execute(my_task, self.script)
        return True
