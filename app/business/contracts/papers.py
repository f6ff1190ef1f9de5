"""Binding the files of a form to the row they prove."""

from app.core.tenancy import Actor
from app.support import files


def link_papers(document_ids: object, entity: str, entity_id: int, *, actor: Actor) -> None:
    """Link every document a file field holds; an empty field links nothing. :raises DocumentMissing:"""
    given = document_ids if isinstance(document_ids, (list, tuple)) else ()
    for document in files.get_documents([int(str(one)) for one in given], actor=actor):
        files.link_document(document, entity, entity_id)
