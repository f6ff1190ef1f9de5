"""Bring the catalogues up to date with the sources: ``make translations``.

``app/translations/messages.pot`` and ``<language>/LC_MESSAGES/messages.po`` hold no positions and no dates, so
that a moved line changes nothing. A translation is kept as long as its source text stays letter for letter;
nothing is guessed. The compiled ``.mo`` files are made here and by tools/setup.sh, never committed.
"""

import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "app" / "translations"
HEADER = """# Texts of 再担云 as the sources have them, and in another language; see tools/translations.py.
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def source_texts() -> list[str]:
    """Every text a user may see, as the sources have it, sorted."""
    with (ROOT / "babel.cfg").open() as cfg:
        methods, options = parse_mapping_cfg(cfg)
    found = extract_from_dir(ROOT, methods, options, keywords={"_": None})
    return sorted({text for _file, _line, text, _comments, _context in found})


def read_catalogue(path: Path) -> Catalog:
    """A ``.po`` or ``.pot`` file."""
    with path.open("rb") as source:
        return read_po(source)


def catalogues() -> dict[str, Path]:
    """Language → its ``.po`` file."""
    return {path.parent.parent.name: path for path in sorted(FOLDER.glob("*/LC_MESSAGES/messages.po"))}


def update() -> list[str]:
    """Write all catalogues anew; ``language: text`` of every text that has no translation yet."""
    texts, missing = source_texts(), []
    _write(FOLDER / "messages.pot", _catalogue(None, dict.fromkeys(texts, "")))
    for language, path in catalogues().items():
        known = {str(message.id): str(message.string) for message in read_catalogue(path) if not message.fuzzy}
        translated = {text: known.get(text, "") for text in texts}
        missing += [f"{language}: {text}" for text, translation in translated.items() if not translation]
        catalogue = _catalogue(language, translated)
        _write(path, catalogue)
        with path.with_suffix(".mo").open("wb") as target:
            write_mo(target, catalogue)
    return missing


def _catalogue(language: str | None, texts: dict[str, str]) -> Catalog:
    catalogue = Catalog(locale=language)
    for text, translation in texts.items():
        catalogue.add(text, translation)
    return catalogue


def _write(path: Path, catalogue: Catalog) -> None:
    with path.open("wb") as target:
        target.write(HEADER.format(language=catalogue.locale_identifier or "").encode())
        write_po(target, catalogue, width=0, omit_header=True)


if __name__ == "__main__":
    left = update()
    print("\n".join(left))  # noqa: T201 - a command's answer
    sys.exit(bool(left))
