"""Signing, sealing, coming into effect, voiding. Source: domain processes §8.3; entities §6."""

from collections.abc import Mapping, Sequence
from datetime import date

from app.business.contracts import queries
from app.business.contracts.errors import ContractsNotReady
from app.business.contracts.models import (
    Contract,
    CounterStatus,
    PartyRole,
    SealKind,
    SealRecord,
    SignMode,
)
from app.business.contracts.operations.drafting import (
    approval_of,
    contract_terms,
    require_resolution,
    set_at,
)
from app.business.contracts.operations.voiding import void
from app.business.contracts.papers import link_papers
from app.business.contracts.rules import (
    BINDING,
    Agreed,
    ContractKind,
    ContractStatus,
    Identity,
    agreement_findings,
    date_findings,
    guaranteed_fen,
    party_findings,
    require_within_approval,
)
from app.business.projects import operations as projects
from app.business.projects import queries as project_queries
from app.business.projects.models import Project, ProjectStatus
from app.core import clock
from app.core.db import db
from app.core.errors import Finding, Invalid
from app.core.i18n import _
from app.core.tenancy import Actor
from app.support import audit

ROLE_WORDS = {
    "债务人": PartyRole.DEBTOR,
    "担保人": PartyRole.GUARANTOR,
    "债权人": PartyRole.CREDITOR,
    "反担保人": PartyRole.PROVIDER,
}


def sign_set(
    project_id: int,
    *,
    signed_on: date,
    sign_mode: SignMode,
    signers: Mapping[str, str],
    papers: Sequence[object] = (),
    actor: Actor,
) -> Sequence[Contract]:
    """Record that all parties have signed.

    :param signers: who signed, by the party's name (or 债务人, 担保人, 债权人, 反担保人).
    :raises Invalid: outside the approval, the debtor's name has changed since, or an unknown party.
    :raises ContractsNotReady: not approved by legal.
    """
    project, contracts = set_at(project_id, ContractStatus.APPROVED, "法务审查")
    resolution = require_resolution(project)
    findings = [
        *date_findings(
            signed_on,
            contracts[0].start_date,
            contracts[0].end_date,
            approval_of(resolution),
            contract_terms(signed_on),
        ),
        *_name_findings(project, contracts),
        *_signer_findings(contracts, signers),
    ]
    if findings:
        raise Invalid(findings)
    for contract in contracts:
        contract.signed_on, contract.sign_mode, contract.status = signed_on, sign_mode, ContractStatus.SIGNED
        for party in contract.parties:
            party.signer = _signer_of(party.name, party.role, signers)
        link_papers(papers, "contract", contract.id, actor=actor)
    db.session.flush()
    audit.record(actor, "contracts.set.signed", project, signed_on=signed_on.isoformat())
    return contracts


def _name_findings(project: Project, contracts: Sequence[Contract]) -> list[Finding]:
    """X1: names equal the customer's registered name at signing."""
    customer = Identity(project.customer.name, project.customer.id_number)
    written = {
        contract.contract_no: Identity(party.name, party.id_number or "")
        for contract in contracts
        for party in contract.parties
        if party.role is PartyRole.DEBTOR
    }
    return party_findings(customer, written)


def _signer_findings(contracts: Sequence[Contract], signers: Mapping[str, str]) -> list[Finding]:
    known = {party.name for contract in contracts for party in contract.parties} | ROLE_WORDS.keys()
    return [
        Finding("contracts.signer.unknown_party", _("合同当事人中没有「%(name)s」", name=name), field="signers")
        for name in signers
        if name not in known
    ]


def _signer_of(name: str, role: PartyRole, signers: Mapping[str, str]) -> str:
    word = next(word for word, meant in ROLE_WORDS.items() if meant is role)
    return signers.get(name) or signers.get(word) or ""


def record_seal(
    project_id: int,
    *,
    purpose: str,
    seal_kind: SealKind,
    copies: int,
    sealed_on: date,
    task_key: str,
    actor: Actor,
) -> SealRecord:
    """Record a use of a seal; the same task corrects its own record."""
    record = queries.find_seal(task_key) or SealRecord(project_id=project_id, task_key=task_key)
    record.purpose, record.seal_kind, record.copies = purpose, seal_kind, copies
    record.sealed_on, record.keeper_id = sealed_on, actor.user_id
    db.session.add(record)
    db.session.flush()
    audit.record(actor, "contracts.seal.used", record, purpose=purpose, copies=copies)
    return record


