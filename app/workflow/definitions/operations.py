"""The life of a release: deployed, approved, scheduled, active, rolled back, retired."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import func, select

from app.core import clock
from app.core.db import db, locked
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.reasons import require_reason
from app.core.tenancy import Actor
from app.support import audit, jobs
from app.workflow.definitions import cache, queries
from app.workflow.definitions.bundle import Bundle
from app.workflow.definitions.errors import (
    BundleRefused,
    NotApproved,
    NothingBefore,
    NotRetirable,
    OwnRelease,
    ReasonMissing,
    ReleaseRetired,
)
from app.workflow.definitions.inspection import inspect_bundle
from app.workflow.definitions.models import Release, ReleaseContent, ReleaseFile, ReleasePolicy, ReleaseStatus
from app.workflow.engine import ProcessModel

MOST_NOTE = 2000
MOST_AHEAD = timedelta(days=366)
ACTIVATE_JOB = "definitions.activate_scheduled"
FOLLOWER = "程序启动"
"""Who activated a release nobody chose: the program, when it found the folder changed at a start."""


Activation = Callable[[Release, Mapping[str, ProcessModel]], None]
_activation_acts: list[Activation] = []


def on_activation(act: Activation) -> None:
    """Register what another room does, in the same transaction, when a release has become the active one."""
    if act not in _activation_acts:
        _activation_acts.append(act)


def deploy(bundle: Bundle, *, actor: Actor, note: str = "") -> Release:
    """Store a bundle as a release, not yet active. The same files again give the release they are already.

    :raises BundleRefused: with every finding of severity ERROR and WARN; nothing is stored.
    """
    if len(note) > MOST_NOTE:
        raise Invalid.of("note", _("说明最多 2000 个字，请删减"), "workflow.definitions.note_too_long")
    inspection = inspect_bundle(bundle)
    if inspection.has_errors:
        raise BundleRefused([finding.as_finding() for finding in inspection.findings if finding.is_problem])
    known = _find_by_hash(bundle.hash)
    if known is not None:
        return known
    release = Release(
        hash=bundle.hash, label=_label(), note=note.strip(), author_id=actor.user_id, author_name=actor.name
    )
    db.session.add(release)
    _store_files(release, bundle)
    db.session.flush()
    audit.record(actor, "definitions.release.deployed", release, hash=release.hash, files=len(bundle.files))
    return release


def activate(release_id: int, *, actor: Actor) -> Release:
    """Make a release the one new instances start on; the one before is FORMER. Running instances stay.

    :raises UnknownRelease: no such release.
    :raises ReleaseRetired: it has been retired.
    :raises NotApproved: four eyes are asked for, and nobody else has approved it.
    :raises BundleRefused: this version of the program no longer knows a name the release uses.
    """
    locked = lock_releases()
    release = locked.get(release_id) or queries.get_release(release_id)
    if release.status is ReleaseStatus.ACTIVE:
        return release
    if queries.needs_approval() and release.approved_at is None:
        raise NotApproved(label=release.label)
    former = _make_active(release, locked, actor)
    release.former_id = former.id if former is not None else None
    audit.record(actor, "definitions.release.activated", release, hash=release.hash)
    return release


def roll_back(*, reason: str, actor: Actor) -> Release:
    """Make the release active that was so before the present one; again: the one before that.

    It has been in force, so nobody has to approve it again.

    :raises NothingBefore: there was none, or it is retired.
    :raises Invalid: the reason says nothing.
    """
    reason = require_reason(reason, ReasonMissing)[:MOST_NOTE]
    locked = lock_releases()
    active = next((one for one in locked.values() if one.status is ReleaseStatus.ACTIVE), None)
    former = locked.get(active.former_id or 0) if active is not None else None
    seen: set[int] = set()
    while former is not None and former.status is not ReleaseStatus.FORMER and former.id not in seen:
        seen.add(former.id)
        former = locked.get(former.former_id or 0)
    if active is None or former is None or former.status is not ReleaseStatus.FORMER:
        raise NothingBefore
    _make_active(former, locked, actor)
    audit.record(
        actor, "definitions.release.rolled_back", former, left=active.hash, hash=former.hash, reason=reason
    )
    return former


def retire(release_id: int, *, reason: str, actor: Actor) -> Release:
    """Nothing starts on this release any more, for good; running instances stay on it.

    :raises NotRetirable: it is the active one. :raises Invalid: the reason says nothing.
    """
    reason = require_reason(reason, ReasonMissing)[:MOST_NOTE]
    release = lock_releases().get(release_id) or queries.get_release(release_id)
    if release.status is ReleaseStatus.ACTIVE:
        raise NotRetirable(label=release.label)
    if release.status is not ReleaseStatus.RETIRED:
        release.status, release.retired_at, release.retired_by = ReleaseStatus.RETIRED, clock.now(), actor.name
        release.scheduled_at = release.scheduled_by = None
        audit.record(actor, "definitions.release.retired", release, hash=release.hash, reason=reason)
    return release


def approve(release_id: int, *, actor: Actor) -> Release:
    """A second person vouches for a release. :raises OwnRelease: she deployed it herself, or nobody is acting."""
    release = lock_releases().get(release_id) or queries.get_release(release_id)
    if release.status is ReleaseStatus.RETIRED:
        raise ReleaseRetired(label=release.label)
    if actor.user_id is None or actor.user_id == release.author_id:
        raise OwnRelease
    if release.approved_at is None:
        release.approved_by_id, release.approved_by, release.approved_at = actor.user_id, actor.name, clock.now()
        audit.record(actor, "definitions.release.approved", release, hash=release.hash)
    return release


def ask_for_approval(*, needed: bool, actor: Actor) -> None:
    """Say whether releases need a second person's approval from now on."""
    policy = db.session.scalar(select(ReleasePolicy).with_for_update())
    if policy is None:
        policy = ReleasePolicy(needs_approval=False)
        db.session.add(policy)
    if policy.needs_approval != needed:
        policy.needs_approval = needed
        db.session.flush()
        audit.record(actor, "definitions.release.policy", ("release_policy", policy.id), needs_approval=needed)


