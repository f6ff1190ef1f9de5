"""What every test stands on: one database per worker, a savepoint per test, a standing clock, no network.

``app``/``db_session``: SQLite (or PostgreSQL, for tests marked ``both_databases``), everything rolled back.
``fresh_app``: a database of its own with real commits, for threads and for what must survive a crash.
``databases.demo(kind)``: such a database with the demo company in it, seeded once in a run (``tests/databases.py``).
"""

import gc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright
from sqlalchemy.engine import Connection
from sqlalchemy.orm import scoped_session

from app.core import clock
from app.core.db import db
from app.core.tenancy import Actor, acting_as, set_actor
from app.core.transactions import loose_writes
from app.workflow.definitions import cache
from tests.databases import Databases, Templates
from tests.programs import PATIENCE

settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")  # two workers share two cores with servers and a browser: slow is not wrong

TENANT = 1
NOW = "2026-11-24T10:00:00"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests marked ``both_databases`` run once on SQLite and once on PostgreSQL, others on SQLite unless they are marked."""
    if "database_kind" in metafunc.fixturenames:
        marked = metafunc.definition.get_closest_marker
        kinds = ["postgresql"] if marked("on_postgresql") else ["sqlite", "postgresql"] if marked("both_databases") else ["sqlite"]
        metafunc.parametrize("database_kind", kinds, scope="session")


LONGEST = (
    "test_crashes",
    "test_direct_walks",
    "doors",
    "test_canaries",
    "browser",
    "test_commands",
    "test_matrix",
    "test_walks",
)
"""What takes minutes begins first, so that no worker is left alone with it at the end."""


def pytest_itemcollected(item: pytest.Item) -> None:
    """Tests of one file and database stay together, and those in Chromium: what they share is made by one worker only."""
    if item.get_closest_marker("browser"):
        item.add_marker(pytest.mark.xdist_group("browser"))
        return
    kind = item.callspec.params.get("database_kind", "") if hasattr(item, "callspec") else ""
    if kind or not item.get_closest_marker("xdist_group"):
        file = "" if item.get_closest_marker("xdist_group") else item.path.stem
        item.add_marker(pytest.mark.xdist_group(f"{file}{kind}"))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest groups first, in any order of the rest."""
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    """Where its group stands among the longest; a group is called after its file and database."""
    groups = [str(mark.args[0]) for mark in item.iter_markers("xdist_group")]
    return next((at for at, name in enumerate(LONGEST) if any(one.startswith(name) for one in groups)), len(LONGEST))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Nothing of what is loaded is garbage, so nobody looks for it."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


OBJECTS_BETWEEN_LOOKS = (20_000, 50, 100)
"""What a test leaves is soon dead; what grows is statements and releases a program keeps. Python's own measure, 700,
has the collector look through them a few times a second."""


def pytest_collection_finish() -> None:
    """What is loaded stays: the collector of garbage need not look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*OBJECTS_BETWEEN_LOOKS)


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    made = Databases(tmp_path_factory.mktemp("databases"), Templates(_shared(request.config)))
    yield made
    made.drop()


def _shared(config: pytest.Config) -> Path:
    """The folder all workers of a run know."""
    own = Path(config._tmp_path_factory.getbasetemp())  # type: ignore[attr-defined]
    return (own.parent if hasattr(config, "workerinput") else own) / "templates"


def pytest_unconfigure(config: pytest.Config) -> None:
    """The templates go when all workers have ended."""
    if not hasattr(config, "workerinput") and hasattr(config, "_tmp_path_factory") and _shared(config).is_dir():
        Templates(_shared(config)).drop()


@pytest.fixture
def app(databases: Databases, database_kind: str) -> Flask:
    """The shared program; use with ``db_session`` so that nothing stays."""
    return databases.app(database_kind)


@pytest.fixture
def fresh_app(databases: Databases, database_kind: str) -> Iterator[Flask]:
    """A program on its own database: commits are real, other threads see them."""
    made = databases.copy(database_kind)
    yield made
    databases.discard(made)


@pytest.fixture
def db_session(app: Flask) -> Iterator[scoped_session[Any]]:
    """The session inside an outer transaction that is rolled back at the end of the test."""
    with app.app_context():
        engines = db._app_engines[app]
        engine = engines[None]
        connection: Connection = engine.connect()
        transaction = connection.begin()
        engines[None] = connection  # type: ignore[assignment]
        try:
            with loose_writes():
                yield db.session
        finally:
            db.session.remove()
            transaction.rollback()
            connection.close()
            engines[None] = engine
            for slot in (cache._SLOT, cache._HASHES):  # keys of releases that are gone come again
                app.extensions.pop(slot, None)


@pytest.fixture
def actor(db_session: scoped_session[Any]) -> Iterator[Actor]:
    """A person of the test tenant who may do everything that needs no particular role."""
    someone = Actor(tenant_id=TENANT, name="测试员", user_id=1001, department_id=None)
    with acting_as(someone):
        yield someone


@pytest.fixture
def client(app: Flask, db_session: scoped_session[Any]) -> FlaskClient:
    """A browser-like client over the same rolled-back transaction."""
    return app.test_client()


@pytest.fixture(autouse=True)
def nobody_acts() -> Iterator[None]:
    """Every test begins signed out, whoever acted in the one before."""
    set_actor(None)
    yield
    set_actor(None)


@pytest.fixture(autouse=True)
def standing_clock(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tuesday 2026-11-24, ten in the morning, in Beijing; ``@pytest.mark.real_clock`` lets time run."""
    if request.node.get_closest_marker("real_clock"):
        yield
        return
    with clock.freeze(NOW):
        yield


@pytest.fixture
def sign_in(app: Flask) -> Callable[..., FlaskClient]:
    """Sign a user in through the login form: ``sign_in(user)`` gives her client."""

    def enter(user: Any, password: str = "Zdy-2026-demo!") -> FlaskClient:
        browser = app.test_client()
        answer = browser.post("/login", data={"email": user.email, "password": password})
        assert answer.status_code in {302, 303}, answer.get_data(as_text=True)[:500]
        return browser

    return enter


CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The one Chromium of a worker: its library runs once in a process."""
    expect.set_options(timeout=PATIENCE * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM, timeout=PATIENCE * 1000)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def window(chromium: Browser) -> Callable[..., BrowserContext]:
    """``window(viewport=…)``: somebody's own Chromium window, which waits for a busy machine."""

    def open_window(**more: Any) -> BrowserContext:
        context = chromium.new_context(**more)
        context.set_default_timeout(PATIENCE * 1000)
        return context

    return open_window
