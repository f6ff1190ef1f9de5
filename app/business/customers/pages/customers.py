"""The doors of customers: the list and its export, the page of one, taking on and changing, personal data."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from app.business.customers import operations, queries, schemas
from app.business.customers.models import Customer, CustomerStatus, FactSource, KeyRole, PeriodKind, RegStatus
from app.business.customers.pages.blueprint import bp
from app.business.customers.permissions import EDIT, EXPORT, REVEAL, VIEW
from app.business.customers.queries import CustomerFilter
from app.business.customers.rules import BlackGreyFlag, CustomerClass, CustomerType
from app.core import clock
from app.core.db import db
from app.core.i18n import _
from app.core.identifiers import mask_id, mask_mobile
from app.core.paging import paginate
from app.core.tenancy import current_actor
from app.core.transactions import unit_of_work
from app.support import audit, sheets
from app.support.identity import queries as people
from app.support.identity.guards import requires
from app.support.sheets import Field
from app.support.web.doors import writes
from app.support.web.forms import FIXABLE, Errors, FormReader, redisplays, text
from app.support.web.links import query_code
from app.support.web.menu import menu_item
from app.support.web.statuses import options_of, status_of, statuses
from app.workflow.registry import RecordContext, registry

menu_item("业务", "客户", "customers.index", VIEW, icon="people", order=220)

TABS = ("overview", "people", "statements", "projects")
REVEALED = "customers.revealed"
REVEALED_FOR = timedelta(minutes=5)
"""How long the full personal data of one customer stay on screen after a reason was given."""

statuses("customer_type", {"ENTERPRISE": ("企业", "info"), "INDIVIDUAL": ("个人", "accent")})
statuses(
    "customer_class",
    {
        "LARGE": ("大型企业", "neutral"),
        "MEDIUM": ("中型企业", "neutral"),
        "SMALL": ("小型企业", "progress"),
        "MICRO": ("微型企业", "progress"),
        "SELF_EMPLOYED": ("个体工商户", "progress"),
        "MICRO_OWNER": ("小微企业主", "progress"),
        "FARMER": ("农户", "success"),
        "OTHER_PERSON": ("其他个人", "neutral"),
    },
)
statuses(
    "black_grey",
    {"NONE": ("正常", "success"), "GREY": ("灰名单", "warning"), "BLACK": ("黑名单", "danger")},
)
statuses(
    "id_type",
    {
        "USCC": ("统一社会信用代码", "neutral"),
        "ZHONGZHENG": ("中征码", "neutral"),
        "ORG_CODE": ("组织机构代码", "neutral"),
        "RESIDENT_ID": ("居民身份证", "neutral"),
        "PASSPORT": ("护照", "neutral"),
        "HK_MACAO": ("港澳通行证", "neutral"),
        "TAIWAN": ("台胞证", "neutral"),
        "OTHER": ("其他证件", "neutral"),
    },
)
statuses(
    "reg_status",
    {
        RegStatus.ACTIVE.value: ("存续", "success"),
        RegStatus.REVOKED.value: ("吊销", "danger"),
        RegStatus.CANCELLED.value: ("注销", "danger"),
        RegStatus.MOVED.value: ("迁出", "warning"),
        RegStatus.SUSPENDED.value: ("停业", "warning"),
        RegStatus.OTHER.value: ("其他", "neutral"),
    },
)
statuses(
    "key_role",
    {
        KeyRole.LEGAL_REP.value: ("法定代表人", "info"),
        KeyRole.ACTUAL_CONTROLLER.value: ("实际控制人", "accent"),
        KeyRole.DIRECTOR.value: ("董事", "neutral"),
        KeyRole.SUPERVISOR.value: ("监事", "neutral"),
        KeyRole.EXECUTIVE.value: ("高级管理人员", "neutral"),
        KeyRole.CFO.value: ("财务负责人", "neutral"),
    },
)
statuses(
    "period_kind",
    {
        PeriodKind.YEAR.value: ("年报", "info"),
        PeriodKind.HALF.value: ("半年报", "neutral"),
        PeriodKind.QUARTER.value: ("季报", "neutral"),
        PeriodKind.MONTH.value: ("月报", "neutral"),
    },
)
statuses(
    "fact_source",
    {
        FactSource.DECLARED.value: ("客户申报", "neutral"),
        FactSource.DILIGENCE.value: ("尽职调查", "info"),
        FactSource.REPORT.value: ("第三方报告", "success"),
    },
)

EXPORTED = (
    Field("客户编号", lambda row: row.customer_no, width=20),
    Field("客户名称", lambda row: row.name, width=36),
    Field("类型", lambda row: status_of(row.customer_type, "customer_type").label, width=8),
    Field("客户分类", lambda row: status_of(row.customer_class, "customer_class").label, width=14),
    Field("证件类型", lambda row: status_of(row.id_type, "id_type").label, width=20),
    Field("证件号码", lambda row: mask_id(row.id_number), width=24),
    Field("行政区划", lambda row: row.region_code, width=10),
    Field("行业代码", lambda row: row.industry_code, width=10),
    Field("联系人", lambda row: row.contact_name, width=12),
    Field("联系手机", lambda row: mask_mobile(row.contact_mobile), width=16),
    Field("名单", lambda row: status_of(row.black_grey_flag, "black_grey").label, width=10),
    Field("状态", lambda row: status_of(row.status, "customer").label, width=10),
    Field("建档日期", lambda row: clock.business_day(row.created_at), "date", width=12),
)


@bp.get("/customers")
@requires(VIEW)
def index() -> str:
    """The list: ``q``, ``type``, ``class``, ``flag``, ``status``, ``sort``, in pages."""
    page = paginate(queries.select_customers(_filter()), request.args.get("page", 1, type=int))
    return render_template(
        "customers/index.html",
        page=page,
        types=options_of(CustomerType, "customer_type"),
        classes=options_of(CustomerClass, "customer_class"),
        flags=options_of(BlackGreyFlag, "black_grey"),
        states=options_of(CustomerStatus, "customer"),
    )


def _filter() -> CustomerFilter:
    args = request.args
    return CustomerFilter(
        text=args.get("q", ""),
        customer_type=query_code("type", CustomerType),
        customer_class=query_code("class", CustomerClass),
        flag=query_code("flag", BlackGreyFlag),
        status=query_code("status", CustomerStatus),
        sort=args.get("sort", "-created"),
    )


@bp.get("/customers/export.xlsx")
@requires(EXPORT)
def export() -> ResponseReturnValue:
    """The list as filtered, as an Excel file; personal data stay masked. Who took it is on record."""
    rows = db.session.scalars(queries.select_customers(_filter()).execution_options(yield_per=500))
    answer = sheets.send_list("客户列表", EXPORTED, rows)
    with unit_of_work():
        audit.record(current_actor(), "customers.list.exported", q=bool(request.args.get("q")))
    return answer


@bp.get("/customers/<int:customer_id>")
@requires(VIEW)
def show(customer_id: int) -> str:
    """One customer; ``?tab=`` one of ``TABS``. 404 for another tenant's."""
    return _page(customer_id)


