"""Conditions of resolutions in force, followed up: the list of all, and what is done about one."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.business.committee import operations, queries
from app.business.committee.models import ConditionItem, ConditionStatus
from app.business.committee.pages.blueprint import bp
from app.business.committee.permissions import REPORT, VERIFY, VIEW
from app.core import clock
from app.core.i18n import _
from app.core.paging import paginate
from app.core.tenancy import current_actor
from app.support.identity import queries as people
from app.support.identity.guards import requires
from app.support.web.doors import writes
from app.support.web.forms import text
from app.support.web.links import query_code
from app.support.web.menu import menu_item

menu_item("业务", "批复条件", "committee.conditions", VIEW, icon="list-check", order=236)
SHOWN = {
    ConditionStatus.OPEN.value: "待落实",
    ConditionStatus.MET.value: "待核实",
    ConditionStatus.VERIFIED.value: "已核实",
}


@bp.get("/committee/conditions")
@requires(VIEW)
def conditions() -> str:
    """Conditions in force: ``status``, ``q`` (text, project, customer), ``overdue``; soonest due first."""
    args, today = request.args, clock.today()
    wanted = queries.select_conditions(
        text=args.get("q", ""),
        status=query_code("status", ConditionStatus),
        overdue_on=today if args.get("overdue") else None,
    )
    page = paginate(wanted, args.get("page", 1, type=int))
    return render_template(
        "committee/condition_list.html",
        page=page,
        states=[(code, _(label)) for code, label in SHOWN.items()],
        names=people.display_names([user for row in page.items for user in (row.met_by, row.verified_by)]),
        today=today,
    )


@bp.post("/committee/conditions/<int:condition_id>/report")
@requires(REPORT)
@writes
def report_condition(condition_id: int) -> ResponseReturnValue:
    """Report a condition as fulfilled. 422 when nothing is said, 409 when it is verified or not in force."""
    done = operations.report_condition(condition_id, evidence=text("reason"), actor=current_actor())
    return _back(done, _("已报送落实情况，等待核实"))


@bp.post("/committee/conditions/<int:condition_id>/verify")
@requires(VERIFY)
@writes
def verify_condition(condition_id: int) -> ResponseReturnValue:
    """Verify a condition. 409 for who reported it or manages the project."""
    done = operations.verify_condition(condition_id, note=text("reason"), actor=current_actor())
    return _back(done, _("条件已核实"))


@bp.post("/committee/conditions/<int:condition_id>/send-back")
@requires(VERIFY)
@writes
def send_back_condition(condition_id: int) -> ResponseReturnValue:
    """Send a report back. 422 without a reason, 409 when nothing was reported."""
    done = operations.send_back_condition(condition_id, reason=text("reason"), actor=current_actor())
    return _back(done, _("已退回，等待重新落实"))


def _back(condition: ConditionItem, told: str) -> ResponseReturnValue:
    flash(told, "success")
    address = url_for("committee.resolution", resolution_id=condition.resolution_id)
    return redirect(f"{address}#conditions", 303)
