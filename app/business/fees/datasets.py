"""Facts of the fees room for FEEL."""

from collections.abc import Mapping

from app.business.fees import queries
from app.business.fees.operations import reckon_refund_of_release, source_of_release
from app.business.fees.operations.planning import recomputed_fen
from app.workflow.registry import dataset


@dataset("fees", label="担保费")
def fee_facts(data: Mapping[str, object]) -> Mapping[str, object] | None:
    """The live plan of the case's project; all nothing when none was made or it was cancelled.

    ``deposit_open_fen``: what of the agreed deposit is still to come in. ``refund_due_fen``: what the case's
    release gives back of the fee, as asked for or as the rule reckons it.
    """
    project_id = data.get("project_id")
    if not project_id:
        return None
    number = int(str(project_id))
    plan = queries.find_plan(number)
    deposit = queries.find_deposit(number)
    return {
        "has_plan": plan is not None,
        "plan_total_fen": plan.total_fen if plan else 0,
        "recomputed_total_fen": recomputed_fen(plan) if plan else 0,
        "unpaid_before_disbursement_fen": queries.unpaid_before_disbursement_fen(plan) if plan else 0,
        "received_fen": queries.received_fen(number),
        "refunded_fen": queries.refunded_fen(number),
        "overpaid_fen": queries.overpaid_fen(number),
        "open_fen": sum(item.open_fen for item in plan.items) if plan else 0,
        "deposit_due_fen": queries.deposit_due_fen(number),
        "deposit_open_fen": queries.deposit_open_fen(number),
        "deposit_held_fen": deposit.held_fen if deposit else 0,
        **_refund_of(data.get("release_id")),
    }


def _refund_of(release_id: object) -> dict[str, object]:
    """What the release of the case gives back, and who has asked for and approved it."""
    if not release_id:
        return {"refund_due_fen": 0, "refund_formula": None, "refund_asked_by": None, "refund_approved_by": None}
    number = int(str(release_id))
    due = reckon_refund_of_release(number)
    refund = queries.find_refund(source_of_release(number))
    return {
        "refund_due_fen": refund.amount_fen if refund else due.amount_fen,
        "refund_formula": refund.formula if refund else due.formula,
        "refund_asked_by": refund.asked_by if refund else None,
        "refund_approved_by": refund.approved_by if refund else None,
    }
