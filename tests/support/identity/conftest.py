"""People for these tests."""

import secrets
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from app.core.db import db
from app.core.tenancy import acting_as, system_actor
from app.support.identity import operations, queries
from app.support.identity.models import User
from app.support.identity.operations import Person

PASSWORD = "Zdy-2026-demo!"


@pytest.fixture
def a_user(db_session) -> Callable[..., User]:
    """``a_user(email, permissions=…, role=…)``: a stored user whose role grants exactly these permissions."""

    def make(
        email: str = "wangli@example.com",
        *,
        name: str = "王丽",
        permissions: Iterable[str] = (),
        role: str | None = None,
        tenant_id: int = 1,
        must_change_password: bool = False,
        **more: Any,
    ) -> User:
        with acting_as(system_actor(tenant_id)) as system:
            code = role or f"R_{secrets.token_hex(4).upper()}"
            if queries.find_role(code) is None:
                operations.create_role(code, f"角色{code}", permissions=set(permissions), actor=system)
            user = operations.create_user(
                email,
                PASSWORD,
                Person(name=name, **more),
                role_codes=[code],
                actor=system,
                must_change_password=must_change_password,
            )
            db.session.commit()
            db.session.refresh(user)
            db.session.expunge(user)
            db.session.commit()  # leave no savepoint open around the requests that follow
            return user

    return make


@pytest.fixture
def enter(app, db_session) -> Callable[..., Any]:
    """``enter(email, password)``: a new browser and the answer of the sign-in form."""

    def go(email: str, password: str = PASSWORD, browser: Any = None, address: str = "10.1.1.1", **form: str) -> Any:
        browser = browser or app.test_client()
        answer = browser.post(
            "/login", data={"email": email, "password": password, **form}, environ_base={"REMOTE_ADDR": address}
        )
        return browser, answer

    return go


@pytest.fixture
def key() -> Callable[..., dict[str, Any]]:
    """Form data with a fresh idempotency key."""
    return lambda **data: {"_key": secrets.token_hex(8), **data}
