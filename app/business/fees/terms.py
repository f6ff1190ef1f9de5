"""The figures of the fee rules as business parameters valid on a day."""

from datetime import date
from decimal import Decimal

from app.business.fees.rules import FeeTerms, RefundTerms
from app.business.products.queries import parameter_value


def fee_terms(on: date) -> FeeTerms:
    """Floors and bases valid on a day. :raises ParameterMissing: one was set, but not for that day."""
    return FeeTerms(
        min_fee_fen=int(parameter_value("fee.min_fen", on=on)),
        min_letter_fee_fen=int(parameter_value("fee.min_letter_fen", on=on)),
        letter_period_days=int(parameter_value("fee.letter_period_days", on=on)),
        year_days=int(parameter_value("fee.year_days", on=on)),
        policy_rate=Decimal(str(parameter_value("fee.policy_rate", on=on))),
    )


def refund_terms(on: date) -> RefundTerms:
    """What goes back of an unused fee, valid on the release day."""
    return RefundTerms(
        min_days_left=int(parameter_value("refund.min_days_left", on=on)),
        factor=Decimal(str(parameter_value("refund.factor", on=on))),
    )


def due_days(on: date) -> int:
    """Calendar days a customer has to pay after the plan was made."""
    return int(parameter_value("fee.due_days", on=on))
