"""What people do with a task, one story per file."""

from app.workflow.tasks.operations.claim import claim, claim_many, comment, release, save_draft, transfer
from app.workflow.tasks.operations.complete import Completion, complete, preview
from app.workflow.tasks.operations.returns import return_to, take_back

__all__ = [
    "Completion",
    "claim",
    "claim_many",
    "comment",
    "complete",
    "preview",
    "release",
    "return_to",
    "save_draft",
    "take_back",
    "transfer",
]
