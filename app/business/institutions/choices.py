"""Options of selects."""

from app.business.institutions import queries
from app.core import clock
from app.workflow.registry import Choice, ChoiceContext, choices


@choices("institutions.banks", label="合作银行")
def banks(ctx: ChoiceContext) -> list[Choice]:
    """Admitted banks and branches."""
    return [Choice(str(bank.id), bank.name) for bank in queries.admitted_banks(clock.today())]
