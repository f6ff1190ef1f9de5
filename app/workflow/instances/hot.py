"""Runs kept in the process, so that the next step of an instance need not load its state again.

A run is only used when the locked row holds the very bytes it was stored as, of the same compiled process; whoever
takes it out has it alone, and it comes back only after a commit. A rollback, another process's step, a mended or
edited state: the bytes differ or the run is gone, and the state is loaded.
"""

from collections import OrderedDict
from threading import Lock
from typing import NamedTuple

from flask import current_app

from app.core.transactions import after_commit
from app.workflow.engine import ProcessModel, Run

MOST_RUNS = 256
"""Kept per process, the latest used; one is 20 to 200 KiB."""
_SLOT = "hot_runs"


class _Kept(NamedTuple):
    state: bytes
    run: Run


class HotRuns:
    """The runs of one process of the program."""

    def __init__(self, most: int = MOST_RUNS) -> None:
        self.most = most
        self._kept: OrderedDict[int, _Kept] = OrderedDict()
        self._lock = Lock()

    def take(self, instance_id: int, state: bytes, model: ProcessModel) -> Run | None:
        """The run whose state this is, for the taker alone; None when there is none."""
        with self._lock:
            kept = self._kept.pop(instance_id, None)
        return kept.run if kept and kept.state == state and kept.run.model is model else None

    def keep(self, instance_id: int, state: bytes, run: Run) -> None:
        """Remember a run for the next step."""
        with self._lock:
            self._kept[instance_id] = _Kept(state, run)
            self._kept.move_to_end(instance_id)
            while len(self._kept) > self.most:
                self._kept.popitem(last=False)


def runs() -> HotRuns:
    """Those of this process."""
    found: HotRuns = current_app.extensions.setdefault(_SLOT, HotRuns())
    return found


def keep_after_commit(instance_id: int, state: bytes, run: Run) -> None:
    """The run is good once what it did is stored."""
    hot = runs()
    after_commit(lambda: hot.keep(instance_id, state, run))
