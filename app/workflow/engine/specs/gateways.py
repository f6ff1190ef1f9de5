# mypy: disable-error-code="no-untyped-call,misc,abstract,attr-defined,assignment"
# ruff: noqa: SLF001 - extending the library means using what it keeps private; pinned, guarded by tests
"""Gateways. Joins count tokens that really arrived and merge what each branch changed.

The library's parallel join counts branches of an earlier loop again, and its inclusive join overlooks running
sub-processes; both would go on too early. Ours mark every arrival, and consume it exactly once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.specs.mixins import ExclusiveGatewayMixin
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.specs.MultiChoice import MultiChoice
from SpiffWorkflow.util.task import TaskState

from app.core.i18n import Sentence
from app.workflow.engine.data import combine, fresh
from app.workflow.engine.reasons import Weighed, keep_choice, title_of
from app.workflow.engine.specs.base import HiddenNode, Lean, Node, shown_name

if TYPE_CHECKING:
    from app.workflow.engine.library import Task

MERGED_BY = "merged_by"

_ACTIVE = TaskState.READY | TaskState.WAITING | TaskState.STARTED


class NoFlowChosen(Exception):
    """No condition holds and there is no default flow."""

    def __init__(self, node: Any) -> None:
        message = "“%(node)s”流出的条件都不成立，且没有默认流向；请检查条件或设默认流向"
        super().__init__(Sentence(message, node=shown_name(node)))


class ExclusiveGateway(ExclusiveGatewayMixin, Node):
    """The first condition that is true, in drawing order from top to bottom, else the default flow."""

    def _run_hook(self, my_task: Task) -> bool:
        weighed: list[Weighed] = []
        chosen = self.default_task_spec
        for condition, name in self.cond_task_specs:
            if condition is None:
                continue  # the default flow
            weighed.append(condition.weigh(my_task, name))
            if weighed[-1].holds:
                chosen = name
                break
        if chosen is None:
            raise NoFlowChosen(self)
        _go_to(my_task, [my_task.workflow.spec.task_specs[chosen]])
        _keep_choice(my_task, weighed, self.default_task_spec)
        return True


def _go_to(my_task: Task, specs: list[Any]) -> None:
    my_task._sync_children(specs, TaskState.FUTURE)
    for child in my_task.children:
        child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)


def _keep_choice(my_task: Task, weighed: list[Weighed], default: str | None) -> None:
    """Nothing is kept of a gateway that only joins, or splits without a condition."""
    if weighed:
        took_default = default is not None and not any(one.holds for one in weighed)
        target = title_of(my_task.workflow.spec.task_specs[default]) if took_default else ""
        keep_choice(my_task, weighed, target)


class Join(TaskSpec):
    """Where branches come together. A subclass says when the arrived tokens may go on together."""

    def _update_hook(self, my_task: Task) -> bool:
        together = self._may_go_on(my_task, self._arrived(my_task))
        if together is None:
            my_task._set_state(TaskState.WAITING)
            return False
        for task in together:
            if task is not my_task:
                task.internal_data[MERGED_BY] = str(my_task.id)
                task._set_state(TaskState.CANCELLED)
                task._drop_children(force=True)
        my_task.data = _merged(together)
        return True

    def _arrived(self, my_task: Task) -> list[Task]:
        """Tokens waiting here, oldest first, ``my_task`` included."""
        return [
            task
            for task in my_task.workflow.tasks.values()
            if task.task_spec is self and (task is my_task or task.state == TaskState.WAITING)
        ]

    def _may_go_on(self, my_task: Task, arrived: list[Task]) -> list[Task] | None:
        """The tokens that go on as one, or ``None`` while others must come first."""
        raise NotImplementedError


def _merged(tasks: list[Task]) -> dict[str, Any]:
    """Data after the join: that of the fork, with what each branch changed, oldest arrival first."""
    branches = [task.parent for task in tasks if task.parent is not None]
    if len(branches) == 1:
        return fresh(branches[0].data)
    return combine(fresh(_common_ancestor(branches).data), [branch.data for branch in branches])


def _common_ancestor(tasks: list[Task]) -> Task:
    """The nearest task all of them descend from (or one of themselves)."""
    lines = [_line(task) for task in tasks]
    common = set.intersection(*(set(map(id, line)) for line in lines))
    return next(task for task in lines[0] if id(task) in common)


def _line(task: Task) -> list[Task]:
    """The task, its parent, and so on up to the root."""
    line: list[Task] = []
    current: Task | None = task
    while current is not None:
        line.append(current)
        current = current.parent
    return line


class ParallelGateway(Join, Node):
    """Goes on when each incoming flow has a token; a second token of the same flow waits for the next round."""

    def _may_go_on(self, my_task: Task, arrived: list[Task]) -> list[Task] | None:
        if len(self._inputs) == 1:
            return [my_task]  # only splits; after a return its token comes from no drawn node
        chosen = {my_task.parent.task_spec.name: my_task}
        for task in arrived:
            chosen.setdefault(task.parent.task_spec.name, task)
        if not set(self._inputs) <= set(chosen):
            return None
        return [task for task in arrived if task in chosen.values()]


class InclusiveGateway(Join, MultiChoice, Node):
    """Waits while any active token of the scope can still reach it; takes every true flow, else the default."""

    reachable_from: frozenset[str]
    """Names of the nodes from which a token can come here without passing here; set once after parsing."""

    def test(self) -> None:
        """The library wants this of every node."""
        MultiChoice.test(self)

    def _may_go_on(self, my_task: Task, arrived: list[Task]) -> list[Task] | None:
        for task in my_task.workflow.tasks.values():
            if task._state & _ACTIVE and task.task_spec is not self and task.task_spec.name in self.reachable_from:
                return None
        return arrived

    def _run_hook(self, my_task: Task) -> bool:
        conditions = [(condition, name) for condition, name in self.cond_task_specs if condition is not None]
        weighed = [condition.weigh(my_task, name) for condition, name in conditions]
        defaults = [name for condition, name in self.cond_task_specs if condition is None]
        chosen = [name for (_, name), one in zip(conditions, weighed, strict=True) if one.holds] or defaults
        if not chosen:
            raise NoFlowChosen(self)
        _go_to(my_task, [my_task.workflow.spec.task_specs[name] for name in chosen])
        _keep_choice(my_task, weighed, defaults[0] if defaults else None)
        return True


class FlowSplit(HiddenNode):
    """Several flows out of an activity, some with conditions: takes all that hold and all without a condition.

    The default flow is taken when no condition holds. Source: BPMN 2.0.2 §8.3.13, §13.3.1.
    """

    def __init__(self, wf_spec: Any, name: str, **kwargs: Any) -> None:
        super().__init__(wf_spec, name, **kwargs)
        self.conditions: list[tuple[Any, str]] = []
        self.always: list[str] = []
        self.default: str | None = None

    def lead(self, target: Any, condition: Any = None, *, is_default: bool = False) -> None:
        """Connect one flow."""
        self.connect(target)
        if is_default:
            self.default = target.name
        elif condition is None:
            self.always.append(target.name)
        else:
            self.conditions.append((condition, target.name))

    def _predict_hook(self, my_task: Task) -> None:
        my_task._sync_children(self.outputs, TaskState.MAYBE)

    def _run_hook(self, my_task: Task) -> bool:
        weighed = [condition.weigh(my_task, name) for condition, name in self.conditions]
        chosen = [name for (_, name), one in zip(self.conditions, weighed, strict=True) if one.holds]
        if not chosen and self.default is not None:
            chosen = [self.default]
        chosen += self.always
        if not chosen:
            raise NoFlowChosen(self)
        _go_to(my_task, [my_task.workflow.spec.task_specs[name] for name in chosen])
        _keep_choice(my_task, weighed, self.default)
        return True


class EventGateway(Node):
    """Event-based gateway: all its events wait, the first to come cancels the others (``CatchEvent``)."""


class ScopeEnd(Join, Lean):
    """The end of a scope: goes on when nothing else in it is unfinished."""

    def _may_go_on(self, my_task: Task, arrived: list[Task]) -> list[Task] | None:
        for task in my_task.workflow.tasks.values():
            if (
                task._state & TaskState.NOT_FINISHED_MASK
                and task.task_spec is not self
                and task.task_spec.name != "End"
            ):
                return None
        return arrived

    def _run_hook(self, my_task: Task) -> bool:
        my_task.workflow.data.update(my_task.data)
        return True
