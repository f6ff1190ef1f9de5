"""The bank pays out. Source: domain processes §1 D18; entities §16.4, §16.6."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from app.business.contracts import queries as contracts
from app.business.contracts.papers import link_papers
from app.business.contracts.rules import loan_end_findings
from app.business.ledger import queries
from app.business.ledger.errors import DisbursedExceedsContract, NotDisbursable, NoticeMissing
from app.business.ledger.gates import require_fee_settled
from app.business.ledger.models import LiabilityEntry, LoanDrawing
from app.business.ledger.operations.posting import post
from app.business.ledger.rules import EntryKind
from app.business.letters import queries as letters
from app.business.letters.models import NoticeStatus
from app.business.projects import operations as projects
from app.business.projects import queries as project_queries
from app.business.projects.models import Project, ProjectStatus
from app.core import clock
from app.core.db import db
from app.core.errors import Finding, Invalid
from app.core.i18n import _
from app.core.tenancy import Actor

DISBURSABLE = frozenset({ProjectStatus.CONDITIONS_MET, ProjectStatus.IN_FORCE, ProjectStatus.PARTLY_RELEASED})


@dataclass(frozen=True, slots=True)
class Drawing:
    """One paying out as the bank or the manager reports it; ``is_final``: nothing more will be drawn."""

    loan_no: str
    amount_fen: int
    disbursed_on: date
    maturity_on: date
    loan_rate: Decimal
    is_final: bool = False
    by_bank_message: bool = False
    receipt: Sequence[object] = ()


def post_disbursement(project_id: int, drawing: Drawing, *, actor: Actor) -> LoanDrawing:
    """Post a drawing; the first one brings the project into force. The same drawing reported again posts once.

    Loan number, day and amount identify a drawing, whether the bank's message or the manager is first.

    :raises NotDisbursable: wrong status. :raises ApprovalNotValid, ContractNotEffective, ConditionsNotMet,
        CounterGuaranteesOpen: see letters. :raises FeeOutstanding, NoFeePlan: the fee is not settled.
    :raises NoticeMissing: no sealed notice covers it. :raises DisbursedExceedsContract: more than the contract.
    :raises Invalid: the loan ends after the guarantee, or begins in the future.
    """
    project = project_queries.lock_project(project_id)
    source = _source(project_id, drawing)
    known = queries.find_by_source(source)
    if known is not None:
        return _drawing_of(known)
    _require_allowed(project, drawing)
    entry = post(
        project_id,
        EntryKind.DISBURSE,
        drawing.amount_fen,
        effective=drawing.disbursed_on,
        source=source,
        note=drawing.loan_no,
        actor=actor,
    )
    row = LoanDrawing(
        project_id=project_id,
        entry_id=entry.id,
        loan_no=drawing.loan_no,
        amount_fen=drawing.amount_fen,
        disbursed_on=drawing.disbursed_on,
        maturity_on=drawing.maturity_on,
        loan_rate=drawing.loan_rate,
        is_final=drawing.is_final or project.disbursed_amount_fen == project.contract_amount_fen,
        by_bank_message=drawing.by_bank_message,
    )
    db.session.add(row)
    db.session.flush()
    link_papers(list(drawing.receipt), "liability_entry", entry.id, actor=actor)
    if project.status is ProjectStatus.CONDITIONS_MET:
        projects.move(project, ProjectStatus.IN_FORCE, actor=actor, reason="银行放款")
    return row


def _source(project_id: int, drawing: Drawing) -> str:
    """The natural key; a drawing that was reversed may be reported again under the next one."""
    key = f"disburse:{project_id}:{drawing.loan_no}:{drawing.disbursed_on}:{drawing.amount_fen}"
    attempt, source = 1, key
    while (entry := queries.find_by_source(source)) is not None and queries.find_reversal(entry.id) is not None:
        attempt += 1
        source = f"{key}#{attempt}"
    return source


def _drawing_of(entry: LiabilityEntry) -> LoanDrawing:
    return db.session.scalars(select(LoanDrawing).where(LoanDrawing.entry_id == entry.id)).one()


def _require_allowed(project: Project, drawing: Drawing) -> None:
    if project.status not in DISBURSABLE:
        raise NotDisbursable(status=project.status.value)
    is_first = project.disbursed_amount_fen == 0
    letters.require_disbursable(project.id, drawing.disbursed_on, is_first=is_first)
    require_fee_settled(project.id)
    if findings := _date_findings(project.id, drawing):
        raise Invalid(findings)
    total_fen, contract_fen = project.disbursed_amount_fen + drawing.amount_fen, project.contract_amount_fen or 0
    if total_fen > contract_fen:
        raise DisbursedExceedsContract(total_fen=total_fen, contract_fen=contract_fen)
    notice = letters.find_notice(project.id)
    covered = notice is not None and notice.status is NoticeStatus.SEALED and total_fen <= notice.amount_fen
    if notice is None or not covered or (is_first and drawing.disbursed_on > notice.valid_until):
        raise NoticeMissing


def _date_findings(project_id: int, drawing: Drawing) -> list[Finding]:
    findings = []
    if drawing.disbursed_on > clock.today():
        findings.append(Finding("ledger.disbursement.future", _("放款日期不能晚于今天"), field="disbursed_on"))
    if drawing.maturity_on <= drawing.disbursed_on:
        findings.append(Finding("ledger.disbursement.maturity", _("到期日应晚于放款日"), field="maturity_on"))
    end = contracts.guarantee_end(project_id)
    return findings + (loan_end_findings(drawing.maturity_on, end) if end else [])
