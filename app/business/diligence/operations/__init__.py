"""The verbs of the diligence room, one story per file."""

from app.business.diligence.operations.reporting import (
    finish_review_report,
    freeze_report,
    generate_review_report,
)
from app.business.diligence.operations.visiting import cosign_report, submit_report, submit_risk_review

__all__ = [
    "cosign_report",
    "finish_review_report",
    "freeze_report",
    "generate_review_report",
    "submit_report",
    "submit_risk_review",
]
