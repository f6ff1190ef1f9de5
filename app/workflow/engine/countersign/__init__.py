"""One node signed by several: by all 会签, by any of them 或签, one by one 依次, or by votes 票签.

Reading what an analyst wrote at the node, and reckoning what the votes come to; plain values, no engine.
Not here: who the signers are (the caller's services), the instances themselves (``specs.countersign``).
Words: way, seat (one signer's place in the round), vote, tally, settled (no vote to come can change the result).
"""

from app.workflow.engine.countersign.rule import (
    AGREEING,
    COUNTERSIGN,
    NAMES,
    SIGNER,
    SIGNERS,
    Base,
    Fault,
    Rule,
    Way,
    faults,
    is_countersigned,
    read_rule,
)
from app.workflow.engine.countersign.tally import Result, Seat, Tally, Vote, outcome, settled, tally

__all__ = [
    "AGREEING",
    "COUNTERSIGN",
    "NAMES",
    "SIGNER",
    "SIGNERS",
    "Base",
    "Fault",
    "Result",
    "Rule",
    "Seat",
    "Tally",
    "Vote",
    "Way",
    "faults",
    "is_countersigned",
    "outcome",
    "read_rule",
    "settled",
    "tally",
]
