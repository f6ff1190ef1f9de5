"""The columns of the lists of tasks: which there are, which somebody has chosen, and the same in a workbook."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.core.i18n import _
from app.core.tenancy import Actor
from app.support.sheets import Field
from app.support.web.tables import Column
from app.workflow.instances.facts import offered_columns
from app.workflow.tasks import views
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


BUILT_IN = {
    column.key: column
    for column in (
        Shown("title", "业务", "task.title", "custom", lambda row: row.task.title, sort="title", width=36),
        Shown("number", "业务编号", "task.business_key", "text", lambda row: row.task.business_key),
        Shown("label", "流程", "label", "text", lambda row: row.label, width=20),
        Shown(
            "opened", "到达时间", "task.opened_at", "datetime", lambda row: row.task.opened_at, "moment", "opened"
        ),
        Shown("due", "时限", "hours_left", "custom", lambda row: row.task.due_at, "moment", "due"),
        Shown("mark", "标记", "task.kind", "custom", lambda row: row.mark),
        Shown("handler", "办理人", "handler", "custom", lambda row: row.handler),
        Shown("drafted", "草稿时间", "task.draft_at", "datetime", lambda row: row.task.draft_at, "moment"),
        Shown(
            "closed", "办结时间", "task.closed_at", "datetime", lambda row: row.task.closed_at, "moment", "closed"
        ),
        Shown("outcome", "结果", "task.outcome", "custom", _outcome),
    )
}
_OPEN = ("title", "label", "opened", "due", "mark", "handler")
USUAL = {
    "todo": _OPEN,
    "pool": ("title", "label", "opened", "due", "handler"),
    "waiting": ("title", "label", "opened", "due", "mark"),
    "drafts": ("title", "label", "opened", "due", "drafted"),
    "done": ("title", "label", "opened", "closed", "outcome"),
}
_OFFERED = {
    "done": ("title", "number", "label", "opened", "closed", "outcome"),
    "pool": ("title", "number", "label", "opened", "due", "handler"),
}
_CELLS = {"money": "money", "date": "date"}
_EXPORTED = {"money": "yuan", "number": "decimal", "date": "date"}


def offered(list_name: str, process_id: str = "") -> dict[str, Shown]:
    """Every column a list can show, by key: its own, then the list columns of the processes."""
    own = _OFFERED.get(list_name, ("title", "number", "label", "opened", "due", "mark", "handler", "drafted"))
    found = {key: BUILT_IN[key] for key in own}
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


def chosen(list_name: str, actor: Actor) -> list[Shown]:
    """The columns somebody sees, in her order; as the list was made while she has not chosen."""
    known, choice = offered(list_name), views.own_columns(list_name, actor)
    keys = [key for key in choice.columns if key in known] if choice else []
    return [known[key] for key in keys or USUAL[list_name]]
