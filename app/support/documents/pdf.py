"""PDF of our own pages and of Word papers. Loaded when the first is made, see ``operations``."""

import io
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import mammoth as untyped_mammoth
import weasyprint as untyped_weasyprint
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from app.core.i18n import _
from app.support.documents.errors import PdfRefused, TemplateRefused
from app.support.documents.gate import check_template

mammoth: Any = untyped_mammoth  # none of these libraries has types
weasyprint: Any = untyped_weasyprint
make_fonts: Any = FontConfiguration

MAX_HTML_CHARACTERS = 5_000_000


def render_pdf(html: str) -> bytes:
    """See ``operations.render_pdf``."""
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
    """See ``operations.show_docx``."""
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
