# mypy: disable-error-code="no-untyped-call,misc,abstract,attr-defined,assignment"
# ruff: noqa: SLF001 - extending the library means using what it keeps private; pinned, guarded by tests
"""Activities that are done more than once: what loops and multi-instances share, and the standard loop.

A loop does its activity again while its condition holds, each round on the data the last one left. Condition and
activity see ``loopCounter``, the number of the round from 1 (before the first: 0). Source: BPMN 2.0.2 §13.3.6.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from SpiffWorkflow.util.task import TaskState

from app.workflow.engine.data import Data, changes, fresh
from app.workflow.engine.specs.base import Node, guarded, note_failure

if TYPE_CHECKING:
    from app.workflow.engine.library import Task, TaskSpec

LOOP_COUNTER = "loopCounter"
ROUNDS = "rounds"
CHILD = " [child]"
"""End of the name of the drawn activity; its own name is that of the node that repeats it."""


class Repeating(Node):
    """Holds the instances. The drawn activity itself is ``child_name``; it stays wired to this spec for ever."""

    own_names: frozenset[str]
    """Process data that belongs to one instance and is gone after it."""
    child_name = ""

    def wire(self, child: TaskSpec) -> None:
        """Hear of every finished instance. Done once per parsed spec, never per run."""
        self.child_name = child.name
        child.completed_event.connect(self._instance_done)

    def _instance_done(self, _workflow: Any, child: Task) -> None:
        """Take in one finished instance, then see whether it was enough."""
        raise NotImplementedError

    def has_begun(self, my_task: Task) -> bool:
        """Whether instances have been opened, so that a retry only asks again whether it was enough."""
        raise NotImplementedError

    def decide(self, my_task: Task) -> None:
        """End the activity, open the next instance, or go on waiting. Asked again by a retry."""
        raise NotImplementedError

    def written_so_far(self, my_task: Task) -> Data:
        """What finished instances have left when the activity is interrupted."""
        return changes(my_task.parent.data, my_task.data) if my_task.parent is not None else {}

    def _add_instance(self, my_task: Task, internal: Data, names: Data) -> None:
        child = my_task._add_child(my_task.workflow.spec.task_specs[self.child_name], TaskState.FUTURE)
        child.triggered = True
        child.internal_data.update(internal)
        child.data.update(names)
        child.task_spec._update(child)

    def _forget_own(self, my_task: Task) -> None:
        """Names of an outer repetition stand for it again."""
        outer = my_task.parent.data if my_task.parent is not None else {}
        for name in self.own_names:
            my_task.data.pop(name, None)
            if name in outer:
                my_task.data[name] = outer[name]


class Loop(Repeating):
    """Standard loop.

    :param test_before: ask before the first round too; else the activity is done at least once.
    :param most: rounds after which it ends whatever the condition says; ``None``: no limit.
    :param condition: FEEL text; the loop goes on while it is true. ``None``: until ``most``.
    """

    own_names = frozenset({LOOP_COUNTER})

    def __init__(
        self,
        wf_spec: Any,
        bpmn_id: str,
        *,
        test_before: bool,
        most: int | None,
        condition: str | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.test_before = test_before
        self.most = most
        self.condition = condition

    def _update_hook(self, my_task: Task) -> bool:
        return False if self.has_begun(my_task) else guarded(my_task, self._arrive)

    def _arrive(self, my_task: Task) -> bool:
        super()._update_hook(my_task)
        if self.test_before and not self._goes_on(my_task, 0):
            return True
        my_task.internal_data[ROUNDS] = 0
        my_task.data.pop(LOOP_COUNTER, None)
        my_task._set_state(TaskState.STARTED)
        self._open(my_task)
        return False

    def _open(self, my_task: Task) -> None:
        number = my_task.internal_data[ROUNDS] = my_task.internal_data[ROUNDS] + 1
        self._add_instance(my_task, {}, {LOOP_COUNTER: number})

    def _instance_done(self, _workflow: Any, child: Task) -> None:
        my_task: Any = child.parent
        my_task.data = {name: value for name, value in fresh(child.data).items() if name != LOOP_COUNTER}
        self.decide(my_task)

    def has_begun(self, my_task: Task) -> bool:
        """Whether the first round has been opened."""
        return ROUNDS in my_task.internal_data

    def decide(self, my_task: Task) -> None:
        """The next round, or the end of the loop."""
        try:
            goes_on = self._goes_on(my_task, my_task.internal_data[ROUNDS])
        except Exception as exc:  # noqa: BLE001 - the round is done; only the question is asked again
            note_failure(my_task, exc)
            return
        if goes_on:
            self._open(my_task)
        else:
            self._forget_own(my_task)
            my_task._set_state(TaskState.READY)

    def _goes_on(self, my_task: Task, done: int) -> bool:
        if self.most is not None and done >= self.most:
            return False
        if self.condition is None:
            return True
        seen = my_task.data | {LOOP_COUNTER: done}
        return bool(my_task.workflow.script_engine.truth(self.condition, seen))
