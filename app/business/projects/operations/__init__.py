"""The verbs of the projects room, one story per file."""

from app.business.projects.operations import handing
from app.business.projects.operations.documents import attach_documents
from app.business.projects.operations.ending import (
    begin_reconsideration,
    close_rejected,
    count_defer,
    decide_reconsideration,
    lapse_reconsideration,
    mark_not_passed,
    mark_released,
    open_reconsideration,
    refuse_reconsideration,
    remind_reconsideration,
    request_reconsideration,
    request_withdrawal,
    withdraw,
)
from app.business.projects.operations.registering import Application, decide_acceptance, register_application
from app.business.projects.operations.reviewing import approve, begin_risk_review, move, record_opinion

__all__ = [
    "Application",
    "approve",
    "attach_documents",
    "begin_reconsideration",
    "begin_risk_review",
    "close_rejected",
    "count_defer",
    "decide_acceptance",
    "decide_reconsideration",
    "handing",
    "lapse_reconsideration",
    "mark_not_passed",
    "mark_released",
    "move",
    "open_reconsideration",
    "record_opinion",
    "refuse_reconsideration",
    "register_application",
    "remind_reconsideration",
    "request_reconsideration",
    "request_withdrawal",
    "withdraw",
]
