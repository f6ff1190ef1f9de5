"""Failed sign-ins cost waiting time; counted before the password is looked at, so parallel tries gain nothing."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from app.core import clock
from app.core.db import db, locked
from app.support.identity.models import SignInThrottle
from app.support.identity.rules import FORGET_AFTER, TryKind, wait_after


@dataclass(frozen=True, slots=True)
class Try:
    """A try that was counted; ``wait`` > 0 means it was refused."""

    keys: dict[TryKind, str]
    wait: timedelta

    @property
    def is_refused(self) -> bool:
        """Whether the password must not even be looked at."""
        return self.wait > timedelta(0)


def count_try(keys: dict[TryKind, str]) -> Try:
    """Count a try as failed in advance; refused without counting while any of its keys has to wait."""
    now = clock.now()
    rows = _locked(keys)
    waits = [row.blocked_until - now for row in rows if row.blocked_until and row.blocked_until > now]
    if waits:
        return Try(keys, max(waits))
    for row in rows:
        if now - row.last_failed_at > FORGET_AFTER:
            row.failures = 0
        row.failures += 1
        row.last_failed_at = now
        row.blocked_until = now + wait_after(row.kind, row.failures)
    db.session.flush()
    return Try(keys, timedelta(0))


def forgive(counted: Try) -> None:
    """The password was right: take the try back. Pair and device begin anew; the others lose only this one."""
    for row in _locked(counted.keys):
        starts_anew = row.kind in {TryKind.PAIR, TryKind.DEVICE}
        row.failures = 0 if starts_anew else max(row.failures - 1, 0)
        row.blocked_until = None if starts_anew else row.last_failed_at + wait_after(row.kind, row.failures)
    db.session.flush()


def _locked(keys: dict[TryKind, str]) -> list[SignInThrottle]:
    """The counters, locked in the order of their keys."""
    insert = sqlite.insert if db.session.get_bind().dialect.name == "sqlite" else postgresql.insert
    new = [{"key": key, "kind": kind, "failures": 0, "last_failed_at": clock.now()} for kind, key in keys.items()]
    new.sort(key=lambda row: str(row["key"]))
    db.session.execute(insert(SignInThrottle).values(new).on_conflict_do_nothing(index_elements=["key"]))
    query = select(SignInThrottle).where(SignInThrottle.key.in_(keys.values())).order_by(SignInThrottle.key)
    return list(db.session.scalars(locked(query)))
