"""Reading contracts, counter-guarantees, seals and the archive."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from app.business.contracts.models import ArchiveFile, Contract, CounterGuarantee, PartyRole, SealRecord
from app.business.contracts.rules import BINDING, ContractAmount, ContractKind, ContractStatus
from app.core.db import db, locked
from app.core.errors import NotFound

GONE = frozenset({ContractStatus.VOID, ContractStatus.TERMINATED})
"""Contracts in these no longer count."""


def get_contract(contract_id: int) -> Contract:
    """One contract. :raises NotFound:"""
    contract = db.session.get(Contract, contract_id)
    if contract is None:
        raise NotFound
    return contract


def live_set(project_id: int) -> Sequence[Contract]:
    """The contracts of a project that count, by number, locked until the end of the unit of work."""
    return db.session.scalars(
        locked(
            select(Contract)
            .where(Contract.project_id == project_id, Contract.status.not_in(GONE))
            .order_by(Contract.id)
        )
    ).all()


def list_contracts(project_id: int) -> Sequence[Contract]:
    """All contracts of a project, voided ones included, by number."""
    return db.session.scalars(
        select(Contract).where(Contract.project_id == project_id).order_by(Contract.contract_no)
    ).all()


def live_contracts(project_id: int) -> list[Contract]:
    """The contracts of a project that count, by number."""
    return [contract for contract in list_contracts(project_id) if contract.status not in GONE]


def amounts_of(contracts: Sequence[Contract]) -> list[ContractAmount]:
    """What amount rules need."""
    return [ContractAmount(c.kind, c.status, c.amount_fen) for c in contracts]


def binding_guarantees(project_id: int) -> list[Contract]:
    """Guarantee contracts of a project that bind us."""
    return [c for c in live_contracts(project_id) if c.kind is ContractKind.GUARANTEE and c.status in BINDING]


def guarantee_end(project_id: int) -> date | None:
    """The last day of the binding guarantee; None before there is one."""
    return max((c.end_date for c in binding_guarantees(project_id)), default=None)


def debtor_name_on(contract: Contract) -> str | None:
    """How the debtor is written in a contract."""
    return next((p.name for p in contract.parties if p.role is PartyRole.DEBTOR), None)


def list_counter_guarantees(project_id: int) -> Sequence[CounterGuarantee]:
    """Counter-guarantees of a project in order."""
    return db.session.scalars(
        select(CounterGuarantee).where(CounterGuarantee.project_id == project_id).order_by(CounterGuarantee.seq)
    ).all()


def contracted_counter_ids(project_id: int) -> frozenset[int]:
    """Counter-guarantees a live contract has been drawn up for."""
    return frozenset(c.counter_guarantee_id for c in live_contracts(project_id) if c.counter_guarantee_id)


def find_seal(task_key: str) -> SealRecord | None:
    """The seal record a task wrote."""
    return db.session.scalar(select(SealRecord).where(SealRecord.task_key == task_key))


def find_archive(project_id: int) -> ArchiveFile | None:
    """The paper file of a project."""
    return db.session.scalar(select(ArchiveFile).where(ArchiveFile.project_id == project_id))


def list_seals(project_id: int) -> Sequence[SealRecord]:
    """Every use of a seal for a project, newest first."""
    return db.session.scalars(
        select(SealRecord)
        .where(SealRecord.project_id == project_id)
        .order_by(SealRecord.sealed_on.desc(), SealRecord.created_at.desc())
    ).all()
