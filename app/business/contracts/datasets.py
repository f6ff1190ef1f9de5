"""Facts of the contracts room for FEEL."""

from collections.abc import Mapping
from datetime import date, timedelta

from app.business.contracts import queries
from app.business.contracts.models import Contract
from app.business.contracts.rules import ContractKind, ContractTerms, guaranteed_fen
from app.business.contracts.terms import read_terms
from app.business.projects import queries as projects
from app.core import clock
from app.core.dates import add_months
from app.workflow.registry import dataset


@dataset("contracts", label="合同与反担保")
def contract_facts(data: Mapping[str, object]) -> Mapping[str, object] | None:
    """The project's live set of contracts and what stands behind it; amounts None before they are drafted.

    ``latest_end``: the last day the approved term allows from the set's start. ``security_until``: what secures
    us must hold until then. ``names_match``, ``bank_matches``: True as long as nothing is written otherwise.
    """
    project_id = data.get("project_id")
    if not project_id:
        return None
    project = projects.get_project(int(str(project_id)))
    live = queries.live_contracts(project.id)
    counters = queries.list_counter_guarantees(project.id)
    contracted = queries.contracted_counter_ids(project.id)
    guarantee = _one(live, ContractKind.GUARANTEE)
    entrust = _one(live, ContractKind.ENTRUST)
    terms = read_terms(ContractTerms, "contracts.terms", on=clock.today())
    end_on = guarantee.end_date if guarantee else None
    security_until = end_on + timedelta(days=terms.security_days_after_end) if end_on else None
    return {
        "drafted": bool(live),
        "entrust_fen": entrust.amount_fen if entrust else None,
        "guarantee_fen": guarantee.amount_fen if guarantee else None,
        "effective_guarantee_fen": guaranteed_fen(queries.amounts_of(live)),
        "names_match": all(queries.debtor_name_on(c) in {None, project.customer.name} for c in live),
        "bank_matches": guarantee is None or guarantee.creditor_id == project.creditor_id,
        "missing_mandatory_counter": (
            sum(c.is_mandatory and c.id not in contracted for c in counters)
            if counters
            else len(project.proposed_counter_guarantees)
        ),
        "unregistered_mandatory": sum(c.is_mandatory and not c.is_secured for c in counters),
        "short_securities": sum(_is_short([c.expires_on, c.insurance_until], security_until) for c in counters),
        "security_until": security_until,
        "latest_end": _latest_end(guarantee, project.term_months, terms),
        "start_on": guarantee.start_date if guarantee else None,
        "end_on": end_on,
        "signed_on": guarantee.signed_on if guarantee else None,
        "all_sealed": bool(live) and all(c.seal_record_id for c in live),
        "drafted_by": guarantee.drafted_by if guarantee else None,
    }


def _one(contracts: list[Contract], kind: ContractKind) -> Contract | None:
    return next((contract for contract in contracts if contract.kind is kind), None)


def _latest_end(guarantee: Contract | None, term_months: int, terms: ContractTerms) -> date | None:
    if guarantee is None:
        return None
    return add_months(guarantee.start_date, term_months) + timedelta(days=terms.term_tolerance_days)


def _is_short(days: list[date | None], needed: date | None) -> bool:
    return needed is not None and any(day is not None and day < needed for day in days)
