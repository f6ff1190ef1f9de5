"""The black and the grey list: asking, deciding, and the list of all requests with its export."""

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.business.customers import operations, queries
from app.business.customers.models import ListChangeState
from app.business.customers.operations.listing import ENTITY, HEAD_OF_RISK
from app.business.customers.pages.blueprint import bp
from app.business.customers.permissions import EXPORT, LIST_ASK, LIST_DECIDE, VIEW
from app.business.customers.rules import BlackGreyFlag
from app.core import clock
from app.core.db import db
from app.core.errors import Invalid
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
from app.support.web.statuses import options_of, status_of, statuses

menu_item("业务", "黑灰名单", "customers.black_list", VIEW, icon="shield-exclamation", order=224)
statuses(
    "list_change",
    {
        ListChangeState.ASKED.value: ("待复核", "warning"),
        ListChangeState.CONFIRMED.value: ("已生效", "success"),
        ListChangeState.REFUSED.value: ("未同意", "danger"),
        ListChangeState.WITHDRAWN.value: ("已撤回", "neutral"),
    },
)



def _exported(names: Mapping[int, str]) -> tuple[Field, ...]:
    """The columns; ``names`` of the people who asked and decided."""
    return (
        Field("客户编号", lambda row: row.customer.customer_no, width=20),
        Field("客户名称", lambda row: row.customer.name, width=36),
        Field("原名单", lambda row: status_of(row.from_flag, "black_grey").label, width=10),
        Field("变更为", lambda row: status_of(row.to_flag, "black_grey").label, width=10),
        Field("理由", lambda row: row.reason, width=40),
        Field("依据", lambda row: row.evidence, width=40),
        Field("申请人", lambda row: names.get(row.asked_by), width=12),
        Field("申请日期", lambda row: clock.business_day(row.created_at), "date", width=12),
        Field("状态", lambda row: status_of(row.state, "list_change").label, width=10),
        Field("复核人", lambda row: names.get(row.decided_by), width=12),
        Field("复核日期", lambda row: row.decided_at and clock.business_day(row.decided_at), "date", width=12),
    )


def _wanted() -> dict[str, str]:
    return {
        "text": request.args.get("q", ""),
        "state": query_code("state", ListChangeState),
        "to_flag": query_code("flag", BlackGreyFlag),
        "sort": request.args.get("sort", ""),
    }


@bp.get("/customers/black-list")
@requires(VIEW)
def black_list() -> str:
    """Requests: ``q``, ``state``, ``flag``, ``sort``, in pages; the newest first."""
    page = paginate(queries.select_list_changes(**_wanted()), request.args.get("page", 1, type=int))
    return render_template(
        "customers/black_list.html",
        page=page,
        names=people.display_names([row.asked_by for row in page.items]),
        states=options_of(ListChangeState, "list_change"),
        flags=options_of(BlackGreyFlag, "black_grey"),
    )


@bp.get("/customers/black-list/export.xlsx")
@requires(EXPORT)
def export_black_list() -> ResponseReturnValue:
    """The requests as filtered, as an Excel file. Who took it is on record."""
    wanted = queries.select_list_changes(**_wanted())
    names = people.display_names(queries.people_of_list_changes(wanted))
    rows = db.session.scalars(wanted.execution_options(yield_per=500))
    answer = sheets.send_list("黑灰名单", _exported(names), rows)
    with unit_of_work():
        audit.record(current_actor(), "customers.black_list.exported", q=bool(request.args.get("q")))
    return answer


# ------------------------------------------------------------------ asking


@bp.get("/customers/<int:customer_id>/black-list")
@requires(LIST_ASK)
def list_request(customer_id: int) -> str:
    """The form for one customer."""
    return _ask_form(customer_id)


def _ask_form(customer_id: int, errors: Errors | None = None) -> str:
    customer = queries.get_living(customer_id)
    return render_template(
        "customers/list_request.html",
        customer=customer,
        under_way=queries.open_list_change(customer_id),
        targets=[
            (flag.value, status_of(flag, "black_grey").label)
            for flag in reversed(BlackGreyFlag)
            if flag is not customer.black_grey_flag
        ],
        values=request.form,
        errors=errors or {},
    )


