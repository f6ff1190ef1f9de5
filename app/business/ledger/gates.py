"""What must hold before money flows that only a higher room knows.

Fees stand above the ledger, so they register here instead of being called. Without a gate nothing is disbursed.
"""

from collections.abc import Callable

FeeGate = Callable[[int], None]

_fee_gates: list[FeeGate] = []


def fee_gate(gate: FeeGate) -> FeeGate:
    """Register who knows whether the fee due before disbursement is settled: ``gate(project_id)`` or it raises."""
    _fee_gates[:] = [gate]
    return gate


def require_fee_settled(project_id: int) -> None:
    """Ask the fees room. :raises FeeOutstanding, NoFeePlan: not settled. :raises RuntimeError: nobody to ask."""
    if not _fee_gates:
        raise RuntimeError("no fee gate is registered; the fees room has not been wired")
    _fee_gates[0](project_id)
