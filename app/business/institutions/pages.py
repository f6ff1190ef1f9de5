"""The doors of institutions: the list, the page of one, registering, admission, place in the tree, capital."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.business.institutions import operations, queries
from app.business.institutions.models import AdmissionStatus, InstitutionKind
from app.business.institutions.operations import InstitutionData
from app.business.institutions.permissions import MANAGE, VIEW
from app.business.institutions.queries import InstitutionFilter
from app.core import clock
from app.core.i18n import _
from app.core.paging import paginate
from app.core.tenancy import current_actor
from app.support.identity.guards import requires
from app.support.web.doors import writes
from app.support.web.forms import FIXABLE, Errors, FormReader, redisplays
from app.support.web.links import query_code
from app.support.web.menu import menu_item
from app.support.web.statuses import options_of, status_of, statuses
from app.workflow.registry import RecordContext, registry

bp = Blueprint("institutions", __name__, template_folder="templates")
menu_item("基础资料", "合作机构", "institutions.index", VIEW, icon="bank", order=430)

statuses(
    "institution_kind",
    {
        InstitutionKind.OWN_COMPANY.value: ("本公司", "progress"),
        InstitutionKind.PARTNER_GUARANTOR.value: ("合作担保机构", "info"),
        InstitutionKind.BANK.value: ("银行", "success"),
        InstitutionKind.BANK_BRANCH.value: ("银行分支机构", "success"),
        InstitutionKind.NATIONAL_FUND.value: ("国家融资担保基金", "accent"),
        InstitutionKind.LOCAL_GOV_FUND.value: ("地方政府基金", "accent"),
        InstitutionKind.REGULATOR.value: ("监管机构", "neutral"),
        InstitutionKind.LAW_FIRM.value: ("律师事务所", "neutral"),
        InstitutionKind.APPRAISER.value: ("评估机构", "neutral"),
        InstitutionKind.AUDITOR.value: ("会计师事务所", "neutral"),
    },
)


@bp.get("/institutions")
@requires(VIEW)
def index() -> str:
    """The list: ``q``, ``kind``, ``admission``, ``sort``, in pages."""
    args = request.args
    wanted = InstitutionFilter(
        text=args.get("q", ""),
        kind=query_code("kind", InstitutionKind),
        admission=query_code("admission", AdmissionStatus),
        sort=args.get("sort", "kind"),
    )
    return render_template(
        "institutions/index.html",
        page=paginate(queries.select_institutions(wanted), args.get("page", 1, type=int)),
        kinds=options_of(InstitutionKind, "institution_kind"),
        admissions=options_of(AdmissionStatus, "institution"),
        today=clock.today(),
        may_manage=current_actor().may(MANAGE),
    )


@bp.get("/institutions/<int:institution_id>")
@requires(VIEW)
def show(institution_id: int) -> str:
    """One institution with its tree, its agreement and what rooms above know of it. 404 for another tenant's."""
    return _page(institution_id)


def _page(institution_id: int, errors: Errors | None = None) -> str:
    institution = queries.get_institution(institution_id)
    return render_template(
        "institutions/show.html",
        institution=institution,
        above=queries.ancestors_of(institution),
        below=queries.children_of(institution_id),
        positions=queries.capital_positions(institution_id),
        is_open=institution.is_open_on(clock.today()),
        panels=registry.panels_of("institution.overview", RecordContext(current_actor(), institution_id)),
        may_manage=current_actor().may(MANAGE),
        next_statuses=[
            (to.value, status_of(to.value, "institution").label)
            for to in operations.ways_from(institution.admission_status)
            if to is not AdmissionStatus.ADMITTED or institution.agreement_no
        ],
        parents=_possible_parents(institution_id),
        errors=errors or {},
        values=request.form if errors else {},
    )


# ------------------------------------------------------------------ writing


@bp.get("/institutions/new")
@requires(MANAGE)
def new() -> str:
    """The empty form."""
    return _new_form()


def _new_form(errors: Errors | None = None) -> str:
    return render_template(
        "institutions/new.html",
        values=request.form or request.args,
        errors=errors or {},
        kinds=_kinds(),
        parents=_possible_parents(),
    )


def _kinds() -> list[tuple[str, str]]:
    """What can be registered: our own company is there since it was opened."""
    own = InstitutionKind.OWN_COMPANY.value
    return [(code, label) for code, label in options_of(InstitutionKind, "institution_kind") if code != own]


