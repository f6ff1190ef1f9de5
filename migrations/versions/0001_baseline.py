"""Every table of the first release, with its triggers.

The statements stand beside this file, one file per database; `tools/baseline.py` writes them. Roles and row policies
of PostgreSQL are brought by `app.core.row_security`, as with every migration.
"""

import re
from pathlib import Path

from alembic import op

revision = "0001_baseline"
down_revision = None
branch_labels = None
depends_on = None

SEPARATOR = "\n-- next\n"
MADE = re.compile(r"^CREATE (?:OR REPLACE )?(TABLE|FUNCTION) (\w+(?:\(\))?)", re.MULTILINE)


def upgrade() -> None:
    for statement in statements():
        # Straight to the driver: % and : in the statements are no places to fill in.
        op.get_bind().connection.cursor().execute(statement)


def downgrade() -> None:
    """Drop everything, with the rows: for a database that was only tried."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    made = dict.fromkeys(found.groups() for statement in statements() for found in MADE.finditer(statement))
    tables = [name for kind, name in made if kind == "TABLE"]
    functions = [name for kind, name in made if kind == "FUNCTION"]
    for table in reversed(tables):
        op.execute(f"DROP TABLE {table}" + (" CASCADE" if is_postgresql else ""))
    for function in functions:
        op.execute(f"DROP FUNCTION {function}")


def statements() -> list[str]:
    dialect = op.get_bind().dialect.name
    return Path(__file__).with_name(f"0001_baseline.{dialect}.sql").read_text().split(SEPARATOR)