@bp.post("/customers/<int:customer_id>/black-list")
@requires(LIST_ASK)
@redisplays(_ask_form, on=(*FIXABLE, FileRefused))
@writes
def ask_list_change(customer_id: int) -> ResponseReturnValue:
    """Ask; the paper, if one was chosen, is kept with the request. 409 while another request is open."""
    target = text("to_flag")
    if target not in BlackGreyFlag.__members__:
        raise Invalid.of("to_flag", _("请选择要列入的名单，或移出"), "customers.black_list.target")
    paper = _paper()
    change = operations.ask_list_change(
        customer_id,
        BlackGreyFlag(target),
        reason=text("reason"),
        evidence=text("evidence"),
        document_id=paper.id if paper else None,
        actor=current_actor(),
    )
    if paper:
        files.link_document(paper, ENTITY, change.id)
    flash(_("申请已提交，等待复核"), "success")
    return redirect(url_for("customers.list_change", list_change_id=change.id), 303)


def _paper() -> Document | None:
    """The file that came with the form. :raises Invalid: of a type or size that is not taken."""
    sent = request.files.get("paper")
    if sent is None or not sent.filename:
        return None
    return files.store_upload(sent.stream, sent.filename, "black_list_evidence", actor=current_actor())


# ------------------------------------------------------------------ deciding


@bp.get("/customers/black-list/<int:list_change_id>")
@requires(VIEW)
def list_change(list_change_id: int) -> str:
    """One request with what may be done about it. 404 for another tenant's."""
    return _change_page(list_change_id)


def _change_page(list_change_id: int, errors: Errors | None = None) -> str:
    change, actor = queries.get_list_change(list_change_id), current_actor()
    is_open, is_mine = change.state is ListChangeState.ASKED, change.asked_by == actor.user_id
    is_head = actor.has_role(HEAD_OF_RISK)
    needs_head = change.leaves_black_list and not is_head
    return render_template(
        "customers/list_change.html",
        change=change,
        names=people.display_names([change.asked_by, change.decided_by]),
        may_decide=is_open and not is_mine and not needs_head and actor.may(LIST_DECIDE),
        waits_for_head=is_open and needs_head,
        may_withdraw=is_open and is_mine,
        errors=errors or {},
        values=request.form,
    )


@bp.post("/customers/black-list/<int:list_change_id>/decide")
@requires(LIST_DECIDE)
@redisplays(_change_page, on=FIXABLE)
@writes
def decide_list_change(list_change_id: int) -> ResponseReturnValue:
    """Agree (``decision`` = AGREE) or refuse with a note. 403 for one's own, 409 when it is over."""
    decision = text("decision")
    if decision not in {"AGREE", "REFUSE"}:
        raise Invalid.of("decision", _("请选择同意或不同意"), "customers.black_list.decision")
    agrees = decision == "AGREE"
    operations.decide_list_change(list_change_id, agrees=agrees, note=text("note"), actor=current_actor())
    flash(_("名单变更已生效") if agrees else _("已退回该申请"), "success")
    return redirect(url_for("customers.list_change", list_change_id=list_change_id), 303)


@bp.post("/customers/black-list/<int:list_change_id>/withdraw")
@requires(LIST_ASK)
@writes
def withdraw_list_change(list_change_id: int) -> ResponseReturnValue:
    """Take one's own request back. 403 for another's, 409 when it is over."""
    operations.withdraw_list_change(list_change_id, actor=current_actor())
    flash(_("申请已撤回"), "success")
    return redirect(url_for("customers.list_change", list_change_id=list_change_id), 303)


@files.watches(ENTITY)
def may_see_paper(actor: Actor, _change_id: int) -> bool:
    """A paper of a request is read by whoever reads customers of its company."""
    return actor.may(VIEW)
