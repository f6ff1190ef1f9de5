"""Drafting a project's set of contracts and reviewing it. Source: domain processes §8.3; entities §6."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.business.committee import queries as committee
from app.business.committee.models import Resolution
from app.business.contracts import queries
from app.business.contracts.errors import (
    ContractsNotReady,
    NoContractSet,
    NoResolution,
    OwnCompanyMissing,
    UnknownCounterGuarantee,
)
from app.business.contracts.models import Contract, ContractParty, CounterGuarantee, CounterKind, PartyRole
from app.business.contracts.operations.securing import propose_counter_guarantees
from app.business.contracts.operations.voiding import void
from app.business.contracts.rules import (
    Approval,
    ContractKind,
    ContractStatus,
    ContractTerms,
    date_findings,
    entrust_findings,
    require_other_person,
    require_transition,
    require_within_approval,
)
from app.business.contracts.terms import read_terms
from app.business.institutions.models import Institution, InstitutionKind
from app.business.projects import operations as projects
from app.business.projects import queries as project_queries
from app.business.projects.models import Project, ProjectStatus
from app.business.projects.rules import require_valid_approval
from app.core import clock
from app.core.db import db
from app.core.errors import Finding, Invalid
from app.core.i18n import _
from app.core.tenancy import Actor
from app.support import audit
from app.support.numbering import next_number

NUMBER_PREFIX = {
    ContractKind.ENTRUST: "WT",
    ContractKind.GUARANTEE: "BZ",
    ContractKind.COUNTER_ASSURANCE: "FB",
    ContractKind.COUNTER_MORTGAGE: "FD",
    ContractKind.COUNTER_PLEDGE: "FZ",
}
TEMPLATES = {
    ContractKind.ENTRUST: "contracts/entrust",
    ContractKind.GUARANTEE: "contracts/guarantee",
}
COUNTER_TEMPLATES = {
    ContractKind.COUNTER_ASSURANCE: "contracts/counter_assurance",
    ContractKind.COUNTER_MORTGAGE: "contracts/counter_mortgage",
    ContractKind.COUNTER_PLEDGE: "contracts/counter_pledge",
}

_Key = tuple[ContractKind, int | None]


@dataclass(frozen=True, slots=True)
class CounterDraft:
    """A counter-guarantee contract to draw up."""

    kind: ContractKind
    counter_guarantee_id: int
    party_name: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Draft:
    """The set of contracts as entered; a note makes it non-standard."""

    entrust_fen: int
    guarantee_fen: int
    start: date
    end: date
    counters: Sequence[CounterDraft] = ()
    is_nonstandard: bool = False
    nonstandard_note: str = ""


def draft_set(project_id: int, draft: Draft, *, actor: Actor) -> list[Contract]:
    """Draw up the entrust, guarantee and counter-guarantee contracts, or draw them up anew.

    A contract of the former draft keeps its number; one that is no longer wanted is voided.

    :raises NoResolution, ApprovalExpired: nothing valid was resolved.
    :raises Invalid: amounts or dates do not fit.
    :raises ContractsExceedApproval: more than was approved. :raises ContractTransitionNotAllowed: signed already.
    """
    project = project_queries.lock_project(project_id)
    resolution = require_resolution(project)
    counters = {row.id: row for row in propose_counter_guarantees(project)}
    former = {_key(contract): contract for contract in queries.live_set(project_id)}
    for contract in former.values():
        if contract.status is not ContractStatus.DRAFT:
            require_transition(contract.status, ContractStatus.DRAFT)
    _require_fit(draft, counters, resolution)
    require_within_approval((), draft.guarantee_fen, resolution.amount_fen)

    wanted = _wanted(draft)
    for key in former.keys() - wanted.keys():
        void(former[key], reason="重新拟定合同时取消", originals_returned=False, actor=actor)
    contracts = []
    for key, amount_fen in sorted(wanted.items(), key=lambda item: (item[0][0].value, item[0][1] or 0)):
        contract = former.get(key) or _numbered(key, project)
        _fill(contract, amount_fen, draft, project, resolution, actor)
        contracts.append(contract)
    db.session.flush()
    _write_parties(contracts, draft, project)
    if project.status is ProjectStatus.APPROVED:
        projects.move(project, ProjectStatus.CONTRACTING, actor=actor, reason="拟定合同")
    audit.record(actor, "contracts.set.drafted", project, numbers=[c.contract_no for c in contracts])
    return contracts


def require_resolution(project: Project) -> Resolution:
    """The resolution in force, not past its last day. :raises NoResolution, ApprovalExpired:"""
    resolution = committee.issued_resolution(project.id)
    if resolution is None or resolution.valid_to is None or resolution.issued_at is None:
        raise NoResolution(project_no=project.project_no)
    require_valid_approval(resolution.valid_to, clock.today())
    return resolution


def approval_of(resolution: Resolution) -> Approval:
    """What the contracts' dates must stay within."""
    if resolution.issued_at is None or resolution.valid_to is None:
        raise NoResolution(project_no="")
    return Approval(clock.business_day(resolution.issued_at), resolution.valid_to, resolution.term_months)


