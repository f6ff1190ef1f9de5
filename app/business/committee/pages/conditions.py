"""Conditions of resolutions in force: the list of all and its export, one, and what is done about it."""

from collections.abc import Mapping
from datetime import timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.business.committee import operations, queries
from app.business.committee.models import ConditionItem, ConditionStatus, ResolutionStatus
from app.business.committee.operations.conditions import CHAIR, ENTITY
from app.business.committee.operations.resolution import COMMITTEE_KIND
from app.business.committee.pages.blueprint import bp
from app.business.committee.permissions import EXPORT, REPORT, VERIFY, VIEW, WAIVE
from app.business.committee.queries import ConditionFilter
from app.core import clock
from app.core.db import db
from app.core.i18n import _
from app.core.paging import paginate
from app.core.tenancy import Actor, current_actor
from app.core.transactions import unit_of_work
from app.support import audit, files, sheets
from app.support.files.errors import FileRefused
from app.support.files.models import Document
from app.support.identity import queries as people
from app.support.identity.guards import requires
from app.support.sheets import Field
from app.support.web.doors import writes
from app.support.web.forms import FIXABLE, Errors, redisplays, text
from app.support.web.links import query_code
from app.support.web.menu import menu_item
from app.support.web.statuses import options_of, status_of

menu_item("业务", "批复条件", "committee.conditions", VIEW, icon="list-check", order=236)
SOON_DAYS = 7


def _exported(names: Mapping[int, str]) -> tuple[Field, ...]:
    """The columns; ``names`` of the people who reported, verified and waived."""
    return (
        Field("批复编号", lambda row: row.resolution.resolution_no, width=18),
        Field("项目编号", lambda row: row.resolution.project.project_no, width=20),
        Field("客户名称", lambda row: row.resolution.project.customer.name, width=36),
        Field("序号", lambda row: row.seq, "number", width=8),
        Field("条件", lambda row: row.text, width=50),
        Field("类别", lambda row: status_of(row.kind, "condition_kind").label, width=12),
        Field("强制", lambda row: "是" if row.is_mandatory else "否", width=8),
        Field("责任人", lambda row: row.responsible, width=14),
        Field("期限", lambda row: row.due_on, "date", width=12),
        Field("状态", lambda row: status_of(row.status, "condition").label, width=10),
        Field("落实情况", lambda row: row.evidence, width=40),
        Field("报送人", lambda row: names.get(row.met_by or 0), width=12),
        Field("核实或豁免人", lambda row: names.get(row.verified_by or 0), width=14),
        Field("办结日期", lambda row: row.verified_at and clock.business_day(row.verified_at), "date", width=12),
        Field("说明", lambda row: row.note, width=40),
    )


def _wanted() -> ConditionFilter:
    args, today = request.args, clock.today()
    due = args.get("due", "")
    return ConditionFilter(
        text=args.get("q", ""),
        status=query_code("status", ConditionStatus),
        mandatory=args.get("mandatory") == "1",
        overdue_on=today if due == "overdue" else None,
        due_by=today + timedelta(days=SOON_DAYS) if due == "soon" else None,
        sort=args.get("sort", ""),
    )


@bp.get("/committee/conditions")
@requires(VIEW)
def conditions() -> str:
    """Conditions in force: ``status``, ``q`` (text, project, customer), ``due``, ``mandatory``, ``sort``."""
    page = paginate(queries.select_conditions(_wanted()), request.args.get("page", 1, type=int))
    return render_template(
        "committee/condition_list.html",
        page=page,
        states=options_of(ConditionStatus, "condition"),
        dues=[("overdue", _("已逾期")), ("soon", _("7 天内到期和已逾期"))],
        names=people.display_names([user for row in page.items for user in (row.met_by, row.verified_by)]),
        today=clock.today(),
    )


@bp.get("/committee/conditions/export.xlsx")
@requires(EXPORT)
def export_conditions() -> ResponseReturnValue:
    """The list as filtered, as an Excel file. Who took it is on record."""
    wanted = queries.select_conditions(_wanted())
    names = people.display_names(queries.people_of_conditions(wanted))
    rows = db.session.scalars(wanted.execution_options(yield_per=500))
    answer = sheets.send_list("批复条件", _exported(names), rows)
    with unit_of_work():
        audit.record(current_actor(), "committee.conditions.exported", q=bool(request.args.get("q")))
    return answer


