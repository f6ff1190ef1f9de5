"""What each process keeps in memory: compiled releases by hash, and which release is active, for two seconds."""

import time
from collections import OrderedDict
from threading import Lock
from typing import NamedTuple

from flask import current_app

from app.core.db import db
from app.core.transactions import after_commit
from app.workflow.definitions import queries
from app.workflow.definitions.compiled import CompiledRelease, compile_bundle
from app.workflow.definitions.errors import BundleRefused, NoActiveRelease

POLL_SECONDS = 2.0
MOST_COMPILED = 8
_SLOT = "active_release"
_HASHES = "release_hashes"

_compiled: OrderedDict[str, CompiledRelease] = OrderedDict()
_lock = Lock()


def active_release_id() -> int:
    """The release new instances start on. Another process's activation is seen within two seconds.

    :raises NoActiveRelease:
    """
    remembered = _remembered(current_app.extensions.get(_SLOT)) or _remembered(_seen_here())
    if remembered is not None:
        return remembered
    found = queries.find_active()
    if found is None:
        raise NoActiveRelease
    slots, seen = current_app.extensions, _Seen(found, time.monotonic())
    db.session.info[_SLOT] = (db.session().get_transaction(), seen)
    after_commit(lambda: slots.__setitem__(_SLOT, seen))  # what is rolled back was never so
    return found


class _Seen(NamedTuple):
    release_id: int
    at: float


def _seen_here() -> _Seen | None:
    """What this very transaction has seen: many instances started in one ask once."""
    transaction, seen = db.session.info.get(_SLOT) or (None, None)
    return seen if transaction is not None and transaction is db.session().get_transaction() else None


def _remembered(seen: _Seen | None) -> int | None:
    return seen.release_id if seen and time.monotonic() - seen.at < POLL_SECONDS else None


def forget_active() -> None:
    """Look again: this transaction at once, the others once it is stored."""
    app = current_app
    db.session.info.pop(_SLOT, None)
    after_commit(lambda: app.extensions.pop(_SLOT, None))


def _hash_of(release_id: int) -> str:
    """What a release holds never changes, so its hash is read once. :raises UnknownRelease:"""
    known: dict[int, str] = current_app.extensions.setdefault(_HASHES, {})
    if release_id in known:
        return known[release_id]
    found = queries.get_release(release_id).hash
    after_commit(lambda: known.__setitem__(release_id, found))  # the key of one that is rolled back comes again
    return found


def compiled(release_id: int) -> CompiledRelease:
    """The release, compiled at most once per process.

    :raises UnknownRelease: no such release.
    :raises BundleRefused: this version of the program cannot read what an earlier one deployed.
    """
    key = _hash_of(release_id)
    with _lock:
        if key in _compiled:
            _compiled.move_to_end(key)
            return _compiled[key]
    bundle = queries.bundle_of(release_id)
    with _lock:  # one thread compiles, the others wait for it
        if key not in _compiled:
            compilation = compile_bundle(bundle)
            errors = [finding.as_finding() for finding in compilation.findings if finding.severity == "ERROR"]
            if errors:
                raise BundleRefused(errors)
            _compiled[key] = compilation.release()
            while len(_compiled) > MOST_COMPILED:
                _compiled.popitem(last=False)
        return _compiled[key]
