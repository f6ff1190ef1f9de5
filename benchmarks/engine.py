"""Persisted user tasks: our store and codec against the library's own serializer and a plain ORM session.

``python -m benchmarks.engine --json`` prints one JSON object; every ratio is stock ÷ ours (growth: large ÷ small),
the median of interleaved pairs measured in this run on the same model, ``spread`` the smallest and largest pair.
Keys this file does not measure yet are null, with the reason in ``not_measured``.

``--only`` measures the keys named. ``--pairs 1 --sample 5 --batch 5`` shows in seconds that everything runs.
The batch keys compare ``--sample`` instances a pair, in commits of ``CHUNK``: on both sides an instance costs the
same in a larger batch. Ours also goes through a whole batch once, ``whole``, which shows it.
``batch_straight_through`` is a model without people: two scripts and a gateway between start and end, in FEEL here
and in Python there.
``floor``: the very SQL statements of our steps, caught while they run, replayed on a copy of the database by the
bare driver, with commit: ``ratio`` is our whole step ÷ that, what no program storing the same could go below.

Both sides do the same for a task: lock the instance, read its state, close the row of the work list, write the
log, complete, go on, store the state, open the rows that follow with deadline, reminder and escalation, commit.
The stock side keeps reminder and escalation as two timers with a job each, as one would at first; ours keeps them
on the row of the task. ``same_rows``: ``persisted_step`` against a stock side that keeps them on the row too, which
shows what of the figure comes of the fewer rows.
Neither runs forms, checks or steps, nor audit in the step keys; our start records itself in log and audit chain
and keeps why a gateway chose as it did, the stock side does not. The stock side is frozen here, with its own lock
and log: of our improvements it gains those of session, types and calendar. Statistics of the tables (``ANALYZE``)
are taken once before measuring, so that no side pays for an index chosen blindly. Ours loads the state at every
step (``hot_step``: keeps the run in the process, and still reads the locked row).
``vs_bpmn_engine``: npm's bpmn-engine (``bpmn_engine/``, installed for the run) on the same model, its state saved
and recovered at each step, without any database, work list or log: CPU per user task ÷ ours of ``persisted_step``.
What the other side has left behind is cleared away before each side is measured, in nobody's time.
The library's loggers are quiet on both sides, which favours the stock side against its defaults.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from flask import Flask
from flask_migrate import upgrade
from lxml import etree
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.spiff.parser import SpiffBpmnParser
from SpiffWorkflow.spiff.serializer.config import SPIFF_CONFIG
from SpiffWorkflow.util.task import TaskState as EngineState
from sqlalchemy import event, func, select
from sqlalchemy.orm import undefer

from app.config import Settings
from app.core import clock
from app.core.db import db
from app.core.tenancy import Actor, acting_as, platform_scope, system_actor
from app.core.transactions import unit_of_work
from app.factory import create_app
from app.support import workdays
from app.support.jobs.models import Job
from app.workflow import definitions
from app.workflow.instances import hot, operations, store, worklist
from app.workflow.instances.log import write_log
from app.workflow.instances.models import (
    InstanceStatus,
    ProcessInstance,
    Ring,
    TaskLog,
    TaskState,
    TimerDue,
    UserTask,
)
from app.workflow.registry import dataset

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"
VOTERS = 7
KIB = 1024
CHUNK = 200
OPINION = {"type": "textarea", "key": "opinion", "label": "意见"}
FORM = json.dumps({"type": "default", "schemaVersion": 19, "components": [OPINION]}).encode()

_record_kib = 1


@dataset("bench_record", label="基准测试的业务数据")
def bench_record(_data: object) -> dict[str, object]:
    """Business facts of the wanted size, as a room would give them: 100 entries and one that is read."""
    text = text_of(_record_kib)
    size = len(text) // 100
    return {"ok": True, **{f"entry_{n}": text[n * size : (n + 1) * size] for n in range(100)}}


# ------------------------------------------------------------------ models


def user_task(node_id: str, loop: str = "") -> str:
    values = {"form": "bench/answer", "role": "PM_A", "due": "P2D"}
    entries = "".join(f'<s:property name="{k}" value="{v}"/>' for k, v in values.items())
    return (
        f'<userTask id="{node_id}" name="{node_id}"><extensionElements><s:properties>{entries}</s:properties>'
        f"</extensionElements>{loop}</userTask>"
    )


def model(process_id: str, nodes: list[str], condition: str = "") -> bytes:
    """User tasks in a row; with a condition, a gateway that reads it stands before each."""
    tag = "multiInstanceLoopCharacteristics"
    loop = f"<{tag}><loopCardinality>{VOTERS}</loopCardinality></{tag}>"
    parts, ids = ['<startEvent id="begun"/>'], ["begun"]
    flows = []
    for node in nodes:
        if condition:
            gate = f"before_{node}"
            parts += [f'<exclusiveGateway id="{gate}" default="skip_{node}"/>', f'<endEvent id="stop_{node}"/>']
            flows.append(f'<sequenceFlow id="skip_{node}" sourceRef="{gate}" targetRef="stop_{node}"/>')
            ids.append(gate)
        parts.append(user_task(node, loop if node == "vote" else ""))
        ids.append(node)
    parts.append('<endEvent id="ended"/>')
    for one, other in zip(ids, [*ids[1:], "ended"], strict=True):
        text = f"<conditionExpression>{condition}</conditionExpression>" if one.startswith("before_") else ""
        flows.append(f'<sequenceFlow id="f_{one}" sourceRef="{one}" targetRef="{other}">{text}</sequenceFlow>')
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><definitions xmlns="{BPMN}" xmlns:s="{SPIFF}" id="d" '
        f'targetNamespace="t"><process id="{process_id}" name="{process_id}" isExecutable="true">'
        + "".join(parts + flows)
        + "</process></definitions>"
    ).encode()


def letters(process_id: str, level: str, condition: str, rate: str) -> bytes:
    """No people: two scripts and a gateway; the language of the texts is the engine's."""
    nodes = (
        '<startEvent id="begun"/>'
        f'<scriptTask id="judge" name="judge" scriptFormat="feel"><script>{level}</script></scriptTask>'
        '<exclusiveGateway id="choose" default="f_low"/>'
        f'<scriptTask id="price" name="price" scriptFormat="feel"><script>{rate}</script></scriptTask>'
        '<endEvent id="issued"/><endEvent id="declined"/>'
    )
    ways = {"f_1": ("begun", "judge"), "f_2": ("judge", "choose"), "f_high": ("choose", "price")}
    ways |= {"f_low": ("choose", "declined"), "f_3": ("price", "issued")}
    flows = "".join(
        f'<sequenceFlow id="{key}" sourceRef="{one}" targetRef="{other}">'
        + (f"<conditionExpression>{condition}</conditionExpression>" if key == "f_high" else "")
        + "</sequenceFlow>"
        for key, (one, other) in ways.items()
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><definitions xmlns="{BPMN}" id="d" targetNamespace="t">'
        f'<process id="{process_id}" name="{process_id}" isExecutable="true">{nodes}{flows}</process>'
        "</definitions>"
    ).encode()


