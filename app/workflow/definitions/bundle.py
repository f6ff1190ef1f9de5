"""The analysts' files as one bundle: read from a folder, named, hashed. Nothing is parsed here."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from app.core.i18n import _
from app.workflow.definitions.errors import BundleRefused
from app.workflow.definitions.findings import BundleFinding

PROCESSES, FORMS, DOCUMENTS = "processes/", "forms/screens/", "forms/documents/"
RULES, CHECKS = "rules/", "rules/checks/"
PATTERNS = ("processes/**/*.bpmn", "forms/screens/**/*.form", "forms/documents/**/*.docx", "rules/**/*.dmn")

MOST_BYTES_EACH = 10 * 1024 * 1024
MOST_BYTES = 100 * 1024 * 1024
MOST_FILES = 2000
_SAFE_PATH = re.compile(r"[\w-]+(/[\w-]+)*/[\w.-]+\.(bpmn|form|docx|dmn)")


@dataclass(frozen=True)
class Bundle:
    """Content by path below the root, ``processes/direct/proc_release.bpmn``; sorted by path."""

    files: Mapping[str, bytes]

    @cached_property
    def hash(self) -> str:
        """SHA-256 over every path and content: equal hashes are equal releases."""
        digest = hashlib.sha256()
        for path, content in sorted(self.files.items()):
            digest.update(f"{path}\0{hashlib.sha256(content).hexdigest()}\n".encode())
        return digest.hexdigest()

    @property
    def processes(self) -> dict[str, bytes]:
        """BPMN files by full path."""
        return dict(self._below(PROCESSES, ".bpmn"))

    @property
    def forms(self) -> dict[str, bytes]:
        """Form files by full path."""
        return dict(self._below(FORMS, ".form"))

    @property
    def documents(self) -> dict[str, bytes]:
        """Word templates by full path."""
        return dict(self._below(DOCUMENTS, ".docx"))

    @property
    def checks(self) -> dict[str, bytes]:
        """Check tables by full path."""
        return dict(self._below(CHECKS, ".dmn"))

    @property
    def rules(self) -> dict[str, bytes]:
        """Decision files that are no checks, by full path."""
        return {path: content for path, content in self._below(RULES, ".dmn") if not path.startswith(CHECKS)}

    def _below(self, folder: str, suffix: str) -> Iterator[tuple[str, bytes]]:
        for path, content in sorted(self.files.items()):
            if path.startswith(folder) and path.endswith(suffix):
                yield path, content


def name_of(path: str) -> str:
    """The name analysts use: ``forms/screens/ledger/release.form`` is ``ledger/release``."""
    for folder in (FORMS, DOCUMENTS, CHECKS, RULES, PROCESSES):
        if path.startswith(folder):
            return path.removeprefix(folder).rpartition(".")[0]
    return path


def make_bundle(files: Mapping[str, bytes]) -> Bundle:
    """A bundle of files given by path. :raises BundleRefused: paths, sizes or number are out of bounds."""
    found = list(_slips({path: len(content) for path, content in files.items()}))
    if found:
        raise BundleRefused([finding.as_finding() for finding in found])
    return Bundle(dict(sorted(files.items())))


def read_folder(root: Path | str) -> Bundle:
    """The files below ``processes/ forms/ rules/`` of a folder; other files are not looked at.

    :raises BundleRefused: no such folder, links that lead out of it, files too large or too many.
    """
    base = Path(root).resolve()
    if not base.is_dir():
        message = _("文件夹 %(path)s 不存在", path=str(root))
        raise BundleRefused([BundleFinding("", "", message, _("请检查路径")).as_finding()])
    paths = {path.relative_to(base).as_posix(): path for pattern in PATTERNS for path in base.glob(pattern)}
    files = {name: path for name, path in paths.items() if path.is_file() and not _is_hidden(name)}
    outside = [name for name, path in files.items() if not path.resolve().is_relative_to(base)]
    found = [BundleFinding(name, "", _("链接指向文件夹之外"), _("请放入文件本身")) for name in outside]
    found += _slips({name: path.stat().st_size for name, path in files.items()})
    if found:
        raise BundleRefused([finding.as_finding() for finding in found])
    return Bundle({name: files[name].read_bytes() for name in sorted(files)})


def _is_hidden(name: str) -> bool:
    """Editors' leftovers: ``.~lock``, ``~$report.docx``."""
    return any(part.startswith((".", "~")) for part in name.split("/"))


def _slips(sizes: Mapping[str, int]) -> Iterator[BundleFinding]:
    if len(sizes) > MOST_FILES:
        yield BundleFinding("", "", _("文件超过 %(most)s 个", most=MOST_FILES), _("请删除不用的文件"))
    if sum(sizes.values()) > MOST_BYTES:
        yield BundleFinding("", "", _("文件合计超过 100 MB"), _("请压缩文档模板里的图片"))
    for path, size in sorted(sizes.items()):
        if not _SAFE_PATH.fullmatch(path):
            yield BundleFinding(path, "", _("路径或文件名含有不允许的字符"), _("请只用字母、数字、下划线、连字符"))
        if size > MOST_BYTES_EACH:
            yield BundleFinding(path, "", _("文件超过 10 MB"), _("请拆分或压缩"))
