"""The doors of institutions: the list and the page of one; reading only."""

from flask import Blueprint, render_template, request

from app.business.institutions import queries
from app.business.institutions.models import AdmissionStatus, InstitutionKind
from app.business.institutions.permissions import VIEW
from app.business.institutions.queries import InstitutionFilter
from app.core import clock
from app.core.paging import paginate
from app.core.tenancy import current_actor
from app.support.identity.guards import requires
from app.support.web.links import query_code
from app.support.web.menu import menu_item
from app.support.web.statuses import options_of, statuses
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
    )


@bp.get("/institutions/<int:institution_id>")
@requires(VIEW)
def show(institution_id: int) -> str:
    """One institution with its tree, its agreement and what rooms above know of it. 404 for another tenant's."""
    institution = queries.get_institution(institution_id)
    return render_template(
        "institutions/show.html",
        institution=institution,
        above=queries.ancestors_of(institution),
        below=queries.children_of(institution_id),
        positions=queries.capital_positions(institution_id),
        is_open=institution.is_open_on(clock.today()),
        panels=registry.panels_of("institution.overview", RecordContext(current_actor(), institution_id)),
    )
