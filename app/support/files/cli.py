"""``flask files``."""

import hashlib
import sys
import time

import click
from sqlalchemy import select

from app.core.db import db
from app.core.tenancy import platform_scope
from app.support.files.models import Document
from app.support.files.store import store

_DAY_SECONDS = 86_400


@click.group("files")
def files() -> None:
    """Look after the stored files."""


@files.command("verify")
def verify() -> None:
    """Read every stored file and compare it with its hash; exit 1 when one is missing or damaged."""
    damaged = 0
    with platform_scope("every tenant's files lie in one store"):
        rows = db.session.execute(select(Document.sha256, Document.doc_no).order_by(Document.doc_no)).all()
    for sha256, doc_no in rows:
        state = _state(sha256)
        if state != "intact":
            damaged += 1
            print(f"{doc_no}: {state}")
    print(f"{len(rows)} documents, {damaged} damaged or missing")
    sys.exit(1 if damaged else 0)


@files.command("sweep")
@click.option("--days", default=2, show_default=True, help="Leave younger ones: their upload may still be open.")
def sweep(days: int) -> None:
    """Remove stored content that no document names: uploads whose transaction was rolled back."""
    with platform_scope("every tenant's files lie in one store"):
        named = set(db.session.scalars(select(Document.sha256)))
    orphans = [sha256 for sha256 in store().hashes(time.time() - days * _DAY_SECONDS) if sha256 not in named]
    for sha256 in orphans:
        store().remove(sha256)
    print(f"{len(orphans)} orphans removed")


def _state(sha256: str) -> str:
    if not store().has(sha256):
        return "missing"
    digest = hashlib.sha256()
    with store().open(sha256) as content:
        while piece := content.read(1024 * 1024):
            digest.update(piece)
    return "intact" if digest.hexdigest() == sha256 else "damaged"


commands = [files]