def contract_terms(on: date) -> ContractTerms:
    """Tolerances of contracts on a day."""
    return read_terms(ContractTerms, "contracts.terms", on=on)


def _require_fit(draft: Draft, counters: dict[int, CounterGuarantee], resolution: Resolution) -> None:
    today = clock.today()
    findings = entrust_findings(draft.entrust_fen, draft.guarantee_fen)
    findings += date_findings(today, draft.start, draft.end, approval_of(resolution), contract_terms(today))
    for row, counter in enumerate(draft.counters):
        behind = counters.get(counter.counter_guarantee_id)
        if behind is None:
            raise UnknownCounterGuarantee
        if behind.kind is not CounterKind.OTHER and behind.kind.contract_kind is not counter.kind:
            message = _("合同类型与反担保措施不符")
            findings.append(
                Finding("contracts.counter_guarantee.kind_differs", message, field=f"counter_contracts.{row}.kind")
            )
    if findings:
        raise Invalid(findings)


def _wanted(draft: Draft) -> dict[_Key, int]:
    wanted: dict[_Key, int] = {
        (ContractKind.ENTRUST, None): draft.entrust_fen,
        (ContractKind.GUARANTEE, None): draft.guarantee_fen,
    }
    return wanted | {(c.kind, c.counter_guarantee_id): c.amount_fen for c in draft.counters}


def _key(contract: Contract) -> _Key:
    return contract.kind, contract.counter_guarantee_id


def _numbered(key: _Key, project: Project) -> Contract:
    kind, counter_guarantee_id = key
    today = clock.today()
    return Contract(
        contract_no=next_number(
            f"contracts.{kind.value}.{today:%Y}", NUMBER_PREFIX[kind] + "{y}{seq:05d}", on=today
        ),
        kind=kind,
        project_id=project.id,
        counter_guarantee_id=counter_guarantee_id,
    )


def _fill(
    contract: Contract, amount_fen: int, draft: Draft, project: Project, resolution: Resolution, actor: Actor
) -> None:
    is_main = contract.counter_guarantee_id is None
    contract.template = (TEMPLATES if is_main else COUNTER_TEMPLATES)[contract.kind]
    contract.amount_fen, contract.start_date, contract.end_date = amount_fen, draft.start, draft.end
    contract.creditor_id = project.creditor_id if contract.kind is ContractKind.GUARANTEE else None
    contract.risk_share_scheme_id = resolution.risk_share_scheme_id if is_main else None
    contract.is_nonstandard, contract.nonstandard_note = draft.is_nonstandard, draft.nonstandard_note
    contract.drafted_by, contract.reviewed_by, contract.nonstandard_by = actor.user_id, None, None
    contract.review_opinion, contract.status = "", ContractStatus.REVIEWING
    db.session.add(contract)


