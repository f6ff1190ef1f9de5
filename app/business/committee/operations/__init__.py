"""The verbs of the committee room, one story per file."""

from app.business.committee.operations.agenda import (
    close_without_meeting,
    move_meeting,
    open_meeting,
    put_on_agenda,
    read_materials,
    record_minutes,
    reschedule,
    send_materials,
)
from app.business.committee.operations.panel import declare_recusal, select_panel
from app.business.committee.operations.resolution import (
    draft_resolution,
    expire_resolution,
    issue_resolution,
    record_delegated_approval,
    refuse_resolution,
    verify_condition,
)
from app.business.committee.operations.voting import cast_vote, close_and_count, confirm, veto

__all__ = [
    "cast_vote",
    "close_and_count",
    "close_without_meeting",
    "confirm",
    "declare_recusal",
    "draft_resolution",
    "expire_resolution",
    "issue_resolution",
    "move_meeting",
    "open_meeting",
    "put_on_agenda",
    "read_materials",
    "record_delegated_approval",
    "record_minutes",
    "refuse_resolution",
    "reschedule",
    "select_panel",
    "send_materials",
    "verify_condition",
    "veto",
]
