"""Reading door for scripts: where a project stands and what it carries."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from app.business.projects import queries
from app.business.projects.models import Project
from app.business.projects.permissions import VIEW
from app.support.identity.guards import requires

bp = Blueprint("projects_api", __name__, url_prefix="/api/v1")


@bp.get("/projects/<int:project_id>")
@requires(VIEW)
def show_project(project_id: int) -> ResponseReturnValue:
    """One project; amounts in fen, rates as decimal text, days ISO. 404 for another tenant's."""
    return _project(queries.get_project(project_id))


def _project(project: Project) -> dict[str, object]:
    return {
        "id": project.id,
        "project_no": project.project_no,
        "status": project.status.value,
        "phase": project.phase.value,
        "customer_id": project.customer_id,
        "customer_name": project.customer.name,
        "applied_amount_fen": project.applied_amount_fen,
        "approved_amount_fen": project.approved_amount_fen,
        "contract_amount_fen": project.contract_amount_fen,
        "disbursed_amount_fen": project.disbursed_amount_fen,
        "reserved_fen": project.reserved_fen,
        "outstanding_fen": project.outstanding_fen,
        "own_outstanding_fen": project.own_outstanding_fen,
        "term_months": project.term_months,
        "fee_rate": str(project.fee_rate),
        "start_date": project.start_date.isoformat() if project.start_date else None,
        "end_date": project.end_date.isoformat() if project.end_date else None,
        "approval_valid_to": project.approval_valid_to.isoformat() if project.approval_valid_to else None,
        "process_instance_id": project.process_instance_id,
    }
