"""Signatures under what was submitted: kept beside the log row, bound to its answers by a hash."""

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.core.rows import values_of
from app.core.tenancy import Actor
from app.support import audit, files
from app.workflow.instances.access import may_see_documents
from app.workflow.instances.log import Logged
from app.workflow.instances.models import ProcessInstance, SignatureKind, TaskLog, TaskSignature, UserTask

ENTITY = "task_signature"
"""What pictures of signatures are linked to, by the id of the case: seen like it, but none of its papers."""

may_see_signature = files.watches(ENTITY)(may_see_documents)


@dataclass(frozen=True, slots=True)
class Signed:
    """How somebody has signed: by her name, or by a picture that is stored already."""

    kind: SignatureKind
    name: str
    document_id: int | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A signature as pages and papers show it. ``is_intact``: what was submitted is what was signed."""

    kind: SignatureKind
    node_id: str
    name: str
    document_id: int | None
    signed_at: datetime
    is_intact: bool


def record(
    instance: ProcessInstance, task: UserTask, logged: Logged, signed: Signed, actor: Actor
) -> TaskSignature:
    """Bind a signature to the log row just written for a submission; the audit trail holds the hash."""
    log = db.session.get_one(TaskLog, logged.id)
    row = TaskSignature(
        instance_id=instance.id,
        log_id=log.id,
        task_id=task.id,
        node_id=task.node_id,
        kind=signed.kind,
        name=signed.name,
        document_id=signed.document_id,
        sha256=signed.sha256,
        digest="",
        signed_by=actor.user_id,
        signed_at=clock.now(),
    )
    row.digest = _digest(row, log)
    db.session.add(row)
    db.session.flush()
    audit.record(actor, "workflow.tasks.signed", row, task_id=task.id, kind=signed.kind.value, digest=row.digest)
    return row


def _digest(row: TaskSignature, log: TaskLog) -> str:
    """SHA-256 over who signed how, and every answer."""
    said = {
        "task": row.task_id,
        "seq": log.seq,
        "by": row.signed_by,
        "kind": row.kind.value,
        "name": row.name,
        "picture": row.sha256,
        "outcome": log.outcome,
        "answers": log.answers,
    }
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def signatures_of(instance_id: int) -> dict[int, Shown]:
    """The signatures of a case by number of the log entry."""
    if not values_of(TaskSignature, "id", instance_id=instance_id):  # most cases have none
        return {}
    query = select(TaskSignature, TaskLog).join(TaskLog, TaskLog.id == TaskSignature.log_id)
    rows = db.session.execute(query.where(TaskSignature.instance_id == instance_id).order_by(TaskLog.seq)).all()
    return {log.seq: _shown(row, log) for row, log in rows}


def _shown(row: TaskSignature, log: TaskLog) -> Shown:
    intact = row.digest == _digest(row, log)
    return Shown(row.kind, row.node_id, row.name, row.document_id, row.signed_at, intact)


def data_url_of(shown: Shown, actor: Actor) -> str:
    """A drawn signature as papers made of HTML hold it; empty for a typed one."""
    png = picture_of(shown, actor)
    return f"data:image/png;base64,{base64.b64encode(png).decode()}" if png else ""


def picture_of(shown: Shown | Signed, actor: Actor) -> bytes | None:
    """The PNG of a drawn signature, for papers we make. :raises DocumentMissing: not hers to see."""
    return None if shown.document_id is None else files.read_bytes(shown.document_id, actor=actor)
