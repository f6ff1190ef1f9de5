"""The event definition of a drawn event, with its extension properties.

Properties: ``correlate`` and ``payload`` (FEEL), ``variable`` (name), ``working_time`` (``true``).
"""

from __future__ import annotations

from typing import Any

from app.core.i18n import _, lazy
from app.workflow.engine.correlation import read_key
from app.workflow.engine.documents import BPMN, properties_of
from app.workflow.engine.durations import is_iso
from app.workflow.engine.specs.events import NONE, Definition

TIMES = ("timeDate", "timeDuration", "timeCycle")
_TASKS = ("sendTask", "receiveTask")


def read_event(parser: Any, root: Any, node: Any) -> Definition:
    """What the event waits for or throws; problems are noted on the event."""
    definition = next((child for child in node if str(child.tag).endswith("EventDefinition")), None)
    kind = node.tag.removeprefix(f"{{{BPMN}}}")
    if kind in _TASKS:
        definition = node
    if definition is None:
        return NONE
    reader = _READERS.get("message" if definition is node else _kind_of(definition))
    return NONE if reader is None else reader(parser, root, node, definition)


def _kind_of(definition: Any) -> str:
    tag: str = definition.tag
    return tag.removeprefix(f"{{{BPMN}}}").removesuffix("EventDefinition")


def _timer(parser: Any, _root: Any, node: Any, definition: Any) -> Definition:
    texts = {tag: (definition.findtext(f"{{{BPMN}}}{tag}") or "").strip() for tag in TIMES}
    text = next((text for text in texts.values() if text), "")
    cycle = bool(texts["timeCycle"])
    fixed = bool(text) and is_iso(text, cycle=cycle)
    if not fixed:
        parser.feel(text, node.get("id"), _("定时器"))
    return Definition(
        "timer",
        node.get("name") or node.get("id"),
        expression=text,
        fixed=fixed,
        cycle=cycle,
        working_time=properties_of(node).get("working_time", "").lower() == "true",
    )


def _conditional(parser: Any, _root: Any, node: Any, definition: Any) -> Definition:
    text = parser.feel(definition.findtext(f"{{{BPMN}}}condition"), node.get("id"), _("条件事件的条件"))
    return Definition("conditional", node.get("name") or node.get("id"), expression=text)


def _named(kind: str, label: Any) -> Any:
    """Reader of events that refer to a message, signal, error or escalation declared at the top of the file."""

    def read(parser: Any, root: Any, node: Any, definition: Any) -> Definition:
        reference = definition.get(f"{kind}Ref")
        candidates = root.iterfind(f"{{{BPMN}}}{kind}")
        declared = next((one for one in candidates if reference and one.get("id") == reference), None)
        name = None
        if declared is not None:
            name = declared.get(f"{kind}Code") or declared.get("name") or declared.get("id")
        if name is None and (reference or kind in ("message", "signal") or node.tag.endswith("endEvent")):
            parser.note(
                "reference", _("%(label)s事件没有选择%(label)s，请先定义再选择", label=label), node.get("id")
            )
        properties = properties_of(node)
        texts: dict[str, str | None] = {}
        for key in ("correlate", "payload"):
            texts[key] = None
            if properties.get(key):
                texts[key] = parser.feel(properties[key], node.get("id"), _("属性 %(key)s ", key=key))
        return Definition(
            kind,
            name,
            expression=texts["payload"],
            correlate=texts["correlate"],
            key=read_key(parser, root, node, reference) if kind == "message" and not texts["correlate"] else (),
            variable=properties.get("variable") or None,
        )

    return read


def _link(parser: Any, _root: Any, node: Any, definition: Any) -> Definition:
    name = (definition.get("name") or "").strip()
    if not name:
        parser.note("reference", _("链接事件没有名称，请填写与另一端相同的名称"), node.get("id"))
    return Definition("link", name)


def _compensate(_parser: Any, _root: Any, _node: Any, definition: Any) -> Definition:
    activity = (definition.get("activityRef") or "").strip().rpartition(":")[2] or None
    waits = definition.get("waitForCompletion", "true") in ("true", "1")
    return Definition("compensate", activity, waits=waits)


def _cancel(_parser: Any, _root: Any, _node: Any, _definition: Any) -> Definition:
    return Definition("cancel")


def _terminate(_parser: Any, _root: Any, _node: Any, _definition: Any) -> Definition:
    return Definition("terminate")


_READERS: dict[str, Any] = {
    "timer": _timer,
    "conditional": _conditional,
    "message": _named("message", lazy("消息")),
    "signal": _named("signal", lazy("信号")),
    "error": _named("error", lazy("错误")),
    "escalation": _named("escalation", lazy("升级")),
    "link": _link,
    "compensate": _compensate,
    "cancel": _cancel,
    "terminate": _terminate,
}
