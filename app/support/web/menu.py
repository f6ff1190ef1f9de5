"""The left menu, and what the top bar offers; rooms register, the actor's permissions decide what shows."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, current_app, request, url_for

from app.core.tenancy import find_actor


@dataclass(frozen=True, slots=True)
class MenuItem:
    """One entry. ``permission`` None = everybody who is signed in; sections stand by their lowest ``order``."""

    section: str
    label: str
    endpoint: str
    permission: str | None
    icon: str
    order: int
    count: Callable[[], int] | None = None
    """What waits there, shown beside the label; asked for on every page, so it must be cheap."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A menu item as this page shows it."""

    label: str
    url: str
    icon: str
    is_current: bool
    count: int | None


@dataclass(frozen=True, slots=True)
class Bell:
    """The in-box in the top bar."""

    endpoint: str
    unread: Callable[[], int]


_items: dict[str, MenuItem] = {}
_user_links: dict[str, MenuItem] = {}
_places: dict[str, str] = {}
_bells: dict[str, Bell] = {}


def menu_item(
    section: str,
    label: str,
    endpoint: str,
    permission: str | None = None,
    icon: str = "circle",
    order: int = 500,
    *,
    count: Callable[[], int] | None = None,
) -> None:
    """Put a page into the left menu; called at import by the room's ``pages.py``."""
    _items[endpoint] = MenuItem(section, label, endpoint, permission, icon, order, count)


def user_link(
    label: str, endpoint: str, permission: str | None = None, icon: str = "gear", order: int = 500
) -> None:
    """Put a page into the menu behind the user's name."""
    _user_links[endpoint] = MenuItem("", label, endpoint, permission, icon, order)


def search_page(endpoint: str) -> None:
    """Name the page that answers the search box; it gets the words as ``q``."""
    _places["search"] = endpoint


def sign_out(endpoint: str) -> None:
    """Name the POST view that ends the session."""
    _places["sign_out"] = endpoint


def language_switch(endpoint: str) -> None:
    """Name the POST view that takes another ``language``."""
    _places["language"] = endpoint


def home_page(endpoint: str) -> None:
    """Name the page the product's name leads to."""
    _places["home"] = endpoint


def bell(endpoint: str, unread: Callable[[], int]) -> None:
    """Name the in-box and how many notices wait there for the actor."""
    _bells["inbox"] = Bell(endpoint, unread)


def find_place(name: str) -> str | None:
    """Address of ``search``, ``sign_out``, ``language``, ``home`` or None when no room offers it."""
    endpoint = _places.get(name)
    return url_for(endpoint) if endpoint in current_app.view_functions else None


def find_bell() -> tuple[str, int] | None:
    """Address of the in-box and the number of unread notices; None without in-box."""
    inbox = _bells.get("inbox")
    if inbox is None or inbox.endpoint not in current_app.view_functions:
        return None
    return url_for(inbox.endpoint), inbox.unread()


def menu() -> dict[str, list[Entry]]:
    """The actor's menu: section → entries, in order; the entry of this page is marked."""
    visible = _visible(_items)
    current = _current(visible)
    sections: dict[str, list[Entry]] = {}
    for item in visible:
        count = item.count() if item.count else None
        entry = Entry(item.label, url_for(item.endpoint), item.icon, item is current, count)
        sections.setdefault(item.section, []).append(entry)
    return sections


def user_links() -> list[Entry]:
    """The links behind the actor's name."""
    return [
        Entry(i.label, url_for(i.endpoint), i.icon, is_current=False, count=None) for i in _visible(_user_links)
    ]


def unknown_endpoints(app: Flask) -> list[str]:
    """Registered endpoints no door serves; the test of the whole product expects none."""
    named = {*_items, *_user_links, *_places.values(), *(b.endpoint for b in _bells.values())}
    return sorted(named - app.view_functions.keys())


def _visible(items: dict[str, MenuItem]) -> list[MenuItem]:
    actor = find_actor()
    if actor is None:
        return []
    known = current_app.view_functions
    allowed = [
        i for i in items.values() if i.endpoint in known and (i.permission is None or actor.may(i.permission))
    ]
    return sorted(allowed, key=lambda item: item.order)


def _current(items: list[MenuItem]) -> MenuItem | None:
    """The item of this page: the same endpoint, else the longest address this one lies under."""
    for item in items:
        if item.endpoint == request.endpoint:
            return item
    urls = {url_for(item.endpoint): item for item in items}
    above = [url for url in urls if url != "/" and request.path.startswith(url.rstrip("/") + "/")]
    return urls[max(above, key=len)] if above else None
