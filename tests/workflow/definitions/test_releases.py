"""Deploying and activating: atomic, refused with findings, seen by every process, one active at a time."""

import pytest
from flask_babel import force_locale
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.core.db import db
from app.workflow import definitions
from app.workflow.definitions import BundleRefused, NoActiveRelease, Release, ReleaseStatus, UnknownFile, UnknownRelease
from app.workflow.definitions.models import ReleaseContent, ReleaseFile
from app.workflow.engine import UnknownProcess
from .bundles import bpmn, bundle, form

FORM = "forms/screens/room/apply.form"
PROCESS = "processes/test/proc_test.bpmn"


def other():
    return bundle(**{FORM: form({"type": "textfield", "key": "amount", "label": "新"})})


@pytest.mark.both_databases
def test_a_deployed_release_compiles_and_starts_as_draft(actor):
    release = definitions.deploy(bundle(), actor=actor, note=" 第一版 ")
    assert (release.status, release.note, release.author_name) == (ReleaseStatus.DRAFT, "第一版", actor.name)
    compiled = definitions.compiled(release.id)
    assert compiled.label("proc_test") == "测试流程"
    assert compiled.form("room/apply").paths == {"amount"}
    assert compiled.check("room/apply").names == {"form.amount"}
    assert b"proc_test" in compiled.bpmn_of("proc_test")
    assert definitions.compiled(release.id) is compiled
    for ask in (compiled.form, compiled.check, compiled.decision, compiled.document):
        with pytest.raises(UnknownFile):
            ask("gone")
    with pytest.raises(UnknownProcess):
        compiled.process("gone")
    with pytest.raises(UnknownRelease):
        definitions.compiled(999_999)


def test_the_same_files_are_the_same_release(actor):
    first = definitions.deploy(bundle(), actor=actor)
    assert definitions.deploy(bundle(), actor=actor) is first


def test_files_that_did_not_change_are_stored_once(actor):
    definitions.deploy(bundle(), actor=actor)
    before = db.session.scalar(select(func.count()).select_from(ReleaseContent))
    definitions.deploy(other(), actor=actor)
    assert db.session.scalar(select(func.count()).select_from(ReleaseContent)) == before + 1


def test_a_bundle_with_errors_is_refused_whole(actor):
    with pytest.raises(BundleRefused) as caught:
        definitions.deploy(bundle(**{PROCESS: bpmn(form="room/gone", role="BOSS")}), actor=actor)
    assert caught.value.status == 422
    assert {f.field for f in caught.value.findings} == {f"{PROCESS} · apply"}
    assert db.session.scalar(select(func.count()).select_from(Release)) == 0
    assert db.session.scalar(select(func.count()).select_from(ReleaseFile)) == 0


@pytest.mark.both_databases
def test_one_release_is_active_and_the_one_before_retires(actor):
    with pytest.raises(NoActiveRelease):
        definitions.active_release_id()
    first = definitions.deploy(bundle(), actor=actor)
    second = definitions.deploy(other(), actor=actor)
    definitions.activate(first.id, actor=actor)
    assert definitions.active_release_id() == first.id
    definitions.activate(second.id, actor=actor)
    assert definitions.active_release_id() == second.id
    assert (first.status, second.status) == (ReleaseStatus.FORMER, ReleaseStatus.ACTIVE)
    definitions.activate(first.id, actor=actor)
    assert (first.status, second.status) == (ReleaseStatus.ACTIVE, ReleaseStatus.FORMER)
    with pytest.raises(UnknownRelease):
        definitions.activate(999_999, actor=actor)


@pytest.mark.both_databases
def test_the_database_allows_only_one_active(actor):
    first, second = (definitions.deploy(b, actor=actor) for b in (bundle(), other()))
    definitions.activate(first.id, actor=actor)
    second.status = ReleaseStatus.ACTIVE
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.flush()