def schedule(release_id: int, at: datetime, *, actor: Actor) -> Release:
    """Let a release become active at a moment; another moment replaces it.

    :raises Invalid: the moment has passed or is more than a year away. :raises NotApproved: as in ``activate``.
    """
    release = lock_releases().get(release_id) or queries.get_release(release_id)
    if not clock.now() < at <= clock.now() + MOST_AHEAD:
        raise Invalid.of("at", _("请填写一年以内的将来时间"), "workflow.definitions.bad_moment")
    if release.status is ReleaseStatus.RETIRED:
        raise ReleaseRetired(label=release.label)
    if queries.needs_approval() and release.approved_at is None:
        raise NotApproved(label=release.label)
    release.scheduled_at, release.scheduled_by = at, actor.name
    payload = {"release_id": release.id, "at": at.isoformat()}
    jobs.enqueue(ACTIVATE_JOB, payload, key=f"{release.id}:{at.isoformat()}", run_at=at)
    audit.record(actor, "definitions.release.scheduled", release, hash=release.hash, at=at.isoformat())
    return release


def unschedule(release_id: int, *, actor: Actor) -> Release:
    """Forget the moment a release was to become active at."""
    release = lock_releases().get(release_id) or queries.get_release(release_id)
    if release.scheduled_at is not None:
        release.scheduled_at = release.scheduled_by = None
        audit.record(actor, "definitions.release.unscheduled", release, hash=release.hash)
    return release


