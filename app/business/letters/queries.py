"""Reading reviews and notices; and whether money may flow as far as the lower rooms know."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from app.business.committee import queries as committee
from app.business.contracts import queries as contracts
from app.business.letters.errors import (
    ApprovalNotValid,
    ConditionsNotMet,
    ContractNotEffective,
    CounterGuaranteesOpen,
)
from app.business.letters.models import DisbursementNotice, DisbursementReview, NoticeStatus
from app.core.db import db


def find_notice(project_id: int) -> DisbursementNotice | None:
    """The live disbursement notice of a project."""
    return db.session.scalar(
        select(DisbursementNotice).where(
            DisbursementNotice.project_id == project_id, DisbursementNotice.status != NoticeStatus.CANCELLED
        )
    )


def find_review(project_id: int) -> DisbursementReview | None:
    """The newest disbursement review of a project."""
    return db.session.scalar(
        select(DisbursementReview)
        .where(DisbursementReview.project_id == project_id)
        .order_by(DisbursementReview.reviewed_at.desc())
        .limit(1)
    )


def require_disbursable(project_id: int, on: date, *, is_first: bool = True) -> None:
    """Resolution valid, contract effective, mandatory conditions and counter-guarantees in place.

    :param is_first: later drawings of an item in force do not ask for the approval's last day again.
    :raises ApprovalNotValid, ContractNotEffective, ConditionsNotMet, CounterGuaranteesOpen:
    Source: domain entities §16.6.
    """
    resolution = committee.issued_resolution(project_id)
    if resolution is None or resolution.valid_to is None or (is_first and on > resolution.valid_to):
        raise ApprovalNotValid(on=on)
    if not contracts.binding_guarantees(project_id):
        raise ContractNotEffective
    if still_open := committee.open_mandatory_conditions(project_id):
        raise ConditionsNotMet(open=still_open)
    unsecured = [c for c in contracts.list_counter_guarantees(project_id) if c.is_mandatory and not c.is_secured]
    if unsecured:
        raise CounterGuaranteesOpen(open=len(unsecured))


def list_reviews(project_id: int) -> Sequence[DisbursementReview]:
    """Every disbursement review of a project, newest first."""
    return db.session.scalars(
        select(DisbursementReview)
        .where(DisbursementReview.project_id == project_id)
        .order_by(DisbursementReview.reviewed_at.desc())
    ).all()


def list_notices(project_id: int) -> Sequence[DisbursementNotice]:
    """Every disbursement notice of a project, cancelled ones included, newest first."""
    return db.session.scalars(
        select(DisbursementNotice)
        .where(DisbursementNotice.project_id == project_id)
        .order_by(DisbursementNotice.created_at.desc())
    ).all()
