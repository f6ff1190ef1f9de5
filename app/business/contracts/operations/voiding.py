"""Voiding a contract 合同作废. Source: domain entities §6; domain processes §8.3."""

from app.business.contracts.models import Contract, ContractVoid
from app.business.contracts.rules import ContractStatus, require_transition
from app.core.db import db
from app.core.tenancy import Actor
from app.support import audit


def void(contract: Contract, *, reason: str, originals_returned: bool, actor: Actor) -> None:
    """Void a contract with its form; its number stays taken.

    :raises ContractTransitionNotAllowed: it is void or terminated already.
    """
    require_transition(contract.status, ContractStatus.VOID)
    form = ContractVoid(reason=reason, originals_returned=originals_returned, voided_by=actor.user_id)
    db.session.add(form)
    db.session.flush()
    contract.void_id, contract.status = form.id, ContractStatus.VOID
    db.session.flush()
    audit.record(actor, "contracts.contract.voided", contract, contract_no=contract.contract_no, reason=reason)
