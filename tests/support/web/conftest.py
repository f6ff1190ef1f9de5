"""A small program around the real frame: no database, no rooms; pages made of the real templates and macros."""

from collections.abc import Iterator
from threading import Thread
from types import SimpleNamespace

import pytest
from flask import Flask
from flask_babel import Babel
from flask_wtf import CSRFProtect
from werkzeug.serving import make_server

from app.config import ROOT
from app.core.tenancy import Actor, set_actor
from app.support.web import init_web, menu
from app.support.web.problems import init_problems

PERSON = Actor(tenant_id=1, name="王丽华", user_id=7, permissions=frozenset({"projects.project.read"}))


@pytest.fixture
def registers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Empty menu registers, so that what other rooms registered does not matter."""
    for name in ("_items", "_user_links", "_places", "_bells"):
        monkeypatch.setattr(menu, name, {})


@pytest.fixture
def web(registers: None) -> Flask:
    """The frame with a signed-in person; tests add their pages."""
    app = Flask("app", static_folder=str(ROOT / "app" / "static"), template_folder=None)
    app.config.update(SECRET_KEY="frame", BABEL_DEFAULT_LOCALE="zh_CN", WTF_CSRF_ENABLED=True)
    app.extensions["settings"] = SimpleNamespace(environment="demo")
    Babel(app)
    CSRFProtect(app)
    init_problems(app)
    init_web(app)
    app.before_request(lambda: set_actor(PERSON))
    return app


@pytest.fixture
def address(web: Flask) -> Iterator[str]:
    """The frame served on a free port of this machine."""
    server = make_server("127.0.0.1", 0, web, threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
