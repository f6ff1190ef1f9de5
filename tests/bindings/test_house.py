"""The house rules no linter knows: where a commit may stand, what may not be written at all, which names must hold."""

import ast
from functools import cache
from pathlib import Path

import pytest

from app.config import ROOT
from app.workflow.definitions import read_folder
from app.workflow.definitions.inspection import inspect_bundle
from app.workflow.registry import registry

SOURCES = sorted((ROOT / "app").rglob("*.py"))
DOORS = {"pages.py", "api.py", "cli.py", "jobs.py"}
ALSO_DOORS = {
    "app/core/transactions.py",
    "app/demo/company.py",
    "app/support/identity/security.py",
    "app/support/identity/sign_in.py",
    "app/support/jobs/dispatcher.py",
    "app/support/jobs/runner.py",
    "app/support/web/doors.py",
    "app/workflow/tasks/handover_pages.py",
}
COMMITS = {"app/core/transactions.py", "app/core/db.py"}
RAW = {
    "app/core/prepared.py",
    "app/core/row_security.py",
    "app/core/row_statements.py",
    "app/core/rows.py",
    "app/core/tenancy.py",
}
"""The modules that make the locks between tenants; see docs/decisions/0003-tenancy.md."""
INSERTS = {
    "app/core/row_statements.py",
    "app/support/audit/chain.py",
    "app/support/identity/operations/throttle.py",
}
"""An ``insert()`` passes by the guard of flushes: rows of a chain that says whose they are, rows of nobody."""
PLATFORM = {
    "app/core/tenancy.py",
    "app/demo/cli.py",
    "app/demo/company.py",
    "app/support/audit/cli.py",
    "app/support/files/cli.py",
    "app/support/identity/cli.py",
    "app/support/identity/security.py",
    "app/support/identity/sign_in.py",
    "app/support/jobs/cli.py",
    "app/support/jobs/dispatcher.py",
    "app/support/jobs/runner.py",
    "app/workflow/instances/cli.py",
}
"""Who may see every tenant: signing in, the dispatcher of jobs, commands of the operator."""
BANNED = {"from_statement", "bulk_save_objects", "bulk_insert_mappings", "bulk_update_mappings", "exec_driver_sql"}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def nodes(path: Path) -> list[ast.AST]:
    """The file's syntax, read once for all tests."""
    return list(ast.walk(ast.parse(path.read_text())))


def calls(path: Path):
    """``(attribute or name, line)`` of every call in a file."""
    for node in nodes(path):
        if isinstance(node, ast.Call):
            function = node.func
            yield (
                function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", ""),
                node.lineno,
            )


def test_there_is_one_place_that_commits():
    found = [
        f"{name_of(path)}:{line}"
        for path in SOURCES
        if name_of(path) not in COMMITS
        for called, line in calls(path)
        if called in {"commit", "rollback"}
    ]
    assert found == []


def test_only_doors_open_a_unit_of_work():
    found = [
        f"{name_of(path)}:{line}"
        for path in SOURCES
        if path.name not in DOORS and path.parent.name != "pages" and name_of(path) not in ALSO_DOORS
        for called, line in calls(path)
        if called == "unit_of_work"
    ]
    assert found == []


def test_nothing_goes_round_the_tenants_condition():
    found = [
        f"{name_of(path)}:{line} {called}"
        for path in SOURCES
        if name_of(path) not in RAW and name_of(path) != "app/core/db.py"
        for called, line in calls(path)
        if called in BANNED
    ]
    assert found == []


def test_raw_text_stands_only_in_table_definitions():
    found = []
    for path in SOURCES:
        imported = any(
            isinstance(node, ast.ImportFrom)
            and (node.module or "").startswith("sqlalchemy")
            and any(alias.name == "text" for alias in node.names)
            for node in nodes(path)
        )
        if imported and path.name not in {"models.py", "triggers.py"} and name_of(path) not in RAW:
            found.append(name_of(path))
    assert found == []


def test_tables_and_connections_are_not_used_bare():
    """``select(Model.__table__)``, ``session.connection()`` and engines know nothing of the tenant's condition."""
    found = []
    for path in SOURCES:
        if name_of(path) in RAW or name_of(path) == "app/core/db.py":
            continue
        for node in nodes(path):
            if not isinstance(node, ast.Attribute):
                continue
            of = ast.unparse(node.value)
            is_bare = (node.attr == "__table__" and path.name != "models.py") or (
                node.attr in {"connection", "get_bind"} and of.endswith("session") and name_of(path) not in INSERTS
            )
            if is_bare or (node.attr in {"connect", "begin", "raw_connection"} and of.endswith("engine")):
                found.append(f"{name_of(path)}:{node.lineno} {of}.{node.attr}")
    assert found == []


def names_imported(path: Path, module: str) -> set[str]:
    return {
        alias.name
        for node in nodes(path)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(module)
        for alias in node.names
    }


def test_rows_are_inserted_by_the_session_whose_guard_knows_the_tenant():
    found = {name_of(path) for path in SOURCES if names_imported(path, "sqlalchemy") & {"insert", "create_engine"}}
    assert found <= INSERTS


def test_only_signing_in_the_dispatcher_and_commands_see_every_tenant():
    found = {name_of(path) for path in SOURCES if any(called == "platform_scope" for called, _line in calls(path))}
    assert found <= PLATFORM


def test_the_clock_is_asked_never_the_system(app):
    found = [
        f"{name_of(path)}:{node.lineno}"
        for path in SOURCES
        if name_of(path) != "app/core/clock.py"
        for node in nodes(path)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"now", "today", "utcnow"}
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in {"datetime", "date"}
    ]
    assert found == []


@pytest.fixture
def inspection(app):
    with app.app_context():
        return inspect_bundle(read_folder(ROOT))


def test_every_name_in_every_analyst_file_resolves(inspection):
    assert [finding.line() for finding in inspection.findings if finding.is_problem] == []
    assert inspection.summary() == f"8 processes, {inspection.bindings} bindings, 0 problems"
    assert inspection.bindings > 300


def test_every_step_is_called_by_some_process(app):
    text = "".join(path.read_text() for path in (ROOT / "processes").rglob("*.bpmn"))
    never = sorted(name for name in registry.steps if f'"{name}"' not in text)
    assert never == []


def test_every_write_route_asks_for_a_key(app):
    """Idempotency from the first day: whatever changes something is wrapped by ``@writes``, but for signing in and out.

    The language lives in the browser's session alone: nothing is stored, so there is nothing to answer once.
    """
    free = {"identity.choose_language", "identity.enter", "identity.sign_out"}
    found = []
    for rule in app.url_map.iter_rules():
        if rule.methods & {"POST", "PUT", "PATCH", "DELETE"} and rule.endpoint not in free:
            view = app.view_functions[rule.endpoint]
            if not _is_marked(view):
                found.append(rule.endpoint)
    assert found == []


def _is_marked(view) -> bool:
    while view is not None:
        if getattr(view, "writes", False):
            return True
        view = getattr(view, "__wrapped__", None)
    return False
