"""The one way into the ledger. Lock order: project, then the number series. Source: domain entities §9."""

from datetime import date

from app.business.ledger import queries
from app.business.ledger.errors import AlreadyReversed, SourceTaken
from app.business.ledger.models import LiabilityEntry
from app.business.ledger.rules import EntryKind, Posting, own_outstanding_fen, require_postable, signed_fen
from app.business.projects import queries as projects
from app.business.projects.models import Project
from app.core import clock
from app.core.db import db
from app.core.tenancy import Actor
from app.support import audit
from app.support.numbering import next_number


def post(
    project_id: int,
    kind: EntryKind,
    amount_fen: int,
    *,
    effective: date,
    source: str,
    note: str = "",
    actor: Actor,
) -> LiabilityEntry:
    """Post what happened to a project's liability; the same source again returns the entry it made.

    :param amount_fen: positive, the kind gives the sign; ADJUST signed as it is meant.
    :param source: natural key of what is recorded.
    :raises ReleaseExceedsOutstanding, OutstandingExceedsContract: some day's balance would leave its bounds.
    :raises SourceTaken: the source was posted with other figures.
    """
    project = projects.lock_project(project_id)
    signed = amount_fen if kind is EntryKind.ADJUST else signed_fen(kind, amount_fen)
    known = queries.find_by_source(source)
    if known is not None:
        return _require_same(known, project_id, signed, effective)
    entry = LiabilityEntry(
        project_id=project_id,
        entry_kind=kind,
        amount_fen=signed,
        principal_fen=abs(signed),
        own_share_pct=project.scheme.own_share_pct,
        effective_date=effective,
        source=source,
        note=note,
    )
    return _append(project, entry, actor)


def _require_same(known: LiabilityEntry, project_id: int, signed: int, effective: date) -> LiabilityEntry:
    if (known.project_id, known.amount_fen, known.effective_date) != (project_id, signed, effective):
        raise SourceTaken(source=known.source, entry_no=known.entry_no)
    return known


def reverse(entry_id: int, *, reason: str, actor: Actor) -> LiabilityEntry:
    """Undo an entry by one of the same size the other way, effective on the same day.

    :raises AlreadyReversed: it was, or is a reversal itself.
    :raises ReleaseExceedsOutstanding, OutstandingExceedsContract: what came later stands on it.
    """
    project = projects.lock_project(queries.get_entry(entry_id).project_id)
    wrong = queries.get_entry(entry_id)
    if wrong.entry_kind is EntryKind.REVERSAL or queries.find_reversal(entry_id) is not None:
        raise AlreadyReversed(entry_no=wrong.entry_no)
    entry = LiabilityEntry(
        project_id=project.id,
        entry_kind=EntryKind.REVERSAL,
        amount_fen=-wrong.amount_fen,
        principal_fen=wrong.principal_fen,
        own_share_pct=wrong.own_share_pct,
        effective_date=wrong.effective_date,
        source=f"reversal:{wrong.entry_no}",
        note=reason,
        reversal_of_id=wrong.id,
    )
    return _append(project, entry, actor)


def _append(project: Project, entry: LiabilityEntry, actor: Actor) -> LiabilityEntry:
    postings = queries.postings_of(project.id)
    new = Posting(entry.effective_date, entry.amount_fen)
    require_postable(postings, new, project.contract_amount_fen or 0)
    today = clock.today()
    entry.entry_no = next_number(f"ledger.entry.{today:%Y}", "ZW{y}{seq:07d}", on=today)
    db.session.add(entry)
    db.session.flush()
    _refresh_cache(project)
    audit.record(
        actor,
        "ledger.entry.posted",
        entry,
        entry_no=entry.entry_no,
        kind=entry.entry_kind.value,
        amount_fen=entry.amount_fen,
    )
    return entry


def _refresh_cache(project: Project) -> None:
    """The only place that writes a project's balances."""
    project.outstanding_fen = sum(posting.amount_fen for posting in queries.postings_of(project.id))
    project.own_outstanding_fen = own_outstanding_fen(project.outstanding_fen, project.scheme.own_share_pct)
    project.disbursed_amount_fen = queries.disbursed_fen(project.id)
    db.session.flush()
