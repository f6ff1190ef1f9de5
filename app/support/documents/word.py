"""Making papers: plain values in, bytes out; nothing is stored and nothing outside is read."""

import io
import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import mammoth as untyped_mammoth
import weasyprint as untyped_weasyprint
from docx.opc.oxml import parse_xml
from docx.shared import Mm
from docxtpl.inline_image import InlineImage
from docxtpl.template import DocxTemplate
from jinja2 import TemplateError, meta
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from app.core.i18n import _
from app.support.documents.errors import PdfRefused, TemplateRefused, ValuesMissing
from app.support.documents.gate import check_template
from app.support.documents.sandbox import Picture, WordSandbox, plain, told

mammoth: Any = untyped_mammoth  # none of these libraries has types
weasyprint: Any = untyped_weasyprint
make_fonts: Any = FontConfiguration
open_template: Any = DocxTemplate
inline_image: Any = InlineImage
millimetres: Any = Mm

MAX_TAGS = 5_000
MAX_RESULT_BYTES = 40 * 1024 * 1024
MAX_HTML_CHARACTERS = 5_000_000


def render_docx(template: bytes, values: Mapping[str, object]) -> bytes:
    """Fill a Word template (docxtpl's tags ``{{ }}``, ``{%tr for … %}``, ``{%p if … %}``).

    :param values: plain data: texts, numbers, days, pictures, dicts and lists of them; amounts already as text.
    :raises TemplateRefused: the template is unsafe or its syntax wrong.
    :raises ValuesMissing: it asks for what ``values`` does not hold.
    """
    check_template(template)
    document = _opened(template)
    data = plain(values, lambda picture: _drawn(picture, document))
    try:
        document.render(data, jinja_env=WordSandbox(), autoescape=True)
    except TemplateError as exc:
        raise told(exc) from exc
    except (ValueError, KeyError, AttributeError, SyntaxError) as exc:
        raise TemplateRefused(reason=_("填写后的内容不是有效的 Word 文档，请检查表格行标签是否成对")) from exc
    target = io.BytesIO()
    document.save(target)
    if target.tell() > MAX_RESULT_BYTES:
        raise TemplateRefused(reason=_("生成的文书过大"))
    return target.getvalue()


def _drawn(picture: Picture, document: Any) -> Any:
    return inline_image(document, io.BytesIO(picture.png), height=millimetres(picture.height_mm))


def template_variables(template: bytes) -> set[str]:
    """The names at the root of what a template asks for: ``{"project", "members"}``; for the check at upload.

    :raises TemplateRefused: as ``render_docx``.
    """
    check_template(template)
    document = _opened(template)
    sandbox = WordSandbox()
    try:
        found: set[str] = set()
        for xml in _sources(document):
            found |= meta.find_undeclared_variables(sandbox.parse(xml))
    except TemplateError as exc:
        raise told(exc) from exc
    return found


def check_values(template: bytes, known: set[str]) -> None:
    """Refuse a template that asks for names nobody gives. :raises ValuesMissing: with the names."""
    unknown = template_variables(template) - known
    if unknown:
        raise ValuesMissing(names="、".join(sorted(unknown)))


def render_pdf(html: str) -> bytes:
    """A PDF of a page of ours, A4 unless it says otherwise, in Noto Sans CJK SC.

    Only ``data:`` addresses are read: no network, no files of the server.
    :raises PdfRefused: too long, or it asks for anything else.
    """
    if len(html) > MAX_HTML_CHARACTERS:
        raise PdfRefused(reason="too long")
    fonts = make_fonts()
    try:
        page = weasyprint.HTML(
            string=html,
            base_url="about:blank",
            url_fetcher=DataOnly(),  # type: ignore[no-untyped-call]
        )
        written = page.write_pdf(stylesheets=[weasyprint.CSS(string=_PAPER, font_config=fonts)], font_config=fonts)
    except OutsideRefused as exc:
        raise PdfRefused(reason=str(exc)) from exc
    return bytes(written)


def show_docx(papers: Sequence[tuple[str, bytes]]) -> bytes:
    """Word documents of ours as one PDF to read on any screen: text, headings and tables, not the typesetting.

    :param papers: (title, docx); each begins on a page of its own.
    :raises TemplateRefused: no Word document. :raises PdfRefused: too long.
    """
    pages = "".join(f"<section><header>{escape(name)}</header>{_as_html(docx)}</section>" for name, docx in papers)
    head = f'<meta charset="utf-8"><style>{_WORD_PAPER}</style>'
    return render_pdf(f"<!doctype html><html><head>{head}</head><body>{pages}</body></html>")