def _page(customer_id: int, errors: Errors | None = None) -> str:
    customer = queries.get_customer(customer_id)
    tab = request.args.get("tab", "")
    tab = tab if tab in TABS else "overview"
    return render_template(
        "customers/show.html",
        customer=customer,
        tab=tab,
        errors=errors or {},
        is_revealed=_is_revealed(customer_id),
        list_change=queries.open_list_change(customer_id),
        panels=registry.panels_of("customer.projects", RecordContext(current_actor(), customer_id))
        if tab == "projects"
        else [],
        **_TAB_VALUES[tab](customer),
    )


def _overview(customer: Customer) -> Mapping[str, object]:
    return {
        "owned": _owned(customer),
        "merged_into": queries.get_customer(customer.merged_into_id) if customer.merged_into_id else None,
        "former_names": queries.former_names(customer.id),
        "authorisations": queries.authorisations_of(customer.id),
        "keeper": people.display_name(customer.created_by),
        "today": clock.today(),
    }


def _owned(customer: Customer) -> Customer | None:
    """The enterprise a person owns."""
    detail = customer.individual
    return queries.get_customer(detail.owned_enterprise_id) if detail and detail.owned_enterprise_id else None


def _people(customer: Customer) -> Mapping[str, object]:
    days = queries.shareholder_days(customer.id)
    wanted = request.args.get("as_of", "")
    as_of = next((day for day in days if day.isoformat() == wanted), days[0] if days else None)
    memberships = queries.memberships_of(customer.id)
    return {
        "persons": queries.persons_of(customer.id),
        "days": days,
        "as_of": as_of,
        "holders": queries.shareholders_on(customer.id, as_of),
        "memberships": memberships,
        "members": {group.id: queries.members_of(group.id) for row, group in memberships if not row.until_date},
    }


