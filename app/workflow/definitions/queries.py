"""Reading releases."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, func, select

from app.core.db import db
from app.workflow.definitions.bundle import Bundle
from app.workflow.definitions.errors import UnknownRelease
from app.workflow.definitions.models import Release, ReleaseContent, ReleaseFile, ReleasePolicy, ReleaseStatus

Counter = Callable[[Sequence[int]], Mapping[int, int]]
_counters: list[Counter] = []


def register_usage_counter(counter: Counter) -> Counter:
    """Let another room say how many running things stand on each release: ``release ids → {id: count}``."""
    _counters.append(counter)
    return counter


def usage_of(release_ids: Sequence[int]) -> dict[int, int]:
    """How many running instances stand on each release; 0 where nothing does."""
    used = dict.fromkeys(release_ids, 0)
    for counter in _counters:
        for release_id, count in counter(release_ids).items():
            used[release_id] = used.get(release_id, 0) + count
    return used


def select_releases() -> Select[Any]:
    """All releases, newest first."""
    return select(Release).order_by(Release.id.desc())


def get_release(release_id: int) -> Release:
    """:raises UnknownRelease:"""
    release = db.session.get(Release, release_id)
    if release is None:
        raise UnknownRelease(release_id=release_id)
    return release


def needs_approval() -> bool:
    """Whether a second person must approve a release before it is activated."""
    return bool(db.session.scalar(select(ReleasePolicy.needs_approval)))


def all_releases() -> Sequence[Release]:
    """Every release, newest first."""
    return db.session.scalars(select(Release).order_by(Release.id.desc())).all()


def find_compared(release_id: int) -> int | None:
    """What a release is compared with when nothing is said: the active one, else the one deployed before it."""
    active = find_active()
    if active != release_id:
        return active
    return db.session.scalar(select(func.max(Release.id)).where(Release.id < release_id))


def find_active() -> int | None:
    """Id of the active release, read now."""
    return db.session.scalar(select(Release.id).where(Release.status == ReleaseStatus.ACTIVE))


def count_files(release_ids: Sequence[int]) -> dict[int, int]:
    """Number of files by release."""
    query = (
        select(ReleaseFile.release_id, func.count())
        .where(ReleaseFile.release_id.in_(release_ids))
        .group_by(ReleaseFile.release_id)
    )
    return dict(db.session.execute(query).all())


def bundle_of(release_id: int) -> Bundle:
    """The files of a release."""
    query = (
        select(ReleaseFile.path, ReleaseContent.content)
        .join(ReleaseContent, ReleaseContent.sha256 == ReleaseFile.sha256)
        .where(ReleaseFile.release_id == release_id)
        .order_by(ReleaseFile.path)
    )
    return Bundle(dict(db.session.execute(query).all()))
