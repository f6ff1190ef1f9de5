"""The verbs of the contracts room, one story per file."""

from app.business.contracts.operations.archiving import hand_over_archive, shelve_archive
from app.business.contracts.operations.drafting import (
    CounterDraft,
    Draft,
    draft_set,
    record_legal_review,
    record_nonstandard,
)
from app.business.contracts.operations.securing import (
    Registration,
    propose_counter_guarantees,
    register_counter_guarantees,
    return_originals,
    verify_conditions,
)
from app.business.contracts.operations.signing import (
    make_effective,
    record_seal,
    seal_set,
    sign_set,
    void_contract,
)

__all__ = [
    "CounterDraft",
    "Draft",
    "Registration",
    "draft_set",
    "hand_over_archive",
    "make_effective",
    "propose_counter_guarantees",
    "record_legal_review",
    "record_nonstandard",
    "record_seal",
    "register_counter_guarantees",
    "return_originals",
    "seal_set",
    "shelve_archive",
    "sign_set",
    "verify_conditions",
    "void_contract",
]
