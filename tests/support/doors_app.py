"""A program with the doors of some support rooms over a given database; who knocks is said by a header."""

from importlib import import_module

from flask import Flask, request
from flask_babel import Babel

from app.core import crypto
from app.core.db import init_db
from app.core.tenancy import Actor, set_actor
from app.support.web import init_web
from app.support.web.problems import init_problems


def doors_app(program: Flask, *rooms: str) -> Flask:
    """The doors of ``rooms`` over the database of ``program``."""
    settings = program.extensions["settings"]
    app = Flask("app", static_folder="static", template_folder=None)
    app.config.update(TESTING=True, SECRET_KEY="x", PROPAGATE_EXCEPTIONS=False, BABEL_DEFAULT_LOCALE="zh_CN")
    app.config["BABEL_DEFAULT_TIMEZONE"] = "Asia/Shanghai"
    app.config["MAX_CONTENT_LENGTH"] = settings.max_upload_bytes + 1024 * 1024
    app.extensions["settings"] = settings
    crypto.configure(settings.data_key)
    init_db(app, settings.database_url)
    Babel(app)
    init_problems(app)
    init_web(app)
    app.before_request(_who_knocks)
    for room in rooms:
        app.register_blueprint(import_module(f"app.support.{room}.pages").bp)
    return app


def _who_knocks() -> None:
    """Header ``X-Test-User: 7:perm.a.b,perm.c.d`` or nobody."""
    who = request.headers.get("X-Test-User")
    if not who:
        set_actor(None)
        return
    user_id, _, permissions = who.partition(":")
    granted = frozenset(filter(None, permissions.split(",")))
    set_actor(Actor(tenant_id=int(user_id) // 1000 or 1, name=f"用户{user_id}", user_id=int(user_id), permissions=granted))


def knock(user_id: int, *permissions: str, key: str = "") -> dict[str, str]:
    """Headers of a request by that user; users 2000–2999 belong to tenant 2."""
    headers = {"X-Test-User": f"{user_id}:{','.join(permissions)}"}
    return {**headers, "Idempotency-Key": key} if key else headers