def activate_scheduled(release_id: int, at: datetime, *, actor: Actor) -> bool:
    """The moment has come; False when it was moved or forgotten meanwhile. Raises what ``activate`` raises."""
    release = lock_releases().get(release_id)
    if release is None or release.scheduled_at != at:
        return False
    actor = replace(actor, name=release.scheduled_by or actor.name)
    activate(release_id, actor=actor)
    release.scheduled_at = release.scheduled_by = None
    return True


def lock_releases() -> dict[int, Release]:
    """Every release by id, locked: two that change what is active follow each other."""
    query = locked(select(Release).order_by(Release.id))
    return {release.id: release for release in db.session.scalars(query).all()}


def _make_active(release: Release, locked: dict[int, Release], actor: Actor) -> Release | None:
    """:returns: the release that was active until now."""
    if release.status is ReleaseStatus.RETIRED:
        raise ReleaseRetired(label=release.label)
    inspection = inspect_bundle(queries.bundle_of(release.id))
    if inspection.has_errors:
        raise BundleRefused([finding.as_finding() for finding in inspection.findings if finding.is_problem])
    former = next((one for one in locked.values() if one.status is ReleaseStatus.ACTIVE), None)
    if former is not None:
        former.status = ReleaseStatus.FORMER
    db.session.flush()  # one active at a time, also between two statements
    release.status, release.activated_at, release.activated_by = ReleaseStatus.ACTIVE, clock.now(), actor.name
    db.session.flush()
    cache.forget_active()
    for act in _activation_acts:
        act(release, inspection.compilation.processes)
    return former


@dataclass(frozen=True, slots=True)
class Followed:
    """What a start did. ``chosen``: the active release a person chose instead of the folder's, or None."""

    release: Release
    chosen: Release | None


def follow(bundle: Bundle, *, actor: Actor, resume: bool = False) -> Followed:
    """Bring the folder's files into force at a start of the program – unless a person has chosen a release.

    The folder's release is deployed when it never was. It is activated when none is active, or when the active one
    was activated here too. A release somebody activated, in the browser or by a command, stays active whatever
    becomes of the folder, until she activates another or the operator says ``resume``. A release that is retired,
    or that a second person must approve first, is left to people.

    :raises BundleRefused: a folder never deployed so far has faults.
    """
    actor = replace(actor, name=FOLLOWER)
    release = _find_by_hash(bundle.hash) or deploy(bundle, actor=actor, note="随程序发布")
    active_id = queries.find_active()
    active = queries.get_release(active_id) if active_id else None
    if release.status is ReleaseStatus.RETIRED or (
        active is not None and release is not active and release.approved_at is None and queries.needs_approval()
    ):
        return Followed(release, active)
    if active is not None and active.activated_by != FOLLOWER and not resume:
        return Followed(release, None if active is release else active)
    if active is release and resume:
        release.activated_by = FOLLOWER
        audit.record(actor, "definitions.release.followed", release, hash=release.hash)
    activate(release.id, actor=actor)
    return Followed(release, None)


def _find_by_hash(hash_: str) -> Release | None:
    return db.session.scalar(select(Release).where(Release.hash == hash_))


def _label() -> str:
    """``2026-11-24 第 3 版``: the day and how many releases there are by now."""
    number = (db.session.scalar(select(func.count()).select_from(Release)) or 0) + 1
    return f"{clock.today().isoformat()} 第 {number} 版"


def _store_files(release: Release, bundle: Bundle) -> None:
    by_hash = {hashlib.sha256(content).hexdigest(): content for content in bundle.files.values()}
    query = select(ReleaseContent.sha256).where(ReleaseContent.sha256.in_(by_hash))
    known = set(db.session.scalars(query))
    for sha256 in sorted(by_hash.keys() - known):
        content = by_hash[sha256]
        db.session.add(ReleaseContent(sha256=sha256, size=len(content), content=content))
    for path, content in bundle.files.items():
        release.files.append(ReleaseFile(path=path, sha256=hashlib.sha256(content).hexdigest()))
