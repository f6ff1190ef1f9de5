"""User-facing text: Simplified Chinese is the source, other languages come from gettext catalogues."""

from collections.abc import Iterable, Mapping
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


def _(text: str, /, **values: object) -> str:
    """Translate now; ``values`` fill ``%(name)s`` places."""
    return str(gettext(text, **values))


def lazy(text: str) -> Any:
    """Translate when shown; for constants made at import."""
    return lazy_gettext(text)


def listed(parts: Iterable[object]) -> str:
    """Words or clauses side by side, set apart as the reader's language does it."""
    parts = tuple(parts)
    between = _("，") if any(isinstance(part, Sentence) for part in parts) else _("、")
    return between.join(map(str, parts))


class Sentence:
    """A text with what fills its places, translated when somebody reads it: cheap to make, and it can be stored.

    :ivar values: fill ``%(name)s`` places: plain values, sentences, or tuples of them, which are listed.
    """

    __slots__ = ("text", "values")

    def __init__(self, text: str, /, **values: object) -> None:
        self.text = text
        self.values = values

    def __str__(self) -> str:
        shown = {key: listed(one) if isinstance(one, tuple) else one for key, one in self.values.items()}
        return _(self.text, **shown)

    def __repr__(self) -> str:
        return f"Sentence({self.text!r}, {self.values!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sentence) and (self.text, self.values) == (other.text, other.values)

    def __hash__(self) -> int:
        return hash(self.text)

    def as_data(self) -> dict[str, object]:
        """JSON-safe, to be kept and told later by ``told``."""
        return {"text": self.text, "values": {key: _kept(one) for key, one in self.values.items()}}


def told(kept: object) -> str:
    """A kept sentence in the reader's language; text that was kept as it was said stays as it is."""
    return str(_found(kept))


def _kept(value: object) -> object:
    if isinstance(value, Sentence):
        return value.as_data()
    if isinstance(value, tuple):
        return [_kept(one) for one in value]
    return value if isinstance(value, int) else str(value)


def _found(kept: object) -> object:
    if isinstance(kept, Mapping):
        return Sentence(str(kept["text"]), **{key: _found(one) for key, one in kept["values"].items()})
    return tuple(map(_found, kept)) if isinstance(kept, list) else kept
