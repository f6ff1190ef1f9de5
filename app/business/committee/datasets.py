"""Facts of the committee room for FEEL."""

from collections.abc import Mapping

from app.business.committee import queries
from app.business.committee.models import ResolutionStatus
from app.workflow.registry import dataset


@dataset("agenda", label="评审议题")
def agenda_facts(data: Mapping[str, object]) -> Mapping[str, object] | None:
    """The newest agenda item of the project."""
    project_id = data.get("project_id")
    item = queries.find_item_of(int(str(project_id))) if project_id else None
    if item is None:
        return None
    return {
        "meeting_id": item.meeting_id,
        "agenda_item_id": item.id,
        "committee_kind": item.meeting.committee.kind.value,
        "chair_id": item.meeting.committee.chair_id,
        "mode": item.meeting.mode.value,
        "planned_at": item.meeting.planned_at,
        "panel_size": item.panel_size,
        "result": item.result.value,
        "round_no": item.round_no,
        "is_reconsideration": item.is_reconsideration,
        "items_in_meeting": len(item.meeting.items),
        "report_version": item.report_version,
        "is_open": item.is_open,
    }


@dataset("rehearing", label="复议安排")
def rehearing_facts(data: Mapping[str, object]) -> Mapping[str, object] | None:
    """What the chair decided on hearing the project again."""
    project_id = data.get("project_id")
    rehearing = queries.find_rehearing(int(str(project_id))) if project_id else None
    if rehearing is None:
        return {"is_heard": None, "hear_by": None, "note": None}
    return {"is_heard": rehearing.is_heard, "hear_by": rehearing.hear_by, "note": rehearing.note}


@dataset("resolution", label="批复")
def resolution_facts(data: Mapping[str, object]) -> Mapping[str, object] | None:
    """The project's resolution, drafted or issued."""
    project_id = data.get("project_id")
    resolution = queries.find_resolution(int(str(project_id))) if project_id else None
    if resolution is None:
        return None
    return {
        "id": resolution.id,
        "status": resolution.status.value,
        "is_issued": resolution.status is ResolutionStatus.ISSUED,
        "amount_fen": resolution.amount_fen,
        "term_months": resolution.term_months,
        "fee_rate": resolution.fee_rate,
        "valid_to": resolution.valid_to,
        "scheme_id": resolution.risk_share_scheme_id,
        "open_mandatory_conditions": queries.open_mandatory_conditions(resolution.project_id),
        "drafted_by": resolution.drafted_by,
    }
