"""The life of a release besides deploying: rolled back, retired, approved by another, activated at its time."""

import random
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.core import clock
from app.core.db import db
from app.core.errors import Invalid
from app.core.tenancy import acting_as, platform_scope, system_actor
from app.core.transactions import unit_of_work
from app.support.audit.models import AuditRecord
from app.support.jobs.models import Job, JobState
from app.support.jobs.runner import run_due
from app.workflow import definitions
from app.workflow.definitions import (
    NotApproved,
    NothingBefore,
    NotRetirable,
    OwnRelease,
    Release,
    ReleaseRetired,
    ReleaseStatus,
    operations,
)
from app.workflow.definitions.models import ReleaseFile
from tests.programs import Program, pipe
from .elsewhere import deploy, numbered, watch

WHY = "新版表单有误，先回到上一版"


@pytest.fixture
def three(actor):
    made = [definitions.deploy(numbered(n), actor=actor) for n in range(3)]
    for release in made:
        definitions.activate(release.id, actor=actor)
    return made


@pytest.mark.both_databases
def test_rolling_back_goes_one_step_further_each_time_and_skips_the_retired(actor, three):
    first, second, third = three
    with pytest.raises(Invalid):
        operations.roll_back(reason="太短", actor=actor)
    assert operations.roll_back(reason=WHY, actor=actor) is second
    assert definitions.active_release_id() == second.id
    assert operations.roll_back(reason=WHY, actor=actor) is first
    with pytest.raises(NothingBefore):
        operations.roll_back(reason=WHY, actor=actor)
    definitions.activate(third.id, actor=actor)
    definitions.activate(second.id, actor=actor)
    operations.retire(third.id, reason=WHY, actor=actor)
    assert operations.roll_back(reason=WHY, actor=actor) is first


def test_who_rolled_back_from_what_and_why_is_on_record(actor, three):
    _first, second, third = three
    operations.roll_back(reason=f"  {WHY}  ", actor=actor)
    db.session.commit()
    (kept,) = db.session.scalars(select(AuditRecord).where(AuditRecord.tag == "definitions.release.rolled_back"))
    assert (kept.actor_name, kept.entity_id) == (actor.name, str(second.id))
    assert kept.facts == {"left": third.hash, "hash": second.hash, "reason": WHY}


@pytest.mark.both_databases
def test_a_retired_release_never_starts_again_and_the_active_one_cannot_be_retired(actor, three):
    first, _second, third = three
    with pytest.raises(NotRetirable):
        operations.retire(third.id, reason=WHY, actor=actor)
    operations.retire(first.id, reason=WHY, actor=actor)
    assert first.status is ReleaseStatus.RETIRED
    for attempt in (
        lambda: definitions.activate(first.id, actor=actor),
        lambda: operations.schedule(first.id, clock.now() + timedelta(hours=1), actor=actor),
        lambda: operations.approve(first.id, actor=replace(actor, user_id=7)),
    ):
        with pytest.raises(ReleaseRetired):
            attempt()
    assert operations.follow(numbered(0), actor=actor).release.status is ReleaseStatus.RETIRED
    assert definitions.active_release_id() == third.id
    assert definitions.compiled(first.id).form("room/apply")


@pytest.mark.both_databases
def test_with_four_eyes_asked_for_nothing_is_activated_before_another_has_approved(actor):
    author, other = replace(actor, user_id=41), replace(actor, user_id=42, name="复核人")
    first = definitions.deploy(numbered(0), actor=author)
    definitions.activate(first.id, actor=author)
    operations.ask_for_approval(needed=True, actor=actor)
    release = definitions.deploy(numbered(1), actor=author)
    for attempt in (
        lambda: definitions.activate(release.id, actor=other),
        lambda: operations.schedule(release.id, clock.now() + timedelta(hours=1), actor=other),
    ):
        with pytest.raises(NotApproved):
            attempt()
    assert operations.follow(numbered(2), actor=actor).chosen is first
    for who in (author, replace(actor, user_id=None)):
        with pytest.raises(OwnRelease):
            operations.approve(release.id, actor=who)
    operations.approve(release.id, actor=other)
    assert (release.approved_by, release.approved_by_id) == ("复核人", 42)
    definitions.activate(release.id, actor=author)
    assert operations.roll_back(reason=WHY, actor=author) is first
    operations.ask_for_approval(needed=False, actor=actor)
    definitions.activate(definitions.deploy(numbered(3), actor=author).id, actor=author)


