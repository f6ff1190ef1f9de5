"""Publish report and move of running instances: every one judged, then carried over, on this machine.

``python -m benchmarks.migration --json`` starts ``--real`` instances of a review of 12 tasks with a vote of 7, each
completed up to a random task, copies them in SQL until there are ``--count``, deploys a version with one task less,
one more and a timer, and prints:

``report_seconds`` – wall seconds of the whole report (nothing is written); ``report_vs_loading`` – the same judgement
with a run built for every instance, divided by ours, over a sample; ``verdicts`` – instances by verdict;
``moved_per_second`` and ``undone_per_second`` – over at most ``--moves`` that are no copies, each in its own
transaction.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import undefer

from app.core.db import db
from app.core.transactions import unit_of_work
from app.workflow import definitions
from app.workflow.engine import judge, load, shape_of
from app.workflow.instances import operations as instances
from app.workflow.instances.models import ProcessInstance
from app.workflow.instances.services import StepServices
from app.workflow.migration import operations
from app.workflow.migration.models import MigrationItem
from app.workflow.migration.report import Verdict, make_report
from benchmarks.engine import FORM, REVIEW, Office, model, next_task, office_on, one_kib

SAMPLE = 200
CHUNK = 200
BEYOND_KEYS = 2**52
"""Larger than any key; see ``random_id``."""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--real", type=int, default=500, help="instances that are no copies")
    parser.add_argument("--moves", type=int, default=400)
    parser.add_argument("--postgres", help="SQLAlchemy URL of an empty database that may be filled")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with office_on(options.postgres or f"sqlite:///{folder / 'bench.db'}", folder) as office:
            begun = time.perf_counter()
            real = begin(office, min(options.real, options.count))
            copy(options.count // len(real) - 1)
            filled = {"fill_seconds": round(time.perf_counter() - begun, 1)}
            report = measure(office, next_version(office), set(real), options.moves) | filled
    print(json.dumps(report, indent=1, ensure_ascii=False) if options.json else report)
    return 0


def begin(office: Office, count: int) -> list[int]:
    """Instances of the first version, at every task of it; their ids."""
    chance = random.Random(20261128)
    data, begun = one_kib(), list[int]()
    for first in range(0, count, CHUNK):
        with unit_of_work():
            size = min(CHUNK, count - first)
            ids = [instances.start("proc_review", data, actor=office.actor).id for _ in range(size)]
        stops = {instance_id: chance.randrange(10) for instance_id in ids}
        for step in range(max(stops.values())):
            tasks = [(one, next_task(one) or 0) for one, stop in stops.items() if stop > step]
            with unit_of_work():
                for instance_id, task_id in tasks:
                    office.complete(instance_id, task_id)
        begun += ids
    return begun


def copy(times: int) -> None:
    """Instances and their tasks as they stand, so many times more, under keys of their own."""
    db.session.remove()
    if times < 1:
        return
    with db.engine.begin() as connection:
        for table in ("process_instance", "user_task"):
            columns = [column.name for column in db.metadata.tables[table].columns if column.computed is None]
            taken = [f"{name} + n.shift" if name in {"id", "instance_id"} else name for name in columns]
            shifts = " UNION ALL ".join(f"SELECT {n * BEYOND_KEYS} AS shift" for n in range(1, times + 1))
            connection.exec_driver_sql(
                f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(taken)} FROM {table}, ({shifts}) n"  # noqa: S608 - our own names
            )
        connection.exec_driver_sql("ANALYZE")


def next_version(office: Office) -> int:
    nodes = [node for node in REVIEW if node != "cosign"]
    nodes.insert(3, "second_look")
    with unit_of_work():
        files = {"processes/bench/proc_review.bpmn": model("proc_review", nodes)}
        bundle = definitions.make_bundle({**files, "forms/screens/bench/answer.form": FORM})
        release = definitions.deploy(bundle, actor=office.actor)
        definitions.activate(release.id, actor=office.actor)
        return release.id


def measure(office: Office, target: int, real: set[int], moves: int) -> dict[str, Any]:
    begun = time.perf_counter()
    made = make_report(target)
    seconds = time.perf_counter() - begun
    verdicts = {verdict.value: made.count(verdict) for verdict in Verdict}
    db.session.rollback()
    judged = sum(verdicts.values())
    figures = {
        "instances": judged,
        "report_seconds": round(seconds, 2),
        "verdicts": verdicts,
        "groups": len(made.groups),
    }
    figures["report_vs_loading"] = round(by_loading(office, target) / (seconds / judged), 1)
    return figures | moving(office, target, [one for one in made.movable if one in real][:moves])


def by_loading(office: Office, target: int) -> float:
    """Seconds per instance when each is built and judged by itself."""
    query = select(ProcessInstance).options(undefer(ProcessInstance.state)).limit(SAMPLE)
    rows = [(row.id, row.release_id, row.state) for row in db.session.scalars(query)]
    new = definitions.compiled(target).process("proc_review")
    begun = time.perf_counter()
    for instance_id, release_id, state in rows:
        old = definitions.compiled(release_id).process("proc_review")
        load(old, state, StepServices(instance_id, None, office.actor)).ready()
        judge(old, new, shape_of(state), {})
    return (time.perf_counter() - begun) / len(rows)


def moving(office: Office, target: int, ids: list[int]) -> dict[str, float]:
    with unit_of_work():
        plan = operations.start(target, only=ids, actor=office.actor)
    items = list(db.session.scalars(select(MigrationItem.id).where(MigrationItem.plan_id == plan.id)))
    db.session.rollback()
    rates = {}
    for name, act in (("moved_per_second", operations.move_item), ("undone_per_second", operations.undo_item)):
        begun = time.perf_counter()
        for item in items:
            with unit_of_work():
                act(item, actor=office.actor)
        rates[name] = round(len(items) / (time.perf_counter() - begun), 1)
    return rates


if __name__ == "__main__":
    sys.exit(main())
