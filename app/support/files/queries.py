"""Reading documents."""

from collections.abc import Iterable, Sequence
from typing import IO

from sqlalchemy import bindparam, select
from sqlalchemy.orm import selectinload

from app.core.db import db
from app.core.row_statements import AnySelect
from app.core.rows import ask, find_rows
from app.core.tenancy import Actor
from app.support.files.access import is_own, may_see
from app.support.files.errors import DocumentMissing
from app.support.files.models import Document, DocumentLink
from app.support.files.store import store


def get_document(document_id: int, *, actor: Actor) -> Document:
    """A document the actor may see. :raises DocumentMissing: unknown or not hers: the same answer."""
    return get_documents([document_id], actor=actor)[0]


def get_documents(document_ids: Iterable[int], *, actor: Actor) -> list[Document]:
    """These documents, each once, in order. :raises DocumentMissing: one is unknown or not the actor's to see."""
    wanted = dict.fromkeys(document_ids)
    found = find_documents(wanted, actor=actor) if wanted else {}
    if found.keys() != wanted.keys():
        raise DocumentMissing
    return [found[document_id] for document_id in wanted]


def find_documents(document_ids: Iterable[int], *, actor: Actor) -> dict[int, Document]:
    """By id, those of these documents the actor may see; read together."""
    found = find_rows(Document, id=tuple(set(document_ids)))
    others = [document.id for document in found if not is_own(actor, document)]
    if others:  # only for these it counts what they belong to
        query = select(Document).where(Document.id.in_(others)).options(selectinload(Document.links))
        db.session.scalars(query).all()
    return {document.id: document for document in found if may_see(actor, document)}


def list_documents(entity: str, entity_id: int) -> list[Document]:
    """The newest versions of what is linked to a thing, oldest paper first."""
    newest = tuple(key for (key,) in ask(_newest_of, entity=entity, entity_id=entity_id))
    return find_rows(Document, order=("created_at", "id"), id=newest)


def _newest_of() -> AnySelect:
    newer = select(Document.previous_id).where(Document.previous_id.is_not(None))
    return (
        select(Document.id)
        .join(DocumentLink, DocumentLink.document_id == Document.id)
        .where(DocumentLink.entity == bindparam("entity"), DocumentLink.entity_id == bindparam("entity_id"))
        .where(Document.id.not_in(newer))
    )


def list_versions(document: Document) -> Sequence[Document]:
    """All versions of the same paper, newest first."""
    query = select(Document).where(Document.doc_no == document.doc_no).order_by(Document.version_no.desc())
    return db.session.scalars(query).all()


def open_document(document: Document) -> IO[bytes]:
    """The content as a stream; the caller closes it."""
    return store().open(document.sha256)


def read_bytes(document_id: int, *, actor: Actor) -> bytes:
    """The whole content: for templates, sheets and attachments of known size."""
    with open_document(get_document(document_id, actor=actor)) as stream:
        return stream.read()
