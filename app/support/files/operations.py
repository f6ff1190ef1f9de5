"""Taking files in, and binding them to what they belong to."""

import io
import secrets
from datetime import date
from typing import IO

from flask import current_app

from app.core import clock
from app.core.db import db
from app.core.i18n import _
from app.core.rows import insert_rows, values_of
from app.core.tenancy import Actor
from app.support import audit
from app.support.files.errors import FileEmpty, FileTooLarge, TypeMismatch, TypeNotAllowed
from app.support.files.gate import check_archive
from app.support.files.models import Confidentiality, Document, DocumentLink
from app.support.files.rules import TYPES, clean_name, looks_like, split_name
from app.support.files.store import Draft, TooMuch, store

_HEAD_BYTES = 8192
_NUMBER_SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def store_upload(
    stream: IO[bytes],
    filename: str,
    kind: str,
    *,
    actor: Actor,
    previous: Document | None = None,
    confidentiality: Confidentiality = Confidentiality.INTERNAL,
    retention_until: date | None = None,
) -> Document:
    """Take an uploaded file in; memory does not grow with its size.

    :param filename: as the browser sent it; cleaned, shown, never used as a path.
    :param kind: what paper it is, e.g. ``business_license``; the rooms' own words.
    :param previous: the version it replaces; the new one keeps its number and links.
    :raises FileTooLarge: over the platform's limit.
    :raises TypeNotAllowed: extension not on the list.
    :raises TypeMismatch: the content is something else.
    :raises ArchiveRefused: the zip gate said no.
    """
    name = clean_name(filename)
    limit = int(current_app.extensions["settings"].max_upload_bytes)
    _accepted_extension(name)
    try:
        with store().draft(stream, limit) as draft:
            _check_content(draft, name)
            store().keep(draft)
    except TooMuch as exc:
        raise FileTooLarge(name=name, limit_mb=limit // 1024 // 1024) from exc
    document = Document(
        doc_no=previous.doc_no if previous else _new_number(clock.today()),
        kind=kind,
        name=name,
        mime=TYPES[split_name(name)[1]].mime,
        size=draft.size,
        sha256=draft.sha256,
        version_no=previous.version_no + 1 if previous else 1,
        previous_id=previous.id if previous else None,
        confidentiality=confidentiality,
        retention_until=retention_until,
    )
    db.session.add(document)
    db.session.flush()
    audit.record(actor, "files.document.stored", document, kind=kind, sha256=draft.sha256, size=draft.size)
    return document


def store_bytes(data: bytes, filename: str, kind: str, *, actor: Actor, **more: object) -> Document:
    """Keep a document the program made; the same checks as for uploads."""
    return store_upload(io.BytesIO(data), filename, kind, actor=actor, **more)  # type: ignore[arg-type]


def new_version(document: Document, stream: IO[bytes], filename: str, *, actor: Actor) -> Document:
    """Replace a document by a newer version; the old one stays readable, the links move along.

    A second replacement of the same version is refused by the database: versions never fork.
    """
    newer = store_upload(
        stream,
        filename,
        document.kind,
        actor=actor,
        previous=document,
        confidentiality=document.confidentiality,
        retention_until=document.retention_until,
    )
    for link in list(document.links):
        link_document(newer, link.entity, link.entity_id)
    return newer


def link_document(document: Document, entity: str, entity_id: int) -> None:
    """Say that the document belongs to a thing; saying it again changes nothing."""
    link = {"document_id": document.id, "entity": entity, "entity_id": entity_id}
    if not values_of(DocumentLink, "id", **link):
        insert_rows(DocumentLink, [link])
        db.session.expire(document, ["links"])


def _accepted_extension(name: str) -> str:
    extension = split_name(name)[1]
    if extension not in TYPES:
        raise TypeNotAllowed(name=name, extension=extension or _("无扩展名"))
    return extension


def _check_content(draft: Draft, name: str) -> None:
    extension = _accepted_extension(name)
    if draft.size == 0:
        raise FileEmpty(name=name)
    with draft.path.open("rb") as content:
        if not looks_like(extension, content.read(_HEAD_BYTES)):
            raise TypeMismatch(name=name, extension=extension)
        if TYPES[extension].is_container:
            check_archive(content, name, extension)


def _new_number(day: date) -> str:
    """A document number. Not a gap-free series: an upload must not wait for somebody else's transaction."""
    return f"WJ{day:%Y%m%d}" + "".join(secrets.choice(_NUMBER_SIGNS) for _ in range(8))
