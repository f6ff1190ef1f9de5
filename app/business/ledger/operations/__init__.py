"""The verbs of the ledger room, one story per file."""

from app.business.ledger.operations.disbursing import Drawing, post_disbursement
from app.business.ledger.operations.posting import post, reverse
from app.business.ledger.operations.releasing import (
    ReleaseForm,
    cancel_release,
    check_release,
    post_release,
    propose_release,
    review_release,
)
from app.business.ledger.operations.snapshots import reconcile, take_snapshot

__all__ = [
    "Drawing",
    "ReleaseForm",
    "cancel_release",
    "check_release",
    "post",
    "post_disbursement",
    "post_release",
    "propose_release",
    "reconcile",
    "reverse",
    "review_release",
    "take_snapshot",
]
