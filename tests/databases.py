"""Programs of tests and their databases: each template is made once in a run, whoever of the workers asks first.

``empty`` has the newest schema, ``demo`` the demo company, those of ``CASES`` what people walked through the real doors. Everybody else copies them: a file on SQLite, ``CREATE DATABASE … TEMPLATE`` on PostgreSQL.
"""

import fcntl
import json
import os
import secrets
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from contextvars import Context, copy_context
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from flask import Flask
from flask.globals import _cv_app
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import event
from werkzeug.routing import Rule

from app.config import Settings
from app.core.db import db
from app.core.tenancy import platform_scope
from app.demo import company
from app.factory import create_app
from tests.processes.house import House, Walked, served
from tests.programs import PATIENCE

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432")
CHEAP_HASHES = {"argon2__time_cost": 1, "argon2__memory_cost": 8, "argon2__parallelism": 1}
"""Hundreds of people sign in during the tests; what the program itself does is held by test_identity_sign_in.py."""
CASES = {
    "voting": ("demo", "stage_voting"),
    "filled": ("voting", "direct"),
    "shown": ("voting", "stage_in_force", "stage_risk"),
}
"""Templates with cases: what they are a copy of, and which cases are walked there besides."""


# ------------------------------------------------------------------ programs


class SeparateClient(FlaskClient):
    """A client whose requests do not share the test's application context, session or actor."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Run the request in a context of its own, as a server would."""
        context = copy_context()
        context.run(_cv_app.set, None)  # type: ignore[arg-type]
        return context.run(super().open, *args, **kwargs)


class Pages(BytecodeCache):
    """Templates compiled once in a process, for all programs of its tests."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """From memory, if it is the same text."""
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Into memory."""
        self.kept[bucket.key] = bucket.bytecode_to_string()


PAGES = Pages()


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
    app.jinja_env.bytecode_cache = PAGES
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


def _remember_builders() -> None:
    """The library writes and compiles a function for each address, the same for every program: nine tenths of its making.

    What comes out depends on the rule's parts alone; the rule itself is an argument of the function.
    """
    write, written = Rule._compile_builder, {}

    def remembered(self: Rule, append_unknown: bool = True) -> Any:
        parts = (self.rule, tuple(self._trace), append_unknown, repr(self.defaults))
        if parts not in written:
            written[parts] = write(self, append_unknown)
        return written[parts]

    Rule._compile_builder = remembered  # type: ignore[method-assign]


_remember_builders()


# ------------------------------------------------------------------ databases