@bp.get("/committee/conditions/<int:condition_item_id>")
@requires(VIEW)
def condition(condition_item_id: int) -> str:
    """One condition with its evidence and what may be done about it. 404 for another tenant's."""
    return _condition_page(condition_item_id)


def _condition_page(condition_item_id: int, errors: Errors | None = None) -> str:
    found, actor = queries.get_condition(condition_item_id), current_actor()
    project = found.resolution.project
    followed = found.resolution.status is ResolutionStatus.ISSUED and not found.is_done
    is_second = actor.user_id not in {found.met_by, project.pm_a_id, project.pm_b_id}
    papers = files.list_documents(ENTITY, found.id)
    return render_template(
        "committee/condition.html",
        condition=found,
        resolution=found.resolution,
        project=project,
        papers=papers,
        names=people.display_names(
            [found.met_by, found.verified_by, *(one.created_by for one in papers)]
        ),
        today=clock.today(),
        may_report=followed and actor.may(REPORT),
        may_verify=followed and is_second and actor.may(VERIFY),
        may_waive=followed and is_second and actor.may(WAIVE) and _is_hers_to_waive(found, actor),
        waits_for_other=followed and not is_second and (actor.may(VERIFY) or actor.may(WAIVE)),
        errors=errors or {},
        values=request.form,
    )


def _is_hers_to_waive(found: ConditionItem, actor: Actor) -> bool:
    return found.kind != COMMITTEE_KIND or actor.has_role(CHAIR)


@bp.post("/committee/conditions/<int:condition_item_id>/report")
@requires(REPORT)
@redisplays(_condition_page, on=(*FIXABLE, FileRefused))
@writes
def report_condition(condition_item_id: int) -> ResponseReturnValue:
    """Report a condition as fulfilled, with ``papers``. 422 without words or papers, 409 when it is over."""
    done = operations.report_condition(
        condition_item_id, evidence=text("evidence"), papers=_papers(), actor=current_actor()
    )
    return _back(done, _("已报送落实情况，等待核实"))


def _papers() -> list[Document]:
    """The files that came with the form. :raises FileRefused: of a type or size that is not taken."""
    sent = [one for one in request.files.getlist("papers") if one.filename]
    return [
        files.store_upload(one.stream, one.filename or "", "condition_evidence", actor=current_actor())
        for one in sent
    ]


@bp.post("/committee/conditions/<int:condition_item_id>/verify")
@requires(VERIFY)
@redisplays(_condition_page, on=FIXABLE)
@writes
def verify_condition(condition_item_id: int) -> ResponseReturnValue:
    """Verify a condition. 409 for who reported it or manages the project."""
    done = operations.verify_condition(condition_item_id, note=text("note"), actor=current_actor())
    return _back(done, _("条件已核实"))


@bp.post("/committee/conditions/<int:condition_item_id>/send-back")
@requires(VERIFY)
@redisplays(_condition_page, on=FIXABLE)
@writes
def send_back_condition(condition_item_id: int) -> ResponseReturnValue:
    """Send a report back. 422 without a reason, 409 when nothing was reported."""
    done = operations.send_back_condition(condition_item_id, reason=text("note"), actor=current_actor())
    return _back(done, _("已退回，等待重新落实"))


@bp.post("/committee/conditions/<int:condition_item_id>/waive")
@requires(WAIVE)
@redisplays(_condition_page, on=FIXABLE)
@writes
def waive_condition(condition_item_id: int) -> ResponseReturnValue:
    """Waive a condition. 422 without a reason, 403 when it is the chair's to waive, 409 for who reported it."""
    done = operations.waive_condition(condition_item_id, reason=text("reason"), actor=current_actor())
    return _back(done, _("条件已豁免"))


def _back(condition: ConditionItem, told: str) -> ResponseReturnValue:
    flash(told, "success")
    return redirect(url_for("committee.condition", condition_item_id=condition.id), 303)


@files.watches(ENTITY)
def may_see_evidence(actor: Actor, _condition_id: int) -> bool:
    """The evidence of a condition is read by whoever reads resolutions of its company."""
    return actor.may(VIEW)
