"""Checks before a task is left: DMN tables that collect findings, and the few checks only code can express.

A table in ``rules/checks/<room>/<node>.dmn`` sees ``form`` (cleaned), ``data`` and its entries by name, and every
dataset by its name. A check that cannot be carried out is itself a BLOCK finding, never silence.
Not for: what a field may hold (forms), who may override what (tasks). Words: check, finding, severity, seen.
"""

from app.workflow.checks.errors import BadCheck
from app.workflow.checks.operations import record_results
from app.workflow.checks.queries import list_results
from app.workflow.checks.running import CheckFinding, run_checks
from app.workflow.checks.tables import CheckTable, compile_check

__all__ = [
    "BadCheck",
    "CheckFinding",
    "CheckTable",
    "compile_check",
    "list_results",
    "record_results",
    "run_checks",
]
