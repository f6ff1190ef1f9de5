"""Which language a page speaks: what the person chose, else what a stranger's browser asks for, else the setting.

Only words change. Days, amounts and what people and analysts wrote stay as they are.
"""

from dataclasses import dataclass
from functools import lru_cache

from babel import Locale
from flask import current_app, has_request_context, request, session
from flask_babel import get_locale

from app.core.tenancy import find_actor

SESSION_KEY = "language"


@dataclass(frozen=True, slots=True)
class Language:
    """One language: the catalogue's name, the tag browsers know, and how it calls itself."""

    code: str
    tag: str
    name: str


LANGUAGES = {one.code: one for one in (Language("zh_CN", "zh-CN", "中文"), Language("en", "en", "English"))}


def select_language() -> Locale | None:
    """The language of this request, else the setting's; None: no request, so the library takes the setting.

    The browser's wish counts only before signing in: colleagues who share the company's texts see the same
    words unless they chose otherwise.
    """
    if not has_request_context():
        return None
    chosen = session.get(SESSION_KEY)
    if chosen not in LANGUAGES:
        chosen = _wish_of_browser() if find_actor() is None else None
    return _locale(chosen or current_app.config["BABEL_DEFAULT_LOCALE"])


@lru_cache(maxsize=8)
def _locale(code: str) -> Locale:
    """Looked up once: the library goes through a thousand names of languages for ours."""
    return Locale.parse(code)


def current_language() -> Language:
    """The language this page is written in."""
    return LANGUAGES.get(str(get_locale()), LANGUAGES["zh_CN"])


def other_languages() -> list[Language]:
    """What the switch offers."""
    return [language for language in LANGUAGES.values() if language != current_language()]


def choose(code: str) -> None:
    """Remember the choice in this browser; a language we do not speak changes nothing."""
    if code in LANGUAGES:
        session[SESSION_KEY] = code


def empty_session() -> None:
    """Forget everything the browser brought but the language: signing in and out change no words."""
    chosen = session.get(SESSION_KEY)
    session.clear()
    if chosen in LANGUAGES:
        session[SESSION_KEY] = chosen


def _wish_of_browser() -> str | None:
    tags = {language.tag: language.code for language in LANGUAGES.values()} | {"zh": "zh_CN"}
    wished = request.accept_languages.best_match(list(tags))
    return tags[wished] if wished else None