REVIEW = [
    "apply",
    "accept",
    "survey",
    "cosign",
    "report",
    "preview",
    "risk",
    "head",
    "vote",
    "minutes",
    "draft",
    "sign",
]
MODELS = {
    "proc_review": model("proc_review", REVIEW),
    "proc_seq10": model("proc_seq10", [f"t{n}" for n in range(10)]),
    "proc_seq100": model("proc_seq100", [f"t{n}" for n in range(100)]),
    "proc_reading": model("proc_reading", REVIEW, condition="bench_record.ok = true"),
    "proc_letters": letters(
        "proc_letters",
        '{ level: if amount &gt; 3000000 then "HIGH" else "LOW" }',
        'level = "HIGH"',
        "{ fee: amount * 2 }",
    ),
}
STOCK_LETTERS = letters(
    "proc_letters",
    'level = "HIGH" if amount &gt; 3000000 else "LOW"',
    'level == "HIGH"',
    "fee = amount * 2",
)


# ------------------------------------------------------------------ what is measured


class Cost(NamedTuple):
    """Seconds per completed user task."""

    cpu: float
    wall: float


class Walk(NamedTuple):
    """One instance from start to end: cost per user task, and the bytes of its state after each."""

    cost: Cost
    stored: list[int]


class Office:
    """A program on an empty database with the models active."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.actor: Actor = system_actor(1)
        with unit_of_work():
            files = {f"processes/bench/{name}.bpmn": content for name, content in MODELS.items()}
            bundle = definitions.make_bundle({**files, "forms/screens/bench/answer.form": FORM})
            release = definitions.deploy(bundle, actor=self.actor)
            definitions.activate(release.id, actor=self.actor)
            workdays.operations.seed_known_years(clock.today().year - 1, clock.today().year + 1)
        self.stock = Stock()
        self.stock_of_few_rows = Stock(few_rows=True)

    def ours(self, process_id: str, data: dict[str, Any], *, most_hot: int = 0) -> Walk:
        """Through the store, as a task completion does. ``most_hot``: runs the process may keep."""
        hot.runs().most = most_hot
        with unit_of_work():
            instance_id = operations.start(process_id, data, actor=self.actor).id
        return self._walk(instance_id, self.complete)

    def stocks(self, process_id: str, data: dict[str, Any], *, few_rows: bool = False) -> Walk:
        """Through the library's serializer and a plain ORM session."""
        stock = self.stock_of_few_rows if few_rows else self.stock
        with unit_of_work():
            instance_id = stock.start(process_id, data)
        return self._walk(instance_id, stock.complete)

    def warm_up(self) -> None:
        """Both sides once, then the statistics both plan by, of many instances as a company has them."""
        self.stocks("proc_review", one_kib()), self.ours("proc_review", one_kib())
        self.opening(CHUNK, self.starting("proc_review", one_kib(), of_stock=False))
        db.session.remove()
        with db.engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE")

    def starting(self, process_id: str, data: dict[str, Any], of_stock: bool) -> Callable[[], int]:
        """Start one more instance; its id."""
        if of_stock:
            return partial(self.stock.start, process_id, data)
        return lambda: operations.start(process_id, data, actor=self.actor).id

    def _walk(self, instance_id: int, complete: Callable[[int, int], None]) -> Walk:
        gc.collect()
        stored = [_state_bytes(instance_id)]
        cpu = wall = 0.0
        done = 0
        while (task_id := next_task(instance_id)) is not None:
            cpu_before, wall_before = time.process_time(), time.perf_counter()
            with unit_of_work():
                complete(instance_id, task_id)
            cpu += time.process_time() - cpu_before
            wall += time.perf_counter() - wall_before
            done += 1
            stored.append(_state_bytes(instance_id))
        return Walk(Cost(cpu / done, wall / done), stored)

    def opening(self, count: int, start: Callable[[], int]) -> tuple[float, list[int]]:
        """CPU seconds per instance started, ``CHUNK`` of them per commit; their ids."""
        hot.runs().most = 0
        gc.collect()
        cpu, ids = 0.0, []
        for first in range(0, count, CHUNK):
            begun = time.process_time()
            with unit_of_work():
                ids += [start() for _ in range(min(CHUNK, count - first))]
            cpu += time.process_time() - begun
        return cpu / count, ids

    def completing(self, ids: list[int], complete: Callable[[int, int], None]) -> float:
        """CPU seconds per instance whose first task is completed, ``CHUNK`` of them per commit."""
        gc.collect()
        cpu = 0.0
        for first in range(0, len(ids), CHUNK):
            tasks = [(instance_id, next_task(instance_id) or 0) for instance_id in ids[first : first + CHUNK]]
            begun = time.process_time()
            with unit_of_work():
                for instance_id, task_id in tasks:
                    complete(instance_id, task_id)
            cpu += time.process_time() - begun
        return cpu / len(ids)

    def complete(self, _instance_id: int, task_id: int) -> None:
        """One user task done, as a task completion does it."""
        found = store.lock_with_task(task_id)
        assert found is not None
        task, instance = found
        worklist.close(task, TaskState.DONE, by=1)
        write_log(instance, self.actor, "submit", task=task, answers={"opinion": "ok"})
        run, services = store.open_hot_run(instance, self.actor)
        engine_id, updates = task.engine_task_id, {f"{task.node_id}_decision": "AGREE"}
        act = partial(run.complete, engine_id, updates)
        store.drive(instance, run, services, act, by_person=True, closed=engine_id)


