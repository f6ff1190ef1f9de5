"""Reading documents the program has made."""

from collections.abc import Iterable

from sqlalchemy import select

from app.core.db import db
from app.core.tenancy import Actor
from app.support import files
from app.support.files.models import Document, DocumentLink
from app.workflow.registry import Writing

KIND_PREFIX = "writing:"
"""``Document.kind`` of everything made here begins with it; the template follows."""


def kind_of(template: str) -> str:
    """``Document.kind`` of what a template was filled into; at most 60 characters."""
    return f"{KIND_PREFIX}{template}"[:60]


def find_written(writing: Writing) -> Document | None:
    """The newest version of what was made of that template for that row."""
    query = (
        select(Document)
        .join(DocumentLink, DocumentLink.document_id == Document.id)
        .where(
            Document.kind == kind_of(writing.template),
            DocumentLink.entity == writing.entity,
            DocumentLink.entity_id == writing.record_id,
        )
        .order_by(Document.version_no.desc(), Document.id.desc())
        .limit(1)
    )
    return db.session.scalar(query)


def written_for(entity: str, record_ids: Iterable[int], *, actor: Actor) -> dict[int, Document]:
    """The newest made document of each row, as far as the actor may see it; rows without one are left out."""
    query = (
        select(DocumentLink.entity_id, Document)
        .join(Document, DocumentLink.document_id == Document.id)
        .where(
            DocumentLink.entity == entity,
            DocumentLink.entity_id.in_(list(record_ids)),
            Document.kind.startswith(KIND_PREFIX),
        )
        .order_by(Document.version_no, Document.id)
    )
    rows = db.session.execute(query).all()
    newest = {row.entity_id: row.Document for row in rows}
    return {record_id: document for record_id, document in newest.items() if files.may_see(actor, document)}
