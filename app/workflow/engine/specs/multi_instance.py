# mypy: disable-error-code="no-untyped-call,misc,abstract,attr-defined,assignment"
# ruff: noqa: SLF001 - extending the library means using what it keeps private; pinned, guarded by tests
"""The same activity for each item of a list: together or one after the other.

The list is read once, when the token arrives. Each instance sees ``mi_item`` (or the name of ``inputDataItem``),
``mi_index`` and, in the completion condition, also ``mi_results``, ``mi_done`` and ``mi_total``. What an instance
changed is merged into process data (the later one wins) and kept as one row of ``<node>_results``
(or ``loopDataOutputRef``), in the order of the list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from SpiffWorkflow.util.task import TaskState

from app.core.i18n import Sentence
from app.workflow.engine.data import changes
from app.workflow.engine.specs.base import guarded, note_failure
from app.workflow.engine.specs.repeating import Repeating
from app.workflow.engine.views import MI_INDEX, MI_ITEM

if TYPE_CHECKING:
    from app.workflow.engine.library import Task

ITEMS = "items"
ROWS = "rows"
ANSWERED = "answered"


class MultiInstance(Repeating):
    """Holds the instances.

    :param items: FEEL text giving the list, or a whole number of rounds.
    :param condition: FEEL text; true ends the activity early and cancels open instances.
    """

    def __init__(
        self,
        wf_spec: Any,
        bpmn_id: str,
        *,
        sequential: bool,
        items: str,
        item_name: str | None,
        output_name: str | None,
        condition: str | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.sequential = sequential
        self.items = items
        self.item_name = item_name or MI_ITEM
        self.output_name = output_name or f"{bpmn_id}_results"
        self.condition = condition
        self.own_names = frozenset({MI_INDEX, MI_ITEM, self.item_name})

    def _update_hook(self, my_task: Task) -> bool:
        return False if self.has_begun(my_task) else guarded(my_task, self._arrive)

    def _arrive(self, my_task: Task) -> bool:
        super()._update_hook(my_task)
        value = self._listed(my_task)
        if not value:
            my_task.data[self.output_name] = []
            return True
        my_task.internal_data[ITEMS] = value
        my_task.internal_data[ROWS] = {}
        for name in (self.item_name, MI_INDEX):  # an outer multi-instance may use the same names
            my_task.data.pop(name, None)
        my_task._set_state(TaskState.STARTED)
        for index in range(1 if self.sequential else len(value)):
            self._open(my_task, index)
        return False

    def _listed(self, my_task: Task) -> list[Any]:
        """The items, read once when the token arrives."""
        value = my_task.workflow.script_engine.value(self.items, my_task.data)
        if isinstance(value, int) and not isinstance(value, bool):
            value = list(range(value))
        if not isinstance(value, list):
            raise TypeError(Sentence("多实例的集合不是列表，请检查集合表达式"))
        return value

    @property
    def ends_by(self) -> tuple[Any, ...]:
        """What says whom it is for and when it is enough: another version of the diagram may say it otherwise."""
        return self.items, self.condition

    def _open(self, my_task: Task, index: int) -> None:
        item = my_task.internal_data[ITEMS][index]
        self._add_instance(my_task, {MI_INDEX: index, MI_ITEM: item}, {self.item_name: item, MI_INDEX: index})

    def _instance_done(self, _workflow: Any, child: Task) -> None:
        """Take in one finished instance, then see whether it was enough."""
        my_task: Any = child.parent
        row = self._row(my_task, child)
        my_task.data = my_task.data | row
        rows = my_task.internal_data[ROWS]
        rows[str(child.internal_data[MI_INDEX])] = {self.item_name: child.internal_data[MI_ITEM]} | row
        self._write_rows(my_task)
        if self.sequential:
            self._let_go(child)
        self.decide(my_task)

    def _let_go(self, child: Task) -> None:
        """What came before a finished instance, and all in it, stands with the activity alone.

        Each keeping the rows it began with, a list of ``n`` would leave ``n²/2`` of them in the state. Nothing
        reads them there: a return begins the whole activity again, compensation follows it.
        """
        child.data.pop(self.output_name, None)
        inside = child.workflow.top_workflow.subprocesses.get(child.id)
        if inside is not None:
            inside.data.pop(self.output_name, None)
            for task in inside.tasks.values():
                self._let_go(task)

    def _write_rows(self, my_task: Task) -> None:
        rows = my_task.internal_data[ROWS]
        my_task.data[self.output_name] = [rows[key] for key in sorted(rows, key=int)]

    def has_begun(self, my_task: Task) -> bool:
        """Whether the list has been read."""
        return ITEMS in my_task.internal_data

    def decide(self, my_task: Task) -> None:
        """End the activity, open the next instance, or go on waiting. Asked again by a retry."""
        done, total = len(my_task.internal_data[ROWS]), len(my_task.internal_data[ITEMS])
        try:
            enough = done == total or self._enough(my_task, done, total)
        except Exception as exc:  # noqa: BLE001 - the answer given is safe; only the question is asked again
            note_failure(my_task, exc)
            return
        if enough:
            self._close(my_task)
        elif self.sequential:
            self._open(my_task, done)

    def _close(self, my_task: Task) -> None:
        for instance in my_task.children:
            if instance.triggered and instance.has_state(TaskState.NOT_FINISHED_MASK):
                instance.cancel()
        self._forget_own(my_task)
        my_task._set_state(TaskState.READY)

    def _row(self, my_task: Task, child: Task) -> dict[str, Any]:
        """What the instance said: the answers given, and whatever else it changed."""
        base = my_task.data if self.sequential else my_task.parent.data
        row = {key: value for key, value in changes(base, child.data).items() if key not in self.own_names}
        for key in child.internal_data.get(ANSWERED, ()):
            row[key] = child.data[key]
        return row

    def _enough(self, my_task: Task, done: int, total: int) -> bool:
        if not self.condition:
            return False
        seen = my_task.data | {"mi_results": my_task.data[self.output_name], "mi_done": done, "mi_total": total}
        return bool(my_task.workflow.script_engine.truth(self.condition, seen))