@bp.post("/institutions")
@requires(MANAGE)
@redisplays(_new_form, on=FIXABLE)
@writes
def register() -> ResponseReturnValue:
    """Register an institution; 422 with every field that is wrong."""
    reader = FormReader(request.form)
    kind = reader.chosen("kind", _("类别"), [code for code, _label in _kinds()])
    name = reader.text("name", _("机构名称"), required=True)
    short_name = reader.text("short_name", _("简称"), required=True, most=60)
    data = {
        "uscc": reader.text("uscc", _("统一社会信用代码"), most=18) or None,
        "parent_id": reader.key("parent_id", _("上级机构")),
        "license_no": reader.text("license_no", _("经营许可证"), most=60) or None,
        "license_expire": reader.day("license_expire", _("许可证到期")),
        "contact_name": reader.text("contact_name", _("联系人"), most=60) or None,
        "contact_phone": reader.text("contact_phone", _("联系电话"), most=30) or None,
    }
    reader.require_clean()
    made = operations.register_institution(
        InstitutionData(InstitutionKind(kind), name, short_name, **data),  # type: ignore[arg-type]
        actor=current_actor(),
    )
    flash(_("已登记「%(name)s」；办理准入后即可开展新业务", name=made.name), "success")
    return redirect(url_for("institutions.show", institution_id=made.id))


@bp.post("/institutions/<int:institution_id>/admit")
@requires(MANAGE)
@redisplays(_page, on=FIXABLE)
@writes
def admit(institution_id: int) -> ResponseReturnValue:
    """Admit it, or renew its agreement; the agreement holds without end where no last day is given."""
    reader = FormReader(request.form)
    agreement_no = reader.text("agreement_no", _("协议编号"), required=True, most=60)
    begins = reader.day("agreement_from", _("协议生效"), required=True)
    ends = reader.day("agreement_to", _("协议到期"))
    reader.require_clean()
    assert begins is not None  # noqa: S101 - required, or refused above
    operations.admit(
        institution_id, agreement_no=agreement_no, agreement_from=begins, agreement_to=ends, actor=current_actor()
    )
    return _back(institution_id, _("准入与协议已登记"))


@bp.post("/institutions/<int:institution_id>/admission")
@requires(MANAGE)
@redisplays(_page, on=FIXABLE)
@writes
def change_admission(institution_id: int) -> ResponseReturnValue:
    """Suspend, exit, take up again."""
    reader = FormReader(request.form)
    to = reader.chosen("to", _("准入状态"), AdmissionStatus)
    reason = reader.text("reason", _("原因"), required=True)
    reader.require_clean()
    operations.set_admission(institution_id, AdmissionStatus(to), reason, actor=current_actor())
    return _back(institution_id, _("准入状态已变更"))


@bp.post("/institutions/<int:institution_id>/parent")
@requires(MANAGE)
@redisplays(_page, on=FIXABLE)
@writes
def place(institution_id: int) -> ResponseReturnValue:
    """Move it, with all below it, under another one, or to the top."""
    reader = FormReader(request.form)
    parent_id = reader.key("parent_id", _("上级机构"))
    reader.require_clean()
    operations.place_under(institution_id, parent_id, actor=current_actor())
    return _back(institution_id, _("上级机构已变更"))


@bp.post("/institutions/<int:institution_id>/capital")
@requires(MANAGE)
@redisplays(_page, on=FIXABLE)
@writes
def record_capital(institution_id: int) -> ResponseReturnValue:
    """Write down our own company's capital on a day; limits are measured on it."""
    reader = FormReader(request.form)
    as_of = reader.day("as_of", _("截至"), required=True)
    net_assets_fen = reader.wan("net_assets", _("净资产"), required=True)
    equity_fen = reader.wan("equity", _("对担保机构股权投资"))
    source = reader.text("source", _("来源"), required=True)
    reader.require_clean()
    assert as_of is not None  # noqa: S101 - required, or refused above
    operations.record_capital(
        as_of,
        net_assets_fen=net_assets_fen or 0,
        equity_in_guarantors_fen=equity_fen or 0,
        source=source,
        actor=current_actor(),
    )
    return _back(institution_id, _("净资产已登记"))


def _possible_parents(institution_id: int | None = None) -> list[tuple[int, str]]:
    return [(one.id, one.name) for one in queries.list_institutions() if one.id != institution_id]


def _back(institution_id: int, message: str) -> ResponseReturnValue:
    flash(message, "success")
    return redirect(url_for("institutions.show", institution_id=institution_id))
