"""Release of liability 解保: proposed, checked by finance, reviewed if disputed, posted.

Source: processes §9.3.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.business.contracts.papers import link_papers
from app.business.ledger import queries
from app.business.ledger.errors import (
    NotReleasable,
    ReleaseAlreadyOpen,
    ReleaseExceedsOutstanding,
    ReleaseMakerIsChecker,
    ReleaseNotAt,
)
from app.business.ledger.models import LiabilityEntry, Release, ReleaseStatus
from app.business.ledger.operations.posting import post
from app.business.ledger.rules import EntryKind, lowest_outstanding_fen
from app.business.projects import operations as projects
from app.business.projects import queries as project_queries
from app.business.projects.models import ProjectStatus
from app.core import clock
from app.core.db import db
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.tenancy import Actor
from app.support import audit

RELEASABLE = frozenset({ProjectStatus.IN_FORCE, ProjectStatus.PARTLY_RELEASED})


@dataclass(frozen=True, slots=True)
class ReleaseForm:
    """What is to be released: by repayment of the loan, or otherwise (original returned, expiry)."""

    kind: EntryKind
    amount_fen: int
    effective_on: date
    is_disputed: bool = False
    note: str = ""
    proof: Sequence[object] = ()


def propose_release(project_id: int, form: ReleaseForm, *, instance_id: int, actor: Actor) -> Release:
    """Propose a release, or change the one of the same case that came back.

    :raises NotReleasable: not in force, or overdue. :raises ReleaseAlreadyOpen: another case runs.
    :raises ReleaseExceedsOutstanding: more than is carried from that day on. :raises Invalid: a future day.
    """
    project = project_queries.lock_project(project_id)
    if project.status not in RELEASABLE:
        raise NotReleasable(status=project.status.value)
    if form.effective_on > clock.today():
        raise Invalid.of("effective_on", _("解保生效日不能晚于今天"), "ledger.release.future")
    lowest_fen = lowest_outstanding_fen(queries.postings_of(project_id), form.effective_on)
    if form.amount_fen > lowest_fen:
        raise ReleaseExceedsOutstanding(asked_fen=form.amount_fen, outstanding_fen=lowest_fen)
    release = _release_of_case(project_id, instance_id)
    release.kind, release.amount_fen, release.effective_on = form.kind, form.amount_fen, form.effective_on
    release.is_disputed, release.note, release.status = form.is_disputed, form.note, ReleaseStatus.PROPOSED
    release.proposed_by, release.checked_by, release.reviewed_by = actor.user_id, None, None
    db.session.add(release)
    db.session.flush()
    link_papers(list(form.proof), "liability_release", release.id, actor=actor)
    audit.record(actor, "ledger.release.proposed", release, amount_fen=form.amount_fen)
    return release


def _release_of_case(project_id: int, instance_id: int) -> Release:
    mine = queries.find_release_of_instance(instance_id)
    open_one = queries.find_open_release(project_id)
    if open_one is not None and open_one is not mine:
        raise ReleaseAlreadyOpen
    if mine is not None and mine.status not in queries.OPEN_RELEASES:
        raise ReleaseNotAt(status=mine.status.value)
    return mine or Release(project_id=project_id, instance_id=instance_id)


def check_release(release_id: int, *, fees_clear: bool, deposit_note: str, actor: Actor) -> Release:
    """Finance confirms fees and deposit.

    :raises ReleaseMakerIsChecker: the proposer checks. :raises Invalid: fees are not clear.
    """
    release = queries.get_release(release_id)
    _require_at(release, ReleaseStatus.PROPOSED, ReleaseStatus.CHECKED)
    _require_other(release, actor)
    if not fees_clear:
        raise Invalid.of("fees_clear", _("请先结清费用再确认解保"), "ledger.release.fees_open")
    release.checked_by, release.deposit_note, release.status = actor.user_id, deposit_note, ReleaseStatus.CHECKED
    db.session.flush()
    audit.record(actor, "ledger.release.checked", release)
    return release


def review_release(release_id: int, *, agrees: bool, opinion: str, actor: Actor) -> Release:
    """Risk reviews a disputed release. :raises ReleaseMakerIsChecker: the proposer reviews."""
    release = queries.get_release(release_id)
    _require_at(release, ReleaseStatus.CHECKED)
    _require_other(release, actor)
    release.reviewed_by, release.review_opinion = actor.user_id, opinion
    release.status = ReleaseStatus.AGREED if agrees else ReleaseStatus.REFUSED
    db.session.flush()
    audit.record(actor, "ledger.release.reviewed", release, agrees=agrees)
    return release


def cancel_release(release_id: int, *, actor: Actor) -> Release:
    """Close a release that was not agreed to. :raises ReleaseNotAt: it has been posted."""
    release = queries.get_release(release_id)
    if release.status is ReleaseStatus.POSTED:
        raise ReleaseNotAt(status=release.status.value)
    release.status = ReleaseStatus.CANCELLED
    db.session.flush()
    audit.record(actor, "ledger.release.cancelled", release)
    return release


def post_release(release_id: int, *, actor: Actor) -> LiabilityEntry:
    """Post a checked release (a disputed one must be agreed to); posted already, its entry is returned.

    :raises ReleaseNotAt: not checked or not agreed to. :raises ReleaseExceedsOutstanding: more than is left now.
    """
    project = project_queries.lock_project(queries.project_of_release(release_id))
    release = queries.get_release(release_id)
    if release.entry_id is not None:
        return queries.get_entry(release.entry_id)
    _require_at(release, ReleaseStatus.AGREED if release.is_disputed else ReleaseStatus.CHECKED)
    entry = post(
        project.id,
        release.kind,
        release.amount_fen,
        effective=release.effective_on,
        source=f"release:{release.id}",
        note=release.note,
        actor=actor,
    )
    release.entry_id, release.status = entry.id, ReleaseStatus.POSTED
    db.session.flush()
    if project.outstanding_fen and project.status is ProjectStatus.IN_FORCE:
        projects.move(project, ProjectStatus.PARTLY_RELEASED, actor=actor, reason="部分解保")
    audit.record(actor, "ledger.release.posted", release, outstanding_fen=project.outstanding_fen)
    return entry


def _require_at(release: Release, *statuses: ReleaseStatus) -> None:
    if release.status not in statuses:
        raise ReleaseNotAt(status=release.status.value)


def _require_other(release: Release, actor: Actor) -> None:
    if actor.user_id is not None and release.proposed_by == actor.user_id:
        raise ReleaseMakerIsChecker
