"""Write the baseline migration anew from the tables as they stand: `.venv/bin/python tools/baseline.py`.

Only until the first release; afterwards every change is a migration of its own. The statements are exactly those
SQLAlchemy would run, triggers included, for SQLite and PostgreSQL. Roles and row policies are no part of them:
`app.core.row_security` brings them with every migration.
"""

import sys
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import create_mock_engine

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from app.config import Settings  # noqa: E402
from app.core.db import Base  # noqa: E402
from app.factory import create_app  # noqa: E402

FOLDER = ROOT / "migrations" / "versions"
SEPARATOR = "\n-- next\n"
URLS = {"sqlite": "sqlite://", "postgresql": "postgresql+psycopg://"}


def statements(dialect: str) -> list[str]:
    """Everything that makes the tables, in order."""
    told: list[str] = []

    def keep(construct: Any, *_args: Any, **_options: Any) -> None:
        text = str(construct.compile(dialect=engine.dialect)).strip()
        # DDL() doubles % signs for drivers that fill in places; the migration runs the text as it is.
        told.append(text.replace("%%", "%"))

    engine: Any = create_mock_engine(URLS[dialect], keep)
    forget_altered()
    tables = sorted(Base.metadata.tables.values(), key=lambda table: table.name)  # not in the order of imports
    Base.metadata.create_all(engine, tables=tables, checkfirst=False)
    return _with_sorted_indexes(told)


def forget_altered() -> None:
    """A foreign key once added by ALTER (PostgreSQL, circles) SQLAlchemy leaves out of its table for good."""
    for table in Base.metadata.tables.values():
        for constraint in table.foreign_key_constraints:
            constraint._create_rule = None


def _with_sorted_indexes(told: list[str]) -> list[str]:
    """A table's indexes are a set: in the order of their names the files stay the same from run to run."""
    sorted_runs: list[str] = []
    for is_index, run in groupby(told, key=lambda one: one.startswith(("CREATE INDEX", "CREATE UNIQUE INDEX"))):
        sorted_runs += sorted(run) if is_index else list(run)
    return sorted_runs


def main() -> None:
    """Write both files."""
    create_app(Settings.from_environment())  # wires every room, so that every table is known
    FOLDER.mkdir(exist_ok=True)
    for dialect in URLS:
        found = statements(dialect)
        (FOLDER / f"0001_baseline.{dialect}.sql").write_text(SEPARATOR.join(found) + "\n")
        print(f"{dialect}: {len(found)} statements")


if __name__ == "__main__":
    main()
