"""User-facing text: Simplified Chinese is the source, other languages come from gettext catalogues."""

from typing import Any

from babel import Locale
from babel.support import NullTranslations, Translations
from flask_babel import Domain, get_locale, gettext, lazy_gettext


class Catalogues(Domain):
    """The catalogues by language: a page asks for a hundred texts, and the library spells its name for each."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # the library has no types
        self._known: dict[Locale, Translations | NullTranslations] = {}

    def get_translations(self) -> Translations | NullTranslations:
        """That of the present language."""
        locale = get_locale()
        known = self._known.get(locale) if locale else None
        if known is None:
            known = super().get_translations()  # type: ignore[no-untyped-call]
            if locale:
                self._known[locale] = known
        return known


def _(text: str, **values: object) -> str:
    """Translate now; ``values`` fill ``%(name)s`` places."""
    return str(gettext(text, **values))


def lazy(text: str) -> Any:
    """Translate when shown; for constants made at import."""
    return lazy_gettext(text)
