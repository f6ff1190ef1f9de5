"""Handing over and shelving a project's papers. Source: domain processes §8.5."""

from collections.abc import Sequence

from app.business.contracts import queries
from app.business.contracts.errors import ArchiveNotHandedOver, SameArchivist
from app.business.contracts.models import ArchiveFile
from app.business.projects import queries as project_queries
from app.core import clock
from app.core.db import db
from app.core.tenancy import Actor
from app.support import audit


def hand_over_archive(project_id: int, items: Sequence[str], *, note: str, actor: Actor) -> ArchiveFile:
    """Hand the project's papers over, or hand over anew what the archivist sent back."""
    project_queries.lock_project(project_id)
    file = queries.find_archive(project_id) or ArchiveFile(project_id=project_id)
    file.items, file.note = list(items), note
    file.handed_over_by, file.handed_over_at = actor.user_id, clock.now()
    file.box_no, file.shelved_by, file.shelved_at, file.shelf_note = None, None, None, ""
    db.session.add(file)
    db.session.flush()
    audit.record(actor, "contracts.archive.handed_over", file, items=len(items))
    return file


def shelve_archive(project_id: int, *, box_no: str, note: str, actor: Actor) -> ArchiveFile:
    """The archivist has checked the papers and put them into a box.

    :raises ArchiveNotHandedOver: nothing came. :raises SameArchivist: the one who handed over.
    """
    file = queries.find_archive(project_id)
    if file is None:
        raise ArchiveNotHandedOver
    if file.handed_over_by is not None and file.handed_over_by == actor.user_id:
        raise SameArchivist
    file.box_no, file.shelf_note = box_no, note
    file.shelved_by, file.shelved_at = actor.user_id, clock.now()
    db.session.flush()
    audit.record(actor, "contracts.archive.shelved", file, box_no=box_no)
    return file
