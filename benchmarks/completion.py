"""The full path of one completed task: HTTP, sign-in, form, checks, step, engine, work list, log, audit, commit.

``python -m benchmarks.completion`` completes the task 申请 of the demo company with 1 and with 8 people at once,
against the web server as ``make run`` starts it, on SQLite and, with ``--postgres URL`` (an empty database), on
PostgreSQL. For each: CPU of the web process and wall time per completed task, the slowest of twenty, tasks a
second. Starting cases and opening forms is not measured; CPU of PostgreSQL itself is not counted, its time is in
the wall time.

The breakdown is taken in a second run of one person, inside the process: CPU and wall time each part takes for
itself (what it calls of other parts is theirs), and SQL statements; ``http`` is all that is no other part: Flask,
cookies, who is signed in, the answer. ``--json`` prints one object.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import re
import secrets
import socket
import statistics
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import event
from werkzeug.serving import make_server

from app import supervisor
from app.config import Settings
from app.core import clock, idempotency
from app.core.db import db
from app.core.tenancy import platform_scope
from app.demo import company
from app.demo.accounts import BY_LOGIN
from app.demo.answers import Walk, answer
from app.demo.browser import Browser, Refused
from app.demo.walk import PDF, REASON
from app.factory import create_app
from app.support.audit import chain
from app.workflow.engine import Run
from app.workflow.instances import store, throwing, worklist
from app.workflow.tasks import access, formwork, papers

completing = import_module("app.workflow.tasks.operations.complete")  # the package calls its verb the same
PEOPLE = (1, 8)
WARM = 6
PROCESS = "proc_direct_guarantee"


class Prepared(NamedTuple):
    """An open task and what will be submitted for it."""

    task_id: str
    content: dict[str, Any]


class Desk:
    """Somebody who starts cases and submits their first form."""

    def __init__(self, url: str) -> None:
        self.browser = Browser(url, BY_LOGIN["pm_a"]).sign_in()
        self.paper = self.browser.upload("授权书.pdf", PDF, "application/pdf")
        self.reasons: dict[str, str] = {}

    def prepare(self) -> Prepared:
        """Start a case and open its form."""
        where = self.browser.post_form(f"/start/{PROCESS}", {"_key": secrets.token_urlsafe(16)})
        found = re.search(r"/tasks/(\d+)", where)
        assert found is not None
        seen = self.browser.get_json(f"/api/v1/tasks/{found[1]}")
        walk = Walk("bench", clock.today(), file_of=lambda: self.paper)
        values = answer(walk, "application", seen["values"], seen["schema"])
        content = {"outcome": "submit", "values": values, "row_version": seen["row_version"]}
        return Prepared(found[1], content)

    def submit(self, one: Prepared) -> float:
        """Seconds until it was answered. Warnings are known from warming up and have their reasons."""
        begun = time.perf_counter()
        self.browser.post_json(f"/tasks/{one.task_id}/complete", {**one.content, "reasons": self.reasons})
        return time.perf_counter() - begun

    def warm(self) -> None:
        """Complete some, and learn which warnings there are to give a reason for."""
        for one in [self.prepare() for _ in range(WARM)]:
            try:
                self.submit(one)
            except Refused as refusal:
                findings = json.loads(refusal.answer)["findings"]
                self.reasons |= {finding["code"]: REASON for finding in findings}
                self.submit(one)


# ------------------------------------------------------------------ with a real server


def measured(url: str, pid: int, people: int, tasks: int) -> dict[str, float]:
    """Milliseconds per completed task, and tasks a second."""
    desks = [Desk(url) for _ in range(people)]
    for desk in desks:
        desk.warm()
    shares = [[desk.prepare() for _ in range(tasks // people)] for desk in desks]
    cpu, begun = _cpu_seconds(pid), time.perf_counter()
    with ThreadPoolExecutor(people) as pool:
        parts = pool.map(lambda desk, share: [desk.submit(one) for one in share], desks, shares)
        walls = [wall for part in parts for wall in part]
    passed, used = time.perf_counter() - begun, _cpu_seconds(pid) - cpu
    return {
        "cpu_ms": round(1000 * used / len(walls), 2),
        "wall_ms": round(1000 * statistics.median(walls), 2),
        "wall_p95_ms": round(1000 * sorted(walls)[int(0.95 * (len(walls) - 1))], 2),
        "tasks_per_second": round(len(walls) / passed, 1),
    }


def _cpu_seconds(pid: int) -> float:
    """User and system time of the worker of a gunicorn so far."""
    (worker,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    fields = Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def web(settings: Settings) -> Iterator[tuple[str, int]]:
    """Address and process id of the web server, started as the supervisor does."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        "DATABASE_URL": settings.database_url,
        "FILES_URL": settings.files_url,
        "SECRET_KEY": settings.secret_key,
        "DATA_KEY": settings.data_key,
        "REDIS_URL": settings.redis_url,
        "APP_ENVIRONMENT": "demo",
    }
    child = supervisor.web_child(port, environment)
    child.start()
    url = f"http://127.0.0.1:{port}"
    try:
        while True:
            try:
                urllib.request.urlopen(f"{url}/login", timeout=30).close()  # noqa: S310 - http to our own server
                break
            except (urllib.error.URLError, OSError):
                assert child.is_alive, "the web server does not start"
                time.sleep(0.1)
        assert child.process is not None
        yield url, child.process.pid
    finally:
        child.stop()


# ------------------------------------------------------------------ the breakdown


