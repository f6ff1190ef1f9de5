"""The text of contracts as Word documents, one for each contract of the set. Source: domain processes §8.3."""

from app.business.committee import queries as committee
from app.business.contracts import queries
from app.business.contracts.choices import CONTRACT_WORDS, COUNTER_WORDS
from app.business.contracts.models import Contract, PartyRole
from app.business.contracts.operations.drafting import COUNTER_TEMPLATES, TEMPLATES
from app.business.projects import queries as projects
from app.business.projects.models import Project
from app.core.money import in_words, show_percent, show_yuan
from app.workflow.registry import Writing, WritingContext, writings


@writings("contracts.set", label="合同文本", templates=(*TEMPLATES.values(), *COUNTER_TEMPLATES.values()))
def contract_set(ctx: WritingContext) -> list[Writing]:
    """Every live contract of the project in the template it was drafted with.

    Roots: ``contract`` (number, kind, amount, amount_in_words, start, end, nonstandard), ``main`` (the entrust
    contract's number), ``debtor``, ``guarantor``, ``creditor``, ``provider`` (name, id_number; empty where the
    contract knows no such party), ``loan``, ``fee``, ``conditions``, ``security``.
    """
    project_id = ctx.data.get("project_id")
    if not project_id:
        return []
    project = projects.get_project(int(str(project_id)))
    contracts = queries.live_contracts(project.id)
    return [_writing(contract, contracts, project) for contract in contracts]


def _writing(contract: Contract, contracts: list[Contract], project: Project) -> Writing:
    main = next((one for one in contracts if one.id == contract.main_contract_id), contract)
    values = {
        "contract": _contract(contract),
        "main": {"number": main.contract_no, "signed_on": main.signed_on},
        "debtor": _party(contract, PartyRole.DEBTOR) or _of_customer(project),
        "guarantor": _party(contract, PartyRole.GUARANTOR),
        "creditor": _party(contract, PartyRole.CREDITOR) or _of_bank(project),
        "provider": _party(contract, PartyRole.PROVIDER),
        "loan": {
            "amount": show_yuan(project.loan_amount_fen),
            "amount_in_words": in_words(project.loan_amount_fen),
            "term_months": project.term_months,
            "purpose": project.purpose,
            "repayment": project.repayment_source,
            "ratio": f"{project.guarantee_ratio_pct.normalize():f}%",
        },
        "fee": {"rate": show_percent(project.fee_rate)},
        "conditions": _conditions(project),
        "security": _security(contract),
    }
    name = f"{CONTRACT_WORDS[contract.kind]} {contract.contract_no}"
    return Writing(contract.template, name, values, "contract", contract.id)


def _contract(contract: Contract) -> dict[str, object]:
    return {
        "number": contract.contract_no,
        "kind": CONTRACT_WORDS[contract.kind],
        "amount": show_yuan(contract.amount_fen),
        "amount_in_words": in_words(contract.amount_fen),
        "start": contract.start_date,
        "end": contract.end_date,
        "nonstandard": contract.nonstandard_note if contract.is_nonstandard else "",
    }


def _party(contract: Contract, role: PartyRole) -> dict[str, object]:
    party = next((one for one in contract.parties if one.role is role), None)
    return {"name": party.name, "id_number": party.id_number or ""} if party else {}


def _of_customer(project: Project) -> dict[str, object]:
    return {"name": project.customer.name, "id_number": project.customer.id_number}


def _of_bank(project: Project) -> dict[str, object]:
    return {"name": project.creditor.name if project.creditor else "", "id_number": ""}


def _conditions(project: Project) -> list[dict[str, object]]:
    resolution = committee.issued_resolution(project.id)
    return [{"number": row.seq, "text": row.text} for row in (resolution.conditions if resolution else ())]


def _security(contract: Contract) -> dict[str, object]:
    behind = contract.counter_guarantee
    if behind is None:
        return {}
    return {"kind": COUNTER_WORDS[behind.kind], "description": behind.description, "is_joint": behind.is_joint}
