"""The search box: rooms register what it finds; the frame asks each kind the actor may see.

``@search_kind("contract", "合同", permission=VIEW, order=30)`` above ``run(text, most) -> hits``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from flask import current_app, url_for

from app.core.i18n import _
from app.core.tenancy import Actor
from app.support.web.statuses import Badge

MOST_SHOWN = 8
LONGEST_TEXT = 100


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found: ``title`` leads to ``url``, ``note`` says what tells it from others of its name."""

    title: str
    url: str
    note: str = ""
    badge: Badge | None = None


Run = Callable[[str, int], Sequence[Hit]]


@dataclass(frozen=True, slots=True)
class Kind:
    """What one room finds. ``list_page``: endpoint of a list that takes the words as ``q``."""

    name: str
    label: str
    permission: str
    order: int
    list_page: str | None
    run: Run = field(repr=False)


@dataclass(frozen=True, slots=True)
class Group:
    """The hits of a kind; ``more`` is the address of all of them when not all are shown."""

    label: str
    hits: Sequence[Hit]
    has_more: bool
    more: str | None


_kinds: dict[str, Kind] = {}


def search_kind(
    name: str, label: str, *, permission: str, order: int = 500, list_page: str | None = None
) -> Callable[[Run], Run]:
    """Register ``run(text, most)``: at most ``most`` hits of a text that is not empty, the best first."""

    def register(run: Run) -> Run:
        known = _kinds.setdefault(name, Kind(name, label, permission, order, list_page, run))
        if known.run is not run:
            raise ValueError(f"search kind {name} is registered twice")
        return run

    return register


def search(text: str, actor: Actor) -> list[Group]:
    """What is found of each kind the actor may see, in the kinds' order; kinds without hits are left out."""
    words = "".join(sign for sign in text if sign.isprintable()).strip()[:LONGEST_TEXT]
    if not words:
        return []
    allowed = sorted((k for k in _kinds.values() if actor.may(k.permission)), key=lambda kind: kind.order)
    groups = [_group(kind, words) for kind in allowed]
    return [group for group in groups if group.hits]


def _group(kind: Kind, words: str) -> Group:
    hits = list(kind.run(words, MOST_SHOWN + 1))
    has_page = kind.list_page in current_app.view_functions
    more = url_for(kind.list_page, q=words) if kind.list_page and has_page else None
    return Group(_(kind.label), hits[:MOST_SHOWN], len(hits) > MOST_SHOWN, more)


def labels(actor: Actor) -> list[str]:
    """The kinds the actor may search, for the hint of the page."""
    allowed = [kind for kind in _kinds.values() if actor.may(kind.permission)]
    return [_(kind.label) for kind in sorted(allowed, key=lambda kind: kind.order)]
