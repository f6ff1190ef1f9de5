"""Audit: who did what, when and to which thing – an append-only chain that shows every tampering.

A record is bound to the one before it by a keyed hash, the last one to a sealed head, and the head to a file
outside the database. Operations call ``audit.record(actor, "room.subject.event", row, amount_fen=…)``.

Not for: diagnostics (log), the history of a case (workflow's task log), personal data (name the row instead).
Words owned: record, chain, head, anchor, flaw.
"""

from app.support.audit.operations import record

__all__ = ["record"]
