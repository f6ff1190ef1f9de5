"""What people do with a task, one story per file."""

from app.workflow.tasks.operations import handover
from app.workflow.tasks.operations.absence import end_substitute, name_substitute
from app.workflow.tasks.operations.add_handler import add_handlers, remove_handler
from app.workflow.tasks.operations.batch import start_batch
from app.workflow.tasks.operations.claim import claim, claim_many, release, save_draft, transfer
from app.workflow.tasks.operations.comment import comment
from app.workflow.tasks.operations.complete import Completion, complete, preview
from app.workflow.tasks.operations.copying import copy_to, mark_read
from app.workflow.tasks.operations.delegate import delegate
from app.workflow.tasks.operations.jump import ask_jump, confirm_jump, refuse_jump
from app.workflow.tasks.operations.phrases import add_phrase, phrases_of, remove_phrase
from app.workflow.tasks.operations.reclaim import reclaim
from app.workflow.tasks.operations.returns import return_to, return_to_several, take_back
from app.workflow.tasks.operations.sign import sign
from app.workflow.tasks.operations.signers import add_signers, drop_signer
from app.workflow.tasks.operations.timeout import act_on_timeout
from app.workflow.tasks.operations.urge import urge
from app.workflow.tasks.operations.views import choose_columns, remove_view, save_view

__all__ = [
    "Completion",
    "act_on_timeout",
    "add_handlers",
    "add_phrase",
    "add_signers",
    "ask_jump",
    "choose_columns",
    "claim",
    "claim_many",
    "comment",
    "complete",
    "confirm_jump",
    "copy_to",
    "delegate",
    "drop_signer",
    "end_substitute",
    "handover",
    "mark_read",
    "name_substitute",
    "phrases_of",
    "preview",
    "reclaim",
    "refuse_jump",
    "release",
    "remove_handler",
    "remove_phrase",
    "remove_view",
    "return_to",
    "return_to_several",
    "save_draft",
    "save_view",
    "sign",
    "start_batch",
    "take_back",
    "transfer",
    "urge",
]