def next_task(instance_id: int) -> int | None:
    query = select(UserTask.id).where(UserTask.instance_id == instance_id, UserTask.state == TaskState.OPEN)
    found = db.session.scalar(query.order_by(UserTask.opened_at, UserTask.id).limit(1))
    db.session.close()
    return found


def _state_bytes(instance_id: int) -> int:
    size = len(db.session.scalar(select(ProcessInstance.state).where(ProcessInstance.id == instance_id)) or b"")
    db.session.close()
    return size


class Stock:
    """SpiffWorkflow as it comes: parsed once, its JSON serializer, the same tables through an ORM session.

    ``few_rows``: reminder and escalation stand on the row of the task, as with us.
    """

    def __init__(self, *, few_rows: bool = False) -> None:
        self.few_rows = few_rows
        self.serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(SPIFF_CONFIG))
        self.actor = system_actor(1)
        self.specs = {}
        for process_id, content in MODELS.items():
            if process_id != "proc_reading":  # FEEL is ours
                parser = SpiffBpmnParser()
                text = STOCK_LETTERS if process_id == "proc_letters" else content
                parser.add_bpmn_xml(etree.parse(BytesIO(text)).getroot(), filename=process_id)
                self.specs[process_id] = parser.get_spec(process_id)

    def start(self, process_id: str, data: dict[str, Any]) -> int:
        """A new instance at its first tasks; its id."""
        workflow = BpmnWorkflow(self.specs[process_id])
        workflow.task_tree.data.update(data)
        workflow.do_engine_steps()
        release_id = definitions.active_release_id()
        instance = ProcessInstance(
            release_id=release_id, process_id=process_id, process_label=process_id, title="", state=b""
        )
        db.session.add(instance)
        db.session.flush()
        self._store(instance, workflow)
        return instance.id

    def complete(self, instance_id: int, task_id: int) -> None:
        """One user task done."""
        query = (
            select(ProcessInstance)
            .where(ProcessInstance.id == instance_id)
            .options(undefer(ProcessInstance.state))
        )
        instance = db.session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()
        task = db.session.get(UserTask, task_id)
        assert task is not None
        task.state, task.closed_at, task.closed_by = TaskState.DONE, clock.now(), 1
        task.rings_at = None
        if not self.few_rows:
            references = TimerDue.reference.in_([_reference(task, ring) for ring in Ring])
            of_this = select(TimerDue).where(TimerDue.instance_id == instance.id, references)
            for timer in db.session.scalars(of_this):
                timer.cancelled_at = clock.now()
        self._log(instance, task)
        workflow = self.serializer.deserialize_json(instance.state.decode())
        ready = next(
            one
            for one in workflow.get_tasks(state=EngineState.READY, manual=True)
            if str(one.id) == task.engine_task_id
        )
        ready.data[f"{task.node_id}_decision"] = "AGREE"
        ready.run()
        workflow.do_engine_steps()
        self._store(instance, workflow)

    def _log(self, instance: ProcessInstance, task: UserTask) -> None:
        last = db.session.scalar(select(func.max(TaskLog.seq)).where(TaskLog.instance_id == instance.id)) or 0
        row = TaskLog(
            instance_id=instance.id,
            seq=last + 1,
            task_id=task.id,
            node_id=task.node_id,
            node_name=task.name,
            action="submit",
            actor_id=self.actor.user_id,
            actor_name=self.actor.name,
            answers={"opinion": "ok"},
        )
        db.session.add(row)
        db.session.flush()

    def _store(self, instance: ProcessInstance, workflow: BpmnWorkflow) -> None:
        instance.state = self.serializer.serialize_json(workflow).encode()
        instance.data = {key: value for key, value in workflow.data.items() if isinstance(value, (str, int))}
        instance.updated_at = clock.now()
        if workflow.is_completed():
            instance.status, instance.ended_at = InstanceStatus.COMPLETED, clock.now()
        there = select(UserTask).where(UserTask.instance_id == instance.id, UserTask.state == TaskState.OPEN)
        known = {task.engine_task_id for task in db.session.scalars(there)}
        for ready in workflow.get_tasks(state=EngineState.READY, manual=True):
            if str(ready.id) not in known:
                self._open(instance, ready)
        db.session.flush()

    def _open(self, instance: ProcessInstance, ready: Any) -> None:
        properties = ready.task_spec.extensions.get("properties", {})
        task = UserTask(
            instance_id=instance.id,
            engine_task_id=str(ready.id),
            node_id=ready.task_spec.bpmn_id,
            process_id=instance.process_id,
            name=ready.task_spec.bpmn_name,
            form=properties.get("form"),
            role=properties.get("role"),
            properties=properties,
            data={key: value for key, value in ready.data.items() if isinstance(value, str)},
            title="",
            process_label=instance.process_label,
            started_as=instance.process_id,
            opened_at=clock.now(),
        )
        if self.few_rows:
            task.due_at = workdays.working_due(task.opened_at, properties["due"])
            task.rings_at = task.due_at - timedelta(hours=8)
            db.session.add(task)
            return
        db.session.add(task)
        db.session.flush()
        task.due_at = workdays.working_due(task.opened_at, properties["due"])
        for ring, due_at in ((Ring.REMIND, task.due_at - timedelta(hours=8)), (Ring.ESCALATE, task.due_at)):
            timer = TimerDue(
                instance_id=instance.id, reference=_reference(task, ring), node_id=task.node_id, due_at=due_at
            )
            db.session.add(timer)
            db.session.flush()
            key = f"{timer.id}:{int(due_at.timestamp())}"
            db.session.add(
                Job(tenant_id=1, kind=worklist.TIMER_JOB, key=key, payload={"timer_id": timer.id}, run_at=due_at)
            )


