"""Scenario files: YAML in, scenarios out; every slip is told in Chinese with the place it stands at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Literal, TypeAlias

import yaml

from app.core.clock import BEIJING
from app.core.errors import Finding, Invalid
from app.core.i18n import _

ActKind = Literal["task", "timer", "message", "signal", "wait"]
ACT_KINDS: tuple[ActKind, ...] = ("task", "timer", "message", "signal", "wait")
Data: TypeAlias = Mapping[str, Any]  # what analysts write: any JSON-like value

_FILE_KEYS = {"process", "scenarios", "parts"}
"""``parts`` holds lists of acts under YAML anchors, to be put into ``do`` by alias."""
_SCENARIO_KEYS = {"name", "begins", "given", "facts", "steps", "signers", "do", "expect"}
_ACT_KEYS = {
    "task": {"form", "decision", "returns", "data", "findings", "facts", "all", "signer"},
    "timer": {"facts"},
    "message": {"payload", "facts"},
    "signal": {"payload", "facts"},
    "wait": set[str](),
}
_EXPECT_KEYS = {"path", "never", "decisions", "end", "waits", "data", "status"}
MOST_BYTES = 1024 * 1024
MOST_ACTS = 1000


class ScenarioError(Invalid):
    """A scenario file that cannot be played."""

    code = "workflow.definitions.scenario"


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that happens.

    :ivar name: node id of a task or timer, name of a message or signal, ISO duration of a wait.
    :ivar data: process data that came with the task otherwise: what an earlier form, corrected, has changed.
    :ivar findings: codes the task's checks must give; None = they are not run.
    :ivar signer: whose task it is, where several sign; None: whoever is asked first.
    :ivar everyone: all open instances of the task, with the same answers.
    """

    kind: ActKind
    name: str
    form: Data = field(default_factory=dict)
    decision: str | None = None
    returns: Data = field(default_factory=dict)
    data: Data = field(default_factory=dict)
    findings: tuple[str, ...] | None = None
    facts: Data = field(default_factory=dict)
    payload: Data = field(default_factory=dict)
    everyone: bool = False
    signer: Any = None


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must be so at the end; what is not said is not looked at.

    :ivar path: nodes that must be finished in this order; others may lie between.
    :ivar waits: exactly these nodes are still waited at.
    """

    path: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    decisions: Mapping[str, Data] = field(default_factory=dict)
    end: str | None = None
    waits: tuple[str, ...] | None = None
    data: Data = field(default_factory=dict)
    status: str | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    """One story of one process.

    :ivar begins: the moment it begins, for expressions that ask for the day; None = a Monday morning.
    :ivar given: process data at the start.
    :ivar facts: datasets by name.
    :ivar steps: stated results by node id or step name; a list gives one result for each call, the last stays.
    :ivar signers: countersigned nodes with who signs them, instead of whom their rule or expression would name.
    """

    name: str
    process_id: str
    given: Data
    facts: Data
    steps: Mapping[str, Any]
    signers: Mapping[str, Any]
    acts: tuple[Act, ...]
    expect: Expectation
    begins: datetime | None = None


def scenario_files(path: Path) -> list[Path]:
    """The file itself, or the scenario files below a folder: ``<family>/scenarios/*.yaml``."""
    return sorted(path.rglob("scenarios/*.yaml")) if path.is_dir() else [path]


def read_scenarios(text: str) -> list[Scenario]:
    """The scenarios of a file. :raises ScenarioError: it is no YAML, or something in it is not known."""
    if len(text) > MOST_BYTES:
        raise _slip(_("文件"), _("超过 1 MB，请拆成几个文件"))
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        where = _("第 %(line)s 行", line=mark.line + 1) if mark is not None else _("文件")
        raise _slip(where, _("不是有效的 YAML，请检查缩进和引号")) from exc
    except RecursionError as exc:
        raise _slip(_("文件"), _("嵌套太深，请简化")) from exc
    head = _mapping(content, _("文件"), _FILE_KEYS)
    process_id = _text(head.get("process"), _("文件"), "process")
    scenarios = _list(head.get("scenarios"), _("文件"), "scenarios")
    read = [_scenario(one, process_id, number) for number, one in enumerate(scenarios, 1)]
    names = [one.name for one in read]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise _slip(f"“{twice}”", _("名称重复，请改成不同的名称"))
    return read


def _scenario(content: object, process_id: str, number: int) -> Scenario:
    where = _("第 %(n)s 个场景", n=number)
    one = _mapping(content, where, _SCENARIO_KEYS)
    name = _text(one.get("name"), where, "name")
    acts = list(islice(_flat(one.get("do") or [], name), MOST_ACTS + 1))
    if len(acts) > MOST_ACTS:
        raise _slip(name, _("步骤超过 %(most)s 个，请拆成几个场景", most=MOST_ACTS))
    return Scenario(
        name=name,
        process_id=process_id,
        given=_mapping(one.get("given") or {}, f"{name} · given"),
        facts=_mapping(one.get("facts") or {}, f"{name} · facts"),
        steps=_mapping(one.get("steps") or {}, f"{name} · steps"),
        signers=_mapping(one.get("signers") or {}, f"{name} · signers"),
        acts=tuple(_act(act, _("%(name)s · 第 %(n)s 步", name=name, n=at)) for at, act in enumerate(acts, 1)),
        expect=_expectation(one.get("expect") or {}, f"{name} · expect"),
        begins=_moment(one.get("begins"), f"{name} · begins"),
    )


def _flat(content: object, where: str, depth: int = 0) -> Iterator[object]:
    """Acts one after the other; a list among them is a part put in by alias."""
    if depth > 10:
        raise _slip(where, _("嵌套太深，请简化"))
    for one in _list(content, where, "do"):
        if isinstance(one, list):
            yield from _flat(one, where, depth + 1)
        else:
            yield one


def _act(content: object, where: str) -> Act:
    one = _mapping(content, where)
    kinds = [kind for kind in ACT_KINDS if kind in one]
    if len(kinds) != 1:
        raise _slip(where, _("每一步要写 task、timer、message、signal、wait 之一"))
    kind = kinds[0]
    _known(one, where, _ACT_KEYS[kind] | {kind})
    findings = one.get("findings")
    return Act(
        kind=kind,
        name=_text(one[kind], where, kind),
        form=_mapping(one.get("form") or {}, where),
        decision=None if one.get("decision") is None else str(one["decision"]),
        returns=_mapping(one.get("returns") or {}, where),
        data=_mapping(one.get("data") or {}, where),
        findings=None if findings is None else _texts(findings, where, "findings"),
        facts=_mapping(one.get("facts") or {}, where),
        payload=_mapping(one.get("payload") or {}, where),
        everyone=one.get("all") is True,
        signer=one.get("signer"),
    )


def _expectation(content: object, where: str) -> Expectation:
    one = _mapping(content, where, _EXPECT_KEYS)
    decisions = _mapping(one.get("decisions") or {}, where)
    return Expectation(
        path=_texts(one.get("path") or [], where, "path"),
        never=_texts(one.get("never") or [], where, "never"),
        decisions={node: _mapping(value, f"{where} · {node}") for node, value in decisions.items()},
        end=None if one.get("end") is None else _text(one["end"], where, "end"),
        waits=None if one.get("waits") is None else _texts(one["waits"], where, "waits"),
        data=_mapping(one.get("data") or {}, where),
        status=None if one.get("status") is None else _text(one["status"], where, "status"),
    )


# ------------------------------------------------------------------ small pieces


def _mapping(content: object, where: str, keys: set[str] | None = None) -> dict[str, Any]:
    if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
        raise _slip(where, _("应写成“名称: 值”的形式"))
    if keys is not None:
        _known(content, where, keys)
    return content


def _known(content: Mapping[str, object], where: str, keys: set[str]) -> None:
    unknown = sorted(set(content) - keys)
    if unknown:
        known = "、".join(sorted(keys))
        raise _slip(where, _("不认识“%(what)s”，可以写的有：%(known)s", what="、".join(unknown), known=known))


def _list(content: object, where: str, key: str) -> list[object]:
    if not isinstance(content, list):
        raise _slip(where, _("“%(key)s”应是列表，每项以短横线开头", key=key))
    return content


def _texts(content: object, where: str, key: str) -> tuple[str, ...]:
    return tuple(_text(one, where, key) for one in _list(content, where, key))


def _text(content: object, where: str, key: str) -> str:
    if not isinstance(content, str) or not content:
        raise _slip(where, _("“%(key)s”应填写文字", key=key))
    return content


def _moment(content: object, where: str) -> datetime | None:
    """In Beijing, unless it says otherwise."""
    if content is None:
        return None
    try:
        moment = datetime.fromisoformat(str(content))
    except ValueError as exc:
        raise _slip(where, _("应写成 2026-01-05T09:00 的形式")) from exc
    return moment if moment.tzinfo else moment.replace(tzinfo=BEIJING)


def _slip(where: str, what: str) -> ScenarioError:
    return ScenarioError([Finding(ScenarioError.code, f"{where}：{what}", field=where)])