def seal_set(
    project_id: int, *, seal_kind: SealKind, copies: int, sealed_on: date, task_key: str, actor: Actor
) -> SealRecord:
    """Seal the signed contracts. :raises ContractsNotReady: not signed. :raises Invalid: sealed before signing."""
    _project, contracts = set_at(project_id, ContractStatus.SIGNED, "签署")
    if any(contract.signed_on is not None and sealed_on < contract.signed_on for contract in contracts):
        raise Invalid.of("sealed_on", _("用印日期不能早于签署日期"), "contracts.seal.before_signing")
    record = record_seal(
        project_id,
        purpose="CONTRACTS",
        seal_kind=seal_kind,
        copies=copies,
        sealed_on=sealed_on,
        task_key=task_key,
        actor=actor,
    )
    for contract in contracts:
        contract.seal_record_id = record.id
    db.session.flush()
    return record


def make_effective(project_id: int, *, actor: Actor) -> int:
    """The signed and sealed set comes into effect; the project is CONTRACTED with its amounts and dates.

    Called again it changes nothing. Returns the guaranteed amount in fen.

    :raises ContractsExceedApproval: more than approved. :raises Invalid: differs from what was resolved (X5–X7).
    """
    bound = queries.live_contracts(project_id)
    if bound and all(contract.status in BINDING for contract in bound):
        return guaranteed_fen(queries.amounts_of(bound))
    project, contracts = set_at(project_id, ContractStatus.SIGNED, "签署")
    if any(contract.seal_record_id is None for contract in contracts):
        raise ContractsNotReady(needed=_("用印"))
    resolution = require_resolution(project)
    guarantee = next(c for c in contracts if c.kind is ContractKind.GUARANTEE)
    require_within_approval((), guarantee.amount_fen, resolution.amount_fen)
    if findings := _agreement(project, guarantee, resolution.risk_share_scheme_id):
        raise Invalid(findings)
    for contract in contracts:
        contract.status, contract.effective_at = ContractStatus.EFFECTIVE, clock.now()
        behind = contract.counter_guarantee
        if behind is not None and behind.status is CounterStatus.PROPOSED:
            behind.status = CounterStatus.SIGNED
    project.contract_amount_fen = guarantee.amount_fen
    project.start_date, project.end_date = guarantee.start_date, guarantee.end_date
    projects.move(project, ProjectStatus.CONTRACTED, actor=actor, reason="合同生效")
    audit.record(actor, "contracts.set.effective", project, guarantee_fen=guarantee.amount_fen)
    return guarantee.amount_fen


def _agreement(project: Project, guarantee: Contract, resolved_scheme_id: int) -> list[Finding]:
    mandatory = (c.id for c in queries.list_counter_guarantees(project.id) if c.is_mandatory)
    resolved = Agreed(resolved_scheme_id, project.creditor_id or 0, frozenset(mandatory))
    signed = Agreed(
        guarantee.risk_share_scheme_id or 0,
        guarantee.creditor_id or 0,
        queries.contracted_counter_ids(project.id),
    )
    return agreement_findings(resolved, signed)


def void_contract(contract_id: int, *, reason: str, originals_returned: bool, actor: Actor) -> Contract:
    """Void one contract; nothing may have been paid out under it.

    :raises ContractsNotReady: money has flowed. :raises ContractTransitionNotAllowed: void already.
    """
    project = project_queries.lock_project(queries.get_contract(contract_id).project_id)
    contract = queries.get_contract(contract_id)
    if project.disbursed_amount_fen:
        raise ContractsNotReady(needed=_("解保（已放款的合同不能作废）"))
    void(contract, reason=reason, originals_returned=originals_returned, actor=actor)
    left_fen = guaranteed_fen(queries.amounts_of(queries.live_contracts(project.id)))
    project.contract_amount_fen = left_fen or None
    db.session.flush()
    return contract