class Templates:
    """What a run's workers share, in one folder: files of SQLite, names on PostgreSQL, what was walked in them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def run(self) -> str:
        """What all databases of this run are called by on PostgreSQL."""
        return self._known("run", lambda: {"name": f"zdy_test_{secrets.token_hex(4)}"})["name"]

    def template(self, kind: str, name: str) -> dict[str, Any]:
        """``{"url": …, "place": …, "walked": …}`` of a template, made by the first who asks."""
        return self._known(f"{name}_{kind}", lambda: Context().run(self._make, kind, name))

    def _known(self, name: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        said = self.folder / f"{name}.json"
        with (self.folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not said.exists():
                made = make()
                said.write_text(json.dumps(made))
            return json.loads(said.read_text())

    def _make(self, kind: str, name: str) -> dict[str, Any]:
        """In a context of its own: on the present day, whatever clock the test has that asks first."""
        if name == "empty":
            url, walked = create(kind, self.folder, f"{self.run}_empty"), {}
            app = build_app(settings_for(url, self.folder / f"empty_{kind}"))
            migrate_to_head(app)
        else:
            parent, *cases = CASES.get(name, ("empty",))
            found = self.template(kind, parent)
            app, walked = copy_of(found, kind, self.folder, f"{self.run}_{name}"), found["walked"]
            app.config["WTF_CSRF_ENABLED"] = name != "demo"
            walked |= _walk(app, cases) if cases else _seed(app)
        _close(app)
        settings = app.extensions["settings"]
        return {"url": settings.database_url, "place": str(_place(settings)), "walked": walked}

    def drop(self) -> None:
        """Leave nothing behind. Once, when all workers have ended."""
        if any(self.folder.glob("*_postgresql.json")):
            with psycopg.connect(f"{POSTGRES}/postgres", autocommit=True) as connection:
                for (name,) in connection.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [f"{self.run}_"]).fetchall():
                    connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        shutil.rmtree(self.folder, ignore_errors=True)


def _seed(app: Flask) -> dict[str, Any]:
    with app.app_context():
        company.seed(app.extensions["settings"], lambda _said: None)
    return {}


def _walk(app: Flask, cases: list[str]) -> dict[str, Any]:
    with served(app) as url:
        house = House(app, url)
        return {case: asdict(house.walked(case)) for case in cases}


def _close(app: Flask) -> None:
    """No connection, and on SQLite one file with everything in it, as a template must be."""
    with app.app_context():
        db.session.remove()
        url = db.engine.url
        db.engine.dispose()
    if url.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(str(url.database))) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.execute("PRAGMA journal_mode=DELETE")


def create(kind: str, folder: Path, name: str, template: str | None = None) -> str:
    """A new database; its address."""
    if kind == "sqlite":
        target = folder / f"{name}.db"
        if template:
            shutil.copyfile(template, target)
        return f"sqlite:///{target}"
    with psycopg.connect(f"{POSTGRES}/postgres", autocommit=True) as connection:
        copied = f" TEMPLATE {template}" if template else ""
        if template and connection.execute("SHOW fsync").fetchone() == ("off",):
            copied += " STRATEGY FILE_COPY"  # half the work, where nobody waits for a disk
        connection.execute(f"CREATE DATABASE {name}{copied}")  # type: ignore[arg-type]
    return f"{POSTGRES.replace('postgresql://', 'postgresql+psycopg://')}/{name}"


def copy_of(template: dict[str, Any], kind: str, folder: Path, name: str) -> Flask:
    """A program on a copy. Files and the anchors of the audit chain lie in its own folder: its chain is another one soon."""
    source = urlsplit(template["url"]).path
    url = create(kind, folder, name, source[1:])
    place = folder / f"{name}_{kind}"
    if Path(template["place"]).is_dir():
        shutil.copytree(template["place"], place)
    return build_app(settings_for(url, place))


def _place(settings: Settings) -> Path:
    return Path(urlsplit(settings.files_url).path).parent


class Databases:
    """A worker's own copies of the templates."""

    def __init__(self, folder: Path, templates: Templates) -> None:
        self.folder, self.templates = folder, templates
        self.made: list[str] = []
        self.apps: dict[str, Flask] = {}

    def app(self, kind: str) -> Flask:
        """The program all tests of this worker share that undo what they write."""
        if kind not in self.apps:
            self.apps[kind] = self.copy(kind)
        return self.apps[kind]

    def copy(self, kind: str, template: str = "empty") -> Flask:
        """A program on a fresh copy of a template."""
        name = f"{self.templates.run}_{secrets.token_hex(4)}"
        self.made += [name] if kind == "postgresql" else []
        return copy_of(self.templates.template(kind, template), kind, self.folder, name)

    def demo(self, kind: str, template: str = "demo") -> Flask:
        """A program on a fresh copy of a template in which the demo company stands; it does as a served one does."""
        made = self.copy(kind, template)
        made.config["WTF_CSRF_ENABLED"] = True
        return made

    def walked(self, kind: str, template: str) -> dict[str, Walked]:
        """The cases that stand in copies of a template, by the name of their walk."""
        return {name: Walked(**told) for name, told in self.templates.template(kind, template)["walked"].items()}

    def bare(self, kind: str) -> str:
        """The address of a new database without any table."""
        name = f"{self.templates.run}_{secrets.token_hex(4)}"
        self.made += [name] if kind == "postgresql" else []
        return create(kind, self.folder, name)

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

    def drop(self) -> None:
        """Leave nothing of one's own behind."""
        self._drop(self.made)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _drop(self, names: list[str]) -> None:
        if not names:
            return
        with psycopg.connect(f"{POSTGRES}/postgres", autocommit=True) as connection:
            for name in names:
                connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")  # type: ignore[arg-type]
