"""Facts of the products room for FEEL."""

from collections.abc import Mapping

from app.business.products import queries
from app.workflow.registry import dataset


@dataset("product", label="产品")
def product_facts(data: Mapping[str, object]) -> Mapping[str, object] | None:
    """Limits of the product of the form being filled in, else of the process."""
    form = data.get("form")
    chosen = (form.get("product_id") if isinstance(form, Mapping) else None) or data.get("product_id")
    if not chosen:
        return None
    product = queries.get_product(int(str(chosen)))
    return {
        "id": product.id,
        "name": product.name,
        "min_fen": product.min_amount_fen,
        "max_fen": product.max_amount_fen,
        "max_term_months": product.max_term_months,
        "fee_rate_min": product.min_fee_rate,
        "fee_rate_max": product.max_fee_rate,
        "is_standard": product.is_standard,
    }
