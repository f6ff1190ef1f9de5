"""Where blobs lie: a folder of this machine, sharded by hash. The seam for S3 is ``Store``.

A blob is named by the SHA-256 of its content: the same content is kept once, and damage can be found.
"""

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol
from urllib.parse import unquote, urlsplit

from flask import current_app

from app.support.files.errors import DocumentMissing, StoreUnavailable

_PIECE = 1024 * 1024


@dataclass(slots=True)
class Draft:
    """A blob on its way in: readable for checks, kept only when ``Store.keep`` is called."""

    path: Path
    sha256: str
    size: int


class TooMuch(Exception):
    """The stream is longer than the limit; nothing is kept."""


class Store(Protocol):
    """What a place for blobs must be able to do; the meaning of each is told at ``FolderStore``."""

    def draft(self, stream: IO[bytes], limit: int) -> AbstractContextManager[Draft]:
        """Take a stream in."""

    def keep(self, draft: Draft) -> None:
        """Make it a blob."""

    def open(self, sha256: str) -> IO[bytes]:
        """Its content."""

    def has(self, sha256: str) -> bool:
        """Whether it is there."""

    def hashes(self, older_than: float) -> Iterator[str]:
        """Blobs last handed in before."""

    def remove(self, sha256: str) -> None:
        """Forget it."""


class FolderStore:
    """Blobs in a folder, ``ab/cd/abcd…``; a draft is written, synced, then renamed: none is ever half there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._drafts = folder / "incoming"

    @contextmanager
    def draft(self, stream: IO[bytes], limit: int) -> Iterator[Draft]:
        """Take the stream in, piece by piece. :raises TooMuch: longer than ``limit`` bytes."""
        path = self._drafts / secrets.token_hex(16)
        try:
            self._drafts.mkdir(parents=True, exist_ok=True)
            yield _write_draft(stream, path, limit)
        finally:
            path.unlink(missing_ok=True)

    def keep(self, draft: Draft) -> None:
        """Make the draft a blob; when it is there already only its age is renewed."""
        target = self.path(draft.sha256)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.exists() and target.stat().st_size == draft.size:
                os.utime(target)
                return
            os.chmod(draft.path, 0o440)  # noqa: PTH101
            os.replace(draft.path, target)  # noqa: PTH105
            _sync_folder(target.parent)
        except OSError as exc:
            raise StoreUnavailable from exc

    def open(self, sha256: str) -> IO[bytes]:
        """The content. :raises DocumentMissing: not there."""
        try:
            return self.path(sha256).open("rb")
        except FileNotFoundError as exc:
            raise DocumentMissing from exc

    def has(self, sha256: str) -> bool:
        """Whether the blob is there."""
        return self.path(sha256).is_file()

    def hashes(self, older_than: float) -> Iterator[str]:
        """Every blob last handed in before that time (seconds since 1970)."""
        for path in self.folder.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*"):
            if path.stat().st_mtime < older_than:
                yield path.name

    def remove(self, sha256: str) -> None:
        """Forget a blob no document names."""
        self.path(sha256).unlink(missing_ok=True)

    def path(self, sha256: str) -> Path:
        """Where a blob lies. :raises DocumentMissing: no hash."""
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise DocumentMissing
        return self.folder / sha256[:2] / sha256[2:4] / sha256


def store() -> Store:
    """The store of the running program."""
    url = urlsplit(current_app.extensions["settings"].files_url)
    if url.scheme != "file":
        raise StoreUnavailable(reason=f"unknown store {url.scheme}")
    return FolderStore(Path(unquote(url.path)))


def _write_draft(stream: IO[bytes], path: Path, limit: int) -> Draft:
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("xb") as target:
            while piece := stream.read(_PIECE):
                size += len(piece)
                if size > limit:
                    raise TooMuch
                digest.update(piece)
                target.write(piece)
            target.flush()
            os.fsync(target.fileno())
    except OSError as exc:
        raise StoreUnavailable from exc
    return Draft(path, digest.hexdigest(), size)


def _sync_folder(folder: Path) -> None:
    """Make the rename itself survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
