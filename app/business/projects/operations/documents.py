"""Papers of a project."""

from collections.abc import Iterable
from datetime import date

from app.business.projects.models import DocumentKind, Project, ProjectDocument
from app.core.db import db
from app.core.rows import find_rows
from app.core.tenancy import Actor
from app.support import audit, files


def attach_documents(
    project: Project,
    document_ids: Iterable[int | str],
    kind: DocumentKind,
    *,
    valid_to: date | None = None,
    actor: Actor,
) -> list[ProjectDocument]:
    """Say what papers of a project these documents are; saying it again changes only until when they hold.

    :raises DocumentMissing: unknown, or not this person's to see.
    """
    wanted = dict.fromkeys(int(document) for document in document_ids)
    documents = files.get_documents(wanted, actor=actor)
    said = find_rows(ProjectDocument, project_id=project.id, document_id=tuple(wanted), kind=kind)
    known = {row.document_id: row for row in said}
    rows = []
    for document in documents:
        document_id = document.id
        files.link_document(document, "project", project.id)
        row = known.get(document_id)
        if row is None:
            row = ProjectDocument(project_id=project.id, document_id=document_id, kind=kind)
            db.session.add(row)
            audit.record(actor, "projects.document.attached", project, document_id=document_id, kind=kind.name)
        row.valid_to = valid_to
        rows.append(row)
    return rows
