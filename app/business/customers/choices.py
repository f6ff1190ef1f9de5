"""Options of selects."""

from app.business.customers import queries
from app.core.identifiers import mask_id
from app.workflow.registry import Choice, ChoiceContext, choices


@choices("customers.active", label="客户")
def active(ctx: ChoiceContext) -> list[Choice]:
    """Customers new business may be done with; the identity number is masked."""
    return [Choice(str(key), f"{name}（{mask_id(number)}）") for key, name, number in queries.list_active()]
