"""Signing in, step by step. A door of its own kind: it opens its units of work itself, because a refused try must
stay counted, and because between counting and opening the session the password is checked without any lock.
"""

from dataclasses import dataclass
from datetime import timedelta

from flask_security import hash_password
from flask_security.utils import login_user, verify_password

from app.core import clock
from app.core.db import db
from app.core.tenancy import acting_as, platform_scope, system_actor
from app.core.transactions import unit_of_work
from app.support import audit
from app.support.identity import passwords, queries
from app.support.identity.models import User
from app.support.identity.operations import sessions, throttle
from app.support.identity.operations.throttle import Try
from app.support.identity.rules import DEVICE_KNOWN_FOR, account_name, fingerprint, try_keys
from app.support.identity.security import actor_of


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who knocks: address, browser, and the token of a device that was given one."""

    address: str
    browser: str
    device: str | None


@dataclass(frozen=True, slots=True)
class Refused:
    """Not let in. ``wait`` > 0: too many tries; else account or password is wrong – which one is not told."""

    wait: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class LetIn:
    """Let in: secrets the browser keeps."""

    session_token: str
    device_token: str


def sign_in(email: str, password: str, visitor: Visitor) -> LetIn | Refused:
    """Count, check, and open a session. The same work is done whether or not the account exists."""
    account = account_name(email)
    with platform_scope("sign-in"):
        counted = _count(account, visitor)
        if counted.is_refused:
            return Refused(counted.wait)
        user_id = check_password(account, password)
        if user_id is None:
            _note_failure(account, visitor)
            return Refused()
        # A second factor is asked for here, before any session exists.
        return open_session(user_id, counted, visitor)


def _count(account: str, visitor: Visitor) -> Try:
    with unit_of_work():
        device = visitor.device if _is_known_device(account, visitor) else None
        return throttle.count_try(try_keys(account, visitor.address, device))


def _is_known_device(account: str, visitor: Visitor) -> bool:
    user = queries.find_user_by_account(account)
    if user is None or visitor.device is None:
        return False
    since = clock.now() - DEVICE_KNOWN_FOR
    return queries.is_known_device_for_sign_in(user.id, fingerprint(visitor.device), since)


def check_password(account: str, password: str) -> int | None:
    """The id of the active user whose password it is, or None after as much work."""
    user = queries.find_user_by_account(account)
    user = queries.find_user_for_sign_in(user.id) if user else None
    user_id, stored = (user.id, user.password) if user else (None, None)
    db.session.close()  # no transaction stays open while we reckon
    text = passwords.normal(password)[: passwords.LONGEST]
    if stored is None:
        hash_password(text)
        return None
    return user_id if verify_password(text, stored) else None


def _note_failure(account: str, visitor: Visitor) -> None:
    with unit_of_work():
        user = queries.find_user_by_account(account)
        if user is not None:
            known = _is_known_device(account, visitor)
            audit.record(system_actor(user.tenant_id), "identity.sign_in.failed", user, known_device=known)


def open_session(user_id: int, counted: Try, visitor: Visitor) -> LetIn:
    """Open the session of a user who has proved who she is; in a platform scope."""
    with unit_of_work():
        user = queries.get_user(user_id)
        throttle.forgive(counted)
        actor = actor_of(user, [])
        token = sessions.open_session(user, address=visitor.address, browser=visitor.browser, actor=actor)
        device = _device_token(visitor)
        sessions.remember_device(user, device)
    _tell_library(user)
    return LetIn(session_token=token, device_token=device)


def _device_token(visitor: Visitor) -> str:
    """The browser's token if we issued it – several people may share a browser – else a new one."""
    if visitor.device and queries.is_issued_device_for_sign_in(fingerprint(visitor.device)):
        return visitor.device
    return sessions.new_token()


def _tell_library(user: User) -> None:
    """Flask-Security's part: its session keys and signals. The user is read whole, then let go of the database."""
    db.session.refresh(user)
    db.session.close()
    with acting_as(actor_of(user, [])):
        login_user(user, remember=False, authn_via=["password"])
