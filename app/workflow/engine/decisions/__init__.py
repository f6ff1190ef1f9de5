"""DMN decisions: files compiled once, evaluated many times, explained and analysed.

Decision tables with all hit policies, boxed expressions, knowledge models, services, imports; all in FEEL.
Not here: which decision a task uses (``workflow.definitions``), and business rules themselves (``rules/``).
Words: decision, table, rule (a row), cell (unary tests), hit policy, trace, near miss.
"""

from app.workflow.engine.decisions.analysis import TableFinding, analyse, analyse_table
from app.workflow.engine.decisions.decisions import Decision, Decisions, compile_dmn
from app.workflow.engine.decisions.errors import DmnError, RulesConflict, UnknownDecision
from app.workflow.engine.decisions.nearest import NearestChange, nearest_change
from app.workflow.engine.decisions.traces import DecisionTrace

__all__ = [
    "Decision",
    "DecisionTrace",
    "Decisions",
    "DmnError",
    "NearestChange",
    "RulesConflict",
    "TableFinding",
    "UnknownDecision",
    "analyse",
    "analyse_table",
    "compile_dmn",
    "nearest_change",
]
