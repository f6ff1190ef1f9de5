"""Doors of handing work over 交接, for administrators: preview, do it in one step, see the result, undo it."""

from collections.abc import Sequence
from itertools import groupby

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import Invalid
from app.core.i18n import _
from app.core.paging import paginate
from app.core.tenancy import current_actor
from app.core.transactions import unit_of_work
from app.support.identity import belongings
from app.support.identity import operations as identity
from app.support.identity import queries as people
from app.support.identity.choosing import choices
from app.support.identity.guards import requires
from app.support.identity.models import HandoverItem, HandoverState
from app.support.identity.operations import handing_over
from app.support.identity.picking import picked
from app.support.web.doors import writes
from app.workflow.tasks.absence_pages import MANAGE

bp = Blueprint("handover", __name__)

Group = tuple[str, list[HandoverItem], int]


@bp.get("/admin/handovers")
@requires(MANAGE)
def index() -> ResponseReturnValue:
    """The form, the preview once ``leaver_id`` and ``receiver_id`` are named, and what was done before.

    ``ended`` 1: what is over is handed over too.
    """
    with_ended = request.args.get("ended") == "1"
    leaver_id, receiver_id = picked("leaver_id", with_left=True), picked("receiver_id")
    groups: list[Group] | None = None
    if leaver_id and receiver_id:
        with unit_of_work():
            items = handing_over.preview(
                leaver_id, receiver_id, actor=current_actor(), with_ended=with_ended
            )
            groups = _groups(items)
    page = paginate(handing_over.list_handovers(), request.args.get("page", 1, type=int))
    ids = [user_id for row in page.items for user_id in (row.leaver_id, row.receiver_id, row.done_by)]
    ids += [leaver_id, receiver_id]
    return render_template(
        "tasks/handovers.html",
        page=page,
        names=people.display_names(ids),
        counts=handing_over.counts_of([row.id for row in page.items]),
        groups=groups,
        leaver_id=leaver_id,
        receiver_id=receiver_id,
        with_ended=with_ended,
    )


@bp.get("/admin/handovers/people")
@requires(MANAGE)
def leavers() -> ResponseReturnValue:
    """Everybody whose work can be handed over, who has left included; as ``GET /people``."""
    return jsonify(choices(request.args, with_left=True))


@bp.post("/admin/handovers")
@requires(MANAGE)
@writes
def start() -> ResponseReturnValue:
    """Hand everything over. 409 for the same person or when nothing is left, 422 without a reason."""
    leaver_id, receiver_id = (request.form.get(name, type=int) for name in ("leaver_id", "receiver_id"))
    if leaver_id is None or receiver_id is None:
        raise Invalid.of("receiver_id", _("请选择交接人和接收人"), "workflow.tasks.nobody_named")
    reason, with_ended = request.form.get("reason", ""), request.form.get("ended") == "1"
    row = identity.hand_over(
        leaver_id, receiver_id, reason=reason, actor=current_actor(), with_ended=with_ended
    )
    return redirect(url_for("tasks.handover.show", handover_id=row.id), 303)


@bp.get("/admin/handovers/<int:handover_id>")
@requires(MANAGE)
def show(handover_id: int) -> ResponseReturnValue:
    """What changed hands, what did not and why; the button that undoes it."""
    row = handing_over.get_handover(handover_id)
    return render_template(
        "tasks/handover.html",
        row=row,
        names=people.display_names([row.leaver_id, row.receiver_id, row.done_by, row.undone_by]),
        groups=_groups(handing_over.items_of(row.id)),
    )


@bp.post("/admin/handovers/<int:handover_id>/undo")
@requires(MANAGE)
@writes
def undo(handover_id: int) -> ResponseReturnValue:
    """Give back what the receiver has not acted on. 409 when it is undone already."""
    identity.undo_handover(handover_id, reason=request.form.get("reason", ""), actor=current_actor())
    flash(_("交接已撤销；接收人已办理的事项保留在其名下，原因见下表"), "success")
    return redirect(url_for("tasks.handover.show", handover_id=handover_id), 303)


def _groups(items: Sequence[HandoverItem]) -> list[Group]:
    """(label of the kind, its rows, how many of them change hands)."""
    order = {kind.code: place for place, kind in enumerate(belongings.kinds())}
    labels = {kind.code: _(kind.label) for kind in belongings.kinds()}
    ordered = sorted(items, key=lambda item: order.get(item.kind, len(order)))
    found = []
    for code, rows in groupby(ordered, key=lambda item: item.kind):
        of_kind = list(rows)
        moved = sum(item.state is HandoverState.MOVED for item in of_kind)
        found.append((labels.get(code, code), of_kind, moved))
    return found
