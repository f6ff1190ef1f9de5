"""Work lists of a large company: lists, filters, sorts, counts and badges, in milliseconds of the database.

``python -m benchmarks.worklist --postgres URL --json`` fills an empty PostgreSQL database with ``--tasks`` (1,000,000)
tasks of which ``--open`` (100,000) are open, lets the product build its queries for ``--people`` of 400 people, from
the busiest to the idlest, and runs each as ``EXPLAIN (ANALYZE, TIMING OFF)`` in the role and under the row policies
the program has. Planning and execution are added up, statements of one measure too; the first run of each is not
counted. ``cpu`` is what the database's process used for it, where it runs on this machine: other programs do not change
that, while they lengthen the rest. ``before`` are the queries and indexes of before (``benchmarks/worklist_before.py``) in the same database.

The login must be a superuser (it fills without looking at foreign keys). ``--keep`` uses what an earlier run filled.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from flask_migrate import upgrade
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.schema import CreateIndex

from app.config import Settings
from app.core import clock
from app.core.db import APP_ROLE, db
from app.core.tenancy import Actor, acting_as, platform_scope
from app.factory import create_app
from app.support import workdays
from app.workflow.instances.models import ProcessInstance, UserTask
from app.workflow.tasks import queries, worklists
from app.workflow.tasks.models import TaskCopy
from app.workflow.tasks.queries import FactFilter, TaskFilter
from benchmarks import worklist_before as before
from benchmarks.worklist_fill import ROLES, USERS, fill

NOW = "2026-11-24T10:00:00"
TARGET_MS = 50.0
TASK_LISTS = ("todo", "pool", "waiting", "drafts", "done")
RECORDS = {"started": ProcessInstance, "watched": ProcessInstance, "copied": TaskCopy}
"""Lists of cases → what their rows are read from; the others are lists of tasks."""
SORTS = ("-due", "opened", "-opened", "title", "name")
TEXTS = {"common": "贸易", "rare": "ZB20260000123"}
FACTS = {
    "fact text": FactFilter("customer", "text", text="贸易"),
    "fact between": FactFilter("amount", "money", low=100_000_000, high=120_000_000),
}


class Spent(NamedTuple):
    """Milliseconds of one measure for one person. ``cpu``: of the database's process; 0 when it is elsewhere."""

    wall: float
    cpu: float


class Measure(NamedTuple):
    """One thing a page asks for: how the product does it, and the statements of before (none: it is new)."""

    name: str
    product: Callable[[Actor], object]
    before: list[str]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--postgres", required=True, help="SQLAlchemy URL of an empty database that may be filled")
    parser.add_argument("--tasks", type=int, default=1_000_000)
    parser.add_argument("--open", type=int, default=100_000, dest="open_tasks")
    parser.add_argument("--people", type=int, default=20, help="people whose lists are asked for")
    parser.add_argument("--repeats", type=int, default=2, help="counted runs of each statement")
    parser.add_argument("--keep", action="store_true", help="the database has been filled by an earlier run")
    parser.add_argument("--only", default="", help="measures whose name contains this")
    parser.add_argument("--explain", action="store_true", help="print the plan of the slowest statement of each")
    parser.add_argument("--no-before", action="store_true", help="leave the comparison out")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, clock.freeze(NOW):
        report = run(options, Path(folder))
    if options.json:
        print(json.dumps(report, indent=1, ensure_ascii=False))
        return 0
    for name, row in report["measures"].items():
        old = row["before"]
        past = f"  before {old['p50_ms']:8.2f} {old['p95_ms']:8.2f}" if old else ""
        print(
            f"{name:28} p50 {row['p50_ms']:8.2f}  p95 {row['p95_ms']:8.2f} ms  cpu {row['cpu_p95_ms']:8.2f}{past}"
        )
    print({key: value for key, value in report.items() if key != "measures"})
    return 0


