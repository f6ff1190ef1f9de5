"""The head kept outside the database: a small file per chain, so that a cut tail together with an old head shows.

Written after commits, at most once a minute per process and chain, and by ``flask audit head``. The file of one
machine is a help, not a proof: print the head daily or send it to the second site.
"""

import json
import os
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from flask import current_app, has_app_context
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.support.audit.models import AuditHead

EVERY_SECONDS = 60
_NOTED = "audit.heads"
_written: dict[int, float] = {}


@dataclass(frozen=True, slots=True)
class Anchor:
    """A head as it was once: chain (id of the head row), tenant, place and hash of the last record."""

    chain_id: int
    tenant_id: int
    seq: int
    hash: str


def of(head: AuditHead) -> Anchor:
    """The head as a plain value."""
    return Anchor(chain_id=head.id, tenant_id=head.tenant_id, seq=head.seq, hash=head.hash)


def note(session: Session, head: AuditHead) -> None:
    """Remember a head until the session's commit has succeeded."""
    session.info.setdefault(_NOTED, {})[head.id] = of(head)


@event.listens_for(Session, "after_commit")
def _write_noted(session: Session) -> None:
    if session.in_nested_transaction():
        return
    for anchor in session.info.pop(_NOTED, {}).values():
        if has_app_context() and time.monotonic() - _written.get(anchor.chain_id, -EVERY_SECONDS) >= EVERY_SECONDS:
            _try_write(anchor)


@event.listens_for(Session, "after_rollback")
def _forget_noted(session: Session) -> None:
    session.info.pop(_NOTED, None)


def _try_write(anchor: Anchor) -> None:
    """The records are stored already; a full disk here delays the anchor and is logged."""
    _written[anchor.chain_id] = time.monotonic()
    try:
        write(anchor)
    except OSError:
        current_app.logger.exception("audit anchor not written")


def write(anchor: Anchor) -> Path:
    """Store the anchor unless a later one is stored already; whole or not at all."""
    path = folder() / f"{anchor.chain_id}.json"
    known = find(anchor.chain_id)
    if known is not None and known.seq >= anchor.seq:
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w") as file:
        json.dump(asdict(anchor), file)
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(path)
    return path


def find(chain_id: int) -> Anchor | None:
    """The stored anchor of a chain. :raises ValueError: the file is damaged."""
    path = folder() / f"{chain_id}.json"
    if not path.is_file():
        return None
    try:
        return Anchor(**json.loads(path.read_text()))
    except TypeError as exc:
        raise ValueError(f"{path.name} is no anchor") from exc


def folder() -> Path:
    """Where anchors are kept on this machine: beside the local files, else in the instance folder."""
    files = urlsplit(current_app.extensions["settings"].files_url)
    base = Path(files.path).parent if files.scheme == "file" else Path(current_app.instance_path)
    return base / "audit-anchors"
