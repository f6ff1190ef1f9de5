"""The verbs of the committee room, one story per file."""

from app.business.committee.operations.agenda import (
    close_without_meeting,
    move_meeting,
    open_meeting,
    put_on_agenda,
    record_minutes,
    reschedule,
    send_materials,
)
from app.business.committee.operations.conditions import (
    report_condition,
    send_back_condition,
    verify_condition,
    waive_condition,
)
from app.business.committee.operations.counting import fix_counting
from app.business.committee.operations.panel import declare_recusal, recuse, select_panel
from app.business.committee.operations.pool import (
    Appointment,
    appoint,
    change_chair,
    end_membership,
    open_committee,
)
from app.business.committee.operations.rehearing import schedule_rehearing
from app.business.committee.operations.reminding import remind_conditions
from app.business.committee.operations.resolution import (
    draft_resolution,
    expire_resolution,
    issue_resolution,
    record_delegated_approval,
    refuse_resolution,
)
from app.business.committee.operations.sitting import (
    answer,
    ask,
    order_items,
    read_materials,
    sign_in,
    sign_minutes,
)
from app.business.committee.operations.voting import cast_vote, close_and_count, confirm, veto

__all__ = [
    "Appointment",
    "answer",
    "appoint",
    "ask",
    "cast_vote",
    "change_chair",
    "close_and_count",
    "close_without_meeting",
    "confirm",
    "declare_recusal",
    "draft_resolution",
    "end_membership",
    "expire_resolution",
    "fix_counting",
    "issue_resolution",
    "move_meeting",
    "open_committee",
    "open_meeting",
    "order_items",
    "put_on_agenda",
    "read_materials",
    "record_delegated_approval",
    "record_minutes",
    "recuse",
    "refuse_resolution",
    "remind_conditions",
    "report_condition",
    "reschedule",
    "schedule_rehearing",
    "select_panel",
    "send_back_condition",
    "send_materials",
    "sign_in",
    "sign_minutes",
    "verify_condition",
    "veto",
    "waive_condition",
]
