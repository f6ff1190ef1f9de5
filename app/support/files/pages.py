"""The doors: upload and download."""

from collections.abc import Callable
from typing import cast

from flask import Blueprint, Response, current_app, request, send_file, url_for
from flask.sansio.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from app.core.tenancy import current_actor
from app.support.files import operations, queries
from app.support.files.errors import FileTooLarge, NoFile
from app.support.files.models import Document
from app.support.identity.guards import requires, signed_in
from app.support.web.doors import writes

bp = Blueprint("files", __name__)

_FORM_BYTES = 64 * 1024  # the fields beside the file
_DRAIN_BYTES = 256 * 1024 * 1024
_PIECE = 1024 * 1024


@bp.record_once
def _refuse_first(state: BlueprintSetupState) -> None:
    """Before anything else looks at a request: the CSRF check would read the whole form first."""
    state.app.before_request_funcs.setdefault(None, []).insert(0, _refuse_large_bodies)


def _refuse_large_bodies() -> None:
    """Refuse by the announced size, before a byte is kept.

    The body is read and thrown away: a server that answers and hangs up shows the browser a broken
    connection instead of our words.
    """
    limit = int(current_app.extensions["settings"].max_upload_bytes)
    if (request.content_length or 0) <= limit + _FORM_BYTES:
        return
    left = min(request.content_length or 0, _DRAIN_BYTES)
    body = cast("Callable[[int], bytes]", request.environ["wsgi.input"].read)
    while left > 0 and (piece := body(min(_PIECE, left))):
        left -= len(piece)
    raise FileTooLarge(limit_mb=limit // 1024 // 1024)


@bp.post("/files")
@requires("files.document.upload")
@writes
def upload() -> ResponseReturnValue:
    """Take one file in (field ``file``, optional ``kind``). 201 ``{id, doc_no, name, size, mime, url}``."""
    file = request.files.get("file")
    if file is None or not file.filename:
        raise NoFile
    kind = request.form.get("kind", "attachment")[:60]
    document = operations.store_upload(file.stream, file.filename, kind, actor=current_actor())
    return _shown(document), 201


@bp.get("/files/<int:document_id>")
@signed_in
def download(document_id: int) -> ResponseReturnValue:
    """The content, as a file to keep; ``?view=1`` shows PDF and pictures in place."""
    document = queries.get_document(document_id, actor=current_actor())
    response = send_file(
        queries.open_document(document),
        mimetype=document.mime,
        as_attachment=not (request.args.get("view") and document.may_inline),
        download_name=document.name,
        etag=document.sha256,
        conditional=True,
    )
    return _guarded(response)


def _guarded(response: Response) -> Response:
    """Nothing in a document may run in our name, and no proxy may keep it."""
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
    )
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _shown(document: Document) -> dict[str, object]:
    return {
        "id": document.id,
        "doc_no": document.doc_no,
        "name": document.name,
        "size": document.size,
        "mime": document.mime,
        "url": url_for("files.download", document_id=document.id),
    }
