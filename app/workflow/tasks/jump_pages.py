"""Doors of jumping 跳转, for administrators: ask on a task, confirm or refuse what another one asked."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.i18n import _
from app.core.tenancy import current_actor
from app.support.identity import queries as people
from app.support.identity.guards import requires
from app.support.web.doors import writes
from app.support.web.menu import menu_item
from app.workflow.instances.access import MANAGE
from app.workflow.tasks import access, operations
from app.workflow.tasks.operations import jump as jumps

bp = Blueprint("jumps", __name__)

menu_item("系统管理", "跳转申请", "tasks.jumps.index", MANAGE, icon="signpost-split", order=925)


@bp.get("/admin/jumps")
@requires(MANAGE)
def index() -> ResponseReturnValue:
    """What waits for a second administrator."""
    rows = jumps.list_waiting()
    names = people.display_names([row.asked_by for row in rows])
    return render_template("tasks/jumps.html", rows=rows, names=names, me=current_actor().user_id)


@bp.get("/admin/tasks/<int:task_id>/jump")
@requires(MANAGE)
def ask_form(task_id: int) -> ResponseReturnValue:
    """Where the task's token can be asked to go, and why."""
    task, actor = access.get_task(task_id), current_actor()
    targets = jumps.targets_of(task, actor)
    waiting = jumps.find_waiting(task.id)
    return render_template("tasks/jump.html", task=task, targets=targets, waiting=waiting)


@bp.post("/admin/tasks/<int:task_id>/jump")
@requires(MANAGE)
@writes
def ask(task_id: int) -> ResponseReturnValue:
    """Ask for it. 409 when the token could not stand there, or somebody has asked already."""
    node_id, reason = request.form.get("node_id", ""), request.form.get("reason", "")
    row = operations.ask_jump(task_id, node_id, reason=reason, actor=current_actor())
    flash(_("已申请跳转至「%(name)s」，须由另一位管理员确认", name=row.node_name), "success")
    return redirect(url_for("tasks.jumps.index"), 303)


@bp.post("/admin/jumps/<int:jump_request_id>/confirm")
@requires(MANAGE)
@writes
def confirm(jump_request_id: int) -> ResponseReturnValue:
    """Carry it out. 403 for whoever asked, 409 when it is no longer possible."""
    row = operations.confirm_jump(jump_request_id, reason=request.form.get("reason", ""), actor=current_actor())
    flash(_("流程已跳转至「%(name)s」，原任务已撤下并已通知办理人", name=row.node_name), "success")
    return redirect(url_for("tasks.jumps.index"), 303)


@bp.post("/admin/jumps/<int:jump_request_id>/refuse")
@requires(MANAGE)
@writes
def refuse(jump_request_id: int) -> ResponseReturnValue:
    """Refuse it, or take one's own back."""
    operations.refuse_jump(jump_request_id, reason=request.form.get("reason", ""), actor=current_actor())
    flash(_("跳转申请已关闭，流程保持原样"), "success")
    return redirect(url_for("tasks.jumps.index"), 303)
