# mypy: disable-error-code="no-untyped-call,misc,abstract,attr-defined,assignment"
# ruff: noqa: SLF001 - extending the library means using what it keeps private; pinned, guarded by tests
"""Jumping 跳转: a token leaves its node undone and stands at another of its scope, forwards or backwards.

Unlike a return nothing that was done is undone: branches beside it stay where they are. So it is allowed only
where the tokens of the scope, with this one moved, can stand in a run that went by the drawn ways: every join then
gets what it waits for.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from SpiffWorkflow.util.task import TaskState

from app.core.i18n import _
from app.workflow.engine import compensation, reset
from app.workflow.engine.errors import NotJumpable
from app.workflow.engine.markings import Place, is_reachable, place_of
from app.workflow.engine.specs.activities import ManualTask, UserTask
from app.workflow.engine.specs.boundary import SPLIT, BoundarySplit
from app.workflow.engine.specs.events import BoundaryEvent, CatchEvent
from app.workflow.engine.specs.gateways import EventGateway, ScopeEnd
from app.workflow.engine.specs.multi_instance import MultiInstance
from app.workflow.engine.specs.repeating import CHILD
from app.workflow.engine.specs.scopes import EventSubProcess
from app.workflow.engine.trace import scope_data

_LIVE = TaskState.READY | TaskState.WAITING | TaskState.STARTED


def targets(task: Any) -> list[Any]:
    """Specs of the nodes of its scope that people work on, but the task's own; whether it may go there is open."""
    here = _from(task).task_spec.bpmn_id
    specs = task.workflow.spec.task_specs.values()
    return [spec for spec in specs if _is_target(spec) and spec.bpmn_id != here]


def check(task: Any, target: str) -> Any:
    """The spec the token would begin at. :raises NotJumpable: it cannot stand there."""
    scope, specs = task.workflow, task.workflow.spec.task_specs
    spec = specs.get(target)
    name = (spec.bpmn_name if spec is not None else "") or target
    start = _from(task)
    if scope.completed or not task.has_state(_LIVE):
        raise NotJumpable(node=name, reason=_("原环节已经办结"))
    if compensation.HANDLES in task.internal_data:
        raise NotJumpable(node=name, reason=_("补偿环节不能跳转"))
    if spec is None or not _is_target(spec) or start.task_spec.bpmn_id == target:
        raise NotJumpable(node=name, reason=_("只能跳转到同一流程（子流程）内的另一个人工环节"))
    if any(isinstance(one.task_spec, BoundaryEvent) and one.state == TaskState.COMPLETED for one in _around(task)):
        raise NotJumpable(node=name, reason=_("原环节的边界事件已经触发，其分支与原环节不可分开"))
    answer = is_reachable(scope.spec, _places(scope, start, spec))
    if answer is None:
        raise NotJumpable(node=name, reason=_("流程的走法太多，无法确认跳转后各分支能否汇聚"))
    if not answer:
        reason = _("跳转后并行的分支无法汇聚，或会重复办理；请等并行的部分办完，或改选环节")
        raise NotJumpable(node=name, reason=reason)
    return specs.get(f"{target}{SPLIT}", spec)


def jump(task: Any, target: str) -> None:
    """Let the token stand at the target, with all the scope knows; what it stood at is left undone.

    :raises NotJumpable: see ``check``.
    """
    spec = check(task, target)
    scope = task.workflow
    reset.begin_at(scope, reset.starting_point(task), spec, scope_data(scope))
    compensation.forget_undone(scope)
    scope.update_waiting_tasks()


def _is_target(spec: Any) -> bool:
    if spec.name != getattr(spec, "bpmn_id", None) or not spec.inputs:
        return False
    inner = spec._wf_spec.task_specs.get(spec.child_name) if isinstance(spec, MultiInstance) else spec
    return isinstance(inner, (UserTask, ManualTask))


def _from(task: Any) -> Any:
    """The token itself: of one instance of a multi-instance all of it."""
    return task.parent if task.triggered and task.parent is not None else task


def _around(task: Any) -> list[Any]:
    """An activity with its boundary events."""
    split = reset.starting_point(task)
    return [*split.children] if isinstance(split.task_spec, BoundarySplit) else []


def _places(scope: Any, leaving: Any, entering: Any) -> Counter[Place]:
    """Tokens of the scope by place, with the one moved."""
    found: Counter[Place] = Counter()
    for task in scope.tasks.values():
        spec = task.task_spec
        if not task.has_state(_LIVE) or task is leaving or spec.name.endswith(CHILD) or task.parent is None:
            continue
        if isinstance(spec, (BoundaryEvent, EventSubProcess, ScopeEnd)) or getattr(spec, "bpmn_id", None) is None:
            continue
        if compensation.HANDLES in task.internal_data:
            continue  # beside the ways of the diagram
        before = task.parent.task_spec
        if isinstance(before, EventGateway) and isinstance(spec, CatchEvent):
            found[before.name, ""] = 1
        else:
            found[place_of(spec, before.name)] += 1
    found[place_of(entering, "")] += 1
    return found
