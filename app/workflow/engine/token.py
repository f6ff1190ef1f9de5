# mypy: disable-error-code="no-untyped-call,misc,attr-defined"
# ruff: noqa: SLF001 - extending the library means using what it keeps private; pinned, guarded by tests
"""The library's task without what nobody reads: it builds a log record at every change of state, heard or not.

Same fields, same changes in the same order; only what is made for the log and looked up twice is left out.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from uuid import UUID, SafeUUID

from SpiffWorkflow.task import Task as LibraryTask
from SpiffWorkflow.util.task import TaskState

from app.core.randomness import random_bits
from app.workflow.engine.data import changes, fresh

if TYPE_CHECKING:
    from app.workflow.engine.library import Task, TaskSpec
    from app.workflow.engine.stored import Unread


_OVER = TaskState.COMPLETED | TaskState.CANCELLED
_FREE = ~(0xF << 76 | 0x3 << 62)
_RANDOM = 0x4 << 76 | 0x2 << 62
"""The bits that say: version 4, of RFC 9562."""


_UNKNOWN = SafeUUID.unknown  # looked up once: Python 3.11 takes longer for a member than for all the rest
_new = UUID.__new__
_set_number, _set_safety = UUID.__dict__["int"].__set__, UUID.__dict__["is_safe"].__set__


def uuid_of(number: int) -> UUID:
    """As ``UUID(int=number)``, which first looks whether it was given anything else."""
    made = _new(UUID)
    _set_number(made, number)
    _set_safety(made, _UNKNOWN)
    return made


class Token(LibraryTask):
    """One task of a tree; all tasks of ours are of this class."""

    def __init__(self, workflow: Any, task_spec: TaskSpec, parent: Task | None = None, state: int = 0) -> None:
        self.id = uuid_of(random_bits(128) & _FREE | _RANDOM)
        self.workflow = workflow
        self.task_spec = task_spec
        self.triggered = False
        self.thread_id = 0
        self.unread = None
        self.data = {}
        self.internal_data: dict[str, Any] = {}
        self.last_state_change = time.time()
        self._children: list[UUID] = []
        self._state = state
        self._parent = None
        workflow.tasks[self.id] = self
        if parent is not None:
            self._parent = parent.id
            parent._children.append(self.id)

    # The library has a plain attribute here. Most tasks of a loaded tree are over, and nobody asks for their data.

    unread: Unread | None
    """Its data as it was stored, for as long as it is not known that they have changed."""
    _data: dict[str, Any] | None

    @property
    def data(self) -> dict[str, Any]:
        """Process data at the task; read from what was stored when somebody asks."""
        data = self._data
        if data is None:
            data = self._data = {} if self.unread is None else self.unread.read()
        return data

    @data.setter
    def data(self, data: dict[str, Any]) -> None:
        self._data = data

    @property
    def is_unread(self) -> bool:
        """Nobody has asked for its data since it was loaded: they are as they were stored."""
        return self._data is None

    def leave_unread(self, unread: Unread) -> None:
        """Its data are as stored; they are read when somebody asks."""
        self.unread, self._data = unread, None

    @property
    def children(self) -> list[Task]:
        """The tasks below, in order."""
        tasks = self.workflow.tasks
        return [tasks[child] for child in self._children]

    def _set_state(self, value: int) -> None:
        if value != self._state:
            self.last_state_change = time.time()
            self._state = value

    def _ready(self) -> None:
        if not self._state & _OVER:
            self._set_state(TaskState.READY)
            self.task_spec._on_ready(self)

    def _inherit_data(self) -> None:
        if self.data:
            super()._inherit_data()
        else:
            self.data = fresh(self.workflow.tasks[self._parent].data)

    def _add_child(self, task_spec: TaskSpec, state: int = TaskState.MAYBE) -> Token:
        child = Token(self.workflow, task_spec, self, state)
        if state == TaskState.READY:
            child._ready()
        return child

    def _sync_children(self, task_specs: list[TaskSpec], state: int = TaskState.MAYBE) -> None:
        if self._children:
            super()._sync_children(task_specs, state)
            return
        for task_spec in task_specs:
            self._add_child(task_spec, state)


def own_data(task: Any) -> dict[str, Any]:
    """A copy of a task's data; those of one of ours stay unread."""
    is_unread = isinstance(task, Token) and task.is_unread and task.unread is not None
    return task.unread.read() if is_unread else fresh(task.data)


def changed_data(task: Any) -> dict[str, Any]:
    """What a task changed of the data of the one above, which it must have."""
    above = task.workflow.tasks[task._parent]
    unread = task.unread if isinstance(task, Token) and task.is_unread and above.is_unread else None
    if unread is not None and unread.above is above.unread:
        return unread.changed()
    return changes(above.data, task.data)
