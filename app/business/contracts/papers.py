"""Binding the files of a form to the row they prove."""

from app.core.tenancy import Actor
from app.support import files


def link_papers(document_ids: object, entity: str, entity_id: int, *, actor: Actor) -> None:
    """Link every document a file field holds; an empty field links nothing. :raises DocumentMissing:"""
    for document_id in document_ids if isinstance(document_ids, (list, tuple)) else ():
        files.link_document(files.get_document(int(str(document_id)), actor=actor), entity, entity_id)
