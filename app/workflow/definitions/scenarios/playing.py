"""Play one scenario: start the process, let each act happen, compare with what was expected."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from app.core.clock import BEIJING
from app.core.errors import AppError
from app.core.i18n import _
from app.core.tenancy import Actor
from app.workflow.checks import run_checks
from app.workflow.definitions.scenarios.reading import Act, Scenario
from app.workflow.definitions.scenarios.stage import Rule, Stage
from app.workflow.engine import Run, StepFailed, TaskView, Visit, start
from app.workflow.engine.durations import parse_duration
from app.workflow.registry import CheckContext, registry

BEGINS = datetime(2026, 1, 5, 9, tzinfo=BEIJING)
"""A Monday morning; scenarios that do not say otherwise begin then."""
_PLAYER = Actor(tenant_id=0, name="场景")
_SHOWN_NODES = 8


class Unmet(Exception):
    """Something did not happen as the scenario says; the text says what to look at."""


@dataclass(slots=True)
class Played:
    """A scenario after it was played; ``failures`` is empty when everything was as expected."""

    scenario: Scenario
    failures: list[str] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    rules: set[Rule] = field(default_factory=set)


def play(scenario: Scenario, stage: Stage) -> Played:
    """Play it to its end, or to the first act that cannot happen."""
    player = _Player(scenario, stage)
    stage.memory.answers.clear()
    stage.memory.rules.clear()
    try:
        player.play()
    except Unmet as unmet:
        player.played.failures.append(str(unmet))
    except StepFailed as failed:
        player.played.failures.append(str(failed))
    except AppError as refused:
        player.played.failures.append(str(refused))
    if player.run is not None:
        player.played.visits = player.run.visits()
    player.played.rules |= stage.memory.rules
    return player.played


class StatedServices:
    """The rooms as the scenario states them. Working time counts as calendar time here."""

    def __init__(self, scenario: Scenario) -> None:
        self.facts: dict[str, Any] = dict(scenario.facts)
        self.at = scenario.begins or BEGINS
        self._steps, self._signers = scenario.steps, scenario.signers
        self._calls: dict[str, int] = {}

    def call_step(self, name: str, params: dict[str, Any], task: TaskView) -> Mapping[str, Any] | None:  # noqa: ARG002
        """The stated result of this node, else of this step."""
        key = task.node_id if task.node_id in self._steps else name
        step = registry.steps.get(name)
        if key not in self._steps:
            if step is not None and not step.returns:
                return {}
            raise Unmet(_("没有写明步骤 %(step)s（环节 %(node)s）返回什么", step=name, node=task.node_id))
        stated = self._steps[key]
        if isinstance(stated, list):
            at = self._calls.get(key, 0)
            self._calls[key] = at + 1
            stated = stated[min(at, len(stated) - 1)] if stated else {}
        return require_returned(name, stated or {})

    def dataset(self, name: str, data: Mapping[str, Any]) -> Any:  # noqa: ARG002 - stated, whatever the data
        """The stated facts; None when there are none."""
        return self.facts.get(name)

    def signers(self, task: TaskView, named: Any) -> list[Any]:
        """The stated ones, else those the node's expression gives. :raises Unmet: neither says."""
        stated = self._signers.get(task.node_id, named)
        if stated is None:
            raise Unmet(_("没有写明环节 %(node)s 由谁会签（signers）", node=task.node_id))
        return self.persons(stated) or [None]

    def persons(self, named: Any) -> list[Any]:
        """As they are stated: here a role stands for one person."""
        every = named if isinstance(named, list) else [named]
        return list(dict.fromkeys(one for one in every if one is not None))

    def now(self) -> datetime:
        """The scenario's own time."""
        return self.at

    def working_due(self, start: datetime, duration: str) -> datetime:  # noqa: A002,RUF100 - the protocol's name
        """Calendar time after the start."""
        length = parse_duration(duration)
        return length.after(start) if length is not None else start


def require_returned(name: str, stated: object) -> dict[str, Any]:
    """A stated result, if the step could have given it.

    :raises Unmet: no such step, or it returns none of that.
    """
    step = registry.steps.get(name)
    if step is None:
        raise Unmet(_("步骤 %(step)s 没有登记", step=name))
    if not isinstance(stated, dict):
        raise Unmet(_("步骤 %(step)s 的结果应写成“名称: 值”", step=name))
    unknown = sorted(set(stated) - step.returns)
    if unknown:
        known = "、".join(sorted(step.returns)) or _("无")
        raise Unmet(
            _(
                "步骤 %(step)s 不会返回 %(what)s；它返回：%(known)s",
                step=name,
                what="、".join(unknown),
                known=known,
            )
        )
    return stated


