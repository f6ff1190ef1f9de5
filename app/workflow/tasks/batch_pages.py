"""Doors of many tasks at once: do it, see what became of each, take the list away as a sheet."""

from datetime import datetime

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core import clock
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.tenancy import current_actor
from app.support import sheets
from app.support.identity.guards import signed_in
from app.support.sheets import Field
from app.support.web.doors import writes
from app.workflow.tasks import operations, worklists
from app.workflow.tasks.models import BatchKind
from app.workflow.tasks.operations import batch as batches
from app.workflow.tasks.queries import TaskFilter
from app.workflow.tasks.worklists import Row

bp = Blueprint("batches", __name__)

MOST_ROWS = 5000
"""Rows of an exported list."""


@bp.post("/tasks/batches")
@signed_in
@writes
def start() -> ResponseReturnValue:
    """Deal with the ticked tasks: ``task_id`` (several), ``kind``, ``reason``, ``user_id`` when transferring.

    Rows that are refused stay as they are and are told on the page this leads to.
    """
    kind = request.form.get("kind", "")
    if kind not in set(BatchKind):
        raise Invalid.of("kind", _("请选择批量操作"), "workflow.tasks.bad_kind")
    batch = operations.start_batch(
        request.form.getlist("task_id", type=int),
        BatchKind(kind),
        words=request.form.get("reason", ""),
        to_user_id=request.form.get("user_id", type=int),
        actor=current_actor(),
    )
    return redirect(url_for("tasks.batches.show", task_batch_id=batch.id), 303)


@bp.get("/tasks/batches/<int:task_batch_id>")
@signed_in
def show(task_batch_id: int) -> ResponseReturnValue:
    """What became of each task; refreshes itself while some wait. 404 for somebody else's."""
    batch = batches.get_batch(task_batch_id, current_actor())
    counts = {state.value: number for state, number in batches.counts_of(batch.id).items()}
    return render_template("tasks/batch.html", batch=batch, counts=counts, items=batches.items_of(batch.id))


@bp.get("/tasks/todo.xlsx")
@signed_in
def export() -> ResponseReturnValue:
    """The to-do list as a sheet: the ticked tasks (``task_id``), or all that the filter leaves."""
    wanted = TaskFilter(
        text=request.args.get("q", ""),
        process_id=request.args.get("process", ""),
        node_name=request.args.get("node", ""),
        urgency=request.args.get("urgency", ""),
    )
    ticked = request.args.getlist("task_id", type=int)
    rows = worklists.rows_for_sheet("todo", current_actor(), wanted, ticked, MOST_ROWS)
    return sheets.send_list("我的待办", _FIELDS, rows)


def _when(moment: datetime | None) -> str:
    return f"{moment.astimezone(clock.BEIJING):%Y-%m-%d %H:%M}" if moment else ""


def _hours(row: Row) -> str:
    return "" if row.hours_left is None else f"{row.hours_left:.1f}"


_FIELDS = (
    Field("任务", lambda row: row.task.name, width=20),
    Field("业务", lambda row: row.task.title, width=36),
    Field("编号", lambda row: row.task.business_key, width=18),
    Field("流程", lambda row: row.label, width=18),
    Field("到达时间", lambda row: _when(row.task.opened_at), width=17),
    Field("办理时限", lambda row: _when(row.task.due_at), width=17),
    Field("剩余工时", _hours, width=10),
    Field("标记", lambda row: row.mark, width=16),
    Field("办理人", lambda row: row.handler, width=12),
)
