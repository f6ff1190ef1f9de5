"""FEEL, the expression language of DMN 1.5: conditions, cells, parameters and form rules.

Text → tokens → tree → closures. An expression sees only the plain data it is given, never a Python object,
file or clock; every evaluation has a budget. Not here: decision tables (``workflow.engine.decisions``).
Words: expression, unary tests (a cell), names (outside data it reads), diagnostic (why something is null).
"""

from app.core.feel.budget import Budget
from app.core.feel.errors import BudgetExceeded, Diagnostic, FeelError
from app.core.feel.expression import Evaluation, Expression, UnaryTests, compile_expression, compile_unary_tests
from app.core.feel.temporal import Duration, Months

__all__ = [
    "Budget",
    "BudgetExceeded",
    "Diagnostic",
    "Duration",
    "Evaluation",
    "Expression",
    "FeelError",
    "Months",
    "UnaryTests",
    "compile_expression",
    "compile_unary_tests",
]
