"""What a Word template may contain besides text: no macros, no links to outside content, no field that fetches."""

import io
import re
import zipfile

from app.core.i18n import _
from app.support.documents.errors import TemplateRefused
from app.support.files.errors import ArchiveRefused
from app.support.files.gate import Limits, check_archive

MAX_BYTES = 10 * 1024 * 1024
_LIMITS = Limits(entries=500, total_bytes=60 * 1024 * 1024, ratio=200)
_MAX_MARKUP_BYTES = 3 * 1024 * 1024

_RELATION = re.compile(rb"<[\w:]*Relationship\b[^>]*>", re.IGNORECASE)
_EXTERNAL = re.compile(rb"TargetMode\s*=\s*[\"']External[\"']", re.IGNORECASE)
_WEB_LINK = re.compile(rb"Type\s*=\s*[\"'][^\"']*/hyperlink[\"']", re.IGNORECASE)
_SAFE_TARGET = re.compile(rb"Target\s*=\s*[\"'](https?:|mailto:)", re.IGNORECASE)
_FETCHING = re.compile(rb"\b(DDEAUTO|DDE|INCLUDETEXT|INCLUDEPICTURE|LINK|RD)\b")
_INSTRUCTION = re.compile(rb"<w:instrText[^>]*>([^<]*)</w:instrText>|w:instr\s*=\s*[\"']([^\"']*)[\"']")
_FORBIDDEN_PARTS = ("oleobject", "/activex/", "afchunk", "vbaproject", "/embeddings/")


def check_template(template: bytes) -> None:
    """Look into a template before anything parses it.

    :raises TemplateRefused: too large, no docx, bombs, macros, embedded objects, outside links, fetching fields.
    """
    if len(template) > MAX_BYTES:
        raise TemplateRefused(reason=_("超过 %(n)s MB", n=MAX_BYTES // 1024 // 1024))
    try:
        check_archive(io.BytesIO(template), "模板.docx", "docx", _LIMITS)
    except ArchiveRefused as exc:
        raise TemplateRefused(reason=str(exc.details["reason"])) from exc
    with zipfile.ZipFile(io.BytesIO(template)) as archive:
        for entry in archive.infolist():
            _check_part(entry.filename.lower(), entry.file_size, archive, entry)


def _check_part(path: str, size: int, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    if any(part in path for part in _FORBIDDEN_PARTS):
        raise TemplateRefused(reason=_("包含嵌入对象或宏"))
    if not path.endswith((".xml", ".rels")):
        return
    if size > _MAX_MARKUP_BYTES:
        raise TemplateRefused(reason=_("内容过长"))
    content = archive.read(entry)
    if path.endswith(".rels"):
        _check_relations(content)
    instructions = b" ".join(a or b for a, b in _INSTRUCTION.findall(content))
    if _FETCHING.search(instructions):
        raise TemplateRefused(reason=_("包含会读取外部内容的域（如 INCLUDETEXT、DDE）"))


def _check_relations(content: bytes) -> None:
    for relation in _RELATION.findall(content):
        is_safe_link = _WEB_LINK.search(relation) and _SAFE_TARGET.search(relation)
        if _EXTERNAL.search(relation) and not is_safe_link:
            raise TemplateRefused(reason=_("包含指向外部文件的链接"))
