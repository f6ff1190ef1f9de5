"""The zip gate: looks into zip containers (also docx, xlsx, ofd) before anything else opens them.

Refuses bombs (entries, sizes, ratio, overlapping or lying entries), paths that climb out, macros, encrypted
entries, entity declarations in XML, and archives in archives. Every entry is unpacked once, in pieces; office
files inside a zip are looked into as well and share its budget.
Source: security notes, zip gate and its attack files.
"""

import shutil
import stat
import tempfile
import zipfile
import zlib
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import IO, NoReturn

from app.core.i18n import _
from app.support.files.errors import ArchiveRefused
from app.support.files.rules import MAIN_PART, TYPES, split_name

_PIECE = 256 * 1024
_ALWAYS_ALLOWED_RATIO_BYTES = 1024 * 1024  # small entries of XML compress well; a bomb needs volume


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a container may hold."""

    entries: int = 2_000
    total_bytes: int = 300 * 1024 * 1024
    ratio: int = 200


def check_archive(stream: IO[bytes], name: str, extension: str, limits: Limits | None = None) -> None:
    """Look into a container; the stream's position is lost.

    :raises ArchiveRefused: for the reasons above, or when it is no zip at all.
    """
    try:
        _look_into(stream, name, extension, limits or Limits())
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        EOFError,
        OSError,
        ValueError,
        RuntimeError,
    ) as exc:
        raise ArchiveRefused(name=name, reason=_("文件已损坏或格式不正确")) from exc


def _look_into(stream: IO[bytes], name: str, extension: str, limits: Limits) -> int:
    """Check all of a container; returns how many bytes were unpacked, inner office files included."""
    with zipfile.ZipFile(stream) as archive:
        _check_directory(archive, name, extension, limits)
        unpacked = sum(entry.file_size for entry in archive.infolist())
        for entry in archive.infolist():
            _check_entry(entry, name, extension)
            if entry.is_dir():
                continue
            if split_name(entry.filename)[1] in MAIN_PART:
                left = replace(limits, total_bytes=limits.total_bytes - unpacked)
                unpacked += _look_into_inner(archive, entry, name, left)
            else:
                _unpack(archive, entry, name, is_markup=extension != "zip")
    return unpacked


def _look_into_inner(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, limits: Limits) -> int:
    with archive.open(entry) as packed, tempfile.TemporaryFile() as inner:
        shutil.copyfileobj(packed, inner, _PIECE)
        inner.seek(0)
        return _look_into(inner, f"{name}/{entry.filename}", split_name(entry.filename)[1], limits)


def _check_directory(archive: zipfile.ZipFile, name: str, extension: str, limits: Limits) -> None:
    entries = archive.infolist()
    names = {entry.filename for entry in entries}
    declared = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if len(entries) > limits.entries:
        _refuse(name, _("包含的文件超过 %(n)s 个", n=limits.entries))
    if len(names) != len(entries):
        _refuse(name, _("包含重名的内容"))
    if declared > limits.total_bytes:
        _refuse(name, _("解压后超过 %(n)s MB", n=limits.total_bytes // 1024 // 1024))
    if declared > _ALWAYS_ALLOWED_RATIO_BYTES and declared > packed * limits.ratio:
        _refuse(name, _("压缩比异常，疑似压缩炸弹"))
    if _overlap(entries):
        _refuse(name, _("压缩结构异常，疑似压缩炸弹"))
    if extension in MAIN_PART and MAIN_PART[extension] not in names:
        _refuse(name, _("不是有效的 %(kind)s 文件", kind=extension))


def _overlap(entries: list[zipfile.ZipInfo]) -> bool:
    """Whether two entries share bytes: the trick of bombs without a telling ratio."""
    ordered = sorted(entries, key=lambda entry: entry.header_offset)
    return any(a.header_offset + a.compress_size > b.header_offset for a, b in pairwise(ordered))


def _check_entry(entry: zipfile.ZipInfo, name: str, extension: str) -> None:
    path = entry.filename.replace("\\", "/")
    if path.startswith("/") or ".." in path.split("/") or ":" in path.split("/")[0]:
        _refuse(name, _("包含指向其他目录的路径"))
    if entry.flag_bits & 0x1:
        _refuse(name, _("包含加密内容，请解密后上传"))
    if stat.S_ISLNK(entry.external_attr >> 16):
        _refuse(name, _("包含链接文件"))
    if not entry.is_dir():
        _check_kind(path.lower(), name, extension)


def _check_kind(path: str, name: str, extension: str) -> None:
    if "vbaproject" in path or path.endswith((".docm", ".xlsm", ".dotm", ".xltm", ".xlam", ".pptm")):
        _refuse(name, _("包含宏，请另存为不含宏的格式后上传"))
    if extension in {"docx", "xlsx"} and ("/activex/" in path or path.endswith((".exe", ".dll", ".js", ".vbs"))):
        _refuse(name, _("包含可执行内容"))
    if extension != "zip":
        return
    inner = split_name(path.rsplit("/", 1)[-1])[1]
    if inner in {"zip", "rar", "7z", "gz", "tar", "bz2", "xz"}:
        _refuse(name, _("压缩包内不能再有压缩包，请解开后上传"))
    if inner not in TYPES:
        _refuse(name, _("压缩包内有不支持的文件类型“%(kind)s”", kind=inner or path[-20:]))


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, *, is_markup: bool) -> None:
    """Read an entry to its end: a lying size or checksum shows, and so does an entity declaration."""
    is_markup = is_markup and entry.filename.lower().endswith((".xml", ".rels"))
    tail = b""
    with archive.open(entry) as content:
        while piece := content.read(_PIECE):
            if is_markup and b"<!DOCTYPE" in (tail + piece).replace(b"\x00", b"").upper():
                _refuse(name, _("包含不允许的 XML 实体声明"))
            tail = piece[-32:]


def _refuse(name: str, reason: str) -> NoReturn:
    raise ArchiveRefused(name=name, reason=reason)
