"""Options of selects."""

from app.business.products import queries
from app.business.products.models import BusinessLine
from app.core import clock
from app.core.money import show_wan
from app.workflow.registry import Choice, ChoiceContext, choices


@choices("products.active_direct", label="直保产品")
def active_direct(ctx: ChoiceContext) -> list[Choice]:
    """Direct-guarantee products offered today, with their ceiling."""
    products = queries.active_products(BusinessLine.DIRECT, clock.today())
    return [Choice(str(p.id), f"{p.name}（最高 {show_wan(p.max_amount_fen)} 万元）") for p in products]


@choices("products.schemes", label="风险分担方案")
def schemes(ctx: ChoiceContext) -> list[Choice]:
    """Schemes that may be chosen today."""
    return [Choice(str(s.id), s.name) for s in queries.active_schemes(clock.today())]
