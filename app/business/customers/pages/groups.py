"""Related groups: the list and its export, one group, its members and its core."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.business.customers import operations, queries
from app.business.customers.models import Customer
from app.business.customers.pages.blueprint import bp
from app.business.customers.permissions import EXPORT, GROUP_EDIT, VIEW
from app.core import clock
from app.core.db import db
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.paging import paginate
from app.core.tenancy import current_actor
from app.core.transactions import unit_of_work
from app.support import audit, sheets
from app.support.identity.guards import requires
from app.support.sheets import Field
from app.support.web.doors import writes
from app.support.web.forms import FIXABLE, Errors, FormReader, redisplays, text
from app.support.web.menu import menu_item

menu_item("业务", "关联集团", "customers.groups", VIEW, icon="boxes", order=222)

EXPORTED = (
    Field("集团编号", lambda row: row[0].group_no, width=14),
    Field("集团名称", lambda row: row[0].name, width=36),
    Field("核心企业", lambda row: row.core_name, width=36),
    Field("现有成员（户）", lambda row: row.members, "number", width=12),
    Field("建立日期", lambda row: clock.business_day(row[0].created_at), "date", width=12),
)


@bp.get("/customers/groups")
@requires(VIEW)
def groups() -> str:
    """The list: ``q`` (number, name, member), ``sort``, in pages."""
    wanted = queries.select_groups(request.args.get("q", ""), request.args.get("sort", ""))
    page = paginate(wanted, request.args.get("page", 1, type=int), rows=True)
    return render_template("customers/groups.html", page=page)


@bp.get("/customers/groups/export.xlsx")
@requires(EXPORT)
def export_groups() -> ResponseReturnValue:
    """The list as filtered, as an Excel file. Who took it is on record."""
    wanted = queries.select_groups(request.args.get("q", ""), request.args.get("sort", ""))
    answer = sheets.send_list("关联集团", EXPORTED, db.session.execute(wanted))
    with unit_of_work():
        audit.record(current_actor(), "customers.groups.exported", q=bool(request.args.get("q")))
    return answer


@bp.get("/customers/groups/new")
@requires(GROUP_EDIT)
def new_group() -> str:
    """The empty form; ``?core=`` a customer number."""
    return _new_group_form()


def _new_group_form(errors: Errors | None = None) -> str:
    values = request.form or {"core_no": request.args.get("core", "")}
    return render_template("customers/group_form.html", values=values, errors=errors or {})


@bp.post("/customers/groups")
@requires(GROUP_EDIT)
@redisplays(_new_group_form, on=FIXABLE)
@writes
def open_group() -> ResponseReturnValue:
    """A new group around its core customer. 422 at the fields; 409 when the customer is in a group."""
    reader = FormReader(request.form)
    name = reader.text("name", _("集团名称"), required=True)
    core_no = reader.text("core_no", _("核心企业客户编号"), required=True, most=20)
    reader.require_clean()
    group = operations.open_group(name, _customer("core_no", core_no).id, actor=current_actor())
    flash(_("已建立关联集团 %(no)s", no=group.group_no), "success")
    return redirect(url_for("customers.group", group_id=group.id), 303)


def _customer(field: str, customer_no: str) -> Customer:
    """:raises Invalid: no customer of that number."""
    customer = queries.find_by_no(customer_no)
    if customer is None:
        message = _("没有编号为 %(no)s 的客户，请核对", no=customer_no)
        raise Invalid.of(field, message, "customers.group.customer_unknown")
    return customer


@bp.get("/customers/groups/<int:group_id>")
@requires(VIEW)
def group(group_id: int) -> str:
    """One group with its members, present and former. 404 for another tenant's."""
    return _group_page(group_id)


def _group_page(group_id: int, errors: Errors | None = None) -> str:
    found = queries.get_group(group_id)
    members = queries.members_of(group_id)
    return render_template(
        "customers/group.html",
        group=found,
        members=members,
        former=queries.former_members_of(group_id),
        cores=[(customer.id, customer.name) for _member, customer in members],
        errors=errors or {},
        values=request.form,
    )


@bp.post("/customers/groups/<int:group_id>")
@requires(GROUP_EDIT)
@redisplays(_group_page, on=FIXABLE)
@writes
def change_group(group_id: int) -> ResponseReturnValue:
    """Another name or core customer. 409 when somebody was faster or the core has left."""
    reader = FormReader(request.form)
    name = reader.text("name", _("集团名称"), required=True)
    core = reader.text("core_id", _("核心企业"), required=True, most=16)
    version = reader.whole("row_version", _("版本"), required=True) or 0
    if core and not (core.isascii() and core.isdigit()):
        reader.refuse("core_id", _("请选择核心企业"))
    reader.require_clean()
    operations.change_group(
        group_id, name=name, core_customer_id=int(core), row_version=version, actor=current_actor()
    )
    flash(_("集团信息已保存"), "success")
    return redirect(url_for("customers.group", group_id=group_id), 303)


@bp.post("/customers/groups/<int:group_id>/members")
@requires(GROUP_EDIT)
@redisplays(_group_page, on=FIXABLE)
@writes
def join_group(group_id: int) -> ResponseReturnValue:
    """A customer becomes a member from today. 409 while it is in another group."""
    reader = FormReader(request.form)
    customer_no = reader.text("customer_no", _("客户编号"), required=True, most=20)
    reader.require_clean()
    customer = _customer("customer_no", customer_no)
    operations.join_group(
        queries.get_group(group_id).id,
        customer.id,
        relation=text("relation"),
        evidence=text("evidence"),
        actor=current_actor(),
    )
    flash(_("%(name)s 已加入集团", name=customer.name), "success")
    return redirect(url_for("customers.group", group_id=group_id), 303)


def _page_after_leaving(group_id: int, customer_id: int, errors: Errors | None = None) -> str:  # noqa: ARG001
    """Called like the view that failed."""
    return _group_page(group_id, errors)


@bp.post("/customers/groups/<int:group_id>/members/<int:customer_id>/leave")
@requires(GROUP_EDIT)
@redisplays(_page_after_leaving, on=FIXABLE)
@writes
def leave_group(group_id: int, customer_id: int) -> ResponseReturnValue:
    """A member leaves today; what was stays in the history. 409 for the core while others are there."""
    customer = queries.get_customer(customer_id)
    operations.leave_group(customer_id, group_id=group_id, actor=current_actor())
    flash(_("%(name)s 已退出集团", name=customer.name), "success")
    return redirect(url_for("customers.group", group_id=group_id), 303)
