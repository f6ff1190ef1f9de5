"""``flask definitions``: check, lint, deploy, list, activate and export releases; ``flask scenarios``."""

import json
import sys
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from app.core.db import db
from app.core.errors import Invalid
from app.core.tenancy import acting_as, system_actor
from app.core.transactions import unit_of_work
from app.workflow.definitions import operations, queries
from app.workflow.definitions.bundle import PROCESSES, Bundle, read_folder
from app.workflow.definitions.diff import as_data, diff_bundles
from app.workflow.definitions.errors import BundleRefused
from app.workflow.definitions.inspection import inspect_bundle
from app.workflow.definitions.linter import FileReport, lint_files
from app.workflow.definitions.scenarios import (
    Played,
    ScenarioError,
    coverage_of,
    make_stage,
    play,
    read_scenarios,
    scenario_files,
)
from app.workflow.definitions.staffing import staffing_findings

ROOT = click.option(
    "--root",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="Folder that holds processes/, forms/ and rules/; that of the settings when left out.",
)
TENANT = click.option("--tenant", type=int, default=1, show_default=True, help="Whose audit chain notes it.")


definitions = AppGroup("definitions", help="Work with the analysts' files.")


@definitions.command("check")
@ROOT
@click.option("--quiet", is_flag=True, help="Leave out what is only worth knowing (INFO).")
@click.option("--people", type=int, metavar="TENANT", help="Also ask whether each role has somebody there.")
def check(root: Path | None, people: int | None, *, quiet: bool) -> None:
    """Check every file and every name. Exit 1 when there are problems."""
    inspection = inspect_bundle(_read(root))
    if people is not None:
        with acting_as(system_actor(people)):
            inspection.findings += staffing_findings(inspection.compilation.bundle)
    for finding in inspection.findings:
        if finding.is_problem or not quiet:
            print(finding.line())
    print(inspection.summary())
    sys.exit(1 if inspection.problems else 0)


