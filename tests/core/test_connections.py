"""Connections of the pool: none is asked whether it lives, and one the server has closed is replaced unnoticed."""

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from app.core.db import db
from app.core.tenancy import acting_as, system_actor
from app.core.transactions import unit_of_work

pytestmark = pytest.mark.on_postgresql


@pytest.fixture
def server(fresh_app):
    """The database's owner beside the program."""
    with fresh_app.app_context(), acting_as(system_actor(1)):
        url = db.engine.url
        yield create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        db.session.remove()
        db.engine.dispose()


def pid():
    with unit_of_work():
        return db.session.scalar(text("SELECT pg_backend_pid()"))


def test_a_connection_that_lives_is_not_asked(server):
    first = pid()
    with db.engine.connect(), server.connect() as owner:
        query = text("SELECT query FROM pg_stat_activity WHERE pid = :pid")
        assert owner.scalar(query, {"pid": first}) == "COMMIT"
    assert pid() == first


def test_one_the_server_has_closed_is_replaced(server):
    first = pid()
    with server.connect() as owner:
        assert owner.scalar(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": first})
    second = pid()
    assert second != first
    assert pid() == second
