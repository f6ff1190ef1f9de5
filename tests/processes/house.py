"""The demo company on a database of a test's own, served by a real threaded HTTP server."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask
from werkzeug.serving import make_server

from app.core import clock
from app.core.db import db
from app.core.tenancy import acting_as, system_actor
from app.demo import company
from app.demo.accounts import BY_LOGIN
from app.demo.browser import Browser
from app.demo.walk import STAGES, Walker
from app.support.identity import queries as people
from app.support.jobs.runner import run_due


LOOKED_AT = "direct"
"""The walk whose people open every page their acts lead to; for the others the acts alone are enough."""


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The address of the program for as long as the block runs."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(timeout=10)


@dataclass(frozen=True)
class Walked:
    """What came of a walk: the project's last status, its case, and the lines it told on its way."""

    status: str
    project_id: int
    case_id: int
    told: list[str]


class House:
    """Walks over one served program, by people who sign in once. ``told`` holds every line a walk prints."""

    def __init__(self, app: Flask, url: str, walked: dict[str, Walked] | None = None) -> None:
        self.app, self.url = app, url
        self.told: list[str] = []
        self.people: dict[bool, dict[str, Browser]] = {}
        self._walked = dict(walked or {})

    def walk(self, name: str) -> str:
        """Walk one variant to its end; its status. The variant ``expired`` moves the program's clock for a while."""
        return self._walk(name).status

    def walked(self, name: str) -> Walked:
        """What came of a variant, or a stage of the demo, walked once in this house or before it was opened."""
        if name not in self._walked:
            self._walked[name] = self._walk(name)
        return self._walked[name]

    def _walk(self, name: str) -> Walked:
        begin = len(self.told)
        stage = next((stage for stage in STAGES if stage.name == name), None)
        say = lambda text: self.told.append(str(text))
        walker = Walker(self.url, name, today=clock.today(), say=say, stage=stage, looks=name == LOOKED_AT)
        walker._people = self.people.setdefault(walker.looks, {})
        try:
            status = walker.run(expire=lambda: self.let_pass(190))
        finally:
            clock.shift(timedelta())
        return Walked(status, walker.project_id, walker.case_id, self.told[begin:])

    @contextmanager
    def inside(self) -> Iterator[None]:
        """The company's books, to look at."""
        with self.app.app_context(), acting_as(system_actor(company.TENANT_ID)):
            yield
            db.session.remove()

    def person(self, login: str) -> int:
        """The key of a demo user; inside only."""
        user = people.find_user_by_account(BY_LOGIN[login].email)
        assert user is not None
        return user.id

    def let_pass(self, days: int) -> None:
        """Move the clock and do everything that is due by then."""
        clock.shift(timedelta(days=days))
        with self.app.app_context():
            run_due(self.app)
