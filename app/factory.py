"""Build the program: settings, database, web frame, rooms."""

import logging
from datetime import timedelta
from typing import Any

from flask import Flask
from flask_babel import Babel
from flask_migrate import Migrate
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from app.config import ROOT, Settings, SettingsError
from app.core import clock, crypto
from app.core.db import db, init_db
from app.core.i18n import Catalogues
from app.support.identity import init_identity
from app.support.notices.senders import known_senders
from app.support.web import init_web
from app.support.web.addresses import LateRule
from app.support.web.json_bodies import init_json
from app.support.web.language import select_language
from app.support.web.problems import init_problems
from app.wiring import wire

csrf = CSRFProtect()
migrate = Migrate()


def create_app(settings: Settings | None = None, **overrides: Any) -> Flask:
    """The application. ``overrides`` go to Flask's config (tests).

    :raises SettingsError: a setting is missing or names what the program does not have.
    """
    settings = settings or Settings.from_environment()
    app = Flask("app", static_folder=str(ROOT / "app" / "static"), template_folder=None)
    app.url_rule_class = LateRule
    app.config.update(_flask_config(settings), **overrides)
    app.extensions["settings"] = settings
    crypto.configure(settings.data_key)
    clock.shift(timedelta(days=settings.clock_shift_days))
    logging.getLogger("spiff").setLevel(logging.WARNING)
    if settings.trusted_proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.trusted_proxies, x_proto=1, x_host=1
        )
    init_db(app, settings.database_url)
    migrate.init_app(app, db, directory=str(ROOT / "migrations"))
    Babel(app, locale_selector=select_language).domain_instance = Catalogues()
    csrf.init_app(app)
    init_problems(app)
    init_web(app)
    init_identity(app)
    init_json(app)
    wire(app)
    _refuse_unknown_sender(settings.sms_sender)
    return app


def _refuse_unknown_sender(name: str) -> None:
    """Asked once every room is wired, for gateways register by being imported."""
    if name not in known_senders():
        raise SettingsError(f"SMS_SENDER={name} is not known; choose one of: {', '.join(known_senders())}")


def _flask_config(settings: Settings) -> dict[str, Any]:
    return {
        "SECRET_KEY": settings.secret_key,
        "BABEL_DEFAULT_LOCALE": settings.default_locale,
        "BABEL_DEFAULT_TIMEZONE": "Asia/Shanghai",
        "MAX_CONTENT_LENGTH": settings.max_upload_bytes + 1024 * 1024,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.environment == "production",
        "WTF_CSRF_TIME_LIMIT": None,
        "JSON_AS_ASCII": False,
    }
