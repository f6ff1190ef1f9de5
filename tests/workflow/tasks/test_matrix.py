"""Every action in every structure does what docs/actions.md says; nothing is lost, doubled or left behind."""

import pytest

from app.config import ROOT
from tests.workflow.tasks.matrix import ACTIONS, PROCESSES, documented, play  # noqa: F401 - PROCESSES is the desk's
from tests.workflow.tasks.structures import STRUCTURES

DOCUMENT = ROOT / "docs" / "actions.md"


@pytest.fixture(scope="module")
def written():
    """What the document says, by action and structure."""
    lines = DOCUMENT.read_text().splitlines()
    results = dict(line.split(". ", 1) for line in lines if line[:1].isdigit())
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    head, cells = rows[0][1:], {row[0]: row[1:] for row in rows[2:]}
    assert head == [one.label for one in STRUCTURES.values()]
    return {
        action: {one: results[cell.split()[1]][2:] for one, cell in zip(STRUCTURES, cells[action], strict=True)}
        for action in ACTIONS
    }


@pytest.mark.parametrize("structure", STRUCTURES)
def test_every_action_does_in_this_structure_what_is_written(desk, structure, written):
    found = {action: play(desk, action, structure) for action in ACTIONS}
    assert found == {action: written[action][structure] for action in ACTIONS}, "run `python -m tools.actions`"


def test_the_document_is_as_the_tool_writes_it(written):
    assert documented(written) == DOCUMENT.read_text()
