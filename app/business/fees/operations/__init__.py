"""The verbs of the fees room: what is due, what came in, what is let off, what goes back."""

from app.business.fees.operations.depositing import (
    Moved,
    offset_fees,
    receive_deposit,
    return_deposit,
    source_of_offset,
    use_deposit,
)
from app.business.fees.operations.invoicing import Invoice, record_invoice, void_invoice
from app.business.fees.operations.planning import (
    cancel_unpaid,
    create_plan,
    end_plan,
    issue_notice,
    remind,
    require_settled,
)
from app.business.fees.operations.receiving import Receipt, allocate, record_receipt
from app.business.fees.operations.refunding import (
    approve_refund,
    ask_refund,
    ask_refund_of_overpaid,
    ask_refund_of_release,
    pay_refund,
    reckon_refund_of_release,
    renounce_refund,
    source_of_release,
    withdraw_refund,
)
from app.business.fees.operations.reversing import ask_reversal, decide_reversal
from app.business.fees.operations.waiving import apply_waiver, ask_waiver, record_gm_opinion, record_risk_opinion

__all__ = [
    "Invoice",
    "Moved",
    "Receipt",
    "allocate",
    "apply_waiver",
    "approve_refund",
    "ask_refund",
    "ask_refund_of_overpaid",
    "ask_refund_of_release",
    "ask_reversal",
    "ask_waiver",
    "cancel_unpaid",
    "create_plan",
    "decide_reversal",
    "end_plan",
    "issue_notice",
    "offset_fees",
    "pay_refund",
    "receive_deposit",
    "reckon_refund_of_release",
    "record_gm_opinion",
    "record_invoice",
    "record_receipt",
    "record_risk_opinion",
    "remind",
    "renounce_refund",
    "require_settled",
    "return_deposit",
    "source_of_offset",
    "source_of_release",
    "use_deposit",
    "void_invoice",
    "withdraw_refund",
]
