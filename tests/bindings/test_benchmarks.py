"""The benches that write rows by themselves still know today's tables: run once, small, only the names of figures looked at."""

import json

import pytest

from benchmarks import engine, migration, worklist

pytestmark = pytest.mark.real_clock


@pytest.fixture
def run(monkeypatch, capsys):
    """``run(bench, *options)``: the names of the figures it prints."""

    def act(bench, *options):
        monkeypatch.setattr("sys.argv", [bench.__name__, "--json", *options])
        assert bench.main() == 0
        return set(json.loads(capsys.readouterr().out))

    return act


def test_the_engines_own_and_its_opponents(tmp_path, monkeypatch):
    """What writes the rows of a step: ours, the stock serializer's, the bare driver's, a batch's."""
    monkeypatch.setattr(engine, "SAMPLE", 2)
    with engine.office_on(f"sqlite:///{tmp_path / 'bench.db'}", tmp_path) as office:
        assert engine.persisted_step(office, 1).keys() >= {"ratio"}
        assert engine.floor(office, tmp_path, 1).keys() >= {"ratio"}
        assert engine.batches(office, 1, 2)


def test_the_worklist(run, databases):
    address = databases.bare("postgresql")
    sizes = ("--tasks", "2000", "--open", "500", "--people", "1", "--repeats", "1", "--only", "todo first")
    assert {"tasks", "worst_p95_ms", "measures"} <= run(worklist, "--postgres", address, *sizes)


def test_the_move_to_another_release(run):
    assert {"verdicts", "moved_per_second", "undone_per_second"} <= run(migration, "--count", "10", "--moves", "2")

