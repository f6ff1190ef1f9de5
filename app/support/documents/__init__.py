"""Documents: Word papers from analysts' templates, PDF from our own pages.

Not for: storing papers (``files``), spreadsheets (``sheets``). Words owned: template, place, values.
"""

from app.support.documents.operations import render_docx, render_pdf, show_docx, template_variables
from app.support.documents.sandbox import Picture

__all__ = ["Picture", "render_docx", "render_pdf", "show_docx", "template_variables"]
