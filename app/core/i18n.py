"""User-facing text: Simplified Chinese is the source, other languages come from gettext catalogues."""

from typing import Any

from flask_babel import gettext, lazy_gettext


def _(text: str, **values: object) -> str:
    """Translate now; ``values`` fill ``%(name)s`` places."""
    return str(gettext(text, **values))


def lazy(text: str) -> Any:
    """Translate when shown; for constants made at import."""
    return lazy_gettext(text)
