"""An instance told again as a scenario: what people entered, what steps returned, where it went – nobody's data.

Who did what and in which order is in the log, what became process data in the engine's state, what gateways and
tables saw of the business in the reasons. The scenario is played before it is handed out: what it cannot show
(working time, a step's result put right by an administrator) is told instead of passed over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from app.core.clock import BEIJING
from app.core.i18n import _
from app.core.tenancy import Actor
from app.workflow import definitions
from app.workflow.definitions import CompiledRelease
from app.workflow.definitions.scenarios import (
    Disguise,
    Stage,
    make_stage,
    play,
    read_scenarios,
    texts_of,
    way_of,
    write_scenario,
)
from app.workflow.engine import Deed, Run
from app.workflow.instances import queries, store
from app.workflow.instances.models import DecisionReason, ProcessInstance, TaskKind, TaskLog
from app.workflow.registry import registry

_ARRIVALS = frozenset({"timer", "message", "deliver"})
"""Acts of the log by which something came from outside."""
_NOTHING = "空值"
"""How rows kept before sentences were translated show a value that is not there."""


@dataclass(frozen=True, slots=True)
class Retold:
    """A scenario file. :ivar failures: what did not come out as it did in the instance; empty when it runs."""

    text: str
    failures: tuple[str, ...]


def retell(instance: ProcessInstance, actor: Actor, stage: Stage | None = None) -> Retold:
    """The instance as it came so far, in made-up values.

    :param stage: of the instance's release, for whoever has made it already.

    A timer's moment depends on when its token arrived: where the story does not come out with the clock standing
    between acts, it is told with the time that passed.
    """
    release = definitions.compiled(instance.release_id)
    run, _services = store.open_run(instance, actor)
    story = _Story(instance, run, release, queries.history(instance.id), queries.list_reasons(instance.id))
    stage = stage or make_stage(release.bundle)
    told: list[Retold] = []
    for with_time in (False, True):
        text = story.text(with_time=with_time)
        played = [play(one, stage) for one in read_scenarios(text)]
        told.append(Retold(text, tuple(failure for one in played for failure in one.failures)))
        if not told[-1].failures:
            return told[-1]
    return told[0]


@dataclass(slots=True)
class _Done:
    """A deed with the row of the log it stands in. :ivar facts: datasets as they were from then on."""

    deed: Deed
    row: TaskLog | None
    seq: int
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)


class _Story:
    def __init__(
        self,
        instance: ProcessInstance,
        run: Run,
        release: CompiledRelease,
        log: Sequence[TaskLog],
        reasons: Sequence[DecisionReason],
    ) -> None:
        self._instance, self._run, self._release = instance, run, release
        self._disguise = Disguise(texts_of(release.bundle))
        self._deeds = run.deeds()
        self._began, self._acts = _acts(self._deeds, log, _engine_ids(instance.id), reasons)

    def text(self, *, with_time: bool) -> str:
        """The file. :param with_time: let the time pass between acts that passed in the instance."""
        instance, hide = self._instance, self._disguise
        scenario: dict[str, Any] = {
            "name": _("导出的业务：%(process)s", process=instance.process_label),
            "begins": _moment(instance.started_at),
            "given": hide.data(self._run.given),
            "facts": hide.data(self._began),
            "steps": hide.data(_results(self._deeds)),
            "signers": hide.data(self._run.signers()),
            "do": [act for one in self._timed(with_time=with_time) for act in one],
            "expect": self._expectation(),
        }
        return write_scenario(instance.process_id, {key: value for key, value in scenario.items() if value})

    def _timed(self, *, with_time: bool) -> Iterator[list[dict[str, Any]]]:
        before = self._instance.started_at
        for one in self._acts:
            acts = [self._act(one)]
            at = one.row.at if one.row else before
            passed = timedelta(seconds=int((at - before).total_seconds()))
            if with_time and passed and one.deed.kind != "timer":
                acts.insert(0, {"wait": f"PT{int(passed.total_seconds())}S"})
            before = max(at, before)
            yield acts

    def _act(self, one: _Done) -> dict[str, Any]:
        act = self._task(one) if one.deed.kind == "task" else self._arrival(one.deed)
        return {**act, "facts": self._disguise.data(one.facts)} if one.facts else act

    def _task(self, one: _Done) -> dict[str, Any]:
        deed, row, properties = one.deed, one.row, one.deed.properties
        decided = f"{deed.node_id}_decision"
        decision = deed.written.get(decided) or (row.outcome if row else None)
        written = {key: value for key, value in deed.written.items() if key != decided}
        step = registry.steps.get(properties.get("onComplete", ""))
        returned = {key: value for key, value in written.items() if step and key in step.returns}
        other = {key: value for key, value in written.items() if key not in returned}
        parts = {
            "signer": self._disguise.data({"signer": deed.signer})["signer"],
            "form": self._answers(row, properties.get("form", "")),
            "decision": decision,
            "returns": self._disguise.data(returned),
            "data": self._disguise.data({**deed.brought, **other}),
        }
        return {"task": deed.node_id, **{key: value for key, value in parts.items() if value}}

    def _answers(self, row: TaskLog | None, form_name: str) -> dict[str, Any]:
        """What was entered, without what was left empty."""
        form = self._release.forms.get(form_name)
        known = {path.partition(".")[0] for path in form.paths} if form else set()
        given = {key: value for key, value in ((row.answers if row else None) or {}).items() if key in known}
        return self._disguise.data({key: value for key, value in given.items() if value not in (None, "", [], {})})

    def _arrival(self, deed: Deed) -> dict[str, Any]:
        if deed.kind == "timer":
            return {"timer": deed.node_id}
        payload = self._disguise.data(deed.written)
        return {deed.kind: deed.name, **({"payload": payload} if payload else {})}

    def _expectation(self) -> dict[str, Any]:
        run = self._run
        data = {key: value for key, value in run.data.items() if isinstance(value, (bool, int, str))}
        ended = run.status in {"COMPLETED", "CANCELLED"}
        waits = sorted({view.node_id for view in run.ready()} | {wait.node_id for wait in run.waits()})
        expected = {
            "path": way_of(run),
            "status": run.status if run.status == "COMPLETED" else None,
            "end": next(reversed(run.end_nodes), None) if ended else None,
            "waits": None if ended else waits,
            "data": self._disguise.data(data),
        }
        return {key: value for key, value in expected.items() if value}


# ------------------------------------------------------------------ putting log, state and reasons together


def _engine_ids(instance_id: int) -> dict[int, str]:
    """Engine task by row of the work list; corrections of an earlier form are no tasks of the engine."""
    return {task.id: task.engine_task_id for task in queries.tasks_of(instance_id) if task.kind == TaskKind.NORMAL}


def _acts(
    deeds: Sequence[Deed], log: Sequence[TaskLog], engine_ids: Mapping[int, str], reasons: Sequence[DecisionReason]
) -> tuple[dict[str, dict[str, Any]], list[_Done]]:
    """What was read of the business at the start, and the acts in the order of the log.

    An event without a row was thrown by the instance itself, and will be again.
    """
    submitted = {engine_ids.get(row.task_id or 0): row for row in log if row.action == "submit"}
    arrivals: dict[str, list[TaskLog]] = {}
    for one in log:
        if one.action in _ARRIVALS and one.node_id:
            arrivals.setdefault(one.node_id, []).append(one)
    acts: list[_Done] = []
    for deed in deeds:
        waiting = arrivals.get(deed.node_id, [])
        row = submitted.get(deed.task_id) if deed.kind == "task" else (waiting.pop(0) if waiting else None)
        if deed.kind == "step" or (row is None and deed.kind != "task"):
            continue
        acts.append(_Done(deed, row, row.seq if row else max((one.seq for one in acts), default=0)))
    acts.sort(key=lambda one: one.seq)
    return _spread(reasons, acts), acts


def _spread(reasons: Sequence[DecisionReason], acts: Sequence[_Done]) -> dict[str, dict[str, Any]]:
    """Give each act the facts that what followed it was decided on; those of the start are returned.

    Only what differs from what is known already.
    """
    began: dict[str, dict[str, Any]] = {}
    known: dict[str, Any] = {}
    for reason in sorted(reasons, key=lambda reason: reason.seq):
        act = next((one for one in reversed(acts) if one.row and one.row.at <= reason.at), None)
        home = act.facts if act else began
        for name, value in _seen(reason.trace):
            dataset, _dot, entry = name.partition(".")
            if not entry or dataset not in registry.datasets or (name in known and known[name] == value):
                continue
            known[name] = value
            whole = {key.partition(".")[2]: one for key, one in known.items() if key.startswith(f"{dataset}.")}
            home[dataset] = {**whole, entry: value}
    return began


def _seen(trace: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Dotted names with the values a condition or a decision saw."""
    yield from trace.get("read", {}).items()
    for condition in trace.get("conditions", ()):
        for name, text in condition["values"].items():
            try:
                yield name, None if text is None else json.loads(text)
            except ValueError:  # a date, or nothing
                yield name, None if text == _NOTHING else text


def _results(deeds: Sequence[Deed]) -> dict[str, Any]:
    """What service tasks returned, by node: one result, or one for each call."""
    found: dict[str, list[dict[str, Any]]] = {}
    for deed in deeds:
        if deed.kind == "step":
            step = registry.steps.get(deed.name)
            if step is not None and step.returns:
                found.setdefault(deed.node_id, []).append(
                    {key: value for key, value in deed.written.items() if key in step.returns}
                )
    return {node: all_[0] if all(one == all_[0] for one in all_) else all_ for node, all_ in found.items()}


def _moment(moment: datetime) -> str:
    return moment.astimezone(BEIJING).isoformat(timespec="seconds")
