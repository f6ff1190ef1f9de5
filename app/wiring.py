"""The list of rooms. For each room the modules that exist are imported and their doors are hung.

A room's ``steps``, ``datasets``, ``choices``, ``checks``, ``panels``, ``writings``, ``search`` and ``jobs``
register by being imported; ``pages`` and ``api`` hold a blueprint ``bp``; ``cli`` holds ``commands``.
"""

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from flask import Blueprint, Flask

SUPPORT = ("audit", "identity", "jobs", "files", "numbering", "notices", "workdays", "documents", "web")
WORKFLOW = ("definitions", "forms", "checks", "instances", "migration", "writings", "tasks")
BUSINESS = (
    "customers",
    "institutions",
    "products",
    "projects",
    "diligence",
    "committee",
    "contracts",
    "letters",
    "ledger",
    "fees",
)
ROOMS = (
    *(f"app.support.{room}" for room in SUPPORT),
    *(f"app.workflow.{room}" for room in WORKFLOW),
    *(f"app.business.{room}" for room in BUSINESS),
    "app.company",
    "app.demo",
)
LIBRARIES = ("app.core.feel", "app.workflow.engine.decisions")
"""No rooms, but they have commands."""
BINDINGS = (
    "models",
    "steps",
    "datasets",
    "choices",
    "checks",
    "panels",
    "writings",
    "search",
    "jobs",
    "permissions",
)
DOORS = ("pages", "api")


def wire(app: Flask) -> None:
    """Import every room's bindings, then hang its doors and commands."""
    for module in _modules(BINDINGS):
        app.logger.debug("wired %s", module.__name__)
    for module in _modules(DOORS):
        app.register_blueprint(module.bp)
    for shelf in _bare_templates():
        app.register_blueprint(shelf)
    for module in _modules(("cli",), (*ROOMS, *LIBRARIES)):
        for command in module.commands:
            app.cli.add_command(command)


def _modules(names: tuple[str, ...], rooms: tuple[str, ...] = ROOMS) -> Iterator[ModuleType]:
    for room in rooms:
        if find_spec(room) is None:
            continue
        for name in names:
            if find_spec(f"{room}.{name}"):
                yield import_module(f"{room}.{name}")


def _bare_templates() -> Iterator[Blueprint]:
    """Where the templates lie of rooms that show panels elsewhere but have no pages of their own."""
    for room in ROOMS:
        spec = find_spec(room)
        if spec is None or not spec.submodule_search_locations or find_spec(f"{room}.pages"):
            continue
        folder = Path(spec.submodule_search_locations[0]) / "templates"
        if folder.is_dir():
            yield Blueprint(room.replace(".", "_"), room, template_folder=str(folder))