@pytest.mark.both_databases
def test_a_release_becomes_active_at_its_time_unless_it_was_moved(fresh_app, monkeypatch):
    actor, now = system_actor(1), clock.now()
    with fresh_app.app_context(), acting_as(actor), unit_of_work():
        first, second = (definitions.deploy(numbered(n), actor=actor).id for n in range(2))
        definitions.activate(first, actor=actor)
        with pytest.raises(Invalid):
            operations.schedule(second, now - timedelta(seconds=1), actor=actor)
        operations.schedule(second, now + timedelta(hours=1), actor=replace(actor, name="王丽华"))
        operations.schedule(second, now + timedelta(hours=2), actor=replace(actor, name="王丽华"))
    active = []
    for hours in (0, 1, 2):
        monkeypatch.setattr(clock, "now", lambda hours=hours: now + timedelta(hours=hours, seconds=1))
        run_due(fresh_app)
        with fresh_app.app_context(), acting_as(actor):
            active.append(definitions.active_release_id())
            if hours == 2:
                release = db.session.get(Release, second)
                assert (release.activated_by, release.scheduled_at) == ("王丽华", None)
            db.session.remove()
    assert active == [first, first, second]


@pytest.mark.both_databases
def test_a_scheduled_release_that_is_refused_at_its_time_is_told_as_a_failed_job(fresh_app, monkeypatch):
    actor, now = system_actor(1), clock.now()
    with fresh_app.app_context(), acting_as(actor), unit_of_work():
        first, second = (definitions.deploy(numbered(n), actor=actor).id for n in range(2))
        definitions.activate(first, actor=actor)
        operations.schedule(second, now + timedelta(hours=1), actor=actor)
        operations.ask_for_approval(needed=True, actor=actor)
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(hours=1, seconds=1))
    run_due(fresh_app)
    with fresh_app.app_context(), acting_as(actor):
        assert definitions.active_release_id() == first
        job = db.session.scalars(select(Job).where(Job.kind == operations.ACTIVATE_JOB)).one()
        assert job.state is JobState.FAILED and "复核" in job.error
        db.session.remove()


# ------------------------------------------------------------------ other processes


@pytest.fixture
def elsewhere(fresh_app):
    """``elsewhere(act, …)``: a process that does so on the same database, and where to hear what it says."""
    running = []

    def begin(act, *more):
        hears, says = pipe()
        running.append(Program(act, fresh_app.extensions["settings"], says, *more))
        says.close()
        return running[-1], hears

    yield begin
    for program in running:
        program.kill()


@pytest.mark.both_databases
@pytest.mark.real_clock
@pytest.mark.server
def test_another_process_sees_every_activation(fresh_app, elsewhere):
    """That it does so within two seconds is reckoned in test_releases.py."""
    actor = system_actor(1)
    with fresh_app.app_context(), acting_as(actor), unit_of_work():
        first, second = (definitions.deploy(numbered(n), actor=actor).id for n in range(2))
        definitions.activate(first, actor=actor)
    _watcher, hears = elsewhere(watch)
    assert hears.recv() == first
    for turn in (second, first):
        with fresh_app.app_context(), acting_as(actor), unit_of_work():
            definitions.activate(turn, actor=actor)
        assert hears.recv() == turn


@pytest.mark.both_databases
@pytest.mark.real_clock
@pytest.mark.server
def test_kill_9_while_deploying_leaves_wholly_old_or_wholly_new(fresh_app, elsewhere):
    files = len(numbered(0).files)
    for attempt in range(5):
        deployer, hears = elsewhere(deploy, attempt * 1000)
        assert hears.recv() == attempt * 1000
        time.sleep(random.random() * 0.3)
        deployer.kill()
        with fresh_app.app_context(), platform_scope("what is left of a killed deployment"):
            releases = db.session.scalars(select(Release).order_by(Release.id)).all()
            counted = dict(db.session.execute(select(ReleaseFile.release_id, func.count()).group_by(ReleaseFile.release_id)).all())
            assert counted == {release.id: files for release in releases}
            assert [one.status for one in releases[:-1]] == [ReleaseStatus.FORMER] * (len(releases) - 1)
            assert releases[-1].status is ReleaseStatus.ACTIVE
            deployed = db.session.scalar(select(func.count()).where(AuditRecord.tag == "definitions.release.deployed"))
            assert deployed == len(releases)
            assert definitions.compiled(releases[-1].id).form("room/apply")
            db.session.remove()
