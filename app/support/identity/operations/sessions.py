"""Sessions of browsers: opened when somebody signs in, ended by herself, by an administrator, or by time."""

import secrets

from sqlalchemy import select, update

from app.core import clock
from app.core.db import db
from app.core.tenancy import Actor
from app.support import audit
from app.support.identity import queries
from app.support.identity.models import KnownDevice, SignInSession, User
from app.support.identity.rules import fingerprint


def new_token() -> str:
    """A secret for a cookie: 256 bits."""
    return secrets.token_urlsafe(32)


def open_session(user: User, *, address: str | None, browser: str, actor: Actor) -> str:
    """Begin a session. The result is the secret the browser keeps; only its fingerprint is stored."""
    token = new_token()
    now = clock.now()
    row = SignInSession(
        tenant_id=user.tenant_id,
        user_id=user.id,
        token_hash=fingerprint(token),
        address=address,
        browser=browser[:300],
        last_seen_at=now,
    )
    db.session.add(row)
    # Not through the object: two sign-ins of one person at once are no conflict.
    stamp = update(User).where(User.id == user.id).values(last_sign_in_at=now)
    db.session.execute(stamp.execution_options(synchronize_session=False))
    audit.record(actor, "identity.session.opened", row)
    return token


def remember_device(user: User, token: str) -> None:
    """The account was signed in from the browser that holds ``token``."""
    query = select(KnownDevice).where(KnownDevice.user_id == user.id, KnownDevice.token_hash == fingerprint(token))
    device = db.session.scalar(query) or KnownDevice(
        tenant_id=user.tenant_id, user_id=user.id, token_hash=fingerprint(token)
    )
    device.last_used_at = clock.now()
    db.session.add(device)


def end_session(session_id: int, user_id: int, reason: str, *, actor: Actor) -> None:
    """End one session of a user; ending it twice changes nothing. :raises SessionNotFound: not hers."""
    row = queries.get_session(session_id, user_id)
    if row.ended_at is None:
        row.ended_at, row.ended_reason = clock.now(), reason
        audit.record(actor, "identity.session.ended", row, reason=reason, user_id=user_id)


def end_all_sessions(user: User, reason: str, *, actor: Actor, but: int | None = None) -> int:
    """End every running session of a user except ``but``. The result is how many were ended."""
    running = [row for row in queries.list_sessions(user.id, clock.now()) if row.id != but]
    for row in running:
        row.ended_at, row.ended_reason = clock.now(), reason
    if running:
        audit.record(actor, "identity.session.all_ended", user, reason=reason, count=len(running))
    return len(running)


def forget_devices(user: User) -> None:
    """No browser is known for this user any more."""
    for device in db.session.scalars(select(KnownDevice).where(KnownDevice.user_id == user.id)):
        db.session.delete(device)