@definitions.command("lint")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@ROOT
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
@click.option("--fix", is_flag=True, help="Mend what is safe, in the files themselves.")
def lint(files: tuple[Path, ...], root: Path | None, *, as_json: bool, fix: bool) -> None:
    """Check process files of any editor, or folders of them. Exit 1 when something has to be done.

    Names are looked up in the folder --root; the files need not lie in it.
    """
    paths = [one for path in files for one in (sorted(path.rglob("*.bpmn")) if path.is_dir() else [path])]
    reports = lint_files(paths, _read(root), fix=fix)
    problems = sum(report.problems for report in reports)
    if as_json:
        answer = {"files": [report.as_dict() for report in reports], "problems": problems}
        print(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        for report in reports:
            _tell(report)
        print(f"{len(reports)} files, {problems} problems")
    sys.exit(1 if problems else 0)


def _tell(report: FileReport) -> None:
    for fixed in report.fixed:
        print(f"{report.path}: [FIXED] {fixed.code} | {fixed.element_id} | {fixed.message}")
    for told in report.findings:
        one = told.finding
        place = f"{report.path}:{told.line}" if told.line else report.path
        parts = (f"{place}: [{one.severity}] {one.code}", one.element_id, one.message_zh, one.fix_zh)
        print(" | ".join(" ".join(part.split()) for part in parts))


@definitions.command("deploy")
@ROOT
@TENANT
@click.option("--note", default="", help="What is new, for the list of releases.")
@click.option("--activate", is_flag=True, help="Let new instances start on it at once.")
def deploy(root: Path | None, tenant: int, note: str, *, activate: bool) -> None:
    """Store the files as a release; refuses files with errors. Exit 1 when refused."""
    bundle = _read(root)
    actor = system_actor(tenant)
    try:
        with acting_as(actor), unit_of_work():
            release = operations.deploy(bundle, actor=actor, note=note)
            if activate:
                operations.activate(release.id, actor=actor)
            print(f"release {release.id} {release.status.value} {release.hash[:12]} {len(bundle.files)} files")
    except BundleRefused as exc:
        _refuse(exc)


@definitions.command("follow")
@ROOT
@TENANT
@click.option("--resume", is_flag=True, help="Also when a person chose another release; from now on follow again.")
def follow(root: Path | None, tenant: int, *, resume: bool) -> None:
    """Bring the folder into force, as each start does, unless a person chose a release. Exit 1 when refused."""
    bundle = _read(root)
    actor = system_actor(tenant)
    try:
        with acting_as(actor), unit_of_work():
            print(followed_line(operations.follow(bundle, actor=actor, resume=resume)))
    except BundleRefused as exc:
        _refuse(exc)


def followed_line(followed: operations.Followed) -> str:
    """What a start did about the folder, in one line."""
    release, chosen = followed.release, followed.chosen
    if chosen is None:
        return f"release {release.id} {release.status.value} {release.hash[:12]}"
    return (
        f"release {chosen.id} stays ACTIVE, chosen by {chosen.activated_by}; the folder is release {release.id}"
        f" {release.status.value}: activate it in the browser, or run `flask definitions follow --resume`"
    )


@definitions.command("list")
def list_releases() -> None:
    """Print the releases, newest first."""
    releases = db.session.scalars(queries.select_releases()).all()
    used = queries.usage_of([release.id for release in releases])
    for release in releases:
        running = f"{used[release.id]} running"
        parts = (f"{release.id}", release.status.value, release.hash[:12], release.label, running, release.note)
        print("  ".join(" ".join(part.split()) for part in parts))


@definitions.command("activate")
@click.argument("release_id", type=int)
@TENANT
def activate(release_id: int, tenant: int) -> None:
    """Let new instances start on a release; running ones stay on theirs."""
    actor = system_actor(tenant)
    try:
        with acting_as(actor), unit_of_work():
            operations.activate(release_id, actor=actor)
    except BundleRefused as exc:
        _refuse(exc)
    print(f"release {release_id} ACTIVE")


@definitions.command("rollback")
@click.option("--reason", required=True, help="Why, for the audit; ten characters at least.")
@TENANT
def rollback(tenant: int, *, reason: str) -> None:
    """Activate the release that was active before the present one."""
    actor = system_actor(tenant)
    with acting_as(actor), unit_of_work():
        release = operations.roll_back(reason=reason, actor=actor)
        print(f"release {release.id} ACTIVE")


@definitions.command("retire")
@click.argument("release_id", type=int)
@click.option("--reason", required=True, help="Why, for the audit; ten characters at least.")
@TENANT
def retire(release_id: int, tenant: int, *, reason: str) -> None:
    """Let nothing start on a release any more; running instances stay on it."""
    actor = system_actor(tenant)
    with acting_as(actor), unit_of_work():
        release = operations.retire(release_id, reason=reason, actor=actor)
        print(f"release {release.id} RETIRED")


@definitions.command("diff")
@click.argument("old_id", type=int)
@click.argument("new_id", type=int)
@click.option("--json", "as_json", is_flag=True, help="One JSON list instead of lines.")
def diff(old_id: int, new_id: int, *, as_json: bool) -> None:
    """Say what differs between two releases: elements, table rows, form fields, templates."""
    for release_id in (old_id, new_id):
        queries.get_release(release_id)
    changes = diff_bundles(queries.bundle_of(old_id), queries.bundle_of(new_id))
    if as_json:
        print(json.dumps(as_data(changes), ensure_ascii=False, indent=2))
        return
    for change in changes:
        print(" | ".join((change.how, change.kind, change.where, change.id or "-", change.type, change.name)))
        for one in change.alterations:
            print(f"    {one.what}: {one.before!r} -> {one.after!r}")
    print(f"{len(changes)} differences")


@definitions.command("export")
@click.argument("release_id", type=int)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def export(release_id: int, folder: Path) -> None:
    """Write the files of a release into an empty folder."""
    if folder.exists() and any(folder.iterdir()):
        print(f"{folder} is not empty")
        sys.exit(1)
    queries.get_release(release_id)
    bundle = queries.bundle_of(release_id)
    for path, content in bundle.files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    print(f"{len(bundle.files)} files in {folder}")


def _read(root: Path | None) -> Bundle:
    try:
        return read_folder(root or current_app.extensions["settings"].analysts_root)
    except BundleRefused as exc:
        _refuse(exc)
        raise


def _refuse(error: Invalid) -> None:
    """Print the findings and end with 1."""
    for finding in error.findings:
        print(f"[{finding.severity}] {finding.field or ''} | {finding.message}")
    print(error)
    sys.exit(1)


scenarios = AppGroup("scenarios", help="Play what analysts say should happen.")


@scenarios.command("run")
@click.argument("path", required=False, type=click.Path(exists=True, path_type=Path))
@ROOT
@click.option("--coverage", is_flag=True, help="Say which nodes, flows and rules no scenario touches.")
def run_scenarios(path: Path | None, root: Path | None, *, coverage: bool) -> None:
    """Play scenario files on the real engine, in memory; all of the folder without PATH. Exit 1 on a failure."""
    folder = root or current_app.extensions["settings"].analysts_root
    try:
        stage = make_stage(_read(root))
    except BundleRefused as exc:
        _refuse(exc)
        return
    played, slips = [], 0
    for file in scenario_files(path or folder / PROCESSES):
        try:
            read = read_scenarios(file.read_text(encoding="utf-8"))
        except (ScenarioError, UnicodeDecodeError, OSError) as exc:
            slips += 1
            print(f"{file}: {exc}")
            continue
        played += [_played(file, play(scenario, stage)) for scenario in read]
    failed = sum(bool(one.failures) for one in played)
    if coverage:
        for one in coverage_of(stage, played):
            missing = "  " + "、".join(one.missing) if one.missing else ""
            print(f"{one.subject}: {one.touched}/{one.total} {one.kind}{missing}")
    print(f"{len(played)} scenarios, {failed + slips} failures")
    sys.exit(1 if failed + slips else 0)


def _played(file: Path, one: Played) -> Played:
    for failure in one.failures:
        print(f"{file} | {one.scenario.name} | {failure}")
    return one


commands = (definitions, scenarios)
