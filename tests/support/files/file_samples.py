"""Files to hand in: honest ones and nasty ones."""

import io
import zipfile

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 32
JPG = b"\xff\xd8\xff\xe0" + b"\x00" * 32


def zipped(entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return target.getvalue()


def docx(**more: bytes) -> bytes:
    return zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w:document/>", **more})


def docx_with(path: str, content: bytes) -> bytes:
    return zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w:document/>", path: content})


def lying_zip() -> bytes:
    """An entry whose directory says 10 bytes while its stream unpacks to a megabyte."""
    data = bytearray(zipped({"a.txt": b"x" * 1_000_000}))
    true, lie = (1_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little")
    return bytes(data.replace(true, lie))


def overlapping_zip() -> bytes:
    """Two directory entries that point at the same bytes."""
    data = zipped({"a.txt": b"x" * 5000, "b.txt": b"x" * 5000}, zipfile.ZIP_STORED)
    second = data.index(b"PK\x03\x04", 4)
    directory = data.rindex(b"PK\x01\x02")
    offset_at = directory + 42
    assert int.from_bytes(data[offset_at : offset_at + 4], "little") == second
    return data[:offset_at] + (0).to_bytes(4, "little") + data[offset_at + 4 :].replace(b"b.txt", b"b.txt")


def encrypted_zip() -> bytes:
    data = bytearray(zipped({"a.txt": b"secret"}, zipfile.ZIP_STORED))
    data[6] |= 1
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def link_zip() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        entry = zipfile.ZipInfo("a.txt")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
    return target.getvalue()