class _Player:
    def __init__(self, scenario: Scenario, stage: Stage) -> None:
        self.scenario = scenario
        self.stage = stage
        self.services = StatedServices(scenario)
        self.played = Played(scenario)
        self.run: Run | None = None

    def play(self) -> None:
        model = self.stage.processes.get(self.scenario.process_id)
        if model is None:
            raise Unmet(_("没有编号为 %(id)s 的流程", id=self.scenario.process_id))
        try:
            self.run = start(model, self.scenario.given, self.services)
        except StepFailed as failed:
            self.run = failed.run
            raise _unmet(failed) from failed
        for number, act in enumerate(self.scenario.acts, 1):
            try:
                self._act(act, self.run)
            except StepFailed as failed:
                raise Unmet(self._at(number, str(_unmet(failed)))) from failed
            except (Unmet, AppError) as refused:
                raise Unmet(self._at(number, str(refused))) from refused
        self.played.failures += self._compare(self.run)

    def _at(self, number: int, what: str) -> str:
        way = " → ".join(way_of(self.run)[-_SHOWN_NODES:]) if self.run is not None else ""
        return _("第 %(n)s 步：%(what)s；走过：%(way)s", n=number, what=what, way=way)

    # acts

    def _act(self, act: Act, run: Run) -> None:
        self.services.facts.update(act.facts)
        acts: dict[str, Callable[[Act, Run], None]] = {
            "task": self._task,
            "timer": self._timer,
            "message": self._message,
            "signal": self._signal,
            "wait": self._wait,
        }
        acts[act.kind](act, run)

    def _task(self, act: Act, run: Run) -> None:
        while True:
            view = next((view for view in run.ready() if _is_meant(act, view)), None)
            if view is None:
                raise Unmet(_("要办理 %(node)s，流程却停在：%(there)s", node=act.name, there=_standing(run)))
            self._answer(act, view, run)
            if not act.everyone or not any(view.node_id == act.name for view in run.ready()):
                return

    def _answer(self, act: Act, view: TaskView, run: Run) -> None:
        self._require_form(act, view)
        updates = dict(act.returns)
        step = view.properties.get("onComplete")
        if updates and not step:
            raise Unmet(_("%(node)s 没有 onComplete 步骤，办理后不会写入流程数据", node=act.name))
        if step:
            require_returned(step, updates)
        updates = {**act.data, **updates}
        if act.decision is not None and view.properties.get("secret") != "true":
            updates[f"{act.name}_decision"] = act.decision
        if act.findings is None or not self._checked(act, view):
            run.complete(view.id, updates, decision=act.decision)

    def _require_form(self, act: Act, view: TaskView) -> None:
        form = self.stage.forms.get(view.properties.get("form", ""))
        if form is None:
            return
        known = {path.partition(".")[0] for path in form.paths}
        unknown = sorted(set(act.form) - known)
        if unknown:
            raise Unmet(_("表单 %(form)s 没有字段 %(what)s", form=form.name, what="、".join(unknown)))
        options = form.decision.options if form.decision is not None else None
        if act.decision is not None and form.decision is None:
            raise Unmet(_("表单 %(form)s 没有结论（decision）", form=form.name))
        if act.decision is not None and options and act.decision not in {one.value for one in options}:
            offered = "、".join(one.value for one in options)
            raise Unmet(
                _(
                    "表单 %(form)s 的结论没有 %(what)s，只有 %(known)s",
                    form=form.name,
                    what=act.decision,
                    known=offered,
                )
            )

    def _checked(self, act: Act, view: TaskView) -> bool:
        """Run the node's checks and compare; whether they refuse the submission."""
        names = [name.strip() for name in view.properties.get("checks", "").split(",") if name.strip()]
        form = {**act.form, **({} if act.decision is None else {"decision": act.decision})}
        context = CheckContext(
            actor=_PLAYER,
            instance_id=0,
            node_id=view.node_id,
            form=form,
            data=view.data,
            facts=self.services.facts.get,
        )
        found = run_checks([self.stage.checks[name] for name in names if name in self.stage.checks], context)
        for finding in found:
            seen, check = getattr(finding, "seen", {}), getattr(finding, "check", "")
            if seen.get("rule"):
                self.played.rules.add((check, int(seen["rule"])))
        codes = sorted(finding.code for finding in found)
        if codes != sorted(act.findings or ()):
            told = "；".join(f"{finding.code} {finding.message}" for finding in found) or _("没有提示")
            raise Unmet(
                _("校验应提示 %(due)s，实际是：%(told)s", due="、".join(act.findings or ()) or _("无"), told=told)
            )
        return any(finding.severity == "BLOCK" for finding in found)

    def _timer(self, act: Act, run: Run) -> None:
        wait = next((wait for wait in run.waits() if wait.kind == "timer" and wait.node_id == act.name), None)
        if wait is None or wait.due is None:
            raise Unmet(_("没有在等定时 %(node)s，流程停在：%(there)s", node=act.name, there=_standing(run)))
        self._advance_to(wait.due, run)

    def _wait(self, act: Act, run: Run) -> None:
        length = parse_duration(act.name)
        if length is None:
            raise Unmet(_("“%(value)s”不是时长，请写成 P10D、PT4H", value=act.name))
        self._advance_to(length.after(self.services.at), run)

    def _advance_to(self, moment: datetime, run: Run) -> None:
        """Time passes; everything due by then fires, the earliest first, each at its own moment."""
        while True:
            due = sorted(wait.due for wait in run.waits() if wait.due is not None and wait.due <= moment)
            if not due:
                self.services.at = max(moment, self.services.at)
                return
            self.services.at = max(due[0], self.services.at)
            if run.fire_timers(self.services.at) == 0:
                self.services.at += timedelta(seconds=1)

    def _message(self, act: Act, run: Run) -> None:
        if not any(wait.kind == "message" and wait.name == act.name for wait in run.waits()):
            raise Unmet(_("没有环节在等消息 %(name)s，流程停在：%(there)s", name=act.name, there=_standing(run)))
        run.send_message(act.name, act.payload)

    def _signal(self, act: Act, run: Run) -> None:
        if not run.signal(act.name, act.payload):
            raise Unmet(_("没有环节在等信号 %(name)s", name=act.name))

    # comparison

    def _compare(self, run: Run) -> Iterator[str]:
        expect = self.scenario.expect
        status = expect.status or ("COMPLETED" if expect.end else None)
        if status is not None and run.status != status:
            yield _(
                "结束状态应为 %(due)s，实际是 %(there)s，停在：%(node)s",
                due=status,
                there=run.status,
                node=_standing(run),
            )
        if expect.end is not None and expect.end not in run.end_nodes:
            reached = "、".join(run.end_nodes) or _("没有到达结束")
            yield _("应结束于 %(due)s，实际是：%(there)s", due=expect.end, there=reached)
        yield from self._compare_way(run)
        if expect.waits is not None:
            waiting = sorted({view.node_id for view in run.ready()} | {wait.node_id for wait in run.waits()})
            if waiting != sorted(set(expect.waits)):
                due = "、".join(sorted(expect.waits))
                yield _("应停在 %(due)s，实际停在：%(there)s", due=due, there="、".join(waiting) or _("无"))
        for name, value in expect.data.items():
            if name not in run.data or run.data[name] != value:
                yield _(
                    "流程数据 %(name)s 应为 %(due)s，实际是 %(there)s",
                    name=name,
                    due=value,
                    there=run.data.get(name),
                )
        yield from self._compare_decisions()

    def _compare_way(self, run: Run) -> Iterator[str]:
        way = way_of(run)
        at = 0
        for node in self.scenario.expect.path:
            if node not in way[at:]:
                passed = " → ".join(way)
                yield _("应在此后经过 %(node)s，却没有；走过：%(way)s", node=node, way=passed)
                break
            at = way.index(node, at) + 1
        for node in sorted(set(self.scenario.expect.never) & set(way)):
            yield _("不应经过 %(node)s", node=node)

    def _compare_decisions(self) -> Iterator[str]:
        for decision_id, due in self.scenario.expect.decisions.items():
            answers = [answer for name, answer in self.stage.memory.answers if name == decision_id]
            there = answers[-1] if answers else {}
            wrong = {name: there.get(name) for name, value in due.items() if there.get(name) != value}
            if not answers:
                yield _("没有用到决策 %(id)s", id=decision_id)
            elif wrong:
                yield _("决策 %(id)s 应得出 %(due)s，实际是 %(there)s", id=decision_id, due=dict(due), there=wrong)


def _is_meant(act: Act, view: TaskView) -> bool:
    return view.node_id == act.name and act.signer in (None, view.mi_item)


def _unmet(failed: StepFailed) -> Exception:
    """What the scenario forgot to state is its own slip, not the process's."""
    return failed.cause if isinstance(failed.cause, Unmet) else failed


def way_of(run: Run | None) -> list[str]:
    """Nodes finished so far, in order, each round of a loop and each instance of many once."""
    if run is None:
        return []
    way: list[str] = []
    for visit in run.visits():
        if visit.is_done and (not way or way[-1] != visit.node_id):
            way.append(visit.node_id)
    return way


def _standing(run: Run) -> str:
    """Where the process waits, in words."""
    tasks = [f"{view.node_id}（{view.name}）" for view in run.ready()]
    waits = [wait.node_id for wait in run.waits()]
    return "、".join(dict.fromkeys([*tasks, *waits])) or _("已结束")
