"""The one verb: record."""

from flask import has_request_context, request

from app.core import clock
from app.core.db import Base, db
from app.core.tenancy import Actor, visible_tenant
from app.support.audit import chain, triggers
from app.support.audit.chain import Entry
from app.support.audit.errors import ForeignChain
from app.support.audit.rules import checked_tag, facts_text

__all__ = ["record", "triggers"]


def record(actor: Actor, tag: str, subject: Base | tuple[str, object] | None = None, /, **facts: object) -> None:
    """Note that ``actor`` did ``tag`` to ``subject``; written when the business transaction commits, or never.

    :param tag: ``room.subject.event``.
    :param subject: a row (its key may still be unknown) or ``("entity", id)``.
    :param facts: figures and keys that a reader needs; no personal data.
    :raises ForeignChain: the actor belongs to a tenant this transaction cannot see.
    """
    tenant_id = visible_tenant()
    if tenant_id not in {None, actor.tenant_id}:
        raise ForeignChain(f"{tag}: tenant {actor.tenant_id} seen from {tenant_id}")
    entry = Entry(
        actor=actor,
        tag=checked_tag(tag),
        subject=subject,
        facts_json=facts_text(facts),
        at=clock.now(),
        address=request.remote_addr if has_request_context() else None,
    )
    chain.remember(db.session(), entry)
