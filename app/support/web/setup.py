"""Hang the frame: templates, bundles, filters, headers, and what ``base.html`` asks for."""

from flask import Blueprint, Flask, current_app, request

from app.core.tenancy import Actor, find_actor
from app.support.web import assets, links, menu, statuses, tables, urgency
from app.support.web.csp import init_headers
from app.support.web.filters import init_filters
from app.support.web.language import Language, current_language, other_languages
from app.support.web.problems import request_id

_ENVIRONMENTS = {"demo": "演示环境", "test": "测试环境", "development": "开发环境"}


class Frame:
    """What the layout shows around a page; templates know it as ``frame``."""

    @property
    def actor(self) -> Actor | None:
        """Who is signed in."""
        return find_actor()

    @property
    def environment(self) -> str:
        """The mark beside the name; empty in production."""
        settings = current_app.extensions.get("settings")
        return _ENVIRONMENTS.get(getattr(settings, "environment", ""), "")

    @property
    def language(self) -> Language:
        """The language of this page, for ``<html lang>``."""
        return current_language()

    @property
    def is_fragment(self) -> bool:
        """Whether htmx asked, so that the page may leave out what does not change."""
        return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers

    other_languages = staticmethod(other_languages)
    user_links = staticmethod(menu.user_links)
    place = staticmethod(menu.find_place)
    bell = staticmethod(menu.find_bell)
    menu = staticmethod(menu.menu)
    request_id = staticmethod(request_id)


def init_web(app: Flask) -> None:
    """Wire templates, filters, headers and the names every template may use."""
    app.register_blueprint(Blueprint("web", __name__, template_folder="templates"))
    init_filters(app)
    init_headers(app)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        frame=Frame(),
        asset=assets.asset,
        bundle=assets.bundle,
        script_tag=assets.script_tag,
        style_tag=assets.style_tag,
        icon=assets.icon,
        with_args=links.with_args,
        sort_link=links.sort_link,
        sort_state=links.sort_state,
        new_key=links.new_key,
        col=tables.col,
        status_of=statuses.status_of,
        urgency_of=urgency.urgency_of,
    )
