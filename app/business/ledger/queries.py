"""Reading the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from app.business.ledger.models import LiabilityDaily, LiabilityEntry, LoanDrawing, Release, ReleaseStatus
from app.business.ledger.rules import EntryKind, Posting, outstanding_on_fen
from app.business.projects.models import Project
from app.core.db import db, locked
from app.core.errors import NotFound

OPEN_RELEASES = (ReleaseStatus.PROPOSED, ReleaseStatus.CHECKED, ReleaseStatus.AGREED)


def entries_of(project_id: int) -> Sequence[LiabilityEntry]:
    """All entries of a project in order of their effective days."""
    return db.session.scalars(
        select(LiabilityEntry)
        .where(LiabilityEntry.project_id == project_id)
        .order_by(LiabilityEntry.effective_date, LiabilityEntry.entry_no)
    ).all()


def postings_of(project_id: int) -> list[Posting]:
    """What balances are reckoned from."""
    return [Posting(entry.effective_date, entry.amount_fen) for entry in entries_of(project_id)]


def outstanding_fen(project_id: int, *, on: date) -> int:
    """What a project carried at the end of a day."""
    return outstanding_on_fen(postings_of(project_id), on)


def find_by_source(source: str) -> LiabilityEntry | None:
    """The entry of a natural key."""
    return db.session.scalar(select(LiabilityEntry).where(LiabilityEntry.source == source))


def get_entry(entry_id: int) -> LiabilityEntry:
    """One entry. :raises NotFound:"""
    entry = db.session.get(LiabilityEntry, entry_id)
    if entry is None:
        raise NotFound
    return entry


def find_reversal(entry_id: int) -> LiabilityEntry | None:
    """What reversed an entry."""
    return db.session.scalar(select(LiabilityEntry).where(LiabilityEntry.reversal_of_id == entry_id))


def drawings_of(project_id: int) -> Sequence[LoanDrawing]:
    """What the bank paid out, oldest first."""
    return db.session.scalars(
        select(LoanDrawing).where(LoanDrawing.project_id == project_id).order_by(LoanDrawing.disbursed_on)
    ).all()


def disbursed_fen(project_id: int) -> int:
    """Σ of what was paid out, reversed drawings taken off."""
    entries = entries_of(project_id)
    drawn = {entry.id for entry in entries if entry.entry_kind is EntryKind.DISBURSE}
    return sum(e.amount_fen for e in entries if e.id in drawn or e.reversal_of_id in drawn)


def get_release(release_id: int) -> Release:
    """One proposed release, locked until the end of the unit of work. :raises NotFound:"""
    release = db.session.scalar(locked(select(Release).where(Release.id == release_id)))
    if release is None:
        raise NotFound
    return release


def find_release(release_id: int) -> Release:
    """One proposed release, to look at. :raises NotFound:"""
    release = db.session.get(Release, release_id)
    if release is None:
        raise NotFound
    return release


def find_open_release(project_id: int) -> Release | None:
    """The release of a project that is under way."""
    return db.session.scalar(
        select(Release).where(Release.project_id == project_id, Release.status.in_(OPEN_RELEASES))
    )


def find_release_of_instance(instance_id: int) -> Release | None:
    """The release a case is about."""
    return db.session.scalar(select(Release).where(Release.instance_id == instance_id))


@dataclass(frozen=True, slots=True)
class Difference:
    """A project whose cached balances differ from its entries."""

    project_id: int
    project_no: str
    cached_fen: int
    ledger_fen: int


def differences() -> list[Difference]:
    """Projects whose cached outstanding is not Σ of their entries; empty when all agree. By project number."""
    total = func.coalesce(func.sum(LiabilityEntry.amount_fen), 0)
    rows = db.session.execute(
        select(Project.id, Project.project_no, Project.outstanding_fen, total)
        .outerjoin(LiabilityEntry, LiabilityEntry.project_id == Project.id)
        .group_by(Project.id, Project.project_no, Project.outstanding_fen)
        .having(Project.outstanding_fen != total)
        .order_by(Project.project_no)
    ).all()
    return [Difference(project_id, no, cached, int(ledger)) for project_id, no, cached, ledger in rows]


def snapshots_on(day: date) -> Sequence[LiabilityDaily]:
    """What every project carried at the end of a day, by project."""
    return db.session.scalars(
        select(LiabilityDaily).where(LiabilityDaily.day == day).order_by(LiabilityDaily.project_id)
    ).all()


def project_of_release(release_id: int) -> int:
    """Whose release it is, read without a lock: the project is locked first. :raises NotFound:"""
    project_id = db.session.scalar(select(Release.project_id).where(Release.id == release_id))
    if project_id is None:
        raise NotFound
    return project_id


def releases_of(project_id: int) -> Sequence[Release]:
    """Every proposed release of a project, newest first."""
    return db.session.scalars(
        select(Release).where(Release.project_id == project_id).order_by(Release.created_at.desc())
    ).all()
