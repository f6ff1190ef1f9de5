"""Flask-Security on our tables, and who acts in this request.

Its own pages, commands and tokens stay off: doors of ours open units of work and count failures first.
"""

from typing import Any

from flask import Flask, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_security import Security, SQLAlchemyUserDatastore, current_user
from sqlalchemy import update

from app.core import clock
from app.core.db import db
from app.core.errors import AppError
from app.core.tenancy import Actor, acting_as, platform_scope, set_actor
from app.core.transactions import unit_of_work
from app.support.identity import queries
from app.support.identity.models import Role, SignInSession, User
from app.support.identity.rules import SEEN_EVERY, fingerprint

SESSION_KEY = "sid"
_FREE_OF_PASSWORD_CHANGE = {
    "static",
    "identity.change_password",
    "identity.change_password_form",
    "identity.choose_language",
    "identity.sign_out",
}


class TenantDatastore(SQLAlchemyUserDatastore):
    """Finds who a session cookie belongs to, in whatever tenant."""

    def find_user(self, case_insensitive: bool = False, **kwargs: Any) -> User | None:  # noqa: ARG002
        """The user of the running session this browser has; nobody without one."""
        token = session.get(SESSION_KEY)
        if not token:
            return None
        with platform_scope("sign-in"):
            row = queries.find_session_for_sign_in(fingerprint(token), clock.now())
            user = queries.find_user_for_sign_in(row.user_id) if row else None
            if row is None or user is None or user.fs_uniquifier != kwargs.get("fs_uniquifier"):
                user = None
            else:
                g.sign_in_session = (row.id, row.last_seen_at)
                g.sign_in_grants = queries.list_grants_for_sign_in(user.id)
            db.session.close()  # one session per principal: nothing read here stays visible
        return user


def init_identity(app: Flask) -> None:
    """Hang sign-in into the program."""
    for name, value in _CONFIG.items():
        app.config.setdefault(f"SECURITY_{name}", value)
    roles: Any = Role  # never asked for: roles are read by ``queries.list_grants_for_sign_in``
    Security(app, TenantDatastore(db, User, roles), register_blueprint=False)
    app.before_request(load_actor)


_CONFIG: dict[str, Any] = {
    "PASSWORD_HASH": "argon2",
    "PASSWORD_SCHEMES": ["argon2"],
    "PASSWORD_SINGLE_HASH": {"argon2"},
    "API_ENABLED_METHODS": ["session"],
    "CLI_USERS_NAME": False,
    "CLI_ROLES_NAME": False,
    "FLASH_MESSAGES": False,
}


def load_actor() -> ResponseReturnValue | None:
    """Before every request: who acts. Whoever still has a password given by others is asked to change it first."""
    set_actor(None)
    if request.endpoint == "static" or not current_user.is_authenticated:
        return None
    user: User = current_user
    actor = actor_of(user, g.sign_in_grants)
    set_actor(actor)
    _note_use(actor)
    if user.must_change_password and request.endpoint not in _FREE_OF_PASSWORD_CHANGE:
        return redirect(url_for("identity.change_password_form"))
    return None


def session_id() -> int:
    """The row of the session this request belongs to; only when somebody is signed in."""
    return int(g.sign_in_session[0])


def actor_of(user: User, grants: list[tuple[str, str | None]]) -> Actor:
    """The user as an actor with what her roles grant."""
    return Actor(
        tenant_id=user.tenant_id,
        name=user.name,
        user_id=user.id,
        department_id=user.department_id,
        institution_id=user.institution_id,
        roles=frozenset(code for code, _granted in grants),
        permissions=frozenset(granted for _code, granted in grants if granted),
    )


def _note_use(actor: Actor) -> None:
    """Keep the session's last use, now and then; a busy database only delays it."""
    session_id, last_seen_at = g.sign_in_session
    now = clock.now()
    if now - last_seen_at < SEEN_EVERY:
        return
    try:
        with acting_as(actor), unit_of_work():
            db.session.execute(
                update(SignInSession).where(SignInSession.id == session_id).values(last_seen_at=now)
            )
    except AppError as delay:
        current_app.logger.info("last use of a session not noted: %s", delay.code)


def actor_for(user_id: int) -> Actor:
    """A user of the acting tenant with what her roles grant, for an act of hers that goes on without her.

    :raises UserNotFound: not in this tenant.
    """
    return actor_of(queries.get_user(user_id), queries.list_grants_for_sign_in(user_id))
