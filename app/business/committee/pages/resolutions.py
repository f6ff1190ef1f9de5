"""Resolutions: the list, one with its conditions, the paper."""

from io import BytesIO

from flask import render_template, request, send_file
from flask.typing import ResponseReturnValue

from app.business.committee import queries
from app.business.committee.models import ResolutionStatus
from app.business.committee.pages.blueprint import bp
from app.business.committee.papers import PRINTABLE, resolution_paper
from app.business.committee.permissions import VIEW
from app.business.products import queries as products
from app.core import clock
from app.core.i18n import _
from app.core.paging import paginate
from app.core.tenancy import current_actor
from app.support.identity import queries as people
from app.support.identity.guards import requires
from app.support.web.links import query_code
from app.support.web.menu import menu_item
from app.support.web.statuses import options_of

menu_item("业务", "批复", "committee.resolutions", VIEW, icon="patch-check", order=235)


@bp.get("/committee/resolutions")
@requires(VIEW)
def resolutions() -> str:
    """Resolutions: ``status``, ``q`` (number, project, customer), ``sort``, in pages; the newest first."""
    args = request.args
    wanted = queries.select_resolutions(
        text=args.get("q", ""), status=query_code("status", ResolutionStatus), sort=args.get("sort", "")
    )
    return render_template(
        "committee/resolution_list.html",
        page=paginate(wanted, args.get("page", 1, type=int)),
        states=options_of(ResolutionStatus, "resolution"),
    )


@bp.get("/committee/resolutions/<int:resolution_id>")
@requires(VIEW)
def resolution(resolution_id: int) -> str:
    """One resolution with its conditions. 404 for another tenant's."""
    found = queries.get_resolution(resolution_id)
    hands = [user for row in found.conditions for user in (row.verified_by, row.met_by)]
    return render_template(
        "committee/resolution.html",
        resolution=found,
        project=found.project,
        scheme=products.get_scheme(found.risk_share_scheme_id),
        item=queries.get_item(found.agenda_item_id) if found.agenda_item_id else None,
        names=people.display_names([found.drafted_by, found.issued_by, *hands]),
        is_printable=found.status in PRINTABLE,
        today=clock.today(),
    )


@bp.get("/committee/resolutions/<int:resolution_id>.pdf")
@requires(VIEW)
def resolution_pdf(resolution_id: int) -> ResponseReturnValue:
    """The resolution as a PDF, shown in the browser. 409 before it is signed."""
    found = queries.get_resolution(resolution_id)
    paper = BytesIO(resolution_paper(found, current_actor()))
    name = _("批复 %(number)s", number=found.resolution_no)
    return send_file(paper, mimetype="application/pdf", download_name=f"{name}.pdf")
