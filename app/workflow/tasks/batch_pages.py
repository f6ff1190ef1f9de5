"""Doors of many tasks at once: do it, see what became of each."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import Invalid
from app.core.i18n import _
from app.core.tenancy import current_actor
from app.support.identity.guards import signed_in
from app.support.identity.picking import picked
from app.support.web.doors import writes
from app.workflow.tasks import operations
from app.workflow.tasks.models import BatchKind
from app.workflow.tasks.operations import batch as batches

bp = Blueprint("batches", __name__)

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
        to_user_id=picked("user_id"),
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
