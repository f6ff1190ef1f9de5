"""File names and types: plain values in, plain values out."""

import re
import unicodedata
from dataclasses import dataclass

LONGEST_NAME = 120

_FORBIDDEN = re.compile(r'[<>:"|?*\x00-\x1f\x7f]')
_INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class FileType:
    """An accepted type: what it is served as and whether a browser may show it in place."""

    mime: str
    is_container: bool = False
    may_inline: bool = False


TYPES: dict[str, FileType] = {
    "pdf": FileType("application/pdf", may_inline=True),
    "png": FileType("image/png", may_inline=True),
    "jpg": FileType("image/jpeg", may_inline=True),
    "jpeg": FileType("image/jpeg", may_inline=True),
    "docx": FileType("application/vnd.openxmlformats-officedocument.wordprocessingml.document", is_container=True),
    "xlsx": FileType("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", is_container=True),
    "ofd": FileType("application/ofd", is_container=True),
    "zip": FileType("application/zip", is_container=True),
    "txt": FileType("text/plain"),
    "csv": FileType("text/csv"),
}

MAIN_PART = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "ofd": "OFD.xml"}
"""The entry that makes a zip container a document of that type."""


def clean_name(filename: str) -> str:
    """The name as it is shown: no folders, no invisible or path characters; Chinese stays. Never empty.

    A name is data: files are stored under the hash of their content, never under their name.
    """
    text = unicodedata.normalize("NFC", filename).replace("\\", "/").rsplit("/", 1)[-1]
    visible = "".join(c for c in text if unicodedata.category(c) not in _INVISIBLE)
    stem, extension = split_name(_FORBIDDEN.sub("_", visible).strip().lstrip("."))
    stem = stem.strip(" .")[: LONGEST_NAME - len(extension) - 1] or "未命名"
    return f"{stem}.{extension}" if extension else stem


def split_name(name: str) -> tuple[str, str]:
    """Stem and lower-case extension without dot: ``("合同", "pdf")``; no dot, no extension."""
    stem, dot, extension = name.rpartition(".")
    return (stem, extension.strip().lower()) if dot else (name, "")


def looks_like(extension: str, head: bytes) -> bool:
    """Whether the first kibibytes of a file fit its extension; containers are opened later."""
    match extension:
        case "pdf":
            return b"%PDF-" in head[:1024]
        case "png":
            return head.startswith(b"\x89PNG\r\n\x1a\n")
        case "jpg" | "jpeg":
            return head.startswith(b"\xff\xd8\xff")
        case "txt" | "csv":
            return _is_text(head)
        case _:
            return head.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def _is_text(head: bytes) -> bool:
    """UTF-8, UTF-16 with a mark, or GB 18030 without control characters; not markup a browser would run."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    if any(byte < 32 and byte not in b"\t\n\r\x0c\x1a" for byte in head):
        return False
    return any(_decodes(head, encoding) for encoding in ("utf-8", "gb18030"))


def _decodes(head: bytes, encoding: str) -> bool:
    """Whether ``head`` is text in that encoding; the last character may be cut."""
    for cut in range(4):
        try:
            head[: len(head) - cut].decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


def show_size(size: int) -> str:
    """A size as people read it: ``1.2 MB``."""
    amount = float(size)
    for unit in ("B", "KB", "MB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} GB"
