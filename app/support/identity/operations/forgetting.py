"""What signing in leaves behind is not kept for ever; the trail keeps what must be kept."""

from typing import Any, cast

from sqlalchemy import CursorResult, delete

from app.core import clock
from app.core.db import db
from app.support.identity.models import KnownDevice, SignInSession, SignInThrottle
from app.support.identity.rules import DEVICE_KNOWN_FOR, FORGET_AFTER


def forget_old_sign_ins() -> int:
    """Remove counters no longer counted, and the tenant's sessions and devices unused for long. How many rows."""
    now = clock.now()
    statements = (
        delete(SignInThrottle).where(SignInThrottle.last_failed_at < now - FORGET_AFTER),
        delete(KnownDevice).where(KnownDevice.last_used_at < now - DEVICE_KNOWN_FOR),
        delete(SignInSession).where(SignInSession.last_seen_at < now - DEVICE_KNOWN_FOR),
    )
    return sum(cast(CursorResult[Any], db.session.execute(statement)).rowcount for statement in statements)
