"""The door of made documents: read one on any screen."""

from io import BytesIO

from flask import Blueprint, send_file
from flask.typing import ResponseReturnValue

from app.core.tenancy import current_actor
from app.support import files
from app.support.documents import show_docx
from app.support.files.errors import DocumentMissing
from app.support.identity.guards import signed_in
from app.workflow.writings.errors import NotOfACase
from app.workflow.writings.queries import KIND_PREFIX

bp = Blueprint("writings", __name__, template_folder="templates")


@bp.get("/documents/<int:document_id>.pdf")
@signed_in
def read(document_id: int) -> ResponseReturnValue:
    """A made Word document as PDF: its text, headings and tables. 404 for papers handed in and foreign ones."""
    actor = current_actor()
    try:
        document = files.get_document(document_id, actor=actor)
    except DocumentMissing as exc:
        raise NotOfACase from exc
    if not document.kind.startswith(KIND_PREFIX):
        raise NotOfACase
    title = document.name.removesuffix(".docx")
    head = f"{title} · {document.doc_no} V{document.version_no}"
    page = show_docx([(head, files.read_bytes(document_id, actor=actor))])
    return send_file(BytesIO(page), mimetype="application/pdf", download_name=f"{title}.pdf")
