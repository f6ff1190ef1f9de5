"""The doors of migration: the report with its choices, starting a plan, its progress, undoing one instance."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.i18n import _
from app.core.paging import paginate
from app.core.tenancy import current_actor
from app.support.identity.guards import requires
from app.support.web.doors import writes
from app.support.web.menu import menu_item
from app.support.web.statuses import statuses
from app.workflow.definitions.queries import all_releases, find_active, get_release
from app.workflow.migration import operations, queries
from app.workflow.migration.models import ItemState
from app.workflow.migration.report import Verdict, make_report

bp = Blueprint("migration", __name__, url_prefix="/admin/migrations", template_folder="templates")
menu_item("系统管理", "流程迁移", "migration.index", "workflow.migration.view", icon="arrow-left-right", order=925)

STATUSES = {"PENDING": "待迁移", "MOVED": "已迁移", "REFUSED": "未迁移", "UNDONE": "已撤销"}
statuses(
    "migration_item",
    {
        "PENDING": (STATUSES["PENDING"], "progress"),
        "MOVED": (STATUSES["MOVED"], "success"),
        "REFUSED": (STATUSES["REFUSED"], "danger"),
        "UNDONE": (STATUSES["UNDONE"], "neutral"),
    },
)
CHOICE = "to:"
"""Prefix of the form fields that say where tokens go: ``to:scope/node``."""


@bp.get("")
@requires("workflow.migration.view")
def index() -> ResponseReturnValue:
    """Plans, newest first."""
    page = paginate(queries.select_plans(), request.args.get("page", 1, type=int))
    return render_template("migration/index.html", page=page, labels=queries.release_labels())


@bp.get("/report")
@requires("workflow.migration.view")
def report() -> ResponseReturnValue:
    """What would become of every running instance on ``target``, else on the active release. Writes nothing."""
    target = request.args.get("target", type=int) or find_active()
    mapping = _choices(request.args)
    made = make_report(target, mapping) if target else None
    return render_template(
        "migration/report.html",
        report=made,
        target=get_release(target) if target else None,
        releases=[one for one in all_releases() if one.status in operations.IN_FORCE],
        labels=queries.release_labels(),
        mapping={f"{scope}/{node}": to for (scope, node), to in mapping.items()},
        open_choices=make_report(target).choices if target and mapping else made.choices if made else [],
        verdicts=list(Verdict),
    )


@bp.post("")
@requires("workflow.migration.run")
@writes
def start() -> ResponseReturnValue:
    """Let everything that may be moved go to the release."""
    plan = operations.start(
        request.form.get("target", 0, type=int),
        mapping=_choices(request.form),
        note=request.form.get("note", ""),
        actor=current_actor(),
    )
    flash(_("已开始迁移 %(n)s 个流程，进度见本页", n=plan.total), "success")
    return redirect(url_for("migration.show", plan_id=plan.id), 303)


@bp.get("/<int:plan_id>")
@requires("workflow.migration.view")
def show(plan_id: int) -> ResponseReturnValue:
    """One plan: how far it is, and every instance in it."""
    plan = operations.get_plan(plan_id)
    state = request.args.get("state", "")
    page = paginate(queries.select_items(plan_id, state), request.args.get("page", 1, type=int))
    return render_template(
        "migration/show.html",
        plan=plan,
        page=page,
        state=state,
        counts=operations.counts_of(plan_id),
        labels=queries.release_labels(),
        titles=queries.titles_of([item.instance_id for item in page.items]),
        states=list(ItemState),
    )


@bp.post("/<int:plan_id>/items/<int:item_id>/undo")
@requires("workflow.migration.run")
@writes
def undo(plan_id: int, item_id: int) -> ResponseReturnValue:
    """Put one instance back on its release."""
    instance = operations.undo_item(item_id, actor=current_actor())
    flash(_("已撤销「%(title)s」的迁移", title=instance.title), "success")
    return redirect(url_for("migration.show", plan_id=plan_id), 303)


def _choices(given: Mapping[str, str]) -> dict[tuple[str, str], str]:
    """What was chosen so far, empty selects left out."""
    found = {}
    for key, to in given.items():
        scope, slash, node = key.removeprefix(CHOICE).partition("/")
        if key.startswith(CHOICE) and slash and to:
            found[scope, node] = to
    return found
