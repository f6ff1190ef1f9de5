"""The verbs of the letters room: reviewing a disbursement and telling the bank. Source: processes §1 D16–D17."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from app.business.contracts import operations as contracts
from app.business.contracts.models import SealKind
from app.business.letters import queries
from app.business.letters.errors import NoticeExceedsContract, NoticeNotReady, NoticeSealed
from app.business.letters.models import DisbursementNotice, DisbursementReview, NoticeStatus
from app.business.projects import operations as projects
from app.business.projects import queries as project_queries
from app.business.projects.models import Project, ProjectStatus
from app.core import clock
from app.core.db import db
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.tenancy import Actor
from app.support import audit
from app.support.numbering import next_number


def review_disbursement(
    project_id: int,
    *,
    approved: bool,
    checklist: Sequence[str],
    new_dishonest_checked: bool,
    opinion: str,
    task_key: str,
    actor: Actor,
) -> DisbursementReview:
    """Decide whether money may flow; approved, the project is CONDITIONS_MET. Refused, it stays where it is.

    :raises Invalid: the customer was not checked for new dishonesty records.
    :raises ApprovalNotValid, ContractNotEffective, ConditionsNotMet, CounterGuaranteesOpen: something is missing.
    """
    project = project_queries.lock_project(project_id)
    if approved:
        _require_checked(new_dishonest_checked)
        queries.require_disbursable(project_id, clock.today())
    review = db.session.scalar(
        select(DisbursementReview).where(DisbursementReview.task_key == task_key)
    ) or DisbursementReview(project_id=project_id, task_key=task_key)
    review.approved, review.checklist, review.opinion = approved, list(checklist), opinion
    review.new_dishonest_checked = new_dishonest_checked
    review.reviewed_by, review.reviewed_at = actor.user_id, clock.now()
    db.session.add(review)
    db.session.flush()
    if approved:
        projects.move(project, ProjectStatus.CONDITIONS_MET, actor=actor, reason="放款审查通过")
    audit.record(actor, "letters.disbursement.reviewed", review, approved=approved)
    return review


def _require_checked(new_dishonest_checked: bool) -> None:
    if not new_dishonest_checked:
        raise Invalid.of(
            "new_dishonest_checked",
            _("请先核查批复后是否新增失信记录"),
            "letters.disbursement.dishonesty_unchecked",
        )


def draft_disbursement_notice(
    project_id: int, *, amount_fen: int, bank_account: str, valid_until: date, note: str = "", actor: Actor
) -> DisbursementNotice:
    """Draw up the notice to the bank, or change it as long as it is not sealed.

    :raises NoticeNotReady: the disbursement was not approved. :raises NoticeSealed: it went out.
    :raises NoticeExceedsContract: more than the contract still allows.
    """
    project = project_queries.lock_project(project_id)
    if project.status is not ProjectStatus.CONDITIONS_MET:
        raise NoticeNotReady
    left_fen = _left_fen(project)
    if amount_fen > left_fen:
        raise NoticeExceedsContract(amount_fen=amount_fen, left_fen=left_fen)
    notice = queries.find_notice(project_id)
    if notice is not None and notice.status is NoticeStatus.SEALED:
        raise NoticeSealed(notice_no=notice.notice_no)
    if notice is None:
        today = clock.today()
        number = next_number(f"letters.notice.{today:%Y}", "FK{y}{seq:05d}", on=today)
        notice = DisbursementNotice(notice_no=number, project_id=project_id)
    notice.amount_fen, notice.bank_account = amount_fen, bank_account
    notice.valid_until, notice.note, notice.drafted_by = valid_until, note, actor.user_id
    db.session.add(notice)
    db.session.flush()
    audit.record(actor, "letters.notice.drafted", notice, amount_fen=amount_fen)
    return notice


def _left_fen(project: Project) -> int:
    return (project.contract_amount_fen or 0) - project.disbursed_amount_fen


def seal_disbursement_notice(
    project_id: int, *, seal_kind: SealKind, copies: int, sealed_on: date, task_key: str, actor: Actor
) -> DisbursementNotice:
    """Seal the drafted notice; from now on the bank may pay out.

    :raises NoticeNotReady: nothing is drafted.
    """
    project_queries.lock_project(project_id)
    notice = queries.find_notice(project_id)
    if notice is None:
        raise NoticeNotReady
    record = contracts.record_seal(
        project_id,
        purpose="DISBURSEMENT_NOTICE",
        seal_kind=seal_kind,
        copies=copies,
        sealed_on=sealed_on,
        task_key=task_key,
        actor=actor,
    )
    notice.seal_record_id, notice.status = record.id, NoticeStatus.SEALED
    db.session.flush()
    audit.record(actor, "letters.notice.sealed", notice, notice_no=notice.notice_no)
    return notice


def cancel_disbursement_notice(project_id: int, *, reason: str, actor: Actor) -> None:
    """Call the notice back, e.g. before a new one with another amount; nothing happens when there is none."""
    notice = queries.find_notice(project_id)
    if notice is not None:
        notice.status = NoticeStatus.CANCELLED
        audit.record(actor, "letters.notice.cancelled", notice, reason=reason)
