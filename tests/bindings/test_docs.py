"""What the documents name is there: links, files, commands with their options, make targets, settings."""

import re
from pathlib import Path

import click
import pytest
from flask.cli import FlaskGroup, ScriptInfo

from app.config import ROOT
from app.wiring import BUSINESS, SUPPORT, WORKFLOW
from app.workflow.registry import registry
from tests.databases import build_app, settings_for

DOCUMENTS = sorted([*ROOT.glob("README*.md"), *(ROOT / "docs").rglob("*.md")])
MADE_LATER = ("instance/", "settings.env", "app.db", "app/static/dist/", ".venv/")
"""What exists only after ``make setup``."""

FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
FLASK = re.compile(r"(?<![\w-])flask((?: [^\s`|#]+)+)")
MAKE = re.compile(r"(?:^|[`$ ])make ([a-z][a-z-]*)", re.MULTILINE)
SETTING = re.compile(r"[A-Z]+(?:_[A-Z]+)+|PORT")
FILE = re.compile(r"[\w./*-]*\.(?:md|py|bpmn|form|dmn|docx|toml|sh|sql|css|mjs|json|env|html|txt)")
WORD = re.compile(r"[a-z][a-z-]*")


def name_of(document: Path) -> str:
    return document.relative_to(ROOT).as_posix()


every_document = pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)


@pytest.fixture(scope="module")
def commands(tmp_path_factory):
    """The command line with everything Flask, its extensions and our rooms add."""
    folder = tmp_path_factory.mktemp("docs")
    app = build_app(settings_for(f"sqlite:///{folder / 'app.db'}", folder))
    group = FlaskGroup(create_app=lambda: app)
    with click.Context(group, obj=ScriptInfo(create_app=lambda: app)) as context:  # looking up pushes the program's
        yield group, context  # context; left open, commands of later tests would run in this program


# ------------------------------------------------------------------ files and links


def spans(text: str) -> list[str]:
    return SPAN.findall(FENCE.sub("", text))


def as_path(span: str) -> str | None:
    """The path a span names, placeholders as globs; None when it names something else."""
    path = re.sub(r"<[^>]*>", "*", span.removeprefix("./"))
    if re.search(r"[\s(){}|:@=,\"'$]", path) or path.startswith(("/", "-", *MADE_LATER)):
        return None
    top = path.partition("/")[0]
    is_ours = "/" in path and (ROOT / top).exists()
    return path if is_ours or FILE.fullmatch(path) else None


def is_there(path: str, document: Path) -> bool:
    """From the root, beside the document, or, for a bare file name such as ``rules.py``, in some room."""
    if any(next(base.glob(path.rstrip("/")), None) for base in (ROOT, document.parent)):
        return True
    return "/" not in path and any(
        next((ROOT / top).rglob(path), None) for top in ("app", "docs", "tests", "tools")
    )


@every_document
def test_every_file_named_in_backticks_exists(document):
    named = {path for span in spans(document.read_text()) if (path := as_path(span))}
    assert sorted(path for path in named if not is_there(path, document)) == []


@every_document
def test_every_relative_link_leads_somewhere(document):
    links = [link.partition("#")[0] for link in LINK.findall(FENCE.sub("", document.read_text()))]
    relative = [link for link in links if link and not re.match(r"[a-z]+:", link)]
    assert [link for link in relative if not (document.parent / link).exists()] == []


def test_a_wrong_path_would_be_noticed():
    readme = ROOT / "README.md"
    assert as_path("app/business/<room>/rules.py") == "app/business/*/rules.py"
    assert as_path("fees.record_receipt") is None
    assert is_there("app/business/*/rules.py", readme)
    assert is_there("rules.py", readme)
    assert not is_there("app/business/*/no_such.py", readme)
    assert not is_there("no_such.py", readme)


# ------------------------------------------------------------------ commands


def flask_lines(text: str) -> list[str]:
    """``definitions check --root /tmp/new`` of every ``flask …`` in the text, code blocks included."""
    code = [*spans(text), *"\n".join(FENCE.findall(text)).splitlines()]
    return [found.strip() for line in code for found in FLASK.findall(line)]


def slip_in(line: str, group: click.Group, context: click.Context) -> str | None:
    """What is wrong with a command line: an unknown command, option or choice."""
    command: click.Command = group
    words = re.sub(r"--app \S+ ?", "", line).split()
    while words and isinstance(command, click.Group) and WORD.fullmatch(words[0]):
        found = command.get_command(context, words.pop(0))
        if found is None:
            return f"flask {line}: no such command"
        command = found
    options = {name: option for option in command.params for name in option.opts + option.secondary_opts}
    for place, word in enumerate(words):
        if not word.startswith("--"):
            continue
        if word not in options:
            return f"flask {line}: no option {word}"
        choice, given = options[word].type, words[place + 1 : place + 2]
        if isinstance(choice, click.Choice) and given and given[0] not in choice.choices:
            return f"flask {line}: {given[0]} is no choice"
    return None


@every_document
def test_every_flask_command_is_known(document, commands):
    lines = flask_lines(document.read_text())
    assert [slip for line in lines if (slip := slip_in(line, *commands))] == []


def test_a_wrong_command_would_be_noticed(commands):
    assert slip_in("definitions chek", *commands)
    assert slip_in("demo walk direct --variation veto", *commands)
    assert slip_in("demo walk direct --variant vetoed", *commands)
    assert slip_in("demo walk direct --variant veto", *commands) is None
    assert slip_in("db upgrade", *commands) is None


@every_document
def test_every_make_target_is_known(document):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    code = [*spans(document.read_text()), *FENCE.findall(document.read_text())]
    assert {target for text in code for target in MAKE.findall(text)} - targets == set()


# ------------------------------------------------------------------ what must be told


def test_both_readmes_tell_the_same_commands_and_files():
    def told(document: Path) -> set[str]:
        text = document.read_text()
        called = {" ".join(filter(WORD.fullmatch, line.split()[:2])) for line in flask_lines(text)}
        return called | {path for span in spans(text) if (path := as_path(span))}

    assert told(ROOT / "README.md") == told(ROOT / "README.zh-CN.md")


def test_every_setting_of_the_program_is_told_to_operators():
    text = (ROOT / "docs" / "operators.md").read_text()
    sources = [ROOT / "app" / "config.py", ROOT / "app" / "supervisor.py"]
    read = set()
    for source in sources:
        read |= set(re.findall(r"env(?:iron)?(?:\.get\(|\[)\"([A-Z_]+)\"", source.read_text()))
    assert sorted(read - set(SETTING.findall(text)) - {"DEFAULT_LOCALE"}) == []


def test_every_room_is_told_to_developers():
    text = (ROOT / "docs" / "developers.md").read_text()
    assert [room for room in (*SUPPORT, *WORKFLOW, *BUSINESS) if not re.search(rf"\b{room}\b", text)] == []


def test_every_dataset_is_told_to_analysts(commands):
    told = set(spans((ROOT / "docs" / "analysts.md").read_text()))
    assert sorted(registry.datasets.keys() - told) == []
