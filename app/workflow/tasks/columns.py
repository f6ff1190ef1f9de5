"""The columns of the lists: which there are, which somebody has chosen, and the same in a workbook."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.core.i18n import _
from app.support.sheets import Field
from app.support.web.statuses import status_of
from app.support.web.tables import Column
from app.workflow.instances.facts import offered_columns
from app.workflow.tasks.models import ListView
from app.workflow.tasks.queries import FACT


@dataclass(frozen=True, slots=True)
class Shown:
    """A column a list may show. ``cell``: how the page shows it; ``value``, ``exported``: in the workbook."""

    key: str
    label: str
    path: str
    cell: str
    value: Callable[[Any], Any]
    exported: str = "text"
    sort: str = ""
    width: int = 16

    def column(self) -> Column:
        """For the table of the page."""
        return Column(self.path, _(self.label), self.cell, sort=self.sort)  # type: ignore[arg-type]

    def field(self) -> Field:
        """For the workbook."""
        return Field(self.label, self.value, self.exported, self.width)  # type: ignore[arg-type]


def _fact_of(name: str) -> Callable[[Any], Any]:
    return lambda row: row.facts.get(name)


def _outcome(row: Any) -> str:
    return _("退回修改") if row.task.kind.value == "REWORK" else _("已提交")


def _by_key(*columns: Shown) -> dict[str, Shown]:
    return {column.key: column for column in columns}


_OF_TASKS = _by_key(
    Shown("title", "业务", "task.title", "custom", lambda row: row.task.title, sort="title", width=36),
    Shown("number", "业务编号", "task.business_key", "text", lambda row: row.task.business_key),
    Shown("label", "流程", "label", "text", lambda row: row.label, width=20),
    Shown("opened", "到达时间", "task.opened_at", "datetime", lambda row: row.task.opened_at, "moment", "opened"),
    Shown("due", "时限", "hours_left", "custom", lambda row: row.task.due_at, "moment", "due"),
    Shown("waits", "等待谁", "waits.words", "text", lambda row: row.waits and row.waits.words, width=30),
    Shown("since", "等待自", "waits.since", "datetime", lambda row: row.waits and row.waits.since, "moment"),
    Shown("mark", "标记", "task.kind", "custom", lambda row: row.mark),
    Shown("handler", "办理人", "handler", "custom", lambda row: row.handler),
    Shown("drafted", "草稿时间", "task.draft_at", "datetime", lambda row: row.task.draft_at, "moment"),
    Shown("closed", "办结时间", "task.closed_at", "datetime", lambda row: row.task.closed_at, "moment", "closed"),
    Shown("outcome", "结果", "task.outcome", "custom", _outcome),
)
_OF_CASES = _by_key(
    Shown("number", "业务编号", "case.business_key", "text", lambda row: row.case.business_key),
    Shown("label", "流程", "case.process_label", "text", lambda row: row.case.process_label, width=20),
    Shown("status", "状态", "case.status", "custom", lambda row: status_of(row.case.status, "case").label),
    Shown("standing", "当前环节", "standing", "text", lambda row: row.standing, width=30),
    Shown(
        "opened", "发起时间", "case.started_at", "datetime", lambda row: row.case.started_at, "moment", "opened"
    ),
    Shown("ended", "结束时间", "case.ended_at", "datetime", lambda row: row.case.ended_at, "moment", "ended"),
)
_OF_COPIES = _by_key(
    Shown("number", "业务编号", "copy.task.business_key", "text", lambda row: row.copy.task.business_key),
    Shown("label", "流程", "copy.task.process_label", "text", lambda row: row.copy.task.process_label, width=20),
    Shown("node", "环节", "copy.task.name", "text", lambda row: row.copy.task.name, sort="name"),
    Shown("sender", "抄送人", "sender", "custom", lambda row: row.sender),
    Shown("note", "附言", "copy.note", "text", lambda row: row.copy.note, width=30),
    Shown("at", "时间", "copy.sent_at", "datetime", lambda row: row.copy.sent_at, "moment", "at"),
    Shown("read", "阅读", "copy.read_at", "custom", lambda row: row.copy.read_at, "moment", "read"),
)
_BUILT_IN = {"started": _OF_CASES, "watched": _OF_CASES, "copied": _OF_COPIES}
_OPEN = ("title", "label", "opened", "due", "mark", "handler")
_CASE = ("number", "label", "status", "standing", "opened")
USUAL = {
    "todo": _OPEN,
    "pool": ("title", "label", "opened", "due", "handler"),
    "waiting": ("title", "label", "waits", "since", "due", "mark"),
    "drafts": ("title", "label", "opened", "due", "drafted"),
    "done": ("title", "label", "opened", "closed", "outcome"),
    "started": _CASE,
    "watched": _CASE,
    "copied": ("label", "sender", "note", "at", "read"),
}
FACTS_SHOWN = 3
"""How many list columns of the processes are shown, after ``label``, until somebody chooses."""
_OFFERED = {
    **dict.fromkeys(USUAL, ("title", "number", "label", "opened", "due", "mark", "handler", "drafted")),
    "done": ("title", "number", "label", "opened", "closed", "outcome"),
    "pool": ("title", "number", "label", "opened", "due", "handler"),
    "waiting": ("title", "number", "label", "waits", "since", "opened", "due", "mark", "handler", "drafted"),
    **{name: tuple(columns) for name, columns in _BUILT_IN.items()},
}
_CELLS = {"money": "money", "date": "date"}
_EXPORTED = {"money": "yuan", "number": "decimal", "date": "date"}


def offered(list_name: str, process_id: str = "") -> dict[str, Shown]:
    """Every column a list can show, by key: its own, then the list columns of the processes."""
    built_in = _BUILT_IN.get(list_name, _OF_TASKS)
    found = {key: built_in[key] for key in _OFFERED[list_name]}
    for name, column in offered_columns(process_id).items():
        key = FACT + name
        found[key] = Shown(
            key,
            column.label,
            f"facts.{name}",
            _CELLS.get(column.kind, "number" if column.kind == "number" else "text"),
            _fact_of(name),
            _EXPORTED.get(column.kind, "text"),
            sort=key,
        )
    return found


def first_fields(list_name: str) -> list[Field]:
    """What a row of a workbook begins with, whichever columns were chosen."""
    match list_name:
        case "started" | "watched":
            return [Field("业务", lambda row: row.case.title, width=36)]
        case "copied":
            return [Field("业务", lambda row: row.copy.task.title, width=36)]
    return [Field("任务", lambda row: row.task.name, width=24)]


def chosen(list_name: str, process_id: str, choice: ListView | None) -> list[Shown]:
    """The columns somebody sees, in her order; while she has not chosen, the usual ones with the first facts.

    :param process_id: of the process the list is narrowed to, else empty.
    :param choice: hers, if she has chosen.
    """
    known = offered(list_name)
    keys = [key for key in choice.columns if key in known] if choice else []
    return [known[key] for key in keys or _usual(list_name, known, process_id)]


def _usual(list_name: str, known: Mapping[str, Shown], process_id: str) -> list[str]:
    facts = [FACT + name for name in offered_columns(process_id)][:FACTS_SHOWN]
    own = USUAL[list_name]
    after = own.index("label") + 1
    return [*own[:after], *(key for key in facts if key in known), *own[after:]]