_TAB_VALUES: dict[str, Any] = {
    "overview": _overview,
    "people": _people,
    "statements": lambda customer: {"statements": queries.statements_of(customer.id)},
    "projects": lambda _customer: {},
}


# ------------------------------------------------------------------ personal data


@bp.post("/customers/<int:customer_id>/reveal")
@requires(REVEAL)
@redisplays(_page)
@writes
def reveal(customer_id: int) -> ResponseReturnValue:
    """Show the full personal data for a few minutes; the reason is kept. 422 without one.

    The answer is a redirect, so that nothing personal is stored with the idempotency key.
    """
    operations.note_reveal(customer_id, text("reason"), actor=current_actor())
    session[REVEALED] = [customer_id, (clock.now() + REVEALED_FOR).isoformat()]
    return redirect(url_for("customers.show", customer_id=customer_id, tab=request.args.get("tab")), 303)


def _is_revealed(customer_id: int) -> bool:
    granted = session.get(REVEALED)
    if not granted or granted[0] != customer_id or not current_actor().may(REVEAL):
        return False
    return clock.now() < datetime.fromisoformat(granted[1])


# ------------------------------------------------------------------ taking on, changing


@bp.get("/customers/new")
@requires(EDIT)
def new() -> str:
    """The empty form; ``?type=INDIVIDUAL`` for a person."""
    return _new_form()


def _new_form(errors: Errors | None = None) -> str:
    is_person = request.values.get("type") == CustomerType.INDIVIDUAL
    kind = CustomerType.INDIVIDUAL if is_person else CustomerType.ENTERPRISE
    return _form(None, kind, request.form, errors)


@bp.post("/customers")
@requires(EDIT)
@redisplays(_new_form, on=FIXABLE)
@writes
def create() -> ResponseReturnValue:
    """Take on a company or person. 422 with every finding at its field, 409 when it is known already."""
    reader = FormReader(request.form)
    if request.form.get("type") == CustomerType.INDIVIDUAL:
        data, person = schemas.read_individual(reader, queries.find_by_no)
        customer = operations.register_individual(data, person, actor=current_actor())
    else:
        data, company = schemas.read_enterprise(reader)
        customer = operations.register_enterprise(data, company, actor=current_actor())
    flash(_("已建立客户档案 %(no)s", no=customer.customer_no), "success")
    return redirect(url_for("customers.show", customer_id=customer.id), 303)


@bp.get("/customers/<int:customer_id>/edit")
@requires(EDIT)
def edit(customer_id: int) -> str:
    """The form of a known customer."""
    return _edit_form(customer_id)


def _edit_form(customer_id: int, errors: Errors | None = None) -> str:
    customer = queries.get_living(customer_id)
    values: Mapping[str, object] = request.form
    if not request.form:
        owned = _owned(customer)
        values = schemas.shown_values(customer) | {"owned_enterprise_no": owned.customer_no if owned else ""}
    return _form(customer, customer.customer_type, values, errors)


@bp.post("/customers/<int:customer_id>")
@requires(EDIT)
@redisplays(_edit_form, on=FIXABLE)
@writes
def change(customer_id: int) -> ResponseReturnValue:
    """Bring a customer up to date. 422 with every finding at its field, 409 when somebody was faster."""
    customer, reader = queries.get_living(customer_id), FormReader(request.form)
    version = reader.whole("row_version", _("版本"), required=True) or 0
    if customer.is_enterprise:
        data, company = schemas.read_enterprise(reader, known=customer)
        operations.change_enterprise(customer_id, data, company, row_version=version, actor=current_actor())
    else:
        data, person = schemas.read_individual(reader, queries.find_by_no, known=customer)
        operations.change_individual(customer_id, data, person, row_version=version, actor=current_actor())
    flash(_("客户资料已保存"), "success")
    return redirect(url_for("customers.show", customer_id=customer_id), 303)


def _form(
    customer: Customer | None, kind: CustomerType, values: Mapping[str, object], errors: Errors | None
) -> str:
    return render_template(
        "customers/form.html", customer=customer, kind=kind.value, values=values, errors=errors or {}
    )
