"""What every test stands on: one database per worker, a savepoint per test, a standing clock, no network.

``app``/``db_session``: SQLite (or PostgreSQL, for tests marked ``both_databases``), everything rolled back.
``fresh_app``: a database of its own with real commits, for threads and for what must survive a crash.
``databases.demo(kind)``: such a database with the demo company in it, seeded once per worker.
"""

import os
import secrets
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from contextvars import Context, copy_context
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from flask import Flask
from flask.globals import _cv_app
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright
from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.orm import scoped_session

from app.config import Settings
from app.core import clock
from app.core.db import db
from app.core.tenancy import Actor, acting_as, platform_scope, set_actor
from app.core.transactions import loose_writes
from app.demo import company
from app.factory import create_app
from tests.programs import PATIENCE

settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")  # two workers share two cores with servers and a browser: slow is not wrong

TENANT = 1
NOW = "2026-11-24T10:00:00"
POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432")
CHEAP_HASHES = {"argon2__time_cost": 1, "argon2__memory_cost": 8, "argon2__parallelism": 1}
"""Hundreds of people sign in during the tests; what the program itself does is held by test_identity_sign_in.py."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests marked ``both_databases`` run once on SQLite and once on PostgreSQL."""
    if "database_kind" in metafunc.fixturenames:
        both = metafunc.definition.get_closest_marker("both_databases")
        kinds = ["sqlite", "postgresql"] if both else ["sqlite"]
        metafunc.parametrize("database_kind", kinds, scope="session")


class SeparateClient(FlaskClient):
    """A client whose requests do not share the test's application context, session or actor."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Run the request in a context of its own, as a server would."""
        context = copy_context()
        context.run(_cv_app.set, None)  # type: ignore[arg-type]
        return context.run(super().open, *args, **kwargs)


def settings_for(database_url: str, folder: Path) -> Settings:
    """Settings of a test program: everything in ``folder``, Redis of the machine."""
    return Settings(
        database_url=database_url,
        redis_url=os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/7"),
        files_url=f"file://{folder / 'files'}",
        secret_key="test-secret-key-0123456789",
        data_key="11" * 32,
        environment="test",
    )


def build_app(settings: Settings) -> Flask:
    """The program with test settings."""
    app = create_app(
        settings,
        TESTING=True,
        WTF_CSRF_ENABLED=False,
        PROPAGATE_EXCEPTIONS=False,
        SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS=CHEAP_HASHES,
    )
    app.test_client_class = SeparateClient
    if settings.database_url.startswith("sqlite"):
        with app.app_context():
            event.listen(db.engine, "connect", _be_patient)
    return app


def _be_patient(connection: sqlite3.Connection, _entry: object) -> None:
    """No test is about the disk; and fifty threads of a busy machine may each have to wait long for their turn."""
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute(f"PRAGMA busy_timeout={int(PATIENCE * 1000)}")


def migrate_to_head(app: Flask) -> None:
    """Bring a new database to the newest schema, as production does."""
    from flask_migrate import upgrade

    with app.app_context(), platform_scope("migrations"):
        upgrade(revision="head")


class Databases:
    """The templates of each kind, made once per worker, and copies of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made: list[str] = []
        self.apps: dict[str, Flask] = {}
        self.demos: dict[str, Flask] = {}

    def app(self, kind: str) -> Flask:
        """The shared program on the template database of that kind."""
        if kind not in self.apps:
            url = self._create(kind, f"template_{secrets.token_hex(4)}")
            self.apps[kind] = build_app(settings_for(url, self.folder))
            migrate_to_head(self.apps[kind])
        return self.apps[kind]

    def copy(self, kind: str) -> Flask:
        """A program on a fresh copy of the empty template."""
        return self._copy(kind, self.app(kind))

    def demo(self, kind: str) -> Flask:
        """A program on a fresh copy of the template in which the demo company stands; it does as a served one does."""
        if kind not in self.demos:
            self.demos[kind] = self.copy(kind)
            Context().run(_seed, self.demos[kind])  # the present day, whatever clock the test that asks first has
        made = self._copy(kind, self.demos[kind], with_files=True)
        made.config["WTF_CSRF_ENABLED"] = True
        return made

    def discard(self, app: Flask) -> None:
        """Remove a copy nobody needs any more."""
        with app.app_context():
            url = db.engine.url
            db.engine.dispose()
        if url.get_backend_name() == "postgresql":
            self._drop([str(url.database)])
            self.made.remove(str(url.database))
        else:
            Path(str(url.database)).unlink()

    def _copy(self, kind: str, template: Flask, *, with_files: bool = False) -> Flask:
        """Files and the anchors of the audit chain lie in a folder of the copy's own: its chain is another one soon."""
        with template.app_context():
            source = db.engine.url
            db.engine.dispose()
        name = f"copy_{secrets.token_hex(4)}"
        if kind == "sqlite":
            target = self.folder / f"{name}.db"
            with closing(sqlite3.connect(str(source.database))) as connection:
                connection.execute(f"VACUUM INTO '{target}'")
            url = f"sqlite:///{target}"
        else:
            url = self._create(kind, name, template=source.database)
        settings = template.extensions["settings"]
        place = self.folder / name
        if with_files:
            shutil.copytree(Path(urlsplit(settings.files_url).path).parent, place)
        return build_app(replace(settings, database_url=url, files_url=f"file://{place / 'files'}"))

    def _create(self, kind: str, name: str, template: str | None = None) -> str:
        if kind == "sqlite":
            return f"sqlite:///{self.folder / f'{name}.db'}"
        name = f"zdy_test_{os.getpid()}_{name}"
        with psycopg.connect(f"{POSTGRES}/postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))  # type: ignore[arg-type]
        self.made.append(name)
        return f"{POSTGRES.replace('postgresql://', 'postgresql+psycopg://')}/{name}"

    def drop(self) -> None:
        """Leave nothing behind."""
        self._drop(self.made)

    def _drop(self, names: list[str]) -> None:
        if not names:
            return
        with psycopg.connect(f"{POSTGRES}/postgres", autocommit=True) as connection:
            for name in names:
                connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")  # type: ignore[arg-type]


def _seed(app: Flask) -> None:
    with app.app_context():
        company.seed(app.extensions["settings"], lambda _said: None)


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    folder = tmp_path_factory.mktemp("databases")
    made = Databases(folder)
    yield made
    made.drop()
    shutil.rmtree(folder, ignore_errors=True)


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
