"""People who open pages of the business rooms in tests."""

import secrets
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.core.db import db
from app.core.tenancy import Actor, acting_as, system_actor
from app.support.identity import operations as identity
from app.support.identity.models import User
from app.support.identity.operations import Person

PASSWORD = "Zdy-2026-demo!"


@pytest.fixture
def books(db_session: Any) -> Iterable[Actor]:
    """The system of tenant 1, to arrange rows with."""
    with acting_as(system_actor(1)) as actor:
        yield actor


@pytest.fixture
def user(db_session: Any) -> Callable[..., User]:
    """``user("王丽华", "projects.project.view", …)``: somebody who may do exactly this."""

    def make(name: str, *permissions: str, tenant_id: int = 1) -> User:
        with acting_as(system_actor(tenant_id)) as system:
            code = f"R_{secrets.token_hex(4).upper()}"
            identity.create_role(code, f"角色{code}", permissions=set(permissions), actor=system)
            made = identity.create_user(
                f"{code.lower()}@example.com",
                PASSWORD,
                Person(name=name),
                role_codes=[code],
                actor=system,
                must_change_password=False,
            )
            db.session.commit()
            return made

    return make


@pytest.fixture
def browser(user: Callable[..., User], sign_in: Callable[..., FlaskClient]) -> Callable[..., FlaskClient]:
    """``browser("projects.project.view")``: the signed-in browser of somebody who may do exactly this."""

    def enter(*permissions: str, tenant_id: int = 1) -> FlaskClient:
        made = user("经办人", *permissions, tenant_id=tenant_id)
        with acting_as(system_actor(tenant_id)):
            db.session.refresh(made)
            db.session.commit()
            entered = sign_in(made)
        db.session.commit()
        return entered

    return enter