def _reference(task: UserTask, ring: Ring) -> str:
    return f"{task.id}:{ring}"


# ------------------------------------------------------------------ figures


def ratio(large: list[float], small: list[float]) -> dict[str, Any]:
    """Median of the pairs' ratios, with the smallest and the largest."""
    pairs = [one / other for one, other in zip(large, small, strict=True)]
    return {"ratio": round(statistics.median(pairs), 2), "spread": [round(min(pairs), 2), round(max(pairs), 2)]}


def one_kib() -> dict[str, Any]:
    return {"application": text_of(1)}


def text_of(kib: int) -> str:
    """Hexadecimal digits of a fixed seed: what is all the same letter would compress to nothing."""
    return random.Random(20261124).randbytes(kib * KIB // 2).hex()


def persisted_step(
    office: Office, pairs: int, clock_name: str = "cpu", *, most_hot: int = 0, few_rows: bool = False
) -> dict[str, Any]:
    """Without ``most_hot`` the state is loaded at every step, as by a process that did not take the last one."""
    walks = [
        (
            office.stocks("proc_review", one_kib(), few_rows=few_rows),
            office.ours("proc_review", one_kib(), most_hot=most_hot),
        )
        for _ in range(pairs)
    ]
    stock = [getattr(one.cost, clock_name) for one, _other in walks]
    ours = [getattr(other.cost, clock_name) for _one, other in walks]
    milliseconds = {"stock_ms": statistics.median(stock) * 1000, "ours_ms": statistics.median(ours) * 1000}
    return ratio(stock, ours) | {name: round(value, 3) for name, value in milliseconds.items()}


def batches(office: Office, pairs: int, sample: int, whole: int) -> dict[str, Any]:
    """Many instances of the review at once, on both sides; ``whole``: so many through ours, once."""

    def pair(count: int, of_stock: bool) -> tuple[float, float]:
        cpu, ids = office.opening(count, office.starting("proc_review", one_kib(), of_stock))
        return cpu, office.completing(ids, office.stock.complete if of_stock else office.complete)

    costs = [(pair(sample, True), pair(sample, False)) for _ in range(pairs)]
    through = pair(whole, False)
    return {
        key: _of_sample(
            [stock[n] for stock, _ours in costs], [ours[n] for _stock, ours in costs], sample, whole, through[n]
        )
        for n, key in enumerate(("batch_to_task", "batch_completing"))
    }


def straight_through(office: Office, pairs: int, sample: int, whole: int) -> dict[str, Any]:
    """Instances that end without anybody."""
    data = {**one_kib(), "amount": 5_000_000}

    def one(count: int, of_stock: bool) -> float:
        cpu, ids = office.opening(count, office.starting("proc_letters", data, of_stock))
        last = db.session.get(ProcessInstance, ids[-1])
        assert last is not None
        assert (last.status, last.data["fee"]) == (InstanceStatus.COMPLETED, 10_000_000)
        db.session.close()
        return cpu

    costs = [(one(sample, True), one(sample, False)) for _ in range(pairs)]
    return _of_sample([a for a, _b in costs], [b for _a, b in costs], sample, whole, one(whole, False))


def _of_sample(stock: list[float], ours: list[float], sample: int, whole: int, through: float) -> dict[str, Any]:
    milliseconds = {"stock_ms": statistics.median(stock) * 1000, "ours_ms": statistics.median(ours) * 1000}
    counts = {"instances": sample, "whole": {"instances": whole, "ours_ms": round(through * 1000, 3)}}
    return ratio(stock, ours) | {name: round(value, 3) for name, value in milliseconds.items()} | counts


def floor(office: Office, folder: Path, pairs: int) -> dict[str, Any]:
    """Our steps against their own statements replayed by the bare driver; SQLite only."""
    path, copy = Path(str(db.engine.url.database)), folder / "floor.db"
    ours, bare, count = [], [], 0
    for _ in range(pairs):
        hot.runs().most = 0
        with unit_of_work():
            instance_id = operations.start("proc_review", one_kib(), actor=office.actor).id
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        caught: list[list[tuple[str, Any, bool]]] = []
        ours.append(_caught_walk(office, instance_id, caught))
        bare.append(_replayed(copy, caught) / len(caught))
        count = sum(len(step) for step in caught) / len(caught)
        copy.unlink()
    seconds = {"ours_ms": statistics.median(ours), "bare_driver_ms": statistics.median(bare)}
    shown = {name: round(value * 1000, 3) for name, value in seconds.items()}
    return ratio(ours, bare) | shown | {"statements_per_step": round(count, 1)}


def _caught_walk(office: Office, instance_id: int, caught: list[list[tuple[str, Any, bool]]]) -> float:
    """CPU seconds per step of a walk; ``caught`` gets the statements of each step."""

    def catch(_connection: Any, _cursor: Any, statement: str, given: Any, _context: Any, many: bool) -> None:
        caught[-1].append((statement, given, many))

    cpu = 0.0
    while (task_id := next_task(instance_id)) is not None:
        caught.append([])
        event.listen(db.engine, "before_cursor_execute", catch)
        begun = time.process_time()
        with unit_of_work():
            office.complete(instance_id, task_id)
        cpu += time.process_time() - begun
        event.remove(db.engine, "before_cursor_execute", catch)
    return cpu / len(caught)


def _replayed(path: Path, steps: list[list[tuple[str, Any, bool]]]) -> float:
    """CPU seconds of all steps by the driver alone, with the settings of ``core.db``."""
    with closing(sqlite3.connect(path, isolation_level=None)) as driver:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            driver.execute(f"PRAGMA {pragma}")
        driver.execute("SELECT count(*) FROM user_task").fetchall()  # reads the schema, as our connection has
        begun = time.process_time()
        for statements in steps:
            for statement, given, many in statements:
                (driver.executemany if many else driver.execute)(statement, given).fetchall()
            driver.commit()
        return time.process_time() - begun


def stored_bytes(office: Office) -> dict[str, Any]:
    stock = office.stocks("proc_review", one_kib()).stored
    ours = office.ours("proc_review", one_kib()).stored
    return ratio([float(n) for n in stock], [float(n) for n in ours]) | {"stock": stock[-1], "ours": ours[-1]}


def growth_data(office: Office, pairs: int) -> dict[str, Any]:
    """The record stands in the room's tables: a gateway before every task reads one entry of it."""
    return _growth(pairs, lambda kib: _reading(office, kib), 200, 1)


def growth_data_inside(office: Office, pairs: int) -> dict[str, Any]:
    """The same if all of it were process data, which it should not be."""
    return _growth(pairs, lambda kib: office.ours("proc_review", {"application": text_of(kib)}), 200, 1)


def growth_tasks(office: Office, pairs: int) -> dict[str, Any]:
    bound = "the tree is read, scanned and written whole at every step, beside the fixed cost of the statements"
    return _growth(pairs, lambda n: office.ours(f"proc_seq{n}", one_kib()), 100, 10) | {"bounded_by": bound}


def _reading(office: Office, kib: int) -> Walk:
    global _record_kib  # noqa: PLW0603 - the dataset has no other way to know
    _record_kib = kib
    return office.ours("proc_reading", one_kib())


def _growth(pairs: int, walk: Callable[[int], Walk], large: int, small: int) -> dict[str, Any]:
    costs = [(walk(large).cost.cpu, walk(small).cost.cpu) for _ in range(pairs)]
    return ratio([one for one, _other in costs], [other for _one, other in costs])


NOT_MEASURED: dict[str, str] = {}


def vs_bpmn_engine(office: Office, folder: Path, pairs: int) -> dict[str, Any]:
    """The peer walks in a process of its own, each time beside one of our walks; its start is not counted.

    :raises OSError, subprocess.SubprocessError: no npm here, or the package cannot be had.
    """
    peer = folder / "bpmn_engine"
    shutil.copytree(Path(__file__).parent / "bpmn_engine", peer)
    npm, node = shutil.which("npm") or "npm", shutil.which("node") or "node"
    quiet: dict[str, Any] = {"capture_output": True, "timeout": 120, "cwd": peer}
    subprocess.run([npm, "ci", "--no-audit", "--no-fund"], check=True, **quiet)  # noqa: S603 - ours, by lock file
    (peer / "model.bpmn").write_bytes(MODELS["proc_review"])
    (peer / "application.txt").write_text(text_of(1))
    theirs, ours = [], []
    for _ in range(pairs):
        walk = [node, "steps.js", "model.bpmn", "application.txt", "2"]
        run = subprocess.run(walk, check=True, **quiet)  # noqa: S603
        theirs.append(json.loads(run.stdout)[-1]["ms"] / 1000)  # the first walk warms it
        ours.append(office.ours("proc_review", one_kib()).cost.cpu)
    return ratio(theirs, ours) | {"theirs_ms": round(statistics.median(theirs) * 1000, 3)}


@contextmanager
def office_on(database_url: str, folder: Path) -> Iterator[Office]:
    settings = Settings(
        database_url=database_url,
        redis_url="redis://127.0.0.1:1/0",  # nothing is rung: all jobs are due later
        files_url=f"file://{folder / 'files'}",
        secret_key="benchmark-secret-key-0123456789",  # noqa: S106 - of a database that is thrown away
        data_key="11" * 32,
        environment="test",
    )
    app = create_app(settings)
    with app.app_context():
        with platform_scope("migrations"):
            upgrade(revision="head")
        with acting_as(system_actor(1)):
            office = Office(app)
            gc.freeze()  # as in wsgi.py
            yield office
            db.session.remove()
        db.engine.dispose()


def on_sqlite(office: Office, folder: Path, options: argparse.Namespace) -> Iterator[tuple[str, Any]]:
    """Key and figures of what is wanted; why something could not be measured is in ``NOT_MEASURED``."""
    pairs, sizes = options.pairs, (options.pairs, options.sample, options.batch)
    measures: dict[str, Callable[[], Any]] = {
        "persisted_step": partial(persisted_step, office, pairs),
        "same_rows": partial(persisted_step, office, pairs, few_rows=True),
        "hot_step": partial(persisted_step, office, pairs, most_hot=hot.MOST_RUNS),
        "floor": partial(floor, office, folder, pairs),
        "batches": partial(batches, office, *sizes),
        "batch_straight_through": partial(straight_through, office, *sizes),
        "stored_bytes": partial(stored_bytes, office),
        "growth_data": partial(growth_data, office, pairs),
        "growth_data_inside": partial(growth_data_inside, office, pairs),
        "growth_tasks": partial(growth_tasks, office, pairs),
        "vs_bpmn_engine": partial(vs_bpmn_engine, office, folder, pairs),
    }
    for key in [key for key in measures if key in (options.only or measures)]:
        try:
            figures = measures[key]()
        except (OSError, subprocess.SubprocessError) as failed:
            figures, NOT_MEASURED[key] = None, str(failed)
        yield from figures.items() if key == "batches" else [(key, figures)]


def on_postgres(office: Office, pairs: int) -> Iterator[tuple[str, Any]]:
    yield "persisted_step_pg_cpu", persisted_step(office, pairs)
    yield "persisted_step_pg_wall", persisted_step(office, pairs, "wall")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--sample", type=int, default=400, help="instances a pair of the batches")
    parser.add_argument("--batch", type=int, default=5708, help="instances of the whole batches")
    parser.add_argument("--only", nargs="+", metavar="KEY", help="batches: batch_to_task and batch_completing")
    parser.add_argument("--postgres", help="SQLAlchemy URL of an empty database that may be filled")
    options = parser.parse_args()
    report: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with office_on(f"sqlite:///{folder / 'bench.db'}", folder) as office:
            office.warm_up()
            report.update(on_sqlite(office, folder, options))
        if options.postgres:
            with office_on(options.postgres, folder) as office:
                report.update(on_postgres(office, options.pairs))
    if not (options.postgres or options.only):
        report |= {"persisted_step_pg_cpu": None, "persisted_step_pg_wall": None}
    report["not_measured"] = NOT_MEASURED
    print(json.dumps(report, indent=1, ensure_ascii=False) if options.json else report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
