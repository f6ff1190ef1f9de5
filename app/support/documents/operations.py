"""Making papers: plain values in, bytes out; nothing is stored and nothing outside is read.

Each imports what it needs when it is first asked: the libraries for Word and PDF were a fifth of every start of a
process, and most processes never make a paper.
"""

from collections.abc import Mapping, Sequence


def render_docx(template: bytes, values: Mapping[str, object]) -> bytes:
    """Fill a Word template (docxtpl's tags ``{{ }}``, ``{%tr for … %}``, ``{%p if … %}``).

    :param values: plain data: texts, numbers, days, pictures, dicts and lists of them; amounts already as text.
    :raises TemplateRefused: the template is unsafe or its syntax wrong.
    :raises ValuesMissing: it asks for what ``values`` does not hold.
    """
    from app.support.documents import word

    return word.render_docx(template, values)


def template_variables(template: bytes) -> set[str]:
    """The names at the root of what a template asks for: ``{"project", "members"}``; for the check at upload.

    :raises TemplateRefused: as ``render_docx``.
    """
    from app.support.documents import word

    return word.template_variables(template)


def check_values(template: bytes, known: set[str]) -> None:
    """Refuse a template that asks for names nobody gives. :raises ValuesMissing: with the names."""
    from app.support.documents import word

    word.check_values(template, known)


def render_pdf(html: str) -> bytes:
    """A PDF of a page of ours, A4 unless it says otherwise, in Noto Sans CJK SC.

    Only ``data:`` addresses are read: no network, no files of the server.
    :raises PdfRefused: too long, or it asks for anything else.
    """
    from app.support.documents import pdf

    return pdf.render_pdf(html)


def show_docx(papers: Sequence[tuple[str, bytes]]) -> bytes:
    """Word documents of ours as one PDF to read on any screen: text, headings and tables, not the typesetting.

    :param papers: (title, docx); each begins on a page of its own.
    :raises TemplateRefused: no Word document. :raises PdfRefused: too long.
    """
    from app.support.documents import pdf

    return pdf.show_docx(papers)
