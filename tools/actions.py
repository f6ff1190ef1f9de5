"""Write docs/actions.md from what the actions really do: `.venv/bin/python -m tools.actions` (about a minute)."""

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from app.core import clock  # noqa: E402
from tests.conftest import NOW  # noqa: E402
from tests.databases import Databases, Templates  # noqa: E402
from tests.workflow.tasks.desk import Desk  # noqa: E402
from tests.workflow.tasks.matrix import ACTIONS, PROCESSES, documented, play  # noqa: E402
from tests.workflow.tasks.structures import STRUCTURES  # noqa: E402


def main() -> None:
    """Play every cell on a database of its own, and write the table."""
    with tempfile.TemporaryDirectory() as folder, clock.freeze(NOW):
        databases = Databases(Path(folder), Templates(Path(folder) / "templates"))
        desk = Desk(databases.copy("sqlite"), PROCESSES)
        results = {action: {one: play(desk, action, one) for one in STRUCTURES} for action in ACTIONS}
    (ROOT / "docs" / "actions.md").write_text(documented(results))
    print(f"docs/actions.md: {len(ACTIONS)} actions in {len(STRUCTURES)} structures")


if __name__ == "__main__":
    main()