def test_activation_is_refused_when_the_program_lost_a_name(actor, monkeypatch):
    release = definitions.deploy(bundle(), actor=actor)
    monkeypatch.setattr("app.workflow.definitions.inspection.ROLE_NAMES", {})
    with pytest.raises(BundleRefused):
        definitions.activate(release.id, actor=actor)
    assert release.status is ReleaseStatus.DRAFT


def test_what_was_found_is_told_in_each_readers_language(app):
    files = bundle(**{PROCESS: bpmn(role="BOSS")})

    def told():
        return [finding.message for finding in definitions.check_bundle(files) if "BOSS" in finding.message]

    with app.test_request_context():
        chinese = told()
        with force_locale("en"):
            english = told()
        assert chinese == told() == ["没有角色代码「BOSS」"]
    assert len(english) == 1
    assert english != chinese


def test_another_process_sees_an_activation_within_two_seconds(actor, app, monkeypatch):
    from app.workflow.definitions import cache

    first = definitions.deploy(bundle(), actor=actor)
    second = definitions.deploy(other(), actor=actor)
    definitions.activate(first.id, actor=actor)
    now = [100.0]
    monkeypatch.setattr(cache.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(app, "testing", False)
    assert definitions.active_release_id() == first.id
    first.status = ReleaseStatus.FORMER
    db.session.flush()
    second.status = ReleaseStatus.ACTIVE
    db.session.flush()
    assert definitions.active_release_id() == first.id
    now[0] += 2.1
    assert definitions.active_release_id() == second.id
    app.extensions.pop("active_release")


def test_one_transaction_asks_once_which_release_is_active_and_sees_its_own_activation(app, actor, monkeypatch):
    from app.workflow.definitions import cache

    first = definitions.deploy(bundle(), actor=actor)
    second = definitions.deploy(other(), actor=actor)
    definitions.activate(first.id, actor=actor)
    app.extensions.pop("active_release", None)
    asked = []
    find = cache.queries.find_active
    monkeypatch.setattr(cache.queries, "find_active", lambda: asked.append(1) or find())
    assert [definitions.active_release_id() for _n in range(3)] == [first.id] * 3
    assert len(asked) == 1
    definitions.activate(second.id, actor=actor)
    app.extensions.pop("active_release", None)
    assert definitions.active_release_id() == second.id
    app.extensions.pop("active_release", None)


def test_usage_is_counted_by_the_rooms_that_know(actor, monkeypatch):
    from app.workflow.definitions import queries

    monkeypatch.setattr(queries, "_counters", [])
    definitions.register_usage_counter(lambda ids: {ids[0]: 3})
    assert queries.usage_of([5, 6]) == {5: 3, 6: 0}


# ------------------------------------------------------------------ a start follows the folder


def active():
    return definitions.active_release_id()


@pytest.mark.both_databases
def test_the_first_start_brings_the_folder_into_force(actor):
    followed = definitions.follow(bundle(), actor=actor)
    assert (active(), followed.chosen) == (followed.release.id, None)
    assert followed.release.activated_by == "程序启动"
    assert definitions.follow(bundle(), actor=actor).release is followed.release


def test_an_update_of_the_folder_comes_into_force_and_so_does_going_back(actor):
    first = definitions.follow(bundle(), actor=actor).release
    second = definitions.follow(other(), actor=actor).release
    assert active() == second.id
    definitions.follow(bundle(), actor=actor)
    assert active() == first.id


@pytest.mark.both_databases
def test_what_a_person_activated_is_not_undone_by_a_start(actor):
    ours = definitions.follow(bundle(), actor=actor).release
    hers = definitions.deploy(other(), actor=actor)
    definitions.activate(hers.id, actor=actor)
    followed = definitions.follow(bundle(), actor=actor)
    assert (active(), followed.release, followed.chosen) == (hers.id, ours, hers)


def test_files_new_in_the_folder_wait_while_a_person_has_chosen(actor):
    hers = definitions.deploy(bundle(), actor=actor)
    definitions.activate(hers.id, actor=actor)
    followed = definitions.follow(other(), actor=actor)
    assert (active(), followed.release.status, followed.chosen) == (hers.id, ReleaseStatus.DRAFT, hers)
    assert definitions.follow(bundle(), actor=actor).chosen is None


def test_the_operator_may_let_starts_follow_again(actor):
    hers = definitions.deploy(bundle(), actor=actor)
    definitions.activate(hers.id, actor=actor)
    definitions.follow(bundle(), actor=actor, resume=True)
    assert hers.activated_by == "程序启动"
    assert definitions.follow(other(), actor=actor).release.status is ReleaseStatus.ACTIVE
    definitions.activate(hers.id, actor=actor)
    assert definitions.follow(other(), actor=actor, resume=True).chosen is None
    assert active() != hers.id


# ------------------------------------------------------------------ commands


@pytest.fixture
def folder(tmp_path):
    for path, content in bundle().files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    return tmp_path


def run(app, *arguments):
    return app.test_cli_runner().invoke(args=["definitions", *map(str, arguments)])


def test_check_prints_findings_and_the_counting_line(app, folder):
    good = run(app, "check", "--root", folder, "--quiet")
    assert good.exit_code == 0, good.output
    assert good.output.strip() == "1 processes, 3 bindings, 0 problems"
    (folder / PROCESS).write_bytes(bpmn(role="BOSS"))
    (folder / "forms/screens/room/bad.form").write_bytes(b"{")
    bad = run(app, "check", "--root", folder)
    assert bad.exit_code == 1
    lines = bad.output.strip().splitlines()
    assert lines[-1] == "1 processes, 2 bindings, 2 problems"
    assert any("proc_test.bpmn | apply | 没有角色代码「BOSS」 | 请" in line for line in lines)
    assert "Traceback" not in bad.output
    assert run(app, "check", "--root", folder / "gone").exit_code == 1


def test_deploy_list_activate_export(fresh_app, folder, tmp_path_factory):
    deployed = run(fresh_app, "deploy", "--root", folder, "--note", "第一版", "--activate")
    assert deployed.exit_code == 0, deployed.output
    assert "ACTIVE" in deployed.output
    assert "第一版" in run(fresh_app, "list").output
    (folder / FORM).write_bytes(other().files[FORM])
    assert "release 2 DRAFT" in run(fresh_app, "deploy", "--root", folder).output
    assert run(fresh_app, "activate", 2).output.strip() == "release 2 ACTIVE"
    target = tmp_path_factory.mktemp("export") / "out"
    assert run(fresh_app, "export", 2, target).exit_code == 0
    assert definitions.read_folder(target) == other()
    assert run(fresh_app, "export", 2, target).exit_code == 1
    (folder / PROCESS).write_bytes(b"<x")
    refused = run(fresh_app, "deploy", "--root", folder)
    assert refused.exit_code == 1
    assert "Traceback" not in refused.output


def test_follow_says_what_it_did(fresh_app, folder):
    assert run(fresh_app, "follow", "--root", folder).output.startswith("release 1 ACTIVE ")
    (folder / FORM).write_bytes(other().files[FORM])
    assert run(fresh_app, "follow", "--root", folder).output.startswith("release 2 ACTIVE ")
    run(fresh_app, "activate", 1)
    told = run(fresh_app, "follow", "--root", folder)
    assert told.exit_code == 0
    assert "release 1 stays ACTIVE, chosen by 系统; the folder is release 2 FORMER" in told.output
    assert run(fresh_app, "follow", "--root", folder, "--resume").output.startswith("release 2 ACTIVE ")
    (folder / PROCESS).write_bytes(b"<x")
    refused = run(fresh_app, "follow", "--root", folder)
    assert refused.exit_code == 1
    assert "Traceback" not in refused.output