class Stopwatch:
    """Exclusive time by part, of every thread that does requests."""

    def __init__(self) -> None:
        self.cpu: dict[str, float] = defaultdict(float)
        self.wall: dict[str, float] = defaultdict(float)
        self.statements: dict[str, int] = defaultdict(int)
        self._here = threading.local()

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Time spent inside and in no part within."""
        stack = self._here.__dict__.setdefault("stack", [])
        frame = [name, 0.0, 0.0]
        stack.append(frame)
        cpu, wall = time.thread_time(), time.perf_counter()
        try:
            yield
        finally:
            cpu, wall = time.thread_time() - cpu, time.perf_counter() - wall
            stack.pop()
            self.cpu[name] += cpu - frame[1]
            self.wall[name] += wall - frame[2]
            if stack:
                stack[-1][1] += cpu
                stack[-1][2] += wall

    def around(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, timed as a part."""

        @wraps(function)
        def timed(*args: Any, **kwargs: Any) -> Any:
            with self.part(name):
                return function(*args, **kwargs)

        return timed

    def statement(self, *_about: object) -> None:
        """A statement was sent."""
        stack = self._here.__dict__.get("stack")
        self.statements[stack[-1][0] if stack else "outside"] += 1


PARTS: tuple[tuple[str, Any, str], ...] = (
    ("idempotency", idempotency, "find_answer"),
    ("idempotency", idempotency, "claim"),
    ("idempotency", idempotency, "keep"),
    ("lock and read", access, "lock_task"),
    ("form", formwork, "clean"),
    ("papers", papers, "require_own"),
    ("papers", papers, "bind"),
    ("checks", completing, "_check"),
    ("step", completing, "_carry_out"),
    ("documents", completing, "_write"),
    ("log", completing, "_finish"),
    ("engine: load", store, "open_hot_run"),
    ("engine: go on", Run, "complete"),
    ("engine: save", Run, "dump"),
    ("store", store, "save"),
    ("work list", worklist, "follow"),
    ("work list", worklist, "sync"),
    ("thrown events", throwing, "send_out"),
    ("audit", chain, "_append"),
)


@contextmanager
def parts_timed(watch: Stopwatch) -> Iterator[None]:
    """Every part of ``PARTS``, the steps of service tasks, and the commit, for as long as the block runs."""
    before = [(home, name, getattr(home, name)) for _part, home, name in PARTS]
    commit = type(db.session()).commit
    for part, home, name in PARTS:
        setattr(home, name, watch.around(part, getattr(home, name)))
    type(db.session()).commit = watch.around("commit", commit)
    event.listen(db.engine, "before_cursor_execute", watch.statement)
    try:
        yield
    finally:
        event.remove(db.engine, "before_cursor_execute", watch.statement)
        type(db.session()).commit = commit
        for home, name, function in before:
            setattr(home, name, function)


def breakdown(app: Flask, tasks: int) -> dict[str, dict[str, float]]:
    """Part → CPU and wall milliseconds and statements per completed task; the largest CPU first."""
    watch = Stopwatch()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        desk = Desk(f"http://127.0.0.1:{server.server_port}")
        desk.warm()
        prepared = [desk.prepare() for _ in range(tasks)]
        whole, app.wsgi_app = app.wsgi_app, watch.around("http", app.wsgi_app)  # type: ignore[method-assign]
        with app.app_context(), parts_timed(watch):
            for one in prepared:
                desk.submit(one)
        app.wsgi_app = whole  # type: ignore[method-assign]
    finally:
        server.shutdown()
    found = {
        part: {
            "cpu_ms": round(1000 * watch.cpu[part] / tasks, 2),
            "wall_ms": round(1000 * watch.wall[part] / tasks, 2),
            "statements": round(watch.statements[part] / tasks, 1),
        }
        for part in sorted(watch.cpu, key=lambda part: -watch.cpu[part])
    }
    found["all"] = {
        key: round(sum(one[key] for one in found.values()), 2) for key in ("cpu_ms", "wall_ms", "statements")
    }
    return found


# ------------------------------------------------------------------ the command


def on(database_url: str, folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Everything measured on one database."""
    settings = Settings(
        database_url=database_url,
        redis_url="redis://127.0.0.1:1/0",  # no worker: what is due later is not measured
        files_url=f"file://{folder / 'files'}",
        secret_key="benchmark-secret-key-0123456789",  # noqa: S106 - of a database that is thrown away
        data_key="11" * 32,
        environment="demo",
    )
    app = create_app(settings)
    with app.app_context():
        with platform_scope("migrations"):
            upgrade(revision="head")
        company.seed(settings, lambda _text: None)
        db.engine.dispose()
    found: dict[str, Any] = {}
    with web(settings) as (url, pid):
        for people in PEOPLE:
            found[f"people_{people}"] = measured(url, pid, people, options.tasks)
    found["breakdown"] = breakdown(app, options.tasks)
    with app.app_context():
        db.engine.dispose()
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--tasks", type=int, default=80, help="completed tasks of each figure")
    parser.add_argument("--postgres", help="SQLAlchemy URL of an empty database that may be filled")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        report = {"sqlite": on(f"sqlite:///{folder / 'bench.db'}", folder, options)}
        if options.postgres:
            report["postgresql"] = on(options.postgres, folder, options)
    if options.json:
        print(json.dumps(report, indent=1, ensure_ascii=False))
        return 0
    for database, figures in report.items():
        for people in PEOPLE:
            print(f"{database}, {people} at once: {figures[f'people_{people}']}")
        for part, cost in figures["breakdown"].items():
            figures_of = (
                f"{cost['cpu_ms']:8.2f} ms CPU {cost['wall_ms']:8.2f} ms wall {cost['statements']:6.1f} SQL"
            )
            print(f"  {part:16} {figures_of}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
