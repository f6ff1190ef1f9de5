"""Facts of the ledger room for FEEL: exposure and authority from the application on, and the ledger itself."""

from collections.abc import Mapping
from decimal import Decimal

from app.business.ledger import queries
from app.business.ledger.exposure import exposure_of, item_amount_fen
from app.business.projects import queries as projects
from app.business.projects.models import Project, ProjectStatus
from app.core import clock
from app.core.money import Ratio
from app.workflow import checks
from app.workflow.registry import dataset

CLAIMED = frozenset({ProjectStatus.COMPENSATED, ProjectStatus.IN_RECOVERY})


def _project(data: Mapping[str, object]) -> Project | None:
    project_id = data.get("project_id")
    return projects.get_project(int(str(project_id))) if project_id else None


def _decimal(ratio: Ratio) -> Decimal | None:
    """Exact to 28 digits; None without capital to divide by."""
    return Decimal(ratio.numerator_fen) / Decimal(ratio.denominator_fen) if ratio.is_defined else None


@dataset("exposure", label="集中度与放大倍数")
def exposure_facts(data: Mapping[str, object]) -> Mapping[str, object] | None:
    """What we carry for the customer, its group and all together, this item included."""
    project = _project(data)
    if project is None:
        return None
    exposure = exposure_of(project, on=clock.today())
    return {
        "net_assets_fen": exposure.capital.net_assets_fen,
        "own_exposure_fen": exposure.own_exposure_fen,
        "concentration_single": _decimal(exposure.single.ratio),
        "concentration_group": _decimal(exposure.group.ratio),
        "leverage_after": _decimal(exposure.leverage.ratio),
        "single_limit": exposure.single.limit,
        "group_limit": exposure.group.limit,
        "leverage_limit": exposure.leverage.limit,
        "single_level": exposure.single.level.value,
        "group_level": exposure.group.level.value,
        "leverage_level": exposure.leverage.level.value,
        "has_capital": exposure.capital.counted_fen > 0,
    }


@dataset("authority", label="审批权限")
def authority_facts(data: Mapping[str, object]) -> Mapping[str, object] | None:
    """What the authority matrix asks: the item's amount, exposure, and whether anything is out of the ordinary."""
    project = _project(data)
    if project is None:
        return None
    exposure = exposure_of(project, on=clock.today())
    results = checks.queries.list_results(project.process_instance_id)
    return {
        "amount_fen": item_amount_fen(project),
        "exposure_fen": exposure.own_exposure_fen,
        "net_assets_fen": exposure.capital.net_assets_fen,
        "related_party": project.customer.is_related_party,
        "has_open_findings": any(r.severity in {"BLOCK", "WARN"} and r.overridden_by is None for r in results),
        "standard_product": project.product.is_standard,
    }


@dataset("ledger", label="在保台账")
def ledger_facts(data: Mapping[str, object]) -> Mapping[str, object] | None:
    """What stands in the ledger; ``open_claims`` counts a compensation that has not been settled."""
    project = _project(data)
    if project is None:
        return None
    return {
        "outstanding_fen": project.outstanding_fen,
        "own_outstanding_fen": project.own_outstanding_fen,
        "disbursed_fen": project.disbursed_amount_fen,
        "entries": len(queries.entries_of(project.id)),
        "open_claims": 1 if project.status in CLAIMED else 0,
        "is_overdue": project.status is ProjectStatus.OVERDUE,
    }
