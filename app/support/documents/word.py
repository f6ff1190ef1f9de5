"""Word papers from analysts' templates. Loaded when the first is made, see ``operations``."""

import io
import re
from collections.abc import Mapping
from typing import Any

from docx.opc.oxml import parse_xml
from docx.shared import Mm
from docxtpl.inline_image import InlineImage
from docxtpl.template import DocxTemplate
from jinja2 import TemplateError, meta

from app.core.i18n import _
from app.support.documents.errors import TemplateRefused, ValuesMissing
from app.support.documents.gate import check_template
from app.support.documents.sandbox import Picture, WordSandbox, plain, told

open_template: Any = DocxTemplate  # none of these libraries has types
inline_image: Any = InlineImage
millimetres: Any = Mm

MAX_TAGS = 5_000
MAX_RESULT_BYTES = 40 * 1024 * 1024


def render_docx(template: bytes, values: Mapping[str, object]) -> bytes:
    """See ``operations.render_docx``."""
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
    """See ``operations.template_variables``."""
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
    """See ``operations.check_values``."""
    unknown = template_variables(template) - known
    if unknown:
        raise ValuesMissing(names="、".join(sorted(unknown)))


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