def _as_html(docx: bytes) -> str:
    check_template(docx)
    try:
        return str(mammoth.convert_to_html(io.BytesIO(docx), style_map=_STYLE_MAP).value)
    except Exception as exc:  # mammoth has no parent of its own errors
        raise TemplateRefused(reason=_("不是有效的 Word 文档（docx）")) from exc


_STYLE_MAP = """
p[style-name='Title'] => h1:fresh
p[style-name='Subtitle'] => p.sub:fresh
p[style-name='Heading 1'] => h2:fresh
p[style-name='Heading 2'] => h3:fresh
"""
_WORD_PAPER = """
section { page-break-after: always }
section:last-child { page-break-after: auto }
header { font-size: 8.5pt; color: #666; border-bottom: 0.5pt solid #bbb; margin-bottom: 14pt }
h1 { letter-spacing: 0.15em }
h2 { font-size: 12.5pt; margin: 14pt 0 4pt }
h3 { font-size: 11pt; margin: 10pt 0 3pt }
p { margin: 3pt 0; overflow-wrap: anywhere } .sub { text-align: center; color: #555; margin-bottom: 12pt }
table { margin: 6pt 0 } td p, th p { margin: 0 } tr { page-break-inside: avoid }
"""


class OutsideRefused(FatalURLFetchingError):
    """The page asks for something outside itself."""


class DataOnly(URLFetcher):
    """Fetches nothing but what the page itself carries."""

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        """Refuse everything but ``data:``."""
        if not url.lower().startswith("data:"):
            raise OutsideRefused(f"refused: {url[:80]}")
        return super().fetch(url, headers)  # type: ignore[no-untyped-call]


_PAPER = """
@page { size: A4; margin: 20mm 18mm 18mm }
@page { @bottom-center { content: counter(page) " / " counter(pages); font-size: 9pt } }
html { font-family: "Noto Sans CJK SC", sans-serif; font-size: 10.5pt; line-height: 1.55; lang: zh-CN }
h1 { font-size: 16pt; text-align: center; margin: 0 0 12pt }
table { border-collapse: collapse; width: 100% }
th, td { border: 0.5pt solid #444; padding: 4pt 6pt; text-align: left; vertical-align: top }
.num { text-align: right; font-variant-numeric: tabular-nums }
"""


def _opened(template: bytes) -> Any:
    """The template as docxtpl's object, its tags in pairs: docxtpl's patterns crawl over open ends."""
    document = open_template(io.BytesIO(template))
    try:
        document.init_docx()
        roots = [document.docx.element, *(parse_xml(part.blob) for part in _parts(document))]
    except Exception as exc:  # python-docx has no parent of its own errors
        raise TemplateRefused(reason=_("不是有效的 Word 文档（docx）")) from exc
    for root in roots:
        _check_pairs("".join(root.itertext()))
    return document


def _check_pairs(text: str) -> None:
    marks = [match.group() for match in _MARK.finditer(text)]
    pairs = list(zip(marks[::2], marks[1::2], strict=False))
    if len(marks) > 2 * MAX_TAGS:
        raise TemplateRefused(reason=_("标签超过 %(n)s 个", n=MAX_TAGS))
    if len(marks) % 2 or any(_CLOSING.get(opens) != closes for opens, closes in pairs):
        raise TemplateRefused(reason=_("标签没有成对，请检查 {{ }} 和 {% %} 是否完整"))


_MARK = re.compile(r"\{\{|\{%|\{#|\}\}|%\}|#\}")
_CLOSING = {"{{": "}}", "{%": "%}", "{#": "#}"}


def _parts(document: Any) -> list[Any]:
    """Headers, footers and footnotes: what is rendered besides the body."""
    parts = [
        part for uri in (document.HEADER_URI, document.FOOTER_URI) for _, part in document.get_headers_footers(uri)
    ]
    return parts + [part for part in document.docx.part.package.parts if _is_footnotes(part)]


def _is_footnotes(part: Any) -> bool:
    return bool(part.content_type.endswith("wordprocessingml.footnotes+xml"))


def _sources(document: Any) -> list[str]:
    """The markup of body, headers, footers, footnotes, and the properties: everything that is rendered."""
    sources = [document.patch_xml(document.get_xml())]
    sources += [document.patch_xml(document.get_part_xml(part)) for part in _parts(document)]
    properties = document.docx.core_properties
    names = ("author", "comments", "identifier", "language", "subject", "title")
    return sources + [str(getattr(properties, name)) for name in names]
