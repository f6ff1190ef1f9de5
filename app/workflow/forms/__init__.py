"""Forms: form-js JSON files become fields, and what people send becomes clean business values.

The browser draws the same file with form-js; what it says is never trusted. Amounts are typed in yuan or 万元
and become integer fen, percentages become Decimal fractions, dates become dates.
Not for: tables, tasks, permissions.
Words: field, path (dotted, ``photos.0.name`` for one row), unit, choices, prefill, decision (a task's outcome).
"""

from app.workflow.forms.errors import AnswerTooLarge, FormError
from app.workflow.forms.fields import Field, Kind, Unit
from app.workflow.forms.form import Form, compile_form
from app.workflow.forms.plain import to_plain

__all__ = ["AnswerTooLarge", "Field", "Form", "FormError", "Kind", "Unit", "compile_form", "to_plain"]