def run(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Fill, measure before and after."""
    url = make_url(options.postgres).set(drivername="postgresql+psycopg")
    settings = Settings(
        database_url=url.render_as_string(hide_password=False),
        redis_url="redis://127.0.0.1:1/0",
        files_url=f"file://{folder / 'files'}",
        secret_key="benchmark-secret-key-0123456789",  # noqa: S106 - of a database that is thrown away
        data_key="11" * 32,
        environment="demo",
    )
    app = create_app(settings)
    dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with app.app_context(), psycopg.connect(dsn, autocommit=True) as owner:
        seconds = 0.0 if options.keep else prepared(owner, options)
        people = [person(rank) for rank in ranks(options.people)]
        wanted = [one for one in measures() if options.only in one.name]
        old: dict[str, list[float]] = {}
        if not options.no_before:
            use_indexes(owner, before_indexes())
            with as_program(dsn) as connection:
                old = {m.name: taken_before(connection, m, people, options.repeats) for m in wanted if m.before}
        use_indexes(owner, present_indexes())
        with as_program(dsn) as connection:
            new = {m.name: taken(connection, m, people, options) for m in wanted}
        db.session.remove()
        db.engine.dispose()
    rows = {
        name: {
            **figures([one.wall for one in times]),
            "cpu_p95_ms": figures([one.cpu for one in times])["p95_ms"],
            "before": figures(old[name]) if name in old else None,
        }
        for name, times in new.items()
    }
    slow = [name for name, row in rows.items() if row["p95_ms"] > TARGET_MS]
    return {
        "tasks": options.tasks,
        "open": options.open_tasks,
        "people": len(people),
        "fill_seconds": round(seconds, 1),
        "target_p95_ms": TARGET_MS,
        "over_target": slow,
        "worst_p95_ms": max((row["p95_ms"] for row in rows.values()), default=0.0),
        "over_target_cpu": [name for name, row in rows.items() if row["cpu_p95_ms"] > TARGET_MS],
        "measures": rows,
    }


# ------------------------------------------------------------------ the database


def prepared(owner: psycopg.Connection[Any], options: argparse.Namespace) -> float:
    """Tables and rows; how many seconds that took."""
    begun = time.perf_counter()
    with platform_scope("migrations"):
        upgrade(revision="head")
    use_indexes(owner, {})
    fill(owner, options.tasks, options.open_tasks)
    print(f"filled in {time.perf_counter() - begun:.0f} s", file=sys.stderr)
    return time.perf_counter() - begun


Indexes = Mapping[str, str]
"""Name → the statement that makes it."""


def before_indexes() -> Indexes:
    """Those of before, but for tables that were not there."""
    return {
        name: f"CREATE INDEX {name} ON {table} {columns}"
        for table, indexes in before.INDEXES.items()
        for name, columns in indexes.items()
    }


def present_indexes() -> Indexes:
    """Those the models name; unique ones stay where they are and are left out."""
    return {
        str(index.name): str(CreateIndex(index).compile(dialect=db.engine.dialect))
        for table in before.INDEXES
        for index in db.metadata.tables[table].indexes
        if not index.unique
    }


def use_indexes(owner: psycopg.Connection[Any], wanted: Indexes) -> None:
    """Exactly these on the tables of the lists, besides keys and unique ones."""
    there = owner.execute(
        """SELECT i.relname, pg_get_indexdef(x.indexrelid) FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
        JOIN pg_class t ON t.oid = x.indrelid WHERE t.relname = ANY(%s) AND NOT x.indisunique""",
        (list(before.INDEXES),),
    ).fetchall()
    for name, _definition in there:
        if name not in wanted:
            owner.execute(f"DROP INDEX {name}")  # type: ignore[arg-type]
    known = {name for name, _definition in there}
    for name, statement in wanted.items():
        if name not in known:
            owner.execute(statement)  # type: ignore[arg-type]
    if wanted:
        owner.execute("VACUUM (ANALYZE)")


@contextmanager
def as_program(dsn: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection in the role of the program, acting for company 1, with the settings the program asks for."""
    given = db.engine.url.query  # none of its own
    options = str(given.get("options", "")) or program_options()
    with psycopg.connect(dsn, autocommit=True, options=options, cursor_factory=psycopg.ClientCursor) as connection:
        connection.execute(f"SET ROLE {APP_ROLE}")  # type: ignore[arg-type]
        connection.execute("SELECT set_config('app.tenant', '1', false)")
        yield connection


def program_options() -> str:
    """What the program asks of its connections."""
    from flask import current_app

    told = current_app.config["SQLALCHEMY_ENGINE_OPTIONS"]["connect_args"]
    return str(told.get("options", ""))


# ------------------------------------------------------------------ people and what they ask for


def ranks(people: int) -> list[int]:
    """From the busiest person to the idlest, closer together at the busy end."""
    return sorted({1 + int((USERS - 1) * (n / max(people - 1, 1)) ** 2) for n in range(people)})


def person(rank: int) -> Actor:
    """The person of that rank, with three roles; the busiest has the largest."""
    roles = {1 + (rank * step) % ROLES for step in (1, 7, 13)} | ({1} if rank <= 20 else set())
    return Actor(1, f"用户{rank}", user_id=rank, roles=frozenset(f"ROLE_{n}" for n in roles))


def measures() -> Iterator[Measure]:
    """Every list: first page, page 50, each sort, each filter, with the number of its rows; and the badges."""
    for name in TASK_LISTS:
        yield _page(name, "first")
        yield _page(name, "page 50", page_no=50)
        for sort in (*SORTS, *(("closed",) if name == "done" else ())):
            yield _page(name, f"sort {sort}", TaskFilter(sort=sort), order=sort)
        for label, wanted, narrowed in _filters(name):
            yield _page(name, label, wanted, narrowed=narrowed)
        yield Measure(f"{name} facets", lambda who, n=name: queries.facets(n, who), before.facets(name))
    for name in ("todo", "pool", "done"):
        shown = TaskFilter(sort=worklists.SHOWN_FIRST.get(name, "due"))
        for label, fact in FACTS.items():
            yield _page(name, label, replace(shown, facts=(fact,)), new=True)
        yield _page(name, "sort fact", TaskFilter(sort="f.amount", sort_kind="money"), new=True)
        for by in ("process", "day", "f.customer"):
            yield Measure(f"{name} group {by}", _grouped(name, by), [])
    for name in RECORDS:
        yield from _of_cases(name)
    yield Measure("choices f.customer", lambda _who: queries.choices_of("customer"), [])
    yield Measure("menu badge", queries.waiting_for, before.badge())
    yield Measure("tab counts", queries.counts, before.counts())


def _of_cases(name: str) -> Iterator[Measure]:
    """Lists of cases had neither filters nor sorts before."""
    yield _page(name, "first", new=name == "watched")
    for sort in ("at", "title", "ended"):
        yield _page(name, f"sort {sort}", TaskFilter(sort=sort), new=True)
    filters = {
        "text common": TaskFilter(text=TEXTS["common"]),
        "text rare": TaskFilter(text=TEXTS["rare"]),
        "process": TaskFilter(process_id="proc_7"),
        "node": TaskFilter(node_name="环节7"),
        "dates": TaskFilter(since=clock.today() - timedelta(days=90), until=clock.today()),
        **{label: TaskFilter(facts=(fact,)) for label, fact in FACTS.items()},
    }
    for label, wanted in filters.items():
        yield _page(name, label, replace(wanted, sort=worklists.SHOWN_FIRST[name]), new=True)
    yield _page(name, "sort fact", TaskFilter(sort="f.amount", sort_kind="money"), new=True)
    yield Measure(f"{name} facets", lambda who: queries.facets(name, who), [])


def _filters(name: str) -> Iterator[tuple[str, TaskFilter, str]]:
    sort = worklists.SHOWN_FIRST.get(name, "due")
    for label, text in TEXTS.items():
        yield f"text {label}", TaskFilter(text=text, sort=sort), before.TEXT.replace("%(text)s", f"'%%{text}%%'")
    yield "process", TaskFilter(process_id="proc_7", sort=sort), before.PROCESS
    yield "node", TaskFilter(node_name="环节7", sort=sort), before.NODE
    if name != "done":
        for urgency in queries.URGENCIES:
            yield urgency, TaskFilter(urgency=urgency, sort=sort), before.URGENCY[urgency]


def _grouped(name: str, by: str) -> Callable[[Actor], object]:
    return lambda who: queries.groups(queries.rows_of(name, who), TaskFilter(), by)


def _page(
    name: str,
    label: str,
    wanted: TaskFilter | None = None,
    *,
    order: str = "",
    narrowed: str = "",
    page_no: int = 1,
    new: bool = False,
) -> Measure:
    wanted = wanted or TaskFilter(sort=worklists.SHOWN_FIRST.get(name, "due"))

    def product(who: Actor) -> object:
        page = worklists.keys_page(name, who, wanted, page_no)
        return worklists.by_key(RECORDS.get(name, UserTask), page.items)

    old = [] if new else before.page(name, order, narrowed, page_no) + before.count(name, narrowed)
    return Measure(f"{name} {label}", product, old)


# ------------------------------------------------------------------ measuring


def taken(
    connection: psycopg.Connection[Any], measure: Measure, people: Sequence[Actor], options: argparse.Namespace
) -> list[Spent]:
    """Milliseconds of the product's statements, once for each person and repeat."""
    found: list[Spent] = []
    worst, plan_of = 0.0, ("", None)
    for who in people:
        with acting_as(who), recorded() as told:
            measure.product(who)
            db.session.rollback()
        for attempt in range(options.repeats + 1):
            used = cpu_ms(connection)
            spent = [explained(connection, *one) for one in told]
            if attempt:
                found.append(Spent(sum(spent), cpu_ms(connection) - used))
                if sum(spent) > worst:
                    worst, plan_of = sum(spent), told[spent.index(max(spent))]
    if options.explain:
        rows = connection.execute("EXPLAIN (ANALYZE, BUFFERS) " + plan_of[0], plan_of[1]).fetchall()  # type: ignore[arg-type]
        print(measure.name, worst, *(line for (line,) in rows), sep="\n", file=sys.stderr)
    return found


def taken_before(
    connection: psycopg.Connection[Any], measure: Measure, people: Sequence[Actor], repeats: int
) -> list[float]:
    """The same of the statements of before."""
    found = []
    now = clock.now()
    for who in people:
        given = {
            "user": who.user_id, "tenant": who.tenant_id, "roles": sorted(who.roles), "process": "proc_7",
            "node": "环节7", "now": now, "soon": soon(now),
        }  # fmt: skip
        for attempt in range(repeats + 1):
            spent = sum(explained(connection, one, given) for one in measure.before or ())
            if attempt:
                found.append(spent)
    return found


def soon(now: datetime) -> datetime:
    """Until when a deadline is a near one."""
    return workdays.working_due(now, queries.SOON)


@contextmanager
def recorded() -> Iterator[list[tuple[str, Any]]]:
    """The statements sent meanwhile, with their values."""
    told: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        if "set_config" not in statement:
            told.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield told
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def explained(connection: psycopg.Connection[Any], statement: str, parameters: Any) -> float:
    """Milliseconds of planning and execution."""
    text = f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}"
    ((plan,),) = connection.execute(text, parameters).fetchall()  # type: ignore[arg-type]
    return float(plan[0]["Planning Time"] + plan[0]["Execution Time"])


def cpu_ms(connection: psycopg.Connection[Any]) -> float:
    """What the database's process of this connection has used so far."""
    counted = Path(f"/proc/{connection.info.backend_pid}/schedstat")
    local = connection.info.host in {"127.0.0.1", "localhost"} or connection.info.host.startswith("/")
    return int(counted.read_text().split()[0]) / 1e6 if local and counted.exists() else 0.0


def figures(times: Sequence[float]) -> dict[str, float]:
    """Median and the twentieth slowest of a hundred."""
    ranked = sorted(times)
    at = lambda part: round(ranked[min(len(ranked) - 1, int(part * len(ranked)))], 2)  # noqa: E731
    return {"p50_ms": at(0.5), "p95_ms": at(0.95), "max_ms": round(ranked[-1], 2)}


if __name__ == "__main__":
    raise SystemExit(main())
