"""The benches that write rows by themselves still know today's tables: run once, small, only the names of figures looked at.

In processes of their own: what a bench registers for its diagrams is nobody else's business.
"""

import contextlib
import io
import json
import sys

from tests.programs import Program


def names_of(bench, *options):
    """The figures a bench prints."""
    sys.argv = [bench.__name__, "--json", *options]
    with contextlib.redirect_stdout(io.StringIO()) as said:
        assert bench.main() == 0
    return set(json.loads(said.getvalue()))


def engine(folder):
    from benchmarks import engine

    with engine.office_on(f"sqlite:///{folder / 'bench.db'}", folder) as office:
        assert engine.persisted_step(office, 1).keys() >= {"ratio"}
        assert engine.floor(office, folder, 1).keys() >= {"ratio"}
        assert engine.batches(office, 1, 2, 2)


def worklist(address):
    from benchmarks import worklist

    sizes = ("--tasks", "2000", "--open", "500", "--people", "1", "--repeats", "1", "--only", "todo first")
    assert {"tasks", "worst_p95_ms", "measures"} <= names_of(worklist, "--postgres", address, *sizes)


def migration():
    from benchmarks import migration

    assert {"verdicts", "moved_per_second", "undone_per_second"} <= names_of(migration, "--count", "10", "--moves", "2")


def test_the_engine_and_its_opponents(tmp_path):
    """What writes the rows of a step: ours, the stock serializer's, the bare driver's, a batch's."""
    assert Program(engine, tmp_path).wait() == 0


def test_the_work_list(databases):
    assert Program(worklist, databases.bare("postgresql")).wait() == 0


def test_the_move_to_another_release():
    assert Program(migration).wait() == 0
