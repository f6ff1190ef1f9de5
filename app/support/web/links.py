"""Addresses that keep what the list page already shows: filters, sorting, page."""

import secrets
from collections.abc import Iterable
from enum import StrEnum

from flask import request, url_for


def with_args(**changes: object) -> str:
    """Address of this page with some query arguments changed; None or "" removes one. Page falls back to 1.

    ``with_args(sort="-amount")``, ``with_args(page=3)``.
    """
    args: dict[str, list[str]] = {name: request.args.getlist(name) for name in request.args}
    if "page" not in changes:
        args.pop("page", None)
    for name, value in changes.items():
        if value is None or value == "":
            args.pop(name, None)
        else:
            args[name] = [str(value)]
    return url_for(request.endpoint or "static", **{**(request.view_args or {}), **args})


def sort_link(key: str) -> str:
    """Address that sorts by ``key``: ascending, at the second click descending, at the third as before."""
    following = {key: f"-{key}", f"-{key}": None}.get(request.args.get("sort", ""), key)
    return with_args(sort=following)


def sort_state(key: str) -> str | None:
    """``ascending`` or ``descending`` when the list is sorted by ``key``."""
    return {key: "ascending", f"-{key}": "descending"}.get(request.args.get("sort", ""))


def query_code(name: str, codes: Iterable[StrEnum]) -> str:
    """A code of the address when the enum knows it, else empty: filters never fail."""
    value = request.args.get(name, "")
    return value if value in set(codes) else ""


def new_key() -> str:
    """A fresh idempotency key for one form on a page."""
    return secrets.token_urlsafe(18)