def _write_parties(contracts: Sequence[Contract], draft: Draft, project: Project) -> None:
    names = {c.counter_guarantee_id: c.party_name for c in draft.counters}
    entrust = next(c for c in contracts if c.kind is ContractKind.ENTRUST)
    ours = _own_company_name()
    for contract in contracts:
        contract.main_contract_id = None if contract is entrust else entrust.id
        contract.parties.clear()
        db.session.flush()
        parties = _parties_of(contract, names, ours, project)
        contract.parties.extend(
            ContractParty(order_no=order, role=role, name=name, id_number=number)
            for order, (role, name, number) in enumerate(parties, start=1)
        )
    db.session.flush()


def _parties_of(
    contract: Contract, names: dict[int, str], ours: str, project: Project
) -> list[tuple[PartyRole, str, str | None]]:
    guarantor = (PartyRole.GUARANTOR, ours, None)
    debtor = (PartyRole.DEBTOR, project.customer.name, project.customer.id_number)
    if contract.counter_guarantee_id is not None:
        return [(PartyRole.PROVIDER, names[contract.counter_guarantee_id], None), guarantor]
    if contract.kind is ContractKind.ENTRUST:
        return [debtor, guarantor]
    bank = project.creditor.name if project.creditor else ""
    return [guarantor, (PartyRole.CREDITOR, bank, None), debtor]


def _own_company_name() -> str:
    name = db.session.scalar(select(Institution.name).where(Institution.kind == InstitutionKind.OWN_COMPANY))
    if name is None:
        raise OwnCompanyMissing
    return name


# ------------------------------------------------------------------ review


def set_at(project_id: int, status: ContractStatus, needed: str) -> tuple[Project, Sequence[Contract]]:
    """The locked project and its contracts, all in that status.

    :raises NoContractSet: nothing drafted. :raises ContractsNotReady: one is elsewhere.
    """
    project = project_queries.lock_project(project_id)
    contracts = queries.live_set(project_id)
    if not contracts:
        raise NoContractSet(project_no=project.project_no)
    if any(contract.status is not status for contract in contracts):
        raise ContractsNotReady(needed=_(needed))
    return project, contracts


def record_legal_review(project_id: int, *, agrees: bool, opinion: str, actor: Actor) -> None:
    """Legal agrees with the set or sends it back; non-standard clauses then wait for the general manager.

    :raises SameMakerAndChecker: the drafter reviews.
    """
    project, contracts = set_at(project_id, ContractStatus.REVIEWING, "拟定")
    for contract in contracts:
        require_other_person(contract.drafted_by or 0, actor.user_id or 0)
        contract.reviewed_by, contract.review_opinion = actor.user_id, opinion
        if not agrees:
            contract.status = ContractStatus.DRAFT
        elif not contract.is_nonstandard:
            contract.status = ContractStatus.APPROVED
    db.session.flush()
    audit.record(actor, "contracts.set.reviewed", project, agrees=agrees)


def record_nonstandard(project_id: int, *, agrees: bool, opinion: str, actor: Actor) -> None:
    """The general manager decides on clauses that differ from the standard text.

    :raises SameMakerAndChecker: the drafter decides. :raises ContractsNotReady: legal has not agreed yet.
    """
    project, contracts = set_at(project_id, ContractStatus.REVIEWING, "法务审查")
    for contract in contracts:
        require_other_person(contract.drafted_by or 0, actor.user_id or 0)
        if contract.reviewed_by is None:
            raise ContractsNotReady(needed=_("法务审查"))
        contract.nonstandard_by = actor.user_id
        contract.status = ContractStatus.APPROVED if agrees else ContractStatus.DRAFT
    db.session.flush()
    audit.record(actor, "contracts.nonstandard.decided", project, agrees=agrees, opinion=opinion)
